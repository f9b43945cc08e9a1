# SPDX-License-Identifier: Apache-2.0
"""What goes over the loopback interface between a scanner and servers, and what a tap in the scanner saw inside TLS.

A flow is a list of ("C" or "S", octets) in the order of arrival.
"""
import collections
import re
import socket
import struct
import threading

SOL_PACKET, PACKET_STATISTICS, PACKET_HOST = 263, 6, 0
SO_RCVBUFFORCE = 33
BUFFER = 64 << 20
ETH_P_IP = 0x0800
FIN, SYN = 1, 2


class Capture:
    """Context manager: records TCP between an address of ours and those of the servers."""

    def __init__(self, ours, servers):
        self.ours = socket.inet_aton(ours)
        self.servers = {socket.inet_aton(address) for address in servers}
        self.packets = []
        self.stopping = False
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self.socket.bind(("lo", ETH_P_IP))
        self.socket.settimeout(0.5)
        self.reader = threading.Thread(target=self.read)

    def __enter__(self):
        self.reader.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.reader.join()
        _, self.dropped = struct.unpack("II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        self.socket.close()

    def read(self):
        while True:
            try:
                packet, where = self.socket.recvfrom(1 << 17)
            except socket.timeout:
                if self.stopping:  # and nothing came for half a second
                    return
                continue
            ends = packet[12:16], packet[16:20]
            mine = (ends[0] == self.ours and ends[1] in self.servers) or (ends[1] == self.ours and ends[0] in self.servers)
            if where[2] == PACKET_HOST and packet[9] == socket.IPPROTO_TCP and mine:
                self.packets.append(packet)

    def flows(self):
        """{(server, port, our port): flow}; holes in a stream are a "?"."""
        found, expected = collections.defaultdict(list), {}
        for packet in self.packets:
            source, target = packet[12:16], packet[16:20]
            tcp = packet[4 * (packet[0] & 15):struct.unpack(">H", packet[2:4])[0]]
            ports = struct.unpack(">HH", tcp[:4])
            number, = struct.unpack(">I", tcp[4:8])
            octets, flags = tcp[4 * (tcp[12] >> 4):], tcp[13]
            out = source == self.ours
            key = (socket.inet_ntoa(target if out else source), ports[1] if out else ports[0], ports[0] if out else ports[1])
            side = "C" if out else "S"
            if flags & SYN:
                if out and key in found:  # the port is used again
                    found[key + (len(found),)] = found.pop(key)
                expected[key, side] = (number + 1) % 2**32
                found[key]  # a connection, be there octets or not
                continue
            ahead = (number - expected.get((key, side), number)) % 2**32
            if 0 < ahead < 2**31 and octets:
                found[key].append(("?", b""))
            fresh = octets[2**32 - ahead:] if ahead >= 2**31 else octets  # the rest was sent before
            if fresh:
                found[key].append((side, fresh))
            if fresh or flags & FIN:
                expected[key, side] = (number + len(octets) + (flags & FIN)) % 2**32
        return dict(found)


def tapped(path):
    """The flows that tap.c wrote, in the order in which they began."""
    flows, current = [], {}
    try:
        data = open(path, "rb").read()
    except FileNotFoundError:
        return []
    at = 0
    while at < len(data):
        head = re.compile(rb"([CSE]) (\S+) (\d+)\n").match(data, at)
        begin, length = head.end(), int(head[3])
        if head[1] == b"E":
            current.pop(head[2], None)
        else:
            if head[2] not in current:
                current[head[2]] = []
                flows.append(current[head[2]])
            current[head[2]].append((head[1].decode(), data[begin:begin + length]))
        at = begin + length + 1
    return flows
