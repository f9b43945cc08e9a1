/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "mask.h"

#define OUT_OCTETS ((size_t)64 * 1024)

static struct mask known = {
    .me = OCTETS_INIT("scanner.example.org"),
    .client = OCTETS_INIT("203.0.113.7"),
    .sender = OCTETS_INIT("scan@ours.net"),
    .tag = OCTETS_INIT("tag4ag7q"),
    .target = OCTETS_INIT("192.0.2.10"),
    .domains = {OCTETS_INIT("scanned.net")},
    .domain_count = 1,
    .hosts = {OCTETS_INIT("mx.scanned.net")},
    .host_count = 1,
};

/* The contract of masking: what comes in, what goes into specimens.  A change here is a new
 * MASK_VERSION. */
/* clang-format off */
static const struct pair {
    const char *name, *want; /* the name is the line */
} pairs[] = {
    /* Postfix */
    {"220 mx.scanned.net ESMTP Postfix (Debian/GNU)",
     "220 {host} ESMTP Postfix (Debian/GNU)"},
    {"220-mx.scanned.net ESMTP Postfix",
     "220-{host} ESMTP Postfix"},
    {"220 MX.Scanned.NET ESMTP Postfix (3.7.11)",
     "220 {host} ESMTP Postfix (3.7.11)"},
    {"550 5.1.1 <tag4ag7q-1@scanned.net>: Recipient address rejected: User unknown in virtual mailbox table",
     "550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown in virtual mailbox table"},
    {"554 5.7.1 <tag4ag7q-1@elsewhere.net>: Relay access denied",
     "554 5.7.1 <{rcpt}>: Relay access denied"},
    {"454 4.7.1 Relay access denied",
     "454 4.7.1 Relay access denied"},
    {"503 5.5.1 Error: need MAIL command",
     "503 5.5.1 Error: need MAIL command"},
    {"502 5.5.2 Error: command not recognized",
     "502 5.5.2 Error: command not recognized"},
    {"501 Syntax: HELO hostname",
     "501 Syntax: HELO hostname"},
    {"450 4.7.1 Client host rejected: cannot find your hostname, [198.51.100.99]",
     "450 4.7.1 Client host rejected: cannot find your hostname, [{ip}]"},
    {"554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/203.0.113.7",
     "554 5.7.1 Service unavailable; Client host [{client}] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/{client}"},
    {"421 4.7.0 mx.scanned.net Error: too many errors",
     "421 4.7.0 {host} Error: too many errors"},
    {"250 2.0.0 Ok: queued as 4XwQ7z2b3Jz9sV8",
     "250 2.0.0 Ok: queued as {id}"},
    {"250 2.0.0 Ok: queued as 0A1B2C3D4E",
     "250 2.0.0 Ok: queued as {id}"},
    {"552 5.3.4 Message size exceeds fixed maximum message size (10240000)",
     "552 5.3.4 Message size exceeds fixed maximum message size ({id})"},
    {"535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6",
     "535 5.7.8 Error: authentication failed: {id}"},
    {"503 5.5.1 <scanner.example.org>: Helo command rejected",
     "503 5.5.1 <{me}>: Helo command rejected"},
    {"555 5.5.4 Unsupported option: FOO=BAR",
     "555 5.5.4 Unsupported option: FOO=BAR"},
    /* Exim */
    {"220 mx.scanned.net ESMTP Exim 4.96 Sat, 21 Nov 2026 23:04:05 +0000",
     "220 {host} ESMTP Exim 4.96 {date}"},
    {"220-mx.scanned.net ESMTP Exim 4.98.1 #2 Sat, 21 Nov 2026 23:04:05 +0000 ",
     "220-{host} ESMTP Exim 4.98.1 #2 {date}\\x20"},
    {"501 Syntactically invalid HELO argument(s)",
     "501 Syntactically invalid HELO argument(s)"},
    {"503 sender already given",
     "503 sender already given"},
    {"550 Sender verify failed",
     "550 Sender verify failed"},
    {"421 mx.scanned.net: Too many concurrent SMTP connections; please try again later.",
     "421 {host}: Too many concurrent SMTP connections; please try again later."},
    {"421 mx.scanned.net lost input connection",
     "421 {host} lost input connection"},
    {"250 OK id=1tE2Xy-000abc-1A",
     "250 OK id={id}"},
    {"500 5.5.2 unknown command (UfPfbzONyHVlAKmJMkaEAA)",
     "500 5.5.2 unknown command ({id})"},
    {"500 NoSuchElementException in SimpleMailHandlerFactory",
     "500 NoSuchElementException in SimpleMailHandlerFactory"},
    {"552 Message size exceeds fixed limit of 52428800 bytes",
     "552 Message size exceeds fixed limit of {id} bytes"},
    /* Sendmail and OpenSMTPD */
    {"220 mx.scanned.net ESMTP OpenSMTPD",
     "220 {host} ESMTP OpenSMTPD"},
    {"250-mx.scanned.net Hello scanner.example.org [203.0.113.7], pleased to meet you",
     "250-{host} Hello {me} [{client}], pleased to meet you"},
    {"250 2.0.0 mx.scanned.net Hello scanner.example.org [203.0.113.7], pleased to meet you",
     "250 2.0.0 {host} Hello {me} [{client}], pleased to meet you"},
    {"550 5.1.1 <tag4ag7q-1@scanned.net>... User unknown",
     "550 5.1.1 <{rcpt}>... User unknown"},
    {"250 2.1.0 <scan@ours.net>... Sender ok",
     "250 2.1.0 <{sender}>... Sender ok"},
    {"250 2.1.0 scan@ours.net... Sender ok",
     "250 2.1.0 {sender}... Sender ok"},
    {"500 5.5.1 Command unrecognized: \"XYZZY\"",
     "500 5.5.1 Command unrecognized: \"XYZZY\""},
    {"214-2.0.0 Topics:",
     "214-2.0.0 Topics:"},
    {"214 2.0.0 End of HELP info",
     "214 2.0.0 End of HELP info"},
    {"214-This is Sendmail version 8.17.2",
     "214-This is Sendmail version 8.17.2"},
    {"250 2.0.0 5ALN45xR012345 Message accepted for delivery",
     "250 2.0.0 {id} Message accepted for delivery"},
    {"552 5.3.4 Message size exceeds file system imposed limit",
     "552 5.3.4 Message size exceeds file system imposed limit"},
    {"555 5.5.4 scan@ours.net... SIZE=99999999999",
     "555 5.5.4 {sender}... SIZE={id}"},
    {"501 5.5.4 SIZE=abc",
     "501 5.5.4 SIZE=abc"},
    /* Google and Microsoft */
    {"250-mx.google.com at your service, [203.0.113.7]",
     "250-mx.google.com at your service, [{client}]"},
    {"220 mx.scanned.net Microsoft ESMTP MAIL Service ready at Sat, 21 Nov 2026 23:04:05 +0000 [08DE293BDA2F5C7B]",
     "220 {host} Microsoft ESMTP MAIL Service ready at {date} [{id}]"},
    {"220 AM7EUR03FT012.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready at Sat, 21 Nov 2026 23:04:05 +0000",
     "220 {id}.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready at {date}"},
    {"250-AM7EUR03FT012.mail.protection.outlook.com Hello [203.0.113.7]",
     "250-{id}.mail.protection.outlook.com Hello [{client}]"},
    {"550 5.7.606 Access denied, banned sending IP [203.0.113.7]. For more information please go to http://go.microsoft.com/fwlink/?LinkID=526655 (AS16012609)",
     "550 5.7.606 Access denied, banned sending IP [{client}]. For more information please go to http://go.microsoft.com/fwlink/?LinkID={n} ({id})"},
    {"550 5.4.1 Recipient address rejected: Access denied. [DB5PEPF00014B8A.eurprd02.prod.outlook.com 2026-11-21T23:04:05.123Z 08DE293BDA2F5C7B]",
     "550 5.4.1 Recipient address rejected: Access denied. [{id}.{id}.prod.outlook.com {date} {id}]"},
    {"451 4.7.500 Server busy. Please try again later from [203.0.113.7]. (S77719)",
     "451 4.7.500 Server busy. Please try again later from [{client}]. (S{n})"},
    /* others */
    {"220 mx.scanned.net ESMTP chasquid",
     "220 {host} ESMTP chasquid"},
    {"250-mx.scanned.net - Coffee and donuts",
     "250-{host} - Coffee and donuts"},
    {"220 mx.scanned.net ESMTP Haraka/3.0.4 ready (5C2B1B4E-8A2D-4B0E-9C1A-0F2E3D4C5B6A.1)",
     "220 {host} ESMTP Haraka/3.0.4 ready ({id}.1)"},
    {"220 mx.scanned.net ESMTP Haraka ready (5c2b1b)",
     "220 {host} ESMTP Haraka ready ({id})"},
    {"250-mx.scanned.net Hello scanner.example.org [203.0.113.7], Haraka is at your service.",
     "250-{host} Hello {me} [{client}], Haraka is at your service."},
    {"221 mx.scanned.net closing connection. Have a jolly good day.",
     "221 {host} closing connection. Have a jolly good day."},
    {"220 mx.scanned.net ESMTP Courier 1.0.16",
     "220 {host} ESMTP Courier 1.0.16"},
    {"250-mx.scanned.net Ok.",
     "250-{host} Ok."},
    {"220 mx.scanned.net NO UCE NO UBE NO RELAY PROBES",
     "220 {host} NO UCE NO UBE NO RELAY PROBES"},
    {"220 mx.scanned.net Python SMTP 1.4.3",
     "220 {host} Python SMTP 1.4.3"},
    {"220 mx.scanned.net ESMTP qpsmtpd 0.94 ready; send us your mail, but not your spam.",
     "220 {host} ESMTP qpsmtpd 0.94 ready; send us your mail, but not your spam."},
    {"554-mx.scanned.net",
     "554-{host}"},
    {"554 Your access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this failure is in error, please contact the intended recipient via alternate means.",
     "554 Your access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this failure is in error, please contact the intended recipient via alternate means."},
    {"554 5.7.1 ACL dns_rbl; Client IP [203.0.113.7]",
     "554 5.7.1 ACL dns_rbl; Client IP [{client}]"},
    {"220 mx.scanned.net Kerio Connect 10.0.6 ESMTP ready",
     "220 {host} Kerio Connect 10.0.6 ESMTP ready"},
    {"220 mx.scanned.net ESMTP MDaemon 24.5.0; Sat, 21 Nov 2026 23:04:05 +0100",
     "220 {host} ESMTP MDaemon 24.5.0; {date}"},
    {"220 mx.scanned.net Cisco ESA",
     "220 {host} Cisco ESA"},
    {"220 mtaproxy302.aol.mail.gq1.yahoo.com ESMTP ready",
     "220 {id}.aol.mail.gq1.yahoo.com ESMTP ready"},
    {"220 mx.scanned.net ESMTP ecelerity 4.3.1.999 r(:) Sat, 21 Nov 2026 23:04:05 +0000",
     "220 {host} ESMTP ecelerity 4.3.1.999 r(:) {date}"},
    {"220 mx.scanned.net ESMTP (kundenserver)(mxeue101) Nemesis ESMTP Service ready",
     "220 {host} ESMTP (kundenserver)({id}) Nemesis ESMTP Service ready"},
    {"220 mx.scanned.net ESMTP Welcome to Nemesis 1MqJh5-1xyz",
     "220 {host} ESMTP Welcome to Nemesis {id}"},
    {"220 DavMail 6.2.2-3546 SMTP ready at Sat Nov 21 23:04:05 UTC 2026",
     "220 DavMail 6.2.2-{n} SMTP ready at {date}"},
    {"220 mx.scanned.net ESMTP mailfront",
     "220 {host} ESMTP mailfront"},
    {"220 EventMachine SMTP Server",
     "220 EventMachine SMTP Server"},
    {"250-Ok EventMachine SMTP Server",
     "250-Ok EventMachine SMTP Server"},
    {"220 mx.scanned.net LMTP Cyrus 3.6.1-Debian-3.6.1-4+deb12u2 server ready",
     "220 {host} LMTP Cyrus 3.6.1-Debian-3.6.1-4+deb12u2 server ready"},
    /* forms */
    {"550-5.1.1 The email account that you tried to reach does not exist. Please try",
     "550-5.1.1 The email account that you tried to reach does not exist. Please try"},
    {"220 [192.0.2.10] ESMTP ready",
     "220 [{target}] ESMTP ready"},
    {"220 192.0.2.10 ESMTP ready",
     "220 {target} ESMTP ready"},
    {"250 mx.scanned.net Hello [203.0.113.7]",
     "250 {host} Hello [{client}]"},
    {"250 mx.scanned.net Hello [IPv6:2001:db8::7]",
     "250 {host} Hello [IPv6:{ip}]"},
    {"250-SIZE 10240000",
     "250-SIZE {id}"},
    {"250-SIZE 52428800",
     "250-SIZE {id}"},
    {"250 AUTH PLAIN LOGIN CRAM-MD5",
     "250 AUTH PLAIN LOGIN CRAM-MD5"},
    {"250-X-EXPS GSSAPI NTLM",
     "250-X-EXPS GSSAPI NTLM"},
    {"250-{foo}",
     "250-{{foo}"},
    {"220 {host} ESMTP",
     "220 {{host} ESMTP"},
    {"220 mx.scanned.net ESMTP ",
     "220 {host} ESMTP\\x20"},
    {"220 ",
     "220 "},
    {"220 caf\xe9",
     "220 caf\\xE9"},
    {"220 a\\b",
     "220 a\\\\b"},
    {"250 mail.scanned.net",
     "250 mail.{domain}"},
    {"250 smtp2.scanned.net",
     "250 smtp2.{domain}"},
    {"250 scanned.net",
     "250 {domain}"},
    {"250 xscanned.net",
     "250 xscanned.net"},
    {"250 scanned.network",
     "250 scanned.network"},
    {"250 mx.scanned.net.",
     "250 {host}."},
    {"250 mx.scanned.net, hello",
     "250 {host}, hello"},
    {"250 mx.scanned.net:25",
     "250 {host}:25"},
    {"250-mymx.scanned.net",
     "250-mymx.{domain}"},
    {"220 mx.scanned.net ESMTP 12345 2",
     "220 {host} ESMTP {n} 2"},
    {"220 mx.scanned.net ESMTP 12",
     "220 {host} ESMTP 12"},
    {"220 mx.scanned.net ESMTP (250)",
     "220 {host} ESMTP (250)"},
    {"220 error 554 rejected",
     "220 error 554 rejected"},
    {"220 error 600 rejected",
     "220 error {n} rejected"},
    {"220 port 2525",
     "220 port {n}"},
    {"220 1.2.3.456",
     "220 1.2.3.456"},
    {"220 deadbeef",
     "220 {id}"},
    {"220 deadbee",
     "220 deadbee"},
    {"220 accessed",
     "220 accessed"},
    {"220 defaced8",
     "220 {id}"},
    {"220 a1b2c3d4",
     "220 {id}"},
    {"220 a1b2c3d",
     "220 a1b2c3d"},
    {"220 Debian-22.1",
     "220 Debian-22.1"},
    {"220 mx.scanned.net ESMTP Fri, 1 Jan 2027 00:00:00 +0100 (CET)",
     "220 {host} ESMTP {date}"},
    {"220 mx.scanned.net ESMTP Fri Jan  1 00:00:00 2027",
     "220 {host} ESMTP {date}"},
    {"220 mx.scanned.net ESMTP 2027-01-01 00:00:00",
     "220 {host} ESMTP {date}"},
    {"220 mx.scanned.net ESMTP 2027-01-01T00:00:00.000Z",
     "220 {host} ESMTP {date}"},
    {"220 mx.scanned.net ESMTP 1-Jan-2027 00:00:00",
     "220 {host} ESMTP {date}"},
    {"220 mx.scanned.net ESMTP 01 Jan 2027 00:00:00 -0500",
     "220 {host} ESMTP {date}"},
    {"220 mx.scanned.net ESMTP 1767225600",
     "220 {host} ESMTP {id}"},
    {"334 UGFzc3dvcmQ6",
     "334 {id}"},
    {"235 2.7.0 Authentication successful",
     "235 2.7.0 Authentication successful"},
    {"550 HELO scanner.example.org",
     "550 HELO {me}"},
    {"553 5.5.4 <pr\xf6" "be@example.org>",
     "553 5.5.4 <pr\\xF6be@example.org>"},
    {"250 fe80::1",
     "250 {ip}"},
    {"250 ::1",
     "250 ::1"},
    {"250 12:34",
     "250 12:34"},
    {"250 a:b:c",
     "250 a:b:c"},
    {"250 2001:db8:0:0:0:0:0:7",
     "250 {ip}"},
    {"250 tag4ag7q",
     "250 {rcpt}"},
    {"250 tag4ag7q-1@[192.0.2.10] ok",
     "250 {rcpt}[{target}] ok"},
};

