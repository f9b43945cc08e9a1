/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "text.h"

/* Colours and labels that the texts for people share.  Used by report/ alone. */
#define BOLD   "1"
#define RED    "31"
#define GREEN  "32"
#define YELLOW "33"
#define DIM    "2"

/* What follows is painted, until unpaint. */
static inline void paint(struct buf *out, const struct report_text_style *s, const char *colour)
{
    if (s->colour)
        buf_append_format(out, "\x1b[%sm", colour);
}

/* The end of what was painted. */
static inline void unpaint(struct buf *out, const struct report_text_style *s)
{
    if (s->colour)
        buf_append_text(out, "\x1b[0m");
}

/* A text of our own, painted. */
static inline void painted(struct buf *out, const struct report_text_style *s, const char *colour,
                           const char *text)
{
    paint(out, s, colour);
    buf_append_text(out, text);
    unpaint(out, s);
}

/* The beginning of a line: what stands in it. */
static inline void label(struct buf *out, const struct report_text_style *s, const char *name)
{
    paint(out, s, DIM);
    buf_append_format(out, "  %-10s", name);
    unpaint(out, s);
}
