/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "limits.h"

#define MIB ((uint64_t)1024 * 1024)
#define GIB (1024 * MIB)

static const struct row {
    const char *name;
    uint32_t descriptors;
    uint64_t memory;
    size_t ports;
    uint32_t chosen, connections, concurrency, processes;
} rows[] = {
    {"one port: a target for each descriptor", 20000, 24 * GIB, 1, 0, 19936, 19936, 0},
    {"four ports: a quarter as many targets", 20000, 24 * GIB, 4, 0, 19936, 4984, 0},
    {"more ports wait behind four", 20000, 24 * GIB, 16, 0, 19936, 4984, 0},
    {"the usual soft limit", 1024, 24 * GIB, 1, 0, 960, 960, 0},
    {"no more than the cap, however much there is", 1000000, 1024 * GIB, 1, 0, 20000, 20000, 0},
    {"the cap is of targets, not of connections", 1000000, 1024 * GIB, 4, 0, 80000, 20000, 0},
    {"little memory", 20000, 1 * GIB, 1, 0, 4096, 4096, 0},
    {"little memory, four ports", 20000, 1 * GIB, 4, 0, 4096, 1024, 0},
    {"hardly any memory", 20000, MIB / 10, 4, 0, 1, 1, 0},
    {"hardly any descriptors", 24, 24 * GIB, 4, 0, 6, 1, 0},
    {"one descriptor", 1, 24 * GIB, 1, 0, 1, 1, 0},
    {"no ports are as one", 20000, 24 * GIB, 0, 0, 19936, 19936, 0},
    {"who chooses answers for the memory", 20000, 1 * GIB, 1, 18000, 19936, 18000, 0},
    {"two processes: twice as much, but for a little", 5000, 24 * GIB, 1, 0, 9256, 9256, 2},
    {"but gets no more descriptors than there are", 1024, 24 * GIB, 1, 18000, 960, 18000, 0},
};

static void limits_are_derived(void **state)
{
    const struct row *row = *state;
    struct limits l = {
        .descriptors = row->descriptors, .memory = row->memory, .processes = row->processes};
    limits_derive(&l, row->ports, row->chosen);
    assert_int_equal(l.connections, row->connections);
    assert_int_equal(l.concurrency, row->concurrency);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, rows, limits_are_derived);
    return _cmocka_run_group_tests("limits", tests, count, NULL, NULL);
}
