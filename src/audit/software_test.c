/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <math.h>

#include "software.h"

static const char advisories[] =
    "product  Exim\ncpe exim:exim\nsource x\n\n"
    "advisory CVE-2\naffects before 4.92\nseverity critical\nabout worse\nfixed 4.92\nsource x\n\n"
    "advisory CVE-1\naffects before 4.94\nseverity low\nabout bad\nexploited 2020-01-01\nsource "
    "x\n\n"
    "eol\nseries 4.91 2019-02-10\nseries 4.93 2020-06-01\nsource x\n\n"
    "product  filter\nsource x\n\n"
    "advisory CVE-3\naffects all\nseverity high\nabout x\nsource x\n\n"
    "advisory CVE-4\naffects before 9\nseverity critical\nabout x\nsource x\n";
static const char checks[] =
    "check svc.cve\ntitle Affected\nseverity high\nmeans x\nremedy x\nsource x\n\n"
    "check svc.eol\ntitle Ended\nseverity medium\nmeans x\nremedy x\nsource x\n";

#define MS_OF_2026 ((uint64_t)1767225600000)

struct world {
    struct audit_knowledge *knowledge;
    struct arena arena;
    struct finding_list list;
};

static void open_world(struct world *w)
{
    const struct bundle_file files[] = {{"advisories/x.txt", OCTETS(advisories)},
                                        {"checks/x.txt", OCTETS(checks)}};
    const struct bundle bundle = {.files = files, .count = 2};
    struct dialogue_problem problem;
    const char *path;
    *w = (struct world){0};
    arena_init(&w->arena, 65536);
    assert_int_equal(audit_knowledge_build(&bundle, &w->knowledge, &path, &problem), ERR_OK);
}

static void close_world(struct world *w)
{
    audit_knowledge_free(w->knowledge);
    arena_release(&w->arena);
}

/* An answer "Exim" with these versions, each as likely as said; `p` is of the product. */
static void judge(struct world *w, const char *const *versions, const double *each, double p,
                  uint64_t time_ms)
{
    struct identify_answer r = {.product = OCTETS("Exim"), .confidence = p};
    for (; versions && versions[r.version_count]; r.version_count++) {
        r.versions[r.version_count] = octets_of(versions[r.version_count]);
        r.version_p[r.version_count] = each[r.version_count];
    }
    assert_int_equal(audit_software(w->knowledge, &r, time_ms, &w->arena, &w->list), ERR_OK);
}

#define JUDGE(w, p, time_ms, each, ...) \
    judge(w, (const char *const[]){__VA_ARGS__, NULL}, (const double[])each, p, time_ms)
#define EACH(...) \
    { \
        __VA_ARGS__ \
    }

static void assert_near(double got, double want)
{
    assert_true(fabs(got - want) < 1e-9);
}

static void test_certain(void **state)
{
    struct world w;
    (void)state;
    open_world(&w);
    JUDGE(&w, 1.0, MS_OF_2026, EACH(1.0), "4.91");
    assert_int_equal(w.list.count, 2);
    const struct finding *cve = &w.list.at[0], *eol = &w.list.at[1];
    kit_assert_text(cve->id, "svc.cve");
    kit_assert_text(cve->title, "Affected");
    assert_int_equal(cve->verdict, FINDING_EXPOSED);
    assert_int_equal(cve->severity, FINDING_CRITICAL);
    assert_int_equal(cve->possible_count, 2);
    kit_assert_text(cve->possible[0].id, "CVE-2");
    kit_assert_text(cve->possible[0].fixed, "4.92");
    assert_true(cve->possible[1].is_exploited && !cve->possible[0].is_exploited);
    kit_assert_text(cve->evidence[0], "Exim 4.91 (100 %)");
    kit_assert_text(eol->id, "svc.eol");
    assert_int_equal(eol->severity, FINDING_MEDIUM);
    kit_assert_text(eol->possible[0].id, "4.91");
    kit_assert_text(eol->possible[0].ended, "2019-02-10");
    close_world(&w);
}

/* What is less likely than not is an open question, and its severity is not that of the finding. */
static void test_in_doubt(void **state)
{
    struct world w;
    (void)state;
    open_world(&w);
    JUDGE(&w, 0.8, 0, EACH(0.2, 0.6, 0.2), "4.91", "4.93", "4.94");
    assert_int_equal(w.list.count, 1);
    const struct finding *f = w.list.at;
    assert_near(f->p, 0.64);
    assert_near(f->possible[0].p, 0.16); /* CVE-2, critical */
    assert_near(f->possible[1].p, 0.64);
    assert_int_equal(f->verdict, FINDING_UNTESTABLE);
    assert_int_equal(f->severity, FINDING_LOW);
    kit_assert_text(f->evidence[0], "Exim 4.91 to 4.94 (80 %)");
    close_world(&w);
}

