/* SPDX-License-Identifier: Apache-2.0 */
#include "name.h"
#include "spf_check_parts.h"

/* Whether text needs %{p}, which is not known yet: then it is found first. */
static bool needs_p(struct spf_check *c, struct octets text)
{
    if (c->now->p.size || !(spf_macro_letters(text) & SPF_LETTER_P))
        return false;
    c->is_for_p = true;
    c->after_p = c->stage;
    c->stage = STAGE_NAMES;
    return true;
}

/* ---- questions ---- */

static void ask(struct spf_check *c, struct octets name, enum dns_type type, enum stage stage)
{
    c->stage = stage;
    c->is_asking = true;
    c->question = (struct dns_question){.name = name, .type = type};
}

/* Of a name that is plain text: one that cannot be asked for does not exist (s4.8 leaves it open). */
static void ask_plain(struct spf_check *c, struct octets name, enum dns_type type, enum stage stage)
{
    struct octets escaped = OCTETS_NONE;
    struct buf out;
    c->is_malformed = !dns_name_is_valid(name);
    buf_init(&out, QUESTION_OCTETS);
    if (!c->is_malformed)
        dns_name_append_escaped(&out, name);
    if (buf_error(&out))
        c->is_out_of_memory = true;
    else
        (void)spf_check_keep(c, buf_octets(&out), &escaped);
    buf_release(&out);
    ask(c, escaped, type, stage);
}

static void ask_pointer(struct spf_check *c)
{
    struct octets name = OCTETS_NONE;
    struct buf out;
    buf_init(&out, QUESTION_OCTETS);
    dns_name_append_reverse(&out, &c->ip);
    if (buf_error(&out))
        c->is_out_of_memory = true;
    else
        (void)spf_check_keep(c, buf_octets(&out), &name);
    buf_release(&out);
    ask(c, name, DNS_TYPE_PTR, STAGE_NAMES);
}

static enum dns_type address_type(const struct spf_check *c)
{
    return c->ip.family == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA;
}

/* ---- results ---- */

static void finish(struct spf_check *c, enum spf_result result);

/* s4.6.2; the record of `now` has decided. */
static void decide(struct spf_check *c, enum spf_result result, enum spf_cause cause)
{
    c->verdict.decider = c->now;
    c->verdict.term = c->term;
    c->verdict.cause = cause;
    finish(c, result);
}

static void match(struct spf_check *c)
{
    static const enum spf_result of[] = {
        [SPF_PLUS] = SPF_RESULT_PASS,
        [SPF_MINUS] = SPF_RESULT_FAIL,
        [SPF_TILDE] = SPF_RESULT_SOFTFAIL,
        [SPF_QUESTION] = SPF_RESULT_NEUTRAL,
    };
    decide(c, of[c->term->qualifier], SPF_CAUSE_NOTHING);
}

static void end_all(struct spf_check *c, enum spf_result result)
{
    c->verdict.result = result;
    bool may_explain = result == SPF_RESULT_FAIL && c->verdict.decider->record->exp;
    c->stage = may_explain ? STAGE_EXPLAIN : STAGE_DONE;
    if (may_explain)
        for (c->now = (struct spf_visit *)c->verdict.visits; c->now != c->verdict.decider;)
            c->now = c->now->next;
}

/* s5.2: what the result of an included record means for the one that includes. */
static void return_include(struct spf_check *c, enum spf_result result)
{
    c->stage = STAGE_TERM;
    switch (result) {
    case SPF_RESULT_PASS:
        match(c);
        return;
    case SPF_RESULT_TEMPERROR:
    case SPF_RESULT_PERMERROR:
        finish(c, result);
        return;
    case SPF_RESULT_NONE:
        finish(c, SPF_RESULT_PERMERROR);
        return;
    case SPF_RESULT_NEUTRAL:
    case SPF_RESULT_FAIL:
    case SPF_RESULT_SOFTFAIL:
    case SPF_RESULT__COUNT:
        return;
    }
}

