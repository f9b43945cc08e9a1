/* SPDX-License-Identifier: Apache-2.0 */
#include "ask.h"

#include "../dns/mtasts.h"
#include "../dns/name.h"
#include "../dns/tlsa.h"

#define PORT_SMTP            25
#define RESOLVER_NAME_OCTETS 512
#define SENDERS_MAX          8 /* addresses of exchanges that SPF is asked about */

/* ---- exchanges ---- */

static void ask_tlsa(struct survey *s, struct facts_exchange *x)
{
    struct buf name;
    buf_init(&name, 512);
    tlsa_append_name(&name, PORT_SMTP, x->host);
    if (!buf_error(&name))
        survey_ask(s, buf_octets(&name), DNS_TYPE_TLSA, (struct survey_to){&x->tlsa, NULL, NULL});
    buf_release(&name);
}

static void ask_exchange(struct survey *s, struct facts_exchange *x)
{
    struct address literal;
    x->is_address = address_parse(x->host, &literal);
    if (x->is_address)
        return;
    survey_ask(s, x->host, DNS_TYPE_A, (struct survey_to){&x->a, NULL, NULL});
    survey_ask(s, x->host, DNS_TYPE_AAAA, (struct survey_to){&x->aaaa, NULL, NULL});
    ask_tlsa(s, x);
}

static bool has_exchange(const struct facts_domain *d, struct octets host)
{
    for (size_t i = 0; i < d->exchange_count; i++)
        if (octets_is_equal_nocase(d->exchanges[i].host, host))
            return true;
    return false;
}

static int by_preference(const void *a, const void *b)
{
    const struct facts_exchange *x = a, *y = b;
    return x->preference != y->preference ? (int)x->preference - (int)y->preference
                                          : octets_compare(x->host, y->host);
}

static void on_mx(struct survey *s, void *about)
{
    struct facts_domain *d = s->d;
    const struct dns_record *r;
    size_t at = 0;
    (void)about;
    d->exchanges = arena_alloc_array(s->arena, d->mx.count, sizeof *d->exchanges);
    while (d->exchanges && (r = survey_next(&d->mx, DNS_TYPE_MX, &at))) {
        bool is_root = octets_is_equal(r->name, OCTETS("."));
        d->has_null_mx = d->has_null_mx || is_root;
        if (!is_root && !has_exchange(d, r->name))
            d->exchanges[d->exchange_count++] =
                (struct facts_exchange){.host = r->name, .preference = r->preference};
    }
    if (d->exchange_count)
        qsort(d->exchanges, d->exchange_count, sizeof *d->exchanges, by_preference);
    for (size_t i = 0; i < d->exchange_count && i < DOMAIN_EXCHANGES_MAX; i++)
        ask_exchange(s, &d->exchanges[i]);
}

/* ---- SPF ---- */

static enum dns_step spf_step(void *machine, struct dns_question *ret)
{
    return spf_walk_step(machine, ret);
}

static void spf_answer(void *machine, const struct dns_answer *answer)
{
    spf_walk_answer(machine, answer);
}

static void on_spf(struct survey *s, void *machine)
{
    s->d->spf = spf_walk_tree(machine);
}

static void ask_spf(struct survey *s)
{
    struct spf_walk *w;
    if (spf_walk_new(s->arena, s->d->name, &w) == ERR_OK)
        survey_drive(s, (struct survey_machine){spf_step, spf_answer, w, on_spf});
}

/* ---- who sends: SPF of the exchanges themselves ---- */

struct sending {
    struct spf_mail mail;
    struct spf_check *check;
    struct facts_sender *sender;
};

static enum dns_step sending_step(void *machine, struct dns_question *ret)
{
    const struct sending *g = machine;
    return spf_check_step(g->check, ret);
}

static void sending_answer(void *machine, const struct dns_answer *answer)
{
    const struct sending *g = machine;
    spf_check_answer(g->check, answer);
}

static void on_sending(struct survey *s, void *machine)
{
    const struct sending *g = machine;
    (void)s;
    g->sender->result = spf_check_verdict(g->check)->result;
}

