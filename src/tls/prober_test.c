/* SPDX-License-Identifier: Apache-2.0 */
#include "prober.h"

#include "certificate.h"
#include "test_peer.h"

#define A(ask) (1u << FACTS_TLS_##ask)
#define ALL    ((1u << FACTS_TLS__COUNT) - 1)

#define ROUNDS_MOST 100 /* of a loop that ends long before */

static const uint8_t from_random[TLS_HELLO_RANDOM] = "not random at all, but that is of no matter";

/* One server: takes a hello, appends what it sends, and says how its connection ends. */
typedef enum tls_prober_end server_turn(void *server, struct octets hello, struct buf *answer);

static void probe_for(uint32_t wanted, server_turn *serve, void *server, struct octets name,
                      struct arena *a, struct facts_tls_probe *ret)
{
    struct tls_prober p;
    struct buf hello, answer;
    unsigned rounds = 0;
    buf_init(&hello, 4096);
    buf_init(&answer, 65536);
    tls_prober_init(&p, name, wanted, a, ret);
    while (tls_prober_next(&p, from_random, &hello)) {
        assert_true(++rounds < ROUNDS_MOST);
        enum tls_prober_end end = serve(server, buf_octets(&hello), &answer);
        if (!tls_prober_feed(&p, buf_octets(&answer)))
            end = TLS_PROBER_ANSWERED;
        tls_prober_ended(&p, end);
        buf_clear(&hello);
        buf_clear(&answer);
    }
    assert_int_equal(rounds, ret->connections);
    assert_true(rounds <= TLS_PROBER_CONNECTIONS);
    tls_prober_release(&p);
    buf_release(&hello);
    buf_release(&answer);
}

static void probe(server_turn *serve, void *server, struct octets name, struct arena *a,
                  struct facts_tls_probe *ret)
{
    probe_for(TLS_PROBER_ALL, serve, server, name, a, ret);
}

static uint32_t having(const struct facts_tls_probe *f, enum facts_answer answer)
{
    uint32_t set = 0;
    for (unsigned i = 0; i < FACTS_TLS__COUNT; i++)
        if (f->answers[i].answer == answer)
            set |= 1u << i;
    return set;
}

/* ---- OpenSSL as the server ---- */

struct stack {
    const char *name;
    int least, most;     /* versions */
    const char *ciphers; /* below TLS 1.3 */
    const char *groups;
    uint64_t options;
    bool is_rsa;
    uint32_t yes, undecided; /* what is to come of it; all else is a no */
    const char *accepted;    /* groups, in their order */
    unsigned connections;    /* at most */
};

#define OF_1_2 (A(STRICT) | A(RENEGOTIATION) | A(EMS) | A(FORWARD_SECRECY) | A(NAMELESS))

