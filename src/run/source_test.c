/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "source.h"

static void on_bad_line(void *owner, const char *path, uint64_t number, const char *problem)
{
    struct buf *out = owner;
    assert_non_null(path);
    assert_non_null(problem);
    buf_append_format(out, "bad %llu|", (unsigned long long)number);
}

/* A run's input, and what comes out of it. */
struct input {
    struct run_options options;
    struct target targets[8];
    struct arena arena;
    const char *lists[2];
    char paths[2][64];
    struct run_counts counts;
    struct buf out; /* "INDEX TARGET|" for each, with ! in front of the excluded */
};

static void input_init(struct input *in)
{
    *in = (struct input){.options = {.shard = {0, 1}}};
    in->options.targets = in->targets;
    in->options.lists = in->lists;
    arena_init(&in->arena, (size_t)64 * 1024);
    buf_init(&in->out, (size_t)16 * 1024 * 1024);
}

static void input_release(struct input *in)
{
    for (size_t i = 0; i < in->options.list_count; i++)
        (void)unlink(in->paths[i]);
    arena_release(&in->arena);
    buf_release(&in->out);
}

static void add_target(struct input *in, const char *text)
{
    const char *problem = NULL;
    struct target *t = &in->targets[in->options.target_count++];
    assert_int_equal(target_parse(octets_of(text), &in->arena, t, &problem), ERR_OK);
}

static void add_list(struct input *in, const char *text)
{
    size_t i = in->options.list_count++;
    snprintf(in->paths[i], sizeof in->paths[i], "/tmp/smtpscan-source-XXXXXX");
    int fd = mkstemp(in->paths[i]);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(fd), 0);
    in->lists[i] = in->paths[i];
}

static void append_target(struct buf *out, const struct run_source *s, const struct target *t)
{
    buf_append_text(out, s->is_excluded ? "!" : "");
    buf_append_format(out, "%llu ", (unsigned long long)t->index);
    if (t->kind == TARGET_NAME)
        buf_append(out, t->name);
    else
        address_append(out, &t->address);
    if (t->port)
        buf_append_format(out, ":%u", t->port);
    if (t->tag.size)
        buf_append_octet(out, ' ');
    buf_append(out, t->tag);
    buf_append_octet(out, '|');
}

/* All of it; how many times the caller had its turn in between. */
static unsigned drain(struct input *in)
{
    const struct run_sink sink = {.owner = &in->out, .bad_line = on_bad_line};
    struct run_source s;
    struct target t;
    unsigned turns = 0;
    in->counts = (struct run_counts){0};
    buf_clear(&in->out);
    run_source_init(&s, &in->options, &sink, &in->counts);
    do {
        while (run_source_next(&s, &t))
            append_target(&in->out, &s, &t);
        turns += s.error == ERR_LIMIT;
    } while (s.error == ERR_LIMIT);
    assert_int_equal(s.error, ERR_OK);
    assert_false(run_source_next(&s, &t));
    assert_int_equal(buf_error(&in->out), ERR_OK);
    run_source_release(&s);
    return turns;
}

static size_t count_targets(struct octets out)
{
    size_t count = 0;
    for (size_t i = 0; i < out.size; i++)
        count += out.at[i] == '|';
    return count;
}

/* The words behind the indices, sorted: what, in whichever order. */
static int by_octets(const void *a, const void *b)
{
    return octets_compare(*(const struct octets *)a, *(const struct octets *)b);
}

static size_t split(struct octets out, struct octets *items, size_t room)
{
    size_t count = 0;
    while (out.size) {
        struct octets item = octets_take_until(&out, '|');
        (void)octets_take_until(&item, ' ');
        assert_true(count < room);
        items[count++] = item;
    }
    qsort(items, count, sizeof *items, by_octets);
    return count;
}

static struct target_exclude *exclude_of(struct input *in, const char *const *texts, size_t count)
{
    struct target_exclude *x = NULL;
    assert_int_equal(target_exclude_new(&x), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        struct target t;
        const char *problem = NULL;
        assert_int_equal(target_parse(octets_of(texts[i]), &in->arena, &t, &problem), ERR_OK);
        assert_int_equal(target_exclude_add(x, &t), ERR_OK);
    }
    target_exclude_sort(x);
    in->options.resolve.exclude = x;
    return x;
}

