/* SPDX-License-Identifier: Apache-2.0 */
#include "visit_private.h"

#include "../identify/unmet.h"

/* The dialogues of the audit: which is played next, on what connection, and what it may cost. */

#define FAMILY_P        0.9 /* the product is known: its own limits hold */
#define KEPT_ERRORS     2   /* for each port that waits for its turn */
#define OFTEN_HELD_BACK 2

const struct visit_budget visit_host_budget[FACTS_LEVEL__COUNT] = {
    [FACTS_LEVEL_DETECT] = {VISIT_HOST_ERRORS, UINT32_MAX},
    [FACTS_LEVEL_IDENTIFY] = {VISIT_HOST_ERRORS, UINT32_MAX},
    [FACTS_LEVEL_AUDIT] = {14, 40},
    [FACTS_LEVEL_FULL] = {UINT32_MAX, UINT32_MAX},
};

/* ---- what may be played ---- */

/* Half of what the product bears, as far as it is known, within our own bounds. */
static struct visit_budget session_budget(const struct visit *v)
{
    const struct identify_belief *b = v->belief;
    struct visit_budget budget = {VISIT_SESSION_ERRORS, VISIT_SESSION_COMMANDS};
    for (size_t i = 0; b && i < b->db->class_count; i++) {
        if (b->class_p[i] < FAMILY_P)
            continue;
        struct identify_limit l = identify_limits_of(&b->db->limits, b->db->classes[i].product);
        uint32_t errors = (l.errors + 1) / 2, commands = l.commands > 2 ? l.commands - 2 : 0;
        budget.errors = l.errors != IDENTIFY_NO_LIMIT && errors < VISIT_CHECK_ERRORS
                            ? errors
                            : VISIT_CHECK_ERRORS;
        budget.commands = commands < VISIT_CHECK_COMMANDS ? commands : VISIT_CHECK_COMMANDS;
    }
    return budget;
}

static struct octets unmet(const struct visit *v, const struct smtp_program *p, bool fresh)
{
    if (fresh)
        return identify_unmet_anew(&v->facts, p->needs);
    bool is_tls = v->facts.tls.implicit || transport_is_tls(v->session.transport);
    return identify_unmet(&v->facts, p->needs, is_tls);
}

static uint32_t commands_of(const struct smtp_program *p)
{
    uint32_t n = 0;
    for (size_t i = 0; i < p->step_count; i++)
        n += p->steps[i].op == SMTP_OP_SEND;
    return n;
}

/* The variables and the state that it needs can be had on such a connection. */
static bool can_be_had(const struct visit *v, const struct smtp_program *p, bool fresh)
{
    for (unsigned i = 0; i < SMTP_VAR__COUNT; i++)
        if (p->vars & 1u << i && !v->vars.value[i].size)
            return false;
    /* Where no handshake succeeds, one that fails tells nothing. */
    if (smtp_program_shakes_hands(p) && v->facts.starttls != FACTS_STARTTLS_OK)
        return false;
    switch (p->state) {
    case SMTP_STATE_CONNECTED:
        return fresh && !v->facts.tls.implicit;
    case SMTP_STATE_GREETED:
        return fresh || v->is_virgin;
    case SMTP_STATE_MAIL:
        return !v->mail_refused;
    case SMTP_STATE_TLS:
        return !fresh && transport_is_tls(v->session.transport);
    case SMTP_STATE_EHLO:
    case SMTP_STATE__COUNT:
        break;
    }
    return true;
}

uint32_t visit_ports_waiting(const struct visit *v)
{
    uint32_t waiting = v->host->to_come + v->host->opening;
    for (const struct visit_turn *t = v->host->waiting; t; t = t->next)
        waiting++;
    return waiting;
}

static bool is_affordable(const struct visit *v, const struct smtp_program *p, bool fresh)
{
    struct visit_budget session = session_budget(v), host = visit_host_budget[v->facts.level];
    uint32_t waiting = visit_ports_waiting(v);
    uint32_t errors = p->errors + waiting * KEPT_ERRORS + v->host->errors_spent;
    /* RSET and QUIT, and the way there. */
    bool is_open = !fresh && v->session.mail_is_open && !v->is_soiled;
    bool tls_first = fresh && v->facts.port != 25 && v->facts.starttls == FACTS_STARTTLS_OK;
    bool tls_last = v->facts.starttls_offered && !v->starttls_done;
    uint32_t way = 2u + (p->state == SMTP_STATE_MAIL && !is_open ? 1 : 0) +
                   (!fresh && v->is_soiled ? 1 : 0) + (tls_first || tls_last ? 2 : 0);
    uint32_t commands = commands_of(p) + way + (fresh ? 1 : 0);
    if (errors > host.errors ||
        commands + waiting * VISIT_KEPT_COMMANDS + v->host->commands_spent > host.commands)
        return false;
    if (p->is_alone)
        return true;
    return p->errors + (fresh ? 0 : v->session.errors) <= session.errors &&
           commands + (fresh ? 0 : v->session.commands) <= session.commands;
}

/* The connection is as it was when hello had been said, and nothing else. */
static bool is_untouched(const struct visit *v)
{
    return v->facts.reaction_count == v->asked_from && !v->is_soiled && !v->session.mail_is_open;
}

static bool may_be_played(const struct visit *v, size_t i, bool fresh)
{
    const struct smtp_program *p = v->options->checks[i];
    uint64_t due = v->checks[i].again_ms;
    bool is_typed = v->facts.named == FACTS_NAMED_ARGUMENT;
    if (v->checks[i].is_done || p->class > v->class_max || (due && due > net_loop_now_ms(v->loop)))
        return false;
    if (p->class == SMTP_CLASS_NOISY && !is_typed)
        return false;
    if ((v->checks_alone && !fresh) || (p->is_alone && !fresh && !is_untouched(v)))
        return false;
    return can_be_had(v, p, fresh) && !unmet(v, p, fresh).size && is_affordable(v, p, fresh);
}

