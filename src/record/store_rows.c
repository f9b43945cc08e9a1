/* SPDX-License-Identifier: Apache-2.0 */
#include "../base/json_walk.h"
#include "record.h"
#include "store_write_parts.h"

#define NAMES_MAX 32 /* that lead to a record */

/* clang-format off */
/* Where in a record the values of the statements stand. */
static const char *const service_paths[] = {
    "input", "tag", "domain", "host", "address", "port", "level", "outcome", "stage", "reason", "protocol",
    "greeting.lines.0", "starttls.outcome", "tls.version", "tls.trusted", "provider.name", NULL};
static const char *const software_paths[] = {
    "product", "vendor", "versions.low", "versions.high", "confidence", "unknown", "front", "altered", "claim.product", NULL};
static const char *const domain_paths[] = {"input", "tag", "outcome", "stage", "reason", NULL};
static const char *const finding_paths[] = {"id", "verdict", "severity", "accepted", "reason", NULL};
static const char *const certificate_paths[] = {"sha256", "subject", "issuer", "not_before", "not_after", "key", "signature", NULL};
/* clang-format on */
#define FINDING_PLACE    7 /* the parameters behind those of the paths */
#define CERTIFICATE_TEXT 8

/* ---- a record in parts ---- */

/* False when it is no object. */
static bool gather(struct store_members *m, struct octets object)
{
    struct json_walk w;
    struct octets name, value;
    m->count = 0;
    json_walk_init(&w, object);
    while (json_walk_next(&w, &name, &value)) {
        if (m->count == STORE_MEMBERS_MAX)
            continue;
        m->names[m->count] = name;
        m->values[m->count++] = value;
    }
    return json_walk_is_object(&w) && !w.has_failed;
}

struct octets store_find(const struct store_members *m, const char *path)
{
    struct octets rest = octets_of(path), name = octets_take_until(&rest, '.');
    for (size_t i = 0; i < m->count; i++)
        if (octets_is_equal(m->names[i], name))
            return rest.size ? json_walk_find(m->values[i], (const char *)rest.at) : m->values[i];
    return OCTETS_NONE;
}

static bool has_controls(struct octets line)
{
    bool has_any = false;
    for (size_t i = 0; i < line.size; i++)
        has_any |= line.at[i] < 0x20 && line.at[i] != '\t';
    return has_any;
}

bool store_take_apart(struct store_members *m, struct octets line)
{
    uint64_t schema;
    if (line.size > RECORD_OCTETS_MAX || has_controls(line) || !gather(m, line))
        return false;
    struct octets type = store_find(m, "type");
    return json_walk_is_string(type) && type.size > 2 &&
           octets_to_number(store_find(m, "schema"), UINT32_MAX, &schema) &&
           schema == RECORD_SCHEMA;
}

bool store_is_record(struct octets line)
{
    struct store_members m;
    return store_take_apart(&m, line);
}

/* A record in parts. */
struct parts {
    struct octets line;
    const struct store_members *top;
    struct octets chain[STORE_CHAIN_MAX]; /* certificates that are cut out */
    int64_t certificates[STORE_CHAIN_MAX];
    size_t chain_count;
    struct octets transcript;
    int64_t record;
};

/* ---- parameters ---- */

int store_bind_text(sqlite3_stmt *s, int at, struct octets o)
{
    return sqlite3_bind_text64(s, at, o.size ? (const char *)o.at : "", o.size, SQLITE_STATIC,
                               SQLITE_UTF8);
}

int store_bind_value(struct record_store_writer *w, sqlite3_stmt *s, int at, struct octets value)
{
    struct octets text;
    if (octets_is_equal(value, OCTETS("true")) || octets_is_equal(value, OCTETS("false")))
        return sqlite3_bind_int(s, at, value.size == 4);
    if (!value.size || value.at[0] == 'n' || value.at[0] == '{')
        return sqlite3_bind_null(s, at);
    if (!json_walk_is_string(value))
        return store_bind_text(s, at, value);
    buf_clear(&w->room);
    text = json_walk_string(value, &w->room);
    if (buf_error(&w->room))
        return SQLITE_NOMEM;
    return sqlite3_bind_text64(s, at, text.size ? (const char *)text.at : "", text.size,
                               w->room.size ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8);
}

int store_bind_values(struct record_store_writer *w, sqlite3_stmt *s, int from,
                      const struct store_members *m, const char *const *paths)
{
    int bad = SQLITE_OK;
    for (int i = 0; paths[i] && !bad; i++)
        bad = store_bind_value(w, s, from + i, store_find(m, paths[i]));
    return bad;
}

enum err store_put_row(struct record_store_writer *w, enum store_statement statement, int bad)
{
    return bad ? store_err(w->db, bad) : store_step(w->statements[statement]);
}

