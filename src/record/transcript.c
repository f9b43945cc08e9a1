/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "transcript.h"

#include "../smtp/reply.h"

/* The names under which the recordings were made. */
#define ASKED_AS              "client.scan.test"
#define ASKED_AGAIN_AS        "other.scan.test"
#define ASKED_FROM            "127.200.0.1"
#define ASKED_SENDER          "probe@example.com"
#define ASKED_OUTSIDER_LOCAL  "someone"
#define ASKED_OUTSIDER_DOMAIN "example.org"

struct importing {
    struct arena *arena;
    const struct identify_database *db;
    const json_t *stimuli;
    bool is_out_of_memory;
};

/* A JSON string whose characters are octets. */
static struct octets take_latin1(struct importing *im, const json_t *value)
{
    const uint8_t *text = (const uint8_t *)json_string_value(value);
    size_t size = json_string_length(value), n = 0;
    uint8_t *out = arena_alloc(im->arena, size);
    if (!out)
        im->is_out_of_memory = true;
    for (size_t i = 0; out && i < size; i++) {
        bool two = (text[i] & 0xe0) == 0xc0 && i + 1 < size;
        out[n++] = two ? (uint8_t)((text[i] & 3u) << 6 | (text[i + 1] & 0x3fu)) : text[i];
        i += two;
    }
    return out ? (struct octets){out, n} : OCTETS_NONE;
}

/* What the questions of today would have sent then. */
static struct smtp_vars vars_of(const char *me)
{
    struct smtp_vars v = {0};
    v.value[SMTP_VAR_ME] = octets_of(me);
    v.value[SMTP_VAR_CLIENT] = OCTETS(ASKED_FROM);
    v.value[SMTP_VAR_SENDER] = OCTETS(ASKED_SENDER);
    v.value[SMTP_VAR_OUTSIDER_LOCAL] = OCTETS(ASKED_OUTSIDER_LOCAL);
    v.value[SMTP_VAR_OUTSIDER_DOMAIN] = OCTETS(ASKED_OUTSIDER_DOMAIN);
    return v;
}

static bool begins(struct octets sent, const char *verb)
{
    return octets_has_prefix_nocase(sent, octets_of(verb));
}

/* How many of `steps` stand before the last one in a state; SIZE_MAX when they lead elsewhere. */
static bool leads_to(struct importing *im, const json_t *steps, enum smtp_state state)
{
    size_t before = json_array_size(steps) - 1;
    struct octets first =
        before ? take_latin1(im, json_array_get(json_array_get(steps, 0), 0)) : OCTETS_NONE;
    struct octets second =
        before > 1 ? take_latin1(im, json_array_get(json_array_get(steps, 1), 0)) : OCTETS_NONE;
    bool hello = begins(first, "EHLO ") || begins(first, "LHLO ");
    if (state == SMTP_STATE_GREETED)
        return before == 0;
    if (state == SMTP_STATE_MAIL)
        return before == 2 && hello && begins(second, "MAIL FROM:<");
    return state == SMTP_STATE_EHLO && before == 1 && hello;
}

/* The steps that ask what the program asks; `exact` wants its state too.  NULL when there are none. */
static const json_t *find_steps(struct importing *im, const struct smtp_program *p, const char *me,
                                bool exact)
{
    struct smtp_vars vars = vars_of(me);
    struct buf text;
    const json_t *found = NULL, *stimulus;
    const char *name;
    buf_init(&text, SMTP_TEMPLATE_MAX);
    if (smtp_template_fill(&p->steps[0].text, &vars, &text) == ERR_OK) {
        json_object_foreach((json_t *)im->stimuli, name, stimulus)
        {
            const json_t *steps = json_object_get(stimulus, "steps");
            size_t count = json_array_size(steps);
            /* Long lines were kept by their beginning. */
            struct octets sent =
                count ? take_latin1(im, json_array_get(json_array_get(steps, count - 1), 0))
                      : OCTETS_NONE;
            bool same = sent.size == 200 ? octets_has_prefix(buf_octets(&text), sent)
                                         : octets_is_equal(buf_octets(&text), sent);
            if (count && same && (leads_to(im, steps, p->state) || (!exact && count == 1)))
                found = steps;
        }
    }
    buf_release(&text);
    return found;
}

/* The first reply in a text; what follows it answers nothing that we ask. */
static struct facts_reply take_reply(struct importing *im, struct octets text)
{
    struct smtp_reply parsed = {0};
    struct facts_reply reply = {0};
    if (smtp_reply_parse(&parsed, text) == SMTP_PARSE_DONE)
        text = octets_sub(text, 0, parsed.size);
    size_t lines = 1;
    for (size_t i = 0; i < text.size; i++)
        lines += text.at[i] == '\n';
    reply.lines = arena_alloc_array(im->arena, lines, sizeof *reply.lines);
    if (!reply.lines)
        im->is_out_of_memory = true;
    while (reply.lines && text.size)
        reply.lines[reply.line_count++] = smtp_reply_take_line(&text);
    reply.code = reply.line_count ? smtp_line_code(reply.lines[0]) : 0;
    reply.anomalies = parsed.anomalies;
    return reply;
}