/* clang-format off */
static const struct stack stacks[] = {
    {"a modern server", TLS1_2_VERSION, TLS1_3_VERSION, "ECDHE+AESGCM", "X25519:P-256", 0, true,
     A(TLS1_2) | A(TLS1_3) | A(FALLBACK) | OF_1_2 | A(GROUPS), 0, "X25519 P-256", 13},
    {"TLS 1.3 alone", TLS1_3_VERSION, TLS1_3_VERSION, "ECDHE+AESGCM", "P-384", 0, true,
     A(TLS1_3) | A(STRICT) | A(RENEGOTIATION) | A(EMS) | A(FORWARD_SECRECY) | A(GROUPS), A(OWN_ORDER) | A(FALLBACK) | A(NAMELESS), "P-384", 8},
    {"TLS 1.2 alone", TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE+AESGCM", "X25519:P-521", 0, true,
     A(TLS1_2) | OF_1_2 | A(GROUPS), A(FALLBACK), "X25519 P-521", 13},
    {"TLS 1.0 alone", TLS1_VERSION, TLS1_VERSION, "AES128-SHA:@SECLEVEL=0", "P-256", 0, true,
     A(TLS1_0) | A(RENEGOTIATION) | A(EMS) | A(NAMELESS) | A(OWN_ORDER) | A(GROUPS), A(FALLBACK), "", 14},
    {"every old version", TLS1_VERSION, TLS1_3_VERSION, "ALL:@SECLEVEL=0", "X25519", 0, true,
     A(TLS1_0) | A(TLS1_1) | A(TLS1_2) | A(TLS1_3) | A(FALLBACK) | OF_1_2 | A(DHE) | A(ANONYMOUS) | A(GROUPS), 0, "X25519", 18},
    {"the order of the server", TLS1_2_VERSION, TLS1_2_VERSION, "ALL:@SECLEVEL=0", "X25519", SSL_OP_CIPHER_SERVER_PREFERENCE, true,
     A(TLS1_2) | OF_1_2 | A(OWN_ORDER) | A(DHE) | A(ANONYMOUS) | A(GROUPS), A(FALLBACK), "X25519", 17},
    {"no encryption and no authentication", TLS1_2_VERSION, TLS1_2_VERSION, "NULL-SHA256:ADH-AES128-SHA:AES128-SHA:@SECLEVEL=0", "X25519",
     0, true, A(TLS1_2) | A(RENEGOTIATION) | A(EMS) | A(NAMELESS) | A(OWN_ORDER) | A(NULL) | A(ANONYMOUS) | A(GROUPS),
     A(FALLBACK), "", 17},
    {"no extended master secret", TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE+AESGCM", "X25519", SSL_OP_NO_EXTENDED_MASTER_SECRET, true,
     A(TLS1_2) | A(STRICT) | A(RENEGOTIATION) | A(FORWARD_SECRECY) | A(NAMELESS) | A(GROUPS), A(FALLBACK), "X25519", 13},
    {"an EC certificate needs its curve", TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE+AESGCM", "P-256:X25519", 0, false,
     A(TLS1_2) | OF_1_2, A(FALLBACK) | A(GROUPS), "X25519", 13},
};
/* clang-format on */

struct openssl {
    SSL_CTX *context;
};

static enum tls_prober_end serve_openssl(void *server, struct octets hello, struct buf *answer)
{
    SSL *ssl = test_server(((struct openssl *)server)->context);
    (void)test_server_turn(ssl, hello, answer);
    SSL_free(ssl);
    return TLS_PROBER_CLOSED;
}

static SSL_CTX *context_of(const struct stack *c, const struct test_identity *identity)
{
    SSL_CTX *context = test_server_context(identity, c->least);
    assert_int_equal(SSL_CTX_set_max_proto_version(context, c->most), 1);
    assert_int_equal(SSL_CTX_set_cipher_list(context, c->ciphers), 1);
    assert_int_equal(SSL_CTX_set1_groups_list(context, c->groups), 1);
    assert_int_equal(SSL_CTX_set_dh_auto(context, 1), 1);
    SSL_CTX_set_options(context, c->options);
    return context;
}

/* One question alone takes one connection, and answers nothing else. */
static void strict_alone(void **state)
{
    static const struct {
        const char *ciphers;
        int least, most;
        enum facts_answer answer;
    } servers[] = {
        {"ECDHE+AESGCM", TLS1_2_VERSION, TLS1_3_VERSION, FACTS_ANSWER_YES},
        {"ECDHE+CHACHA20", TLS1_2_VERSION, TLS1_2_VERSION, FACTS_ANSWER_YES},
        {"ECDHE+AES:!AESGCM:!AESCCM", TLS1_2_VERSION, TLS1_2_VERSION, FACTS_ANSWER_NO},
        {"AES128-GCM-SHA256", TLS1_2_VERSION, TLS1_2_VERSION, FACTS_ANSWER_NO},
        {"ALL:@SECLEVEL=0", TLS1_VERSION, TLS1_1_VERSION, FACTS_ANSWER_NO},
    };
    (void)state;
    struct test_identity identity = test_identity_make(
        &(struct test_certificate){.common_name = KIT_OCTETS("mx.test"), .is_rsa = true}, NULL);
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        const struct stack c = {.ciphers = servers[i].ciphers,
                                .groups = "X25519",
                                .least = servers[i].least,
                                .most = servers[i].most};
        struct openssl server = {context_of(&c, &identity)};
        struct facts_tls_probe f = {0};
        struct arena a;
        arena_init(&a, 1 << 20);
        probe_for(A(STRICT), serve_openssl, &server, OCTETS("mx.test"), &a, &f);
        assert_int_equal(f.answers[FACTS_TLS_STRICT].answer, servers[i].answer);
        assert_int_equal(having(&f, FACTS_ANSWER_NONE), ALL & ~A(STRICT));
        assert_int_equal(f.connections, 1);
        arena_release(&a);
        SSL_CTX_free(server.context);
    }
    test_identity_release(&identity);
}

