# SPDX-License-Identifier: Apache-2.0
"""The audit against real servers: the lab's set `audit`, configured to expose and not to, and the truth in lab/audit.tsv."""

import concurrent.futures

import pytest

import lab_audit
from lab_audit import US, address, look

if not lab_audit.IS_UP:
    pytest.skip("the lab is not up (lab/lab up audit needs root and an overlay)", allow_module_level=True)

# What is scanned here of the 27, so that verdicts.tsv is borne out in seconds; test_long.py takes them all.  At level audit
# those that do not make their clients wait; at level full, with nothing left out, those that hold nothing back; and without
# what takes Postfix and Sendmail a second for each line, those that alone show something.
AT_AUDIT = [("audit", "", "postfix-(?!hardened|limits|greylist).*|exim-.*|sendmail-.*|opensmtpd-.*|middlebox-.*")]
AT_FULL = [
    ("full", "", "exim-default|opensmtpd-default|postfix-nolimits"),
    ("full", "limit.*,harvest.unlimited", "exim-(harvest|percent)|postfix-(openrelay|auth|cert2|tls|spoof)|middlebox-injectable"),
    ("full", "limit.*,harvest.*,relay.*,spoof.*,tls.*", "sendmail-default"),
]


@pytest.fixture(scope="module", autouse=True)
def greylisted(scanner):
    """Waits most of its time: begun first, and looked at last."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        yield pool.submit(scanner.run, "scan", "--format", "json", "-p", "25", "--domain", "lab.test", *US, "--only", "harvest.*",
                          "--greylist-wait", "7s", address("postfix-greylist"))


def test_every_verdict_is_right_and_every_check_has_both(scanner, tmp_path_factory):
    assert look(scanner, tmp_path_factory.mktemp, AT_AUDIT, AT_FULL).missing() == []


def findings(record):
    return {f["id"]: f for f in record["findings"]}


@pytest.fixture(scope="module")
def relay(scanner):
    return scanner.run("scan", "--format", "json", "-p", "25", "--domain", "lab.test", *US, "--only", "relay.*,tls.cert.*",
                       address("postfix-openrelay"))


def test_only_what_is_wanted_is_asked_and_said(relay):
    found = findings(relay.service)
    assert found["relay.open"]["verdict"] == "exposed" and found["relay.open"]["seen_at"] == "rcpt"
    assert {i.split(".")[0] for i in found} == {"relay", "tls"}
    assert not any(r["ask"].startswith("harvest.") for r in relay.service["reactions"])


def test_the_evidence_is_the_exchange(relay):
    assert any(line.startswith("RCPT TO:<{outsider}> 250 ") for line in findings(relay.service)["relay.open"]["evidence"])


@pytest.mark.parametrize("arguments, status", [
    (("--fail-on", "high"), 1),
    (("--fail-on", "critical"), 0),
    (("--fail-on", "low", "--skip", "relay.*,tls.*"), 0),
    (("--fail-on", "low", "--baseline", "BASELINE"), 0),
], ids=["as grave", "graver", "not asked for", "accepted"])
def test_what_makes_a_run_fail(scanner, relay, tmp_path, arguments, status):
    stored, baseline = tmp_path / "stored.ndjson", tmp_path / "accepted"
    stored.write_bytes(relay.stdout)
    baseline.write_text(f"# looked at\nrelay.* {address('postfix-openrelay')}:25\ntls.cert.*\n"
                        "harvest.*\nsmtp.*\nspoof.*\nauth.*\nsvc.*\ndns.*\n")
    arguments = [str(baseline) if a == "BASELINE" else a for a in arguments]
    only = () if "--skip" in arguments else ("--only", "relay.*,tls.cert.*")
    done = scanner.run("judge", "--format", "json", *only, *arguments, stored)
    skipped = "--skip" in arguments
    assert done.status == (1 if skipped and any(f["verdict"] == "exposed" for f in done.service["findings"]) else status), done
    if "--baseline" in arguments:
        assert findings(done.service)["relay.open"]["accepted"] is True


def test_stored_records_are_judged_as_the_scan_judged_them(scanner, tmp_path):
    scan = scanner.run("scan", "--format", "json", "-p", "25,587", "--domain", "lab.test", *US, address("exim-default"))
    stored = tmp_path / "stored.ndjson"
    stored.write_bytes(scan.stdout)
    judged = scanner.run("judge", "--format", "json", stored)
    assert [r["findings"] for r in judged.services] == [r["findings"] for r in scan.services]


MINE = """check     mine.noop
title     NOOP with words is answered
severity  low
class     session
seen-at   offer
C: NOOP {random.1}
S: 250 -> exposed "answered"
S: 5xx -> safe
"""


def test_a_check_of_ones_own_is_played(scanner, tmp_path):
    (tmp_path / "mine.smtp").write_text(MINE)
    done = scanner.run("scan", "--format", "json", "-p", "25", *US, "--checks", tmp_path, "--only", "mine.*",
                       address("postfix-default"))
    assert findings(done.service)["mine.noop"]["verdict"] == "exposed"


@pytest.mark.parametrize("line, problem", [
    ("C: DATA", "mine.smtp:6: a command that is never sent"),
    ("C: RCPT TO:<alice@{domain}>", "mine.smtp:6: "),
    ("S: 250 -> perhaps", "mine.smtp:7: "),
], ids=["a command that is never sent", "a recipient of somebody's", "no verdict"])
def test_a_bad_check_is_refused_with_its_line(scanner, tmp_path, line, problem):
    place = "C: NOOP {random.1}" if line.startswith("C:") else 'S: 250 -> exposed "answered"'
    (tmp_path / "mine.smtp").write_text(MINE.replace(place, line))
    done = scanner.run("scan", "--checks", tmp_path, "127.0.0.1:1")
    assert done.status == 2 and problem in done.stderr, done


def test_a_check_may_not_take_the_name_of_another(scanner, tmp_path):
    (tmp_path / "mine.smtp").write_text(MINE.replace("mine.noop", "relay.open"))
    done = scanner.run("scan", "--checks", tmp_path, "127.0.0.1:1")
    assert done.status == 2 and "stands twice: relay.open" in done.stderr


def test_a_server_that_greylists_is_asked_once_more(greylisted):
    done = greylisted.result()
    found = findings(done.service)
    assert found["harvest.greylist"]["verdict"] == "noted"
    asked = [r for r in done.service["reactions"] if r["ask"] == "harvest.rcpt"]
    assert len(asked) == 2 and done.service["cost"]["duration_ms"] >= 7000
    assert found["harvest.rcpt"]["verdict"] == "exposed", found["harvest.rcpt"]


def test_what_an_audit_costs_a_healthy_server(scanner):
    done = scanner.run("scan", "--format", "json", "--domain", "lab.test", *US, "--resolver", "127.53.0.1", address("postfix-default"))
    asked = [r for r in done.services if r["outcome"] == "answered"]
    assert sum(r["cost"]["commands"] for r in asked) <= 40
    assert sum(r["cost"]["errors_provoked"] for r in asked) <= 14
    for r in asked:
        assert r["cost"]["connections"] <= (3 if r["port"] == 25 else 2)
        assert r["cost"]["duration_ms"] - r["cost"]["delay_ms"] < 10000
        assert "cut" not in r


def test_the_host_behind_the_filter(scanner):
    """The exchange itself is no way past itself; the host that is named is asked, and takes mail."""
    done = scanner.run("scan", "--format", "json", "-p", "25", "--domain", "lab.test", *US, "--only", "mx.bypass",
                       "--origin", address("postfix-default"), address("exim-default"))
    found = {r["address"]: findings(r)["mx.bypass"]["verdict"] for r in done.services}
    assert found == {address("exim-default"): "not-asked", address("postfix-default"): "exposed"}
