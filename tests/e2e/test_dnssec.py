# SPDX-License-Identifier: Apache-2.0
"""DNSSEC as it is validated here: signed, unsigned and broken zones of a real name server."""

import os
import shutil
import socket
import subprocess

import pytest

from conftest import until

NAMED, TOOLS = shutil.which("named", path=os.environ["PATH"] + ":/usr/sbin"), ("dnssec-keygen", "dnssec-signzone")
pytestmark = pytest.mark.skipif(not NAMED or not all(map(shutil.which, TOOLS)), reason="needs bind9 and bind9-utils")

ZONE = """$TTL 300
@ SOA ns h 1 3600 600 86400 300
@ NS ns
ns A 127.0.0.1
@ MX 10 mx
mx A 127.0.78.1
_25._tcp.mx TLSA 3 0 1 {0}
""".format("00" * 32)

CONFIG = """options {{ directory "{0}"; listen-on port {1} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion yes;
  pid-file "{0}/pid"; session-keyfile "{0}/session"; managed-keys-directory "{0}"; dnssec-validation no;
  empty-zones-enable no; forwarders {{ 127.0.0.1 port 1; }}; forward only; }};
controls {{}};
zone "signed.net" {{ type primary; file "signed.net.db.signed"; }};
zone "bogus.net" {{ type primary; file "bogus.net.db.signed"; }};
zone "plain.net" {{ type primary; file "plain.net.db"; }};
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def is_open(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def sign(directory, zone):
    """Gives the zone's key."""
    run = {"cwd": directory, "check": True, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    key = subprocess.run([TOOLS[0], "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", zone], **run).stdout.decode().strip()
    subprocess.run([TOOLS[0], "-q", "-a", "ECDSAP256SHA256", zone], **run)
    subprocess.run([TOOLS[1], "-S", "-o", zone, zone + ".db"], **run)
    return next(x for x in (directory / (key + ".key")).read_text().splitlines() if " DNSKEY " in x)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("zones")
    for zone in ("signed.net", "bogus.net", "plain.net"):
        (directory / (zone + ".db")).write_text(ZONE)
    keys = [sign(directory, zone) for zone in ("signed.net", "bogus.net")]
    # Who trusts another key than the zone has finds its signatures broken.
    wrong = keys[0].replace("signed.net.", "bogus.net.")
    (directory / "anchors").write_text(keys[0] + "\n" + wrong + "\n")
    port = free_port()
    (directory / "named.conf").write_text(CONFIG.format(directory, port))
    process = subprocess.Popen([NAMED, "-g", "-n", "1", "-c", str(directory / "named.conf")],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: is_open(port), "named to listen", 30)
    yield f"127.0.0.1:{port}", directory / "anchors"
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="module")
def judged(scanner, server):
    resolver, anchors = server
    scan = scanner.scan("--resolver", resolver, "--trust-anchor", anchors, "--allow-special", "--timeout-dns", "2s", "-p",
                        "25", "signed.net", "bogus.net", "plain.net")
    return {r["input"]: r for r in scan.of_type("domain")}


@pytest.mark.parametrize("zone, dnssec", [("signed.net", "secure"), ("plain.net", "insecure"), ("bogus.net", "bogus")])
def test_zones_are_validated(judged, zone, dnssec):
    posture = judged[zone]["posture"]
    assert (posture["dnssec"], posture["validator"]) == (dnssec, "validated")
    assert [x["dnssec"] for x in posture["exchanges"]] == [dnssec]


@pytest.mark.parametrize("zone, check, verdict", [
    ("signed.net", "dns.dnssec.unsigned", "safe"), ("signed.net", "dns.dnssec.bogus", "safe"),
    ("signed.net", "dns.mx.unsigned", "safe"), ("signed.net", "dane.unsigned", "safe"),
    ("plain.net", "dns.dnssec.unsigned", "noted"), ("plain.net", "dns.dnssec.bogus", "safe"),
    ("plain.net", "dane.unsigned", "exposed"),
    ("bogus.net", "dns.dnssec.bogus", "exposed"),
])
def test_verdicts_rest_on_it(judged, zone, check, verdict):
    assert {f["id"]: f["verdict"] for f in judged[zone]["findings"]}[check] == verdict


def test_without_an_anchor_nothing_is_claimed(scanner, server):
    scan = scanner.scan("--resolver", server[0], "--allow-special", "-p", "25", "signed.net")
    domain, = scan.of_type("domain")
    assert "dnssec" not in domain["posture"]  # the resolver validates nothing
    assert {f["id"]: f["verdict"] for f in domain["findings"]}["dns.dnssec.unsigned"] == "untestable"


def test_an_anchor_that_cannot_be_read_is_said(scanner, server, tmp_path):
    scan = scanner.scan("--resolver", server[0], "--trust-anchor", tmp_path / "missing", "signed.net")
    assert scan.status == 2 and "--trust-anchor" in scan.stderr
