# SPDX-License-Identifier: Apache-2.0
"""Who turns us away for the moment is asked again later, when the run is one over a list."""

import signal
import socket
import subprocess
import threading

import pytest

from conftest import PATIENCE, parse_records, until
from test_schema import assert_valid, load_schemas

DETECT = ("--level", "detect")
SOON = ("--retry-after", "300ms")
AWAY = b"421 4.3.2 too busy\r\n"


class Moody:
    """Turns the first connections away, each with such words and a close; is a mail server to the others."""

    def __init__(self, *words, address="127.0.0.1"):
        self.words, self.seen = list(words), 0
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, 0), family=family)
        self.target = ("[%s]:%d" if ":" in address else "%s:%d") % self.listener.getsockname()[:2]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            self.seen += 1
            with client:
                self.talk(client, self.words.pop(0) if self.words else None)

    def talk(self, client, words):
        try:
            client.sendall(b"220 mx.example.org ESMTP\r\n" if words is None else words)
            for line in client.makefile("rb") if words is None else ():
                client.sendall(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 mx.example.org\r\n")
            client.shutdown(socket.SHUT_WR)
            while client.recv(4096):  # or what we said would be lost with a reset
                pass
        except OSError:
            pass


@pytest.fixture
def moody():
    started = []

    def start(*words, **keywords):
        started.append(Moody(*words, **keywords))
        return started[-1]

    yield start
    for server in started:
        server.listener.close()


def listed(scanner, *arguments, targets):
    return scanner.scan("-l", "-", *DETECT, *arguments, stdin="".join(t + "\n" for t in targets).encode())


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("words", [AWAY, b"450 4.7.0 later\r\n", b""])
def test_who_answers_the_second_time_has_answered(scanner, moody, words, address):
    server = moody(words, address=address)
    scan = listed(scanner, *SOON, targets=[server.target])
    assert (scan.service["outcome"], scan.service["retries"]) == ("answered", 1)
    assert scan.service["cost"]["connections"] == server.seen == 2
    run = scan.of_type("run")[0]
    assert (run["retried"], run["outcomes"]) == (1, {"answered": 1})
    assert_valid(load_schemas(), scan.stdout)


def test_at_the_end_it_is_asked_once_more_and_then_told(scanner, moody):
    server = moody(*[AWAY] * 9)
    scan = listed(scanner, *SOON, targets=[server.target])
    assert (scan.service["outcome"], scan.service["retries"], server.seen) == ("blocked", 1, 2)
    assert scan.service["reason"] == "421 4.3.2 too busy"
    assert scan.seconds < PATIENCE / 2


def test_while_the_run_lasts_it_is_asked_twice_more(scanner, moody, start_peer):
    server, slow = moody(*[AWAY] * 9), start_peer("silence")
    scan = listed(scanner, "--retry-after", "100ms", "--timeout-greeting", "2s", targets=[server.target, slow.target])
    found = {s["input"]: s for s in scan.services}
    assert len(scan.services) == 2
    assert (found[server.target]["retries"], server.seen) == (2, 3)
    assert found[slow.target]["outcome"] == "timeout"


@pytest.mark.parametrize("words", [b"554 5.7.1 no\r\n", b"hello\r\n"])
def test_who_is_sure_is_not_asked_again(scanner, moody, words):
    server = moody(words, words)
    assert "retries" not in listed(scanner, *SOON, targets=[server.target]).service


def test_neither_is_who_was_typed_or_when_never(scanner, moody):
    typed, never = moody(AWAY, AWAY), moody(AWAY, AWAY)
    assert scanner.scan(typed.target, *DETECT, *SOON).service["outcome"] == "blocked"
    assert listed(scanner, "--retry-after", "never", targets=[never.target]).service["outcome"] == "blocked"
    assert (typed.seen, never.seen) == (1, 1)


def test_it_needs_no_place_while_it_waits(scanner, moody):
    first, second = moody(AWAY), moody()
    scan = listed(scanner, *SOON, "-c", "1", targets=[first.target, second.target])
    assert [s["input"] for s in scan.services] == [second.target, first.target]


def start(scanner, directory, target, *arguments):
    (directory / "list").write_text(target + "\n")
    return scanner.start("scan", "-l", directory / "list", *DETECT, "-o", directory / "out", "--format", "json",
                         *arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def wait_for_the_first(server, p):
    until(lambda: server.seen, "the first visit", PATIENCE)
    until(lambda: not server.words, "its words", PATIENCE)
    assert p.poll() is None


def records(directory):
    return parse_records((directory / "out").read_bytes())


WHO_VISITS = pytest.mark.parametrize("workers", [(), ("--workers", "2")], ids=["one process", "workers"])


@WHO_VISITS
def test_interrupted_it_tells_what_it_has_seen(scanner, moody, tmp_path, workers):
    server = moody(AWAY)
    p = start(scanner, tmp_path, server.target, "--status-file", tmp_path / "status", *workers)
    wait_for_the_first(server, p)
    until(lambda: b'"in_flight":0,"queued":1' in (tmp_path / "status").read_bytes(), "a rest", PATIENCE)
    status, stderr = scanner.interrupt(p)
    assert (status, [r["outcome"] for r in records(tmp_path)[:-1]]) == (130, ["blocked"]), stderr
    assert "1 of 1 endpoints not done" in stderr


@WHO_VISITS
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_is_not_done_for_a_run_that_goes_on(scanner, moody, tmp_path, number, workers):
    server = moody(AWAY)
    resume = ("--resume", tmp_path / "state", "--status-file", tmp_path / "status", *workers)
    p = start(scanner, tmp_path, server.target, *resume)
    wait_for_the_first(server, p)
    until(lambda: b'"in_flight":0,"queued":1' in (tmp_path / "status").read_bytes(), "a rest", PATIENCE)
    p.send_signal(number)
    p.communicate(timeout=PATIENCE)
    assert not [r for r in records(tmp_path) if r["type"] == "service"]
    p = start(scanner, tmp_path, server.target, *resume)
    p.communicate(timeout=PATIENCE)
    assert p.returncode == 0
    services = [r for r in records(tmp_path) if r["type"] == "service"]
    assert [(r["outcome"], r["again"]) for r in services] == [("answered", True)]
