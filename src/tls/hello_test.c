/* SPDX-License-Identifier: Apache-2.0 */
#include "hello.h"

#include "../../tests/kit/kit.h"

/* ---- hellos ---- */

static const uint8_t from_random[TLS_HELLO_RANDOM] = "0123456789abcdef0123456789abcdef"
                                                     "ABCDEFGHIJKLMNOPABCDEFGHIJKLMNO";

#define RANDOM_32 "0123456789abcdef0123456789abcdef"
#define SHARE_32  "ABCDEFGHIJKLMNOPABCDEFGHIJKLMNO\0"

static const uint16_t suites[] = {0x1301, 0xc02f}, groups[] = {0x001d}, only_1_3[] = {TLS_1_3};

struct built {
    const char *name;
    struct tls_hello hello;
    struct octets want; /* without signature_algorithms, which only TLS 1.2 and newer has */
};

/* clang-format off */
static const struct built built[] = {
    {"SSL 2 in its own form", {.version = TLS_SSL2},
     KIT_OCTETS("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10"
                "\x07\x00\xc0\x05\x00\x80\x03\x00\x80\x01\x00\x80\x06\x00\x40\x04\x00\x80\x02\x00\x80"
                "0123456789abcdef")},
    {"SSL 3 without extensions", {.version = TLS_SSL3, .suites = suites, .suite_count = 2, .groups = groups, .group_count = 1,
                                  .with = TLS_HELLO_RENEGOTIATION | TLS_HELLO_EMS},
     KIT_OCTETS("\x16\x03\x00\x00\x31\x01\x00\x00\x2d\x03\x00" RANDOM_32 "\x00\x00\x06\x13\x01\xc0\x2f\x00\xff\x01\x00")},
    {"TLS 1.0 with compression and the fallback signal",
     {.version = TLS_1_0, .suites = suites + 1, .suite_count = 1, .with = TLS_HELLO_DEFLATE | TLS_HELLO_FALLBACK},
     KIT_OCTETS("\x16\x03\x01\x00\x32\x01\x00\x00\x2e\x03\x01" RANDOM_32 "\x00\x00\x04\xc0\x2f\x56\x00\x02\x01\x00\x00\x00")},
    {"every other extension in TLS 1.1",
     {.version = TLS_1_1, .suites = suites, .suite_count = 1, .groups = groups, .group_count = 1,
      .versions = only_1_3, .version_count = 1, .server_name = KIT_OCTETS("mx.test"),
      .with = TLS_HELLO_EMS | TLS_HELLO_RENEGOTIATION | TLS_HELLO_KEY_SHARE},
     KIT_OCTETS("\x16\x03\x01\x00\x87\x01\x00\x00\x83\x03\x02" RANDOM_32 "\x00\x00\x02\x13\x01\x01\x00\x00\x58"
                "\x00\x00\x00\x0c\x00\x0a\x00\x00\x07mx.test"
                "\xff\x01\x00\x01\x00"
                "\x00\x17\x00\x00"
                "\x00\x0a\x00\x04\x00\x02\x00\x1d\x00\x0b\x00\x02\x01\x00"
                "\x00\x2b\x00\x03\x02\x03\x04"
                "\x00\x33\x00\x26\x00\x24\x00\x1d\x00\x20" SHARE_32)},
    {"an empty key share", {.version = TLS_1_1, .suites = suites, .suite_count = 1, .with = TLS_HELLO_EMPTY_KEY_SHARE},
     KIT_OCTETS("\x16\x03\x01\x00\x35\x01\x00\x00\x31\x03\x02" RANDOM_32 "\x00\x00\x02\x13\x01\x01\x00\x00\x06"
                "\x00\x33\x00\x02\x00\x00")},
};
/* clang-format on */

static void test_built(void **state)
{
    const struct built *c = *state;
    struct tls_hello h = c->hello;
    struct buf out;
    h.from_random = from_random;
    buf_init(&out, 4096);
    tls_hello_append(&out, &h);
    assert_int_equal(buf_error(&out), ERR_OK);
    kit_assert_octets(buf_octets(&out), c->want);
    buf_release(&out);
}

static void test_signature_algorithms_from_tls_1_2_on(void **state)
{
    struct tls_hello h = {.version = TLS_1_1, .suites = suites, .suite_count = 1};
    struct buf out;
    (void)state;
    h.from_random = from_random;
    for (h.version = TLS_1_1; h.version <= TLS_1_2; h.version++) {
        buf_init(&out, 4096);
        tls_hello_append(&out, &h);
        bool has = octets_find(buf_octets(&out), OCTETS("\x00\x0d\x00\x2a\x00\x28"), 0) < out.size;
        assert_int_equal(has, h.version == TLS_1_2);
        buf_release(&out);
    }
}

