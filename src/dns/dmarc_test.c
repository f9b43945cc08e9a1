/* SPDX-License-Identifier: Apache-2.0 */
#include "test_names.h"

#include "dmarc.h"

#define ARENA_OCTETS ((size_t)256 * 1024)

/* clang-format off */
static const struct dmarc_case {
    const char *name, *text;
    const char *want; /* P SP NP, flags; URIs...|PLACE[!] what; ... */
} cases[] = {
    {"the least", "v=DMARC1; p=none", "none - -;|"},
    {"all tags of RFC 9989", "v=DMARC1;p=reject;sp=quarantine;np=reject;adkim=s;aspf=s;fo=1:d:s;psd=n;t=y;rua=mailto:a@a.test,https://b.test/x;ruf=mailto:b@b.test",
     "reject quarantine reject t dkim spf psd=n fo=14;mailto:a@a.test a.test;https://b.test/x ;mailto:b@b.test b.test;|"},
    {"words in any case", "v=DMARC1; p=Reject; t=Y", "reject - - t;|"},
    {"blanks and a semicolon at the end", "v = DMARC1 ; p = none ; ", "none - -;|"},
    {"tabs, and p is not the last", "v\t=\tDMARC1\t;\tp=none\t;\tt=y", "none - - t;|"},
    /* RFC 9989 B.2.1 to B.2.5, B.3.1. */
    {"monitoring", "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com", "none - -;mailto:dmarc-feedback@example.com example.com;|"},
    {"monitoring, failures each", "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com; ruf=mailto:auth-reports@example.com",
     "none - -;mailto:dmarc-feedback@example.com example.com;mailto:auth-reports@example.com example.com;|"},
    {"failures to somebody else", "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com; ruf=mailto:auth-reports@thirdparty.example.net",
     "none - -;mailto:dmarc-feedback@example.com example.com;mailto:auth-reports@thirdparty.example.net thirdparty.example.net;|"},
    {"a subdomain, tried out", "v=DMARC1; p=quarantine; rua=mailto:dmarc-feedback@example.com,mailto:tld-test@thirdparty.example.net; t=y",
     "quarantine - - t;mailto:dmarc-feedback@example.com example.com;mailto:tld-test@thirdparty.example.net thirdparty.example.net;|"},
    {"a subdomain, in earnest", "v=DMARC1; p=reject; rua=mailto:dmarc-feedback@example.com,mailto:tld-test@thirdparty.example.net",
     "reject - -;mailto:dmarc-feedback@example.com example.com;mailto:tld-test@thirdparty.example.net thirdparty.example.net;|"},
    {"leave to report", "v=DMARC1;", "- - -;|9 no policy: taken as none;"},
    {"leave to report, to other mailboxes", "v=DMARC1; rua=mailto:aggregate-reports@thirdparty.example.net; ruf=mailto:failure-reports@thirdparty.example.net",
     "- - -;mailto:aggregate-reports@thirdparty.example.net thirdparty.example.net;mailto:failure-reports@thirdparty.example.net thirdparty.example.net;|"
     "112 no policy: taken as none;"},
    {"alignment said to be what it is by default", "v=DMARC1; p=reject; aspf=r; rua=mailto:dmarc-feedback@example.com",
     "reject - -;mailto:dmarc-feedback@example.com example.com;|"},
    /* RFC 7489 B.2.4, whose pct and size limit went with RFC 9989. */
    {"a quarter of it, tried out", "v=DMARC1; p=quarantine; rua=mailto:dmarc-feedback@example.com, mailto:tld-test@thirdparty.example.net!10m; pct=25",
     "quarantine - - pct=25 removed=1;mailto:dmarc-feedback@example.com example.com;mailto:tld-test@thirdparty.example.net thirdparty.example.net;|"
     "63 a size limit, which RFC 9989 removed;107 a tag that RFC 9989 removed;"},
    {"no policy", "v=DMARC1", "- - -;|8 no policy: taken as none;"},
    {"a faulty policy, nobody to report to", "v=DMARC1; p=nothing", "! - -;|12! not a policy;"},
    {"a faulty policy, somebody to report to", "v=DMARC1; p=nothing; rua=mailto:a@a.test",
     "! - -;mailto:a@a.test a.test;|12 not a policy;"},
    {"a faulty policy of subdomains", "v=DMARC1; p=none; sp=x", "none ! -;|21! not a policy;"},
    {"a faulty policy of no such subdomains", "v=DMARC1; p=none; np=", "none - !;|21! not a policy;"},
    {"a policy twice, the first stands", "v=DMARC1; p=none; p=reject", "none - -;|18 the tag stands there twice;"},
    {"names of tags keep their case", "v=DMARC1; P=reject; p=none", "none - -;|10 no tag of DMARC: it is ignored;20 readers of RFC 7489 want p right after v;"},
    {"a tag past ASCII is passed over", "v=DMARC1; p=none; sp=n\xc3\xb6ne", "none - -;|22 not a printable ASCII character;"},
    {"two semicolons", "v=DMARC1;; p=none", "none - -;|9 an empty tag;"},
    {"p does not follow v", "v=DMARC1; sp=none; p=reject", "reject none -;|19 readers of RFC 7489 want p right after v;"},
    {"what was removed", "v=DMARC1; p=none; pct=50; rf=afrf; ri=3600", "none - - pct=50 removed=7;|"
     "18 a tag that RFC 9989 removed;26 a tag that RFC 9989 removed;35 a tag that RFC 9989 removed;"},
    {"a percentage past a hundred", "v=DMARC1; p=none; pct=101", "none - - removed=1;|22 not a percentage;18 a tag that RFC 9989 removed;"},
    {"a size limit", "v=DMARC1; p=none; rua=mailto:a@a.test!10m", "none - -;mailto:a@a.test a.test;|22 a size limit, which RFC 9989 removed;"},
    {"a size that is none", "v=DMARC1; p=none; rua=mailto:a@a.test!m", "none - -;|22 not a size of reports;"},
    {"addresses without mailto", "v=DMARC1; p=none; rua=a@a.test, mailto:b@b.test",
     "none - -;mailto:b@b.test b.test;|22 not a URI;"},
    {"mailto without an address", "v=DMARC1; p=none; rua=mailto:a.test", "none - -;|22 not an address of mail;"},
    {"mailto with a query", "v=DMARC1; p=none; ruf=mailto:a@a.test?subject=x", "none - -;mailto:a@a.test?subject=x a.test;|"},
    {"no URI", "v=DMARC1; p=none; rua=", "none - -;|22 no URI;"},
    {"no URI behind a comma", "v=DMARC1; p=none; rua=mailto:a@a.test ,", "none - -;mailto:a@a.test a.test;|22 no URI;"},
    {"blanks around commas", "v=DMARC1; p=none; rua=mailto:a@a.test , mailto:b@b.test",
     "none - -;mailto:a@a.test a.test;mailto:b@b.test b.test;|"},
    {"schemes that hardly anybody knows", "v=DMARC1; p=none; rua=ftp://a.test/x", "none - -;ftp://a.test/x ;|"},
    {"a comma and an exclamation mark, encoded", "v=DMARC1; p=none; rua=mailto:a%2cb%21c@a.test", "none - -;mailto:a%2cb%21c@a.test a.test;|"},
    /* dmarc-fo of s4.8; s4.7 has it ignored without a ruf. */
    {"options of failure reports, one", "v=DMARC1; p=none; fo=1; ruf=mailto:a@a.test", "none - - fo=2;mailto:a@a.test a.test;|"},
    {"options, a digit before", "v=DMARC1; p=none; fo=0:d; ruf=mailto:a@a.test", "none - - fo=5;mailto:a@a.test a.test;|"},
    {"options, a digit between", "v=DMARC1; p=none; fo=s:1:d; ruf=mailto:a@a.test", "none - - fo=14;mailto:a@a.test a.test;|"},
    {"options, a digit behind", "v=DMARC1; p=none; fo=D:S:0; ruf=mailto:a@a.test", "none - - fo=13;mailto:a@a.test a.test;|"},
    {"options, no digit", "v=DMARC1; p=none; fo=s; ruf=mailto:a@a.test", "none - - fo=8;mailto:a@a.test a.test;|"},
    {"options of failure reports that nobody gets", "v=DMARC1; p=none; fo=1", "none - -;|"},
    {"no options", "v=DMARC1; p=none; fo=; ruf=mailto:a@a.test", "none - -;mailto:a@a.test a.test;|21 not an option of failure reports;"},
    {"options that exclude each other", "v=DMARC1; p=none; fo=0:1; ruf=mailto:a@a.test", "none - - fo=3;mailto:a@a.test a.test;|21 0 and 1 exclude each other;"},
    {"options twice and unknown", "v=DMARC1; p=none; fo=d:d:x; ruf=mailto:a@a.test",
     "none - - fo=4;mailto:a@a.test a.test;|23 the option stands there twice;25 not an option of failure reports;"},
    {"an alignment that is none", "v=DMARC1; p=none; adkim=strict", "none - -;|24 not a value that the tag can have;"},
    {"a public suffix", "v=DMARC1; p=none; psd=y", "none - - psd=y;|"},
    {"what is a public suffix or not by default", "v=DMARC1; p=none; psd=u", "none - -;|"},
    {"a public suffix that is none", "v=DMARC1; p=none; psd=yes", "none - -;|22 not a value that the tag can have;"},
    {"a test that is none", "v=DMARC1; p=none; t=1", "none - -;|20 not a value that the tag can have;"},
    {"an unknown tag", "v=DMARC1; p=none; foo=1", "none - -;|18 no tag of DMARC: it is ignored;"},
    {"a tag without an equals sign", "v=DMARC1; p=none; rua", "none - -;|18 a tag without an equals sign;"},
};

