# SPDX-License-Identifier: Apache-2.0
"""--store and the commands about it: records come out of SQLite as they went in, also after a kill."""

import csv
import io
import json
import os
import pathlib
import resource
import signal
import sqlite3
import subprocess
import tempfile

import pytest

from conftest import PATIENCE, TIMEOUTS, until

# Nobody listens at port 1 of loopback.
REFUSED = ("--level", "detect", "-p", "1", *TIMEOUTS)
JSON = ("--format", "json")


def line(address, **members):
    """A record as somebody wrote it."""
    record = {"type": "service", "schema": 1, "time": "2026-11-21T23:04:05.123Z", "input": address,
              "address": address, "port": 25, "outcome": "answered", **members}
    return json.dumps(record, ensure_ascii=False) + "\n"


class Store:
    """A store, and the program used on it."""

    def __init__(self, scanner, directory):
        self.scanner = scanner
        self.path = directory / "a.db"

    def __call__(self, command, *arguments, **keywords):
        return self.scanner.run(command, "--store", self.path, *arguments, **keywords)

    def export(self, run=-1):
        r = self("export", "--run", run)
        assert r.status == 0, r
        return r.stdout

    def add(self, *lines):
        r = self("import", "-q", "-", stdin="".join(lines).encode())
        assert r.status == 0 and r.stderr == "", r

    def number(self, sql):
        """By Python's SQLite, not by ours."""
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as db:
            return db.execute(sql).fetchone()[0]

    def holds_records(self):
        """While somebody writes, and perhaps has not yet made the tables."""
        try:
            return self.number("SELECT count(*) FROM records") > 0
        except sqlite3.OperationalError:
            return False

    def assert_whole(self):
        """Whatever happened: SQLite finds no fault, and each record has all that belongs to it."""
        assert self.number("PRAGMA integrity_check") == "ok"
        assert self.number("SELECT count(*) FROM records WHERE type='service' AND record NOT IN "
                           "(SELECT record FROM services)") == 0
        assert self.number("SELECT count(*) FROM services WHERE record NOT IN "
                           "(SELECT record FROM records)") == 0
        assert self.number("SELECT count(*) FROM runs r WHERE records != (SELECT count(*) FROM "
                           "records WHERE run=r.run)") == 0


@pytest.fixture
def store(scanner, tmp_path):
    return Store(scanner, tmp_path)


@pytest.fixture(scope="module")
def peer(start_peer):
    return start_peer("esmtp", "127.53.1.1")


# ---- a scan ----

