/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/octets.h"

/*
 * What is wrong with a record, and where in it.  What domains publish is data: no reader of this
 * folder refuses a record, it says what a receiver would make of it.
 */
struct dns_problem {
    size_t at;        /* octets from the start of the text */
    const char *what; /* a constant, for people */
    bool is_fatal;    /* receivers take no notice of the record, or end in an error */
};

#define DNS_PROBLEMS_MAX 16

struct dns_problems {
    struct dns_problem at[DNS_PROBLEMS_MAX];
    size_t count;   /* those kept: the first ones */
    bool has_fatal; /* among all, kept or not */
};

/* Keeps it when there is room. */
void dns_problem_add(struct dns_problems *p, bool is_fatal, size_t at, const char *what);
