# SPDX-License-Identifier: Apache-2.0
"""Stored records as a page and as files for other programs.  Whatever servers said, it stays text."""

import base64
import csv
import hashlib
import html.parser
import io
import json
import os
import re
import xml.etree.ElementTree

import jsonschema
import pytest

from conftest import TIMEOUTS, Peer
from test_schema import assert_valid, load_schemas

FORMATS = ("html", "sarif", "csv", "markdown", "junit")
COST = dict.fromkeys(("connections", "commands", "errors_provoked", "octets_in", "octets_out", "duration_ms", "delay_ms"), 1)

# What means something to one of the exits, as it stands in records: visible text.
HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "</script><!--", "</style></title>",
    "]]><failure/>", "&lt;b&gt;&#60;", "{{script}} {0}", "=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\\x09=1", "a,b\"c", "`|` [x](http://e.example) @all #1",
    "| --- | **b**", "\\x1B[31mred\\x1B]0;t\\x07", "\\xFF\\xFE\\x00\\xE2\\x80\\xAE", "\\\\x41", "m\u00fcller \u65e5\u672c", "javascript:alert(1)", "x" * 65536]


def service(number, **more):
    return {"type": "service", "schema": 1, "time": "2026-11-22T10:00:00.000Z", "input": "192.0.2.%d" % number,
            "address": "192.0.2.%d" % number, "port": 25, "outcome": "answered", "protocol": "esmtp",
            "greeting": {"code": 220, "lines": ["mx.example.org ESMTP"], "delay_ms": 1},
            "ehlo": {"code": 250, "lines": ["mx.example.org", "STARTTLS"], "ms": 1, "extensions": {"STARTTLS": ""}},
            "starttls": {"offered": True, "outcome": "ok"}, "reactions": [], "asker": {"address": "192.0.2.99"}, "cost": COST, **more}


def tls(subject, until):
    return {"implicit": False, "version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "trusted": True, "handshake_ms": 1,
            "chain": [{"subject": subject, "issuer": "CN=ca", "names": ["mx.example.org"], "not_before": "2026-09-01T00:00:00.000Z",
                       "not_after": until, "key": "EC P-256", "signature": "ecdsa-with-SHA256", "sha256": "%064x" % len(subject)}]}


SOFTWARE = {"product": "Postfix", "versions": {"low": "3.5", "high": "3.7"}, "version_set": ["3.5", "3.7"], "confidence": 0.994,
            "unknown": False, "basis": ["behaviour"], "altered": True, "front": "postscreen",
            "claim": {"text": "Microsoft ESMTP MAIL Service", "product": "Microsoft Exchange"}, "candidates": [{"product": "Postfix", "p": 0.994}],
            "evidence": [{"ask": "helo-bare", "reply": "501 Syntax: HELO hostname", "bits": 5.1}]}
FINDINGS = [
    {"id": "relay.open", "verdict": "exposed", "severity": "high", "seen_at": "rcpt", "remedy": "smtpd_relay_restrictions = told by the record",
     "evidence": ["RCPT TO:<{outsider}> 250 Ok"]},
    {"id": "svc.cve", "verdict": "exposed", "severity": "critical", "p": 0.5, "possible": [{"id": "CVE-2019-10149", "p": 0.5, "severity": "critical"}],
     "more": 3},
    {"id": "smtp.greeting.leak", "verdict": "exposed", "severity": "low", "accepted": True, "evidence": ["220 x"]},
    {"id": "tls.starttls.missing", "verdict": "safe", "seen_at": "offer"},
    {"id": "harvest.vrfy", "verdict": "untestable", "severity": "medium", "reason": "421 too many"},
    {"id": "mx.bypass", "verdict": "not-asked", "reason": "needs origin"},
    {"id": "net.port-open", "verdict": "noted", "severity": "info"}]
DOMAIN = {"type": "domain", "schema": 1, "time": "2026-11-22T10:00:01.000Z", "input": "example.org", "outcome": "answered",
          "mx": [{"preference": 10, "host": "mx.example.org", "address": "192.0.2.1"}], "services": [{"address": "192.0.2.1", "port": 25}],
          "posture": {"dkim_asked": 1, "services_seen": 1, "queries": 9, "spf": {"found": "record", "record": "v=spf1 mx -all", "lookups": 1},
                      "exchanges": [{"host": "mx.example.org", "preference": 10}]},
          "findings": [{"id": "mtasts.missing", "verdict": "exposed", "severity": "low"}, {"id": "spf.missing", "verdict": "safe"}]}
