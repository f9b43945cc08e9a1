/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve.h"

#include <assert.h>
#include <string.h>

#define CHAIN_MAX 16 /* CNAMEs followed within one answer; resolvers themselves stop earlier */

enum family { FAMILY_V4, FAMILY_V6, FAMILY__COUNT };

static const struct {
    enum dns_type type;
    const char *name;
} families[FAMILY__COUNT] = {
    [FAMILY_V4] = {DNS_TYPE_A, "A"},
    [FAMILY_V6] = {DNS_TYPE_AAAA, "AAAA"},
};

/* Why an exchange gave no address, the less telling first: the last of all exchanges' becomes the
 * outcome. */
enum trouble {
    TROUBLE_NO_ADDRESS,
    TROUBLE_NO_SUCH_NAME,
    TROUBLE_SPECIAL_USE,
    TROUBLE_EXCLUDED,
    TROUBLE_DNS_FAILED,
    TROUBLE_DNS_TIMEOUT,
    TROUBLE__COUNT
};

/* clang-format off */
static const struct {
    enum facts_outcome outcome;
    enum target_note_kind note;
    const char *host_words;   /* after the name, when it was taken as a host */
    const char *domain_words; /* after the name, when its exchanges were asked for */
} troubles[TROUBLE__COUNT] = {
    [TROUBLE_NO_ADDRESS] = {FACTS_OUTCOME_NO_ADDRESS, TARGET_NOTE_MX_NO_ADDRESS,
        " has no address of the families asked for",
        ": no mail exchange has an address of the families asked for"},
    [TROUBLE_NO_SUCH_NAME] = {FACTS_OUTCOME_NO_SUCH_NAME, TARGET_NOTE_MX_NO_SUCH_NAME,
        " does not exist (NXDOMAIN)",
        ": no mail exchange has an address, and one does not exist (NXDOMAIN)"},
    [TROUBLE_SPECIAL_USE] = {FACTS_OUTCOME_EXCLUDED, TARGET_NOTE_MX_SPECIAL_USE,
        " has special-use addresses only",
        ": the mail exchanges have special-use addresses only"},
    [TROUBLE_EXCLUDED] = {FACTS_OUTCOME_EXCLUDED, TARGET_NOTE_MX_EXCLUDED,
        " has excluded addresses only",
        ": the mail exchanges have excluded addresses only"},
    [TROUBLE_DNS_FAILED] = {FACTS_OUTCOME_DNS_FAILED, TARGET_NOTE_MX_DNS_FAILED,
        ": asking DNS for the address failed",
        ": asking DNS for the addresses of the mail exchanges failed"},
    [TROUBLE_DNS_TIMEOUT] = {FACTS_OUTCOME_DNS_TIMEOUT, TARGET_NOTE_MX_DNS_TIMEOUT,
        ": DNS did not answer in time for the address",
        ": DNS did not answer in time for the addresses of the mail exchanges"},
};

/* After the name: what was left out, by [exchanges][addresses]. */
static const char *const cut_words[2][2] = {
    {NULL, " leads to more than 100 addresses: the first 100 were taken"},
    {" has more than 50 mail exchanges: the first 50 were asked for",
     " has more than 50 mail exchanges, which have more than 100 addresses: the first were taken"},
};
/* clang-format on */

struct question {
    struct machine *machine;
    struct exchange *exchange;
    enum dns_type type;
    enum resolver_status status;
    struct address *addresses;
    size_t address_count;
};

struct exchange {
    struct octets host;
    uint16_t preference;
    struct address literal; /* the host is an address in text form: nothing is asked */
    struct octets cname;    /* where the chain of CNAMEs from host ends; none without one */
    struct question questions[FAMILY__COUNT];
};

struct machine {
    struct resolver *resolver;
    struct arena *arena;
    target_resolved *done;
    void *owner;
    struct target_resolve_options options;
    struct octets name;
    struct exchange *exchanges; /* by preference; for a host just itself */
    size_t exchange_count;
    size_t pending; /* questions without an answer yet */
    enum err error; /* our own failure: no more is asked, and the outcome is FAILED */
    bool are_exchanges_cut, are_addresses_cut;
    size_t refused_count;
    bool has_excluded;
    size_t endpoint_room, note_room;
    enum trouble trouble;
    struct target_resolution result;
};

