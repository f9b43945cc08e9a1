/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "../../src/base/escape.h"
#include "../../src/smtp/ehlo.h"
#include "../../src/smtp/reply.h"

/* What stands for what masking took away.  A line takes the first combination that masks back: an
 * identifier before ".21" must not end in a digit, a date before "(UTC)" must not take that too. */
/* clang-format off */
static const char *const dates[SCRIPT_DATES] = {
    "%a, %d %b %Y %H:%M:%S +0000", "%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S +0000 (UTC)",
    "%Y-%m-%dT%H:%M:%SZ", "%Y/%m/%d %H:%M:%S", "%d %b %Y %H:%M:%S +0000",
};
static const char *const ids[] = {"4f3b9c1d7e2a", "k8t2b6w4n1q9", "w2h7k3p9t5b1x"};
static const char *const numbers[] = {"1347062", "174"};
static const char *const ips[] = {"198.51.100.7", "2001:db8::25:7"};
/* clang-format on */
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const slots[SCRIPT_SLOT__COUNT] = {
#define X(id, text) text,
    SCRIPT_SLOT_MAP(X)
#undef X
};

/* What stands for strings that the session does not know. */
static const char *const strangers[SCRIPT_KNOWN] = {
    [SCRIPT_TEXT] = "",
    [SCRIPT_HOST] = "mail.fleet.example",
    [SCRIPT_DOMAIN] = "fleet.example",
    [SCRIPT_ME] = "unknown",
    [SCRIPT_CLIENT] = "127.0.0.1",
    [SCRIPT_SENDER] = "someone@example.com",
    [SCRIPT_RCPT] = "someone@example.com",
    [SCRIPT_TARGET] = "127.0.0.1",
};

void script_clock_set(struct script_clock *c, uint64_t unix_second)
{
    struct tm t;
    time_t now = (time_t)unix_second;
    if (c->second == unix_second || !gmtime_r(&now, &t))
        return;
    c->second = unix_second;
    for (size_t i = 0; i < SCRIPT_DATES; i++)
        c->size[i] = strftime(c->text[i], sizeof c->text[i], dates[i], &t);
}

/* ---- saying ---- */

static uint64_t stir(uint64_t *noise)
{
    uint64_t z = *noise += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    return z ^ (z >> 27);
}

/* Octets of the model's kinds: a digit for a digit, a letter up to 'f' for such a letter. */
static size_t say_like(const char *model, uint64_t *noise, uint8_t *out, size_t room)
{
    size_t n = strlen(model);
    uint64_t z = stir(noise);
    for (size_t i = 0; i < n && i < room; i++, z >>= 4) {
        uint8_t c = (uint8_t)model[i];
        bool keeps = i == 0 && octet_is_digit(c); /* "174": a 2 in front would make a reply code */
        out[i] = keeps               ? c
                 : octet_is_digit(c) ? (uint8_t)('0' + z % 10)
                 : c <= 'f'          ? (uint8_t)('a' + z % 6)
                                     : (uint8_t)('g' + z % 16);
    }
    return n < room ? n : room;
}

static size_t say_octets(struct octets o, uint8_t *out, size_t room)
{
    size_t n = o.size < room ? o.size : room;
    if (n)
        memcpy(out, o.at, n);
    return n;
}

static size_t say_part(const struct script_part *p, const struct script_values *v, uint64_t *noise,
                       uint8_t *out, size_t room)
{
    switch ((unsigned)p->slot) {
    case SCRIPT_TEXT:
        return say_octets(p->text, out, room);
    case SCRIPT_IP:
        return say_octets(octets_of(ips[p->form]), out, room);
    case SCRIPT_DATE:
        return say_octets(
            (struct octets){(const uint8_t *)v->clock->text[p->form], v->clock->size[p->form]}, out,
            room);
    case SCRIPT_ID:
        return say_like(ids[p->form], noise, out, room);
    case SCRIPT_NUMBER:
        return say_like(numbers[p->form], noise, out, room);
    case SCRIPT_ANY:
        return say_octets(OCTETS("so it is"), out, room);
    default:
        return say_octets(v->of[p->slot].size ? v->of[p->slot] : octets_of(strangers[p->slot]), out,
                          room);
    }
}

