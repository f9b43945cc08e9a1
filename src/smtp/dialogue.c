/* SPDX-License-Identifier: Apache-2.0 */
#include "dialogue.h"

#include "../base/escape.h"

#define S(kind) (1u << DIALOGUE_##kind)
#define ASKING  (S(STIMULUS) | S(CHECK))

/* clang-format off */
static const struct {
    const char *text;
    unsigned kinds; /* in which it may stand */
} words[DIALOGUE_WORD__COUNT] = {
    [DIALOGUE_CLIENT]     = {"C:", ASKING | S(SPECIMEN) | S(PEER)},
    [DIALOGUE_CLIENT_RAW] = {"C=", ASKING | S(SPECIMEN) | S(PEER)},
    [DIALOGUE_SERVER]     = {"S:", ASKING | S(SPECIMEN) | S(PEER)},
    [DIALOGUE_SERVER_RAW] = {"S=", S(PEER)},
    [DIALOGUE_NEXT]       = {"next", ASKING | S(SPECIMEN)},
    [DIALOGUE_SECTION]    = {"@", S(SPECIMEN)},
    [DIALOGUE_TLS]        = {"tls", ASKING | S(PEER)},
    [DIALOGUE_WITHIN]     = {"within", ASKING},
    [DIALOGUE_REPEAT]     = {"repeat", ASKING},
    [DIALOGUE_END]        = {"end", S(CHECK)},
    [DIALOGUE_VERDICT]    = {"verdict", S(CHECK)},
    [DIALOGUE_EACH]       = {"each", S(CHECK)},
    [DIALOGUE_WAIT]       = {"wait", S(PEER)},
    [DIALOGUE_SPLIT]      = {"split", S(PEER)},
    [DIALOGUE_FLOOD]      = {"flood", S(PEER)},
    [DIALOGUE_CLOSE]      = {"close", S(PEER)},
    [DIALOGUE_RESET]      = {"reset", S(PEER)},
    [DIALOGUE_CLOSED]     = {"closed", S(SPECIMEN)},
    [DIALOGUE_TIMEOUT]    = {"timeout", S(SPECIMEN)},
};

static const struct {
    const char *key;
    unsigned kinds;
} keys[] = {
    {"about",      S(STIMULUS) | S(PEER)}, {"class",   ASKING},      {"state",  ASKING},
    {"errors",     ASKING},                {"source",  ASKING},      {"needs",  ASKING},
    {"product",    S(SPECIMEN)},           {"vendor",  S(SPECIMEN)}, {"version", S(SPECIMEN)},
    {"front",      S(SPECIMEN)},           {"build",   S(SPECIMEN)}, {"config", S(SPECIMEN)},
    {"kind",       S(SPECIMEN)},           {"seen",    S(SPECIMEN)}, {"origin", S(SPECIMEN)},
    {"cpe",        S(SPECIMEN)},           {"masks",   S(SPECIMEN)},
    {"title",      S(CHECK)},              {"severity", S(CHECK)},   {"remedy", S(CHECK)},
    {"means",      S(CHECK)},              {"configure", S(CHECK)},  {"again",  S(CHECK)},
    {"seen-at",    S(CHECK)},              {"slowed",  S(CHECK)},    {"connection", S(CHECK)},
};

static const char *const kinds[DIALOGUE__COUNT] = {"stimulus", "specimen", "check", "peer"};
/* clang-format on */

enum err dialogue_problem_set(struct dialogue_problem *p, unsigned line, const char *what,
                              struct octets detail)
{
    struct buf shown;
    buf_init(&shown, 64);
    escape_visible(&shown, octets_sub(detail, 0, 40));
    p->line = line;
    snprintf(p->text, sizeof p->text, detail.size ? "%s: %.*s" : "%s", what, (int)shown.size,
             shown.size ? (const char *)shown.data : "");
    buf_release(&shown);
    return ERR_SYNTAX;
}

static enum err parse_kind(struct octets line, unsigned number, struct dialogue *d,
                           struct dialogue_problem *p)
{
    struct octets rest = line;
    struct octets first = octets_take_word(&rest);
    unsigned kind = 0;
    while (kind < DIALOGUE__COUNT && !octets_is_equal(first, octets_of(kinds[kind])))
        kind++;
    if (kind == DIALOGUE__COUNT)
        return dialogue_problem_set(
            p, number, "a file begins with stimulus, specimen, check or peer, not", line);
    d->kind = (enum dialogue_kind)kind;
    d->name = octets_take_word(&rest);
    bool named = kind != DIALOGUE_SPECIMEN;
    if (named != (d->name.size > 0) || rest.size)
        return dialogue_problem_set(
            p, number, named ? "one name goes with the first word" : "a specimen has no name",
            line);
    return ERR_OK;
}

static bool is_word(struct octets line, struct octets word)
{
    if (!octets_has_prefix(line, word))
        return false;
    return line.size == word.size || line.at[word.size] == ' ' || line.at[word.size] == '\t';
}

/* The body word that begins the line; DIALOGUE_WORD__COUNT when there is none. */
static enum dialogue_word find_word(struct octets line)
{
    for (unsigned i = 0; i < DIALOGUE_WORD__COUNT; i++)
        if (line.at[0] == (uint8_t)words[i].text[0] && is_word(line, octets_of(words[i].text)))
            return (enum dialogue_word)i;
    return DIALOGUE_WORD__COUNT;
}

static bool key_is_known(struct octets key, enum dialogue_kind kind)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].kinds & 1u << kind && octets_is_equal(key, octets_of(keys[i].key)))
            return true;
    return false;
}

struct rooms {
    size_t headers, lines;
};

