# SPDX-License-Identifier: Apache-2.0
"""From names to servers: what DNS may answer, and what is made of it."""

import socket
import socketserver
import struct
import threading

import pytest

TYPES = {"A": 1, "CNAME": 5, "MX": 15, "AAAA": 28}
NXDOMAIN, SERVFAIL, REFUSED = 3, 2, 5


# ---- a name server that says what it is told ----

def encode_name(name):
    labels = [x for x in name.split(b".") if x]
    return b"".join(bytes([len(x)]) + x for x in labels) + b"\0"


def encode_data(kind, value):
    if kind == "MX":
        return struct.pack(">H", value[0]) + encode_name(value[1])
    if kind == "CNAME":
        return encode_name(value)
    return socket.inet_pton(socket.AF_INET if kind == "A" else socket.AF_INET6, value)


class Zone:
    """Names with their records: {name: [(type, value), ...]}, or a word for the whole name."""

    def __init__(self, names):
        self.names = {k.encode(): v for k, v in names.items()}

    def answer(self, query, is_udp):
        """The octets of the answer; None: none."""
        name, kind, question = self.read(query)
        what = self.names.get(name, NXDOMAIN)
        if what == "silence":
            return None
        if what == "another question":
            return self.head(query, 0x8180, 0) + encode_name(b"example.net") + question[-4:]
        if what == "malformed":  # one record is announced, whose name points at itself
            at = 12 + len(question)
            return self.head(query, 0x8180, 1) + question + struct.pack(">H", 0xc000 | at)
        if what == "tcp only" and is_udp:
            return self.head(query, 0x8380, 0) + question  # TC
        if isinstance(what, int):
            return self.head(query, 0x8180 | what, 0) + question
        records = self.records(name, kind, self.names["big." + name.decode()]
                               if what == "tcp only" else what)
        return self.head(query, 0x8180, len(records)) + question + b"".join(records)

    def read(self, query):
        labels, at = [], 12
        while size := query[at]:
            labels.append(query[at + 1:at + 1 + size].lower())
            at += 1 + size
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        return b".".join(labels), kind, query[12:at + 5]

    @staticmethod
    def head(query, flags, answers):
        return query[:2] + struct.pack(">HHHHH", flags, 1, answers, 0, 0)

    def records(self, name, kind, what):
        found = []
        for t, value in what:
            if TYPES[t] == kind or t == "CNAME":
                data = encode_data(t, value)
                found.append(encode_name(name) + struct.pack(">HHIH", TYPES[t], 1, 60, len(data)) +
                             data)
            if t == "CNAME" and kind != TYPES["CNAME"]:
                found += self.records(value, kind, self.names.get(value, []))
        return found


class OverUdp(socketserver.BaseRequestHandler):
    def handle(self):
        query, sock = self.request
        if answer := self.server.zone.answer(query, True):
            sock.sendto(answer, self.client_address)


class OverTcp(socketserver.StreamRequestHandler):
    def handle(self):
        while len(size := self.rfile.read(2)) == 2:
            query = self.rfile.read(struct.unpack(">H", size)[0])
            if answer := self.server.zone.answer(query, False):
                self.wfile.write(struct.pack(">H", len(answer)) + answer)


class Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class NameServer:
    def __init__(self, zone):
        while True:
            self.udp = socketserver.UDPServer(("127.0.0.1", 0), OverUdp)
            try:
                self.tcp = Tcp(self.udp.server_address, OverTcp)
                break
            except OSError:  # that port is taken
                self.udp.server_close()
        self.address = "{}:{}".format(*self.udp.server_address)
        for server in (self.udp, self.tcp):
            server.zone = zone
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        for server in (self.udp, self.tcp):
            server.shutdown()
            server.server_close()


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
    """All names in one run, with --allow-special: {input: (domain record or None, services)}."""
    scan = look("--allow-special", "-4", *NAMES, "missing.example.org")
    domains = {r["input"]: r for r in scan.of_type("domain")}
    found = {name: (domains.get(name), [s for s in scan.services if s["input"] == name])
             for name in [*NAMES, "missing.example.org"]}
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
    assert sorted((s["host"], s["address"]) for s in services) == hosts
    for s in services:
        assert s["outcome"] == "answered"
        assert s["domain"] == f"{name}.example.org"
        assert s["protocol"] == ("esmtp" if s["address"] == ONE else "smtp")
    assert domain["outcome"] == "answered"


def test_exchanges_stand_by_preference(allowed):
    domain, _ = allowed["two.example.org"]
    assert [(x["preference"], x["host"]) for x in domain["mx"]] == [(10, "mx1.example.org"),
                                                                    (20, "mx2.example.org")]


def test_a_name_without_mx_is_visited_itself(allowed):
    _, services = allowed["no-mx.example.org"]
    assert [(s["host"], s["address"], s["outcome"]) for s in services] == [
        ("no-mx.example.org", ONE, "answered")]
    assert "domain" not in services[0]


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
def test_the_name_is_asked_of_the_certificate(allowed, name, matches):
    _, services = allowed[f"{name}.example.org"]
    assert services[0]["tls"]["name_matches"] is matches


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