/* Lines of an EHLO reply behind the first. */
static const struct pair keywords[] = {
    {"250-SIZE 10240000",              "250-SIZE 10240000"},
    {"250-LIMITS MAILMAX=1000 RCPTMAX=50000", "250-LIMITS MAILMAX=1000 RCPTMAX=50000"},
    {"250-AUTH=LOGIN PLAIN",           "250-AUTH=LOGIN PLAIN"},
    {"250-X-ID deadbeef01 Sat, 21 Nov 2026 23:04:05 +0000", "250-X-ID deadbeef01 Sat, 21 Nov 2026 23:04:05 +0000"},
    {"250-X-HOST mx.scanned.net",      "250-X-HOST {host}"},
    {"250-XCLIENT 203.0.113.7",        "250-XCLIENT {client}"},
    {"250 AUTH {",                     "250 AUTH {{"},
    {"250 HELP ",                      "250 HELP\\x20"},
    {"250 ",                           "250 "},
};

/* Lines that are no text. */
static const struct raw {
    const char *name;
    struct octets in;
    const char *want;
} raws[] = {
    {"NUL",                 KIT_OCTETS("220 a\0b"),           "220 a\\x00b"},
    {"a bare CR",           KIT_OCTETS("220 a\rb"),           "220 a\\x0Db"},
    {"a control joins a host", KIT_OCTETS("220 \x01mx.scanned.net\x02"), "220 \\x01{host}\\x02"},
    {"nothing",             KIT_OCTETS(""),                   ""},
    {"a code alone",        KIT_OCTETS("220"),                "220"},
    {"no code",             KIT_OCTETS("mx.scanned.net"),     "{host}"},
    {"a code and a hyphen", KIT_OCTETS("250-"),               "250-"},
    {"joined text",         KIT_OCTETS("220mx.scanned.net"),  "220{host}"},
    {"binary",              KIT_OCTETS("\x16\x03\x01\xff"),   "\\x16\\x03\\x01\\xFF"},
};
/* clang-format on */

