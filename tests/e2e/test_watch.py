# SPDX-License-Identifier: Apache-2.0
"""Steady monitoring: rounds into a store, and what is told when a server changes between them."""

import fcntl
import json
import os
import shlex
import signal
import subprocess

import pytest

from conftest import PATIENCE, PEERS, TIMEOUTS, Peer, until

DETECT = ("--level", "detect", *TIMEOUTS)


class Server:
    """A scripted server that can be another one at the same address."""

    def __init__(self, directory):
        self.directory, self.peer = directory, None

    def be(self, **words):
        """tests/peers/esmtp.smtp without STARTTLS and with some of its words replaced."""
        text = (PEERS / "esmtp.smtp").read_text("latin1").replace("250-STARTTLS\nS: ", "")
        for old, new in words.values():
            assert old in text
            text = text.replace(old, new)
        port = self.peer.port if self.peer else 0
        self.stop()
        (self.directory / "script.smtp").write_text(text, "latin1")
        self.peer = Peer(self.directory, str(self.directory / "script"), "127.66.3.1", port)
        return self

    @property
    def target(self):
        return self.peer.target

    def stop(self):
        if self.peer:
            self.peer.stop()


@pytest.fixture
def server(tmp_path):
    one = Server(tmp_path)
    yield one.be()
    one.stop()


@pytest.fixture
def once(scanner, server, tmp_path):
    """once(ARGUMENT...) does one round."""
    return lambda *arguments: scanner.run("watch", "--once", "--store", tmp_path / "w.db", *DETECT, *arguments, server.target)


SIZE = ("SIZE 10240000", "SIZE 99")


def test_a_round_tells_what_changed_since_the_one_before(once, server):
    first, second = once(), once()
    server.be(size=SIZE)
    third, fourth = once(), once()
    assert [r.status for r in (first, second, third, fourth)] == [0, 0, 1, 0]
    assert first.stdout == second.stdout == fourth.stdout == b""
    assert b"offers otherwise SIZE: 10240000 -> 99" in third.stdout
    assert "run 1 is the first" in first.stderr and "run 3: 1 change since run 2" in third.stderr


def test_quiet_and_without_a_change_nothing_is_written(once):
    once("-q")
    again = once("-q")
    assert (again.status, again.stdout, again.stderr) == (0, b"", "")


def test_the_runs_are_in_the_store_for_diff(scanner, once, server, tmp_path):
    once()
    server.be(size=SIZE)
    once()
    store = tmp_path / "w.db"
    done = scanner.run("diff", "--format", "json", f"{store}@1", f"{store}@2")
    assert [c["kind"] for c in done.records] == ["extension-altered"]


def test_the_command_reads_what_changed_and_gets_counts(once, server, tmp_path):
    kept = tmp_path / "told"
    once()
    server.be(size=SIZE, greeting=("ESMTP ready", "ESMTP $(touch /tmp/x) `id` \x1b[2J"))
    done = once("--notify", f"{{ cat; env | grep ^SMTPSCAN_; }} > {shlex.quote(str(kept))}")
    assert (done.status, done.stdout) == (1, b"")
    told = kept.read_text("utf-8")
    assert "offers otherwise SIZE" in told and "$(touch /tmp/x)" in told and "\x1b" not in told
    environment = dict(line.split("=", 1) for line in told.splitlines() if line.startswith("SMTPSCAN_"))
    environment.pop("SMTPSCAN_CONFIG", None)  # these tests' own
    assert environment.pop("SMTPSCAN_CHANGES") == environment.pop("SMTPSCAN_INFO") == "2"
    assert environment.pop("SMTPSCAN_RUN") == "2" and environment.pop("SMTPSCAN_RUN_BEFORE") == "1"
    assert set(environment.values()) == {"0"} and len(environment) == 4


@pytest.mark.parametrize("words", [["--notify", "curl https://chat.example/TOKEN"], ["--notify=curl https://chat.example/TOKEN"],
                                   ["--noti=curl https://chat.example/TOKEN"]])
def test_the_command_is_in_no_record(scanner, once, tmp_path, words):
    assert once(*words).status == 0
    run = scanner.run("export", "--store", tmp_path / "w.db").records[-1]
    assert "TOKEN" not in json.dumps(run) and "--level" in run["options"]


def test_the_command_gets_json_when_that_is_asked_for(once, server, tmp_path):
    once()
    server.be(size=SIZE)
    once("--format", "json", "--notify", f"cat > {shlex.quote(str(tmp_path / 'told'))}")
    assert json.loads((tmp_path / "told").read_text())["kind"] == "extension-altered"


def test_the_command_is_not_run_for_what_is_less_grave(once, server, tmp_path):
    once()
    server.be(size=SIZE)
    done = once("--fail-on", "low", "--notify", f"touch {shlex.quote(str(tmp_path / 'told'))}")
    assert done.status == 0 and not (tmp_path / "told").exists()


def test_a_text_that_the_command_does_not_read_is_no_failure(once, server):
    once()
    server.be(size=SIZE)
    assert once("--notify", "exec <&-; true").status == 1


@pytest.mark.parametrize("command, words", [("exit 7", "status 7"), ("kill -9 $$", "signal 9"), ("/nonexistent", "status 127")])
def test_a_command_that_fails_is_told(once, server, command, words):
    once()
    server.be(size=SIZE)
    done = once("--notify", command)
    assert done.status == 4 and words in done.stderr


