# SPDX-License-Identifier: Apache-2.0
"""The checks of the audit against scripted servers on port 25: what is kept, what is said, and how a session is left."""

import os

import pytest

from nameserver import NameServer, Zone
from tls_world import MailServer

if os.geteuid() != 0:
    pytest.skip("port 25 wants root", allow_module_level=True)

US = ("--domain", "example.org", "--ehlo", "client.scan.test")


@pytest.fixture(scope="module")
def audit(scanner, start_peer):
    """audit(PEER, ADDRESS, ARGUMENT...) gives the record and the connections."""
    def run(name, address, *arguments):
        peer = start_peer(name, address, 25)
        done = scanner.scan("-p", "25", *US, *arguments, peer.address)
        return done, peer.settled()

    return run


@pytest.fixture(scope="module")
def names(audit):
    return audit("names", "127.77.1.1", "--level", "full", "--transcript", "--only", "harvest.vrfy,harvest.expn,relay.null-sender,spoof.self")


def findings(record):
    return {f["id"]: f for f in record["findings"]}


def test_names_behind_vrfy_and_expn_are_in_no_record(names):
    done, _ = names
    found = findings(done.service)
    assert found["harvest.vrfy"]["verdict"] == found["harvest.expn"]["verdict"] == "exposed"
    assert b"{name}" in done.stdout
    assert b"nown" not in done.stdout.replace(b"unknown", b"")


def test_neither_are_those_of_a_reply_that_is_cut_short(audit):
    done, connections = audit("names-cut", "127.77.1.42", "--level", "full", "--transcript", "--only", "harvest.vrfy")
    assert done.service["outcome"] == "answered"
    assert any(line.startswith(b"VRFY") for c in connections for line in c.lines)
    assert b"nown" not in done.stdout.replace(b"unknown", b"")


def test_a_transaction_is_reset_before_the_session_is_left(names):
    _, connections = names
    begun = 0
    for c in connections:
        is_open = False
        for line in c.lines:
            assert not (is_open and line == b"QUIT\r\n"), c.lines
            if line.startswith((b"MAIL ", b"RSET", b"EHLO")):
                is_open = line.startswith(b"MAIL ")
                begun += is_open
    assert begun


def test_a_server_that_hangs_up_at_mail_is_undecided(audit):
    done, connections = audit("close-at-mail", "127.77.1.2", "--level", "audit")
    found = findings(done.service)
    for check in ("relay.open", "relay.percent", "harvest.rcpt"):
        assert found[check]["verdict"] == "untestable", found[check]
        assert found[check]["reason"] == "the connection ended without a reply"
    assert len(connections) <= 3


def untestable(record, among):
    found = findings(record)
    assert among <= set(found)
    assert {found[i]["verdict"] for i in among} == {"untestable"}, found
    return {found[i]["reason"] for i in among}


def test_what_a_server_that_hangs_up_twice_was_not_asked_is_untestable(audit):
    done, _ = audit("close-at-mail", "127.77.1.6", "--level", "full")
    asked = {r["ask"] for r in done.service["reactions"]}
    left = {f["id"] for f in done.service["findings"] if f["id"].startswith(("harvest.", "limit.")) and f["id"] not in asked} - {"limit.connections"}
    assert left
    assert untestable(done.service, left) <= {"it hung up on what was asked, again", "the connection ended without a reply"}
    assert done.service["cut"]["reason"] == "it hung up on what was asked, again"


def test_a_421_makes_the_rest_untestable_on_every_port(audit, start_peer):
    start_peer("421-at-mail", "127.77.1.7", 587)
    done, connections = audit("421-at-mail", "127.77.1.7", "--level", "audit", "-p", "25,587")
    first, second = sorted(done.services, key=lambda s: s["port"])
    for service in first, second:
        assert service["outcome"] == "answered"
        assert service["cut"] == {"stage": "dialogue", "reply": "421 4.7.0 You ask too much"}
    asked = {"relay.open", "relay.percent", "harvest.rcpt"}
    assert untestable(first, asked) == {"421 4.7.0 You ask too much"}
    assert not [f for f in first["findings"] + second["findings"] if "spent before" in f.get("reason", "")]


def test_the_challenge_of_ntlm_is_read_to_the_build(audit):
    done, _ = audit("ntlm", "127.77.1.8", "--level", "full", "--only", "svc.ntlm")
    found = findings(done.service)["svc.ntlm"]
    assert found["verdict"] == "exposed" and found["severity"] == "medium"
    told = "\n".join(found["evidence"])
    for what in "EXAMPLE", "MX1", "mx1.example.test", "Windows 10.0 build 20348":
        assert what in told, told


def test_without_ntlm_no_challenge_is_asked_for(audit):
    done, _ = audit("refuses-all", "127.77.1.9", "--level", "full", "--only", "svc.ntlm")
    assert findings(done.service)["svc.ntlm"]["verdict"] == "not-asked"


# What no server of the lab shows.
@pytest.mark.parametrize("peer, address, check, verdict", [
    ("turns", "127.77.4.1", "smtp.ehlo.turn-listed", "exposed"),
    ("takes-nothing", "127.77.4.2", "smtp.ehlo.turn-listed", "safe"),
    ("turns", "127.77.4.3", "svc.ntlm", "safe"),
    ("spf-refused", "127.77.4.4", "spoof.spf-not-enforced", "safe"),
])
def test_what_is_seen_too_rarely_to_have_it_installed(audit, peer, address, check, verdict):
    done, _ = audit(peer, address, "--level", "full", "--only", check)
    assert findings(done.service)[check]["verdict"] == verdict


