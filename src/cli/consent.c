/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "commands.h"
#include "output.h"
#include "secret.h"

#include "../base/clock.h"
#include "../base/escape.h"
#include "../net/resolver.h"
#include "../target/target.h"

/*
 * smtpscan consent NAME: what to publish so that checks that may harm are allowed there, and what is
 * published now.  No such check is built in today, and none is played from files.
 */
#define PAGE_OCTETS_MAX   ((size_t)4 * 1024 * 1024)
#define STRING_OCTETS_MAX 255 /* of a TXT record (RFC 1035 s3.3.14) */
#define DAY_MS            ((uint64_t)24 * 60 * 60 * 1000)
#define DAYS_DEFAULT      30
#define TEXTS_MAX         64
#define TRIES             3

struct consent {
    const struct cli_options *options;
    struct arena arena;
    struct net_loop loop;
    struct buf owner, until, page; /* the record's name; its last day; what is written */
    struct consent_question question;
    struct octets texts[TEXTS_MAX];
    enum resolver_status status;
};

/* ---- what to publish ---- */

/* One or more strings, in the form of a zone file (RFC 1035 s5.1). */
static void append_quoted(struct buf *out, struct octets text)
{
    for (size_t at = 0; at < text.size; at += STRING_OCTETS_MAX) {
        buf_append_text(out, at ? " \"" : "\"");
        buf_append(out, octets_sub(text, at, at + STRING_OCTETS_MAX));
        buf_append_text(out, "\"");
    }
}

static void append_wanted(struct consent *c)
{
    const char *only = c->options->only;
    struct buf text;
    buf_init(&text, PAGE_OCTETS_MAX);
    consent_append(&text, c->question.key, only ? octets_of(only) : OCTETS("ID,..."),
                   buf_octets(&c->until));
    buf_append_text(&c->page, "publish    ");
    buf_append(&c->page, buf_octets(&c->owner));
    buf_append_text(&c->page, ". IN TXT ");
    append_quoted(&c->page, buf_octets(&text));
    buf_append_text(&c->page,
                    only ? "\n" : "\n           with the ids of checks for ID,... (--only)\n");
    buf_release(&text);
}

/* ---- what is published ---- */

static void append_date(struct buf *out, uint64_t ms)
{
    struct buf time;
    buf_init(&time, 64);
    clock_append_rfc3339(&time, ms);
    buf_append(out, octets_sub(buf_octets(&time), 0, strlen("YYYY-MM-DD")));
    buf_release(&time);
}

static void append_problems(struct buf *out, const struct dns_problems *p)
{
    for (size_t i = 0; i < p->count; i++)
        buf_append_format(out, "           malformed at octet %zu: %s\n", p->at[i].at,
                          p->at[i].what);
}

static void append_record(struct consent *c, const struct consent_record *r)
{
    bool is_ours = memcmp(r->key, c->question.key, sizeof r->key) == 0;
    bool has_expired = r->until_ms && c->question.now_ms > r->until_ms;
    buf_append_text(&c->page, is_ours ? "           of our key" : "           of another key");
    if (r->until_ms) {
        buf_append_text(&c->page, has_expired ? ", expired on " : ", until ");
        append_date(&c->page, r->until_ms);
    }
    for (size_t i = 0; i < r->check_count; i++) {
        buf_append_text(&c->page, i ? ", " : ", for ");
        escape_visible(&c->page, r->checks[i]);
    }
    buf_append_text(&c->page, "\n");
    append_problems(&c->page, &r->problems);
}

static void append_published(struct consent *c)
{
    struct consent_record r;
    for (size_t i = 0; i < c->question.text_count; i++) {
        if (!consent_is_record(c->texts[i]))
            continue;
        buf_append_text(&c->page, "published  ");
        escape_visible(&c->page, c->texts[i]);
        buf_append_text(&c->page, "\n");
        consent_parse(c->texts[i], &r);
        append_record(c, &r);
    }
}

/* The answer for all checks that were named, or for the record as such. */
static enum consent_answer append_answers(struct consent *c)
{
    struct octets rest = octets_of(c->options->only);
    enum consent_answer worst = CONSENT_GIVEN;
    do {
        c->question.check = octets_trim(octets_take_until(&rest, ','));
        enum consent_answer a = consent_is_given(&c->question);
        if (a != CONSENT_GIVEN)
            worst = a;
        buf_append_text(&c->page, "answer     ");
        buf_append(&c->page, c->question.check);
        buf_append_format(&c->page, "%s%s\n", c->question.check.size ? ": " : "",
                          consent_answer_words(a));
    } while (rest.size);
    return worst;
}

static enum cli_exit append_answer(struct consent *c)
{
    static const char *const failures[] = {
        [RESOLVER_FAILED] = "DNS gave no answer but a failure",
        [RESOLVER_TIMEOUT] = "DNS did not answer in time",
        [RESOLVER_CANCELLED] = "interrupted",
    };
    bool is_known = c->status == RESOLVER_OK || c->status == RESOLVER_NO_DATA ||
                    c->status == RESOLVER_NO_SUCH_NAME;
    enum consent_answer a = CONSENT_MISSING;
    append_published(c);
    if (is_known)
        a = append_answers(c);
    else
        buf_append_format(&c->page, "answer     %s\n", failures[c->status]);
    buf_append_text(&c->page,
                    "note       no check of class consent is built in, and none is played "
                    "from a file:\n           whatever is published, none is sent\n");
    if (!is_known)
        return CLI_EXIT_NO_ANSWER;
    return a == CONSENT_GIVEN ? CLI_EXIT_DONE : CLI_EXIT_FINDINGS;
}

