/* SPDX-License-Identifier: Apache-2.0 */
#include "diff.h"

#include <stdlib.h>

#include "../base/intern.h"
#include "bulk.h"
#include "compare.h"
#include "stream.h"

#define LINE_OCTETS_MAX \
    ((size_t)256 * 1024 * 1024) /* of what one record becomes while it is read */

/* A snapshot with its texts as numbers: most are the same in many. */
struct packed {
    uint32_t text[SNAPSHOT__COUNT];
    struct snapshot_plain plain;
};

/* A service or a name: where its snapshots are, counted from 1. */
struct item {
    uint32_t at[RECORD_DIFF__COUNT];
};

enum { SEEN_TARGET = 1, SEEN_ADDRESS = 2 }; /* of a text, in one of the scans */

struct side {
    struct packed *packed;
    size_t count, room;
    uint8_t *seen; /* by the number of a text */
    size_t seen_room;
    bool has_v4, has_v6, has_run, is_interrupted, has_versions;
    uint64_t answered;
    const char *version;
};

struct record_diff {
    struct arena arena, line_arena;
    struct buf lean; /* the record that is being read */
    struct audit_select select;
    struct intern texts, keys;
    struct octets *text_of; /* by number */
    size_t text_room;
    struct item *items; /* by the number of a key */
    size_t item_room;
    struct side sides[RECORD_DIFF__COUNT];
};

enum err record_diff_new(struct record_diff **ret, struct audit_select select)
{
    struct record_diff *d = calloc(1, sizeof *d);
    if (!d)
        return ERR_NOMEM;
    arena_init(&d->arena, RECORD_DIFF_OCTETS_MAX);
    arena_init(&d->line_arena, LINE_OCTETS_MAX);
    buf_init(&d->lean, SIZE_MAX);
    intern_init(&d->texts, &d->arena);
    intern_init(&d->keys, &d->arena);
    d->select = select;
    *ret = d;
    return ERR_OK;
}

void record_diff_free(struct record_diff *d)
{
    if (!d)
        return;
    for (unsigned i = 0; i < RECORD_DIFF__COUNT; i++) {
        free(d->sides[i].packed);
        free(d->sides[i].seen);
    }
    free(d->items);
    free(d->text_of);
    buf_release(&d->lean);
    arena_release(&d->line_arena);
    arena_release(&d->arena);
    free(d);
}

/* ---- packing ---- */

/* Room for the item at `index`; what is new is zero. */
static bool make_room(void **items, size_t *room, size_t index, size_t octets_each)
{
    if (index < *room)
        return true;
    size_t more = index < 512 ? 1024 : index * 2;
    void *moved = reallocarray(*items, more, octets_each);
    if (!moved)
        return false;
    memset((uint8_t *)moved + *room * octets_each, 0, (more - *room) * octets_each);
    *items = moved;
    *room = more;
    return true;
}

/* 0 when memory is out, and for no text at all, which *ok tells apart. */
static uint32_t number_of(struct record_diff *d, struct octets text, bool *ok)
{
    if (!text.size)
        return 0;
    uint32_t number = intern_add(&d->texts, text);
    *ok =
        *ok && number && make_room((void **)&d->text_of, &d->text_room, number, sizeof *d->text_of);
    if (!*ok)
        return 0;
    if (!d->text_of[number].size)
        d->text_of[number] = intern_text(&d->texts, text);
    return number;
}

static void unpack(const struct record_diff *d, const struct packed *p, struct snapshot *ret)
{
    ret->plain = p->plain;
    for (unsigned i = 0; i < SNAPSHOT__COUNT; i++)
        ret->text[i] = p->text[i] ? d->text_of[p->text[i]] : OCTETS_NONE;
}

static bool mark(struct side *s, uint32_t text, uint8_t how)
{
    if (!make_room((void **)&s->seen, &s->seen_room, text, 1))
        return false;
    s->seen[text] |= how;
    return true;
}

static bool has_seen(const struct side *s, uint32_t text, uint8_t how)
{
    return text < s->seen_room && s->seen[text] & how;
}