static enum err parse_header(struct octets line, unsigned number, struct arena *a,
                             struct dialogue *d, struct rooms *rooms)
{
    void *at = d->headers;
    if (!arena_grow(a, &at, d->header_count, &rooms->headers, sizeof *d->headers))
        return ERR_NOMEM;
    d->headers = at;
    struct octets rest = line;
    struct octets key = octets_take_word(&rest);
    d->headers[d->header_count++] =
        (struct dialogue_header){.key = key, .value = rest, .number = number};
    return ERR_OK;
}

static enum err parse_body(const struct dialogue_line *line, struct arena *a, struct dialogue *d,
                           struct rooms *rooms)
{
    void *at = d->lines;
    if (!arena_grow(a, &at, d->line_count, &rooms->lines, sizeof *d->lines))
        return ERR_NOMEM;
    d->lines = at;
    d->lines[d->line_count++] = *line;
    return ERR_OK;
}

/* One line that is neither empty nor a comment. */
static enum err parse_line(struct octets line, unsigned number, struct arena *a, struct dialogue *d,
                           struct rooms *rooms, struct dialogue_problem *p)
{
    if (d->kind == DIALOGUE__COUNT)
        return parse_kind(line, number, d, p);
    enum dialogue_word word = find_word(line);
    if (word != DIALOGUE_WORD__COUNT && words[word].kinds & 1u << d->kind) {
        struct octets text = octets_sub(line, strlen(words[word].text) + 1, line.size);
        return parse_body(&(struct dialogue_line){.word = word, .number = number, .text = text}, a,
                          d, rooms);
    }
    struct octets rest = line;
    struct octets key = octets_take_word(&rest);
    if (key_is_known(key, d->kind)) {
        if (d->line_count)
            return dialogue_problem_set(p, number, "headers stand before the dialogue", line);
        if (rest.size == 0)
            return dialogue_problem_set(p, number, "a header has a value", line);
        return parse_header(line, number, a, d, rooms);
    }
    return dialogue_problem_set(p, number, "unknown word in this kind of file", key);
}

enum err dialogue_parse(struct octets text, struct arena *a, struct dialogue *ret,
                        struct dialogue_problem *ret_problem)
{
    struct dialogue d = {.kind = DIALOGUE__COUNT};
    struct rooms rooms = {0};
    unsigned number = 0;
    while (text.size) {
        struct octets line = octets_take_until(&text, '\n');
        number++;
        if (line.size && line.at[line.size - 1] == '\r')
            line.size--;
        if (octets_trim(line).size == 0 || line.at[0] == '#')
            continue;
        enum err e = parse_line(line, number, a, &d, &rooms, ret_problem);
        if (e)
            return e;
    }
    if (d.kind == DIALOGUE__COUNT)
        return dialogue_problem_set(ret_problem, number, "an empty file", OCTETS_NONE);
    *ret = d;
    return ERR_OK;
}

struct octets dialogue_header(const struct dialogue *d, const char *key, size_t *from)
{
    for (size_t i = from ? *from : 0; i < d->header_count; i++) {
        if (!octets_is_equal(d->headers[i].key, octets_of(key)))
            continue;
        if (from)
            *from = i + 1;
        return d->headers[i].value;
    }
    if (from)
        *from = d->header_count;
    return OCTETS_NONE;
}

/* The octet that an escape stands for; *size octets of `o` (behind the backslash) are used.  False:
 * no such escape. */
static bool take_escape(struct octets o, uint8_t *ret, size_t *size)
{
    static const char plain[] = "r\rn\nt\t\\\\\"\"";
    if (o.size == 0)
        return false;
    *size = 1;
    for (size_t i = 0; i + 1 < sizeof plain; i += 2) {
        if (o.at[0] != (uint8_t)plain[i])
            continue;
        *ret = (uint8_t)plain[i + 1];
        return true;
    }
    if (o.at[0] == '0') {
        *ret = 0;
        return true;
    }
    if (o.at[0] != 'x' || o.size < 3 || !octet_is_hex(o.at[1]) || !octet_is_hex(o.at[2]))
        return false;
    *ret = (uint8_t)(octet_hex_value(o.at[1]) * 16 + octet_hex_value(o.at[2]));
    *size = 3;
    return true;
}

enum err dialogue_take_quoted(struct octets *rest, struct arena *a, struct octets *ret)
{
    struct octets o = octets_trim(*rest);
    if (o.size < 2 || o.at[0] != '"')
        return ERR_SYNTAX;
    uint8_t *out = arena_alloc(a, o.size);
    if (!out)
        return ERR_NOMEM;
    size_t n = 0, at = 1;
    while (at < o.size && o.at[at] != '"') {
        size_t used = 0;
        if (o.at[at] != '\\') {
            out[n++] = o.at[at++];
            continue;
        }
        if (!take_escape(octets_sub(o, at + 1, o.size), &out[n++], &used))
            return ERR_SYNTAX;
        at += used + 1;
    }
    if (at == o.size)
        return ERR_SYNTAX;
    *rest = octets_trim(octets_sub(o, at + 1, o.size));
    *ret = (struct octets){out, n};
    return ERR_OK;
}

bool dialogue_duration(struct octets text, uint32_t *ret_ms)
{
    static const struct {
        const char *unit;
        uint32_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}};
    size_t digits = 0;
    while (digits < text.size && octet_is_digit(text.at[digits]))
        digits++;
    uint64_t n;
    if (!octets_to_number(octets_sub(text, 0, digits), 86400000, &n))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!octets_is_equal(octets_sub(text, digits, text.size), octets_of(units[i].unit)))
            continue;
        if (n * units[i].ms > 86400000)
            return false;
        *ret_ms = (uint32_t)(n * units[i].ms);
        return true;
    }
    return false;
}
