# SPDX-License-Identifier: Apache-2.0
"""DNSSEC as it is validated here: signed, unsigned and broken zones of a real name server."""

import pytest

import zones

pytestmark = pytest.mark.skipif(not zones.IS_THERE, reason="needs BIND (tools/fetch-named) and bind9-utils")

ZONE = """@ MX 10 mx
mx A 127.0.78.1
_25._tcp.mx TLSA 3 0 1 {0}
""".format("00" * 32)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("zones")
    served = zones.Zones(directory)
    served.add("plain.net", ZONE)
    keys = [served.add_signed(zone, ZONE)[0] for zone in ("signed.net", "bogus.net")]
    # Who trusts another key than the zone has finds its signatures broken.
    wrong = keys[0].replace("signed.net.", "bogus.net.")
    (directory / "anchors").write_text(keys[0] + "\n" + wrong + "\n")
    served.start()
    yield served.address, directory / "anchors"
    served.stop()


@pytest.fixture(scope="module")
def scan(scanner, server):
    resolver, anchors = server
    return scanner.scan("--resolver", resolver, "--trust-anchor", anchors, "--allow-special", "--timeout-dns", "2s", "-p",
                        "25", "signed.net", "bogus.net", "plain.net")


@pytest.fixture(scope="module")
def judged(scan):
    return {r["input"]: r for r in scan.of_type("domain")}


def test_signatures_need_not_be_there_to_judge_again(scanner, scan, tmp_path):
    (tmp_path / "stored").write_bytes(scan.stdout)
    assert scanner.run("judge", "--format", "json", tmp_path / "stored").stdout == scan.stdout


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
    found = {f["id"]: f["verdict"] for f in domain["findings"]}
    assert [found[c] for c in ("dns.dnssec.unsigned", "dns.dnssec.bogus", "dane.unsigned")] == ["untestable"] * 3


def test_an_anchor_that_cannot_be_read_is_said(scanner, server, tmp_path):
    scan = scanner.scan("--resolver", server[0], "--trust-anchor", tmp_path / "missing", "signed.net")
    assert scan.status == 2 and "--trust-anchor" in scan.stderr
