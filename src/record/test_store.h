/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../../tests/kit/kit.h"

#include "store_parts.h"

/* A folder of its own for each test; the store is in it. */
struct test_store {
    char folder[32], path[64];
};

int test_store_make(void **state); /* *state is a struct test_store */
int test_store_remove(void **state);
#define TEST_STORE(name) cmocka_unit_test_setup_teardown(name, test_store_make, test_store_remove)

struct record_store_writer *test_store_open(const struct test_store *t);
void test_store_put(struct record_store_writer *w, const char *line);
/* These lines as a run. */
void test_store_add(const struct test_store *t, const char *const *lines, size_t count);
/* The one number that a query of ours gives. */
int64_t test_store_number(const struct test_store *t, const char *sql);
/* By SQL of which the store knows nothing. */
void test_store_change(const struct test_store *t, const char *sql);
