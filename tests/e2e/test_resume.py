# SPDX-License-Identifier: Apache-2.0
"""--resume: a run that was killed goes on; no target is lost, none is visited again unmarked."""

import collections
import json
import resource
import signal
import socket
import subprocess

import jsonschema
import pytest

from conftest import DOCS, PATIENCE, TIMEOUTS, parse_records, until
from nameserver import NameServer, Zone

# Nobody listens at port 1 of loopback.
REFUSED = ("--format", "json", "--level", "detect", "-p", "1", *TIMEOUTS)


class Run:
    """One run, started as often as it takes."""

    def __init__(self, scanner, directory, *arguments):
        self.scanner = scanner
        self.state = directory / "state"
        self.output = directory / "records"
        self.arguments = ("--resume", self.state, "-o", self.output, *arguments)

    def start(self, *more, **keywords):
        return self.scanner.start(*self.arguments, *more, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, **keywords)

    def finish(self, *more, stdin=b""):
        return self.scanner.run(*self.arguments, *more, stdin=stdin)

    def lines(self):
        return self.output.read_bytes().count(b"\n") if self.output.exists() else 0

    def fields(self, name):
        text = self.state.read_text() if self.state.exists() else ""
        return [line.split(" ", 1)[1] for line in text.splitlines() if line.startswith(name + " ")]

    def done(self):
        """How many targets the state calls done."""
        ranges = [[int(n) for n in text.split("-")] for text in self.fields("done")]
        return sum(end - first for first, end in ranges)

    def kill_when(self, condition, what, number=signal.SIGKILL, **keywords):
        """Its exit status; it must not have ended before."""
        process = self.start(**keywords)
        try:
            until(lambda: condition() or process.poll() is not None, what, PATIENCE)
            process.send_signal(number)
            process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        return process.returncode

    def records(self, kind=None):
        return [r for r in parse_records(self.output.read_bytes())
                if kind is None or r["type"] == kind]

    def assert_whole(self, wanted):
        """Each of these (address, port) has a record, and all but the first say that they are."""
        seen = collections.Counter()
        for r in self.records("service"):
            where = (r["address"], r["port"])
            assert not seen[where] or r["again"] is True
            seen[where] += 1
        assert set(seen) == set(wanted)


@pytest.fixture(scope="module")
def everywhere(start_peer):
    """A server that answers at every address of loopback."""
    return start_peer("esmtp", "0.0.0.0")


def validate(records):
    schemas = {kind: json.loads((DOCS / f"schema/{kind}.schema.json").read_text("utf-8"))
               for kind in ("service", "domain", "run")}
    for r in records:
        jsonschema.Draft202012Validator(schemas[r["type"]]).validate(r)


# ---- killed ----

def test_killed_and_continued(scanner, tmp_path, everywhere):
    path = tmp_path / "list"
    path.write_text("127.47.2.0/25\n127.47.4.1\n127.47.3.0/25\n127.47.3.7\nno-such.invalid\n"
                    "127.47.2.0/26\n127.47.4.2,a.example,tag\n")
    port = everywhere.port
    run = Run(scanner, tmp_path, "-l", path, "--level", "detect", "-p", f"{port},1", "--rate", "60",
              "--resolver", "127.0.0.1:1", "--timeout-dns", "50ms", *TIMEOUTS)
    status = []
    for n in range(1, 7):
        lines, done = run.lines(), run.done()
        # At two kinds of points: some records are out, and some targets are known as done.
        def is_time(n=n, lines=lines, done=done):
            begun = run.fields("part") == [str(n)]
            return begun and (run.lines() >= lines + 7 * n if n % 2 else run.done() >= done + 20)

        status.append(run.kill_when(is_time, f"progress of part {n}"))
        if n == 3:
            with run.output.open("ab") as f:
                f.write(b'{"type":"service","half":')
    assert status == [-signal.SIGKILL] * 6
    before, done = run.lines(), run.done()
    assert done >= 60
    last = run.finish("--rate", "10000")
    assert (last.status, last.stderr) == (0, "")
    assert run.output.read_bytes().count(b"\n") > before
    addresses = [f"127.47.{net}.{n}" for net in (2, 3) for n in range(128)]
    run.assert_whole((a, p) for a in addresses + ["127.47.4.1", "127.47.4.2"] for p in (port, 1))
    assert {r["input"] for r in run.records("domain")} == {"no-such.invalid"}
    run_records = run.records("run")
    assert [r["part"] for r in run_records] == [7]
    assert run_records[0]["done_before"] == done
    validate(run.records())
    assert run.fields("complete") == ["1"] and run.fields("done") == ["0-260"]


