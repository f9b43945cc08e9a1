/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "resolve.h"

/*
 * A resolver that answers out of a text: "OWNER TYPE DATA" a line.  DATA may be !timeout, !failed,
 * !bare (OK, without records of that type).  OWNER "*" goes into every answer.  Names that own
 * nothing do not exist.
 */
struct asked {
    struct octets name;
    enum dns_type type;
    resolver_answer *answer;
    void *owner;
};

struct resolver {
    struct octets zone;
    struct arena names;
    struct asked asked[256];
    size_t asked_count;
    size_t ask_calls, answers;
    size_t fail_ask_at;   /* this call of resolver_ask fails; 0 is none */
    size_t cancel_from;   /* from this answer on all are CANCELLED; 0 is none */
    bool is_newest_first; /* answers come in the reverse order */
    bool is_worst;        /* the zone does not matter: answers are as large as they can be */
};

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

/* What was answered, as text; the arena is released within the answer, as an owner may. */
struct outcome {
    struct arena arena;
    struct buf text;
    int count;
};

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

static const struct target_resolve_options plain = {.use_v4 = true, .use_v6 = true};

static enum err run(struct resolver *r, struct octets name,
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

static void assert_resolution(struct resolver r, struct octets name,
                              const struct target_resolve_options *options, const char *want)
{
    struct outcome o;
    assert_int_equal(run(&r, name, options, TARGET_RESOLVE_ARENA_OCTETS, &o), ERR_OK);
    kit_assert_text(buf_octets(&o.text), want);
    buf_release(&o.text);
}

#define V4_ONLY \
    { \
        .use_v4 = true \
    }
#define V6_ONLY \
    { \
        .use_v6 = true \
    }
#define BOTH \
    { \
        .use_v4 = true, .use_v6 = true \
    }
#define HOST \
    { \
        .as = TARGET_AS_HOST, .use_v4 = true, .use_v6 = true \
    }
#define DOMAIN \
    { \
        .as = TARGET_AS_DOMAIN, .use_v4 = true, .use_v6 = true \
    }
#define SPECIAL \
    { \
        .allow_special = true, .use_v4 = true, .use_v6 = true \
    }

/* clang-format off */
static const struct row {
    const char *name;
    struct target_resolve_options options;
    const char *zone; /* the target is d.example */
    const char *want;
} rows[] = {
    {"one exchange", BOTH,
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\nmx.example AAAA 2600::1\n",
        "answered domain\n10 mx.example 20.0.0.1\n10 mx.example 2600::1\n"},
    {"exchanges come by preference, equal ones as answered", BOTH,
        "d.example MX 20 c.example\nd.example MX 10 b.example\nd.example MX 20 a.example\nd.example MX 0 d.example\n"
        "a.example A 20.0.0.1\nb.example A 20.0.0.2\nc.example A 20.0.0.3\nc.example AAAA 2600::3\nd.example A 20.0.0.4\n",
        "answered domain\n0 d.example 20.0.0.4\n10 b.example 20.0.0.2\n20 c.example 20.0.0.3\n20 c.example 2600::3\n"
        "20 a.example 20.0.0.1\n"},
    {"several addresses come as answered", BOTH,
        "d.example MX 10 mx.example\nmx.example AAAA 2600::2\nmx.example A 20.0.0.2\nmx.example A 20.0.0.1\n",
        "answered domain\n10 mx.example 20.0.0.2\n10 mx.example 20.0.0.1\n10 mx.example 2600::2\n"},
    {"no address twice: the more preferred exchange has it", BOTH,
        "d.example MX 20 b.example\nd.example MX 10 a.example\na.example A 20.0.0.1\nb.example A 20.0.0.1\n"
        "b.example A 20.0.0.2\n",
        "answered domain\n10 a.example 20.0.0.1\n20 b.example 20.0.0.2\n"},
    {"an exchange named twice counts with its better preference", BOTH,
        "d.example MX 30 a.example\nd.example MX 20 b.example\nd.example MX 10 a.example\nd.example MX 40 b.example\n"
        "d.example MX 40 gone.example\nd.example MX 40 gone.example\na.example A 20.0.0.1\nb.example A 20.0.0.2\n",
        "answered domain\n10 a.example 20.0.0.1\n20 b.example 20.0.0.2\nmx-no-such-name gone.example\n"},
    {"IPv4 alone", V4_ONLY,
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\nmx.example AAAA 2600::1\n",
        "answered domain\n10 mx.example 20.0.0.1\n"},
    {"IPv6 alone", V6_ONLY,
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\nmx.example AAAA 2600::1\n",
        "answered domain\n10 mx.example 2600::1\n"},
    {"IPv6 alone where there is none", V6_ONLY,
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\n",
        "no-address domain\nmx-no-address mx.example\n"
        "= d.example: no mail exchange has an address of the families asked for\n"},
    {"a null MX", BOTH,
        "d.example MX 0 .\nd.example A 20.0.0.1\n",
        "no-mail domain\n= d.example has a null MX (RFC 7505)\n"},
    {"a null MX beside others is passed over", BOTH,
        "d.example MX 0 .\nd.example MX 10 mx.example\nmx.example A 20.0.0.1\n",
        "answered domain\n10 mx.example 20.0.0.1\nmx-no-address . a null MX beside others (RFC 7505 s3)\n"},
    {"no MX: the name itself", BOTH,
        "d.example A 20.0.0.1\nd.example AAAA 2600::1\n",
        "answered host\n0 d.example 20.0.0.1\n0 d.example 2600::1\nno-mx d.example\n"},
    {"no MX, taken as a domain", DOMAIN,
        "d.example A 20.0.0.1\n",
        "answered host\n0 d.example 20.0.0.1\nno-mx d.example\n"},
    {"no MX and no address", BOTH,
        "d.example MX !bare\n",
        "no-address host\nno-mx d.example\n= d.example has no address of the families asked for\n"},
    {"a host is never asked for MX", HOST,
        "d.example MX !timeout\nd.example A 20.0.0.1\n",
        "answered host\n0 d.example 20.0.0.1\n"},
    {"a host that does not exist", HOST, "",
        "no-such-name host\n= d.example does not exist (NXDOMAIN)\n"},
    {"a host without address", HOST,
        "d.example MX 10 mx.example\n",
        "no-address host\n= d.example has no address of the families asked for\n"},
    {"a host may be a CNAME", HOST,
        "d.example CNAME real.example\nreal.example A 20.0.0.1\n",
        "answered host\n0 d.example 20.0.0.1\n"},
    {"a host whose DNS fails", HOST,
        "d.example A !failed\nd.example AAAA !failed\n",
        "dns-failed host\nmx-dns-failed d.example A\nmx-dns-failed d.example AAAA\n"
        "= d.example: asking DNS for the address failed\n"},
    {"a host with a private address", HOST,
        "d.example A 10.0.0.1\n",
        "excluded host\nmx-special-use d.example 10.0.0.1 is special-use: private\n"
        "= d.example has special-use addresses only\n"},
    {"a domain that does not exist", BOTH, "",
        "no-such-name host\n= d.example does not exist (NXDOMAIN)\n"},
    {"MX fails", BOTH,
        "d.example MX !failed\nd.example A 20.0.0.1\n",
        "dns-failed host\n= d.example: asking DNS for the mail exchanges failed\n"},
    {"MX times out", BOTH,
        "d.example MX !timeout\nd.example A 20.0.0.1\n",
        "dns-timeout host\n= d.example: DNS did not answer in time for the mail exchanges\n"},
    {"a domain that is a CNAME", BOTH,
        "d.example CNAME e.example\ne.example MX 10 mx.example\nmx.example A 20.0.0.1\n",
        "answered domain\n10 mx.example 20.0.0.1\n"},
    {"a domain that is a CNAME to a host", BOTH,
        "d.example CNAME e.example\ne.example MX !bare\ne.example A 20.0.0.1\n",
        "answered host\n0 d.example 20.0.0.1\nno-mx d.example\n"},
    {"an exchange that is a CNAME is noted and followed", BOTH,
        "d.example MX 10 mx.example\nmx.example CNAME b.example\nb.example CNAME c.example\nc.example A 20.0.0.1\n"
        "c.example AAAA 2600::1\n",
        "answered domain\n10 mx.example 20.0.0.1\n10 mx.example 2600::1\nmx-is-cname mx.example c.example\n"},
    {"a CNAME that leads nowhere", BOTH,
        "d.example MX 10 mx.example\nmx.example CNAME b.example\nb.example A !bare\nb.example AAAA !bare\n",
        "no-address domain\nmx-is-cname mx.example b.example\nmx-no-address mx.example\n"
        "= d.example: no mail exchange has an address of the families asked for\n"},
    {"a loop of CNAMEs ends", BOTH,
        "d.example MX 10 mx.example\nmx.example CNAME b.example\nb.example CNAME mx.example\n",
        "no-address domain\nmx-no-address mx.example\n"
        "= d.example: no mail exchange has an address of the families asked for\n"},
    {"records of other owners are passed over", BOTH,
        "* A 20.6.6.6\n* AAAA 2600::6\n* MX 0 evil.example\n* CNAME evil.example\n"
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\nevil.example A 20.6.6.6\n",
        "answered domain\n10 mx.example 20.0.0.1\n"},
    {"an exchange that is an IPv4 address", BOTH,
        "d.example MX 10 20.0.0.1\nd.example MX 20 mx.example\nmx.example A 20.0.0.2\n",
        "answered domain\n10 20.0.0.1 20.0.0.1\n20 mx.example 20.0.0.2\nmx-is-address 20.0.0.1\n"},
    {"an exchange that is an IPv6 address, alone", BOTH,
        "d.example MX 10 2600::1\n",
        "answered domain\n10 2600::1 2600::1\nmx-is-address 2600::1\n"},
    {"an exchange that is an address of the other family", V6_ONLY,
        "d.example MX 10 20.0.0.1\n",
        "no-address domain\nmx-is-address 20.0.0.1\nmx-no-address 20.0.0.1\n"
        "= d.example: no mail exchange has an address of the families asked for\n"},
    {"an exchange that is a special-use address", BOTH,
        "d.example MX 10 127.0.0.1\n",
        "excluded domain\nmx-is-address 127.0.0.1\nmx-special-use 127.0.0.1 127.0.0.1 is special-use: loopback\n"
        "= d.example: the mail exchanges have special-use addresses only\n"},
    {"special-use addresses are refused, others visited", BOTH,
        "d.example MX 10 mx.example\nmx.example A 192.168.0.1\nmx.example A 20.0.0.1\nmx.example AAAA ::1\n",
        "answered domain\n10 mx.example 20.0.0.1\nmx-special-use mx.example 192.168.0.1 is special-use: private\n"
        "mx-special-use mx.example ::1 is special-use: loopback\n"},
    {"special-use addresses are taken when allowed", SPECIAL,
        "d.example MX 10 mx.example\nmx.example A 127.0.0.1\nmx.example AAAA ::ffff:10.0.0.1\n",
        "answered domain\n10 mx.example 127.0.0.1\n10 mx.example ::ffff:10.0.0.1\n"},
    {"some exchanges fail, others work", BOTH,
        "d.example MX 1 gone.example\nd.example MX 2 none.example\nd.example MX 3 fails.example\nd.example MX 4 late.example\n"
        "d.example MX 5 mx.example\nnone.example MX 0 .\nfails.example A !failed\nlate.example AAAA !timeout\n"
        "mx.example A 20.0.0.1\n",
        "answered domain\n5 mx.example 20.0.0.1\nmx-no-such-name gone.example\nmx-no-address none.example\n"
        "mx-dns-failed fails.example A\nmx-dns-timeout late.example AAAA\n"},
    {"one family answers, the other times out: noted", BOTH,
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\nmx.example AAAA !timeout\n",
        "answered domain\n10 mx.example 20.0.0.1\nmx-dns-timeout mx.example AAAA\n"},
    {"an exchange that cannot be asked for", BOTH,
        "d.example MX 1 a\\032b.example\nd.example MX 2 mx.example\nmx.example A 20.0.0.1\n",
        "answered domain\n2 mx.example 20.0.0.1\nmx-dns-failed a\\032b.example A\n"
        "mx-dns-failed a\\032b.example AAAA\n"},
    {"no exchange can be asked for", V4_ONLY,
        "d.example MX 1 a\\000.example\n",
        "dns-failed domain\nmx-dns-failed a\\000.example A\n"
        "= d.example: asking DNS for the addresses of the mail exchanges failed\n"},
    {"a time-out tells more than a failure", BOTH,
        "d.example MX 1 a.example\nd.example MX 2 b.example\na.example A !failed\nb.example A !timeout\n",
        "dns-timeout domain\nmx-dns-failed a.example A\nmx-dns-timeout b.example A\n"
        "= d.example: DNS did not answer in time for the addresses of the mail exchanges\n"},
    {"a failure tells more than a refused address", BOTH,
        "d.example MX 1 a.example\nd.example MX 2 b.example\na.example A !failed\nb.example A 10.0.0.1\n",
        "dns-failed domain\nmx-dns-failed a.example A\nmx-special-use b.example 10.0.0.1 is special-use: private\n"
        "= d.example: asking DNS for the addresses of the mail exchanges failed\n"},
    {"a refused address tells more than a missing name", BOTH,
        "d.example MX 1 a.example\nd.example MX 2 b.example\nb.example A 10.0.0.1\n",
        "excluded domain\nmx-no-such-name a.example\nmx-special-use b.example 10.0.0.1 is special-use: private\n"
        "= d.example: the mail exchanges have special-use addresses only\n"},
    {"a missing name tells more than a missing address", BOTH,
        "d.example MX 1 a.example\nd.example MX 2 b.example\na.example MX 0 .\n",
        "no-such-name domain\nmx-no-address a.example\nmx-no-such-name b.example\n"
        "= d.example: no mail exchange has an address, and one does not exist (NXDOMAIN)\n"},
};
/* clang-format on */

static void test_row(void **state)
{
    const struct row *c = *state;
    struct resolver r = {.zone = octets_of(c->zone)};
    assert_resolution(r, OCTETS("d.example"), &c->options, c->want);
}

static void test_answers_in_reverse(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct resolver r = {.zone = octets_of(rows[i].zone), .is_newest_first = true};
        assert_resolution(r, OCTETS("d.example"), &rows[i].options, rows[i].want);
    }
}

