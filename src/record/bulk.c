/* SPDX-License-Identifier: Apache-2.0 */
#include "bulk.h"

#include "../base/json_walk.h"

/* What becomes of a value: an object is gone through by the row of its own, ALL stays as it is, of a list
 * FIRST and CHAIN leave the first item alone, and NONE nothing. */
enum part {
    SERVICE,
    OTHER,
    SOFTWARE,
    CLAIM,
    HELLO,
    TLS,
    CERTIFICATE,
    POSTURE,
    OBJECTS,
    ALL = OBJECTS,
    FIRST,
    CHAIN,
    NONE
};

struct member {
    const char *name;
    enum part as;
};

/* clang-format off */
#define BULK {"reactions", NONE}, {"transcript", NONE}, {"software", SOFTWARE}, {"ehlo", HELLO}, \
             {"ehlo_tls", HELLO}, {"tls", TLS}, {"tls_probe", NONE}, {"cost", NONE}, {"quit", NONE}, \
             {"reverse", NONE}, {"dnsbl", NONE}, {"posture", POSTURE}
static const struct member members[OBJECTS][16] = {
    [SERVICE] = {BULK, {"findings", NONE}},
    [OTHER] = {BULK},
    [SOFTWARE] = {{"vendor", NONE}, {"versions", NONE}, {"confidence", NONE}, {"unknown", NONE}, {"basis", NONE},
                  {"cpe23", NONE}, {"candidates", NONE}, {"evidence", NONE}, {"claim", CLAIM}},
    [CLAIM] = {{"text", NONE}, {"version", NONE}},
    [HELLO] = {{"lines", FIRST}, {"raw", FIRST}, {"ms", NONE}},
    [TLS] = {{"chain", CHAIN}, {"cipher", NONE}, {"group", NONE}, {"handshake_ms", NONE}},
    [CERTIFICATE] = {{"issuer", NONE}, {"names", NONE}, {"not_before", NONE}, {"signature", NONE}, {"sha512", NONE},
                     {"key_sha512", NONE}},
    [POSTURE] = {{"asked", NONE}},
};
#undef BULK
/* clang-format on */

static enum part part_of(enum part of, struct octets name)
{
    for (const struct member *m = members[of]; m->name; m++)
        if (octets_is_equal(name, octets_of(m->name)))
            return m->as;
    return ALL;
}

static bool append_value(struct buf *out, enum part as, struct octets value);

static bool append_first(struct buf *out, enum part as, struct octets list)
{
    struct json_walk w;
    struct octets name, value;
    json_walk_init(&w, list);
    buf_append_octet(out, '[');
    bool is_whole = !json_walk_next(&w, &name, &value) || append_value(out, as, value);
    buf_append_octet(out, ']');
    return is_whole;
}

/* False when it is no JSON. */
static bool append_object(struct buf *out, enum part of, struct octets object,
                          struct octets *ret_findings)
{
    struct json_walk w;
    struct octets name, value;
    uint8_t before = '{';
    json_walk_init(&w, object);
    while (json_walk_is_object(&w) && json_walk_next(&w, &name, &value)) {
        enum part as = part_of(of, name);
        if (ret_findings && octets_is_equal(name, OCTETS("findings")))
            *ret_findings = value;
        if (as == NONE)
            continue;
        buf_append_octet(out, before);
        buf_append_octet(out, '"');
        buf_append(out, name);
        buf_append_text(out, "\":");
        if (!append_value(out, as, value))
            return false;
        before = ',';
    }
    buf_append_text(out, before == '{' ? "{}" : "}");
    return json_walk_is_object(&w) && !w.has_failed;
}

static bool append_value(struct buf *out, enum part as, struct octets value)
{
    if (as < OBJECTS && value.at[0] == '{')
        return append_object(out, as, value, NULL);
    if ((as == FIRST || as == CHAIN) && value.at[0] == '[')
        return append_first(out, as == CHAIN ? CERTIFICATE : ALL, value);
    buf_append(out, value);
    return true;
}

enum err record_lean_of(struct octets line, struct buf *room, struct record_lean *ret)
{
    size_t start = room->size;
    struct octets findings = OCTETS_NONE;
    bool is_service = octets_is_equal(json_walk_find(line, "type"), OCTETS("\"service\""));
    if (!append_object(room, is_service ? SERVICE : OTHER, line, &findings))
        return ERR_SYNTAX;
    if (buf_error(room))
        return buf_error(room);
    *ret = (struct record_lean){.line = octets_sub(buf_octets(room), start, room->size),
                                .findings = findings};
    return ERR_OK;
}
