/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "../src/base/bundle.h"
#include "../src/report/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct audit_knowledge *known(void)
{
    static struct audit_knowledge *k;
    struct dialogue_problem problem;
    const char *path;
    if (!k && audit_knowledge_build(&bundle_built_in, &k, &path, &problem))
        abort();
    return k;
}

/* What is looked for between the style, the script and the end of the page. */
static bool has_script(struct octets page)
{
    size_t begin = octets_find(page, OCTETS("<main>"), 0),
           end = octets_find(page, OCTETS("</main>"), begin);
    struct octets rest = octets_sub(page, begin, end);
    return octets_find_nocase(rest, OCTETS("<script"), 0) < rest.size ||
           octets_find_nocase(rest, OCTETS("<img"), 0) < rest.size;
}

/* Whatever a record holds: no format lets a control through, and no element is made of it. */
static void make(const json_t *record, size_t format_at)
{
    const struct report_format *format = report_format(format_at);
    struct report r = {.known = known(),
                       .version = "0",
                       .now_ms = 1795305600000,
                       .fail_on = FINDING_LOW,
                       .is_by_finding = format_at % 2};
    struct buf out;
    buf_init(&out, REPORT_TEXT_MAX);
    report_init(&r);
    if (format->begin(&r, &out) || (report_add(&r, format, record, &out) != ERR_OK) ||
        format->end(&r, &out))
        buf_clear(&out);
    for (size_t i = 0; i < out.size; i++)
        if ((out.data[i] < ' ' && !strchr("\r\n", out.data[i])) || out.data[i] == 0x7f)
            abort();
    if (format_at == 0 && has_script(buf_octets(&out)))
        abort();
    report_release(&r);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *record = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
    for (size_t i = 0; json_is_object(record) && report_format(i); i++)
        make(record, i);
    json_decref(record);
    return 0;
}
