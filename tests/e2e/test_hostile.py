# SPDX-License-Identifier: Apache-2.0
"""Hostile and odd servers: what is made of them, what is written of them, and what is never said to them."""

import concurrent.futures
import dataclasses
import os
import re
import time
import unicodedata

import pytest

from conftest import Peer
from tls_world import Identities, MailServer

EXHAUSTIVE = ("--level", "identify", "--exhaustive")
NOISY = ("--level", "full", "--exhaustive")


def any_of(*values):
    return frozenset(values)


# ---- what else is true of one case: functions of (record, connections of the peer) ----

def has_starttls(**wanted):
    def check(record, _):
        assert wanted.items() <= record["starttls"].items()
        assert record["starttls"]["offered"] is True
    return check


def shook_no_hands(_, connections):
    """Behind a 354 not one octet is sent, a ClientHello neither."""
    assert not any(c.tls for c in connections)
    assert all(c.end == "RST" for c in connections if b"STARTTLS\r\n" in c.lines)


def has_alert(record, _):
    assert "handshake failure" in record["starttls"]["reason"]


def has_certificate(error=None):
    """STARTTLS works; the certificate is recorded and judged, and never an obstacle."""
    def check(record, connections):
        tls = record["tls"]
        assert record["starttls"]["outcome"] == "ok"
        assert (tls["implicit"], tls["version"]) == (False, "TLSv1.3")
        assert tls["trusted"] is (error is None)
        assert error is None or error in tls["verify_error"]
        assert "name_matches" not in tls, "there was no name to be matched"
        assert record["ehlo_tls"]["code"] == 250
        assert any(c.tls for c in connections)
    return check


def has_implicit_tls(record, connections):
    assert record["tls"]["implicit"] is True
    assert "starttls" not in record
    assert record["ehlo_tls"]["extensions"]["AUTH"] == "PLAIN LOGIN"
    assert connections[-1].tls


def has_reason(*words):
    def check(record, _):
        for word in words:
            assert word in record["reason"]
    return check


def has_anomalies(place, *names):
    def check(record, _):
        assert set(names) <= set(record[place].get("anomalies", ()))
    return check


def has_lines(place, *lines):
    def check(record, _):
        assert record[place].get("raw", record[place]["lines"]) == list(lines)
    return check


def is_bounded(octets):
    """A flood was not drunk up."""
    def check(record, _):
        assert record["cost"]["octets_in"] < octets
    return check


def has_cut(stage, *words):
    def check(record, _):
        assert record["cut"]["stage"] == stage
        for word in words:
            assert word in record["cut"]["reply"]
    return check


def is_silent_after(trigger, replies=b"354"):
    """Where the server set its trap nothing was said any more, and the end was a reset."""
    def check(_, connections):
        caught = 0
        for c in connections:
            for i, line in enumerate(c.lines):
                if trigger(line):
                    assert c.lines[i + 1:] == [], f"said after {replies!r}: {c.events}"
                    assert c.end == "RST", c.events
                    caught += 1
                    break
        assert caught, "the trap was never sprung"
    return check


def is_silent_after_the_first_question(record, connections):
    """Behind the one EHLO, or instead of it; what is asked may be another EHLO."""
    for c in connections:
        questions = c.lines[1:] if c.lines[0].startswith(b"EHLO ") else c.lines
        assert (len(questions), c.end) == (1, "RST"), c.events


def is_silent_under_tls(record, connections):
    secured = [c for c in connections if c.tls]
    assert secured
    for c in secured:
        assert len(c.said_after(b"STARTTLS\r\n")) == 1, c.events
        assert c.end == "RST"


def says_nothing(record, connections):
    assert [(c.lines, c.end) for c in connections] == [([], "RST")]


def is_told_no_password_at_ehlo(record, connections):
    for c in connections:
        assert c.lines[1:] in ([], [b"*\r\n"]), c.events
        assert c.end == "RST"


def came_once(record, connections):
    assert record["cost"]["connections"] == 1, "421 is heeded"


def is_not_told_a_password(record, connections):
    """After 334 comes one `*` at the most; only a 501 to that gives the session back."""
    caught = [c for c in connections if c.lines[-1].startswith(b"AUTH") or b"*\r\n" in c.lines]
    assert caught, "AUTH was never asked"
    for c in caught:
        at = next(i for i, line in enumerate(c.lines) if line.startswith(b"AUTH"))
        assert c.lines[at + 1:] in ([], [b"*\r\n"]), c.events
        assert c.end == "RST"


