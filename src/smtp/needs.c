/* SPDX-License-Identifier: Apache-2.0 */
#include "needs.h"

#include "ehlo.h"

#define PORT_SMTP 25

static bool needs_domain(const struct smtp_offer *o, struct octets name)
{
    (void)name;
    return o->has_domain;
}

static bool needs_starttls(const struct smtp_offer *o, struct octets name)
{
    (void)name;
    return o->starttls;
}

static bool needs_cleartext(const struct smtp_offer *o, struct octets name)
{
    (void)name;
    return !o->is_tls;
}

static bool needs_mx(const struct smtp_offer *o, struct octets name)
{
    (void)name;
    return o->port == PORT_SMTP;
}

static bool needs_submission(const struct smtp_offer *o, struct octets name)
{
    (void)name;
    return o->port != PORT_SMTP;
}

static bool needs_origin(const struct smtp_offer *o, struct octets name)
{
    (void)name;
    return o->is_origin;
}

static bool needs_null_mx(const struct smtp_offer *o, struct octets name)
{
    (void)name;
    return o->is_null_mx;
}

static bool needs_auth(const struct smtp_offer *o, struct octets name)
{
    struct octets listed;
    if (!smtp_ehlo_has(o->ehlo, o->ehlo_count, OCTETS("AUTH"), &listed))
        return false;
    while (listed.size)
        if (octets_is_equal_nocase(octets_take_word(&listed), name))
            return true;
    return false;
}

static const struct {
    const char *word;
    bool takes_name;
    bool (*is_met)(const struct smtp_offer *o, struct octets name);
} rows[] = {
    {"domain", false, needs_domain},         {"starttls", false, needs_starttls},
    {"cleartext", false, needs_cleartext},   {"mx", false, needs_mx},
    {"submission", false, needs_submission}, {"origin", false, needs_origin},
    {"null-mx", false, needs_null_mx},       {"auth", true, needs_auth},
};
#define ROWS (sizeof rows / sizeof *rows)

/* The row of one need, and the name behind its word; ROWS when there is none. */
static size_t row_of(struct octets need, struct octets *ret_name)
{
    struct octets word = octets_take_word(&need);
    size_t i = 0;
    while (i < ROWS && !(octets_is_equal(word, octets_of(rows[i].word)) &&
                         rows[i].takes_name == (need.size > 0)))
        i++;
    *ret_name = need;
    return i;
}

struct octets smtp_needs_unmet(struct octets needs, const struct smtp_offer *o)
{
    while (needs.size) {
        struct octets need = octets_trim(octets_take_until(&needs, ',')), name;
        size_t row = row_of(need, &name);
        if (row == ROWS || !rows[row].is_met(o, name))
            return need;
    }
    return OCTETS_NONE;
}

struct octets smtp_needs_unknown(struct octets needs)
{
    while (needs.size) {
        struct octets need = octets_trim(octets_take_until(&needs, ',')), name;
        if (row_of(need, &name) == ROWS)
            return need;
    }
    return OCTETS_NONE;
}
