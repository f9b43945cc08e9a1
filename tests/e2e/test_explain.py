# SPDX-License-Identifier: Apache-2.0
"""From versions to consequences: findings in records and text, and what explain tells."""

import json
import pathlib
import re
import shutil

import pytest

from test_schema import assert_valid, judge, load_schemas

DATA = pathlib.Path(__file__).resolve().parent.parent.parent / "data"
FILL = {"host": "mx.example.org", "me": "client.example.net", "client": "192.0.2.1", "sender": "me@example.net",
        "ip": "[192.0.2.9]", "date": "Sat, 21 Nov 2026 23:04:05 +0000", "id": "4fGh12kL9z", "n": "12345",
        "target": "192.0.2.2", "domain": "example.org", "rcpt": "you@example.org"}


def sections(path):
    """{ask: [[line, ...] of each reply]} of a specimen, placeholders filled in; and how each ended."""
    found, ended, ask = {}, {}, None
    for line in path.read_text().splitlines():
        if line.startswith("@ "):
            ask = line[2:]
            found[ask], ended[ask] = [[]], "open"
        elif ask and line.startswith("S: "):
            text = re.sub(r"(?<!\{)\{(\w+)\}", lambda m: FILL.get(m[1], m[0]), line[3:])
            found[ask][-1].append(text.replace("{{", "{"))
        elif ask and line == "next":
            found[ask].append([])
        elif ask and line in ("closed", "timeout"):
            ended[ask] = line
    return found, ended


def reply(lines):
    return {"code": int(lines[0][:3]), "lines": [line[4:] for line in lines]}


def record_of(specimen, time="2026-11-22T00:00:00.000Z"):
    """A record as a scan of that server would have written it."""
    found, ended = sections(DATA / "specimens" / specimen)
    record = {
        "type": "service", "schema": 1, "time": time, "input": "192.0.2.2", "address": "192.0.2.2", "port": 25,
        "outcome": "answered", "protocol": "esmtp", "greeting": {**reply(found["greeting"][0]), "delay_ms": 1},
        "ehlo": {**reply(found["ehlo"][0]), "ms": 1, "extensions": {}}, "starttls": {"offered": False},
        "asker": {"ehlo": FILL["me"], "address": FILL["client"], "sender": FILL["sender"], "tag": "sabcdef"},
        "reactions": [{"ask": ask, "state": "ehlo", "tls": False, "replies": [r for r in replies if r],
                       "ms": [1 for r in replies if r], "ended": ended[ask]}
                      for ask, replies in found.items() if ask not in ("greeting", "ehlo", "ehlo-tls", "quit")],
        "cost": dict.fromkeys(("connections", "commands", "errors_provoked", "octets_in", "octets_out", "duration_ms",
                               "delay_ms"), 0)}
    return json.dumps(record).encode() + b"\n"


def findings_of(scanner, tmp_path, *arguments, **keywords):
    record = judge(scanner, tmp_path, record_of(*arguments, **keywords)).service
    return record, {f["id"]: f for f in record.get("findings", ())}


# ---- findings ----

def test_an_old_exim_is_possibly_affected(scanner, tmp_path):
    record, found = findings_of(scanner, tmp_path, "exim/src-exim-4.91-default.smtp")
    assert record["software"]["product"] == "Exim"
    cve = found["svc.cve"]
    assert (cve["verdict"], cve["severity"]) == ("exposed", "critical")
    assert cve["p"] >= max(p["p"] for p in cve["possible"])
    assert len(cve["possible"]) == 10 and cve["more"] > 0
    assert "distribution" in cve["reason"] and cve["evidence"][0].startswith("Exim ")
    assert [p["severity"] for p in cve["possible"]] == ["critical"] * 10
    assert found["svc.eol"]["severity"] == "medium"
    assert any(p["id"] == "4.91" and p["ended"] == "2019-02-10" for p in found["svc.eol"]["possible"])


def test_records_with_findings_keep_to_the_schema(scanner, tmp_path):
    for specimen in ("exim/src-exim-4.91-default.smtp", "postfix/bullseye-postfix-default.smtp"):
        assert_valid(load_schemas(), judge(scanner, tmp_path, record_of(specimen)).stdout)


def test_judging_again_finds_the_same(scanner, tmp_path):
    once = judge(scanner, tmp_path, record_of("exim/src-exim-4.91-default.smtp")).stdout
    assert b'"findings"' in once and judge(scanner, tmp_path, once).stdout == once


def test_the_time_of_the_scan_decides_about_ends_of_life(scanner, tmp_path):
    specimen = "postfix/src-postfix-2.6.19-default.smtp"
    _, then = findings_of(scanner, tmp_path, specimen, time="2010-01-01T00:00:00.000Z")
    _, now = findings_of(scanner, tmp_path, specimen)
    assert "svc.eol" not in then and "svc.eol" in now