#define TABLE_1  "_dmarc.example.com TXT v=DMARC1; p=none"
#define ZONE_CUT "_dmarc.example.com TXT v=DMARC1; p=reject\n_dmarc.b.c.d.e.f.g.example.com TXT v=DMARC1; p=none; psd=n"
#define SIGNING  "_dmarc.example.com TXT v=DMARC1; p=none\n_dmarc.signing.example.com TXT v=DMARC1; p=none"
#define BANKS    "_dmarc.bank.example TXT v=DMARC1; p=reject; psd=y\n_dmarc.giant.bank.example TXT v=DMARC1; p=none"

static const struct walk_case {
    const char *name, *zone, *domain;
    const char *want; /* QUESTIONS...|ORGANIZATION, POLICY */
} walks[] = {
    {"the domain and all above", "_dmarc.example.test TXT v=DMARC1; p=none", "a.mail.example.test",
     "_dmarc.a.mail.example.test TXT;_dmarc.mail.example.test TXT;_dmarc.example.test TXT;_dmarc.test TXT;|example.test, example.test"},
    /* The examples of RFC 9989 s4.10 and s4.10.2, in other names. */
    {"eight questions at most", "", "a.b.c.d.e.f.g.h.i.j.mail.example.test",
     "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.test TXT;_dmarc.g.h.i.j.mail.example.test TXT;_dmarc.h.i.j.mail.example.test TXT;"
     "_dmarc.i.j.mail.example.test TXT;_dmarc.j.mail.example.test TXT;_dmarc.mail.example.test TXT;_dmarc.example.test TXT;_dmarc.test TXT;"
     "|a.b.c.d.e.f.g.h.i.j.mail.example.test, -"},
    {"two records, the shorter name is the organization", "_dmarc.mail.example.test TXT v=DMARC1; p=none\n_dmarc.example.test TXT v=DMARC1; p=reject",
     "a.mail.example.test", "_dmarc.a.mail.example.test TXT;_dmarc.mail.example.test TXT;_dmarc.example.test TXT;_dmarc.test TXT;|example.test, example.test"},
    {"psd=n ends it", "_dmarc.mail.example.test TXT v=DMARC1; p=none; psd=n\n_dmarc.example.test TXT v=DMARC1; p=reject",
     "a.mail.example.test", "_dmarc.a.mail.example.test TXT;_dmarc.mail.example.test TXT;|mail.example.test, mail.example.test"},
    {"psd=y: one label below", "_dmarc.test TXT v=DMARC1; p=reject; psd=y", "a.mail.example.test",
     "_dmarc.a.mail.example.test TXT;_dmarc.mail.example.test TXT;_dmarc.example.test TXT;_dmarc.test TXT;|example.test, test"},
    {"psd=y where it starts", "_dmarc.example.test TXT v=DMARC1; p=reject; psd=y", "example.test",
     "_dmarc.example.test TXT;|example.test, example.test"},
    {"the own record applies, another's is the organization", "_dmarc.a.example.test TXT v=DMARC1; p=none\n_dmarc.example.test TXT v=DMARC1; p=reject",
     "a.example.test", "_dmarc.a.example.test TXT;_dmarc.example.test TXT;_dmarc.test TXT;|example.test, a.example.test"},
    {"two records at a name are none", "_dmarc.example.test TXT v=DMARC1; p=none\n_dmarc.example.test TXT v=DMARC1; p=reject",
     "example.test", "_dmarc.example.test TXT;_dmarc.test TXT;|example.test, -"},
    {"other text is passed over", "_dmarc.example.test TXT hello\n_dmarc.example.test TXT v=DMARC1; p=none", "example.test.",
     "_dmarc.example.test TXT;_dmarc.test TXT;|example.test, example.test"},
    {"eight labels lead to seven", "", "a.b.c.d.e.f.g.test",
     "_dmarc.a.b.c.d.e.f.g.test TXT;_dmarc.b.c.d.e.f.g.test TXT;_dmarc.c.d.e.f.g.test TXT;_dmarc.d.e.f.g.test TXT;"
     "_dmarc.e.f.g.test TXT;_dmarc.f.g.test TXT;_dmarc.g.test TXT;_dmarc.test TXT;|a.b.c.d.e.f.g.test, -"},
    {"no name", "", "a..test", "|a..test, -"},
    {"DNS fails on the way", "_dmarc.example.test TIMEOUT ", "example.test", "_dmarc.example.test TXT;_dmarc.test TXT;|example.test, - failed"},
    {"DNS fails for what would come first", "_dmarc.a.example.test TIMEOUT \n_dmarc.example.test TXT v=DMARC1; p=none", "a.example.test",
     "_dmarc.a.example.test TXT;_dmarc.example.test TXT;_dmarc.test TXT;|example.test, - failed"},
    {"DNS fails above what comes first", "_dmarc.example.test TXT v=DMARC1; p=none\n_dmarc.test TIMEOUT ", "example.test",
     "_dmarc.example.test TXT;_dmarc.test TXT;|example.test, example.test failed"},
    {"two records at the domain, one above", "_dmarc.a.example.test TXT v=DMARC1; p=none\n_dmarc.a.example.test TXT v=DMARC1; p=none\n"
     "_dmarc.example.test TXT v=DMARC1; p=reject", "a.example.test",
     "_dmarc.a.example.test TXT;_dmarc.example.test TXT;_dmarc.test TXT;|example.test, example.test"},
    {"a record of another version beside one", "_dmarc.example.test TXT v=DMARC2; p=none\n_dmarc.example.test TXT v=DMARC1; p=none", "example.test",
     "_dmarc.example.test TXT;_dmarc.test TXT;|example.test, example.test"},
    {"a record between domain and organization counts for neither", "_dmarc.b.example.test TXT v=DMARC1; p=none\n_dmarc.example.test TXT v=DMARC1; p=reject",
     "a.b.example.test", "_dmarc.a.b.example.test TXT;_dmarc.b.example.test TXT;_dmarc.example.test TXT;_dmarc.test TXT;|example.test, example.test"},
    {"psd=u is as nothing", "_dmarc.mail.example.test TXT v=DMARC1; p=none; psd=u\n_dmarc.example.test TXT v=DMARC1; p=reject; psd=u",
     "mail.example.test", "_dmarc.mail.example.test TXT;_dmarc.example.test TXT;_dmarc.test TXT;|example.test, mail.example.test"},
    {"psd=y, and a faulty policy", "_dmarc.test TXT v=DMARC1; p=x; psd=y", "example.test", "_dmarc.example.test TXT;_dmarc.test TXT;|example.test, test"},
    {"nine labels lead to seven", "", "a.b.c.d.e.f.g.h.test",
     "_dmarc.a.b.c.d.e.f.g.h.test TXT;_dmarc.c.d.e.f.g.h.test TXT;_dmarc.d.e.f.g.h.test TXT;_dmarc.e.f.g.h.test TXT;"
     "_dmarc.f.g.h.test TXT;_dmarc.g.h.test TXT;_dmarc.h.test TXT;_dmarc.test TXT;|a.b.c.d.e.f.g.h.test, -"},
    {"one label", "_dmarc.test TXT v=DMARC1; p=none", "test", "_dmarc.test TXT;|test, test"},
    /* RFC 9989 s4.4, table 1: who has the same organization is aligned. */
    {"table 1, news", TABLE_1, "news.example.com", "_dmarc.news.example.com TXT;_dmarc.example.com TXT;_dmarc.com TXT;|example.com, example.com"},
    {"table 1, foo", TABLE_1, "foo.example.com", "_dmarc.foo.example.com TXT;_dmarc.example.com TXT;_dmarc.com TXT;|example.com, example.com"},
    {"table 1, foo of another", TABLE_1, "foo.example.net", "_dmarc.foo.example.net TXT;_dmarc.example.net TXT;_dmarc.net TXT;|foo.example.net, -"},
    /* s4.10.2, the second of what selects an organization */
    {"mail below a public suffix", "_dmarc.example.com TXT v=DMARC1; p=none; psd=y", "mail.example.com",
     "_dmarc.mail.example.com TXT;_dmarc.example.com TXT;|mail.example.com, example.com"},
    /* s5.1.8: a zone cut with psd=n that nobody finds, for the eighth label is skipped, and what helps. */
    {"a zone cut that is skipped", ZONE_CUT, "mail.a.b.c.d.e.f.g.example.com",
     "_dmarc.mail.a.b.c.d.e.f.g.example.com TXT;_dmarc.c.d.e.f.g.example.com TXT;_dmarc.d.e.f.g.example.com TXT;_dmarc.e.f.g.example.com TXT;"
     "_dmarc.f.g.example.com TXT;_dmarc.g.example.com TXT;_dmarc.example.com TXT;_dmarc.com TXT;|example.com, example.com"},
    {"a record of its own instead", ZONE_CUT "\n_dmarc.mail.a.b.c.d.e.f.g.example.com TXT v=DMARC1; p=none; psd=n", "mail.a.b.c.d.e.f.g.example.com",
     "_dmarc.mail.a.b.c.d.e.f.g.example.com TXT;|mail.a.b.c.d.e.f.g.example.com, mail.a.b.c.d.e.f.g.example.com"},
    /* s11.8: a public suffix that does not say so takes the place of the organization, until that says psd=n. */
    {"a suffix taken for the organization", "_dmarc.mail.example.com TXT v=DMARC1; p=none\n_dmarc.example.com TXT v=DMARC1; p=none", "a.mail.example.com",
     "_dmarc.a.mail.example.com TXT;_dmarc.mail.example.com TXT;_dmarc.example.com TXT;_dmarc.com TXT;|example.com, example.com"},
    {"the organization says that it is one", "_dmarc.mail.example.com TXT v=DMARC1; p=none; psd=n\n_dmarc.example.com TXT v=DMARC1; p=none",
     "a.mail.example.com", "_dmarc.a.mail.example.com TXT;_dmarc.mail.example.com TXT;|mail.example.com, mail.example.com"},
    /* RFC 9989 B.4.1 and B.4.2 */
    {"simple, the author", SIGNING, "example.com", "_dmarc.example.com TXT;_dmarc.com TXT;|example.com, example.com"},
    {"simple, the signer", SIGNING, "signing.example.com",
     "_dmarc.signing.example.com TXT;_dmarc.example.com TXT;_dmarc.com TXT;|example.com, signing.example.com"},
    {"deep, the author", SIGNING, "a.b.c.d.e.f.g.h.i.j.k.example.com",
     "_dmarc.a.b.c.d.e.f.g.h.i.j.k.example.com TXT;_dmarc.g.h.i.j.k.example.com TXT;_dmarc.h.i.j.k.example.com TXT;_dmarc.i.j.k.example.com TXT;"
     "_dmarc.j.k.example.com TXT;_dmarc.k.example.com TXT;_dmarc.example.com TXT;_dmarc.com TXT;|example.com, example.com"},
    /* RFC 9989 B.4.3 */
    {"a suffix, the author", BANKS, "giant.bank.example", "_dmarc.giant.bank.example TXT;_dmarc.bank.example TXT;|giant.bank.example, giant.bank.example"},
    {"a suffix, the sender", BANKS, "mail.giant.bank.example",
     "_dmarc.mail.giant.bank.example TXT;_dmarc.giant.bank.example TXT;_dmarc.bank.example TXT;|giant.bank.example, giant.bank.example"},
    {"a suffix, the signer", BANKS, "mail.mega.bank.example",
     "_dmarc.mail.mega.bank.example TXT;_dmarc.mega.bank.example TXT;_dmarc.bank.example TXT;|mega.bank.example, bank.example"},
};
/* clang-format on */

