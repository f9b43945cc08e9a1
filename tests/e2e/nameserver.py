# SPDX-License-Identifier: Apache-2.0
"""A name server on loopback that says what it is told."""

import collections
import socket
import socketserver
import struct
import threading

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "TLSA": 52, "CAA": 257}
NXDOMAIN, SERVFAIL, REFUSED = 3, 2, 5


def encode_name(name):
    labels = [x for x in name.split(b".") if x]
    return b"".join(bytes([len(x)]) + x for x in labels) + b"\0"


def encode_data(kind, value):
    if kind == "MX":
        return struct.pack(">H", value[0]) + encode_name(value[1])
    if kind in ("CNAME", "NS", "PTR"):
        return encode_name(value)
    if kind == "TXT":
        value = value if isinstance(value, bytes) else value.encode()
        return b"".join(bytes([len(value[i:i + 255])]) + value[i:i + 255]
                        for i in range(0, len(value), 255)) or b"\0"
    if kind == "TLSA":
        return bytes(value[:3]) + value[3]
    if kind == "CAA":
        return bytes([value[0], len(value[1])]) + value[1] + value[2]
    return socket.inet_pton(socket.AF_INET if kind == "A" else socket.AF_INET6, value)


class Later:
    """What a name answers some seconds late, and only from that question on."""

    def __init__(self, what, seconds=0.0, silent=0):
        self.what, self.seconds, self.silent = what, seconds, silent


class Zone:
    """Names with their records: {name: [(type, value), ...]}, or a word for the whole name."""

    def __init__(self, names, signed=()):
        self.names = {k.encode(): v for k, v in names.items()}
        self.signed = tuple(x.encode() for x in signed)  # what stands below is told with AD
        self.asked = collections.Counter()  # questions by name

    def delay(self, query):
        """Seconds until the answer."""
        what = self.names.get(self.read(query)[0])
        return what.seconds if isinstance(what, Later) else 0

    def answer(self, query, is_udp):
        """The octets of the answer; None: none."""
        name, kind, question = self.read(query)
        what = self.names.get(name, NXDOMAIN)
        self.asked[name.decode("latin1")] += 1
        if isinstance(what, Later):
            what = what.what if self.asked[name.decode("latin1")] > what.silent else "silence"
        if what == "silence":
            return None
        if what == "another question":
            return self.head(query, 0x8180, 0) + encode_name(b"example.net") + question[-4:]
        if what == "malformed":  # one record is announced, whose name points at itself
            at = 12 + len(question)
            return self.head(query, 0x8180, 1) + question + struct.pack(">H", 0xc000 | at)
        if what == "tcp only" and is_udp:
            return self.head(query, 0x8380, 0) + question  # TC
        refusals = [v for t, v in what if TYPES[t] == kind and isinstance(v, int)] if isinstance(what, list) else []
        if refusals:  # of this type alone
            what = refusals[0]
        if isinstance(what, int):
            return self.head(query, 0x8180 | what, 0) + question
        records = self.records(name, kind, self.names["big." + name.decode()]
                               if what == "tcp only" else what)
        flags = 0x8180 | (0x20 if self.is_signed(name) and query[3] & 0x20 else 0)
        return self.head(query, flags, len(records)) + question + b"".join(records)

    def is_signed(self, name):
        return any(name == x or name.endswith(b"." + x) or x == b"" and not name
                   for x in self.signed)

    def read(self, query):
        labels, at = [], 12
        while size := query[at]:
            labels.append(query[at + 1:at + 1 + size].lower())
            at += 1 + size
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        return b".".join(labels), kind, query[12:at + 5]

    @staticmethod
    def head(query, flags, answers):
        return query[:2] + struct.pack(">HHHHH", flags, 1, answers, 0, 0)

    def records(self, name, kind, what):
        found = []
        for t, value in what:
            if TYPES[t] == kind or t == "CNAME":
                data = encode_data(t, value)
                found.append(encode_name(name) + struct.pack(">HHIH", TYPES[t], 1, 60, len(data)) +
                             data)
            if t == "CNAME" and kind != TYPES["CNAME"]:
                found += self.records(value, kind, self.names.get(value, []))
        return found


class OverUdp(socketserver.BaseRequestHandler):
    def handle(self):
        query, sock = self.request
        answer = self.server.zone.answer(query, True)
        delay = self.server.zone.delay(query)
        if answer and delay:
            threading.Timer(delay, sock.sendto, (answer, self.client_address)).start()
        elif answer:
            sock.sendto(answer, self.client_address)


class OverTcp(socketserver.StreamRequestHandler):
    def handle(self):
        while len(size := self.rfile.read(2)) == 2:
            query = self.rfile.read(struct.unpack(">H", size)[0])
            if answer := self.server.zone.answer(query, False):
                self.wfile.write(struct.pack(">H", len(answer)) + answer)


class Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class NameServer:
    def __init__(self, zone):
        while True:
            self.udp = socketserver.UDPServer(("127.0.0.1", 0), OverUdp)
            self.udp.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)  # what a thousand ask at once
            try:
                self.tcp = Tcp(self.udp.server_address, OverTcp)
                break
            except OSError:  # that port is taken
                self.udp.server_close()
        self.address = "{}:{}".format(*self.udp.server_address)
        for server in (self.udp, self.tcp):
            server.zone = zone
            server.max_packet_size = 4096
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        for server in (self.udp, self.tcp):
            server.shutdown()
            server.server_close()
