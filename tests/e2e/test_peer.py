# SPDX-License-Identifier: Apache-2.0
"""The scripted server itself: what the other tests prove rests on it."""

import socket
import ssl
import subprocess

import pytest

from conftest import PATIENCE, PEERS, Peer, program, until


@pytest.fixture
def play(tmp_path):
    """play(TEXT) starts a server from a script's text and connects to it."""
    opened = []

    def start(text):
        script = tmp_path / "script.smtp"
        script.write_bytes(text.encode("utf-8"))
        peer = Peer(tmp_path, script.with_suffix(""))
        client = socket.create_connection((peer.address, peer.port), PATIENCE)
        opened.append((peer, client))
        return peer, client

    yield start
    for peer, client in opened:
        client.close()
        peer.stop()


def read_all(client):
    octets = b""
    while piece := client.recv(65536):
        octets += piece
    return octets


def events(peer, count=1):
    """Of the first of so many connections, but for what is said of the client's manners."""
    connections = peer.settled(count)
    assert len(connections) == count
    return [e for e in connections[0].events[1:] if e[0] not in ("UNEXPECTED", "EARLY")]


def test_plays_from_the_first_line_to_the_last(play):
    peer, client = play('peer x\nS: 220 hi\nC: EHLO *\nS: 250-a\nS= "250 b\\x00\\r\\n"\nclose\n')
    client.sendall(b"EHLO me\r\n")
    assert read_all(client) == b"220 hi\r\n250-a\r\n250 b\0\r\n"
    client.close()
    assert events(peer) == [("line", b"EHLO me\r\n"), ("FIN", "")]


def test_answers_what_is_not_in_the_script_with_500(play):
    peer, client = play("peer x\nC: QUIT\nS: 221 bye\nclose\n")
    client.sendall(b"what\xff\nquit\r\n")
    assert read_all(client) == b"500 not in the script\r\n221 bye\r\n"
    client.close()
    assert events(peer) == [("line", b"what\xff\n"), ("line", b"quit\r\n"), ("FIN", "")]
    assert ("UNEXPECTED", b"what\xff\n") in peer.settled()[0].events


def test_finds_the_line_elsewhere_in_the_section(play):
    _, client = play("peer x\nC: A*\nS: 1\nC: B\nS: 2\nC: *\nS: 3\nC: Q\nclose\n")
    client.sendall(b"B\nB\nA1\nX\nX\nA2\nQ\n")
    # The second B: behind the first stands `C: *`, which is the one awaited.
    assert read_all(client) == b"2\r\n3\r\n1\r\n3\r\n3\r\n1\r\n"


def test_awaits_exact_octets(play):
    _, client = play('peer x\nC= "*\\r\\n"\nS: star\nC: *\nS: any\nclose\n')
    client.sendall(b"* \r\n*\r\n")
    assert read_all(client) == b"any\r\n"


def test_a_line_without_its_end_is_the_rest(play):
    peer, client = play("peer x\nC: *\n")
    client.sendall(b"EHLO me\r\nDA")
    client.close()
    assert events(peer) == [("line", b"EHLO me\r\n"), ("rest", b"DA"), ("FIN", "")]


@pytest.mark.parametrize("word", ["C: *", "wait 50s", "flood 100G", "S: 220 hi"])
def test_tells_a_reset_from_an_orderly_end(play, word):
    peer, client = play(f"peer x\n{word}\n")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.sendall(b"before\r\n")
    until(lambda: peer.connections(), "the connection")
    client.close()
    assert events(peer) == [("line", b"before\r\n"), ("RST", "")]


def test_sees_an_orderly_end_while_it_waits(play):
    peer, client = play("peer x\nwait 50s\n")
    client.sendall(b"QUIT\r\n")
    client.close()
    assert events(peer) == [("line", b"QUIT\r\n"), ("FIN", "")]


