/* SPDX-License-Identifier: Apache-2.0 */
#include "sources.h"

#include <errno.h>

#include "../net/sockaddr.h"

static bool complain(const struct cli_options *o, const char *problem)
{
    return cli_complain("--source", o->source, problem);
}

static bool take(const struct cli_options *o, struct octets text, struct address *ret)
{
    if (!address_parse(text, ret))
        return complain(o, "takes IP addresses of this machine, parted by commas");
    if (sockaddr_is_ours(ret)) /* said once here, and not by each visit */
        return true;
    struct buf problem;
    buf_init(&problem, 200);
    address_append(&problem, ret);
    buf_append_text(&problem, ": ");
    buf_append_text(&problem, strerror(errno));
    buf_append_octet(&problem, 0);
    (void)complain(o, buf_error(&problem) ? strerror(errno) : (const char *)problem.data);
    buf_release(&problem);
    return false;
}

bool sources_set(struct setup *s, const struct cli_options *o)
{
    struct run_options *r = &s->run;
    bool has_v4 = false, has_v6 = false;
    struct octets rest = octets_of(o->source ? o->source : "");
    if (!o->source)
        return true;
    struct address *sources = arena_alloc_array(&s->arena, SOURCES_MAX, sizeof *sources);
    if (!sources)
        return complain(o, err_text(ERR_NOMEM));
    do {
        if (r->source_count == SOURCES_MAX)
            return complain(o, "takes 256 addresses at most");
        struct address *a = &sources[r->source_count];
        if (!take(o, octets_trim(octets_take_until(&rest, ',')), a))
            return false;
        r->source_count++;
        has_v4 = has_v4 || a->family == 4;
        has_v6 = has_v6 || a->family == 6;
    } while (rest.size);
    r->sources = sources;
    if (o->only_v4 && !has_v4)
        return complain(o, "holds no IPv4 address, and --ipv4 wants one");
    if (o->only_v6 && !has_v6)
        return complain(o, "holds no IPv6 address, and --ipv6 wants one");
    r->resolve.use_v4 = r->resolve.use_v4 && has_v4;
    r->resolve.use_v6 = r->resolve.use_v6 && has_v6;
    return true;
}
