/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "../identify/inform.h"
#include "weigh.h"

/* smtpscan data weigh: what each question tells, and what it costs. */
struct weighed {
    const struct identify_question *question;
    struct identify_information told;
};

static double told(const struct weighed *w)
{
    return w->told.product_bits + w->told.version_bits;
}

static int most_telling_first(const void *a, const void *b)
{
    double x = told(a), y = told(b);
    return (x < y) - (x > y);
}

static void print_row(const struct weighed *w)
{
    const struct identify_question *q = w->question;
    printf("%-18s %-12s %4.2f %4.2f %5.0f%% %6zu %6zu", q->name,
           q->program ? smtp_class_name(q->program->class) : "", w->told.product_bits,
           w->told.version_bits, 100 * (double)q->same[IDENTIFY_LEVEL_TEXT], w->told.texts,
           w->told.specimens);
    if (q->program)
        printf(" %4u %6u", q->commands, q->program->errors);
    putchar('\n');
}

enum err cli_data_weigh(const struct identify_database *db)
{
    struct weighed *w = calloc(db->question_count, sizeof *w);
    enum err e = w ? ERR_OK : ERR_NOMEM;
    for (size_t q = 0; q < db->question_count && !e; q++) {
        w[q].question = &db->questions[q];
        e = identify_inform(db, q, &w[q].told);
    }
    if (!e) {
        qsort(w, db->question_count, sizeof *w, most_telling_first);
        printf("Bits that the masked answer tells of the product (with its front), and of the "
               "version once "
               "that is known;\nhow often it is the same word for word in another configuration or "
               "version; "
               "distinct answers; specimens;\nlines and errors that asking costs.\n\n"
               "%-18s %-12s %4s %4s %6s %6s %6s %4s %6s\n",
               "question", "class", "prod", "vers", "steady", "texts", "known", "cost", "errors");
        for (size_t q = 0; q < db->question_count; q++)
            print_row(&w[q]);
    }
    free(w);
    return e;
}
