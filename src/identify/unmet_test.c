/* SPDX-License-Identifier: Apache-2.0 */
#include "unmet.h"

#include "../../tests/kit/kit.h"

static struct octets plain[] = {OCTETS_INIT("250-mx.example.org"), OCTETS_INIT("250 AUTH NTLM")};
static struct octets bare[] = {OCTETS_INIT("250 mx.example.org")};

#define IN_CLEAR .ehlo = {.lines = plain, .line_count = 2}
#define UNDER_TLS \
    .ehlo = {.lines = bare, .line_count = 1}, .ehlo_tls = {.lines = plain, .line_count = 2}
#define STARTTLS .starttls_offered = true, .starttls = FACTS_STARTTLS_OK

/* clang-format off */
static const struct row {
    const char *name, *needs, *clear, *tls, *anew; /* what is not met in each case */
    struct facts_visit v;
} rows[] = {
    {"offered in clear, under TLS nothing was said", "auth NTLM", "", "", "", {.port = 25, IN_CLEAR}},
    {"offered under TLS alone, at port 25", "auth NTLM", "auth NTLM", "", "auth NTLM", {.port = 25, UNDER_TLS, STARTTLS}},
    {"and at a submission port, asked under TLS", "auth NTLM", "auth NTLM", "", "", {.port = 587, UNDER_TLS, STARTTLS}},
    {"whose handshake fails", "auth NTLM", "auth NTLM", "", "auth NTLM", {.port = 587, UNDER_TLS, .starttls_offered = true, .starttls = FACTS_STARTTLS_FAILED}},
    {"each offer by itself", "auth NTLM, cleartext", "auth NTLM", "cleartext", "auth NTLM", {.port = 587, UNDER_TLS, STARTTLS}},
    {"clear comes before TLS", "submission, starttls, cleartext", "", "cleartext", "", {.port = 587, UNDER_TLS, STARTTLS}},
    {"but not where TLS is first", "cleartext", "", "cleartext", "cleartext", {.port = 465, .tls = {.is_up = true, .implicit = true}}},
    {"what is of the endpoint is so in any case", "origin, null-mx", "null-mx", "null-mx", "null-mx", {.port = 587, .is_origin = true, UNDER_TLS, STARTTLS}},
};
/* clang-format on */

static void test_row(void **state)
{
    const struct row *c = *state;
    struct octets needs = octets_of(c->needs);
    kit_assert_text(identify_unmet(&c->v, needs, false), c->clear);
    kit_assert_text(identify_unmet(&c->v, needs, true), c->tls);
    kit_assert_text(identify_unmet_anew(&c->v, needs), c->anew);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    return cmocka_run_group_tests_name("unmet", tests, NULL, NULL);
}
