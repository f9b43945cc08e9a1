/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../dns/name.h"
#include "standing.h"

/*
 * A resolver in place of the real one, which answers out of a text: "NAME TYPE DATA" a line, of
 * which several may be of one name.  DATA may be !timeout or !failed; a name without a line does not
 * exist.
 */
struct resolver {
    const char *zone;
    struct {
        struct octets name;
        enum dns_type type;
        resolver_answer *answer;
        void *owner;
    } asked[64];
    size_t asked_count, answered;
    struct arena arena;
};

static const char *type_name(enum dns_type type)
{
    return type == DNS_TYPE_A      ? "A"
           : type == DNS_TYPE_AAAA ? "AAAA"
           : type == DNS_TYPE_PTR  ? "PTR"
                                   : "TXT";
}

enum err resolver_ask(struct resolver *r, struct octets name, enum dns_type type,
                      resolver_answer *answer, void *owner)
{
    if (octets_find_octet(name, '\\', 0) < name.size || name.size > 254)
        return ERR_SYNTAX;
    assert_true(r->asked_count < KIT_COUNT(r->asked));
    assert_true(arena_copy(&r->arena, name, &r->asked[r->asked_count].name));
    r->asked[r->asked_count].type = type;
    r->asked[r->asked_count].answer = answer;
    r->asked[r->asked_count++].owner = owner;
    return ERR_OK;
}

enum err resolver_ask_reverse(struct resolver *r, const struct address *a, resolver_answer *answer,
                              void *owner)
{
    struct buf name;
    buf_init(&name, 254);
    dns_name_append_reverse(&name, a);
    enum err e = resolver_ask(r, buf_octets(&name), DNS_TYPE_PTR, answer, owner);
    buf_release(&name);
    return e;
}

/* The oldest question that has no answer. */
static void answer_one(struct resolver *r)
{
    struct dns_record records[16] = {0};
    struct dns_message m = {.records = records};
    struct octets rest = octets_of(r->zone);
    enum resolver_status status = RESOLVER_NO_SUCH_NAME;
    size_t i = r->answered++;
    while (rest.size) {
        struct octets line = octets_take_until(&rest, '\n');
        struct octets name = octets_take_word(&line), type = octets_take_word(&line);
        struct dns_record *one = &records[m.record_count];
        if (!octets_is_equal(name, r->asked[i].name) ||
            !octets_is_equal(type, octets_of(type_name(r->asked[i].type))))
            continue;
        status = octets_is_equal(line, OCTETS("!timeout"))  ? RESOLVER_TIMEOUT
                 : octets_is_equal(line, OCTETS("!failed")) ? RESOLVER_FAILED
                                                            : RESOLVER_OK;
        assert_true(m.record_count < KIT_COUNT(records));
        one->type = r->asked[i].type;
        one->name = one->text = line;
        if (one->type == DNS_TYPE_PTR || one->type == DNS_TYPE_TXT || status != RESOLVER_OK ||
            address_parse(line, &one->address))
            m.record_count++;
    }
    /* An alias stands before what was asked for. */
    if (m.record_count < KIT_COUNT(records))
        records[m.record_count++].type = DNS_TYPE_CNAME;
    r->asked[i].answer(r->asked[i].owner, status, status == RESOLVER_OK ? &m : NULL);
}

static void render(const struct facts_standing *f, struct buf *out)
{
    const struct facts_reverse *r = &f->reverse;
    buf_append_format(out, "%s%s", facts_lookup_name(r->outcome),
                      r->is_confirmed ? " confirmed" : "");
    for (size_t i = 0; i < r->name_count; i++) {
        buf_append_text(out, " ");
        buf_append(out, r->names[i]);
    }
    if (r->name_total > r->name_count)
        buf_append_format(out, " of %zu", r->name_total);
    for (size_t i = 0; i < f->listing_count; i++) {
        const struct facts_listing *l = &f->listings[i];
        buf_append_text(out, "|");
        buf_append(out, l->zone);
        buf_append_format(out, " %s", facts_lookup_name(l->outcome));
        for (size_t k = 0; k < l->address_count; k++) {
            buf_append_text(out, " ");
            address_append(out, &l->addresses[k]);
        }
        buf_append_text(out, l->text.size ? " " : "");
        buf_append(out, l->text);
    }
}

#define PTR "9.2.0.192.in-addr.arpa PTR "

