/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pattern.h"

#include <pcre2.h>

#include "reply.h"

struct smtp_regex {
    struct smtp_regex *next;
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

#define SUBJECT_MAX ((size_t)16 * 1024) /* octets of a reply that a regex sees */

static void regex_free(struct smtp_regex *r)
{
    pcre2_match_context_free(r->limits);
    pcre2_match_data_free(r->match);
    pcre2_code_free(r->code);
    free(r);
}

static enum err compile(struct smtp_regex_set *set, struct octets pattern, uint32_t options,
                        struct smtp_regex **ret)
{
    int number;
    PCRE2_SIZE offset;
    struct smtp_regex *r = calloc(1, sizeof *r);
    if (!r)
        return ERR_NOMEM;
    r->code = pcre2_compile(pattern.at, pattern.size, options, &number, &offset, NULL);
    if (!r->code) {
        free(r);
        return ERR_SYNTAX;
    }
    r->match = pcre2_match_data_create_from_pattern(r->code, NULL);
    r->limits = pcre2_match_context_create(NULL);
    if (!r->match || !r->limits) {
        regex_free(r);
        return ERR_NOMEM;
    }
    pcre2_set_match_limit(r->limits, 100000);
    pcre2_set_depth_limit(r->limits, 1000);
    r->next = set->first;
    set->first = r;
    *ret = r;
    return ERR_OK;
}

enum err smtp_regex_compile(struct smtp_regex_set *set, struct octets pattern,
                            struct smtp_regex **ret)
{
    return compile(set, pattern, PCRE2_MULTILINE, ret);
}

enum err smtp_regex_compile_nocase(struct smtp_regex_set *set, struct octets pattern,
                                   struct smtp_regex **ret)
{
    return compile(set, pattern, PCRE2_MULTILINE | PCRE2_CASELESS, ret);
}

/* The number of groups that took part, and the whole match; 0 when there is no match. */
static uint32_t run(const struct smtp_regex *r, struct octets text)
{
    const uint8_t *at = text.at ? text.at : (const uint8_t *)"";
    size_t jit = 0;
    /* At the first use: most patterns have none in a run.  Without a JIT it is only slower. */
    if (pcre2_pattern_info(r->code, PCRE2_INFO_JITSIZE, &jit) == 0 && jit == 0)
        (void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
    int n = pcre2_match(r->code, at, text.size, 0, 0, r->match, r->limits);
    return n > 0 ? (uint32_t)n : 0;
}

static struct octets group_of(const struct smtp_regex *r, struct octets text, uint32_t count,
                              uint32_t group)
{
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(r->match);
    return group < count && v[2 * group] != PCRE2_UNSET
               ? octets_sub(text, v[2 * group], v[2 * group + 1])
               : OCTETS_NONE;
}

bool smtp_regex_matches_numbered(const struct smtp_regex *r, struct octets text, uint32_t group,
                                 struct octets *ret_group)
{
    text = octets_sub(text, 0, SUBJECT_MAX);
    uint32_t count = run(r, text);
    if (count && ret_group)
        *ret_group = group_of(r, text, count, group);
    return count != 0;
}

bool smtp_regex_matches(const struct smtp_regex *r, struct octets text, struct octets *ret_group)
{
    return smtp_regex_matches_numbered(r, text, 1, ret_group);
}

bool smtp_regex_matches_named(const struct smtp_regex *r, struct octets text, const char *name,
                              struct octets *ret_group)
{
    PCRE2_SPTR first, last;
    text = octets_sub(text, 0, SUBJECT_MAX);
    uint32_t count = run(r, text);
    if (!count)
        return false;
    *ret_group = OCTETS_NONE;
    /* Each entry: the group's number in two octets, then its name (pcre2api). */
    int size = pcre2_substring_nametable_scan(r->code, (PCRE2_SPTR)name, &first, &last);
    for (PCRE2_SPTR entry = first; size > 0 && entry <= last && !ret_group->size; entry += size)
        *ret_group = group_of(r, text, count, (uint32_t)entry[0] << 8 | entry[1]);
    return true;
}

void smtp_regex_set_release(struct smtp_regex_set *set)
{
    while (set->first) {
        struct smtp_regex *r = set->first;
        set->first = r->next;
        regex_free(r);
    }
}

/* 2xx, 250 or *. */
static bool parse_code(struct octets word, struct smtp_pattern *p)
{
    uint64_t n;
    if (octets_is_equal(word, OCTETS("*"))) {
        p->high = 999;
        return true;
    }
    if (word.size != 3)
        return false;
    size_t digits = octets_is_equal(octets_sub(word, 1, 3), OCTETS("xx")) ? 1 : 3;
    if (!octets_to_number(octets_sub(word, 0, digits), 999, &n))
        return false;
    p->low = (uint16_t)(digits == 1 ? n * 100 : n);
    p->high = (uint16_t)(digits == 1 ? n * 100 + 99 : n);
    return true;
}

static bool looks_enhanced(struct octets word)
{
    size_t dots = 0;
    for (size_t i = 0; i < word.size; i++) {
        dots += word.at[i] == '.';
        if (!octet_is_digit(word.at[i]) && word.at[i] != '.' && word.at[i] != 'x')
            return false;
    }
    return dots == 2;
}

/* /regex/ at the start of *rest; a slash within it is written \/ */
static enum err take_regex(struct octets *rest, struct smtp_regex_set *set, struct smtp_pattern *p,
                           const char **what)
{
    size_t end = 1;
    while (end < rest->size && rest->at[end] != '/')
        end += rest->at[end] == '\\' ? 2 : 1;
    *what = "a regular expression stands between slashes and follows PCRE2";
    if (end >= rest->size)
        return ERR_SYNTAX;
    enum err e = smtp_regex_compile(set, octets_sub(*rest, 1, end), &p->regex);
    if (!e)
        *rest = octets_trim(octets_sub(*rest, end + 1, rest->size));
    return e;
}

enum err smtp_pattern_take(struct octets *rest, struct smtp_regex_set *set,
                           struct smtp_pattern *ret, const char **ret_what)
{
    struct smtp_pattern p = {0};
    struct octets left = *rest;
    struct octets word = octets_take_word(&left);
    if (octets_is_equal(word, OCTETS("closed"))) {
        p.kind = SMTP_PATTERN_CLOSED;
    } else if (octets_is_equal(word, OCTETS("timeout"))) {
        p.kind = SMTP_PATTERN_TIMEOUT;
    } else if (!parse_code(word, &p)) {
        *ret_what = "a pattern begins with a code (250), a class (2xx), '*', closed or timeout";
        return ERR_SYNTAX;
    }
    if (p.kind == SMTP_PATTERN_REPLY) {
        struct octets after = left;
        struct octets next = octets_take_word(&after);
        if (looks_enhanced(next)) {
            p.enhanced = next;
            left = after;
        }
        if (left.size && left.at[0] == '/') {
            enum err e = take_regex(&left, set, &p, ret_what);
            if (e)
                return e;
        }
    }
    *ret = p;
    *rest = left;
    return ERR_OK;
}

static bool enhanced_matches(struct octets pattern, struct octets code)
{
    if (code.size == 0)
        return false;
    for (int part = 0; part < 3; part++) {
        struct octets want = octets_take_until(&pattern, '.');
        struct octets have = octets_take_until(&code, '.');
        if (!octets_is_equal(want, OCTETS("x")) && !octets_is_equal(want, have))
            return false;
    }
    return true;
}

static bool text_matches(const struct smtp_regex *r, const struct octets *lines, size_t count)
{
    struct buf text;
    buf_init(&text, SUBJECT_MAX);
    for (size_t i = 0; i < count && !buf_error(&text); i++) {
        if (i)
            buf_append_octet(&text, '\n');
        buf_append(&text, smtp_line_text(lines[i]));
    }
    bool matches = smtp_regex_matches(r, buf_octets(&text), NULL);
    buf_release(&text);
    return matches;
}

bool smtp_pattern_matches(const struct smtp_pattern *p, const struct octets *lines, size_t count)
{
    if (p->kind != SMTP_PATTERN_REPLY || count == 0)
        return false;
    uint16_t code = smtp_line_code(lines[0]);
    if (code < p->low || code > p->high)
        return false;
    if (p->enhanced.size && !enhanced_matches(p->enhanced, smtp_line_enhanced(lines[0])))
        return false;
    return !p->regex || text_matches(p->regex, lines, count);
}