static void check(struct octets line, enum mask_form form, const char *want)
{
    struct buf out;
    struct octets in = kit_guard(line);
    buf_init(&out, OUT_OCTETS);
    mask_line(&out, &known, in, form);
    kit_assert_text(buf_octets(&out), want);
    kit_unguard(in);
    buf_release(&out);
}

static void test_pair(void **state)
{
    const struct pair *c = *state;
    check(octets_of(c->name), MASK_TEXT, c->want);
}

static void test_keyword(void **state)
{
    const struct pair *c = *state;
    check(octets_of(c->name), MASK_KEYWORD, c->want);
}

static void test_raw(void **state)
{
    const struct raw *c = *state;
    check(c->in, MASK_TEXT, c->want);
}

/* Every prefix of every line gives one line of plain text. */
static void test_every_prefix(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, OUT_OCTETS);
    for (size_t i = 0; i < KIT_COUNT(pairs); i++) {
        for (size_t n = 0; n < strlen(pairs[i].name); n++) {
            struct octets in = kit_guard(octets_sub(octets_of(pairs[i].name), 0, n));
            buf_clear(&out);
            mask_line(&out, &known, in, MASK_TEXT);
            mask_line(&out, &known, in, MASK_KEYWORD);
            for (size_t k = 0; k < out.size; k++)
                assert_true(out.data[k] >= 0x20 && out.data[k] != 0x7f);
            kit_unguard(in);
        }
    }
    buf_release(&out);
}

