/* SPDX-License-Identifier: Apache-2.0 */
#include "cast.h"

#include <fnmatch.h>

#define CAST_OCTETS_MAX ((size_t)512 * 1024 * 1024)

enum err cast_read(const char *path, struct arena *a, struct specimen *ret)
{
    struct dialogue_problem problem;
    struct dialogue *d = arena_alloc(a, sizeof *d);
    for (size_t i = 0; i < bundle_built_in.count && d; i++) {
        const struct bundle_file *f = &bundle_built_in.files[i];
        if (strcmp(f->path, path) != 0)
            continue;
        enum err e = dialogue_parse(f->text, a, d, &problem);
        return e ? e : specimen_take(d, a, ret, &problem);
    }
    return d ? ERR_NOT_FOUND : ERR_NOMEM;
}

bool cast_is_hello(struct octets ask)
{
    return octets_has_prefix(ask, OCTETS("ehlo")) || octets_has_prefix(ask, OCTETS("lhlo"));
}

/* ---- one role ---- */

static const struct reaction *section_of(const struct specimen *s, const char *ask)
{
    for (size_t i = 0; i < s->section_count; i++)
        if (octets_is_equal(s->sections[i].ask, octets_of(ask)))
            return &s->sections[i].reaction;
    return NULL;
}

static const struct script *add_script(struct arena *a, const struct reaction *r, bool is_hello,
                                       bool withholds)
{
    struct script *s = arena_alloc(a, sizeof *s);
    struct octets without = withholds ? OCTETS("STARTTLS") : OCTETS_NONE;
    return s && script_make(r, is_hello, without, a, s) == ERR_OK ? s : NULL;
}

static bool is_accepted(const struct script *s)
{
    return s && s->code >= 200 && s->code <= 299 && s->ended == FACTS_ENDED_OPEN;
}

/* A plain MAIL, which no question asks in its proper state: a form of it that was accepted; else
 * the refusal, where none was. */
static const struct script *plain_mail(const struct cast *c, const struct cast_role *r)
{
    static const char *const forms[] = {"mail-route",       "mail-blank",    "mail-auth",
                                        "mail-no-brackets", "mail-smtputf8", "mail-parameter"};
    const struct script *refusal = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t ask = asks_named(&c->asks, octets_of(forms[i]));
        const struct script *s = ask < c->asks.count ? r->answers[0][ask] : NULL;
        if (is_accepted(s))
            return s;
        if (!refusal && s && s->code)
            refusal = s;
    }
    size_t twice = asks_named(&c->asks, OCTETS("mail-twice"));
    bool was_open = twice < c->asks.count && r->answers[0][twice];
    return was_open || !refusal ? &c->stock[CAST_OK] : refusal;
}

static const struct script *answer(const struct cast *c, const struct cast_role *r,
                                   const char *name, enum cast_stock otherwise)
{
    size_t ask = asks_named(&c->asks, octets_of(name));
    const struct script *s = ask < c->asks.count ? r->answers[0][ask] : NULL;
    return s ? s : &c->stock[otherwise];
}

/* What the plain exchange says where no section has it. */
static void fill_lines(const struct cast *c, struct cast_role *r)
{
    const struct script *lhlo = answer(c, r, "lhlo", CAST_UNKNOWN);
    const struct script *helo = answer(c, r, "helo-after-ehlo", CAST_HELLO);
    r->is_lmtp = is_accepted(lhlo) && !is_accepted(answer(c, r, "ehlo-twice", CAST_OK));
    for (unsigned withheld = 0; withheld < 2; withheld++) {
        const struct script **l = r->lines[withheld];
        if (!l[CAST_EHLO_REFUSED])
            l[CAST_EHLO_REFUSED] = answer(c, r, "ehlo-twice", CAST_UNKNOWN);
        if (!l[CAST_HELO])
            l[CAST_HELO] = r->is_lmtp || is_accepted(helo) ? helo : &c->stock[CAST_HELLO];
        l[CAST_LHLO] = r->is_lmtp ? l[CAST_EHLO] : lhlo;
        if (!l[CAST_QUIT])
            l[CAST_QUIT] = &c->stock[CAST_BYE];
        /* Under TLS the keyword is gone; what else changes there was not recorded. */
        if (!l[CAST_EHLO_TLS])
            l[CAST_EHLO_TLS] = r->lines[1][CAST_EHLO];
        l[CAST_MAIL] = plain_mail(c, r);
        l[CAST_RSET] = answer(c, r, "rset", CAST_OK);
        l[CAST_NOOP] = answer(c, r, "noop", CAST_OK);
        l[CAST_NO_VERB] = answer(c, r, "unknown", CAST_UNKNOWN);
    }
}

static const struct {
    const char *section;
    enum cast_line line;
} named_lines[] = {
    {"greeting", CAST_GREETING},         {"ehlo", CAST_EHLO},         {"ehlo-tls", CAST_EHLO_TLS},
    {"ehlo-refused", CAST_EHLO_REFUSED}, {"helo-refused", CAST_HELO}, {"quit", CAST_QUIT},
};

