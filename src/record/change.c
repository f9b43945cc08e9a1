/* SPDX-License-Identifier: Apache-2.0 */
#include "change.h"

#include <stdlib.h>
#include <string.h>

#include "../audit/select.h"
#include "write_parts.h"

enum { IS_CHANGE, IS_NOTED };

static const struct {
    const char *name, *words, *covers;
    bool is_noted;
    enum finding_severity severity;
} kinds[RECORD_CHANGE__COUNT] = {
#define X(id, name, is, severity, words, covers) \
    {name, words, covers, IS_##is == IS_NOTED, FINDING_##severity},
    RECORD_CHANGE_MAP(X)
#undef X
};

const char *record_change_name(enum record_change_kind k)
{
    return kinds[k].name;
}

const char *record_change_words(enum record_change_kind k)
{
    return kinds[k].words;
}

bool record_change_is_noted(enum record_change_kind k)
{
    return kinds[k].is_noted;
}

bool record_change_covers(enum record_change_kind k, struct octets finding)
{
    const struct audit_select covered = {.only = octets_of(kinds[k].covers)};
    return covered.only.size && audit_select_has(&covered, finding);
}

enum finding_severity record_change_severity(enum record_change_kind k)
{
    return kinds[k].severity;
}

/* ---- the list ---- */

enum err record_changes_add(struct record_changes *list, const struct record_change *c)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        struct record_change *at = reallocarray(list->at, room, sizeof *at);
        if (!at)
            return ERR_NOMEM;
        list->at = at;
        list->room = room;
    }
    list->at[list->count++] = *c;
    return ERR_OK;
}

/* What is merely noted is less than any change. */
static int weight(const struct record_change *c)
{
    return kinds[c->kind].is_noted ? -1 : (int)c->severity;
}

static int by_target(const void *left, const void *right)
{
    const struct record_change *a = left, *b = right;
    return octets_compare(a->target, b->target);
}

static int by_weight(const void *left, const void *right)
{
    const struct record_change *a = left, *b = right;
    int order = b->worst - a->worst;
    order = order ? order : octets_compare(a->target, b->target);
    order = order ? order : weight(b) - weight(a);
    order = order ? order : octets_compare(a->host, b->host);
    order = order ? order : octets_compare(a->address, b->address);
    order = order ? order : (int)a->port - (int)b->port;
    order = order ? order : (int)a->kind - (int)b->kind;
    return order ? order : octets_compare(a->subject, b->subject);
}

static void count(struct record_changes *list)
{
    list->changed = 0;
    memset(list->by_severity, 0, sizeof list->by_severity);
    for (size_t i = 0; i < list->count; i++)
        if (!kinds[list->at[i].kind].is_noted) {
            list->changed++;
            list->by_severity[list->at[i].severity]++;
        }
    list->noted = list->count - list->changed;
}

void record_changes_sort(struct record_changes *list)
{
    count(list);
    if (!list->count)
        return;
    qsort(list->at, list->count, sizeof *list->at, by_target);
    for (size_t begin = 0, end; begin < list->count; begin = end) {
        int worst = -1;
        for (end = begin; end < list->count && !by_target(&list->at[begin], &list->at[end]); end++)
            worst = weight(&list->at[end]) > worst ? weight(&list->at[end]) : worst;
        for (size_t i = begin; i < end; i++)
            list->at[i].worst = worst;
    }
    qsort(list->at, list->count, sizeof *list->at, by_weight);
}

void record_changes_release(struct record_changes *list)
{
    free(list->at);
    *list = (struct record_changes){0};
}

/* ---- as JSON ---- */

static void put_visible_if(struct json *j, const char *name, struct octets visible)
{
    if (visible.size)
        json_put_visible(j, name, visible);
}

enum err record_change(struct buf *out, const struct record_change *c)
{
    struct json j;
    json_put_start(&j, out);
    json_put_open_object(&j, NULL);
    json_put_text(&j, "type", "change");
    json_put_number(&j, "schema", RECORD_SCHEMA);
    json_put_text(&j, "kind", kinds[c->kind].name);
    json_put_bool(&j, "changed", !kinds[c->kind].is_noted);
    json_put_text(&j, "severity", finding_severity_name(c->severity));
    json_put_visible(&j, "target", c->target);
    put_visible_if(&j, "host", c->host);
    put_visible_if(&j, "address", c->address);
    if (c->port)
        json_put_number(&j, "port", c->port);
    put_visible_if(&j, "subject", c->subject);
    put_visible_if(&j, "before", c->before);
    put_visible_if(&j, "after", c->after);
    if (c->before_ms)
        record_put_time(&j, "before_time", c->before_ms);
    if (c->after_ms)
        record_put_time(&j, "after_time", c->after_ms);
    return record_close(&j);
}