static void test_unlikely(void **state)
{
    struct world w;
    (void)state;
    open_world(&w);
    JUDGE(&w, 1.0, 0, EACH(0.3, 0.7), "4.91", "4.94");
    assert_int_equal(w.list.count, 1);
    assert_int_equal(w.list.at[0].verdict, FINDING_UNTESTABLE);
    assert_int_equal(w.list.at[0].severity, FINDING_CRITICAL);
    w.list.count = 0;
    JUDGE(&w, 1.0, MS_OF_2026, EACH(0.04, 0.96), "4.91", "4.94");
    assert_int_equal(w.list.count, 0);
    JUDGE(&w, 0.1, MS_OF_2026, EACH(0.4, 0.6), "4.91", "4.94");
    assert_int_equal(w.list.count, 0);
    close_world(&w);
}

/* The day of the scan counts, not that of the judging. */
static void test_day(void **state)
{
    struct world w;
    const uint64_t day = (uint64_t)1590969600000; /* 2020-06-01 */
    (void)state;
    open_world(&w);
    JUDGE(&w, 1.0, day - 1, EACH(1.0), "4.93.0.4");
    assert_int_equal(w.list.count, 1); /* svc.cve */
    w.list.count = 0;
    JUDGE(&w, 1.0, day, EACH(1.0), "4.93.0.4");
    assert_int_equal(w.list.count, 2);
    kit_assert_text(w.list.at[1].id, "svc.eol");
    close_world(&w);
}

static void test_nothing_to_say(void **state)
{
    struct world w;
    struct identify_answer unknown = {.is_unknown = true, .product = OCTETS("Exim")};
    struct identify_answer other = {.product = OCTETS("Other"), .confidence = 1};
    (void)state;
    open_world(&w);
    judge(&w, NULL, NULL, 1.0, MS_OF_2026); /* no version is known */
    assert_int_equal(audit_software(w.knowledge, &unknown, 0, &w.arena, &w.list), ERR_OK);
    assert_int_equal(audit_software(w.knowledge, &other, 0, &w.arena, &w.list), ERR_OK);
    assert_int_equal(w.list.count, 0);
    close_world(&w);
}

/* Of what stands in front no version is known: only what holds for all of them is said. */
static void test_front(void **state)
{
    struct world w;
    struct identify_answer r = {
        .product = OCTETS("Other"), .front = OCTETS("filter"), .confidence = 1};
    (void)state;
    open_world(&w);
    assert_int_equal(audit_software(w.knowledge, &r, 0, &w.arena, &w.list), ERR_OK);
    assert_int_equal(w.list.count, 1);
    assert_int_equal(w.list.at[0].possible_count, 1);
    kit_assert_text(w.list.at[0].possible[0].id, "CVE-3");
    kit_assert_text(w.list.at[0].evidence[0], "filter (100 %)");
    close_world(&w);
}

static void test_cpe(void **state)
{
    struct world w;
    struct identify_answer r = {.product = OCTETS("Exim"),
                                .versions = {OCTETS("4.91"), OCTETS("4.92-1")},
                                .version_count = 2,
                                .cpe = {OCTETS("cpe:2.3:a:other")}};
    struct identify_answer filter = {.product = OCTETS("filter"),
                                     .versions = {OCTETS("1")},
                                     .version_count = 1,
                                     .cpe = {OCTETS("x")}};
    (void)state;
    open_world(&w);
    assert_int_equal(audit_cpe(w.knowledge, &r, &w.arena), ERR_OK);
    kit_assert_text(r.cpe[0], "cpe:2.3:a:exim:exim:4.91:*:*:*:*:*:*:*");
    kit_assert_text(r.cpe[1], "cpe:2.3:a:exim:exim:4.92:*:*:*:*:*:*:*");
    assert_int_equal(audit_cpe(w.knowledge, &filter, &w.arena), ERR_OK);
    kit_assert_text(filter.cpe[0], "x"); /* the specimen's, where the table has none */
    close_world(&w);
}

static void test_out_of_memory(void **state)
{
    struct world w;
    struct identify_answer r = {.product = OCTETS("Exim"),
                                .versions = {OCTETS("4.91")},
                                .version_p = {1},
                                .version_count = 1,
                                .confidence = 1};
    (void)state;
    open_world(&w);
    enum err e = ERR_NOMEM;
    for (size_t cap = 0; e == ERR_NOMEM; cap += 64) {
        struct finding_list list = {0};
        struct arena small;
        arena_init(&small, cap);
        e = audit_software(w.knowledge, &r, MS_OF_2026, &small, &list);
        arena_release(&small);
        assert_true(cap < 65536);
    }
    assert_int_equal(e, ERR_OK);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certain),
        cmocka_unit_test(test_in_doubt),
        cmocka_unit_test(test_unlikely),
        cmocka_unit_test(test_day),
        cmocka_unit_test(test_nothing_to_say),
        cmocka_unit_test(test_front),
        cmocka_unit_test(test_cpe),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests_name("software", tests, NULL, NULL);
}