size_t script_say(const struct script *s, const struct script_values *v, uint8_t *out, size_t room)
{
    size_t size = 0;
    uint64_t noise = v->noise;
    for (size_t i = 0; i < s->part_count; i++)
        size += say_part(&s->parts[i], v, &noise, out + size, room - size);
    return size;
}

/* ---- making ---- */

/* The parts of one script while they are gathered. */
struct maker {
    struct arena *arena;
    struct script script;
    size_t room;
};

static enum err add_part(struct maker *m, struct script_part part)
{
    void *at = m->script.parts;
    if (!arena_grow(m->arena, &at, m->script.part_count, &m->room, sizeof part))
        return ERR_NOMEM;
    m->script.parts = at;
    m->script.parts[m->script.part_count++] = part;
    m->script.uses |= 1u << part.slot;
    return ERR_OK;
}

static enum err add_text(struct maker *m, struct octets visible)
{
    struct buf plain;
    struct octets copy;
    enum err e = ERR_OK;
    buf_init(&plain, visible.size + 1);
    escape_undo(&plain, visible);
    e = buf_error(&plain);
    if (!e && !arena_copy(m->arena, buf_octets(&plain), &copy))
        e = ERR_NOMEM;
    buf_release(&plain);
    return e || !copy.size ? e : add_part(m, (struct script_part){.text = copy});
}

/* The placeholder at the start of the text; TEXT when there is none. */
static enum script_slot slot_at(struct octets text)
{
    for (unsigned slot = SCRIPT_TEXT + 1; slot < SCRIPT_SLOT__COUNT; slot++)
        if (octets_has_prefix(text, octets_of(slots[slot])))
            return (enum script_slot)slot;
    return SCRIPT_TEXT;
}

/* One masked line, cut into parts. */
static enum err add_line(struct maker *m, struct octets masked)
{
    enum err e = ERR_OK;
    for (size_t at = 0; at < masked.size && !e;) {
        size_t brace = octets_find_octet(masked, '{', at);
        struct octets rest = octets_sub(masked, brace, masked.size);
        enum script_slot slot = slot_at(rest);
        bool is_doubled = octets_has_prefix(rest, OCTETS("{{"));
        e = add_text(m, octets_sub(masked, at, brace + (is_doubled ? 1 : 0)));
        if (!e && slot)
            e = add_part(m, (struct script_part){.slot = slot});
        at = brace + (is_doubled ? 2 : slot ? strlen(slots[slot]) : 1);
    }
    return e ? e : add_text(m, OCTETS("\r\n"));
}

/* A session to try a line in. */
static const struct script_values *trial(struct mask *ret_mask)
{
    static struct script_clock clock;
    static struct script_values v;
    for (unsigned i = 0; i < SCRIPT_KNOWN; i++)
        v.of[i] = octets_of(strangers[i]);
    v.of[SCRIPT_ME] = OCTETS("client.scan.example");
    v.of[SCRIPT_TARGET] = OCTETS("127.77.88.99");
    v.clock = &clock;
    v.noise = 1;
    script_clock_set(&clock, 1795318318); /* any day will do */
    *ret_mask = (struct mask){.me = v.of[SCRIPT_ME],
                              .client = v.of[SCRIPT_CLIENT],
                              .sender = v.of[SCRIPT_SENDER],
                              .target = v.of[SCRIPT_TARGET],
                              .hosts = {v.of[SCRIPT_HOST]},
                              .host_count = 1,
                              .domains = {v.of[SCRIPT_DOMAIN]},
                              .domain_count = 1};
    mask_prepare(ret_mask);
    return &v;
}

