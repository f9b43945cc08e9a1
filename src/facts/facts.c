/* SPDX-License-Identifier: Apache-2.0 */
#include "facts.h"

#define NAMES(lower, UPPER, MAP) \
    static const char *const lower##_names[] = {MAP(ROW)}; \
    const char *facts_##lower##_name(enum facts_##lower value) \
    { \
        return value < FACTS_##UPPER##__COUNT ? lower##_names[value] : "?"; \
    } \
    enum facts_##lower facts_##lower##_of(struct octets name) \
    { \
        for (unsigned i = 0; i < FACTS_##UPPER##__COUNT; i++) \
            if (octets_is_equal(name, octets_of(lower##_names[i]))) \
                return (enum facts_##lower)i; \
        return FACTS_##UPPER##__COUNT; \
    }

#define ROW(id, name) name,
NAMES(outcome, OUTCOME, FACTS_OUTCOME_MAP)
NAMES(level, LEVEL, FACTS_LEVEL_MAP)
NAMES(named, NAMED, FACTS_NAMED_MAP)
NAMES(stage, STAGE, FACTS_STAGE_MAP)
NAMES(protocol, PROTOCOL, FACTS_PROTOCOL_MAP)
NAMES(state, STATE, FACTS_STATE_MAP)
NAMES(ended, ENDED, FACTS_ENDED_MAP)
NAMES(starttls, STARTTLS, FACTS_STARTTLS_MAP)
NAMES(answer, ANSWER, FACTS_ANSWER_MAP)
#define FACTS_TLS_ASK__COUNT FACTS_TLS__COUNT
NAMES(tls_ask, TLS_ASK, FACTS_TLS_ASK_MAP)
NAMES(lookup, LOOKUP, FACTS_LOOKUP_MAP)
#undef ROW

const struct facts_reaction *facts_visit_reaction(const struct facts_visit *v, const char *ask)
{
    for (size_t i = 0; i < v->reaction_count; i++)
        if (strcmp(v->reactions[i].ask, ask) == 0)
            return &v->reactions[i];
    return NULL;
}

void facts_cost_add(struct facts_cost *sum, const struct facts_cost *more)
{
    sum->connections += more->connections;
    sum->commands += more->commands;
    sum->errors_provoked += more->errors_provoked;
    sum->octets_in += more->octets_in;
    sum->octets_out += more->octets_out;
    sum->duration_ms += more->duration_ms;
    sum->delay_ms += more->delay_ms;
}
