# SPDX-License-Identifier: Apache-2.0
"""What the scanner says of real servers: the lab's `check` set, which tools/check has started."""

import json
import os
import pathlib
import subprocess

import pytest

from conftest import parse_records

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
US = ("--ehlo", "client.scan.test")

if os.environ.get("SMTPSCAN_LAB_UP") != "yes":
    pytest.skip("the lab is not up (lab/lab up check needs root and an overlay)", allow_module_level=True)


def rows():
    lines = subprocess.check_output([ROOT / "lab" / "lab", "rows", "check"], text=True).splitlines()
    return [dict(zip(lines[0].split("\t"), line.split("\t"))) for line in lines[1:]]


SERVERS = rows()


def row_of(product, variant="default"):
    return next(r for r in SERVERS if r["product"] == product and r["variant"] == variant)


@pytest.fixture(scope="module")
def everything(scanner):
    """One run over all servers and ports, as NDJSON."""
    done = scanner.run("scan", "--format", "json", *US, *(r["address"] for r in SERVERS))
    assert done.status == 0, done
    return done


@pytest.fixture(scope="module")
def port25(everything):
    return {r["address"]: r for r in everything.services if r["port"] == 25}


@pytest.mark.parametrize("server", SERVERS, ids=lambda r: r["id"])
def test_recognised_for_what_it_is(port25, server):
    software = port25[server["address"]]["software"]
    assert (software.get("product"), software.get("front", "")) == (server["product"], server["front"])
    assert server["version"] in software["version_set"]


@pytest.mark.parametrize("server", SERVERS, ids=lambda r: r["id"])
def test_a_greeting_that_lies_is_noticed_and_an_honest_one_is_not(port25, server):
    assert port25[server["address"]]["software"].get("altered", False) == (server["variant"] == "altered")


def test_recognised_by_servers_of_other_releases_alone_and_without_greetings(scanner, tmp_path):
    """Their own specimens are taken out of the database, and greetings are not looked at."""
    data = tmp_path / "data"
    subprocess.check_call(["cp", "-r", ROOT / "data", data])
    for server in SERVERS:
        for path in data.rglob(server["id"] + ".smtp"):
            path.unlink()
    done = scanner.run("scan", "--format", "json", "--data", data, "--ignore-greeting", "-p", "25", *US,
                       *(r["address"] for r in SERVERS))
    found = {r["address"]: r["software"].get("product") for r in done.services}
    assert found == {r["address"]: r["product"] for r in SERVERS}


def test_budgets_hold(everything):
    for address in {r["address"] for r in everything.services}:
        errors = sum(r["cost"]["errors_provoked"] for r in everything.services if r["address"] == address)
        commands = sum(r["cost"]["commands"] for r in everything.services if r["address"] == address)
        assert errors <= 14 and commands <= 40, address
    for r in everything.services:
        assert r["cost"]["commands"] <= 19 * max(1, r["cost"]["connections"])
        assert r["cost"]["connections"] <= (3 if r["port"] == 25 else 2)
        assert "cut" not in r


def test_every_dialogue_ends_with_a_quit_unless_the_server_ended_it(everything):
    for r in everything.services:
        if r["outcome"] != "answered" or r.get("starttls", {}).get("outcome") == "failed":
            continue
        ended = any(x["ended"] == "closed" or x["ask"] == "quit-argument" for x in r["reactions"])
        assert ended or r["quit"]["code"] == 221, r


@pytest.mark.parametrize("product", ["Postfix", "Exim", "Sendmail"])
def test_ports_speak_what_they_speak(everything, product):
    server = row_of(product)
    found = {r["port"]: r for r in everything.services if r["address"] == server["address"]}
    assert found[2525]["outcome"] == "refused"
    assert found[25]["starttls"]["offered"] and not found[25]["tls"]["implicit"]
    assert found[465]["tls"]["implicit"] and "ehlo" not in found[465]
    for port in (25, 465, 587):
        tls = found[port]["tls"]
        assert found[port]["outcome"] == "answered" and found[port]["protocol"] == "esmtp"
        assert tls["chain"][0]["names"] == ["mail.lab.test"] and not tls["trusted"]
        assert "STARTTLS" not in found[port]["ehlo_tls"]["extensions"]
    assert "AUTH" in found[587]["ehlo_tls"]["extensions"]


def test_a_handshake_that_fails_is_told_and_ends_nothing_else(everything):
    """OpenSMTPD 6.8 built with OpenSSL 3, as in Debian 12, ends every handshake with an alert; newer ones work."""
    for r in everything.services:
        if r["address"] != row_of("OpenSMTPD")["address"] or r["outcome"] == "refused":
            continue
        if r["port"] == 465:
            assert r["outcome"] == "answered" or (r["outcome"], r["stage"]) == ("tls-failed", "tls")
        else:
            assert r["outcome"] == "answered" and r["software"]["product"] == "OpenSMTPD"
            assert r["starttls"]["outcome"] == "ok" or "alert" in r["starttls"]["reason"]


def test_judging_a_record_gives_the_answer_of_the_scan(scanner, everything, tmp_path):
    kept = tmp_path / "records.ndjson"
    kept.write_bytes(everything.stdout)
    judged = scanner.run("judge", "--format", "json", kept)
    assert judged.stdout == everything.stdout


def test_a_domain_leads_to_its_exchanges(scanner):
    done = scanner.run("scan", "--format", "json", "-p", "25", *US, "--resolver", "127.53.0.1", "--allow-special",
                       "demo.lab.test")
    assert [r["preference"] for r in done.of_type("domain")[0]["mx"]] == [10, 20, 30, 40]
    assert {r["software"]["product"] for r in done.services} == {"Postfix", "Exim", "Sendmail", "OpenSMTPD"}
    assert all(r["domain"] == "demo.lab.test" for r in done.services)
    assert not any(r["tls"]["name_matches"] for r in done.services if "tls" in r)


def test_a_specimen_can_be_learnt_and_loaded(scanner, tmp_path):
    server = row_of("Postfix")
    data = tmp_path / "data"
    subprocess.check_call(["cp", "-r", ROOT / "data", data])
    learnt = scanner.run("learn", *US, server["address"] + ":25", "--product", "Learnt", "--product-version", "9.9",
                         "--force", "-o", data / "specimens" / "learnt.smtp")
    assert learnt.status == 0, learnt
    for path in (data / "specimens" / "postfix").glob("*.smtp"):
        path.unlink()
    done = scanner.run("scan", "--format", "json", "--data", data, "-p", "25", *US, server["address"])
    assert done.service["software"]["product"] == "Learnt"
    assert done.service["software"]["version_set"] == ["9.9"]


def test_the_transcript_holds_every_octet(scanner):
    server = row_of("Sendmail")
    done = scanner.run("scan", "--format", "json", "--transcript", "-p", "25", *US, server["address"])
    wire = done.service["transcript"]
    assert wire[0]["dir"] == "S" and wire[0]["octets"].startswith("220 ")
    said = "".join(piece["octets"] for piece in wire if piece["dir"] == "C")
    assert said.count("\\x0D\\x0A") == done.service["cost"]["commands"]
    assert any(piece["tls"] for piece in wire)
    assert json.loads(json.dumps(parse_records(done.stdout))) == done.records