/* Most of it is known by now: the answers of the SPF walk are kept. */
static void ask_sender(struct survey *s, struct octets host, const struct address *a)
{
    struct facts_domain *d = s->d;
    struct sending *g = arena_alloc(s->arena, sizeof *g);
    if (!g || d->spf_sender_count == SENDERS_MAX)
        return;
    g->mail =
        (struct spf_mail){.ip = *a, .local = OCTETS("postmaster"), .domain = d->name, .helo = host};
    if (spf_check_new(s->arena, &g->mail, SPF_LIMITS, &g->check))
        return;
    g->sender = &d->spf_senders[d->spf_sender_count++];
    *g->sender = (struct facts_sender){host, *a, SPF_RESULT_TEMPERROR};
    survey_drive(s, (struct survey_machine){sending_step, sending_answer, g, on_sending});
}

static void ask_senders_of(struct survey *s, const struct facts_exchange *x)
{
    const struct dns_record *r;
    size_t at = 0;
    while ((r = survey_next(&x->a, DNS_TYPE_A, &at)))
        ask_sender(s, x->host, &r->address);
    at = 0;
    while ((r = survey_next(&x->aaaa, DNS_TYPE_AAAA, &at)))
        ask_sender(s, x->host, &r->address);
}

/* ---- DNSSEC as the resolver tells it ---- */

static enum facts_dnssec dnssec_of(const struct facts_dns *a)
{
    if (!a->is_asked || a->status != DNS_FOUND)
        return FACTS_DNSSEC_UNKNOWN;
    return a->is_authentic ? FACTS_DNSSEC_SECURE : FACTS_DNSSEC_INSECURE;
}

/* AD is worth something from a resolver on this host that validates: which it does when it vouches
 * for the root.  Bogus answers never come from it: they are SERVFAIL. */
static void trust_resolver(struct survey *s)
{
    struct facts_domain *d = s->d;
    if (!d->is_resolver_local || !s->root.is_authentic)
        return;
    d->validator = FACTS_VALIDATOR_RESOLVER;
    d->dnssec = dnssec_of(d->mx.status == DNS_FOUND ? &d->mx : &d->ns);
    for (size_t i = 0; i < d->exchange_count; i++) {
        struct facts_exchange *x = &d->exchanges[i];
        x->tlsa_dnssec = dnssec_of(&x->tlsa);
        x->address_dnssec = dnssec_of(x->a.status == DNS_FOUND ? &x->a : &x->aaaa);
    }
}

/* ---- DNSSEC validated here ---- */

struct validating {
    struct survey *survey;
    enum facts_dnssec *to;
};

static void on_validated(void *owner, const struct validator_result *r)
{
    static const enum facts_dnssec is[] = {
        [VALIDATOR_UNKNOWN] = FACTS_DNSSEC_UNKNOWN,
        [VALIDATOR_INSECURE] = FACTS_DNSSEC_INSECURE,
        [VALIDATOR_SECURE] = FACTS_DNSSEC_SECURE,
        [VALIDATOR_BOGUS] = FACTS_DNSSEC_BOGUS,
    };
    struct validating *g = owner;
    struct survey *s = g->survey;
    *g->to = is[r->verdict];
    survey_leave(s);
}

static void validate(struct survey *s, struct octets name, enum dns_type type,
                     enum facts_dnssec *to)
{
    struct validating *g = arena_alloc(s->arena, sizeof *g);
    if (!g)
        return;
    *g = (struct validating){s, to};
    s->pending++;
    s->d->queries++;
    if (validator_ask(s->options->validator, name, type, on_validated, g))
        s->pending--; /* not the last: whoever asks holds one */
}

static void validate_exchange(struct survey *s, struct facts_exchange *x)
{
    struct buf name;
    if (x->is_address)
        return;
    validate(s, x->host, x->a.status == DNS_FOUND ? DNS_TYPE_A : DNS_TYPE_AAAA, &x->address_dnssec);
    buf_init(&name, 512);
    tlsa_append_name(&name, PORT_SMTP, x->host);
    if (!buf_error(&name))
        validate(s, buf_octets(&name), DNS_TYPE_TLSA, &x->tlsa_dnssec);
    buf_release(&name);
}

