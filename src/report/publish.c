/* SPDX-License-Identifier: Apache-2.0 */
#include "publish.h"

#include "../base/buf.h"

#define LINE_MAX_OCTETS ((size_t)64 * 1024)

static const struct octets domain_mark = OCTETS_INIT("{domain}");
static const struct octets exchange_mark = OCTETS_INIT("{mx}");

static void fill_in(struct buf *plain, struct octets text, struct octets mark, struct octets value)
{
    size_t at = 0, next;
    while ((next = octets_find(text, mark, at)) < text.size) {
        buf_append(plain, octets_sub(text, at, next));
        buf_append(plain, value);
        at = next + mark.size;
    }
    buf_append(plain, octets_sub(text, at, text.size));
}

void report_publish(const struct audit_check *c, const struct report_names *names,
                    report_publish_line *use, void *owner)
{
    struct buf with_domain, line;
    buf_init(&with_domain, LINE_MAX_OCTETS);
    buf_init(&line, LINE_MAX_OCTETS);
    for (size_t i = 0; i < c->configure.count; i++) {
        struct octets text = c->configure.at[i].text;
        bool is_for_each = octets_find(text, exchange_mark, 0) < text.size;
        buf_clear(&with_domain);
        fill_in(&with_domain, text, domain_mark, names->domain);
        for (size_t k = 0; k < (is_for_each ? names->exchange_count : 1); k++) {
            buf_clear(&line);
            fill_in(&line, buf_octets(&with_domain), exchange_mark,
                    is_for_each ? names->exchange(names->of, k) : OCTETS_NONE);
            use(owner, buf_octets(&line));
        }
    }
    buf_release(&with_domain);
    buf_release(&line);
}
