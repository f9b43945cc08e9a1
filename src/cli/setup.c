/* SPDX-License-Identifier: Apache-2.0 */
#include "setup.h"

#include <errno.h>
#include <netdb.h>
#include <unistd.h>

#include "../base/escape.h"
#include "../base/random.h"
#include "exclude.h"
#include "folder.h"
#include "sources.h"

/* A name of a reserved domain (RFC 2606): it receives nothing, and no server of ours has to exist.
 */
#define SENDER   "smtpscan@example.org"
#define OUTSIDER "smtpscan@example.net"

void setup_say_fault(const struct cli_options *o, const char *path,
                     const struct dialogue_problem *problem, enum err e)
{
    fprintf(stderr, "smtpscan: %s/%s:%u: %s\n", o->data ? o->data : "built in", path, problem->line,
            problem->text[0] ? problem->text : err_text(e));
}

/* --recog: what was taken and what was not is said. */
static bool add_recog(struct identify_database *db, const struct cli_options *o)
{
    struct folder folder = {0};
    struct recog_counts counts = {0};
    struct dialogue_problem problem = {0};
    const char *path = "";
    enum err e = folder_read(o->recog, "smtp*.xml", &folder);
    if (e || !folder.count) {
        fprintf(stderr, "smtpscan: --recog: %s: %s\n", o->recog,
                !e             ? "holds no smtp*.xml"
                : e == ERR_SYS ? strerror(errno)
                               : err_text(e));
        folder_release(&folder);
        return false;
    }
    for (size_t i = 0; i < folder.count && !e; i++) {
        path = folder.files[i].path;
        e = identify_database_add_recog(db, &folder.files[i], &counts, &problem);
    }
    if (e)
        fprintf(stderr, "smtpscan: %s/%s:%u: %s\n", o->recog, path, problem.line,
                problem.text[0] ? problem.text : err_text(e));
    else if (!o->quiet)
        fprintf(stderr,
                "smtpscan: --recog: %zu signatures; left out: %zu that name no product, %zu for "
                "what is not asked, %zu that PCRE2 refuses\n",
                counts.loaded, counts.nameless, counts.not_asked, counts.refused);
    folder_release(&folder);
    return !e;
}

/* --checks: the user's own dialogues, which the guard judges like ours. */
static bool add_checks(struct audit_knowledge *k, const struct cli_options *o)
{
    struct folder folder = {0};
    struct dialogue_problem problem = {0};
    const char *path = "";
    enum err e = folder_read(o->checks, "*.smtp", &folder);
    if (e || !folder.count)
        fprintf(stderr, "smtpscan: --checks: %s: %s\n", o->checks,
                !e             ? "holds no *.smtp"
                : e == ERR_SYS ? strerror(errno)
                               : err_text(e));
    bool ok = !e && folder.count;
    if (ok && (e = audit_knowledge_add(k, &folder.bundle, &path, &problem))) {
        fprintf(stderr, "smtpscan: %s/%s:%u: %s\n", o->checks, path, problem.line,
                problem.text[0] ? problem.text : err_text(e));
        ok = false;
    }
    folder_release(&folder);
    return ok;
}

bool setup_data(const struct cli_options *o, struct identify_database **ret_database,
                struct audit_knowledge **ret_knowledge)
{
    struct identify_database *db = NULL;
    struct audit_knowledge *knowledge = NULL;
    struct dialogue_problem problem = {0};
    const char *path = "data";
    struct folder folder = {0};
    enum err e = o->data ? folder_read(o->data, "*", &folder) : ERR_OK;
    if (e) {
        fprintf(stderr, "smtpscan: --data: %s: %s\n", o->data,
                e == ERR_SYS ? strerror(errno) : err_text(e));
        folder_release(&folder);
        return false;
    }
    const struct bundle *files = o->data ? &folder.bundle : &bundle_built_in;
    e = identify_database_build(files, &db, &path, &problem);
    if (!e) {
        e = audit_knowledge_build(files, &knowledge, &path, &problem);
        if (e)
            identify_database_free(db);
    }
    if (e)
        setup_say_fault(o, path, &problem, e);
    folder_release(&folder);
    if (e)
        return false;
    if ((o->recog && !add_recog(db, o)) || (o->checks && !add_checks(knowledge, o))) {
        audit_knowledge_free(knowledge);
        identify_database_free(db);
        return false;
    }
    *ret_database = db;
    *ret_knowledge = knowledge;
    return true;
}

static bool looks_full(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot && dot[1] && strncmp(name, "localhost", 9) != 0;
}