static void test_order_of_single_targets(void **state)
{
    (void)state;
    struct input in;
    input_init(&in);
    add_target(&in, "a.example");
    add_target(&in, "192.0.2.1:25");
    add_list(&in, "saddr\n192.0.2.2\n# none\nb.example # ours\n,c.example,t,26\n");
    add_list(&in, "192.0.2.3,,u\nsaddr\nno good\n");
    assert_int_equal(drain(&in), 0);
    kit_assert_text(buf_octets(&in.out),
                    "0 a.example|1 192.0.2.1:25|2 192.0.2.2|3 b.example|4 c.example:26 t|"
                    "5 192.0.2.3 u|6 saddr|bad 3|");
    assert_int_equal(in.counts.targets, 7);
    assert_int_equal(in.counts.skipped, 1);
    input_release(&in);
}

#define MANY \
    "10.0.0.0/20\n10.0.8.0/21\nx.example\n10.1.0.0/24,n.example,t,26\n10.2.0.0/30\n10.3.0.1-9\n" \
    "bad line\n2001:db8::/120\n"

static void test_the_same_again(void **state)
{
    (void)state;
    struct input one, other;
    input_init(&one);
    input_init(&other);
    add_list(&one, MANY);
    add_list(&other, MANY);
    one.options.seed = other.options.seed = 17;
    (void)drain(&one);
    (void)drain(&other);
    kit_assert_octets(buf_octets(&one.out), buf_octets(&other.out));
    assert_int_equal(one.counts.targets, 7);
    assert_int_equal(one.counts.repeated, 2048); /* the second network is in the first */
    assert_int_equal(count_targets(buf_octets(&one.out)), 4096 + 1 + 256 + 4 + 9 + 256 + 1);
    other.options.seed = 18;
    (void)drain(&other);
    assert_false(octets_is_equal(buf_octets(&one.out), buf_octets(&other.out)));
    static struct octets a[8192], b[8192];
    size_t count = split(buf_octets(&one.out), a, KIT_COUNT(a));
    assert_int_equal(split(buf_octets(&other.out), b, KIT_COUNT(b)), count);
    for (size_t i = 0; i < count; i++) {
        kit_assert_octets(a[i], b[i]);
        assert_true(!i || !octets_is_equal(a[i], a[i - 1]));
    }
    input_release(&one);
    input_release(&other);
}

static void test_indices_rise_one_by_one(void **state)
{
    (void)state;
    struct input in;
    input_init(&in);
    add_list(&in, "10.0.0.0/22\n10.1.0.0/24\nx.example\n");
    (void)drain(&in);
    struct octets rest = buf_octets(&in.out);
    for (uint64_t want = 0; rest.size; want++) {
        struct octets item = octets_take_until(&rest, '|');
        uint64_t index;
        assert_true(octets_to_number(octets_take_until(&item, ' '), UINT64_MAX, &index));
        assert_int_equal(index, want);
    }
    input_release(&in);
}

/* Four networks have their turns one after another until the smaller ones are done. */
static void test_networks_take_turns(void **state)
{
    (void)state;
    struct input in;
    unsigned run[4] = {0};
    input_init(&in);
    add_list(&in, "10.0.0.0/16\n10.1.0.0/24\n10.2.0.0/24\n10.3.0.0/24\n");
    (void)drain(&in);
    struct octets rest = buf_octets(&in.out);
    for (unsigned i = 0; i < 4 * 256; i++) {
        struct octets item = octets_take_until(&rest, '|');
        struct address a;
        (void)octets_take_until(&item, ' ');
        assert_true(address_parse(item, &a));
        run[a.octets[1]]++;
        assert_int_equal(run[a.octets[1]], i / 4 + 1);
    }
    input_release(&in);
}

static void test_more_networks_than_are_open(void **state)
{
    (void)state;
    struct input in;
    struct buf list;
    input_init(&in);
    buf_init(&list, (size_t)1024 * 1024);
    for (unsigned i = 0; i < 2000; i++)
        buf_append_format(&list, "10.%u.%u.0/29\n", i / 250, i % 250);
    buf_append_octet(&list, 0);
    add_list(&in, (const char *)list.data);
    (void)drain(&in);
    static struct octets items[16000];
    assert_int_equal(split(buf_octets(&in.out), items, KIT_COUNT(items)), 16000);
    for (size_t i = 1; i < KIT_COUNT(items); i++)
        assert_false(octets_is_equal(items[i], items[i - 1]));
    buf_release(&list);
    input_release(&in);
}