/* The record of `now` has a result.  As deep as includes go, which the lookups bound. */
static void finish(struct spf_check *c, enum spf_result result)
{
    struct spf_visit *done = c->now;
    done->result = result;
    if (!done->parent) {
        end_all(c, result);
        return;
    }
    c->now = done->parent;
    c->term = done->via;
    if (done->via->kind == SPF_INCLUDE)
        return_include(c, result);
    else /* s6.1 */
        finish(c, result == SPF_RESULT_NONE ? SPF_RESULT_PERMERROR : result);
}

/* ---- records ---- */

static bool is_loop(const struct spf_check *c, struct octets domain)
{
    for (const struct spf_visit *v = c->now; v; v = v->parent)
        if (octets_is_equal_nocase(v->domain, domain))
            return true;
    return false;
}

/* domain lives in the arena. */
static void visit(struct spf_check *c, struct octets domain, const struct spf_term *via)
{
    bool leads_back = is_loop(c, domain);
    struct spf_visit *v = arena_alloc(c->arena, sizeof *v);
    c->is_out_of_memory = c->is_out_of_memory || !v;
    if (!v)
        return;
    *v = (struct spf_visit){.parent = c->now, .via = via, .domain = domain};
    *c->end = v;
    c->end = &v->next;
    c->now = v;
    c->term = NULL;
    if (leads_back)
        decide(c, SPF_RESULT_PERMERROR, SPF_CAUSE_LOOP);
    else if (spf_is_domain(domain))
        ask_plain(c, domain, DNS_TYPE_TXT, STAGE_RECORD);
    else
        decide(c, SPF_RESULT_NONE, SPF_CAUSE_BAD_DOMAIN);
}

bool spf_select(const struct dns_answer *answer, struct arena *a, struct octets *ret,
                size_t *ret_count)
{
    struct octets text = OCTETS_NONE;
    *ret_count = 0;
    for (size_t i = 0; answer->status == DNS_FOUND && i < answer->count; i++)
        if (answer->records[i].type == DNS_TYPE_TXT && spf_is_record(answer->records[i].text)) {
            text = answer->records[i].text;
            ++*ret_count;
        }
    return arena_copy(a, text, ret);
}

static void answer_record(struct spf_check *c, const struct dns_answer *answer)
{
    struct octets text;
    size_t count;
    if (answer->status == DNS_FAILED) {
        decide(c, SPF_RESULT_TEMPERROR, SPF_CAUSE_DNS);
        return;
    }
    struct spf_record *r = arena_alloc(c->arena, sizeof *r);
    if (!r || !spf_select(answer, c->arena, &text, &count) ||
        (count && spf_parse(text, c->arena, r))) {
        c->is_out_of_memory = true;
        return;
    }
    c->now->record = count == 1 ? r : NULL;
    c->stage = STAGE_TERM;
    if (count == 0)
        decide(c, SPF_RESULT_NONE, SPF_CAUSE_NO_RECORD);
    else if (count > 1)
        decide(c, SPF_RESULT_PERMERROR, SPF_CAUSE_MULTIPLE);
    else if (r->problems.has_fatal)
        decide(c, SPF_RESULT_PERMERROR, SPF_CAUSE_SYNTAX);
}

/* ---- terms ---- */

/* s4.6.4.  False when that was one too many. */
static bool count_lookup(struct spf_check *c)
{
    if (++c->verdict.lookups <= c->limits.lookups)
        return true;
    decide(c, SPF_RESULT_PERMERROR, SPF_CAUSE_LOOKUPS);
    return false;
}

/* By what the term's own question led to: a term counts once (s4.6.4 speaks of terms). */
static bool count_void(struct spf_check *c, enum dns_status status)
{
    if (status != DNS_NO_DATA && status != DNS_NO_SUCH_NAME)
        return true;
    if (++c->verdict.voids <= c->limits.voids)
        return true;
    decide(c, SPF_RESULT_PERMERROR, SPF_CAUSE_VOIDS);
    return false;
}

