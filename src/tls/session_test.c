/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <openssl/err.h>

#include "certificate.h"
#include "test_peer.h"

#define WIRE_OCTETS  ((size_t)256 * 1024)
#define ARENA_OCTETS ((size_t)1024 * 1024)

/* A client and a server, and the wire between them. */
struct link {
    struct tls_context *context;
    struct tls_session *client;
    struct test_identity identity;
    SSL_CTX *server_context;
    SSL *server;
    struct buf to_client, to_server;
    struct arena arena;
    size_t step; /* octets that the client is fed at once; 0: all there are */
    enum tls_state state;
};

static const struct octets mx_names[] = {KIT_OCTETS("mx.example.test")};

static const struct test_certificate plain_certificate = {
    .common_name = KIT_OCTETS("mx.example.test"),
    .dns = mx_names,
    .dns_count = 1,
};

/* The certificate and the context may be set before; plain ones are made otherwise. */
static void link_open(struct link *l, int version, struct octets name)
{
    if (!l->identity.cert)
        l->identity = test_identity_make(&plain_certificate, NULL);
    if (!l->context)
        assert_int_equal(tls_context_new(&l->context), ERR_OK);
    if (!l->server_context)
        l->server_context = test_server_context(&l->identity, version);
    l->server = test_server(l->server_context);
    buf_init(&l->to_client, WIRE_OCTETS);
    buf_init(&l->to_server, WIRE_OCTETS);
    arena_init(&l->arena, ARENA_OCTETS);
    assert_int_equal(tls_session_new(l->context, name, &l->client), ERR_OK);
}

static void link_close(struct link *l)
{
    tls_session_free(l->client);
    tls_context_free(l->context);
    SSL_free(l->server);
    SSL_CTX_free(l->server_context);
    test_identity_release(&l->identity);
    buf_release(&l->to_client);
    buf_release(&l->to_server);
    arena_release(&l->arena);
}

/* All that waits for the client, in steps. */
static void feed_client(struct link *l)
{
    struct octets wire = buf_octets(&l->to_client);
    size_t step = l->step ? l->step : wire.size + 1;
    for (size_t at = 0; at == 0 || at < wire.size; at += step) {
        l->state = tls_session_feed(l->client, octets_sub(wire, at, at + step));
        assert_int_equal(tls_session_output(l->client, &l->to_server), ERR_OK);
    }
    buf_clear(&l->to_client);
}

/* Until nobody has anything to say. */
static void link_run(struct link *l)
{
    do {
        feed_client(l);
        (void)test_server_turn(l->server, buf_octets(&l->to_server), &l->to_client);
        buf_clear(&l->to_server);
    } while (l->to_client.size);
}

static struct facts_tls link_facts(struct link *l)
{
    struct facts_tls f = {0};
    assert_int_equal(l->state, TLS_UP);
    assert_int_equal(tls_session_facts(l->client, &l->arena, &f), ERR_OK);
    assert_true(f.is_up);
    return f;
}

/* clang-format off */
static const struct handshake {
    const char *name;
    int version;
    bool is_rsa;
    const char *groups, *ciphers; /* of the server */
    const char *want_version, *want_cipher, *want_group, *want_key;
    size_t step;
} handshakes[] = {
    {"TLS 1.3", TLS1_3_VERSION, false, "X25519", "DEFAULT",
     "TLSv1.3", "TLS_AES_256_GCM_SHA384", "X25519", "EC P-256", 0},
    {"TLS 1.3, RSA, octet by octet", TLS1_3_VERSION, true, "P-256", "DEFAULT",
     "TLSv1.3", "TLS_AES_256_GCM_SHA384", "P-256", "RSA 2048", 1},
    {"TLS 1.3 over a finite field", TLS1_3_VERSION, false, "ffdhe2048", "DEFAULT",
     "TLSv1.3", "TLS_AES_256_GCM_SHA384", "ffdhe2048", "EC P-256", 0},
    {"TLS 1.2, octet by octet", TLS1_2_VERSION, false, "X25519", "DEFAULT",
     "TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384", "X25519", "EC P-256", 1},
    {"TLS 1.2, RSA, in sevens", TLS1_2_VERSION, true, "P-384", "DEFAULT",
     "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", "P-384", "RSA 2048", 7},
    {"TLS 1.2, RSA key exchange", TLS1_2_VERSION, true, "P-384", "AES128-SHA",
     "TLSv1.2", "AES128-SHA", NULL, "RSA 2048", 0},
    {"TLS 1.2 over a finite field", TLS1_2_VERSION, true, "P-384", "DHE-RSA-AES128-SHA",
     "TLSv1.2", "DHE-RSA-AES128-SHA", "modp_2048", "RSA 2048", 0},
    {"TLS 1.1", TLS1_1_VERSION, true, "P-256", "ALL:@SECLEVEL=0",
     "TLSv1.1", "ECDHE-RSA-AES256-SHA", "P-256", "RSA 2048", 0},
    {"TLS 1.0", TLS1_VERSION, true, "P-256", "ALL:@SECLEVEL=0",
     "TLSv1", "ECDHE-RSA-AES256-SHA", "P-256", "RSA 2048", 1},
};
/* clang-format on */