/* Where a reply repeats the names of then, it gets those of today. */
static struct octets rename_outsider(struct importing *im, struct octets text)
{
    static const char then[] = ASKED_OUTSIDER_DOMAIN "!" ASKED_OUTSIDER_LOCAL;
    static const char today[] = "example.net!smtpscan";
    struct octets renamed = OCTETS_NONE;
    struct buf out;
    size_t from = 0, at;
    buf_init(&out, SMTP_REPLY_MAX * 2);
    while ((at = octets_find(text, OCTETS(then), from)) < text.size) {
        buf_append(&out, octets_sub(text, from, at));
        buf_append_text(&out, today);
        from = at + sizeof then - 1;
    }
    buf_append(&out, octets_sub(text, from, text.size));
    if (buf_error(&out) || !arena_copy(im->arena, buf_octets(&out), &renamed))
        im->is_out_of_memory = true;
    buf_release(&out);
    return renamed;
}

static void take_reaction(struct importing *im, const struct smtp_program *p, const json_t *steps,
                          struct facts_reaction *ret)
{
    const json_t *last = json_array_get(steps, json_array_size(steps) - 1);
    struct octets text = rename_outsider(im, take_latin1(im, json_array_get(last, 1)));
    *ret = (struct facts_reaction){.ask = p->name, .state = (enum facts_state)p->state};
    ret->replies = arena_alloc(im->arena, sizeof *ret->replies);
    if (!ret->replies) {
        im->is_out_of_memory = true;
        return;
    }
    if (text.size)
        ret->replies[ret->reply_count++] = take_reply(im, text);
    if (json_is_true(json_array_get(last, 3)))
        ret->ended = FACTS_ENDED_CLOSED;
    else if (!text.size)
        ret->ended = FACTS_ENDED_TIMEOUT;
}

static void take_reactions(struct importing *im, struct facts_visit *v)
{
    v->reactions = arena_alloc_array(im->arena, im->db->question_count, sizeof *v->reactions);
    for (size_t i = IDENTIFY_PSEUDO__COUNT; v->reactions && i < im->db->question_count; i++) {
        const struct smtp_program *p = im->db->questions[i].program;
        const json_t *steps = find_steps(im, p, ASKED_AS, true);
        steps = steps ? steps : find_steps(im, p, ASKED_AGAIN_AS, true);
        steps = steps ? steps : find_steps(im, p, ASKED_AS, false);
        if (steps)
            take_reaction(im, p, steps, &v->reactions[v->reaction_count++]);
    }
    if (!v->reactions)
        im->is_out_of_memory = true;
}

/* The reply to the last of the named steps. */
static struct facts_reply take_named(struct importing *im, const char *name)
{
    const json_t *steps = json_object_get(json_object_get(im->stimuli, name), "steps");
    size_t count = json_array_size(steps);
    return take_reply(
        im, take_latin1(im, json_array_get(json_array_get(steps, count ? count - 1 : 0), 1)));
}

static enum err take_all(struct importing *im, const json_t *root, struct record_transcript *t)
{
    struct facts_visit *v = &t->visit;
    t->id = take_latin1(im, json_object_get(root, "id"));
    t->product = take_latin1(im, json_object_get(root, "product"));
    t->version = take_latin1(im, json_object_get(root, "version"));
    t->variant = take_latin1(im, json_object_get(root, "variant"));
    t->package = take_latin1(im, json_object_get(root, "package"));
    t->kind = take_latin1(im, json_object_get(root, "kind"));
    t->seen = take_latin1(im, json_object_get(root, "seen"));
    t->origin = take_latin1(im, json_object_get(root, "origin"));
    if (!t->id.size || !t->product.size || !t->version.size || !json_is_object(im->stimuli) ||
        !address_parse(take_latin1(im, json_object_get(root, "address")), &v->address))
        return im->is_out_of_memory ? ERR_NOMEM : ERR_SYNTAX;
    bool lmtp = json_is_true(json_object_get(root, "lmtp"));
    v->outcome = FACTS_OUTCOME_ANSWERED;
    v->protocol = lmtp ? FACTS_PROTOCOL_LMTP : FACTS_PROTOCOL_ESMTP;
    v->asker = (struct facts_asker){
        .ehlo = OCTETS(ASKED_AS), .client = OCTETS(ASKED_FROM), .sender = OCTETS(ASKED_SENDER)};
    v->greeting = take_reply(
        im, take_latin1(im, json_object_get(json_object_get(im->stimuli, "ehlo"), "greet")));
    v->ehlo = take_named(im, lmtp ? "lhlo" : "ehlo");
    v->ehlo_tls = take_named(im, "ehlo-tls");
    v->quit = take_named(im, "quit");
    take_reactions(im, v);
    return im->is_out_of_memory ? ERR_NOMEM : ERR_OK;
}

enum err record_transcript_read(struct octets json, const struct identify_database *db,
                                struct arena *a, struct record_transcript *ret)
{
    json_error_t error;
    json_t *root = json_loadb((const char *)json.at, json.size, JSON_ALLOW_NUL, &error);
    struct importing im = {.arena = a, .db = db, .stimuli = json_object_get(root, "stimuli")};
    struct record_transcript t = {0};
    enum err e = json_is_object(root) ? take_all(&im, root, &t) : ERR_SYNTAX;
    if (!e)
        *ret = t;
    json_decref(root);
    return e;
}
