/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"
#include "../smtp/needs.h"

/*
 * What a dialogue needs (smtp/needs.h) and an endpoint does not have: a visit chooses by it what to
 * play, and an audit tells by it why something was not played.  Each gives the first need that is
 * not met, as written, and OCTETS_NONE when all are.
 */

/* On a connection that is under TLS, or in clear. */
struct octets identify_unmet(const struct facts_visit *v, struct octets needs, bool is_tls);
/* On a new connection, which passes through both where STARTTLS comes before what is asked. */
struct octets identify_unmet_anew(const struct facts_visit *v, struct octets needs);