/* ---- certificates and transcript, kept apart ---- */

/* A certificate is kept once.  One that is written otherwise than the one at hand stays where it is:
 * a record comes out as it went in. */
static enum err keep_certificate(struct record_store_writer *w, struct octets value, int64_t *ret)
{
    struct store_members m;
    sqlite3_stmt *s = w->statements[STORE_FIND_CERTIFICATE];
    *ret = 0;
    if (!gather(&m, value) || !json_walk_is_string(store_find(&m, "sha256")))
        return ERR_OK;
    int bad = store_bind_value(w, s, 1, store_find(&m, "sha256"));
    int result = bad ? bad : sqlite3_step(s);
    bool is_known = result == SQLITE_ROW;
    if (is_known && octets_is_equal(store_column(s, 1), value))
        *ret = sqlite3_column_int64(s, 0);
    enum err e = store_err(w->db, result);
    (void)sqlite3_reset(s);
    if (e || is_known)
        return e;
    s = w->statements[STORE_ADD_CERTIFICATE];
    bad = store_bind_values(w, s, 1, &m, certificate_paths);
    bad = bad ? bad : store_bind_text(s, CERTIFICATE_TEXT, value);
    e = store_put_row(w, STORE_ADD_CERTIFICATE, bad);
    if (!e)
        *ret = sqlite3_last_insert_rowid(w->db);
    return e;
}

static enum err find_chain(struct record_store_writer *w, struct parts *p)
{
    struct json_walk walk;
    struct octets name, value, chain = json_walk_find(store_find(p->top, "tls"), "chain");
    enum err e = ERR_OK;
    json_walk_init(&walk, chain);
    while (!e && p->chain_count < STORE_CHAIN_MAX && json_walk_next(&walk, &name, &value)) {
        e = keep_certificate(w, value, &p->certificates[p->chain_count]);
        if (!e && p->certificates[p->chain_count])
            p->chain[p->chain_count++] = value;
    }
    return e;
}

/* What is in the line from *from up to `hole`, and a mark in the hole's place. */
static void append_up_to(struct buf *out, struct octets line, size_t *from, struct octets hole,
                         uint8_t mark)
{
    size_t begin = (size_t)(hole.at - line.at);
    buf_append(out, octets_sub(line, *from, begin));
    buf_append_octet(out, mark);
    *from = begin + hole.size;
}

static enum err cut(struct record_store_writer *w, struct parts *p)
{
    bool transcript_first =
        p->chain_count && p->transcript.size && p->transcript.at < p->chain[0].at;
    size_t from = 0;
    if (!p->chain_count && !p->transcript.size)
        return ERR_OK;
    buf_clear(&w->text);
    if (transcript_first)
        append_up_to(&w->text, p->line, &from, p->transcript, STORE_HOLE_TRANSCRIPT);
    for (size_t i = 0; i < p->chain_count; i++)
        append_up_to(&w->text, p->line, &from, p->chain[i], STORE_HOLE_CERTIFICATE);
    if (p->transcript.size && !transcript_first)
        append_up_to(&w->text, p->line, &from, p->transcript, STORE_HOLE_TRANSCRIPT);
    buf_append(&w->text, octets_sub(p->line, from, p->line.size));
    return buf_error(&w->text);
}

static enum err add_chain(struct record_store_writer *w, const struct parts *p)
{
    sqlite3_stmt *s = w->statements[STORE_ADD_CHAIN];
    enum err e = ERR_OK;
    for (size_t i = 0; i < p->chain_count && !e; i++) {
        int bad = sqlite3_bind_int64(s, 1, p->record);
        bad = bad ? bad : sqlite3_bind_int64(s, 2, (int64_t)i + 1);
        bad = bad ? bad : sqlite3_bind_int64(s, 3, p->certificates[i]);
        e = store_put_row(w, STORE_ADD_CHAIN, bad);
    }
    return e;
}

/* Compressed, with the number of its dictionary before it: parameters `at` and the next. */
static int bind_packed(struct record_store_writer *w, sqlite3_stmt *s, int at, struct octets text)
{
    struct octets packed;
    if (store_pack(&w->packer, text, &packed))
        return SQLITE_NOMEM;
    int bad =
        w->packer.number ? sqlite3_bind_int64(s, at, w->packer.number) : sqlite3_bind_null(s, at);
    return bad ? bad : sqlite3_bind_blob64(s, at + 1, packed.at, packed.size, SQLITE_STATIC);
}

static enum err add_transcript(struct record_store_writer *w, const struct parts *p)
{
    sqlite3_stmt *s = w->statements[STORE_ADD_TRANSCRIPT];
    if (!p->transcript.size)
        return ERR_OK;
    int bad = sqlite3_bind_int64(s, 1, p->record);
    bad = bad ? bad : bind_packed(w, s, 2, p->transcript);
    return store_put_row(w, STORE_ADD_TRANSCRIPT, bad);
}

