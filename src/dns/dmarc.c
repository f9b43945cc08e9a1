/* SPDX-License-Identifier: Apache-2.0 */
#include "dmarc.h"

#include "taglist.h"

static const struct octets words[] = {
    [DMARC_NONE] = OCTETS_INIT("none"),
    [DMARC_QUARANTINE] = OCTETS_INIT("quarantine"),
    [DMARC_REJECT] = OCTETS_INIT("reject"),
};

const char *dmarc_policy_name(enum dmarc_policy p)
{
    return p == DMARC_ABSENT || p == DMARC_INVALID ? "" : (const char *)words[p].at;
}

bool dmarc_is_record(struct octets text)
{
    return text.size && text.at[0] == 'v' && taglist_is_version(text, "v", "DMARC1");
}

bool dmarc_is_nearly(struct octets text)
{
    return octets_has_prefix_nocase(octets_trim(text), OCTETS("v=dmarc")) && !dmarc_is_record(text);
}

/* ---- values ---- */

struct reading {
    const struct taglist_tag *tag;
    struct dmarc_record *record;
};

static void complain(const struct reading *r, struct octets part, const char *what)
{
    dns_problem_add(&r->record->problems, false, taglist_place(r->tag, part), what);
}

static bool is_word(struct octets value, const char *word)
{
    return octets_is_equal_nocase(value, octets_of(word));
}

static void read_policy(const struct reading *r, enum dmarc_policy *ret)
{
    *ret = DMARC_INVALID;
    for (size_t p = DMARC_NONE; p <= DMARC_REJECT; p++)
        if (octets_is_equal_nocase(r->tag->value, words[p]))
            *ret = (enum dmarc_policy)p; /* whether a faulty one is fatal is known at the end */
}

/* One of two words; the second is "yes". */
static void read_choice(const struct reading *r, const char *no, const char *yes, bool *ret)
{
    *ret = is_word(r->tag->value, yes);
    if (!*ret && !is_word(r->tag->value, no))
        complain(r, r->tag->value, "not a value that the tag can have");
}

static void read_psd(const struct reading *r)
{
    struct octets v = r->tag->value;
    r->record->psd = is_word(v, "y") ? DMARC_PSD_Y : is_word(v, "n") ? DMARC_PSD_N : DMARC_PSD_U;
    if (r->record->psd == DMARC_PSD_U && !is_word(v, "u"))
        complain(r, v, "not a value that the tag can have");
}

/* dmarc-fo: each once, and not both of 0 and 1. */
static void read_fo(const struct reading *r)
{
    static const char letters[] = "01ds"; /* as the bits of enum dmarc_fo */
    struct octets rest = r->tag->value;
    unsigned seen = 0;
    if (!rest.size)
        complain(r, rest, "not an option of failure reports");
    while (rest.size) {
        struct octets item = octets_trim(octets_take_until(&rest, ':'));
        uint8_t c = item.size == 1 ? octet_to_lower(item.at[0]) : 0;
        const char *hit = c ? strchr(letters, c) : NULL;
        unsigned bit = hit ? 1u << (hit - letters) : 0;
        if (!bit)
            complain(r, item, "not an option of failure reports");
        else if (seen & bit)
            complain(r, item, "the option stands there twice");
        seen |= bit;
    }
    if ((seen & DMARC_FO_0) && (seen & DMARC_FO_1))
        complain(r, r->tag->value, "0 and 1 exclude each other");
    r->record->fo = seen ? seen : DMARC_FO_0;
}

static void read_pct(const struct reading *r)
{
    uint64_t n = 0;
    if (octets_to_number(r->tag->value, 100, &n))
        r->record->pct = (unsigned)n;
    else
        complain(r, r->tag->value, "not a percentage");
}

static void read_uris(const struct reading *r, struct report_uris *ret)
{
    report_uris_read(r->tag, REPORT_LIST_DMARC, ret, &r->record->problems);
}

/* ---- records ---- */

static void read_removed(const struct reading *r, enum dmarc_removed bit)
{
    r->record->removed |= bit;
    if (bit == DMARC_REMOVED_PCT)
        read_pct(r);
    dns_problem_add(&r->record->problems, false, r->tag->at, DMARC_REMOVED_WORDS);
}

static void read_tag(const struct reading *r)
{
    struct dmarc_record *d = r->record;
    struct octets name = r->tag->name;
    if (octets_is_equal(name, OCTETS("p")))
        read_policy(r, &d->p);
    else if (octets_is_equal(name, OCTETS("sp")))
        read_policy(r, &d->sp);
    else if (octets_is_equal(name, OCTETS("np")))
        read_policy(r, &d->np);
    else if (octets_is_equal(name, OCTETS("psd")))
        read_psd(r);
    else if (octets_is_equal(name, OCTETS("t")))
        read_choice(r, "n", "y", &d->is_testing);
    else if (octets_is_equal(name, OCTETS("adkim")))
        read_choice(r, "r", "s", &d->is_dkim_strict);
    else if (octets_is_equal(name, OCTETS("aspf")))
        read_choice(r, "r", "s", &d->is_spf_strict);
    else if (octets_is_equal(name, OCTETS("fo")))
        read_fo(r);
    else if (octets_is_equal(name, OCTETS("rua")))
        read_uris(r, &d->rua);
    else if (octets_is_equal(name, OCTETS("ruf")))
        read_uris(r, &d->ruf);
    else if (octets_is_equal(name, OCTETS("pct")))
        read_removed(r, DMARC_REMOVED_PCT);
    else if (octets_is_equal(name, OCTETS("rf")))
        read_removed(r, DMARC_REMOVED_RF);
    else if (octets_is_equal(name, OCTETS("ri")))
        read_removed(r, DMARC_REMOVED_RI);
    else if (!octets_is_equal(name, OCTETS("v")))
        dns_problem_add(&d->problems, false, r->tag->at, "no tag of DMARC: it is ignored");
}

