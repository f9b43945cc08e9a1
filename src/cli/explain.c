/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "commands.h"
#include "output.h"
#include "setup.h"

#include "../base/escape.h"
#include "../base/nearest.h"
#include "../report/explain.h"

#define PAGE_OCTETS_MAX  ((size_t)16 * 1024 * 1024)
#define NAMES_OCTETS_MAX ((size_t)4 * 1024 * 1024)
#define NEAR_SHOWN       5

/* What can be explained. */
enum kind { PRODUCT, STIMULUS, CHECK, ADVISORY, KIND__COUNT };

static const char *const kind_names[KIND__COUNT] = {"products", "stimuli", "findings",
                                                    "advisories"};

struct name {
    enum kind kind;
    struct octets text;
};

struct names {
    struct arena arena;
    struct name *at;
    size_t count, room;
    bool is_out_of_memory;
};

static void add(struct names *n, enum kind kind, struct octets text)
{
    void *at = n->at;
    for (size_t i = 0; i < n->count; i++)
        if (n->at[i].kind == kind && octets_is_equal(n->at[i].text, text))
            return;
    if (!text.size)
        return;
    if (!arena_grow(&n->arena, &at, n->count, &n->room, sizeof *n->at)) {
        n->is_out_of_memory = true;
        return;
    }
    n->at = at;
    n->at[n->count++] = (struct name){kind, text};
}

static int by_name(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    return x->kind != y->kind ? (int)x->kind - (int)y->kind : octets_compare(x->text, y->text);
}

static void gather(struct names *n, const struct report_known *known)
{
    const struct identify_database *db = known->database;
    const struct audit_knowledge *k = known->knowledge;
    for (size_t i = 0; i < db->class_count; i++) {
        add(n, PRODUCT, db->classes[i].product);
        add(n, PRODUCT, db->classes[i].front);
    }
    for (size_t i = 0; i < db->signatures.count; i++)
        add(n, PRODUCT, db->signatures.items[i].product);
    for (size_t i = 0; i < db->question_count; i++)
        if (db->questions[i].program || i == IDENTIFY_GREETING || i == IDENTIFY_QUIT)
            add(n, STIMULUS, octets_of(db->questions[i].name));
    add(n, STIMULUS, OCTETS("ehlo"));
    add(n, STIMULUS, OCTETS("ehlo-tls"));
    for (size_t i = 0; i < k->check_count; i++)
        add(n, CHECK, k->checks[i].id);
    for (size_t i = 0; i < k->product_count; i++) {
        for (size_t m = 0; m < k->products[i].names.count; m++)
            add(n, PRODUCT, k->products[i].names.at[m].text);
        for (size_t v = 0; v < k->products[i].advisory_count; v++)
            add(n, ADVISORY, k->products[i].advisories[v].id);
    }
    if (n->count)
        qsort(n->at, n->count, sizeof *n->at, by_name);
}

/* How far the word is from the name; nearly nothing for a name that holds the whole word. */
static size_t distance(struct octets word, struct octets name)
{
    bool is_part = octets_find_nocase(name, word, 0) < name.size;
    size_t d = nearest_distance(word, name);
    return is_part && d < SIZE_MAX ? d / 8 + 1 : d;
}

static const struct name *find(const struct names *n, struct octets word)
{
    for (size_t i = 0; i < n->count; i++)
        if (octets_is_equal_nocase(n->at[i].text, word))
            return &n->at[i];
    return NULL;
}

/* The names that are like the word, the likest first; returns how many. */
static size_t find_near(const struct names *n, struct octets word, const struct name **ret)
{
    size_t distances[NEAR_SHOWN], count = 0, limit = word.size / 3 + 1;
    for (size_t i = 0; i < n->count; i++) {
        size_t d = distance(word, n->at[i].text), at = count;
        while (at > 0 && distances[at - 1] > d)
            at--;
        if (d > limit || at == NEAR_SHOWN)
            continue;
        if (count < NEAR_SHOWN)
            count++;
        for (size_t k = count - 1; k > at; k--) {
            distances[k] = distances[k - 1];
            ret[k] = ret[k - 1];
        }
        distances[at] = d;
        ret[at] = &n->at[i];
    }
    return count;
}