static void test_repetitions(void **state)
{
    (void)state;
    struct input in;
    input_init(&in);
    add_target(&in, "10.0.0.0/30");
    add_list(&in,
             "10.0.0.2-5\n10.0.0.0/31,a.example\n10.0.0.0/31,,t\n10.0.0.0/31,,t,25\n10.0.0.4/30\n");
    (void)drain(&in);
    assert_int_equal(in.counts.repeated, 2 + 2 + 2);
    assert_int_equal(count_targets(buf_octets(&in.out)), 4 + 2 + 2 + 2 + 2);
    input_release(&in);
}

/* The parts together are the whole, although each has a seed of its own. */
static void test_shards(void **state)
{
    (void)state;
    struct input in;
    struct buf all;
    static struct octets got[8192], want[8192];
    input_init(&in);
    buf_init(&all, (size_t)1024 * 1024);
    add_target(&in, "a.example");
    add_list(&in, MANY "y.example\n192.0.2.1\n");
    for (uint32_t part = 0; part < 5; part++) {
        in.options.shard = (struct target_shard){part, 5};
        in.options.seed = part;
        (void)drain(&in);
        assert_in_range(count_targets(buf_octets(&in.out)), 850, 1000);
        buf_append(&all, buf_octets(&in.out));
    }
    in.options.shard = (struct target_shard){0, 1};
    (void)drain(&in);
    size_t count = split(buf_octets(&in.out), want, KIT_COUNT(want));
    size_t bad = 4; /* the bad line is told by each of the five */
    assert_int_equal(split(buf_octets(&all), got, KIT_COUNT(got)), count + bad);
    for (size_t i = 0, j = 0; i < count; i++, j++) {
        while (j && octets_is_equal(got[j], got[j - 1]) && octets_is_equal(got[j], OCTETS("7")))
            j++;
        kit_assert_octets(got[j], want[i]);
    }
    buf_release(&all);
    input_release(&in);
}

static void test_exclusion(void **state)
{
    (void)state;
    static const char *const texts[] = {"10.0.0.0/25", "10.9.0.0/16", "2001:db8::/32", "x.example",
                                        "192.0.2.1"};
    struct input in;
    input_init(&in);
    struct target_exclude *x = exclude_of(&in, texts, KIT_COUNT(texts));
    add_target(&in, "192.0.2.1");
    add_target(&in, "mx.x.example");
    add_list(&in, "192.0.2.2,a.x.example\n192.0.2.2,y.example\n192.0.2.1:26\n10.9.1.0/24\n"
                  "2001:db8::/40\n10.0.0.0/24\n10.7.0.0/30,x.example\n");
    (void)drain(&in);
    assert_true(octets_has_prefix(buf_octets(&in.out),
                                  OCTETS("!0 192.0.2.1|!1 mx.x.example|!2 192.0.2.2|3 192.0.2.2|"
                                         "!4 192.0.2.1:26|")));
    assert_int_equal(count_targets(buf_octets(&in.out)), 5 + 128);
    assert_int_equal(in.counts.excluded, UINT64_MAX); /* 2^64 - 1 and more */
    target_exclude_free(x);
    input_release(&in);
}

/* A long stretch that is left out does not keep the caller waiting. */
static void test_much_is_left_out(void **state)
{
    (void)state;
    static const char *const texts[] = {"10.0.0.0/9", "10.128.0.0/9"};
    struct input in;
    input_init(&in);
    struct target_exclude *x = exclude_of(&in, texts, KIT_COUNT(texts));
    add_list(&in, "10.127.0.0-10.129.0.0\n");
    assert_in_range(drain(&in), 10, 20);
    assert_int_equal(in.counts.excluded, 131073);
    kit_assert_text(buf_octets(&in.out), "");
    target_exclude_free(x);
    input_release(&in);
}