static void test_stack(void **state)
{
    const struct stack *c = *state;
    struct test_identity identity = test_identity_make(
        &(struct test_certificate){.common_name = KIT_OCTETS("mx.test"), .is_rsa = c->is_rsa},
        NULL);
    struct openssl server = {context_of(c, &identity)};
    struct facts_tls_probe f = {0};
    struct facts_certificate leaf;
    struct arena a;
    struct buf accepted;
    arena_init(&a, (size_t)1 << 20);
    buf_init(&accepted, 256);
    probe(serve_openssl, &server, OCTETS("mx.test"), &a, &f);
    /* Which of equal suites is chosen from a list and from its reverse is the list's matter. */
    uint32_t told = c->yes & A(OWN_ORDER) ? ALL : ALL & ~A(OWN_ORDER);
    assert_int_equal(having(&f, FACTS_ANSWER_YES) & told, c->yes);
    assert_int_equal(having(&f, FACTS_ANSWER_UNDECIDED), c->undecided);
    assert_int_equal(having(&f, FACTS_ANSWER_NONE), 0);
    assert_true(f.connections <= c->connections);
    for (size_t i = 0; i < f.group_count; i++)
        buf_append_format(&accepted, "%s%s", i ? " " : "", f.groups[i]);
    kit_assert_text(buf_octets(&accepted), c->accepted);
    if (f.has_leaf) {
        test_certificate_facts(identity.cert, &a, &leaf);
        assert_memory_equal(f.leaf_sha256, leaf.sha256, sizeof leaf.sha256);
        assert_memory_equal(f.nameless_leaf_sha256, leaf.sha256, sizeof leaf.sha256);
    }
    buf_release(&accepted);
    arena_release(&a);
    SSL_CTX_free(server.context);
    test_identity_release(&identity);
}

static void test_small_prime(void **state)
{
    static const struct stack c = {.least = TLS1_2_VERSION,
                                   .most = TLS1_2_VERSION,
                                   .ciphers = "DHE-RSA-AES128-SHA:@SECLEVEL=0",
                                   .groups = "X25519",
                                   .is_rsa = true};
    struct test_identity identity = test_identity_make(
        &(struct test_certificate){.common_name = KIT_OCTETS("mx.test"), .is_rsa = true}, NULL);
    struct openssl server = {context_of(&c, &identity)};
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_id(EVP_PKEY_DHX, NULL);
    struct facts_tls_probe f = {0};
    EVP_PKEY *group = NULL;
    struct arena a;
    (void)state;
    arena_init(&a, (size_t)1 << 20);
    assert_int_equal(EVP_PKEY_paramgen_init(maker), 1);
    assert_int_equal(EVP_PKEY_CTX_set_dh_rfc5114(maker, 1), 1); /* 1024 bits */
    assert_int_equal(EVP_PKEY_paramgen(maker, &group), 1);
    assert_int_equal(SSL_CTX_set_dh_auto(server.context, 0), 1);
    assert_int_equal(SSL_CTX_set0_tmp_dh_pkey(server.context, group), 1);
    probe(serve_openssl, &server, OCTETS_NONE, &a, &f);
    assert_int_equal(f.answers[FACTS_TLS_DHE].answer, FACTS_ANSWER_YES);
    assert_int_equal(f.dh_bits, 1024);
    kit_assert_text(f.answers[FACTS_TLS_NAMELESS].words, "no name is known to ask with");
    EVP_PKEY_CTX_free(maker);
    arena_release(&a);
    SSL_CTX_free(server.context);
    test_identity_release(&identity);
}