static bool masks_back(const struct script *line, struct octets masked, enum mask_form form)
{
    uint8_t said[4096];
    struct mask mask;
    struct buf again;
    const struct script_values *v = trial(&mask);
    size_t size = script_say(line, v, said, sizeof said);
    buf_init(&again, 4 * sizeof said);
    mask_line(&again, &mask, (struct octets){said, size - 2}, form);
    bool is_same = octets_is_equal(buf_octets(&again), masked);
    buf_release(&again);
    return is_same;
}

/* Gives the parts from `first` on the forms that mask back to the line; the first ones where none
 * do, which takes a text that no mask has made. */
static void choose_forms(struct maker *m, size_t first, struct octets masked, enum mask_form form)
{
    struct script line = {.parts = m->script.parts + first,
                          .part_count = m->script.part_count - first};
    const size_t all = SCRIPT_DATES * COUNT(ids) * COUNT(numbers) * COUNT(ips);
    for (size_t choice = 0; choice < all; choice++) {
        size_t id = choice % COUNT(ids), left = choice / COUNT(ids);
        size_t number = left % COUNT(numbers), more = left / COUNT(numbers);
        for (size_t i = 0; i < line.part_count; i++) {
            enum script_slot slot = line.parts[i].slot;
            line.parts[i].form = (unsigned)(slot == SCRIPT_ID       ? id
                                            : slot == SCRIPT_NUMBER ? number
                                            : slot == SCRIPT_IP     ? more % COUNT(ips)
                                            : slot == SCRIPT_DATE   ? more / COUNT(ips)
                                                                    : 0);
        }
        if (masks_back(&line, masked, form))
            return;
    }
    for (size_t i = 0; i < line.part_count; i++)
        line.parts[i].form = 0;
}

static enum err make_line(struct maker *m, struct octets masked, enum mask_form form)
{
    size_t first = m->script.part_count;
    enum err e = add_line(m, masked);
    if (!e)
        choose_forms(m, first, masked, form);
    return e;
}

/* The line, as the last of its reply or not. */
static enum err parted(struct arena *a, struct octets line, bool is_last, struct octets *ret)
{
    uint8_t *copy = arena_alloc(a, line.size + 1);
    if (!copy)
        return ERR_NOMEM;
    memcpy(copy, line.at, line.size);
    if (line.size > 3)
        copy[3] = is_last ? ' ' : '-';
    *ret = (struct octets){copy, line.size};
    return ERR_OK;
}

static bool is_left_out(const struct reaction *r, size_t line, struct octets without)
{
    return without.size && line > 0 &&
           octets_is_equal_nocase(smtp_ehlo_keyword(r->lines[line]).name, without);
}

enum err script_make(const struct reaction *r, bool is_hello, struct octets without,
                     struct arena *a, struct script *ret)
{
    struct maker m = {.arena = a, .script = {.ended = r->ended}};
    enum err e = ERR_OK;
    for (size_t i = 0; i < r->line_count && !e; i++) {
        struct octets line = r->lines[i];
        if (is_hello && is_left_out(r, i, without))
            continue;
        bool next_goes = is_hello && i + 2 == r->line_count && is_left_out(r, i + 1, without);
        if (next_goes)
            e = parted(a, line, true, &line);
        if (!e)
            e = make_line(&m, line, is_hello && i ? MASK_KEYWORD : MASK_TEXT);
    }
    if (r->reply_count)
        m.script.code =
            smtp_line_code(r->lines[r->reply_count > 1 ? r->reply_ends[r->reply_count - 2] : 0]);
    if (!e)
        *ret = m.script;
    return e;
}

enum err script_make_line(const char *line, enum facts_ended ended, struct arena *a,
                          struct script *ret)
{
    struct octets lines = octets_of(line);
    size_t end = 1;
    const struct reaction r = {
        .lines = &lines, .line_count = 1, .reply_ends = &end, .reply_count = 1, .ended = ended};
    return script_make(&r, false, OCTETS_NONE, a, ret);
}