def test_what_is_done_is_not_visited_again(scanner, tmp_path):
    run = Run(scanner, tmp_path, "127.47.5.0/24", "--rate", "100", *REFUSED)
    assert run.kill_when(lambda: run.done() >= 30, "a state") == -signal.SIGKILL
    whole = run.output.read_bytes()[:int(run.fields("output")[0])]
    done = {r["address"] for r in parse_records(whole)}
    run.finish("--rate", "10000")
    counted = collections.Counter(r["address"] for r in run.records("service"))
    assert len(counted) == 256
    assert len(done) >= 30 and all(counted[a] == 1 for a in done)


def test_the_seed_stays(scanner, tmp_path):
    run = Run(scanner, tmp_path, "127.47.6.0/24", "-c", "1", "--rate", "100", *REFUSED)
    assert run.kill_when(lambda: run.lines() >= 20, "records") == -signal.SIGKILL
    assert run.finish("--rate", "10000").status in (0, 3)
    seed = run.records("run")[0]["seed"]
    order = [r["address"] for r in run.records("service")]
    straight = scanner.run("127.47.6.0/24", "-c", "1", "--seed", seed, *REFUSED)
    assert list(dict.fromkeys(order)) == [r["address"] for r in straight.services]


def test_a_run_that_is_complete(scanner, tmp_path):
    run = Run(scanner, tmp_path, "127.47.7.0/28", *REFUSED)
    assert run.finish().status == 3
    octets, state = run.output.read_bytes(), run.state.read_bytes()
    again = run.finish()
    assert (again.status, again.stdout) == (0, b"")
    assert again.stderr.count("\n") == 1 and "complete: 16 targets in 1 part;" in again.stderr
    assert (run.output.read_bytes(), run.state.read_bytes()) == (octets, state)
    assert [r["part"] for r in run.records("run")] == [1]
    assert not any("again" in r for r in run.records())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["records", "state"]


def test_terminated_and_continued(scanner, tmp_path):
    run = Run(scanner, tmp_path, "127.47.8.0/24", "-c", "8", "--rate", "100", *REFUSED)
    for n in (1, 2):
        assert run.kill_when(lambda lines=run.lines(): run.lines() >= lines + 40, "records",
                             signal.SIGTERM) == 130
        assert run.fields("part") == [str(n)] and run.fields("complete") == ["0"]
        assert int(run.fields("output")[0]) == run.output.stat().st_size
    assert run.finish("--rate", "10000").status == 0
    run.assert_whole((f"127.47.8.{n}", 1) for n in range(256))
    assert [(r["part"], r["interrupted"]) for r in run.records("run")] == [
        (1, True), (2, True), (3, False)]
    # What was not reached is no repetition: only the few that were under way, or next, are marked.
    assert len([r for r in run.records("service") if "again" in r]) <= 2 * (8 + 3)


def test_who_joins_a_visit_is_not_done_before_it(scanner, tmp_path):
    names = [f"a{i}.example.org" for i in range(6)]
    server = NameServer(Zone({"mx.example.org": [("A", "127.47.13.1")],
                              **{n: [("MX", (10, b"mx.example.org"))] for n in names}}))
    path = tmp_path / "list"
    path.write_text("".join(n + "\n" for n in names))
    with socket.create_server(("127.47.13.1", 0)) as silent:
        run = Run(scanner, tmp_path, "-l", path, "--format", "json", "--level", "detect", "-4",
                  "--allow-special", "-p", silent.getsockname()[1], "--resolver", server.address)
        assert run.kill_when(lambda: run.lines() == 6 and
                             run.fields("output") == [str(run.output.stat().st_size)], "the domains") == -signal.SIGKILL
        assert run.done() == 0
        run.finish(*TIMEOUTS)
    server.stop()
    assert [r["domain_count"] for r in run.records("service")] == [6]
    assert len([r for r in run.records("domain") if "again" in r]) == 6
    assert run.fields("done") == ["0-6"]


def test_standard_input_is_given_again(scanner, tmp_path):
    lines = b"".join(b"127.47.9.%d\n" % n for n in range(200))
    path = tmp_path / "list"
    path.write_bytes(lines)
    run = Run(scanner, tmp_path, "-l", "-", "--rate", "100", *REFUSED)
    with path.open("rb") as stdin:
        process = scanner.start(*run.arguments, stdin=stdin, stdout=subprocess.DEVNULL)
        try:
            until(lambda: run.done() >= 20, "a state", PATIENCE)
        finally:
            process.kill()
            process.communicate()
    assert run.finish("--rate", "10000", stdin=lines).status == 0
    run.assert_whole((f"127.47.9.{n}", 1) for n in range(200))


