/* SPDX-License-Identifier: Apache-2.0 */
#include "test_zone.h"

enum err resolver_ask(struct resolver *r, struct octets name, enum dns_type type,
                      resolver_answer *answer, void *owner)
{
    struct asked q = {.type = type, .answer = answer, .owner = owner};
    assert_true(!r->cancel_from || r->answers < r->cancel_from); /* not after a failure */
    assert_true(!r->fail_ask_at || r->ask_calls < r->fail_ask_at);
    if (octets_find_octet(name, '\\', 0) < name.size)
        return ERR_SYNTAX; /* as the resolver does */
    if (++r->ask_calls == r->fail_ask_at)
        return ERR_NOMEM;
    assert_true(r->asked_count < KIT_COUNT(r->asked));
    assert_true(arena_copy(&r->names, name, &q.name));
    r->asked[r->asked_count++] = q;
    return ERR_OK;
}

/* clang-format off */
static const struct {
    const char *name;
    enum dns_type type;
} types[] = {{"A", DNS_TYPE_A}, {"AAAA", DNS_TYPE_AAAA}, {"MX", DNS_TYPE_MX}, {"CNAME", DNS_TYPE_CNAME}};

static const struct {
    const char *name;
    enum resolver_status status;
} failures[] = {{"!timeout", RESOLVER_TIMEOUT}, {"!failed", RESOLVER_FAILED}, {"!bare", RESOLVER_OK}};
/* clang-format on */

static enum dns_type type_of(struct octets name)
{
    for (size_t i = 0; i < KIT_COUNT(types); i++)
        if (octets_is_equal(name, octets_of(types[i].name)))
            return types[i].type;
    fail_msg("no such type in a zone");
    return DNS_TYPE_PTR;
}

static struct octets copy(struct arena *a, struct octets o)
{
    struct octets ret = OCTETS_NONE;
    assert_true(arena_copy(a, o, &ret));
    return ret;
}

struct message {
    struct dns_message dns;
    struct arena arena;
    size_t room;
};

static void add_record(struct message *m, struct octets owner, enum dns_type type,
                       struct octets data)
{
    struct dns_record r = {.owner = copy(&m->arena, owner), .type = type};
    uint64_t preference = 0;
    void *records = m->dns.records;
    if (type == DNS_TYPE_MX)
        assert_true(octets_to_number(octets_take_word(&data), 65535, &preference));
    r.preference = (uint16_t)preference;
    if (type == DNS_TYPE_A || type == DNS_TYPE_AAAA)
        assert_true(address_parse(data, &r.address));
    else
        r.name = copy(&m->arena, data);
    assert_true(arena_grow(&m->arena, &records, m->dns.record_count, &m->room, sizeof r));
    m->dns.records = records;
    m->dns.records[m->dns.record_count++] = r;
}

struct found {
    bool is_final; /* status is the answer */
    enum resolver_status status;
    struct octets cname;
};

/* What the zone says of one name. */
static struct found look_up_once(struct octets zone, struct octets name, enum dns_type type,
                                 struct message *m)
{
    struct found f = {.status = RESOLVER_NO_SUCH_NAME};
    while (zone.size) {
        struct octets line = octets_take_until(&zone, '\n');
        struct octets owner = octets_take_word(&line);
        enum dns_type line_type = type_of(octets_take_word(&line));
        if (!octets_is_equal(owner, name))
            continue;
        if (f.status == RESOLVER_NO_SUCH_NAME)
            f.status = RESOLVER_NO_DATA;
        if (line_type != type && line_type != DNS_TYPE_CNAME)
            continue;
        for (size_t i = 0; i < KIT_COUNT(failures); i++)
            if (octets_is_equal(line, octets_of(failures[i].name)))
                return (struct found){.is_final = true, .status = failures[i].status};
        add_record(m, name, line_type, line);
        f.status = RESOLVER_OK;
        f.cname = line_type == DNS_TYPE_CNAME ? line : f.cname;
    }
    f.is_final = f.cname.size == 0;
    return f;
}

static void add_extra(struct octets zone, struct message *m)
{
    while (zone.size) {
        struct octets line = octets_take_until(&zone, '\n');
        if (!octets_is_equal(octets_take_word(&line), OCTETS("*")))
            continue;
        enum dns_type type = type_of(octets_take_word(&line));
        add_record(m, OCTETS("elsewhere.example"), type, line);
    }
}

static enum resolver_status look_up(struct octets zone, struct octets name, enum dns_type type,
                                    struct message *m)
{
    add_extra(zone, m);
    for (int hop = 0; hop < 20; hop++) {
        struct found f = look_up_once(zone, name, type, m);
        if (f.is_final)
            return f.status;
        name = f.cname;
    }
    return RESOLVER_OK; /* a loop: CNAMEs and nothing else */
}

