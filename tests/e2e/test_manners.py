# SPDX-License-Identifier: Apache-2.0
"""How the scanner treats whom it asks: connections at once, errors in all, 421, and leaving when it is interrupted."""

import json
import signal
import subprocess

import pytest

from conftest import PATIENCE, TIMEOUTS, until


def test_an_endpoint_is_visited_once_whatever_the_list_says(scanner, start_peer):
    peer = start_peer("esmtp")
    listed = (peer.target + "\n") * 40
    done = scanner.scan("-l", "-", "--level", "detect", "-c", "40", stdin=listed.encode())
    assert done.service["outcome"] == "answered"
    assert len(done.of_type("domain")) == done.of_type("run")[0]["joined"] == 39
    assert len(peer.settled()) == 1


def test_one_address_is_not_flooded_whatever_its_ports(scanner, start_peer, tmp_path):
    peers = [start_peer("silence") for _ in range(8)]
    ports = ",".join(str(p.port) for p in peers)
    p = scanner.start("scan", peers[0].address, "-p", ports, "--format", "json", "--timeout-greeting", "60s",
                      "-o", tmp_path / "out", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def connected():
        return sum(bool(peer.connections()) for peer in peers)

    try:
        until(lambda: connected() >= 4, "four connections", PATIENCE)
        assert connected() == 4
    finally:
        scanner.interrupt(p)


def test_an_address_keeps_its_budget_for_the_whole_run(scanner, start_peer):
    peers = [start_peer("refuses-all") for _ in range(6)]
    listed = "".join(p.target + "\n" for p in peers)
    done = scanner.scan("-l", "-", "-c", "1", stdin=listed.encode())
    assert len(done.services) == 6
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
    peer = start_peer("esmtp", "0.0.0.0")
    listed = "".join(f"127.0.47.{i}:{peer.port}\n" for i in range(1, 61))
    command = ["sh", "-c", 'ulimit -n 24; exec "$@"', "sh", scanner.path, "scan", "--format", "json", *TIMEOUTS,
               "-l", "-", "-c", "60", "--level", "detect"]
    done = subprocess.run(command, input=listed.encode(), capture_output=True, timeout=PATIENCE,
                          env=scanner.environment)
    assert done.stdout.count(b'"outcome":"answered"') == 60, done.stderr


@pytest.mark.parametrize("ports, concurrency", [("1", 436), ("1,2,3", 145), ("1,2,3,4,5", 109)])
def test_the_concurrency_follows_the_limit_on_open_files_and_is_told(scanner, ports, concurrency):
    command = ["sh", "-c", 'ulimit -n 500; exec "$@"', "sh", scanner.path, "scan", "--format", "json", *TIMEOUTS,
               "-v", "-p", ports, "127.0.47.1"]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE, env=scanner.environment)
    assert b"--concurrency %d, 436 connections at once: 500 files may be open" % concurrency in done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["concurrency"] == concurrency
