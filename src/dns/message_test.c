/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "message.h"

#define ARENA_OCTETS ((size_t)256 * 1024)

/* A header: id 1, a response to a recursive question, with that rcode and those counts. */
#define HEADER(rcode, questions, answers) "\0\1\x81" rcode "\0" questions "\0" answers "\0\0\0\0"
#define QUESTION                          "\1a\4test\0\0\1\0\1" /* the name is at 12, "test" at 14 */
#define SAME                              "\xc0\x0c"
#define RECORD(type, size)                "\0" type "\0\1\0\0\1\x2c\0" size /* class IN, TTL 300 */

struct message_case {
    const char *name;
    struct octets in;
    const char *want; /* as render() writes it */
};

/* clang-format off */
static const struct message_case valid[] = {
    {"an address",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION
                SAME RECORD("\1", "\4") "\xc0\0\2\1"),
     "0;a.test 300 A 192.0.2.1;"},
    {"an IPv6 address",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION
                SAME RECORD("\x1c", "\x10") "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"),
     "0;a.test 300 AAAA 2001:db8::1;"},
    {"two mail exchanges, with and without compression",
     KIT_OCTETS(HEADER("\x80", "\1", "\2") QUESTION
                SAME RECORD("\x0f", "\7") "\0\x0a\2mx" SAME
                SAME RECORD("\x0f", "\x0b") "\0\x14\2MX\4Test\0"),
     "0;a.test 300 MX 10 mx.a.test;a.test 300 MX 20 mx.test;"},
    {"a null MX",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION
                SAME RECORD("\x0f", "\3") "\0\0\0"),
     "0;a.test 300 MX 0 .;"},
    {"an alias, then what it leads to",
     KIT_OCTETS(HEADER("\x80", "\1", "\2") QUESTION
                SAME RECORD("\5", "\4") "\1b\xc0\x0e"
                "\xc0\x24" RECORD("\1", "\4") "\xc0\0\2\2"),
     "0;a.test 300 CNAME b.test;b.test 300 A 192.0.2.2;"},
    {"a pointer record",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION
                SAME RECORD("\x0c", "\2") SAME),
     "0;a.test 300 PTR a.test;"},
    {"no answer", KIT_OCTETS(HEADER("\x80", "\1", "\0") QUESTION), "0;"},
    {"no such name", KIT_OCTETS(HEADER("\x83", "\1", "\0") QUESTION), "3;"},
    {"no question either", KIT_OCTETS(HEADER("\x85", "\0", "\0")), "5;"},
    {"an authentic answer", KIT_OCTETS(HEADER("\xa0", "\1", "\0") QUESTION), "0;ad;"},
    {"a truncated answer", KIT_OCTETS("\0\1\x83\x80\0\1\0\0\0\0\0\0" QUESTION), "0;tc;"},
    {"other types and classes are passed over",
     KIT_OCTETS(HEADER("\x80", "\1", "\3") QUESTION
                SAME RECORD("\x0d", "\3") "\2hi"
                SAME "\0\1\0\3\0\0\0\0\0\4abcd"
                SAME RECORD("\1", "\4") "\xc0\0\2\1"),
     "0;a.test 300 A 192.0.2.1;"},
    {"odd octets in labels are escaped",
     KIT_OCTETS(HEADER("\x80", "\0", "\1")
                "\5a.b\\c\4\0\n\xff \0" RECORD("\1", "\4") "\xc0\0\2\1"),
     "0;a\\046b\\092c.\\000\\010\\255\\032 300 A 192.0.2.1;"},
    {"text of several strings is joined",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION
                SAME RECORD("\x10", "\x0e") "\6v=spf1\0\5 -all"),
     "0;a.test 300 TXT v=spf1 -all;"},
    {"text without a string is empty",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION SAME RECORD("\x10", "\0")),
     "0;a.test 300 TXT ;"},
    {"a name server and the start of a zone",
     KIT_OCTETS(HEADER("\x80", "\1", "\2") QUESTION
                SAME RECORD("\2", "\5") "\2ns" SAME
                SAME RECORD("\6", "\x19") "\1m\xc0\x0e\0" "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"),
     "0;a.test 300 NS ns.a.test;a.test 300 SOA m.test;"},
    {"an authority that may issue",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION
                SAME "\1\1\0\1\0\0\1\x2c\0\x0e" "\x80\5issueca.test"),
     "0;a.test 300 CAA 128 issue ca.test;"},
    {"the key of a server",
     KIT_OCTETS(HEADER("\xa0", "\1", "\1") QUESTION
                SAME RECORD("\x34", "\6") "\3\1\1" "key"),
     "0;ad;a.test 300 TLSA 3 1 1 key;"},
    {"a pointer to a pointer",
     KIT_OCTETS(HEADER("\x80", "\1", "\2") QUESTION
                SAME RECORD("\5", "\2") "\xc0\x0e"
                "\xc0\x24" RECORD("\5", "\2") "\xc0\x24"),
     "0;a.test 300 CNAME test;test 300 CNAME test;"},
};

