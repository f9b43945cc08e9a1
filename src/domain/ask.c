/* SPDX-License-Identifier: Apache-2.0 */
#include "ask.h"

#define NAME_OCTETS 254

void survey_leave(struct survey *s)
{
    if (--s->pending)
        return;
    if (!s->is_second) {
        s->is_second = true;
        s->pending = 1;
        survey_second(s);
        survey_leave(s);
        return;
    }
    s->done(s->owner);
}

/* ---- one question ---- */

struct question {
    struct survey *survey;
    struct survey_to to;
    enum dns_type type;
};

static bool copy_octets(struct arena *a, struct octets *o)
{
    return arena_copy(a, *o, o);
}

/* The message that it borrows from ends with the answer. */
static bool copy_record(struct arena *a, struct dns_record *r)
{
    bool ok = copy_octets(a, &r->owner) && copy_octets(a, &r->name);
    if (r->type == DNS_TYPE_TXT)
        ok = ok && copy_octets(a, &r->text);
    else if (r->type == DNS_TYPE_TLSA)
        ok = ok && copy_octets(a, &r->tlsa.data);
    else if (r->type == DNS_TYPE_CAA)
        ok = ok && copy_octets(a, &r->caa.tag) && copy_octets(a, &r->caa.value);
    return ok;
}

static bool is_kept(const struct dns_record *r, enum dns_type type)
{
    return r->type == type || r->type == DNS_TYPE_CNAME;
}

static bool keep_records(struct arena *a, enum dns_type type, const struct dns_message *m,
                         struct facts_dns *to)
{
    struct dns_record *kept = arena_alloc_array(a, m->record_count, sizeof *kept);
    if (!kept)
        return false;
    for (size_t i = 0; i < m->record_count; i++) {
        if (!is_kept(&m->records[i], type))
            continue;
        kept[to->count] = m->records[i];
        if (!copy_record(a, &kept[to->count]))
            return false;
        to->count++;
    }
    to->records = kept;
    return true;
}

static void on_answer(void *owner, enum resolver_status status, const struct dns_message *m)
{
    struct question *q = owner;
    struct survey *s = q->survey;
    *q->to.answer = (struct facts_dns){.is_asked = true,
                                       .status = resolver_dns_answer(status, m).status,
                                       .is_timeout = status == RESOLVER_TIMEOUT,
                                       .is_authentic = m && m->is_authentic};
    if (m && !keep_records(s->arena, q->type, m, q->to.answer))
        *q->to.answer = (struct facts_dns){.is_asked = true, .status = DNS_FAILED};
    if (q->to.then)
        q->to.then(s, q->to.about);
    survey_leave(s);
}

void survey_ask(struct survey *s, struct octets name, enum dns_type type, struct survey_to to)
{
    struct question *q = arena_alloc(s->arena, sizeof *q);
    if (!q)
        return;
    *q = (struct question){.survey = s, .to = to, .type = type};
    s->d->queries++;
    s->pending++;
    /* A name that nobody can ask for is theirs, not ours. */
    enum err e = resolver_ask(s->options->resolver, name, type, on_answer, q);
    if (e)
        *to.answer = (struct facts_dns){.is_asked = true,
                                        .status = e == ERR_SYNTAX ? DNS_NO_SUCH_NAME : DNS_FAILED};
    if (e)
        s->pending--; /* not the last: whoever asks holds one */
    if (e && to.then)
        to.then(s, to.about);
}

void survey_ask_below(struct survey *s, const char *prefix, struct octets name, enum dns_type type,
                      struct survey_to to)
{
    struct buf full;
    buf_init(&full, 1024);
    buf_append_text(&full, prefix);
    buf_append_octet(&full, '.');
    buf_append(&full, name);
    if (buf_error(&full) || full.size > NAME_OCTETS)
        buf_clear(&full); /* too long to be a name: it is not asked for, and does not exist */
    survey_ask(s, buf_octets(&full), type, to);
    buf_release(&full);
}

const struct dns_record *survey_next(const struct facts_dns *answer, enum dns_type type, size_t *at)
{
    while (*at < answer->count) {
        const struct dns_record *r = &answer->records[(*at)++];
        if (r->type == type)
            return r;
    }
    return NULL;
}

/* ---- a machine ---- */

struct driven {
    struct survey *survey;
    struct survey_machine m;
};

static void go_on(struct driven *v);

static void on_machine_answer(void *owner, enum resolver_status status, const struct dns_message *m)
{
    struct driven *v = owner;
    struct dns_answer answer = resolver_dns_answer(status, m);
    v->m.answer(v->m.machine, &answer);
    go_on(v);
    survey_leave(v->survey);
}

static void go_on(struct driven *v)
{
    struct survey *s = v->survey;
    struct dns_question q;
    enum dns_step step;
    while ((step = v->m.step(v->m.machine, &q)) == DNS_STEP_ASK) {
        s->d->queries++;
        s->pending++;
        enum err e = resolver_ask(s->options->resolver, q.name, q.type, on_machine_answer, v);
        if (!e)
            return;
        s->pending--;
        const struct dns_answer none = {.status = e == ERR_SYNTAX ? DNS_NO_SUCH_NAME : DNS_FAILED};
        v->m.answer(v->m.machine, &none);
    }
    if (step == DNS_STEP_DONE)
        v->m.then(s, v->m.machine);
}

void survey_drive(struct survey *s, struct survey_machine m)
{
    struct driven *v = arena_alloc(s->arena, sizeof *v);
    if (!v)
        return;
    *v = (struct driven){.survey = s, .m = m};
    go_on(v);
}