static const char *policy_text(enum dmarc_policy p)
{
    return p == DMARC_ABSENT ? "-" : p == DMARC_INVALID ? "!" : dmarc_policy_name(p);
}

static void render_uris(const struct report_uris *u, struct octets text, struct buf *out)
{
    for (size_t i = 0; i < u->count; i++) {
        struct octets uri = u->at[i].text;
        kit_assert_octets(octets_sub(text, u->at[i].at, u->at[i].at + uri.size), uri);
        buf_append(out, uri);
        buf_append_text(out, " ");
        buf_append(out, u->at[i].domain);
        buf_append_text(out, ";");
    }
}

static void render(struct octets text, struct buf *out)
{
    struct dmarc_record r;
    dmarc_parse(text, &r);
    buf_append_format(out, "%s %s %s%s%s%s", policy_text(r.p), policy_text(r.sp), policy_text(r.np),
                      r.is_testing ? " t" : "", r.is_dkim_strict ? " dkim" : "",
                      r.is_spf_strict ? " spf" : "");
    if (r.psd)
        buf_append_format(out, " psd=%c", "uyn"[r.psd]);
    if (r.fo != DMARC_FO_0)
        buf_append_format(out, " fo=%u", r.fo);
    if (r.pct != 100)
        buf_append_format(out, " pct=%u", r.pct);
    if (r.removed)
        buf_append_format(out, " removed=%u", r.removed);
    buf_append_text(out, ";");
    render_uris(&r.rua, text, out);
    render_uris(&r.ruf, text, out);
    buf_append_text(out, "|");
    for (size_t i = 0; i < r.problems.count; i++)
        buf_append_format(out, "%zu%s %s;", r.problems.at[i].at,
                          r.problems.at[i].is_fatal ? "!" : "", r.problems.at[i].what);
}

