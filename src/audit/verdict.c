/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"

#include "../base/buf.h"
#include "../smtp/player.h"
#include "../smtp/reply.h"
#include "ntlm.h"

#define WORDS_MAX    ((size_t)200)
#define EVIDENCE_MAX 8 /* lines of one finding */
#define NAMED_MAX    16

const struct facts_reaction *audit_reaction(const struct facts_visit *v, struct octets ask)
{
    for (size_t i = v->reaction_count; i-- > 0;)
        if (octets_is_equal(octets_of(v->reactions[i].ask), ask))
            return &v->reactions[i];
    return NULL;
}

enum err audit_words(const struct facts_reply *r, struct arena *a, struct octets *ret)
{
    struct buf text;
    buf_init(&text, WORDS_MAX);
    for (size_t i = 0; i < r->line_count && text.size < text.cap; i++) {
        buf_append_text(&text, i ? "\n" : "");
        buf_append(&text, octets_sub(r->lines[i], 0, text.cap - text.size));
    }
    enum err e = arena_copy(a, buf_octets(&text), ret) ? ERR_OK : ERR_NOMEM;
    buf_release(&text);
    return e;
}

struct octets audit_other_cause(const struct audit_knowledge *k, const struct facts_reply *r)
{
    if (r->code >= 400 && r->code < 500)
        return OCTETS("a temporary refusal");
    if (r->code < 500 || r->code > 599 || !r->line_count)
        return OCTETS_NONE;
    for (size_t i = 0; i < k->cause_count; i++)
        for (size_t n = 0; n < r->line_count; n++)
            if (smtp_regex_matches(k->causes[i].when, r->lines[n], NULL))
                return k->causes[i].means;
    return OCTETS_NONE;
}

/* "COMMAND REPLY", as audit_evidence_line. */
static enum err add_evidence(struct finding *f, struct arena *a, struct octets sent,
                             const struct facts_reply *r)
{
    struct buf line;
    size_t room = EVIDENCE_MAX;
    if (!f->evidence)
        f->evidence = arena_alloc_array(a, room, sizeof *f->evidence);
    if (!f->evidence)
        return ERR_NOMEM;
    if (f->evidence_count == room) /* the last one is what decided */
        f->evidence_count--;
    buf_init(&line, 2 * WORDS_MAX + 8);
    buf_append(&line, octets_sub(sent, 0, WORDS_MAX));
    buf_append_text(&line, sent.size ? " " : "");
    if (r && r->line_count)
        buf_append(&line, octets_sub(r->lines[0], 0, WORDS_MAX));
    else
        buf_append_text(&line, "(no reply)");
    enum err e =
        arena_copy(a, buf_octets(&line), &f->evidence[f->evidence_count]) ? ERR_OK : ERR_NOMEM;
    f->evidence_count += !e;
    buf_release(&line);
    return e;
}

enum err audit_evidence_line(struct finding *f, struct arena *a, struct octets line)
{
    return add_evidence(f, a, OCTETS_NONE, &(struct facts_reply){.lines = &line, .line_count = 1});
}

/* ---- the replies, played again ---- */

struct replay {
    const struct smtp_program *program;
    struct smtp_player player;
    struct {
        struct octets name;
        const struct facts_reply *reply;
    } named[NAMED_MAX];
    size_t named_count;
};

static void keep_name(struct replay *p, const struct facts_reply *reply)
{
    const struct smtp_alternative *alt = p->player.matched;
    if (!alt || !alt->as.size || p->named_count == NAMED_MAX)
        return;
    p->named[p->named_count].name = alt->as;
    p->named[p->named_count++].reply = reply;
}

/* The text that the current step sends, as its author wrote it. */
static struct octets sent_by(const struct replay *p)
{
    size_t step = p->player.step;
    bool sends = step < p->program->step_count && p->program->steps[step].op == SMTP_OP_SEND;
    return sends ? p->program->steps[step].written : OCTETS_NONE;
}

static enum err replay(struct replay *p, const struct smtp_program *program,
                       const struct facts_reaction *r, struct arena *a, struct finding *f)
{
    static const enum smtp_event ends[FACTS_ENDED__COUNT] = {
        [FACTS_ENDED_CLOSED] = SMTP_EVENT_CLOSED, [FACTS_ENDED_TIMEOUT] = SMTP_EVENT_TIMEOUT};
    enum err e = ERR_OK;
    *p = (struct replay){.program = program};
    smtp_player_start(&p->player, program);
    for (size_t i = 0; i < r->reply_count && !e; i++) {
        const struct facts_reply *reply = &r->replies[i];
        if (p->player.want == SMTP_WANT_TLS)
            smtp_player_feed(&p->player, SMTP_EVENT_TLS_UP, NULL, 0);
        if (p->player.want != SMTP_WANT_WRITE && p->player.want != SMTP_WANT_READ)
            break;
        e = add_evidence(f, a, sent_by(p), reply);
        smtp_player_feed(&p->player, SMTP_EVENT_REPLY, reply->lines, reply->line_count);
        keep_name(p, reply);
    }
    /* Who does not come through the handshake has ended the connection all the same. */
    if (p->player.want == SMTP_WANT_TLS)
        smtp_player_feed(&p->player, SMTP_EVENT_TLS_UP, NULL, 0);
    if (r->ended != FACTS_ENDED_OPEN)
        smtp_player_feed(&p->player, ends[r->ended], NULL, 0);
    return e;
}

