/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/run/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_ok)
{
    if (!is_ok)
        abort();
}

/* A refusal has its line and says why; what is accepted is accepted again as it is written. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run_state s, again;
    struct run_state_problem problem;
    struct buf text;
    enum err e = run_state_parse((struct octets){data, size}, &s, &problem);
    check(e == ERR_SYNTAX ? problem.line > 0 && problem.text : e == ERR_OK);
    if (e)
        return 0;
    buf_init(&text, RUN_STATE_OCTETS_MAX);
    run_state_append(&text, &s);
    check(run_state_parse(buf_octets(&text), &again, &problem) == ERR_OK);
    check(again.done.count == s.done.count && again.given_count == s.given_count);
    run_done_release(&again.done);
    run_done_release(&s.done);
    buf_release(&text);
    return 0;
}