/* This host's full name, or none: the address literal is used then (RFC 5321 s4.1.3). */
static struct octets own_name(struct arena *a)
{
    char name[256];
    struct octets own = OCTETS_NONE;
    struct addrinfo hints = {.ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM}, *found = NULL;
    if (gethostname(name, sizeof name))
        return own;
    name[sizeof name - 1] = 0;
    if (looks_full(name))
        return arena_copy(a, octets_of(name), &own) ? own : OCTETS_NONE;
    if (getaddrinfo(name, NULL, &hints, &found) == 0) {
        if (found->ai_canonname && looks_full(found->ai_canonname) &&
            !arena_copy(a, octets_of(found->ai_canonname), &own))
            own = OCTETS_NONE;
        freeaddrinfo(found);
    }
    return own;
}

/* A name that goes on the wire must not carry a line end or a blank with it. */
static bool is_wire_word(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c <= 0x20 || *c > 0x7e || *c == '<' || *c == '>')
            return false;
    return strlen(text) <= 255;
}

/* --origin: one more target, on port 25. */
static bool set_origin(struct setup *s, const struct cli_options *o)
{
    struct target *t = &s->run.targets[s->run.target_count];
    const char *problem = "is one host or address";
    if (!o->origin || o->command != CLI_SCAN)
        return true;
    if (target_parse(octets_of(o->origin), &s->arena, t, &problem) || t->port ||
        (t->kind != TARGET_NAME && t->kind != TARGET_ADDRESS))
        return cli_complain("--origin", o->origin, problem);
    if (!o->domain && (!s->run.target_count || s->run.targets[0].kind != TARGET_NAME))
        return cli_complain("--origin", o->origin,
                            "needs the domain as the first target, or --domain");
    t->port = 25;
    s->run.origin = t->input;
    s->run.target_count++;
    return true;
}

static bool set_targets(struct setup *s, const struct cli_options *o)
{
    s->run.targets = arena_alloc_array(&s->arena, o->rest_count + 1, sizeof *s->run.targets);
    for (size_t i = 0; s->run.targets && i < o->rest_count; i++) {
        const char *problem = NULL;
        enum err e = target_parse(octets_of(o->rest[i]), &s->arena, &s->run.targets[i], &problem);
        if (e)
            return cli_complain("target", o->rest[i], e == ERR_SYNTAX ? problem : err_text(e));
        s->run.target_count++;
    }
    return s->run.targets && set_origin(s, o);
}

/* --domain, --ehlo and --outsider, each checked for what it is used for. */
static bool set_names(struct setup *s, const struct cli_options *o)
{
    struct run_options *r = &s->run;
    struct target domain;
    const char *problem = "is no domain name";
    if (o->domain && (target_parse(octets_of(o->domain), &s->arena, &domain, &problem) ||
                      domain.kind != TARGET_NAME || domain.port))
        return cli_complain("--domain", o->domain, problem);
    if (o->domain)
        r->domain = domain.name;
    if (o->ehlo && !is_wire_word(o->ehlo))
        return cli_complain("--ehlo", o->ehlo, "takes a host name or an address literal");
    if (o->outsider && (!is_wire_word(o->outsider) || !strchr(o->outsider, '@')))
        return cli_complain("--outsider", o->outsider, "takes an address such as me@example.net");
    r->visit.ehlo = o->ehlo ? octets_of(o->ehlo) : own_name(&s->arena);
    r->visit.sender = OCTETS(SENDER);
    r->visit.outsider = o->outsider ? octets_of(o->outsider) : OCTETS(OUTSIDER);
    return true;
}

/* --dnsbl */
static bool set_zones(struct setup *s, const struct cli_options *o)
{
    struct standing_options *standing = &s->run.standing;
    struct octets *zones = arena_alloc_array(&s->arena, FACTS_ZONES_MAX, sizeof *zones);
    struct octets rest = octets_of(o->dnsbl);
    if (!zones)
        return cli_complain("--dnsbl", o->dnsbl, err_text(ERR_NOMEM));
    standing->zones = zones;
    while (rest.size) {
        struct target zone;
        const char *problem = "takes up to 8 names of zones, parted by commas";
        struct octets name = octets_trim(octets_take_until(&rest, ','));
        if (standing->zone_count == FACTS_ZONES_MAX ||
            target_parse(name, &s->arena, &zone, &problem) || zone.kind != TARGET_NAME || zone.port)
            return cli_complain("--dnsbl", o->dnsbl, problem);
        zones[standing->zone_count++] = zone.name;
    }
    return true;
}

