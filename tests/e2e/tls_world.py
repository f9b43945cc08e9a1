# SPDX-License-Identifier: Apache-2.0
"""Mail servers for the TLS prober: their SMTP is ours, their TLS is OpenSSL's, another program's, or a script's."""

import select
import socket
import ssl
import subprocess
import threading

# What a hello of the visit's own handshake carries and one of the prober's never: encrypt_then_mac (RFC 7366).
ENCRYPT_THEN_MAC = b"\x00\x16\x00\x00"


class Identities:
    """Self-signed certificates for NAME, made once: .rsa and .other are (certificate, key) files."""

    def __init__(self, directory, name="mx.example.test"):
        self.name = name
        self.rsa, self.other = (self.make(directory / word) for word in ("rsa", "other"))
        self.dh1024 = directory / "dh1024.pem"
        # The 1024 bit group of RFC 5114 s2.1: quicker than making one.
        subprocess.run(["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "dh_rfc5114:1",
                        "-out", self.dh1024], check=True, capture_output=True)

    def make(self, stem):
        certificate, key = stem.with_suffix(".pem"), stem.with_suffix(".key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={self.name}",
                        "-addext", f"subjectAltName=DNS:{self.name}", "-days", "30", "-out", certificate, "-keyout", key],
                       check=True, capture_output=True)
        return certificate, key

    def context(self, ciphers="DEFAULT:@SECLEVEL=0", least=ssl.TLSVersion.TLSv1, most=ssl.TLSVersion.TLSv1_3):
        """OpenSSL as a server that takes whatever it knows, unless told otherwise."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers(ciphers)
        context.minimum_version, context.maximum_version = least, most
        context.load_cert_chain(*self.rsa)
        return context


def take_record(connection):
    """One record as it is, SSLv2 included."""
    header = connection.recv(5, socket.MSG_WAITALL)
    if len(header) < 5:
        return header
    size = (header[0] & 0x7f) * 256 + header[1] - 3 if header[0] & 0x80 else header[3] * 256 + header[4]
    return header + connection.recv(size, socket.MSG_WAITALL)


class MailServer:
    """Speaks SMTP on loopback, each connection in a thread.

    context: whose TLS it is; None: STARTTLS is not offered.  backend: a port of 127.0.0.1 that gets the prober's hellos instead.
    answer: a function from such a hello to (octets to answer, "close" | "reset" | "hold") instead.
    before: a function from the number of the connection to a greeting, or None for the usual one.
    where: another address and port.
    """

    def __init__(self, context, implicit=False, backend=None, answer=None, before=None, where=("127.0.0.1", 0)):
        self.context, self.implicit = context, implicit
        self.backend, self.answer, self.before = backend, answer, before
        self.hellos = []
        self.accepted = 0
        self.listener = socket.create_server(where, backlog=50)
        self.address, self.port = self.listener.getsockname()
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def target(self):
        return f"{self.address}:{self.port}"

    def stop(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self.serve, args=(connection, self.accepted), daemon=True).start()

    def serve(self, connection, number):
        try:
            with connection:
                connection.settimeout(20)
                greeting = self.before(number) if self.before else None
                if self.implicit:
                    self.speak_tls(connection)
                else:
                    self.speak(connection, (greeting or "220 mx.example.test ESMTP").encode() + b"\r\n", False)
        except (OSError, ssl.SSLError):
            pass

    def speak(self, connection, first, secured):
        connection.sendall(first)
        rest = b""
        while True:
            while b"\n" not in rest:
                piece = connection.recv(4096)
                if not piece:
                    return
                rest += piece
            line, rest = rest.split(b"\n", 1)
            verb = line.split(b" ")[0].strip().upper()
            if verb == b"STARTTLS" and not secured:
                connection.sendall(b"220 2.0.0 Go ahead\r\n")
                self.speak_tls(connection)
                return
            if verb == b"EHLO":
                connection.sendall(b"250-mx.example.test\r\n" + (b"" if secured or not self.context else b"250-STARTTLS\r\n") + b"250 HELP\r\n")
            elif verb == b"QUIT":
                connection.sendall(b"221 2.0.0 Bye\r\n")
                return
            else:
                connection.sendall(b"250 2.0.0 Ok\r\n")

    def speak_tls(self, connection):
        hello = connection.recv(4096, socket.MSG_PEEK)
        if ENCRYPT_THEN_MAC not in hello:
            self.hellos.append(hello)
            if self.backend:
                return self.relay(connection)
            if self.answer:
                return self.play(connection, *self.answer(take_record(connection)))
        with self.context.wrap_socket(connection, server_side=True) as secured:
            self.speak(secured, b"220 mx.example.test ESMTP\r\n" if self.implicit else b"", True)

    def play(self, connection, octets, end):
        connection.sendall(octets)
        if end == "hold":
            connection.recv(1)
        elif end == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    def relay(self, connection):
        with socket.create_connection(("127.0.0.1", self.backend)) as behind:
            ways = {connection: behind, behind: connection}
            while ways:
                for source in select.select(list(ways), [], [], 20)[0]:
                    octets = source.recv(65536)
                    if not octets:
                        return
                    ways[source].sendall(octets)


# ---- hellos and answers, octet by octet ----

def u16(n):
    return n.to_bytes(2, "big")


def record(payload, kind=22, version=0x0303):
    return bytes([kind]) + u16(version) + u16(len(payload)) + payload


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def alert(number, level=2, version=0x0303):
    return record(bytes([level, number]), 21, version)


class Hello:
    """A ClientHello, read."""

    def __init__(self, octets):
        self.is_ssl2 = bool(octets[0] & 0x80)
        if self.is_ssl2:
            return
        body = octets[9:]
        self.version = int.from_bytes(body[:2], "big")
        at = 34
        at += 1 + body[at]
        size = int.from_bytes(body[at:at + 2], "big")
        self.suites = [int.from_bytes(body[i:i + 2], "big") for i in range(at + 2, at + 2 + size, 2)]
        at += 2 + size
        self.compressions = body[at + 1:at + 1 + body[at]]
        at += 1 + body[at]
        self.extensions = {}
        end = at + 2 + int.from_bytes(body[at:at + 2], "big")
        at += 2
        while at < end:
            size = int.from_bytes(body[at + 2:at + 4], "big")
            self.extensions[int.from_bytes(body[at:at + 2], "big")] = body[at + 4:at + 4 + size]
            at += 4 + size

    @property
    def versions(self):
        """From supported_versions, else all up to the one in the header."""
        if 43 in self.extensions:
            listed = self.extensions[43][1:]
            return [int.from_bytes(listed[i:i + 2], "big") for i in range(0, len(listed), 2)]
        return list(range(self.version, 0x02ff, -1))

    @property
    def is_only_1_3(self):
        return self.versions == [0x0304]


def server_hello(version, suite, extensions=b"", compression=0):
    body = u16(min(version, 0x0303)) + bytes(range(32)) + b"\x00" + u16(suite) + bytes([compression])
    if extensions:
        body += u16(len(extensions)) + extensions
    done = b"" if version >= 0x0304 else message(14, b"")
    return record(message(2, body) + done, version=min(version, 0x0303))


def server_hello_ssl2(kinds):
    body = b"\x04\x00\x01\x00\x02" + u16(3) + u16(3 * kinds) + u16(16) + b"crt" + b"\x07\x00\xc0" * kinds + bytes(16)
    return u16(0x8000 | len(body)) + body
