/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint.h"

const char *record_fingerprint_text(enum record_fingerprint_judgement j)
{
#define X(id, text) text,
    static const char *const texts[] = {RECORD_FINGERPRINT_MAP(X)};
#undef X
    return texts[j];
}

/* Names of then that are other names today.  A more special one stands first. */
static const struct {
    const char *then, *today;
} products[] = {
    {"Microsoft ESMTP MAIL", "Microsoft IIS SMTP"},
    {"Microsoft Exchange", "Microsoft Exchange"},
    {"Lotus Domino", "Domino"},
    {"GroupWise", "GroupWise"},
    {"FirstClass", "FirstClass"},
    {"MailEnable", "MailEnable"},
    {"Merak", "IceWarp"},
    {"Icewarp", "IceWarp"},
    {"Kerio", "Kerio Connect"},
    {"Process Software PMDF", "PMDF"},
    {"VisNetic", "VisNetic MailServer"},
    {"Sendmail for NT", "Sendmail for NT"},
    {"Sendmail Switch", "Sendmail Switch"},
    {"Sendmail", "Sendmail"},
    {"Postfix", "Postfix"},
    {"Qmail", "qmail"},
    {"Trend Micro ESMTP", "Trend Micro"},
    {"iPlanet Messaging Server", "Oracle Messaging Server"},
};

/* Words between a product and its version that belong to neither. */
static const char *const fillers[] = {"version", "ver", "release", "build", "v", "v.", "-"};

static bool is_filler(struct octets word)
{
    for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++)
        if (octets_is_equal_nocase(word, octets_of(fillers[i])))
            return true;
    return false;
}

/* Without the octets of `set` at its ends. */
static struct octets strip(struct octets o, const char *set)
{
    while (o.size && strchr(set, o.at[0]) && o.at[0])
        o = octets_sub(o, 1, o.size);
    while (o.size && strchr(set, o.at[o.size - 1]) && o.at[o.size - 1])
        o.size--;
    return o;
}

/* "5.0.2195", "(5.2.4)", "v5.06", "V05R01M00": digits, or a v or r and digits; "8.12.6/8.12.6" is
 * cut at the slash, for what follows is the version of the configuration. */
static struct octets version_in(struct octets word)
{
    struct octets bare = strip(word, "(),:");
    if (bare.size > 1 && (octet_to_lower(bare.at[0]) == 'v' || octet_to_lower(bare.at[0]) == 'r'))
        bare = octets_sub(bare, 1, bare.size);
    bare = strip(bare, ".");
    if (!bare.size || !octet_is_digit(bare.at[0]))
        return OCTETS_NONE;
    return octets_take_until(&bare, '/');
}

/* "-3-": the third kind of the same server. */
static struct octets variant_in(struct octets word)
{
    struct octets number = strip(word, "-");
    uint64_t n;
    bool is_one = word.size == number.size + 2 && octets_to_number(number, UINT32_MAX, &n);
    return is_one ? number : OCTETS_NONE;
}

/* The product is what stands before the version, the fillers between them left out. */
static void take_name(struct octets name, struct record_fingerprint *f)
{
    struct octets rest = name, word;
    size_t product_end = 0;
    f->versions = OCTETS("unknown");
    f->variant = OCTETS_NONE;
    bool has_version = false;
    for (bool first = true; (word = octets_take_word(&rest)).size; first = false) {
        struct octets version = first ? OCTETS_NONE : version_in(word);
        f->variant = variant_in(word);
        if (version.size && !has_version)
            f->versions = version;
        has_version = has_version || version.size;
        if (!has_version && !f->variant.size && !is_filler(strip(word, ",:")))
            product_end = (size_t)(word.at - name.at) + word.size;
    }
    f->name = name;
    f->product = strip(octets_sub(name, 0, product_end), ",: ");
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        if (octets_has_prefix_nocase(name, octets_of(products[i].then))) {
            f->product = octets_of(products[i].today);
            return;
        }
}

