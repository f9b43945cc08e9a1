/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "message.h"

#define V4(d) \
    { \
        .family = 4, .octets = { 192, 0, 2, d } \
    }

static const struct row {
    const char *name;
    struct run_message message;
} rows[] = {
    {"start",
     {.type = RUN_MESSAGE_START,
      .slot = 4000000000,
      .request = {.input = KIT_OCTETS("example.org"),
                  .tag = KIT_OCTETS("a tag"),
                  .domain = KIT_OCTETS("example.org"),
                  .host = KIT_OCTETS("mx.example.org"),
                  .address = {.family = 6, .octets = {0x20, 1, 0xd, 0xb8, [15] = 9}},
                  .port = 65535,
                  .is_again = true,
                  .is_origin = true,
                  .is_null_mx = true,
                  .level = FACTS_LEVEL_FULL,
                  .named = FACTS_NAMED_NETWORK},
      .source = V4(7),
      .host = {.errors_spent = 6,
               .commands_spent = 15,
               .to_come = 3,
               .has_had_enough = true,
               .name = KIT_OCTETS("mail.example.org"),
               .enough = KIT_OCTETS("421 4.7.0 no more")}}},
    {"start with nothing", {.type = RUN_MESSAGE_START, .request = {.address = V4(1)}}},
    {"cancel", {.type = RUN_MESSAGE_CANCEL, .slot = 1}},
    {"drop", {.type = RUN_MESSAGE_DROP, .slot = 2}},
    {"deliver",
     {.type = RUN_MESSAGE_DELIVER,
      .cost = {1, 2, 3, (uint64_t)1 << 40, 5, 6, UINT64_MAX},
      .retries = 2,
      .domain_total = (uint64_t)1 << 33,
      .domains = {KIT_OCTETS("a.example"), KIT_OCTETS("b.example")},
      .domain_count = 2}},
    {"deliver with what DNS says",
     {.type = RUN_MESSAGE_DELIVER,
      .has_standing = true,
      .standing = {.reverse = {.outcome = FACTS_LOOKUP_FOUND,
                               .names = {KIT_OCTETS("a.example"), KIT_OCTETS("b.example")},
                               .name_count = 2,
                               .name_total = 300,
                               .is_confirmed = true},
                   .listings = {{.zone = KIT_OCTETS("bl.example"),
                                 .outcome = FACTS_LOOKUP_FOUND,
                                 .addresses = {V4(1), V4(2)},
                                 .address_count = 2,
                                 .text = KIT_OCTETS("spam \xff")},
                                {.zone = KIT_OCTETS("c.example"), .outcome = FACTS_LOOKUP_TIMEOUT}},
                   .listing_count = 2}}},
    {"answered", {.type = RUN_MESSAGE_ANSWERED, .slot = 3}},
    {"done",
     {.type = RUN_MESSAGE_DONE,
      .slot = 3,
      .outcome = FACTS_OUTCOME_FAILED,
      .stage = FACTS_STAGE_DIALOGUE,
      .cut_stage = FACTS_STAGE_TLS,
      .greeting_code = 421,
      .memory = (uint64_t)1 << 34,
      .reason = KIT_OCTETS("421 4.3.2 too bu"),
      .cut_reply = KIT_OCTETS("\0\xff"),
      .cost = {.connections = 4},
      .host = {.errors_spent = 1, .commands_spent = 9, .name = KIT_OCTETS("mx")}}},
    {"failed", {.type = RUN_MESSAGE_FAILED, .error = ERR_NOMEM}},
    {"record",
     {.type = RUN_MESSAGE_RECORD, .failing = 3, .record = KIT_OCTETS("{\"type\":\"service\"}\n")}},
};

static struct octets text_of(struct buf *b, const struct run_message *m)
{
    buf_init(b, 4096);
    run_message_append(b, m);
    assert_int_equal(buf_error(b), ERR_OK);
    return buf_octets(b);
}

static void comes_back_as_it_was(void **state)
{
    const struct row *row = *state;
    struct buf first, second;
    struct run_message m;
    struct octets text = kit_guard(text_of(&first, &row->message));
    assert_true(run_message_parse(text, &m));
    assert_int_equal(m.type, row->message.type);
    assert_int_equal(m.slot, row->message.slot);
    assert_true(octets_is_equal(text_of(&second, &m), text));
    kit_unguard(text);
    buf_release(&first);
    buf_release(&second);
}

static void neither_less_nor_more_is_a_message(void **state)
{
    const struct row *row = *state;
    struct buf b;
    struct run_message m = {.slot = 77};
    struct octets text = text_of(&b, &row->message);
    for (size_t size = 0; size < text.size; size++) {
        struct octets prefix = kit_guard(octets_sub(text, 0, size));
        assert_false(run_message_parse(prefix, &m));
        kit_unguard(prefix);
    }
    buf_append_octet(&b, 0);
    assert_false(run_message_parse(buf_octets(&b), &m));
    assert_int_equal(m.slot, 77);
    buf_release(&b);
}

/* A type, an outcome, a stage, and a number of domains that there are not. */
static void values_past_the_last_are_refused(void **state)
{
    static const struct {
        struct run_message message;
        size_t at;
    } cases[] = {
        {{.type = RUN_MESSAGE_DROP}, 0},
        {{.type = RUN_MESSAGE_DONE}, 5},
        {{.type = RUN_MESSAGE_DONE}, 6},
        {{.type = RUN_MESSAGE_DONE}, 7},
        {{.type = RUN_MESSAGE_DELIVER}, 5 + 3 * 4 + 4 * 8 + 4 + 8},
        {{.type = RUN_MESSAGE_DELIVER, .has_standing = true}, 5 + 3 * 4 + 4 * 8 + 4 + 8 + 1 + 1},
        {{.type = RUN_MESSAGE_DELIVER, .has_standing = true},
         5 + 3 * 4 + 4 * 8 + 4 + 8 + 1 + 1 + 10},
        {{.type = RUN_MESSAGE_DELIVER, .has_standing = true},
         5 + 3 * 4 + 4 * 8 + 4 + 8 + 1 + 1 + 11},
    };
    struct buf b;
    struct run_message m;
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        assert_true(run_message_parse(text_of(&b, &cases[i].message), &m));
        b.data[cases[i].at] = 0xff;
        assert_false(run_message_parse(buf_octets(&b), &m));
        buf_release(&b);
    }
}

int main(void)
{
    struct CMUnitTest tests[2 * KIT_COUNT(rows) + 1];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, rows, comes_back_as_it_was);
    KIT_ADD_ROWS(tests, &count, rows, neither_less_nor_more_is_a_message);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(values_past_the_last_are_refused);
    return _cmocka_run_group_tests("message", tests, count, NULL, NULL);
}