static void set_numbers(struct setup *s, const struct cli_options *o)
{
    struct run_options *r = &s->run;
    r->visit.limits = (struct session_limits){.connect_ms = o->connect_ms,
                                              .greeting_ms = o->greeting_ms,
                                              .reply_ms = o->reply_ms,
                                              .tls_ms = o->tls_ms,
                                              .octets_max = (uint64_t)1024 * 1024};
    r->visit.visit_ms = o->visit_ms;
    r->level = o->command == CLI_LEARN ? FACTS_LEVEL_FULL : o->level;
    r->has_level = o->command == CLI_LEARN || o->has_level;
    r->visit.again_ms = o->again_ms;
    r->visit.exhaustive = o->exhaustive || o->command == CLI_LEARN;
    r->visit.keeps_wire = o->transcript;
    r->visit.database = s->database;
    r->resolve = (struct target_resolve_options){.as = o->as,
                                                 .allow_special = o->allow_special,
                                                 .use_v4 = !o->only_v6,
                                                 .use_v6 = !o->only_v4,
                                                 .exclude = s->exclude};
    memcpy(r->ports, o->ports, sizeof r->ports);
    r->port_count = o->port_count;
    s->limits = limits_of_machine();
    s->limits.processes = o->workers;
    limits_derive(&s->limits, o->port_count, o->concurrency);
    r->connections = s->limits.connections;
    r->concurrency = s->limits.concurrency;
    r->rate = o->rate;
    r->retry_ms = o->dns_ms;
    r->again_ms = o->retry_ms;
    r->lists = o->lists;
    r->list_count = o->list_count;
}

/* Which part of the input, in which order, and whom to leave out. */
static enum cli_exit set_input(struct setup *s, const struct cli_options *o)
{
    struct run_options *r = &s->run;
    r->shard = o->shard;
    r->targets_max = o->targets_max;
    r->seed = o->seed;
    if (!o->has_seed && random_fill(&r->seed, sizeof r->seed)) {
        fprintf(stderr, "smtpscan: no random seed: %s\n", strerror(errno));
        return CLI_EXIT_FAILED;
    }
    r->seed &= CLI_SEED_MAX;
    return o->exclude_count ? exclude_read(o->excludes, o->exclude_count, &s->exclude)
                            : CLI_EXIT_DONE;
}

static enum cli_exit set_network(struct setup *s, const struct cli_options *o)
{
    enum err e = net_loop_init(&s->loop);
    if (e) {
        fprintf(stderr, "smtpscan: cannot start: %s\n", err_text(e));
        return CLI_EXIT_FAILED;
    }
    e = resolver_new(&s->loop, o->resolver, o->dns_ms, 3, &s->resolver);
    if (!e)
        return CLI_EXIT_DONE;
    net_loop_release(&s->loop);
    if (e == ERR_SYNTAX) {
        (void)cli_complain("--resolver", o->resolver,
                           "takes ADDRESS, ADDRESS:PORT, [V6]:PORT or recursive");
        return CLI_EXIT_USAGE;
    }
    fprintf(stderr, "smtpscan: cannot resolve names: %s\n", err_text(e));
    return CLI_EXIT_FAILED;
}

enum cli_exit setup_init(struct setup *s, const struct cli_options *o)
{
    enum cli_exit status = CLI_EXIT_USAGE;
    *s = (struct setup){0};
    arena_init(&s->arena, (size_t)64 * 1024 * 1024);
    if (set_targets(s, o) && set_names(s, o) && set_zones(s, o)) {
        status = set_input(s, o);
        if (!status && !setup_data(o, &s->database, &s->knowledge))
            status = CLI_EXIT_USAGE;
        set_numbers(s, o); /* takes what was read */
        if (!status && !sources_set(s, o))
            status = CLI_EXIT_USAGE;
        if (!status)
            status = set_network(s, o);
    }
    if (status) {
        audit_knowledge_free(s->knowledge);
        identify_database_free(s->database);
        target_exclude_free(s->exclude);
        arena_release(&s->arena);
    }
    return status;
}

struct resolver_counts setup_dns_counts(const struct setup *s)
{
    return s->resolver ? resolver_counts(s->resolver) : s->dns;
}

void setup_release(struct setup *s)
{
    resolver_free(s->resolver);
    net_loop_release(&s->loop);
    audit_knowledge_free(s->knowledge);
    identify_database_free(s->database);
    target_exclude_free(s->exclude);
    arena_release(&s->arena);
}