/* None of these is a well-formed response. */
static const struct message_case invalid[] = {
    {"a question",
     KIT_OCTETS("\0\1\1\0\0\1\0\0\0\0\0\0" QUESTION), NULL},
    {"a pointer to itself",
     KIT_OCTETS(HEADER("\x80", "\0", "\1") SAME RECORD("\1", "\4") "\xc0\0\2\1"), NULL},
    {"a pointer forward",
     KIT_OCTETS(HEADER("\x80", "\0", "\1") "\xc0\x0e" RECORD("\1", "\4") "\xc0\0\2\1"), NULL},
    {"a pointer past the end",
     KIT_OCTETS(HEADER("\x80", "\0", "\1") "\xff\xff" RECORD("\1", "\0")), NULL},
    {"two pointers at each other",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") "\xc0\x12\0\1\0\1" SAME RECORD("\1", "\4") "\xc0\0\2\1"), NULL},
    {"labels, then a pointer to their own start",
     KIT_OCTETS(HEADER("\x80", "\0", "\1") "\1a" SAME RECORD("\1", "\4") "\xc0\0\2\1"), NULL},
    {"a label of a reserved kind",
     KIT_OCTETS(HEADER("\x80", "\0", "\1") "\x41q\0" RECORD("\1", "\4") "\xc0\0\2\1"), NULL},
    {"an address of five octets",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION SAME RECORD("\1", "\5") "\xc0\0\2\1\1"), NULL},
    {"an address of three octets, more behind it",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION SAME RECORD("\1", "\3") "\xc0\0\2\1"), NULL},
    {"a name that ends before its record",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION SAME RECORD("\5", "\3") SAME "\0"), NULL},
    {"a name that runs out of its record",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION SAME RECORD("\5", "\2") "\1b\0\0\0\0"), NULL},
    {"a mail exchange without a name",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION SAME RECORD("\x0f", "\2") "\0\0"), NULL},
    {"text whose string is cut",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION SAME RECORD("\x10", "\2") "\2a"), NULL},
    {"a certificate association without its three octets",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION SAME RECORD("\x34", "\2") "\3\1"), NULL},
    {"an authorisation without a tag",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION SAME "\1\1\0\1\0\0\1\x2c\0\2" "\0\0"), NULL},
    {"the start of a zone without its numbers",
     KIT_OCTETS(HEADER("\x80", "\1", "\1") QUESTION SAME RECORD("\6", "\2") "\0\0"), NULL},
    {"fewer answers than announced",
     KIT_OCTETS(HEADER("\x80", "\1", "\2") QUESTION SAME RECORD("\1", "\4") "\xc0\0\2\1"), NULL},
    {"fewer questions than announced",
     KIT_OCTETS(HEADER("\x80", "\2", "\0") QUESTION), NULL},
};
/* clang-format on */

static const char *type_text(enum dns_type type)
{
    switch (type) {
    case DNS_TYPE_NS:
        return "NS";
    case DNS_TYPE_SOA:
        return "SOA";
    case DNS_TYPE_TXT:
        return "TXT";
    case DNS_TYPE_TLSA:
        return "TLSA";
    case DNS_TYPE_CAA:
        return "CAA";
    case DNS_TYPE_A:
        return "A";
    case DNS_TYPE_AAAA:
        return "AAAA";
    case DNS_TYPE_CNAME:
        return "CNAME";
    case DNS_TYPE_MX:
        return "MX";
    case DNS_TYPE_PTR:
        return "PTR";
    }
    return "?";
}

static void render_record(const struct dns_record *r, struct buf *out)
{
    buf_append(out, r->owner);
    buf_append_format(out, " %u %s ", r->ttl, type_text(r->type));
    if (r->type == DNS_TYPE_MX)
        buf_append_format(out, "%u ", r->preference);
    if (r->type == DNS_TYPE_TLSA) {
        buf_append_format(out, "%u %u %u ", r->tlsa.usage, r->tlsa.selector, r->tlsa.matching);
        buf_append(out, r->tlsa.data);
    }
    if (r->type == DNS_TYPE_CAA) {
        buf_append_format(out, "%u ", r->caa.flags);
        buf_append(out, r->caa.tag);
        buf_append_text(out, " ");
        buf_append(out, r->caa.value);
    }
    if (r->type == DNS_TYPE_TXT)
        buf_append(out, r->text);
    buf_append(out, r->name);
    address_append(out, &r->address);
    buf_append_text(out, ";");
}

