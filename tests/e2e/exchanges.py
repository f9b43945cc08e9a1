# SPDX-License-Identifier: Apache-2.0
"""Domains whose exchanges are Postfix and Exim of the lab's set `domain`: zones of a real name server, signed and not, and a policy
host with good and bad certificates; and what follows of each domain."""

import functools
import hashlib
import http.server
import os
import pathlib
import re
import socket
import ssl
import subprocess
import threading

import zones

LAB = pathlib.Path(os.environ.get("SMTPSCAN_LAB") or "/opt/lab")

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


@functools.cache
def association(certificate, selector, matching):
    der = openssl("x509", "-outform", "DER", octets=certificate)
    if selector:
        der = openssl("pkey", "-pubin", "-outform", "DER", octets=openssl("x509", "-noout", "-pubkey", octets=certificate))
    return der.hex() if matching == 0 else hashlib.new("sha256" if matching == 1 else "sha512", der).hexdigest()


def is_taken_by_openssl(host, address, records):
    """Whether a client that knows DANE takes the server for the one that the records name."""
    shown = subprocess.run(["openssl", "s_client", "-connect", address + ":25", "-starttls", "smtp", "-dane_tlsa_domain", host] +
                           [x for r in records for x in ("-dane_tlsa_rrdata", r)], input=b"", capture_output=True, check=False)
    code, = set(re.findall(rb"Verify return code: (\d+)", shown.stdout))
    return code == b"0"


@functools.cache
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
    # RFC 7671 s9: of one usage and selector the strongest digest alone counts.
    "digests": ("good", [(3, 1, 1, "own"), (3, 1, 2, "own")], {"dane.mismatch": "safe", "dane.rollover": "safe"}),
    "weak-digest": ("good", [(3, 1, 1, "own"), (3, 1, 2, "wrong")], {"dane.mismatch": "exposed"}),
    "whole-too": ("good", [(3, 1, 0, "own"), (3, 1, 2, "wrong")], {"dane.mismatch": "safe"}),
    "weak-apart": ("good", [(3, 1, 1, "own"), (3, 0, 2, "wrong")], {"dane.mismatch": "safe", "dane.rollover": "noted"}),
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

# Zones below: unsigned, signed badly, signed until some time ago, of no use, and of a server that never answers.
CHILDREN = ("insecure", "bogus", "expired", "failing", "slow")

# name: what follows
ZONES = {
    "insecure": {"dns.dnssec.unsigned": "noted", "dns.dnssec.bogus": "safe", "dane.unsigned": "exposed medium", "dane.mismatch": "safe",
                 "dns.mx.unsigned": "silent"},
    "mx-insecure": {"dns.dnssec.unsigned": "safe", "dns.mx.unsigned": "noted", "dane.unsigned": "exposed"},
    "bogus": {"dns.dnssec.bogus": "exposed high"}, "mx-bogus": {"dns.dnssec.bogus": "exposed high"},
    "expired": {"dns.dnssec.bogus": "exposed high"}, "mx-expired": {"dns.dnssec.bogus": "exposed high"},
    "mx-failing": {"dns.mx.no-address": "untestable", "dane.missing": "untestable", "dns.mx.private": "untestable",
                   "dns.mx.unsigned": "untestable", "dns.mx.dangling": "untestable", "dns.mx.cname": "untestable"},
    "mx-slow": {"dns.mx.no-address": "untestable", "dane.missing": "untestable", "dns.mx.no-ipv6": "untestable"},
}

ONLY = "dns.dnssec.*,dns.mx.*,spf.mx-not-allowed,mtasts.*,dane.*,tls.starttls.not-everywhere,smtp.ehlo.differs"


def expected(mark=""):
    """{domain: {check: verdict, and behind a blank a severity}}; those of a copy have its mark behind their names."""
    follows = {}
    for server in NETWORKS:
        follows |= {f"{name}-{server}": checks for name, (*_, checks) in (DANE | STS).items()}
        follows |= {f"{name}-{server}": {"spf.mx-not-allowed": verdict} for name, (_, verdict) in SPF.items()}
    follows |= {name: {"mtasts.policy-unreachable": verdict.partition(" ")[0]} for name, (_, verdict) in HOSTS.items()}
    return {f"{name}{mark}.test": checks for name, checks in (follows | ZONES).items()}


def verdict_on(findings, check, want):
    """As it is wanted: with its severity or without.  findings: {check: finding} of a domain."""
    found = findings.get(check, {"verdict": "silent"})
    return found["verdict"] + (" " + found["severity"] if " " in want else "")


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


