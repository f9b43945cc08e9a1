/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include "../../tests/kit/kit.h"

/* What is read from a record is what was written, to the last field of the TLS prober. */

#define HOSTILE "421 4.7.0 \x1b[2J\\ \xff too many"

static struct facts_visit example(struct facts_tls_probe *p)
{
    struct facts_visit v = {.input = OCTETS("192.0.2.1"),
                            .port = 25,
                            .outcome = FACTS_OUTCOME_ANSWERED,
                            .protocol = FACTS_PROTOCOL_ESMTP,
                            .time_ms = 1790000000000,
                            .tls_probe = p};
    *p = (struct facts_tls_probe){0};
    assert_true(address_parse(v.input, &v.address));
    for (unsigned i = 0; i < FACTS_TLS__COUNT; i++) {
        p->answers[i].answer = (enum facts_answer)(i % FACTS_ANSWER__COUNT);
        if (p->answers[i].answer)
            p->answers[i].words = i % 2 ? octets_of(HOSTILE) : OCTETS("TLS_X, TLS 1.2");
    }
    p->connections = 17;
    p->groups[p->group_count++] = "X25519";
    p->groups[p->group_count++] = "P-256";
    p->dh_bits = 1024;
    p->has_leaf = p->has_nameless_leaf = true;
    for (unsigned i = 0; i < sizeof p->leaf_sha256; i++) {
        p->leaf_sha256[i] = (uint8_t)(i * 7);
        p->nameless_leaf_sha256[i] = (uint8_t)(255 - i);
    }
    return v;
}

static void assert_round_trip(const struct facts_visit *v)
{
    const struct facts_tls_probe *want = v->tls_probe;
    struct finding_list none = {0};
    struct audit_answers answers = {.findings = &none};
    struct facts_visit got;
    enum record_type type;
    struct arena a;
    struct buf line;
    arena_init(&a, (size_t)1 << 20);
    buf_init(&line, (size_t)1 << 20);
    assert_int_equal(record_service(&line, v, &answers), ERR_OK);
    assert_int_equal(record_read(buf_octets(&line), &a, &type, &got), ERR_OK);
    assert_non_null(got.tls_probe);
    assert_int_equal(got.tls_probe->connections, want->connections);
    for (unsigned i = 0; i < FACTS_TLS__COUNT; i++) {
        assert_int_equal(got.tls_probe->answers[i].answer, want->answers[i].answer);
        kit_assert_octets(got.tls_probe->answers[i].words, want->answers[i].words);
    }
    assert_int_equal(got.tls_probe->group_count, want->group_count);
    for (size_t i = 0; i < want->group_count; i++)
        assert_string_equal(got.tls_probe->groups[i], want->groups[i]);
    assert_int_equal(got.tls_probe->dh_bits, want->dh_bits);
    assert_int_equal(got.tls_probe->has_leaf, want->has_leaf);
    assert_int_equal(got.tls_probe->has_nameless_leaf, want->has_nameless_leaf);
    assert_memory_equal(got.tls_probe->leaf_sha256, want->leaf_sha256, sizeof want->leaf_sha256);
    assert_memory_equal(got.tls_probe->nameless_leaf_sha256, want->nameless_leaf_sha256,
                        sizeof want->nameless_leaf_sha256);
    buf_release(&line);
    arena_release(&a);
}

static void test_everything_set(void **state)
{
    struct facts_tls_probe p;
    struct facts_visit v = example(&p);
    (void)state;
    assert_round_trip(&v);
}

static void test_nothing_but_a_connection(void **state)
{
    struct facts_tls_probe p;
    struct facts_visit v = example(&p);
    (void)state;
    p = (struct facts_tls_probe){.connections = 1};
    assert_round_trip(&v);
}

static void test_absent_when_not_probed(void **state)
{
    struct facts_tls_probe p;
    struct facts_visit v = example(&p);
    struct finding_list none = {0};
    struct audit_answers answers = {.findings = &none};
    struct buf line;
    (void)state;
    v.tls_probe = NULL;
    buf_init(&line, (size_t)1 << 20);
    assert_int_equal(record_service(&line, &v, &answers), ERR_OK);
    assert_true(octets_find(buf_octets(&line), OCTETS("tls_probe"), 0) == line.size);
    struct facts_visit got;
    enum record_type type;
    struct arena a;
    arena_init(&a, (size_t)1 << 20);
    assert_int_equal(record_read(buf_octets(&line), &a, &type, &got), ERR_OK);
    assert_null(got.tls_probe);
    arena_release(&a);
    buf_release(&line);
}

/* Members of another type, or of a later program, are passed over. */
static void test_strange_members(void **state)
{
    static const char record[] =
        "{\"type\":\"service\",\"schema\":1,\"outcome\":\"answered\",\"address\":\"192.0.2.1\","
        "\"tls_probe\":{\"connections\":3,\"answers\":{\"rc4\":7,\"null\":{\"answer\":\"perhaps\"},"
        "\"ssl2\":{\"answer\":\"no\",\"reason\":[1]},\"quic\":{\"answer\":\"yes\"}},"
        "\"groups\":\"X25519\",\"leaf\":\"00\"}}";
    struct facts_visit got;
    enum record_type type;
    struct arena a;
    (void)state;
    arena_init(&a, (size_t)1 << 20);
    assert_int_equal(record_read(octets_of(record), &a, &type, &got), ERR_OK);
    assert_non_null(got.tls_probe);
    assert_int_equal(got.tls_probe->connections, 3);
    assert_int_equal(got.tls_probe->answers[FACTS_TLS_RC4].answer, FACTS_ANSWER_NONE);
    assert_int_equal(got.tls_probe->answers[FACTS_TLS_NULL].answer, FACTS_ANSWER_NONE);
    assert_int_equal(got.tls_probe->answers[FACTS_TLS_SSL2].answer, FACTS_ANSWER_NO);
    kit_assert_text(got.tls_probe->answers[FACTS_TLS_SSL2].words, "");
    assert_int_equal(got.tls_probe->group_count, 0);
    assert_false(got.tls_probe->has_leaf);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_set),
        cmocka_unit_test(test_nothing_but_a_connection),
        cmocka_unit_test(test_absent_when_not_probed),
        cmocka_unit_test(test_strange_members),
    };
    return cmocka_run_group_tests_name("tls_probe record", tests, NULL, NULL);
}
