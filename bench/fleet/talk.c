/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

void talk_init(struct talk *t, const struct cast *cast, const struct draw *who, uint64_t noise)
{
    t->cast = cast;
    t->who = *who;
    t->state = SMTP_STATE_GREETED;
    t->has_tls = false;
    t->commands = t->errors = 0;
    t->me.size = t->sender.size = 0;
    t->noise = noise;
}

void talk_secure(struct talk *t)
{
    t->has_tls = true;
    t->state = SMTP_STATE_GREETED;
}

static struct talk_act says(const struct script *s)
{
    return (struct talk_act){.says = s, .closes = s->ended == FACTS_ENDED_CLOSED};
}

struct talk_act talk_greet(const struct talk *t)
{
    switch ((unsigned)t->who.oddity) {
    case DRAW_REFUSED:
        return (struct talk_act){.resets = true};
    case DRAW_SILENT:
        return (struct talk_act){0};
    case DRAW_BUSY:
        return says(&t->cast->stock[CAST_BUSY]);
    default:
        return says(t->who.greeting);
    }
}

/* ---- which reaction ---- */

enum verb { EHLO, HELO, LHLO, MAIL, RCPT, RSET, NOOP, QUIT, VRFY, STARTTLS, OTHER };

static enum verb verb_of(struct octets line)
{
    static const char *const verbs[OTHER] = {"EHLO", "HELO", "LHLO", "MAIL", "RCPT",
                                             "RSET", "NOOP", "QUIT", "VRFY", "STARTTLS"};
    struct octets verb = octets_take_word(&line);
    unsigned v = 0;
    while (v < OTHER && !octets_is_equal_nocase(verb, octets_of(verbs[v])))
        v++;
    return (enum verb)v;
}

static bool has_argument(struct octets line)
{
    (void)octets_take_word(&line);
    return line.size > 0;
}

static const struct script *stock(const struct talk *t, enum cast_stock which)
{
    return &t->cast->stock[which];
}

static const struct script *line_of(const struct talk *t, enum cast_line which)
{
    return t->who.role->lines[t->who.has_tls ? 0 : 1][which];
}

static void keep_word(struct talk_word *w, struct octets o)
{
    if (!o.size)
        return;
    w->size = (uint8_t)(o.size < TALK_WORD_MAX ? o.size : TALK_WORD_MAX);
    memcpy(w->at, o.at, w->size);
}

/* The first hello of a session, or of a secured one; NULL when it is none of these. */
static const struct script *say_hello(const struct talk *t, enum verb verb)
{
    const struct cast_role *r = t->who.role;
    if (verb == HELO)
        return line_of(t, CAST_HELO);
    if (verb != EHLO && verb != LHLO)
        return NULL;
    if ((verb == LHLO) != r->is_lmtp)
        return line_of(t, verb == LHLO ? CAST_LHLO : CAST_EHLO_REFUSED);
    return line_of(t, t->has_tls ? CAST_EHLO_TLS : CAST_EHLO);
}

/* Commands in their common form, which the questions leave to the plain exchange. */
static const struct script *say_common(const struct talk *t, enum verb verb)
{
    switch ((unsigned)verb) {
    case MAIL:
        return line_of(t, CAST_MAIL);
    case RCPT:
        return stock(t, CAST_NO_RELAY);
    case RSET:
        return line_of(t, CAST_RSET);
    case NOOP:
        return line_of(t, CAST_NOOP);
    case QUIT:
        return line_of(t, CAST_QUIT);
    case VRFY:
        return stock(t, CAST_WILL_TRY);
    default:
        return NULL;
    }
}

static const struct script *find(struct talk *t, struct octets line, enum verb verb)
{
    struct ask_words words = {0};
    const struct cast_role *r = t->who.role;
    size_t ask = asks_find(&t->cast->asks, line, t->state, &words);
    const struct script *asked =
        ask < t->cast->asks.count ? r->answers[t->who.has_tls ? 0 : 1][ask] : NULL;
    bool is_plain_form = ask < t->cast->asks.count && t->cast->asks.of[ask].state != t->state;
    bool has_end = line.size > 1 && line.at[line.size - 2] == '\r';
    bool is_hello = verb <= LHLO && has_argument(line) && has_end;
    keep_word(&t->me, words.me);
    keep_word(&t->sender, words.sender);
    /* A hello that was accepted again lists under TLS what it lists there. */
    bool is_again = t->has_tls && asked && asked->code == 250;
    if (is_hello && (t->state == SMTP_STATE_GREETED || is_again))
        return say_hello(t, verb);
    if (asked && !(is_plain_form && say_common(t, verb)))
        return asked;
    const struct script *common = say_common(t, verb);
    return common ? common : line_of(t, CAST_NO_VERB);
}

/* ---- what follows from it ---- */

static void follow(struct talk *t, enum verb verb, const struct script *s)
{
    if (s->code < 200 || s->code > 299)
        return;
    if (verb <= LHLO || (verb == RSET && t->state == SMTP_STATE_MAIL))
        t->state = SMTP_STATE_EHLO;
    else if (verb == MAIL)
        t->state = SMTP_STATE_MAIL;
}

struct talk_act talk_hear(struct talk *t, struct octets line)
{
    enum verb verb = verb_of(line);
    t->commands++;
    if (t->who.oddity == DRAW_SILENT)
        return (struct talk_act){0};
    if (t->who.oddity == DRAW_LOSS && t->commands >= t->who.limit)
        return (struct talk_act){.resets = true};
    if (verb == STARTTLS && !has_argument(line) && t->who.has_tls && !t->has_tls)
        return (struct talk_act){.says = stock(t, CAST_START_TLS), .starts_tls = true};
    const struct script *s = find(t, line, verb);
    bool is_accepted = s->code >= 200 && s->code <= 299;
    if (t->who.oddity == DRAW_GREYLIST && is_accepted && (verb == MAIL || verb == RCPT))
        s = stock(t, CAST_GREYLIST);
    if (s->code >= 400 && verb != QUIT)
        t->errors++;
    if (t->who.oddity == DRAW_LIMIT && t->errors >= t->who.limit)
        s = stock(t, CAST_TOO_MANY);
    follow(t, verb, s);
    struct talk_act act = says(s);
    act.closes = act.closes || (verb == QUIT && !has_argument(line));
    return act;
}