/* ---- columns ---- */

static enum err add_columns(struct record_store_writer *w, enum store_statement statement,
                            int64_t record, const struct store_members *m, const char *const *paths)
{
    sqlite3_stmt *s = w->statements[statement];
    int bad = sqlite3_bind_int64(s, 1, record);
    bad = bad ? bad : store_bind_values(w, s, 2, m, paths);
    return store_put_row(w, statement, bad);
}

static enum err add_software(struct record_store_writer *w, const struct parts *p)
{
    struct store_members m;
    struct octets value = store_find(p->top, "software");
    if (!value.size || !gather(&m, value))
        return ERR_OK;
    return add_columns(w, STORE_ADD_SOFTWARE, p->record, &m, software_paths);
}

static enum err add_findings(struct record_store_writer *w, const struct parts *p)
{
    struct json_walk walk;
    struct octets name, value, list = store_find(p->top, "findings");
    enum err e = ERR_OK;
    json_walk_init(&walk, list);
    for (int64_t place = 1; !e && json_walk_next(&walk, &name, &value); place++) {
        struct store_members m;
        if (!gather(&m, value))
            continue;
        int bad = sqlite3_bind_int64(w->statements[STORE_ADD_FINDING], FINDING_PLACE, place);
        e = bad ? store_err(w->db, bad)
                : add_columns(w, STORE_ADD_FINDING, p->record, &m, finding_paths);
    }
    return e;
}

/* ---- the names that lead to a record ---- */

struct names {
    struct octets at[NAMES_MAX]; /* as written */
    size_t count;
};

static void add_name(struct names *n, struct octets value)
{
    if (!json_walk_is_string(value) || value.size == 2 || n->count == NAMES_MAX)
        return;
    for (size_t i = 0; i < n->count; i++)
        if (octets_is_equal_nocase(n->at[i], value))
            return;
    n->at[n->count++] = value;
}

static enum err add_targets(struct record_store_writer *w, const struct parts *p)
{
    static const char *const single[] = {"input", "domain", "host", "address"};
    struct names n = {.count = 0};
    struct json_walk walk;
    struct octets name, value;
    enum err e = ERR_OK;
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        add_name(&n, store_find(p->top, single[i]));
    json_walk_init(&walk, store_find(p->top, "domains"));
    while (json_walk_next(&walk, &name, &value))
        add_name(&n, value);
    for (size_t i = 0; i < n.count && !e; i++) {
        buf_clear(&w->room);
        struct octets text = json_walk_string(n.at[i], &w->room);
        e = buf_error(&w->room);
        if (!e)
            e = store_names_add(&w->names, text, p->record);
    }
    return e;
}

/* ---- the record ---- */

static enum err add_record(struct record_store_writer *w, struct parts *p)
{
    sqlite3_stmt *s = w->statements[STORE_ADD_RECORD];
    bool has_holes = p->chain_count || p->transcript.size;
    int bad = sqlite3_bind_int64(s, 1, w->run);
    bad = bad ? bad : store_bind_value(w, s, 2, store_find(p->top, "type"));
    bad = bad ? bad : store_bind_value(w, s, 3, store_find(p->top, "time"));
    bad = bad ? bad : bind_packed(w, s, 4, has_holes ? buf_octets(&w->text) : p->line);
    enum err e = store_put_row(w, STORE_ADD_RECORD, bad);
    p->record = sqlite3_last_insert_rowid(w->db);
    return e;
}

/* What stands beside the text. */
static enum err add_beside(struct record_store_writer *w, const struct parts *p)
{
    struct octets type = store_find(p->top, "type");
    bool is_service = octets_is_equal(type, OCTETS("\"service\""));
    if (!is_service && !octets_is_equal(type, OCTETS("\"domain\"")))
        return ERR_OK;
    enum err e = is_service ? add_columns(w, STORE_ADD_SERVICE, p->record, p->top, service_paths)
                            : add_columns(w, STORE_ADD_DOMAIN, p->record, p->top, domain_paths);
    if (!e)
        e = add_software(w, p);
    if (!e)
        e = add_findings(w, p);
    return e ? e : add_targets(w, p);
}

enum err store_put_record(struct record_store_writer *w, struct octets line,
                          const struct store_members *top)
{
    struct parts p = {.line = line, .top = top, .transcript = store_find(top, "transcript")};
    enum err e = find_chain(w, &p);
    if (!e)
        e = cut(w, &p);
    if (!e)
        e = add_record(w, &p);
    if (!e)
        e = add_chain(w, &p);
    if (!e)
        e = add_transcript(w, &p);
    return e ? e : add_beside(w, &p);
}