@pytest.mark.parametrize("workers", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_what_is_stored_is_what_is_written(scanner, store, tmp_path, peer, workers):
    output = tmp_path / "records"
    r = scanner.scan(peer.target, "no-such.invalid", "127.53.1.2:1", "--resolver", "127.53.1.9:1",
                     "--timeout-dns", "100ms", "--store", store.path, "-o", output, *workers)
    assert r.status == 0, r
    assert store.export() == output.read_bytes()
    assert {x["type"] for x in map(json.loads, store.export().splitlines())} == \
        {"service", "domain", "run"}
    store.assert_whole()


@pytest.mark.parametrize("workers", [(), ("--workers", "1")], ids=["alone", "workers"])
def test_text_is_written_as_without_a_store(scanner, store, peer, workers):
    arguments = (peer.target, "--format", "text", "--level", "detect", *TIMEOUTS)
    plain = scanner.run("scan", *arguments)
    r = store("scan", *arguments, *workers)
    assert r.status == 0 and len(plain.stdout) > 50
    words = [w for w in plain.stdout.split() if not w[:1].isdigit()]
    assert [w for w in r.stdout.split() if not w[:1].isdigit()] == words
    records = [json.loads(x) for x in store.export().splitlines()]
    assert [x["type"] for x in records] == ["service", "run"]
    assert records[0]["outcome"] == "answered"


def test_each_scan_is_a_run(store):
    for n in (1, 2, 3):
        assert store("scan", *JSON, *REFUSED, f"127.53.2.{n}").status == 3
    for name, n in (("@1", 1), ("@2", 2), ("@3", 3), ("", 3), ("@-1", 3), ("@-3", 1)):
        r = store.scanner.run("judge", *JSON, f"{store.path}{name}")
        assert [x["address"] for x in r.services] == [f"127.53.2.{n}"]
    r = store.scanner.run("judge", f"{store.path}@4")
    assert r.status == 2 and "holds no such run" in r.stderr


def test_judged_records_are_stored(store, tmp_path, peer):
    output = tmp_path / "records"
    assert store("scan", *JSON, "-o", output, peer.target, *TIMEOUTS).status == 0
    r = store("judge", *JSON, "--ignore-greeting", store.path)
    assert r.status == 0 and r.stdout == store.export(2)
    assert store.export(1) == output.read_bytes()


# ---- stores that cannot be used ----

def test_a_store_of_a_newer_version_is_refused(store, peer):
    store.add(line("192.0.2.1"))
    with sqlite3.connect(store.path) as db:
        db.execute("PRAGMA user_version=99")
    before = len(peer.connections())
    r = store("scan", *JSON, peer.target)
    assert r.status == 2 and r.stdout == b""
    assert r.stderr.endswith("written by a newer version of smtpscan\n")
    assert len(peer.connections()) == before
    for command, *arguments in (("import", "-"), ("export",), ("history", "x"), ("query", "SELECT 1")):
        r = store(command, *arguments)
        assert r.status == 2 and r.stderr.endswith("written by a newer version of smtpscan\n")


def test_what_is_no_store_is_left_alone(store):
    store.path.write_bytes(line("192.0.2.1").encode() * 100)
    before = store.path.read_bytes()
    for command, *arguments in (("scan", "127.53.3.1:1"), ("import", "-"), ("export",),
                                ("history", "x"), ("query", "SELECT 1")):
        r = store(command, *arguments)
        assert r.status == 2 and r.stderr.endswith("is no store of smtpscan, or damaged\n"), r
    assert store.path.read_bytes() == before


def test_a_store_that_is_not_there_is_only_made_to_write(store):
    for command, *arguments in (("export",), ("history", "x"), ("query", "SELECT 1")):
        r = store(command, *arguments)
        assert r.status == 2 and "No such file" in r.stderr
    assert not store.path.exists()


@pytest.mark.parametrize("name", ["a.db", "link"])
def test_the_output_is_never_written_over_the_store(store, tmp_path, name):
    store.add(line("192.0.2.1"))
    (tmp_path / "link").symlink_to(store.path)
    before = store.path.read_bytes()
    for command, *arguments in (("scan", "127.53.3.1:1"), ("export",), ("query", "SELECT 1"),
                                ("history", "192.0.2.1"), ("judge", store.path)):
        r = store(command, "-o", tmp_path / name, *arguments)
        assert r.status == 2 and r.stderr.endswith("is the store as well\n"), r
    assert store.path.read_bytes() == before


@pytest.mark.parametrize("command", ["judge", "report", "diff"])
def test_the_output_is_never_written_over_what_is_read(scanner, store, tmp_path, command):
    records = tmp_path / "records"
    records.write_text(line("192.0.2.1"), "utf-8")
    (tmp_path / "link").symlink_to(records)
    store.add(line("192.0.2.1"))
    for read, output in ((records, records), (records, tmp_path / "link"), (store.path, store.path),
                         (f"{store.path}@-1", store.path)):
        before = output.read_bytes()
        r = scanner.run(command, *(("-",) if command == "diff" else ()), read, "-o", output)
        assert r.status == 2 and r.stderr.endswith("is read as well\n"), r
        assert output.read_bytes() == before


def test_a_store_is_a_file_and_nothing_else(store, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (fifo, "/dev/null"):
        for command, *arguments in (("scan", "127.53.3.1:1"), ("import", "-"), ("export",),
                                    ("history", "x"), ("query", "SELECT 1"),
                                    ("watch", "--once", "127.53.3.1:1")):
            r = store.scanner.run(command, "--store", path, *arguments)
            assert r.status == 2 and "is no store of smtpscan" in r.stderr, r


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root to become somebody who may not write")
def test_a_store_that_may_not_be_written_is_refused_before_anybody_is_asked(scanner):
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to others
        store = Store(scanner, pathlib.Path(folder))
        store.add(line("192.0.2.1"))
        os.chmod(folder, 0o755)
        command = [scanner.path, "scan", "--config", "none", "--store", store.path, *REFUSED, "127.53.3.1"]
        r = subprocess.run(command, user=65534, group=65534, extra_groups=[], cwd="/", text=True,
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
        assert (r.returncode, r.stdout) == (2, "") and "a.db: Permission denied" in r.stderr, r


@pytest.mark.parametrize("name", [":memory:", "file:x?mode=memory"])
def test_names_that_mean_something_to_sqlite_are_files(store, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    store.path = tmp_path / name
    r = store.scanner.run("import", "--store", name, "-", stdin=line("192.0.2.1").encode())
    assert r.status == 0 and store.path.exists(), r
    assert store.export().decode() == line("192.0.2.1")


# ---- a store from somebody else ----

ESCAPES = "a\x1b[2J\n\x00\x9b1m\u202e"


def tame(octets):
    """Lines whose text does nothing to a terminal."""
    return octets.decode().replace("\n", "").isprintable()


def test_text_in_columns_is_shown_and_not_obeyed(store):
    store.add(line("192.0.2.1", software={"product": "Exim"}, findings=[{"id": "a", "verdict": "exposed", "severity": "low"}]))
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE services SET host=?1, address=?1, port=?1, outcome=?1", (ESCAPES,))
        db.execute("UPDATE software SET product=?1, low=?1, high=x'1b0a'", (ESCAPES,))
        db.execute("UPDATE findings SET severity=?1", (ESCAPES,))
        db.execute("UPDATE records SET time=?1, type=?1", (ESCAPES,))
    told = store("history", "192.0.2.1")
    assert told.status == 0 and len(told.stdout.splitlines()) == 2 and tame(told.stdout)
    for form in ("text", "csv", "json"):
        asked = store("query", "--format", form, "SELECT *, 1 AS 'x\x1b[2J' FROM services JOIN software USING(record) "
                      "JOIN records USING(record) JOIN findings USING(record)")
        assert asked.status == 0 and len(asked.stdout.splitlines()) == 2 - (form == "json") and tame(asked.stdout)


@pytest.mark.parametrize("command", [("export", "--store"), ("judge",), ("report", "--format", "markdown"), ("diff", "{}")],
                         ids=lambda command: command[0])
def test_a_record_of_two_lines_is_none(scanner, store, command):
    store.add(line("192.0.2.1", tls={"chain": [{"sha256": "aa"}]}))
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE certificates SET text=?1", ('{"sha256":"aa\x1b[2J"}]}}\n{"type":"service"',))
    done = scanner.run(*(str(store.path) if word == "{}" else word for word in command), store.path)
    assert done.status == 4 and done.stderr.endswith("is no store of smtpscan, or damaged\n") and tame(done.stdout)


def test_a_store_that_turns_out_to_be_damaged_says_so(scanner, store, peer):
    store.add(line("192.0.2.1"))
    with sqlite3.connect(store.path) as db:  # as if the record to come were there already
        db.execute("INSERT INTO services(record) VALUES(2)")
        db.commit()
    said = f"--store: {store.path}: is damaged, or the disk that it is on"
    done = store("import", "-", stdin=line("192.0.2.2").encode())
    assert done.status == 4 and said in done.stderr
    done = scanner.scan(peer.target, "--store", store.path, "--level", "detect")
    assert done.status == 4 and said + "; what was written before is whole" in done.stderr


def test_pages_that_lead_back_come_to_an_end(store):
    store.add(*(line(f"192.0.2.{n % 250}", input="x") for n in range(2000)))
    with sqlite3.connect(store.path) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        size, = db.execute("PRAGMA page_size").fetchone()
        root, = db.execute("SELECT rootpage FROM sqlite_schema WHERE name='records_run'").fetchone()
    with open(store.path, "r+b") as f:
        f.seek((root - 1) * size)
        page = bytearray(f.read(size))
        places = [int.from_bytes(page[at:at + 2], "big") for at in range(12, 12 + 2 * int.from_bytes(page[3:5], "big"), 2)]
        assert page[0] == 2 and places  # of an index, with pages below
        for at in (8, *places):
            page[at:at + 4] = page[places[0]:places[0] + 4]
        f.seek((root - 1) * size)
        f.write(page)
    done = store("export")
    assert done.status == 4 and "damaged" in done.stderr and 0 < len(done.stdout.splitlines()) < 2000


def test_what_is_hidden_in_a_record_does_not_speak_to_a_terminal(store):
    odd = line("192.0.2.1", reason="\x9b2J\u202e ü \U000e0041").replace("\\u009b", "\x9b")
    store.add(odd)
    assert store.export().decode() == odd
    shown = store.scanner.run_on_terminal("export", "--store", store.path).decode()
    assert json.loads(shown) == json.loads(odd) and shown.strip().isprintable() and "ü" in shown


# ---- import and export ----

def test_lines_come_out_as_they_went_in(store, tmp_path):
    lines = [line("192.0.2.1", reason="a\\x00\\x1B[2J ü \u202e"), line("192.0.2.2", tag='";--')]
    for name, content in (("one", lines), ("two", lines[1:])):
        (tmp_path / name).write_text("".join(content), "utf-8")
    r = store("import", tmp_path / "one", tmp_path / "two")
    assert r.status == 0 and [x.split(": ", 2)[2] for x in r.stderr.splitlines()] == \
        [f"2 records, run 1 of {store.path}", f"1 record, run 2 of {store.path}"]
    assert store.export(1).decode() == "".join(lines)
    assert store.export().decode() == lines[1]
    assert store("export", "--run", "3").status == 2


def test_a_store_without_runs_says_so_to_whoever_reads_it(store, tmp_path):
    (tmp_path / "empty").touch()
    r = store("import", "-q", tmp_path / "empty")
    assert r.status == 0 and r.stderr.endswith("empty: no records, and no run is made of it\n"), r
    for command in (("judge",), ("report",), ("diff", store.path)):
        r = store.scanner.run(*command, store.path)
        assert r.status == 2 and r.stderr.endswith("a.db: holds no such run\n"), r


def test_lines_that_are_no_records_are_told_and_left_out(store):
    r = store("import", "-", stdin=(line("192.0.2.1") + "x\n" + '{"type":"service","schema":9}\n' +
                                    "\n" + line("192.0.2.2")).encode())
    assert r.status == 0
    assert [x.partition(": ")[0] for x in r.stderr.splitlines()] == ["-:2", "-:3", "smtpscan"]
    assert store.export().decode() == line("192.0.2.1") + line("192.0.2.2")


def test_a_line_longer_than_any_record_is_told_and_not_held(scanner, tmp_path):
    (tmp_path / "endless").write_bytes(b"")
    os.truncate(tmp_path / "endless", 1 << 32)
    done = scanner.run("judge", tmp_path / "endless")
    assert done.status == 4 and done.stderr.endswith("endless: size limit reached\n")


def test_export_to_a_full_disk_says_so(store):
    store.add(line("192.0.2.1"))
    r = store("export", "-o", "/dev/full")
    assert r.status == 4 and r.stderr.endswith("/dev/full: No space left on device\n")


def test_an_import_to_a_full_disk_says_so(store, tmp_path):
    path = tmp_path / "records"
    lines = [line(f"192.0.{n // 256}.{n % 256}") for n in range(12000)]
    path.write_text("".join(lines))

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000000, resource.RLIM_INFINITY))

    p = store.scanner.start("import", "--store", store.path, path, preexec_fn=limited)
    try:
        _, stderr = p.communicate(timeout=PATIENCE)
    finally:
        p.kill()
    assert p.returncode == 4 and b"--store" in stderr, stderr
    store.assert_whole()
    kept = store.export().decode()
    assert 0 < len(kept) < len("".join(lines)) and "".join(lines).startswith(kept)


# ---- query ----

HOSTILE = "\x1b[2J\u202e,\"=x\t\\x00\\\\"
SHOWN = "\\x1B[2J\\xE2\\x80\\xAE,\"=x\\x09\\x00\\\\"


def test_rows_come_in_four_formats(store):
    store.add(line("192.0.2.1", host=HOSTILE), line("192.0.2.2", host="=a,\"b"))
    sql = "SELECT host, port, tag FROM services ORDER BY address"
    r = store("query", "--format", "tsv", sql)
    assert r.status == 0
    assert r.stdout.decode() == f"host\tport\ttag\n{SHOWN}\t25\t\n=a,\"b\t25\t\n"
    assert store("query", sql).stdout == r.stdout
    rows = list(csv.reader(io.StringIO(store("query", "--format", "csv", sql).stdout.decode())))
    assert rows[0] == ["host", "port", "tag"]
    assert rows[1] == [SHOWN, "25", ""]
    assert rows[2][0].endswith("=a,\"b") and not rows[2][0].startswith("=")
    rows = store("query", "--format", "json", sql).stdout.decode().splitlines()
    assert [json.loads(x) for x in rows] == [{"host": SHOWN, "port": 25}, {"host": "=a,\"b", "port": 25}]
    text = store("query", "--format", "text", sql).stdout.decode()
    assert text.splitlines()[0] == "host".ljust(len(SHOWN) + 2) + "port  tag"
    assert text.splitlines()[2].startswith("=a,\"b ")


def test_rows_are_aligned_on_a_terminal(store):
    store.add(*[line(f"192.0.2.{n}") for n in range(250)], line("192.0.2.250", input="long" * 50))
    shown = store.scanner.run_on_terminal("query", "--store", store.path,
                                          "SELECT address, input, port FROM services")
    lines = shown.decode().splitlines()
    assert lines[:2] == ["address      input        port", "192.0.2.0    192.0.2.0    25"]
    assert lines[-1] == f"192.0.2.250  {'long' * 50}  25" and len(lines) == 252


@pytest.mark.parametrize("form", ["text", "tsv", "json"])
def test_a_cell_that_is_too_large_is_told_and_not_cut(store, form):
    store.add(line("192.0.2.1"))
    done = store("query", "--format", form, "SELECT zeroblob(40000000)")
    assert done.status == 4 and done.stderr == "smtpscan: standard output: size limit reached\n" and len(done.stdout) < 100


@pytest.mark.parametrize("sql", ["DELETE FROM records", "ATTACH '/tmp/x' AS x", "PRAGMA user_version=9",
                                 "SELECT load_extension('x')", "SELECT 1; SELECT 2", "SELECT \x1b[2J"])
def test_what_does_not_only_read_is_refused(store, sql):
    store.add(line("192.0.2.1"))
    before = store.path.read_bytes()
    r = store("query", sql)
    assert r.status == 2 and r.stdout == b"" and "\x1b" not in r.stderr
    assert store.path.read_bytes() == before


def test_records_are_reached_from_sql(store):
    store.add(line("192.0.2.1", ehlo={"lines": ["a", "b"]}))
    r = store("query", "--format", "json",
              "SELECT json_extract(record_text(record), '$.ehlo.lines[1]') AS second FROM services")
    assert r.stdout == b'{"second":"b"}\n'


# ---- history ----

def test_history_marks_what_changed(store):
    def software(product, low, high):
        return {"product": product, "versions": {"low": low, "high": high}, "unknown": False}

    exposed = [{"id": "a", "verdict": "exposed", "severity": s} for s in ("low", "low", "high")]
    store.add(line("192.0.2.1", host="mx.example", software=software("Postfix", "3.5", "3.7")))
    store.add(line("192.0.2.1", host="mx.example", software=software("Postfix", "3.5", "3.7")))
    store.add(line("192.0.2.1", host="mx.example", software=software("Exim", "4.98", "4.98"),
                   findings=exposed), line("192.0.2.1", port=587, outcome="refused"))
    r = store("history", "MX.example")
    assert r.status == 0
    assert r.stdout.decode().splitlines() == [
        "192.0.2.1:25",
        "  run 1   2026-11-21T23:04:05Z  answered   Postfix 3.5 to 3.7    nothing exposed",
        "  run 2   2026-11-21T23:04:05Z  answered   Postfix 3.5 to 3.7    nothing exposed",
        "  run 3   2026-11-21T23:04:05Z  answered * Exim 4.98           * 1 high, 2 low"]
    r = store("history", "192.0.2.1")
    assert r.stdout.decode().splitlines()[4:] == [
        "", "192.0.2.1:587",
        "  run 3   2026-11-21T23:04:05Z  refused    -                     nothing exposed"]


def test_history_of_a_stranger(store):
    store.add(line("192.0.2.1", host="\x1b[2J.example"))
    r = store("history", "192.0.2.2")
    assert r.status == 3 and r.stdout == b"" and "nothing" in r.stderr
    r = store("history", "\x1b[2J.example")
    assert "\x1b" not in r.stderr


@pytest.mark.parametrize("typed", ["2001:DB8:0:0::1", "[2001:db8::1]"])
def test_history_knows_an_address_however_it_is_written(store, typed):
    store.add(line("2001:db8::1"))
    assert store("history", typed).stdout.startswith(b"[2001:db8::1]:25\n")


# ---- killed ----

def test_a_killed_import_leaves_whole_records(store, tmp_path):
    lines = [line(f"192.0.{n // 256 % 256}.{n % 256}", tag=f"{n}" * 50) for n in range(40000)]
    path = tmp_path / "records"
    path.write_text("".join(lines))
    p = store.scanner.start("import", "--store", store.path, path)
    try:
        def has_begun():
            return p.poll() is not None or os.path.exists(store.path) and store.holds_records()

        until(has_begun, "the import", PATIENCE)
        p.send_signal(signal.SIGKILL)
        p.communicate(timeout=PATIENCE)
    finally:
        p.kill()
    assert p.returncode == -signal.SIGKILL
    store.assert_whole()
    kept = store.export().decode()
    assert 0 < kept.count("\n") < len(lines) and "".join(lines).startswith(kept)
    assert kept.count("\n") % 1000 == 0


class Run:
    """A run with --resume and --store."""

    def __init__(self, store, directory, *arguments):
        self.store = store
        self.output = directory / "records"
        self.state = directory / "state"
        self.arguments = ("scan", "--resume", self.state, "-o", self.output, *REFUSED, *arguments)

    def finish(self):
        r = self.store(*self.arguments)
        assert r.status in (0, 3), r
        return r

    def kill(self, records, **keywords):
        p = self.store.scanner.start(*self.arguments, "--store", self.store.path, "--rate", "100",
                                     stdin=subprocess.DEVNULL, **keywords)
        try:
            until(lambda: self.output.exists() and
                  self.output.read_bytes().count(b"\n") >= records or p.poll() is not None,
                  "some records", PATIENCE)
            p.send_signal(signal.SIGKILL)
            p.communicate(timeout=PATIENCE)
        finally:
            p.kill()
        assert p.returncode == -signal.SIGKILL

    def done(self):
        """How many targets the state calls done."""
        ranges = [x.split()[1].split("-") for x in self.state.read_text().splitlines()
                  if x.startswith("done ")]
        return sum(int(end) - int(first) for first, end in ranges)


def test_a_killed_run_goes_on_in_the_store(store, tmp_path):
    run = Run(store, tmp_path, "127.53.4.0/24")
    for records in (120, 200):
        run.kill(records)
        store.assert_whole()
        kept = store.export()
        assert run.output.read_bytes().startswith(kept)
        # What the state calls done is in the store.
        assert len({json.loads(x)["address"] for x in kept.splitlines()}) >= run.done() > 0
    run.finish()
    assert store.number("SELECT count(*) FROM runs") == 1
    assert store.export() == run.output.read_bytes()
    assert store.number("SELECT count(DISTINCT address) FROM services") == 256
    assert store.number("SELECT part FROM runs") == 3
    store.assert_whole()


def test_a_store_that_lacks_the_beginning_is_filled_from_the_output(store, tmp_path):
    run = Run(store, tmp_path, "127.53.5.0/25")
    run.kill(40)
    store.path.unlink()
    run.finish()
    assert store.export() == run.output.read_bytes()
    store.assert_whole()


def test_a_store_that_is_ahead_of_the_output_follows_it(store, tmp_path):
    """As when the machine was switched off: the output lost what the state does not vouch for."""
    run = Run(store, tmp_path, "127.53.6.0/25")
    run.kill(100)
    safe = next(int(x.split()[1]) for x in run.state.read_text().splitlines()
                if x.startswith("output "))
    with open(run.output, "r+b") as output:
        output.truncate(safe)
    run.finish()
    assert store.export() == run.output.read_bytes()
    store.assert_whole()


def test_a_run_that_begins_anew_is_another(store, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        run = Run(store, tmp_path / name, "127.53.7.0/29", "--seed", "7")
        run.finish()
        assert store.export() == run.output.read_bytes()
    assert store.number("SELECT count(*) FROM runs") == 2


def test_a_disk_that_is_full_ends_the_run(store):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (300000, resource.RLIM_INFINITY))

    p = store.scanner.start("scan", "--store", store.path, "-o", "/dev/null", *JSON, *REFUSED,
                            "127.53.16.0/20", stdin=subprocess.DEVNULL, preexec_fn=limited)
    try:
        _, stderr = p.communicate(timeout=PATIENCE)
    finally:
        p.kill()
    assert p.returncode == 4, stderr
    assert b"--store" in stderr and stderr.endswith(b"; what was written before is whole\n")
    store.assert_whole()
    assert store("scan", *JSON, *REFUSED, "127.53.8.1").status == 3
    assert b'"address":"127.53.8.1"' in store.export()


def test_a_full_disk_leaves_a_run_that_goes_on(store, tmp_path):
    run = Run(store, tmp_path, "127.53.32.0/21")

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (250000, resource.RLIM_INFINITY))

    p = store.scanner.start(*run.arguments, "--store", store.path, stdin=subprocess.DEVNULL,
                            preexec_fn=limited)
    try:
        _, stderr = p.communicate(timeout=PATIENCE)
    finally:
        p.kill()
    assert p.returncode == 4, stderr
    store.assert_whole()
    run.finish()
    assert store.export() == run.output.read_bytes()
    assert store.number("SELECT count(DISTINCT address) FROM services") == 2048
