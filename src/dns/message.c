/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include <stdio.h>

#include "../base/cursor.h"

#define NAME_OCTETS 255 /* RFC 1035 s2.3.4: on the wire, length octets included */
#define CLASS_IN    1

/* Presentation form takes at most four octets for one on the wire, plus the NUL that snprintf
 * writes. */
#define NAME_TEXT_OCTETS (4 * NAME_OCTETS + 1)

struct name_text {
    uint8_t at[NAME_TEXT_OCTETS];
    size_t size;
    size_t wire; /* octets that the name has taken so far, pointers followed */
};

/* RFC 1035 s5.1: \DDD for what would read as something else.  Host names pass as they are. */
static void append_escaped(struct name_text *n, uint8_t octet)
{
    bool is_plain = octet > ' ' && octet < 0x7f && octet != '.' && octet != '\\';
    if (is_plain)
        n->at[n->size++] = octet_to_lower(octet);
    else
        n->size += (size_t)snprintf((char *)n->at + n->size, 5, "\\%03u", octet);
}

/* False when the name would exceed its 255 octets, the root's length octet included. */
static bool append_label(struct name_text *n, struct octets label)
{
    n->wire += 1 + label.size;
    if (n->wire + 1 > NAME_OCTETS)
        return false;
    if (n->size)
        n->at[n->size++] = '.';
    for (size_t i = 0; i < label.size; i++)
        append_escaped(n, label.at[i]);
    return true;
}

/*
 * RFC 1035 s4.1.4.  Each pointer must lead before the run of labels that it ends: the places to
 * jump to only ever decrease, so that no chain of them can loop.
 */
static bool follow_labels(struct cursor *c, struct name_text *n)
{
    struct cursor at = *c;
    size_t run = at.at;
    bool has_jumped = false;

    for (;;) {
        uint8_t length = cursor_u8(&at);
        if (length < 0x40) {
            struct octets label = cursor_take(&at, length);
            if (at.has_failed || (length && !append_label(n, label)))
                return false;
        } else if (length >= 0xc0) {
            size_t target = (size_t)(length & 0x3f) << 8 | cursor_u8(&at);
            if (at.has_failed || target >= run)
                return false;
            if (!has_jumped)
                *c = at;
            has_jumped = true;
            cursor_seek(&at, target);
            run = target;
        } else {
            return false; /* 0x40 and 0x80 were never assigned for good (RFC 6891 s5) */
        }
        if (length == 0)
            break;
    }
    if (!has_jumped)
        *c = at;
    return true;
}

/* Reads past a name, and copies it to the arena when ret is given. */
static enum err read_name(struct cursor *c, struct arena *a, struct octets *ret)
{
    struct name_text n;
    n.size = n.wire = 0;
    if (!follow_labels(c, &n))
        return ERR_SYNTAX;
    if (n.size == 0)
        n.at[n.size++] = '.';
    if (ret && !arena_copy(a, (struct octets){n.at, n.size}, ret))
        return ERR_NOMEM;
    return ERR_OK;
}

static enum err read_address(struct cursor *c, uint8_t family, struct address *ret)
{
    struct octets o = cursor_take(c, family == 4 ? 4 : 16);
    if (c->has_failed)
        return ERR_SYNTAX;
    *ret = (struct address){.family = family};
    memcpy(ret->octets, o.at, o.size);
    return ERR_OK;
}

static bool is_wanted(uint16_t type, uint16_t class)
{
    static const uint16_t types[] = {
        DNS_TYPE_A,  DNS_TYPE_NS,  DNS_TYPE_CNAME, DNS_TYPE_SOA,  DNS_TYPE_PTR,
        DNS_TYPE_MX, DNS_TYPE_TXT, DNS_TYPE_AAAA,  DNS_TYPE_TLSA, DNS_TYPE_CAA,
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i] == type)
            return class == CLASS_IN;
    return false;
}

/* RFC 1035 s3.3.14: strings, each behind its length.  A record without any, which that forbids, is
 * empty text. */
static enum err read_text(struct cursor *c, struct arena *a, struct octets *ret)
{
    uint8_t *joined = arena_alloc(a, cursor_left(c));
    size_t size = 0;
    if (!joined)
        return ERR_NOMEM;
    while (cursor_left(c)) {
        struct octets string = cursor_take(c, cursor_u8(c));
        if (string.size)
            memcpy(joined + size, string.at, string.size);
        size += string.size;
    }
    *ret = (struct octets){joined, size};
    return c->has_failed ? ERR_SYNTAX : ERR_OK;
}

/* All that is left, copied. */
static enum err read_rest(struct cursor *c, struct arena *a, struct octets *ret)
{
    struct octets rest = cursor_take(c, cursor_left(c));
    if (c->has_failed)
        return ERR_SYNTAX;
    return arena_copy(a, rest, ret) ? ERR_OK : ERR_NOMEM;
}

static enum err read_tlsa(struct cursor *c, struct arena *a, struct dns_tlsa *ret)
{
    ret->usage = cursor_u8(c);
    ret->selector = cursor_u8(c);
    ret->matching = cursor_u8(c);
    return read_rest(c, a, &ret->data);
}

static enum err read_caa(struct cursor *c, struct arena *a, struct dns_caa *ret)
{
    ret->flags = cursor_u8(c);
    struct octets tag = cursor_take(c, cursor_u8(c));
    if (tag.size == 0)
        return ERR_SYNTAX;
    return arena_copy(a, tag, &ret->tag) ? read_rest(c, a, &ret->value) : ERR_NOMEM;
}

/* The primary server alone; the zone's mailbox and its five numbers are passed over. */
static enum err read_soa(struct cursor *c, struct arena *a, struct octets *ret)
{
    enum err e = read_name(c, a, ret);
    if (!e)
        e = read_name(c, NULL, NULL);
    (void)cursor_take(c, 20);
    return e ? e : c->has_failed ? ERR_SYNTAX : ERR_OK;
}

