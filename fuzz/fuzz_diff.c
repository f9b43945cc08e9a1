/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdlib.h>

#include "../src/record/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_ok)
{
    if (!is_ok)
        abort();
}

/* The lines up to an empty one are the first scan's, all others the second's. */
static void add_all(struct record_diff *d, struct octets text)
{
    enum record_diff_side side = RECORD_DIFF_FIRST;
    while (text.size) {
        struct octets line = octets_take_until(&text, '\n');
        enum err e = line.size ? record_diff_add(d, side, line) : ERR_OK;
        check(e == ERR_OK || e == ERR_SYNTAX || e == ERR_NOMEM);
        if (!line.size)
            side = RECORD_DIFF_SECOND;
    }
}

/* Whatever the records are, what is told of them is JSON without a control in it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record_diff *d;
    struct record_changes changes;
    struct buf line;
    if (record_diff_new(&d, (struct audit_select){0}))
        return 0;
    add_all(d, (struct octets){data, size});
    buf_init(&line, (size_t)1 << 20);
    check(record_diff_finish(d, &changes) == ERR_OK);
    check(changes.changed + changes.noted == changes.count);
    for (size_t i = 0; i < changes.count; i++) {
        buf_clear(&line);
        check(record_change(&line, &changes.at[i]) == ERR_OK);
        json_t *told = json_loadb((char *)line.data, line.size, 0, NULL);
        check(told && line.data[line.size - 1] == '\n');
        for (size_t k = 0; k + 1 < line.size; k++)
            check(line.data[k] >= ' ' && line.data[k] != 127);
        json_decref(told);
    }
    buf_release(&line);
    record_changes_release(&changes);
    record_diff_free(d);
    return 0;
}