static void handshake(void **state)
{
    const struct handshake *c = *state;
    struct test_certificate want = plain_certificate;
    struct link l = {.step = c->step};
    want.is_rsa = c->is_rsa;
    l.identity = test_identity_make(&want, NULL);
    l.server_context = test_server_context(&l.identity, c->version);
    assert_int_equal(SSL_CTX_set1_groups_list(l.server_context, c->groups), 1);
    assert_int_equal(SSL_CTX_set_cipher_list(l.server_context, c->ciphers), 1);
    SSL_CTX_set_dh_auto(l.server_context, 1);
    link_open(&l, 0, OCTETS("mx.example.test"));
    link_run(&l);

    struct facts_tls f = link_facts(&l);
    assert_string_equal(f.version, c->want_version);
    assert_string_equal(f.cipher, c->want_cipher);
    assert_int_equal(f.group != NULL, c->want_group != NULL);
    if (f.group)
        assert_string_equal(f.group, c->want_group);
    assert_int_equal(f.chain_count, 1);
    assert_string_equal(f.chain[0].key, c->want_key);
    assert_string_equal(f.chain[0].signature,
                        c->is_rsa ? "sha256WithRSAEncryption" : "ecdsa-with-SHA256");
    assert_true(f.has_name && f.name_matches);
    assert_false(f.client_cert_asked);
    link_close(&l);
}

static void certificate_fields_are_copied(void **state)
{
    struct link l = {0};
    uint8_t digest[32];
    unsigned digest_size;
    struct tm tm;
    (void)state;
    link_open(&l, TLS1_3_VERSION, OCTETS("mx.example.test"));
    link_run(&l);
    struct facts_tls f = link_facts(&l);
    const struct facts_certificate *c = &f.chain[0];
    kit_assert_octets(c->subject, OCTETS("CN=mx.example.test"));
    kit_assert_octets(c->issuer, OCTETS("CN=mx.example.test"));
    assert_int_equal(c->name_count, 1);
    kit_assert_octets(c->names[0], OCTETS("mx.example.test"));
    assert_int_equal(X509_digest(l.identity.cert, EVP_sha256(), digest, &digest_size), 1);
    assert_memory_equal(c->sha256, digest, sizeof digest);
    assert_int_equal(ASN1_TIME_to_tm(X509_get0_notAfter(l.identity.cert), &tm), 1);
    assert_int_equal(c->not_after_ms, (uint64_t)timegm(&tm) * 1000);
    assert_int_equal(c->not_after_ms - c->not_before_ms, 31ULL * 86400 * 1000);
    link_close(&l);
}