static void run_network(struct spf_check *c)
{
    const struct spf_term *t = c->term;
    unsigned bits = t->kind == SPF_IP4 ? t->bits4 : t->bits6;
    if (t->network.family == c->ip.family && address_is_in(&c->ip, &t->network, bits))
        match(c);
}

/* A term that asks DNS. */
static void run_lookup(struct spf_check *c)
{
    const struct spf_term *t = c->term;
    if (!count_lookup(c))
        return;
    if (t->kind == SPF_PTR) {
        ask_pointer(c);
        return;
    }
    struct octets domain =
        t->domain.size ? spf_macro_shorten(spf_check_expand(c, t->domain)) : c->now->domain;
    if (t->kind == SPF_MX)
        ask_plain(c, domain, DNS_TYPE_MX, STAGE_NAMES);
    else if (t->kind == SPF_A || t->kind == SPF_EXISTS)
        ask_plain(c, domain, t->kind == SPF_A ? address_type(c) : DNS_TYPE_A, STAGE_ADDRESS);
    else
        visit(c, domain, t);
}

/* No mechanism has matched (s4.7). */
static void run_end(struct spf_check *c)
{
    const struct spf_term *redirect = c->now->record->redirect;
    c->term = redirect;
    if (!redirect)
        decide(c, SPF_RESULT_NEUTRAL, SPF_CAUSE_NOTHING);
    else if (!needs_p(c, redirect->domain))
        run_lookup(c);
}

static void run_term(struct spf_check *c)
{
    struct spf_visit *v = c->now;
    if (v->at == v->record->count) {
        run_end(c);
        return;
    }
    c->term = &v->record->terms[v->at];
    if (c->term->kind >= SPF_REDIRECT) { /* a modifier */
        v->at++;
        return;
    }
    if (needs_p(c, c->term->domain))
        return;
    v->at++;
    if (c->term->kind == SPF_ALL)
        match(c);
    else if (c->term->network.family)
        run_network(c);
    else
        run_lookup(c);
}

static bool has_type(const struct dns_answer *answer, enum dns_type type)
{
    for (size_t i = 0; i < answer->count; i++)
        if (answer->records[i].type == type)
            return true;
    return false;
}

/* Whether one of the addresses lies in the term's network around it. */
static bool holds_ip(const struct spf_check *c, const struct dns_answer *answer, unsigned bits4,
                     unsigned bits6)
{
    for (size_t i = 0; answer->status == DNS_FOUND && i < answer->count; i++) {
        const struct dns_record *r = &answer->records[i];
        if (r->type == address_type(c) &&
            address_is_in(&c->ip, &r->address, c->ip.family == 4 ? bits4 : bits6))
            return true;
    }
    return false;
}

static void answer_address(struct spf_check *c, const struct dns_answer *answer)
{
    const struct spf_term *t = c->term;
    c->stage = STAGE_TERM;
    if (answer->status == DNS_FAILED)
        decide(c, SPF_RESULT_TEMPERROR, SPF_CAUSE_DNS);
    else if (!count_void(c, answer->status))
        return;
    else if (t->kind == SPF_EXISTS ? answer->status == DNS_FOUND
                                   : holds_ip(c, answer, t->bits4, t->bits6))
        match(c);
}

/* ---- exchanges and validated names ---- */

/* No name has led to the address. */
static void end_names(struct spf_check *c)
{
    c->stage = c->is_for_p ? c->after_p : STAGE_TERM;
    if (c->is_for_p)
        c->now->p = OCTETS("unknown"); /* s7.3 */
    c->is_for_p = false;
}

static void ask_name(struct spf_check *c)
{
    if (c->name_at == c->name_count)
        end_names(c);
    else
        ask(c, c->names[c->name_at], address_type(c), STAGE_NAME);
}

