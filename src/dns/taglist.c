/* SPDX-License-Identifier: Apache-2.0 */
#include "taglist.h"

/* tag-name of RFC 6376 s3.2, and what RFC 8460 s3 adds for extensions. */
static bool is_name(struct octets name)
{
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.at[i];
        bool is_alphanumeric = octet_is_alpha(c) || octet_is_digit(c);
        if (!is_alphanumeric && (i == 0 || (c != '_' && c != '-' && c != '.')))
            return false;
    }
    return name.size > 0;
}

/* The first octet that is neither printable nor a blank; value.size when all are. */
static size_t find_odd(struct octets value)
{
    size_t i = 0;
    while (i < value.size && ((value.at[i] > ' ' && value.at[i] < 0x7f) ||
                              octets_trim(octets_sub(value, i, i + 1)).size == 0))
        i++;
    return i;
}

static size_t place(struct octets text, struct octets part)
{
    return part.size ? (size_t)(part.at - text.at) : 0;
}

static const char twice[] = "the tag stands there twice";

/* What is wrong with it, NULL for nothing; *at is where its text begins and then where it is wrong. */
static const char *read_tag(struct octets text, struct octets spec, struct taglist *l, size_t *at)
{
    size_t equals = octets_find_octet(spec, '=', 0);
    struct taglist_tag t = {.name = octets_trim(octets_sub(spec, 0, equals)),
                            .value = octets_trim(octets_sub(spec, equals + 1, spec.size))};
    if (equals == spec.size)
        return "a tag without an equals sign";
    if (!is_name(t.name))
        return "not the name of a tag";
    t.at = place(text, t.name);
    t.value_at = t.value.size ? place(text, t.value) : place(text, spec) + equals + 1;
    size_t odd = find_odd(t.value);
    if (odd < t.value.size) {
        *at = t.value_at + odd;
        return "not a printable ASCII character";
    }
    for (size_t i = 0; i < l->count; i++)
        if (octets_is_equal(l->tags[i].name, t.name))
            return twice;
    if (l->count == TAGLIST_TAGS_MAX)
        return "too many tags";
    l->tags[l->count++] = t;
    return NULL;
}

static bool is_bare(const struct taglist_tag *t)
{
    return t->value_at == t->at + t->name.size + 1;
}

void taglist_parse(struct octets text, enum taglist_form form, struct taglist *ret,
                   struct dns_problems *problems)
{
    struct octets rest = text;
    ret->count = 0;
    while (rest.size) {
        size_t at = place(text, rest);
        bool is_last = octets_find_octet(rest, ';', 0) == rest.size;
        struct octets spec = octets_trim(octets_take_until(&rest, ';'));
        const char *wrong = NULL;
        if (spec.size) {
            at = place(text, spec);
            wrong = read_tag(text, spec, ret, &at);
            if (!wrong && form == TAGLIST_BARE && !is_bare(&ret->tags[ret->count - 1]))
                wrong = "a blank beside the equals sign";
        } else if (!is_last || ret->count == 0) {
            wrong = "an empty tag"; /* one semicolon at the end is allowed */
        }
        if (wrong)
            dns_problem_add(problems,
                            form == TAGLIST_STRICT || (form == TAGLIST_BARE && wrong != twice), at,
                            wrong);
    }
}

bool taglist_is_extension(struct octets name)
{
    return name.size <= 32 && is_name(name);
}

void taglist_check_extensions(const struct taglist *l, const char *own,
                              struct dns_problems *problems)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct taglist_tag *t = &l->tags[i];
        bool is_extension =
            !octets_is_equal(t->name, OCTETS("v")) && !octets_is_equal(t->name, octets_of(own));
        bool is_one = taglist_is_extension(t->name) && t->value.size &&
                      octets_find_octet(t->value, '=', 0) == t->value.size &&
                      octets_find_octet(t->value, ' ', 0) == t->value.size &&
                      octets_find_octet(t->value, '\t', 0) == t->value.size;
        if (is_extension && !is_one)
            dns_problem_add(problems, true, t->at, "not an extension");
    }
}

const struct taglist_tag *taglist_find(const struct taglist *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++)
        if (octets_is_equal(l->tags[i].name, octets_of(name)))
            return &l->tags[i];
    return NULL;
}

bool taglist_is_version(struct octets text, const char *tag, const char *value)
{
    struct octets rest = text;
    struct octets spec = octets_take_until(&rest, ';');
    struct octets name = octets_take_until(&spec, '=');
    return octets_is_equal(octets_trim(name), octets_of(tag)) &&
           octets_is_equal(octets_trim(spec), octets_of(value));
}

size_t taglist_place(const struct taglist_tag *t, struct octets part)
{
    return t->value_at + place(t->value, part);
}
