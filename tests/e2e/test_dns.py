# SPDX-License-Identifier: Apache-2.0
"""From names to servers: what DNS may answer, and what is made of it."""

import socket

import pytest

from nameserver import REFUSED, SERVFAIL, NameServer, Zone

# ---- the names ----

ONE, TWO, THREE = "127.0.46.1", "127.0.46.2", "127.0.46.3"

NAMES = {
    "mx1.example.org": [("A", ONE)],
    "mx2.example.org": [("A", TWO)],
    "mx3.example.org": [("A", THREE)],
    "xn--bcher-kva.example.org": [("MX", (10, b"mx1.example.org"))],
    "two.example.org": [("MX", (20, b"mx2.example.org")), ("MX", (10, b"mx1.example.org"))],
    "one-address.example.org": [("MX", (10, b"mx1.example.org")), ("MX", (20, b"same.example.org"))],
    "same.example.org": [("A", ONE)],
    "null.example.org": [("MX", (0, b""))],
    "no-mx.example.org": [("A", ONE)],
    "empty.example.org": [],
    "mx-address.example.org": [("MX", (10, ONE.encode()))],
    "mx-cname.example.org": [("MX", (10, b"alias.example.org"))],
    "alias.example.org": [("CNAME", b"mx1.example.org")],
    "domain-cname.example.org": [("CNAME", b"two.example.org")],
    "mx-empty.example.org": [("MX", (10, b"empty.example.org"))],
    "mx-servfail.example.org": [("MX", (10, b"servfail.example.org"))],
    "mx-half.example.org": [("MX", (10, b"servfail.example.org")), ("MX", (20, b"mx1.example.org"))],
    "mx-escape.example.org": [("MX", (10, b"\x1b[31m\x07.example.org"))],
    "mx-script.example.org": [("MX", (10, b"<script>.example.org"))],
    "private.example.org": [("MX", (10, b"rfc1918.example.org"))],
    "rfc1918.example.org": [("A", "192.168.46.46")],
    "servfail.example.org": SERVFAIL,
    "refused.example.org": REFUSED,
    "silence.example.org": "silence",
    "malformed.example.org": "malformed",
    "another.example.org": "another question",
    "truncated.example.org": "tcp only",
    "loop.example.org": [("CNAME", b"loop2.example.org")],
    "loop2.example.org": [],
    "v6.example.org": [("AAAA", "::1")],
}
BIG = [("MX", (i, b"mx1.example.org")) for i in range(1, 60)]


@pytest.fixture(scope="module")
def resolver():
    zone = Zone(NAMES)
    zone.names["big.truncated.example.org"] = BIG
    server = NameServer(zone)
    yield server.address
    server.stop()


@pytest.fixture(scope="module")
def peers(start_peers):
    return start_peers([("esmtp", ONE), ("smtp-only", TWO), ("wrong-name", THREE)])


@pytest.fixture(scope="module")
def look(scanner, resolver, peers):
    """look(NAME..., OPTION...) scans names at the peers' port."""

    def scan(*arguments):
        return scanner.scan("--resolver", resolver, "--timeout-dns", "200ms", "--level", "detect",
                            "-p", peers[0].port, *arguments)

    return scan


@pytest.fixture(scope="module")
def allowed(look):
    """All names in one run, with --allow-special: {input: (domain record or None, services)}.

    Many of them share an endpoint, which has one record: the domain records say which.
    """
    scan = look("--allow-special", "-4", *NAMES, "missing.example.org")
    domains = {r["input"]: r for r in scan.of_type("domain")}
    endpoints = {(s["address"], s["port"]): s for s in scan.services}
    assert len(endpoints) == len(scan.services)
    found = {}
    for name in [*NAMES, "missing.example.org"]:
        led = domains.get(name, {}).get("services")
        found[name] = (domains.get(name),
                       [endpoints[x["address"], x["port"]] for x in led] if led else
                       [s for s in scan.services if s["input"] == name])
    assert scan.status == 0
    return found


# ---- names that lead nowhere ----

@pytest.mark.parametrize("name, outcome", [
    ("null", "no-mail"),
    ("missing", "no-such-name"),
    ("servfail", "dns-failed"),
    ("refused", "dns-failed"),
    ("malformed", "dns-failed"),
    ("another", "dns-timeout"),  # an answer to what nobody asked is none
    ("silence", "dns-timeout"),
    ("empty", "no-address"),
    ("mx-empty", "no-address"),
    ("mx-servfail", "dns-failed"),
    ("mx-escape", "dns-failed"),
    ("mx-script", any),  # whether such a name is asked for is no matter
    ("loop", "no-address"),
    ("v6", "no-address"),
])
def test_a_name_that_leads_nowhere_gives_one_record(allowed, name, outcome):
    domain, services = allowed[f"{name}.example.org"]
    assert services == []
    assert (domain["type"], domain["stage"], domain["schema"]) == ("domain", "resolve", 1)
    assert outcome is any or domain["outcome"] == outcome
    assert domain["reason"].startswith(f"{name}.example.org")


# ---- names that lead to servers ----