/* The address and port of a service, the text of a name: HT and LF are in neither. */
static struct item *item_of(struct record_diff *d, const struct snapshot *s)
{
    struct buf key;
    buf_init(&key, 2 * SNAPSHOT_VALUE_MAX);
    buf_append(&key, s->text[s->plain.port ? SNAPSHOT_ADDRESS : SNAPSHOT_TARGET]);
    buf_append_format(&key, "\t%u", s->plain.port);
    uint32_t number = buf_error(&key) ? 0 : intern_add(&d->keys, buf_octets(&key));
    buf_release(&key);
    if (!number || !make_room((void **)&d->items, &d->item_room, number, sizeof *d->items))
        return NULL;
    return &d->items[number];
}

static enum err keep(struct record_diff *d, enum record_diff_side which, const struct snapshot *s)
{
    struct side *side = &d->sides[which];
    struct item *item = item_of(d, s);
    struct packed p = {.plain = s->plain};
    bool ok = item != NULL;
    for (unsigned i = 0; i < SNAPSHOT__COUNT; i++)
        p.text[i] = number_of(d, s->text[i], &ok);
    ok = ok && mark(side, p.text[SNAPSHOT_TARGET], SEEN_TARGET) &&
         mark(side, p.text[SNAPSHOT_ADDRESS], SEEN_ADDRESS) &&
         make_room((void **)&side->packed, &side->room, side->count, sizeof *side->packed);
    if (!ok)
        return ERR_NOMEM;
    uint32_t old = item->at[which];
    bool is_answered = p.plain.outcome == FACTS_OUTCOME_ANSWERED;
    if (!old)
        item->at[which] = (uint32_t)++side->count;
    else if (!is_answered && side->packed[old - 1].plain.outcome == FACTS_OUTCOME_ANSWERED)
        return ERR_OK;
    side->packed[item->at[which] - 1] = p;
    return ERR_OK;
}

/* ---- taking ---- */

/* The last line of a scan, or of a part of it.  A scan that was killed has none. */
static enum err take_run(struct record_diff *d, struct side *s, const json_t *record)
{
    const char *version = json_string_value(json_object_get(record, "version"));
    bool is_interrupted = json_is_true(json_object_get(record, "interrupted"));
    bool goes_on = json_integer_value(json_object_get(record, "part")) > 1;
    s->is_interrupted = is_interrupted || (s->is_interrupted && !goes_on);
    s->has_run = true;
    if (!version || s->has_versions)
        return ERR_OK;
    if (s->version && strcmp(s->version, version) != 0) {
        s->has_versions = true;
        s->version = NULL;
        return ERR_OK;
    }
    s->version = arena_copy_text(&d->arena, octets_of(version));
    return s->version ? ERR_OK : ERR_NOMEM;
}

static enum err take(struct record_diff *d, enum record_diff_side which, const json_t *record,
                     struct octets findings)
{
    struct side *side = &d->sides[which];
    struct snapshot s;
    enum snapshot_type type;
    enum err e = snapshot_take(record, findings, &d->line_arena, &type, &s);
    if (e || type == SNAPSHOT_OTHER)
        return e;
    if (type == SNAPSHOT_RUN)
        return take_run(d, side, record);
    if (type == SNAPSHOT_SERVICE && !s.plain.port)
        return ERR_SYNTAX;
    if (type == SNAPSHOT_SERVICE) {
        bool is_v6 =
            octets_find_octet(s.text[SNAPSHOT_ADDRESS], ':', 0) < s.text[SNAPSHOT_ADDRESS].size;
        side->has_v6 = side->has_v6 || is_v6;
        side->has_v4 = side->has_v4 || !is_v6;
        side->answered += s.plain.outcome == FACTS_OUTCOME_ANSWERED;
    }
    return keep(d, which, &s);
}

enum err record_diff_add(struct record_diff *d, enum record_diff_side side, struct octets line)
{
    struct record_lean lean;
    buf_clear(&d->lean);
    enum err e = record_lean_of(line, &d->lean, &lean);
    json_t *record = e ? NULL : record_stream_parse(lean.line);
    if (!e)
        e = record ? take(d, side, record, lean.findings) : ERR_SYNTAX;
    json_decref(record);
    arena_release(&d->line_arena);
    return e;
}

uint64_t record_diff_answered(const struct record_diff *d, enum record_diff_side side)
{
    return d->sides[side].answered;
}

const char *record_diff_version(const struct record_diff *d, enum record_diff_side side)
{
    return d->sides[side].version;
}

/* ---- what only one scan has ---- */

