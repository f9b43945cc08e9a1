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

/* "550 no|250 yes|closed": replies, and how it ended.  "@900" before a reply is when it came. */
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
            reply->lines = arena_alloc(&world.arena, sizeof *reply->lines);
            assert_non_null(reply->lines);
            reply->lines[0] = one;
            reply->line_count = 1;
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
    {"EXPN answered tells who", "harvest.expn", "250 {name}", FINDING_EXPOSED, NULL},
    {"EXPN refused does not", "harvest.expn", "502 5.5.1 not implemented", FINDING_SAFE, NULL},

    {"a non-existent sender refused by its code, though for now, is refused", "spoof.nonexistent-sender", "250 ok|450 4.1.8 <x>: Sender address rejected: Domain not found", FINDING_SAFE, NULL},
    {"a non-existent sender taken is exposed", "spoof.nonexistent-sender", "250 ok|250 ok", FINDING_EXPOSED, NULL},
    {"a sender of the domain taken may be judged later", "spoof.self", "250 ok|250 ok", FINDING_UNTESTABLE, "accepted at RCPT"},
    {"postmaster missing says nothing of senders", "spoof.self", "250 ok|550 5.1.1 User unknown", FINDING_UNTESTABLE, "550 5.1.1"},
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
    size_t count = 4;
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    return cmocka_run_group_tests_name("verdict", tests, open_world, close_world);
}
