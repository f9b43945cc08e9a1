# SPDX-License-Identifier: Apache-2.0
"""middlebox.py injectable|stripping ADDRESS BACKEND CERTIFICATE KEY: relays port 25 of ADDRESS to that of BACKEND.

injectable  ends TLS itself, and keeps what was sent in clear behind STARTTLS: it is answered inside TLS (CVE-2011-0411)
stripping   passes STARTTLS as XXXXXXXA in replies and XXXXXXXX in commands, as some firewalls do
"""
import re
import socket
import ssl
import sys
import threading

MODE, ADDRESS, BACKEND, CERTIFICATE, KEY = sys.argv[1:]


class Peer:
    """A connection and what arrived on it and is not taken yet."""

    def __init__(self, connection):
        self.connection = connection
        self.left = b""

    def line(self):
        """The next line with its end; empty when the peer has left."""
        while b"\n" not in self.left:
            more = self.connection.recv(65536)
            if not more:
                return b""
            self.left += more
        line, _, self.left = self.left.partition(b"\n")
        return line + b"\n"

    def reply(self):
        """The lines of the next reply."""
        lines = b""
        while True:
            line = self.line()
            lines += line
            if not line or not re.match(rb"\d{3}-", line):
                return lines

    def send(self, octets):
        self.connection.sendall(octets)


def verb(line):
    return line.split(b" ")[0].strip().upper()


def renamed(keyword, instead, reply):
    """An EHLO reply in which another keyword stands in the place of one; none where `instead` is empty."""
    lines = []
    for line in reply.split(b"\r\n")[:-1]:
        if line[4:].split(b" ")[0] != keyword:
            lines.append(line)
        elif instead:
            lines.append(line[:4] + instead)
    marks = [b"-"] * (len(lines) - 1) + [b" "]
    return b"".join(line[:3] + mark + line[4:] + b"\r\n" for line, mark in zip(lines, marks))


class Injectable:
    def __init__(self):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(CERTIFICATE, KEY)

    def command(self, line, client, server):
        """Deal with a command of the client; False when the session is over."""
        secure = isinstance(client.connection, ssl.SSLSocket)
        if verb(line) == b"STARTTLS" and not secure:
            client.send(b"220 2.0.0 Ready to start TLS\r\n")
            client.connection = self.context.wrap_socket(client.connection, server_side=True)
            return True  # and what is in client.left is not forgotten: the fault
        server.send(line)
        reply = server.reply()
        client.send(renamed(b"STARTTLS", b"", reply) if secure and verb(line) == b"EHLO" else reply)
        return bool(reply)


class Stripping:
    def command(self, line, client, server):
        """The same, without TLS."""
        if verb(line) == b"STARTTLS":
            line = b"XXXXXXXX" + line[8:]
        server.send(line)
        reply = server.reply()
        client.send(renamed(b"STARTTLS", b"XXXXXXXA", reply) if verb(line) == b"EHLO" else reply)
        return bool(reply)


def serve(box, connection):
    client = Peer(connection)
    try:
        with socket.create_connection((BACKEND, 25)) as behind:
            server = Peer(behind)
            client.send(server.reply())
            while True:
                line = client.line()
                if not line or not box.command(line, client, server) or verb(line) == b"QUIT":
                    break
    except OSError as error:
        print("session ended: %s" % error, flush=True)
    finally:
        client.connection.close()


def main():
    box = {"injectable": Injectable, "stripping": Stripping}[MODE]()
    listener = socket.create_server((ADDRESS, 25))
    while True:
        connection, peer = listener.accept()
        print("connection from %s" % peer[0], flush=True)
        threading.Thread(target=serve, args=(box, connection), daemon=True).start()


main()
