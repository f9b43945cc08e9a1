# SPDX-License-Identifier: Apache-2.0
"""A domain behind a packet filter: two MX, four addresses, and three of four ports dropped, in a network namespace."""

import ctypes
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

import pytest

from conftest import until

ROUTED = ["198.18.77.%d" % n for n in (1, 2, 3, 4)]  # RFC 2544: never on the Internet
NAMESERVER = "198.18.77.53"

if os.environ.get("SMTPSCAN_LAB_UP") != "yes":
    pytest.skip("the lab is not up (lab/lab up check needs root and an overlay)", allow_module_level=True)
if os.geteuid() != 0 or not shutil.which("nft") or not shutil.which("ip"):
    pytest.skip("needs root, ip and nft", allow_module_level=True)

DNS = '''
import socket, struct, sys
address, names = sys.argv[1], sys.argv[2:]
MX = {"filtered.example": ["a.filtered.example", "b.filtered.example"]}
A = {"a.filtered.example": names[:2], "b.filtered.example": names[2:]}
def wire(name): return b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\\0"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((address, 53))
print("ready", flush=True)
while True:
    q, who = s.recvfrom(4096)
    at, labels = 12, []
    while q[at]:
        labels.append(q[at + 1:at + 1 + q[at]].decode()); at += q[at] + 1
    name, kind = ".".join(labels).lower(), struct.unpack(">H", q[at + 1:at + 3])[0]
    found = []
    if kind == 15: found = [struct.pack(">H", 10 * i) + wire(m) for i, m in enumerate(MX.get(name, []), 1)]
    if kind == 1: found = [socket.inet_aton(a) for a in A.get(name, [])]
    known = name in MX or name in A
    body = b"".join(b"\\xc0\\x0c" + struct.pack(">HHIH", kind, 1, 60, len(r)) + r for r in found)
    s.sendto(q[:2] + struct.pack(">HHHHH", 0x8580 | (0 if known else 3), 1, len(found), 0, 0) + q[12:at + 5] + body, who)
'''


def enter(namespace):
    libc = ctypes.CDLL(None, use_errno=True)
    with open(namespace) as handle:
        if libc.setns(handle.fileno(), 0x40000000):  # CLONE_NEWNET
            raise OSError(ctypes.get_errno(), "setns")


def relay(listener, server):
    """What comes in on the namespace's side goes to a lab server on the host's loopback."""
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    while True:
        client, _ = listener.accept()
        upstream = socket.create_connection((server, 25))
        for a, b in ((client, upstream), (upstream, client)):
            threading.Thread(target=pump, args=(a, b), daemon=True).start()


@pytest.fixture
def namespace():
    name = "smtpscan-%d" % os.getpid()

    def inside(*command):
        subprocess.check_call(["ip", "netns", "exec", name, *command])

    subprocess.check_call(["ip", "netns", "add", name])
    try:
        inside("ip", "link", "set", "lo", "up")
        for address in (*ROUTED, NAMESERVER):
            inside("ip", "address", "add", address + "/32", "dev", "lo")
        inside("nft", "add table inet f; add chain inet f in { type filter hook input priority 0; }; "
                      "add rule inet f in tcp dport { 465, 587, 2525 } drop")
        yield name
    finally:
        subprocess.call(["ip", "netns", "delete", name])


def test_identified_within_ten_seconds_though_three_of_four_ports_are_dropped(scanner, namespace):
    import test_real
    server = test_real.row_of("Postfix")["address"]

    def listen():  # a thread has a namespace of its own
        enter("/run/netns/" + namespace)
        made = [socket.create_server((address, 25)) for address in ROUTED]
        enter("/proc/1/ns/net" if os.path.exists("/proc/1/ns/net") else "/proc/self/ns/net")
        listeners.extend(made)
        threads = [threading.Thread(target=relay, args=(l, server), daemon=True) for l in made]
        for t in threads:
            t.start()
        for t in threads:
            t.join()

    listeners = []
    threading.Thread(target=listen, daemon=True).start()
    until(lambda: len(listeners) == 4, "the relays")
    dns = subprocess.Popen(["ip", "netns", "exec", namespace, sys.executable, "-c", DNS, NAMESERVER, *ROUTED],
                           stdout=subprocess.PIPE)
    try:
        assert dns.stdout.readline() == b"ready\n"
        started = time.monotonic()
        done = subprocess.run(["ip", "netns", "exec", namespace, scanner.path, "scan", "--format", "json", "--resolver",
                               NAMESERVER, "--allow-special", "--ehlo", "client.scan.test", "filtered.example"],
                              stdout=subprocess.PIPE, timeout=60, check=True)
        seconds = time.monotonic() - started
    finally:
        dns.kill()
        dns.wait()
    import json
    records = [json.loads(line) for line in done.stdout.splitlines()]
    services = [r for r in records if r["type"] == "service"]
    assert len(services) == 16
    assert {r["software"].get("product") for r in services if r["outcome"] == "answered"} == {"Postfix"}
    assert sorted(r["port"] for r in services if r["outcome"] == "timeout") == sorted([465, 587, 2525] * 4)
    assert seconds < 10, seconds