/* clang-format off */
static const struct name_match {
    const char *name;
    struct octets dns, ip; /* of the certificate */
    struct octets asked;
    bool has_name, matches;
} name_matches[] = {
    {"the name", KIT_OCTETS("mx.test"), {NULL, 0}, KIT_OCTETS("mx.test"), true, true},
    {"in capitals, with a final dot", KIT_OCTETS("mx.test"), {NULL, 0}, KIT_OCTETS("MX.Test."), true, true},
    {"another name", KIT_OCTETS("mx.test"), {NULL, 0}, KIT_OCTETS("mx2.test"), true, false},
    {"a wildcard", KIT_OCTETS("*.mail.test"), {NULL, 0}, KIT_OCTETS("mx.mail.test"), true, true},
    {"a wildcard stands for one label", KIT_OCTETS("*.mail.test"), {NULL, 0}, KIT_OCTETS("a.mx.mail.test"), true, false},
    {"a wildcard within a label", KIT_OCTETS("m*.mail.test"), {NULL, 0}, KIT_OCTETS("mx.mail.test"), true, false},
    {"a name with a NUL behind it", KIT_OCTETS("mx.test\0.evil.test"), {NULL, 0}, KIT_OCTETS("mx.test"), true, false},
    {"an address", KIT_OCTETS("mx.test"), KIT_OCTETS("\x7f\0\0\1"), KIT_OCTETS("127.0.0.1"), true, true},
    {"an address given as a DNS name", KIT_OCTETS("127.0.0.1"), {NULL, 0}, KIT_OCTETS("127.0.0.1"), true, false},
    {"an IPv6 address", KIT_OCTETS("mx.test"), KIT_OCTETS("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), KIT_OCTETS("::1"), true, true},
    {"an address of five octets", KIT_OCTETS("mx.test"), KIT_OCTETS("\x7f\0\0\1\1"), KIT_OCTETS("127.0.0.1"), true, false},
    {"asked for with a NUL", KIT_OCTETS("mx.test"), {NULL, 0}, KIT_OCTETS("mx.test\0"), true, false},
    {"asked for something that is no name", KIT_OCTETS("mx.test"), {NULL, 0}, KIT_OCTETS("m x"), true, false},
    {"not asked for", KIT_OCTETS("mx.test"), {NULL, 0}, {NULL, 0}, false, false},
};

static const struct sni {
    const char *name;
    struct octets asked;
    const char *want;
} snis[] = {
    {"SNI for a name", KIT_OCTETS("mx.example.test"), "mx.example.test"},
    {"SNI has no final dot", KIT_OCTETS("mx.example.test."), "mx.example.test"},
    {"no SNI for an address", KIT_OCTETS("127.0.0.1"), NULL},
    {"no SNI for an IPv6 address", KIT_OCTETS("::1"), NULL},
    {"no SNI for what is no name", KIT_OCTETS("mx\0.test"), NULL},
    {"no SNI without a name", {NULL, 0}, NULL},
};
/* clang-format on */

static void name_match(void **state)
{
    const struct name_match *c = *state;
    struct test_certificate want = {
        .common_name = OCTETS("somebody"), .dns = &c->dns, .dns_count = 1, .ip = c->ip};
    struct link l = {.identity = test_identity_make(&want, NULL)};
    link_open(&l, TLS1_3_VERSION, c->asked);
    link_run(&l);
    struct facts_tls f = link_facts(&l);
    assert_int_equal(f.has_name, c->has_name);
    assert_int_equal(f.name_matches, c->matches);
    link_close(&l);
}

static void sni(void **state)
{
    const struct sni *c = *state;
    struct link l = {0};
    link_open(&l, TLS1_2_VERSION, c->asked);
    link_run(&l);
    const char *sent = SSL_get_servername(l.server, TLSEXT_NAMETYPE_host_name);
    kit_assert_octets(octets_of(sent), octets_of(c->want));
    link_close(&l);
}

static void self_signed_is_not_trusted(void **state)
{
    struct link l = {0};
    (void)state;
    link_open(&l, TLS1_3_VERSION, OCTETS("mx.example.test"));
    link_run(&l);
    struct facts_tls f = link_facts(&l);
    assert_false(f.trusted);
    assert_string_equal(f.verify_error,
                        X509_verify_cert_error_string(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT));
    link_close(&l);
}

/* The verdict on a leaf of an authority that the store holds. */
static struct facts_tls under_authority(struct link *l, int from_days, int to_days)
{
    struct test_certificate root = {.common_name = OCTETS("Test Root"), .is_authority = true};
    struct test_certificate leaf = plain_certificate;
    leaf.from_days = from_days;
    leaf.to_days = to_days;
    struct test_identity authority = test_identity_make(&root, NULL);
    l->identity = test_identity_make(&leaf, &authority);
    l->context = test_context_trusting(&authority);
    test_identity_release(&authority);
    link_open(l, TLS1_3_VERSION, OCTETS("mx.example.test"));
    link_run(l);
    return link_facts(l);
}

static void known_authority_is_trusted(void **state)
{
    struct link l = {0};
    (void)state;
    struct facts_tls f = under_authority(&l, 0, 0);
    assert_true(f.trusted);
    assert_null(f.verify_error);
    kit_assert_octets(f.chain[0].issuer, OCTETS("CN=Test Root"));
    link_close(&l);
}

static void expired_is_not_trusted(void **state)
{
    struct link l = {0};
    (void)state;
    struct facts_tls f = under_authority(&l, -30, -1);
    assert_false(f.trusted);
    assert_string_equal(f.verify_error, "certificate has expired");
    assert_true(f.name_matches);
    link_close(&l);
}

static void future_is_not_trusted(void **state)
{
    struct link l = {0};
    (void)state;
    struct facts_tls f = under_authority(&l, 1, 30);
    assert_false(f.trusted);
    assert_string_equal(f.verify_error, "certificate is not yet valid");
    link_close(&l);
}

static void hostile_names_are_kept_as_octets(void **state)
{
    const struct octets dns[] = {
        OCTETS("mx.test\0.evil.test"),
        OCTETS("\x1b[2J\r\n\xff"),
        OCTETS(""),
    };
    struct test_certificate want = {.common_name = OCTETS("a\0b\n\xc3\xa9,c"),
                                    .dns = dns,
                                    .dns_count = sizeof dns / sizeof *dns,
                                    .ip = OCTETS("\1\2\3\4\5")};
    struct link l = {.identity = test_identity_make(&want, NULL)};
    (void)state;
    link_open(&l, TLS1_2_VERSION, OCTETS("mx.test"));
    link_run(&l);
    struct facts_tls f = link_facts(&l);
    kit_assert_octets(f.chain[0].subject, OCTETS("CN=a\\00b\\0A\\C3\\A9\\,c"));
    assert_int_equal(f.chain[0].name_count, 3);
    for (size_t i = 0; i < 3; i++)
        kit_assert_octets(f.chain[0].names[i], dns[i]);
    assert_false(f.name_matches);
    link_close(&l);
}

static void long_lists_are_cut(void **state)
{
    static uint8_t text[4000];
    struct octets dns[300];
    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < 300; i++)
        dns[i] = (struct octets){text, i == 0 ? sizeof text : 20};
    struct test_certificate want = {.common_name = OCTETS("x"), .dns = dns, .dns_count = 300};
    struct link l = {.identity = test_identity_make(&want, NULL)};
    l.server_context = test_server_context(&l.identity, TLS1_2_VERSION);
    struct test_identity small = test_identity_make(&plain_certificate, NULL);
    for (int i = 0; i < 14; i++)
        assert_int_equal(SSL_CTX_add1_chain_cert(l.server_context, small.cert), 1);
    link_open(&l, 0, OCTETS_NONE);
    link_run(&l);
    struct facts_tls f = link_facts(&l);
    assert_int_equal(f.chain_count, 10);
    assert_int_equal(f.chain[0].name_count, TLS_CERTIFICATE_NAMES);
    assert_int_equal(f.chain[0].names[0].size, TLS_CERTIFICATE_NAME_OCTETS);
    assert_int_equal(f.chain[0].names[1].size, 20);
    test_identity_release(&small);
    link_close(&l);
}

static void facts_fail_clean_when_the_arena_is_full(void **state)
{
    struct link l = {0};
    enum err e = ERR_NOMEM;
    (void)state;
    link_open(&l, TLS1_3_VERSION, OCTETS("mx.example.test"));
    link_run(&l);
    for (size_t cap = 0; e == ERR_NOMEM; cap += 16) {
        struct facts_tls f = {0};
        struct arena small;
        arena_init(&small, cap);
        e = tls_session_facts(l.client, &small, &f);
        assert_int_equal(f.is_up, e == ERR_OK);
        arena_release(&small);
        assert_true(cap < ARENA_OCTETS);
    }
    assert_int_equal(e, ERR_OK);
    link_close(&l);
}

static void client_certificate_asked_for_is_noted(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct link l = {.identity = test_identity_make(&plain_certificate, NULL)};
        l.server_context = test_server_context(&l.identity, versions[i]);
        SSL_CTX_set_verify(l.server_context, SSL_VERIFY_PEER, NULL);
        link_open(&l, 0, OCTETS_NONE);
        link_run(&l);
        assert_true(link_facts(&l).client_cert_asked);
        link_close(&l);
    }
}

