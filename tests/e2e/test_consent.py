# SPDX-License-Identifier: Apache-2.0
"""Consent: the record to publish, what is said of what is published, and that nothing is sent for it."""

import hashlib
import re

import pytest

from nameserver import SERVFAIL, NameServer, Zone

SECRET = b"0123456789abcdef" * 4
KEY = hashlib.sha256(SECRET).hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()
CHECKS = "smuggle.lf-dot-lf,relay.confirmed"


def txt(*texts):
    return [("TXT", t.encode()) for t in texts]


def record(key=KEY, checks=CHECKS, until="2099-12-31", more=""):
    return f"v=smtpscan1; key={key}; checks={checks}; until={until}{more}"


NAMES = {
    "_smtpscan-consent.given.example": txt(record()),
    "_smtpscan-consent.expired.example": txt(record(until="2020-02-29")),
    "_smtpscan-consent.other.example": txt(record(OTHER)),
    "_smtpscan-consent.both.example": txt("v=spf1 -all", record(OTHER, until="2020-01-01"), record()),
    "_smtpscan-consent.twice.example": txt(record(), record(until="2099-12-30")),
    "_smtpscan-consent.wildcard.example": txt(record(checks="smuggle.*")),
    "_smtpscan-consent.limited.example": txt(record(more="; only=192.0.2.1")),
    "_smtpscan-consent.long.example": txt(record(checks=",".join(f"check.number-{i}" for i in range(40)))),
    "_smtpscan-consent.escape.example": txt("v=smtpscan1; key=\x1b[31m"),
    "_smtpscan-consent.servfail.example": SERVFAIL,
    "_smtpscan-consent.silent.example": "silence",
    "_smtpscan-consent.empty.example": [],
    "_smtpscan-consent.xn--bcher-kva.example": txt(record()),
}