static void test_no_room_is_an_error(void **state)
{
    const struct tls_hello h = {
        .version = TLS_1_0, .suites = suites, .suite_count = 2, .from_random = from_random};
    (void)state;
    for (size_t room = 0; room < 60; room++) {
        struct buf out;
        buf_init(&out, room);
        tls_hello_append(&out, &h);
        assert_int_equal(buf_error(&out), room < 54 ? ERR_LIMIT : ERR_OK);
        buf_release(&out);
    }
}

/* ---- answers ---- */

#define ZEROS_32 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define RETRY_32 \
    "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91" \
    "\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"
#define HELLO(suite) "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" ZEROS_32 "\x00" suite "\x00"
#define END          "\x16\x03\x03\x00\x04\x0e\x00\x00\x00"
#define ALERT(what)  "\x15\x03\x03\x00\x02" what

struct answer {
    const char *name;
    struct octets in;
    struct tls_answer want; /* state and what is public */
};

#define DONE  .state = TLS_PARSE_DONE
#define LIMIT .state = TLS_PARSE_LIMIT
#define ODD \
    { \
        DONE, .kind = TLS_ANSWER_ODD \
    }
#define IS .kind = TLS_ANSWER_HELLO, .has_hello = true

/* clang-format off */
static const struct answer answers[] = {
    {"an alert", KIT_OCTETS(ALERT("\x02\x28")), {DONE, .kind = TLS_ANSWER_ALERT, .alert = 40}},
    {"an alert of SSL 3", KIT_OCTETS("\x15\x03\x00\x00\x02\x02\x46"), {DONE, .kind = TLS_ANSWER_ALERT, .alert = 70}},
    {"close_notify ends it too", KIT_OCTETS(ALERT("\x01\x00")), {DONE, .kind = TLS_ANSWER_ALERT, .alert = 0}},
    {"a warning is passed over", KIT_OCTETS(ALERT("\x01\x70") HELLO("\xc0\x2f") END),
     {DONE, IS, .version = TLS_1_2, .suite = 0xc02f}},
    {"an alert of three octets", KIT_OCTETS("\x15\x03\x03\x00\x03\x02\x28\x00"), ODD},
    {"a hello, and the end of the flight", KIT_OCTETS(HELLO("\xc0\x2f") END "\x17"), {DONE, IS, .version = TLS_1_2, .suite = 0xc02f}},
    {"a hello in two records", KIT_OCTETS("\x16\x03\x03\x00\x02\x02\x00\x16\x03\x03\x00\x28\x00\x26\x03\x03" ZEROS_32
                                          "\x00\x00\x2f\x00" END), {DONE, IS, .version = TLS_1_2, .suite = 0x002f}},
    {"compression", KIT_OCTETS("\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01" ZEROS_32 "\x00\x00\x2f\x01" END),
     {DONE, IS, .version = TLS_1_0, .suite = 0x002f, .compression = 1}},
    {"extensions", KIT_OCTETS("\x16\x03\x03\x00\x35\x02\x00\x00\x31\x03\x03" ZEROS_32 "\x00\x00\x2f\x00\x00\x09"
                              "\x00\x17\x00\x00\xff\x01\x00\x01\x00" END),
     {DONE, IS, .version = TLS_1_2, .suite = 0x002f, .has_ems = true, .has_renegotiation = true}},
    {"TLS 1.3 ends with its hello", KIT_OCTETS("\x16\x03\x03\x00\x3a\x02\x00\x00\x36\x03\x03" ZEROS_32 "\x00\x13\x01\x00\x00\x0e"
                              "\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x04\x00\x1d\x00\x00"),
     {DONE, IS, .version = TLS_1_3, .suite = 0x1301, .group = 0x1d}},
    {"a retry names its group", KIT_OCTETS("\x16\x03\x03\x00\x38\x02\x00\x00\x34\x03\x03" RETRY_32 "\x00\x13\x02\x00\x00\x0c"
                              "\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x02\x11\xec"),
     {DONE, IS, .is_retry = true, .version = TLS_1_3, .suite = 0x1302, .group = 0x11ec}},
    {"a curve", KIT_OCTETS(HELLO("\xc0\x2f") "\x16\x03\x03\x00\x08\x0c\x00\x00\x04\x03\x00\x17\x00" END),
     {DONE, IS, .version = TLS_1_2, .suite = 0xc02f, .group = 0x17}},
    {"a curve without a name", KIT_OCTETS(HELLO("\xc0\x2f") "\x16\x03\x03\x00\x08\x0c\x00\x00\x04\x01\x00\x17\x00" END),
     {DONE, IS, .version = TLS_1_2, .suite = 0xc02f}},
    {"a prime", KIT_OCTETS(HELLO("\x00\x33") "\x16\x03\x03\x00\x09\x0c\x00\x00\x05\x00\x02\x03\xff\x00" END),
     {DONE, IS, .version = TLS_1_2, .suite = 0x0033, .dh_bits = 10}},
    {"a prime behind a zero", KIT_OCTETS(HELLO("\x00\x33") "\x16\x03\x03\x00\x09\x0c\x00\x00\x05\x00\x03\x00\x80\x01" END),
     {DONE, IS, .version = TLS_1_2, .suite = 0x0033, .dh_bits = 16}},
    {"a prime of zeros", KIT_OCTETS(HELLO("\x00\x33") "\x16\x03\x03\x00\x08\x0c\x00\x00\x04\x00\x02\x00\x00" END),
     {DONE, IS, .version = TLS_1_2, .suite = 0x0033}},
    {"a prime that is cut off", KIT_OCTETS(HELLO("\x00\x33") "\x16\x03\x03\x00\x08\x0c\x00\x00\x04\x01\x00\x03\xff" END),
     {DONE, IS, .version = TLS_1_2, .suite = 0x0033}},
    {"an alert behind the hello", KIT_OCTETS(HELLO("\xc0\x2f") ALERT("\x02\x50")),
     {DONE, .kind = TLS_ANSWER_ALERT, .has_hello = true, .alert = 80, .version = TLS_1_2, .suite = 0xc02f}},
    {"SSL 2 with a kind of cipher", KIT_OCTETS("\x80\x11\x04\x00\x01\x00\x02\x00\x03\x00\x03\x00\x00" "crt\x07\x00\xc0"),
     {DONE, .kind = TLS_ANSWER_HELLO, .version = TLS_SSL2, .kinds = 1}},
    {"SSL 2 without one", KIT_OCTETS("\x80\x0e\x04\x00\x01\x00\x02\x00\x03\x00\x00\x00\x00" "crt"),
     {DONE, .kind = TLS_ANSWER_HELLO, .version = TLS_SSL2}},
    {"SSL 2 cut off", KIT_OCTETS("\x80\x05\x04\x00\x01\x00\x02"), {DONE, .kind = TLS_ANSWER_ODD, .version = TLS_SSL2}},
    {"an error of SSL 2", KIT_OCTETS("\x80\x03\x00\x00\x01"), {DONE, .kind = TLS_ANSWER_ALERT, .alert = 40}},
    {"words", KIT_OCTETS("500 5.5.1 Unrecognized command\r\n"), ODD},
    {"an empty record", KIT_OCTETS("\x16\x03\x03\x00\x00"), ODD},
    {"a record that is too long", KIT_OCTETS("\x16\x03\x03\x48\x01"), ODD},
    {"a record of a later kind", KIT_OCTETS("\x17\x03\x03\x00\x01"), ODD},
    {"another protocol version of records", KIT_OCTETS("\x16\x04\x00\x00\x04"), ODD},
    {"a certificate before the hello", KIT_OCTETS("\x16\x03\x03\x00\x04\x0b\x00\x00\x00"), ODD},
    {"a hello that is too short", KIT_OCTETS("\x16\x03\x03\x00\x06\x02\x00\x00\x02\x03\x03"),
     {DONE, .kind = TLS_ANSWER_ODD, .has_hello = true, .version = TLS_1_2}},
    {"an extension that reaches too far", KIT_OCTETS("\x16\x03\x03\x00\x30\x02\x00\x00\x2c\x03\x03" ZEROS_32
                              "\x00\x00\x2f\x00\x00\x04\x00\x2a\x00\x01"),
     {DONE, .kind = TLS_ANSWER_ODD, .has_hello = true, .version = TLS_1_2, .suite = 0x002f}},
    {"two hellos", KIT_OCTETS(HELLO("\xc0\x2f") HELLO("\xc0\x2f")),
     {DONE, .kind = TLS_ANSWER_ODD, .has_hello = true, .version = TLS_1_2, .suite = 0xc02f}},
    {"a message past all bounds", KIT_OCTETS(HELLO("\xc0\x2f") "\x16\x03\x03\x00\x04\x0b\x01\x00\x00"),
     {LIMIT, IS, .version = TLS_1_2, .suite = 0xc02f}},
};
/* clang-format on */

