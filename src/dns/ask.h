/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "message.h"

/*
 * How a pure machine of this folder asks DNS: it names a question, is fed the answer, and names the
 * next, until it is done.  Whoever drives it owns the sockets and the time.
 */
struct dns_question {
    struct octets name; /* presentation form, no final dot, odd octets as \DDD */
    enum dns_type type;
};

enum dns_status {
    DNS_FOUND,        /* at least one record of the type asked */
    DNS_NO_DATA,      /* the name exists, without such a record */
    DNS_NO_SUCH_NAME, /* NXDOMAIN */
    DNS_FAILED        /* SERVFAIL, timeouts and the like: nothing is known */
};

/* Records of other types, such as the CNAME that led here, are passed over. */
struct dns_answer {
    enum dns_status status;
    const struct dns_record *records; /* may go after the call that is given them */
    size_t count;
};

enum dns_step {
    DNS_STEP_ASK,   /* the question is set; next comes its answer */
    DNS_STEP_DONE,  /* the result stands */
    DNS_STEP_NOMEM, /* the arena is exhausted: there is no result */
};
