/* SPDX-License-Identifier: Apache-2.0 */
#include "compare.h"

/* What findings and DNS records of the same name in two snapshots come to. */

/* NOTHING: not judged.  The names are those of the record, and of what is told. */
enum verdict { EXPOSED, SAFE, NOTED, ACCEPTED, UNTESTABLE, NOT_ASKED, NOTHING };
static const char *const verdicts[] = {"exposed",    "safe",      "noted",     "accepted",
                                       "untestable", "not-asked", "not judged"};

static bool is_safe(enum verdict v)
{
    return v == SAFE || v == NOTED;
}

static bool is_same_text(const struct compare *c, enum snapshot_text which)
{
    return octets_is_equal(c->before->text[which], c->after->text[which]);
}

/*
 * These are silent when the version has nothing against it, so that their absence says something of
 * software that was recognised, and is not what it was: of the same, they were not wanted in one of
 * the scans (--only, --level).  That any other is missing only says that it was not looked into.
 */
static bool is_silent_when_safe(const struct compare *c, struct octets id)
{
    bool is_known = c->before->text[SNAPSHOT_PRODUCT].size && c->after->text[SNAPSHOT_PRODUCT].size;
    bool is_whole = !c->before->plain.has_cut && !c->after->plain.has_cut;
    bool is_same = is_same_text(c, SNAPSHOT_PRODUCT) && is_same_text(c, SNAPSHOT_VERSIONS);
    return is_known && is_whole && !is_same &&
           (octets_is_equal(id, OCTETS("svc.cve")) || octets_is_equal(id, OCTETS("svc.eol")));
}

static enum verdict verdict_of(const struct compare *c, const struct snapshot *s, struct octets id,
                               enum finding_severity *ret_severity)
{
    struct octets severity;
    *ret_severity = FINDING_INFO;
    if (!snapshot_find(s->text[SNAPSHOT_FINDINGS], id, &severity))
        return is_silent_when_safe(c, id) ? SAFE : NOTHING;
    struct octets name = octets_take_until(&severity, '\t');
    if (finding_severity_of(severity) != FINDING_SEVERITY__COUNT)
        *ret_severity = finding_severity_of(severity);
    enum verdict v = EXPOSED;
    while (v < NOTHING && !octets_is_equal(name, octets_of(verdicts[v])))
        v++;
    return v;
}

static bool is_covered(const struct compare *c, size_t from, size_t to, struct octets id)
{
    for (size_t i = from; i < to; i++)
        if (record_change_covers(c->out->at[i].kind, id))
            return true;
    return false;
}

static void compare_finding(struct compare *c, struct octets id)
{
    enum finding_severity was_severity, severity;
    enum verdict was = verdict_of(c, c->before, id, &was_severity),
                 is = verdict_of(c, c->after, id, &severity);
    enum record_change_kind kind = is == EXPOSED && is_safe(was) ? RECORD_CHANGE_FINDING_OPENED
                                   : is == EXPOSED               ? RECORD_CHANGE_FINDING_FOUND
                                   : is_safe(is)                 ? RECORD_CHANGE_FINDING_CLOSED
                                                                 : RECORD_CHANGE_FINDING_UNTESTED;
    size_t before = c->out->count;
    if ((was == EXPOSED) == (is == EXPOSED) || was == ACCEPTED || is == ACCEPTED)
        return;
    compare_tell_of(c, kind, id, octets_of(verdicts[was]), octets_of(verdicts[is]));
    if (c->out->count > before && is == EXPOSED)
        c->out->at[before].severity = severity;
}

static bool is_about_name(struct octets id)
{
    return octets_has_prefix(id, OCTETS("tls.cert."));
}