def test_what_is_offered_under_tls_alone_is_asked_there(scanner, start_peer):
    """Though no other check opens a connection that it could be asked on."""
    peer = start_peer("ntlm-under-tls", "127.77.4.5", 587)
    done = scanner.scan("-p", "587", *US, "--level", "full", "--only", "svc.ntlm", peer.address)
    assert findings(done.service)["svc.ntlm"]["verdict"] == "exposed"


@pytest.mark.parametrize("address, taken, verdict", [("127.77.4.6", 12, "safe"), ("127.77.4.7", 99, "exposed")])
def test_connections_are_counted_until_one_is_refused(scanner, address, taken, verdict):
    server = MailServer(None, before=lambda number: number > taken and "421 4.7.0 Too many connections", where=(address, 25))
    try:
        done = scanner.scan("-p", "25", "--level", "full", "--only", "limit.connections", address)
    finally:
        server.stop()
    assert findings(done.service)["limit.connections"]["verdict"] == verdict
    assert server.accepted == (taken + 1 if verdict == "safe" else done.service["cost"]["connections"])


def test_a_tenant_that_takes_no_direct_send(scanner, start_peer):
    tenant = "tenant.mail.protection.outlook.com"
    peer = start_peer("direct-send-off", "127.77.4.8", 25)
    server = NameServer(Zone({"example.org": [("MX", (10, tenant.encode()))], tenant: [("A", peer.address)]}))
    try:
        done = scanner.scan("-p", "25", "--resolver", server.address, "--allow-special", "--only", "spoof.direct-send", "example.org")
    finally:
        server.stop()
    assert findings(done.service)["spoof.direct-send"]["verdict"] == "safe"


def test_a_host_that_takes_mail_from_its_filter_alone(scanner, start_peer):
    filters, host = start_peer("esmtp", "127.77.4.9", 25), start_peer("filter-only", "127.77.4.10", 25)
    done = scanner.scan(*US, "-p", "25", "--only", "mx.bypass", "--origin", host.address, filters.address)
    found = {s["address"]: findings(s)["mx.bypass"]["verdict"] for s in done.services}
    assert found == {filters.address: "not-asked", host.address: "safe"}


def test_no_handshake_no_verdict_on_what_comes_within(audit):
    done, _ = audit("starttls-close", "127.77.1.3", "--level", "full", "--only", "tls.starttls.*")
    found = findings(done.service)
    assert found["tls.starttls.broken"]["verdict"] == "exposed"
    assert found["tls.starttls.injection"]["verdict"] == "not-asked"
    assert "handshake" in found["tls.starttls.injection"]["reason"]


@pytest.mark.parametrize("name, trap", [("trap-354", b"354"), ("trap-334", b"334")])
def test_traps_are_left_in_silence_at_every_level(audit, name, trap):
    address = "127.77.1.4" if trap == b"354" else "127.77.1.5"
    _, connections = audit(name, address, "--level", "full", "--only", "relay.*,auth.*,harvest.*,limit.errors")
    for c in connections:
        said = [line for line in c.lines if not line.startswith(b"EHLO ")]
        if trap == b"354":
            assert len(said) <= 1, c.lines
        for i, line in enumerate(c.lines):
            if trap == b"334" and line.startswith(b"AUTH"):
                assert c.lines[i + 1:] in ([], [b"*\r\n"]), c.lines
                assert c.end == "RST"


@pytest.mark.parametrize("peer, address, verdict", [
    ("names", "127.77.2.1", "exposed"),
    ("takes-nothing", "127.77.2.2", "safe"),
])
def test_a_domain_that_says_it_takes_no_mail(scanner, start_peer, peer, address, verdict):
    start_peer(peer, address, 25)
    server = NameServer(Zone({"none.example.org": [("MX", (0, b"")), ("A", address)]}))
    try:
        done = scanner.scan("--resolver", server.address, "--allow-special", "--only", "mx.*", "none.example.org")
        told = scanner.scan("--resolver", server.address, "--allow-special", "--level", "identify", "none.example.org")
    finally:
        server.stop()
    assert done.service["null_mx"] is True and done.service["address"] == address
    assert findings(done.service)["mx.null-accepts"]["verdict"] == verdict
    assert [d["outcome"] for d in done.of_type("domain")] == ["no-mail"]
    assert not told.services  # nobody but an audit goes there


def test_no_server_is_asked_more_than_an_audit_may_cost(scanner, start_peer):
    kinds = ("esmtp", "postfix", "refuses-all", "takes-nothing", "names", "smtp-only", "close-at-mail", "421-at-mail", "ntlm", "code-change")
    where = {"127.77.3.%d" % (i + 1): kind for i, kind in enumerate(kinds)}
    for address, kind in where.items():
        for port in 25, 587, 2525:
            start_peer(kind, address, port)
    done = scanner.scan("--level", "audit", "-p", "25,587,2525", *US, *where)
    for address, kind in where.items():
        costs = {s["port"]: s["cost"] for s in done.services if s["address"] == address}
        assert len(costs) == 3, kind
        assert sum(c["commands"] for c in costs.values()) <= 40, (kind, costs)
        assert sum(c["errors_provoked"] for c in costs.values()) <= 14, (kind, costs)
        assert all(c["connections"] <= (3 if port == 25 else 2) for port, c in costs.items()), (kind, costs)
