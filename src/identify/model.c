/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <stdlib.h>

const struct identify_model identify_model_standard = {
#define X(id, name, standard) .id = (standard),
    IDENTIFY_MODEL_MAP(X)
#undef X
};

static double *find(struct identify_model *m, struct octets name)
{
#define X(id, text, standard) \
    if (octets_is_equal(name, OCTETS(text))) \
        return &m->id;
    IDENTIFY_MODEL_MAP(X)
#undef X
    return NULL;
}

double identify_model_prior(const struct identify_model *m, struct octets product)
{
    for (size_t i = 0; i < m->prior_count; i++)
        if (octets_is_equal(m->priors[i].product, product))
            return m->priors[i].weight;
    return 1;
}

static bool to_number(struct octets o, double *ret)
{
    char text[32], *end;
    if (!o.size || o.size >= sizeof text)
        return false;
    memcpy(text, o.at, o.size);
    text[o.size] = '\0';
    *ret = strtod(text, &end);
    /* "nan" holds neither. */
    return !*end && *ret >= 0 && *ret <= 100;
}

static enum err take_line(struct identify_model *m, struct octets line, unsigned number,
                          struct dialogue_problem *problem)
{
    struct octets rest = line, name = octets_take_until(&rest, ' ');
    double *place = find(m, name);
    rest = octets_trim(rest);
    if (octets_is_equal(name, OCTETS("prior")) && m->prior_count < IDENTIFY_PRIORS_MAX) {
        struct identify_prior *prior = &m->priors[m->prior_count++];
        place = &prior->weight;
        struct octets value = octets_take_until(&rest, ' ');
        prior->product = octets_trim(rest);
        rest = value;
    }
    if (!place)
        return dialogue_problem_set(problem, number, "a name of the model, not", name);
    if (!to_number(rest, place))
        return dialogue_problem_set(problem, number, "a number from 0 to 100, not", rest);
    return ERR_OK;
}

enum err identify_model_read(struct octets text, struct identify_model *m,
                             struct dialogue_problem *ret_problem)
{
    for (unsigned number = 1; text.size; number++) {
        struct octets line = octets_trim(octets_take_until(&text, '\n'));
        enum err e = ERR_OK;
        if (line.size && line.at[0] != '#')
            e = take_line(m, line, number, ret_problem);
        if (e)
            return e;
    }
    return ERR_OK;
}
