/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/buf.h"
#include "publish.h"

static const char *const exchanges[] = {"mx1.example.org", "{domain}"};

static struct octets exchange(const void *of, size_t i)
{
    const char *const *names = of;
    return octets_of(names[i]);
}

static void take(void *owner, struct octets line)
{
    struct buf *out = owner;
    buf_append(out, line);
    buf_append_text(out, "\n");
}

/* clang-format off */
static const struct row {
    const char *name, *line;
    size_t exchange_count;
    const char *want;
} rows[] = {
    {"a line without marks stands",        "max_age: 86400", 2, "max_age: 86400\n"},
    {"the domain, as often as it is named", "{domain}. TXT rua=a@{domain}", 0, "example.org. TXT rua=a@example.org\n"},
    {"a line for each exchange; what its name holds is no mark", "_25._tcp.{mx}. of {domain}", 2,
     "_25._tcp.mx1.example.org. of example.org\n_25._tcp.{domain}. of example.org\n"},
    {"none without exchanges",             "mx: {mx}", 0, ""},
    {"other marks stand",                  "{host} {mx", 1, "{host} {mx\n"},
};
/* clang-format on */

static void test_row(void **state)
{
    const struct row *c = *state;
    struct stanza_value value = {.text = octets_of(c->line)};
    struct audit_check check = {.configure = {.at = &value, .count = 1}};
    const struct report_names names = {OCTETS("example.org"), c->exchange_count, exchange,
                                       exchanges};
    struct buf out;
    buf_init(&out, 4096);
    report_publish(&check, &names, take, &out);
    kit_assert_text(buf_octets(&out), c->want);
    buf_release(&out);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