const char *target_note_name(enum target_note_kind k)
{
#define X(id, name) [TARGET_NOTE_##id] = (name),
    static const char *const names[] = {TARGET_NOTE_MAP(X)};
#undef X
    return k < TARGET_NOTE__COUNT ? names[k] : "?";
}

/* A buffer on the stack: it never grows past its room, so it must not be released. */
static struct buf stack_buf(uint8_t *data, size_t octets)
{
    return (struct buf){.data = data, .room = octets, .cap = octets};
}

/* Keeps the first failure only: what follows is its consequence. */
static void fail(struct machine *m, enum err e)
{
    if (!m->error)
        m->error = e;
}

/* The very last step: the owner may release the arena, and the machine with it. */
static void answer(struct machine *m, enum facts_outcome outcome, const char *words)
{
    uint8_t text[TARGET_NAME_OCTETS + 128]; /* the name and one of our clauses */
    struct buf reason = stack_buf(text, sizeof text);
    if (words) {
        buf_append(&reason, m->name);
        buf_append_text(&reason, words);
    }
    m->result.outcome = outcome;
    if (!arena_copy(m->arena, buf_octets(&reason), &m->result.reason))
        fail(m, ERR_NOMEM);
    if (m->error)
        m->result = (struct target_resolution){.outcome = FACTS_OUTCOME_FAILED,
                                               .reason = octets_of(err_text(m->error)),
                                               .is_domain = m->result.is_domain};
    m->done(m->owner, &m->result);
}

static void take_note(struct machine *m, enum target_note_kind kind, struct octets host,
                      struct octets detail)
{
    struct target_note note = {.kind = kind, .host = host};
    void *notes = m->result.notes;
    if (!arena_copy(m->arena, detail, &note.detail) ||
        !arena_grow(m->arena, &notes, m->result.note_count, &m->note_room, sizeof note)) {
        fail(m, ERR_NOMEM);
        return;
    }
    m->result.notes = notes;
    m->result.notes[m->result.note_count++] = note;
}

static void refuse_address(struct machine *m, const struct exchange *x, const struct address *a,
                           const char *use)
{
    uint8_t text[128];
    struct buf detail = stack_buf(text, sizeof text);
    address_append(&detail, a);
    buf_append_text(&detail, " is special-use: ");
    buf_append_text(&detail, use);
    take_note(m, TARGET_NOTE_MX_SPECIAL_USE, x->host, buf_octets(&detail));
    m->refused_count++;
}

static bool is_excluded(const struct machine *m, const struct exchange *x, const struct address *a)
{
    const struct target_exclude *exclude = m->options.exclude;
    return exclude &&
           (target_exclude_has_address(exclude, a) || target_exclude_has_name(exclude, x->host) ||
            target_exclude_has_name(exclude, x->cname));
}

static void exclude_address(struct machine *m, const struct exchange *x, const struct address *a)
{
    uint8_t text[128];
    struct buf detail = stack_buf(text, sizeof text);
    address_append(&detail, a);
    take_note(m, TARGET_NOTE_MX_EXCLUDED, x->host, buf_octets(&detail));
    m->refused_count++;
    m->has_excluded = true;
}

static void take_endpoint(struct machine *m, const struct exchange *x, const struct address *a)
{
    struct target_resolution *r = &m->result;
    void *endpoints = r->endpoints;
    if (!arena_grow(m->arena, &endpoints, r->endpoint_count, &m->endpoint_room,
                    sizeof *r->endpoints)) {
        fail(m, ERR_NOMEM);
        return;
    }
    r->endpoints = endpoints;
    r->endpoints[r->endpoint_count++] =
        (struct target_endpoint){.host = x->host, .address = *a, .preference = x->preference};
}

static bool has_endpoint(const struct machine *m, const struct address *a)
{
    for (size_t i = 0; i < m->result.endpoint_count; i++)
        if (address_is_equal(&m->result.endpoints[i].address, a))
            return true;
    return false;
}

static void take_address(struct machine *m, const struct exchange *x, const struct address *a)
{
    const char *use = m->options.allow_special ? NULL : address_special_use(a);
    if (has_endpoint(m, a))
        return;
    if (m->result.endpoint_count + m->refused_count == TARGET_RESOLVE_ADDRESSES_MAX)
        m->are_addresses_cut = true;
    else if (is_excluded(m, x, a))
        exclude_address(m, x, a);
    else if (use)
        refuse_address(m, x, a, use);
    else
        take_endpoint(m, x, a);
}

