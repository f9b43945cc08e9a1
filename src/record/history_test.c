/* SPDX-License-Identifier: Apache-2.0 */
#include "history.h"
#include "test_store.h"

#define SERVICE(time, host, address, port) \
    "{\"type\":\"service\",\"schema\":1,\"time\":\"" time \
    "\",\"input\":\"a.example\",\"domains\":" \
    "[\"a.example\",\"b.example\"],\"host\":\"" host "\",\"address\":\"" address \
    "\",\"port\":" port ",\"outcome\":\"answered\""
#define DOMAIN(time) \
    "{\"type\":\"domain\",\"schema\":1,\"time\":\"" time "\",\"input\":\"a.example\",\"outcome\":" \
    "\"answered\",\"findings\":[{\"id\":\"spf.none\",\"verdict\":\"exposed\",\"severity\":" \
    "\"high\"}]}"

static const char *const first[] = {
    SERVICE("2026-01-02", "mx.a.example", "192.0.2.1", "25") "}",
    SERVICE("2026-01-02", "mx.a.example", "2001:db8::1", "25") "}",
    DOMAIN("2026-01-02"),
};
static const char *const second[] = {
    SERVICE("2026-01-03", "MX.A.example", "192.0.2.1",
            "25") ",\"software\":{\"product\":\"Exim\",\"versions\":{\"low\":\"4.9\",\"high\":\"4."
                  "98\"}},"
                  "\"findings\":[{\"verdict\":\"exposed\",\"severity\":\"low\"},{\"verdict\":"
                  "\"exposed\","
                  "\"severity\":\"low\"},{\"verdict\":\"exposed\",\"severity\":\"critical\","
                  "\"accepted\":true},"
                  "{\"verdict\":\"safe\"},{\"verdict\":\"exposed\",\"severity\":\"odd\"}]}",
};
/* Put in last, seen first. */
static const char *const third[] = {SERVICE("2026-01-01", "mx.a.example", "192.0.2.1", "25") "}"};

struct seen {
    char text[1000];
    size_t size;
};

static void tell(void *owner, const struct record_sighting *s)
{
    struct seen *seen = owner;
    int n = snprintf(seen->text + seen->size, sizeof seen->text - seen->size,
                     "%llu %.*s %.*s:%.*s %.*s %.*s-%.*s %llu/%llu/%llu\n",
                     (unsigned long long)s->run, (int)s->time.size, s->time.at,
                     (int)s->address.size, s->address.at ? s->address.at : (const uint8_t *)"",
                     (int)s->port.size, s->port.at ? s->port.at : (const uint8_t *)"",
                     (int)s->product.size, s->product.at ? s->product.at : (const uint8_t *)"",
                     (int)s->low.size, s->low.at ? s->low.at : (const uint8_t *)"",
                     (int)s->high.size, s->high.at ? s->high.at : (const uint8_t *)"",
                     (unsigned long long)s->exposed[FINDING_LOW],
                     (unsigned long long)s->exposed[FINDING_HIGH],
                     (unsigned long long)s->exposed[FINDING_CRITICAL]);
    assert_true(n > 0);
    seen->size += (size_t)n;
}

#define ONE   "3 2026-01-01 192.0.2.1:25  - 0/0/0\n"
#define TWO   "1 2026-01-02 192.0.2.1:25  - 0/0/0\n"
#define THREE "2 2026-01-03 192.0.2.1:25 Exim 4.9-4.98 2/0/0\n"
#define V6    "1 2026-01-02 2001:db8::1:25  - 0/0/0\n"
#define WHOLE "1 2026-01-02 :  - 0/1/0\n"

static void test_history(void **state)
{
    static const struct {
        const char *target, *wanted;
    } cases[] = {
        {"192.0.2.1", ONE TWO THREE},
        {"2001:db8::1", V6},
        {"mx.A.Example", ONE TWO THREE V6},
        {"a.example", WHOLE ONE TWO THREE V6},
        {"b.example", ONE TWO THREE V6},
        {"c.example", ""},
        {"", ""},
    };
    const struct test_store *t = *state;
    test_store_add(t, first, KIT_COUNT(first));
    test_store_add(t, second, KIT_COUNT(second));
    test_store_add(t, third, KIT_COUNT(third));
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        struct seen seen = {.size = 0};
        uint64_t count;
        assert_int_equal(record_history(t->path, octets_of(cases[i].target), tell, &seen, &count),
                         ERR_OK);
        assert_string_equal(seen.text, cases[i].wanted);
    }
}

static void test_no_store_has_no_history(void **state)
{
    const struct test_store *t = *state;
    uint64_t count;
    assert_int_equal(record_history(t->path, OCTETS("a"), tell, NULL, &count), ERR_SYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_STORE(test_history),
        TEST_STORE(test_no_store_has_no_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
