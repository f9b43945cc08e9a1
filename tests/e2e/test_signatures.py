# SPDX-License-Identifier: Apache-2.0
"""Knowledge that is no specimen: what texts claim, who runs a server, and signatures that the user brings along."""

import json
import pathlib
import shutil

import jsonschema
import pytest

from conftest import DOCS

DATA = DOCS.parent / "data"
RECOG = pathlib.Path(__file__).resolve().parent.parent / "recog"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """data_with(NAME, TEXT): a folder like ours, without specimens, and with one file more."""
    def data_with(name, text):
        folder = tmp_path_factory.mktemp("data")
        for kind in ("stimuli", "signatures"):
            shutil.copytree(DATA / kind, folder / kind)
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return folder
    return data_with


PROVIDER = """provider Loft
mx .loft.example
greeting /^mx\\.example\\.org ESMTP ready$/
example mx.example.org ESMTP ready
source a test
"""


@pytest.fixture(scope="module")
def scanned(scanner, start_peer, data):
    """A record of a server, and the folder by which it was scanned."""
    folder = data("providers/test.txt", PROVIDER)
    scan = scanner.scan("--data", folder, start_peer("esmtp").target)
    assert (scan.status, scan.stderr) == (0, "")
    return scan.stdout.splitlines()[0], folder


def judge(scanner, line, *arguments):
    return scanner.run("judge", *arguments, "-", stdin=line + b"\n")


def greeting(line, text):
    record = json.loads(line)
    record["greeting"]["lines"] = [text]
    return json.dumps(record).encode()


# ---- providers ----

def test_a_provider_is_named_with_what_says_so(scanned):
    assert json.loads(scanned[0])["provider"] == {"name": "Loft", "by": ["greeting"]}


def test_a_provider_keeps_to_the_schema(scanned):
    schema = json.loads((DOCS / "schema" / "service.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(scanned[0]))


def test_judging_gives_the_same_provider(scanner, scanned):
    line, folder = scanned
    again = judge(scanner, line, "--data", folder, "--format", "json")
    assert json.loads(again.stdout)["provider"] == json.loads(line)["provider"]


def test_a_name_in_dns_says_so_too(scanner, scanned):
    line, folder = scanned
    record = {**json.loads(line), "host": "IN.loft.example"}
    again = judge(scanner, json.dumps(record).encode(), "--data", folder, "--format", "json")
    assert json.loads(again.stdout)["provider"] == {"name": "Loft", "by": ["mx", "greeting"]}


def test_a_provider_is_a_line_of_text(scanner, scanned):
    line, folder = scanned
    text = judge(scanner, line, "--data", folder, "--format", "text").stdout.decode()
    assert "  provider  Loft  (by greeting)\n" in text


def test_without_a_provider_there_is_none(scanner, scanned):
    record = json.loads(judge(scanner, scanned[0], "--format", "json").stdout)
    assert "provider" not in record


# ---- claims ----

def claim_of(scanner, line, text, *arguments):
    out = judge(scanner, greeting(line, text), "--format", "json", *arguments)
    return json.loads(out.stdout)["software"].get("claim")


def test_a_claim_has_its_version(scanner, scanned):
    text = "mx.example.org ESMTP Exim 4.96 Sat, 21 Nov 2026 23:04:05 +0000"
    assert claim_of(scanner, scanned[0], text) == {
        "text": text, "product": "Exim", "version": "4.96"}


def test_a_front_is_told_as_such(scanner, scanned):
    text = "**************************************"
    assert claim_of(scanner, scanned[0], text) == {
        "text": text, "product": "Cisco PIX/ASA", "front": "Cisco PIX/ASA"}


# ---- data lint ----

@pytest.mark.parametrize("name, text, where", [
    ("signatures/x.txt", "signature X\nin ehlo\nmatch /a/\nexample b\nsource t\n", "x.txt:4: the example"),
    ("signatures/x.txt", "signature X\nin ehlo\nmatch /a/\nexample a\ncounter a\nsource t\n", "x.txt:5: the counter"),
    ("signatures/x.txt", "signature X\nin ehlo\nmatch /(/\nexample (\nsource t\n", "x.txt:3: the regular"),
    ("signatures/x.txt", "signature X\nin door\n", "x.txt:2: "),
    ("providers/x.txt", "provider X\ngreeting /a/\nexample b\nsource t\n", "x.txt:3: the example"),
    ("providers/x.txt", "provider X\nmx .x.example\n", "x.txt:1: the stanza lacks: source"),
])
def test_lint_names_the_place_of_a_fault(scanner, data, name, text, where):
    lint = scanner.run("data", "lint", "--data", data(name, text))
    assert lint.status == 2
    assert where in lint.stderr


def test_lint_verifies_what_is_built_in(scanner):
    lint = scanner.run("data", "lint")
    assert (lint.status, lint.stderr) == (0, "")
    assert b"signatures" in lint.stdout


# ---- Recog ----

def test_recog_is_a_second_opinion(scanner, scanned):
    text = "mx.example.org ESMTP Pigeon/2.1 coop open"
    assert claim_of(scanner, scanned[0], text) is None
    assert claim_of(scanner, scanned[0], text, "--recog", RECOG) == {
        "text": text, "product": "Example Loft Pigeon", "version": "2.1"}


def test_recog_takes_our_spelling_of_what_we_know(scanner, scanned):
    claim = claim_of(scanner, scanned[0], "mx.example.org READY, says exim", "--recog", RECOG)
    assert claim["product"] == "Exim"


def test_our_signatures_come_first(scanner, scanned):
    text = "mx.example.org ESMTP Postfix ready, says exim"
    assert claim_of(scanner, scanned[0], text, "--recog", RECOG)["product"] == "Postfix"


def test_what_recog_gave_is_said(scanner, scanned):
    said = judge(scanner, scanned[0], "--recog", RECOG).stderr
    assert "2 signatures; left out: 1 that name no product, 1 for what is not asked, 1 that PCRE2" in said
    assert judge(scanner, scanned[0], "-q", "--recog", RECOG).stderr == ""


@pytest.mark.parametrize("text, word", [
    (None, "holds no smtp*.xml"),
    ("", ":1: "),
    ("no XML", ":1: "),
    ("<fingerprints>", ":1: "),
    ("<!DOCTYPE f [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]>\n<fingerprints>&b;</fingerprints>", "document type"),
    ("<fingerprints/>" + " " * 1024 * 1024, "limit"),
], ids=["nothing", "empty", "no-xml", "half", "entities", "too-large"])
def test_a_bad_recog_is_one_clear_line(scanner, scanned, tmp_path, text, word):
    if text is not None:
        (tmp_path / "smtp_banners.xml").write_text(text)
    run = judge(scanner, scanned[0], "--recog", tmp_path)
    assert (run.status, run.stdout) == (2, b"")
    assert word in run.stderr and run.stderr.count("\n") == 1


def test_a_recog_that_is_not_there(scanner, scanned, tmp_path):
    run = judge(scanner, scanned[0], "--recog", tmp_path / "nowhere")
    assert run.status == 2 and "nowhere" in run.stderr
