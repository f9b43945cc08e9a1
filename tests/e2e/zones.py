# SPDX-License-Identifier: Apache-2.0
"""Zones of a real name server, signed or not, on a port of 127.0.0.1."""

import collections
import json
import os
import re
import shutil
import socket
import subprocess
import urllib.request

from conftest import until

NAMED = os.environ.get("SMTPSCAN_NAMED") or shutil.which("named", path=os.environ["PATH"] + ":/usr/sbin")
TOOLS = ("dnssec-keygen", "dnssec-signzone")
IS_THERE = bool(NAMED) and all(map(shutil.which, TOOLS))

START = """$TTL 300
@ SOA ns h 1 3600 600 86400 300
@ NS ns
ns A 127.0.0.1
"""

CONFIG = """options {{ directory "{0}"; listen-on port {1} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion yes;
  pid-file "{0}/pid"; session-keyfile "{0}/session"; managed-keys-directory "{0}"; dnssec-validation no;
  empty-zones-enable no; forwarders {{ 127.0.0.1 port 1; }}; forward only; }};
controls {{}};
"""
STATISTICS = "statistics-channels {{ inet 127.0.0.1 port {0}; }};\n"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def is_open(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Zones:
    """Written one after the other, children before their parents; then served."""

    def __init__(self, directory, counts=False):
        """counts: the server tells how much it was asked."""
        self.directory = directory
        self.port = free_port()
        self.config = CONFIG.format(directory, self.port)
        self.statistics = free_port() if counts else None
        if counts:
            self.config += STATISTICS.format(self.statistics)
        self.process = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def add(self, zone, text):
        """Records behind SOA and NS; unsigned."""
        (self.directory / (zone + ".db")).write_text(START + text)
        self.serve(zone, zone + ".db")

    def add_signed(self, zone, text, *options, change=None):
        """The zone's key, as a trust anchor has it, and its DS record.  change: a pair for re.sub in what was signed."""
        (self.directory / (zone + ".db")).write_text(START + text)
        run = {"cwd": self.directory, "check": True, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        key = subprocess.run([TOOLS[0], "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", zone], **run).stdout.decode().strip()
        subprocess.run([TOOLS[0], "-q", "-a", "ECDSAP256SHA256", zone], **run)
        subprocess.run([TOOLS[1], "-S", *options, "-o", zone, zone + ".db"], **run)
        signed = self.directory / (zone + ".db.signed")
        if change:
            text, count = re.subn(*change, signed.read_text())
            assert count, f"nothing to change in {zone}"
            signed.write_text(text)
        self.serve(zone, signed.name)
        anchor = next(x for x in (self.directory / (key + ".key")).read_text().splitlines() if " DNSKEY " in x)
        return anchor, (self.directory / f"dsset-{zone}.").read_text()

    def serve(self, zone, path):
        """A file that is not there makes a zone that fails."""
        self.config += f'zone "{zone}" {{ type primary; file "{path}"; }};\n'

    def forward(self, zone, port):
        """What stands below is asked of another server, which may never answer."""
        self.config += f'zone "{zone}" {{ type forward; forward only; forwarders {{ 127.0.0.1 port {port}; }}; }};\n'

    def start(self):
        (self.directory / "named.conf").write_text(self.config)
        self.process = subprocess.Popen([NAMED, "-g", "-n", "1", "-c", str(self.directory / "named.conf")],
                                        stdout=subprocess.DEVNULL, stderr=(self.directory / "log").open("wb"))
        until(lambda: is_open(self.port), "named to listen", 30)
        until(lambda: b"running" in (self.directory / "log").read_bytes(), "named to have its zones", 30)

    def queries(self):
        """{type: how often clients asked for it}."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.statistics}/json/v1/server", timeout=10) as told:
            return collections.Counter(json.load(told)["qtypes"])

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
