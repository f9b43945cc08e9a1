# SPDX-License-Identifier: Apache-2.0
"""--workers: several processes, one run; what holds for one process holds for all of them."""

import collections
import os
import re
import signal
import subprocess

import pytest

from conftest import PATIENCE, TIMEOUTS, parse_records, until
from nameserver import NameServer, Zone
from test_fleet import fleet  # noqa: F401
from test_later import AWAY, DETECT, listed, moody, start  # noqa: F401
from test_schema import assert_valid, load_schemas

NETWORK = "127.25.7.0/26"
ADDRESSES = {f"127.25.7.{n}" for n in range(64)}
THREE = ("--workers", "3")


def scan(scanner, port, *options):
    return scanner.run("scan", "--format", "json", "-q", "-p", port, "--ehlo", "client.scan.test", *options)


def told(records):
    """What a record says of its server, without what differs from run to run."""
    return {r["address"]: (r["outcome"], r.get("software", {}).get("product"), r.get("ehlo", {}).get("lines"),
                           [x["ask"] for x in r.get("reactions", [])]) for r in records}


def test_they_give_what_one_process_gives(scanner, fleet):  # noqa: F811
    port = fleet("--odd", "refused=.1,altered=.1").port
    one, three = scan(scanner, port, NETWORK), scan(scanner, port, *THREE, NETWORK)
    assert told(three.services) == told(one.services)
    assert len(three.services) == 64
    a, b = one.of_type("run")[0], three.of_type("run")[0]
    for key in ("targets", "services", "outcomes"):
        assert a[key] == b[key]
    for key in ("connections", "commands", "errors_provoked"):
        assert b["cost"][key] == a["cost"][key] == sum(r["cost"][key] for r in three.services)
    assert_valid(load_schemas(), three.stdout)


def test_as_text(scanner, fleet):  # noqa: F811
    port = fleet().port
    one, three = (scanner.run("scan", "--format", "text", "-p", port, *w, *TIMEOUTS, "127.25.7.1") for w in ((), THREE))
    without_time = [re.sub(rb"[0-9.]+ s$", b"", done.stdout, flags=re.M) for done in (one, three)]
    assert without_time[0] == without_time[1] != b""


def test_an_address_with_many_names_is_visited_once(scanner, start_peers):
    names = {"mx.example.org": [("A", "127.0.48.9")],
             **{f"d{i}.example.org": [("MX", (10, b"mx.example.org"))] for i in range(30)}}
    server, (peer,) = NameServer(Zone(names)), start_peers([("slow-ehlo", "127.0.48.9")])
    found = scanner.scan("--resolver", server.address, *DETECT, "-4", "--allow-special", "-p", peer.port,
                         "--timeout-reply", "10s", *THREE, "-l", "-",
                         stdin="".join(f"d{i}.example.org\n" for i in range(30)).encode())
    server.stop()
    assert (found.service["outcome"], found.service["domain_count"], len(found.service["domains"])) == ("answered", 30, 20)
    assert len(found.of_type("domain")) == 30
    assert len(peer.settled()) == 1


def test_an_address_has_one_budget(scanner, start_peer):
    peers = [start_peer("refuses-all") for _ in range(6)]
    found = scanner.scan("-l", "-", *THREE, stdin="".join(p.target + "\n" for p in peers).encode())
    assert len(found.services) == 6
    assert sum(r["cost"]["errors_provoked"] for r in found.services) <= 7


def test_the_rate_is_that_of_the_run(scanner, start_peer):
    peer = start_peer("esmtp", "0.0.0.0")
    found = scan(scanner, peer.port, *DETECT, *THREE, "-r", "20", "127.25.7.0/27")
    assert len(found.services) == 32
    assert found.of_type("run")[0]["duration_ms"] > 1400


@pytest.mark.parametrize("words", [AWAY, b""])
def test_who_turned_us_away_is_asked_again(scanner, moody, words):  # noqa: F811
    server = moody(words)
    found = listed(scanner, *THREE, "--retry-after", "300ms", targets=[server.target])
    s = found.service
    assert (s["outcome"], s["retries"], s["cost"]["connections"], server.seen) == ("answered", 1, 2, 2)


def test_and_given_up_at_the_end(scanner, moody):  # noqa: F811
    server = moody(*[AWAY] * 9)
    s = listed(scanner, *THREE, "--retry-after", "200ms", targets=[server.target]).service
    assert (s["outcome"], s["retries"], s["reason"], server.seen) == ("blocked", 1, "421 4.3.2 too busy", 2)


# ---- ends ----

def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(word) for word in f.read().split()]


