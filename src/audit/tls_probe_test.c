/* SPDX-License-Identifier: Apache-2.0 */
#include "tls_probe.h"

#include "../../tests/kit/kit.h"

/* With the checks as they are built in: an id or a severity that changes there shows here. */

#define FINDINGS 18

struct verdict {
    const char *name, *id;
    enum facts_tls_ask ask;
    enum facts_answer answer;
    enum finding_verdict verdict;
    enum finding_severity severity;
    uint32_t dh_bits;
    int leaves; /* 0: none was seen; 1: the same with and without a name; 2: another */
};

#define YES       FACTS_ANSWER_YES
#define NO        FACTS_ANSWER_NO
#define UNDECIDED FACTS_ANSWER_UNDECIDED

/* clang-format off */
static const struct verdict verdicts[] = {
    {"SSL 2",                     "tls.version.ssl2", FACTS_TLS_SSL2, YES, FINDING_EXPOSED, FINDING_HIGH, 0, 0},
    {"SSL 3",                     "tls.version.ssl3", FACTS_TLS_SSL3, YES, FINDING_EXPOSED, FINDING_HIGH, 0, 0},
    {"no SSL 3",                  "tls.version.ssl3", FACTS_TLS_SSL3, NO, FINDING_SAFE, FINDING_HIGH, 0, 0},
    {"SSL 3 undecided",           "tls.version.ssl3", FACTS_TLS_SSL3, UNDECIDED, FINDING_UNTESTABLE, FINDING_HIGH, 0, 0},
    {"TLS 1.0",                   "tls.version.tls1-0", FACTS_TLS_TLS1_0, YES, FINDING_EXPOSED, FINDING_MEDIUM, 0, 0},
    {"TLS 1.1",                   "tls.version.tls1-1", FACTS_TLS_TLS1_1, YES, FINDING_EXPOSED, FINDING_MEDIUM, 0, 0},
    {"no TLS 1.3",                "tls.version.no-tls1-3", FACTS_TLS_TLS1_3, NO, FINDING_EXPOSED, FINDING_LOW, 0, 0},
    {"TLS 1.3",                   "tls.version.no-tls1-3", FACTS_TLS_TLS1_3, YES, FINDING_SAFE, FINDING_LOW, 0, 0},
    {"no encryption",             "tls.cipher.null", FACTS_TLS_NULL, YES, FINDING_EXPOSED, FINDING_HIGH, 0, 0},
    {"export suites",             "tls.cipher.export", FACTS_TLS_EXPORT, YES, FINDING_EXPOSED, FINDING_HIGH, 0, 0},
    {"RC4",                       "tls.cipher.rc4", FACTS_TLS_RC4, YES, FINDING_EXPOSED, FINDING_MEDIUM, 0, 0},
    {"triple DES",                "tls.cipher.3des", FACTS_TLS_3DES, YES, FINDING_EXPOSED, FINDING_MEDIUM, 0, 0},
    {"no authentication",         "tls.cipher.anonymous", FACTS_TLS_ANONYMOUS, YES, FINDING_EXPOSED, FINDING_HIGH, 0, 0},
    {"no forward secrecy",        "tls.cipher.no-forward-secrecy", FACTS_TLS_FORWARD_SECRECY, NO, FINDING_EXPOSED, FINDING_MEDIUM, 0, 0},
    {"a small prime",             "tls.kex.weak-dh", FACTS_TLS_DHE, YES, FINDING_EXPOSED, FINDING_MEDIUM, 2047, 0},
    {"a large prime",             "tls.kex.weak-dh", FACTS_TLS_DHE, YES, FINDING_SAFE, FINDING_MEDIUM, 2048, 0},
    {"a prime that was not read", "tls.kex.weak-dh", FACTS_TLS_DHE, YES, FINDING_UNTESTABLE, FINDING_MEDIUM, 0, 0},
    {"no Diffie-Hellman",         "tls.kex.weak-dh", FACTS_TLS_DHE, NO, FINDING_SAFE, FINDING_MEDIUM, 0, 0},
    {"a prime of another suite",  "tls.kex.weak-dh", FACTS_TLS_DHE, NO, FINDING_EXPOSED, FINDING_MEDIUM, 512, 0},
    {"ML-KEM",                    "tls.pq", FACTS_TLS_ML_KEM, YES, FINDING_NOTED, FINDING_INFO, 0, 0},
    {"no ML-KEM",                 "tls.pq", FACTS_TLS_ML_KEM, NO, FINDING_NOTED, FINDING_INFO, 0, 0},
    {"ML-KEM undecided",          "tls.pq", FACTS_TLS_ML_KEM, UNDECIDED, FINDING_UNTESTABLE, FINDING_INFO, 0, 0},
    {"the same certificate",      "tls.sni-differs", FACTS_TLS_NAMELESS, YES, FINDING_NOTED, FINDING_INFO, 0, 1},
    {"another certificate",       "tls.sni-differs", FACTS_TLS_NAMELESS, YES, FINDING_NOTED, FINDING_INFO, 0, 2},
    {"none without a name",       "tls.sni-differs", FACTS_TLS_NAMELESS, NO, FINDING_NOTED, FINDING_INFO, 0, 0},
    {"certificates not seen",     "tls.sni-differs", FACTS_TLS_NAMELESS, UNDECIDED, FINDING_UNTESTABLE, FINDING_INFO, 0, 0},
    {"compression",               "tls.compression", FACTS_TLS_COMPRESSION, YES, FINDING_EXPOSED, FINDING_MEDIUM, 0, 0},
    {"no secure renegotiation",   "tls.insecure-renegotiation", FACTS_TLS_RENEGOTIATION, NO, FINDING_EXPOSED, FINDING_MEDIUM, 0, 0},
    {"no extended master secret", "tls.no-ems", FACTS_TLS_EMS, NO, FINDING_EXPOSED, FINDING_LOW, 0, 0},
    {"no fallback signal",        "tls.no-scsv", FACTS_TLS_FALLBACK, NO, FINDING_EXPOSED, FINDING_LOW, 0, 0},
    {"a question not asked",      "tls.no-scsv", FACTS_TLS_FALLBACK, FACTS_ANSWER_NONE, FINDING_UNTESTABLE, FINDING_LOW, 0, 0},
};
/* clang-format on */

