# SPDX-License-Identifier: Apache-2.0
"""What smtpscan diff says of real servers between two scans (the lab's sets `change` and `demo`): one was upgraded, one altered its
greeting, one opened a relay, one's certificate expired, one vanished.  The others are named by no line."""

import contextlib
import json
import os
import pathlib
import re
import smtplib
import subprocess
import time

import jsonschema
import pytest

from conftest import DOCS, until

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LAB = pathlib.Path(os.environ.get("SMTPSCAN_LAB") or "/opt/lab")
US = ("--ehlo", "client.scan.test", "--domain", "lab.test", "-p", "25")
SCHEMA = json.loads((DOCS / "schema/change.schema.json").read_text("utf-8"))

if os.environ.get("SMTPSCAN_LAB_UP") != "yes":
    pytest.skip("the lab is not up (lab/lab up change needs root and an overlay)", allow_module_level=True)

# Each an endpoint of a running Postfix, as its master.cf has it.
OURS = UPGRADED, ALTERED, RELAY, EXPIRED, VANISHED, STEADY = [f"127.10.32.{n}" for n in range(1, 7)]
BRIEF = ("smtpd_tls_cert_file=/etc/lab/brief.pem", "smtpd_tls_key_file=/etc/lab/brief.key")


def lab(*arguments):
    return subprocess.run([ROOT / "lab" / "lab", *arguments], check=True, capture_output=True, text=True).stdout


def rows(pattern):
    lines = lab("rows", pattern).splitlines()
    return [dict(zip(lines[0].split("\t"), line.split("\t"))) for line in lines[1:]]


class Postfix:
    """One that runs, and is told by its own tools what to be from now on."""

    def __init__(self, row):
        self.id, self.address, self.version = row["id"], row["address"], row["version"]

    def run(self, *command):
        lab("run", self.id, *command)

    def listen(self, address, *options):
        self.run("postconf", "-M", f"{address}:25/inet={address}:25 inet n - n - - smtpd")
        for option in options:
            self.run("postconf", "-P", f"{address}:25/inet/{option}")

    def leave(self, *addresses):
        self.run("postconf", "-MX", *(f"{address}:25/inet" for address in addresses))

    def reload(self):
        self.run("postfix", "reload")

    def show_certificate_until(self, seconds):
        """A new one; gives the time after which it has expired."""
        self.run("bash", "-c", f". /lab/src/recipes/certificates.inc; leaf brief '-80 days' '+{seconds} seconds'")
        return time.time() + seconds


@contextlib.contextmanager
def talk(address):
    with smtplib.SMTP(timeout=10) as session:
        session.greeting = session.connect(address)[1]
        session.ehlo("client.scan.test")
        yield session


def listens(address):
    try:
        with talk(address):
            return True
    except OSError:
        return False


def greeting(address):
    with talk(address) as session:
        return session.greeting.decode()


def relays(address):
    with talk(address) as session:
        session.mail("probe@scan.test")
        return session.rcpt("nobody@example.org")[0] == 250


@pytest.fixture(scope="module")
def postfixes():
    """That of the running release and a newer one; neither serves the addresses, nor does it afterwards."""
    found = [Postfix(row) for row in rows("change")]
    if len(found) != 2 or not all(listens(each.address) for each in found):
        pytest.skip("two releases of Postfix are needed (lab/lab fetch change, up change)")

    def nobody():
        for each in found:
            each.leave(*OURS)
            each.reload()
        until(lambda: not any(map(listens, OURS)), "nobody to listen")

    nobody()
    yield found
    nobody()