static void record(void **state)
{
    const struct dmarc_case *c = *state;
    struct octets text = kit_guard(octets_of(c->text));
    struct buf out;
    buf_init(&out, 8192);
    assert_true(dmarc_is_record(text));
    render(text, &out);
    kit_assert_text(buf_octets(&out), c->want);
    for (size_t n = 0; n < text.size; n++) {
        struct octets part = kit_guard(octets_sub(text, 0, n));
        buf_clear(&out);
        (void)dmarc_is_record(part);
        render(part, &out);
        kit_unguard(part);
    }
    buf_release(&out);
    kit_unguard(text);
}

static void what_is_a_record_of_dmarc(void **state)
{
    static const struct {
        const char *text;
        bool is_record, is_nearly;
    } rows[] = {
        {"v=DMARC1", true, false},
        {"v=DMARC1;", true, false},
        {"v =\tDMARC1; p=none", true, false},
        {" v=DMARC1", false, true},
        {"V=DMARC1", false, true},
        {"v=dmarc1; p=none", false, true},
        {"v=DMARC1 p=none", false, true},
        {"v=DMARC2; p=none", false, true},
        {"v=DMARC1.0; p=none", false, true},
        {"v= DMARC1 ;p=none", true, false},
        {"p=none; v=DMARC1", false, false},
        {"v=spf1 -all", false, false},
        {"", false, false},
    };
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        assert_int_equal(dmarc_is_record(octets_of(rows[i].text)), rows[i].is_record);
        assert_int_equal(dmarc_is_nearly(octets_of(rows[i].text)), rows[i].is_nearly);
    }
}

