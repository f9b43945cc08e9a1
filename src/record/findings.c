/* SPDX-License-Identifier: Apache-2.0 */
#include "findings.h"

static void add_possible(struct json *j, const struct finding_possible *p)
{
    json_put_open_object(j, NULL);
    json_put_octets(j, "id", p->id);
    json_put_real(j, "p", p->p, 3);
    if (!p->ended.size)
        json_put_text(j, "severity", finding_severity_name(p->severity));
    json_put_octets_if(j, "fixed", p->fixed);
    json_put_octets_if(j, "ended", p->ended);
    if (p->is_exploited)
        json_put_bool(j, "exploited", true);
    json_put_close_object(j);
}

static void add_finding(struct json *j, const struct finding *f)
{
    size_t shown =
        f->possible_count < RECORD_POSSIBLE_MAX ? f->possible_count : RECORD_POSSIBLE_MAX;
    json_put_open_object(j, NULL);
    json_put_octets(j, "id", f->id);
    json_put_text(j, "verdict", finding_verdict_name(f->verdict));
    if (f->verdict != FINDING_SAFE && f->verdict != FINDING_NOT_ASKED)
        json_put_text(j, "severity", finding_severity_name(f->severity));
    if (f->is_accepted)
        json_put_bool(j, "accepted", true);
    if (f->seen_at)
        json_put_text(j, "seen_at", finding_seen_name(f->seen_at));
    json_put_octets_if(j, "reason", f->reason);
    json_put_octets_if(j, "remedy", f->remedy);
    if (f->evidence_count) {
        json_put_open_array(j, "evidence");
        for (size_t i = 0; i < f->evidence_count; i++)
            json_put_octets(j, NULL, f->evidence[i]);
        json_put_close_array(j);
    }
    if (shown) {
        json_put_real(j, "p", f->p, 3);
        json_put_open_array(j, "possible");
        for (size_t i = 0; i < shown; i++)
            add_possible(j, &f->possible[i]);
        json_put_close_array(j);
    }
    if (shown < f->possible_count)
        json_put_number(j, "more", f->possible_count - shown);
    json_put_close_object(j);
}

void record_findings(struct json *j, const struct finding_list *list)
{
    if (!list->count)
        return;
    json_put_open_array(j, "findings");
    for (size_t i = 0; i < list->count; i++)
        add_finding(j, &list->at[i]);
    json_put_close_array(j);
}
