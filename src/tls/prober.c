/* SPDX-License-Identifier: Apache-2.0 */
#include "prober_parts.h"

#include <assert.h>

/* Where nothing older than TLS 1.3 is spoken this is so by its design (RFC 8446 s1.2, s4.1.2). */
static const struct {
    enum facts_tls_ask ask;
    enum facts_answer answer;
} of_tls1_3[] = {
    {FACTS_TLS_COMPRESSION, FACTS_ANSWER_NO},
    {FACTS_TLS_RENEGOTIATION, FACTS_ANSWER_YES},
    {FACTS_TLS_EMS, FACTS_ANSWER_YES},
    {FACTS_TLS_FORWARD_SECRECY, FACTS_ANSWER_YES},
};

/* ---- choosing a row ---- */

/* After the rows for versions: is anything below TLS 1.3 spoken, and if not, what follows. */
static void learn_legacy(struct tls_prober *p)
{
    uint32_t all = prober_version_bits(TLS_SSL3 - 1, TLS_1_2);
    if (p->knows_legacy || prober_having(p, FACTS_ANSWER_NONE) & all)
        return;
    bool is_spoken = prober_having(p, FACTS_ANSWER_YES) & all;
    if (is_spoken && !(p->rows_done & 1u << PROBER_ROW_LEGACY))
        return; /* the modern hello alone was answered so */
    if (is_spoken || prober_having(p, FACTS_ANSWER_UNDECIDED) & all) {
        prober_settle(p, OF_LEGACY, FACTS_ANSWER_UNDECIDED,
                      OCTETS("no answer of TLS 1.2 or older to judge by"));
        return;
    }
    p->knows_legacy = true;
    for (size_t i = 0; i < sizeof of_tls1_3 / sizeof *of_tls1_3; i++)
        prober_settle(p, 1u << of_tls1_3[i].ask, of_tls1_3[i].answer, OCTETS(ONLY_TLS1_3));
}

/* Whether what the row needs is there; settles its questions where it is not. */
static bool has_needs(struct tls_prober *p, const struct prober_row *row)
{
    const struct facts_tls_answer *tls1_3 = &p->facts->answers[FACTS_TLS_TLS1_3];
    if (row->needs_legacy && !p->legacy)
        prober_settle(p, row->decides, p->knows_legacy ? row->lacking : FACTS_ANSWER_UNDECIDED,
                      p->knows_legacy ? OCTETS(ONLY_TLS1_3)
                                      : OCTETS("it is not known to speak TLS 1.2 or older"));
    else if (row->needs_tls1_3 && tls1_3->answer != FACTS_ANSWER_YES)
        prober_settle(p, row->decides,
                      tls1_3->answer == FACTS_ANSWER_NO ? row->lacking : FACTS_ANSWER_UNDECIDED,
                      OCTETS("TLS 1.3 is not accepted"));
    else
        return true;
    return false;
}

static bool is_due(struct tls_prober *p, size_t i)
{
    const struct prober_row *row = &prober_plan[i];
    uint32_t open = prober_having(p, FACTS_ANSWER_NONE) & p->wanted;
    if (p->rows_done & 1u << i)
        return false;
    if (row->decides && !((row->decides | row->fills) & open))
        return false;
    p->decides = row->decides & open;
    return has_needs(p, row) && (!row->is_due || row->is_due(p));
}

/* ---- building a hello ---- */

static void pick_suites(struct tls_prober *p, const struct prober_row *row)
{
    uint32_t any = row->any, none = row->none;
    if (row->versions == GROUPWISE) {
        any = prober_has_tls1_3(p) ? TLS_SUITE_TLS13 : TLS_SUITE_ECDHE;
        none = NO_USE | TLS_SUITE_ECDSA;
    } else if (!any) {
        for (size_t i = 0; i < PROBER_CLASSES; i++)
            if (p->decides & 1u << prober_classes[i].ask)
                any |= prober_classes[i].trait;
    }
    p->suite_count = tls_suites_pick(any, none, p->suites);
    for (size_t i = 0; row->is_reversed && i < p->suite_count / 2; i++) {
        uint16_t swapped = p->suites[i];
        p->suites[i] = p->suites[p->suite_count - 1 - i];
        p->suites[p->suite_count - 1 - i] = swapped;
    }
}

static void pick_groups(struct tls_prober *p, const struct prober_row *row)
{
    uint32_t set = row->versions == GROUPWISE ? p->groups_left & GROUPS_USUAL : row->groups;
    p->group_count = 0;
    for (size_t i = 0; i < PROBER_GROUPS; i++)
        if (set & 1u << i)
            p->groups[p->group_count++] = prober_groups[i].code;
}

