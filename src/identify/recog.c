/* SPDX-License-Identifier: Apache-2.0 */
#include "recog.h"

#include <expat.h>

#define DEPTH_MAX      8
#define SIGNATURES_MAX 20000 /* in all */
#define NAME_MAX_SIZE  ((size_t)200)

struct recog {
    struct signatures *signatures;
    const struct recog_names *names;
    struct recog_counts *counts;
    XML_Parser parser;
    enum err error;
    const char *wrong; /* why it was given up, when not for its XML */
    unsigned depth;
    uint32_t place; /* set of one; 0: nobody asks for it */
    bool has_code;
    const char *path;
    /* of the fingerprint that is being read */
    struct signature one;
    struct octets vendor, product;
};

static void give_up(struct recog *r, enum err e, const char *wrong)
{
    r->error = r->error ? r->error : e;
    r->wrong = r->wrong ? r->wrong : wrong;
    (void)XML_StopParser(r->parser, XML_FALSE);
}

static struct octets keep(struct recog *r, const char *text)
{
    struct octets kept = OCTETS_NONE;
    if (text && !arena_copy(r->signatures->arena, octets_of(text), &kept))
        give_up(r, ERR_NOMEM, NULL);
    return kept;
}

static const char *attribute(const XML_Char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

/* Ours, when the name is one of ours but for its case. */
static bool is_ours(const struct recog *r, struct octets name, struct octets *ret)
{
    for (size_t i = 0; i < r->names->count; i++)
        if (octets_is_equal_nocase(r->names->at[i], name)) {
            *ret = r->names->at[i];
            return true;
        }
    return signatures_name(r->signatures, name, ret);
}

/* "Mail Server" says little without its vendor. */
static enum err name_product(struct recog *r)
{
    struct buf full;
    enum err e = ERR_OK;
    buf_init(&full, 2 * NAME_MAX_SIZE + 1);
    buf_append(&full, r->vendor);
    buf_append_octet(&full, ' ');
    buf_append(&full, r->product);
    bool repeats = !r->vendor.size || octets_has_prefix_nocase(r->product, r->vendor);
    if (!(e = buf_error(&full)) && !is_ours(r, r->product, &r->one.product) &&
        !is_ours(r, buf_octets(&full), &r->one.product)) {
        r->one.is_unproven = true;
        r->one.product = r->product;
        if (!repeats && !arena_copy(r->signatures->arena, buf_octets(&full), &r->one.product))
            e = ERR_NOMEM;
    }
    buf_release(&full);
    return e;
}

/* "REG_ICASE,REG_MULTILINE": lines come one at a time, so only the first matters. */
static void begin_fingerprint(struct recog *r, const XML_Char **attributes)
{
    const char *flags = attribute(attributes, "flags");
    r->one = (struct signature){.places = r->place,
                                .pattern = keep(r, attribute(attributes, "pattern")),
                                .path = r->path,
                                .line = (unsigned)XML_GetCurrentLineNumber(r->parser),
                                .is_nocase = flags && strstr(flags, "REG_ICASE"),
                                .has_code = r->has_code};
    r->one.pattern_line = r->one.line;
    r->vendor = r->product = OCTETS_NONE;
}

static void take_param(struct recog *r, const XML_Char **attributes)
{
    const char *name = attribute(attributes, "name"), *value = attribute(attributes, "value"),
               *pos = attribute(attributes, "pos");
    uint64_t group = 0;
    if (!name || (pos && !octets_to_number(octets_of(pos), UINT16_MAX, &group)))
        return;
    if (strcmp(name, "service.product") == 0)
        r->product = octets_sub(keep(r, value), 0, NAME_MAX_SIZE);
    else if (strcmp(name, "service.vendor") == 0)
        r->vendor = octets_sub(keep(r, value), 0, NAME_MAX_SIZE);
    else if (strcmp(name, "service.version") == 0)
        r->one.version_group = (uint32_t)group;
}

static void end_fingerprint(struct recog *r)
{
    enum err e = ERR_OK;
    if (!r->place) {
        r->counts->not_asked++;
        return;
    }
    if (!r->product.size) {
        r->counts->nameless++;
        return;
    }
    struct smtp_regex_set *regexes = r->signatures->regexes;
    e = !r->one.pattern.size ? ERR_SYNTAX
        : r->one.is_nocase   ? smtp_regex_compile_nocase(regexes, r->one.pattern, &r->one.regex)
                             : smtp_regex_compile(regexes, r->one.pattern, &r->one.regex);
    if (e == ERR_SYNTAX) {
        r->counts->refused++;
        return;
    }
    if (!e && r->signatures->count >= SIGNATURES_MAX)
        e = ERR_LIMIT;
    if (!e)
        e = name_product(r);
    if (!e)
        e = signatures_add(r->signatures, &r->one);
    if (e)
        give_up(r, e, NULL);
    r->counts->loaded += !e;
}

static void XMLCALL on_start(void *owner, const XML_Char *name, const XML_Char **attributes)
{
    struct recog *r = owner;
    if (r->depth++ == DEPTH_MAX)
        give_up(r, ERR_SYNTAX, "elements are nested too deep");
    else if (r->depth == 1 && strcmp(name, "fingerprints") != 0)
        give_up(r, ERR_SYNTAX, "no list of fingerprints");
    else if (r->depth == 2 && strcmp(name, "fingerprint") == 0)
        begin_fingerprint(r, attributes);
    else if (r->depth == 3 && strcmp(name, "param") == 0)
        take_param(r, attributes);
}

static void XMLCALL on_end(void *owner, const XML_Char *name)
{
    struct recog *r = owner;
    r->depth--;
    if (r->depth == 1 && strcmp(name, "fingerprint") == 0 && !r->error)
        end_fingerprint(r);
}

static void XMLCALL on_doctype(void *owner, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    give_up(owner, ERR_SYNTAX, "a document type is not read");
}

/* smtp_NAME.xml, in any folder. */
static void find_place(struct recog *r)
{
    const char *slash = strrchr(r->path, '/');
    struct octets file = octets_of(slash ? slash + 1 : r->path);
    struct octets name = octets_take_until(&file, '.');
    (void)octets_take_until(&name, '_');
    bool is_banner = octets_is_equal(name, OCTETS("banners"));
    struct octets asked = octets_is_equal(name, OCTETS("mailfrom")) ? OCTETS("mail")
                          : octets_is_equal(name, OCTETS("rcptto")) ? OCTETS("rcpt")
                                                                    : name;
    enum signature_place place = is_banner ? SIGNATURE_GREETING : signature_place_of(asked);
    r->place = place == SIGNATURE_PLACE__COUNT ? 0 : 1u << place;
    r->has_code = !is_banner;
}

enum err recog_load(struct signatures *s, const struct recog_names *names,
                    const struct bundle_file *f, struct recog_counts *counts,
                    struct dialogue_problem *ret_problem)
{
    struct recog r = {.signatures = s, .names = names, .counts = counts};
    r.path = arena_copy_text(s->arena, octets_of(f->path));
    r.parser = r.path && f->text.size <= INT32_MAX ? XML_ParserCreate(NULL) : NULL;
    if (!r.parser)
        return ERR_NOMEM;
    find_place(&r);
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    if (XML_Parse(r.parser, (const char *)f->text.at, (int)f->text.size, XML_TRUE) !=
            XML_STATUS_OK &&
        !r.error) {
        r.error = ERR_SYNTAX;
        r.wrong = XML_ErrorString(XML_GetErrorCode(r.parser));
    }
    if (r.error == ERR_SYNTAX)
        r.error = dialogue_problem_set(ret_problem, (unsigned)XML_GetCurrentLineNumber(r.parser),
                                       r.wrong, OCTETS_NONE);
    XML_ParserFree(r.parser);
    return r.error;
}
