# SPDX-License-Identifier: Apache-2.0
"""The record as a contract: it keeps to its schema, and it is enough to judge again."""

import concurrent.futures
import json
import pathlib

import jsonschema
import pytest

from conftest import DOCS, Peer

# (peer, arguments): every shape of record that one server can give.
SHAPES = [(peer, ("--level", "identify", "--exhaustive")) for peer in (
    "esmtp", "smtp-only", "lmtp", "implicit-tls", "nul", "escapes", "latin1", "markup", "bare-lf",
    "code-change", "odd-separator", "long-line", "flood-lines", "two-replies", "close-at-error",
    "421-in-the-middle", "trap-354-odd", "trap-334", "starttls-stray", "starttls-454",
    "starttls-garbage", "self-signed", "after-quit")]
SHAPES += [(peer, ()) for peer in (
    "no-quit", "silence-after-ehlo", "greeting-421", "greeting-554", "ehlo-554", "silence", "silence-after-greeting", "ssh",
    "garbage", "close-at-once", "close-in-greeting", "close-in-reply", "flood-greeting",
    "trap-354-at-once")]
SHAPES += [("esmtp", ("--level", "detect")), ("esmtp", ("--transcript",)),
           ("latin1", ("--transcript",))]
NAMES = ["-".join([peer, *(a.lstrip("-") for a in arguments)]) for peer, arguments in SHAPES]


@pytest.fixture(scope="module")
def outputs(scanner, tmp_path_factory):
    """The output of each scan, by the shape's name."""
    directory = tmp_path_factory.mktemp("shapes")

    def scan(number):
        peer, arguments = SHAPES[number]
        server = Peer(directory / str(number), peer)
        try:
            return scanner.scan(*arguments, server.target).stdout
        finally:
            server.stop()

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return dict(zip(NAMES, pool.map(scan, range(len(SHAPES)))))


def records_of(octets):
    return [json.loads(line) for line in octets.splitlines()]


def service_of(octets):
    return next(r for r in records_of(octets) if r["type"] == "service")


# ---- the schema ----