@pytest.mark.parametrize("name, hosts", [
    ("two", [("mx1.example.org", ONE), ("mx2.example.org", TWO)]),
    ("one-address", [("mx1.example.org", ONE)]),
    ("mx-address", [(ONE, ONE)]),
    ("mx-cname", [("alias.example.org", ONE)]),
    ("domain-cname", [("mx1.example.org", ONE), ("mx2.example.org", TWO)]),
    ("mx-half", [("mx1.example.org", ONE)]),
    ("truncated", [("mx1.example.org", ONE)]),
])
def test_a_domain_leads_to_its_exchanges(allowed, name, hosts):
    domain, services = allowed[f"{name}.example.org"]
    assert sorted((x["host"], x["address"]) for x in domain["services"]) == hosts
    for s in services:
        assert s["outcome"] == "answered"
        assert s["protocol"] == ("esmtp" if s["address"] == ONE else "smtp")
    assert domain["outcome"] == "answered"


def test_exchanges_stand_by_preference(allowed):
    domain, _ = allowed["two.example.org"]
    assert [(x["preference"], x["host"]) for x in domain["mx"]] == [(10, "mx1.example.org"),
                                                                    (20, "mx2.example.org")]


def test_a_name_without_mx_is_visited_itself(look):
    s = look("--allow-special", "no-mx.example.org").service
    assert (s["host"], s["address"], s["outcome"]) == ("no-mx.example.org", ONE, "answered")
    assert "domain" not in s


def test_a_domain_stands_in_the_record_of_its_service(look):
    s = look("--allow-special", "two.example.org").services
    assert [x["domain"] for x in s] == ["two.example.org"] * 2
    assert not any("domains" in x for x in s)


@pytest.mark.parametrize("name, note", [
    ("mx-address", "mx-is-address"),
    ("mx-cname", "mx-is-cname"),
    ("mx-half", "mx-dns-failed"),
    ("mx-empty", "mx-no-address"),
    ("no-mx", "no-mx"),
])
def test_what_is_odd_is_noted(allowed, name, note):
    domain, _ = allowed[f"{name}.example.org"]
    assert note in [n["note"] for n in domain["notes"]]


@pytest.mark.parametrize("name, matches", [("mx1", True), ("mx3", False)])
def test_the_name_is_asked_of_the_certificate(look, name, matches):
    scan = look("--allow-special", f"{name}.example.org")
    assert scan.service["tls"]["name_matches"] is matches


def test_each_target_gives_a_record(allowed):
    assert all(domain or services for domain, services in allowed.values())


# ---- options ----

def test_special_addresses_from_dns_are_refused(look, peers):
    before = [len(p.connections()) for p in peers]
    scan = look("two.example.org", "private.example.org", "no-mx.example.org")
    assert scan.services == []
    assert {r["input"]: r["outcome"] for r in scan.of_type("domain")} == {
        "two.example.org": "excluded", "private.example.org": "excluded",
        "no-mx.example.org": "excluded"}
    notes = [n for r in scan.of_type("domain") for n in r["notes"]]
    assert any(n["note"] == "mx-special-use" and "192.168.46.46" in n["detail"] for n in notes)
    assert scan.status == 3
    assert [len(p.connections()) for p in peers] == before


def test_a_special_address_that_was_typed_is_taken(look, peers):
    assert look(ONE).service["outcome"] == "answered"


def test_as_host_asks_for_no_exchanges(look):
    scan = look("--allow-special", "--as", "host", "two.example.org", "no-mx.example.org")
    assert [(r["input"], r["outcome"]) for r in scan.of_type("domain")
            if r["outcome"] != "answered"] == [("two.example.org", "no-address")]
    assert [s["input"] for s in scan.services] == ["no-mx.example.org"]


def test_a_name_in_unicode_is_looked_up_as_dns_has_it(look):
    scan = look("--allow-special", "B\u00fccher.Example.ORG.")
    assert scan.service["input"] == "B\u00fccher.Example.ORG."
    assert scan.service["domain"] == "xn--bcher-kva.example.org"
    assert scan.service["outcome"] == "answered"


def test_families(look):
    scan = look("--allow-special", "-6", "no-mx.example.org", "v6.example.org")
    outcomes = {r["input"]: r["outcome"] for r in scan.of_type("domain")}
    assert outcomes["no-mx.example.org"] == "no-address"
    assert [(s["input"], s["address"]) for s in scan.services] == [("v6.example.org", "::1")]


def test_a_resolver_that_is_not_there(scanner):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = "127.0.0.1:{}".format(taken.getsockname()[1])
        scan = scanner.scan("--resolver", nobody, "--timeout-dns", "100ms", "two.example.org")
    assert scan.of_type("domain")[0]["outcome"] in ("dns-timeout", "dns-failed")
    assert scan.status == 3


def test_hostile_names_do_no_harm(allowed, look):
    scan = look("--allow-special", "mx-escape.example.org", "mx-script.example.org")
    assert b"\x1b" not in scan.stdout and b"\x07" not in scan.stdout
    text = look("--allow-special", "--format", "text", "mx-escape.example.org")
    assert b"\x1b" not in text.stdout and b"\x07" not in text.stdout