/* ---- rules ---- */

static const struct facts_reply *reply_named(const struct replay *p, struct octets name)
{
    for (size_t i = p->named_count; i-- > 0;)
        if (octets_is_equal(p->named[i].name, name))
            return p->named[i].reply;
    return NULL;
}

/* Alike: code, enhanced code, and what is no word of ours; addresses differ in what was asked. */
static bool is_alike(const struct facts_reply *a, const struct facts_reply *b)
{
    if (a->code != b->code || !a->line_count || !b->line_count)
        return false;
    return octets_is_equal(smtp_line_enhanced(a->lines[0]), smtp_line_enhanced(b->lines[0]));
}

static bool holds(const struct replay *p, const struct smtp_condition *c)
{
    const struct facts_reply *reply = reply_named(p, c->name), *other;
    if (!reply)
        return false;
    if (c->compare == SMTP_COMPARE_PATTERN)
        return smtp_pattern_matches(&c->pattern, reply->lines, reply->line_count);
    other = reply_named(p, c->other);
    return other && is_alike(reply, other) == (c->compare == SMTP_COMPARE_SAME);
}

static const struct smtp_rule *rule_that_holds(const struct replay *p)
{
    for (size_t i = 0; i < p->program->rule_count; i++) {
        const struct smtp_rule *rule = &p->program->rules[i];
        size_t n = 0;
        while (n < rule->count && holds(p, &rule->conditions[n]))
            n++;
        if (n == rule->count)
            return rule;
    }
    return NULL;
}

/* ---- the verdict ---- */

static enum finding_verdict verdict_of(enum smtp_verdict v)
{
    static const enum finding_verdict verdicts[SMTP_VERDICT__COUNT] = {
        [SMTP_VERDICT_NONE] = FINDING_UNTESTABLE, [SMTP_VERDICT_EXPOSED] = FINDING_EXPOSED,
        [SMTP_VERDICT_SAFE] = FINDING_SAFE,       [SMTP_VERDICT_UNTESTABLE] = FINDING_UNTESTABLE,
        [SMTP_VERDICT_NOTED] = FINDING_NOTED,
    };
    return verdicts[v];
}

static void decide(const struct replay *p, struct finding *f)
{
    const struct smtp_player *player = &p->player;
    const struct smtp_rule *rule = NULL;
    bool has_ended = player->want == SMTP_WANT_DONE && player->step < p->program->step_count &&
                     p->program->steps[player->step].op == SMTP_OP_END;
    if (player->decided) {
        f->verdict = verdict_of(player->decided->verdict);
        f->reason = player->decided->words;
    } else if ((rule = rule_that_holds(p))) {
        f->verdict = verdict_of(rule->verdict);
        f->reason = rule->words;
    } else if (has_ended) {
        f->verdict = verdict_of(p->program->steps[player->step].verdict);
        f->reason = p->program->steps[player->step].words;
    } else {
        f->verdict = FINDING_UNTESTABLE;
    }
}

enum err audit_give_words(const struct facts_reaction *r, struct arena *a, struct octets *ret)
{
    static const struct octets ends[FACTS_ENDED__COUNT] = {
        [FACTS_ENDED_OPEN] = OCTETS_INIT("no reply was awaited"),
        [FACTS_ENDED_CLOSED] = OCTETS_INIT("the connection ended without a reply"),
        [FACTS_ENDED_TIMEOUT] = OCTETS_INIT("no reply in time"),
    };
    if (r->ended != FACTS_ENDED_OPEN || !r->reply_count) {
        *ret = ends[r->ended];
        return ERR_OK;
    }
    return audit_words(&r->replies[r->reply_count - 1], a, ret);
}

/* The author has looked at more than a class of codes. */
static bool is_particular(const struct replay *p)
{
    const struct smtp_alternative *alt = p->player.decided;
    if (!alt)
        return false;
    const struct smtp_pattern *pattern = &alt->pattern;
    bool is_exact = pattern->enhanced.size &&
                    octets_find_octet(pattern->enhanced, 'x', 0) == pattern->enhanced.size;
    return is_exact || pattern->regex || pattern->low == pattern->high;
}