@pytest.mark.parametrize("arguments, words", [
    (("--once", "127.0.0.1:1"), "--store"), (("--once", "--store", "x.db"), "targets"),
    (("--store", "x.db", "127.0.0.1:1"), "--every"), (("--store", "x.db", "--every", "1h", "-l", "-"), "standard input"),
    (("--store", "x.db", "--every", "soon", "127.0.0.1:1"), "--every"), (("--resume", "x", "127.0.0.1:1"), "--resume"),
])
def test_mistakes_are_named(scanner, tmp_path, arguments, words):
    done = scanner.run("watch", *arguments)
    assert done.status == 2 and words in done.stderr


def test_a_line_that_is_wrong_ends_it_at_once(scanner, tmp_path):
    done = scanner.run("watch", "--every", "1h", "--store", tmp_path / "w.db", "-l", tmp_path / "no-list")
    assert done.status == 2 and "no-list" in done.stderr


def test_targets_are_not_read_from_a_terminal(scanner, tmp_path):
    ours, theirs = os.openpty()
    p = scanner.start("watch", "--once", "--store", tmp_path / "w.db", "-l", "-", stdin=theirs)
    _, stderr = p.communicate(timeout=PATIENCE)
    os.close(ours)
    os.close(theirs)
    assert p.returncode == 2 and b"terminal" in stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_round_that_is_interrupted_says_so(scanner, tmp_path, start_peer, number):
    slow, store = start_peer("silence"), tmp_path / "w.db"
    p = scanner.start("watch", "--once", "--store", store, "--level", "detect", "--timeout-greeting", "1h", slow.target)
    until(lambda: slow.connections(), "the scan", PATIENCE)
    p.send_signal(number)
    p.communicate(timeout=PATIENCE)
    assert p.returncode == 130
    assert scanner.run("export", "--store", store).records[-1]["interrupted"] is True


def test_what_changed_waits_for_nobody_when_it_is_ended(scanner, once, server, tmp_path):
    once()
    server.be(size=SIZE)
    ours, theirs = os.pipe()
    os.write(theirs, b"x" * fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096))  # full, and nobody reads
    p = scanner.start("watch", "--once", "--store", tmp_path / "w.db", *DETECT, server.target, stdout=theirs)
    assert any(b"1 change since run 1" in line for line in p.stderr)
    p.send_signal(signal.SIGTERM)
    _, stderr = p.communicate(timeout=PATIENCE)
    os.close(ours)
    os.close(theirs)
    assert p.returncode == 130 and b"w.db@1 " in stderr and b"w.db@2\n" in stderr


# ---- again and again ----

class Watch:
    def __init__(self, scanner, directory, *arguments):
        self.told = directory / "told"
        command = f"echo change $SMTPSCAN_RUN >> {shlex.quote(str(self.told))}"
        self.errors = open(directory / "stderr", "wb+")
        self.process = subprocess.Popen(
            [scanner.path, "watch", "--every", "200ms", "--store", str(directory / "w.db"), "--notify", command, *DETECT,
             *map(str, arguments)], stderr=self.errors, stdin=subprocess.DEVNULL, env=scanner.environment)

    def said(self, words):
        self.errors.flush()
        with open(self.errors.name) as f:
            return f.read().count(words)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def watch(scanner, tmp_path):
    started = []

    def start(*arguments):
        started.append(Watch(scanner, tmp_path, *arguments))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_goes_on_and_tells_each_change_once_until_it_is_ended(watch, server, number):
    w = watch(server.target)
    until(lambda: w.said("since run"), "two rounds", PATIENCE)
    server.be(size=SIZE)
    until(lambda: w.told.exists() and "change" in w.told.read_text(), "the command", PATIENCE)
    done = w.said("since run")
    until(lambda: w.said("since run") > done + 1, "another round", PATIENCE)
    assert w.stop(number) == 0
    told = w.told.read_text().splitlines()
    assert 1 <= len(told) <= 3  # it may have come while the server was down


def test_a_scan_that_fails_is_told_and_the_next_round_comes(watch, server, tmp_path):
    targets = tmp_path / "list"
    targets.write_text(server.target + "\n")
    w = watch("-l", targets)
    until(lambda: w.said("since run"), "two rounds", PATIENCE)
    targets.rename(tmp_path / "away")
    until(lambda: w.said("the scan failed"), "a failure", PATIENCE)
    (tmp_path / "away").rename(targets)
    done = w.said("since run")
    until(lambda: w.said("since run") > done, "another round", PATIENCE)
    assert w.stop() == 0 and not w.told.exists()


def test_a_scan_under_way_is_ended_in_order_and_is_nothing_to_go_by(scanner, watch, server, tmp_path, start_peer):
    store = tmp_path / "w.db"
    assert scanner.run("watch", "--once", "--store", store, *DETECT, server.target).status == 0
    slow = start_peer("silence")
    w = watch(slow.target, server.target, "--timeout-greeting", "1h", "--timeout-visit", "1h")
    until(lambda: slow.connections(), "the scan", PATIENCE)
    assert w.stop() == 0
    assert scanner.run("export", "--store", store, "--run", "2").records[-1]["interrupted"] is True
    server.be(size=SIZE)
    done = scanner.run("watch", "--once", "--store", store, *DETECT, server.target)
    assert done.status == 1 and "since run 1" in done.stderr


def test_a_scan_that_was_stopped_is_ended_as_well(watch, server, start_peer):
    slow = start_peer("silence")
    w = watch(slow.target, server.target, "--timeout-greeting", "1h", "--timeout-visit", "1h")
    until(lambda: slow.connections(), "the scan", PATIENCE)
    with open(f"/proc/{w.process.pid}/task/{w.process.pid}/children") as f:
        os.killpg(int(f.read().split()[0]), signal.SIGSTOP)
    assert w.stop() == 0