@pytest.fixture(scope="module")
def resolver():
    server = NameServer(Zone(NAMES))
    yield server.address
    server.stop()


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(SECRET + b"\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def consent(scanner, resolver, secret):
    def run(*arguments, **keywords):
        return scanner.run("consent", "--resolver", resolver, "--timeout-dns", "150ms", "--secret", secret, *arguments,
                           **keywords)

    return run


# ---- what to publish ----

def test_the_record_to_publish_is_printed_and_found(scanner, secret):
    zone = Zone({})
    server = NameServer(zone)
    try:
        arguments = ("consent", "--resolver", server.address, "--secret", secret, "--only", CHECKS, "--until",
                     "2099-01-02", "Example.ORG.")
        first = scanner.run(*arguments)
        name, text = re.search(r'^publish +(\S+)\. IN TXT "(.*)"$', first.stdout.decode(), re.M).groups()
        assert name == "_smtpscan-consent.example.org" and text == record(until="2099-01-02")
        assert first.status == 1 and b"no record is published" in first.stdout
        zone.names[name.encode()] = txt(text)  # within the minute for which its absence is kept: another process
        second = scanner.run(*arguments)
    finally:
        server.stop()
    assert second.status == 0 and second.stderr == ""
    page = second.stdout.decode()
    assert f"published  {text}\n           of our key, until 2099-01-02, for smuggle.lf-dot-lf, relay.confirmed\n" in page
    assert "answer     smuggle.lf-dot-lf: consented to\nanswer     relay.confirmed: consented to\n" in page


def test_without_ids_their_place_is_shown_and_the_end_is_in_thirty_days(consent):
    page = consent("empty.example").stdout.decode()
    assert "checks=ID,...; until=20" in page and "(--only)" in page


def test_a_long_record_is_printed_in_strings_of_255_octets(consent):
    ids = ",".join(f"check.number-{i}" for i in range(40))
    scan = consent("--only", ids, "--until", "2099-12-31", "long.example")
    strings = re.findall(r'"([^"]*)"', scan.stdout.decode().splitlines()[0])
    assert [len(s) for s in strings[:-1]] == [255] * (len(strings) - 1) and "".join(strings) == record(checks=ids)
    assert scan.status == 0  # it was published in such strings too


# ---- what is published ----

@pytest.mark.parametrize("name, status, answer, detail", [
    ("given", 0, "consented to", "of our key, until 2099-12-31, for smuggle.lf-dot-lf, relay.confirmed"),
    ("b\u00fccher", 0, "consented to", "of our key"),
    ("both", 0, "consented to", "of another key, expired on 2020-01-01"),
    ("expired", 1, "the record has expired", "of our key, expired on 2020-02-29"),
    ("other", 1, "no record is of our key", "of another key, until 2099-12-31"),
    ("twice", 1, "several records are of our key", "of our key, until 2099-12-30"),
    ("wildcard", 1, "the record is malformed", "malformed at octet 90: not the id of a check"),
    ("limited", 1, "the record is malformed", "an unknown tag, which may limit the consent"),
    ("escape", 1, "no record is of our key", "v=smtpscan1; key=\\x1B[31m"),
    ("empty", 1, "no record is published", ""),
    ("missing", 1, "no record is published", ""),
    ("servfail", 3, "DNS gave no answer but a failure", ""),
    ("silent", 3, "DNS did not answer in time", ""),
])
def test_what_is_published_is_told_apart(consent, name, status, answer, detail):
    scan = consent(name + ".example")
    page = scan.stdout.decode()
    assert scan.status == status, scan
    assert re.search(r"^answer +(.*)$", page, re.M)[1] == answer and detail in page
    assert "\x1b" not in page and "whatever is published, none is sent" in page


def test_a_check_that_the_record_does_not_name_is_not_consented_to(consent):
    scan = consent("--only", "relay.confirmed,smuggle.lf-dot-cr", "given.example")
    assert scan.status == 1
    assert b"answer     relay.confirmed: consented to\n" in scan.stdout
    assert b"answer     smuggle.lf-dot-cr: the record does not name the check\n" in scan.stdout


# ---- the secret ----

def test_a_secret_is_made_once_and_for_its_owner_alone(scanner, resolver, tmp_path):
    home = {"XDG_CONFIG_HOME": str(tmp_path / "new" / "config")}
    runs = [scanner.run("consent", "--resolver", resolver, "empty.example", env=home) for _ in range(2)]
    path = tmp_path / "new/config/smtpscan/secret"
    assert path.stat().st_mode & 0o7777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    secret = path.read_bytes()
    assert re.fullmatch(rb"[0-9a-f]{64}\n", secret)
    assert sorted(p.name for p in path.parent.iterdir()) == ["secret"]
    assert f"a new secret was made: {path}" in runs[0].stderr and runs[1].stderr == ""
    keys = {re.search(rb"key=([0-9a-f]{64});", r.stdout)[1].decode() for r in runs}
    assert keys == {hashlib.sha256(secret.strip()).hexdigest()}
    assert not any(secret.strip() in r.stdout for r in runs)


def test_without_xdg_it_is_below_home(scanner, resolver, tmp_path):
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": "relative"}
    assert scanner.run("consent", "-q", "--resolver", resolver, "empty.example", env=home).stderr == ""
    assert (tmp_path / ".config/smtpscan/secret").exists()


def test_two_secrets_differ(scanner, resolver, tmp_path):
    for name in "ab":
        scanner.run("consent", "-q", "--resolver", resolver, "--secret", tmp_path / name, "empty.example")
    assert (tmp_path / "a").read_bytes() != (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("mode, content, said", [
    (0o644, SECRET, "0600"),
    (0o620, SECRET, "0600"),
    (0o600, b"short\n", "less than 32"),
    (0o600, b" " * 100, "less than 32"),
    (0o600, b"x" * 5000, "4,096"),
])
def test_a_bad_secret_is_refused(consent, secret, mode, content, said):
    secret.write_bytes(content)
    secret.chmod(mode)
    scan = consent("given.example")
    assert scan.status == 2 and said in scan.stderr and scan.stdout == b""
    assert secret.read_bytes() == content


def test_a_secret_that_cannot_be_made_is_said(consent, tmp_path):
    scan = consent("--secret", tmp_path / "no/such", "given.example")
    assert scan.status == 2 and "--secret" in scan.stderr
    assert consent("--secret", "/dev/null", "given.example").status == 2


# ---- the command line ----

@pytest.mark.parametrize("arguments, said", [
    ((), "one name"),
    (("a.example", "b.example"), "one name"),
    (("192.0.2.1",), "192.0.2.1"),
    (("a.example:25",), "a.example:25"),
    (("--only", "smuggle.*", "a.example"), "--only"),
    (("--only", "relay.open, relay.bang", "a.example"), "--only"),
    (("--until", "tomorrow", "a.example"), "--until"),
    (("--until", "2020-01-01", "a.example"), "is over"),
    (("--resolver", "nowhere", "a.example"), "--resolver"),
    (("--level", "full", "a.example"), "--level"),
])
def test_a_wrong_line_is_refused(consent, arguments, said):
    scan = consent(*arguments)
    assert scan.status == 2 and said in scan.stderr and scan.stdout == b""


# ---- and nothing is sent for it ----

def test_a_check_of_class_consent_is_refused_whatever_is_published(scanner, resolver, start_peer, tmp_path):
    peer = start_peer("esmtp", "127.0.54.1")
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks/mine.smtp").write_text(
        "check    smuggle.lf-dot-lf\ntitle    Mine\nseverity high\nclass    consent\nC: NOOP\nS: 2xx -> exposed\n")
    scan = scanner.scan("--resolver", resolver, "--checks", tmp_path / "checks", "--domain", "given.example",
                        "--level", "full", peer.target)
    assert scan.status == 2 and scan.stdout == b""
    assert f"{tmp_path}/checks/mine.smtp:4: class consent is not played from files" in scan.stderr
    assert peer.connections() == []


def test_nothing_that_is_built_in_is_of_class_consent(scanner):
    listed = scanner.run("explain").stdout.decode().partition("findings:\n")[2].partition("\n\n")[0].split()
    classes = re.findall(r"^  class     (\w+),", scanner.run("explain", *listed).stdout.decode(), re.M)
    assert len(classes) > 20 and "consent" not in classes
