# SPDX-License-Identifier: Apache-2.0
"""What a domain promises, held against real exchanges (exchanges.py)."""

import concurrent.futures
import json
import os

import jsonschema
import pytest

import exchanges
import zones
from conftest import DOCS
from exchanges import BYPASS, DANE, HOSTS, NAMES, NETWORKS, NULL_MX, NUMBERS, ONLY, SPF, STS, ZONES, verdict_on

if os.environ.get("SMTPSCAN_LAB_UP") != "yes":
    pytest.skip("the lab is not up (lab/lab up domain needs root and an overlay)", allow_module_level=True)
if not zones.IS_THERE:
    pytest.skip("needs BIND (tools/fetch-named) and bind9-utils", allow_module_level=True)

SLOW = "mx-slow.test"
DOMAINS = list(exchanges.expected())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    there = exchanges.World(tmp_path_factory.mktemp("world"))
    yield there
    there.stop()


def scan_world(scanner, world, *arguments):
    return scanner.scan("--resolver", world.served.address, "--trust-anchor", world.anchors, "--allow-special", "--ehlo",
                        "client.scan.test", "-p", "25", *arguments, env={"SSL_CERT_FILE": str(world.roots)})


@pytest.fixture(scope="module")
def scans(scanner, world):
    """All of them, with DNSSEC validated here; the one whose DNS must be waited for has a run of its own, side by side."""
    def look(*arguments):
        return scan_world(scanner, world, "--only", ONLY, *arguments)

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
    assert verdict_on(judged[name], check, want) == want, judged[name].get(check)


@pytest.mark.parametrize("server", NETWORKS)
@pytest.mark.parametrize("name, check, want", [(n, c, v) for n, (_, _, checks) in DANE.items() for c, v in checks.items()])
def test_dane(judged, server, name, check, want):
    assert_verdict(judged, f"{name}-{server}.test", check, want)


def test_openssl_takes_whom_we_take(judged):
    chains = exchanges.Chains("postfix")
    held = {name: [chains.tlsa(*r) for r in records] for name, (exchange, records, _) in DANE.items()
            if exchange == "good" and records and all(r[0] in (2, 3) for r in records)}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        taken = list(pool.map(lambda r: exchanges.is_taken_by_openssl("good.postfix.mx.test", NETWORKS["postfix"] + "1", r), held.values()))
    ours = [judged[f"{name}-postfix.test"]["dane.mismatch"]["verdict"] == "safe" for name in held]
    assert dict(zip(held, taken)) == dict(zip(held, ours))


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


@pytest.mark.parametrize("name, check, want", [(n, c, v) for n, checks in ZONES.items() for c, v in checks.items()])
def test_zones(judged, name, check, want):
    assert_verdict(judged, name + ".test", check, want)


# ---- what hosts do ----

@pytest.fixture(scope="module")
def look_at_hosts(scanner, world):
    """The findings of each address, by id."""
    def look(*arguments):
        done = scan_world(scanner, world, *arguments)
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