static void build(struct tls_prober *p, const struct prober_row *row, const uint8_t *from_random,
                  struct buf *out)
{
    static const uint16_t versions[] = {TLS_1_3, TLS_1_2, TLS_1_1, TLS_1_0};
    bool is_only =
        row->versions == ONLY_1_3 || (row->versions == GROUPWISE && prober_has_tls1_3(p));
    bool is_strict = row->versions == STRICT;
    bool is_modern = is_only || is_strict || row->versions == ALL;
    struct tls_hello h = {.with = row->with, .from_random = from_random};
    if (row->versions == UP_TO)
        h.version = row->up_to;
    else if (row->with & TLS_HELLO_FALLBACK)
        h.version = prober_fallback_version(p);
    else
        h.version = is_modern || !p->legacy ? TLS_1_2 : p->legacy;
    if (is_modern) {
        h.versions = versions;
        h.version_count = is_only ? 1 : is_strict ? 2 : sizeof versions / sizeof *versions;
    }
    if (row->versions == GROUPWISE)
        h.with = is_only ? TLS_HELLO_EMPTY_KEY_SHARE : ORDINARY;
    pick_suites(p, row);
    pick_groups(p, row);
    p->least = is_only                 ? TLS_1_3
               : is_strict             ? TLS_1_2
               : h.version == TLS_SSL2 ? TLS_SSL2
                                       : TLS_SSL3;
    p->most = is_modern ? TLS_1_3 : h.version;
    h.suites = p->suites;
    h.suite_count = p->suite_count;
    h.groups = p->groups;
    h.group_count = p->group_count;
    if (!row->is_nameless)
        h.server_name = p->server_name;
    tls_hello_append(out, &h);
}

/* ---- conclusions ---- */

static void refuse(struct tls_prober *p, struct octets words)
{
    const struct prober_row *row = &prober_plan[p->row];
    if (row->refuse)
        row->refuse(p, words);
    else
        prober_settle(p, p->decides, FACTS_ANSWER_NO, words);
}

/* What only silence and strange alerts told is worth nothing when the modern hello gets the same. */
static void doubt_repetitions(struct tls_prober *p)
{
    for (unsigned i = 0; i < FACTS_TLS__COUNT; i++)
        if (p->by_repetition & 1u << i)
            p->facts->answers[i].answer = FACTS_ANSWER_UNDECIDED;
    p->by_repetition = 0;
}

static void give_up(struct tls_prober *p, struct octets words)
{
    if (!p->is_controlled)
        tls_prober_stop(p, prober_say(p, "the first hello was not answered with one: ", words));
    else if (p->row == PROBER_ROWS - 1)
        doubt_repetitions(p);
    prober_settle(p, p->decides, FACTS_ANSWER_UNDECIDED, words);
}

/*
 * An end that speaks of what was offered only when it comes again: on the same row once, and then on
 * any, for whoever refuses so does it each time.  True when the hello is to be tried again.
 */
static bool repeat(struct tls_prober *p, const char *words)
{
    bool is_again = p->seen_once && strcmp(p->seen_once, words) == 0;
    bool is_manner = p->manner && strcmp(p->manner, words) == 0;
    uint32_t open = prober_having(p, FACTS_ANSWER_NONE);
    if (p->row == PROBER_ROWS - 1 || (p->seen_once && !is_again)) {
        give_up(p, octets_of(words));
    } else if (!is_again && !is_manner) {
        p->seen_once = words;
        return true;
    } else if (!p->is_controlled) {
        give_up(p, octets_of(words));
    } else {
        p->manner = words;
        refuse(p, prober_say(p, words, is_again ? OCTETS(", twice") : OCTETS(", as before")));
        p->by_repetition |= open & prober_having(p, FACTS_ANSWER_NO);
    }
    return false;
}

static bool is_of_ours(const struct tls_prober *p)
{
    const struct tls_answer *a = &p->answer;
    bool is_suite = a->version == TLS_SSL2;
    for (size_t i = 0; i < p->suite_count; i++)
        is_suite = is_suite || p->suites[i] == a->suite;
    return is_suite && a->version >= p->least && a->version <= p->most;
}

static void accept(struct tls_prober *p)
{
    if (!is_of_ours(p)) {
        give_up(p, OCTETS("it chose what was not offered"));
        return;
    }
    prober_take_common(p);
    prober_plan[p->row].accept(p);
}