static void validate_all(struct survey *s)
{
    struct facts_domain *d = s->d;
    d->validator = FACTS_VALIDATOR_OURS;
    validate(s, d->name, DNS_TYPE_MX, &d->dnssec);
    for (size_t i = 0; i < d->exchange_count && i < DOMAIN_EXCHANGES_MAX; i++)
        validate_exchange(s, &d->exchanges[i]);
}

/* Once exchanges, addresses and SPF are known. */
void survey_second(struct survey *s)
{
    struct facts_domain *d = s->d;
    if (s->options->validator)
        validate_all(s);
    else if (!s->kept)
        trust_resolver(s);
    bool has_record = d->spf && d->spf->count && d->spf->nodes[0]->found == SPF_FOUND_RECORD;
    d->spf_senders = arena_alloc_array(s->arena, SENDERS_MAX, sizeof *d->spf_senders);
    if (!has_record || !d->spf_senders)
        return;
    for (size_t i = 0; i < d->exchange_count && i < DOMAIN_EXCHANGES_MAX; i++)
        ask_senders_of(s, &d->exchanges[i]);
}

/* ---- DMARC ---- */

static enum dns_step dmarc_step(void *machine, struct dns_question *ret)
{
    return dmarc_walk_step(machine, ret);
}

static void dmarc_answer(void *machine, const struct dns_answer *answer)
{
    dmarc_walk_answer(machine, answer);
}

static bool is_known_receiver(const struct facts_domain *d, struct octets domain)
{
    for (size_t i = 0; i < d->receiver_count; i++)
        if (octets_is_equal_nocase(d->receivers[i].domain, domain))
            return true;
    return false;
}

/* Who belongs to the domain's own organisation needs no leave (RFC 9990 s4). */
static bool is_own(const struct facts_domain *d, struct octets domain)
{
    return !domain.size || dns_name_is_under(domain, d->name) ||
           (d->organization.size && dns_name_is_under(domain, d->organization)) ||
           (d->dmarc->organization.size && dns_name_is_under(domain, d->dmarc->organization));
}

static void ask_receivers(struct survey *s, const struct report_uris *uris, struct octets policy)
{
    struct facts_domain *d = s->d;
    struct buf name;
    for (size_t i = 0; i < uris->count && d->receiver_count < DOMAIN_RECEIVERS_MAX; i++) {
        struct octets domain = uris->at[i].domain;
        if (is_own(d, domain) || is_known_receiver(d, domain))
            continue;
        struct facts_receiver *r = &d->receivers[d->receiver_count++];
        r->domain = domain;
        buf_init(&name, 1024);
        dmarc_append_report_name(&name, policy, domain);
        survey_ask(s, buf_octets(&name), DNS_TYPE_TXT, (struct survey_to){&r->answer, NULL, NULL});
        buf_release(&name);
    }
}

static void on_dmarc(struct survey *s, void *machine)
{
    struct facts_domain *d = s->d;
    d->dmarc = dmarc_walk_result(machine);
    const struct dmarc_step *policy = d->dmarc->policy;
    d->receivers = arena_alloc_array(s->arena, DOMAIN_RECEIVERS_MAX, sizeof *d->receivers);
    if (!policy || !policy->record || !d->receivers)
        return;
    ask_receivers(s, &policy->record->rua, policy->domain);
    ask_receivers(s, &policy->record->ruf, policy->domain);
}

static void ask_dmarc(struct survey *s)
{
    struct dmarc_walk *w;
    if (dmarc_walk_new(s->arena, s->d->name, &w) == ERR_OK)
        survey_drive(s, (struct survey_machine){dmarc_step, dmarc_answer, w, on_dmarc});
}

/* ---- the others ---- */

static void ask_selector(struct survey *s, struct facts_selector *one, survey_then *then)
{
    struct buf below;
    const char *name = arena_copy_text(s->arena, one->name);
    buf_init(&below, 512);
    buf_append_text(&below, "_domainkey.");
    buf_append(&below, s->d->name);
    if (name)
        survey_ask_below(s, name, buf_octets(&below), DNS_TYPE_TXT,
                         (struct survey_to){&one->answer, then, NULL});
    buf_release(&below);
}

