# SPDX-License-Identifier: Apache-2.0
"""How a run goes: the line on a terminal, the files for programs, and the record at its end."""

import fcntl
import json
import os
import re
import resource
import select
import signal
import struct
import subprocess
import termios
import time

import jsonschema
import pytest

from conftest import DOCS, PATIENCE, TIMEOUTS, parse_records, until

DETECT = ("scan", "--format", "json", "--level", "detect", *TIMEOUTS)
WAITS = (*DETECT, "--timeout-greeting", "5m", "--timeout-visit", "5m")


@pytest.fixture(scope="module")
def esmtp(start_peer):
    return start_peer("esmtp")


@pytest.fixture(scope="module")
def silence(start_peer):
    return start_peer("silence")


@pytest.fixture(scope="module")
def valid():
    schema = json.loads((DOCS / "schema/status.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def status_lines(path, valid=None):
    """Of this file; whole ones, whenever it is looked at."""
    lines = parse_records(path.read_bytes()) if path.exists() else []
    for line in lines if valid else ():
        valid.validate(line)
    return lines


# What we use of the grammar of OpenMetrics 1.0: no timestamps, no exemplars.
NAME, NUMBER = r"smtpscan_[a-z0-9_]+", r"\d+(?:\.\d+)?"
LABELS = r'\{[a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*\}'
FAMILY = re.compile(rf"# TYPE ({NAME}) (counter|gauge)\n# HELP \1 [^\\\n]+\n"
                    rf"((?:{NAME}(?:{LABELS})? {NUMBER}\n)+)")


def read_metrics(text):
    """{sample with its labels: value} of an exposition that is whole."""
    assert text.endswith("# EOF\n") and text.count("# EOF") == 1, text
    text, found, seen = text[:-len("# EOF\n")], {}, set()
    while text:
        family = FAMILY.match(text)
        assert family, text
        name, kind, samples = family.groups()
        assert name not in seen and not name.endswith("_total"), "a family comes once, without suffix"
        seen.add(name)
        for line in samples.splitlines():
            sample, value = line.rsplit(" ", 1)
            assert re.split("{", sample)[0] == name + ("_total" if kind == "counter" else ""), line
            assert sample not in found, line
            found[sample] = float(value)
        text = text[family.end():]
    return found


# ---- what the files and the record say ----

def test_files_and_record_agree(scanner, esmtp, valid, tmp_path):
    status, metrics = tmp_path / "status", tmp_path / "smtpscan.prom"
    before = time.time()
    scan = scanner.run(*DETECT, "--status-file", status, "--metrics-file", metrics, esmtp.target,
                       "127.46.50.1:1", "127.46.50.2:1")
    assert (scan.status, scan.stderr) == (0, "")
    run, lines = scan.records[-1], status_lines(status, valid)
    assert [line["last"] for line in lines] == [False] * (len(lines) - 1) + [True]
    first, last = lines[0], lines[-1]
    assert first["services"] == 0 and first["outcomes"] == {} and "eta_s" not in first
    assert last["outcomes"] == run["outcomes"] == {"answered": 1, "refused": 2}
    assert last["targets"] == last["endpoints"] == last["services"] == run["services"] == 3
    assert (last["in_flight"], last["queued"]) == (0, 0) and last["memory_octets"] > 0
    for name in ("connections", "commands"):
        assert last[name] == run["cost"][name] > 0
    found = read_metrics(metrics.read_text("utf-8"))
    outcomes = {re.search('"(.*)"', sample)[1]: n for sample, n in found.items()
                if sample.startswith("smtpscan_services_total{outcome=")}
    assert {o: n for o, n in outcomes.items() if n} == run["outcomes"]
    assert set(outcomes) == set(valid.schema["properties"]["outcomes"]["propertyNames"]["enum"])
    for name in ("connections", "commands", "octets_in", "octets_out"):
        assert found[f"smtpscan_{name}_total"] == run["cost"][name]
    assert found["smtpscan_targets_total"] == 3
    assert found["smtpscan_in_flight"] == found["smtpscan_queued"] == 0
    assert before - 1 < found["smtpscan_start_time_seconds"] < time.time()
    assert found['smtpscan_build_info{version="%s"}' % run["version"]] == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["smtpscan.prom", "status"]


def test_the_record_holds_the_options_as_typed(scanner, tmp_path):
    (tmp_path / "list").write_text("127.46.50.3:1\n")
    words = ["-p", "25,465", "--as=host", "-c5", "-l", str(tmp_path / "list")]
    run = scanner.run(*words[:3], "127.46.50.4:1", *words[3:], "--", "127.46.50.5:1").records[-1]
    assert run["options"] == [*words, "--"] and run["targets"] == 3
    assert scanner.run("scan", "127.46.50.4:1").records[-1]["options"] == []


def test_a_status_file_is_appended_to(scanner, valid, tmp_path):
    for _ in range(2):
        scanner.run(*DETECT, "--status-file", tmp_path / "status", "127.46.50.3:1")
    lasts = [line["last"] for line in status_lines(tmp_path / "status", valid)]
    assert lasts.count(True) == 2 and lasts[-1] and not lasts[0]


def test_a_line_each_second_and_metrics_that_are_always_whole(scanner, start_peers, valid, tmp_path):
    # Five ports of one address: four at a time.
    peers = [start_peers([("silence", "127.46.50.6")])[0] for _ in range(5)]
    status, metrics = tmp_path / "status", tmp_path / "metrics"
    p = scanner.start(*WAITS, "--status-file", status, "--metrics-file", metrics,
                      *(peer.target for peer in peers), stdin=subprocess.DEVNULL,
                      stdout=subprocess.DEVNULL)

    def busy():
        found = read_metrics(metrics.read_text("utf-8")) if metrics.exists() else {}
        return found.get("smtpscan_in_flight") == 4 and found.get("smtpscan_queued") == 1

    try:
        until(busy, "metrics of four in flight", PATIENCE)
        until(lambda: len(status_lines(status)) >= 4, "lines of status", PATIENCE)
    finally:
        code, _ = scanner.interrupt(p)
    lines = status_lines(status, valid)
    assert code == 130 and lines[-1]["last"]
    assert (lines[-1]["in_flight"], lines[-1]["queued"], lines[-1]["services"]) == (0, 0, 0)
    assert all((line["in_flight"], line["queued"]) == (4, 1) for line in lines[1:-1])
    gaps = [b["elapsed_ms"] - a["elapsed_ms"] for a, b in zip(lines[:-2], lines[1:-1])]
    assert min(gaps) >= 990, gaps


# ---- files that cannot be written ----

@pytest.mark.parametrize("arguments, word", [
    (("--status-file", "/nowhere/status"), "--status-file: /nowhere/status"),
    (("--status-file", "/"), "--status-file: /"),
    (("--metrics-file", "/nowhere/metrics"), "--metrics-file: /nowhere/metrics"),
    (("--metrics-file", "/"), "--metrics-file: /: is no regular file"),
    (("--metrics-file", "/dev/null"), "--metrics-file: /dev/null: is no regular file"),
], ids=str)
def test_a_file_that_cannot_be_opened_is_a_mistake(scanner, tmp_path, arguments, word):
    (tmp_path / "out").write_text("kept")
    scan = scanner.run(*DETECT, *arguments, "-o", tmp_path / "out", "127.46.50.3:1")
    assert scan.status == 2 and scan.stdout == b"" and scan.stderr.count("\n") == 1
    assert word in scan.stderr
    assert (tmp_path / "out").read_text() == "kept"


def test_a_status_file_on_a_full_disk_is_told_once(scanner, esmtp):
    scan = scanner.run(*DETECT, "--status-file", "/dev/full", esmtp.target)
    assert scan.status == 0 and scan.services[0]["outcome"] == "answered"
    assert scan.stderr.count("\n") == scan.stderr.count("--status-file: /dev/full: ") == 1


@pytest.mark.parametrize("room", [0, 20])
def test_what_a_status_file_held_before_stays_when_it_is_full(scanner, tmp_path, room):
    status, before = tmp_path / "status", b'{"type":"status"}\n'
    status.write_bytes(before)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, resource.RLIM_INFINITY))

    p = scanner.start(*DETECT, "--status-file", status, "127.46.50.3:1", stdout=subprocess.PIPE,
                      preexec_fn=limit, restore_signals=False)
    stdout, stderr = p.communicate(timeout=PATIENCE)
    assert parse_records(stdout)[-1]["services"] == 1 and stderr.count(b"--status-file") == 1
    assert status.read_bytes() == before