/* What the other scan had of the name that led to it. */
static const struct packed *name_of(const struct record_diff *d, enum record_diff_side side,
                                    struct octets target)
{
    struct buf key;
    buf_init(&key, 2 * SNAPSHOT_VALUE_MAX);
    buf_append(&key, target);
    buf_append_text(&key, "\t0");
    uint32_t number = intern_find(&d->keys, buf_octets(&key));
    buf_release(&key);
    uint32_t at = number == INTERN_UNSEEN ? 0 : d->items[number].at[side];
    return at ? &d->sides[side].packed[at - 1] : NULL;
}

/*
 * Why a service that one scan has is not in the other: TRUE where that one asked for its name, at
 * all its addresses, and was not led there.  Else it was not asked for, or DNS did not tell.
 */
static bool is_left_out(const struct record_diff *d, enum record_diff_side other,
                        const struct packed *p, enum record_change_kind *ret_instead)
{
    const struct side *s = &d->sides[other];
    struct octets address = d->text_of[p->text[SNAPSHOT_ADDRESS]];
    bool is_v6 = octets_find_octet(address, ':', 0) < address.size;
    *ret_instead =
        other == RECORD_DIFF_SECOND ? RECORD_CHANGE_NOT_IN_SECOND : RECORD_CHANGE_NOT_IN_FIRST;
    if (s->is_interrupted || !s->has_run || p->plain.is_network ||
        (is_v6 ? !s->has_v6 : !s->has_v4) || has_seen(s, p->text[SNAPSHOT_ADDRESS], SEEN_ADDRESS) ||
        !has_seen(s, p->text[SNAPSHOT_TARGET], SEEN_TARGET))
        return false;
    const struct packed *name = name_of(d, other, d->text_of[p->text[SNAPSHOT_TARGET]]);
    if (!name || name->plain.outcome == FACTS_OUTCOME_NO_SUCH_NAME ||
        name->plain.outcome == FACTS_OUTCOME_NO_ADDRESS ||
        name->plain.outcome == FACTS_OUTCOME_NO_MAIL)
        return true;
    *ret_instead = RECORD_CHANGE_NOT_REACHED;
    return name->plain.outcome == FACTS_OUTCOME_ANSWERED && !name->plain.is_partial;
}

/* A service or name that only the scan `side` has; a service that did not answer is no loss. */
static void tell_single(const struct record_diff *d, struct compare *c, enum record_diff_side side,
                        const struct packed *p)
{
    struct snapshot s;
    bool is_first = side == RECORD_DIFF_FIRST;
    enum record_diff_side other = is_first ? RECORD_DIFF_SECOND : RECORD_DIFF_FIRST;
    enum record_change_kind kind =
        is_first ? RECORD_CHANGE_NOT_IN_SECOND : RECORD_CHANGE_NOT_IN_FIRST;
    unpack(d, p, &s);
    if (compare_sight(&s) != COMPARE_ANSWERED)
        return;
    c->before = is_first ? &s : NULL;
    c->after = is_first ? NULL : &s;
    if (!p->plain.port && has_seen(&d->sides[other], p->text[SNAPSHOT_TARGET], SEEN_TARGET))
        kind = RECORD_CHANGE_NOT_REACHED; /* it was taken for a host */
    if (p->plain.port && is_left_out(d, other, p, &kind))
        kind = is_first ? RECORD_CHANGE_SERVICE_GONE : RECORD_CHANGE_SERVICE_NEW;
    compare_tell(c, kind, is_first ? s.text[SNAPSHOT_PRODUCT] : OCTETS_NONE,
                 is_first ? OCTETS_NONE : s.text[SNAPSHOT_PRODUCT]);
}

/* ---- services that moved ---- */

/* Of one name, port and family: who is in one scan alone.  Only where it is one each did it move. */
struct move {
    uint32_t key[RECORD_DIFF__COUNT]; /* of the item */
    uint32_t count[RECORD_DIFF__COUNT];
};

struct moves {
    struct intern names;
    struct move *at;
    size_t room;
};

static bool is_single(const struct item *i)
{
    return !i->at[RECORD_DIFF_FIRST] != !i->at[RECORD_DIFF_SECOND];
}

static const struct packed *packed_of(const struct record_diff *d, const struct item *i,
                                      enum record_diff_side side)
{
    return i->at[side] ? &d->sides[side].packed[i->at[side] - 1] : NULL;
}