# ---- the disk ----

def test_a_disk_that_is_full(scanner, tmp_path):
    run = Run(scanner, tmp_path, "127.47.10.0/23", *REFUSED)
    limit = 65001

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    process = run.start(preexec_fn=full)
    _, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 4
    assert f"smtpscan: {run.output}: File too large; what was written before is whole\n" in \
        stderr.decode()
    before = run.records("service")
    assert limit - 1000 < run.output.stat().st_size <= limit
    assert int(run.fields("output")[0]) == run.output.stat().st_size
    assert run.fields("complete") == ["0"] and run.records("run") == []
    assert run.finish().status == 0
    assert run.records("service")[:len(before)] == before
    run.assert_whole((f"127.47.{net}.{n}", 1) for net in (10, 11) for n in range(256))
    assert run.records("run")[0]["part"] == 2
    assert run.records("run")[0]["done_before"] == run.done() - run.records("run")[0]["services"]


def test_a_state_that_cannot_be_written(scanner, tmp_path):
    run = Run(scanner, tmp_path, "127.47.12.0/24", "--rate", "100", *REFUSED)
    (tmp_path / "state.new").mkdir()
    process = run.start()
    _, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 4
    assert stderr.decode() == (f"smtpscan: {run.state}: Is a directory; "
                               "what was written before is whole\n")
    assert run.output.read_bytes() == b""
    (tmp_path / "state.new").rmdir()
    assert run.finish("--rate", "10000").status == 3
    run.assert_whole((f"127.47.12.{n}", 1) for n in range(256))


def test_a_state_that_cannot_be_written_any_more(scanner, tmp_path):
    run = Run(scanner, tmp_path, "127.47.17.0/24", "--rate", "100", *REFUSED)
    blocker = tmp_path / "state.new"
    process = run.start()

    def blocked():
        try:
            blocker.mkdir()
        except FileExistsError:  # it is just being written
            return False
        return True

    try:
        until(lambda: run.done() >= 10, "a state", PATIENCE)
        until(blocked, "a moment between two states", PATIENCE)
        _, stderr = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 4
    assert stderr.decode() == (f"smtpscan: {run.state}: Is a directory; "
                               "what was written before is whole\n")
    assert run.records("run")[0]["interrupted"] is True
    blocker.rmdir()
    assert run.finish("--rate", "10000").status == 0
    run.assert_whole((f"127.47.17.{n}", 1) for n in range(256))


# ---- what is not continued ----

@pytest.fixture(scope="module")
def stopped(scanner, tmp_path_factory):
    """A run in the middle."""
    directory = tmp_path_factory.mktemp("stopped")
    (directory / "list").write_text("127.47.13.0/25\n")
    (directory / "exclude").write_text("127.47.13.9\n")
    run = Run(scanner, directory, "-l", directory / "list", "--exclude", directory / "exclude",
              "--seed", "7", "--rate", "50", *REFUSED)
    assert run.kill_when(lambda: run.lines() >= 10, "records") == -signal.SIGKILL
    return run


def refused(run, *arguments, **keywords):
    """One line, status 2, and everything as it was."""
    before = run.state.read_bytes(), run.output.read_bytes()
    done = run.finish(*arguments, **keywords)
    assert (done.status, done.stdout) == (2, b"")
    assert done.stderr.startswith("smtpscan: --") and done.stderr.count("\n") == 1
    assert (run.state.read_bytes(), run.output.read_bytes()) == before
    return done.stderr