/* Whatever fails, and when: one answer after ERR_OK, none after an error; what is not FAILED is
 * whole. */
static bool survives(struct resolver r, const struct row *c, size_t cap, const char *why)
{
    struct outcome o;
    enum err e = run(&r, OCTETS("d.example"), &c->options, cap, &o);
    bool is_whole = octets_is_equal(buf_octets(&o.text), octets_of(c->want));
    bool is_failed = octets_has_prefix(buf_octets(&o.text), OCTETS("failed ")) &&
                     octets_has_suffix_nocase(octets_trim(buf_octets(&o.text)), octets_of(why));
    assert_true(e != ERR_OK || is_whole || is_failed);
    buf_release(&o.text);
    return is_whole;
}

static void test_arena_exhausted(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct resolver r = {.zone = octets_of(rows[i].zone)};
        size_t cap = 0;
        while (!survives(r, &rows[i], cap, "= out of memory"))
            cap += 16;
        assert_true(cap > 0 && cap < (size_t)8 * 1024);
    }
}

static void test_asking_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct resolver r = {.zone = octets_of(rows[i].zone), .fail_ask_at = 1};
        while (!survives(r, &rows[i], TARGET_RESOLVE_ARENA_OCTETS, "= out of memory"))
            r.fail_ask_at++;
        assert_in_range(r.fail_ask_at, 2, 12);
    }
}

