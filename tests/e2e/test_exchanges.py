# SPDX-License-Identifier: Apache-2.0
"""What a domain promises, held against real exchanges: Postfix and Exim (the lab's set `domain`) behind zones of a real name
server, signed and not, and a policy host with good and bad certificates."""

import concurrent.futures
import hashlib
import http.server
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import threading

import jsonschema
import pytest

import zones
from conftest import DOCS

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LAB = pathlib.Path(os.environ.get("SMTPSCAN_LAB") or "/opt/lab")

if os.environ.get("SMTPSCAN_LAB_UP") != "yes":
    pytest.skip("the lab is not up (lab/lab up domain needs root and an overlay)", allow_module_level=True)
if not zones.IS_THERE:
    pytest.skip("needs BIND (tools/fetch-named) and bind9-utils", allow_module_level=True)

# lab/recipes/certificates.inc
NETWORKS = {"postfix": "127.10.30.", "exim": "127.10.31."}
NUMBERS = {"good": 1, "expired": 2, "other": 3, "self": 4, "plain": 5, "broken": 6, "closed": 99}
WEB = {"good": "127.0.79.1", "other": "127.0.79.2", "expired": "127.0.79.3", "self": "127.0.79.4", "slow": "127.0.79.5",
       "closed": "127.0.79.6"}
POLICY = "version: STSv1\r\nmode: {1}\r\nmx: {0}\r\nmax_age: 2592000\r\n"


def openssl(*arguments, octets=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=octets, check=True, capture_output=True).stdout


# ---- TLSA records, by OpenSSL ----