static void assert_same(const struct tls_answer *got, const struct tls_answer *want)
{
    assert_int_equal(got->kind, want->kind);
    assert_int_equal(got->alert, want->alert);
    assert_int_equal(got->has_hello, want->has_hello);
    assert_int_equal(got->version, want->version);
    assert_int_equal(got->suite, want->suite);
    assert_int_equal(got->is_retry, want->is_retry);
    assert_int_equal(got->compression, want->compression);
    assert_int_equal(got->has_ems, want->has_ems);
    assert_int_equal(got->has_renegotiation, want->has_renegotiation);
    assert_int_equal(got->group, want->group);
    assert_int_equal(got->dh_bits, want->dh_bits);
    assert_int_equal(got->kinds, want->kinds);
    assert_int_equal(got->has_leaf, want->has_leaf);
    assert_memory_equal(got->leaf_sha256, want->leaf_sha256, sizeof got->leaf_sha256);
}

static void test_whole(void **state)
{
    const struct answer *c = *state;
    struct tls_answer a;
    struct octets in = kit_guard(c->in);
    tls_answer_init(&a);
    assert_int_equal(tls_answer_feed(&a, in), c->want.state);
    assert_same(&a, &c->want);
    assert_int_equal(tls_answer_feed(&a, in), c->want.state); /* the end is the end */
    assert_same(&a, &c->want);
    tls_answer_release(&a);
    kit_unguard(in);
}