/*
 * NXDOMAIN of _domainkey.NAME means that nothing is below it (RFC 8020 s2), and spares a question
 * for each common selector.  But old servers say so of a name which has no records of its own and
 * has names below it (unbound.conf(5) tells of them at harden-below-nxdomain).  Hence what the user
 * named is asked for all the same, and so are some of the commonest; if one of those exists, the
 * server is such a one, and all are asked for.
 */
#define SELECTORS_FIRST 6

static bool is_first(const struct facts_domain *d, size_t i)
{
    return d->selectors[i].is_typed || i < SELECTORS_FIRST ||
           d->selectors[i - SELECTORS_FIRST].is_typed;
}

static void on_first_selector(struct survey *s, void *about)
{
    static const struct facts_dns absent = {.is_asked = true, .status = DNS_NO_SUCH_NAME};
    struct facts_domain *d = s->d;
    bool contradicts = false;
    (void)about;
    if (--s->selectors_left)
        return;
    for (size_t i = 0; i < d->selector_count; i++) {
        enum dns_status status = d->selectors[i].answer.status;
        contradicts =
            contradicts || (is_first(d, i) && (status == DNS_FOUND || status == DNS_NO_DATA));
    }
    for (size_t i = 0; i < d->selector_count; i++)
        if (!is_first(d, i) && contradicts)
            ask_selector(s, &d->selectors[i], NULL);
        else if (!is_first(d, i))
            d->selectors[i].answer = absent;
}

static void on_keys(struct survey *s, void *about)
{
    struct facts_domain *d = s->d;
    bool asks_all = s->keys.status != DNS_NO_SUCH_NAME;
    (void)about;
    for (size_t i = 0; i < d->selector_count; i++)
        s->selectors_left += is_first(d, i);
    for (size_t i = 0; i < d->selector_count; i++)
        if (asks_all || is_first(d, i))
            ask_selector(s, &d->selectors[i], asks_all ? NULL : on_first_selector);
}

static void ask_selectors(struct survey *s)
{
    struct facts_domain *d = s->d;
    const struct domain_options *o = s->options;
    d->selectors = arena_alloc_array(s->arena, o->selector_count, sizeof *d->selectors);
    for (size_t i = 0; d->selectors && i < o->selector_count; i++)
        d->selectors[d->selector_count++] = (struct facts_selector){
            .name = o->selectors[i].name, .is_typed = o->selectors[i].is_typed};
    if (d->selector_count)
        survey_ask_below(s, "_domainkey", d->name, DNS_TYPE_TXT,
                         (struct survey_to){&s->keys, on_keys, NULL});
}

/* Those that were found, or not answered for, are kept by name; of the others it is known how many
 * there were. */
static void recall_selectors(struct survey *s)
{
    static const struct octets mark = OCTETS_INIT("._domainkey.");
    struct facts_domain *d = s->d;
    d->selectors = arena_alloc_array(s->arena, s->kept->selector_count, sizeof *d->selectors);
    for (size_t i = 0; d->selectors && i < s->kept->asked_count; i++) {
        const struct facts_asked *one = &s->kept->asked[i];
        size_t at = octets_find(one->name, mark, 0);
        struct octets below = octets_sub(one->name, at + mark.size, one->name.size);
        if (at < one->name.size && octets_is_equal_nocase(below, d->name) &&
            d->selector_count < s->kept->selector_count)
            d->selectors[d->selector_count++] = (struct facts_selector){
                .name = octets_sub(one->name, 0, at), .answer = one->answer};
    }
    while (d->selectors && d->selector_count < s->kept->selector_count)
        d->selectors[d->selector_count++] =
            (struct facts_selector){.answer = {.is_asked = true, .status = DNS_NO_SUCH_NAME}};
}

/* RFC 8461 s3.1: with no record, or several, nobody fetches a policy. */
static void on_mtasts(struct survey *s, void *about)
{
    const struct dns_record *r;
    size_t at = 0, count = 0;
    (void)about;
    while ((r = survey_next(&s->d->mtasts, DNS_TYPE_TXT, &at)))
        count += mtasts_is_record(r->text);
    if (count == 1 && s->options->https)
        survey_policy(s);
}

