/* SPDX-License-Identifier: Apache-2.0 */
#include "mtasts.h"

#include "name.h"
#include "taglist.h"

#define ID_OCTETS 32

/* ---- the record ---- */

bool mtasts_is_record(struct octets text)
{
    return octets_has_prefix(text, OCTETS("v=STSv1")) && taglist_is_version(text, "v", "STSv1") &&
           octets_find_octet(text, ';', 0) < text.size;
}

bool mtasts_is_nearly(struct octets text)
{
    return octets_has_prefix_nocase(octets_trim(text), OCTETS("v=sts")) && !mtasts_is_record(text);
}

/* The first octet that is neither a letter nor a digit. */
static size_t find_odd(struct octets o)
{
    size_t i = 0;
    while (i < o.size && (octet_is_alpha(o.at[i]) || octet_is_digit(o.at[i])))
        i++;
    return i;
}

void mtasts_parse(struct octets text, struct mtasts_record *ret)
{
    struct taglist l;
    *ret = (struct mtasts_record){.text = text};
    taglist_parse(text, TAGLIST_BARE, &l, &ret->problems);
    taglist_check_extensions(&l, "id", &ret->problems);
    const struct taglist_tag *id = taglist_find(&l, "id");
    if (!id || id->value.size == 0) {
        dns_problem_add(&ret->problems, true, id ? id->value_at : text.size, "no id");
        return;
    }
    size_t odd = find_odd(id->value);
    ret->id = id->value;
    if (odd < id->value.size)
        dns_problem_add(&ret->problems, true, id->value_at + odd, "neither a letter nor a digit");
    else if (id->value.size > ID_OCTETS)
        dns_problem_add(&ret->problems, true, id->value_at, "an id of more than 32 characters");
}

/* ---- the policy ---- */

struct reading {
    struct octets text, key, value;
    struct mtasts_policy *policy;
    bool has_version, has_mode, has_max_age;
};

static size_t place(const struct reading *r, struct octets part)
{
    return part.size ? (size_t)(part.at - r->text.at)
                     : (size_t)(r->key.at - r->text.at) + r->key.size;
}

static void complain(const struct reading *r, bool is_fatal, struct octets part, const char *what)
{
    dns_problem_add(&r->policy->problems, is_fatal, place(r, part), what);
}

/* Whether the field was there before; it is passed over then. */
static bool is_again(const struct reading *r, bool *has)
{
    if (*has)
        complain(r, false, r->key, "the field stands there twice");
    bool had = *has;
    *has = true;
    return had;
}

static void read_mode(const struct reading *r)
{
    static const struct octets modes[] = {
        [MTASTS_NONE] = OCTETS_INIT("none"),
        [MTASTS_TESTING] = OCTETS_INIT("testing"),
        [MTASTS_ENFORCE] = OCTETS_INIT("enforce"),
    };
    for (size_t m = MTASTS_NONE; m <= MTASTS_ENFORCE; m++)
        if (octets_is_equal(r->value, modes[m]))
            r->policy->mode = (enum mtasts_mode)m;
    if (r->policy->mode == MTASTS_ABSENT)
        complain(r, true, r->value, "not a mode");
}

/* 1*10(DIGIT) */
static void read_max_age(const struct reading *r)
{
    uint64_t n = 0;
    if (r->value.size > 10 || !octets_to_number(r->value, UINT64_MAX, &n))
        complain(r, true, r->value, "not a number of seconds");
    else if (n > MTASTS_MAX_AGE_MAX_S)
        complain(r, false, r->value, "more than a year");
    r->policy->max_age_s = n < MTASTS_MAX_AGE_MAX_S ? (uint32_t)n : MTASTS_MAX_AGE_MAX_S;
}

/* Domain of RFC 5321 s4.1.2: no underscores, no dot at the end, U-labels least of all. */
static bool is_host(struct octets name)
{
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.at[i], next = i + 1 < name.size ? name.at[i + 1] : '.';
        bool is_edge = i == 0 || name.at[i - 1] == '.' || next == '.';
        if (!octet_is_alpha(c) && !octet_is_digit(c) && c != '.' && (c != '-' || is_edge))
            return false;
    }
    return dns_name_is_valid(name);
}

