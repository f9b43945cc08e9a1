/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/buf.h"
#include "ntlm.h"

/* Messages are put together here, so that each length and place can lie. */

#define UNICODE     0x1u
#define TARGET_INFO 0x800000u
#define VERSION     0x2000000u
#define USUAL       (UNICODE | TARGET_INFO | VERSION)
#define HEAD        56

static void put_number(struct buf *b, uint32_t n, unsigned octets)
{
    while (octets-- > 0) {
        buf_append_octet(b, (uint8_t)n);
        n >>= 8;
    }
}

static void put_wide(struct buf *b, const char *ascii)
{
    for (; *ascii; ascii++)
        put_number(b, (uint8_t)*ascii, 2);
}

static void put_pair(struct buf *b, uint32_t id, const char *ascii)
{
    put_number(b, id, 2);
    put_number(b, 2 * (uint32_t)strlen(ascii), 2);
    put_wide(b, ascii);
}

static void put_field(struct buf *b, size_t size, size_t at)
{
    put_number(b, (uint32_t)size, 2);
    put_number(b, (uint32_t)size, 2);
    put_number(b, (uint32_t)at, 4);
}

/* With the target's name and the pairs as octets. */
static struct buf message(uint32_t flags, struct octets target, struct octets info)
{
    struct buf m;
    buf_init(&m, 1 << 16);
    buf_append(&m, OCTETS("NTLMSSP\0"));
    put_number(&m, 2, 4);
    put_field(&m, target.size, HEAD);
    put_number(&m, flags, 4);
    buf_append(&m, OCTETS("\1\2\3\4\5\6\7\10\0\0\0\0\0\0\0\0"));
    put_field(&m, info.size, HEAD + target.size);
    buf_append(&m, OCTETS("\012\000\x63\x45\0\0\0\017")); /* 10.0 build 17763 */
    buf_append(&m, target);
    buf_append(&m, info);
    return m;
}

static void put_base64(struct buf *out, struct octets in)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < in.size; i += 3) {
        size_t left = in.size - i;
        uint32_t n = (uint32_t)in.at[i] << 16 | (left > 1 ? (uint32_t)in.at[i + 1] << 8 : 0) |
                     (left > 2 ? in.at[i + 2] : 0);
        for (size_t k = 0; k < 4; k++)
            buf_append_octet(out, k <= left ? (uint8_t)digits[n >> (18 - 6 * k) & 63] : '=');
    }
}

/* "TARGET|1=NAME|...|10.0.17763", or the error. */
static struct octets read_message(struct octets m, struct buf *out)
{
    struct ntlm_challenge c;
    struct arena a;
    struct buf text;
    arena_init(&a, 1 << 17);
    buf_init(&text, 1 << 17);
    put_base64(&text, m);
    struct octets guarded = text.size <= 4096 ? kit_guard(buf_octets(&text)) : buf_octets(&text);
    buf_clear(out);
    enum err e = ntlm_challenge_parse(guarded, &a, &c);
    if (e) {
        buf_append_text(out, e == ERR_SYNTAX ? "no challenge" : err_text(e));
    } else {
        buf_append(out, c.target);
        for (unsigned i = 0; i < NTLM_NAME__COUNT; i++)
            if (c.names[i].size) {
                buf_append_format(out, "|%u=", i + 1);
                buf_append(out, c.names[i]);
            }
        if (c.has_version)
            buf_append_format(out, "|%u.%u.%u", c.major, c.minor, c.build);
    }
    if (text.size <= 4096)
        kit_unguard(guarded);
    buf_release(&text);
    arena_release(&a);
    return buf_octets(out);
}

static struct buf pairs, target, got;

static int open_buffers(void **state)
{
    (void)state;
    buf_init(&pairs, 1 << 16);
    buf_init(&target, 1 << 16);
    buf_init(&got, 1 << 16);
    return 0;
}

static int close_buffers(void **state)
{
    (void)state;
    buf_release(&pairs);
    buf_release(&target);
    buf_release(&got);
    return 0;
}