@pytest.mark.parametrize("arguments, named", [
    (("-p", "2"), "--ports"), (("--level", "identify"), "--level"),
    (("--exhaustive",), "--exhaustive"), (("--seed", "8"), "--seed"),
    (("--shard", "1/2"), "--shard"), (("--max-targets", "5"), "--max-targets"),
    (("--domain", "example.org"), "--domain"), (("--ehlo", "me.example"), "--ehlo"),
    (("--outsider", "me@example.net"), "--outsider"), (("-4",), "--ipv4"), (("--as", "host"), "--as"),
    (("--only", "relay.*"), "--only"), (("--skip", "relay.*"), "--skip"), (("--checks", "."), "--checks"),
    (("--origin", "127.47.13.1"), "--origin"), (("--dnsbl", "bl.example"), "--dnsbl"),
    (("--dkim-selector", "s1"), "--dkim-selector"),
    (("127.47.13.200",), "the targets among the arguments"), (("-l", "/dev/null"), "--list /dev/null"),
    (("-p", "2", "--seed", "8", "-6"), "--ports, --ipv6, --seed")],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_another_option_is_named(stopped, arguments, named):
    assert refused(stopped, *arguments).endswith(
        f"{stopped.state}: the run was begun with something else: {named}; nothing is visited\n")


@pytest.mark.parametrize("name, option", [("list", "--list {}"), ("exclude", "--exclude")])
def test_a_file_that_was_changed_is_named(stopped, name, option):
    path = stopped.state.with_name(name)
    octets = path.read_bytes()
    path.write_bytes(octets + b"127.47.13.77\n")
    try:
        assert f" something else: {option.format(path)}; " in refused(stopped)
    finally:
        path.write_bytes(octets)


def damage_cut(octets):
    return octets[:-30]


def damage_digit(octets):
    return octets.replace(b"reserved ", b"reserved 1")


def damage_octets(octets):
    return bytes(c ^ 0x80 for c in octets)


@pytest.mark.parametrize("damage, line", [
    (damage_cut, None), (damage_digit, None), (damage_octets, 1), (lambda octets: b"\n", 1),
    (lambda octets: b"{}\n" + octets, 1), (lambda octets: octets + b"\n", None)],
    ids=["cut", "digit", "octets", "empty-line", "another", "more"])
def test_a_state_that_is_damaged(stopped, damage, line):
    octets = stopped.state.read_bytes()
    stopped.state.write_bytes(damage(octets))
    try:
        stderr = refused(stopped)
        number = stderr.removeprefix(f"smtpscan: --resume: {stopped.state}:").split(":")[0]
        assert int(number) == line if line else 1 < int(number) <= octets.count(b"\n") + 1
    finally:
        stopped.state.write_bytes(octets)


@pytest.mark.parametrize("change, problem", [
    (lambda octets: octets[:100], "is shorter than what was written to it"),
    (lambda octets: b"x" * len(octets), "is not what was written")], ids=["shorter", "another"])
def test_an_output_that_is_not_ours(scanner, tmp_path, change, problem):
    run = Run(scanner, tmp_path, "127.47.14.0/24", "--rate", "100", *REFUSED)
    assert run.kill_when(lambda: run.lines() >= 10, "records", signal.SIGTERM) == 130
    run.output.write_bytes(change(run.output.read_bytes()))
    assert refused(run).endswith(f"smtpscan: --output: {run.output}: {problem}\n")


def test_what_it_needs(scanner, tmp_path):
    state, output = tmp_path / "state", tmp_path / "records"
    for arguments, words in (((), "needs --output FILE"), (("-o", "-"), "needs --output FILE"),
                             (("-o", output, "--format", "text"), "needs --format json"),
                             (("-o", "/dev/null"), "only a regular file"),
                             (("-o", tmp_path / "no" / "such"), "No such file")):
        scan = scanner.run("127.47.15.1", *REFUSED, "--format", "json", "--resume", state, *arguments)
        assert scan.status == 2 and words in scan.stderr and scan.stderr.count("\n") == 1
        assert list(tmp_path.iterdir()) == []
    for path in (tmp_path, "/dev/null", "/nonexistent/state"):
        scan = scanner.run("127.47.15.1", *REFUSED, "--resume", path, "-o", output)
        assert scan.status == 2 and scan.stderr.startswith(f"smtpscan: --resume: {path}: ")
    output.write_bytes(b"what somebody measured\n")
    scan = scanner.run("127.47.15.1", *REFUSED, "--resume", state, "-o", output)
    assert scan.status == 2 and "holds something although the run begins" in scan.stderr
    assert output.read_bytes() == b"what somebody measured\n" and not state.exists()


def test_one_process_at_a_time(scanner, tmp_path):
    run = Run(scanner, tmp_path, "127.47.16.0/24", "--rate", "50", *REFUSED)
    first = run.start()
    try:
        until(lambda: run.lines() >= 60, "records", PATIENCE)  # the state was replaced since
        second = run.finish()
        elsewhere = scanner.run("127.47.16.1", *REFUSED, "--resume", tmp_path / "other", "-o", run.output)
        assert first.poll() is None
    finally:
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=PATIENCE)
    assert second.status == 2 and second.stderr.endswith("another process is at this run\n")
    assert elsewhere.status == 2 and elsewhere.stderr.endswith("another process writes to it\n")
    assert run.finish("--rate", "10000").status == 0
    run.assert_whole((f"127.47.16.{n}", 1) for n in range(256))
