# SPDX-License-Identifier: Apache-2.0
"""What smtpscan diff says of two scans of the same servers, of which some changed in between."""

import json
import os
import subprocess

import jsonschema
import pytest

from conftest import DOCS, PATIENCE, PEERS, Peer, program
from nameserver import SERVFAIL, NameServer, Zone

if os.geteuid() != 0:
    pytest.skip("port 25 wants root", allow_module_level=True)

US = ("--ehlo", "client.scan.test", "--domain", "example.org")
SCHEMA = json.loads((DOCS / "schema/change.schema.json").read_text("utf-8"))


class Recorded:
    """A server played from a specimen, by the fleet of bench/ at a port of its own."""

    def __init__(self, specimen, port=0):
        self.process = subprocess.Popen([program("SMTPSCAN_FLEET"), "-p", str(port), "--starttls", "0",
                                         "--only", f"specimens/{specimen}.smtp"], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[-1])

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE)


class Scripted:
    """tests/peers/NAME.smtp with some of its words replaced, at an address of its own."""

    def __init__(self, directory, name, address, port=0, **words):
        text = (PEERS / f"{name}.smtp").read_text("latin1")
        for old, new in words.values():
            assert old in text
            text = text.replace(old, new)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "script.smtp").write_text(text, "latin1")
        self.peer = Peer(directory, str(directory / "script"), address, port)
        self.port = self.peer.port

    def stop(self):
        self.peer.stop()


UPGRADED, ALTERED, RELAY, EXPIRED, VANISHED, BLOCKED, STEADY = (f"127.66.1.{n}" for n in range(1, 8))
REFUSED = ("550 5.1.1 No such user", "554 5.7.1 Relay access denied")
RELAYED = ("550 5.1.1 No such user", "250 2.1.5 Ok")


@pytest.fixture(scope="module")
def scans(scanner, tmp_path_factory):
    """The records of two scans; the servers of the second are not those of the first."""
    d = tmp_path_factory.mktemp("diff")
    plain = ("250-STARTTLS\nS: ", "")  # a certificate is another one at each start
    first = {UPGRADED: Recorded("postfix/bookworm-postfix-default"),
             ALTERED: Recorded("exim/bookworm-exim-default"),
             RELAY: Scripted(d / "3", "esmtp", RELAY, 25, tls=plain, reply=REFUSED),
             EXPIRED: Scripted(d / "4", "expired", EXPIRED, 25, tls=("tls expired", "tls good")),
             VANISHED: Scripted(d / "5", "esmtp", VANISHED, 25, tls=plain),
             BLOCKED: Scripted(d / "6", "esmtp", BLOCKED, 25, tls=plain),
             STEADY: Scripted(d / "7", "esmtp", STEADY, 25, tls=plain)}
    ports = {address: server.port for address, server in first.items()}

    def scan(name):
        done = scanner.scan(*US, *(f"{address}:{port}" for address, port in ports.items()))
        assert done.status == 0, done
        (d / name).write_bytes(done.stdout)
        return d / name

    records = [scan("first")]
    for server in first.values():
        server.stop()
    second = [Recorded("postfix/trixie-postfix-default", ports[UPGRADED]),
              Recorded("exim/bookworm-exim-altered", ports[ALTERED]),
              Scripted(d / "3b", "esmtp", RELAY, 25, tls=plain, reply=RELAYED),
              Scripted(d / "4b", "expired", EXPIRED, 25),
              Scripted(d / "6b", "greeting-421", BLOCKED, 25),
              Scripted(d / "7b", "esmtp", STEADY, 25, tls=plain)]
    records.append(scan("second"))
    for server in second:
        server.stop()
    return records


def changes(scanner, *arguments):
    done = scanner.run("diff", "--format", "json", *arguments)
    assert done.status in (0, 1), done
    for change in done.records:
        jsonschema.validate(change, SCHEMA)
    assert done.status == any(c["changed"] for c in done.records)
    return [tuple(c.get(m) for m in ("address", "kind", "subject", "severity")) for c in done.records]