static void render(const struct dns_message *m, struct buf *out)
{
    buf_append_format(out, "%u;%s%s", m->rcode, m->is_truncated ? "tc;" : "",
                      m->is_authentic ? "ad;" : "");
    for (size_t i = 0; i < m->record_count; i++)
        render_record(&m->records[i], out);
}

static enum err parse_guarded(struct octets in, struct arena *a, struct dns_message *ret)
{
    struct octets guarded = kit_guard(in);
    enum err e = dns_message_parse(guarded, a, ret);
    kit_unguard(guarded);
    return e;
}

static void valid_answer(void **state)
{
    const struct message_case *c = *state;
    struct arena arena;
    struct buf text;
    struct dns_message m;
    arena_init(&arena, ARENA_OCTETS);
    buf_init(&text, 4096);
    assert_int_equal(parse_guarded(c->in, &arena, &m), ERR_OK);
    render(&m, &text);
    kit_assert_text(buf_octets(&text), c->want);
    buf_release(&text);
    arena_release(&arena);
}

static void assert_refused(struct octets in)
{
    struct arena arena;
    struct dns_message m;
    arena_init(&arena, ARENA_OCTETS);
    assert_int_equal(parse_guarded(in, &arena, &m), ERR_SYNTAX);
    arena_release(&arena);
}

static void invalid_answer(void **state)
{
    const struct message_case *c = *state;
    assert_refused(c->in);
}

static void prefixes_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(valid); i++)
        for (size_t size = 0; size < valid[i].in.size; size++)
            assert_refused(octets_sub(valid[i].in, 0, size));
}

/* Each octet with each value: whatever comes of it, nothing is read that is not there. */
static void spoilt_answers_do_no_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(valid); i++) {
        struct octets in = kit_guard(valid[i].in);
        uint8_t *octets = (uint8_t *)in.at;
        for (size_t at = 0; at < in.size; at++)
            for (unsigned add = 1; add < 256; add++) {
                struct arena arena;
                struct dns_message m;
                arena_init(&arena, ARENA_OCTETS);
                octets[at] = (uint8_t)(valid[i].in.at[at] + add);
                (void)!dns_message_parse(in, &arena, &m);
                octets[at] = valid[i].in.at[at];
                arena_release(&arena);
            }
        kit_unguard(in);
    }
}

#define SOA_DATA \
    "\0\0" \
    "\0\0\0\1" \
    "\0\0\0\2" \
    "\0\0\0\3" \
    "\0\0\0\4" \
    "\0\0\0\x1e"
#define TTL_CASE(ttl, type) SAME "\0" type "\0\1" ttl "\0\4\xc0\0\2\1"

/* clang-format off */
static const struct {
    const char *name;
    struct octets in;
    bool is_negative;
    uint32_t want_s;
} ttls[] = {
    {"the least of the answers", KIT_OCTETS("\0\0\x81\x80\0\1\0\2\0\0\0\0" QUESTION
        TTL_CASE("\0\0\1\0", "\1") TTL_CASE("\0\0\0\x0a", "\1")), false, 10},
    {"one with its highest bit set", KIT_OCTETS("\0\0\x81\x80\0\1\0\1\0\0\0\0" QUESTION
        TTL_CASE("\x80\0\0\1", "\1")), false, 0},
    {"a cut record", KIT_OCTETS("\0\0\x81\x80\0\1\0\2\0\0\0\0" QUESTION
        TTL_CASE("\0\0\1\0", "\1")), false, 0},
    {"negative, by the minimum", KIT_OCTETS("\0\0\x81\x83\0\1\0\0\0\1\0\0" QUESTION
        SAME "\0\6\0\1\0\0\1\0\0\x16" SOA_DATA), true, 30},
    {"negative, by the record's own", KIT_OCTETS("\0\0\x81\x83\0\1\0\0\0\1\0\0" QUESTION
        SAME "\0\6\0\1\0\0\0\7\0\x16" SOA_DATA), true, 7},
    {"negative, behind an alias", KIT_OCTETS("\0\0\x81\x83\0\1\0\1\0\1\0\0" QUESTION
        SAME "\0\5\0\1\0\0\0\x14\0\1\0" SAME "\0\6\0\1\0\0\1\0\0\x16" SOA_DATA), true, 20},
    {"negative, without an SOA", KIT_OCTETS("\0\0\x81\x83\0\1\0\0\0\1\0\0" QUESTION
        TTL_CASE("\0\0\0\1", "\2")), true, DNS_TTL_NO_SOA_S},
    {"negative, and nothing came", {NULL, 0}, true, 0},
};
/* clang-format on */