static void assert_read(struct buf m, const char *want)
{
    kit_assert_text(read_message(buf_octets(&m), &got), want);
    buf_release(&m);
}

static void usual_names(void)
{
    buf_clear(&target);
    buf_clear(&pairs);
    put_wide(&target, "CONTOSO");
    put_pair(&pairs, 2, "CONTOSO");
    put_pair(&pairs, 1, "EXCH01");
    put_pair(&pairs, 4, "contoso.example");
    put_pair(&pairs, 3, "exch01.contoso.example");
    put_pair(&pairs, 5, "example");
    put_number(&pairs, 0, 4);
}

#define USUAL_TEXT \
    "CONTOSO|1=EXCH01|2=CONTOSO|3=exch01.contoso.example|4=contoso.example|5=example|10.0.17763"

static void a_challenge_tells_names_and_version(void **state)
{
    (void)state;
    usual_names();
    assert_read(message(USUAL, buf_octets(&target), buf_octets(&pairs)), USUAL_TEXT);
}

static void what_flags_do_not_announce_is_not_read(void **state)
{
    (void)state;
    usual_names();
    assert_read(message(UNICODE, buf_octets(&target), buf_octets(&pairs)), "CONTOSO");
    assert_read(message(UNICODE | VERSION, buf_octets(&target), buf_octets(&pairs)),
                "CONTOSO|10.0.17763");
    assert_read(message(TARGET_INFO, OCTETS("OEM"), OCTETS_NONE), "OEM");
}

static void the_oldest_form_ends_behind_the_challenge(void **state)
{
    (void)state;
    usual_names();
    struct buf m = message(USUAL, buf_octets(&target), buf_octets(&pairs));
    kit_assert_text(read_message(octets_sub(buf_octets(&m), 0, 32), &got), "");
    kit_assert_text(read_message(octets_sub(buf_octets(&m), 0, 31), &got), "no challenge");
    buf_release(&m);
}

static void each_prefix_is_read_within_its_bounds(void **state)
{
    (void)state;
    usual_names();
    struct buf m = message(USUAL, buf_octets(&target), buf_octets(&pairs));
    for (size_t n = 0; n < m.size; n++) {
        struct octets text = read_message(octets_sub(buf_octets(&m), 0, n), &got);
        assert_int_equal(octets_is_equal(text, OCTETS("no challenge")), n < 32);
    }
    buf_release(&m);
}

/* Each octet of the head, one after the other, as large as can be. */
static void lengths_and_places_that_lie_do_no_harm(void **state)
{
    (void)state;
    usual_names();
    struct buf m = message(USUAL, buf_octets(&target), buf_octets(&pairs));
    for (size_t at = 12; at < HEAD; at++) {
        uint8_t was = m.data[at];
        m.data[at] = 0xff;
        (void)read_message(buf_octets(&m), &got);
        m.data[at] = was;
    }
    m.data[17] = 0xff; /* the target's place is past the end: it alone is left out */
    kit_assert_text(read_message(buf_octets(&m), &got), USUAL_TEXT + strlen("CONTOSO"));
    buf_release(&m);
}

static void a_pair_longer_than_the_rest_ends_them(void **state)
{
    (void)state;
    buf_clear(&pairs);
    put_pair(&pairs, 1, "A");
    put_number(&pairs, 3, 2);
    put_number(&pairs, 0xfffe, 2);
    put_wide(&pairs, "rest");
    assert_read(message(USUAL, OCTETS_NONE, buf_octets(&pairs)), "|1=A|10.0.17763");
}

static void unknown_pairs_and_second_ones_are_passed_over(void **state)
{
    (void)state;
    buf_clear(&pairs);
    put_pair(&pairs, 7, "time");
    put_pair(&pairs, 1, "FIRST");
    put_pair(&pairs, 1, "SECOND");
    put_pair(&pairs, 0xffff, "x");
    put_pair(&pairs, 2, "D");
    put_pair(&pairs, 0, "");
    put_pair(&pairs, 3, "behind.the.end");
    assert_read(message(USUAL, OCTETS_NONE, buf_octets(&pairs)), "|1=FIRST|2=D|10.0.17763");
}