/* clang-format off */
static const struct row {
    const char *name, *address, *lists, *zone, *want;
    size_t questions;
} rows[] = {
    {"a name that leads back", "192.0.2.9", NULL, PTR "mx.example\nmx.example A 192.0.2.9", "found confirmed mx.example", 2},
    {"among several addresses", "192.0.2.9", NULL, PTR "mx.example\nmx.example A 192.0.2.8\nmx.example A 192.0.2.9", "found confirmed mx.example", 2},
    {"a name that leads elsewhere", "192.0.2.9", NULL, PTR "mx.example\nmx.example A 192.0.2.8", "found mx.example", 2},
    {"a name that does not exist", "192.0.2.9", NULL, PTR "mx.example", "found mx.example", 2},
    {"a name that cannot be asked for", "192.0.2.9", NULL, PTR "m\\032x.example", "found m\\032x.example", 1},
    {"the second name leads back, the third is not asked", "192.0.2.9", NULL, PTR "a.example\n" PTR "b.example\n" PTR "c.example\nb.example A 192.0.2.9", "found confirmed a.example b.example c.example", 3},
    {"no name", "192.0.2.9", NULL, "", "absent", 1},
    {"no answer is not the same as no name", "192.0.2.9", NULL, PTR "!timeout", "timeout", 1},
    {"nor is a failure", "192.0.2.9", NULL, PTR "!failed", "failed", 1},
    {"a name whose address is not told leaves it open", "192.0.2.9", NULL, PTR "a.example\n" PTR "b.example\na.example A !timeout", "timeout a.example b.example", 3},
    {"but not when another one leads back", "192.0.2.9", NULL, PTR "a.example\n" PTR "b.example\na.example A !failed\nb.example A 192.0.2.9", "found confirmed a.example b.example", 3},
    {"names past the tenth are counted", "192.0.2.9", NULL, PTR "a\n" PTR "b\n" PTR "c\n" PTR "d\n" PTR "e\n" PTR "f\n" PTR "g\n" PTR "h\n" PTR "i\n" PTR "j\n" PTR "k\n" PTR "l", "found a b c d e f g h i j of 12", 11},
    {"IPv6 asks for AAAA", "2001:db8::1", NULL, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR mx.example\nmx.example A 192.0.2.9\nmx.example AAAA 2001:db8::1", "found confirmed mx.example", 2},

    {"listed, and why", "192.0.2.9", "bl.example", "9.2.0.192.bl.example A 127.0.0.2\n9.2.0.192.bl.example A 127.0.0.4\n9.2.0.192.bl.example TXT spam seen", "absent|bl.example found 127.0.0.2 127.0.0.4 spam seen", 3},
    {"listed without a word", "192.0.2.9", "bl.example", "9.2.0.192.bl.example A 127.0.0.2", "absent|bl.example found 127.0.0.2", 3},
    {"not listed", "192.0.2.9", "bl.example", "", "absent|bl.example absent", 2},
    {"a list that does not answer", "192.0.2.9", "a.example,b.example", "9.2.0.192.a.example A !timeout\n9.2.0.192.b.example A 127.0.0.3", "absent|a.example timeout|b.example found 127.0.0.3", 4},
    {"five addresses, of which four are kept", "192.0.2.9", "a.example", "9.2.0.192.a.example A 127.0.0.1\n9.2.0.192.a.example A 127.0.0.2\n9.2.0.192.a.example A 127.0.0.3\n9.2.0.192.a.example A 127.0.0.4\n9.2.0.192.a.example A 127.0.0.5", "absent|a.example found 127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4", 3},
    {"IPv6 is listed by its nibbles", "2001:db8::1", "bl.example", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example A 127.0.0.2", "absent|bl.example found 127.0.0.2", 3},
};
/* clang-format on */

static void count_done(void *owner)
{
    unsigned *count = owner;
    ++*count;
}

static struct standing *ask(struct resolver *r, const struct row *row, struct octets *zones,
                            unsigned *done)
{
    struct standing_options options = {.reverse = true, .zones = zones};
    struct octets lists = octets_of(row->lists);
    struct address a;
    struct standing *s = NULL;
    *r = (struct resolver){.zone = row->zone};
    arena_init(&r->arena, 1 << 16);
    while (lists.size)
        zones[options.zone_count++] = octets_take_until(&lists, ',');
    assert_true(address_parse(octets_of(row->address), &a));
    assert_int_equal(standing_ask(r, &a, &options, count_done, done, &s), ERR_OK);
    assert_false(standing_is_done(s));
    return s;
}

static void standing(void **state)
{
    const struct row *row = *state;
    struct resolver r;
    struct octets zones[FACTS_ZONES_MAX];
    struct buf text;
    unsigned done = 0;
    struct standing *s = ask(&r, row, zones, &done);
    while (r.answered < r.asked_count) {
        assert_int_equal(done, 0);
        answer_one(&r);
    }
    assert_int_equal(done, 1);
    assert_true(standing_is_done(s));
    assert_int_equal(r.asked_count, row->questions);
    buf_init(&text, 4096);
    render(standing_facts(s), &text);
    kit_assert_text(buf_octets(&text), row->want);
    buf_release(&text);
    standing_free(s);
    arena_release(&r.arena);
}

/* Freed after any number of answers, the others come to nobody. */
static void it_may_be_left_at_any_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        for (size_t after = 0; after < rows[i].questions; after++) {
            struct resolver r;
            struct octets zones[FACTS_ZONES_MAX];
            unsigned done = 0;
            struct standing *s = ask(&r, &rows[i], zones, &done);
            for (size_t n = 0; n < after; n++)
                answer_one(&r);
            standing_free(s);
            while (r.answered < r.asked_count)
                answer_one(&r);
            assert_int_equal(done, 0);
            arena_release(&r.arena);
        }
    }
}

/* Names that were not yet looked up prove nothing. */
static void before_the_end_nothing_is_said_of_names(void **state)
{
    struct resolver r;
    struct octets zones[FACTS_ZONES_MAX];
    unsigned done = 0;
    struct standing *s = ask(&r, &rows[0], zones, &done);
    (void)state;
    answer_one(&r);
    assert_int_equal(standing_facts(s)->reverse.outcome, FACTS_LOOKUP_NOT_ASKED);
    standing_free(s);
    answer_one(&r);
    arena_release(&r.arena);
}

static void nothing_to_ask_is_said_so(void **state)
{
    struct resolver r = {.zone = ""};
    struct standing_options options = {0};
    struct address a = {.family = 4};
    struct standing *s = NULL;
    (void)state;
    assert_int_equal(standing_ask(&r, &a, &options, count_done, NULL, &s), ERR_NOT_FOUND);
    assert_null(s);
    standing_free(s);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 3] = {
        cmocka_unit_test(it_may_be_left_at_any_time),
        cmocka_unit_test(before_the_end_nothing_is_said_of_names),
        cmocka_unit_test(nothing_to_ask_is_said_so)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, standing);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
