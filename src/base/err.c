/* SPDX-License-Identifier: Apache-2.0 */
#include "err.h"

const char *err_text(enum err e)
{
    static const char *const text[] = {
#define X(id, text) [ERR_##id] = text,
        ERR_MAP(X)
#undef X
    };
    return e < ERR__COUNT ? text[e] : "unknown error";
}
