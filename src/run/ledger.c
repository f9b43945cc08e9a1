/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger.h"

void run_ledger_init(struct run_ledger *l, const struct run_done *earlier, uint64_t again_below)
{
    *l = (struct run_ledger){.earlier = earlier,
                             .again_below = again_below,
                             .reserved = UINT64_MAX,
                             .soon = UINT64_MAX,
                             .lost = UINT64_MAX};
}

void run_ledger_release(struct run_ledger *l)
{
    run_done_release(&l->frozen);
}

bool run_ledger_is_done(const struct run_ledger *l, uint64_t index)
{
    return l->earlier && run_done_has(l->earlier, index);
}

void run_ledger_pass(struct run_ledger *l, uint64_t index)
{
    l->next = index > l->next ? index : l->next;
}

void run_ledger_begin(struct run_ledger *l, struct run_entry *e, uint64_t index)
{
    *e = (struct run_entry){.before = l->last, .index = index};
    *(l->last ? &l->last->next : &l->first) = e;
    l->last = e;
    run_ledger_pass(l, index + 1);
}

void run_ledger_end(struct run_ledger *l, struct run_entry *e)
{
    *(e->before ? &e->before->next : &l->first) = e->next;
    *(e->next ? &e->next->before : &l->last) = e->before;
}

void run_ledger_lose(struct run_ledger *l, uint64_t index)
{
    run_ledger_pass(l, index);
    l->lost = index < l->lost ? index : l->lost;
}

static enum err gather(const struct run_ledger *l, struct run_done *ret)
{
    uint64_t from = 0, next = l->next < l->lost ? l->next : l->lost;
    enum err e = ERR_OK;
    for (const struct run_entry *at = l->first; at && at->index < next && !e; at = at->next) {
        e = run_done_add(ret, from, at->index);
        from = at->index + 1;
    }
    if (!e)
        e = run_done_add(ret, from, next);
    if (!e && l->earlier)
        e = run_done_add_from(ret, l->earlier, next);
    return e;
}

void run_ledger_freeze(struct run_ledger *l)
{
    if (!l->is_frozen)
        l->error = gather(l, &l->frozen);
    l->is_frozen = true;
}

enum err run_ledger_done(const struct run_ledger *l, struct run_done *ret)
{
    if (!l->is_frozen)
        return gather(l, ret);
    return l->error ? l->error : run_done_add_from(ret, &l->frozen, 0);
}
