/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is due when, for tens of thousands of deadlines that nearly all are taken back: to add and to
 * remove one touches its two neighbours and nothing else.  Two rings of slots, of 1 ms and of 64 ms
 * each; what is due beyond the second ring's minute waits there for its round.  It reads no clock.
 */
#define WHEEL_FINE   256
#define WHEEL_COARSE 1024
#define WHEEL_STEP   64 /* milliseconds in one slot of the second ring */

struct wheel_item {
    struct wheel_item *next, *previous; /* NULL: in no list */
    uint64_t due_ms;
};

/* A list without an owner: items in the order in which they were appended. */
void wheel_list_init(struct wheel_item *list);
void wheel_list_append(struct wheel_item *list, struct wheel_item *item);
void wheel_list_remove(struct wheel_item *item);
bool wheel_list_is_empty(const struct wheel_item *list);

struct wheel {
    struct wheel_item fine[WHEEL_FINE], coarse[WHEEL_COARSE];
    uint64_t at_ms; /* nothing is left that was due before */
};

void wheel_init(struct wheel *w, uint64_t now_ms);
/* Adds an item that is in no list.  Returns when the wheel must be looked at for its sake: when it is
 * due, or earlier. */
uint64_t wheel_add(struct wheel *w, struct wheel_item *item, uint64_t due_ms);
/* Takes one out that is due; NULL when there is none until now.  In the order in which they are due,
 * and of those that are due in the same millisecond, in the order in which they were added. */
struct wheel_item *wheel_take(struct wheel *w, uint64_t now_ms);
/* When it must be looked at next; UINT64_MAX when it is empty. */
uint64_t wheel_next_ms(const struct wheel *w);
