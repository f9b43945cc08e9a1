/* SPDX-License-Identifier: Apache-2.0 */
#include "consent.h"

#include <string.h>

#include "../base/clock.h"
#include "taglist.h"

#define DAY_MS ((uint64_t)24 * 60 * 60 * 1000)

bool consent_is_record(struct octets text)
{
    return octets_has_prefix(text, OCTETS("v=smtpscan")) ||
           taglist_is_version(text, "v", "smtpscan1");
}

bool consent_parse_date(struct octets date, uint64_t *ret_ms)
{
    struct buf time;
    uint64_t ms = 0;
    if (date.size != strlen("YYYY-MM-DD"))
        return false;
    buf_init(&time, 32);
    buf_append(&time, date);
    buf_append_text(&time, "T00:00:00Z");
    bool ok = !buf_error(&time) && clock_parse_rfc3339(buf_octets(&time), &ms);
    buf_release(&time);
    if (ok)
        *ret_ms = ms + DAY_MS - 1;
    return ok;
}

/* Two or more of [a-z0-9-]+, joined by dots. */
bool consent_is_check_id(struct octets id)
{
    size_t dots = 0, part = 0;
    for (size_t i = 0; i < id.size; i++) {
        uint8_t c = id.at[i];
        bool is_dot = c == '.';
        if (is_dot ? part == 0 : !octet_is_digit(c) && c != '-' && (c < 'a' || c > 'z'))
            return false;
        dots += is_dot;
        part = is_dot ? 0 : part + 1;
    }
    return dots > 0 && part > 0;
}

/* ---- reading ---- */

struct reading {
    const struct taglist *list;
    struct consent_record *record;
};

static void complain(const struct reading *r, size_t at, const char *what)
{
    dns_problem_add(&r->record->problems, true, at, what);
}

/* The tag, which must be there. */
static const struct taglist_tag *need(const struct reading *r, const char *name,
                                      const char *missing)
{
    const struct taglist_tag *t = taglist_find(r->list, name);
    if (!t)
        complain(r, r->record->text.size, missing);
    return t;
}

static void read_key(const struct reading *r)
{
    const struct taglist_tag *t = need(r, "key", "no key");
    uint8_t key[CONSENT_KEY_OCTETS];
    bool ok = t && t->value.size == 2 * sizeof key;
    for (size_t i = 0; ok && i < sizeof key; i++) {
        int high = octet_hex_value(t->value.at[2 * i]);
        int low = octet_hex_value(t->value.at[2 * i + 1]);
        ok = high >= 0 && low >= 0;
        key[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    if (ok)
        memcpy(r->record->key, key, sizeof key);
    else if (t)
        complain(r, t->value_at, "a key is 64 hexadecimal digits");
}

static void read_checks(const struct reading *r)
{
    const struct taglist_tag *t = need(r, "checks", "no checks");
    struct octets rest = t ? t->value : OCTETS_NONE;
    if (t && !rest.size)
        complain(r, t->value_at, "no checks");
    while (rest.size) {
        bool is_last = octets_find_octet(rest, ',', 0) == rest.size;
        struct octets id = octets_trim(octets_take_until(&rest, ','));
        if (!consent_is_check_id(id))
            complain(r, taglist_place(t, id), "not the id of a check");
        else if (r->record->check_count == CONSENT_CHECKS_MAX)
            complain(r, taglist_place(t, id), "more than 64 checks");
        else
            r->record->checks[r->record->check_count++] = id;
        if (!is_last && !rest.size)
            complain(r, t->value_at, "a comma at the end");
    }
}

static void read_until(const struct reading *r)
{
    const struct taglist_tag *t = need(r, "until", "no end");
    if (t && !consent_parse_date(t->value, &r->record->until_ms))
        complain(r, t->value_at, "an end is a day such as 2026-12-31");
}

void consent_parse(struct octets text, struct consent_record *ret)
{
    static const char *const known[] = {"v", "key", "checks", "until"};
    struct taglist l;
    struct reading r = {.list = &l, .record = ret};
    *ret = (struct consent_record){.text = text};
    taglist_parse(text, TAGLIST_STRICT, &l, &ret->problems);
    if (!taglist_is_version(text, "v", "smtpscan1"))
        complain(&r, 0, "it does not begin with v=smtpscan1");
    for (size_t i = 0; i < l.count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            is_known = is_known || octets_is_equal(l.tags[i].name, octets_of(known[k]));
        if (!is_known)
            complain(&r, l.tags[i].at, "an unknown tag, which may limit the consent");
    }
    read_key(&r);
    read_checks(&r);
    read_until(&r);
}

/* ---- writing ---- */

void consent_append(struct buf *out, const uint8_t key[CONSENT_KEY_OCTETS], struct octets checks,
                    struct octets date)
{
    buf_append_text(out, "v=smtpscan1; key=");
    buf_append_hex(out, (struct octets){key, CONSENT_KEY_OCTETS});
    buf_append_text(out, "; checks=");
    buf_append(out, checks);
    buf_append_text(out, "; until=");
    buf_append(out, date);
}

/* ---- the question ---- */

const char *consent_answer_words(enum consent_answer a)
{
#define X(id, words) words,
    static const char *const words[CONSENT_ANSWER__COUNT] = {CONSENT_ANSWER_MAP(X)};
#undef X
    return words[a];
}

static bool is_owned_by(struct octets owner, struct octets name)
{
    struct octets prefix = OCTETS(CONSENT_PREFIX);
    return name.size && octets_has_prefix_nocase(owner, prefix) &&
           octets_is_equal_nocase(octets_sub(owner, prefix.size, owner.size), name);
}

static bool names_check(const struct consent_record *r, struct octets check)
{
    bool found = !check.size;
    for (size_t i = 0; i < r->check_count && !found; i++)
        found = octets_is_equal(r->checks[i], check);
    return found;
}

enum consent_answer consent_is_given(const struct consent_question *q)
{
    struct consent_record r, ours;
    size_t records = 0, of_ours = 0;
    if (!is_owned_by(q->owner, q->name))
        return CONSENT_OTHER_NAME;
    for (size_t i = 0; i < q->text_count; i++) {
        if (!consent_is_record(q->texts[i]))
            continue;
        records++;
        consent_parse(q->texts[i], &r);
        if (memcmp(r.key, q->key, sizeof r.key) != 0)
            continue;
        ours = r;
        of_ours++;
    }
    if (!records)
        return CONSENT_MISSING;
    if (of_ours != 1)
        return of_ours ? CONSENT_SEVERAL : CONSENT_OTHER_KEY;
    if (ours.problems.has_fatal)
        return CONSENT_MALFORMED;
    if (q->now_ms > ours.until_ms)
        return CONSENT_EXPIRED;
    return names_check(&ours, q->check) ? CONSENT_GIVEN : CONSENT_OTHER_CHECK;
}
