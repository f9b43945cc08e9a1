# SPDX-License-Identifier: Apache-2.0
"""What DNS says of a server's address: names that lead back to it, and lists that have it."""

import ipaddress
import re

import pytest

from nameserver import SERVFAIL, Later, NameServer, Zone
from test_schema import assert_valid, judge, load_schemas

GOOD, NAMELESS, FORGED, SILENT, OTHER, LATE = (f"127.0.53.{n}" for n in range(1, 7))


def reverse(address, zone=None):
    name = ipaddress.ip_address(address).reverse_pointer
    return re.sub(r"(in-addr|ip6)\.arpa$", zone, name) if zone else name


NAMES = {
    reverse(GOOD): [("PTR", b"other.example.org"), ("PTR", b"MX.example.org")],
    reverse(FORGED): [("PTR", b"mx.example.com")],
    reverse(SILENT): "silence",
    reverse(OTHER): [("PTR", b"host.example.net")],
    reverse(LATE): Later([("PTR", b"mx.example.org")], 2.5),
    reverse("::1"): [("PTR", b"mx.example.org")],
    "mx.example.org": [("A", GOOD), ("A", LATE), ("AAAA", "::1")],
    "mx.example.com": [("A", "192.0.2.1")],
    "host.example.net": [("A", OTHER)],
    reverse(GOOD, "bl.test"): [("A", "127.0.0.2"), ("A", "127.0.0.10"),
                               ("TXT", b"seen \x1b[31m spamming, see https://bl.test/?ip=127.0.53.1")],
    reverse(FORGED, "bl.test"): [("A", "127.255.255.254")],
    reverse(OTHER, "bl.test"): [("A", "192.0.2.7")],
    reverse(SILENT, "bl.test"): SERVFAIL,
    reverse("::1", "bl.test"): [("A", "127.0.0.3")],
}


@pytest.fixture(scope="module")
def zone():
    return Zone(NAMES)


@pytest.fixture(scope="module")
def resolver(zone):
    server = NameServer(zone)
    yield server.address
    server.stop()


@pytest.fixture(scope="module")
def peers(start_peers):
    return start_peers([("esmtp", a) for a in (GOOD, NAMELESS, FORGED, SILENT, OTHER, LATE, "::1")])


@pytest.fixture(scope="module")
def audit(scanner, resolver, peers):
    """audit(ADDRESS..., OPTION...) at the peers' port; what does not concern DNS is left out."""

    def scan(*arguments):
        return scanner.scan("--resolver", resolver, "--timeout-dns", "300ms", "--only", "dns.*,net.port-open", "-p",
                            peers[0].port, *arguments)

    return scan


@pytest.fixture(scope="module")
def whole(audit, peers):
    """One run over all."""
    return audit("--dnsbl", "bl.test", *[p.address for p in peers if p.address != LATE])


@pytest.fixture(scope="module")
def everyone(whole):
    """{address: (record, {id: finding})} of it."""
    return {s["address"]: (s, {f["id"]: f for f in s["findings"]}) for s in whole.services}


# ---- names ----

def test_a_name_that_leads_back_and_is_the_servers_own_is_safe(everyone):
    record, found = everyone[GOOD]
    assert record["reverse"] == {"outcome": "found", "confirmed": True, "name_count": 2,
                                 "names": ["other.example.org", "mx.example.org"]}
    assert found["dns.fcrdns"] == {"id": "dns.fcrdns", "verdict": "safe"}


@pytest.mark.parametrize("address, facts, verdict, reason, evidence", [
    (NAMELESS, {"outcome": "absent"}, "exposed", "has no name", None),
    (FORGED, {"outcome": "found", "confirmed": False, "names": ["mx.example.com"], "name_count": 1}, "exposed",
     "leads back", ["PTR mx.example.com"]),
    (OTHER, {"outcome": "found", "confirmed": True, "names": ["host.example.net"], "name_count": 1}, "exposed",
     "calls itself otherwise", ["PTR host.example.net", "greeting mx.example.org"]),
    (SILENT, {"outcome": "timeout"}, "untestable", "in time", None),
])
def test_what_is_wrong_with_names(everyone, address, facts, verdict, reason, evidence):
    record, found = everyone[address]
    assert record["reverse"] == facts
    assert (found["dns.fcrdns"]["verdict"], found["dns.fcrdns"]["severity"]) == (verdict, "low")
    assert reason in found["dns.fcrdns"]["reason"]
    assert found["dns.fcrdns"].get("evidence") == evidence


def test_ipv6_is_asked_by_its_nibbles(everyone):
    record, found = everyone["::1"]
    assert record["reverse"]["confirmed"] is True and found["dns.fcrdns"]["verdict"] == "safe"
    assert record["dnsbl"] == [{"zone": "bl.test", "outcome": "found", "addresses": ["127.0.0.3"]}]


# ---- lists ----

def test_a_listed_address_is_exposed_with_what_the_list_says(everyone):
    record, found = everyone[GOOD]
    assert record["dnsbl"] == [{"zone": "bl.test", "outcome": "found", "addresses": ["127.0.0.2", "127.0.0.10"],
                                "text": "seen \\x1B[31m spamming, see https://bl.test/?ip=127.0.53.1"}]
    assert (found["dns.dnsbl"]["verdict"], found["dns.dnsbl"]["severity"]) == ("exposed", "medium")
    assert found["dns.dnsbl"]["evidence"] == [
        "bl.test 127.0.0.2 127.0.0.10 seen \\x1B[31m spamming, see https://bl.test/?ip=127.0.53.1"]