static void test_octet_by_octet(void **state)
{
    const struct answer *c = *state;
    struct tls_answer a;
    struct octets in = kit_guard(c->in);
    tls_answer_init(&a);
    for (size_t i = 0; i < in.size; i++)
        (void)tls_answer_feed(&a, octets_sub(in, i, i + 1));
    assert_int_equal(a.state, c->want.state);
    assert_same(&a, &c->want);
    tls_answer_release(&a);
    kit_unguard(in);
}

/* Up to where it is done the answer is open; from there on it is what the whole gives. */
static void test_each_prefix(void **state)
{
    const struct answer *c = *state;
    bool is_done = false;
    for (size_t size = 0; size <= c->in.size; size++) {
        struct tls_answer a;
        struct octets in = kit_guard(octets_sub(c->in, 0, size));
        tls_answer_init(&a);
        enum tls_parse state_then = tls_answer_feed(&a, in);
        is_done = is_done || state_then != TLS_PARSE_MORE;
        assert_int_equal(state_then, is_done ? c->want.state : TLS_PARSE_MORE);
        if (is_done)
            assert_same(&a, &c->want);
        else
            assert_true(a.kind == TLS_ANSWER_NONE || a.kind == TLS_ANSWER_HELLO);
        tls_answer_release(&a);
        kit_unguard(in);
    }
    assert_true(is_done);
}

static void test_certificate_is_hashed(void **state)
{
    static const uint8_t abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                    0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                    0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                    0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    struct tls_answer a;
    (void)state;
    tls_answer_init(&a);
    assert_int_equal(
        tls_answer_feed(&a, OCTETS(HELLO("\x00\x2f") "\x16\x03\x03\x00\x0d\x0b\x00\x00\x09"
                                                     "\x00\x00\x06\x00\x00\x03"
                                                     "abc")),
        TLS_PARSE_MORE);
    assert_true(a.has_leaf);
    assert_memory_equal(a.leaf_sha256, abc, sizeof abc); /* FIPS 180-4's first example */
    tls_answer_release(&a);
}

static void test_records_without_end_have_one(void **state)
{
    struct tls_answer a;
    size_t fed = 0;
    (void)state;
    tls_answer_init(&a);
    while (tls_answer_feed(&a, OCTETS(ALERT("\x01\x70"))) == TLS_PARSE_MORE)
        assert_true(++fed <= TLS_ANSWER_RECORDS);
    assert_int_equal(a.state, TLS_PARSE_LIMIT);
    assert_int_equal(fed, TLS_ANSWER_RECORDS);
    tls_answer_release(&a);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(tls_alert_text(40), "alert: handshake failure");
    assert_string_equal(tls_alert_text(255), "alert");
    assert_string_equal(tls_version_text(TLS_SSL2), "SSL 2");
    assert_string_equal(tls_version_text(TLS_1_3), "TLS 1.3");
    assert_string_equal(tls_version_text(0x0305), "?");
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(built) + 3 * KIT_COUNT(answers) + 5] = {
        cmocka_unit_test(test_signature_algorithms_from_tls_1_2_on),
        cmocka_unit_test(test_no_room_is_an_error),
        cmocka_unit_test(test_certificate_is_hashed),
        cmocka_unit_test(test_records_without_end_have_one),
        cmocka_unit_test(test_names),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, built, test_built);
    KIT_ADD_ROWS(tests, &count, answers, test_whole);
    KIT_ADD_ROWS(tests, &count, answers, test_octet_by_octet);
    KIT_ADD_ROWS(tests, &count, answers, test_each_prefix);
    return cmocka_run_group_tests_name("hello", tests, NULL, NULL);
}