static void say_unknown(const struct names *n, struct octets word)
{
    const struct name *near[NEAR_SHOWN];
    size_t count = find_near(n, word, near);
    struct buf line;
    buf_init(&line, 4096);
    escape_visible(&line, octets_sub(word, 0, 80));
    buf_append_text(&line, count ? ": nothing is known of it; near are: "
                                 : ": nothing is known of it; explain alone lists what is");
    for (size_t i = 0; i < count; i++) {
        buf_append_text(&line, i ? ", " : "");
        escape_visible(&line, near[i]->text);
    }
    fprintf(stderr, "smtpscan: %.*s\n", (int)line.size, (const char *)line.data);
    buf_release(&line);
}

static enum err explain_one(struct buf *page, const struct report_text_style *style,
                            const struct report_known *known, const struct name *name)
{
    switch (name->kind) {
    case PRODUCT:
        return report_explain_product(page, style, known, name->text);
    case STIMULUS:
        return report_explain_stimulus(page, style, known, name->text);
    case CHECK:
        report_explain_check(page, style, audit_check(known->knowledge, name->text));
        return buf_error(page);
    case ADVISORY:
        return report_explain_advisory(page, style, known, name->text);
    case KIND__COUNT:
        break;
    }
    return ERR_NOT_FOUND;
}

/* Every name that can be explained, by kind. */
static void list(struct buf *page, const struct names *n)
{
    for (size_t i = 0; i < n->count; i++) {
        bool is_new = i == 0 || n->at[i].kind != n->at[i - 1].kind;
        if (is_new)
            buf_append_format(page, "%s%s:\n", i ? "\n" : "", kind_names[n->at[i].kind]);
        buf_append_text(page, "  ");
        escape_visible(page, n->at[i].text);
        buf_append_text(page, "\n");
    }
}

static enum cli_exit explain_all(const struct cli_options *o, const struct report_known *known,
                                 const struct names *n, const struct report_text_style *style,
                                 struct buf *page)
{
    for (size_t i = 0; i < o->rest_count; i++) {
        struct octets word = octets_trim(octets_of(o->rest[i]));
        const struct name *name = find(n, word);
        if (!name) {
            say_unknown(n, word);
            return CLI_EXIT_USAGE;
        }
        buf_append_text(page, i ? "\n" : "");
        enum err e = explain_one(page, style, known, name);
        if (e) {
            fprintf(stderr, "smtpscan: %s\n", err_text(e));
            return CLI_EXIT_FAILED;
        }
    }
    if (!o->rest_count)
        list(page, n);
    return CLI_EXIT_DONE;
}

static enum cli_exit write_page(const struct cli_options *o, const struct report_known *known,
                                const struct names *n)
{
    struct output out;
    struct buf page;
    const char *no_colour = getenv("NO_COLOR");
    if (output_open(&out, o->output)) {
        fprintf(stderr, "smtpscan: --output: %s: %s\n", o->output, strerror(errno));
        return CLI_EXIT_USAGE;
    }
    struct report_text_style style = {.verbose = o->verbose,
                                      .colour = output_is_terminal(&out) && !o->no_colour &&
                                                !(no_colour && *no_colour)};
    buf_init(&page, PAGE_OCTETS_MAX);
    enum cli_exit status = explain_all(o, known, n, &style, &page);
    if (status == CLI_EXIT_DONE && buf_error(&page))
        status = CLI_EXIT_FAILED;
    if (status == CLI_EXIT_DONE)
        output_write(&out, buf_octets(&page));
    output_close(&out);
    buf_release(&page);
    return status == CLI_EXIT_DONE && output_say(&out) ? CLI_EXIT_FAILED : status;
}

enum cli_exit cli_explain(const struct cli_options *o)
{
    struct identify_database *database;
    struct audit_knowledge *knowledge;
    struct names names = {0};
    enum cli_exit status = CLI_EXIT_FAILED;
    if (!setup_data(o, &database, &knowledge))
        return CLI_EXIT_USAGE;
    const struct report_known known = {.database = database, .knowledge = knowledge};
    arena_init(&names.arena, NAMES_OCTETS_MAX);
    gather(&names, &known);
    if (names.is_out_of_memory)
        fprintf(stderr, "smtpscan: %s\n", err_text(ERR_NOMEM));
    else
        status = write_page(o, &known, &names);
    arena_release(&names.arena);
    audit_knowledge_free(knowledge);
    identify_database_free(database);
    return status;
}