RUN = {"type": "run", "schema": 1, "time": "2026-11-22T10:00:02.000Z"}


def hostile_records():
    """Each of them in each place of a record that a server or a zone has a hand in."""
    for number, text in enumerate(HOSTILE, 1):
        yield service(
            number, host="h" + text[:200], domain=text, reason=text, greeting={"code": 220, "lines": [text, text], "delay_ms": 1},
            ehlo={"code": 250, "lines": [text], "ms": 1, "extensions": {text: text}}, provider={"name": text, "by": ["mx"]},
            tls=tls(text, "2026-12-30T00:00:00.000Z"),
            software={**SOFTWARE, "product": text, "versions": {"low": text, "high": text + "1"}, "front": text,
                      "claim": {"text": text, "product": text, "version": text}, "evidence": [{"ask": "helo", "reply": text, "bits": 1}]},
            findings=[{"id": "relay.open", "verdict": "exposed", "severity": "high", "reason": text, "remedy": text, "evidence": [text, text]},
                      {"id": "harvest.vrfy", "verdict": "untestable", "severity": "low", "reason": text},
                      {"id": text, "verdict": "exposed", "severity": "low", "possible": [{"id": text, "p": 1, "fixed": text}], "p": 1}])
        yield {**DOMAIN, "input": text, "reason": text, "notes": [{"note": text, "host": text, "detail": text}],
               "posture": {"spf": {"found": "record", "record": text}, "dmarc": {"at": text, "record": text}, "mtasts": [text], "tlsrpt": [text],
                           "mtasts_policy": {"outcome": "found", "text": text}, "dkim": [{"selector": text, "record": text}],
                           "exchanges": [{"host": text, "preference": 1, "tlsa": [text]}], "caa": {"records": [{"value": text}]}}}


def plain_records():
    yield service(1, host="mx.example.org", domain="example.org", software=SOFTWARE, findings=FINDINGS,
                  tls=tls("CN=mx.example.org", "2026-12-30T00:00:00.000Z"))
    yield service(2, starttls={"offered": False}, software={"confidence": 0.6, "unknown": True, "candidates": [{"product": "Exim", "p": 0.3}]},
                  findings=FINDINGS[:1])
    yield service(3, address="2001:db8::1")
    yield {k: v for k, v in service(4, outcome="timeout", stage="connect").items()
           if k not in ("protocol", "greeting", "ehlo", "starttls", "reactions", "asker")}
    yield DOMAIN
    yield RUN


def write(path, records):
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")
    return path


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    directory = tmp_path_factory.mktemp("stored")
    return {"plain": write(directory / "plain", plain_records()), "hostile": write(directory / "hostile", hostile_records())}


def report(scanner, format, *arguments, status=0):
    done = scanner.run("report", "--format", format, *arguments)
    assert (done.status, done.stderr) == (status, ""), done
    return done.stdout.decode("utf-8")


# ---- all formats ----

def test_records_that_a_scan_writes(scanner, tmp_path):
    """Servers that say what means something to terminals, HTML and spreadsheets, visited and reported."""
    path = tmp_path / "records"
    for name in ("markup", "escapes", "latin1", "long-line-64k"):
        peer = Peer(tmp_path, name)
        try:
            scanner.run("scan", "--format", "json", *TIMEOUTS, "-o", tmp_path / name, peer.target)
        finally:
            peer.stop()
        with path.open("ab") as all_of_them:
            all_of_them.write((tmp_path / name).read_bytes())
    for format in FORMATS:
        page = report(scanner, format, path)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u202e]", page.replace("\r\n", "\n")), format
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in report(scanner, "html", path)


def test_what_a_resumed_run_wrote_twice_is_told_once(scanner, tmp_path):
    """By its last record; of standard input, which cannot be read twice, each counts."""
    first = [service(1, findings=FINDINGS[:1]), service(2), service(3), DOMAIN]
    again = [{**service(1), "again": True}, {**service(9), "again": True}, {**DOMAIN, "again": True}]
    path = write(tmp_path / "records", first + again)
    rows = rows_of(report(scanner, "csv", path))
    assert sorted(r["input"] for r in rows) == ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.9", "example.org"]
    assert next(r for r in rows if r["input"] == "192.0.2.1")["exposed"] == "0"
    assert "relay.open" not in {r["ruleId"] for r in json.loads(report(scanner, "sarif", path))["runs"][0]["results"]}
    assert len(rows_of(report(scanner, "csv", path, path))) == 2 * len(rows)
    done = scanner.run("report", "--format", "csv", "-", stdin=path.read_bytes())
    assert len(rows_of(done.stdout.decode())) == len(first + again)


