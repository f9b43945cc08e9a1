/* SPDX-License-Identifier: Apache-2.0 */
#include "seen.h"

#include <stdlib.h>
#include <string.h>

#include "../dns/mtasts.h"
#include "../smtp/ehlo.h"

#define ENTRY_OCTETS ((size_t)16 * 1024)
#define KEYWORDS_MAX 100

struct seen_entry {
    struct seen_entry *chained;
    struct arena arena;
    struct facts_seen seen;
    bool is_used, is_wanted; /* wanted: asked for since it was passed over */
};

enum err seen_ring_init(struct seen_ring *r, size_t room)
{
    *r = (struct seen_ring){.at = calloc(room, sizeof *r->at),
                            .slots = calloc(room, sizeof *r->slots),
                            .room = room,
                            .slot_count = room};
    if (r->at && r->slots)
        return ERR_OK;
    free(r->at);
    free(r->slots);
    return ERR_NOMEM;
}

static struct seen_entry **slot_of(const struct seen_ring *r, const struct address *a,
                                   uint16_t port)
{
    struct octets o = {a->octets, a->family == 4 ? 4 : sizeof a->octets};
    return &r->slots[(octets_hash(o) + port) % r->slot_count];
}

static void forget(struct seen_ring *r, struct seen_entry *e)
{
    if (!e->is_used)
        return;
    struct seen_entry **at = slot_of(r, &e->seen.address, e->seen.port);
    while (*at != e)
        at = &(*at)->chained;
    *at = e->chained;
    arena_release(&e->arena);
    e->is_used = false;
}

void seen_ring_release(struct seen_ring *r)
{
    for (size_t i = 0; r->at && i < r->room; i++)
        forget(r, &r->at[i]);
    free(r->at);
    free(r->slots);
    *r = (struct seen_ring){0};
}

const struct facts_seen *seen_find(const struct seen_ring *r, const struct address *a,
                                   uint16_t port)
{
    struct seen_entry *e = *slot_of(r, a, port);
    while (e && (e->seen.port != port || !address_is_equal(&e->seen.address, a)))
        e = e->chained;
    if (e)
        e->is_wanted = true;
    return e ? &e->seen : NULL;
}

/* ---- from a visit ---- */

static int by_octets(const void *a, const void *b)
{
    return octets_compare(*(const struct octets *)a, *(const struct octets *)b);
}

/* Keywords alone, in upper case and sorted: order and parameters (a size, a list of mechanisms) are
 * no difference that matters here. */
static bool keep_keywords(struct arena *a, const struct facts_reply *ehlo, struct octets *ret)
{
    struct octets names[KEYWORDS_MAX];
    size_t count = 0;
    struct buf text;
    for (size_t i = 1; i < ehlo->line_count && count < KEYWORDS_MAX; i++) {
        names[count] = smtp_ehlo_keyword(ehlo->lines[i]).name;
        count += names[count].size > 0;
    }
    qsort(names, count, sizeof *names, by_octets);
    buf_init(&text, 4096);
    for (size_t i = 0; i < count; i++) {
        buf_append_text(&text, i ? " " : "");
        for (size_t k = 0; k < names[i].size; k++) {
            uint8_t c = names[i].at[k];
            buf_append_octet(&text, c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c);
        }
    }
    bool ok = arena_copy(a, buf_octets(&text), ret);
    buf_release(&text);
    return ok;
}

static bool keep_certificate(struct arena *a, const struct facts_tls *t, struct facts_seen *s)
{
    size_t count = t->chain_count < FACTS_SEEN_CHAIN_MAX ? t->chain_count : FACTS_SEEN_CHAIN_MAX;
    s->chain = arena_alloc_array(a, count, sizeof *s->chain);
    if (!count)
        return true;
    s->name_count = t->chain[0].name_count < FACTS_SEEN_NAMES_MAX ? t->chain[0].name_count
                                                                  : FACTS_SEEN_NAMES_MAX;
    s->names = arena_alloc_array(a, s->name_count, sizeof *s->names);
    if (!s->chain || (s->name_count && !s->names))
        return false;
    for (size_t i = 0; i < count; i++) {
        memcpy(s->chain[i].certificate, t->chain[i].sha256, sizeof s->chain[i].certificate);
        s->chain[i].has_key = t->chain[i].has_key_sha256;
        memcpy(s->chain[i].key, t->chain[i].key_sha256, sizeof s->chain[i].key);
        s->chain[i].has_sha512 = t->chain[i].has_sha512;
        memcpy(s->chain[i].certificate512, t->chain[i].sha512, sizeof s->chain[i].certificate512);
        memcpy(s->chain[i].key512, t->chain[i].key_sha512, sizeof s->chain[i].key512);
    }
    s->chain_count = count;
    s->not_after_ms = t->chain[0].not_after_ms;
    for (size_t i = 0; i < s->name_count; i++)
        if (!arena_copy(a, t->chain[0].names[i], &s->names[i]))
            return false;
    return true;
}