/* ---- what is gathered from a visit ---- */

static struct facts_reply reply_of(struct octets *lines, size_t count)
{
    return (struct facts_reply){.lines = lines, .line_count = count, .code = 220};
}

/* Who says hello by an address gets it back twice, as a name and as an address. */
static void test_address_literals(void **state)
{
    static const struct {
        const char *me, *client, *line, *want;
    } cases[] = {
        {"[192.0.2.9]", "192.0.2.9", "250-mx Hello [192.0.2.9] [192.0.2.9]",
         "250-mx Hello {me} [{client}]"},
        {"[192.0.2.9]", "192.0.2.9", "250 mx Hello [192.0.2.9]", "250 mx Hello {me}"},
        {"[192.0.2.9]", "192.0.2.9", "550 192.0.2.9 is [192.0.2.9], not [192.0.2.9]",
         "550 {client} is {me}, not [{client}]"},
        {"[IPv6:2001:db8::9]", "2001:db8::9", "250 [IPv6:2001:db8::9] ([IPv6:2001:db8::9])",
         "250 {me} ([IPv6:{client}])"},
        {"[192.0.2.9]", "192.0.2.8", "250 [192.0.2.9] [192.0.2.9]", "250 {me} {me}"},
        {"a.test", "192.0.2.9", "250 a.test [192.0.2.9], a.test", "250 {me} [{client}], {me}"},
    };
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        struct mask m = {.me = octets_of(cases[i].me), .client = octets_of(cases[i].client)};
        struct buf out;
        buf_init(&out, 1024);
        mask_prepare(&m);
        mask_line(&out, &m, octets_of(cases[i].line), MASK_TEXT);
        kit_assert_text(buf_octets(&out), cases[i].want);
        buf_release(&out);
    }
}