/* In TLS 1.3 the server sees the missing certificate after the client is up. */
static void client_certificate_required_fails_late(void **state)
{
    struct link l = {.identity = test_identity_make(&plain_certificate, NULL)};
    struct facts_tls f;
    (void)state;
    l.server_context = test_server_context(&l.identity, TLS1_3_VERSION);
    SSL_CTX_set_verify(l.server_context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    link_open(&l, 0, OCTETS_NONE);
    link_run(&l);
    assert_int_equal(l.state, TLS_FAILED);
    assert_string_equal(tls_session_failure(l.client), "alert: certificate required");
    assert_int_equal(tls_session_facts(l.client, &l.arena, &f), ERR_OK);
    assert_int_equal(tls_session_write(l.client, OCTETS("x")), ERR_CLOSED);
    link_close(&l);
}

/* clang-format off */
static const struct failure {
    const char *name;
    struct octets wire;
    const char *want;
} failures[] = {
    {"SMTP in answer", KIT_OCTETS("220 mx.example.test ESMTP\r\n"), "wrong version number"},
    {"HTTP in answer", KIT_OCTETS("HTTP/1.1 400 Bad Request\r\n\r\n"), "wrong version number"},
    {"zeros in answer", KIT_OCTETS("\0\0\0\0\0\0\0\0\0\0\0\0"), "wrong version number"},
    {"an alert", KIT_OCTETS("\x15\x03\x03\0\2\2\x28"), "alert: handshake failure"},
    {"another alert", KIT_OCTETS("\x15\x03\x01\0\2\2\x46"), "alert: protocol version"},
    {"an unheard-of alert", KIT_OCTETS("\x15\x03\x03\0\2\2\xff"), "alert: 255"},
    {"a message out of order", KIT_OCTETS("\x16\x03\x03\0\4\x0e\0\0\0"), "unexpected message"},
};
/* clang-format on */

static void fail_with(const struct failure *c, size_t step)
{
    struct link l = {.step = step};
    link_open(&l, TLS1_3_VERSION, OCTETS_NONE);
    feed_client(&l);
    assert_int_equal(l.state, TLS_HANDSHAKE);
    buf_append(&l.to_client, c->wire);
    feed_client(&l);
    assert_int_equal(l.state, TLS_FAILED);
    assert_string_equal(tls_session_failure(l.client), c->want);
    assert_int_equal(tls_session_feed(l.client, OCTETS("more")), TLS_FAILED);
    assert_int_equal(ERR_peek_error(), 0); /* nothing is left for the next connection */
    link_close(&l);
}

static void failure(void **state)
{
    fail_with(*state, 0);
    fail_with(*state, 1);
}

/* Each octet of the server's first flight, spoilt in turn: never a crash, mostly a failure. */
static void spoilt_flights_end_somehow(void **state)
{
    struct link l = {0};
    struct buf flight;
    (void)state;
    buf_init(&flight, WIRE_OCTETS);
    link_open(&l, TLS1_2_VERSION, OCTETS_NONE);
    feed_client(&l);
    assert_true(test_server_turn(l.server, buf_octets(&l.to_server), &flight));
    assert_true(flight.size > 100);
    for (size_t i = 0; i < flight.size; i++) {
        struct tls_session *s;
        assert_int_equal(tls_session_new(l.context, OCTETS_NONE, &s), ERR_OK);
        assert_int_equal(tls_session_feed(s, OCTETS_NONE), TLS_HANDSHAKE);
        flight.data[i] ^= 0xff;
        assert_int_not_equal(tls_session_feed(s, buf_octets(&flight)), TLS_UP);
        flight.data[i] ^= 0xff;
        tls_session_free(s);
    }
    buf_release(&flight);
    link_close(&l);
}

static void data_goes_both_ways(void **state)
{
    struct link l = {.step = 3};
    struct buf plain;
    char octets[32];
    size_t size;
    (void)state;
    buf_init(&plain, 1000);
    link_open(&l, TLS1_3_VERSION, OCTETS_NONE);
    assert_int_equal(tls_session_write(l.client, OCTETS("early")), ERR_CLOSED);
    link_run(&l);
    assert_int_equal(tls_session_write(l.client, OCTETS_NONE), ERR_OK);
    assert_int_equal(tls_session_write(l.client, OCTETS("EHLO me\r\n")), ERR_OK);
    link_run(&l);
    assert_int_equal(SSL_read_ex(l.server, octets, sizeof octets, &size), 1);
    assert_int_equal(size, 9);
    assert_memory_equal(octets, "EHLO me\r\n", 9);
    assert_int_equal(SSL_write_ex(l.server, "250 mx\r\n", 8, &size), 1);
    link_run(&l);
    assert_int_equal(l.state, TLS_UP);
    assert_int_equal(tls_session_input(l.client, &plain), ERR_OK);
    kit_assert_octets(buf_octets(&plain), OCTETS("250 mx\r\n"));
    buf_release(&plain);
    link_close(&l);
}

/* The server finishes the handshake, greets and leaves, all in one piece. */
static void an_end_in_the_same_octets_comes_after_up(void **state)
{
    struct link l = {0};
    struct buf plain;
    size_t size;
    (void)state;
    buf_init(&plain, 1000);
    link_open(&l, TLS1_2_VERSION, OCTETS_NONE);
    while (!SSL_is_init_finished(l.server)) {
        feed_client(&l);
        assert_true(test_server_turn(l.server, buf_octets(&l.to_server), &l.to_client));
        buf_clear(&l.to_server);
    }
    assert_int_equal(SSL_write_ex(l.server, "220 mx\r\n", 8, &size), 1);
    assert_int_equal(SSL_shutdown(l.server), 0);
    assert_true(test_server_turn(l.server, OCTETS_NONE, &l.to_client));
    feed_client(&l);
    assert_int_equal(l.state, TLS_UP);
    assert_int_equal(tls_session_input(l.client, &plain), ERR_OK);
    kit_assert_octets(buf_octets(&plain), OCTETS("220 mx\r\n"));
    assert_int_equal(tls_session_feed(l.client, OCTETS_NONE), TLS_CLOSED);
    buf_release(&plain);
    link_close(&l);
}

static void shut_down_sends_close_notify(void **state)
{
    struct link l = {0};
    char octet;
    (void)state;
    link_open(&l, TLS1_3_VERSION, OCTETS_NONE);
    tls_session_shut_down(l.client); /* too early: nothing happens */
    link_run(&l);
    tls_session_shut_down(l.client);
    link_run(&l);
    assert_int_equal(SSL_read(l.server, &octet, 1), 0);
    assert_int_equal(SSL_get_shutdown(l.server) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
    link_close(&l);
}

static void client_hello_is_small(void **state)
{
    struct link l = {0};
    (void)state;
    link_open(&l, TLS1_3_VERSION, OCTETS("mx.example.test"));
    feed_client(&l);
    assert_in_range(l.to_server.size, 100, 700);
    link_close(&l);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(certificate_fields_are_copied),
        cmocka_unit_test(self_signed_is_not_trusted),
        cmocka_unit_test(known_authority_is_trusted),
        cmocka_unit_test(expired_is_not_trusted),
        cmocka_unit_test(future_is_not_trusted),
        cmocka_unit_test(hostile_names_are_kept_as_octets),
        cmocka_unit_test(long_lists_are_cut),
        cmocka_unit_test(facts_fail_clean_when_the_arena_is_full),
        cmocka_unit_test(client_certificate_asked_for_is_noted),
        cmocka_unit_test(client_certificate_required_fails_late),
        cmocka_unit_test(spoilt_flights_end_somehow),
        cmocka_unit_test(data_goes_both_ways),
        cmocka_unit_test(an_end_in_the_same_octets_comes_after_up),
        cmocka_unit_test(shut_down_sends_close_notify),
        cmocka_unit_test(client_hello_is_small),
    };
    struct CMUnitTest tests[KIT_COUNT(handshakes) + KIT_COUNT(name_matches) + KIT_COUNT(snis) +
                            KIT_COUNT(failures) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, handshakes, handshake);
    KIT_ADD_ROWS(tests, &count, name_matches, name_match);
    KIT_ADD_ROWS(tests, &count, snis, sni);
    KIT_ADD_ROWS(tests, &count, failures, failure);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