def is_cancelled(record, connections):
    """501 gives the session back; a reset instead of `*` is as safe."""
    for c in connections:
        for i, line in enumerate(c.lines):
            if line.startswith(b"AUTH"):
                assert c.lines[i + 1:i + 2] == [b"*\r\n"] or c.end == "RST", c.events
    assert any(line.startswith(b"AUTH") for c in connections for line in c.lines)


def hung_up_at_quit(record, connections):
    assert all(c.lines[-1] == b"QUIT\r\n" and c.end == "RST" for c in connections)
    assert "quit" not in record


def waited(least_ms):
    def check(record, _):
        assert record["greeting"]["delay_ms"] >= least_ms
        assert record["cost"]["delay_ms"] >= least_ms
    return check


def each_error_ended_it(record, connections):
    assert any(r["ended"] == "closed" for r in record["reactions"])
    assert len(connections) > 1


def shows(place, *pieces):
    """Foreign octets stand in the record as escapes that lose nothing."""
    def check(record, _):
        text = "\n".join(record[place].get("raw", record[place]["lines"]))
        for piece in pieces:
            assert piece in text
    return check


def all_of(*checks):
    def check(record, connections):
        for one in checks:
            one(record, connections)
    return check


def answers_stay_apart(record, connections):
    """A second reply to one question is not taken for the reply to the next one."""
    replies = [line for r in record["reactions"] for reply in r["replies"] for line in reply]
    assert "500 5.5.2 What?" in replies
    assert "250 2.0.0 On second thoughts, well" not in replies


# ---- the cases ----

@dataclasses.dataclass(frozen=True)
class Case:
    peer: str
    outcome: object  # this and the next two: one, or any of several
    stage: object = None
    protocol: object = None
    arguments: tuple = ()
    check: object = None
    port: int = 0
    is_trusted: bool = False  # the peer's authority is the only one of the system
    seconds: float = 12.0  # the visit's own bound and what it takes to start and end


def answered(peer, check=None, protocol="esmtp", **more):
    return Case(peer, "answered", None, protocol, check=check, **more)


