/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/buf.h"
#include "bimi.h"
#include "tlsrpt.h"

/* clang-format off */
static const struct tlsrpt_case {
    const char *name, *text;
    const char *want; /* URIs...|PLACE[!] what; ... */
} reports[] = {
    /* The two examples of RFC 8460 s3.1. */
    {"by mail", "v=TLSRPTv1;rua=mailto:reports@example.com", "mailto:reports@example.com@15;|"},
    {"by HTTPS", "v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt", "https://reporting.example.com/v1/tlsrpt@16;|"},
    {"several", "v=TLSRPTv1; rua=mailto:a@a.test , https://b.test/", "mailto:a@a.test@16;https://b.test/@34;|"},
    {"blanks around semicolons", "v=TLSRPTv1 ; rua=mailto:a@a.test ; ", "mailto:a@a.test@17;|"},
    {"blanks around equals signs", "v=TLSRPTv1; rua= mailto:a@a.test", "mailto:a@a.test@17;|12! a blank beside the equals sign;"},
    {"extensions are passed over", "v=TLSRPTv1; x-y=z; rua=mailto:a@a.test", "mailto:a@a.test@23;|"},
    {"an extension without a value", "v=TLSRPTv1; rua=mailto:a@a.test; x=", "mailto:a@a.test@16;|33! not an extension;"},
    {"a list twice, the first stands", "v=TLSRPTv1; rua=mailto:a@a.test; rua=mailto:b@b.test", "mailto:a@a.test@16;|33 the tag stands there twice;"},
    {"an equals sign in a URI", "v=TLSRPTv1; rua=https://a.test/?a=b", "https://a.test/?a=b@16;|"},
    {"a comma and an exclamation mark, encoded", "v=TLSRPTv1; rua=mailto:a%2cb%21c@a.test", "mailto:a%2cb%21c@a.test@16;|"},
    {"nobody", "v=TLSRPTv1;", "|11! nobody to report to;"},
    {"an empty list", "v=TLSRPTv1; rua=", "|16 no URI;16! nobody to report to;"},
    {"nobody behind a comma", "v=TLSRPTv1; rua=mailto:a@a.test,", "mailto:a@a.test@16;|16 no URI;"},
    {"another scheme", "v=TLSRPTv1; rua=http://a.test/", "|16 neither mailto nor https;16! nobody to report to;"},
    {"no scheme, and one that has", "v=TLSRPTv1; rua=a@a.test,mailto:a@a.test", "mailto:a@a.test@25;|16 not a URI;"},
    {"a size, which is of DMARC", "v=TLSRPTv1; rua=mailto:a@a.test!10m", "|16 an exclamation mark must be encoded;16! nobody to report to;"},
    {"something that is no tag", "v=TLSRPTv1; rua=mailto:a@a.test; x", "mailto:a@a.test@16;|33! a tag without an equals sign;"},
}, logos[] = {
    {"a logo", "v=BIMI1; l=https://a.test/logo.svg", "https://a.test/logo.svg |"},
    {"a logo and its evidence", "v=BIMI1; l=https://a.test/l.svg; a=https://a.test/v.pem;", "https://a.test/l.svg https://a.test/v.pem|"},
    {"declined", "v=BIMI1; l=; a=;", " declined|"},
    {"an empty location beside evidence", "v=BIMI1; l=; a=https://a.test/v.pem", " https://a.test/v.pem|"},
    {"no location", "v=BIMI1", " |7! no location of a logo;"},
    {"no HTTPS", "v=BIMI1; l=http://a.test/l.svg", " |11! not an https URI;"},
    {"something that is no tag", "v=BIMI1; l=; x", " declined|13! a tag without an equals sign;"},
};
/* clang-format on */

static void render_problems(const struct dns_problems *p, struct buf *out)
{
    buf_append_text(out, "|");
    for (size_t i = 0; i < p->count; i++)
        buf_append_format(out, "%zu%s %s;", p->at[i].at, p->at[i].is_fatal ? "!" : "",
                          p->at[i].what);
}

static void render_report(struct octets text, struct buf *out)
{
    struct tlsrpt_record r;
    tlsrpt_parse(text, &r);
    for (size_t i = 0; i < r.rua.count; i++) {
        buf_append(out, r.rua.at[i].text);
        buf_append_format(out, "@%zu;", r.rua.at[i].at);
    }
    render_problems(&r.problems, out);
}

static void render_logo(struct octets text, struct buf *out)
{
    struct bimi_record r;
    bimi_parse(text, &r);
    buf_append(out, r.location);
    buf_append_text(out, r.is_declined ? " declined" : " ");
    buf_append(out, r.authority);
    render_problems(&r.problems, out);
}

static void check(const struct tlsrpt_case *c, void (*render)(struct octets, struct buf *))
{
    kit_assert_rendered(c->text, c->want, render);
}

static void report(void **state)
{
    const struct tlsrpt_case *c = *state;
    assert_true(tlsrpt_is_record(octets_of(c->text)));
    check(c, render_report);
}

static void logo(void **state)
{
    const struct tlsrpt_case *c = *state;
    assert_true(bimi_is_record(octets_of(c->text)));
    check(c, render_logo);
}

static void versions_are_told_apart(void **state)
{
    (void)state;
    assert_false(tlsrpt_is_record(OCTETS("v=TLSRPTv2; rua=mailto:a@a.test")));
    assert_false(tlsrpt_is_record(OCTETS("v=tlsrptv1; rua=mailto:a@a.test")));
    assert_true(tlsrpt_is_nearly(OCTETS("v=tlsrptv1; rua=mailto:a@a.test")));
    assert_false(
        tlsrpt_is_record(OCTETS("v=TLSRPTv1"))); /* RFC 8460 s3: it begins with a ";" too */
    assert_true(tlsrpt_is_nearly(OCTETS("v=TLSRPTv1")));
    assert_false(tlsrpt_is_nearly(OCTETS("v=TLSRPTv1; rua=mailto:a@a.test")));
    assert_false(tlsrpt_is_record(OCTETS_NONE));
    assert_false(bimi_is_record(OCTETS("v=bimi1; l=")));
    assert_false(bimi_is_record(OCTETS("v=BIMI2; l=")));
}

int main(void)
{
    const struct CMUnitTest others[] = {cmocka_unit_test(versions_are_told_apart)};
    struct CMUnitTest tests[KIT_COUNT(reports) + KIT_COUNT(logos) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, reports, report);
    KIT_ADD_ROWS(tests, &count, logos, logo);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
