/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "difference.h"
#include "output.h"
#include "setup.h"

#define TEXT_OCTETS_MAX ((size_t)4 * 1024 * 1024 * 1024)

/* ---- --only and --skip: kinds of change, and findings ---- */

static bool is_known(const void *owner, struct octets pattern)
{
    const struct audit_knowledge *k = owner;
    for (unsigned i = 0; i < RECORD_CHANGE__COUNT; i++)
        if (audit_select_matches(pattern,
                                 octets_of(record_change_name((enum record_change_kind)i))))
            return true;
    for (size_t i = 0; i < k->check_count; i++)
        if (audit_select_matches(pattern, k->checks[i].id))
            return true;
    return false;
}

static bool is_list(const struct audit_knowledge *k, const char *option, const char *list)
{
    struct octets unknown = audit_select_unknown(octets_of(list), is_known, k);
    return !unknown.size ||
           cli_complain(option, list,
                        "takes kinds of change and ids of findings, parted by commas");
}

static bool is_selection(const struct cli_options *o)
{
    struct identify_database *database;
    struct audit_knowledge *knowledge;
    if (!o->only && !o->skip)
        return true;
    if (!setup_data(o, &database, &knowledge))
        return false;
    bool ok = is_list(knowledge, "--only", o->only) && is_list(knowledge, "--skip", o->skip);
    audit_knowledge_free(knowledge);
    identify_database_free(database);
    return ok;
}

/* ---- the command ---- */

static enum cli_exit write_all(const struct difference *d, const struct cli_options *o)
{
    struct output output;
    struct buf text;
    if (output_open(&output, o->output)) {
        fprintf(stderr, "smtpscan: --output: %s: %s\n", o->output, strerror(errno));
        return CLI_EXIT_USAGE;
    }
    const char *no_colour = getenv("NO_COLOR");
    bool is_terminal = output_is_terminal(&output);
    bool is_json =
        o->format == CLI_FORMAT_JSON || (o->format == CLI_FORMAT_FOUND_OUT && !is_terminal);
    const struct report_text_style style = {.colour = is_terminal && !o->no_colour &&
                                                      !(no_colour && *no_colour),
                                            .verbose = o->verbose};
    buf_init(&text, TEXT_OCTETS_MAX);
    enum err e = difference_write(d, &style, is_json, &text);
    if (!e)
        output_write(&output, buf_octets(&text));
    buf_release(&text);
    output_close(&output);
    output.error = output.error ? output.error : e;
    if (output_say(&output))
        return CLI_EXIT_FAILED;
    return difference_is_grave(d, o) ? CLI_EXIT_FINDINGS : CLI_EXIT_DONE;
}

enum cli_exit cli_diff(const struct cli_options *o)
{
    struct difference d;
    if (o->rest_count != RECORD_DIFF__COUNT) {
        fprintf(stderr, "smtpscan: diff takes the records of two scans, the older first\n");
        return CLI_EXIT_USAGE;
    }
    if (!is_selection(o))
        return CLI_EXIT_USAGE;
    const char *const paths[RECORD_DIFF__COUNT] = {o->rest[0], o->rest[1]};
    enum cli_exit status = difference_read(
        &d, paths, (struct audit_select){.only = octets_of(o->only), .skip = octets_of(o->skip)});
    if (status)
        return status;
    status = write_all(&d, o);
    difference_release(&d);
    return status;
}
