/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/escape.h"
#include "format_parts.h"

/* The parts of the page (data/report/page.html).  Used by report/ alone. */

/* An element of our own around foreign text: "td", "td class=\"n\"".  Nothing without text. */
void html_element(struct buf *out, const char *element, struct octets text);
/* The severity as a label; SUMMARY_NONE: what stands for it. */
void html_severity(struct buf *out, enum finding_severity severity, const char *none);
/* "1,234,567" */
void html_count(struct buf *out, uint64_t n);
/* "2026-11-22" */
void html_day(struct buf *out, uint64_t wall_ms);

/* ---- figures ---- */

/* A bar of so many thousandths of the width. */
void html_bar(struct buf *out, const char *class, unsigned permille);
void html_figures(const struct report *r, struct buf *out);
void html_certificates(const struct report *r, struct buf *out);
/* How long the certificates of a chain hold, and where today is in that. */
void html_chain(const struct report *r, const struct report_tls *t, struct buf *out);

/* ---- findings ---- */

/* One in full, of a service or a domain.  `names` fills in what is to be published; NULL: it is no
 * matter of DNS. */
struct report_names;
void html_finding(const struct report *r, const struct report_finding *f,
                  const struct report_names *names, struct buf *out);
/* What is not told in full: untestable, noted, accepted, safe, not asked. */
void html_rest(const struct report_item *item, struct buf *out);
/* All that is exposed, by check. */
void html_groups(const struct report *r, struct buf *out);

/* ---- who ---- */

/* One service or domain as a <details> that is not closed: the line that is always seen, then what
 * opens.  `row` is its row. */
void html_service_line(const struct report_item *item, const struct summary_row *row,
                       struct buf *out);
void html_service(const struct report *r, const struct report_item *item,
                  const struct summary_row *row, struct buf *out);
void html_domain_line(const struct report_item *item, const struct summary_row *row,
                      struct buf *out);
void html_domain(const struct report *r, const struct report_item *item,
                 const struct summary_row *row, struct buf *out);