def keys_of(server):
    """The exchanges with TLSA records."""
    chains = Chains(server)
    for name, (exchange, records, _) in DANE.items():
        at = f"{name}.dane.{server}.mx"
        yield f"{at} A {NETWORKS[server]}{NUMBERS[exchange]}"
        yield from (f"_25._tcp.{at} TLSA {chains.tlsa(*r)}" for r in records)


def sts_of(name, host, policy):
    Policies.what[name + ".test"] = policy
    yield f'_mta-sts.{name} TXT "v=STSv1; id=1"'
    if host == "failing":
        yield f"mta-sts.{name} CNAME web.failing"
    elif host:
        yield f"mta-sts.{name} A {host}"


def promises_of(server, mark):
    for name in DANE:
        yield f"{name}-{server}{mark} MX 10 {name}.dane.{server}.mx"
    for name, (exchanges, pattern, mode, _) in STS.items():
        yield from (f"{name}-{server}{mark} MX 10 {x}.{server}.mx" for x in exchanges)
        yield from sts_of(f"{name}-{server}{mark}", WEB["good"], POLICY.format(pattern.format(server), mode))
    for name, (record, _) in SPF.items():
        yield from (f"{name}-{server}{mark} MX 10 {x}.{server}.mx" for x in ("good", "half"))
        if record:
            yield f'{name}-{server}{mark} TXT "{record}"'


def deeds_of(server):
    """Domains whose hosts are looked at for what they do."""
    yield from (f"names-{server} MX 10 {x}.{server}.mx" for x in NAMES)
    for name, (host, _) in NULL_MX.items():
        yield from (f"{name.format(server)} MX 0 .", f"{name.format(server)} A {NETWORKS[server]}{NUMBERS[host]}")
    yield from (f"{name} MX 10 other.{server}.mx" for name in BYPASS)


def hosts_of(mark):
    for name, (host, _) in HOSTS.items():
        yield f"{name}{mark} MX 10 good.postfix.mx"
        policy = POLICY.format("good.postfix.mx.test", "enforce")
        yield from sts_of(name + mark, host, 500 if name == "web-500" else policy)
    for zone in CHILDREN:
        yield f"mx-{zone}{mark} MX 10 mx.{zone}.test."


CHILD = """@ MX 10 mx
mx A 127.10.30.1
_25._tcp.mx TLSA {}
"""


class World:
    """All of that, served; `copies`: marks of domains that stand there once for each."""

    def __init__(self, directory, copies=("",), **options):
        self.silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.silent.bind(("127.0.0.1", 0))
        self.served = zones.Zones(directory, **options)
        self.anchors, self.roots = directory / "anchors", directory / "roots.pem"
        lines = [line for s in NETWORKS for part in (exchanges_of(s), keys_of(s), deeds_of(s)) for line in part]
        delegations = ""
        for mark in copies:
            lines += [line for s in NETWORKS for line in promises_of(s, mark)]
            lines += hosts_of(mark)
            delegations += self.add_children(mark)
        anchor, _ = self.served.add_signed("test", "\n".join(lines) + "\n" + delegations)
        self.anchors.write_text(anchor + "\n")
        self.web = Web(directory, ["mta-sts." + n for n in Policies.what])
        self.roots.write_bytes(self.web.root[1].read_bytes() + (LAB / "tls/ca.pem").read_bytes())
        self.served.start()

    def add_children(self, mark):
        """How the zone above leads to them."""
        child = CHILD.format(Chains("postfix").tlsa(3, 1, 1, "own"))
        names = {kind: f"{kind}{mark}.test" for kind in CHILDREN}
        self.served.add(names["insecure"], child)
        self.served.serve(names["failing"], "missing.db")
        self.served.forward(names["slow"], self.silent.getsockname()[1])
        # What was signed was another address; what expired is right but for its date.
        changed = (rf"(?m)^(mx\.{re.escape(names['bogus'])}\.\s.*\sA\s.*)\.1$", r"\1.2")
        _, bogus = self.served.add_signed(names["bogus"], child, change=changed)
        _, expired = self.served.add_signed(names["expired"], child, "-P", "-s", "20240101000000", "-e", "20240201000000")
        leads = "".join(f"{kind}{mark} NS ns.{kind}{mark}\nns.{kind}{mark} A 127.0.0.1\n" for kind in CHILDREN)
        return leads + bogus + expired

    def stop(self):
        self.served.stop()
        self.web.stop()
        self.silent.close()