void compare_findings(struct compare *c, size_t from)
{
    struct octets was = c->before->text[SNAPSHOT_FINDINGS], is = c->after->text[SNAPSHOT_FINDINGS];
    struct octets id, value;
    size_t to = c->out->count;
    bool is_other_name =
        !octets_is_equal_nocase(c->before->text[SNAPSHOT_HOST], c->after->text[SNAPSHOT_HOST]);
    if (octets_is_equal(was, is))
        return;
    while (is.size) {
        (void)snapshot_item(&is, &id);
        if (!is_covered(c, from, to, id) && !(is_other_name && is_about_name(id)))
            compare_finding(c, id);
    }
    while (was.size) {
        (void)snapshot_item(&was, &id);
        if (!snapshot_find(c->after->text[SNAPSHOT_FINDINGS], id, &value) &&
            !is_covered(c, from, to, id) && !(is_other_name && is_about_name(id)))
            compare_finding(c, id);
    }
}

/* ---- what a domain publishes ---- */

static bool is_unknown(struct octets value)
{
    return octets_is_equal(value, OCTETS(SNAPSHOT_UNKNOWN));
}

/* The value of a record: none when it is known not to be published. */
static struct octets record_of(const struct snapshot *s, struct octets name)
{
    struct octets value = OCTETS_NONE;
    bool is_mx = octets_is_equal(name, OCTETS("MX"));
    if (snapshot_find(s->text[SNAPSHOT_RECORDS], name, &value))
        return value;
    bool is_known = (is_mx || s->plain.has_posture) &&
                    !octets_has_prefix(name, OCTETS("DKIM key of ")) &&
                    !octets_has_prefix(name, OCTETS("TLSA of "));
    return is_known ? OCTETS_NONE : OCTETS(SNAPSHOT_UNKNOWN);
}

static void compare_record(struct compare *c, struct octets name)
{
    struct octets was = record_of(c->before, name), is = record_of(c->after, name);
    if (octets_is_equal(was, is))
        return;
    if (is_unknown(was) || is_unknown(is))
        compare_tell_of(c, RECORD_CHANGE_RECORD_UNKNOWN, name, is_unknown(was) ? OCTETS_NONE : was,
                        is_unknown(is) ? OCTETS_NONE : is);
    else
        compare_tell_of(c,
                        !was.size  ? RECORD_CHANGE_RECORD_ADDED
                        : !is.size ? RECORD_CHANGE_RECORD_REMOVED
                                   : RECORD_CHANGE_RECORD_ALTERED,
                        name, was, is);
}

static void compare_records(struct compare *c)
{
    struct octets before = c->before->text[SNAPSHOT_RECORDS],
                  after = c->after->text[SNAPSHOT_RECORDS], name, value;
    struct octets was = before, is = after;
    bool is_same_mx =
        octets_is_equal(record_of(c->before, OCTETS("MX")), record_of(c->after, OCTETS("MX")));
    if (octets_is_equal(was, is))
        return;
    while (is.size) {
        (void)snapshot_item(&is, &name);
        if (is_same_mx || !octets_is_equal(name, OCTETS("MX order")))
            compare_record(c, name);
    }
    while (was.size) {
        (void)snapshot_item(&was, &name);
        if (!snapshot_find(after, name, &value) &&
            (is_same_mx || !octets_is_equal(name, OCTETS("MX order"))))
            compare_record(c, name);
    }
}

/* ---- a domain ---- */

/* Whether DNS told what there is of the name, be it that there is nothing. */
static bool is_answer(const struct snapshot *s)
{
    return s->plain.outcome == FACTS_OUTCOME_ANSWERED ||
           s->plain.outcome == FACTS_OUTCOME_NO_SUCH_NAME ||
           s->plain.outcome == FACTS_OUTCOME_NO_ADDRESS ||
           s->plain.outcome == FACTS_OUTCOME_NO_MAIL;
}

void compare_domains(struct compare *c)
{
    size_t from = c->out->count;
    if (c->before->plain.outcome != c->after->plain.outcome) {
        bool is_told = is_answer(c->before) && is_answer(c->after);
        compare_tell(c, is_told ? RECORD_CHANGE_DOMAIN_OUTCOME : RECORD_CHANGE_NOT_REACHED,
                     compare_outcome(c, c->before), compare_outcome(c, c->after));
    }
    if (!is_answer(c->before) || !is_answer(c->after))
        return;
    compare_records(c);
    compare_findings(c, from);
}