CASES = [
    # Servers that are in order.
    answered("esmtp", has_certificate("unable to get")),
    answered("esmtp", has_certificate(), is_trusted=True),
    answered("smtp-only", protocol="smtp"),
    answered("lmtp", protocol="lmtp"),
    answered("implicit-tls", has_implicit_tls),
    answered("implicit-tls", has_implicit_tls, port=465),
    answered("octets", has_lines("ehlo", "mx.example.org", "PIPELINING", "8BITMIME")),
    answered("pregreet", waited(5900), arguments=("--timeout-greeting", "15s",
                                                  "--timeout-visit", "20s"), seconds=22),
    answered("slow"),

    # Turned away.
    Case("greeting-421", "blocked", "greeting", check=has_reason("421 4.3.2")),
    Case("greeting-554", "blocked", "greeting", check=has_reason("554 5.7.1")),
    Case("ehlo-554", "blocked", "ehlo", check=has_reason("554 5.7.1")),
    Case("ehlo-421", "blocked", "ehlo", check=has_reason("421 4.7.0")),

    # No SMTP.
    Case("ssh", "not-smtp", "greeting", check=has_reason("SSH-2.0")),
    Case("http-first", "not-smtp", "greeting", check=has_reason("HTTP/1.1 408")),
    Case("http", any_of("timeout", "not-smtp"), "greeting"),
    Case("ftp", "not-smtp", "ehlo"),
    Case("pop3", "not-smtp", "greeting"),
    Case("garbage", "not-smtp", "greeting"),
    Case("no-code", "not-smtp", "ehlo", check=has_reason("Hello there")),

    # Silence, and ends without a word.
    Case("silence", "timeout", "greeting"),
    Case("silence-after-greeting", "timeout", "ehlo"),
    answered("silence-after-ehlo"),
    Case("drip", "timeout", "greeting"),
    Case("drip-reply", "timeout", "ehlo"),
    Case("close-at-once", "closed", "greeting"),
    Case("reset-at-once", "closed", any_of("connect", "greeting")),
    Case("close-in-greeting", "closed", "greeting", check=has_anomalies("greeting", "unfinished")),
    Case("close-in-reply", "closed", "ehlo", check=has_reason("250-mx.example.org")),
    Case("reset-in-reply", "closed", "ehlo"),

    # Floods.
    Case("flood-greeting", "not-smtp", "greeting", check=is_bounded(1 << 20)),
    Case("flood-no-code", "not-smtp", "greeting", check=is_bounded(1 << 20)),
    answered("flood-lines", all_of(is_bounded(1 << 20), has_anomalies("ehlo", "too-long"))),
    answered("flood-replies", is_bounded(8 << 20)),
    Case("flood-idle", any_of("answered", "not-smtp"), any_of(None, "ehlo"),
         any_of("esmtp", None), check=is_bounded(8 << 20)),  # as its lines happen to be cut
    answered("flood-tls", is_bounded(8 << 20)),
    answered("flood-stray", all_of(has_starttls(outcome="failed"), is_bounded(8 << 20))),
    answered("flood-after-quit", is_bounded(8 << 20)),
    answered("long-line", has_anomalies("greeting", "long-line")),
    Case("long-line-64k", "not-smtp", "greeting", check=has_anomalies("greeting", "too-long")),

    # Octets that are out of form.
    answered("nul", all_of(has_anomalies("greeting", "control"),
                           shows("greeting", r"mx.exa\x00mple.org"),
                           shows("ehlo", r"SI\x00ZE 1000"))),
    answered("escapes", all_of(has_anomalies("greeting", "control"),
                               shows("greeting", r"\x1B[31mRED", r"\x1B]0;title\x07", r"\x7F",
                                     r"\xC2\x9B", r"\xE2\x80\xAE gnitset", r"\xE2\x80\xA9"),
                               shows("ehlo", r"\xE2\x81\xA6"))),
    answered("latin1", all_of(shows("greeting", r"Gr\xFC\xDF Gott \xC3"),
                              shows("ehlo", r"\xED\xA0\x80 \xC0\xAF"))),
    answered("markup", shows("greeting", '<script>alert(1)</script> "=1+1"', r"\\x1b", r"\\u0000")),
    answered("bare-lf", all_of(has_anomalies("greeting", "bare-lf"),
                               has_anomalies("ehlo", "bare-lf"))),
    answered("code-change", has_anomalies("ehlo", "code-changed")),
    answered("odd-separator", has_anomalies("greeting", "bad-separator")),

    # TLS that fails, or is of no trust: facts, never obstacles.
    answered("starttls-garbage", has_starttls(outcome="failed")),
    answered("starttls-354", all_of(has_starttls(outcome="failed"), shook_no_hands)),
    answered("starttls-alert", all_of(has_starttls(outcome="failed"), has_alert)),
    answered("starttls-close", has_starttls(outcome="failed")),
    answered("starttls-silence", has_starttls(outcome="failed")),
    answered("starttls-smtp", has_starttls(outcome="failed")),
    answered("starttls-reset-after-tls", has_starttls(outcome="ok")),
    answered("starttls-454", has_starttls(outcome="refused",
                                          reason="454 4.7.0 TLS not available due to local problem")),
    answered("starttls-stray", has_starttls(stray="250 2.1.0 injected\\x0D\\x0A")),
    answered("expired", has_certificate("expired"), is_trusted=True),
    answered("not-yet", has_certificate("not yet valid"), is_trusted=True),
    answered("wrong-name", has_certificate(), is_trusted=True),
    answered("self-signed", has_certificate("self-signed"), is_trusted=True),
    Case("implicit-alert", "tls-failed", "tls", port=465),
    Case("implicit-garbage", any_of("tls-failed", "timeout"), any_of("tls", "greeting"), port=465),

    # Traps: what follows would be a message, a password, or lost.
    answered("trap-354", is_silent_after(lambda line: not line.startswith(b"EHLO "))),
    answered("trap-354", is_silent_after(lambda line: not line.startswith(b"EHLO ")),
             arguments=EXHAUSTIVE),
    Case("trap-354-at-once", any_of("blocked", "not-smtp"), "ehlo",
         check=all_of(is_silent_after(lambda line: True), has_reason("354"))),
    answered("trap-354-tls", is_silent_under_tls),
    Case("trap-354-greeting", any_of("blocked", "not-smtp"), "greeting",
         check=all_of(has_reason("354"), says_nothing)),
    answered("trap-354-stray", is_silent_after_the_first_question, arguments=EXHAUSTIVE),
    answered("trap-354-odd",
             is_silent_after(lambda line: not re.match(
                 rb"(?i)(EHLO |HELO |NOOP|RSET\r|MAIL FROM:<|RCPT TO:<|QUIT\r)", line)),
             arguments=EXHAUSTIVE),
    answered("trap-354-late", is_silent_after(lambda line: not line.startswith(b"EHLO ")),
             arguments=EXHAUSTIVE),
    Case("trap-334-at-once", any_of("blocked", "not-smtp"), "ehlo",
         check=all_of(has_reason("334"), is_told_no_password_at_ehlo)),
    answered("trap-334", is_not_told_a_password, arguments=EXHAUSTIVE),
    answered("cancel-334", is_cancelled, arguments=EXHAUSTIVE),
    answered("trap-starttls-argument",
             is_silent_after(lambda line: line.startswith(b"STARTTLS"), b"220 to STARTTLS"),
             arguments=NOISY),

    # Servers that lose patience or order.
    answered("421-in-the-middle", all_of(has_cut("dialogue", "421 4.7.0 Too many errors"),
                                         came_once)),
    answered("421-in-the-middle", has_cut("dialogue", "421 4.7.0 Too many errors"),
             arguments=EXHAUSTIVE),
    answered("close-at-error", each_error_ended_it, arguments=EXHAUSTIVE),
    answered("two-replies", answers_stay_apart, arguments=EXHAUSTIVE),
    answered("two-greetings", has_lines("ehlo", "mx.example.org", "SIZE 1000")),
    answered("after-quit"),
    answered("no-quit", hung_up_at_quit),
]


