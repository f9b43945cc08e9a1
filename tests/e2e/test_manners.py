# SPDX-License-Identifier: Apache-2.0
"""How the scanner treats whom it asks: connections at once, errors in all, 421, and leaving when it is interrupted."""

import signal
import subprocess

import pytest

from conftest import ENDS, PATIENCE, TIMEOUTS, until


def most_at_once(peer):
    """The highest number of connections that stood at the same time, by the peer's own log.

    One that has said QUIT is as good as gone: when the peer notices its end depends on the peer.
    """
    standing, most = set(), 0
    for line in peer.log_path.read_text("ascii").splitlines():
        number, event = line.split(" ")[:2]
        if event == "open":
            standing.add(number)
        elif event in ENDS or line.endswith('"QUIT\\r\\n"'):
            standing.discard(number)
        most = max(most, len(standing))
    return most


def test_one_address_is_not_flooded_whatever_the_list_says(scanner, start_peer):
    peer = start_peer("esmtp")
    listed = (peer.target + "\n") * 40
    done = scanner.scan("-l", "-", "--level", "detect", "-c", "40", stdin=listed.encode())
    assert [r["outcome"] for r in done.services] == ["answered"] * 40
    peer.settled(40)
    assert most_at_once(peer) <= 4


def test_an_address_keeps_its_budget_for_the_whole_run(scanner, start_peer):
    peer = start_peer("refuses-all")
    listed = (peer.target + "\n") * 10
    done = scanner.scan("-l", "-", "-c", "1", stdin=listed.encode())
    assert sum(r["cost"]["errors_provoked"] for r in done.services) <= 7
    for r in done.services:
        assert r["cost"]["errors_provoked"] <= 3 * r["cost"]["connections"]


def test_421_to_starttls_ends_the_asking(scanner, start_peer):
    peer = start_peer("starttls-421")
    record = scanner.scan(peer.target).service
    connections = peer.settled()
    assert record["cut"]["reply"].startswith("421")
    assert len(connections) <= 1
    assert connections[0].said_after(b"STARTTLS\r\n") == [b"QUIT\r\n"]


@pytest.mark.parametrize("level", ["detect", "identify"])
def test_interrupted_while_another_port_has_the_turn(scanner, start_peer, tmp_path, level):
    talking, waiting = start_peer("silence-after-greeting"), start_peer("esmtp")
    p = scanner.start("scan", talking.address, "-p", f"{talking.port},{waiting.port}", "--format", "json", "--level",
                      level, "-o", tmp_path / "out", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        until(lambda: any(c.lines for c in talking.connections()), "the first EHLO", PATIENCE)
        until(lambda: waiting.connections(), "the other connection", PATIENCE)
        p.send_signal(signal.SIGINT)
        _, stderr = p.communicate(timeout=PATIENCE)
    finally:
        p.kill()
    assert p.returncode == 130, stderr
    assert b"not done" in stderr


def test_interrupted_in_a_dialogue_it_says_quit(scanner, start_peer, tmp_path):
    peer = start_peer("slow-ehlo")
    p = scanner.start("scan", peer.target, "--format", "json", "--level", "detect", "-o", tmp_path / "out",
                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        until(lambda: any(c.lines for c in peer.connections()), "the EHLO", PATIENCE)
        p.send_signal(signal.SIGINT)
        p.communicate(timeout=PATIENCE)
    finally:
        p.kill()
    assert p.returncode == 130
    assert peer.settled()[0].lines[-1] == b"QUIT\r\n"


def test_few_descriptors_make_it_slower_and_nothing_fail(scanner, start_peer):
    peer = start_peer("esmtp")
    listed = (peer.target + "\n") * 60
    command = ["sh", "-c", 'ulimit -n 24; exec "$@"', "sh", scanner.path, "scan", "--format", "json", *TIMEOUTS,
               "-l", "-", "-c", "60", "--level", "detect"]
    done = subprocess.run(command, input=listed.encode(), capture_output=True, timeout=PATIENCE,
                          env=scanner.environment)
    assert done.stdout.count(b'"outcome":"answered"') == 60, done.stderr