/* Whether a name is looked at in that round.  For %{p} the domain itself comes first, then what is
 * below it, then others (s7.3); for a ptr nothing but what is at or below the target can match
 * (s5.5). */
static bool is_of_round(struct octets name, struct octets domain, unsigned round)
{
    bool is_same = octets_is_equal_nocase(name, domain);
    bool is_under = dns_name_is_under(name, domain);
    return round == 0 ? is_same : round == 1 ? is_under && !is_same : !is_under;
}

static void take_pointers(struct spf_check *c, const struct dns_answer *answer,
                          struct octets domain, unsigned rounds)
{
    for (unsigned round = 0; round < rounds; round++) {
        size_t seen = 0;
        for (size_t i = 0; i < answer->count && seen < c->limits.names; i++) {
            const struct dns_record *r = &answer->records[i];
            struct octets name = dns_name_without_dot(r->name);
            if (r->type != DNS_TYPE_PTR)
                continue;
            seen++;
            if (is_of_round(name, domain, round) &&
                spf_check_keep(c, name, &c->names[c->name_count]))
                c->name_count++;
        }
    }
}

/* False when there are too many of them. */
static bool take_exchanges(struct spf_check *c, const struct dns_answer *answer)
{
    size_t seen = 0;
    for (size_t i = 0; i < answer->count; i++) {
        const struct dns_record *r = &answer->records[i];
        struct octets name = dns_name_without_dot(r->name);
        if (r->type != DNS_TYPE_MX)
            continue;
        if (++seen > c->limits.names)
            return false;
        if (dns_name_labels(name) && spf_check_keep(c, name, &c->names[c->name_count]))
            c->name_count++; /* a null MX (RFC 7505) has none */
    }
    return true;
}

static void answer_names(struct spf_check *c, const struct dns_answer *answer)
{
    bool is_mx = !c->is_for_p && c->term->kind == SPF_MX;
    c->stage = STAGE_TERM;
    c->name_count = c->name_at = 0;
    if (is_mx && answer->status == DNS_FAILED) {
        decide(c, SPF_RESULT_TEMPERROR, SPF_CAUSE_DNS);
        return;
    }
    if (!c->is_for_p && !count_void(c, answer->status))
        return;
    if (is_mx && !take_exchanges(c, answer)) {
        decide(c, SPF_RESULT_PERMERROR, SPF_CAUSE_NAMES);
        return;
    }
    if (c->is_for_p)
        take_pointers(c, answer, c->now->domain, 3);
    else if (!is_mx)
        take_pointers(c, answer,
                      c->term->domain.size ? spf_macro_shorten(spf_check_expand(c, c->term->domain))
                                           : c->now->domain,
                      2);
    ask_name(c);
}

static void answer_name(struct spf_check *c, const struct dns_answer *answer)
{
    bool is_mx = !c->is_for_p && c->term->kind == SPF_MX;
    c->stage = STAGE_TERM;
    if (is_mx && answer->status == DNS_FAILED) {
        decide(c, SPF_RESULT_TEMPERROR, SPF_CAUSE_DNS);
    } else if (!holds_ip(c, answer, is_mx ? c->term->bits4 : 32, is_mx ? c->term->bits6 : 128)) {
        c->name_at++; /* s5.5: names whose addresses cannot be had are passed over */
        ask_name(c);
    } else if (c->is_for_p) {
        c->now->p = c->names[c->name_at];
        c->is_for_p = false;
        c->stage = c->after_p;
    } else {
        match(c);
    }
}

/* ---- explanations ---- */

static void run_explain(struct spf_check *c)
{
    struct octets spec = c->now->record->exp->domain;
    if (!needs_p(c, spec))
        ask_plain(c, spf_macro_shorten(spf_check_expand(c, spec)), DNS_TYPE_TXT, STAGE_TEXT);
}

