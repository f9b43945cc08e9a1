/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "guard.h"

static const struct smtp_scope scope = {
    .domain = OCTETS_INIT("scanned.net"),
    .sender = OCTETS_INIT("scan@ours.net"),
    .outsider = OCTETS_INIT("john@elsewhere.net"),
    .tag = OCTETS_INIT("tag4ag7q"),
    .address = OCTETS_INIT("192.0.2.1"),
};

#define X10(text)  text text text text text text text text text text
#define X100(text) X10(X10(text))
#define BLANKS_600 X100("      ")
#define A_600      X100("AAAAAA")

/* ---- refused, whatever the class ---- */

/* clang-format off */
static const struct hostile {
    const char *name;
    struct octets write;
} hostile[] = {
    {"DATA",                                  KIT_OCTETS("DATA\r\n")},
    {"BDAT",                                  KIT_OCTETS("BDAT 0 LAST\r\n")},
    {"BURL",                                  KIT_OCTETS("BURL imap://x LAST\r\n")},
    {"ETRN",                                  KIT_OCTETS("ETRN scanned.net\r\n")},
    {"TURN",                                  KIT_OCTETS("TURN\r\n")},
    {"ATRN",                                  KIT_OCTETS("ATRN scanned.net\r\n")},
    {"XCLIENT",                               KIT_OCTETS("XCLIENT ADDR=127.0.0.1\r\n")},
    {"XFORWARD",                              KIT_OCTETS("XFORWARD NAME=x\r\n")},
    {"XEXCH50",                               KIT_OCTETS("XEXCH50 2 2\r\n")},
    {"X-LINK2STATE",                          KIT_OCTETS("X-LINK2STATE FIRST CHUNK={x}\r\n")},
    {"VERB",                                  KIT_OCTETS("VERB\r\n")},
    {"ONEX",                                  KIT_OCTETS("ONEX\r\n")},
    {"DEBUG",                                 KIT_OCTETS("DEBUG\r\n")},
    {"WIZ",                                   KIT_OCTETS("WIZ\r\n")},
    {"SEND",                                  KIT_OCTETS("SEND FROM:<scan@ours.net>\r\n")},
    {"SOML",                                  KIT_OCTETS("SOML FROM:<scan@ours.net>\r\n")},
    {"SAML",                                  KIT_OCTETS("SAML FROM:<scan@ours.net>\r\n")},
    {"X-EXPS, which is AUTH",                 KIT_OCTETS("X-EXPS LOGIN\r\n")},
    {"X-ANONYMOUSTLS, which is STARTTLS",     KIT_OCTETS("X-ANONYMOUSTLS\r\n")},
    {"XPROXY",                                KIT_OCTETS("XPROXY SID=1 IP=127.0.0.1\r\n")},
    {"PROXY as text",                         KIT_OCTETS("PROXY TCP4 127.0.0.1 192.0.2.1 1 25\r\n")},
    {"PROXY as octets",                       KIT_OCTETS("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c")},
    {"XTRN",                                  KIT_OCTETS("XTRN\r\n")},
    {"XREMOTEQUEUE",                          KIT_OCTETS("XREMOTEQUEUE\r\n")},

    {"DATA in small letters",                 KIT_OCTETS("data\r\n")},
    {"DATA in mixed letters",                 KIT_OCTETS("dAtA\r\n")},
    {"DATA with an argument",                 KIT_OCTETS("DATA foo\r\n")},
    {"DATA with more letters",                KIT_OCTETS("DATAX\r\n")},
    {"XCLIENT by four letters",               KIT_OCTETS("XCLI ADDR=127.0.0.1\r\n")},
    {"DATA behind a blank",                   KIT_OCTETS(" DATA\r\n")},
    {"DATA behind a tab",                     KIT_OCTETS("\tDATA\r\n")},
    {"DATA behind many blanks",               KIT_OCTETS(" \t  \t DATA\r\n")},
    {"DATA behind NUL",                       KIT_OCTETS("\0DATA\r\n")},
    {"DATA behind a form feed",               KIT_OCTETS("\fDATA\r\n")},
    {"DATA behind blanks and controls",       KIT_OCTETS(" \x01 \x7f DATA\r\n")},
    {"DATA with NUL inside",                  KIT_OCTETS("DA\0TA\r\n")},
    {"DATA with DEL inside",                  KIT_OCTETS("DAT\x7f" "A\r\n")},
    {"DATA with a backspace before it",       KIT_OCTETS("X\bDATA\r\n")},
    {"DATA with blanks inside",               KIT_OCTETS("DA TA\r\n")},
    {"DATA with a tab inside",                KIT_OCTETS("D\tATA\r\n")},
    {"DATA with bare CR inside",              KIT_OCTETS("DA\rTA\r\n")},
    {"DATA with bare LF inside",              KIT_OCTETS("DA\nTA\r\n")},
    {"DATA with CR and NUL inside",           KIT_OCTETS("D\rA\0TA\r\n")},
    {"DATA with LF for another, NUL inside",  KIT_OCTETS("NOOP\nDA\0TA\r\n")},
    {"DATA with its eighth bits set",         KIT_OCTETS("\xc4\xc1\xd4\xc1\r\n")},
    {"DATA with one eighth bit set",          KIT_OCTETS("DAT\xc1\r\n")},
    {"DATA without a line end",               KIT_OCTETS("DATA")},
    {"DATA ended by LF",                      KIT_OCTETS("DATA\n")},
    {"DATA ended by CR",                      KIT_OCTETS("DATA\r")},
    {"DATA ended by NUL",                     KIT_OCTETS("DATA\0\r\n")},
    {"SEND with a long s",                    KIT_OCTETS("\xc5\xbf" "END FROM:<scan@ours.net>\r\n")},
    {"XCLIENT with a dotless i",              KIT_OCTETS("XCL\xc4\xb1" "ENT ADDR=127.0.0.1\r\n")},
    {"MAIL with a dotless i",                 KIT_OCTETS("MA\xc4\xb1L FROM:<a@stranger.net>\r\n")},
    {"a byte order mark before DATA",         KIT_OCTETS("\xef\xbb\xbf" "DATA\r\n")},

    {"DATA behind CRLF",                      KIT_OCTETS("NOOP\r\nDATA\r\n")},
    {"DATA behind LF",                        KIT_OCTETS("NOOP\nDATA\r\n")},
    {"DATA behind CR",                        KIT_OCTETS("NOOP\rDATA\r\n")},
    {"DATA behind LF CR",                     KIT_OCTETS("NOOP\n\rDATA\r\n")},
    {"DATA behind an empty line",             KIT_OCTETS("NOOP\r\n\r\nDATA\r\n")},
    {"DATA behind a vertical tab",            KIT_OCTETS("NOOP\vDATA\r\n")},
    {"DATA behind NUL as line end",           KIT_OCTETS("NOOP\0DATA\r\n")},
    {"DATA behind CR NUL",                    KIT_OCTETS("NOOP\r\0DATA\r\n")},
    {"DATA behind LF with the eighth bit",    KIT_OCTETS("NOOP \x8a" "DATA\r\n")},
    {"DATA behind CRLF with eighth bits",     KIT_OCTETS("NOOP \x8d\x8a" "DATA\r\n")},
    {"DATA behind C1 NEL",                    KIT_OCTETS("NOOP \x85" "DATA\r\n")},
    {"DATA behind a line separator",          KIT_OCTETS("NOOP \xe2\x80\xa8" "DATA\r\n")},
    {"DATA behind QUIT",                      KIT_OCTETS("QUIT\r\nDATA\r\n")},
    {"DATA as the third command",             KIT_OCTETS("MAIL FROM:<>\r\nRCPT TO:<postmaster@scanned.net>\r\nDATA\r\n")},
    {"a stranger as the second command",      KIT_OCTETS("MAIL FROM:<>\r\nRCPT TO:<victim@stranger.net>\r\n")},
    {"DATA at the end of a long line",        KIT_OCTETS("NOOP " A_600 "DATA\r\n")},
    {"DATA in a long line, read in pieces",   KIT_OCTETS("NOOP " A_600 "DATA" A_600 "\r\n")},
    {"DATA behind 600 blanks",                KIT_OCTETS(BLANKS_600 "DATA\r\n")},
    {"DATA within a line behind 600 blanks",  KIT_OCTETS(BLANKS_600 "NOOPDATA\r\n")},
    {"RCPT at the end of a long line",        KIT_OCTETS("NOOP " A_600 "RCPT TO:<victim@stranger.net>\r\n")},
    {"AUTH at the end of a long line",        KIT_OCTETS("NOOP " A_600 "auth plain AGEAYg==\r\n")},

    {"a recipient of a stranger",             KIT_OCTETS("RCPT TO:<victim@stranger.net>\r\n")},
    {"a user of the domain under test",       KIT_OCTETS("RCPT TO:<victim@scanned.net>\r\n")},
    {"a local user",                          KIT_OCTETS("RCPT TO:<root>\r\n")},
    {"a local user without brackets",         KIT_OCTETS("RCPT TO:root\r\n")},
    {"a stranger in small letters",           KIT_OCTETS("rcpt to:<victim@stranger.net>\r\n")},
    {"a stranger behind a blank",             KIT_OCTETS("RCPT TO: <victim@stranger.net>\r\n")},
    {"a stranger behind 3000 blanks",         KIT_OCTETS("RCPT TO:" X10("  " "  " "  " "  ") BLANKS_600 BLANKS_600 BLANKS_600 BLANKS_600 BLANKS_600 "<victim@stranger.net>\r\n")},
    {"a stranger behind 3000 blanks within",  KIT_OCTETS("RCPT TO:<" BLANKS_600 BLANKS_600 BLANKS_600 BLANKS_600 BLANKS_600 "victim@stranger.net>\r\n")},
    {"our tag and 2400 octets, then a stranger", KIT_OCTETS("RCPT TO:<tag4ag7q" A_600 A_600 A_600 A_600 "@stranger.net>\r\n")},
    {"a stranger behind a tab",               KIT_OCTETS("RCPT\tTO:\t<victim@stranger.net>\r\n")},
    {"a stranger without a blank",            KIT_OCTETS("RCPTTO:<victim@stranger.net>\r\n")},
    {"a stranger without a colon",            KIT_OCTETS("RCPT TO <victim@stranger.net>\r\n")},
    {"a stranger without TO",                 KIT_OCTETS("RCPT <victim@stranger.net>\r\n")},
    {"a stranger behind FROM",                KIT_OCTETS("RCPT FROM:<victim@stranger.net>\r\n")},
    {"a stranger behind a verb in pieces",    KIT_OCTETS("RC PT TO:<victim@stranger.net>\r\n")},
    {"a stranger behind a verb with NUL",     KIT_OCTETS("RC\0PT TO:<victim@stranger.net>\r\n")},
    {"a stranger behind a verb with CR",      KIT_OCTETS("RC\rPT TO:<victim@stranger.net>\r\n")},
    {"the percent form",                      KIT_OCTETS("RCPT TO:<victim%stranger.net@scanned.net>\r\n")},
    {"the percent form with our tag",         KIT_OCTETS("RCPT TO:<tag4ag7q%stranger.net@scanned.net>\r\n")},
    {"the percent form of a role",            KIT_OCTETS("RCPT TO:<postmaster%stranger.net@scanned.net>\r\n")},
    {"a bang path",                           KIT_OCTETS("RCPT TO:<stranger.net!victim>\r\n")},
    {"a bang path with our tag",              KIT_OCTETS("RCPT TO:<stranger.net!tag4ag7q@scanned.net>\r\n")},
    {"a source route to a stranger",          KIT_OCTETS("RCPT TO:<@scanned.net:victim@stranger.net>\r\n")},
    {"a source route through a stranger",     KIT_OCTETS("RCPT TO:<@stranger.net:tag4ag7q@scanned.net>\r\n")},
    {"a route that hides behind a literal",   KIT_OCTETS("RCPT TO:<@[IPv6:::1],@stranger.net:tag4ag7q@scanned.net>\r\n")},
    {"a quoted stranger",                     KIT_OCTETS("RCPT TO:<\"victim\"@stranger.net>\r\n")},
    {"a stranger in quotes at our domain",    KIT_OCTETS("RCPT TO:<\"victim@stranger.net\"@scanned.net>\r\n")},
    {"a bracket in quotes",                   KIT_OCTETS("RCPT TO:<\"tag4ag7q>\"@stranger.net>\r\n")},
    {"a quoted pair",                         KIT_OCTETS("RCPT TO:<vic\\tim@scanned.net>\r\n")},
    {"another server's literal",              KIT_OCTETS("RCPT TO:<postmaster@[192.0.2.99]>\r\n")},
    {"another server's IPv6 literal",         KIT_OCTETS("RCPT TO:<postmaster@[IPv6:2001:db8::99]>\r\n")},
    {"a stranger at the server's literal",    KIT_OCTETS("RCPT TO:<victim@[192.0.2.1]>\r\n")},
    {"double-at with a stranger",             KIT_OCTETS("RCPT TO:<victim@stranger.net@scanned.net>\r\n")},
    {"double-at to a stranger",               KIT_OCTETS("RCPT TO:<postmaster@scanned.net@stranger.net>\r\n")},
    {"an unclosed bracket",                   KIT_OCTETS("RCPT TO:<victim@stranger.net\r\n")},
    {"no opening bracket",                    KIT_OCTETS("RCPT TO:victim@stranger.net>\r\n")},
    {"two opening brackets",                  KIT_OCTETS("RCPT TO:<<victim@stranger.net>>\r\n")},
    {"two paths",                             KIT_OCTETS("RCPT TO:<postmaster@scanned.net> <victim@stranger.net>\r\n")},
    {"two paths, joined",                     KIT_OCTETS("RCPT TO:<postmaster@scanned.net><victim@stranger.net>\r\n")},
    {"two paths, the first empty",            KIT_OCTETS("RCPT TO:<> <victim@stranger.net>\r\n")},
    {"two recipients by comma",               KIT_OCTETS("RCPT TO:<postmaster@scanned.net>,<victim@stranger.net>\r\n")},
    {"two recipients in one path",            KIT_OCTETS("RCPT TO:<postmaster@scanned.net,victim@stranger.net>\r\n")},
    {"text before the bracket",               KIT_OCTETS("RCPT TO:victim@stranger.net <postmaster@scanned.net>\r\n")},
    {"a name before the bracket",             KIT_OCTETS("RCPT TO:victim <postmaster@scanned.net>\r\n")},
    {"text joined to the bracket",            KIT_OCTETS("RCPT TO:<tag4ag7q>@stranger.net\r\n")},
    {"a name behind the path",                KIT_OCTETS("RCPT TO:<> victim\r\n")},
    {"a name behind the path without brackets", KIT_OCTETS("RCPT TO:postmaster victim\r\n")},
    {"a parameter that names a stranger",     KIT_OCTETS("RCPT TO:<postmaster@scanned.net> ORCPT=rfc822;victim@stranger.net\r\n")},
    {"a parameter that names one in xtext",   KIT_OCTETS("RCPT TO:<postmaster@scanned.net> ORCPT=victim+40stranger.net\r\n")},
    {"a parameter with a path",               KIT_OCTETS("RCPT TO:<postmaster@scanned.net> FOO=<victim>\r\n")},
    {"a comment with a stranger",             KIT_OCTETS("RCPT TO:<postmaster(victim@stranger.net)@scanned.net>\r\n")},
    {"a user with our tag as the detail",     KIT_OCTETS("RCPT TO:<victim+tag4ag7q@scanned.net>\r\n")},
    {"a user with our tag behind a hyphen",   KIT_OCTETS("RCPT TO:<victim-tag4ag7q@scanned.net>\r\n")},
    {"a user, NUL and our tag",               KIT_OCTETS("RCPT TO:<victim\0tag4ag7q@scanned.net>\r\n")},
    {"a user, CR and our tag",                KIT_OCTETS("RCPT TO:<victim\rtag4ag7q@scanned.net>\r\n")},
    {"our tag as a stranger's subdomain",     KIT_OCTETS("RCPT TO:<tag4ag7q@tag4ag7q.stranger.net>\r\n")},
    {"our tag at a stranger's",               KIT_OCTETS("RCPT TO:<tag4ag7q@stranger.net>\r\n")},
    {"our tag at a domain that ends like it", KIT_OCTETS("RCPT TO:<tag4ag7q@tag4ag7q-scanned.net>\r\n")},
    {"half of our tag",                       KIT_OCTETS("RCPT TO:<tag4@scanned.net>\r\n")},
    {"a program with our tag",                KIT_OCTETS("RCPT TO:<|tag4ag7q>\r\n")},
    {"a file with our tag",                   KIT_OCTETS("RCPT TO:</tmp/tag4ag7q>\r\n")},
    {"postmaster at a stranger's",            KIT_OCTETS("RCPT TO:<postmaster@stranger.net>\r\n")},
    {"postmaster at the outsider's domain",   KIT_OCTETS("RCPT TO:<postmaster@elsewhere.net>\r\n")},
    {"abuse at a subdomain",                  KIT_OCTETS("RCPT TO:<abuse@sub.scanned.net>\r\n")},
    {"postmasters",                           KIT_OCTETS("RCPT TO:<postmasters@scanned.net>\r\n")},
    {"postmaster in pieces",                  KIT_OCTETS("RCPT TO:<post\nmaster@stranger.net>\r\n")},
    {"the outsider's name at the domain under test", KIT_OCTETS("RCPT TO:<john@scanned.net>\r\n")},
    {"the outsider's name alone",             KIT_OCTETS("RCPT TO:<john>\r\n")},
    {"the outsider's name twice, once at the domain under test", KIT_OCTETS("RCPT TO:<john@elsewhere.net,john@scanned.net>\r\n")},
    {"the outsider's name by another bang",   KIT_OCTETS("RCPT TO:<scanned.net!john>\r\n")},
    {"the outsider's domain with a stranger", KIT_OCTETS("RCPT TO:<victim@elsewhere.net>\r\n")},
    {"a longer domain than the outsider's",   KIT_OCTETS("RCPT TO:<john@elsewhere.net.stranger.net>\r\n")},
    {"a longer name than the outsider's",     KIT_OCTETS("RCPT TO:<big.john@elsewhere.net>\r\n")},
    {"the domain under test alone",           KIT_OCTETS("RCPT TO:<@scanned.net>\r\n")},
    {"a reserved name is nobody's to try",    KIT_OCTETS("RCPT TO:<victim@example.org>\r\n")},

    {"a sender of a stranger",                KIT_OCTETS("MAIL FROM:<victim@stranger.net>\r\n")},
    {"a sender without brackets",             KIT_OCTETS("MAIL FROM:victim@stranger.net\r\n")},
    {"a sender without FROM",                 KIT_OCTETS("MAIL <victim@stranger.net>\r\n")},
    {"a sender behind TO",                    KIT_OCTETS("MAIL TO:<victim@stranger.net>\r\n")},
    {"a sender behind many blanks",           KIT_OCTETS("MAIL FROM:" BLANKS_600 BLANKS_600 BLANKS_600 BLANKS_600 "<victim@stranger.net>\r\n")},
    {"a user of the domain as sender",        KIT_OCTETS("MAIL FROM:<victim@scanned.net>\r\n")},
    {"a user with our tag as sender",         KIT_OCTETS("MAIL FROM:<victim+tag4ag7q@scanned.net>\r\n")},
    {"a local sender",                        KIT_OCTETS("MAIL FROM:<root>\r\n")},
    {"our name at a stranger's",              KIT_OCTETS("MAIL FROM:<scan@stranger.net>\r\n")},
    {"our domain with another name",          KIT_OCTETS("MAIL FROM:<victim@ours.net>\r\n")},
    {"a quoted sender of ours at a stranger's", KIT_OCTETS("MAIL FROM:<\"scan@ours.net\"@stranger.net>\r\n")},
    {"a sender with a comment",               KIT_OCTETS("MAIL FROM:<victim@stranger.net(@example.org>\r\n")},
    {"a sender by percent",                   KIT_OCTETS("MAIL FROM:<victim%stranger.net@example.org>\r\n")},
    {"a sender by bang",                      KIT_OCTETS("MAIL FROM:<stranger.net!victim@example.org>\r\n")},
    {"a sender through a stranger",           KIT_OCTETS("MAIL FROM:<@stranger.net:scan@ours.net>\r\n")},
    {"a domain that ends like a reserved one", KIT_OCTETS("MAIL FROM:<a@notexample.org>\r\n")},
    {"two senders",                           KIT_OCTETS("MAIL FROM:<> <victim@stranger.net>\r\n")},
    {"text joined to the null sender",        KIT_OCTETS("MAIL FROM:<>victim\r\n")},
    {"AUTH= with a name",                     KIT_OCTETS("MAIL FROM:<scan@ours.net> AUTH=victim\r\n")},
    {"AUTH= with an address in xtext",        KIT_OCTETS("MAIL FROM:<scan@ours.net> AUTH=victim+40stranger.net\r\n")},
    {"AUTH= with a path",                     KIT_OCTETS("MAIL FROM:<scan@ours.net> AUTH=<victim@stranger.net>\r\n")},

    {"AUTH with an initial response",         KIT_OCTETS("AUTH PLAIN AGZvbwBiYXI=\r\n")},
    {"AUTH with an empty response",           KIT_OCTETS("AUTH EXTERNAL =\r\n")},
    {"AUTH with a response behind a tab",     KIT_OCTETS("AUTH\tPLAIN\tAGZvbwBiYXI=\r\n")},
    {"AUTH with a response behind NUL",       KIT_OCTETS("AUTH PLAIN \0AGZvbwBiYXI=\r\n")},
    {"AUTH with a response behind blanks",    KIT_OCTETS("AUTH PLAIN" BLANKS_600 BLANKS_600 BLANKS_600 BLANKS_600 "AGZvbwBiYXI=\r\n")},
    {"AUTH= in the old form",                 KIT_OCTETS("AUTH=PLAIN AGZvbwBiYXI=\r\n")},
    {"AUTH with a colon",                     KIT_OCTETS("AUTH PLAIN:AGZvbwBiYXI=\r\n")},
    {"AUTH with a long mechanism",            KIT_OCTETS("AUTH PLAINAGZvbwBiYXIAGZvbwBiYXI\r\n")},
    {"AUTH in pieces",                        KIT_OCTETS("A UTH PLAIN\r\n")},
    {"AUTH NTLM with names",                  KIT_OCTETS("AUTH NTLM TlRMTVNTUAABAAAAB7IIAAAAAAAAAAAAAAAAAAAAAAA=\r\n")},
    {"a password behind AUTH",                KIT_OCTETS("AUTH PLAIN\r\nAGZvbwBiYXI=\r\n")},
    {"a password behind AUTH, by LF",         KIT_OCTETS("AUTH PLAIN\nAGZvbwBiYXI=\r\n")},
    {"a password behind AUTH, by NUL",        KIT_OCTETS("AUTH PLAIN\0AGZvbwBiYXI=\r\n")},
    {"an empty password behind AUTH",         KIT_OCTETS("AUTH PLAIN\r\n\r\n")},
    {"QUIT behind AUTH",                      KIT_OCTETS("AUTH LOGIN\r\nQUIT\r\n")},
    {"a password behind AUTH and its cancel", KIT_OCTETS("AUTH LOGIN\r\n*\r\nAGZv\r\n")},

    {"VRFY of a user",                        KIT_OCTETS("VRFY victim\r\n")},
    {"VRFY of a stranger",                    KIT_OCTETS("VRFY <victim@stranger.net>\r\n")},
    {"VRFY of a phrase",                      KIT_OCTETS("VRFY postmaster victim\r\n")},
    {"EXPN of a list",                        KIT_OCTETS("EXPN all\r\n")},
    {"EXPN of everything",                    KIT_OCTETS("EXPN *\r\n")},
    {"EXPN of postmaster elsewhere",          KIT_OCTETS("EXPN postmaster@stranger.net\r\n")},
};