/* RFC 8659 s3: the nearest name that has records, from the domain upwards. */
static void on_caa(struct survey *s, void *about)
{
    struct facts_domain *d = s->d;
    size_t labels = dns_name_labels(d->caa_at);
    (void)about;
    if (d->caa.status == DNS_FOUND || d->caa.status == DNS_FAILED || labels <= 1)
        return;
    d->caa_at = dns_name_suffix(d->caa_at, labels - 1);
    survey_ask(s, d->caa_at, DNS_TYPE_CAA, (struct survey_to){&d->caa, on_caa, NULL});
}

/* All that rests on no answer. */
static void ask_all(struct survey *s)
{
    struct facts_domain *d = s->d;
    d->caa_at = d->name;
    survey_ask(s, d->name, DNS_TYPE_MX, (struct survey_to){&d->mx, on_mx, NULL});
    survey_ask(s, d->name, DNS_TYPE_NS, (struct survey_to){&d->ns, NULL, NULL});
    survey_ask(s, d->name, DNS_TYPE_CAA, (struct survey_to){&d->caa, on_caa, NULL});
    survey_ask_below(s, "_mta-sts", d->name, DNS_TYPE_TXT,
                     (struct survey_to){&d->mtasts, on_mtasts, NULL});
    survey_ask_below(s, "_smtp._tls", d->name, DNS_TYPE_TXT,
                     (struct survey_to){&d->tlsrpt, NULL, NULL});
    survey_ask_below(s, "default._bimi", d->name, DNS_TYPE_TXT,
                     (struct survey_to){&d->bimi, NULL, NULL});
    ask_spf(s);
    ask_dmarc(s);
}

static void name_resolver(const struct resolver *r, struct arena *a, struct octets *ret)
{
    struct buf name;
    buf_init(&name, RESOLVER_NAME_OCTETS);
    resolver_append_name(r, &name);
    if (!arena_copy(a, buf_octets(&name), ret))
        *ret = OCTETS_NONE;
    buf_release(&name);
}

enum err domain_survey(const struct domain_options *options, struct arena *a,
                       struct facts_domain *d, domain_surveyed *done, void *owner)
{
    struct survey *s = arena_alloc(a, sizeof *s);
    if (!s || !*options->resolver)
        return s ? ERR_CLOSED : ERR_NOMEM;
    *s = (struct survey){
        .options = options, .arena = a, .d = d, .done = done, .owner = owner, .pending = 1};
    name_resolver(*options->resolver, a, &d->resolver);
    d->is_resolver_local = resolver_is_local(*options->resolver);
    if (d->is_resolver_local)
        survey_ask(s, OCTETS("."), DNS_TYPE_NS, (struct survey_to){&s->root, NULL, NULL});
    ask_all(s);
    ask_selectors(s);
    if (s->pending == 1)
        return ERR_NOMEM; /* nothing could be asked */
    s->pending--;
    return ERR_OK;
}

/* ---- once more, from what is kept ---- */

/* DNSSEC is not decided again: signatures are not kept. */
static void recall_dnssec(struct facts_domain *d, const struct facts_domain *kept)
{
    d->dnssec = kept->dnssec;
    d->validator = kept->validator;
    for (size_t i = 0; i < d->exchange_count; i++) {
        struct facts_exchange *x = &d->exchanges[i];
        for (size_t k = 0; k < kept->exchange_count; k++) {
            if (!octets_is_equal_nocase(kept->exchanges[k].host, x->host))
                continue;
            x->address_dnssec = kept->exchanges[k].address_dnssec;
            x->tlsa_dnssec = kept->exchanges[k].tlsa_dnssec;
        }
    }
}

enum err domain_recall(const struct facts_domain *kept, struct arena *a, struct facts_domain *d)
{
    static const struct domain_options nobody = {0};
    struct survey *s = arena_alloc(a, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    *s = (struct survey){.options = &nobody, .arena = a, .d = d, .kept = kept};
    d->policy = kept->policy;
    ask_all(s);
    recall_selectors(s);
    survey_second(s);
    recall_dnssec(d, kept);
    d->asked = kept->asked;
    d->asked_count = kept->asked_count;
    d->resolver = kept->resolver;
    d->queries = kept->queries;
    return ERR_OK;
}
