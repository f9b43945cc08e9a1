# SPDX-License-Identifier: Apache-2.0
"""Knowledge that is no specimen: what texts claim, and who runs a server."""

import json
import shutil

import jsonschema
import pytest

from conftest import DOCS

DATA = DOCS.parent / "data"


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

def claim_of(scanner, line, text):
    out = judge(scanner, greeting(line, text), "--format", "json")
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
    ("providers/x.txt", "provider X\nmx .x.example\n", "x.txt:1: lacks a source"),
])
def test_lint_names_the_place_of_a_fault(scanner, data, name, text, where):
    lint = scanner.run("data", "lint", "--data", data(name, text))
    assert lint.status == 2
    assert where in lint.stderr


def test_lint_verifies_what_is_built_in(scanner):
    lint = scanner.run("data", "lint")
    assert (lint.status, lint.stderr) == (0, "")
    assert b"signatures" in lint.stdout
