# SPDX-License-Identifier: Apache-2.0
"""A domain as a whole: what its DNS promises, each promise kept once and broken once."""

import base64
import http.server
import json
import os
import re
import signal
import ssl
import subprocess
import threading

import jsonschema
import pytest

from conftest import DOCS, until
from nameserver import SERVFAIL, NameServer, Zone
from test_resume import Run

# Exchanges stand at port 25 and policies at 443: only root may listen there.
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="ports 25 and 443 need root")

GOOD, PLAIN, SELF, WEB = "127.0.77.1", "127.0.77.2", "127.0.77.3", "127.0.77.4"
HOST = "mx.example.org"  # whom the peers' certificate is for

SPF = "v=spf1 ip4:127.0.77.0/24 -all"
DMARC = "v=DMARC1; p=reject; rua=mailto:dmarc@{0}"
POLICY = "version: STSv1\r\nmode: enforce\r\nmx: {0}\r\nmax_age: 2592000\r\n"


def key_of(bits):
    der = subprocess.run(f"openssl genrsa {bits} 2>/dev/null | openssl rsa -pubout -outform DER 2>/dev/null",
                         shell=True, check=True, stdout=subprocess.PIPE).stdout
    return base64.b64encode(der).decode()


def certificate(directory, names):
    """A certificate for these names, its own root: (key and certificate in one file)."""
    path = directory / "web.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=policies",
                    "-addext", "subjectAltName=" + ",".join("DNS:" + n for n in names),
                    "-keyout", str(path), "-out", str(directory / "web.crt")], check=True, stderr=subprocess.DEVNULL)
    path.write_text(path.read_text() + (directory / "web.crt").read_text())
    return path


class Policies(http.server.BaseHTTPRequestHandler):
    """Policies by the host that is asked for: a text, a status, or a redirect."""

    what = {}

    def do_GET(self):
        found = self.what.get(self.headers["Host"].split(":")[0].removeprefix("mta-sts."), 404)
        if self.path != "/.well-known/mta-sts.txt":
            found = 404
        self.send_response(found if isinstance(found, int) else 200)
        if found == 301:
            self.send_header("Location", "https://mta-sts.enforced.example.org/.well-known/mta-sts.txt")
        body = found.encode() if isinstance(found, str) else b""
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def domain(name, exchanges=((10, b"mx.example.org"),), spf=SPF, dmarc=DMARC, **more):
    """The zone of a domain: records at names below it, a name in `more` written with __ for a dot."""
    apex = [("MX", x) for x in exchanges] + [("NS", b"ns.example.org")]
    if spf:
        apex.append(("TXT", spf))
    zone = {name: apex}
    if dmarc:
        zone["_dmarc." + name] = [("TXT", dmarc.format(name))]
    for below, records in more.items():
        if below == "apex":
            apex += records
        else:
            zone[below.replace("__", ".") + "." + name] = records
    return zone


def dane(name, address, *records):
    return {name: [("MX", (10, b"mx." + name.encode()))], "mx." + name: [("A", address)],
            "_25._tcp.mx." + name: [("TLSA", r) for r in records]}


def sts(name, policy):
    Policies.what[name] = policy
    return {"_mta-sts": [("TXT", "v=STSv1; id=1")], "mta-sts": [("A", WEB)]}