def load_schemas():
    """{record type: validator}: each file says by properties.type.const whose it is."""
    found = {}
    for path in sorted(DOCS.glob("schema/*.json")):
        schema = json.loads(path.read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        kind = schema.get("properties", {}).get("type", {}).get("const")
        if kind:
            resolver = jsonschema.RefResolver(path.resolve().as_uri(), schema)
            found[kind] = jsonschema.Draft202012Validator(schema, resolver=resolver)
    return found


@pytest.fixture(scope="module")
def schemas():
    found = load_schemas()
    if not {"service", "domain", "run"} <= set(found):
        pytest.skip("a schema is missing: one test says so")
    return found


def test_each_type_of_record_has_a_schema():
    assert {"service", "domain", "run"} <= set(load_schemas())


def assert_valid(schemas, octets):
    for record in records_of(octets):
        errors = sorted(schemas[record["type"]].iter_errors(record), key=lambda e: list(e.path))
        assert not errors, "\n".join(f"{e.json_path}: {e.message[:300]}" for e in errors)


@pytest.mark.parametrize("name", NAMES)
def test_services_keep_to_the_schema(schemas, outputs, name):
    assert_valid(schemas, outputs[name])


def test_domains_keep_to_the_schema(scanner, schemas):
    scan = scanner.scan("--resolver", "127.0.0.1:1", "--timeout-dns", "50ms", "example.org",
                        "example.net:25")
    assert [r["type"] for r in scan.records] == ["domain", "domain", "run"]
    assert_valid(schemas, scan.stdout)


def test_refusals_keep_to_the_schema(scanner, schemas):
    assert_valid(schemas, scanner.scan("127.46.49.1:1").stdout)


def test_what_is_left_out_keeps_to_the_schema(scanner, schemas, tmp_path):
    path = tmp_path / "exclude"
    path.write_text("127.46.49.0/30\nexample.org\n")
    scan = scanner.scan("-l", "-", "-p", "1", "--exclude", path, "--shard", "1/1",
                        stdin=b"127.46.49.0/29\n127.46.49.4/31\n127.46.49.1,,a tag\n,example.org,t\n")
    assert {"excluded", "repeated", "seed", "shard"} <= set(scan.records[-1])
    assert [r["tag"] for r in scan.records if "tag" in r] == ["a tag", "t"]
    assert_valid(schemas, scan.stdout)


@pytest.mark.parametrize("change", [
    {"outcome": "fine"}, {"schema": 2}, {"time": "yesterday"}, {"port": 0}, {"port": 65536},
    {"domain": ""}, {"ehlo": {}}, {"software": None}, {"no-such-member": 1},
], ids=str)
def test_the_schema_refuses_what_is_no_record(schemas, outputs, change):
    record = {**service_of(outputs["esmtp-level-identify-exhaustive"]), **change}
    assert not schemas["service"].is_valid(record)


def assert_measured(value, where):
    """An extension without parameters and a line without text are the empty strings there are."""
    assert value is not None, where
    assert value != {} or where.endswith((".extensions", ".outcomes")), where
    assert value != "" or where.endswith("]") or ".extensions." in where, where
    children = value.items() if isinstance(value, dict) else \
        enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        assert_measured(child, f"{where}[{key}]" if isinstance(key, int) else f"{where}.{key}")


@pytest.mark.parametrize("name", NAMES)
def test_what_was_not_measured_is_absent(outputs, name):
    for record in records_of(outputs[name]):
        assert_measured(record, record["type"])


# ---- judged again ----

def judge(scanner, tmp_path, octets, *arguments):
    path = pathlib.Path(tmp_path) / "records"
    path.write_bytes(octets)
    return scanner.run("judge", "--format", "json", *arguments, path)


@pytest.fixture(scope="module")
def judged(scanner, tmp_path_factory, outputs):
    """What judging made of all of them, in one run: {name: records}."""
    scan = judge(scanner, tmp_path_factory.mktemp("judged"), b"".join(outputs.values()))
    assert (scan.status, scan.stderr) == (0, "")
    records = iter(scan.records)
    return {name: [next(records) for _ in records_of(octets)] for name, octets in outputs.items()}


@pytest.mark.parametrize("name", [n for n in NAMES if "detect" not in n])
def test_judging_a_record_gives_what_the_scan_gave(outputs, judged, name):
    scanned = service_of(outputs[name])
    assert judged[name][0].get("software") == scanned.get("software")
    assert judged[name][0].get("findings") == scanned.get("findings")
    assert ("software" in scanned) is (scanned["outcome"] == "answered")


@pytest.mark.parametrize("name", NAMES)
def test_judging_loses_nothing(outputs, judged, name):
    """record -> facts -> record is the identity, octet for octet in what servers said."""
    for before, after in zip(records_of(outputs[name]), judged[name]):
        if "software" not in before:
            after = {k: v for k, v in after.items() if k not in ("software", "findings")}
        assert {k: v for k, v in after.items() if before.get(k) != v} == {}
        assert after.keys() == before.keys()


def test_judging_twice_changes_nothing(scanner, tmp_path, outputs):
    every = b"".join(outputs.values())
    once = judge(scanner, tmp_path, every)
    assert judge(scanner, tmp_path, once.stdout).stdout == once.stdout
    assert once.status == 0


def test_judging_from_standard_input(scanner, tmp_path, outputs):
    every = b"".join(outputs.values())
    assert scanner.run("judge", "--format", "json", "-", stdin=every).stdout == \
        judge(scanner, tmp_path, every).stdout


@pytest.mark.parametrize("line", [
    b"", b"{", b"[]", b"null", b'{"type":"service"}', b'{"type":"service","schema":99}', b"\xff\xfe",
    b'{"type":"service","schema":1,"outcome":"fine"}', b'{"type":1,"schema":1}', b"[" * 100000,
    b'{"type":"service","schema":1,"input":"' + b"x" * 100000,
    b'{"type":"service","schema":1,"input":"x","address":"nowhere","port":-1,"outcome":"answered"}',
], ids=range(12))
def test_what_is_no_record_is_told_and_skipped(scanner, tmp_path, outputs, line):
    good = outputs["smtp-only-level-identify-exhaustive"]
    scan = judge(scanner, tmp_path, line + b"\n" + good)
    assert [r["type"] for r in scan.records] == ["service", "run"]
    assert scan.status == 0
    if line:
        assert scan.stderr.count("\n") == 1 and ":1: " in scan.stderr, scan.stderr


def test_half_a_record_at_the_end_is_told(scanner, tmp_path, outputs):
    """A run that was killed leaves one."""
    good = outputs["smtp-only-level-identify-exhaustive"]
    scan = judge(scanner, tmp_path, good + good[:200])
    assert len(scan.records) == 2
    assert ":3: " in scan.stderr