/* It rests on a refusal of MAIL or RCPT that may have had another cause. */
static bool is_doubtful(const struct replay *p, const struct audit_check *c,
                        const struct facts_reaction *r, enum finding_verdict verdict)
{
    if (c->seen_at < FINDING_SEEN_MAIL || !r->reply_count)
        return false;
    if (verdict == FINDING_SAFE)
        return !c->slowed_ms && !is_particular(p);
    /* What was accepted in the end is exposed whatever was refused before. */
    bool is_accepted = p->player.decided && r->replies[r->reply_count - 1].code < 400;
    return verdict == FINDING_EXPOSED && !is_accepted;
}

/* A refusal of another cause proves nothing. */
static enum err doubt(const struct audit_knowledge *k, const struct facts_reaction *r,
                      struct arena *a, struct finding *f)
{
    struct octets cause = OCTETS_NONE, words;
    for (size_t i = 0; i < r->reply_count && !cause.size; i++)
        if (r->replies[i].code >= 400)
            cause = audit_other_cause(k, &r->replies[i]);
    if (!cause.size)
        return ERR_OK;
    struct buf text;
    enum err e = audit_words(&r->replies[r->reply_count - 1], a, &words);
    buf_init(&text, 2 * WORDS_MAX);
    buf_append(&text, cause);
    buf_append_text(&text, ": ");
    if (!e)
        buf_append(&text, words);
    if (!e && !arena_copy(a, buf_octets(&text), &f->reason))
        e = ERR_NOMEM;
    buf_release(&text);
    f->verdict = FINDING_UNTESTABLE;
    return e;
}

/* ---- what the words of a reply tell beyond the verdict ---- */

static enum err tell_name(struct finding *f, struct arena *a, const char *what, struct octets name)
{
    struct buf line;
    buf_init(&line, 2 * WORDS_MAX);
    buf_append_format(&line, "%s ", what);
    buf_append(&line, octets_sub(name, 0, WORDS_MAX));
    enum err e = name.size ? audit_evidence_line(f, a, buf_octets(&line)) : ERR_OK;
    buf_release(&line);
    return e;
}

static enum err tell_windows(struct finding *f, struct arena *a, const struct ntlm_challenge *c)
{
    char line[64];
    int size = snprintf(line, sizeof line, "Windows %u.%u build %u", c->major, c->minor, c->build);
    return c->has_version
               ? audit_evidence_line(f, a, (struct octets){(uint8_t *)line, (size_t)size})
               : ERR_OK;
}

/* The target is the domain again, or the machine where there is none. */
static enum err tell_ntlm(const struct facts_reply *last, struct arena *a, struct finding *f)
{
    struct ntlm_challenge c = {0};
    enum err e = ntlm_challenge_parse(smtp_line_text(last->lines[0]), a, &c);
    if (e)
        return e == ERR_SYNTAX ? ERR_OK : e;
    bool is_told = octets_is_equal(c.target, c.names[NTLM_NETBIOS_DOMAIN]) ||
                   octets_is_equal(c.target, c.names[NTLM_NETBIOS_COMPUTER]);
    if (!is_told)
        e = tell_name(f, a, "target", c.target);
    for (unsigned i = 0; i < NTLM_NAME__COUNT && !e; i++)
        e = tell_name(f, a, ntlm_name_text((enum ntlm_name)i), c.names[i]);
    return e ? e : tell_windows(f, a, &c);
}

/* The checks whose last reply is worth a closer look when they are exposed. */
static enum err tell_more(const struct audit_check *c, const struct facts_reaction *r,
                          struct arena *a, struct finding *f)
{
    static const struct {
        const char *id;
        enum err (*tell)(const struct facts_reply *last, struct arena *a, struct finding *f);
    } rows[] = {{"svc.ntlm", tell_ntlm}};
    const struct facts_reply *last = r->reply_count ? &r->replies[r->reply_count - 1] : NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (last && last->line_count && octets_is_equal(c->id, octets_of(rows[i].id)))
            return rows[i].tell(last, a, f);
    return ERR_OK;
}

static bool was_slowed(const struct audit_check *c, const struct facts_reaction *r)
{
    return c->slowed_ms && r->reply_count > 1 &&
           r->replies[r->reply_count - 1].ms >= r->replies[0].ms + c->slowed_ms;
}

enum err audit_verdict(const struct audit_knowledge *k, const struct audit_check *c,
                       const struct facts_reaction *r, struct arena *a, struct finding *f)
{
    struct replay p;
    enum err e = replay(&p, c->program, r, a, f);
    if (e)
        return e;
    decide(&p, f);
    f->seen_at = c->seen_at;
    if (f->verdict == FINDING_EXPOSED && was_slowed(c, r)) {
        f->verdict = FINDING_SAFE;
        f->reason = OCTETS("replies are slowed down");
    }
    if (f->verdict == FINDING_EXPOSED)
        e = tell_more(c, r, a, f);
    if (f->verdict == FINDING_UNTESTABLE && !f->reason.size)
        e = audit_give_words(r, a, &f->reason);
    if (!e && is_doubtful(&p, c, r, f->verdict))
        e = doubt(k, r, a, f);
    if (f->verdict == FINDING_SAFE)
        f->evidence_count = 0;
    return e;
}