/* sts-policy-mx-value = ["*."] Domain */
static void read_mx(const struct reading *r)
{
    struct octets host = r->value;
    if (octets_has_prefix(host, OCTETS("*.")))
        host = octets_sub(host, 2, host.size);
    if (!is_host(host))
        complain(r, true, r->value, "not the pattern of an exchange");
    else if (r->policy->mx_count == MTASTS_MX_MAX)
        complain(r, false, r->value, "too many exchanges");
    else
        r->policy->mx[r->policy->mx_count++] = r->value;
}

/* sts-policy-extension: a value of at least one character, and no control characters. */
static bool is_extension(const struct reading *r)
{
    for (size_t i = 0; i < r->value.size; i++)
        if (r->value.at[i] < ' ' || r->value.at[i] == 0x7f)
            return false;
    return taglist_is_extension(r->key) && r->value.size > 0;
}

static void read_field(struct reading *r)
{
    if (octets_is_equal(r->key, OCTETS("version"))) {
        if (!is_again(r, &r->has_version) && !octets_is_equal(r->value, OCTETS("STSv1")))
            complain(r, true, r->value, "not the version of MTA-STS");
    } else if (octets_is_equal(r->key, OCTETS("mode"))) {
        if (!is_again(r, &r->has_mode))
            read_mode(r);
    } else if (octets_is_equal(r->key, OCTETS("max_age"))) {
        if (!is_again(r, &r->has_max_age))
            read_max_age(r);
    } else if (octets_is_equal(r->key, OCTETS("mx"))) {
        read_mx(r);
    } else if (!is_extension(r)) {
        complain(r, false, r->key, "not a field and its value");
    }
}

static void read_line(struct reading *r, struct octets line)
{
    size_t colon = octets_find_octet(line, ':', 0);
    r->key = octets_sub(line, 0, colon);
    if (colon == line.size || colon == 0) {
        r->key = line;
        complain(r, true, line, "not a field and its value");
        return;
    }
    r->value = octets_trim(octets_sub(line, colon + 1, line.size));
    read_field(r);
}

/* What must be there (s3.2). */
static void check_fields(struct reading *r)
{
    struct dns_problems *p = &r->policy->problems;
    if (!r->has_version)
        dns_problem_add(p, true, r->text.size, "no version");
    if (!r->has_mode)
        dns_problem_add(p, true, r->text.size, "no mode");
    if (!r->has_max_age)
        dns_problem_add(p, true, r->text.size, "no max_age");
    if (r->policy->mx_count == 0 && r->policy->mode != MTASTS_NONE)
        dns_problem_add(p, true, r->text.size, "no mx");
}

void mtasts_parse_policy(struct octets text, struct mtasts_policy *ret)
{
    struct reading r = {.text = octets_sub(text, 0, MTASTS_POLICY_OCTETS), .policy = ret};
    struct octets rest = r.text;
    *ret = (struct mtasts_policy){0};
    if (text.size > MTASTS_POLICY_OCTETS)
        dns_problem_add(&ret->problems, true, MTASTS_POLICY_OCTETS, "more than 64 kilobytes");
    while (rest.size) {
        struct octets line = octets_take_until(&rest, '\n');
        while (line.size && strchr(" \t\r", line.at[line.size - 1]) && line.at[line.size - 1])
            line.size--;
        if (line.size)
            read_line(&r, line);
    }
    check_fields(&r);
}

/* ---- exchanges ---- */

bool mtasts_is_match(struct octets pattern, struct octets host)
{
    host = dns_name_without_dot(host);
    if (!octets_has_prefix(pattern, OCTETS("*.")))
        return octets_is_equal_nocase(pattern, host);
    size_t dot = octets_find_octet(host, '.', 0);
    return dot > 0 && octets_is_equal_nocase(octets_sub(pattern, 2, pattern.size),
                                             octets_sub(host, dot + 1, host.size));
}

bool mtasts_is_allowed(const struct mtasts_policy *p, struct octets host)
{
    for (size_t i = 0; i < p->mx_count; i++)
        if (mtasts_is_match(p->mx[i], host))
            return true;
    return false;
}