static enum record_fingerprint_judgement judge_codes(const uint16_t *codes)
{
    bool alike = true;
    for (size_t i = 0; i < RECORD_FINGERPRINT_TESTS; i++) {
        /* 220 answers a connection and STARTTLS, which is no test: the replies are out of step. */
        if (codes[i] == 220)
            return RECORD_FINGERPRINT_GREETING;
        if (codes[i] && (codes[i] < 200 || codes[i] > 599 || codes[i] / 100 == 3))
            return RECORD_FINGERPRINT_CODE;
        alike = alike && codes[i] == codes[0];
    }
    return alike ? RECORD_FINGERPRINT_ALIKE : RECORD_FINGERPRINT_GOOD;
}

enum record_fingerprint_judgement record_fingerprint_read(struct octets line,
                                                          struct record_fingerprint *ret)
{
    struct record_fingerprint f = {0};
    struct octets rest = octets_trim(line);
    if (!rest.size || rest.at[0] == '#')
        return RECORD_FINGERPRINT_NO_ROW;
    /* From the end, for a name may hold a colon. */
    for (size_t i = RECORD_FINGERPRINT_TESTS; i-- > 0;) {
        size_t colon = rest.size;
        uint64_t code;
        while (colon > 0 && rest.at[colon - 1] != ':')
            colon--;
        if (!colon ||
            !octets_to_number(octets_trim(octets_sub(rest, colon, rest.size)), 9999, &code))
            return RECORD_FINGERPRINT_FIELDS;
        f.codes[i] = (uint16_t)code;
        rest.size = colon - 1;
    }
    struct octets name = octets_trim(rest), last = name;
    uint64_t number;
    while (octets_find_octet(last, ':', 0) < last.size)
        (void)octets_take_until(&last, ':');
    take_name(name, &f);
    /* A number alone behind the last colon is a sixteenth code, not the end of a name. */
    if (!f.product.size || octets_to_number(last, UINT64_MAX, &number))
        return RECORD_FINGERPRINT_FIELDS;
    enum record_fingerprint_judgement j = judge_codes(f.codes);
    if (j == RECORD_FINGERPRINT_GOOD)
        *ret = f;
    return j;
}

/* Which test asks what; `only` are the codes that mean the same for ours, none: all but `never`. */
static const struct {
    size_t test;
    const char *ask;
    uint16_t only[2], never;
} asked[] = {
    {15, "ehlo", {0}, 0},
    {2, "helo-bare", {0}, 0},
    /* In many rows a reply of the step before was read, HELO's: HELP has 211 and 214 of its own. */
    {8, "help", {0}, 250},
    /* It had no brackets: other codes may judge that. */
    {1, "mail-first", {250, 503}, 0},
    {14, "noop", {0}, 0},
};
#define ASKED (sizeof asked / sizeof *asked)

static bool is_meant(size_t i, uint16_t code)
{
    bool is_listed = code == asked[i].only[0] || code == asked[i].only[1];
    return code && code != 421 && code != asked[i].never && (!asked[i].only[0] || is_listed);
}

enum err record_fingerprint_sections(const struct record_fingerprint *f, struct arena *a,
                                     struct specimen *ret)
{
    struct specimen s = {.sections = arena_alloc_array(a, ASKED, sizeof *s.sections)};
    struct octets *lines = arena_alloc_array(a, ASKED, sizeof *lines);
    size_t *end = arena_alloc(a, sizeof *end);
    if (!s.sections || !lines || !end)
        return ERR_NOMEM;
    *end = 1;
    for (size_t i = 0; i < ASKED; i++) {
        uint16_t code = f->codes[asked[i].test - 1];
        char text[32];
        if (!is_meant(i, code))
            continue;
        (void)snprintf(text, sizeof text, "%u " REACTION_ANY, (unsigned)code);
        if (!arena_copy(a, octets_of(text), &lines[i]))
            return ERR_NOMEM;
        s.sections[s.section_count++] = (struct specimen_section){
            .ask = octets_of(asked[i].ask),
            .reaction = {.lines = &lines[i], .line_count = 1, .reply_ends = end, .reply_count = 1}};
    }
    *ret = s;
    return ERR_OK;
}
