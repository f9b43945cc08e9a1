/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "signature.h"

/*
 * Signatures in the form of Rapid7's Recog (https://github.com/rapid7/recog, its xml/smtp_*.xml): a
 * second opinion that the user brings along; nothing of it is built in.  A file is a list of
 * <fingerprint pattern="..." flags="..."> with <param pos="" name="" value=""/> inside.  Which reply
 * it is for stands in its name: smtp_banners.xml for greetings, which are matched without their
 * code, smtp_NAME.xml for replies to NAME, matched with it.
 */
struct recog_counts {
    size_t loaded;
    size_t refused;   /* patterns that PCRE2 does not take */
    size_t nameless;  /* that name no product of a service */
    size_t not_asked; /* for replies to what nobody asks here */
};

/*
 * Appends what the file holds, after what is there already.  `names` are the products of the
 * specimens: a name that is neither among them nor among the signatures contradicts nothing.
 * ERR_SYNTAX, with the problem set, when it is no such XML, or has a document type: entities are
 * not ours to expand.  What was read before the fault stays.
 */
struct recog_names {
    const struct octets *at;
    size_t count;
};
MUST_CHECK enum err recog_load(struct signatures *s, const struct recog_names *names,
                               const struct bundle_file *f, struct recog_counts *counts,
                               struct dialogue_problem *ret_problem);