def test_cpe_names_come_from_the_table(scanner, tmp_path):
    record, _ = findings_of(scanner, tmp_path, "opensmtpd/bullseye-opensmtpd-default.smtp")
    names = record["software"]["cpe23"]
    assert names and all(n.startswith("cpe:2.3:a:openbsd:opensmtpd:") for n in names)
    assert len(names) == len(record["software"]["version_set"])


def test_text_says_possible(scanner, tmp_path):
    path = tmp_path / "r"
    path.write_bytes(record_of("exim/src-exim-4.91-default.smtp"))
    short = scanner.run("judge", "--format", "text", path).stdout.decode()
    everything = scanner.run("judge", "--format", "text", "-v", path).stdout.decode()
    assert "svc.cve" in short and "possibly" in short and "more\n" in short
    assert "vulnerable" not in short + everything
    assert "CVE-2019-10149" in everything and "CVE-2019-10149" not in short


def test_without_advisories_there_are_no_findings(scanner, tmp_path):
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("advisories", "checks"))
    scan = judge(scanner, tmp_path, record_of("exim/src-exim-4.91-default.smtp"), "--data", tmp_path / "data")
    assert "findings" not in scan.service and scan.service["software"]["product"] == "Exim"


@pytest.mark.parametrize("fixed, verdict", [("4.0", None), ("9.0", "exposed")])
def test_only_releases_without_the_fix_are_possibly_affected(scanner, tmp_path, fixed, verdict):
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("advisories"))
    (tmp_path / "data/advisories").mkdir()
    (tmp_path / "data/advisories/exim.txt").write_text(
        f"product Exim\nsource x\n\nadvisory X\naffects before {fixed}\nseverity high\nabout x\nsource x\n")
    scan = judge(scanner, tmp_path, record_of("exim/src-exim-4.91-default.smtp"), "--data", tmp_path / "data")
    found = {f["id"]: f["verdict"] for f in scan.service.get("findings", ())}
    assert found.get("svc.cve") == verdict


@pytest.mark.parametrize("text, said", [
    ("product Exim\nsource x\n\nadvisory X\nseverity awful\n", "x.txt:5: no such severity"),
    ("advisory X\n", "x.txt:1: a file begins with"),
    ("product Exym\nsource x\n", "x.txt:1: no specimen and no signature is of: Exym"),
])
def test_lint_says_where_advisories_are_wrong(scanner, tmp_path, text, said):
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("advisories"))
    (tmp_path / "data/advisories").mkdir()
    (tmp_path / "data/advisories/x.txt").write_text(text)
    scan = scanner.run("data", "lint", "--data", tmp_path / "data")
    assert scan.status == 2 and said in scan.stderr, scan


# ---- explain ----

def explain(scanner, *arguments):
    scan = scanner.run("explain", *arguments)
    assert (scan.status, scan.stderr) == (0, ""), scan
    return scan.stdout.decode()


def test_a_product(scanner):
    page = explain(scanner, "Exim")
    for what in ("35 specimens", "4.100.1", "altered, checked, default, hardened", "501 MAIL must have an address operand", "CVE-2019-10149",
                 "4.87 to 4.91", "cpe:2.3:a:exim:exim:", "4.91 on 2019-02-10", "ESMTP Exim 4.96"):
        assert what in page, what


def test_a_front_and_a_product_of_signatures_alone(scanner):
    assert "Postfix" in explain(scanner, "postscreen")
    assert "Dovecot LMTP" in explain(scanner, "Dovecot")
    assert "CVE-2021-34473" in explain(scanner, "microsoft exchange")


def test_signatures_and_providers_that_name_a_product(scanner):
    page = explain(scanner, "Gmail")
    for what in ("ehlo: mx.google.com at your service", "seen 2010-2025; ", "Google, with its own product"):
        assert what in page, what
    page = explain(scanner, "microsoft exchange")
    for what in ("greets as Microsoft Exchange Online", "Microsoft 365, which runs it"):
        assert what in page, what


def test_what_is_known_in_part_says_so(scanner):
    page = explain(scanner, "qmail-ldap")
    for what in ("1 specimen of 1 version, 1 partial", "partial: 20 answers, source-code, seen 2022:",
                 "github:qmail-ldap/qmail-ldap@"):
        assert what in page, what
    assert "partial" not in explain(scanner, "Exim")


def test_words_that_nobody_kept_tell_no_product(scanner):
    names = [line.strip() for line in explain(scanner).split("\nstimuli:")[0].splitlines()[1:] if line]
    assert "{any}" not in explain(scanner, *names)


