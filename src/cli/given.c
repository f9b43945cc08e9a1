/* SPDX-License-Identifier: Apache-2.0 */
#include "given.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/escape.h"

#define HASH_OCTETS (GIVEN_NAME_OCTETS / 2)
#define LIST        "list-"

struct gathering {
    EVP_MD_CTX *digest; /* of the part under way */
    struct arena *arena;
    struct run_state *state;
    bool has_failed;
};

static void add(struct gathering *g, struct octets o)
{
    g->has_failed = g->has_failed || EVP_DigestUpdate(g->digest, o.at, o.size) != 1;
}

/* Its NUL parts it from the next. */
static void add_text(struct gathering *g, const char *text)
{
    if (text)
        add(g, (struct octets){(const uint8_t *)text, strlen(text) + 1});
}

static void add_number(struct gathering *g, uint64_t n)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    add_text(g, text);
}

static void begin(struct gathering *g)
{
    g->has_failed = g->has_failed || EVP_DigestInit_ex(g->digest, EVP_sha256(), NULL) != 1;
}

static bool finish(struct gathering *g, char *ret_text)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    g->has_failed = g->has_failed || EVP_DigestFinal_ex(g->digest, hash, NULL) != 1;
    for (size_t i = 0; i < HASH_OCTETS && !g->has_failed; i++)
        snprintf(ret_text + 2 * i, 3, "%02x", hash[i]);
    return !g->has_failed;
}

static void end(struct gathering *g, const char *name)
{
    char text[2 * HASH_OCTETS + 1];
    struct run_state *s = g->state;
    struct run_given given = {0};
    if (!finish(g, text) || s->given_count == RUN_STATE_GIVEN_MAX) {
        g->has_failed = true;
        return;
    }
    g->has_failed = !arena_copy(g->arena, octets_of(name), &given.name) ||
                    !arena_copy(g->arena, octets_of(text), &given.hash);
    s->given[s->given_count++] = given;
}

static bool add_content(struct gathering *g, int fd)
{
    static uint8_t buffer[256 * 1024];
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            add(g, (struct octets){buffer, (size_t)n});
    return n == 0;
}

/* The content of a regular file; of anything else that it is none, for it can be read only once. */
static bool add_file(struct gathering *g, const char *what, const char *path)
{
    struct stat about;
    bool is_stdin = strcmp(path, "-") == 0;
    /* A FIFO is not opened: that could wait, and take what the scan is to read. */
    if (is_stdin || (stat(path, &about) == 0 && !S_ISREG(about.st_mode))) {
        add_text(g, "stream");
        return true;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && add_content(g, fd);
    if (!ok)
        fprintf(stderr, "smtpscan: %s: %s: %s\n", what, path, strerror(errno));
    if (fd >= 0)
        (void)close(fd); /* read only: nothing is lost */
    return ok;
}

static bool gather_files(struct gathering *g, const struct cli_options *o)
{
    bool ok = true;
    for (size_t i = 0; i < o->list_count && ok; i++) {
        char name[RUN_STATE_NAME_MAX];
        snprintf(name, sizeof name, LIST "%zu", i + 1);
        begin(g);
        ok = add_file(g, "--list", o->lists[i]);
        end(g, name);
    }
    begin(g);
    for (size_t i = 0; i < o->exclude_count && ok; i++)
        ok = add_file(g, "--exclude", o->excludes[i]);
    end(g, "exclude");
    return ok;
}

static void gather_text(struct gathering *g, const char *name, const char *text)
{
    begin(g);
    add_text(g, text);
    end(g, name);
}

static void gather_number(struct gathering *g, const char *name, uint64_t n)
{
    begin(g);
    add_number(g, n);
    end(g, name);
}

/* What an audit asks besides. */
static void gather_checks(struct gathering *g, const struct cli_options *o)
{
    gather_text(g, "only", o->only);
    gather_text(g, "skip", o->skip);
    gather_text(g, "checks", o->checks);
    gather_text(g, "origin", o->origin);
    gather_text(g, "dnsbl", o->dnsbl);
    gather_text(g, "trust-anchor", o->trust_anchor);
    begin(g);
    for (size_t i = 0; i < o->selector_count; i++)
        add_text(g, o->selectors[i]);
    end(g, "dkim-selector");
}

static void gather_options(struct gathering *g, const struct cli_options *o)
{
    begin(g);
    for (size_t i = 0; i < o->rest_count; i++)
        add_text(g, o->rest[i]);
    end(g, "targets");
    begin(g);
    for (size_t i = 0; i < o->port_count; i++)
        add_number(g, o->ports[i]);
    end(g, "ports");
    gather_number(g, "level", o->level);
    gather_number(g, "exhaustive", o->exhaustive);
    begin(g);
    add_number(g, o->shard.part);
    add_number(g, o->shard.parts);
    end(g, "shard");
    gather_number(g, "max-targets", o->targets_max);
    gather_number(g, "as", o->as);
    gather_number(g, "ipv4", o->only_v4);
    gather_number(g, "ipv6", o->only_v6);
    gather_number(g, "allow-special", o->allow_special);
    gather_text(g, "domain", o->domain);
    gather_text(g, "outsider", o->outsider);
    gather_text(g, "ehlo", o->ehlo);
    gather_text(g, "data", o->data);
    gather_checks(g, o);
}

bool given_gather(const struct cli_options *o, struct arena *a, struct run_state *ret)
{
    struct gathering g = {.digest = EVP_MD_CTX_new(), .arena = a, .state = ret};
    if (!g.digest) {
        fprintf(stderr, "smtpscan: --resume: out of memory\n");
        return false;
    }
    bool ok = gather_files(&g, o);
    gather_options(&g, o);
    if (ok && g.has_failed)
        fprintf(stderr, "smtpscan: --resume: hashing failed\n");
    EVP_MD_CTX_free(g.digest);
    return ok && !g.has_failed;
}

bool given_name(const struct run_state *s, char ret[GIVEN_NAME_OCTETS + 1])
{
    struct gathering g = {.digest = EVP_MD_CTX_new()};
    if (!g.digest)
        return false;
    begin(&g);
    for (size_t i = 0; i < s->given_count; i++) {
        add(&g, s->given[i].name);
        add(&g, s->given[i].hash);
    }
    add_number(&g, s->seed);
    bool ok = finish(&g, ret);
    EVP_MD_CTX_free(g.digest);
    return ok;
}

void given_describe(struct buf *out, const struct cli_options *o, struct octets name)
{
    uint64_t n;
    if (octets_is_equal(name, OCTETS("targets"))) {
        buf_append_text(out, "the targets among the arguments");
    } else if (octets_has_prefix(name, OCTETS(LIST)) &&
               octets_to_number(octets_sub(name, sizeof LIST - 1, name.size), UINT32_MAX, &n)) {
        buf_append_text(out, "--list");
        if (n >= 1 && n <= o->list_count) {
            buf_append_octet(out, ' ');
            escape_visible(out, octets_of(o->lists[n - 1]));
        }
    } else {
        buf_append_text(out, "--");
        buf_append(out, name);
    }
}