/* The longest name in presentation form: 4 labels, each octet escaped as \DDD. */
static struct octets long_name(struct message *m, uint8_t number, uint8_t kind)
{
    uint8_t *at = arena_alloc(&m->arena, 1004);
    assert_non_null(at);
    memset(at, 'x', 1004);
    at[0] = number;
    at[1] = kind;
    return (struct octets){at, 1004};
}

/* 60 exchanges, all of them aliases, 110 private addresses each in both families. */
static enum resolver_status look_up_worst(struct octets name, enum dns_type type, struct message *m)
{
    struct octets alias = long_name(m, name.at[0], 'b');
    for (uint8_t i = 0; type == DNS_TYPE_MX && i < 60; i++) {
        add_record(m, name, DNS_TYPE_MX, OCTETS("0 x"));
        m->dns.records[i].name = long_name(m, i, 'a');
    }
    if (type == DNS_TYPE_MX)
        return RESOLVER_OK;
    add_record(m, name, DNS_TYPE_CNAME, alias);
    for (uint8_t i = 0; i < 110; i++) {
        add_record(m, alias, type, type == DNS_TYPE_A ? OCTETS("10.0.0.0") : OCTETS("fd00::"));
        m->dns.records[i + 1].address.octets[3] = i;
    }
    return RESOLVER_OK;
}

static void answer_one(struct resolver *r)
{
    size_t at = r->is_newest_first ? r->asked_count - 1 : 0;
    struct asked q = r->asked[at];
    struct message m = {0};
    arena_init(&m.arena, (size_t)1024 * 1024);
    r->asked_count--;
    memmove(&r->asked[at], &r->asked[at + 1], (r->asked_count - at) * sizeof q);
    enum resolver_status status =
        r->is_worst ? look_up_worst(q.name, q.type, &m) : look_up(r->zone, q.name, q.type, &m);
    if (++r->answers >= r->cancel_from && r->cancel_from)
        status = RESOLVER_CANCELLED;
    q.answer(q.owner, status, status == RESOLVER_OK ? &m.dns : NULL);
    arena_release(&m.arena); /* whoever kept a view of it is caught by the sanitizer */
}

static void append_word(struct buf *out, struct octets word)
{
    buf_append_text(out, " ");
    buf_append(out, word);
}

static void on_resolved(void *owner, const struct target_resolution *r)
{
    struct outcome *o = owner;
    buf_append_text(&o->text, facts_outcome_name(r->outcome));
    buf_append_text(&o->text, r->is_domain ? " domain\n" : " host\n");
    for (size_t i = 0; i < r->endpoint_count; i++) {
        buf_append_number(&o->text, r->endpoints[i].preference);
        append_word(&o->text, r->endpoints[i].host);
        buf_append_text(&o->text, " ");
        address_append(&o->text, &r->endpoints[i].address);
        buf_append_text(&o->text, "\n");
    }
    for (size_t i = 0; i < r->note_count; i++) {
        buf_append_text(&o->text, target_note_name(r->notes[i].kind));
        append_word(&o->text, r->notes[i].host);
        if (r->notes[i].detail.size)
            append_word(&o->text, r->notes[i].detail);
        buf_append_text(&o->text, "\n");
    }
    if (r->reason.size) {
        buf_append_text(&o->text, "=");
        append_word(&o->text, r->reason);
        buf_append_text(&o->text, "\n");
    }
    o->count++;
    arena_release(&o->arena);
}

enum err test_zone_run(struct resolver *r, struct octets name,
                       const struct target_resolve_options *options, size_t cap, struct outcome *o)
{
    struct target t = {.kind = TARGET_NAME, .name = name};
    *o = (struct outcome){0};
    arena_init(&o->arena, cap);
    arena_init(&r->names, (size_t)1024 * 1024);
    buf_init(&o->text, (size_t)1024 * 1024);
    enum err e = target_resolve(r, &t, options, &o->arena, on_resolved, o);
    assert_int_equal(o->count, 0); /* never from within the call */
    while (r->asked_count)
        answer_one(r);
    assert_int_equal(o->count, e == ERR_OK); /* exactly once */
    arena_release(&o->arena);
    arena_release(&r->names);
    assert_int_equal(buf_error(&o->text), ERR_OK);
    return e;
}

void test_zone_assert(struct resolver r, struct octets name,
                      const struct target_resolve_options *options, const char *want)
{
    struct outcome o;
    assert_int_equal(test_zone_run(&r, name, options, TARGET_RESOLVE_ARENA_OCTETS, &o), ERR_OK);
    kit_assert_text(buf_octets(&o.text), want);
    buf_release(&o.text);
}