def test_of_a_store_too(scanner, tmp_path):
    path = write(tmp_path / "records", [service(1), service(2), {**service(1), "again": True}])
    assert scanner.run("import", "-q", "--store", tmp_path / "a.db", path).status == 0
    for name in ("a.db", "a.db@1"):
        assert len(rows_of(report(scanner, "csv", tmp_path / name))) == 2


def test_the_records_of_these_tests_are_records(stored):
    lines = stored["plain"].read_bytes().splitlines(keepends=True)
    assert_valid(load_schemas(), b"".join(line for line in lines if b'"run"' not in line))


@pytest.mark.parametrize("format", FORMATS)
def test_no_control_gets_through(scanner, stored, format):
    page = report(scanner, format, stored["hostile"]).replace("\r\n", "\n")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u202e]", page)
    assert "\u65e5\u672c" in page


@pytest.mark.parametrize("format", FORMATS)
def test_standard_input_several_files_and_an_output(scanner, stored, tmp_path, format):
    out = tmp_path / "out"
    octets = stored["plain"].read_bytes()
    assert scanner.run("report", "--format", format, "-o", out, "-", stored["plain"], stdin=octets).status == 0
    if format != "html":  # its day is today
        assert out.read_bytes().decode() == report(scanner, format, stored["plain"], stored["plain"])
    assert scanner.run("report", "--format", format, "-o", "/dev/full", stored["plain"]).status == 4


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("severity, status", [("info", 1), ("high", 1), ("critical", 1), (None, 0)])
def test_fail_on(scanner, stored, format, severity, status):
    report(scanner, format, *(("--fail-on", severity) if severity else ()), stored["plain"], status=status)


def test_what_is_accepted_fails_nothing(scanner, tmp_path):
    path = write(tmp_path / "r", [service(1, findings=[FINDINGS[2]])])
    report(scanner, "junit", "--fail-on", "info", path)


@pytest.mark.parametrize("line", [b"{", b"[]", b"null", b"\xff", b'{"type":"service","schema":2}', b'{"schema":1}', b"[" * 100000])
def test_what_is_no_record_is_told_and_skipped(scanner, stored, tmp_path, line):
    path = tmp_path / "r"
    path.write_bytes(line + b"\n" + stored["plain"].read_bytes())
    done = scanner.run("report", "--format", "csv", path)
    assert done.status == 0 and done.stderr.count("\n") == 1 and ":1: no record" in done.stderr
    assert done.stdout.decode() == report(scanner, "csv", stored["plain"])


@pytest.mark.parametrize("change", [
    {"findings": 1}, {"findings": [1, None, {}, {"id": 1}, {"id": "x", "verdict": "odd"}]}, {"software": []}, {"tls": {"chain": [1, {}]}},
    {"software": {"evidence": {"a": 1}, "versions": "x", "claim": 3, "unknown": False}}, {"port": "25"}, {"port": -1}, {"address": None},
    {"greeting": {"lines": {"a": 1}}}, {"outcome": 7}, {"time": "yesterday"}, {"starttls": True}, {"cost": []}, {"host": {"a": "b"}},
    {"findings": [{"id": "relay.open", "verdict": "exposed", "p": "x", "possible": {"a": 1}, "evidence": "x", "more": -5}]}], ids=str)
def test_members_of_other_types_are_absent(scanner, tmp_path, change):
    path = write(tmp_path / "r", [{**service(1, software=SOFTWARE, findings=FINDINGS), **change},
                                  {**DOMAIN, "posture": change, "notes": change, **{k: v for k, v in change.items() if k == "findings"}}])
    for format in FORMATS:
        report(scanner, format, path)