static enum trouble trouble_of(enum resolver_status s)
{
    switch (s) {
    case RESOLVER_OK:
    case RESOLVER_NO_DATA:
        return TROUBLE_NO_ADDRESS;
    case RESOLVER_NO_SUCH_NAME:
        return TROUBLE_NO_SUCH_NAME;
    case RESOLVER_TIMEOUT:
        return TROUBLE_DNS_TIMEOUT;
    case RESOLVER_FAILED:
    case RESOLVER_CANCELLED:
        break;
    }
    return TROUBLE_DNS_FAILED;
}

static enum trouble worse_of(enum trouble a, enum trouble b)
{
    return a > b ? a : b;
}

/* A family that could not be asked for is noted even when the other one gave addresses. */
static void settle_questions(struct machine *m, const struct exchange *x)
{
    enum trouble worst = TROUBLE_NO_ADDRESS;
    for (size_t f = 0; f < FAMILY__COUNT; f++) {
        const struct question *q = &x->questions[f];
        enum trouble t = q->address_count ? TROUBLE_SPECIAL_USE : trouble_of(q->status);
        if (t > TROUBLE_EXCLUDED)
            take_note(m, troubles[t].note, x->host, octets_of(families[f].name));
        for (size_t i = 0; i < q->address_count; i++)
            take_address(m, x, &q->addresses[i]);
        worst = worse_of(worst, t);
    }
    if (m->result.is_domain && worst < TROUBLE_SPECIAL_USE)
        take_note(m, troubles[worst].note, x->host, OCTETS_NONE);
    m->trouble = worse_of(m->trouble, m->has_excluded ? worse_of(worst, TROUBLE_EXCLUDED) : worst);
}

static void settle_exchange(struct machine *m, const struct exchange *x)
{
    if (m->result.is_domain && x->literal.family)
        take_note(m, TARGET_NOTE_MX_IS_ADDRESS, x->host, OCTETS_NONE);
    if (m->result.is_domain && x->cname.size)
        take_note(m, TARGET_NOTE_MX_IS_CNAME, x->host, x->cname);
    settle_questions(m, x);
}

/* All answers are here. */
static void finish(struct machine *m)
{
    for (size_t i = 0; i < m->exchange_count && !m->error; i++)
        settle_exchange(m, &m->exchanges[i]);
    if (m->result.endpoint_count)
        answer(m, FACTS_OUTCOME_ANSWERED, cut_words[m->are_exchanges_cut][m->are_addresses_cut]);
    else
        answer(m, troubles[m->trouble].outcome,
               m->result.is_domain ? troubles[m->trouble].domain_words
                                   : troubles[m->trouble].host_words);
}

static bool is_record(const struct dns_record *r, struct octets owner, enum dns_type type)
{
    return r->type == type && octets_is_equal_nocase(r->owner, owner);
}

static const struct dns_record *find_record(const struct dns_message *message, struct octets owner,
                                            enum dns_type type)
{
    for (size_t i = 0; i < message->record_count; i++)
        if (is_record(&message->records[i], owner, type))
            return &message->records[i];
    return NULL;
}

/* The owner of the records asked for: the name itself, or where its chain of CNAMEs ends (RFC 1034
 * s3.6.2). */
static struct octets find_owner(const struct dns_message *message, struct octets name)
{
    for (int hop = 0; hop < CHAIN_MAX; hop++) {
        const struct dns_record *r = find_record(message, name, DNS_TYPE_CNAME);
        if (!r)
            break;
        name = r->name;
    }
    return name;
}

static size_t count_records(const struct dns_message *message, struct octets owner,
                            enum dns_type type)
{
    size_t n = 0;
    for (size_t i = 0; i < message->record_count; i++)
        n += is_record(&message->records[i], owner, type);
    return n;
}