static void only_so_many_pairs_are_looked_at(void **state)
{
    (void)state;
    buf_clear(&pairs);
    for (size_t i = 0; i < NTLM_PAIRS_MAX; i++)
        put_pair(&pairs, 9, "");
    put_pair(&pairs, 1, "LATE");
    assert_read(message(USUAL, OCTETS_NONE, buf_octets(&pairs)), "|10.0.17763");
}

static void a_name_is_cut(void **state)
{
    (void)state;
    buf_clear(&target);
    for (size_t i = 0; i < 2 * NTLM_NAME_UNITS_MAX; i++)
        put_wide(&target, "x");
    struct buf m = message(USUAL, buf_octets(&target), OCTETS_NONE);
    assert_int_equal(read_message(buf_octets(&m), &got).size,
                     NTLM_NAME_UNITS_MAX + strlen("|10.0.17763"));
    buf_release(&m);
}

static void utf_16_becomes_utf_8(void **state)
{
    (void)state;
    assert_read(message(UNICODE, OCTETS("\xe9\0\x2d\x4e\x3d\xd8\0\xde!\0"), OCTETS_NONE),
                "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80!");
    assert_read(message(UNICODE, OCTETS("a\0\x3d\xd8z\0\0\xde\x3d\xd8"), OCTETS_NONE),
                "a\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd");
    assert_read(message(UNICODE, OCTETS("a\0b"), OCTETS_NONE), "a");
}

static void what_is_no_challenge_is_refused(void **state)
{
    (void)state;
    usual_names();
    struct buf m = message(USUAL, buf_octets(&target), buf_octets(&pairs));
    m.data[8] = 1;
    kit_assert_text(read_message(buf_octets(&m), &got), "no challenge");
    m.data[8] = 2;
    m.data[7] = '1';
    assert_read(m, "no challenge");
    struct ntlm_challenge c;
    struct arena a;
    arena_init(&a, 1 << 16);
    assert_int_equal(ntlm_challenge_parse(OCTETS("VXNlcm5hbWU6"), &a, &c), ERR_SYNTAX);
    assert_int_equal(ntlm_challenge_parse(OCTETS("NTLM supported"), &a, &c), ERR_SYNTAX);
    assert_int_equal(ntlm_challenge_parse(OCTETS_NONE, &a, &c), ERR_SYNTAX);
    arena_release(&a);
}

static void a_text_past_the_cap_is_none(void **state)
{
    (void)state;
    usual_names();
    buf_clear(&target);
    for (size_t i = 0; i < NTLM_BASE64_OCTETS_MAX / 4 * 3 / 2; i++)
        put_wide(&target, "x");
    assert_read(message(USUAL, buf_octets(&target), OCTETS_NONE), "no challenge");
}

static void out_of_memory_is_said(void **state)
{
    (void)state;
    struct ntlm_challenge c;
    struct arena a;
    arena_init(&a, 16);
    assert_int_equal(ntlm_challenge_parse(OCTETS("TlRMTVNTUAACAAAADgAOADgAAAA="), &a, &c),
                     ERR_NOMEM);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_challenge_tells_names_and_version),
        cmocka_unit_test(what_flags_do_not_announce_is_not_read),
        cmocka_unit_test(the_oldest_form_ends_behind_the_challenge),
        cmocka_unit_test(each_prefix_is_read_within_its_bounds),
        cmocka_unit_test(lengths_and_places_that_lie_do_no_harm),
        cmocka_unit_test(a_pair_longer_than_the_rest_ends_them),
        cmocka_unit_test(unknown_pairs_and_second_ones_are_passed_over),
        cmocka_unit_test(only_so_many_pairs_are_looked_at),
        cmocka_unit_test(a_name_is_cut),
        cmocka_unit_test(utf_16_becomes_utf_8),
        cmocka_unit_test(what_is_no_challenge_is_refused),
        cmocka_unit_test(a_text_past_the_cap_is_none),
        cmocka_unit_test(out_of_memory_is_said),
    };
    return cmocka_run_group_tests_name("ntlm", tests, open_buffers, close_buffers);
}