def test_metrics_that_lose_their_folder_are_told_once(scanner, silence, tmp_path):
    folder, status = tmp_path / "folder", tmp_path / "status"
    folder.mkdir()
    p = scanner.start(*WAITS, "--status-file", status, "--metrics-file", folder / "metrics",
                      silence.target, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        until(lambda: status_lines(status), "the first line", PATIENCE)
        folder.rename(tmp_path / "elsewhere")
        assert select.select([p.stderr], [], [], PATIENCE)[0], "it is told"
        count = len(status_lines(status))
        until(lambda: len(status_lines(status)) >= count + 2, "two more seconds", PATIENCE)
    finally:
        code, stderr = scanner.interrupt(p)
    assert code == 130 and stderr.count("--metrics-file: ") == 1
    assert stderr.count("\n") == 2 and "interrupted" in stderr


# ---- the terminal ----

class Terminal:
    """A program whose standard error is a terminal of so many columns."""

    def __init__(self, scanner, columns, *arguments):
        self.ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.octets = b""
        self.process = subprocess.Popen(
            [scanner.path, *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=theirs, env=scanner.environment)
        os.close(theirs)

    def read(self):
        """One more piece; False at the end."""
        assert select.select([self.ours], [], [], PATIENCE)[0], "nothing comes"
        try:
            piece = os.read(self.ours, 65536)
        except OSError:  # how a terminal says that nobody has it open any more
            return False
        self.octets += piece
        return bool(piece)

    def close(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self.ours)


@pytest.mark.parametrize("columns, shown", [
    (200, r"1 of 2 done, (\d+m?\d*s left, )?\d\.\d/s, 1 in flight, answered 1"),
    (12, r"[01] of 2 done"), (11, r""),
], ids=str)
def test_a_line_fits_its_terminal_and_is_gone_at_the_end(scanner, esmtp, silence, columns, shown):
    t = Terminal(scanner, columns, *WAITS, esmtp.target, silence.target)

    def lines():
        return t.octets.decode("ascii").split("\r\x1b[K")

    try:
        while len(lines()) < 4 or not re.fullmatch(shown, lines()[-1]):
            assert t.read(), t.octets
        t.process.send_signal(signal.SIGINT)
        while t.read():
            pass
        assert t.process.wait(PATIENCE) == 130
    finally:
        t.close()
    *shown_lines, end = lines()
    assert all(len(line) < columns and "\n" not in line for line in shown_lines), shown_lines
    assert end == "smtpscan: interrupted; 1 of 2 endpoints not done\r\n"


def test_quiet_shows_nothing(scanner, silence, valid, tmp_path):
    t = Terminal(scanner, 80, *WAITS, "-q", "--status-file", tmp_path / "status", silence.target,
                 "127.46.50.3:1")
    try:
        until(lambda: len(status_lines(tmp_path / "status", valid)) >= 3, "two seconds", PATIENCE)
        t.process.send_signal(signal.SIGINT)
        while t.read():
            pass
    finally:
        t.close()
    assert t.octets == b"smtpscan: interrupted; 1 of 2 endpoints not done\r\n"
