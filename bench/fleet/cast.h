/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "asks.h"
#include "script.h"

/*
 * The cast: every whole specimen as a server that can be played.  Read-only once it is made.
 */

/* What is said outside the questions. */
#define CAST_LINE_MAP(X) \
    X(GREETING) \
    X(EHLO) X(EHLO_TLS) X(EHLO_REFUSED) X(HELO) X(LHLO) X(QUIT) X(MAIL) X(RSET) X(NOOP) X(NO_VERB)
#define X(id) CAST_##id,
enum cast_line { CAST_LINE_MAP(X) CAST_LINE__COUNT };
#undef X

/* What any server says where nothing was recorded, and what oddities say. */
#define CAST_STOCK_MAP(X) \
    X(OK, "250 Ok", OPEN) \
    X(UNKNOWN, "500 Command unrecognized", OPEN) \
    X(GREYLIST, "450 4.7.1 Greylisted, please try again later", OPEN) \
    X(BUSY, "421 {host} Service not available, try again later", CLOSED) \
    X(TOO_MANY, "421 {host} Error: too many errors", CLOSED) \
    X(BYE, "221 Bye", CLOSED) \
    X(START_TLS, "220 Ready to start TLS", OPEN) \
    X(NO_RELAY, "550 Relaying denied", OPEN) \
    X(WILL_TRY, "252 Cannot VRFY user, but will try", OPEN) \
    X(HELLO, "250 {host}", OPEN)
#define X(id, line, ended) CAST_##id,
enum cast_stock { CAST_STOCK_MAP(X) CAST_STOCK__COUNT };
#undef X

struct cast_role {
    const char *path; /* "specimens/postfix/bookworm-postfix-default.smtp" */
    struct octets product, version, front;
    size_t product_number; /* among the products of the cast */
    bool offers_tls;
    bool is_lmtp;
    /* With STARTTLS among the keywords, and without; NULL: not recorded. */
    const struct script *answers[2][ASKS_MAX];
    const struct script *lines[2][CAST_LINE__COUNT]; /* all set but EHLO_TLS, GREETING, EHLO */
};

struct cast_product {
    struct octets name;
    size_t *roles; /* indices */
    size_t count;
};

struct cast {
    struct arena arena;
    struct identify_database *database;
    struct asks asks;
    struct cast_role *roles;
    size_t role_count;
    struct cast_product *products;
    size_t product_count;
    struct script stock[CAST_STOCK__COUNT];
};

/* Those whose path matches the glob (NULL: all).  On failure nothing is to be freed. */
MUST_CHECK enum err cast_new(const char *glob, struct cast **ret);
void cast_free(struct cast *c);

/* Reads the specimen of that path into the arena. */
MUST_CHECK enum err cast_read(const char *path, struct arena *a, struct specimen *ret);
bool cast_is_hello(struct octets ask); /* its reply lists keywords */