def test_a_stimulus(scanner):
    page = explain(scanner, "helo-bare")
    for what in ("RFC 5321", "session, in state greeted", "C: HELO", "501 Syntax: HELO hostname", "Sendmail 8.15.2 to"):
        assert what in page, what
    assert re.search(r"tells +[0-9]\.[0-9]{2} bits of the product, [0-9]\.[0-9]{2} of the version", page), page
    assert "tells" in explain(scanner, "greeting") and "tells" not in explain(scanner, "ehlo")
    assert "221" in explain(scanner, "quit") and "{host}" in explain(scanner, "greeting")


def test_a_finding_and_an_advisory(scanner):
    assert "remedy" in explain(scanner, "svc.cve") and "medium" in explain(scanner, "SVC.EOL")
    page = explain(scanner, "cve-2019-10149")
    assert "4.88, 4.89.1, 4.91" in page and "exploited 2022-01-10" in page
    assert explain(scanner, "CVE-2021-3618").count("product") == 2


def test_the_pages_of_checks_have_all_findings_and_what_is_sent(scanner):
    listed = explain(scanner).partition("findings:\n")[2].partition("\n\n")[0].split()
    pages = {p.stem: p.read_text() for p in (DATA.parent / "docs/checks").glob("*.md")}
    titles = [t for page in pages.values() for t in re.findall(r"^## (.*)$", page, re.M)]
    assert sorted(titles) == sorted(listed)
    for told in explain(scanner, *listed).split("\n\n"):
        name = told.splitlines()[0]
        section = re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", pages[name.partition(".")[0]], re.M | re.S)[1]
        assert f"| {re.search(r'severity  (.*)', told)[1]} |" in section
        assert len(re.findall(r"^  sent ", told, re.M)) == len(re.findall(r"^C[:=] ", section, re.M))
        assert all(f"| {c} |" in section for c in re.findall(r"^  class     (\w+),", told, re.M))


def test_everything_can_be_explained_within_the_width(scanner):
    names = [line.strip() for line in explain(scanner).splitlines() if line.startswith("  ")]
    assert len(names) > 200
    pages = explain(scanner, *names)
    assert "\x1b" not in pages and "\r" not in pages
    prose = [line for line in pages.splitlines() if len(line) > 110]
    assert len(prose) < 40, prose[:5]


@pytest.mark.parametrize("word, near", [
    ("Posfix", "Postfix"), ("exum", "Exim"), ("helo-bar", "helo-bare"), ("CVE-2019-10148", "CVE-2019-10149"),
    ("svc", "svc.cve"), ("qq", None), ("x" * 500, None), ("", None), ("\x1b[31mExim", None),
])
def test_an_unknown_name_is_told_with_what_is_near(scanner, word, near):
    scan = scanner.run("explain", word)
    assert scan.status == 2 and scan.stdout == b"" and scan.stderr.count("\n") == 1
    assert "\x1b" not in scan.stderr
    assert near is None or near in scan.stderr, scan.stderr


def test_foreign_text_is_escaped(scanner, tmp_path):
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("specimens"))
    folder = tmp_path / "data/specimens/evil"
    folder.mkdir(parents=True)
    (folder / "a.smtp").write_bytes(
        b"specimen\nproduct  Exim\nversion  1\x1b[31m\nconfig   a\x07\nkind     live\nseen     2026-11\norigin   lab\x9b\n"
        b"masks    1\n@ greeting\nS: 220 \x1b]0;title\x07 \\x00 \xff\n@ helo-bare\nS: 501 \x1b[2J\n")
    for name in ("Exim", "greeting", "helo-bare"):
        page = scanner.run("explain", "--data", tmp_path / "data", name).stdout
        assert page and not re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\x9f\xff]", page), page
    assert b"\\x1B]0;title\\x07 \\x00 \\xFF" in \
        scanner.run("explain", "--data", tmp_path / "data", "greeting").stdout


def test_the_page_goes_to_a_file_and_to_nowhere(scanner, tmp_path):
    assert scanner.run("explain", "-o", tmp_path / "page", "svc.cve").status == 0
    assert (tmp_path / "page").read_text() == explain(scanner, "svc.cve")
    assert scanner.run("explain", "-o", "/dev/full", "svc.cve").status == 4
    assert scanner.run("explain", "-o", tmp_path / "no/such", "svc.cve").status == 2


def test_colours_are_for_terminals(scanner):
    assert b"\x1b[1m" in scanner.run_on_terminal("explain", "svc.cve")
    assert b"\x1b" not in scanner.run_on_terminal("explain", "--no-color", "svc.cve")