/* s6.2: whatever is wrong with it, then there is none. */
static void answer_text(struct spf_check *c, const struct dns_answer *answer)
{
    size_t count = 0, at;
    for (size_t i = 0; answer->status == DNS_FOUND && i < answer->count; i++)
        if (answer->records[i].type == DNS_TYPE_TXT) {
            c->words = answer->records[i].text;
            count++;
        }
    bool is_valid = count == 1 && !spf_macro_check(c->words, true, &at);
    c->stage = is_valid && spf_check_keep(c, c->words, &c->words) ? STAGE_WORDS : STAGE_DONE;
}

static void run_words(struct spf_check *c)
{
    if (needs_p(c, c->words))
        return;
    c->verdict.explanation = spf_check_expand(c, c->words);
    c->stage = STAGE_DONE;
}

/* ---- the machine ---- */

enum err spf_check_new(struct arena *a, const struct spf_mail *mail, struct spf_limits limits,
                       struct spf_check **ret)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}; /* RFC 4291 s2.5.5.2 */
    struct octets domain = OCTETS_NONE;
    struct spf_check *c = arena_alloc(a, sizeof *c);
    if (!c)
        return ERR_NOMEM;
    *c = (struct spf_check){.arena = a, .limits = limits, .ip = mail->ip};
    c->limits.names = limits.names < NAMES_MAX ? limits.names : NAMES_MAX;
    if (c->ip.family == 6 && memcmp(c->ip.octets, mapped, sizeof mapped) == 0) {
        c->ip = (struct address){.family = 4};
        memcpy(c->ip.octets, mail->ip.octets + sizeof mapped, 4);
    }
    spf_check_set_values(c, mail);
    struct octets given = mail->domain.size ? mail->domain : mail->helo;
    c->end = (struct spf_visit **)&c->verdict.visits;
    if (spf_check_keep(c, dns_name_without_dot(given), &domain))
        visit(c, domain, NULL);
    if (c->is_out_of_memory)
        return ERR_NOMEM;
    *ret = c;
    return ERR_OK;
}

void spf_check_answer(struct spf_check *c, const struct dns_answer *answer)
{
    struct dns_answer a = *answer;
    if (a.status == DNS_FOUND && !has_type(&a, c->question.type))
        a.status = DNS_NO_DATA;
    if (a.status != DNS_FOUND)
        a.count = 0;
    c->is_asking = false;
    switch (c->stage) {
    case STAGE_RECORD:
        answer_record(c, &a);
        return;
    case STAGE_ADDRESS:
        answer_address(c, &a);
        return;
    case STAGE_NAMES:
        answer_names(c, &a);
        return;
    case STAGE_NAME:
        answer_name(c, &a);
        return;
    case STAGE_TEXT:
        answer_text(c, &a);
        return;
    case STAGE_TERM:
    case STAGE_EXPLAIN:
    case STAGE_WORDS:
    case STAGE_DONE:
        return;
    }
}

/* One move that needs no answer. */
static void move(struct spf_check *c)
{
    if (c->is_asking) { /* for what cannot be asked */
        c->is_malformed = false;
        spf_check_answer(c, &(struct dns_answer){.status = DNS_NO_SUCH_NAME});
    } else if (c->stage == STAGE_TERM) {
        run_term(c);
    } else if (c->stage == STAGE_NAMES) {
        ask_pointer(c);
    } else if (c->stage == STAGE_EXPLAIN) {
        run_explain(c);
    } else if (c->stage == STAGE_WORDS) {
        run_words(c);
    }
}

enum dns_step spf_check_step(struct spf_check *c, struct dns_question *ret)
{
    while (!c->is_out_of_memory && c->stage != STAGE_DONE && (!c->is_asking || c->is_malformed))
        move(c);
    if (c->is_out_of_memory)
        return DNS_STEP_NOMEM;
    if (c->stage == STAGE_DONE)
        return DNS_STEP_DONE;
    *ret = c->question;
    return DNS_STEP_ASK;
}

const struct spf_verdict *spf_check_verdict(const struct spf_check *c)
{
    return &c->verdict;
}
