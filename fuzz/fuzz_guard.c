/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../src/smtp/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const verbs[] = {"DATA",         "BDAT", "BURL",        "ETRN",     "TURN",
                                    "ATRN",         "VERB", "XCLIENT",     "XFORWARD", "XEXCH50",
                                    "X-LINK2STATE", "ONEX", "DEBUG",       "WIZ",      "SEND",
                                    "SOML",         "SAML", "MAIL FROM:<", "X-EXPS"};

/* Nothing of what guard.c does: lines end at any octet of `ends`, all else below SP is not there,
 * blanks lead. */
static void check_lines(const uint8_t *data, size_t size, const char *ends)
{
    char line[64];
    size_t n = 0;
    for (size_t i = 0; i <= size; i++) {
        bool end = i == size || (data[i] && strchr(ends, data[i]));
        if (!end && data[i] >= ' ' && data[i] != 127 && n < sizeof line - 1 &&
            (n || data[i] != ' '))
            line[n++] = (char)data[i];
        if (!end)
            continue;
        line[n] = 0;
        for (size_t k = 0; k < sizeof verbs / sizeof *verbs; k++)
            if (strncasecmp(line, verbs[k], strlen(verbs[k])) == 0)
                abort();
        /* No recipient but <>, no initial response, no "@" in a line that may carry an address. */
        if (strncasecmp(line, "RCPT", 4) == 0 && strpbrk(line, "@%!"))
            abort();
        if (strncasecmp(line, "AUTH ", 5) == 0 && strpbrk(line + 5, "=+/"))
            if (!strstr(line, "TlRMTVNTUAABAAAAB4IIAAAAAAAAAAAAAAAAAAAAAAA="))
                abort();
        n = 0;
    }
}

/* What class session may write begins no line with a forbidden verb, however the server reads
 * lines. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct smtp_scope scope = {.domain = OCTETS_INIT("scanned.test"),
                                     .sender = OCTETS_INIT("scan@example.org"),
                                     .outsider = OCTETS_INIT("john@example.net"),
                                     .tag = OCTETS_INIT("tag4ag7q"),
                                     .address = OCTETS_INIT("192.0.2.1")};
    const char *why = NULL;
    if (!smtp_guard_allows(&scope, SMTP_CLASS_SESSION, (struct octets){data, size}, &why))
        return 0;
    check_lines(data, size, "\r\n");
    check_lines(data, size, "\n");
    check_lines(data, size, "\r\n\v\f\x1c\x1d\x1e");
    return 0;
}