def test_exactly_what_changed_is_told(scanner, scans):
    """What an advisory says of a version is left out: that changes with the data."""
    assert set(changes(scanner, "--skip", "svc.*", *scans)) == {
        (UPGRADED, "version", None, "info"),
        (ALTERED, "greeting-altered", "Postfix", "low"),
        (RELAY, "finding-opened", "relay.open", "high"),
        (RELAY, "finding-opened", "relay.internal-domain", "medium"),
        (EXPIRED, "certificate-expired", None, "high"),
        (EXPIRED, "certificate-replaced", None, "info"),
        (EXPIRED, "key-replaced", None, "info"),
        (VANISHED, "service-silent", None, "high"),
    }


def test_a_server_that_turned_the_scan_away_is_noted_and_has_not_changed(scanner, scans):
    noted = {c[:2] for c in changes(scanner, "-v", *scans)} - {c[:2] for c in changes(scanner, *scans)}
    assert (BLOCKED, "not-reached") in noted and not any(address == STEADY for address, _ in noted)


def test_the_other_way_round_the_reverse_is_told(scanner, scans):
    assert {c[:3] for c in changes(scanner, "--skip", "svc.*", *reversed(scans))} == {
        (UPGRADED, "version", None),
        (ALTERED, "greeting-honest", "Postfix"),
        (RELAY, "finding-closed", "relay.open"),
        (RELAY, "finding-closed", "relay.internal-domain"),
        (EXPIRED, "certificate-replaced", None),
        (EXPIRED, "key-replaced", None),
        (EXPIRED, "finding-closed", "tls.cert.expired"),
        (VANISHED, "service-back", None),
    }


def test_a_scan_does_not_differ_from_itself_or_from_its_records_judged_again(scanner, scans, tmp_path):
    again = tmp_path / "judged"
    again.write_bytes(scanner.run("judge", "--format", "json", scans[0]).stdout)
    assert changes(scanner, "-v", scans[0], scans[0]) == changes(scanner, "-v", scans[0], again) == []


def test_as_text_a_line_each_under_its_target(scanner, scans):
    done = scanner.run("diff", "--format", "text", "--only", "service-*,relay.open", *scans)
    assert done.status == 1
    assert done.stdout.decode().splitlines() == [
        f"{RELAY}:25", f"  high     {RELAY}:25 exposes now relay.open: safe -> exposed",
        f"{VANISHED}:25", f"  high     {VANISHED}:25 no longer answers: answered -> refused: connection refused",
        "2 changes: 2 high"]


@pytest.mark.parametrize("arguments, status", [
    ((), 1), (("--fail-on", "high"), 1), (("--fail-on", "critical"), 0), (("--only", "extension-*"), 0),
    (("--only", "relay.*", "--fail-on", "high"), 1), (("--only", "relay.*", "--skip", "finding-*"), 0),
])
def test_the_status_says_whether_something_changed(scanner, scans, arguments, status):
    assert scanner.run("diff", *arguments, *scans).status == status


@pytest.mark.parametrize("arguments, named", [
    ((), "two scans"), (("-", "-"), "but once"), (("a",), "two scans"), (("a", "b", "c"), "two scans"),
    (("/nonexistent/a", "-"), "/nonexistent/a"), (("--only", "relay.opne", "-", "x"), "--only"),
    (("--format", "html", "-", "x"), "--format"),
])
def test_mistakes_are_named(scanner, arguments, named):
    done = scanner.run("diff", *arguments)
    assert done.status == 2 and named in done.stderr and done.stdout == b""


def test_an_output_that_cannot_be_opened_is_named(scanner, scans):
    done = scanner.run("diff", "-o", "/nonexistent/x", *scans)
    assert done.status == 2 and "--output" in done.stderr and done.stdout == b""


def test_lines_that_are_no_records_are_told_and_left_out(scanner, scans):
    done = scanner.run("diff", "--format", "text", scans[0], "-", stdin=scans[0].read_bytes() + b'{"type":\n')
    assert (done.status, done.stdout) == (0, b"nothing changed\n")
    assert done.stderr.count("\n") == 1 and "no record" in done.stderr


@pytest.mark.parametrize("content", [b"", b"no record\n", b"\x1f\x8b\x08\0"])
@pytest.mark.parametrize("side", [0, 1])
def test_what_holds_no_records_cannot_be_compared(scanner, scans, tmp_path, content, side):
    (tmp_path / "other").write_bytes(content)
    paths = [tmp_path / "other", scans[0]]
    done = scanner.run("diff", paths[side], paths[1 - side])
    assert done.status == 2 and done.stdout == b""
    assert "holds no records" in done.stderr


