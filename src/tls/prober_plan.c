/* SPDX-License-Identifier: Apache-2.0 */
#include "prober_parts.h"

#define OLD  (BIT(SSL3) | BIT(TLS1_0))
#define WEAK (BIT(NULL) | BIT(EXPORT) | BIT(RC4) | BIT(3DES) | BIT(ANONYMOUS))

const struct prober_class prober_classes[PROBER_CLASSES] = {
    {FACTS_TLS_NULL, TLS_SUITE_NULL},      {FACTS_TLS_EXPORT, TLS_SUITE_EXPORT},
    {FACTS_TLS_RC4, TLS_SUITE_RC4},        {FACTS_TLS_3DES, TLS_SUITE_3DES},
    {FACTS_TLS_ANONYMOUS, TLS_SUITE_ANON},
};

const struct prober_group prober_groups[PROBER_GROUPS] = {
    {0x001d, "X25519"}, {0x0017, "P-256"}, {0x0018, "P-384"},
    {0x0019, "P-521"},  {0x001e, "X448"},  {0x11ec, "X25519MLKEM768"}};

/* ---- answers ---- */

uint32_t prober_having(const struct tls_prober *p, enum facts_answer answer)
{
    uint32_t set = 0;
    for (unsigned i = 0; i < FACTS_TLS__COUNT; i++)
        if (p->facts->answers[i].answer == answer)
            set |= 1u << i;
    return set;
}

void prober_settle(struct tls_prober *p, uint32_t asks, enum facts_answer answer,
                   struct octets words)
{
    for (unsigned i = 0; i < FACTS_TLS__COUNT; i++)
        if (asks & p->wanted & 1u << i && !p->facts->answers[i].answer)
            p->facts->answers[i] = (struct facts_tls_answer){answer, words};
}

/* "before: after", kept in the arena; what does not fit is left out. */
struct octets prober_say(struct tls_prober *p, const char *before, struct octets after)
{
    struct octets words = OCTETS_NONE;
    struct buf text;
    buf_init(&text, 4096);
    buf_append_text(&text, before);
    buf_append(&text, octets_sub(after, 0, 2048));
    if (!arena_copy(p->arena, buf_octets(&text), &words))
        words = OCTETS_NONE;
    buf_release(&text);
    return words;
}

/* "TLS_RSA_WITH_RC4_128_SHA, TLS 1.2". */
static struct octets chosen(struct tls_prober *p)
{
    const struct tls_suite *suite = tls_suite_of(p->answer.suite);
    struct octets name = prober_say(p, suite ? suite->name : "?", OCTETS(", "));
    struct buf text;
    struct octets words = OCTETS_NONE;
    buf_init(&text, 128);
    buf_append(&text, name);
    buf_append_text(&text, tls_version_text(p->answer.version));
    if (!arena_copy(p->arena, buf_octets(&text), &words))
        words = OCTETS_NONE;
    buf_release(&text);
    return words;
}

static uint32_t version_bit(uint16_t version)
{
    return 1u << (FACTS_TLS_SSL3 + (version - TLS_SSL3));
}

/* Those above `from` up to `to`. */
uint32_t prober_version_bits(uint16_t from, uint16_t to)
{
    uint32_t set = 0;
    for (unsigned v = from + 1u; v <= to; v++)
        set |= version_bit((uint16_t)v);
    return set;
}

/* ---- what an answer decides ---- */

/* A server answers with the highest version that both know (RFC 5246 appendix E.1). */
static void take_version(struct tls_prober *p)
{
    uint16_t v = p->answer.version;
    prober_settle(p, version_bit(v), FACTS_ANSWER_YES, chosen(p));
    if (v < p->most)
        prober_settle(p, prober_version_bits(v, p->most), FACTS_ANSWER_NO,
                      prober_say(p, "it chose ", octets_of(tls_version_text(v))));
}

static void take_group(struct tls_prober *p)
{
    for (size_t i = 0; i < PROBER_GROUPS; i++)
        if (prober_groups[i].code == p->answer.group && p->groups_left & 1u << i) {
            p->groups_left &= ~(1u << i);
            p->facts->groups[p->facts->group_count++] = prober_groups[i].name;
        }
}

static void take_prime(struct tls_prober *p)
{
    uint32_t bits = p->answer.dh_bits;
    if (!bits)
        return;
    if (!p->facts->dh_bits || bits < p->facts->dh_bits)
        p->facts->dh_bits = bits;
}