@pytest.fixture(scope="module")
def scans(scanner, postfixes, tmp_path_factory):
    """The records of the two scans."""
    older, newer = postfixes
    directory = tmp_path_factory.mktemp("diff")
    others = [row["address"] for row in rows("demo") if row["product"] != "Sendmail"]  # which answers slowly

    def scan(name):
        done = scanner.run("scan", "--format", "json", *US, *OURS, *others, env={"SSL_CERT_FILE": str(LAB / "tls" / "ca.pem")})
        assert done.status == 0, done
        (directory / name).write_bytes(done.stdout)
        return directory / name

    for address in (UPGRADED, ALTERED, RELAY, VANISHED, STEADY):
        older.listen(address)
    for seconds in (5, 20, 120):  # as long as the first scan, however slow the machine is
        expires = older.show_certificate_until(seconds)
        older.listen(EXPIRED, *BRIEF)
        older.reload()
        until(lambda: all(map(listens, OURS)), "all of them to listen")
        first = scan("first")
        if time.time() < expires:
            break

    older.leave(UPGRADED, VANISHED)
    older.run("postconf", "-e", "other_banner=mail.lab.test Microsoft ESMTP MAIL Service ready")
    older.listen(ALTERED, "smtpd_banner=$other_banner")
    older.listen(RELAY, "mynetworks=0.0.0.0/0")
    older.reload()
    until(lambda: not listens(UPGRADED) and not listens(VANISHED), "two of them to be gone")
    newer.listen(UPGRADED)
    newer.reload()
    until(lambda: listens(UPGRADED) and "Microsoft" in greeting(ALTERED) and relays(RELAY), "the others to have changed")
    until(lambda: time.time() > expires + 1, "the certificate to expire", patience=130)
    return [first, scan("second")]


def endpoint(change):
    return change["address"], change["kind"], change.get("subject")


def test_exactly_what_changed_is_told(scanner, scans):
    """What is published about a version is left out: that changes with the data."""
    done = scanner.run("diff", "--format", "json", "--skip", "svc.*", *scans)
    assert done.status == 1
    for change in done.records:
        jsonschema.validate(change, SCHEMA)
    assert sorted(map(endpoint, done.records), key=str) == sorted([
        (UPGRADED, "version", None),
        (ALTERED, "greeting-altered", "Microsoft Exchange"),
        (RELAY, "finding-opened", "relay.internal-domain"),
        (RELAY, "finding-opened", "relay.null-sender"),
        (RELAY, "finding-opened", "relay.open"),
        (RELAY, "finding-opened", "relay.percent"),
        (EXPIRED, "certificate-expired", None),
        (VANISHED, "service-silent", None),
    ], key=str)


def test_as_text_exactly_these_lines(scanner, scans, postfixes):
    """The gravest target first."""
    older, newer = postfixes
    done = scanner.run("diff", "--format", "text", "--skip", "svc.*", *scans)
    *lines, total = done.stdout.decode().splitlines()
    expired = next(line for line in lines if "certificate" in line)
    upgraded = lines[-1]
    assert lines == [
        RELAY, *(f"  high     {RELAY}:25 exposes now relay.{form}: safe -> exposed" for form in ("null-sender", "open", "percent")),
        f"  medium   {RELAY}:25 exposes now relay.internal-domain: safe -> exposed",
        EXPIRED, expired,
        VANISHED, f"  high     {VANISHED}:25 no longer answers: answered -> refused: connection refused",
        ALTERED, f"  low      {ALTERED}:25 greets by another name than its own Microsoft Exchange: "
                 "220 {host} ESMTP Postfix (Debian/GNU) -> 220 {host} Microsoft ESMTP MAIL Service ready",
        UPGRADED, upgraded,
    ]
    assert expired.startswith(f"  high     {EXPIRED}:25 certificate has expired: CN=mail.lab.test until 20")
    words, was, now = re.fullmatch(f"  info     {UPGRADED}:25 (.*): Postfix (.*) -> Postfix (.*)", upgraded).groups()
    assert words == "is another version" and older.version in was and newer.version in now and was != now
    assert total.startswith("8 changes: 5 high, 1 medium, 1 low, 1 info")


def test_what_is_merely_noted_is_of_the_servers_that_changed_too(scanner, scans):
    noted = [c for c in scanner.run("diff", "--format", "json", "-v", *scans).records if not c["changed"]]
    assert {c["address"] for c in noted} <= {UPGRADED, ALTERED, RELAY, EXPIRED}


def test_the_changed_servers_do_not_differ_from_themselves(scanner, scans):
    for scan in scans:
        done = scanner.run("diff", "--format", "text", scan, scan)
        assert (done.status, done.stdout) == (0, b"nothing changed\n")