static enum err fill_role(struct cast *c, const struct specimen *s, struct cast_role *r)
{
    for (unsigned withheld = 0; withheld < 2; withheld++) {
        for (size_t i = 0; i < sizeof named_lines / sizeof *named_lines; i++) {
            const struct reaction *said = section_of(s, named_lines[i].section);
            bool is_hello = cast_is_hello(octets_of(named_lines[i].section));
            if (!said)
                continue;
            r->lines[withheld][named_lines[i].line] =
                add_script(&c->arena, said, is_hello, withheld);
            if (!r->lines[withheld][named_lines[i].line])
                return ERR_NOMEM;
        }
        for (size_t i = 0; i < c->asks.count; i++) {
            const struct reaction *said = section_of(s, c->asks.of[i].name);
            bool is_hello = cast_is_hello(octets_of(c->asks.of[i].name));
            if (!said)
                continue;
            r->answers[withheld][i] = withheld && !is_hello
                                          ? r->answers[0][i]
                                          : add_script(&c->arena, said, is_hello, withheld);
            if (!r->answers[withheld][i])
                return ERR_NOMEM;
        }
    }
    const struct reaction *ehlo = section_of(s, "ehlo");
    for (size_t i = 0; ehlo && i < ehlo->line_count; i++)
        r->offers_tls =
            r->offers_tls || (i && octets_has_prefix_nocase(octets_sub(ehlo->lines[i], 4, SIZE_MAX),
                                                            OCTETS("STARTTLS")));
    fill_lines(c, r);
    return ERR_OK;
}

/* ---- all of them ---- */

static size_t product_of(struct cast *c, struct octets name)
{
    size_t i = 0;
    while (i < c->product_count && !octets_is_equal(c->products[i].name, name))
        i++;
    if (i == c->product_count)
        c->products[c->product_count++].name = name;
    return i;
}

static enum err add_role(struct cast *c, const char *path)
{
    struct specimen s;
    enum err e = cast_read(path, &c->arena, &s);
    if (e || !section_of(&s, "greeting") || !section_of(&s, "ehlo"))
        return e;
    struct cast_role *r = &c->roles[c->role_count];
    *r = (struct cast_role){
        .path = path, .product = s.product, .version = s.version, .front = s.front};
    e = fill_role(c, &s, r);
    if (e)
        return e;
    r->product_number = product_of(c, s.product);
    c->products[r->product_number].count++;
    c->role_count++;
    return ERR_OK;
}

static enum err list_roles(struct cast *c)
{
    for (size_t p = 0; p < c->product_count; p++) {
        struct cast_product *product = &c->products[p];
        product->roles = arena_alloc_array(&c->arena, product->count, sizeof *product->roles);
        if (!product->roles)
            return ERR_NOMEM;
        product->count = 0;
        for (size_t i = 0; i < c->role_count; i++)
            if (c->roles[i].product_number == p)
                product->roles[product->count++] = i;
    }
    return ERR_OK;
}

static enum err make_stock(struct cast *c)
{
    static const struct {
        const char *line;
        enum facts_ended ended;
    } stock[] = {
#define X(id, line, ended) {line, FACTS_ENDED_##ended},
        CAST_STOCK_MAP(X)
#undef X
    };
    enum err e = ERR_OK;
    for (size_t i = 0; i < CAST_STOCK__COUNT && !e; i++)
        e = script_make_line(stock[i].line, stock[i].ended, &c->arena, &c->stock[i]);
    return e;
}

static enum err fill_cast(struct cast *c, const char *glob)
{
    struct dialogue_problem problem;
    const char *path;
    enum err e = identify_database_build(&bundle_built_in, &c->database, &path, &problem);
    if (!e)
        e = asks_init(&c->asks, c->database);
    if (!e)
        e = make_stock(c);
    if (e)
        return e;
    size_t room = c->database->specimen_count;
    c->roles = arena_alloc_array(&c->arena, room, sizeof *c->roles);
    c->products = arena_alloc_array(&c->arena, room, sizeof *c->products);
    if (!c->roles || !c->products)
        return ERR_NOMEM;
    for (size_t i = 0; i < room && !e; i++) {
        const struct identify_specimen *s = &c->database->specimens[i];
        if (s->known >= IDENTIFY_WHOLE && (!glob || fnmatch(glob, s->path, 0) == 0))
            e = add_role(c, s->path);
    }
    if (!e && !c->role_count)
        e = ERR_NOT_FOUND;
    return e ? e : list_roles(c);
}

enum err cast_new(const char *glob, struct cast **ret)
{
    struct cast *c = calloc(1, sizeof *c);
    if (!c)
        return ERR_NOMEM;
    arena_init(&c->arena, CAST_OCTETS_MAX);
    enum err e = fill_cast(c, glob);
    if (e)
        cast_free(c);
    else
        *ret = c;
    return e;
}

void cast_free(struct cast *c)
{
    if (!c)
        return;
    identify_database_free(c->database);
    arena_release(&c->arena);
    free(c);
}