static void who_is_meant_decides_the_policy(void **state)
{
    static const struct {
        const char *text;
        enum dmarc_policy itself, below, missing;
    } rows[] = {
        {"v=DMARC1; p=reject", DMARC_REJECT, DMARC_REJECT, DMARC_REJECT},
        {"v=DMARC1; p=reject; sp=none", DMARC_REJECT, DMARC_NONE, DMARC_NONE},
        {"v=DMARC1; p=none; np=reject", DMARC_NONE, DMARC_NONE, DMARC_REJECT},
        {"v=DMARC1; p=none; sp=quarantine; np=reject", DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT},
        {"v=DMARC1; sp=reject", DMARC_NONE, DMARC_REJECT, DMARC_REJECT},
        {"v=DMARC1; p=none; np=x", DMARC_INVALID, DMARC_INVALID, DMARC_INVALID},
        {"v=DMARC1; p=x; rua=a@a.test", DMARC_INVALID, DMARC_INVALID, DMARC_INVALID},
        {"v=DMARC1; p=x; rua=https://a.test/", DMARC_NONE, DMARC_NONE, DMARC_NONE},
        {"v=DMARC1; p=x; ruf=mailto:a@a.test", DMARC_INVALID, DMARC_INVALID, DMARC_INVALID},
        {"v=DMARC1", DMARC_NONE, DMARC_NONE, DMARC_NONE},
        {"v=DMARC1; p=x", DMARC_INVALID, DMARC_INVALID, DMARC_INVALID},
        {"v=DMARC1; p=reject; sp=x; rua=mailto:a@a.test", DMARC_NONE, DMARC_NONE, DMARC_NONE},
    };
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct dmarc_record r;
        dmarc_parse(octets_of(rows[i].text), &r);
        assert_int_equal(dmarc_policy_for(&r, DMARC_ITSELF), rows[i].itself);
        assert_int_equal(dmarc_policy_for(&r, DMARC_SUBDOMAIN), rows[i].below);
        assert_int_equal(dmarc_policy_for(&r, DMARC_NO_SUCH_SUBDOMAIN), rows[i].missing);
    }
    assert_int_equal(dmarc_policy_tested(DMARC_REJECT), DMARC_QUARANTINE);
    assert_int_equal(dmarc_policy_tested(DMARC_QUARANTINE), DMARC_NONE);
    assert_int_equal(dmarc_policy_tested(DMARC_NONE), DMARC_NONE);
}