def make_zone(keys, digest):
    """`digest`: SHA-256 of the certificate that mx.example.org shows."""
    big, small = keys
    other = bytes(32)
    n = "{}.example.org".format
    many = " ".join(f"a:a{i}.example.org" for i in range(11))
    zone = {
        "": [("NS", b"ns.example.org")], "org": [], "com": [], "example.org": [], "example.com": [], "nowhere.example.org": [],
        HOST: [("A", GOOD)], "plain.example.org": [("A", PLAIN)], "self.example.org": [("A", SELF)],
        "alias.example.org": [("CNAME", b"mx.example.org")], "broken.example.org": SERVFAIL,
        "mx6.example.org": [("A", GOOD), ("AAAA", "::1")], "own.example.net": [("TXT", "v=spf1 -all")], "reports.example.net": [],
    }
    for i in range(11):
        zone[f"a{i}.example.org"] = [("A", GOOD)]
    for d in (
        domain(n("kept"), apex=[("CAA", (0, b"issue", b"ca.example"))], **sts(n("kept"), POLICY.format(HOST)),
               **{"_smtp._tls": [("TXT", "v=TLSRPTv1; rua=mailto:tls@kept.example.org")],
                  "default._bimi": [("TXT", "v=BIMI1; l=https://kept.example.org/logo.svg")],
                  "selector1._domainkey": [("TXT", "v=DKIM1; p=" + big)]}),
        domain(n("bare"), spf=None, dmarc=None),
        domain(n("silent"), spf=None, dmarc=None),
        # exchanges
        domain(n("mx-alias"), ((10, b"alias.example.org"),)),
        domain(n("mx-gone"), ((10, b"gone.example.org"), (20, b"mx.example.org"))),
        domain(n("mx-empty"), ((10, b"nowhere.example.org"), (20, b"mx.example.org"))),
        domain(n("mx-address"), ((10, GOOD.encode()), (20, b"mx.example.org"))),
        domain(n("mx-failed"), ((10, b"broken.example.org"), (20, b"mx.example.org"))),
        # SPF
        domain(n("spf-two"), apex=[("TXT", "v=spf1 -all")]),
        domain(n("spf-odd"), spf="v=spf1 ipv4:192.0.2.1 -all"),
        domain(n("spf-many"), spf=f"v=spf1 {many} -all"),
        domain(n("spf-void"), spf="v=spf1 a:v1.kept.example.org a:v2.kept.example.org a:v3.kept.example.org -all"),
        domain(n("spf-all"), spf="v=spf1 +all"),
        domain(n("spf-neutral"), spf="v=spf1 mx ?all"),
        domain(n("spf-ptr"), spf="v=spf1 ptr -all"),
        domain(n("spf-loop"), spf="v=spf1 include:spf-loop.example.org -all"),
        domain(n("spf-wide"), spf="v=spf1 ip4:128.0.0.0/2 -all"),
        domain(n("spf-hollow"), spf="v=spf1 include:example.com -all"),
        domain(n("spf-free"), spf="v=spf1 include:nobody-holds-this.com -all"),
        domain(n("spf-other"), spf="v=spf1 ip4:192.0.2.1 -all"),
        # DMARC
        domain(n("dmarc-two"), dmarc=None, _dmarc=[("TXT", "v=DMARC1; p=none"), ("TXT", "v=DMARC1; p=reject")]),
        domain(n("dmarc-odd"), dmarc="v=DMARC1; p=refuse; rua=mailto:d@dmarc-odd.example.org"),
        domain(n("dmarc-none"), dmarc="v=DMARC1; p=none; rua=mailto:d@dmarc-none.example.org"),
        domain(n("dmarc-sub"), dmarc="v=DMARC1; p=reject; sp=none; rua=mailto:d@dmarc-sub.example.org"),
        domain(n("dmarc-mute"), dmarc="v=DMARC1; p=reject"),
        domain(n("dmarc-old"), dmarc="v=DMARC1; p=reject; pct=50; rua=mailto:d@dmarc-old.example.org"),
        domain(n("dmarc-away"), dmarc="v=DMARC1; p=reject; rua=mailto:d@reports.example.net"),
        domain(n("dmarc-allowed"), dmarc="v=DMARC1; p=reject; rua=mailto:d@reports.example.net"),
        {n("dmarc-allowed") + "._report._dmarc.reports.example.net": [("TXT", "v=DMARC1")]},
        domain(n("dmarc-astray"), dmarc="v=DMARC1; p=reject; rua=mailto:d@reports.example.net"),
        {n("dmarc-astray") + "._report._dmarc.reports.example.net": [("TXT", "v=DMARC1; rua=mailto:d@own.example.net")]},
        # Within an organization: with its policy of subdomains, and with a record of its own.
        domain("heir." + n("dmarc-sub"), dmarc=None),
        domain("own." + n("dmarc-sub"), dmarc="v=DMARC1; p=reject; sp=none; rua=mailto:d@{0}"),
        # DKIM
        domain(n("dkim-weak"), selector1___domainkey=[("TXT", "v=DKIM1; p=" + small)]),
        domain(n("dkim-test"), selector1___domainkey=[("TXT", "v=DKIM1; t=y; p=" + big)]),
        domain(n("dkim-sha1"), selector1___domainkey=[("TXT", "v=DKIM1; h=sha1; p=" + big)]),
        domain(n("dkim-gone"), selector1___domainkey=[("TXT", "v=DKIM1; p=")]),
        domain(n("dkim-odd"), selector1___domainkey=[("TXT", "v=DKIM1; p=" + big[:100])]),
        domain(n("dkim-own"), x2026___domainkey=[("TXT", "v=DKIM1; p=" + big)]),
        # What is below a name makes that name exist; there are name servers that do not know.
        domain(n("dkim-rare"), _domainkey=[], mxvault___domainkey=[("TXT", "v=DKIM1; p=" + big)]),
        domain(n("dkim-two"), mxvault___domainkey=[("TXT", "v=DKIM1; p=" + big)], selector1___domainkey=[("TXT", "v=DKIM1; p=" + big)]),
        # MTA-STS, TLS-RPT
        domain(n("sts-two"), **{"_mta-sts": [("TXT", "v=STSv1; id=1"), ("TXT", "v=STSv1; id=2")]}),
        domain(n("sts-blank"), **{"_mta-sts": [("TXT", "v=STSv1; id = 1")]}),
        domain(n("sts-hosted"), **{**sts(n("sts-hosted"), POLICY.format(HOST)),  # RFC 8461 s8.2
                                   "_mta-sts": [("CNAME", b"_mta-sts.kept.example.org")],
                                   "mta-sts": [("CNAME", b"mta-sts.kept.example.org")]}),
        domain(n("sts-404"), **sts(n("sts-404"), 404)),
        domain(n("sts-refused"), **{**sts(n("sts-refused"), 404), "mta-sts": [("A", "127.0.77.99")]}),
        domain(n("sts-301"), **sts(n("sts-301"), 301)),
        domain(n("sts-name"), **sts(n("sts-name"), POLICY.format(HOST))),
        domain(n("sts-odd"), **sts(n("sts-odd"), "version: STSv1\nmode: always\nmx: mx.example.org\n")),
        domain(n("sts-large"), **sts(n("sts-large"), POLICY.format(HOST) + "x: y\n" * 14000)),
        domain(n("sts-testing"), **sts(n("sts-testing"), POLICY.format(HOST).replace("enforce", "testing"))),
        domain(n("sts-other"), **sts(n("sts-other"), POLICY.format("*.other.example"))),
        domain(n("sts-plain"), ((10, b"plain.example.org"),), **sts(n("sts-plain"), POLICY.format("plain.example.org"))),
        domain(n("sts-self"), ((10, b"self.example.org"),), **sts(n("sts-self"), POLICY.format("self.example.org"))),
        domain(n("sts-short"), **sts(n("sts-short"), POLICY.format(HOST).replace("2592000", "3600"))),
        domain(n("rpt-odd"), **{"_smtp._tls": [("TXT", "v=TLSRPTv1; rua=tls@rpt-odd.example.org")]}),
        {"stalled.example.org": [("MX", (10, b"mx.example.org"))], "_dmarc.stalled.example.org": "silence"},
        # what differs
        domain(n("mixed"), ((10, b"mx.example.org"), (20, b"plain.example.org"))),
        domain(n("unlike"), ((10, b"mx.example.org"), (20, b"self.example.org"))),
        # BIMI
        domain(n("bimi-odd"), **{"default._bimi": [("TXT", "v=BIMI1; l=http://bimi-odd.example.org/logo.svg")]}),
        domain(n("bimi-weak"), dmarc="v=DMARC1; p=none; rua=mailto:d@bimi-weak.example.org",
               **{"default._bimi": [("TXT", "v=BIMI1; l=https://bimi-weak.example.org/logo.svg")]}),
        # what is not answered, one thing each
        domain(n("unsure-spf"), spf=None, apex=[("TXT", SERVFAIL)]),
        domain(n("unsure-include"), spf="v=spf1 include:broken.example.org -all"),
        domain(n("unsure-caa"), apex=[("CAA", SERVFAIL)]),
        domain(n("unsure-reports"), dmarc="v=DMARC1; p=reject; rua=mailto:d@reports.example.net"),
        {n("unsure-reports") + "._report._dmarc.reports.example.net": SERVFAIL},
        domain(n("unsure-bimi"), dmarc=None, _dmarc=SERVFAIL,
               **{"default._bimi": [("TXT", "v=BIMI1; l=https://unsure-bimi.example.org/logo.svg")]}),
        {"unsure-parked.org": [("MX", (0, b"")), ("TXT", "v=spf1 -all")], "_dmarc.unsure-parked.org": SERVFAIL},
        # an exchange with IPv6
        domain(n("six"), ((10, b"mx6.example.org"),)),
        # without mail
        {"parked-open.org": [("MX", (0, b""))]},
        {"parked-shut.org": [("MX", (0, b"")), ("TXT", "v=spf1 -all")],
         "_dmarc.parked-shut.org": [("TXT", "v=DMARC1; p=reject")]},
        {"registered.org": [("A", GOOD), ("TXT", SPF)]},
        {"signed.net": [("MX", (10, b"mx.signed.net")), ("TXT", SPF)], "mx.signed.net": [("A", GOOD)]},
        # DANE: the zones of the exchanges below .net are signed
        dane("dane.net", GOOD, (3, 0, 1, digest)),
        {**dane("dane-hosted.net", GOOD), "_25._tcp.mx.dane-hosted.net": [("CNAME", b"tlsa301._dane.dane-hosted.net")],
         "tlsa301._dane.dane-hosted.net": [("TLSA", (3, 0, 1, digest))]},  # RFC 7672 s2.2.3
        dane("dane-wrong.net", GOOD, (3, 0, 1, other)),
        dane("dane-next.net", GOOD, (3, 0, 1, digest), (3, 0, 1, other)),
        dane("dane-pkix.net", GOOD, (1, 0, 1, digest)),
        dane("dane-plain.net", PLAIN, (3, 0, 1, digest)),
        dane("dane.org", GOOD, (3, 0, 1, digest)),
    ):
        zone.update(d)
    # Questions that nobody answers, one for each thing that rests on them.
    for below in ("_dmarc", "_mta-sts", "_smtp._tls", "default._bimi", "selector1._domainkey"):
        zone[below + "." + n("silent")] = SERVFAIL
    return zone


