/* SPDX-License-Identifier: Apache-2.0 */
#include "html_parts.h"

#include "publish.h"

#define TEXTS_SHOWN  ((size_t)20)
#define RECORD_SHOWN ((size_t)600) /* octets */

struct posture {
    struct members members;
    const struct report_item *item;
    const json_t *json;
    struct buf *out;
};

/* ---- what is published, by mechanism ---- */

static void add_text(struct posture *p, const char *before, struct octets text)
{
    if (!text.size)
        return;
    buf_append_text(p->out, before);
    escape_html(p->out, octets_sub(text, 0, RECORD_SHOWN));
    buf_append_text(p->out, text.size > RECORD_SHOWN ? "...\n" : "\n");
}

static void add_member(struct posture *p, const char *before, const json_t *j, const char *name)
{
    add_text(p, before, member_text(&p->members, j, name));
}

/* Strings, or one text of each of the objects. */
static void add_texts(struct posture *p, const json_t *all, const char *member)
{
    size_t count = json_array_size(all);
    for (size_t i = 0; i < count && i < TEXTS_SHOWN; i++) {
        const json_t *one = json_array_get(all, i);
        add_text(p, "",
                 member ? member_text(&p->members, one, member) : member_octets(&p->members, one));
    }
}

static void add_spf(struct posture *p)
{
    const json_t *spf = json_object_get(p->json, "spf");
    if (json_object_get(spf, "record"))
        add_member(p, "", spf, "record");
    else
        add_member(p, "", spf, "found");
}

static void add_dmarc(struct posture *p)
{
    const json_t *dmarc = json_object_get(p->json, "dmarc");
    add_member(p, "", dmarc, "record");
    if (!octets_is_equal_nocase(member_text(&p->members, dmarc, "at"), p->item->input))
        add_member(p, "of ", dmarc, "at");
}

static void add_dkim(struct posture *p)
{
    const json_t *all = json_object_get(p->json, "dkim");
    size_t count = json_array_size(all);
    for (size_t i = 0; i < count && i < TEXTS_SHOWN; i++) {
        const json_t *one = json_array_get(all, i);
        escape_html(p->out, member_text(&p->members, one, "selector"));
        add_member(p, ": ", one, "record");
    }
}

static void add_mtasts(struct posture *p)
{
    const json_t *policy = json_object_get(p->json, "mtasts_policy");
    add_texts(p, json_object_get(p->json, "mtasts"), NULL);
    add_member(p, "policy: ", policy, "outcome");
    add_member(p, "", policy, "text");
}

static void add_tlsrpt(struct posture *p)
{
    add_texts(p, json_object_get(p->json, "tlsrpt"), NULL);
}

static void add_dane(struct posture *p)
{
    const json_t *all = json_object_get(p->json, "exchanges");
    size_t count = json_array_size(all);
    for (size_t i = 0; i < count && i < TEXTS_SHOWN; i++) {
        const json_t *one = json_array_get(all, i);
        if (!json_array_size(json_object_get(one, "tlsa")))
            continue;
        add_member(p, "at ", one, "host");
        add_texts(p, json_object_get(one, "tlsa"), NULL);
    }
}

static void add_dnssec(struct posture *p)
{
    add_member(p, "", p->json, "dnssec");
}

static void add_mx(struct posture *p)
{
    const json_t *all = json_object_get(p->json, "exchanges");
    size_t count = json_array_size(all);
    if (member_is_true(p->json, "null_mx"))
        buf_append_text(p->out, "null MX: takes no mail\n");
    for (size_t i = 0; i < count && i < TEXTS_SHOWN; i++) {
        const json_t *one = json_array_get(all, i);
        buf_append_number(p->out, member_number(one, "preference", UINT16_MAX));
        add_member(p, " ", one, "host");
    }
}

static void add_caa(struct posture *p)
{
    add_texts(p, json_object_get(json_object_get(p->json, "caa"), "records"), "value");
}

static void add_bimi(struct posture *p)
{
    add_texts(p, json_object_get(p->json, "bimi"), NULL);
}

static const struct mechanism {
    const char *name, *ids; /* what its findings begin with */
    void (*add)(struct posture *p);
} mechanisms[] = {
    {"MX", "dns.mx.", add_mx},          {"SPF", "spf.", add_spf},
    {"DMARC", "dmarc.", add_dmarc},     {"DKIM", "dkim.", add_dkim},
    {"MTA-STS", "mtasts.", add_mtasts}, {"DANE", "dane.", add_dane},
    {"TLS-RPT", "tlsrpt.", add_tlsrpt}, {"DNSSEC", "dns.dnssec.", add_dnssec},
    {"CAA", "dns.caa.", add_caa},       {"BIMI", "bimi.", add_bimi},
};

