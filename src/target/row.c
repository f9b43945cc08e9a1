/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"

enum field { FIELD_ADDRESS, FIELD_NAME, FIELD_TAG, FIELD_PORT, FIELD__COUNT };

static enum err refuse(const char **ret_problem, const char *clause)
{
    *ret_problem = clause;
    return ERR_SYNTAX;
}

/* One field as a target of its own; the others say what may stand there. */
static enum err parse_address(struct octets field, struct arena *a, struct target *t,
                              const char **ret_problem)
{
    struct target found;
    enum err e = target_parse(field, a, &found, ret_problem);
    if (e)
        return e;
    if (found.kind == TARGET_NAME || found.port)
        return refuse(ret_problem, "the first field of a row is an address, a network or a range, "
                                   "or empty; a port is the fourth");
    *t = found;
    return ERR_OK;
}

static enum err parse_name(struct octets field, struct arena *a, struct target *t,
                           const char **ret_problem)
{
    struct target found;
    enum err e = target_parse(field, a, &found, ret_problem);
    if (e)
        return e;
    if (found.kind != TARGET_NAME || found.port)
        return refuse(ret_problem, "the second field of a row is a name, or empty");
    t->name = found.name;
    return ERR_OK;
}

static enum err parse_port(struct octets field, struct target *t, const char **ret_problem)
{
    uint64_t port;
    if (!octets_to_number(field, UINT16_MAX, &port) || port == 0)
        return refuse(ret_problem, "the fourth field of a row is a port, 1 to 65535, or empty");
    t->port = (uint16_t)port;
    return ERR_OK;
}

static enum err parse_row(const struct octets *fields, struct arena *a, struct target *t,
                          const char **ret_problem)
{
    enum err e = ERR_OK;
    if (!fields[FIELD_ADDRESS].size && !fields[FIELD_NAME].size)
        return refuse(ret_problem, "a row is ADDRESS,NAME,TAG,PORT with an address or a name");
    t->kind = TARGET_NAME;
    if (fields[FIELD_ADDRESS].size)
        e = parse_address(fields[FIELD_ADDRESS], a, t, ret_problem);
    if (!e && fields[FIELD_NAME].size)
        e = parse_name(fields[FIELD_NAME], a, t, ret_problem);
    if (!e && fields[FIELD_PORT].size)
        e = parse_port(fields[FIELD_PORT], t, ret_problem);
    if (!e && !arena_copy(a, fields[FIELD_TAG], &t->tag))
        return ERR_NOMEM;
    return e;
}

enum err target_parse_line(struct octets line, struct arena *a, struct target *ret,
                           const char **ret_problem)
{
    struct octets in = octets_trim(line), rest = in, fields[FIELD__COUNT] = {0};
    struct target t = {0};
    size_t count = 0;
    if (octets_find_octet(in, ',', 0) == in.size)
        return target_parse(line, a, ret, ret_problem);
    if (in.size > TARGET_INPUT_OCTETS)
        return refuse(ret_problem, "a target is at most 1,024 octets long");
    for (bool more = true; more; count++) {
        more = octets_find_octet(rest, ',', 0) < rest.size;
        if (count == FIELD__COUNT)
            return refuse(ret_problem, "a row has four fields at most: ADDRESS,NAME,TAG,PORT");
        fields[count] = octets_trim(octets_take_until(&rest, ','));
    }
    enum err e = parse_row(fields, a, &t, ret_problem);
    if (e)
        return e;
    if (!arena_copy(a, in, &t.input))
        return ERR_NOMEM;
    *ret = t;
    return ERR_OK;
}
