/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../../tests/kit/kit.h"

#include "ask.h"

/* A handful of names for tests of what asks DNS.  Types are written out; "TIMEOUT" makes a name fail
 * for what it does not hold. */
#define TEST_NAMES_ROWS 200

struct test_name {
    struct octets name, data; /* of an MX: preference and name */
    const char *type;
};

struct test_names {
    struct test_name rows[TEST_NAMES_ROWS];
    size_t count;
    struct dns_record records[TEST_NAMES_ROWS]; /* of the last answer */
    size_t questions;
    struct buf asked; /* each question and a semicolon */
};

void test_names_init(struct test_names *n);
void test_names_release(struct test_names *n);
/* Borrows; type is one of ours. */
void test_names_add(struct test_names *n, struct octets name, struct octets type,
                    struct octets data);
/* Lines "NAME TYPE DATA". */
void test_names_add_lines(struct test_names *n, const char *lines);
/* The answer to a question, which is noted in `asked`. */
struct dns_answer test_names_answer(struct test_names *n, const struct dns_question *q);
