/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "verdict.h"

/* The checks that are built in, each with what servers answer to them. */

struct world {
    struct audit_knowledge *known;
    struct arena arena;
};

static struct world world;

static int open_world(void **state)
{
    struct dialogue_problem problem;
    const char *path;
    (void)state;
    arena_init(&world.arena, 1 << 22);
    return audit_knowledge_build(&bundle_built_in, &world.known, &path, &problem) ? -1 : 0;
}

static int close_world(void **state)
{
    (void)state;
    audit_knowledge_free(world.known);
    arena_release(&world.arena);
    return 0;
}

/* "550 no|250 yes|closed": replies, and how it ended.  "@900" before a reply is when it came; a
 * line end parts its lines. */
static struct facts_reaction heard(const char *id, const char *text)
{
    struct facts_reaction r = {.ask = id};
    struct octets rest = octets_of(text);
    r.replies = arena_alloc_array(&world.arena, 32, sizeof *r.replies);
    assert_non_null(r.replies);
    while (rest.size) {
        struct octets one = octets_take_until(&rest, '|');
        struct facts_reply *reply = &r.replies[r.reply_count];
        uint64_t ms = 1, code = 0;
        if (octets_is_equal(one, OCTETS("closed"))) {
            r.ended = FACTS_ENDED_CLOSED;
        } else if (octets_is_equal(one, OCTETS("timeout"))) {
            r.ended = FACTS_ENDED_TIMEOUT;
        } else {
            if (one.at[0] == '@') {
                one = octets_sub(one, 1, one.size);
                assert_true(octets_to_number(octets_take_word(&one), 100000, &ms));
            }
            assert_true(octets_to_number(octets_sub(one, 0, 3), 999, &code));
            reply->lines = arena_alloc_array(&world.arena, 8, sizeof *reply->lines);
            assert_non_null(reply->lines);
            while (one.size)
                reply->lines[reply->line_count++] = octets_take_until(&one, '\n');
            reply->code = (uint16_t)code;
            reply->ms = (uint32_t)ms;
            r.reply_count++;
        }
    }
    return r;
}