static void collect_addresses(struct machine *m, struct question *q,
                              const struct dns_message *message)
{
    struct octets owner = find_owner(message, q->exchange->host);
    size_t room = count_records(message, owner, q->type);
    if (room > TARGET_RESOLVE_ADDRESSES_MAX) {
        room = TARGET_RESOLVE_ADDRESSES_MAX;
        m->are_addresses_cut = true;
    }
    q->addresses = arena_alloc_array(m->arena, room, sizeof *q->addresses);
    if (!q->addresses) {
        fail(m, ERR_NOMEM);
        return;
    }
    for (size_t i = 0; i < message->record_count && q->address_count < room; i++)
        if (is_record(&message->records[i], owner, q->type))
            q->addresses[q->address_count++] = message->records[i].address;
    bool is_alias = !octets_is_equal_nocase(owner, q->exchange->host);
    if (is_alias && !q->exchange->cname.size && !arena_copy(m->arena, owner, &q->exchange->cname))
        fail(m, ERR_NOMEM);
}

static void on_addresses(void *owner, enum resolver_status status,
                         const struct dns_message *message)
{
    struct question *q = owner;
    struct machine *m = q->machine;
    q->status = status;
    if (status == RESOLVER_CANCELLED)
        fail(m, ERR_CLOSED);
    else if (status == RESOLVER_OK)
        collect_addresses(m, q, message);
    if (--m->pending == 0)
        finish(m);
}

static bool is_asked(const struct machine *m, enum family f)
{
    return f == FAMILY_V4 ? m->options.use_v4 : m->options.use_v6;
}

static void ask_family(struct machine *m, struct exchange *x, enum family f)
{
    struct question *q = &x->questions[f];
    *q = (struct question){.machine = m, .exchange = x, .type = families[f].type};
    if (x->literal.family) {
        q->addresses = &x->literal;
        q->address_count = x->literal.family == (f == FAMILY_V4 ? 4 : 6);
        return;
    }
    enum err e = resolver_ask(m->resolver, x->host, q->type, on_addresses, q);
    if (e == ERR_OK)
        m->pending++;
    else if (e == ERR_SYNTAX) /* an exchange with octets that no host name has: theirs, not ours */
        q->status = RESOLVER_FAILED;
    else
        fail(m, e);
}

/* Asks for all addresses at once.  Nothing is pending when all exchanges are addresses or asking
 * failed. */
static void ask_addresses(struct machine *m)
{
    for (size_t i = 0; i < m->exchange_count; i++)
        for (enum family f = 0; f < FAMILY__COUNT; f++)
            if (is_asked(m, f) && !m->error)
                ask_family(m, &m->exchanges[i], f);
}

/* The name itself is visited, as a host. */
static void ask_host(struct machine *m)
{
    m->exchanges = arena_alloc(m->arena, sizeof *m->exchanges);
    if (!m->exchanges) {
        fail(m, ERR_NOMEM);
        return;
    }
    m->exchanges[0].host = m->name;
    m->exchange_count = 1;
    ask_addresses(m);
}

static bool is_root(struct octets name)
{
    return octets_is_equal(name, OCTETS("."));
}

/* False when the same host stands there already with a preference at least as good; a worse one
 * makes room. */
static bool drop_duplicate(struct machine *m, const struct dns_record *r)
{
    size_t i = 0;
    while (i < m->exchange_count && !octets_is_equal_nocase(m->exchanges[i].host, r->name))
        i++;
    if (i == m->exchange_count)
        return true;
    if (m->exchanges[i].preference <= r->preference)
        return false;
    m->exchange_count--;
    memmove(&m->exchanges[i], &m->exchanges[i + 1], (m->exchange_count - i) * sizeof *m->exchanges);
    return true;
}

/* Keeps the array sorted by preference, equal ones as answered; past `room` the least preferred
 * falls out. */
static void insert_exchange(struct machine *m, const struct dns_record *r, size_t room)
{
    if (!drop_duplicate(m, r))
        return;
    size_t at = m->exchange_count;
    while (at > 0 && m->exchanges[at - 1].preference > r->preference)
        at--;
    if (m->exchange_count == room)
        m->are_exchanges_cut = true;
    else
        m->exchange_count++;
    if (at == room)
        return;
    memmove(&m->exchanges[at + 1], &m->exchanges[at],
            (m->exchange_count - 1 - at) * sizeof *m->exchanges);
    m->exchanges[at] = (struct exchange){.host = r->name, .preference = r->preference};
}