static void test_resolver_is_freed(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct resolver r = {.zone = octets_of(rows[i].zone), .cancel_from = 1};
        while (!survives(r, &rows[i], TARGET_RESOLVE_ARENA_OCTETS, "= already closed"))
            r.cancel_from++;
        assert_in_range(r.cancel_from, 2, 12);
    }
}

static bool has_line(struct octets text, const char *line)
{
    return octets_find(text, octets_of(line), 0) < text.size;
}

static size_t count_lines(struct octets text, const char *with)
{
    size_t n = 0;
    while (text.size) {
        struct octets line = octets_take_until(&text, '\n');
        n += octets_find(line, octets_of(with), 0) < line.size;
    }
    return n;
}

static void test_more_exchanges_than_are_taken(void **state)
{
    (void)state;
    struct buf zone;
    struct outcome o;
    buf_init(&zone, (size_t)64 * 1024);
    for (unsigned i = 60; i > 0; i--)
        buf_append_format(&zone, "d.example MX %u m%u.example\nm%u.example A 20.0.0.%u\n", i, i, i,
                          i);
    struct resolver r = {.zone = buf_octets(&zone)};
    assert_int_equal(run(&r, OCTETS("d.example"), &plain, TARGET_RESOLVE_ARENA_OCTETS, &o), ERR_OK);
    struct octets text = buf_octets(&o.text);
    assert_int_equal(count_lines(text, " 20.0.0."), 50);
    assert_true(octets_has_prefix(text, OCTETS("answered domain\n1 m1.example 20.0.0.1\n2 m2.")));
    assert_true(
        has_line(text, "\n50 m50.example 20.0.0.50\n= d.example has more than 50 mail exchanges"));
    buf_release(&o.text);
    buf_release(&zone);
}