def test_an_address_that_is_not_listed_is_safe(everyone):
    record, found = everyone[NAMELESS]
    assert record["dnsbl"] == [{"zone": "bl.test", "outcome": "absent"}]
    assert found["dns.dnsbl"]["verdict"] == "safe"


@pytest.mark.parametrize("address, why", [(FORGED, "refuses to answer"), (OTHER, "it is no list"), (SILENT, "failure")])
def test_a_list_that_says_nothing_of_the_address_leaves_it_open(everyone, address, why):
    found = everyone[address][1]["dns.dnsbl"]
    assert found["verdict"] == "untestable" and why in found["evidence"][0]


def test_one_list_that_has_it_decides_whatever_the_others_say(audit):
    s = audit("--dnsbl", "silent.test, bl.test", GOOD).service
    assert [f["verdict"] for f in s["findings"] if f["id"] == "dns.dnsbl"] == ["exposed"]
    assert [x["zone"] for x in s["dnsbl"]] == ["silent.test", "bl.test"]


@pytest.mark.parametrize("zones", ["", "bl.test:53", "192.0.2.1", ",".join(f"z{n}.test" for n in range(9))])
def test_a_wrong_zone_is_said(scanner, zones):
    scan = scanner.scan("--dnsbl", zones, GOOD)
    assert scan.status == 2 and "--dnsbl" in scan.stderr and scan.stdout == b""


# ---- when it is asked, and what it costs ----

def test_the_lookups_run_beside_the_visit(audit, peers, zone):
    before = zone.asked[reverse(LATE)]
    scan = audit("--timeout-dns", "4s", LATE)
    assert scan.service["reverse"]["confirmed"] is True
    assert zone.asked[reverse(LATE)] == before + 1 and scan.of_type("run")[0]["dns"]["queries"] == 2
    # It came 2.5 s late; the visit itself had ended long before, and holds nothing of that.
    assert scan.seconds > 2.4 and scan.service["cost"]["duration_ms"] < 2000


def test_ports_of_one_address_ask_once(audit, start_peer, zone):
    second = start_peer("esmtp", FORGED)
    first = zone.asked[reverse(FORGED)]
    scan = audit("-p", second.port, FORGED)
    both = audit("-p", f"{second.port},{scan.service['port']}", FORGED)
    assert all(s["reverse"]["outcome"] == "found" for s in both.services + scan.services)
    assert zone.asked[reverse(FORGED)] - first == 2  # one each run


@pytest.mark.parametrize("arguments", [("--level", "identify"), ("--skip", "dns.*"), ("--only", "net.port-open")])
def test_it_is_not_asked_unless_it_is_wanted(scanner, resolver, peers, zone, arguments):
    before = zone.asked.total()
    scan = scanner.scan("--resolver", resolver, "-p", peers[0].port, "--dnsbl", "bl.test", *arguments, GOOD)
    assert scan.service["outcome"] == "answered"
    assert "reverse" not in scan.service and "dnsbl" not in scan.service
    assert zone.asked.total() == before


def test_lists_are_asked_only_with_the_option(audit, zone):
    before = zone.asked[reverse(GOOD, "bl.test")]
    assert "dnsbl" not in audit(GOOD).service
    assert zone.asked[reverse(GOOD, "bl.test")] == before


def test_loopback_is_asked_of_a_name_server_that_was_named_only(scanner, peers):
    scan = scanner.scan("--only", "dns.*", "-p", peers[0].port, GOOD)
    assert scan.service["outcome"] == "answered" and "reverse" not in scan.service
    assert "dns" not in scan.of_type("run")[0]


def test_who_does_not_answer_is_not_asked_for(audit, zone):
    before = zone.asked.total()
    assert audit("127.0.53.99").service["outcome"] == "refused"
    assert zone.asked.total() == before


# ---- records ----

def test_records_keep_to_the_schema_and_are_judged_the_same(scanner, whole, tmp_path):
    schemas = load_schemas()
    assert_valid(schemas, whole.stdout)
    again = judge(scanner, tmp_path, whole.stdout)
    assert_valid(schemas, again.stdout)

    def told(services):
        return {s["address"]: ({f["id"]: f for f in s["findings"] if f["id"].startswith("dns.")}, s["reverse"], s["dnsbl"])
                for s in services}

    assert told(again.services) == told(whole.services)


def test_workers_give_the_same(audit, peers, everyone):
    scan = audit("--dnsbl", "bl.test", "--workers", "2", *[p.address for p in peers if p.address != LATE])
    got = {s["address"]: (s["reverse"], s["dnsbl"], [f for f in s["findings"] if f["id"].startswith("dns.")])
           for s in scan.services}
    want = {a: (s["reverse"], s["dnsbl"], [f for f in s["findings"] if f["id"].startswith("dns.")])
            for a, (s, _) in everyone.items()}
    assert got == want


def test_an_interrupt_does_not_wait_for_dns(scanner, resolver, peers):
    process = scanner.start("scan", "--format", "json", "--resolver", resolver, "--timeout-dns", "30s", "-p",
                            peers[0].port, "--only", "dns.*", SILENT, stdout=-1)
    peer = next(p for p in peers if p.address == SILENT)
    seen = len(peer.connections())
    peer.settled(seen + 1)
    status, _ = scanner.interrupt(process)
    assert status == 130
    process.stdout.close()