/* s4.10.1: of the walk's own record p, of one above sp and np; and t=y of any of them. */
static void who_inherits_has_the_policy_of_subdomains(void **state)
{
    static const struct {
        const char *text;
        enum dmarc_policy own, inherited, missing;
    } rows[] = {
        {"v=DMARC1; p=reject; sp=quarantine; np=none", DMARC_REJECT, DMARC_QUARANTINE, DMARC_NONE},
        {"v=DMARC1; p=none; sp=quarantine; np=reject; t=y", DMARC_NONE, DMARC_NONE,
         DMARC_QUARANTINE},
        {"v=DMARC1; p=x", DMARC_INVALID, DMARC_INVALID, DMARC_INVALID},
    };
    struct dmarc_walked w = {.count = 2};
    (void)state;
    assert_int_equal(dmarc_policy_applied(&w, true), DMARC_ABSENT);
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct dmarc_record r;
        dmarc_parse(octets_of(rows[i].text), &r);
        w.steps[0].record = w.steps[1].record = &r;
        w.policy = &w.steps[0];
        assert_int_equal(dmarc_policy_applied(&w, true), rows[i].own);
        assert_int_equal(dmarc_policy_applied(&w, false), rows[i].own);
        w.policy = &w.steps[1];
        assert_int_equal(dmarc_policy_applied(&w, true), rows[i].inherited);
        assert_int_equal(dmarc_policy_applied(&w, false), rows[i].missing);
    }
}

