/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/octets.h"

/*
 * What unit tests share: rows of a table as tests of their own, octets that end at an unreadable
 * page, and octets compared with text.  Header only, so that a test links nothing but what it
 * tests.
 */
#define KIT_COUNT(array) (sizeof(array) / sizeof *(array))

/* Octets, which may hold NULs, as an initializer of a static row: OCTETS is a compound literal, so
 * no constant. */
#define KIT_OCTETS(literal) \
    { \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }

/* A row of a table of cases as one test, named by the behaviour it holds: the row has a member
 * `name`. */
static inline struct CMUnitTest kit_row(const char *name, CMUnitTestFunction run, const void *row)
{
    return (struct CMUnitTest){.name = name, .test_func = run, .initial_state = (void *)row};
}

/* How many tests the array `tests` begins with: a number written by hand that is too small would have
 * them overwritten unseen. */
#define KIT_FILLED(tests) kit_filled((tests), KIT_COUNT(tests))

static inline size_t kit_filled(const struct CMUnitTest *tests, size_t room)
{
    size_t n = 0;
    while (n < room && tests[n].test_func)
        n++;
    return n;
}

/* Where the row goes: not past the end of the array. */
static inline struct CMUnitTest *kit_place(struct CMUnitTest *tests, size_t room, size_t at)
{
    if (at < room)
        return &tests[at];
    fprintf(stderr, "the array of tests has room for %zu\n", room);
    abort();
}

/* Appends every row of `rows` to the array `tests`, from *count on. */
#define KIT_ADD_ROWS(tests, count, rows, run) \
    do { \
        for (size_t kit_i = 0; kit_i < KIT_COUNT(rows); kit_i++) \
            *kit_place((tests), KIT_COUNT(tests), (*(count))++) = \
                kit_row((rows)[kit_i].name, run, &(rows)[kit_i]); \
    } while (0)

/*
 * A copy of `in` in front of a page that cannot be read: reading one octet too far ends the test.
 * At most a page long. kit_unguard releases it.
 */
static inline struct octets kit_guard(struct octets in)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    assert_true(in.size <= page);
    uint8_t *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(map != MAP_FAILED);
    assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
    uint8_t *at = map + page - in.size;
    if (in.size)
        memcpy(at, in.at, in.size);
    return (struct octets){at, in.size};
}

static inline void kit_unguard(struct octets guarded)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *end = (uint8_t *)guarded.at + guarded.size;
    assert_int_equal(munmap(end - page, 2 * page), 0);
}

static inline void kit_same(struct octets got, struct octets want, const char *file, int line)
{
    if (got.size == want.size && (got.size == 0 || memcmp(got.at, want.at, got.size) == 0))
        return;
    print_error("got \"%.*s\", want \"%.*s\"\n", (int)got.size, (const char *)got.at,
                (int)want.size, (const char *)want.at);
    _fail(file, line);
}

/* Octets against octets, and against text that holds no NUL. */
#define kit_assert_octets(got, want) kit_same((got), (want), __FILE__, __LINE__)
#define kit_assert_text(got, want)   kit_same((got), octets_of(want), __FILE__, __LINE__)

/* What is made of a text, and that its every prefix is read without a step too far. */
static inline void kit_assert_rendered(const char *text, const char *want,
                                       void (*render)(struct octets text, struct buf *out))
{
    struct octets whole = kit_guard(octets_of(text));
    struct buf out;
    buf_init(&out, 8192);
    render(whole, &out);
    kit_assert_text(buf_octets(&out), want);
    for (size_t n = 0; n < whole.size; n++) {
        struct octets part = kit_guard(octets_sub(whole, 0, n));
        buf_clear(&out);
        render(part, &out);
        kit_unguard(part);
    }
    buf_release(&out);
    kit_unguard(whole);
}