static void test_more_addresses_than_are_taken(void **state)
{
    (void)state;
    struct buf zone;
    struct outcome o;
    buf_init(&zone, (size_t)64 * 1024);
    for (unsigned i = 0; i < 120; i++)
        buf_append_format(&zone, "d.example A 20.0.0.%u\n", i);
    struct resolver r = {.zone = buf_octets(&zone)};
    assert_int_equal(run(&r, OCTETS("d.example"), &plain, TARGET_RESOLVE_ARENA_OCTETS, &o), ERR_OK);
    struct octets text = buf_octets(&o.text);
    assert_int_equal(count_lines(text, " 20.0.0."), 100);
    assert_true(has_line(
        text, "\n0 d.example 20.0.0.99\nno-mx d.example\n= d.example leads to more than 100"));
    buf_release(&o.text);
    buf_release(&zone);
}

static void test_worst_answers_fit_the_arena(void **state)
{
    (void)state;
    struct outcome o;
    struct resolver r = {.is_worst = true};
    assert_int_equal(run(&r, OCTETS("d.example"), &plain, TARGET_RESOLVE_ARENA_OCTETS, &o), ERR_OK);
    struct octets text = buf_octets(&o.text);
    assert_true(octets_has_prefix(text, OCTETS("excluded domain\n")));
    assert_int_equal(count_lines(text, "mx-is-cname "), 50);
    assert_int_equal(count_lines(text, "mx-special-use "), 100);
    buf_release(&o.text);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 7] = {
        cmocka_unit_test(test_answers_in_reverse),
        cmocka_unit_test(test_arena_exhausted),
        cmocka_unit_test(test_asking_fails),
        cmocka_unit_test(test_resolver_is_freed),
        cmocka_unit_test(test_more_exchanges_than_are_taken),
        cmocka_unit_test(test_more_addresses_than_are_taken),
        cmocka_unit_test(test_worst_answers_fit_the_arena),
    };
    size_t count = 7;
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