@pytest.fixture(scope="module")
def world(scanner, start_peer, tmp_path_factory):
    """look(NAME...) gives the domain records of one scan, by name."""
    directory = tmp_path_factory.mktemp("domains")
    good = start_peer("esmtp", GOOD, 25)
    start_peer("smtp-only", PLAIN, 25)
    start_peer("self-signed", SELF, 25)
    chain = scanner.scan("--level", "detect", good.target).service["tls"]["chain"]
    zone = make_zone((key_of(2048), key_of(1024)), bytes.fromhex(chain[0]["sha256"]))
    hosts = ["mta-sts." + n for n in Policies.what if n != "sts-name.example.org"]
    pem = certificate(directory, hosts)
    roots = directory / "roots.pem"
    roots.write_text((directory / "web.crt").read_text() + good.ca_path.read_text())
    web = http.server.ThreadingHTTPServer((WEB, 443), Policies)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    web.socket = context.wrap_socket(web.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=web.serve_forever, args=(0.05,), daemon=True).start()
    server = NameServer(Zone(zone, signed=("", "net")))

    def look(*names, arguments=(), **keywords):
        scan = scanner.scan("--resolver", server.address, "--timeout-dns", "1s", "--allow-special", "-p", "25",
                            "--only", ONLY, *arguments, *names, env={"SSL_CERT_FILE": str(roots)}, **keywords)
        scan.domains = {r["input"]: r for r in scan.of_type("domain")} if scan.stdout[:1] == b"{" else {}
        return scan

    look.zone = server.udp.zone
    look.address = server.address
    yield look
    web.shutdown()
    web.server_close()
    server.stop()


