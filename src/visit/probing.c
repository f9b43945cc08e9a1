/* SPDX-License-Identifier: Apache-2.0 */
#include "visit_private.h"

#include "../base/random.h"
#include "../smtp/ehlo.h"
#include "../tls/prober.h"

/*
 * What TLS a server accepts, hello by hello (tls/prober.h): each on a connection of its own, with
 * STARTTLS before it where TLS does not come first.  Whoever refuses a connection, or says 421, is
 * left alone at once.
 */
enum probing_step {
    PROBING_CONNECTING,
    PROBING_GREETING,
    PROBING_HELLO,
    PROBING_STARTTLS,
    PROBING_TLS,
    PROBING_ENDING, /* told the prober how it ended */
};

struct visit_probing {
    struct tls_prober prober;
    struct buf hello; /* of the connection under way */
    enum probing_step step;
};

#define CLIENT_HELLO_MAX ((size_t)4096)

/* All is class noisy.  The hello of a strict client is an ordinary one: it is sent where TLS 1.2 was
 * chosen, for better is known to satisfy it, and worse not to. */
static uint32_t questions(const struct visit *v)
{
    const struct facts_visit *f = &v->facts;
    if (v->options->probes_tls && v->class_max >= SMTP_CLASS_NOISY)
        return TLS_PROBER_ALL;
    bool is_open = f->tls.is_up && strcmp(f->tls.version, "TLSv1.2") == 0;
    return v->options->probes_strict && f->level >= FACTS_LEVEL_AUDIT && is_open
               ? 1u << FACTS_TLS_STRICT
               : 0;
}

/* Where TLS can be spoken at all. */
static bool may_probe(const struct visit *v)
{
    const struct facts_visit *f = &v->facts;
    bool has_tls =
        f->tls.implicit || (f->starttls_offered && f->starttls != FACTS_STARTTLS_REFUSED);
    return questions(v) && has_tls && !f->cut_stage && f->outcome == FACTS_OUTCOME_ANSWERED &&
           !v->is_over;
}

static bool begin(struct visit *v)
{
    v->probing = arena_alloc(&v->arena, sizeof *v->probing);
    v->facts.tls_probe = arena_alloc(&v->arena, sizeof *v->facts.tls_probe);
    if (!v->probing || !v->facts.tls_probe) {
        v->probing = NULL;
        v->facts.tls_probe = NULL;
        return false;
    }
    buf_init(&v->probing->hello, CLIENT_HELLO_MAX);
    struct octets name = visit_server_name(v);
    struct address address;
    tls_prober_init(&v->probing->prober, address_parse(name, &address) ? OCTETS_NONE : name,
                    questions(v), &v->arena, v->facts.tls_probe);
    net_timer_start(&v->deadline, v->options->visit_ms); /* many connections: a time of its own */
    return true;
}

static void finish(struct visit *v)
{
    tls_prober_release(&v->probing->prober);
    buf_release(&v->probing->hello);
    v->probing->step = PROBING_ENDING;
}

/* The next hello, built before its connection is opened. */
static bool build(struct visit_probing *g)
{
    uint8_t from_random[TLS_HELLO_RANDOM];
    buf_clear(&g->hello);
    if (random_fill(from_random, sizeof from_random)) {
        tls_prober_stop(&g->prober, OCTETS("no random octets"));
        return false;
    }
    return tls_prober_next(&g->prober, from_random, &g->hello) && buf_error(&g->hello) == ERR_OK;
}

bool visit_probe_next(struct visit *v)
{
    if (!v->probing && (v->is_cancelled || !may_probe(v) || !begin(v)))
        return false;
    if (v->is_cancelled || v->is_over)
        tls_prober_stop(&v->probing->prober, OCTETS("ended before its time"));
    if (!build(v->probing)) {
        finish(v);
        return false;
    }
    v->probing->step = PROBING_CONNECTING;
    if (visit_connect(v) == ERR_OK)
        return true;
    tls_prober_stop(&v->probing->prober, OCTETS("out of memory"));
    finish(v);
    return false;
}

