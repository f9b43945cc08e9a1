/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <jansson.h>

#include "../base/arena.h"

/* What every kind of record is read with: a member that is not there, or not of its type, is none. */
struct record_reader {
    struct arena *arena;
    bool is_out_of_memory; /* sticky */
};

struct octets record_take_string(struct record_reader *r, const json_t *value);
struct octets record_take_member(struct record_reader *r, const json_t *object, const char *name);
uint64_t record_take_number(const json_t *object, const char *name, uint64_t max);
uint64_t record_take_time(struct record_reader *r, const json_t *object, const char *name);
void record_take_hex(struct octets hex, uint8_t *ret, size_t size);
/* NULL without memory. */
void *record_take_room(struct record_reader *r, size_t count, size_t octets_each);