/* ---- servers that behave in other ways ---- */

/* What is done with hellos that are not the modern one, or with those from `from` on. */
struct manner {
    const char *name;
    enum tls_prober_end end;
    struct octets answer;
    unsigned from;            /* of all hellos: modern ones are answered up to then */
    enum facts_answer tls1_2; /* what is to come of it */
    const char *words;
    unsigned connections; /* 0: of no matter */
};

#define ALERT(what) KIT_OCTETS("\x15\x03\x03\x00\x02\x02" what)
#define FIRST       "the first hello was not answered with one: "
#define NEVER       1000

/* clang-format off */
static const struct manner manners[] = {
    {"an alert that says it", TLS_PROBER_CLOSED, ALERT("\x28"), NEVER, FACTS_ANSWER_NO, "alert: handshake failure", 0},
    {"an alert that does not say it, twice", TLS_PROBER_CLOSED, ALERT("\x50"), NEVER, FACTS_ANSWER_NO, "alert: internal error, twice", 0},
    {"an orderly end, twice", TLS_PROBER_CLOSED, OCTETS_INIT(""), NEVER, FACTS_ANSWER_NO, "closed without an answer, twice", 10},
    {"an orderly end, twice, until nothing is answered", TLS_PROBER_CLOSED, OCTETS_INIT(""), 2, FACTS_ANSWER_UNDECIDED,
     "closed without an answer, twice", 0},
    {"resets say nothing", TLS_PROBER_RESET, OCTETS_INIT(""), NEVER, FACTS_ANSWER_UNDECIDED, "reset", 0},
    {"two time-outs are enough", TLS_PROBER_TIMEOUT, OCTETS_INIT(""), NEVER, FACTS_ANSWER_UNDECIDED, "timeout", 3},
    {"words are no answer", TLS_PROBER_CLOSED, OCTETS_INIT("421 4.7.0 Too many\r\n"), NEVER, FACTS_ANSWER_UNDECIDED,
     "the answer is no TLS", 0},
    {"a suite that was not offered", TLS_PROBER_CLOSED,
     KIT_OCTETS("\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03................................\x00\xee\xee\x00"), NEVER,
     FACTS_ANSWER_UNDECIDED, "it chose what was not offered", 0},
    {"the modern hello is refused", TLS_PROBER_CLOSED, ALERT("\x28"), 1, FACTS_ANSWER_UNDECIDED, FIRST "alert: handshake failure", 1},
    {"the modern hello is hung up at", TLS_PROBER_CLOSED, OCTETS_INIT(""), 1, FACTS_ANSWER_UNDECIDED,
     FIRST "closed without an answer", 2},
    {"the modern hello is reset", TLS_PROBER_RESET, OCTETS_INIT(""), 1, FACTS_ANSWER_UNDECIDED, FIRST "reset", 1},
};
/* clang-format on */

struct mannered {
    const struct manner *manner;
    unsigned hellos;
};

static enum tls_prober_end serve_manner(void *server, struct octets hello, struct buf *answer)
{
    static const struct octets accepted = KIT_OCTETS(
        "\x16\x03\x03\x00\x3a\x02\x00\x00\x36\x03\x03................................"
        "\x00\x13\x01\x00\x00\x0e\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x04\x00\x1d\x00\x00");
    struct mannered *s = server;
    /* supported_versions with four of them */
    bool is_modern = octets_find(hello, OCTETS("\x00\x2b\x00\x09\x08"), 0) < hello.size;
    bool answers = is_modern && ++s->hellos < s->manner->from;
    buf_append(answer, answers ? accepted : s->manner->answer);
    return s->manner->end;
}