static void check_policy(const struct taglist *l, const char *tag, enum dmarc_policy p,
                         struct dmarc_record *d)
{
    bool is_fatal = d->rua.count == 0; /* else it is taken as none (s4.10.1) */
    if (p == DMARC_INVALID)
        dns_problem_add(&d->problems, is_fatal, taglist_find(l, tag)->value_at, "not a policy");
}

void dmarc_parse(struct octets text, struct dmarc_record *ret)
{
    struct taglist l;
    *ret = (struct dmarc_record){.text = text, .fo = DMARC_FO_0, .pct = 100};
    taglist_parse(text, TAGLIST_LOOSE, &l, &ret->problems);
    for (size_t i = 0; i < l.count; i++)
        read_tag(&(struct reading){.tag = &l.tags[i], .record = ret});
    if (!taglist_find(&l, "ruf"))
        ret->fo = DMARC_FO_0;
    check_policy(&l, "p", ret->p, ret);
    check_policy(&l, "sp", ret->sp, ret);
    check_policy(&l, "np", ret->np, ret);
    const struct taglist_tag *p = taglist_find(&l, "p");
    if (!p)
        dns_problem_add(&ret->problems, false, text.size, "no policy: taken as none");
    else if (p != &l.tags[1]) /* RFC 7489 s6.3 */
        dns_problem_add(&ret->problems, false, p->at, "readers of RFC 7489 want p right after v");
}

enum dmarc_policy dmarc_policy_for(const struct dmarc_record *r, enum dmarc_subject subject)
{
    if (r->p == DMARC_INVALID || r->sp == DMARC_INVALID || r->np == DMARC_INVALID)
        return r->rua.count ? DMARC_NONE : DMARC_INVALID;
    enum dmarc_policy p = r->p == DMARC_ABSENT ? DMARC_NONE : r->p;
    if (subject == DMARC_ITSELF)
        return p;
    if (subject == DMARC_NO_SUCH_SUBDOMAIN && r->np != DMARC_ABSENT)
        return r->np;
    return r->sp != DMARC_ABSENT ? r->sp : p;
}

enum dmarc_policy dmarc_policy_tested(enum dmarc_policy p)
{
    return p == DMARC_REJECT ? DMARC_QUARANTINE : p == DMARC_QUARANTINE ? DMARC_NONE : p;
}

enum dmarc_policy dmarc_policy_applied(const struct dmarc_walked *w, bool domain_exists)
{
    enum dmarc_subject subject = w->policy == w->steps ? DMARC_ITSELF
                                 : domain_exists       ? DMARC_SUBDOMAIN
                                                       : DMARC_NO_SUCH_SUBDOMAIN;
    if (!w->policy)
        return DMARC_ABSENT;
    enum dmarc_policy p = dmarc_policy_for(w->policy->record, subject);
    return w->policy->record->is_testing ? dmarc_policy_tested(p) : p;
}

/* ---- reports to others ---- */

void dmarc_append_report_name(struct buf *out, struct octets domain, struct octets receiver)
{
    buf_append(out, domain);
    buf_append_text(out, "._report._dmarc.");
    buf_append(out, receiver);
}

static bool has_domain(const struct report_uris *u, struct octets domain)
{
    for (size_t i = 0; i < u->count; i++)
        if (octets_is_equal_nocase(u->at[i].domain, domain))
            return true;
    return false;
}

/* Whether reports for the receiver would go to another host. */
static bool leads_away(const struct report_uris *asked, const struct report_uris *instead,
                       struct octets receiver)
{
    bool is_away = false;
    for (size_t i = 0; i < instead->count; i++)
        is_away = is_away || !octets_is_equal_nocase(instead->at[i].domain, receiver);
    return is_away && has_domain(asked, receiver);
}

enum dmarc_leave dmarc_leave(const struct dmarc_record *policy, struct octets receiver,
                             const struct dns_record *records, size_t count)
{
    enum dmarc_leave leave = DMARC_LEAVE_NONE;
    for (size_t i = 0; i < count; i++) {
        struct dmarc_record r;
        if (records[i].type != DNS_TYPE_TXT || !dmarc_is_record(records[i].text))
            continue;
        dmarc_parse(records[i].text, &r);
        if (leads_away(&policy->rua, &r.rua, receiver) ||
            leads_away(&policy->ruf, &r.ruf, receiver))
            return DMARC_LEAVE_ASTRAY;
        leave = DMARC_LEAVE_GIVEN;
    }
    return leave;
}