def chain_at(address):
    shown = openssl("s_client", "-connect", address + ":25", "-starttls", "smtp", "-showcerts", octets=b"")
    return re.findall(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", shown, re.S)


def association(certificate, selector, matching):
    der = openssl("x509", "-outform", "DER", octets=certificate)
    if selector:
        der = openssl("pkey", "-pubin", "-outform", "DER", octets=openssl("x509", "-noout", "-pubkey", octets=certificate))
    return der.hex() if matching == 0 else hashlib.new("sha256" if matching == 1 else "sha512", der).hexdigest()


class Chains:
    """own: the exchange's certificate; root: the authority's, which stands behind it; wrong: somebody else's."""

    def __init__(self, server):
        self.own, self.root = chain_at(NETWORKS[server] + "1")
        self.wrong, = chain_at(NETWORKS[server] + "4")

    def tlsa(self, usage, selector, matching, whose):
        return f"{usage} {selector} {matching} {association(getattr(self, whose), selector, matching)}"


# name: (exchange, its TLSA records, what follows)
FORMS = [(selector, matching) for selector in (0, 1) for matching in (0, 1, 2)]
DANE = {
    "dane": ("good", [(3, 1, 1, "own")], {
        "dane.missing": "safe", "dane.unsigned": "safe", "dane.usage": "safe", "dane.mismatch": "safe", "dane.rollover": "safe",
        "dane.no-starttls": "safe", "dns.dnssec.unsigned": "safe", "dns.dnssec.bogus": "safe", "dns.mx.unsigned": "safe"}),
    "next": ("good", [(3, 1, 1, "own"), (3, 1, 1, "wrong")], {"dane.mismatch": "safe", "dane.rollover": "noted"}),
    "next-root": ("good", [(3, 1, 1, "wrong"), (2, 1, 1, "root")], {"dane.mismatch": "safe", "dane.rollover": "noted"}),
    "leaf-as-root": ("good", [(2, 1, 1, "own")], {"dane.mismatch": "exposed"}),
    "root-as-leaf": ("good", [(3, 1, 1, "root")], {"dane.mismatch": "exposed"}),
    "expired": ("expired", [(3, 1, 1, "own")], {"dane.mismatch": "exposed"}),
    "pkix": ("good", [(1, 1, 1, "own")], {"dane.usage": "exposed", "dane.missing": "safe"}),
    "pkix-too": ("good", [(0, 1, 1, "root"), (3, 1, 1, "own")], {"dane.usage": "exposed", "dane.mismatch": "safe"}),
    "none": ("good", [], {"dane.missing": "noted", "dane.mismatch": "silent", "dane.usage": "silent"}),
    "plain": ("plain", [(3, 1, 1, "own")], {"dane.no-starttls": "exposed", "dane.mismatch": "untestable"}),
    "broken": ("broken", [(3, 1, 1, "own")], {"dane.no-starttls": "safe", "dane.mismatch": "untestable"}),
    "closed": ("closed", [(3, 1, 1, "own")], {"dane.no-starttls": "untestable", "dane.mismatch": "untestable"}),
}
for s, m in FORMS:
    DANE[f"d3{s}{m}"] = ("good", [(3, s, m, "own")], {"dane.mismatch": "safe", "dane.rollover": "safe", "dane.usage": "safe"})
    DANE[f"w3{s}{m}"] = ("good", [(3, s, m, "wrong")], {"dane.mismatch": "exposed", "dane.usage": "safe"})
    DANE[f"d2{s}{m}"] = ("good", [(2, s, m, "root")], {"dane.mismatch": "safe", "dane.usage": "safe"})
    DANE[f"w2{s}{m}"] = ("good", [(2, s, m, "wrong")], {"dane.mismatch": "exposed", "dane.usage": "safe"})

# name: (exchanges, patterns of the policy, its mode, what follows)
STS = {
    "sts": (["good"], "good.{}.mx.test", "enforce", {
        "mtasts.missing": "safe", "mtasts.record": "safe", "mtasts.policy-unreachable": "safe", "mtasts.policy-syntax": "safe",
        "mtasts.testing": "safe", "mtasts.mx-mismatch": "safe", "mtasts.certificate": "safe", "mtasts.max-age": "safe"}),
    "sts-any": (["good"], "*.{}.mx.test", "enforce", {"mtasts.mx-mismatch": "safe", "mtasts.certificate": "safe"}),
    "sts-deep": (["good"], "*.mx.test", "enforce", {"mtasts.mx-mismatch": "exposed"}),
    "sts-alien": (["good"], "mx.elsewhere.test", "enforce", {"mtasts.mx-mismatch": "exposed high"}),
    "sts-try": (["good"], "mx.elsewhere.test", "testing", {"mtasts.mx-mismatch": "exposed medium", "mtasts.testing": "noted"}),
    "sts-off": (["self"], "mx.elsewhere.test", "none", {
        "mtasts.testing": "noted", "mtasts.mx-mismatch": "silent", "mtasts.certificate": "silent"}),
    "sts-one": (["good", "other"], "good.{}.mx.test", "enforce", {
        "mtasts.mx-mismatch": "exposed", "mtasts.certificate": "exposed", "tls.starttls.not-everywhere": "safe",
        "smtp.ehlo.differs": "safe"}),
    "sts-expired": (["expired"], "*.{}.mx.test", "enforce", {"mtasts.certificate": "exposed high"}),
    "sts-other": (["other"], "*.{}.mx.test", "enforce", {"mtasts.certificate": "exposed high"}),
    "sts-self": (["self"], "*.{}.mx.test", "enforce", {"mtasts.certificate": "exposed high"}),
    "sts-self-try": (["self"], "*.{}.mx.test", "testing", {"mtasts.certificate": "exposed medium"}),
    "sts-plain": (["plain"], "*.{}.mx.test", "enforce", {"mtasts.certificate": "exposed high"}),
    "sts-broken": (["broken"], "*.{}.mx.test", "enforce", {"mtasts.certificate": "exposed high"}),
    "sts-half": (["half"], "*.{}.mx.test", "enforce", {
        "mtasts.certificate": "exposed high", "tls.starttls.not-everywhere": "exposed", "smtp.ehlo.differs": "exposed"}),
    "sts-down": (["good", "closed"], "*.{}.mx.test", "enforce", {"mtasts.certificate": "untestable", "mtasts.mx-mismatch": "safe"}),
    "sts-closed": (["closed"], "*.{}.mx.test", "enforce", {
        "mtasts.certificate": "untestable", "mtasts.mx-mismatch": "safe", "tls.starttls.not-everywhere": "silent"}),
}

# name: (where its policy host is, what follows); all of them would keep what they promise.
HOSTS = {
    "web-other": (WEB["other"], "exposed certificate"), "web-expired": (WEB["expired"], "exposed certificate"),
    "web-self": (WEB["self"], "exposed certificate"), "web-closed": (WEB["closed"], "exposed unreachable"),
    "web-500": (WEB["good"], "exposed status 500"), "web-none": (None, "exposed no-address"),
    "web-slow": (WEB["slow"], "untestable timeout"), "web-failing": ("failing", "untestable dns-failed"),
}

# name: (record, what follows)
SPF = {
    "spf": ("v=spf1 ip4:127.10.30.0/23 -all", "safe"), "spf-mx": ("v=spf1 mx -all", "safe"),
    "spf-not": ("v=spf1 ip4:192.0.2.0/24 -all", "exposed"), "spf-soft": ("v=spf1 ip4:192.0.2.0/24 ~all", "exposed"),
    "spf-some": ("v=spf1 ip4:127.10.30.1 ip4:127.10.31.1 -all", "exposed"), "spf-open": ("v=spf1 ?all", "safe"),
    "spf-failing": ("v=spf1 include:failing.test -all", "untestable"), "spf-none": (None, "silent"),
}

# What hosts do, whatever their zone promises.  Both servers take mail for lab.test and for mail.lab.test, and for nobody else.
# exchange of `names`: what follows
NAMES = {"good": "safe", "other": "exposed low", "self": "safe", "expired": "safe"}
# domain with a null MX, where {} is the server: (its address, what follows)
NULL_MX = {"mail.lab": ("plain", "exposed"), "null-{}": ("broken", "safe")}
# domain behind somebody else's exchange: what follows for the host that would be its own
BYPASS = {"lab": "exposed", "filtered": "safe"}


# ---- the world ----

class Policies(http.server.BaseHTTPRequestHandler):
    what = {}

    def do_GET(self):
        found = self.what.get(self.headers["Host"].removeprefix("mta-sts."), 500)
        self.send_response(found if isinstance(found, int) else 200)
        body = found.encode() if isinstance(found, str) else b""
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Web:
    """A policy host for each certificate: good and wrong ones of an authority that is trusted, and one of nobody's."""

    def __init__(self, directory, names):
        self.directory = directory
        self.servers = []
        self.root = self.make("root", "policies", None)
        self.serve("good", self.make("good", "good", names))
        self.serve("other", self.make("other", "other", ["mta-sts.elsewhere.test"]))
        self.serve("expired", self.make("expired", "expired", names, "-not_before", "20240101000000Z", "-not_after", "20240201000000Z"))
        self.serve("self", self.make("self", "self", names, is_own=True))
        self.silent = socket.create_server((WEB["slow"], 443))

    def make(self, stem, subject, names, *dates, is_own=False):
        key, certificate = self.directory / (stem + ".key"), self.directory / (stem + ".crt")
        new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + subject, "-keyout", key]
        alternative = ["-addext", "subjectAltName=" + ",".join("DNS:" + n for n in names)] if names else []
        if not names or is_own:
            openssl(*new, "-x509", "-days", 2, *alternative, "-out", certificate)
        else:
            self.sign(openssl(*new, *alternative), certificate, dates)
        return key, certificate

    def sign(self, request, certificate, dates):
        """`openssl ca` alone takes dates of the past in every release."""
        (self.directory / "index.txt").write_text("")
        (self.directory / "ca.cnf").write_text(f"""[ca]
default_ca = web
[web]
database = {self.directory}/index.txt
new_certs_dir = {self.directory}
rand_serial = yes
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
""")
        words = {"-not_before": "-startdate", "-not_after": "-enddate"}
        key, root = self.root
        openssl("ca", "-batch", "-notext", "-config", self.directory / "ca.cnf", "-cert", root, "-keyfile", key, "-md", "sha256",
                "-in", "/dev/stdin", "-out", certificate, *(words.get(d, d) for d in dates or ("-days", "2")), octets=request)

    def serve(self, name, identity):
        key, certificate = identity
        server = http.server.ThreadingHTTPServer((WEB[name], 443), Policies)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self.servers.append(server)

    def stop(self):
        self.silent.close()
        for server in self.servers:
            server.shutdown()
            server.server_close()


