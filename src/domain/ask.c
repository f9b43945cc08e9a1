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

/* A run that is interrupted frees its resolver at once. */
static enum err ask(const struct survey *s, struct octets name, enum dns_type type,
                    resolver_answer *answer, void *owner)
{
    struct resolver *r = *s->options->resolver;
    return r ? resolver_ask(r, name, type, answer, owner) : ERR_CLOSED;
}

/* ---- what is kept ---- */

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

/* At its place among what was asked, unless something better stands there. */
static struct facts_dns keep(struct survey *s, size_t place, struct facts_dns answer)
{
    struct facts_dns *at = place < s->d->asked_count ? &s->d->asked[place].answer : NULL;
    if (at && (!at->is_asked || at->status == DNS_FAILED))
        *at = answer;
    return answer;
}

static struct facts_dns keep_answer(struct survey *s, size_t place, enum dns_type type,
                                    enum resolver_status status, const struct dns_message *m)
{
    struct facts_dns answer = {.is_asked = true,
                               .status = resolver_dns_answer(status, m).status,
                               .is_timeout = status == RESOLVER_TIMEOUT,
                               .is_authentic = m && m->is_authentic};
    if (m && !keep_records(s->arena, type, m, &answer))
        answer = (struct facts_dns){.is_asked = true, .status = DNS_FAILED};
    return keep(s, place, answer);
}

/* A name that nobody can ask for is theirs, not ours. */
static struct facts_dns keep_refusal(struct survey *s, size_t place, enum err e)
{
    return keep(s, place,
                (struct facts_dns){.is_asked = true,
                                   .status = e == ERR_SYNTAX ? DNS_NO_SUCH_NAME : DNS_FAILED});
}

/* What an earlier survey was told.  Of what it did not ask nothing is known, but that a name which
 * is none does not exist. */
static struct facts_dns kept_answer(const struct survey *s, struct octets name, enum dns_type type)
{
    const struct facts_asked *one = facts_domain_asked(s->kept, name, type);
    if (one)
        return one->answer;
    return (struct facts_dns){.is_asked = !name.size,
                              .status = name.size ? DNS_FAILED : DNS_NO_SUCH_NAME};
}

static size_t place_of(struct survey *s, struct octets name, enum dns_type type)
{
    s->d->queries++;
    return name.size ? facts_domain_ask(s->d, s->arena, name, type) : SIZE_MAX;
}

/* ---- one question ---- */

struct question {
    struct survey *survey;
    struct survey_to to;
    enum dns_type type;
    size_t place;
};

static void on_answer(void *owner, enum resolver_status status, const struct dns_message *m)
{
    struct question *q = owner;
    struct survey *s = q->survey;
    *q->to.answer = keep_answer(s, q->place, q->type, status, m);
    if (q->to.then)
        q->to.then(s, q->to.about);
    survey_leave(s);
}

static void answer_at_once(struct survey *s, struct survey_to to, struct facts_dns answer)
{
    *to.answer = answer;
    if (to.then)
        to.then(s, to.about);
}

void survey_ask(struct survey *s, struct octets name, enum dns_type type, struct survey_to to)
{
    if (s->kept) {
        answer_at_once(s, to, kept_answer(s, name, type));
        return;
    }
    struct question *q = arena_alloc(s->arena, sizeof *q);
    if (!q)
        return;
    *q = (struct question){.survey = s, .to = to, .type = type, .place = place_of(s, name, type)};
    s->pending++;
    enum err e = ask(s, name, type, on_answer, q);
    if (!e)
        return;
    s->pending--; /* not the last: whoever asks holds one */
    answer_at_once(s, to, keep_refusal(s, q->place, e));
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
    enum dns_type type; /* of the question under way */
    size_t place;
};

static void go_on(struct driven *v);

static void feed(const struct driven *v, const struct facts_dns *a)
{
    const struct dns_answer answer = {
        .status = a->status, .records = a->records, .count = a->status == DNS_FOUND ? a->count : 0};
    v->m.answer(v->m.machine, &answer);
}

static void on_machine_answer(void *owner, enum resolver_status status, const struct dns_message *m)
{
    struct driven *v = owner;
    struct facts_dns answer = keep_answer(v->survey, v->place, v->type, status, m);
    feed(v, &answer);
    go_on(v);
    survey_leave(v->survey);
}

static void go_on(struct driven *v)
{
    struct survey *s = v->survey;
    struct dns_question q;
    enum dns_step step;
    while ((step = v->m.step(v->m.machine, &q)) == DNS_STEP_ASK) {
        if (s->kept) {
            struct facts_dns answer = kept_answer(s, q.name, q.type);
            feed(v, &answer);
            continue;
        }
        v->type = q.type;
        v->place = place_of(s, q.name, q.type);
        s->pending++;
        enum err e = ask(s, q.name, q.type, on_machine_answer, v);
        if (!e)
            return;
        s->pending--;
        struct facts_dns none = keep_refusal(s, v->place, e);
        feed(v, &none);
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
