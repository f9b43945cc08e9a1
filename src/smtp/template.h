/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/arena.h"
#include "../base/buf.h"

/*
 * The text of a C: line with its placeholders: {domain}, {random.1}, {x*2000}...  Understood once,
 * filled in for each visit.  A literal '{' is written '{{'.
 */
#define SMTP_VAR_MAP(X) \
    X(ME, "me")                         /* the name we give at EHLO */ \
    X(CLIENT, "client")                 /* our address on this connection */ \
    X(DOMAIN, "domain")                 /* the domain under test */ \
    X(HOST, "host")                     /* the name that was connected to */ \
    X(ADDRESS, "address")               /* the server's, as text */ \
    X(SENDER, "sender")                 /* our envelope sender: an address */ \
    X(OUTSIDER, "outsider")             /* a mailbox elsewhere: an address */ \
    X(OUTSIDER_LOCAL, "outsider.local") /* its parts, for the forms made of it */ \
    X(OUTSIDER_DOMAIN, "outsider.domain") \
    X(POSTMASTER, "postmaster") /* postmaster at the domain under test */ \
    X(ABUSE, "abuse") \
    X(RANDOM_1, "random.1") /* local parts that nobody has: they carry the visit's tag */ \
    X(RANDOM_2, "random.2")

#define X(id, name) SMTP_VAR_##id,
enum smtp_var { SMTP_VAR_MAP(X) SMTP_VAR__COUNT };
#undef X
const char *smtp_var_name(enum smtp_var v);

struct smtp_vars {
    struct octets value[SMTP_VAR__COUNT]; /* none: this visit has no such thing */
};

struct smtp_template_part {
    struct octets text; /* literal, or what is repeated; none for a placeholder */
    enum smtp_var var;  /* when text is none */
    uint32_t times;     /* 1, or the count of a repetition */
};

struct smtp_template {
    struct smtp_template_part *parts;
    size_t count;
    uint32_t vars; /* set of 1 << enum smtp_var that it uses */
};

#define SMTP_TEMPLATE_MAX ((size_t)32 * 1024) /* octets of one filled-in write */

/* `text` is borrowed.  On ERR_SYNTAX *ret_what says what is wrong with it (a constant). */
MUST_CHECK enum err smtp_template_parse(struct octets text, struct arena *a,
                                        struct smtp_template *ret, const char **ret_what);
/* Appends the filled-in text.  ERR_NOT_FOUND when a placeholder has no value in vars. */
MUST_CHECK enum err smtp_template_fill(const struct smtp_template *t, const struct smtp_vars *vars,
                                       struct buf *out);