static bool fill(struct seen_entry *e, const struct facts_visit *v)
{
    struct facts_seen *s = &e->seen;
    *s = (struct facts_seen){.address = v->address,
                             .port = v->port,
                             .outcome = v->outcome,
                             .has_cut = v->cut_stage != FACTS_STAGE_NONE,
                             .starttls_offered = v->starttls_offered,
                             .starttls = v->starttls,
                             .is_up = v->tls.is_up,
                             .is_implicit = v->tls.implicit,
                             .is_trusted = v->tls.trusted,
                             .name_matches = v->tls.name_matches,
                             .has_name = v->tls.has_name};
    return arena_copy(&e->arena, v->host, &s->host) &&
           arena_copy(&e->arena, octets_of(v->tls.verify_error), &s->verify_error) &&
           keep_keywords(&e->arena, &v->ehlo, &s->keywords) &&
           keep_certificate(&e->arena, &v->tls, s);
}

/* What is shared by many domains is asked for again and again. */
static struct seen_entry *next_place(struct seen_ring *r)
{
    struct seen_entry *e = &r->at[r->next];
    while (e->is_used && e->is_wanted) {
        e->is_wanted = false;
        r->next = (r->next + 1) % r->room;
        e = &r->at[r->next];
    }
    return e;
}

struct facts_seen *seen_keep(struct seen_ring *r, const struct facts_visit *v)
{
    struct seen_entry *e = next_place(r);
    forget(r, e);
    arena_init(&e->arena, ENTRY_OCTETS);
    if (!fill(e, v)) {
        arena_release(&e->arena);
        return NULL;
    }
    r->next = (r->next + 1) % r->room;
    struct seen_entry **slot = slot_of(r, &v->address, v->port);
    e->chained = *slot;
    *slot = e;
    e->is_used = true;
    e->is_wanted = false;
    return &e->seen;
}

/* ---- for a domain ---- */

static bool copy(struct facts_seen *to, const struct facts_seen *from, struct arena *a)
{
    *to = *from;
    to->names = arena_alloc_array(a, from->name_count, sizeof *to->names);
    to->chain = arena_alloc_array(a, from->chain_count, sizeof *to->chain);
    if ((from->name_count && !to->names) || (from->chain_count && !to->chain))
        return false;
    for (size_t i = 0; i < from->name_count; i++)
        if (!arena_copy(a, from->names[i], &to->names[i]))
            return false;
    if (from->chain_count)
        memcpy(to->chain, from->chain, from->chain_count * sizeof *to->chain);
    return arena_copy(a, from->keywords, &to->keywords) &&
           arena_copy(a, from->verify_error, &to->verify_error);
}

/* The same host may be known by another name elsewhere: what it showed is held against ours. */
bool seen_join(struct facts_seen *to, const struct facts_seen *from, struct octets host,
               struct arena *a)
{
    struct facts_seen s;
    if (!copy(&s, from, a))
        return false;
    s.host = host;
    if (s.is_up && host.size && !octets_is_equal_nocase(host, from->host)) {
        s.has_name = true;
        s.name_matches = false;
        for (size_t i = 0; i < s.name_count && !s.name_matches; i++)
            s.name_matches = mtasts_is_match(s.names[i], host);
    }
    *to = s;
    return true;
}

size_t seen_pack(struct facts_seen *at, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (at[i].port)
            at[kept++] = at[i];
    return kept;
}
