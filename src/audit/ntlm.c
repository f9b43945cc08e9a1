/* SPDX-License-Identifier: Apache-2.0 */
#include "ntlm.h"

#include "../base/base64.h"
#include "../base/buf.h"

/* Places in the message (MS-NLMP s2.2.1.2).  Numbers are little-endian. */
#define TYPE_AT        8
#define TARGET_AT      12
#define FLAGS_AT       20
#define INFO_AT        40
#define VERSION_AT     48
#define VERSION_OCTETS 8

#define TYPE_CHALLENGE 2

/* MS-NLMP s2.2.2.5 */
#define FLAG_UNICODE     0x00000001u
#define FLAG_TARGET_INFO 0x00800000u
#define FLAG_VERSION     0x02000000u

#define REPLACEMENT 0xfffdu /* for half a surrogate pair (Unicode s3.9) */

const char *ntlm_name_text(enum ntlm_name n)
{
#define X(id, name) name,
    static const char *const names[NTLM_NAME__COUNT] = {NTLM_NAME_MAP(X)};
#undef X
    return names[n];
}

/* Past the end: zero. */
static uint32_t number_at(struct octets m, size_t at, size_t octets)
{
    uint32_t n = 0;
    if (at > m.size || octets > m.size - at)
        return 0;
    while (octets-- > 0)
        n = n << 8 | m.at[at + octets];
    return n;
}

/* What a field of length, room and place points at; none when it is not all there. */
static struct octets field_at(struct octets m, size_t at)
{
    size_t size = number_at(m, at, 2), from = number_at(m, at + 4, 4);
    if (from > m.size || size > m.size - from)
        return OCTETS_NONE;
    return octets_sub(m, from, from + size);
}

static void append_utf8(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_append_octet(out, (uint8_t)c);
        return;
    }
    unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t heads[] = {0, 0xc0, 0xe0, 0xf0};
    buf_append_octet(out, (uint8_t)(heads[more] | c >> 6 * more));
    while (more-- > 0)
        buf_append_octet(out, (uint8_t)(0x80 | (c >> 6 * more & 0x3f)));
}

static bool is_high(uint32_t unit)
{
    return (unit & 0xfc00) == 0xd800;
}

static bool is_low(uint32_t unit)
{
    return (unit & 0xfc00) == 0xdc00;
}

/* UTF-16LE; an odd octet at the end is left out. */
static enum err take_unicode(struct octets text, struct arena *a, struct octets *ret)
{
    struct buf out;
    size_t end = text.size < 2 * NTLM_NAME_UNITS_MAX ? text.size & ~(size_t)1
                                                     : 2 * (size_t)NTLM_NAME_UNITS_MAX;
    text = octets_sub(text, 0, end);
    buf_init(&out, 4 * (size_t)NTLM_NAME_UNITS_MAX);
    for (size_t at = 0; at < end; at += 2) {
        uint32_t c = number_at(text, at, 2), next = number_at(text, at + 2, 2);
        if (is_high(c) && is_low(next)) {
            c = 0x10000 + ((c & 0x3ff) << 10 | (next & 0x3ff));
            at += 2;
        } else if (is_high(c) || is_low(c)) {
            c = REPLACEMENT;
        }
        append_utf8(&out, c);
    }
    enum err e = buf_error(&out);
    if (!e && !arena_copy(a, buf_octets(&out), ret))
        e = ERR_NOMEM;
    buf_release(&out);
    return e;
}

/* AV_PAIRs: AvId, AvLen, value; the one with AvId 0 is the last.  Of two alike the first stands. */
static enum err take_names(struct octets info, struct arena *a, struct ntlm_challenge *c)
{
    enum err e = ERR_OK;
    for (size_t pairs = 0; pairs < NTLM_PAIRS_MAX && info.size >= 4 && !e; pairs++) {
        uint32_t id = number_at(info, 0, 2), size = number_at(info, 2, 2);
        if (id == 0 || size > info.size - 4)
            break;
        if (id <= NTLM_NAME__COUNT && !c->names[id - 1].size)
            e = take_unicode(octets_sub(info, 4, 4 + size), a, &c->names[id - 1]);
        info = octets_sub(info, 4 + size, info.size);
    }
    return e;
}

enum err ntlm_challenge_parse(struct octets base64, struct arena *a, struct ntlm_challenge *ret)
{
    struct ntlm_challenge c = {0};
    struct octets m, target;
    size_t bad;
    if (base64.size > NTLM_BASE64_OCTETS_MAX)
        return ERR_SYNTAX;
    enum err e = base64_decode(base64, a, &m, &bad);
    if (e)
        return e;
    /* The oldest form ends behind the challenge itself. */
    if (m.size < INFO_AT - 8 || !octets_has_prefix(m, OCTETS("NTLMSSP\0")) ||
        number_at(m, TYPE_AT, 4) != TYPE_CHALLENGE)
        return ERR_SYNTAX;
    uint32_t flags = number_at(m, FLAGS_AT, 4);
    target = field_at(m, TARGET_AT);
    if (flags & FLAG_UNICODE)
        e = take_unicode(target, a, &c.target);
    else
        c.target = octets_sub(target, 0, NTLM_NAME_UNITS_MAX);
    if (!e && flags & FLAG_TARGET_INFO)
        e = take_names(field_at(m, INFO_AT), a, &c);
    if (e)
        return e;
    c.has_version = flags & FLAG_VERSION && m.size >= VERSION_AT + VERSION_OCTETS;
    if (c.has_version) {
        c.major = m.at[VERSION_AT];
        c.minor = m.at[VERSION_AT + 1];
        c.build = (uint16_t)number_at(m, VERSION_AT + 2, 2);
    }
    *ret = c;
    return ERR_OK;
}