/* True when the same hello is to be sent again. */
static bool conclude_alert(struct tls_prober *p)
{
    static const uint8_t decisive[] = {
        TLS_ALERT_HANDSHAKE_FAILURE, TLS_ALERT_PROTOCOL_VERSION, TLS_ALERT_INSUFFICIENT_SECURITY,
        TLS_ALERT_INAPPROPRIATE_FALLBACK, TLS_ALERT_UNRECOGNIZED_NAME};
    const char *words = tls_alert_text(p->answer.alert);
    bool is_decisive = memchr(decisive, p->answer.alert, sizeof decisive) != NULL;
    if (is_decisive && p->is_controlled && p->row != PROBER_ROWS - 1)
        refuse(p, octets_of(words));
    else if (is_decisive)
        give_up(p, octets_of(words));
    else if (p->answer.has_hello) /* it chose, and then something else went wrong */
        give_up(p, prober_say(p, words, OCTETS(", behind its ServerHello")));
    else
        return repeat(p, words);
    return false;
}

static bool conclude(struct tls_prober *p, enum tls_prober_end end)
{
    switch (p->answer.kind) {
    case TLS_ANSWER_HELLO:
        accept(p);
        return false;
    case TLS_ANSWER_ALERT:
        return conclude_alert(p);
    case TLS_ANSWER_ODD:
        give_up(p, OCTETS("the answer is no TLS"));
        return false;
    case TLS_ANSWER_NONE:
        break;
    }
    p->timeouts += end == TLS_PROBER_TIMEOUT;
    if (end == TLS_PROBER_CLOSED)
        return repeat(p, "closed without an answer");
    give_up(p, end == TLS_PROBER_TIMEOUT ? OCTETS("timeout")
               : end == TLS_PROBER_RESET ? OCTETS("reset")
                                         : OCTETS("the answer is too long"));
    if (p->timeouts >= TLS_PROBER_TIMEOUTS)
        tls_prober_stop(p, OCTETS("timeouts, so nothing more was asked"));
    return false;
}

/* ---- what the driver calls ---- */

void tls_prober_init(struct tls_prober *p, struct octets server_name, uint32_t wanted,
                     struct arena *a, struct facts_tls_probe *facts)
{
    *p = (struct tls_prober){.facts = facts,
                             .arena = a,
                             .server_name = server_name,
                             .wanted = wanted,
                             .is_controlled = !(wanted & BIT(TLS1_3)),
                             .groups_left = GROUPS_USUAL | GROUP_ML_KEM};
    tls_answer_init(&p->answer);
}

void tls_prober_release(struct tls_prober *p)
{
    tls_answer_release(&p->answer);
}

/* The last connection is kept for the modern hello, where something depends on that. */
static void heed_bound(struct tls_prober *p)
{
    static const struct octets reason = OCTETS_INIT("as many connections as may be made were made");
    uint32_t kept = p->by_repetition ? 1 : 0;
    if (p->facts->connections >= TLS_PROBER_CONNECTIONS)
        tls_prober_stop(p, reason);
    if (p->facts->connections + kept < TLS_PROBER_CONNECTIONS)
        return;
    prober_settle(p, ~0u, FACTS_ANSWER_UNDECIDED, reason);
    p->rows_done |= (1u << (PROBER_ROWS - 1)) - 1;
}

bool tls_prober_next(struct tls_prober *p, const uint8_t *from_random, struct buf *out)
{
    heed_bound(p);
    learn_legacy(p);
    for (p->row = 0; p->row < PROBER_ROWS && !is_due(p, p->row); p->row++)
        learn_legacy(p);
    if (p->row == PROBER_ROWS)
        return false;
    tls_answer_release(&p->answer);
    tls_answer_init(&p->answer);
    p->facts->connections++;
    build(p, &prober_plan[p->row], from_random, out);
    return true;
}

bool tls_prober_feed(struct tls_prober *p, struct octets more)
{
    return tls_answer_feed(&p->answer, more) == TLS_PARSE_MORE;
}

void tls_prober_ended(struct tls_prober *p, enum tls_prober_end end)
{
    assert(p->row < PROBER_ROWS);
    if (conclude(p, end))
        return;
    p->seen_once = NULL;
    if (!prober_plan[p->row].repeats)
        p->rows_done |= 1u << p->row;
}

void tls_prober_stop(struct tls_prober *p, struct octets reason)
{
    doubt_repetitions(p);
    prober_settle(p, ~0u, FACTS_ANSWER_UNDECIDED, reason);
    p->rows_done = ~0u;
}