static void ttl_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(ttls); i++) {
        struct octets in = kit_guard(ttls[i].in);
        uint32_t got = dns_message_ttl(in, ttls[i].is_negative);
        if (got != ttls[i].want_s)
            fail_msg("%s: %u", ttls[i].name, got);
        for (size_t n = 0; n < in.size; n++)
            (void)dns_message_ttl(octets_sub(in, 0, n), ttls[i].is_negative);
        kit_unguard(in);
    }
}

static void what_follows_the_answers_is_not_read(void **state)
{
    static const char octets[] = "\0\1\x81\x80\0\1\0\0\0\1\0\1" QUESTION "nonsense";
    struct arena arena;
    struct dns_message m;
    (void)state;
    arena_init(&arena, ARENA_OCTETS);
    assert_int_equal(
        dns_message_parse((struct octets){(const uint8_t *)octets, sizeof octets - 1}, &arena, &m),
        ERR_OK);
    assert_int_equal(m.record_count, 0);
    arena_release(&arena);
}

/* An answer owned by `labels` labels of that size, and after them one of `last` octets. */
static enum err parse_long_name(size_t labels, uint8_t label_size, uint8_t last, size_t *ret_size)
{
    struct buf in;
    struct arena arena;
    struct dns_message m;
    buf_init(&in, 1000);
    arena_init(&arena, ARENA_OCTETS);
    buf_append(&in, OCTETS(HEADER("\x80", "\0", "\1")));
    for (size_t i = 0; i <= labels; i++) {
        uint8_t size = i < labels ? label_size : last;
        buf_append_octet(&in, size);
        for (size_t k = 0; k < size; k++)
            buf_append_octet(&in, 0xff); /* four octets each, escaped */
    }
    buf_append(&in, OCTETS("\0" RECORD("\1", "\4") "\xc0\0\2\1"));
    enum err e = dns_message_parse(buf_octets(&in), &arena, &m);
    *ret_size = e ? 0 : m.records[0].owner.size;
    buf_release(&in);
    arena_release(&arena);
    return e;
}

static void a_name_has_255_octets_at_most(void **state)
{
    size_t size;
    (void)state;
    assert_int_equal(parse_long_name(3, 63, 61, &size), ERR_OK); /* 3 * 64 + 62 + 1 = 255 */
    assert_int_equal(size, (3 * 63 + 61) * 4 + 3);
    assert_int_equal(parse_long_name(3, 63, 62, &size), ERR_SYNTAX);
    assert_int_equal(parse_long_name(126, 1, 1, &size), ERR_OK); /* 127 * 2 + 1 = 255 */
    assert_int_equal(size, 127 * 4 + 126);
    assert_int_equal(parse_long_name(127, 1, 1, &size), ERR_SYNTAX);
}

/* As many records as a message can hold: what net/resolver.c gives for one is enough. */
static void a_message_of_the_smallest_records(void **state)
{
    struct buf in;
    struct arena arena;
    struct dns_message m;
    uint16_t count = 0;
    (void)state;
    buf_init(&in, 65535);
    arena_init(&arena, (size_t)2 * 1024 * 1024);
    buf_append(&in, OCTETS(HEADER("\x80", "\0", "\0")));
    while (buf_append(&in, OCTETS("\0" RECORD("\x10", "\0"))), !buf_error(&in))
        count++;
    in.data[6] = (uint8_t)(count >> 8);
    in.data[7] = (uint8_t)count;
    assert_int_equal(dns_message_parse(buf_octets(&in), &arena, &m), ERR_OK);
    assert_int_equal(m.record_count, count);
    assert_true(count > 5900);
    buf_release(&in);
    arena_release(&arena);
}

static void a_full_arena_is_told(void **state)
{
    enum err e = ERR_NOMEM;
    (void)state;
    for (size_t cap = 0; e == ERR_NOMEM; cap += 16) {
        struct arena arena;
        struct dns_message m = {.rcode = 77};
        arena_init(&arena, cap);
        e = dns_message_parse(valid[2].in, &arena, &m);
        assert_int_equal(m.rcode, e ? 77 : 0);
        arena_release(&arena);
        assert_true(cap < ARENA_OCTETS);
    }
    assert_int_equal(e, ERR_OK);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(prefixes_are_refused),
        cmocka_unit_test(spoilt_answers_do_no_harm),
        cmocka_unit_test(ttl_of),
        cmocka_unit_test(what_follows_the_answers_is_not_read),
        cmocka_unit_test(a_name_has_255_octets_at_most),
        cmocka_unit_test(a_message_of_the_smallest_records),
        cmocka_unit_test(a_full_arena_is_told),
    };
    struct CMUnitTest tests[KIT_COUNT(valid) + KIT_COUNT(invalid) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, valid, valid_answer);
    KIT_ADD_ROWS(tests, &count, invalid, invalid_answer);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