static void test_manner(void **state)
{
    const struct manner *c = *state;
    struct mannered server = {.manner = c};
    struct facts_tls_probe f = {0};
    struct arena a;
    arena_init(&a, (size_t)1 << 20);
    probe(serve_manner, &server, OCTETS("mx.test"), &a, &f);
    assert_int_equal(f.answers[FACTS_TLS_TLS1_2].answer, c->tls1_2);
    kit_assert_text(f.answers[FACTS_TLS_TLS1_2].words, c->words);
    assert_int_equal(having(&f, FACTS_ANSWER_NONE), 0);
    if (c->connections)
        assert_int_equal(f.connections, c->connections);
    if (c->from == 1)
        assert_int_equal(having(&f, FACTS_ANSWER_UNDECIDED), ALL);
    else
        assert_int_equal(f.answers[FACTS_TLS_TLS1_3].answer, FACTS_ANSWER_YES);
    arena_release(&a);
}

/* Whatever is offered last is chosen: nothing that a server says makes it go on for ever. */
static enum tls_prober_end serve_yes_man(void *server, struct octets hello, struct buf *answer)
{
    size_t count = hello.at[0] == 0x16 ? (size_t)hello.at[44] << 8 | hello.at[45] : 0;
    struct octets suite = octets_sub(hello, 44 + count, 46 + count);
    (void)server;
    if (!count)
        return TLS_PROBER_CLOSED; /* of SSL 2 */
    if (octets_is_equal(suite, OCTETS("\x56\x00")) || octets_is_equal(suite, OCTETS("\x00\xff")))
        suite = octets_sub(hello, 42 + count, 44 + count);
    buf_append(answer, OCTETS("\x16\x03\x03\x00\x2a\x02\x00\x00\x26"));
    buf_append(answer, octets_sub(hello, 9, 11));
    buf_append(answer, OCTETS("................................\x00"));
    buf_append(answer, suite);
    buf_append(answer, OCTETS("\x01\x16\x03\x03\x00\x04\x0e\x00\x00\x00"));
    return TLS_PROBER_CLOSED;
}

static void test_yes_man(void **state)
{
    static const uint32_t accepted = A(SSL3) | A(TLS1_0) | A(TLS1_1) | A(TLS1_2) | A(NULL) |
                                     A(EXPORT) | A(RC4) | A(3DES) | A(ANONYMOUS) | A(COMPRESSION) |
                                     A(DHE);
    struct facts_tls_probe f = {0};
    struct arena a;
    (void)state;
    arena_init(&a, (size_t)1 << 20);
    probe(serve_yes_man, NULL, OCTETS("mx.test"), &a, &f);
    assert_int_equal(having(&f, FACTS_ANSWER_YES) & accepted, accepted);
    assert_int_equal(f.answers[FACTS_TLS_TLS1_3].answer, FACTS_ANSWER_NO);
    assert_int_equal(f.answers[FACTS_TLS_FALLBACK].answer, FACTS_ANSWER_NO);
    assert_int_equal(f.answers[FACTS_TLS_SSL2].answer, FACTS_ANSWER_NO); /* hung up at, twice */
    arena_release(&a);
}

static void test_stopped(void **state)
{
    struct facts_tls_probe f = {0};
    struct tls_prober p;
    struct arena a;
    struct buf hello;
    (void)state;
    arena_init(&a, (size_t)1 << 20);
    buf_init(&hello, 4096);
    tls_prober_init(&p, OCTETS("mx.test"), TLS_PROBER_ALL, &a, &f);
    assert_true(tls_prober_next(&p, from_random, &hello));
    tls_prober_stop(&p, OCTETS("421 4.7.0 Too many connections"));
    assert_false(tls_prober_next(&p, from_random, &hello));
    assert_int_equal(f.connections, 1);
    assert_int_equal(having(&f, FACTS_ANSWER_UNDECIDED), ALL);
    for (unsigned i = 0; i < FACTS_TLS__COUNT; i++)
        kit_assert_text(f.answers[i].words, "421 4.7.0 Too many connections");
    tls_prober_release(&p);
    buf_release(&hello);
    arena_release(&a);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(stacks) + KIT_COUNT(manners) + 4] = {
        cmocka_unit_test(strict_alone),
        cmocka_unit_test(test_small_prime),
        cmocka_unit_test(test_yes_man),
        cmocka_unit_test(test_stopped),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, stacks, test_stack);
    KIT_ADD_ROWS(tests, &count, manners, test_manner);
    return cmocka_run_group_tests_name("prober", tests, NULL, NULL);
}
