# SPDX-License-Identifier: Apache-2.0
"""The fleet of bench/: recorded servers are taken for what they are, and oddities come out as what they are."""

import csv
import io
import json
import os
import signal
import subprocess

import pytest

from conftest import PATIENCE, program

NETWORK = "127.25.6.0/26"


class Fleet:
    def __init__(self, *options):
        self.options = options
        self.process = subprocess.Popen([program("SMTPSCAN_FLEET"), "-p", "0", *options], stdout=subprocess.PIPE, text=True)
        self.port = self.process.stdout.readline().split()[-1]

    def truth(self):
        text = subprocess.check_output([program("SMTPSCAN_FLEET"), "--truth", *self.options, NETWORK], text=True)
        return {row["address"]: row for row in csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)}

    def stop(self):
        """What it counted."""
        self.process.send_signal(signal.SIGTERM)
        try:
            lines = self.process.communicate(timeout=PATIENCE)[0].splitlines()
        finally:
            self.process.kill()
        return {line.split()[0]: float(line.split()[1]) for line in lines}


@pytest.fixture
def fleet():
    started = []

    def start(*options):
        started.append(Fleet(*options))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def scan(scanner, port, *options):
    """A record for each address; time-outs long enough for a sanitized program on a busy machine."""
    found = scanner.run("scan", "--format", "json", "-q", "-p", port, "--ehlo", "client.scan.test", *options, NETWORK)
    assert found.status == 0, found
    return {r["address"]: r for r in found.services}


def test_every_server_is_taken_for_itself(scanner, fleet):
    played = fleet()
    records, truth = scan(scanner, played.port), played.truth()
    assert len(records) == len(truth) == 64
    assert len({t["product"] for t in truth.values()}) > 20
    missed = []
    for address, record in records.items():
        software, is_so = record.get("software", {}), truth[address]
        assert record["outcome"] == "answered", (record, is_so)
        assert software.get("product") == is_so["product"], (software, is_so)
        missed += [] if is_so["version"] in software["version_set"] else [(software["version_set"], is_so)]
        assert record.get("starttls", {}).get("offered", False) == (is_so["starttls"] == "yes"), (record, is_so)
    assert len(missed) <= 1, missed  # what is asked of one release may leave out another: 1 in 1000
    counted = played.stop()
    assert counted["sessions"] == sum(r["cost"]["connections"] for r in records.values())
    assert counted["failed"] == counted["cut"] == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_one_network_does_not_hold_the_others_back(scanner, fleet, workers):
    """A list in order: many more of one network than are visited at once, and what comes behind them."""
    of_one = [f"127.25.7.{i}" for i in range(1, 121)]
    others = [f"127.25.{i}.1" for i in range(100, 120)]
    found = scanner.run("scan", "--format", "json", "-q", "-p", fleet().port, "--level", "detect", "-c", "10",
                        "--workers", workers, "--ehlo", "client.scan.test", "-l", "-", stdin="\n".join(of_one + others).encode())
    seen = [r["address"] for r in found.services]
    assert sorted(seen) == sorted(of_one + others)
    assert max(seen.index(a) for a in others) < 100, seen  # a network begins 100 a second


OUTCOMES = {"refused": {"closed"}, "silent": {"timeout"}, "busy": {"blocked"}, "greylist": {"answered"}, "altered": {"answered"},
            "none": {"answered"}}


def test_oddities_come_out_as_what_they_are(scanner, fleet):
    played = fleet("--odd", "refused=.15,silent=.1,busy=.15,greylist=.15,altered=.15", "--workers", "2", "--seed", "7")
    records, truth = scan(scanner, played.port, "--timeout-greeting", "3s", "--timeout-tls", "1s"), played.truth()
    assert {t["oddity"] for t in truth.values()} == set(OUTCOMES)
    for address, record in records.items():
        assert record["outcome"] in OUTCOMES[truth[address]["oddity"]], (record, truth[address])
    assert played.stop()["refusals"] >= sum(t["oddity"] == "busy" for t in truth.values())


def test_the_truth_does_not_depend_on_the_way_of_asking(fleet):
    command = [program("SMTPSCAN_FLEET"), "--truth"]
    whole = subprocess.check_output([*command, "127.9.8.0/30"], text=True).splitlines()[1:]
    backwards = "".join("127.9.8.%d\n" % n for n in (3, 2, 1, 0))
    single = subprocess.run(command, input=backwards, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[1:]
    assert whole == single[::-1]


def test_the_judge_counts_what_is_right(scanner, fleet, tmp_path):
    played = fleet("--odd", "busy=.2")
    records, truth = scan(scanner, played.port), played.truth()
    run, tsv = tmp_path / "run.ndjson", tmp_path / "truth.tsv"
    run.write_text("".join(json.dumps(r) + "\n" for r in records.values()))
    columns = list(next(iter(truth.values())))
    tsv.write_text("\n".join("\t".join(row) for row in [columns, *(list(t.values()) for t in truth.values())]) + "\n")
    judge = os.path.join(os.path.dirname(__file__), "../../bench/judge-fleet")
    said = subprocess.check_output([judge, run, tsv, "--min-right", "100"], text=True)
    plain = sum(t["oddity"] == "none" for t in truth.values())
    assert "right        %d of %d" % (plain, plain) in said
    assert "blocked %d;" % (64 - plain) in said