def exchanges_of(server):
    """Their names, and one that leads to two addresses."""
    network = NETWORKS[server]
    lines = [f"{name}.{server}.mx A {network}{number}" for name, number in NUMBERS.items()]
    return lines + [f"half.{server}.mx A {network}{NUMBERS[n]}" for n in ("good", "plain")]


def dane_of(server):
    chains = Chains(server)
    for name, (exchange, records, _) in DANE.items():
        at = f"{name}.dane.{server}.mx"
        yield f"{name}-{server} MX 10 {at}"
        yield f"{at} A {NETWORKS[server]}{NUMBERS[exchange]}"
        yield from (f"_25._tcp.{at} TLSA {chains.tlsa(*r)}" for r in records)


def sts_of(name, host, policy):
    Policies.what[name + ".test"] = policy
    yield f'_mta-sts.{name} TXT "v=STSv1; id=1"'
    if host == "failing":
        yield f"mta-sts.{name} CNAME web.failing"
    elif host:
        yield f"mta-sts.{name} A {host}"


def promises_of(server):
    for name, (exchanges, pattern, mode, _) in STS.items():
        yield from (f"{name}-{server} MX 10 {x}.{server}.mx" for x in exchanges)
        yield from sts_of(f"{name}-{server}", WEB["good"], POLICY.format(pattern.format(server), mode))
    for name, (record, _) in SPF.items():
        yield from (f"{name}-{server} MX 10 {x}.{server}.mx" for x in ("good", "half"))
        if record:
            yield f'{name}-{server} TXT "{record}"'