static void test_names_of_a_visit(void **state)
{
    (void)state;
    struct octets greeting[] = {OCTETS_INIT("220-gw.Scanned.net ESMTP"),
                                OCTETS_INIT("220 inner.mx.scanned.net. hi")};
    struct octets ehlo[] = {OCTETS_INIT("250-mx7.scanned.net Hello scanner.example.org"),
                            OCTETS_INIT("250 SIZE")};
    struct octets helo[] = {OCTETS_INIT("250 scanner.example.org, pleased to meet you")};
    struct facts_visit v = {
        .domain = OCTETS_INIT("tested.net"),
        .host = OCTETS_INIT("mx.provider.net"),
        .address = {.family = 4, .octets = {192, 0, 2, 10}},
        .asker = {.ehlo = OCTETS_INIT("scanner.example.org"),
                  .client = OCTETS_INIT("203.0.113.7"),
                  .sender = OCTETS_INIT("scan@ours.net"),
                  .tag = OCTETS_INIT("tag4ag7q")},
    };
    struct mask m;
    v.greeting = reply_of(greeting, 2);
    v.ehlo = reply_of(ehlo, 2);
    v.helo = reply_of(helo, 1);
    mask_init(&m, &v);
    kit_assert_text(m.target, "192.0.2.10");
    kit_assert_text(m.client, "203.0.113.7");
    /* Longest first; our own name is none of theirs. */
    assert_int_equal(m.host_count, 4);
    kit_assert_text(m.hosts[0], "inner.mx.scanned.net");
    for (size_t i = 1; i < m.host_count; i++) {
        assert_true(m.hosts[i - 1].size >= m.hosts[i].size);
        assert_false(octets_is_equal(m.hosts[i], v.asker.ehlo));
    }
    struct buf out;
    buf_init(&out, OUT_OCTETS);
    mask_line(&out, &m,
              OCTETS("550 tested.net on gw.scanned.net (mx7.scanned.net, inner.mx.scanned.net) at "
                     "scanned.net"),
              MASK_TEXT);
    kit_assert_text(buf_octets(&out), "550 {domain} on {host} ({host}, {host}) at {domain}");
    buf_release(&out);
}