@pytest.mark.parametrize("text, early", [
    ("peer x\nwait 50ms\nS: 220 hi\nC: *\nS: 221 bye\nclose\n", True),
    ("peer x\nC: *\nS: 220 hi\nclose\n", False),
])
def test_notes_who_speaks_out_of_turn(play, text, early):
    peer, client = play(text)
    client.sendall(b"EHLO me\r\n")
    read_all(client)
    client.close()
    assert (("EARLY", "") in peer.settled()[0].events) is early


def test_splits(play):
    _, client = play("peer x\nsplit 3 20ms\nS: 220 hello\nsplit 0\nS: 250 all at once\nclose\n")
    pieces = []
    while piece := client.recv(65536):
        pieces.append(piece)
    assert b"".join(pieces) == b"220 hello\r\n250 all at once\r\n"
    assert pieces[0] == b"220"


def test_floods_with_what_it_is_told(play):
    _, client = play('peer x\nflood 64k "ab\\r\\n"\nflood 3\nclose\n')
    assert read_all(client) == b"ab\r\n" * (16 * 1024) + b"xxx"


def test_resets(play):
    peer, client = play("peer x\nC: *\nS: 220 hi\nreset\n")
    client.sendall(b"EHLO me\r\n")
    with pytest.raises(ConnectionResetError):
        read_all(client)
    assert events(peer) == [("line", b"EHLO me\r\n"), ("reset", "")]


def test_tls_first_with_the_authority_it_names(play):
    peer, client = play("peer x\ntls good\nS: 220 hi\nC: QUIT\nclose\n")
    context = ssl.create_default_context(cafile=peer.ca_path)
    with context.wrap_socket(client, server_hostname="mx.example.org") as secured:
        secured.sendall(b"QUIT\r\n")
        assert read_all(secured) == b"220 hi\r\n"
    assert events(peer)[:2] == [("tls", "up TLSv1.3"), ("line", b"QUIT\r\n")]


@pytest.mark.parametrize("kind, words", [
    ("expired", "certificate has expired"),
    ("not-yet", "certificate is not yet valid"),
    ("wrong-name", "Hostname mismatch"),
    ("self-signed", "self-signed certificate"),
    ("garbage", "WRONG_VERSION_NUMBER"),
    ("alert", "HANDSHAKE_FAILURE"),
    ("close", r"\(EOF\)|EOF occurred"),
])
def test_tls_that_is_not_in_order(play, kind, words):
    peer, client = play(f"peer x\nC: STARTTLS\nS: 220 go\ntls {kind}\n")
    client.sendall(b"STARTTLS\r\n")
    assert client.recv(100) == b"220 go\r\n"
    context = ssl.create_default_context(cafile=peer.ca_path)
    with pytest.raises(ssl.SSLError, match=words):
        context.wrap_socket(client, server_hostname="mx.example.org")


def test_serves_several_at_a_time(play):
    peer, first = play("peer x\nC: Q\nS: 221\nclose\n")
    second = socket.create_connection((peer.address, peer.port), PATIENCE)
    second.sendall(b"Q\r\n")
    assert read_all(second) == b"221\r\n"
    first.sendall(b"Q\r\n")
    assert read_all(first) == b"221\r\n"
    first.close()
    second.close()
    events(peer, 2)


@pytest.mark.parametrize("line", ["wait", "wait 5", "split x", "flood", 'flood 1 ""', "tls",
                                  "tls best", "close now", 'S= "x', "next", "within 5s"])
def test_a_script_with_a_mistake_is_refused_with_its_line(tmp_path, line):
    script = tmp_path / "bad.smtp"
    script.write_text(f"peer bad\n{line}\n")
    p = subprocess.run([program("SMTPSCAN_PEER"), script], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=PATIENCE)
    assert p.returncode == 2
    assert p.stderr.startswith(f"{script}:2: ")


@pytest.mark.parametrize("script", sorted(PEERS.glob("*.smtp")), ids=lambda p: p.stem)
def test_every_script_can_be_played_and_bears_its_own_name(script):
    p = subprocess.run([program("SMTPSCAN_PEER"), script], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=PATIENCE)
    assert (p.returncode, p.stderr) == (0, "")
    assert script.read_text().startswith(f"peer {script.stem}\nabout ")