def test_nobody_answering_is_doubted(scanner, scans):
    silent = scans[0].read_bytes().replace(b'"outcome":"answered"', b'"outcome":"timeout"')
    done = scanner.run("diff", scans[0], "-", stdin=silent)
    assert done.status == 1 and "nobody answered" in done.stderr


def test_a_full_disk_is_a_failure(scanner, scans):
    done = scanner.run("diff", "-o", "/dev/full", *scans)
    assert done.status == 4 and "/dev/full" in done.stderr


# ---- domains ----

TLSA = (3, 1, 1, b"\xaa" * 32)
HOSTS = {f"mx{n}.example.org": [("A", f"127.66.2.{n}")] for n in (1, 2, 3)}
BEFORE = {
    **HOSTS,
    "example.org": [("MX", (10, b"mx1.example.org")), ("MX", (20, b"mx2.example.org")), ("TXT", "v=spf1 mx -all")],
    "_dmarc.example.org": [("TXT", "v=DMARC1; p=reject")],
    "_mta-sts.example.org": [("TXT", "v=STSv1; id=1")],
    "_smtp._tls.example.org": [("TXT", "v=TLSRPTv1; rua=mailto:a@example.org")],
    "_25._tcp.mx1.example.org": [("TLSA", TLSA)],
}
AFTER = {
    **BEFORE,
    "example.org": [("MX", (10, b"mx1.example.org")), ("MX", (20, b"mx3.example.org")), ("TXT", "v=spf1 mx ~all")],
    "_dmarc.example.org": [("TXT", "v=DMARC1; p=none")],
    "_smtp._tls.example.org": [],
}
FAILING = {**BEFORE, "_dmarc.example.org": SERVFAIL, "_mta-sts.example.org": SERVFAIL, "_smtp._tls.example.org": SERVFAIL,
           "_25._tcp.mx1.example.org": SERVFAIL}
UNKNOWN = {**BEFORE, "example.org": SERVFAIL}


@pytest.fixture(scope="module")
def domains(scanner, tmp_path_factory):
    """domains(ZONE, ...) gives the records of a scan of the domain in each, the exchanges being the same."""
    d = tmp_path_factory.mktemp("domains")
    hosts = [Scripted(d / host, "esmtp", records[0][1], 25, tls=("250-STARTTLS\nS: ", "")) for host, records in HOSTS.items()]

    def scan(*zones):
        paths = []
        for number, zone in enumerate(zones):
            server = NameServer(Zone(zone))
            done = scanner.scan(*US, "--resolver", server.address, "--allow-special", "--level", "audit", "--timeout-dns", "1s",
                                "-p", "25", "example.org")
            server.stop()
            paths.append(d / f"{number}")
            paths[-1].write_bytes(done.stdout)
        return paths

    yield scan
    for host in hosts:
        host.stop()


def test_what_a_domain_publishes_is_compared(scanner, domains):
    found = changes(scanner, *domains(BEFORE, AFTER))
    assert {c[1:3] for c in found if c[1].startswith(("record-", "service-"))} == {
        ("record-altered", "MX"), ("record-altered", "SPF"), ("record-altered", "DMARC"), ("record-removed", "TLS-RPT"),
        ("service-gone", None), ("service-new", None)}
    assert {c[2] for c in found if c[1].startswith("finding-o")} >= {"dmarc.none", "tlsrpt.missing"}


def test_what_dns_did_not_tell_is_no_removal(scanner, domains):
    scans = domains(BEFORE, FAILING, UNKNOWN)
    assert changes(scanner, scans[0], scans[1]) == []
    noted = {c[1:3] for c in changes(scanner, "-v", scans[0], scans[1])}
    assert noted >= {("record-unknown", r) for r in ("DMARC", "MTA-STS", "TLS-RPT", "TLSA of mx1.example.org")}
    assert changes(scanner, scans[0], scans[2]) == changes(scanner, scans[2], scans[0]) == []


def test_a_domain_that_is_gone_is_told(scanner, domains):
    found = changes(scanner, *domains(BEFORE, {}))
    assert ("domain-outcome", "high") in {(c[1], c[3]) for c in found}