void prober_take_common(struct tls_prober *p)
{
    take_group(p);
    take_prime(p);
}

/* Who chose TLS 1.3 and a group from many would choose them from fewer. */
static void accept_modern(struct tls_prober *p)
{
    bool is_strict = false;
    for (size_t i = 0; i < PROBER_GROUPS; i++)
        is_strict =
            is_strict || (GROUPS_STRICT & 1u << i && prober_groups[i].code == p->answer.group);
    p->is_controlled = true;
    take_version(p);
    if (p->answer.version == TLS_1_3 && is_strict)
        prober_settle(p, BIT(STRICT), FACTS_ANSWER_YES, chosen(p));
}

static void answer_if(struct tls_prober *p, uint32_t ask, bool is_so)
{
    prober_settle(p, ask, is_so ? FACTS_ANSWER_YES : FACTS_ANSWER_NO, chosen(p));
}

/* The first answer in TLS 1.2 or older tells everything of it. */
static void accept_legacy(struct tls_prober *p)
{
    const struct tls_answer *a = &p->answer;
    const struct tls_suite *suite = tls_suite_of(a->suite);
    take_version(p);
    if (p->knows_legacy)
        return;
    p->knows_legacy = true;
    p->legacy = a->version;
    p->legacy_suite = a->suite;
    answer_if(p, BIT(COMPRESSION), a->compression != 0);
    answer_if(p, BIT(RENEGOTIATION), a->has_renegotiation);
    answer_if(p, BIT(EMS), a->has_ems);
    answer_if(p, BIT(FORWARD_SECRECY), suite->traits & (TLS_SUITE_ECDHE | TLS_SUITE_DHE));
    p->facts->has_leaf = a->has_leaf;
    memcpy(p->facts->leaf_sha256, a->leaf_sha256, sizeof a->leaf_sha256);
}

/* A server that knew any version up to this one would have chosen it. */
static void refuse_version(struct tls_prober *p, struct octets words)
{
    bool is_all =
        p->answer.kind == TLS_ANSWER_ALERT && p->answer.alert == TLS_ALERT_PROTOCOL_VERSION;
    prober_settle(p, p->decides, FACTS_ANSWER_NO, words);
    if (is_all)
        prober_settle(p, prober_version_bits(TLS_SSL3 - 1, p->most), FACTS_ANSWER_NO, words);
}

static void accept_ssl2(struct tls_prober *p)
{
    if (p->answer.kinds)
        prober_settle(p, BIT(SSL2), FACTS_ANSWER_YES,
                      OCTETS("a ServerHello of SSL 2 with ciphers"));
    else
        prober_settle(p, BIT(SSL2), FACTS_ANSWER_NO,
                      OCTETS("a ServerHello of SSL 2 without a cipher"));
}

static void accept_weak(struct tls_prober *p)
{
    uint32_t traits = tls_suite_of(p->answer.suite)->traits;
    for (size_t i = 0; i < PROBER_CLASSES; i++)
        if (traits & prober_classes[i].trait)
            prober_settle(p, 1u << prober_classes[i].ask, FACTS_ANSWER_YES, chosen(p));
}

/* Some servers take export suites in TLS 1.0 alone, for RFC 4346 forbids them in 1.1. */
static bool is_weak_due(struct tls_prober *p)
{
    if (prober_having(p, FACTS_ANSWER_YES) & OLD && p->legacy > TLS_1_0)
        p->decides &= ~BIT(EXPORT);
    return p->decides;
}

static void accept_strict(struct tls_prober *p)
{
    bool is_safe = p->answer.version == TLS_1_3 || p->answer.has_renegotiation;
    prober_settle(p, BIT(STRICT), is_safe ? FACTS_ANSWER_YES : FACTS_ANSWER_NO,
                  is_safe ? chosen(p) : OCTETS("TLS 1.2 without secure renegotiation (RFC 5746)"));
}

static void accept_dhe(struct tls_prober *p)
{
    prober_settle(p, BIT(DHE), FACTS_ANSWER_YES, chosen(p));
}

static void accept_reversed(struct tls_prober *p)
{
    answer_if(p, BIT(OWN_ORDER), p->answer.suite == p->legacy_suite);
}

static bool is_nameless_due(struct tls_prober *p)
{
    if (!p->server_name.size)
        prober_settle(p, BIT(NAMELESS), FACTS_ANSWER_UNDECIDED,
                      OCTETS("no name is known to ask with"));
    else if (!p->facts->has_leaf)
        prober_settle(p, BIT(NAMELESS), FACTS_ANSWER_UNDECIDED,
                      OCTETS("it sent no certificate in clear"));
    else
        return true;
    return false;
}

