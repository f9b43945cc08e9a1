/* SPDX-License-Identifier: Apache-2.0 */
#include "name.h"
#include "spf_check_parts.h"

#define SENDER_OCTETS 1024

static const char *const results[] = {
#define X(id, name) name,
    SPF_RESULT_MAP(X)
#undef X
};

static const char *const causes[] = {
#define X(id, name) name,
    SPF_CAUSE_MAP(X)
#undef X
};

const char *spf_result_name(enum spf_result r)
{
    return results[r];
}

const char *spf_cause_name(enum spf_cause c)
{
    return causes[c];
}

bool spf_check_keep(struct spf_check *c, struct octets o, struct octets *ret)
{
    if (!arena_copy(c->arena, o, ret))
        c->is_out_of_memory = true;
    return !c->is_out_of_memory;
}

/* <ip> as %{i} has it: dotted, IPv6 by its 32 digits. */
static void append_dotted(struct buf *out, const struct address *ip)
{
    static const char digits[] = "0123456789abcdef";
    if (ip->family == 4)
        address_append(out, ip);
    for (size_t i = 0; ip->family == 6 && i < 32; i++) {
        buf_append_text(out, i ? "." : "");
        buf_append_octet(out, (uint8_t)digits[ip->octets[i / 2] >> (i % 2 ? 0 : 4) & 15]);
    }
}

/* What the buffer holds, kept; the buffer is empty again. */
static void keep_value(struct spf_check *c, struct buf *text, enum spf_letter letter)
{
    size_t at = 0;
    while (1u << at != (unsigned)letter)
        at++;
    if (buf_error(text) == ERR_NOMEM)
        c->is_out_of_memory = true;
    else
        (void)spf_check_keep(c, buf_octets(text), &c->values.of[at]);
    buf_clear(text);
}

void spf_check_set_values(struct spf_check *c, const struct spf_mail *m)
{
    struct octets domain = m->domain.size ? m->domain : m->helo;
    struct octets local = m->domain.size && m->local.size ? m->local : OCTETS("postmaster");
    struct buf text;
    buf_init(&text, SENDER_OCTETS);
    buf_append(&text, local);
    buf_append_text(&text, "@");
    buf_append(&text, domain);
    keep_value(c, &text, SPF_LETTER_S);
    buf_append(&text, local);
    keep_value(c, &text, SPF_LETTER_L);
    buf_append(&text, domain);
    keep_value(c, &text, SPF_LETTER_O);
    append_dotted(&text, &c->ip);
    keep_value(c, &text, SPF_LETTER_I);
    buf_append(&text, m->helo);
    keep_value(c, &text, SPF_LETTER_H);
    buf_append_text(&text, c->ip.family == 4 ? "in-addr" : "ip6");
    keep_value(c, &text, SPF_LETTER_V);
    address_append(&text, &c->ip);
    keep_value(c, &text, SPF_LETTER_C);
    buf_append(&text, m->receiver.size ? m->receiver : OCTETS("unknown"));
    keep_value(c, &text, SPF_LETTER_R);
    buf_append_number(&text, m->now_s);
    keep_value(c, &text, SPF_LETTER_T);
    buf_release(&text);
}

struct octets spf_check_expand(struct spf_check *c, struct octets text)
{
    struct octets ret = OCTETS_NONE;
    struct spf_values values = c->values;
    values.of[3] = c->now->domain;
    values.of[5] = c->now->p;
    if (spf_macro_copy(c->arena, text, &values, &ret))
        c->is_out_of_memory = true;
    return ret;
}