# ---- all of them are scanned side by side: most of the time passes in waiting ----

@dataclasses.dataclass(frozen=True)
class Result:
    scan: object
    connections: list


def visit(scanner, directory, case, text=False):
    """One case from start to end.  A port below 1024 wants an address nobody else listens at."""
    address = f"127.46.5.{CASES.index(case) + 1}" if case.port else "127.0.0.1"
    peer = Peer(directory, case.peer, address, case.port)
    try:
        more = ("--format", "text") if text else ()
        env = {"SSL_CERT_FILE": str(peer.ca_path)} if case.is_trusted else {}
        scan = scanner.scan(*case.arguments, *more, peer.target, env=env)
        count = 1 if text else scan.service["cost"]["connections"]
        return Result(scan, peer.settled(count))
    finally:
        peer.stop()


@pytest.fixture(scope="session")
def visits(request, scanner, tmp_path_factory):
    """The visits of the tests that were selected, as futures by case and format."""
    wanted = {}
    for item in request.session.items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if isinstance(case := parameters.get("case"), Case):
            wanted[case, "text" in parameters.get("form", "json")] = None
    longest_first = sorted(wanted, key=lambda w: -w[0].seconds)
    directory = tmp_path_factory.mktemp("visits")
    with concurrent.futures.ThreadPoolExecutor(max(8, 4 * (os.cpu_count() or 1))) as pool:
        yield {w: pool.submit(visit, scanner, directory / str(i), *w)
               for i, w in enumerate(longest_first)}


@pytest.fixture
def result(visits, case):
    return visits[case, False].result()


def name_of(case):
    marks = {"full": case.arguments == NOISY, "exhaustive": case.arguments == EXHAUSTIVE,
             str(case.port): case.port, "trusted": case.is_trusted}
    return "-".join([case.peer, *(mark for mark, is_set in marks.items() if is_set)])


def may_listen(case):
    """Ports below 1024 are for root, or for all where the system says so."""
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as f:
        return case.port == 0 or os.geteuid() == 0 or int(f.read()) <= case.port


def parametrize(cases):
    return pytest.mark.parametrize("case", [
        pytest.param(c, marks=() if may_listen(c) else pytest.mark.skip("wants a low port"))
        for c in cases], ids=name_of)


every_case = parametrize(CASES)


def holds(wanted, value):
    return value in wanted if isinstance(wanted, frozenset) else value == wanted


@every_case
def test_what_is_made_of_it(result, case):
    record = result.scan.service
    assert holds(case.outcome, record["outcome"]), record
    assert holds(case.stage, record.get("stage")), record
    assert holds(case.protocol, record.get("protocol"))
    assert result.scan.stderr == ""
    assert result.scan.status == (0 if record["outcome"] == "answered" else 3)
    if case.check:
        case.check(record, result.connections)


@every_case
def test_it_takes_no_longer_than_it_may(result, case):
    assert result.scan.seconds < case.seconds


# ---- what is written ----

def assert_harmless(octets):
    """UTF-8 without any control but LF, and without marks that turn text around (UAX #9)."""
    for c in octets.decode("utf-8"):
        assert c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp", "Cs"), repr(c)


@every_case
def test_the_record_is_whole_and_harmless(result, case):
    records = result.scan.records
    assert_harmless(result.scan.stdout)
    assert [r["type"] for r in records] == ["service", "run"]
    assert len(result.scan.stdout.splitlines()) == 2


@parametrize([c for c in CASES if c.peer in ("esmtp", "nul", "escapes", "latin1", "markup",
                                             "garbage", "ssh", "greeting-554", "long-line",
                                             "starttls-stray", "421-in-the-middle")])