ONLY = "dns.*,spf.*,dkim.*,dmarc.*,mtasts.*,tlsrpt.*,dane.*,bimi.*,parked.*,tls.starttls.not-everywhere,smtp.ehlo.differs"


@pytest.fixture(scope="module")
def everything(world):
    """All domains, in one run."""
    names = sorted({n for n in world.zone.names if world.zone.names[n] != SERVFAIL})
    names = [n.decode() for n in names if b"stalled" not in n and any(t == "MX" for t, _ in world.zone.names[n])] + ["registered.org"]
    scan = world(*names)
    assert scan.status in (0, 3), scan
    assert sorted(scan.domains) == sorted(names)
    schema = json.loads((DOCS / "schema/domain.schema.json").read_text())
    for record in scan.domains.values():
        jsonschema.validate(record, schema)
    return scan


@pytest.fixture(scope="module")
def judged(everything):
    """{name: {id: finding}}"""
    return {n: {f["id"]: f for f in r["findings"]} for n, r in everything.domains.items()}


def test_interrupted_a_domain_is_told_without_its_posture(scanner, world):
    zone = world.zone
    before = zone.asked["_dmarc.stalled.example.org"]
    p = scanner.start("--resolver", world.address, "--timeout-dns", "60s", "--allow-special", "-p", "25", "--format", "json",
                      "stalled.example.org", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        first = p.stdout.readline()  # of the service: by then all has been asked that rests on nothing
        until(lambda: zone.asked["_dmarc.stalled.example.org"] > before, "the question that nobody answers")
        p.send_signal(signal.SIGINT)
        stdout, stderr = p.communicate(timeout=60)
    finally:
        p.kill()
    records = [json.loads(line) for line in (first + stdout).splitlines()]
    assert p.returncode == 130, stderr
    assert [r["type"] for r in records] == ["service", "domain", "run"]
    assert "posture" not in records[1]


def verdict(judged, name, check):
    full = name if "." in name else name + ".example.org"
    return judged[full].get(check, {"verdict": "silent"})["verdict"]


# ---- each promise broken, and kept ----

@pytest.mark.parametrize("name, check", [
    ("registered.org", "dns.mx.missing"), ("mx-alias", "dns.mx.cname"), ("mx-gone", "dns.mx.dangling"),
    ("mx-empty", "dns.mx.no-address"), ("mx-address", "dns.mx.is-address"), ("kept", "dns.mx.private"),
    ("bare", "spf.missing"), ("spf-two", "spf.multiple"), ("spf-odd", "spf.syntax"), ("spf-many", "spf.lookups"),
    ("spf-void", "spf.void-lookups"), ("spf-all", "spf.plus-all"), ("spf-neutral", "spf.neutral-all"),
    ("spf-ptr", "spf.ptr"), ("spf-loop", "spf.loop"), ("spf-wide", "spf.too-wide"),
    ("spf-hollow", "spf.void-include"), ("spf-free", "spf.takeover"), ("spf-other", "spf.mx-not-allowed"),
    ("bare", "dmarc.missing"), ("dmarc-two", "dmarc.multiple"), ("dmarc-odd", "dmarc.syntax"),
    ("dmarc-none", "dmarc.none"), ("dmarc-sub", "dmarc.subdomain-none"), ("dmarc-mute", "dmarc.rua-missing"),
    ("dmarc-away", "dmarc.rua-unauthorised"), ("dmarc-astray", "dmarc.rua-unauthorised"), ("heir.dmarc-sub.example.org", "dmarc.none"),
    ("dkim-weak", "dkim.weak-key"), ("dkim-test", "dkim.testing"), ("dkim-sha1", "dkim.sha1"),
    ("dkim-odd", "dkim.syntax"),
    ("bare", "mtasts.missing"), ("sts-two", "mtasts.record"), ("sts-blank", "mtasts.record"), ("sts-404", "mtasts.policy-unreachable"),
    ("sts-301", "mtasts.policy-unreachable"), ("sts-refused", "mtasts.policy-unreachable"), ("sts-name", "mtasts.policy-unreachable"),
    ("sts-large", "mtasts.policy-unreachable"), ("sts-odd", "mtasts.policy-syntax"),
    ("sts-other", "mtasts.mx-mismatch"), ("sts-plain", "mtasts.certificate"), ("sts-self", "mtasts.certificate"),
    ("sts-short", "mtasts.max-age"), ("bare", "tlsrpt.missing"), ("rpt-odd", "tlsrpt.syntax"),
    ("mixed", "tls.starttls.not-everywhere"), ("unlike", "smtp.ehlo.differs"),
    ("dane-wrong.net", "dane.mismatch"), ("dane-pkix.net", "dane.usage"), ("dane-plain.net", "dane.no-starttls"),
    ("dane.org", "dane.unsigned"),
    ("bimi-odd", "bimi.syntax"), ("bimi-weak", "bimi.dmarc-too-weak"), ("parked-open.org", "parked.open"),
])
def test_a_broken_promise_is_told(judged, name, check):
    assert verdict(judged, name, check) == "exposed", judged


@pytest.mark.parametrize("name, check", [
    ("bare", "dns.caa.missing"), ("bare", "dkim.none-found"), ("bare", "dns.mx.no-ipv6"), ("bare", "dane.missing"),
    ("dkim-gone", "dkim.revoked"), ("dmarc-old", "dmarc.removed-tags"), ("dmarc-none", "dmarc.np-missing"),
    ("sts-testing", "mtasts.testing"), ("bare", "dns.dnssec.unsigned"), ("dane-next.net", "dane.rollover"),
])
def test_what_is_neither_good_nor_bad_is_noted(judged, name, check):
    assert verdict(judged, name, check) == "noted"


@pytest.mark.parametrize("check", [
    "dns.mx.missing", "dns.mx.cname", "dns.mx.dangling", "dns.mx.no-address", "dns.mx.is-address", "dns.caa.missing",
    "spf.missing", "spf.multiple", "spf.syntax", "spf.lookups", "spf.void-lookups", "spf.plus-all", "spf.neutral-all",
    "spf.ptr", "spf.loop", "spf.too-wide", "spf.void-include", "spf.takeover", "spf.mx-not-allowed",
    "dmarc.missing", "dmarc.multiple", "dmarc.syntax", "dmarc.none", "dmarc.subdomain-none", "dmarc.rua-missing",
    "dmarc.removed-tags", "dmarc.np-missing",
    "dkim.none-found", "dkim.weak-key", "dkim.testing", "dkim.sha1", "dkim.revoked", "dkim.syntax",
    "mtasts.missing", "mtasts.record", "mtasts.policy-unreachable", "mtasts.policy-syntax", "mtasts.testing",
    "mtasts.mx-mismatch", "mtasts.certificate", "mtasts.max-age", "tlsrpt.missing", "tlsrpt.syntax",
    "bimi.syntax", "bimi.dmarc-too-weak",
])
def test_kept_promises_are_safe(judged, check):
    assert verdict(judged, "kept", check) == "safe", judged["kept.example.org"].get(check)


@pytest.mark.parametrize("name, check, want", [
    ("dmarc-allowed", "dmarc.rua-unauthorised", "safe"),
    ("own.dmarc-sub.example.org", "dmarc.none", "safe"),
    ("own.dmarc-sub.example.org", "dmarc.subdomain-none", "silent"),  # others have the organization's
    ("sts-hosted", "mtasts.record", "safe"),
    ("sts-hosted", "mtasts.policy-unreachable", "safe"),
    ("sts-hosted", "mtasts.mx-mismatch", "safe"),
    ("dane-hosted.net", "dane.missing", "safe"),
    ("dane-hosted.net", "dane.mismatch", "safe"),
    ("parked-shut.org", "parked.open", "safe"),
    ("parked-open.org", "spf.missing", "silent"),   # one finding tells all of it
    ("parked-open.org", "mtasts.missing", "silent"),
    ("signed.net", "dns.dnssec.unsigned", "safe"),
    ("dane.net", "dns.dnssec.bogus", "safe"),
    ("dane.net", "dane.missing", "safe"),
    ("dane.net", "dane.mismatch", "safe"),
    ("dane.net", "dane.unsigned", "safe"),
    ("dane.net", "dane.usage", "safe"),
    ("dane.net", "dane.no-starttls", "safe"),
    ("dane.net", "dane.rollover", "safe"),
    ("dane-next.net", "dane.mismatch", "safe"),
    ("dane.org", "dane.mismatch", "safe"),
    ("six", "dns.mx.no-ipv6", "safe"),
    ("mx-address", "dns.mx.no-ipv6", "noted"),  # an address in place of a name has no AAAA record
    ("unlike", "tls.starttls.not-everywhere", "safe"),
])
def test_a_verdict(judged, name, check, want):
    assert verdict(judged, name, check) == want


SPF_CHECKS = ["spf.missing", "spf.multiple", "spf.syntax", "spf.lookups", "spf.void-lookups", "spf.plus-all", "spf.neutral-all",
              "spf.ptr", "spf.loop", "spf.too-wide", "spf.void-include", "spf.takeover"]
# Of its own record all is known, and that is enough for these.
OF_THE_OWN_RECORD = ("spf.missing", "spf.multiple", "spf.neutral-all")


@pytest.mark.parametrize("name, check", [
    *(("silent", c) for c in ("dmarc.missing", "dmarc.multiple", "mtasts.missing", "tlsrpt.missing", "dkim.none-found")),
    *(("unsure-spf", c) for c in SPF_CHECKS),
    *(("unsure-include", c) for c in SPF_CHECKS if c not in OF_THE_OWN_RECORD),
    ("unsure-include", "spf.mx-not-allowed"), ("unsure-caa", "dns.caa.missing"), ("unsure-reports", "dmarc.rua-unauthorised"),
    ("unsure-bimi", "bimi.dmarc-too-weak"), ("unsure-parked.org", "parked.open"), ("registered.org", "dns.dnssec.unsigned"),
    ("registered.org", "dns.dnssec.bogus"),
])
def test_what_dns_does_not_answer_is_not_absent(judged, name, check):
    assert verdict(judged, name, check) == "untestable"


def test_an_exchange_that_dns_does_not_answer_for_exists(judged):
    for check in ("dns.mx.dangling", "dns.mx.no-address", "dns.mx.cname", "dns.mx.no-ipv6"):
        assert verdict(judged, "mx-failed", check) == "untestable"


# ---- the record, the text, the options ----

def test_a_domain_follows_its_services(world):
    scan = world("kept.example.org")
    kinds = [r["type"] for r in scan.records]
    assert kinds == ["service", "domain", "run"]
    posture = scan.domains["kept.example.org"]["posture"]
    assert posture["spf"]["record"] == SPF
    assert posture["mtasts_policy"]["outcome"] == "found"
    assert posture["services_seen"] == 1
    assert [k["selector"] for k in posture["dkim"]] == ["selector1"]


def test_a_host_is_no_domain(world):
    scan = world(HOST)
    assert not scan.domains or "posture" not in scan.domains[HOST]


@pytest.mark.parametrize("arguments, has", [
    ((), False), (("--level", "audit"), True), (("--level", "identify"), False)])
def test_lists_are_judged_when_they_are_audited(world, arguments, has):
    scan = world("-l", "-", arguments=arguments, stdin=b"kept.example.org\n")
    assert ("posture" in scan.domains["kept.example.org"]) is has


def test_a_selector_of_the_user_is_looked_for(world):
    name = "dkim-own.example.org"
    found = world("--dkim-selector", "nothing,x2026", name).domains[name]["posture"]["dkim"]
    assert [k["selector"] for k in found] == ["x2026"]


@pytest.mark.parametrize("name, found, asked", [
    ("bare", [], 6),                            # nothing is below _domainkey: the commonest alone are asked for
    ("dkim-rare", ["mxvault"], 42),             # something is
    ("dkim-two", ["selector1", "mxvault"], 42), # something is, though the server says otherwise
])
def test_selectors_are_asked_for_where_there_may_be_any(world, name, found, asked):
    name += ".example.org"
    zone = world.zone
    before = sum(n for k, n in zone.asked.items() if k.endswith("._domainkey." + name))
    posture = world(name).domains[name]["posture"]
    after = sum(n for k, n in zone.asked.items() if k.endswith("._domainkey." + name))
    assert [k["selector"] for k in posture.get("dkim", [])] == found
    assert (after - before, posture["dkim_asked"]) == (asked, 42)


def test_findings_of_domains_make_a_run_fail(world, scanner, tmp_path):
    name = "spf-free.example.org"
    high = ("--fail-on", "high", "--only", "spf.*")
    found = world(name, arguments=high)
    assert found.status == 1
    (tmp_path / "stored").write_bytes(found.stdout)
    assert scanner.run("judge", *high, tmp_path / "stored").status == 1
    assert scanner.run("judge", "--fail-on", "critical", tmp_path / "stored").status == 0
    assert world("kept.example.org", arguments=high).status == 0
    (tmp_path / "baseline").write_text(f"spf.takeover {name}\n")
    accepted = world(name, arguments=(*high, "--baseline", tmp_path / "baseline"))
    assert accepted.status == 0
    assert next(f for f in accepted.domains[name]["findings"] if f["id"] == "spf.takeover")["accepted"]


def test_checks_are_chosen(world):
    found = world("bare.example.org", arguments=("--only", "spf.*,dmarc.*", "--skip", "dmarc.*"))
    ids = {f["id"].split(".")[0] for f in found.domains["bare.example.org"]["findings"]}
    assert ids == {"spf"}


def test_workers_tell_the_same(world):
    names = ("kept.example.org", "mixed.example.org", "sts-self.example.org")
    alone, many = (world(*names, arguments=a).domains for a in ((), ("--workers", "2")))
    for n in names:
        assert many[n]["findings"] == alone[n]["findings"]
        assert many[n]["posture"]["services_seen"] == alone[n]["posture"]["services_seen"]


def test_workers_tell_the_same_as_text(world):
    names = ("mixed.example.org", "sts-self.example.org", "dane-wrong.net", "dane.net")

    def findings(*arguments):
        text = world(*names, arguments=("--format", "text", *arguments)).stdout.decode()
        told = (x for x in text.splitlines()
                if any(k in x for k in ("mtasts.", "dane.", "tls.starttls.", "certificate", "STARTTLS")))
        return sorted(told), " ".join(text.split())

    alone, words = findings()
    assert "shows a certificate that no TLSA record names" in words
    assert "plain.example.org 127.0.77.2 does not offer STARTTLS, others do" in words
    assert findings("--workers", "2")[0] == alone


def test_running_text_fits_a_terminal(world):
    """What is to be copied, and what a server said, stays in one line."""
    lines = world("mixed.example.org", "sts-self.example.org", "dane-wrong.net", "bare.example.org",
                  arguments=("--format", "text")).stdout.decode().splitlines()
    verbatim = re.compile(r"  greeting| {14}\S")
    assert [x for x in lines if len(x) > 80 and not verbatim.match(x)] == []
    assert [x for x, following in zip(lines, lines[1:]) if x and x == following] == []


def test_a_stored_domain_can_be_read(world, scanner, tmp_path):
    (tmp_path / "stored").write_bytes(world("sts-plain.example.org").stdout)
    words = " ".join(scanner.run("judge", "--format", "text", tmp_path / "stored").stdout.decode().split())
    assert "plain.example.org does not offer STARTTLS" in words and "sts-plain.example.org" in words


def test_what_protects_nobody_is_not_called_a_protection(scanner, everything, tmp_path):
    """A malformed policy, and a DMARC record that asks for nothing of those who inherit it."""
    (tmp_path / "stored").write_bytes(everything.stdout)
    text = scanner.run("judge", "--format", "text", tmp_path / "stored").stdout.decode()
    assert re.search(r"MTA-STS +no +the policy is malformed: senders take it for none\n", text)
    told = re.search(r"DMARC +(yes|no) .* \(of dmarc-sub\.example\.org\)\n", text)
    assert told and told[1] == "no"


def test_an_owner_reads_what_to_publish(world):
    text = world("bare.example.org", arguments=("--format", "text")).stdout.decode()
    assert '_dmarc.bare.example.org. TXT "v=DMARC1; p=none; rua=mailto:dmarc@bare.example.org"' in text
    assert '_mta-sts.bare.example.org. TXT "v=STSv1; id=1"' in text
    assert "mx: mx.example.org" in text
    assert "{domain}" not in text and "{mx}" not in text


def test_an_exchange_shared_with_an_earlier_domain_is_judged_for_both(world):
    scan = world("kept.example.org", "sts-other.example.org", "sts-testing.example.org")
    assert len(scan.services) == 1
    assert {n: r["posture"]["services_seen"] for n, r in scan.domains.items()} == dict.fromkeys(scan.domains, 1)


# ---- judged again ----

def test_a_stored_domain_is_judged_as_the_scan_judged_it(scanner, everything, tmp_path):
    stored = tmp_path / "stored.ndjson"
    stored.write_bytes(everything.stdout)
    again = scanner.run("judge", "--format", "json", "--only", ONLY, stored)
    assert again.status in (0, 3), again
    for before, after in zip(everything.records, again.records, strict=True):
        assert after == before
    assert again.stdout == everything.stdout


def test_what_stands_in_records_of_before_stays(world, scanner, tmp_path):
    """A posture without its questions says nothing that could be judged."""
    record = world("bare.example.org").domains["bare.example.org"]
    del record["posture"]["asked"]
    line = json.dumps(record, separators=(",", ":")) + "\n"
    (tmp_path / "stored").write_text(line)
    assert scanner.run("judge", "--format", "json", tmp_path / "stored").stdout.decode() == line


# ---- a run that is killed, and one that is long ----

def test_a_domain_is_done_when_its_record_is_written(world, scanner, tmp_path):
    name, zone = "late.example.org", world.zone
    zone.names[name.encode()] = [("MX", (10, b"mx.example.org"))]
    zone.names[b"_dmarc." + name.encode()] = "silence"
    run = Run(scanner, tmp_path, "--resolver", world.address, "--timeout-dns", "60s", "--allow-special", "-p", "25",
              "--format", "json", name)

    def is_service_on_disk():
        return run.lines() == 1 and run.fields("output") == [str(run.output.stat().st_size)]

    assert run.kill_when(is_service_on_disk, "the record of the service") == -signal.SIGKILL
    assert run.done() == 0
    zone.names[b"_dmarc." + name.encode()] = [("TXT", "v=DMARC1; p=reject")]
    done = run.finish()
    assert done.status == 0, done
    first, service, record, _ = run.records()
    assert "again" not in first and service["again"] and record["again"]
    assert record["posture"]["dmarc"]["record"] == "v=DMARC1; p=reject"
    assert run.done() == 1 and run.fields("complete") == ["1"]


def test_more_domains_than_are_held_wait(world):
    """RUN_HELD_MAX in run/run.h"""
    count = 2300
    for i in range(count):
        world.zone.names[b"many%d.org" % i] = [("MX", (0, b""))]
    scan = world("-l", "-", arguments=("--level", "audit", "--only", "dns.mx.missing"),
                 stdin="".join(f"many{i}.org\n" for i in range(count)).encode())
    assert len(scan.domains) == count
    assert all("posture" in r for r in scan.domains.values())
