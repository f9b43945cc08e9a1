/* SPDX-License-Identifier: Apache-2.0 */
#include "dkim.h"

#include "../base/base64.h"

#include "der.h"
#include "taglist.h"

#define ED25519_OCTETS 32 /* RFC 8463 s4: the key as it is, no wrapping */

struct reading {
    const struct taglist *list;
    struct dkim_key *key;
};

static void complain(const struct reading *r, bool is_fatal, const struct taglist_tag *t,
                     struct octets part, const char *what)
{
    dns_problem_add(&r->key->problems, is_fatal, taglist_place(t, part), what);
}

bool dkim_is_key(struct octets text)
{
    struct taglist l;
    struct dns_problems unread = {0};
    taglist_parse(text, TAGLIST_LOOSE, &l, &unread);
    return taglist_is_version(text, "v", "DKIM1") || taglist_find(&l, "p");
}

bool dkim_is_sha1_only(const struct dkim_key *k)
{
    return k->hashes && !(k->hashes & DKIM_SHA256);
}

/* ---- tags ---- */

static bool is_item(struct octets item, const char *word)
{
    return octets_is_equal(item, octets_of(word));
}

static void read_version(const struct reading *r)
{
    const struct taglist_tag *v = taglist_find(r->list, "v");
    if (!v)
        return;
    r->key->has_version = is_item(v->value, "DKIM1");
    if (!r->key->has_version)
        complain(r, true, v, v->value, "not the version of DKIM");
    if (v != r->list->tags)
        complain(r, true, v, OCTETS_NONE, "the version must come first");
}

static void read_type(const struct reading *r)
{
    const struct taglist_tag *k = taglist_find(r->list, "k");
    if (!k || is_item(k->value, "rsa"))
        return;
    r->key->type = is_item(k->value, "ed25519") ? DKIM_ED25519 : DKIM_UNKNOWN;
    if (r->key->type == DKIM_UNKNOWN)
        complain(r, true, k, k->value, "not a type of key that verifiers know");
}

/* The items of a list parted by colons, each handed on. */
typedef void take_item(const struct reading *r, const struct taglist_tag *t, struct octets item);

static void read_list(const struct reading *r, const char *name, take_item *take)
{
    const struct taglist_tag *t = taglist_find(r->list, name);
    struct octets rest = t ? t->value : OCTETS_NONE;
    while (rest.size)
        take(r, t, octets_trim(octets_take_until(&rest, ':')));
}

static void take_hash(const struct reading *r, const struct taglist_tag *t, struct octets item)
{
    unsigned bit = is_item(item, "sha256") ? DKIM_SHA256
                   : is_item(item, "sha1") ? DKIM_SHA1
                                           : DKIM_OTHER_HASH;
    r->key->hashes |= bit;
    if (bit == DKIM_OTHER_HASH)
        complain(r, false, t, item, "not a hash that verifiers know");
}

static void take_service(const struct reading *r, const struct taglist_tag *t, struct octets item)
{
    (void)t;
    if (is_item(item, "*") || is_item(item, "email"))
        r->key->is_for_mail = true;
}

static void take_flag(const struct reading *r, const struct taglist_tag *t, struct octets item)
{
    if (is_item(item, "y"))
        r->key->is_testing = true;
    else if (is_item(item, "s"))
        r->key->is_strict = true;
    else
        complain(r, false, t, item, "not a flag of DKIM");
}

/* ---- the key ---- */

static void measure(const struct reading *r, const struct taglist_tag *p)
{
    struct dkim_key *k = r->key;
    if (k->type == DKIM_RSA)
        k->bits = der_rsa_bits(k->key);
    else if (k->type == DKIM_ED25519)
        k->bits = k->key.size == ED25519_OCTETS ? 256 : 0;
    else
        return;
    if (k->bits == 0)
        complain(r, true, p, p->value,
                 k->type == DKIM_RSA ? "not an RSA public key" : "not an Ed25519 public key");
    else if (k->type == DKIM_RSA && k->bits < DKIM_RSA_BITS_MIN)
        complain(r, true, p, p->value, "verifiers take no RSA key of less than 1,024 bits");
}

static enum err read_key(const struct reading *r, struct arena *a)
{
    const struct taglist_tag *p = taglist_find(r->list, "p");
    size_t bad = 0;
    if (!p) {
        dns_problem_add(&r->key->problems, true, r->key->text.size, "no key");
        return ERR_OK;
    }
    r->key->is_revoked = p->value.size == 0;
    if (r->key->is_revoked)
        return ERR_OK;
    enum err e = base64_decode(p->value, a, &r->key->key, &bad);
    if (e == ERR_SYNTAX)
        dns_problem_add(&r->key->problems, true, p->value_at + bad,
                        bad == p->value.size ? "the base64 text is cut" : "not base64");
    else if (!e)
        measure(r, p);
    return e == ERR_NOMEM ? e : ERR_OK;
}

enum err dkim_parse(struct octets text, struct arena *a, struct dkim_key *ret)
{
    struct taglist l;
    struct dkim_key k = {.text = text};
    struct reading r = {.list = &l, .key = &k};
    taglist_parse(text, TAGLIST_STRICT, &l, &k.problems);
    read_version(&r);
    read_type(&r);
    read_list(&r, "h", take_hash);
    read_list(&r, "s", take_service);
    read_list(&r, "t", take_flag);
    const struct taglist_tag *notes = taglist_find(&l, "n");
    k.notes = notes ? notes->value : OCTETS_NONE;
    k.is_for_mail = k.is_for_mail || !taglist_find(&l, "s");
    enum err e = read_key(&r, a);
    if (!e)
        *ret = k;
    return e;
}