/* The examples of RFC 9989 B.2.3 and RFC 9990 s4. */
static void where_reports_to_others_are_allowed(void **state)
{
    static const struct {
        const char *domain, *receiver, *want;
    } rows[] = {
        {"example.com", "thirdparty.example.net",
         "example.com._report._dmarc.thirdparty.example.net"},
        {"blue.example.com", "red.example.net", "blue.example.com._report._dmarc.red.example.net"},
    };
    struct buf out;
    (void)state;
    buf_init(&out, 300);
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        buf_clear(&out);
        dmarc_append_report_name(&out, octets_of(rows[i].domain), octets_of(rows[i].receiver));
        kit_assert_text(buf_octets(&out), rows[i].want);
    }
    buf_release(&out);
}

#define OVERRIDE \
    "v=DMARC1; rua=mailto:aggregate-reports@thirdparty.example.net; " \
    "ruf=mailto:failure-reports@thirdparty.example.net"

static void one_record_gives_leave_to_report(void **state)
{
    static const struct {
        const char *policy;   /* what it asks for, of thirdparty.example.net */
        const char *texts[2]; /* that are found there */
        enum dmarc_leave want;
    } rows[] = {
        {"ruf=mailto:a@thirdparty.example.net", {"v=DMARC1;"}, DMARC_LEAVE_GIVEN}, /* B.2.3 */
        {"ruf=mailto:a@thirdparty.example.net", {OVERRIDE}, DMARC_LEAVE_GIVEN},    /* B.2.4 */
        {"rua=mailto:a@thirdparty.example.net", {"v=DMARC1"}, DMARC_LEAVE_GIVEN},  /* RFC 7489 */
        {"rua=mailto:a@thirdparty.example.net", {NULL}, DMARC_LEAVE_NONE},
        {"rua=mailto:a@thirdparty.example.net", {"hello", "v=dmarc1"}, DMARC_LEAVE_NONE},
        {"rua=mailto:a@thirdparty.example.net", {"hello", "v=DMARC1"}, DMARC_LEAVE_GIVEN},
        {"rua=mailto:a@thirdparty.example.net", {"v=DMARC1", "v=DMARC1"}, DMARC_LEAVE_GIVEN},
        /* RFC 9990 s4, step 9: the host stays the same. */
        {"rua=mailto:a@thirdparty.example.net",
         {"v=DMARC1; rua=mailto:a@elsewhere.test"},
         DMARC_LEAVE_ASTRAY},
        {"rua=mailto:a@ThirdParty.example.net",
         {"v=DMARC1; rua=mailto:b@THIRDPARTY.example.net"},
         DMARC_LEAVE_GIVEN},
        {"ruf=mailto:a@thirdparty.example.net",
         {"v=DMARC1; rua=mailto:a@elsewhere.test"},
         DMARC_LEAVE_GIVEN}, /* of the other kind */
        {"ruf=mailto:a@thirdparty.example.net",
         {"v=DMARC1; ruf=mailto:a@elsewhere.test"},
         DMARC_LEAVE_ASTRAY},
    };
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct dns_record found[3] = {{.type = DNS_TYPE_CNAME}};
        struct dmarc_record policy;
        struct buf text;
        size_t count = 1;
        buf_init(&text, 200);
        buf_append_format(&text, "v=DMARC1; p=none; %s", rows[i].policy);
        dmarc_parse(buf_octets(&text), &policy);
        for (size_t k = 0; k < 2 && rows[i].texts[k]; k++)
            found[count++] =
                (struct dns_record){.type = DNS_TYPE_TXT, .text = octets_of(rows[i].texts[k])};
        if (dmarc_leave(&policy, OCTETS("thirdparty.example.net"), found, count) != rows[i].want)
            fail_msg("%zu", i);
        buf_release(&text);
    }
}

