/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "options.h"

/* Exit statuses: what scripts rely on. */
#define CLI_EXIT_MAP(X) \
    X(DONE, 0, "done") \
    X(FINDINGS, 1, "findings at or above --fail-on; diff and watch: something changed") \
    X(USAGE, 2, "the command line or a file named on it is wrong") \
    X(NO_ANSWER, 3, "no endpoint answered") \
    X(FAILED, 4, "our own failure: disk, memory") \
    X(INTERRUPTED, 130, "interrupted; what was measured is written")
enum cli_exit {
#define X(id, status, about) CLI_EXIT_##id = status,
    CLI_EXIT_MAP(X)
#undef X
};

enum cli_exit cli_scan(const struct cli_options *o);
enum cli_exit cli_learn(const struct cli_options *o);
enum cli_exit cli_judge(const struct cli_options *o);
enum cli_exit cli_diff(const struct cli_options *o);
enum cli_exit cli_watch(const struct cli_options *o);
enum cli_exit cli_explain(const struct cli_options *o);
enum cli_exit cli_history(const struct cli_options *o);
enum cli_exit cli_query(const struct cli_options *o);
enum cli_exit cli_import(const struct cli_options *o);
enum cli_exit cli_export(const struct cli_options *o);
enum cli_exit cli_report(const struct cli_options *o);
enum cli_exit cli_consent(const struct cli_options *o);
enum cli_exit cli_data(const struct cli_options *o);
enum cli_exit cli_completion(const struct cli_options *o);