static bool has_been_turned_away(const struct visit *v)
{
    return v->checks_no_more || v->host->has_had_enough;
}

/* The first check that may be played, whoever turned us away, or the count of them. */
static size_t next_wanted(const struct visit *v, bool fresh, bool before_tls)
{
    static const struct octets cleartext = OCTETS_INIT("cleartext");
    size_t count = v->options->check_count, i = 0;
    if (v->facts.level < FACTS_LEVEL_AUDIT || v->facts.protocol == FACTS_PROTOCOL_NONE ||
        !v->checks)
        return count;
    for (; i < count; i++) {
        struct octets needs = v->options->checks[i]->needs;
        bool is_before_tls = octets_find(needs, cleartext, 0) < needs.size;
        if ((is_before_tls || !before_tls) && may_be_played(v, i, fresh))
            break;
    }
    return i;
}

static size_t next_check(const struct visit *v, bool fresh, bool before_tls)
{
    return has_been_turned_away(v) ? v->options->check_count : next_wanted(v, fresh, before_tls);
}

static void take_up(struct visit *v, size_t check)
{
    v->pending = v->options->checks[check];
    v->checking = &v->checks[check];
    v->checks_alone = v->pending->is_alone;
}

bool visit_choose_check(struct visit *v, bool fresh, bool before_tls)
{
    size_t i = next_check(v, fresh, before_tls);
    bool is_found = i < v->options->check_count;
    if (is_found && !fresh)
        take_up(v, i);
    return is_found;
}

bool visit_choose_check_at_once(struct visit *v)
{
    size_t i = next_check(v, true, false);
    if (i == v->options->check_count || v->options->checks[i]->state != SMTP_STATE_CONNECTED)
        return false;
    take_up(v, i);
    v->checks_alone = true; /* whatever else: no greeting has been read */
    return true;
}

/* ---- what came of it ---- */

/* Whether some step of it, a line or quoted octets, begins with MAIL. */
static bool says_mail(const struct smtp_program *p)
{
    for (size_t i = 0; i < p->step_count; i++) {
        struct octets written = p->steps[i].written;
        while (written.size && (written.at[0] == ' ' || written.at[0] == '"'))
            written = octets_sub(written, 1, written.size);
        if (p->steps[i].op == SMTP_OP_SEND && octets_has_prefix_nocase(written, OCTETS("MAIL")))
            return true;
    }
    return false;
}

static bool asks_for_another_time(const struct smtp_program *p, const struct facts_reaction *r)
{
    for (size_t i = 0; i < r->reply_count; i++)
        if (smtp_pattern_matches(&p->again_on, r->replies[i].lines, r->replies[i].line_count))
            return true;
    return false;
}

static void note_again(struct visit *v, const struct smtp_program *p,
                       const struct facts_reaction *r)
{
    uint32_t wait = p->again_ms < v->options->again_ms ? p->again_ms : v->options->again_ms;
    if (!wait || v->checking->was_again || !asks_for_another_time(p, r))
        return;
    v->checking->is_done = false;
    v->checking->was_again = true;
    v->checking->again_ms = net_loop_now_ms(v->loop) + wait;
}

void visit_take_check(struct visit *v, struct facts_reaction *r)
{
    const struct smtp_program *p = v->pending;
    v->checking->is_done = true;
    note_again(v, p, r);
    v->checking = NULL;
    bool was_opened = p->state != SMTP_STATE_MAIL && says_mail(p) && r->reply_count &&
                      r->replies[0].code >= 200 && r->replies[0].code < 300;
    /* A transaction that is not ours to go on with: RSET before whatever comes, QUIT included. */
    v->is_soiled = v->is_soiled || was_opened;
    v->session.mail_is_open = v->session.mail_is_open || was_opened;
    if (p->is_alone) {
        v->wants_quit = true;
        return;
    }
    if (r->ended != FACTS_ENDED_OPEN || visit_is_slow(r))
        v->checks_no_more = r->ended == FACTS_ENDED_TIMEOUT || ++v->held_back >= OFTEN_HELD_BACK;
    if (v->checks_no_more)
        v->no_more_why = r->ended == FACTS_ENDED_TIMEOUT  ? "no reply in time to what was asked"
                         : r->ended == FACTS_ENDED_CLOSED ? "it hung up on what was asked, again"
                                                          : "it holds its replies back, again";
}

void visit_note_left_out(struct visit *v)
{
    struct octets words = octets_of(v->checks_no_more ? v->no_more_why : v->host->enough), kept;
    if (!has_been_turned_away(v) || v->facts.outcome != FACTS_OUTCOME_ANSWERED ||
        next_wanted(v, true, false) == v->options->check_count)
        return;
    if (arena_copy(&v->arena, words, &kept))
        visit_fail(v, FACTS_OUTCOME_ANSWERED, FACTS_STAGE_DIALOGUE, kept);
}

/* ---- once more, later ---- */

uint64_t visit_again_in(const struct visit *v)
{
    uint64_t now = net_loop_now_ms(v->loop), first = UINT64_MAX;
    for (size_t i = 0; v->checks && !v->is_over && i < v->options->check_count; i++)
        if (!v->checks[i].is_done && v->checks[i].again_ms > now && v->checks[i].again_ms < first)
            first = v->checks[i].again_ms;
    return first == UINT64_MAX ? 0 : first - now;
}