static void test_no_more_than(void **state)
{
    (void)state;
    static const char *const texts[] = {"b.example"};
    struct input in;
    input_init(&in);
    struct target_exclude *x = exclude_of(&in, texts, KIT_COUNT(texts));
    add_target(&in, "a.example");
    add_target(&in, "b.example");
    add_list(&in, "c.example\n10.0.0.0/8\n");
    in.options.targets_max = 2;
    (void)drain(&in);
    kit_assert_text(buf_octets(&in.out), "0 a.example|!1 b.example|2 c.example|");
    in.options.targets_max = 1000;
    (void)drain(&in);
    assert_int_equal(count_targets(buf_octets(&in.out)), 1001);
    target_exclude_free(x);
    input_release(&in);
}

/* Arguments are not held up by a list that is still being written, and single lines are given at
 * once; networks wait, for their order may not depend on time. */
static void test_a_list_that_is_still_written(void **state)
{
    (void)state;
    struct input in;
    struct run_source s;
    struct target t;
    int ends[2];
    input_init(&in);
    const struct run_sink sink = {.owner = &in.out, .bad_line = on_bad_line};
    assert_int_equal(pipe(ends), 0);
    snprintf(in.paths[0], sizeof in.paths[0], "/dev/fd/%d", ends[0]);
    in.lists[0] = in.paths[0];
    in.options.list_count = 1;
    add_target(&in, "10.0.0.0/30");
    run_source_init(&s, &in.options, &sink, &in.counts);
    for (unsigned i = 0; i < 4; i++)
        assert_true(run_source_next(&s, &t));
    assert_false(run_source_next(&s, &t));
    assert_int_equal(s.error, ERR_AGAIN);
    assert_int_equal(write(ends[1], "10.1.0.0/31\na.example\n", 22), 22);
    assert_true(run_source_next(&s, &t));
    assert_int_equal(t.index, 4);
    kit_assert_text(t.name, "a.example");
    assert_false(run_source_next(&s, &t));
    assert_int_equal(s.error, ERR_AGAIN);
    assert_int_equal(close(ends[1]), 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(run_source_next(&s, &t));
        assert_int_equal(s.named, FACTS_NAMED_NETWORK);
        assert_int_equal(t.index, 5 + i);
    }
    assert_false(run_source_next(&s, &t));
    assert_int_equal(s.error, ERR_OK);
    run_source_release(&s);
    assert_int_equal(close(ends[0]), 0);
    in.options.list_count = 0;
    input_release(&in);
}

static void test_what_is_put_back_comes_again(void **state)
{
    (void)state;
    struct input in;
    struct run_source s;
    struct target t, again;
    input_init(&in);
    add_target(&in, "10.0.0.0/30");
    in.options.targets_max = 3;
    run_source_init(&s, &in.options, &(struct run_sink){0}, &in.counts);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(run_source_next(&s, &t));
        run_source_put_back(&s, &t);
        assert_true(run_source_next(&s, &again));
        assert_int_equal(s.named, FACTS_NAMED_NETWORK);
        assert_true(again.index == t.index && address_is_equal(&again.address, &t.address));
    }
    assert_int_equal(s.given, 3); /* it counts once */
    assert_false(run_source_next(&s, &t));
    run_source_release(&s);
    input_release(&in);
}

static void test_a_list_that_is_not_there(void **state)
{
    (void)state;
    struct input in;
    struct run_source s;
    struct target t;
    input_init(&in);
    in.lists[0] = "/nonexistent/list";
    in.options.list_count = 1;
    run_source_init(&s, &in.options, &(struct run_sink){0}, &in.counts);
    assert_false(run_source_next(&s, &t));
    assert_int_equal(s.error, ERR_SYS);
    run_source_release(&s);
    in.options.list_count = 0;
    input_release(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_single_targets),
        cmocka_unit_test(test_the_same_again),
        cmocka_unit_test(test_indices_rise_one_by_one),
        cmocka_unit_test(test_networks_take_turns),
        cmocka_unit_test(test_more_networks_than_are_open),
        cmocka_unit_test(test_repetitions),
        cmocka_unit_test(test_shards),
        cmocka_unit_test(test_exclusion),
        cmocka_unit_test(test_much_is_left_out),
        cmocka_unit_test(test_no_more_than),
        cmocka_unit_test(test_a_list_that_is_still_written),
        cmocka_unit_test(test_what_is_put_back_comes_again),
        cmocka_unit_test(test_a_list_that_is_not_there),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