/* ---- refused in class session, allowed above ---- */

static const struct hostile transactions[] = {
    {"a null sender",      KIT_OCTETS("MAIL FROM:<>\r\n")},
    {"our sender",         KIT_OCTETS("MAIL FROM:<scan@ours.net>\r\n")},
    {"a reserved sender",  KIT_OCTETS("mail from: <a@b.example.org>\r\n")},
    {"postmaster",         KIT_OCTETS("RCPT TO:<postmaster@scanned.net>\r\n")},
    {"MAIL behind NOOP",   KIT_OCTETS("NOOP\r\nMAIL FROM:<>\r\n")},
};

/* ---- allowed ---- */

static const struct allowed {
    const char *name;
    enum smtp_class class; /* the lowest that may */
    struct octets write;
} allowed[] = {
    {"EHLO",                             SMTP_CLASS_SESSION, KIT_OCTETS("EHLO scanner.example.org\r\n")},
    {"EHLO by LF",                       SMTP_CLASS_SESSION, KIT_OCTETS("EHLO scanner.example.org\n")},
    {"HELP about DATA",                  SMTP_CLASS_SESSION, KIT_OCTETS("HELP DATA\r\n")},
    {"QUIT",                             SMTP_CLASS_SESSION, KIT_OCTETS("QUIT\r\n")},
    {"STARTTLS",                         SMTP_CLASS_SESSION, KIT_OCTETS("STARTTLS\r\n")},
    {"an empty line",                    SMTP_CLASS_SESSION, KIT_OCTETS("\r\n")},
    {"a cancel",                         SMTP_CLASS_SESSION, KIT_OCTETS("*\r\n")},
    {"two commands",                     SMTP_CLASS_SESSION, KIT_OCTETS("NOOP\r\nRSET\r\n")},
    {"NUL in NOOP",                      SMTP_CLASS_SESSION, KIT_OCTETS("NOOP a\0b\r\n")},
    {"a word that holds a verb",         SMTP_CLASS_SESSION, KIT_OCTETS("METADATA\r\n")},
    {"MAIL",                             SMTP_CLASS_SESSION, KIT_OCTETS("MAIL\r\n")},
    {"MAIL FROM:",                       SMTP_CLASS_SESSION, KIT_OCTETS("MAIL FROM:\r\n")},
    {"RCPT TO:<>",                       SMTP_CLASS_SESSION, KIT_OCTETS("RCPT TO:<>\r\n")},
    {"AUTH",                             SMTP_CLASS_SESSION, KIT_OCTETS("AUTH\r\n")},
    {"AUTH with a mechanism",            SMTP_CLASS_SESSION, KIT_OCTETS("AUTH CRAM-MD5\r\n")},
    {"AUTH with a cancel behind",        SMTP_CLASS_SESSION, KIT_OCTETS("AUTH LOGIN\r\n*\r\n")},
    {"AUTH NTLM type 1",                 SMTP_CLASS_SESSION, KIT_OCTETS("AUTH NTLM TlRMTVNTUAABAAAAB4IIAAAAAAAAAAAAAAAAAAAAAAA=\r\n")},
    {"VRFY",                             SMTP_CLASS_SESSION, KIT_OCTETS("VRFY\r\n")},
    {"VRFY postmaster",                  SMTP_CLASS_SESSION, KIT_OCTETS("VRFY postmaster\r\n")},
    {"VRFY of a tagged name",            SMTP_CLASS_SESSION, KIT_OCTETS("VRFY tag4ag7q-1@scanned.net\r\n")},
    {"EXPN abuse",                       SMTP_CLASS_SESSION, KIT_OCTETS("EXPN <abuse@scanned.net>\r\n")},
    {"the null sender",                  SMTP_CLASS_TRANSACTION, KIT_OCTETS("MAIL FROM:<>\r\n")},
    {"our sender",                       SMTP_CLASS_TRANSACTION, KIT_OCTETS("MAIL FROM:<scan@ours.net>\r\n")},
    {"our sender without brackets",      SMTP_CLASS_TRANSACTION, KIT_OCTETS("MAIL FROM:scan@ours.net\r\n")},
    {"our sender with a parameter",      SMTP_CLASS_TRANSACTION, KIT_OCTETS("MAIL FROM:<scan@ours.net> SIZE=1 SMTPUTF8\r\n")},
    {"our sender by reserved routes",    SMTP_CLASS_TRANSACTION, KIT_OCTETS("MAIL FROM:<@example.org,@example.net:scan@ours.net>\r\n")},
    {"AUTH=<>",                          SMTP_CLASS_TRANSACTION, KIT_OCTETS("MAIL FROM:<scan@ours.net> AUTH=<>\r\n")},
    {"a sender at a reserved name",      SMTP_CLASS_TRANSACTION, KIT_OCTETS("MAIL FROM:<pr\xf6" "be@example.org>\r\n")},
    {"a sender at .invalid",             SMTP_CLASS_TRANSACTION, KIT_OCTETS("MAIL FROM:<a@b.invalid>\r\n")},
    {"a tagged sender at the domain",    SMTP_CLASS_TRANSACTION, KIT_OCTETS("MAIL FROM:<tag4ag7q-1@scanned.net>\r\n")},
    {"postmaster as sender",             SMTP_CLASS_TRANSACTION, KIT_OCTETS("MAIL FROM:<postmaster@Scanned.Net>\r\n")},
    {"postmaster",                       SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<postmaster@scanned.net>\r\n")},
    {"postmaster of the server",         SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<Postmaster>\r\n")},
    {"postmaster at the literal",        SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<postmaster@[192.0.2.1]>\r\n")},
    {"abuse with a parameter",           SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<abuse@scanned.net> NOTIFY=NEVER\r\n")},
    {"a tagged name",                    SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<tag4ag7q-1@scanned.net>\r\n")},
    {"a tagged name with a detail",      SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<tag4ag7q+detail@scanned.net>\r\n")},
    {"a tagged name of 600 octets",      SMTP_CLASS_NOISY,       KIT_OCTETS("RCPT TO:<tag4ag7q" A_600 "@scanned.net>\r\n")},
    {"a tagged name, local",             SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<tag4ag7q-1>\r\n")},
    {"a tagged subdomain",               SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<tag4ag7q-1@tag4ag7q-2.scanned.net>\r\n")},
    {"a tagged name at the outsider's",  SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<tag4ag7q-1@elsewhere.net>\r\n")},
    {"the outsider",                     SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<john@elsewhere.net>\r\n")},
    {"relay: percent",                   SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<john%elsewhere.net@scanned.net>\r\n")},
    {"relay: percent, alone",            SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<john%elsewhere.net>\r\n")},
    {"relay: percent at the literal",    SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<john%elsewhere.net@[192.0.2.1]>\r\n")},
    {"relay: quoted",                    SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<\"john@elsewhere.net\">\r\n")},
    {"relay: quoted percent",            SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<\"john%elsewhere.net\">\r\n")},
    {"relay: quoted at the domain",      SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<\"john@elsewhere.net\"@scanned.net>\r\n")},
    {"relay: quoted local part",         SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<\"john\"@elsewhere.net>\r\n")},
    {"relay: double-at",                 SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<john@elsewhere.net@scanned.net>\r\n")},
    {"relay: double-at at the literal",  SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<john@elsewhere.net@[192.0.2.1]>\r\n")},
    {"relay: source route",              SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<@scanned.net:john@elsewhere.net>\r\n")},
    {"relay: source route by literal",   SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<@[192.0.2.1]:john@elsewhere.net>\r\n")},
    {"relay: bang",                      SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<elsewhere.net!john>\r\n")},
    {"relay: bang at the domain",        SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<elsewhere.net!john@scanned.net>\r\n")},
    {"relay: bang at the literal",       SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<elsewhere.net!john@[192.0.2.1]>\r\n")},
    {"relay: bang, twice",               SMTP_CLASS_TRANSACTION, KIT_OCTETS("RCPT TO:<scanned.net!elsewhere.net!john>\r\n")},
    {"a whole transaction",              SMTP_CLASS_NOISY,       KIT_OCTETS("MAIL FROM:<scan@ours.net>\r\nRCPT TO:<postmaster>\r\nRSET\r\n")},
    {"a request of HTTP",                SMTP_CLASS_NOISY,       KIT_OCTETS("GET / HTTP/1.0\r\n")},
    {"text behind STARTTLS",             SMTP_CLASS_NOISY,       KIT_OCTETS("STARTTLS\r\nNOOP\r\n")},
    {"a long line",                      SMTP_CLASS_NOISY,       KIT_OCTETS("NOOP " A_600 A_600 A_600 A_600 A_600 A_600 "\r\n")},
};
/* clang-format on */

static bool is_allowed(const struct smtp_scope *s, enum smtp_class class, struct octets write)
{
    const char *why = NULL;
    struct octets in = kit_guard(write);
    bool ok = smtp_guard_allows(s, class, in, &why);
    assert_true(ok == !why);
    kit_unguard(in);
    return ok;
}

static void test_hostile(void **state)
{
    const struct hostile *c = *state;
    for (unsigned class = 0; class < SMTP_CLASS__COUNT; class ++)
        assert_false(is_allowed(&scope, (enum smtp_class) class, c->write));
}

static void test_transaction(void **state)
{
    const struct hostile *c = *state;
    assert_false(is_allowed(&scope, SMTP_CLASS_SESSION, c->write));
    assert_true(is_allowed(&scope, SMTP_CLASS_TRANSACTION, c->write));
}

static void test_allowed(void **state)
{
    const struct allowed *c = *state;
    assert_false(is_allowed(&scope, SMTP_CLASS_PASSIVE, c->write));
    assert_false(is_allowed(&scope, SMTP_CLASS_CONSENT, c->write));
    for (unsigned class = c->class; class < SMTP_CLASS_CONSENT; class ++)
        assert_true(is_allowed(&scope, (enum smtp_class) class, c->write));
}

static void test_text_behind_starttls(void **state)
{
    (void)state;
    assert_false(is_allowed(&scope, SMTP_CLASS_SESSION, OCTETS("STARTTLS\r\nNOOP\r\n")));
    assert_false(is_allowed(&scope, SMTP_CLASS_TRANSACTION, OCTETS("starttls\nNOOP\r\n")));
    assert_false(is_allowed(&scope, SMTP_CLASS_NOISY, OCTETS("STARTTLS\r\nDATA\r\n")));
}

static void test_too_long(void **state)
{
    (void)state;
    static uint8_t text[32 * 1024 + 1];
    const char *why = NULL;
    memset(text, 'A', sizeof text);
    assert_true(
        smtp_guard_allows(&scope, SMTP_CLASS_NOISY, (struct octets){text, sizeof text - 1}, &why));
    assert_false(
        smtp_guard_allows(&scope, SMTP_CLASS_NOISY, (struct octets){text, sizeof text}, &why));
    assert_string_equal(why, "a write is at most 32 KiB");
}

/* A visit that knows less may write less, never more. */
static void test_poor_scopes(void **state)
{
    (void)state;
    struct smtp_scope none = {0}, short_tag = scope, same = scope, role = scope, v6 = scope;
    assert_true(is_allowed(&none, SMTP_CLASS_TRANSACTION, OCTETS("RCPT TO:<postmaster>\r\n")));
    assert_true(is_allowed(&none, SMTP_CLASS_TRANSACTION, OCTETS("MAIL FROM:<>\r\n")));
    assert_false(is_allowed(&none, SMTP_CLASS_TRANSACTION, OCTETS("MAIL FROM:<a>\r\n")));
    for (size_t i = 0; i < KIT_COUNT(hostile); i++)
        assert_false(is_allowed(&none, SMTP_CLASS_NOISY, hostile[i].write));
    short_tag.tag = OCTETS("tag4a");
    assert_false(
        is_allowed(&short_tag, SMTP_CLASS_NOISY, OCTETS("RCPT TO:<tag4a@scanned.net>\r\n")));
    same.outsider = OCTETS("john@scanned.net");
    assert_true(is_allowed(&same, SMTP_CLASS_NOISY, OCTETS("RCPT TO:<john@scanned.net>\r\n")));
    assert_true(
        is_allowed(&same, SMTP_CLASS_NOISY, OCTETS("RCPT TO:<postmaster@scanned.net>\r\n")));
    assert_false(is_allowed(&same, SMTP_CLASS_NOISY, OCTETS("RCPT TO:<victim@scanned.net>\r\n")));
    role.outsider = OCTETS("postmaster@elsewhere.net");
    assert_true(
        is_allowed(&role, SMTP_CLASS_NOISY, OCTETS("RCPT TO:<postmaster@elsewhere.net>\r\n")));
    assert_false(is_allowed(&role, SMTP_CLASS_NOISY, OCTETS("RCPT TO:<abuse@elsewhere.net>\r\n")));
    v6.address = OCTETS("2001:db8::1");
    assert_true(is_allowed(&v6, SMTP_CLASS_NOISY,
                           OCTETS("RCPT TO:<john%elsewhere.net@[IPv6:2001:DB8::1]>\r\n")));
    assert_false(is_allowed(&v6, SMTP_CLASS_NOISY,
                            OCTETS("RCPT TO:<postmaster@[IPv6:2001:db8::1]stranger.net>\r\n")));
    assert_false(
        is_allowed(&v6, SMTP_CLASS_NOISY, OCTETS("RCPT TO:<postmaster@[IPv6:2001:db8::2]>\r\n")));
}

/* No prefix of a hostile write gets a forbidden verb or another's address past; most are simply
 * allowed or not. */
static void test_prefixes_do_not_crash(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(hostile); i++)
        for (size_t n = 0; n < hostile[i].write.size && n < 200; n++)
            (void)is_allowed(&scope, SMTP_CLASS_NOISY, octets_sub(hostile[i].write, 0, n));
}

/* What is hostile stays so with one control, CR or LF more, wherever it stands. */
static void test_inserted_controls(void **state)
{
    const struct hostile *c = *state;
    struct octets from = c->write;
    uint8_t text[80];
    if (from.size >= sizeof text || from.at[0] == '\r')
        return; /* the signature of PROXY is one only when whole */
    for (size_t at = 0; at <= from.size; at++) {
        for (unsigned octet = 0; octet < 0x21; octet++) {
            const char *why = NULL;
            uint8_t control = octet == 0x20 ? 0x7f : (uint8_t)octet;
            bool makes_crlf = (control == '\n' && at > 0 && from.at[at - 1] == '\r') ||
                              (control == '\r' && at < from.size && from.at[at] == '\n');
            if (makes_crlf || control == '\t')
                continue;
            memcpy(text, from.at, at);
            text[at] = control;
            memcpy(text + at + 1, from.at + at, from.size - at);
            assert_false(smtp_guard_allows(&scope, SMTP_CLASS_NOISY,
                                           (struct octets){text, from.size + 1}, &why));
        }
    }
}

/* ---- sequences ---- */

/* clang-format off */
static const struct sequence {
    const char *name;
    const char *steps[8]; /* ">" a write that is allowed, "!" one that is refused, "<" a reply, "?" octets unasked for */
    enum smtp_guard_must must;
} sequences[] = {
    {"a reply like any other leaves us free",
     {">NOOP\r\n", "<250 ok\r\n", ">QUIT\r\n"}, SMTP_GUARD_FREE},
    {"354 without a recipient: nothing more",
     {">XYZZY\r\n", "<354 go ahead\r\n", "!QUIT\r\n", "!.\r\n", "!*\r\n", "<250 ok\r\n", "!RSET\r\n"}, SMTP_GUARD_RESET},
    {"354 in a later line",
     {">HELP\r\n", "<250-one\r\n354 go ahead\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"354 in a line between",
     {">HELP\r\n", "<250-one\r\n354-go\r\n250 ahead\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"354 behind bare CR",
     {">HELP\r\n", "<250-one\r354 go ahead\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"354 behind blanks",
     {">HELP\r\n", "<250-one\r\n  354 go ahead\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"354 without a line end",
     {">HELP\r\n", "<354", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"another 3xx waits for more too",
     {">XYZZY\r\n", "<350 go on\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"354 in the text is a number",
     {">HELP\r\n", "<214 see 354\r\n", ">QUIT\r\n"}, SMTP_GUARD_FREE},
    {"354 unasked for",
     {">NOOP\r\n", "<250 ok\r\n", "?354 go ahead\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"text unasked for",
     {">NOOP\r\n", "<250 ok\r\n", "?421 bye\r\n", ">QUIT\r\n"}, SMTP_GUARD_FREE},
    {"334: only the cancel, and 501 sets free",
     {">AUTH PLAIN\r\n", "<334 \r\n", "!QUIT\r\n", "!AGEAYg==\r\n", ">*\r\n", "<501 cancelled\r\n", ">QUIT\r\n"}, SMTP_GUARD_FREE},
    {"334 in a later line",
     {">AUTH PLAIN\r\n", "<250-one\r\n334 go\r\n", "!QUIT\r\n", ">*\r\n"}, SMTP_GUARD_CANCEL},
    {"334: one cancel, no second",
     {">AUTH PLAIN\r\n", "<334 \r\n", ">*\r\n", "!*\r\n"}, SMTP_GUARD_CANCEL},
    {"334 to the cancel: nothing more",
     {">AUTH PLAIN\r\n", "<334 \r\n", ">*\r\n", "<334 again\r\n", "!*\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"250 to the cancel: nothing more",
     {">AUTH PLAIN\r\n", "<334 \r\n", ">*\r\n", "<250 ok\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"235 to the cancel: nothing more",
     {">AUTH PLAIN\r\n", "<334 \r\n", ">*\r\n", "<235 welcome\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"501 and more to the cancel: nothing more",
     {">AUTH PLAIN\r\n", "<334 \r\n", ">*\r\n", "<501-no\r\n334 but\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"501 in two lines to the cancel sets free",
     {">AUTH PLAIN\r\n", "<334 \r\n", ">*\r\n", "<501-no\r\n501 more\r\n", ">QUIT\r\n"}, SMTP_GUARD_FREE},
    {"silence to the cancel is no 501",
     {">AUTH PLAIN\r\n", "<334 \r\n", ">*\r\n", "<\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"another reply behind 334 does not set free",
     {">AUTH PLAIN\r\n", "<334 \r\n", "<250 ok\r\n", "!QUIT\r\n", "?250 ok\r\n", "!NOOP\r\n"}, SMTP_GUARD_CANCEL},
    {"501 before the cancel does not set free",
     {">AUTH PLAIN\r\n", "<334 \r\n", "<501 no\r\n", "!QUIT\r\n"}, SMTP_GUARD_CANCEL},
    {"354 behind 334",
     {">AUTH PLAIN\r\n", "<334 \r\n", "<354 go\r\n", "!*\r\n"}, SMTP_GUARD_RESET},
    {"a challenge without a code",
     {">AUTH LOGIN\r\n", "<VXNlcm5hbWU6\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"no code to another command",
     {">NOOP\r\n", "<hello\r\n", ">QUIT\r\n"}, SMTP_GUARD_FREE},
    {"235 to AUTH alone leaves us free",
     {">AUTH FOO\r\n", "<235 welcome\r\n", ">QUIT\r\n"}, SMTP_GUARD_FREE},
    {"504 to AUTH leaves us free",
     {">AUTH FOO\r\n", "<504 no\r\n", ">NOOP\r\n"}, SMTP_GUARD_FREE},
    {"220 to STARTTLS: only the handshake",
     {">STARTTLS\r\n", "<220 go\r\n", "!QUIT\r\n", "!EHLO x\r\n", "<250 ok\r\n", "!QUIT\r\n"}, SMTP_GUARD_HANDSHAKE},
    {"220 to STARTTLS foo",
     {">STARTTLS foo\r\n", "<220 go\r\n", "!QUIT\r\n"}, SMTP_GUARD_HANDSHAKE},
    {"220 to STARTTLS in pieces",
     {">NOOP x\rSTARTTLS\r\n", "<220 go\r\n", "!QUIT\r\n"}, SMTP_GUARD_HANDSHAKE},
    {"220 to STARTTLS in a later line",
     {">STARTTLS\r\n", "<250-one\r\n220 go\r\n", "!QUIT\r\n"}, SMTP_GUARD_HANDSHAKE},
    {"220 that comes late",
     {">STARTTLS foo\r\n", "<501 no\r\n", ">NOOP\r\n", "<220 go\r\n", "!QUIT\r\n"}, SMTP_GUARD_HANDSHAKE},
    {"220 to another command",
     {">HELP\r\n", "<220 hello\r\n", ">QUIT\r\n"}, SMTP_GUARD_FREE},
    {"501 to STARTTLS foo leaves us free",
     {">STARTTLS foo\r\n", "<501 no\r\n", ">QUIT\r\n"}, SMTP_GUARD_FREE},
    {"354 to STARTTLS",
     {">STARTTLS\r\n", "<354 go\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"a verb in two writes",
     {">DA", "!TA\r\n", "!QUIT\r\n"}, SMTP_GUARD_RESET},
    {"a verb in two writes, a reply between",
     {">DA", "<250 ok\r\n", "!TA\r\n"}, SMTP_GUARD_RESET},
    {"a line that ends with bare CR is unfinished",
     {">DA\r", "!TA\r\n"}, SMTP_GUARD_RESET},
    {"a line that ends with bare LF is finished",
     {">EHLO x\n", "<250 ok\r\n", ">QUIT\r\n"}, SMTP_GUARD_FREE},
    {"what is refused changes nothing",
     {"!DATA\r\n", "!RCPT TO:<root>\r\n", ">QUIT\r\n"}, SMTP_GUARD_FREE},
};
/* clang-format on */

static void test_sequence(void **state)
{
    const struct sequence *c = *state;
    struct smtp_guard g = {0};
    for (size_t i = 0; i < KIT_COUNT(c->steps) && c->steps[i]; i++) {
        const char *why = NULL, *step = c->steps[i];
        struct octets text = kit_guard(octets_of(step + 1));
        if (*step == '<')
            smtp_guard_reply(&g, text);
        else if (*step == '?')
            smtp_guard_stray(&g, text);
        else
            assert_int_equal(smtp_guard_write(&g, &scope, SMTP_CLASS_NOISY, text, &why),
                             *step == '>');
        assert_true((why != NULL) == (*step == '!'));
        kit_unguard(text);
    }
    assert_int_equal(g.must, c->must);
}

/* Whose reply may name people, however the lookup is written; till the next write. */
static void test_lookups(void **state)
{
    static const struct {
        const char *text;
        bool asks;
    } lookups[] = {{"VRFY postmaster\r\n", true},
                   {"  expn postmaster\r\n", true},
                   {"NOOP\r\nVRFY postmaster\r\n", true},
                   {"NOOP x\rVRFY postmaster\r\n", true},
                   {"VRFY\r\n", false},
                   {"EXPN \r\n", false},
                   {"NOOP VRFY postmaster\r\n", false}};
    struct smtp_guard g = {0};
    const char *why;
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(lookups); i++) {
        struct octets text = octets_of(lookups[i].text);
        assert_true(smtp_guard_write(&g, &scope, SMTP_CLASS_NOISY, text, &why));
        smtp_guard_reply(&g, OCTETS("250 ok\r\n"));
        assert_int_equal(g.asked_lookup, lookups[i].asks);
    }
}

static void test_class_names(void **state)
{
    (void)state;
    for (unsigned c = 0; c < SMTP_CLASS__COUNT; c++)
        assert_int_equal(smtp_class_of(octets_of(smtp_class_name((enum smtp_class)c))), c);
    assert_int_equal(smtp_class_of(OCTETS("Session")), SMTP_CLASS__COUNT);
    assert_int_equal(smtp_class_of(OCTETS_NONE), SMTP_CLASS__COUNT);
    assert_string_equal(smtp_class_name(SMTP_CLASS__COUNT), "?");
}

int main(void)
{
    struct CMUnitTest tests[2 * KIT_COUNT(hostile) + KIT_COUNT(transactions) + KIT_COUNT(allowed) +
                            KIT_COUNT(sequences) + 6] = {
        cmocka_unit_test(test_text_behind_starttls),  cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_poor_scopes),           cmocka_unit_test(test_class_names),
        cmocka_unit_test(test_prefixes_do_not_crash), cmocka_unit_test(test_lookups),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, hostile, test_hostile);
    KIT_ADD_ROWS(tests, &count, hostile, test_inserted_controls);
    KIT_ADD_ROWS(tests, &count, transactions, test_transaction);
    KIT_ADD_ROWS(tests, &count, allowed, test_allowed);
    KIT_ADD_ROWS(tests, &count, sequences, test_sequence);
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