/* The data of a record, which begins at c; names in it may point back to before it. */
static enum err read_data(struct cursor *c, struct arena *a, struct dns_record *r)
{
    switch (r->type) {
    case DNS_TYPE_TXT:
        return read_text(c, a, &r->text);
    case DNS_TYPE_TLSA:
        return read_tlsa(c, a, &r->tlsa);
    case DNS_TYPE_CAA:
        return read_caa(c, a, &r->caa);
    case DNS_TYPE_SOA:
        return read_soa(c, a, &r->name);
    case DNS_TYPE_A:
        return read_address(c, 4, &r->address);
    case DNS_TYPE_AAAA:
        return read_address(c, 6, &r->address);
    case DNS_TYPE_MX:
        r->preference = cursor_u16(c);
        return read_name(c, a, &r->name);
    case DNS_TYPE_NS:
    case DNS_TYPE_CNAME:
    case DNS_TYPE_PTR:
        return read_name(c, a, &r->name);
    }
    return ERR_SYNTAX;
}

static enum err read_record(struct cursor *c, struct arena *a, struct dns_message *m, size_t *room)
{
    struct dns_record r = {0};
    enum err e = read_name(c, a, &r.owner);
    if (e)
        return e;
    uint16_t type = cursor_u16(c);
    uint16_t class = cursor_u16(c);
    r.ttl = cursor_u32(c);
    uint16_t size = cursor_u16(c);
    size_t start = c->at;
    struct octets data = cursor_take(c, size);
    if (c->has_failed)
        return ERR_SYNTAX;
    if (!is_wanted(type, class))
        return ERR_OK;

    r.type = (enum dns_type)type;
    struct cursor in;
    cursor_init(&in, (struct octets){c->in.at, start + data.size});
    cursor_seek(&in, start);
    e = read_data(&in, a, &r);
    if (e)
        return e;
    if (cursor_left(&in))
        return ERR_SYNTAX;
    if (!arena_grow(a, (void **)&m->records, m->record_count, room, sizeof r))
        return ERR_NOMEM;
    m->records[m->record_count++] = r;
    return ERR_OK;
}

static enum err skip_questions(struct cursor *c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum err e = read_name(c, NULL, NULL);
        if (e)
            return e;
        (void)cursor_take(c, 4); /* type and class */
    }
    return c->has_failed ? ERR_SYNTAX : ERR_OK;
}

enum err dns_message_parse(struct octets in, struct arena *a, struct dns_message *ret)
{
    struct cursor c;
    cursor_init(&c, in);
    (void)cursor_u16(&c); /* the id: matched by whoever asked */
    uint16_t flags = cursor_u16(&c);
    uint16_t questions = cursor_u16(&c);
    uint16_t answers = cursor_u16(&c);
    (void)cursor_u32(&c); /* authority and additional records are not read */
    bool is_response = flags & 0x8000;
    if (c.has_failed || !is_response)
        return ERR_SYNTAX;

    struct dns_message m = {
        .rcode = flags & 0x000f,
        .is_truncated = flags & 0x0200,
        .is_authentic = flags & 0x0020, /* RFC 4035 s3.1.6 */
    };
    size_t room = 0;
    enum err e = skip_questions(&c, questions);
    for (size_t i = 0; i < answers && !e; i++)
        e = read_record(&c, a, &m, &room);
    if (!e)
        *ret = m;
    return e;
}

/* ---- how long an answer holds ---- */

/* RFC 2181 s8: a TTL with its highest bit set is none. */
static uint32_t shorter(uint32_t a, uint32_t ttl)
{
    ttl = ttl & 0x80000000u ? 0 : ttl;
    return ttl < a ? ttl : a;
}

/* Reads past a record; gives its TTL, of an SOA also its MINIMUM. */
static enum err read_ttl(struct cursor *c, uint16_t *ret_type, uint32_t *ret_ttl)
{
    if (read_name(c, NULL, NULL))
        return ERR_SYNTAX;
    *ret_type = cursor_u16(c);
    (void)cursor_u16(c); /* class */
    uint32_t ttl = shorter(UINT32_MAX, cursor_u32(c));
    struct octets data = cursor_take(c, cursor_u16(c));
    if (c->has_failed)
        return ERR_SYNTAX;
    if (*ret_type == DNS_TYPE_SOA && data.size >= 4) {
        struct cursor last;
        cursor_init(&last, octets_sub(data, data.size - 4, data.size));
        ttl = shorter(ttl, cursor_u32(&last));
    }
    *ret_ttl = ttl;
    return ERR_OK;
}

uint32_t dns_message_ttl(struct octets in, bool is_negative)
{
    struct cursor c;
    uint32_t least = UINT32_MAX, ttl = 0;
    uint16_t type = 0;
    bool has_soa = false;
    cursor_init(&c, in);
    (void)cursor_u32(&c); /* id and flags */
    uint16_t questions = cursor_u16(&c);
    uint16_t answers = cursor_u16(&c);
    uint16_t authorities = cursor_u16(&c);
    (void)cursor_u16(&c);
    if (skip_questions(&c, questions))
        return 0;
    for (size_t i = 0; i < (size_t)answers + (is_negative ? authorities : 0); i++) {
        if (read_ttl(&c, &type, &ttl))
            return 0;
        bool is_soa = i >= answers && type == DNS_TYPE_SOA;
        has_soa = has_soa || is_soa;
        if (i < answers || is_soa)
            least = shorter(least, ttl);
    }
    return is_negative && !has_soa ? shorter(least, DNS_TTL_NO_SOA_S) : least;
}
