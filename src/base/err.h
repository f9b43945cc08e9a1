/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "banned.h"

/* Failures of *our* side only: a peer's misbehaviour is data (see smtp/reply.h). */
#define ERR_MAP(X) \
    X(OK, "success") \
    X(NOMEM, "out of memory") \
    X(LIMIT, "size limit reached") \
    X(SYNTAX, "malformed input") \
    X(RANGE, "value out of range") \
    X(REFUSED, "refused by the guard") \
    X(NOT_FOUND, "not found") \
    X(AGAIN, "nothing to read yet") \
    X(CLOSED, "already closed") \
    X(TLS, "TLS library failed") \
    X(NEWER, "written by a newer version of smtpscan") \
    X(SYS, "system call failed")

enum err {
#define X(id, text) ERR_##id,
    ERR_MAP(X)
#undef X
        ERR__COUNT
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* A constant, for people. */
const char *err_text(enum err e);
