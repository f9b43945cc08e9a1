/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"

/*
 * Masking: what differs from one machine, day and connection to the next becomes a placeholder, so
 * that two servers of the same make answer with the same text.  One function masks for learning and
 * for matching; its version stands in each specimen.  In this order, at each place of the text:
 *
 *   strings we know        {me} {client} {sender} {rcpt} {target} {host} {domain}
 *   address literals       {ip}   (IPv4 in brackets, IPv6; a bare dotted quad may be a version)
 *   dates of known forms   {date}
 *   tokens of 8 or more with letter and digit, or 8 or more hex digits   {id}
 *   tokens of 16 or more that swing between capitals and small letters     {id}
 *   6 or more hex digits alone in parentheses                            {id}
 *   other runs of 3 or more digits that are no reply code and no RFC     {n}
 *
 * Dotted numbers are versions and stay; parameters of EHLO keywords stay.  A literal '{' becomes
 * '{{', what is not printable becomes \xHH, a final blank becomes \x20.
 */
#define MASK_VERSION 1

#define MASK_HOSTS_MAX 6

struct mask {
    struct octets me, client, sender, tag, target; /* none: not known */
    struct octets domains[MASK_HOSTS_MAX];
    size_t domain_count;
    struct octets hosts[MASK_HOSTS_MAX]; /* names the server goes by, longest first */
    size_t host_count;
    uint8_t target_text[64]; /* backs `target` */
    bool begins[256];        /* octets with which one of these strings begins, in either case */
};

/* Gathers the strings we know from a visit: ours, and the names the server gave itself.  Borrows
 * from the visit. */
void mask_init(struct mask *m, const struct facts_visit *v);

/* The same for strings that were filled in by hand. */
void mask_prepare(struct mask *m);

/*
 * Who says hello by its address may get that back once, and a server that would say our name cannot be
 * told from one that says the address it sees.  A mask takes it for the name; *ret takes it for the
 * address, and borrows from m.  False, and *ret untouched: our name is not our address.
 */
bool mask_by_address(const struct mask *m, struct mask *ret);

enum mask_form {
    MASK_TEXT,
    MASK_KEYWORD, /* a line of an EHLO reply behind the first: only strings we know are masked */
};

/* Masks one reply line, its code and separator standing.  Appends without a line end. */
void mask_line(struct buf *out, const struct mask *m, struct octets line, enum mask_form form);
