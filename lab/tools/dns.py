#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The lab's name server: a few names, everything else does not exist, no question is passed on.

usage: dns.py ADDRESS

lab.test      what the servers call themselves: mail.lab.test
scan.test     where probes come from: client.scan.test
example.*     look public; their address is a network that "lab up" makes unreachable
demo.lab.test a domain to scan: its MX hosts are the default servers of the running release
127.10.x.y    is called mail.lab.test; that name leads back to some, and two are called otherwise (add_reverse)
"""
import socket
import struct
import sys
import threading

import rows

A, SOA, PTR, MX, TXT = 1, 6, 12, 15, 16
NXDOMAIN = 3
TTL_S = 300

ADDRESSES = {
    "localhost": "127.0.0.1",
    "lab.test": "127.10.0.1",
    "mail.lab.test": "127.10.0.1",
    "scan.test": "127.200.0.1",
    "client.scan.test": "127.200.0.1",
    "mail.scan.test": "198.51.100.25",
}
MORE_ADDRESSES = {"client.scan.test": ["127.200.0.2"]}
MAIL_HOSTS = {
    "lab.test": [(10, "mail.lab.test")],
    "scan.test": [(10, "mail.scan.test")],
}
TEXTS = {
    "demo.lab.test": "v=spf1 mx -all",
    "_dmarc.demo.lab.test": "v=DMARC1; p=reject; rua=mailto:postmaster@lab.test",
}
for domain in ("example.com", "example.org", "example.net"):
    ADDRESSES[domain] = ADDRESSES["mail." + domain] = "198.51.100.25"
    MAIL_HOSTS[domain] = [(10, "mail." + domain)]


def add_demo():
    """mx-postfix.lab.test and its like, in the order of the table."""
    demo = [server for server in rows.matching("demo") if server.variant == "default"]
    for number, server in enumerate(demo, 1):
        host = f"mx-{server.recipe}.lab.test"
        ADDRESSES[host] = server.address
        MAIL_HOSTS.setdefault("demo.lab.test", []).append((10 * number, host))


# Names of addresses that do not have the usual one.
REVERSE = {"127.0.0.1": "localhost", "127.200.0.1": "client.scan.test", "127.200.0.2": "client.scan.test"}


def add_reverse():
    """mail.lab.test leads back to the servers of demo and to postfix-cert; of the others one has no name, one another's."""
    servers = {"%s-%s" % (s.recipe, s.variant): s.address for s in rows.matching("audit")}
    names = ["postfix-default", "exim-default", "sendmail-default", "opensmtpd-default", "postfix-cert"]
    MORE_ADDRESSES["mail.lab.test"] = [servers[name] for name in names if name in servers]
    REVERSE[servers["postfix-cert2"]] = None
    REVERSE[servers["postfix-tls"]] = "client.scan.test"


def wire_name(name):
    labels = [label.encode("latin1") for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def wire_text(text):
    return bytes([len(text)]) + text.encode()


def host_of(address):
    """The name of an address, for PTR."""
    if address in REVERSE:
        return REVERSE[address]
    return "mail.lab.test" if address.startswith(("127.10.", "127.2")) else None


def reverse(name):
    if not name.endswith(".in-addr.arpa"):
        return None
    return host_of(".".join(reversed(name.split(".")[:4])))


def records(name, kind):
    """The data of the records of a name."""
    if kind == A and name in ADDRESSES:
        return [socket.inet_aton(one) for one in [ADDRESSES[name], *MORE_ADDRESSES.get(name, [])]]
    if kind == MX:
        return [struct.pack(">H", n) + wire_name(host) for n, host in MAIL_HOSTS.get(name, [])]
    if kind == TXT and name in TEXTS:
        return [wire_text(TEXTS[name])]
    if kind == PTR and reverse(name):
        return [wire_name(reverse(name))]
    return []


def exists(name):
    return name in ADDRESSES or name in MAIL_HOSTS or name in TEXTS or reverse(name)


def question(query):
    """(name, type, the octets of the question) of a query."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("latin1"))
        at += query[at] + 1
    kind = struct.unpack_from(">H", query, at + 1)[0]
    return ".".join(labels).lower(), kind, query[12 : at + 5]


def answer(query):
    name, kind, asked = question(query)
    found = records(name, kind)
    flags = 0x8580 | (0 if exists(name) else NXDOMAIN)
    header = query[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0 if found else 1, 0)
    fixed = [b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, TTL_S, len(data)) for data in found]
    body = b"".join(head + data for head, data in zip(fixed, found))
    return header + asked + (body or start_of_authority())


def start_of_authority():
    numbers = struct.pack(">IIIII", 1, 3600, 600, 86400, 300)
    data = wire_name("ns.lab.test") + wire_name("root.lab.test") + numbers
    return wire_name("lab.test") + struct.pack(">HHIH", SOA, 1, TTL_S, len(data)) + data


def serve_tcp(listener):
    while True:
        peer, _ = listener.accept()
        with peer:
            try:
                peer.settimeout(3)
                size = struct.unpack(">H", peer.recv(2))[0]
                reply = answer(peer.recv(size))
                peer.sendall(struct.pack(">H", len(reply)) + reply)
            except (OSError, IndexError, struct.error):
                pass  # a client that left, or no question


def serve_udp(listener):
    while True:
        query, peer = listener.recvfrom(4096)
        try:
            listener.sendto(answer(query), peer)
        except (OSError, IndexError, struct.error):
            pass


def main(address):
    add_demo()
    add_reverse()
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((address, 53))
    tcp = socket.create_server((address, 53))
    threading.Thread(target=serve_tcp, args=[tcp], daemon=True).start()
    serve_udp(udp)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