/* What is no name is not taken for one, and more names than fit are left out. */
static void test_odd_names(void **state)
{
    (void)state;
    static const char *const odd[] = {"ESMTP", "Postfix.", "192.0.2.1", "[192.0.2.1]", "", "a..b!",
                                      ".",     "..",       "-"};
    for (size_t i = 0; i < KIT_COUNT(odd); i++) {
        struct facts_visit v = {.host = octets_of(odd[i])};
        struct mask m;
        mask_init(&m, &v);
        assert_int_equal(m.host_count, 0);
        assert_int_equal(m.target.size, 0);
    }
    struct octets lines[] = {OCTETS_INIT("220-a.one.net"), OCTETS_INIT("220 b.two.net")};
    struct octets hello[][1] = {{OCTETS_INIT("250 c.three.net")},
                                {OCTETS_INIT("250 d.four.net")},
                                {OCTETS_INIT("250 localhost")}};
    struct facts_visit v = {.host = OCTETS_INIT("e.five.net"),
                            .domain = OCTETS_INIT("left.out.net")};
    struct mask m;
    v.greeting = reply_of(lines, 2);
    v.ehlo = reply_of(hello[0], 1);
    v.ehlo_tls = reply_of(hello[1], 1);
    v.helo = reply_of(hello[2], 1);
    mask_init(&m, &v);
    assert_int_equal(m.host_count, MASK_HOSTS_MAX);
    assert_int_equal(m.domain_count, MASK_HOSTS_MAX);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(pairs) + KIT_COUNT(keywords) + KIT_COUNT(raws) + 4] = {
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_address_literals),
        cmocka_unit_test(test_names_of_a_visit),
        cmocka_unit_test(test_odd_names),
    };
    size_t count = KIT_FILLED(tests);
    mask_prepare(&known);
    KIT_ADD_ROWS(tests, &count, pairs, test_pair);
    KIT_ADD_ROWS(tests, &count, keywords, test_keyword);
    KIT_ADD_ROWS(tests, &count, raws, test_raw);
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