/* The hosts borrow from the message, which ends with this call. */
static void keep_exchanges(struct machine *m)
{
    for (size_t i = 0; i < m->exchange_count; i++) {
        struct exchange *x = &m->exchanges[i];
        if (!address_parse(x->host, &x->literal))
            x->literal.family = 0;
        if (!arena_copy(m->arena, x->host, &x->host))
            fail(m, ERR_NOMEM);
    }
}

static void collect_exchanges(struct machine *m, const struct dns_message *message,
                              struct octets owner)
{
    size_t room = count_records(message, owner, DNS_TYPE_MX);
    if (room > TARGET_RESOLVE_EXCHANGES_MAX)
        room = TARGET_RESOLVE_EXCHANGES_MAX;
    m->exchanges = arena_alloc_array(m->arena, room, sizeof *m->exchanges);
    if (!m->exchanges) {
        fail(m, ERR_NOMEM);
        return;
    }
    bool has_root = false;
    for (size_t i = 0; i < message->record_count; i++) {
        const struct dns_record *r = &message->records[i];
        if (!is_record(r, owner, DNS_TYPE_MX))
            continue;
        if (is_root(r->name))
            has_root = true;
        else
            insert_exchange(m, r, room);
    }
    keep_exchanges(m);
    if (has_root && m->exchange_count)
        take_note(m, TARGET_NOTE_MX_NO_ADDRESS, OCTETS("."),
                  OCTETS("a null MX beside others (RFC 7505 s3)"));
}

/* Whatever came of asking for more: this is where a machine without questions under way ends. */
static void finish_unless_pending(struct machine *m)
{
    if (m->pending == 0)
        finish(m);
}

/* RFC 5321 s5.1: without MX records the name itself is the exchange. */
static void on_no_exchanges(struct machine *m)
{
    take_note(m, TARGET_NOTE_NO_MX, m->name, OCTETS_NONE);
    if (!m->error)
        ask_host(m);
    finish_unless_pending(m);
}

static void on_exchanges(struct machine *m, const struct dns_message *message)
{
    struct octets owner = find_owner(message, m->name);
    if (!find_record(message, owner, DNS_TYPE_MX)) {
        on_no_exchanges(m); /* a CNAME to a name without MX records */
        return;
    }
    m->result.is_domain = true;
    collect_exchanges(m, message, owner);
    if (!m->error && m->exchange_count == 0) {
        answer(m, FACTS_OUTCOME_NO_MAIL, " has a null MX (RFC 7505)");
        return;
    }
    ask_addresses(m);
    finish_unless_pending(m);
}

static void on_mx(void *owner, enum resolver_status status, const struct dns_message *message)
{
    struct machine *m = owner;
    m->pending--;
    switch (status) {
    case RESOLVER_OK:
        on_exchanges(m, message);
        return;
    case RESOLVER_NO_DATA:
        on_no_exchanges(m);
        return;
    case RESOLVER_NO_SUCH_NAME:
        answer(m, FACTS_OUTCOME_NO_SUCH_NAME, " does not exist (NXDOMAIN)");
        return;
    case RESOLVER_FAILED:
        answer(m, FACTS_OUTCOME_DNS_FAILED, ": asking DNS for the mail exchanges failed");
        return;
    case RESOLVER_TIMEOUT:
        answer(m, FACTS_OUTCOME_DNS_TIMEOUT, ": DNS did not answer in time for the mail exchanges");
        return;
    case RESOLVER_CANCELLED:
        break;
    }
    fail(m, ERR_CLOSED);
    finish(m);
}

enum err target_resolve(struct resolver *r, const struct target *t,
                        const struct target_resolve_options *options, struct arena *a,
                        target_resolved *done, void *owner)
{
    assert(t->kind == TARGET_NAME && (options->use_v4 || options->use_v6));
    struct machine *m = arena_alloc(a, sizeof *m);
    if (!m)
        return ERR_NOMEM;
    *m = (struct machine){
        .resolver = r, .arena = a, .done = done, .owner = owner, .options = *options};
    if (!arena_copy(a, t->name, &m->name))
        return ERR_NOMEM;
    if (options->as == TARGET_AS_HOST) {
        ask_host(m);
        return m->pending ? ERR_OK : m->error; /* what is pending answers for the failure */
    }
    enum err e = resolver_ask(r, m->name, DNS_TYPE_MX, on_mx, m);
    if (e)
        return e;
    m->pending = 1;
    return ERR_OK;
}