/* What its findings come to: the gravest that is exposed, else an observation, else whether anything
 * was seen to be in order. */
static void add_state(const struct posture *p, const struct mechanism *m)
{
    enum finding_severity worst = SUMMARY_NONE;
    bool is_safe = false, is_noted = false;
    for (size_t i = 0; i < p->item->finding_count; i++) {
        const struct report_finding *f = &p->item->findings[i];
        if (!octets_has_prefix(f->id, octets_of(m->ids)))
            continue;
        is_safe = is_safe || f->verdict == FINDING_SAFE;
        is_noted = is_noted || f->verdict == FINDING_NOTED;
        if (report_finding_counts(f) && (worst == SUMMARY_NONE || f->severity > worst))
            worst = f->severity;
    }
    html_severity(p->out, worst, is_noted ? "noted" : is_safe ? "in order" : "not known");
}

static void add_mechanisms(struct posture *p)
{
    buf_append_text(p->out, "<h3>What it publishes</h3>\n<div class=\"scroll\">"
                            "<table class=\"posture\">\n");
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
        buf_append_format(p->out, "<tr><th scope=\"row\">%s</th><td>", mechanisms[i].name);
        add_state(p, &mechanisms[i]);
        buf_append_text(p->out, "</td><td>");
        size_t before = p->out->size;
        buf_append_text(p->out, "<pre>");
        size_t empty = p->out->size;
        mechanisms[i].add(p);
        if (p->out->size == empty)
            p->out->size = before; /* nothing is published */
        else
            buf_append_text(p->out, "</pre>");
        buf_append_text(p->out, "</td></tr>\n");
    }
    buf_append_text(p->out, "</table></div>\n");
}

/* ---- the domain ---- */

void html_domain_line(const struct report_item *item, const struct summary_row *row,
                      struct buf *out)
{
    size_t safe = 0;
    for (size_t i = 0; i < item->finding_count; i++)
        safe += item->findings[i].verdict == FINDING_SAFE;
    buf_append_format(out, "<details class=\"row dm\" id=\"d%zu\"><summary>", row->number);
    html_severity(out, item->worst, item->finding_count ? "none" : "not asked");
    buf_append_text(out, "<span class=\"w\"><b>");
    escape_html(out, octets_sub(item->name, 0, 255));
    buf_append_text(out, "</b></span><span class=\"s\">");
    if (!item->has_answered)
        html_element(out, "i", item->outcome);
    else if (item->finding_count)
        buf_append_format(out, "%zu in order, %zu exposed", safe, item->exposed);
    buf_append_text(out, "</span></summary>\n");
}

static void add_notes(struct posture *p)
{
    const json_t *notes = json_object_get(p->item->json, "notes");
    size_t count = json_array_size(notes);
    for (size_t i = 0; i < count && i < TEXTS_SHOWN; i++) {
        const json_t *one = json_array_get(notes, i);
        buf_append_text(p->out, "<p class=\"note\">");
        html_element(p->out, "b", member_text(&p->members, one, "note"));
        add_member(p, " ", one, "host");
        add_member(p, " ", one, "detail");
        buf_append_text(p->out, "</p>\n");
    }
}

static struct octets exchange_host(const void *of, size_t i)
{
    const struct posture *p = of;
    struct members m = p->members;
    return member_text(&m, json_array_get(json_object_get(p->json, "exchanges"), i), "host");
}

void html_domain(const struct report *r, const struct report_item *item,
                 const struct summary_row *row, struct buf *out)
{
    (void)row;
    struct posture p = {.members = {.arena = item->arena},
                        .item = item,
                        .json = json_object_get(item->json, "posture"),
                        .out = out};
    const struct report_names names = {.domain = item->input,
                                       .exchange_count =
                                           json_array_size(json_object_get(p.json, "exchanges")),
                                       .exchange = exchange_host,
                                       .of = &p};
    buf_append_text(out, "<div class=\"in\">\n");
    html_element(out, "p class=\"note\"", item->reason);
    add_notes(&p);
    if (p.json)
        add_mechanisms(&p);
    if (item->exposed)
        buf_append_text(out, "<h3>To do</h3>\n");
    for (size_t i = 0; i < item->finding_count; i++)
        if (report_finding_counts(&item->findings[i]))
            html_finding(r, &item->findings[i], &names, out);
    html_rest(item, out);
    buf_append_text(out, "</div>");
}