@pytest.mark.parametrize("form", ["text"])
def test_the_text_is_harmless(visits, case, form):
    scan = visits[case, True].result().scan
    assert scan.stdout
    assert_harmless(scan.stdout)


# ---- what is said ----

NEVER_SENT = re.compile(rb"(?i)[\s\0]*(DATA|BDAT|BURL|ETRN|TURN|ATRN|XCLIENT|XFORWARD|XEXCH50|"
                        rb"X-LINK2STATE|VERB|ONEX|DEBUG|WIZ|SEND|SOML|SAML)")


@every_case
def test_nothing_forbidden_is_said(result, case):
    for c in result.connections:
        for line in c.lines:
            assert not NEVER_SENT.match(line)


@every_case
def test_nothing_is_said_out_of_turn(result, case):
    """Not before the whole greeting, and not before the whole reply."""
    for c in result.connections:
        if not any(line.startswith(b"\x16\x03") for line in c.lines):  # a ClientHello may hold LFs
            assert ("EARLY", "") not in c.events


@every_case
def test_each_connection_is_ended(result, case):
    assert {c.end for c in result.connections} <= {"FIN", "RST", "reset"}


@every_case
def test_quit_is_the_last_word(result, case):
    for c in result.connections:
        assert b"QUIT\r\n" not in c.lines[:-1]


@every_case
def test_an_orderly_end_is_said_before(result, case):
    """Who is not told QUIT was reset, or had ended the connection before, or was no mail server."""
    takes_leave = result.scan.service["outcome"] == "answered" and \
        "close" not in case.peer and "421" not in case.peer
    for c in result.connections if takes_leave else ():
        assert c.end != "FIN" or c.lines[-1:] == [b"QUIT\r\n"], c.events


# Refused, the dialogue goes on in clear.
@parametrize([c for c in CASES if c.peer.startswith("starttls") and c.peer != "starttls-454"])
def test_nothing_is_said_in_clear_behind_the_reply_to_starttls(result, case):
    """Only the handshake, or a reset: a QUIT there would be lost, or read as part of it."""
    asked = [c for c in result.connections if b"STARTTLS\r\n" in c.lines]
    assert asked
    for c in asked:
        if not c.tls:
            assert not any(re.match(rb"[A-Z]{4}", line) for line in c.said_after(b"STARTTLS\r\n"))
            assert c.end in ("RST", "reset") or case.peer == "starttls-close"


class Moody(MailServer):
    """In clear, and it hangs up at the first question; then silent; then with TLS first, where it offers STARTTLS again."""

    said_under_tls = b""

    def serve(self, connection, number):
        with connection:
            if number == 1:
                connection.sendall(b"220 mx.example.test ESMTP\r\n")
                connection.recv(4096)
                connection.sendall(b"250-mx.example.test\r\n250 STARTTLS\r\n")
                connection.recv(4096)
            elif number == 2:
                time.sleep(2.2)  # who is silent so long may wait for a ClientHello
            else:
                self.under_tls(connection)

    def under_tls(self, connection):
        with self.context.wrap_socket(connection, server_side=True) as secure:
            secure.sendall(b"220 mx.example.test ESMTP\r\n")
            while said := secure.recv(4096):
                self.said_under_tls += said
                secure.sendall({b"EHLO": b"250-mx.example.test\r\n250 STARTTLS\r\n", b"STAR": b"220 Go ahead\r\n",
                                b"QUIT": b"221 Bye\r\n"}.get(said[:4], b"500 What?\r\n"))


def test_starttls_is_not_said_under_tls(scanner, tmp_path):
    server = Moody(Identities(tmp_path).context(), where=("127.77.1.40", 25))
    try:
        done = scanner.scan("-p", "25", "--level", "identify", server.address)
    finally:
        server.stop()
    assert done.service["outcome"] == "answered"
    assert b"EHLO" in server.said_under_tls and b"STARTTLS" not in server.said_under_tls


def test_a_question_that_may_not_be_asked_is_not_chosen_again(scanner, start_peer):
    """This outsider's name is one of its own on the left of a bang path: the guard refuses that question."""
    peer = start_peer("postfix", "127.77.1.41", 25)
    done = scanner.scan("-p", "25", "--level", "identify", "--exhaustive", "--outsider", "o'brien@example.net", peer.address)
    assert done.status == 0 and done.service["outcome"] == "answered"
    assert not any(b"brien" in line and b"!" in line for c in peer.settled() for line in c.lines)