static void accept_nameless(struct tls_prober *p)
{
    prober_settle(p, BIT(NAMELESS), FACTS_ANSWER_YES, chosen(p));
    p->facts->has_nameless_leaf = p->answer.has_leaf;
    memcpy(p->facts->nameless_leaf_sha256, p->answer.leaf_sha256, sizeof p->answer.leaf_sha256);
}

static void accept_ml_kem(struct tls_prober *p)
{
    bool is_so = p->answer.is_retry && p->answer.group == prober_groups[PROBER_GROUPS - 1].code;
    prober_settle(p, BIT(ML_KEM), is_so ? FACTS_ANSWER_YES : FACTS_ANSWER_UNDECIDED,
                  is_so ? OCTETS("X25519MLKEM768 in a HelloRetryRequest")
                        : OCTETS("it chose what was not offered"));
}

/* The highest version below the highest that it accepts; 0: none. */
uint16_t prober_fallback_version(const struct tls_prober *p)
{
    uint32_t accepted = prober_having(p, FACTS_ANSWER_YES);
    bool has_higher = accepted & BIT(TLS1_3);
    for (uint16_t v = TLS_1_2; v >= TLS_SSL3; v--) {
        bool is_accepted = accepted & version_bit(v);
        if (is_accepted && has_higher)
            return v;
        has_higher = has_higher || is_accepted;
    }
    return 0;
}

static bool is_fallback_due(struct tls_prober *p)
{
    if (prober_fallback_version(p))
        return true;
    prober_settle(p, BIT(FALLBACK), FACTS_ANSWER_UNDECIDED,
                  OCTETS("no second version is known to be accepted: nothing to fall back to"));
    return false;
}

static void accept_fallback(struct tls_prober *p)
{
    prober_settle(p, BIT(FALLBACK), FACTS_ANSWER_NO, chosen(p));
}

static void refuse_fallback(struct tls_prober *p, struct octets words)
{
    bool is_honoured =
        p->answer.kind == TLS_ANSWER_ALERT && p->answer.alert == TLS_ALERT_INAPPROPRIATE_FALLBACK;
    prober_settle(p, BIT(FALLBACK), is_honoured ? FACTS_ANSWER_YES : FACTS_ANSWER_UNDECIDED, words);
}

bool prober_has_tls1_3(const struct tls_prober *p)
{
    return p->facts->answers[FACTS_TLS_TLS1_3].answer == FACTS_ANSWER_YES;
}

static bool is_groupwise_due(struct tls_prober *p)
{
    const struct tls_suite *suite = p->legacy ? tls_suite_of(p->legacy_suite) : NULL;
    if (!(p->groups_left & GROUPS_USUAL))
        prober_settle(p, BIT(GROUPS), FACTS_ANSWER_YES, OCTETS("all of ours are accepted"));
    else if (!prober_has_tls1_3(p) && (!suite || suite->traits & TLS_SUITE_ECDSA))
        /* Before TLS 1.3 the curve of its certificate must be among them (RFC 8422 s5.1). */
        prober_settle(p, BIT(GROUPS), FACTS_ANSWER_UNDECIDED,
                      OCTETS("its certificate needs a group of its own"));
    else
        return true;
    return false;
}

static void accept_groupwise(struct tls_prober *p)
{
    for (size_t i = 0; i < p->group_count; i++)
        if (p->groups[i] == p->answer.group)
            return; /* taken already; on with the others */
    prober_settle(p, BIT(GROUPS), FACTS_ANSWER_UNDECIDED, OCTETS("it chose what was not offered"));
}

static void refuse_groupwise(struct tls_prober *p, struct octets words)
{
    prober_settle(p, BIT(GROUPS), FACTS_ANSWER_YES, words);
}

static bool is_control_due(struct tls_prober *p)
{
    return p->by_repetition != 0;
}

static void accept_control(struct tls_prober *p)
{
    p->by_repetition = 0;
}

/* ---- the plan ---- */