static enum dns_step play(const struct walk_case *c, struct arena *a, struct test_names *n,
                          struct dmarc_walk **ret)
{
    struct dns_question q;
    enum dns_step step;
    test_names_add_lines(n, c->zone);
    if (dmarc_walk_new(a, octets_of(c->domain), ret))
        return DNS_STEP_NOMEM;
    while ((step = dmarc_walk_step(*ret, &q)) == DNS_STEP_ASK) {
        struct dns_answer answer = test_names_answer(n, &q);
        assert_true(n->questions <= DMARC_STEPS_MAX);
        dmarc_walk_answer(*ret, &answer);
    }
    return step;
}

static void tree_walk(void **state)
{
    const struct walk_case *c = *state;
    static struct test_names names;
    struct arena arena;
    struct dmarc_walk *w = NULL;
    enum dns_step step = DNS_STEP_NOMEM;
    for (size_t cap = 0; step == DNS_STEP_NOMEM; cap += 128) { /* until memory is enough */
        arena_init(&arena, cap);
        test_names_init(&names);
        step = play(c, &arena, &names, &w);
        assert_true(cap < ARENA_OCTETS);
        if (step == DNS_STEP_DONE) {
            const struct dmarc_walked *r = dmarc_walk_result(w);
            buf_append_text(&names.asked, "|");
            buf_append(&names.asked, r->organization);
            buf_append_text(&names.asked, ", ");
            buf_append(&names.asked, r->policy ? r->policy->domain : OCTETS("-"));
            buf_append_text(&names.asked, r->has_failed ? " failed" : "");
            kit_assert_text(buf_octets(&names.asked), c->want);
        }
        test_names_release(&names);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(what_is_a_record_of_dmarc),
        cmocka_unit_test(who_is_meant_decides_the_policy),
        cmocka_unit_test(who_inherits_has_the_policy_of_subdomains),
        cmocka_unit_test(where_reports_to_others_are_allowed),
        cmocka_unit_test(one_record_gives_leave_to_report),
    };
    struct CMUnitTest tests[KIT_COUNT(cases) + KIT_COUNT(walks) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, cases, record);
    KIT_ADD_ROWS(tests, &count, walks, tree_walk);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