/* ---- DNS ---- */

static void on_texts(void *owner, enum resolver_status status, const struct dns_message *m)
{
    struct consent *c = owner;
    c->status = status;
    for (size_t i = 0; status == RESOLVER_OK && i < m->record_count; i++) {
        size_t *count = &c->question.text_count;
        if (m->records[i].type != DNS_TYPE_TXT)
            continue;
        if (*count < TEXTS_MAX && arena_copy(&c->arena, m->records[i].text, &c->texts[*count]))
            ++*count;
        else
            c->status = RESOLVER_FAILED; /* what is not looked at might speak against it */
    }
    net_loop_stop(&c->loop);
}

static enum cli_exit look_up(struct consent *c)
{
    const struct cli_options *o = c->options;
    struct resolver *resolver;
    enum err e = net_loop_init(&c->loop);
    if (e) {
        fprintf(stderr, "smtpscan: cannot start: %s\n", err_text(e));
        return CLI_EXIT_FAILED;
    }
    e = resolver_new(&c->loop, o->resolver, o->dns_ms, TRIES, &resolver);
    if (!e) {
        e = resolver_ask(resolver, buf_octets(&c->owner), DNS_TYPE_TXT, on_texts, c);
        if (!e)
            net_loop_run(&c->loop);
        resolver_free(resolver);
    } else if (e == ERR_SYNTAX) {
        (void)cli_complain("--resolver", o->resolver,
                           "takes ADDRESS, ADDRESS:PORT, [V6]:PORT or recursive");
    }
    net_loop_release(&c->loop);
    if (e)
        fprintf(stderr, "smtpscan: cannot ask DNS: %s\n", err_text(e));
    return !e ? CLI_EXIT_DONE : e == ERR_SYNTAX ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
}

/* ---- the command line ---- */

static bool set_name(struct consent *c)
{
    const struct cli_options *o = c->options;
    struct target t;
    const char *problem = "is no domain name";
    if (o->rest_count != 1) {
        fprintf(stderr, "smtpscan: consent takes one name\n");
        return false;
    }
    if (target_parse(octets_of(o->rest[0]), &c->arena, &t, &problem) || t.kind != TARGET_NAME ||
        t.port)
        return cli_complain("name", o->rest[0], problem);
    buf_append_text(&c->owner, CONSENT_PREFIX);
    buf_append(&c->owner, t.name);
    c->question.name = t.name;
    c->question.owner = buf_octets(&c->owner);
    return true;
}

static bool are_checks(const char *only)
{
    struct octets rest = octets_of(only);
    size_t count = 0;
    while (rest.size) {
        struct octets id = octets_take_until(&rest, ',');
        if (!consent_is_check_id(id) || ++count > CONSENT_CHECKS_MAX)
            return cli_complain("--only", only, "takes up to 64 ids, each for itself, no blanks");
    }
    return true;
}

static bool set_until(struct consent *c)
{
    const char *until = c->options->until;
    uint64_t ms;
    if (!until) {
        append_date(&c->until, c->question.now_ms + DAYS_DEFAULT * DAY_MS);
        return true;
    }
    buf_append_text(&c->until, until);
    if (!consent_parse_date(octets_of(until), &ms))
        return cli_complain("--until", until, "takes a day such as 2026-12-31");
    return ms >= c->question.now_ms || cli_complain("--until", until, "is over");
}

static enum cli_exit write_page(struct consent *c)
{
    struct output out;
    if (buf_error(&c->page)) {
        fprintf(stderr, "smtpscan: %s\n", err_text(buf_error(&c->page)));
        return CLI_EXIT_FAILED;
    }
    if (output_open(&out, c->options->output)) {
        fprintf(stderr, "smtpscan: --output: %s: %s\n", c->options->output, strerror(errno));
        return CLI_EXIT_USAGE;
    }
    output_write(&out, buf_octets(&c->page));
    output_close(&out);
    return output_say(&out) ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
}

static enum cli_exit run(struct consent *c)
{
    const struct cli_options *o = c->options;
    if (!set_name(c) || (o->only && !are_checks(o->only)) || !set_until(c) ||
        !secret_key(o->secret, o->quiet, c->question.key))
        return CLI_EXIT_USAGE;
    append_wanted(c);
    enum cli_exit status = look_up(c);
    if (status)
        return status;
    status = append_answer(c);
    enum cli_exit written = write_page(c);
    return written ? written : status;
}

enum cli_exit cli_consent(const struct cli_options *o)
{
    struct consent *c = calloc(1, sizeof *c);
    if (!c) {
        fprintf(stderr, "smtpscan: %s\n", err_text(ERR_NOMEM));
        return CLI_EXIT_FAILED;
    }
    c->options = o;
    c->status = RESOLVER_FAILED;
    c->question.now_ms = clock_wall_ms();
    c->question.texts = c->texts;
    arena_init(&c->arena, PAGE_OCTETS_MAX);
    buf_init(&c->owner, 1024);
    buf_init(&c->until, 64);
    buf_init(&c->page, PAGE_OCTETS_MAX);
    enum cli_exit status = run(c);
    buf_release(&c->page);
    buf_release(&c->until);
    buf_release(&c->owner);
    arena_release(&c->arena);
    free(c);
    return status;
}