/* ---- one connection ---- */

static void end(struct visit *v)
{
    v->probing->step = PROBING_ENDING;
    session_reset(&v->session);
}

/* Before the hello could be sent: this server is not asked again. */
static void stop(struct visit *v, struct octets reason)
{
    tls_prober_stop(&v->probing->prober, reason);
    end(v);
}

static void conclude(struct visit *v, enum tls_prober_end how)
{
    tls_prober_ended(&v->probing->prober, how);
    end(v);
}

static void say_client_hello(struct visit *v)
{
    v->probing->step = PROBING_TLS;
    session_say_client_hello(&v->session, buf_octets(&v->probing->hello));
}

/* Turned away, in the server's words. */
static void on_refused(struct visit *v)
{
    struct octets words = visit_words(v, &v->session.reply);
    if (v->session.reply.code == 421) {
        visit_take_421(v, words);
        visit_fail(v, FACTS_OUTCOME_BLOCKED, FACTS_STAGE_TLS, words);
    }
    stop(v, words);
}

static void on_replied(struct visit *v)
{
    struct visit_probing *g = v->probing;
    uint16_t code = v->session.reply.code;
    bool is_lmtp = v->facts.protocol == FACTS_PROTOCOL_LMTP;
    if (g->step == PROBING_STARTTLS && code == 220) {
        say_client_hello(v);
    } else if (!session_is_open(&v->session) || code < 200 || code > 299) {
        on_refused(v);
    } else if (g->step == PROBING_GREETING) {
        g->step = PROBING_HELLO;
        session_say(&v->session, SMTP_CLASS_SESSION, is_lmtp ? "LHLO" : "EHLO",
                    v->facts.asker.ehlo);
    } else if (g->step == PROBING_HELLO) {
        g->step = PROBING_STARTTLS;
        session_say(&v->session, SMTP_CLASS_SESSION, "STARTTLS", OCTETS_NONE);
    } else {
        on_refused(v);
    }
}

static void on_octets(struct visit *v)
{
    struct session *s = &v->session;
    bool wants_more = tls_prober_feed(&v->probing->prober, s->input);
    s->input = OCTETS_NONE;
    if (!wants_more)
        conclude(v, TLS_PROBER_ANSWERED);
}

static void on_end(struct visit *v, bool is_timeout)
{
    if (v->probing->step == PROBING_ENDING || v->is_cancelled || v->is_over)
        return; /* we ended it ourselves */
    if (v->probing->step == PROBING_TLS && v->session.is_cut)
        stop(v, OCTETS("what it said before TLS forbids a hello"));
    else if (v->probing->step == PROBING_TLS)
        conclude(v, is_timeout             ? TLS_PROBER_TIMEOUT
                    : v->session.end_error ? TLS_PROBER_RESET
                                           : TLS_PROBER_CLOSED);
    else if (v->probing->step == PROBING_CONNECTING)
        stop(v, is_timeout ? OCTETS("no answer to the connection")
                           : octets_of(uv_strerror(v->session.end_error)));
    else
        stop(v, is_timeout ? OCTETS("no reply before TLS") : OCTETS("closed before TLS"));
}

void visit_probing_report(struct visit *v, enum session_report report)
{
    struct visit_probing *g = v->probing;
    switch (report) {
    case SESSION_CONNECTED:
        if (v->facts.tls.implicit) {
            say_client_hello(v);
        } else {
            g->step = PROBING_GREETING;
            session_await_greeting(&v->session);
        }
        break;
    case SESSION_GREETED:
    case SESSION_REPLIED:
        on_replied(v);
        break;
    case SESSION_OCTETS:
        on_octets(v);
        break;
    case SESSION_TIMEOUT:
    case SESSION_ENDED:
        on_end(v, report == SESSION_TIMEOUT);
        break;
    case SESSION_TLS_UP:
    case SESSION_TLS_FAILED:
    case SESSION_PLAYED:
        break; /* not asked for here */
    }
}