def test_the_command_line(scanner, stored, tmp_path):
    def complains(*arguments):
        done = scanner.run(*arguments)
        assert done.status == 2 and done.stdout == b"" and done.stderr.count("\n") == 1, done
        return done.stderr

    assert "nothing to report" in complains("report")
    assert "html|sarif|csv|markdown|junit" in complains("report", "--format", "json", stored["plain"])
    assert "text|json" in complains("scan", "--format", "html", "127.0.0.1:1")
    assert "does not go with scan" in complains("scan", "--table", "findings", "127.0.0.1:1")
    assert "services|findings" in complains("report", "--table", "hosts", stored["plain"])
    assert "goes with --format csv" in complains("report", "--table", "findings", stored["plain"])
    assert "No such file" in complains("report", tmp_path / "none")
    (tmp_path / "empty").write_bytes(b"")
    assert scanner.run("report", "--format", "csv", tmp_path / "empty").status == 3
    assert b"html|sarif|csv|markdown|junit" not in scanner.run("scan", "--help").stdout
    assert b"--table" in scanner.run("report", "--help").stdout
    assert scanner.run("report", "--form", "csv", stored["plain"]).stdout.startswith(b"type,")


# ---- HTML ----

class Page(html.parser.HTMLParser):
    """Elements, attributes and text of a page, data blocks read as the markup that they hold."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.attributes, self.words, self.blocks, self.inside = {}, [], [], {"style": [], "script": []}, None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements[tag] = self.elements.get(tag, 0) + 1
        self.attributes += [(tag, *a) for a in attrs]
        self.inside = tag if tag in self.blocks else None

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        (self.blocks[self.inside] if self.inside else self.words).append(data)

    @property
    def text(self):
        return "".join(self.words)


OURS = set("""html head meta title style body a header div p h1 button nav main section h2 h3 h4 form label input select option output footer script
    svg rect ul ol li b i em q small span code pre dl dt dd table thead tbody tr th td figure figcaption details summary""".split())


@pytest.fixture(scope="module")
def pages(scanner, stored):
    return {name: report(scanner, "html", path) for name, path in stored.items()}


def test_no_element_comes_of_what_servers_said(pages):
    page = Page(pages["hostile"])
    assert set(page.elements) <= OURS, set(page.elements) - OURS
    assert page.elements["script"] == page.elements["style"] == page.elements["title"] == 1
    assert not [a for a in page.attributes if a[1].startswith("on") or a[1] in ("style", "src")]
    assert "<!--" not in re.sub(r"<(style|script)>.*?</\1>", "", pages["hostile"], flags=re.S)


def test_what_servers_said_is_shown_as_it_was_seen(pages):
    text = Page(pages["hostile"]).text
    for said in HOSTILE[:-1]:
        assert text.count(said) >= 20, said
    assert "x" * 1000 in text and "octets more" in text


def test_links_lead_within_the_page_or_to_who_publishes(pages):
    for page in map(Page, pages.values()):
        targets = {v for _, k, v in page.attributes if k == "id"}
        for tag, _, href in (a for a in page.attributes if a[1] == "href"):
            assert tag == "a"
            if href.startswith("#"):
                assert href[1:] in targets or href in ("#certificates", "#domains"), href
            else:
                assert re.fullmatch(r"https://(www\.rfc-editor\.org/rfc/rfc\d+|www\.cve\.org/CVERecord\?id=CVE-\d{4}-\d+)", href), href


def test_the_policy_allows_the_page_itself_and_nothing_else(pages):
    page = Page(pages["hostile"])
    policy = next(v for t, k, v in page.attributes if t == "meta" and v and v.startswith("default-src"))
    rules = dict(r.strip().split(" ", 1) for r in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for what in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.blocks[what][0].encode()).digest()).decode()
        assert rules[what + "-src"] == f"'sha256-{digest}'" and len(page.blocks[what]) == 1
    assert set(rules) == {"default-src", "style-src", "script-src", "base-uri", "form-action"}


def test_a_page_says_what_was_stored(pages):
    text = re.sub(r"\s+", " ", Page(pages["plain"]).text)
    for what in ("4 services and 1 domain", "Of 3 that answered", "The greeting claims Microsoft Exchange; the server behaves as Postfix",
                 "Postfix 3.5 to 3.7 behind postscreen", "unknown, nearest to Exim", "99.4 % sure", "501 Syntax: HELO hostname", "+5.1",
                 "RCPT TO:<{outsider}> 250 Ok", "smtpd_relay_restrictions = told by the record", "CVE-2019-10149", "and 3 more",
                 "Accepts a stranger's mail for a stranger", "Spammers find such servers", "accepted The greeting tells", "421 too many",
                 "Not asked mx.bypass", "Safe tls.starttls.missing", "STARTTLS works: TLSv1.3", "CN=mx.example.org", "2026-12-30",
                 "v=spf1 mx -all", "_mta-sts.example.org. TXT", "mx: mx.example.org", "[2001:db8::1]:25", "timeout"):
        assert what in text, what
    rows = re.findall(r'<details class="row" id="s(\d)"', pages["plain"])
    assert rows == ["1", "2", "3", "4"]


def test_the_worst_stand_first(scanner, tmp_path):
    kinds = [{}, {"findings": FINDINGS[:1]}, {"outcome": "closed"}, {"findings": FINDINGS[:2]}, {"findings": FINDINGS[2:]}]
    page = report(scanner, "html", write(tmp_path / "r", [service(n + 1, **k) for n, k in enumerate(kinds)]))
    assert re.findall(r'<details class="row" id="s(\d)" data-w="(\d)" data-o="(\w+)"', page) == [
        ("4", "5", "answered"), ("2", "4", "answered"), ("1", "0", "answered"), ("5", "0", "answered"), ("3", "0", "closed")]


def test_nothing_is_judged_anew(scanner, tmp_path):
    path = write(tmp_path / "r", [service(1, software={**SOFTWARE, "product": "Nobody's", "altered": False},
                                          greeting={"code": 220, "lines": ["mx ESMTP Postfix"], "delay_ms": 1})])
    text = Page(report(scanner, "html", path)).text
    assert "Nobody's 3.5 to 3.7" in text and "Nothing is exposed" in text


def test_a_long_page_keeps_its_details_as_text(scanner, tmp_path):
    path = write(tmp_path / "r", (service(n % 250, input=str(n), software=SOFTWARE, findings=FINDINGS, reason=HOSTILE[n % 21]) for n in range(1001)))
    page = report(scanner, "html", path)
    assert page.count('<script type="text/html">') == 1001 and page.count("</script>") == 1002
    assert set(Page(page).elements) <= OURS | {"noscript"}
    whole = Page(re.sub(r'<script type="text/html">(.*?)</script>', r"\1", page, flags=re.S))
    assert set(whole.elements) <= OURS | {"noscript"} and whole.text.count("+5.1") == 1001


# ---- SARIF ----

LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}


def results_of(log):
    (run,) = json.loads(log)["runs"]
    return run["tool"]["driver"]["rules"], run["results"]


def test_sarif_holds_what_is_exposed_and_nothing_else(scanner, stored):
    rules, results = results_of(report(scanner, "sarif", stored["plain"]))
    assert [(r["ruleId"], r["level"], r["kind"]) for r in results] == [
        ("relay.open", "error", "fail"), ("svc.cve", "error", "fail"), ("smtp.greeting.leak", "note", "fail"), ("relay.open", "error", "fail"),
        ("mtasts.missing", "note", "fail")]
    assert ["suppressions" in r for r in results] == [False, False, True, False, False]
    places = [r["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for r in results]
    assert places == ["smtp://mx.example.org:25"] * 3 + ["smtp://192.0.2.2:25", "dns:example.org"]
    for r in results:
        assert rules[r["ruleIndex"]]["id"] == r["ruleId"]
    assert all(r["help"]["text"] and r["shortDescription"]["text"] and r["fullDescription"]["text"] for r in rules)
    assert len({r["id"] for r in rules}) == len(rules) > 100
    scores = {r["id"]: float(r["properties"].get("security-severity", 0)) for r in rules}
    assert scores["relay.open"] >= 7 and 0 < scores["smtp.greeting.leak"] < 4 and scores["net.port-open"] == 0


def test_fingerprints_are_of_finding_and_place_alone(scanner, stored, tmp_path):
    def prints(path):
        return [r["partialFingerprints"]["smtpscanFinding/v1"] for r in results_of(report(scanner, "sarif", path))[1]]

    first = prints(stored["plain"])
    assert len(set(first)) == len(first) and all(re.fullmatch("[0-9a-f]{64}", p) for p in first)
    later = [{**r, "time": "2027-01-01T00:00:00.000Z"} for r in plain_records()]
    for record in later:
        for finding in record.get("findings", ()):
            finding["evidence"] = ["other words"]
    assert prints(write(tmp_path / "later", later)) == first


def test_messages_hold_no_link_and_no_placeholder(scanner, stored):
    _, results = results_of(report(scanner, "sarif", stored["hostile"]))
    assert len(results) == 3 * len(HOSTILE)
    for r in results:
        message = r["message"]["text"]
        assert "[" not in message and not re.search(r"(?<!\{)(\{\{)*\{(?!\{)", message), message
    assert [r["properties"]["evidence"][0] for r in results if "evidence" in r["properties"]] == HOSTILE


# The members and values of SARIF 2.1.0 that are written, as its schema has them; all else is wrong.
WORDS = {"type": "object", "properties": {"text": {"type": "string", "minLength": 1}}, "required": ["text"], "additionalProperties": False}
SARIF = {
    "type": "object", "required": ["version", "runs", "$schema"], "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "pattern": "sarif-schema-2.1.0.json$"}, "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["tool", "results"], "additionalProperties": False,
            "properties": {
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "tool": {"type": "object", "required": ["driver"], "additionalProperties": False, "properties": {"driver": {
                    "type": "object", "required": ["name"], "additionalProperties": False,
                    "properties": {"name": {"type": "string"}, "version": {"type": "string"}, "rules": {"type": "array", "uniqueItems": True, "items": {
                        "type": "object", "required": ["id"], "additionalProperties": False,
                        "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "shortDescription": WORDS, "fullDescription": WORDS,
                                       "help": WORDS, "properties": {"type": "object"},
                                       "defaultConfiguration": {"type": "object", "properties": {"level": {"enum": ["none", "note", "warning", "error"]}},
                                                                "additionalProperties": False}}}}}}}},
                "results": {"type": "array", "items": {
                    "type": "object", "required": ["message"], "additionalProperties": False,
                    "properties": {
                        "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": -1}, "kind": {"const": "fail"},
                        "level": {"enum": ["note", "warning", "error"]}, "message": WORDS, "properties": {"type": "object"},
                        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
                        "suppressions": {"type": "array", "items": {"type": "object", "properties": {"kind": {"enum": ["inSource", "external"]}},
                                                                     "required": ["kind"], "additionalProperties": False}},
                        "locations": {"type": "array", "items": {"type": "object", "additionalProperties": False, "properties": {
                            "logicalLocations": {"type": "array", "uniqueItems": True, "items": {
                                "type": "object", "additionalProperties": False,
                                "properties": dict.fromkeys(("name", "fullyQualifiedName", "kind"), {"type": "string"})}}}}}}}}}}}}}


@pytest.mark.parametrize("name", ["plain", "hostile"])
def test_sarif_has_the_form_of_sarif(scanner, stored, name):
    jsonschema.Draft7Validator(SARIF).validate(json.loads(report(scanner, "sarif", stored[name])))


@pytest.mark.skipif("SARIF_SCHEMA" not in os.environ, reason="SARIF_SCHEMA names no copy of the schema of SARIF 2.1.0")
@pytest.mark.parametrize("name", ["plain", "hostile"])
def test_sarif_keeps_to_its_official_schema(scanner, stored, name):
    with open(os.environ["SARIF_SCHEMA"], encoding="utf-8") as schema:
        jsonschema.Draft4Validator(json.load(schema)).validate(json.loads(report(scanner, "sarif", stored[name])))


# ---- CSV ----

def rows_of(text):
    assert text.endswith("\r\n") and text.count("\n") == text.count("\r\n")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert len({len(r) for r in rows}) == 1
    return [dict(zip(rows[0], r)) for r in rows[1:]]


def test_csv_has_a_row_for_each_service_and_domain(scanner, stored):
    rows = rows_of(report(scanner, "csv", stored["plain"]))
    assert [r["type"] for r in rows] == ["service"] * 4 + ["domain"]
    assert {k: v for k, v in rows[0].items() if k in ("host", "port", "product", "version_low", "version_high", "confidence", "front", "altered",
                                                      "tls", "tls_version", "subject", "not_after", "worst", "exposed", "exposed_ids")} == {
        "host": "mx.example.org", "port": "25", "product": "Postfix", "version_low": "3.5", "version_high": "3.7", "confidence": "0.994",
        "front": "postscreen", "altered": "yes", "tls": "STARTTLS works", "tls_version": "TLSv1.3", "subject": "CN=mx.example.org",
        "not_after": "2026-12-30T00:00:00.000Z", "worst": "critical", "exposed": "2", "exposed_ids": "relay.open svc.cve"}
    assert (rows[3]["outcome"], rows[3]["stage"], rows[3]["product"]) == ("timeout", "connect", "")


def test_csv_of_findings(scanner, stored):
    rows = rows_of(report(scanner, "csv", "--table", "findings", stored["plain"]))
    assert [r["id"] for r in rows] == [f["id"] for f in FINDINGS] + ["relay.open", "mtasts.missing", "spf.missing"]
    assert rows[0]["title"].startswith("Accepts a stranger's") and rows[0]["evidence"] == "RCPT TO:<{outsider}> 250 Ok"
    assert (rows[1]["p"], rows[2]["accepted"], rows[4]["verdict"], rows[4]["reason"]) == ("0.500", "yes", "untestable", "421 too many")


@pytest.mark.parametrize("table", ["services", "findings"])
def test_no_cell_begins_a_formula(scanner, stored, table):
    rows = rows_of(report(scanner, "csv", "--table", table, stored["hostile"]))
    cells = [c for r in rows for c in r.values()]
    assert max(map(len, cells)) <= 32767  # what a cell of Excel holds
    assert not [c for c in cells if c[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert {"'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(1)", "\\x09=1", 'a,b"c'} <= set(cells)


# ---- JUnit ----

def suites_of(text):
    root = xml.etree.ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    for suite in root:
        counts = {"tests": len(suite), "failures": len(suite.findall("*/failure")), "skipped": len(suite.findall("*/skipped")), "errors": 0}
        assert {k: int(suite.get(k)) for k in counts} == counts and {c.tag for c in suite} == {"testcase"}
    return list(root)


@pytest.mark.parametrize("severity, failures", [(None, [2, 1, 0, 0, 1]), ("low", [2, 1, 0, 0, 1]), ("high", [2, 1, 0, 0, 0]), ("critical", [1, 0, 0, 0, 0])])
def test_junit_fails_what_is_as_grave(scanner, stored, severity, failures):
    arguments = ("--fail-on", severity) if severity else ()
    suites = suites_of(report(scanner, "junit", *arguments, stored["plain"], status=1 if severity else 0))
    assert [s.get("name") for s in suites] == ["mx.example.org:25", "192.0.2.2:25", "[2001:db8::1]:25", "192.0.2.4:25", "example.org"]
    assert [int(s.get("failures")) for s in suites] == failures
    skipped = {c.get("name"): c.find("skipped").get("message") for c in suites[0] if c.find("skipped") is not None}
    assert skipped == {"harvest.vrfy": "untestable: 421 too many", "mx.bypass": "not-asked: needs origin"}
    assert suites[3][0].find("skipped").get("message") == "timeout"


def test_junit_is_xml_whatever_was_said(scanner, stored):
    suites = suites_of(report(scanner, "junit", stored["hostile"]))
    failures = [s.find("*/failure") for s in suites if s.find("*/failure") is not None]
    told = [f.text.split("\n")[0] for f in failures if f.get("message").startswith("Accepts")]
    assert told == HOSTILE


# ---- Markdown ----

def test_markdown_keeps_foreign_text_in_code(scanner, stored):
    page = report(scanner, "markdown", stored["hostile"])
    for line in page.splitlines():
        assert line.count("`") % 2 == 0, line
        bare = re.sub(r"`[^`]*`", "", line)
        assert not re.search(r"<|\]\(|alert|HYPERLINK|@all|http", bare), line
        if line.startswith("| `"):
            assert bare.count("|") == 5, line


def test_markdown_tells_the_worst_first(scanner, stored):
    page = report(scanner, "markdown", stored["plain"])
    assert page.startswith("# Mail servers\n\n4 services and 1 domain, visited from 2026-11-22T10:00:00.000Z")
    assert "| critical | 1 | 1 |\n| high | 2 | 1 |" in page and "| none | | 1 |" in page
    assert re.findall("^### (\\w+): (.*)$", page, re.M)[:2] == [
        ("critical", "Software possibly affected by published vulnerabilities"),
        ("high", "Accepts a stranger&#39;s mail for a stranger (open relay)")]
    assert "`relay.open` at 2 places: `mx.example.org:25`, `192.0.2.2:25`." in page
    assert "| `mx.example.org:25` | `Postfix 3.5 to 3.7 behind postscreen` | critical | 2 |" in page