/* clang-format off */
static const struct row {
    const char *name, *id, *replies;
    enum finding_verdict verdict;
    const char *reason; /* how it begins; NULL: any */
} rows[] = {
    {"a stranger's recipient taken is an open relay", "relay.open", "250 2.1.5 Ok", FINDING_EXPOSED, "accepted at RCPT"},
    {"refused for relaying it is none", "relay.open", "554 5.7.1 <x>: Relay access denied", FINDING_SAFE, NULL},
    {"refused for now, but for relaying, it is none", "relay.open", "454 4.7.1 <x>: Relay access denied", FINDING_SAFE, NULL},
    {"put off it is undecided", "relay.open", "451 4.7.1 Try again later", FINDING_UNTESTABLE, "451 4.7.1"},
    {"thrown out it is undecided", "relay.open", "421 4.7.0 Too many errors|closed", FINDING_UNTESTABLE, NULL},
    {"on a block list it is undecided", "relay.open", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", FINDING_UNTESTABLE, "we are on a list"},
    {"an outsider without a mail host proves nothing", "relay.open", "550 5.1.2 <x>: Recipient address rejected: Domain not found", FINDING_UNTESTABLE, "the recipient's domain"},
    {"nor does a null MX", "relay.open", "556 5.1.10 Recipient address has null MX", FINDING_UNTESTABLE, "the recipient's domain"},
    {"nor one without reverse name", "relay.open", "550 5.7.25 Client host rejected: cannot find your reverse hostname", FINDING_UNTESTABLE, NULL},
    {"closed without a word it is undecided", "relay.open", "closed", FINDING_UNTESTABLE, "the connection ended"},
    {"silence is undecided", "relay.open", "timeout", FINDING_UNTESTABLE, "no reply in time"},
    {"a reply of no class is undecided", "relay.open", "354 go ahead", FINDING_UNTESTABLE, "354 go ahead"},

    {"percent accepted and the control refused is a relay", "relay.percent", "250 ok|550 no such user", FINDING_EXPOSED, NULL},
    {"percent accepted as any name is none", "relay.percent", "250 ok|250 ok|250 ok", FINDING_UNTESTABLE, "every name"},
    {"percent accepted as any such name, but no plain one, is a relay", "relay.percent", "250 ok|250 ok|550 no such user", FINDING_EXPOSED, NULL},
    {"percent refused is none", "relay.percent", "550 restricted characters in address", FINDING_SAFE, NULL},
    {"another form accepted and its control refused is a relay", "relay.bang", "250 ok|550 no such user", FINDING_EXPOSED, NULL},

    {"unknown refused and postmaster taken tells names", "harvest.rcpt", "550 5.1.1 unknown|550 5.1.1 unknown|250 ok", FINDING_EXPOSED, NULL},
    {"all taken tells none", "harvest.rcpt", "250 ok|250 ok|250 ok", FINDING_SAFE, "every name"},
    {"greylisting leaves it open", "harvest.rcpt", "450 4.2.0 Greylisted|450 4.2.0 Greylisted|450 4.2.0 Greylisted", FINDING_UNTESTABLE, NULL},
    {"postmaster refused leaves it open", "harvest.rcpt", "550 5.1.1 unknown|550 5.1.1 unknown|550 5.1.1 unknown", FINDING_UNTESTABLE, "postmaster"},

    {"VRFY that refuses the unknown and not postmaster tells names", "harvest.vrfy", "550 5.1.1 unknown|252 2.0.0 postmaster", FINDING_EXPOSED, NULL},
    {"VRFY with 252 for all tells none", "harvest.vrfy", "252 maybe|252 maybe", FINDING_SAFE, NULL},
    {"VRFY that is not served tells none", "harvest.vrfy", "502 5.5.1 VRFY command is disabled", FINDING_SAFE, "not served"},
    {"VRFY refused to all tells none", "harvest.vrfy", "550 Administrative prohibition|550 Administrative prohibition", FINDING_SAFE, NULL},
    {"VRFY put off is undecided", "harvest.vrfy", "450 busy|450 busy", FINDING_UNTESTABLE, NULL},
    {"EXPN answered tells who", "harvest.expn", "250 {name}|550 5.1.1 User unknown", FINDING_EXPOSED, NULL},
    {"EXPN that answers to a name that nobody has tells nobody", "harvest.expn", "250 {name}|250 {name}", FINDING_UNTESTABLE, "every name"},
    {"VRFY that names another address tells names", "harvest.vrfy", "550 unknown|551 {name}", FINDING_EXPOSED, NULL},
    {"VRFY that knows nobody by words leaves it open", "harvest.vrfy", "550 User unknown|550 User unknown", FINDING_UNTESTABLE, "served"},
    {"VRFY that refuses two names in two ways leaves it open", "harvest.vrfy", "550 5.1.1x|550 5.7.1 x", FINDING_UNTESTABLE, NULL},
    {"EXPN refused does not", "harvest.expn", "502 5.5.1 not implemented", FINDING_SAFE, NULL},

    {"a non-existent sender refused by its code, though for now, is refused", "spoof.nonexistent-sender", "250 ok|450 4.1.8 <x>: Sender address rejected: Domain not found", FINDING_SAFE, NULL},
    {"a non-existent sender taken is exposed", "spoof.nonexistent-sender", "250 ok|250 ok", FINDING_EXPOSED, NULL},
    {"a sender of the domain taken may be judged later", "spoof.self", "250 ok|250 ok", FINDING_UNTESTABLE, "accepted at RCPT"},
    {"postmaster missing says nothing of senders", "spoof.self", "250 ok|550 5.1.1 User unknown", FINDING_UNTESTABLE, "postmaster is refused"},
    {"a sender of the domain refused in words is safe", "spoof.self", "250 ok|554 Sender address rejected: you are not us", FINDING_SAFE, NULL},
    {"HELO demanded is safe", "smtp.helo.not-required", "503 5.5.1 Error: send HELO/EHLO first", FINDING_SAFE, NULL},
    {"too many bad recipients is a limit", "harvest.unlimited", "550 no|550 no|550 Rejected for too many bad recipients", FINDING_SAFE, NULL},
    {"a name missing in EXPN leaves it open", "harvest.expn", "550 5.1.1 User unknown", FINDING_UNTESTABLE, "served"},
    {"a name missing in VRFY leaves it open", "harvest.vrfy", "550 5.1.1 unknown|550 5.1.1 unknown", FINDING_UNTESTABLE, "served"},
    {"a sender of the domain refused is safe", "spoof.self", "550 5.7.1 not from outside", FINDING_SAFE, NULL},

    {"530 to MAIL is a submission port as it should be", "smtp.submission.unauthenticated", "530 5.7.0 Authentication required", FINDING_SAFE, NULL},
    {"relaying on submission is exposed", "smtp.submission.unauthenticated", "250 ok|554 5.7.1 not here|250 ok", FINDING_EXPOSED, "relays"},
    {"judging names on submission is exposed", "smtp.submission.unauthenticated", "250 ok|550 5.1.1 User unknown", FINDING_EXPOSED, "judges"},
    {"refusing both for want of authentication is safe", "smtp.submission.unauthenticated", "250 ok|554 5.7.1 Access denied|554 5.7.1 Access denied", FINDING_SAFE, NULL},
    {"530 before TLS is a submission port as it should be", "tls.starttls.optional", "530 5.7.0 Must issue a STARTTLS command first", FINDING_SAFE, NULL},
    {"MAIL before TLS is exposed", "tls.starttls.optional", "250 2.1.0 Ok", FINDING_EXPOSED, NULL},

    {"one reply too many inside TLS is an injection", "tls.starttls.injection", "220 go|250 noop|250 hello", FINDING_EXPOSED, NULL},
    {"one reply and then silence is none", "tls.starttls.injection", "220 go|250 hello|timeout", FINDING_SAFE, NULL},
    {"closing is none", "tls.starttls.injection", "220 go|closed", FINDING_SAFE, NULL},
    {"refusing is none", "tls.starttls.injection", "554 5.5.1 pipelined", FINDING_SAFE, NULL},

    {"a challenge in clear is exposed", "auth.cleartext-accepted", "334 VXNlcm5hbWU6", FINDING_EXPOSED, NULL},
    {"538 in clear is safe", "auth.cleartext-accepted", "538 5.7.11 Encryption required", FINDING_SAFE, NULL},

    {"a 421 after some errors is a limit", "limit.errors", "502 no|502 no|421 too many errors|closed", FINDING_SAFE, NULL},
    {"a hang-up is a limit", "limit.errors", "502 no|502 no|closed", FINDING_SAFE, NULL},
    {"25 errors at once are none", "limit.errors",
     "502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x", FINDING_EXPOSED, NULL},
    {"25 errors that slow down are one", "limit.errors",
     "502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|502 x|@1002 502 x", FINDING_SAFE, "replies are slowed"},

    /* What servers say, as they were seen or as their makers publish it. */
    {"Exchange's refusal to relay is safe", "relay.open", "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", FINDING_SAFE, NULL},
    {"Exchange 2003's refusal to relay is safe", "relay.open", "550 5.7.1 Unable to relay for user@example.net", FINDING_SAFE, NULL},
    {"Exchange Online's refusal to relay is safe", "relay.open", "550 5.7.64 TenantAttribution; Relay Access Denied [a.example.org b.example.org]", FINDING_SAFE, NULL},
    {"Exchange Online's of an unknown name refusal to relay is safe", "relay.open", "550 5.4.1 Recipient address rejected: Access denied. For more information see https://aka.ms/EXOSmtpErrors [x.PROD.OUTLOOK.COM 2024-08-06T19:13:55.906Z 08DC]", FINDING_SAFE, NULL},
    {"Google's refusal to relay is safe", "relay.open", "550 5.7.0 Mail relay denied.", FINDING_SAFE, NULL},
    {"Yahoo's refusal to relay is safe", "relay.open", "550 relaying denied for <user@example.net>", FINDING_SAFE, NULL},
    {"Proofpoint's refusal to relay is safe", "relay.open", "550 5.7.1 Relaying denied", FINDING_SAFE, NULL},
    {"Apple's refusal to relay is safe", "relay.open", "554 5.7.1 <user@example.net>: Relay access denied", FINDING_SAFE, NULL},
    {"qmail's refusal to relay is safe", "relay.open", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", FINDING_SAFE, NULL},
    {"Haraka's refusal to relay is safe", "relay.open", "550 I cannot deliver mail for <user@example.net>", FINDING_SAFE, NULL},
    {"hMailServer's refusal to relay is safe", "relay.open", "550 Delivery is not allowed to this address.", FINDING_SAFE, NULL},
    {"hMailServer's, where it asks for a login refusal to relay is safe", "relay.open", "530 SMTP authentication is required.", FINDING_SAFE, NULL},
    {"Stalwart's refusal to relay is safe", "relay.open", "550 5.1.2 Relay not allowed.", FINDING_SAFE, NULL},
    {"Sendmail's refusal to relay is safe", "relay.open", "550 5.7.1 <user@example.net>... Relaying denied. IP name lookup failed [192.0.2.1]", FINDING_SAFE, NULL},
    {"Sendmail's of FEATURE(relay_local_from) refusal to relay is safe", "relay.open", "551 we do not relay", FINDING_SAFE, NULL},
    {"IceWarp's refusal to relay is safe", "relay.open", "553 We do not relay without RFC2554 authentication.", FINDING_SAFE, NULL},
    {"SmarterMail's refusal to relay is safe", "relay.open", "550 Authentication is required for relay", FINDING_SAFE, NULL},
    {"IONOS' refusal to relay is safe", "relay.open", "550 relaying to <user@example.net> prohibited by administrator", FINDING_SAFE, NULL},
    {"KumoMTA's refusal to relay is safe", "relay.open", "550 5.7.1 relaying not permitted for 192.0.2.1", FINDING_SAFE, NULL},
    {"chasquid's refusal to relay is safe", "relay.open", "503 5.7.1 Relay not allowed", FINDING_SAFE, NULL},
    {"mox' refusal to relay is safe", "relay.open", "550 5.1.1 not accepting email for domain (cid)", FINDING_SAFE, NULL},
    {"Cisco's refusal to relay is safe", "relay.open", "550 #5.1.0 Address rejected.", FINDING_SAFE, NULL},
    {"Exim's refusal to relay is safe", "relay.open", "550 relay not permitted", FINDING_SAFE, NULL},
    {"Postfix' in Debian refusal to relay is safe", "relay.open", "454 4.7.1 <user@example.net>: Relay access denied", FINDING_SAFE, NULL},
    {"Google's of an address range refusal says nothing of relaying", "relay.open", "550-5.7.1 [192.0.2.1] The IP you're using to send mail is not authorized to\n550-5.7.1 send email directly to our servers. Please use the SMTP relay at your\n550 5.7.1 service provider instead.", FINDING_UNTESTABLE, "we are on a list"},
    {"Google's of reputation refusal says nothing of relaying", "relay.open", "550-5.7.1 [192.0.2.1] Our system has detected that this message is\n550-5.7.1 likely suspicious due to the very low reputation of the sending IP\n550 5.7.1 address.", FINDING_UNTESTABLE, "we are on a list"},
    {"Google's of a domain it cannot find refusal says nothing of relaying", "relay.open", "553 5.1.2 We weren't able to find the recipient domain. Please check for any spelling errors", FINDING_UNTESTABLE, "the recipient's domain"},
    {"Google's of a missing name refusal says nothing of relaying", "relay.open", "550 5.7.25 The IP address sending this message does not have a PTR record setup", FINDING_UNTESTABLE, NULL},
    {"Exchange Online's of a banned address refusal says nothing of relaying", "relay.open", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list please visit https://sender.office.com/", FINDING_UNTESTABLE, "we are on a list"},
    {"Outlook's of a list refusal says nothing of relaying", "relay.open", "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).", FINDING_UNTESTABLE, "we are on a list"},
    {"Exchange Online's of DMARC refusal says nothing of relaying", "relay.open", "550 5.7.509 Access denied, sending domain [EXAMPLE.ORG] does not pass DMARC verification and has a DMARC policy of reject.", FINDING_UNTESTABLE, NULL},
    {"Exchange's put off refusal says nothing of relaying", "relay.open", "451 4.7.0 Temporary server error. Please try again later. PRX4", FINDING_UNTESTABLE, "451 4.7.0"},
    {"Cisco's of too many refusal says nothing of relaying", "relay.open", "452 #4.5.3 Too many recipients", FINDING_UNTESTABLE, "452 #4.5.3"},
    {"Cisco's of us refusal says nothing of relaying", "relay.open", "550 #5.7.1 Your access to submit messages to this e-mail system has been rejected.", FINDING_UNTESTABLE, "we are on a list"},
    {"Proofpoint's of a list refusal says nothing of relaying", "relay.open", "550 5.7.0 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.1", FINDING_UNTESTABLE, "we are on a list"},
    {"Mimecast's of a network refusal says nothing of relaying", "relay.open", "554 Host network not allowed - https://community.mimecast.com/docs/DOC-1369#554", FINDING_UNTESTABLE, "we are on a list"},
    {"Mimecast's without a reason refusal says nothing of relaying", "relay.open", "550 Administrative prohibition", FINDING_UNTESTABLE, NULL},
    {"Mimecast's of rules refusal says nothing of relaying", "relay.open", "554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554", FINDING_UNTESTABLE, "a rule is meant"},
    {"Yahoo's of policy refusal says nothing of relaying", "relay.open", "554 Message not allowed - [PH01] Email not accepted for policy reasons. Please visit https://postmaster.yahooinc.com/error-codes", FINDING_UNTESTABLE, "a rule is meant"},
    {"Apple's of policy refusal says nothing of relaying", "relay.open", "550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137", FINDING_UNTESTABLE, "a rule is meant"},
    {"Alibaba's of SPF refusal says nothing of relaying", "relay.open", "554 Reject by behaviour spam at Rcpt State(Connection IP address:192.0.2.1)ANTISPAM_BAT[0120131 1R156a]: spf check failedCONTINUE", FINDING_UNTESTABLE, NULL},
    {"GMX' of a list refusal says nothing of relaying", "relay.open", "554 IP address is block listed.", FINDING_UNTESTABLE, "we are on a list"},
    {"GoDaddy's of too many refusal says nothing of relaying", "relay.open", "550 This IP has sent too many to too many recipients this hour. IB607", FINDING_UNTESTABLE, "we are asked to come slower"},
    {"Exim's of our sender refusal says nothing of relaying", "relay.open", "550-Verification failed for <smtpscan@example.org>\n550-Unrouteable address\n550 Sender verify failed", FINDING_UNTESTABLE, NULL},
    {"Exim's of an outsider it cannot route refusal says nothing of relaying", "relay.open", "550 Unrouteable address", FINDING_UNTESTABLE, "the recipient's domain"},
    {"qmail's of our sender refusal says nothing of relaying", "relay.open", "553 sorry, your envelope sender domain must exist (#5.7.1)", FINDING_UNTESTABLE, "our sender's domain"},
    {"Cox' of our sender refusal says nothing of relaying", "relay.open", "550 5.1.0 <smtpscan@example.org> sender rejected. Refer to Error Codes section", FINDING_UNTESTABLE, NULL},
    {"Mimecast's of SPF refusal says nothing of relaying", "relay.open", "550 SPF Sender Invalid - envelope rejected", FINDING_UNTESTABLE, NULL},
    {"a greylister behind a host named relay refusal says nothing of relaying", "relay.open", "450 4.7.1 <relay.example.org>: Helo command rejected: Host not found", FINDING_UNTESTABLE, "450 4.7.1"},
    {"Barracuda's of a list refusal says nothing of relaying", "relay.open", "554 Service unavailable; Client host [mail.example.org] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.1", FINDING_UNTESTABLE, "we are on a list"},
    {"Stalwart's unknown mailbox behind a percent is no relay", "relay.percent", "550 5.1.2 Mailbox does not exist.", FINDING_SAFE, NULL},
    {"Sendmail that looks for the host behind a percent is not cleared", "relay.percent", "550 5.1.2 <a%example.net@example.org>... Host unknown (Name server: example.net: no data known)", FINDING_UNTESTABLE, NULL},
    {"Exim that knows no such percent name is no relay", "relay.percent", "550 Unrouteable address", FINDING_SAFE, NULL},
    {"a control refused for what we are proves no relay", "relay.percent", "250 ok|550 5.7.1 blocked using zen.spamhaus.org", FINDING_UNTESTABLE, "we are on a list"},
    {"a sender of the domain refused relays nothing", "relay.local-sender", "553 5.7.1 <x@example.org>: Sender address rejected: not logged in", FINDING_SAFE, NULL},
    {"Gmail tells unknown names", "harvest.rcpt", "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550 5.1.1 unnecessary spaces. Learn more at https://support.google.com/mail/?p=NoSuchUser - gsmtp|550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550 5.1.1 unnecessary spaces. Learn more at https://support.google.com/mail/?p=NoSuchUser - gsmtp|250 2.1.5 OK", FINDING_EXPOSED, NULL},
    {"Exchange tells unknown names", "harvest.rcpt", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup|550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup|250 2.1.5 OK", FINDING_EXPOSED, NULL},
    {"Exchange Online tells unknown names", "harvest.rcpt", "550 5.4.1 Recipient address rejected: Access denied. [x.PROD.OUTLOOK.COM]|550 5.4.1 Recipient address rejected: Access denied. [x.PROD.OUTLOOK.COM]|250 2.1.5 OK", FINDING_EXPOSED, NULL},
    {"Stalwart tells unknown names", "harvest.rcpt", "550 5.1.2 Mailbox does not exist.|550 5.1.2 Mailbox does not exist.|250 2.1.5 OK", FINDING_EXPOSED, NULL},
    {"SFR tells unknown names", "harvest.rcpt", "550 5.7.1 <x@example.org>: Recipient address rejected: User unknown|550 5.7.1 <x@example.org>: Recipient address rejected: User unknown|250 2.1.5 OK", FINDING_EXPOSED, NULL},
    {"GMX tells unknown names", "harvest.rcpt", "550-Requested action not taken: mailbox unavailable\n550 For explanation visit https://postmaster.gmx.net/|550-Requested action not taken: mailbox unavailable\n550 For explanation visit https://postmaster.gmx.net/|250 2.1.5 OK", FINDING_EXPOSED, NULL},
    {"names refused for a list are not told", "harvest.rcpt", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org|554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org|250 ok", FINDING_UNTESTABLE, "we are on a list"},
    {"names refused for their number are not told", "harvest.rcpt", "550 5.1.1 <x@example.org>  - 192.0.2.1 has sent to too many recipients this hour. IB607|550 5.1.1 <x@example.org>  - 192.0.2.1 has sent to too many recipients this hour. IB607|250 ok", FINDING_UNTESTABLE, NULL},
    {"abuse@ refused for SPF is not missing", "smtp.role.abuse", "550 5.7.1 <abuse@example.org>: Recipient address rejected: Message rejected due to: SPF fail - not authorized", FINDING_UNTESTABLE, NULL},
    {"abuse@ refused by Exchange Online is undecided", "smtp.role.abuse", "550 5.4.1 Recipient address rejected: Access denied. [x.PROD.OUTLOOK.COM]", FINDING_UNTESTABLE, NULL},
    {"abuse@ unknown to hMailServer is missing", "smtp.role.abuse", "550 Unknown user", FINDING_EXPOSED, NULL},
    {"abuse@ unknown to Proton is missing", "smtp.role.abuse", "550 5.1.1 <abuse@example.org>: Recipient address rejected: Address does not exist", FINDING_EXPOSED, NULL},
    {"Exchange refuses a sender of the domain", "spoof.self", "550 5.7.60 SMTP; Client does not have permissions to send as this sender", FINDING_SAFE, NULL},
    {"Exchange Online refuses a sender of the domain", "spoof.self", "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from unauthorized sources", FINDING_SAFE, NULL},
    {"Mimecast refuses a sender of the domain", "spoof.self", "550 Anti-Spoofing policy - Inbound not allowed", FINDING_SAFE, NULL},
    {"Postfix refuses a sender of the domain", "spoof.self", "553 5.7.1 <postmaster@example.org>: Sender address rejected: not logged in", FINDING_SAFE, NULL},
    {"a sender of the domain refused for a list is undecided", "spoof.self", "250 ok|554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", FINDING_UNTESTABLE, NULL},
    {"a sender of the domain refused for reputation is undecided", "spoof.self", "250 ok|550 csi.mimecast.org Poor Reputation Sender", FINDING_UNTESTABLE, NULL},
    {"a sender of the domain refused for relaying is undecided", "spoof.self", "250 ok|554 5.7.1 <postmaster@example.org>: Relay access denied", FINDING_UNTESTABLE, NULL},
    {"a sender of the domain refused for policy is undecided", "spoof.self", "250 ok|550 5.7.1 Message refused by local policy", FINDING_UNTESTABLE, NULL},
    {"Exim refuses a sender that does not exist", "spoof.nonexistent-sender", "250 ok|550-Verification failed for <x@y.invalid>\n550-Unrouteable address\n550 Sender verify failed", FINDING_SAFE, NULL},
    {"qmail refuses a sender that does not exist", "spoof.nonexistent-sender", "553 sorry, your envelope sender domain must exist (#5.7.1)", FINDING_SAFE, NULL},
    {"postmaster missing says nothing of a sender that does not exist", "spoof.nonexistent-sender", "250 ok|550 5.1.1 <postmaster@domain.example>: Recipient address rejected: User unknown", FINDING_UNTESTABLE, "postmaster"},
    {"a list says nothing of a sender that does not exist", "spoof.nonexistent-sender", "250 ok|554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", FINDING_UNTESTABLE, NULL},
    {"Exchange Online that takes the filter's mail alone is closed", "mx.bypass", "550 5.7.51 TenantInboundAttribution; There is a partner connector configured that matched the message's recipient domain.", FINDING_SAFE, NULL},
    {"Postfix that refuses clients is closed", "mx.bypass", "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied", FINDING_SAFE, NULL},
    {"Exchange that has another domain is closed", "mx.bypass", "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", FINDING_SAFE, NULL},
    {"postmaster unknown to Exchange Online closes nothing", "mx.bypass", "550 5.4.1 Recipient address rejected: Access denied. [x.PROD.OUTLOOK.COM]", FINDING_UNTESTABLE, "postmaster"},
    {"postmaster unknown to Postfix closes nothing", "mx.bypass", "550 5.1.1 <postmaster@example.org>: Recipient address rejected: User unknown in virtual mailbox table", FINDING_UNTESTABLE, "postmaster"},
    {"a banned address of ours closes nothing", "mx.bypass", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]", FINDING_UNTESTABLE, "we are on a list"},
    {"Exchange Online wants a login on submission", "smtp.submission.unauthenticated", "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM [x.PROD.OUTLOOK.COM]", FINDING_SAFE, NULL},
    {"Google wants a login on submission", "smtp.submission.unauthenticated", "530 5.5.1 Authentication Required. Learn more here.", FINDING_SAFE, NULL},
    {"SendGrid wants a login on submission", "smtp.submission.unauthenticated", "550 Unauthenticated senders not allowed", FINDING_SAFE, NULL},
    {"Postfix wants a login on submission", "smtp.submission.unauthenticated", "250 ok|553 5.7.1 <x@example.org>: Sender address rejected: not logged in", FINDING_SAFE, NULL},
    {"Postal wants a login on submission", "smtp.submission.unauthenticated", "250 ok|530 Authentication required", FINDING_SAFE, NULL},
    {"a submission port that refuses for a list judges no names", "smtp.submission.unauthenticated", "250 ok|550 Mailbox unavailable, your host is on a block list|554 5.7.1 no", FINDING_UNTESTABLE, NULL},
    {"a greeting that has no place for us is not one that waits", "smtp.early-talk", "421 4.7.0 Too many connections from your host|closed", FINDING_UNTESTABLE, NULL},
    {"Sendmail's greet pause is safe", "smtp.early-talk", "554 mx.example.org ESMTP not accepting messages", FINDING_SAFE, NULL},
    {"postscreen that drops is safe", "smtp.early-talk", "521 5.5.1 Protocol error|closed", FINDING_SAFE, NULL},
    {"qpsmtpd's early talkers are refused", "smtp.early-talk", "450 Connecting host started transmitting before SMTP greeting", FINDING_SAFE, NULL},
    {"NTLM before TLS is undecided", "svc.ntlm", "530 5.7.0 Must issue a STARTTLS command first", FINDING_UNTESTABLE, NULL},
    {"a server without NOOP has shown no limit", "limit.commands", "502 Command not implemented", FINDING_UNTESTABLE, NULL},
    {"Exim's limit of commands is one", "limit.commands", "250 OK|250 OK|554 Too many nonmail commands", FINDING_SAFE, NULL},
};

/* clang-format on */

static void test_row(void **state)
{
    const struct row *c = *state;
    const struct audit_check *check = audit_check(world.known, octets_of(c->id));
    struct finding f = {0};
    assert_non_null(check);
    struct facts_reaction r = heard(c->id, c->replies);
    assert_int_equal(audit_verdict(world.known, check, &r, &world.arena, &f), ERR_OK);
    if (f.verdict != c->verdict)
        print_error("%s: %.*s\n", finding_verdict_name(f.verdict), (int)f.reason.size,
                    f.reason.size ? (const char *)f.reason.at : "");
    assert_int_equal(f.verdict, c->verdict);
    if (c->reason)
        assert_true(octets_has_prefix(f.reason, octets_of(c->reason)));
    assert_true(f.verdict != FINDING_UNTESTABLE || f.reason.size);
    assert_true(f.verdict != FINDING_EXPOSED || f.evidence_count);
}

/* The text that was sent stands before the reply, as its author wrote it. */
static void test_evidence(void **state)
{
    struct facts_reaction r = heard("harvest.rcpt", "550 a|550 b|250 c");
    struct finding f = {0};
    (void)state;
    assert_int_equal(audit_verdict(world.known, audit_check(world.known, OCTETS("harvest.rcpt")),
                                   &r, &world.arena, &f),
                     ERR_OK);
    assert_int_equal(f.evidence_count, 3);
    kit_assert_text(f.evidence[0], "RCPT TO:<{random.1}@{domain}> 550 a");
    kit_assert_text(f.evidence[2], "RCPT TO:<{postmaster}> 250 c");
    assert_int_equal(f.seen_at, FINDING_SEEN_RCPT);
}

/* The challenge is read: its names and its version are evidence. */
static void test_ntlm(void **state)
{
    struct facts_reaction r = heard(
        "svc.ntlm",
        "334 "
        "TlRMTVNTUAACAAAADgAOADgAAAAFgoliAAECAwQFBgcAAAAAAAAAAJYAlgBGAAAACgBjRQAAAA9DAE8ATgBUAE8A"
        "UwBPAAEADABFAFgAQwBIADAAMQACAA4AQwBPAE4AVABPAFMATwADACwAZQB4AGMAaAAwADEALgBjAG8AbgB0AG8A"
        "cwBvAC4AZQB4AGEAbQBwAGwAZQAEAB4AYwBvAG4AdABvAHMAbwAuAGUAeABhAG0AcABsAGUABQAOAGUAeABhAG0A"
        "cABsAGUABwAIAAAAAAAAANoBAAAAAA==");
    static const char *const want[] = {"NetBIOS computer EXCH01",
                                       "NetBIOS domain CONTOSO",
                                       "DNS computer exch01.contoso.example",
                                       "DNS domain contoso.example",
                                       "DNS forest example",
                                       "Windows 10.0 build 17763"};
    struct finding f = {0};
    (void)state;
    assert_int_equal(audit_verdict(world.known, audit_check(world.known, OCTETS("svc.ntlm")), &r,
                                   &world.arena, &f),
                     ERR_OK);
    assert_int_equal(f.verdict, FINDING_EXPOSED);
    assert_int_equal(f.evidence_count, 1 + KIT_COUNT(want));
    for (size_t i = 0; i < KIT_COUNT(want); i++)
        kit_assert_text(f.evidence[1 + i], want[i]);
}

/* What was asked once more, later, counts. */
static void test_last_counts(void **state)
{
    struct facts_reaction twice[] = {heard("harvest.rcpt", "450 x"),
                                     heard("harvest.rcpt", "250 x")};
    struct facts_visit v = {.reactions = twice, .reaction_count = 2};
    (void)state;
    assert_ptr_equal(audit_reaction(&v, OCTETS("harvest.rcpt")), &twice[1]);
    assert_null(audit_reaction(&v, OCTETS("relay.open")));
}

/* No check that is built in may be decided by nothing at all. */
static void test_silence_decides_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < world.known->program_count; i++) {
        struct octets id = octets_of(world.known->programs[i]->name);
        struct facts_reaction r = heard(world.known->programs[i]->name, "");
        struct finding f = {0};
        assert_int_equal(
            audit_verdict(world.known, audit_check(world.known, id), &r, &world.arena, &f), ERR_OK);
        assert_int_equal(f.verdict, FINDING_UNTESTABLE);
    }
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 4] = {
        cmocka_unit_test(test_evidence), cmocka_unit_test(test_ntlm),
        cmocka_unit_test(test_last_counts), cmocka_unit_test(test_silence_decides_nothing)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    return cmocka_run_group_tests_name("verdict", tests, open_world, close_world);
}