class Long:
    """A run that takes some time, with its workers."""

    def __init__(self, scanner, directory, port, *options):
        self.scanner, self.output = scanner, directory / "out"
        self.arguments = ("scan", "--format", "json", "-q", "-p", port, "-r", "40", *DETECT, *TIMEOUTS, "-o", self.output,
                          "--resume", directory / "state", *options, NETWORK)

    def start(self):
        self.process = self.scanner.start(*self.arguments, *THREE, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        until(lambda: self.lines() >= 5 or self.process.poll() is not None, "some records", PATIENCE)
        assert self.process.poll() is None, self.process.stderr.read()
        self.workers = children(self.process.pid)
        assert len(self.workers) == 3

    def lines(self):
        return self.output.read_bytes().count(b"\n") if self.output.exists() else 0

    def end(self):
        stderr = self.process.communicate(timeout=PATIENCE)[1].decode()
        assert not any(os.path.exists(f"/proc/{pid}") for pid in self.workers) or until(
            lambda: not any(os.path.exists(f"/proc/{pid}") for pid in self.workers), "the workers' end", PATIENCE)
        return self.process.returncode, stderr

    def finish(self, *options):
        return self.scanner.run(*self.arguments, *options)

    def check(self):
        """Each address has a record, and more than one only when they are marked."""
        services = [r for r in parse_records(self.output.read_bytes()) if r["type"] == "service"]
        assert {r["address"] for r in services} == ADDRESSES
        first = collections.Counter(r["address"] for r in services if not r.get("again"))
        assert set(first.values()) <= {1}


@pytest.fixture
def long(scanner, tmp_path, start_peer):
    return Long(scanner, tmp_path, start_peer("esmtp", "0.0.0.0").port)


@pytest.mark.parametrize("more", [(), THREE, ("--workers", "1")], ids=str)
def test_a_worker_that_is_killed_ends_the_run_and_loses_nothing(long, more):
    long.start()
    os.kill(long.workers[1], signal.SIGKILL)
    status, stderr = long.end()
    assert status == 4 and "signal 9" in stderr and "a worker has gone" in stderr
    assert parse_records(long.output.read_bytes())[-1]["interrupted"] is True
    assert long.finish(*more).status == 0
    long.check()


def test_what_waited_in_a_worker_that_is_killed_is_asked_by_the_next_part(scanner, moody, tmp_path):  # noqa: F811
    server = moody(AWAY)
    resume = ("--resume", tmp_path / "state", "--status-file", tmp_path / "status", "--workers", "1")
    p = start(scanner, tmp_path, server.target, *resume)
    until(lambda: server.seen, "the first visit", PATIENCE)
    until(lambda: b'"in_flight":0,"queued":1' in (tmp_path / "status").read_bytes(), "a rest", PATIENCE)
    os.kill(children(p.pid)[0], signal.SIGKILL)
    p.communicate(timeout=PATIENCE)
    assert p.returncode == 4
    assert start(scanner, tmp_path, server.target, *resume).wait(PATIENCE) == 0
    services = [r for r in parse_records((tmp_path / "out").read_bytes()) if r["type"] == "service"]
    assert [(r["outcome"], r["again"]) for r in services] == [("answered", True)]


def test_interrupted_all_of_them_end(long):
    long.start()
    for pid in (long.process.pid, *long.workers):  # as a terminal does it
        os.kill(pid, signal.SIGINT)
    status, stderr = long.end()
    assert status == 130 and "not done" in stderr
    assert long.finish().status == 0
    long.check()


def test_killed_the_run_takes_its_workers_along_and_can_go_on_at_once(long):
    long.start()
    long.process.kill()
    assert long.end()[0] == -signal.SIGKILL
    assert long.finish(*THREE).status == 0
    long.check()


# ---- limits ----

def test_few_descriptors_make_it_slower_and_nothing_fail(scanner, start_peer):
    peer = start_peer("esmtp", "0.0.0.0")
    command = ["sh", "-c", 'ulimit -n 40; exec "$@"', "sh", scanner.path, "scan", "--format", "json", "-q", *TIMEOUTS,
               *DETECT, *THREE, "-p", str(peer.port), NETWORK]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE, env=scanner.environment)
    assert done.stdout.count(b'"outcome":"answered"') == 64, done.stderr
    assert parse_records(done.stdout)[-1]["concurrency"] == 30


@pytest.mark.parametrize("number", ["0", "65", "two"])
def test_how_many_there_may_be(scanner, number):
    wrong = scanner.run("--workers", number, "127.0.0.1:1")
    assert (wrong.status, wrong.stderr) == (2, f"smtpscan: --workers: {number}: takes 1 to 64\n")


def test_findings_of_workers_make_the_run_fail(scanner, start_peer):
    peer = start_peer("esmtp")
    one, three = (scanner.scan("--level", "audit", "--fail-on", "info", *w, peer.target) for w in ((), THREE))
    assert one.status == three.status == 1
    assert [f["id"] for f in one.service["findings"]] == [f["id"] for f in three.service["findings"]]