def hosts_of(server):
    yield from (f"names-{server} MX 10 {x}.{server}.mx" for x in NAMES)
    for name, (host, _) in NULL_MX.items():
        yield from (f"{name.format(server)} MX 0 .", f"{name.format(server)} A {NETWORKS[server]}{NUMBERS[host]}")
    yield from (f"{name} MX 10 other.{server}.mx" for name in BYPASS)


def zone_of_tests():
    lines = [line for s in NETWORKS for part in (exchanges_of(s), dane_of(s), promises_of(s), hosts_of(s)) for line in part]
    for name, (host, _) in HOSTS.items():
        lines.append(f"{name} MX 10 good.postfix.mx")
        policy = POLICY.format("good.postfix.mx.test", "enforce")
        lines += sts_of(name, host, 500 if name == "web-500" else policy)
    # Exchanges whose zones are not signed, are signed badly, or do not answer.
    for zone in ("insecure", "bogus", "expired", "failing", "slow"):
        lines.append(f"mx-{zone} MX 10 mx.{zone}.test.")
    return "\n".join(lines) + "\n"


CHILD = """@ MX 10 mx
mx A 127.10.30.1
_25._tcp.mx TLSA {}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """(resolver, trust anchors, trusted roots)"""
    directory = tmp_path_factory.mktemp("world")
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    served = zones.Zones(directory)
    child = CHILD.format(Chains("postfix").tlsa(3, 1, 1, "own"))
    served.add("insecure.test", child)
    served.serve("failing.test", "missing.db")
    served.forward("slow.test", silent.getsockname()[1])
    # What was signed was another address; what expired is right but for its date.
    _, bogus = served.add_signed("bogus.test", child, change=(r"(?m)^(mx\.bogus\.test\.\s.*\sA\s.*)\.1$", r"\1.2"))
    _, expired = served.add_signed("expired.test", child, "-P", "-s", "20240101000000", "-e", "20240201000000")
    names = "".join(f"{z} NS ns.{z}\nns.{z} A 127.0.0.1\n" for z in ("insecure", "bogus", "expired", "failing", "slow"))
    anchor, _ = served.add_signed("test", zone_of_tests() + names + bogus + expired)
    (directory / "anchors").write_text(anchor + "\n")
    web = Web(directory, ["mta-sts." + n for n in Policies.what])
    (directory / "roots.pem").write_bytes(web.root[1].read_bytes() + (LAB / "tls/ca.pem").read_bytes())
    served.start()
    yield served.address, directory / "anchors", directory / "roots.pem"
    served.stop()
    web.stop()
    silent.close()


SLOW = "mx-slow.test"
DOMAINS = [f"{name}-{server}.test" for server in NETWORKS for kind in (DANE, STS, SPF) for name in kind]
DOMAINS += [name + ".test" for name in HOSTS] + ["insecure.test", "bogus.test", "expired.test"]
DOMAINS += [f"mx-{zone}.test" for zone in ("insecure", "bogus", "expired", "failing", "slow")]
ONLY = "dns.dnssec.*,dns.mx.*,spf.mx-not-allowed,mtasts.*,dane.*,tls.starttls.not-everywhere,smtp.ehlo.differs"


@pytest.fixture(scope="module")
def scans(scanner, world):
    """All of them, with DNSSEC validated here; the one whose DNS must be waited for has a run of its own, side by side."""
    resolver, anchors, roots = world

    def look(*arguments):
        return scanner.scan("--resolver", resolver, "--trust-anchor", anchors, "--allow-special", "--ehlo", "client.scan.test",
                            "-p", "25", "--only", ONLY, *arguments, env={"SSL_CERT_FILE": str(roots)})

    with concurrent.futures.ThreadPoolExecutor() as pool:
        slow = pool.submit(look, "--timeout-dns", "400ms", SLOW)
        # Three tries, for so many questions at once that some get lost.
        done = [look("--timeout-dns", "2s", *(d for d in DOMAINS if d != SLOW)), slow.result()]
    assert all(d.status in (0, 3) for d in done), done
    return done


@pytest.fixture(scope="module")
def judged(scans):
    """{domain: {id: finding}}"""
    records = {r["input"]: r for scan in scans for r in scan.of_type("domain")}
    assert sorted(records) == sorted(DOMAINS)
    schema = json.loads((DOCS / "schema/domain.schema.json").read_text())
    for record in records.values():
        jsonschema.validate(record, schema)
    return {name: {f["id"]: f for f in r.get("findings", [])} for name, r in records.items()}


def assert_verdict(judged, name, check, want):
    found = judged[name].get(check, {"verdict": "silent"})
    told = found["verdict"] + (" " + found["severity"] if " " in want else "")
    assert told == want, found


@pytest.mark.parametrize("server", NETWORKS)
@pytest.mark.parametrize("name, check, want", [(n, c, v) for n, (_, _, checks) in DANE.items() for c, v in checks.items()])
def test_dane(judged, server, name, check, want):
    assert_verdict(judged, f"{name}-{server}.test", check, want)


@pytest.mark.parametrize("server", NETWORKS)
@pytest.mark.parametrize("name, check, want", [(n, c, v) for n, (_, _, _, checks) in STS.items() for c, v in checks.items()])
def test_mta_sts(judged, server, name, check, want):
    assert_verdict(judged, f"{name}-{server}.test", check, want)


@pytest.mark.parametrize("server", NETWORKS)
@pytest.mark.parametrize("name", SPF)
def test_spf_of_the_exchanges_themselves(judged, server, name):
    assert_verdict(judged, f"{name}-{server}.test", "spf.mx-not-allowed", SPF[name][1])


@pytest.mark.parametrize("name", HOSTS)
def test_policy_hosts(judged, name):
    want, _, why = HOSTS[name][1].partition(" ")
    found = judged[name + ".test"]["mtasts.policy-unreachable"]
    assert found["verdict"] == want
    assert any(why in line for line in found.get("evidence", []) + [found.get("reason", "")]), found


@pytest.mark.parametrize("name, check, want", [
    ("insecure", "dns.dnssec.unsigned", "noted"), ("insecure", "dns.dnssec.bogus", "safe"), ("insecure", "dane.unsigned", "exposed medium"),
    ("insecure", "dane.mismatch", "safe"), ("insecure", "dns.mx.unsigned", "silent"),
    ("mx-insecure", "dns.dnssec.unsigned", "safe"), ("mx-insecure", "dns.mx.unsigned", "noted"), ("mx-insecure", "dane.unsigned", "exposed"),
    ("bogus", "dns.dnssec.bogus", "exposed high"), ("mx-bogus", "dns.dnssec.bogus", "exposed high"),
    ("expired", "dns.dnssec.bogus", "exposed high"), ("mx-expired", "dns.dnssec.bogus", "exposed high"),
    ("mx-failing", "dns.mx.no-address", "untestable"), ("mx-failing", "dane.missing", "untestable"),
    ("mx-failing", "dns.mx.private", "untestable"), ("mx-failing", "dns.mx.unsigned", "untestable"),
    ("mx-failing", "dns.mx.dangling", "untestable"), ("mx-failing", "dns.mx.cname", "untestable"),
    ("mx-slow", "dns.mx.no-address", "untestable"), ("mx-slow", "dane.missing", "untestable"), ("mx-slow", "dns.mx.no-ipv6", "untestable"),
])
def test_zones(judged, name, check, want):
    assert_verdict(judged, name + ".test", check, want)


# ---- what hosts do ----

@pytest.fixture(scope="module")
def look_at_hosts(scanner, world):
    """The findings of each address, by id."""
    resolver, anchors, roots = world

    def look(*arguments):
        done = scanner.scan("--resolver", resolver, "--trust-anchor", anchors, "--allow-special", "--ehlo", "client.scan.test",
                            "-p", "25", *arguments, env={"SSL_CERT_FILE": str(roots)})
        return {s["address"]: {f["id"]: f for f in s["findings"]} for s in done.services}

    return look


@pytest.fixture(scope="module")
def hosts(look_at_hosts):
    domains = dict.fromkeys(name.format(s) + ".test" for s in NETWORKS for name in ("names-{}", *NULL_MX))
    return look_at_hosts("--only", "tls.cert.name,mx.null-accepts", *domains)


@pytest.mark.parametrize("server", NETWORKS)
@pytest.mark.parametrize("name", NAMES)
def test_a_certificate_is_for_the_name_that_the_mx_gives(hosts, server, name):
    assert_verdict(hosts, f"{NETWORKS[server]}{NUMBERS[name]}", "tls.cert.name", NAMES[name])


@pytest.mark.parametrize("server", NETWORKS)
@pytest.mark.parametrize("name", NULL_MX)
def test_a_host_whose_domain_says_that_it_takes_no_mail(hosts, server, name):
    host, want = NULL_MX[name]
    assert_verdict(hosts, f"{NETWORKS[server]}{NUMBERS[host]}", "mx.null-accepts", want)


@pytest.mark.parametrize("server", NETWORKS)
@pytest.mark.parametrize("name", BYPASS)
def test_a_host_behind_the_domain_s_exchanges(look_at_hosts, server, name):
    origin = f"{NETWORKS[server]}{NUMBERS['good']}"
    found = look_at_hosts("--only", "mx.bypass", "--origin", origin, name + ".test")
    assert len(found) == 3 and {f["mx.bypass"]["verdict"] for address, f in found.items() if address != origin} == {"not-asked"}
    assert_verdict(found, origin, "mx.bypass", BYPASS[name])


def test_what_was_seen_is_named(judged):
    evidence = judged["w311-exim.test"]["dane.mismatch"]["evidence"]
    assert evidence == ["w311.dane.exim.mx.test 127.10.31.1 shows a certificate that no TLSA record names"]
    half = judged["sts-half-postfix.test"]
    assert half["tls.starttls.not-everywhere"]["evidence"] == ["half.postfix.mx.test 127.10.30.5 does not offer STARTTLS, others do"]
    assert sorted(half["mtasts.certificate"]["evidence"]) == ["half.postfix.mx.test does not offer STARTTLS",
                                                              "half.postfix.mx.test has a certificate for another name"]


def test_they_are_judged_again_as_they_were(scanner, scans, tmp_path):
    for scan in scans:
        (tmp_path / "stored").write_bytes(scan.stdout)
        again = scanner.run("judge", "--format", "json", "--only", ONLY, tmp_path / "stored")
        assert again.stdout == scan.stdout