static struct audit_knowledge *knowledge;
static const struct audit_select all;

static int load(void **state)
{
    struct dialogue_problem problem;
    const char *path;
    (void)state;
    return audit_knowledge_build(&bundle_built_in, &knowledge, &path, &problem) != ERR_OK;
}

static int unload(void **state)
{
    (void)state;
    audit_knowledge_free(knowledge);
    return 0;
}

static const struct finding *find(const struct finding_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (octets_is_equal(list->at[i].id, octets_of(id)))
            return &list->at[i];
    fail_msg("no finding %s", id);
    return NULL;
}

static void test_verdict(void **state)
{
    const struct verdict *c = *state;
    struct facts_tls_probe p = {.connections = 1, .dh_bits = c->dh_bits};
    const struct facts_visit v = {.tls_probe = &p};
    struct finding_list list = {0};
    struct arena a;
    arena_init(&a, 65536);
    p.answers[c->ask] = (struct facts_tls_answer){c->answer, OCTETS("words")};
    p.has_leaf = p.has_nameless_leaf = c->leaves;
    p.nameless_leaf_sha256[31] = c->leaves == 2;
    assert_int_equal(audit_tls_probe(knowledge, &v, &all, &a, &list), ERR_OK);
    assert_int_equal(list.count, FINDINGS);
    const struct finding *f = find(&list, c->id);
    assert_int_equal(f->verdict, c->verdict);
    assert_int_equal(f->severity, c->severity);
    assert_true(f->title.size > 0);
    if (c->verdict == FINDING_UNTESTABLE)
        kit_assert_text(f->reason, "words");
    else
        assert_true(f->evidence_count == 1 && f->evidence[0].size);
    arena_release(&a);
}

static void test_nothing_where_nothing_was_probed(void **state)
{
    const struct facts_visit v = {0};
    struct finding_list list = {0};
    struct arena a;
    (void)state;
    arena_init(&a, 65536);
    assert_int_equal(audit_tls_probe(knowledge, &v, &all, &a, &list), ERR_OK);
    assert_int_equal(list.count, 0);
    arena_release(&a);
}

static void test_only_what_is_wanted(void **state)
{
    struct facts_tls_probe p = {.connections = 1};
    const struct facts_visit v = {.tls_probe = &p};
    const struct audit_select some = {.only = OCTETS("tls.cipher.*"),
                                      .skip = OCTETS("tls.cipher.rc4")};
    struct finding_list list = {0};
    struct arena a;
    (void)state;
    arena_init(&a, 65536);
    assert_int_equal(audit_tls_probe(knowledge, &v, &some, &a, &list), ERR_OK);
    assert_int_equal(list.count, 5);
    assert_true(audit_tls_probe_is_wanted(&some));
    assert_false(
        audit_tls_probe_is_wanted(&(struct audit_select){.only = OCTETS("relay.*,tls.cert.*")}));
    arena_release(&a);
}

static void test_out_of_memory(void **state)
{
    struct facts_tls_probe p = {.connections = 1};
    const struct facts_visit v = {.tls_probe = &p};
    struct finding_list list = {0};
    struct arena a;
    (void)state;
    arena_init(&a, 512);
    assert_int_equal(audit_tls_probe(knowledge, &v, &all, &a, &list), ERR_NOMEM);
    arena_release(&a);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(verdicts) + 3] = {
        cmocka_unit_test(test_nothing_where_nothing_was_probed),
        cmocka_unit_test(test_only_what_is_wanted),
        cmocka_unit_test(test_out_of_memory),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, verdicts, test_verdict);
    return cmocka_run_group_tests_name("tls_probe", tests, load, unload);
}