/* clang-format off */
const struct prober_row prober_plan[PROBER_ROWS] = {
    /* The modern hello, whose answer says that others can be compared with it. */
    {.decides = BIT(TLS1_3), .versions = ALL, .any = USUAL | TLS_SUITE_TLS13, .none = NO_USE,
     .with = ORDINARY | TLS_HELLO_KEY_SHARE, .groups = GROUPS_USUAL, .accept = accept_modern},
    {.decides = BIT(TLS1_2), .fills = OF_LEGACY, .versions = UP_TO, .up_to = TLS_1_2, .any = USUAL, .none = NO_USE,
     .with = ORDINARY | TLS_HELLO_DEFLATE, .groups = GROUPS_USUAL, .accept = accept_legacy, .refuse = refuse_version},
    {.decides = BIT(TLS1_1), .versions = UP_TO, .up_to = TLS_1_1, .any = USUAL, .none = NO_USE,
     .with = ORDINARY | TLS_HELLO_DEFLATE, .groups = GROUPS_USUAL, .accept = accept_legacy, .refuse = refuse_version},
    {.decides = BIT(TLS1_0), .versions = UP_TO, .up_to = TLS_1_0, .any = USUAL, .none = NO_USE,
     .with = ORDINARY | TLS_HELLO_DEFLATE, .groups = GROUPS_USUAL, .accept = accept_legacy, .refuse = refuse_version},
    {.decides = BIT(SSL3), .versions = UP_TO, .up_to = TLS_SSL3, .any = USUAL, .none = NO_USE,
     .with = ORDINARY | TLS_HELLO_DEFLATE, .accept = accept_legacy, .refuse = refuse_version},
    {.decides = BIT(SSL2), .versions = UP_TO, .up_to = TLS_SSL2, .accept = accept_ssl2},
    /* One hello with every weak suite, again without the classes that were accepted. */
    {.decides = WEAK, .with = ORDINARY, .groups = GROUPS_USUAL, .needs_legacy = true, .lacking = FACTS_ANSWER_NO,
     .repeats = true, .is_due = is_weak_due, .accept = accept_weak},
    {.decides = BIT(EXPORT), .versions = UP_TO, .up_to = TLS_1_0, .with = ORDINARY, .groups = GROUPS_USUAL,
     .needs_legacy = true, .lacking = FACTS_ANSWER_NO, .accept = accept_weak},
    {.decides = BIT(DHE), .any = TLS_SUITE_DHE, .none = NO_USE, .with = ORDINARY,
     .needs_legacy = true, .lacking = FACTS_ANSWER_NO, .accept = accept_dhe},
    {.decides = BIT(FALLBACK), .any = USUAL, .none = NO_USE, .with = ORDINARY | TLS_HELLO_FALLBACK, .groups = GROUPS_USUAL,
     .is_due = is_fallback_due, .accept = accept_fallback, .refuse = refuse_fallback},
    {.decides = BIT(ML_KEM), .versions = ONLY_1_3, .any = TLS_SUITE_TLS13, .with = TLS_HELLO_EMPTY_KEY_SHARE,
     .groups = GROUP_ML_KEM, .needs_tls1_3 = true, .lacking = FACTS_ANSWER_NO, .accept = accept_ml_kem},
    {.decides = BIT(OWN_ORDER), .any = USUAL, .none = NO_USE, .with = ORDINARY, .groups = GROUPS_USUAL,
     .needs_legacy = true, .lacking = FACTS_ANSWER_UNDECIDED, .is_reversed = true, .accept = accept_reversed},
    {.decides = BIT(NAMELESS), .any = USUAL, .none = NO_USE, .with = ORDINARY, .groups = GROUPS_USUAL,
     .is_nameless = true, .is_due = is_nameless_due, .accept = accept_nameless},
    {.decides = BIT(GROUPS), .versions = GROUPWISE, .repeats = true,
     .is_due = is_groupwise_due, .accept = accept_groupwise, .refuse = refuse_groupwise},
    /* TLS 1.2 at least, forward secrecy, an AEAD, secure renegotiation, no SHA-1 (RFC 9325). */
    {.decides = BIT(STRICT), .versions = STRICT, .any = TLS_SUITE_TLS13 | TLS_SUITE_STRICT, .with = ORDINARY | TLS_HELLO_KEY_SHARE | TLS_HELLO_NO_SHA1,
     .groups = GROUPS_STRICT, .accept = accept_strict},
    /* What was refused without a word was refused for what was offered, if the modern hello still is not. */
    {.versions = ALL, .any = USUAL | TLS_SUITE_TLS13, .none = NO_USE, .with = ORDINARY | TLS_HELLO_KEY_SHARE,
     .groups = GROUPS_USUAL, .is_due = is_control_due, .accept = accept_control},
};
/* clang-format on */