static struct move *move_of(const struct record_diff *d, struct moves *m, const struct packed *p)
{
    struct octets host = d->text_of[p->text[SNAPSHOT_HOST]],
                  address = d->text_of[p->text[SNAPSHOT_ADDRESS]];
    struct buf name;
    buf_init(&name, 2 * SNAPSHOT_VALUE_MAX);
    buf_append(&name, host);
    bool is_v6 = octets_find_octet(address, ':', 0) < address.size;
    buf_append_format(&name, "\t%u\t%d", p->plain.port, is_v6 ? 6 : 4);
    uint32_t number = buf_error(&name) ? 0 : intern_add(&m->names, buf_octets(&name));
    buf_release(&name);
    if (!number || !make_room((void **)&m->at, &m->room, number, sizeof *m->at))
        return NULL;
    return &m->at[number];
}

static enum err gather_moves(struct record_diff *d, struct moves *m)
{
    for (uint32_t key = 1; key <= d->keys.count; key++) {
        const struct item *i = &d->items[key];
        if (!is_single(i))
            continue;
        enum record_diff_side side =
            i->at[RECORD_DIFF_FIRST] ? RECORD_DIFF_FIRST : RECORD_DIFF_SECOND;
        const struct packed *p = packed_of(d, i, side);
        if (!p->plain.port || !p->text[SNAPSHOT_HOST] || p->plain.is_network)
            continue;
        struct move *move = move_of(d, m, p);
        if (!move)
            return ERR_NOMEM;
        move->key[side] = key;
        move->count[side]++;
    }
    return ERR_OK;
}

static void compare_pair(const struct record_diff *d, struct compare *c,
                         const struct packed *before, const struct packed *after)
{
    struct snapshot was, is;
    unpack(d, before, &was);
    unpack(d, after, &is);
    c->before = &was;
    c->after = &is;
    if (before->text[SNAPSHOT_ADDRESS] != after->text[SNAPSHOT_ADDRESS])
        compare_tell(c, RECORD_CHANGE_SERVICE_MOVED, was.text[SNAPSHOT_ADDRESS],
                     is.text[SNAPSHOT_ADDRESS]);
    if (before->plain.port)
        compare_services(c);
    else
        compare_domains(c);
}

/* Joins the two items that are one service: then neither is single any more. */
static void compare_moved(struct record_diff *d, struct moves *m, struct compare *c)
{
    for (size_t i = 1; i <= m->names.count && !c->error; i++) {
        const struct move *move = &m->at[i];
        if (move->count[RECORD_DIFF_FIRST] != 1 || move->count[RECORD_DIFF_SECOND] != 1)
            continue;
        struct item *first = &d->items[move->key[RECORD_DIFF_FIRST]],
                    *second = &d->items[move->key[RECORD_DIFF_SECOND]];
        compare_pair(d, c, packed_of(d, first, RECORD_DIFF_FIRST),
                     packed_of(d, second, RECORD_DIFF_SECOND));
        *first = *second = (struct item){0};
    }
}

/* ---- all ---- */

static void compare_all(const struct record_diff *d, struct compare *c)
{
    for (uint32_t key = 1; key <= d->keys.count && !c->error; key++) {
        const struct packed *first = packed_of(d, &d->items[key], RECORD_DIFF_FIRST),
                            *second = packed_of(d, &d->items[key], RECORD_DIFF_SECOND);
        if (first && second)
            compare_pair(d, c, first, second);
        else if (first)
            tell_single(d, c, RECORD_DIFF_FIRST, first);
        else if (second)
            tell_single(d, c, RECORD_DIFF_SECOND, second);
    }
}

enum err record_diff_finish(struct record_diff *d, struct record_changes *ret)
{
    struct record_changes changes = {0};
    struct compare c = {.select = d->select, .arena = &d->arena, .out = &changes};
    struct moves moves = {0};
    intern_init(&moves.names, &d->line_arena);
    c.error = gather_moves(d, &moves);
    if (!c.error)
        compare_moved(d, &moves, &c);
    free(moves.at);
    arena_release(&d->line_arena);
    if (!c.error)
        compare_all(d, &c);
    if (c.error) {
        record_changes_release(&changes);
        return c.error;
    }
    record_changes_sort(&changes);
    *ret = changes;
    return ERR_OK;
}
