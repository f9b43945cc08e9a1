# SPDX-License-Identifier: Apache-2.0
"""The command line: what it refuses and how it says so, where results go, and how a run ends."""

import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time

import pytest

from conftest import PATIENCE, TIMEOUTS, parse_records, until

DETECT = ("--level", "detect", *TIMEOUTS)


@pytest.fixture(scope="module")
def esmtp(start_peer):
    return start_peer("esmtp")


@pytest.fixture(scope="module")
def nobody():
    """An address where nobody listens: held by a socket that does not."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        yield "{}:{}".format(*s.getsockname())


# ---- importing ----

# Rows in the form of smtpscan 0.5; each that is no good is no good in its own way.
FINGERPRINTS = """\
# NAME and the codes of fifteen tests
Sendmail 8.12.6/8.12.6 -0-:503:501:501:250:553:250:550:214:252:502:502:502:502:250:250
Sendmail 8.12.6/8.12.6 -1-:503:501:501:250:553:553:550:214:252:502:502:502:502:250:250
Exim 3.12,3.22:250:501:500:250:501:250:501:214:252:550:500:500:500:250:250
Microsoft ESMTP MAIL Service, Version: 5.0.2195.5329:503:250:501:250:501:250:250:214:252:500:505:500:500:250:250
Sendmail 8.9.3:220:220:501:250:553:250:550:214:252:502:502:502:502:250:220
Nobody:503:503:503:503:503:503:503:503:503:503:503:503:503:503:503
Short 1:503:501
"""


def test_fingerprints_of_smtpscan_become_specimens(scanner, tmp_path):
    (tmp_path / "fingerprints").write_text(FINGERPRINTS)
    done = scanner.run("data", "import-smtpscan", tmp_path / "fingerprints", "-o", tmp_path / "out")
    assert done.status == 0, done.stderr
    assert b"4 rows taken: 4 specimens written" in done.stdout and b"1 others equal" in done.stdout
    assert done.stdout.count(b"1 rows dropped") == 3
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["exim-3.12.smtp", "exim-3.22.smtp", "microsoft-iis-smtp-5.0.2195.5329.smtp",
                     "sendmail-8.12.6.smtp"]
    text = (tmp_path / "out" / "sendmail-8.12.6.smtp").read_text()
    assert "@ helo-bare\nC: HELO\nS: 501 {any}\n" in text
    assert "origin   smtpscan 0.5: Sendmail 8.12.6/8.12.6 -0-\n" in text


def test_imported_specimens_pass_the_lint(scanner, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(os.path.join(os.path.dirname(__file__), "../../data"), data)
    (tmp_path / "fingerprints").write_text(FINGERPRINTS)
    assert scanner.run("data", "import-smtpscan", tmp_path / "fingerprints", "-o",
                    data / "specimens" / "imported").status == 0
    done = scanner.run("data", "lint", "--data", data)
    assert done.status == 0, done.stderr


# ---- mistakes ----

LONG_LABEL = "a" * 64 + ".example.org"
LONG_NAME = ".".join(["a" * 60] * 5)

MISTAKES = [
    # arguments, what the message has to name
    ((), "--help"),
    (("--frobnicate",), "--frobnicate"),
    (("127.0.0.1:1", "--frobnicate"), "--frobnicate"),
    (("--level", "detect", "--frobnicate", "127.0.0.1:1"), "--frobnicate"),
    (("--frobnicate=1", "127.0.0.1:1"), "--frobnicate"),
    (("-Z", "127.0.0.1:1"), "-Z"),
    (("-4Z", "127.0.0.1:1"), "Z"),
    (("--level",), "level"),
    (("--level", "extreme", "127.0.0.1:1"), "extreme"),
    (("--format", "xml", "127.0.0.1:1"), "xml"),
    (("--as", "mailbox", "127.0.0.1:1"), "mailbox"),
    (("--level", "a\nb", "127.0.0.1:1"), "level"),
    (("--fro\x1b[31mbnicate", "127.0.0.1:1"), "--fro"),
    (("--quiet=perhaps", "127.0.0.1:1"), "quiet"),
    (("-p", "0", "127.0.0.1"), "port"),
    (("-p", "65536", "127.0.0.1"), "65536"),
    (("-p", "25,,26", "127.0.0.1"), "port"),
    (("-p", "smtp", "127.0.0.1"), "smtp"),
    (("-p", "", "127.0.0.1"), "port"),
    (("-p", ",".join(map(str, range(1, 18))), "127.0.0.1"), "16"),
    (("--timeout-reply", "5", "127.0.0.1:1"), "timeout-reply"),
    (("--timeout-reply", "-5s", "127.0.0.1:1"), "timeout-reply"),
    (("--timeout-reply", "0s", "127.0.0.1:1"), "timeout-reply"),
    (("--timeout-visit", "99999999999999999999s", "127.0.0.1:1"), "timeout-visit"),
    (("-c", "0", "127.0.0.1:1"), "concurrency"),
    (("-c", "many", "127.0.0.1:1"), "concurrency"),
    (("--resolver", "one.example.org", "example.org"), "resolver"),
    (("--resolver", "127.0.0.1:0", "example.org"), "resolver"),
    (("--source", "here", "127.0.0.1:1"), "--source: here: takes"),
    (("--source", "127.0.0.1,192.0.2.1", "127.0.0.1:1"), "--source: 127.0.0.1,192.0.2.1: 192.0.2.1: "),
    (("--source", "127.0.0.1", "-6", "[::1]:1"), "--source"),
    (("--source", "::1", "-4", "127.0.0.1:1"), "--source"),
    (("--source", ",".join(["127.0.0.1"] * 257), "127.0.0.1:1"), "256"),
    (("--ehlo", "me\r\nQUIT", "127.0.0.1:1"), "ehlo"),
    (("--ehlo", "me you", "127.0.0.1:1"), "ehlo"),
    (("--domain", "-", "127.0.0.1:1"), "domain"),
    (("--outsider", "nobody", "127.0.0.1:1"), "outsider"),
    (("-4", "-6", "example.org"), "ipv4"),
    (("127.0.0.1:0",), "port"),
    (("127.0.0.1:65536",), "port"),
    (("127.0.0.1:",), "port"),
    (("127.0.0.0/33",), "0 to 32"),
    (("127.0.0.0/",), "0 to 32"),
    (("127.0.0.0/-1",), "0 to 32"),
    (("127.0.0.0/8/8",), "127.0.0.0/8/8"),
    (("example.org/24",), "192.0.2.0/24"),
    (("::/129",), "0 to 128"),
    (("127.0.0.256",), "IPv4"),
    (("127.1",), "IPv4"),
    (("[::1",), "]"),
    (("[127.0.0.1]:25",), "IPv6"),
    (("::1::",), "IPv6"),
    (("fe80::1%lo",), "fe80::1%lo"),
    (("",), "empty"),
    (("a..example.org",), "empty label"),
    (("--", "-a.example.org"), "hyphen"),
    (("user@example.org",), "user@example.org"),
    (("exa mple.org",), "blank"),
    (("exa\nmple.org",), "control"),
    ((LONG_LABEL,), "63"),
    ((LONG_NAME,), "253"),
    (("a" * 2000,), "1,024"),
    (("caf\udce9.example.org",), "UTF-8"),
    (("\u2603\u202e.example.org",), "name"),
    (("\x1b[31mred.example.org",), "control"),
    (("-l", "/nonexistent/list"), "/nonexistent/list"),
    (("-o", "/nonexistent/output", "127.0.0.1:1"), "/nonexistent/output"),
    (("--data", "/nonexistent/data", "127.0.0.1:1"), "/nonexistent/data"),
    (("judge",), "judge"),
    (("judge", "/nonexistent/records"), "/nonexistent/records"),
    (("judge", "--ports", "25", "x"), "ports"),
    (("learn", "--transcript", "127.0.0.1:1"), "transcript"),
    (("data", "mangle"), "lint"),
    (("data", "import-smtpscan"), "import-smtpscan FILE"),
    (("data", "import-smtpscan", "/nonexistent", "-o", "/tmp"), "/nonexistent"),
]


@pytest.mark.parametrize("arguments, word", MISTAKES,
                         ids=lambda x: ascii(" ".join(x))[:40] if isinstance(x, tuple) else "")
def test_a_mistake_is_one_clear_line(scanner, arguments, word):
    scan = scanner.run(*map(os.fsencode, arguments))
    assert scan.status == 2, scan
    assert scan.stdout == b""
    assert scan.stderr.startswith("smtpscan: ")
    assert scan.stderr.count("\n") == 1 and scan.stderr.endswith("\n"), scan.stderr
    assert word in scan.stderr
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", scan.stderr)
    assert len(scan.stderr) < 400


def test_a_list_that_is_a_folder_is_refused(scanner, tmp_path):
    scan = scanner.run("-l", tmp_path)
    assert scan.status == 2
    assert str(tmp_path) in scan.stderr


# ---- lists ----

BAD_LINES = b"""# ours
%s
127.0.0.0/99
exa mple.org

\x1b[31m.example.org
%s:0
a\0b
caf\xe9.example.org
%s
%s # again
"""


def test_bad_lines_are_told_and_skipped(scanner, esmtp, tmp_path):
    path = tmp_path / "list"
    path.write_bytes(BAD_LINES % (esmtp.target.encode(), esmtp.address.encode(), b"x" * 1100,
                                  esmtp.target.encode()))
    scan = scanner.run("-l", path, "--format", "json", *DETECT)
    told = [line for line in scan.stderr.splitlines() if line.startswith(f"{path}:")]
    assert [int(line[len(f"{path}:"):].split(":")[0]) for line in told] == [3, 4, 6, 7, 8, 9, 10]
    assert all(len(line.split(": ", 1)[1]) > 10 for line in told)
    assert "\x1b" not in scan.stderr
    assert scan.service["outcome"] == "answered"  # it stands there twice
    assert scan.of_type("run")[0]["skipped"] == 7
    assert scan.status == 0


def test_a_list_from_standard_input(scanner, esmtp):
    scan = scanner.run("-l", "-", "--format", "json", *DETECT,
                       stdin=b"\xef\xbb\xbf# list\r\n" + esmtp.target.encode() + b"\r\n")
    assert scan.service["outcome"] == "answered"
    assert (scan.status, scan.stderr) == (0, "")


def test_an_empty_list_is_no_mistake(scanner):
    scan = scanner.run("-l", "-", "--format", "json", stdin=b"# nobody\n")
    assert [r["type"] for r in scan.records] == ["run"]
    assert scan.status == 3


def test_a_list_is_visited_while_it_is_still_written(scanner, start_peer, tmp_path):
    """A slow writer holds back its own next line, and no visit that is under way."""
    peer = start_peer("esmtp")
    out = tmp_path / "records"
    p = scanner.start("-l", "-", "-o", out, "--format", "json", *DETECT, stdin=subprocess.PIPE,
                      stdout=subprocess.DEVNULL)
    try:
        p.stdin.write(f"{peer.target}\n".encode())
        p.stdin.flush()
        until(lambda: out.exists() and out.read_bytes(), "the first record")
        p.communicate(timeout=PATIENCE)
    finally:
        p.kill()
        p.wait()
    assert [r["type"] for r in parse_records(out.read_bytes())] == ["service", "run"]


def test_many_targets(scanner, start_peer):
    port = start_peer("esmtp", "127.46.50.0").port
    for i in range(1, 5):
        start_peer("esmtp", f"127.46.50.{i}", port)
    lines = b"".join(b"127.46.50.%d:%d\n" % (i, port) for i in range(55))
    scan = scanner.run("-l", "-", "--format", "json", *DETECT, stdin=lines)
    outcomes = [s["outcome"] for s in scan.services]
    assert (outcomes.count("answered"), outcomes.count("refused")) == (5, 50)
    assert scan.of_type("run")[0]["outcomes"] == {"answered": 5, "refused": 50}


# ---- targets ----

def test_a_network_is_visited_address_by_address(scanner, start_peer):
    peer = start_peer("smtp-only", "127.46.47.2")
    scan = scanner.run("127.46.47.1/30", "-p", peer.port, "--format", "json", *DETECT)
    assert {s["address"]: s["outcome"] for s in scan.services} == {
        "127.46.47.0": "refused", "127.46.47.1": "refused", "127.46.47.2": "answered",
        "127.46.47.3": "refused"}
    assert {s["input"] for s in scan.services} == {"127.46.47.1/30"}


def test_several_ports_of_one_address(scanner, esmtp, start_peer):
    other = start_peer("lmtp")
    scan = scanner.run(esmtp.address, "-p", f"{esmtp.port},{other.port},{esmtp.port}", "--format",
                       "json", *DETECT)
    assert {s["port"]: s["protocol"] for s in scan.services} == {esmtp.port: "esmtp",
                                                                other.port: "lmtp"}


def test_an_address_of_ipv6(scanner, start_peer):
    try:
        peer = start_peer("esmtp", "::1")
    except OSError:
        pytest.skip("no IPv6 here")
    scan = scanner.run(peer.target, "--format", "json", *DETECT)
    assert (scan.service["address"], scan.service["outcome"]) == ("::1", "answered")
    assert b"EHLO [IPv6:::1]\r\n" in peer.settled()[0].lines or "ehlo" in scan.service["asker"]


def test_we_say_who_we_are(scanner, start_peer):
    peer = start_peer("esmtp")
    scanner.run(peer.target, "--ehlo", "scanner.example.net", "--format", "json", *DETECT)
    lines = peer.settled()[0].lines
    assert [x for x in lines if x.startswith(b"EHLO")] == [b"EHLO scanner.example.net\r\n"] * 2


def test_the_source_address(scanner, start_peer):
    peer = start_peer("esmtp")
    scanner.run(peer.target, "--source", "127.46.48.1", "--format", "json", *DETECT)
    assert peer.settled()[0].events[0][1].startswith("127.46.48.1 ")


def clients(peer, count):
    return sorted(c.events[0][1].rsplit(" ", 1)[0] for c in peer.settled(count))


def test_several_source_addresses_take_turns(scanner, start_peer):
    peer = start_peer("esmtp", "0.0.0.0")
    targets = [f"127.46.49.{n}:{peer.port}" for n in range(1, 10)]
    scan = scanner.run(*targets, "--source", "127.0.0.2,::1,127.0.0.3,127.0.0.4", "--format", "json", *DETECT)
    assert {s["outcome"] for s in scan.services} == {"answered"}
    assert clients(peer, 9) == ["127.0.0.2"] * 3 + ["127.0.0.3"] * 3 + ["127.0.0.4"] * 3


def test_each_family_has_its_own_sources(scanner, start_peer):
    four, six = start_peer("esmtp"), start_peer("esmtp", "::1")
    for source, outcomes in (("127.0.0.2,::1", ["answered", "answered"]), ("127.0.0.2", ["answered", "not-asked"]),
                             ("::1", ["not-asked", "answered"])):
        scan = scanner.run(four.target, six.target, "--source", source, "--format", "json", *DETECT)
        assert [s["outcome"] for s in sorted(scan.services, key=lambda s: ":" in s["address"])] == outcomes
    assert clients(four, 2) == ["127.0.0.2"] * 2
    assert clients(six, 2) == ["::1"] * 2


# ---- what a server can cost us ----

def cpu_seconds_for(scanner, start_peer, directory, keywords):
    lines = "".join(f"S: 250-{k}\n" for k in keywords)
    script = directory / f"{keywords[-1]}.smtp"
    script.write_text(f"peer keywords\nS: 220 hi\nC: EHLO *\nS: 250-mx\n{lines}S: 250 END\n"
                      "C: QUIT\nS: 221 bye\nclose\n")
    peer = start_peer(script.with_suffix(""))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    record = scanner.run(peer.target, "--format", "json", *DETECT).service
    assert len(record["ehlo"]["extensions"]) == len(set(keywords)) + 1
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def test_a_reply_costs_no_more_than_its_size(scanner, start_peer, tmp_path):
    """Thousands of keywords, within the 64 kB that a reply may have: all alike, or all different."""
    alike = cpu_seconds_for(scanner, start_peer, tmp_path, ["K0000"] * 5000)
    different = cpu_seconds_for(scanner, start_peer, tmp_path, [f"K{n:04}" for n in range(5000)])
    assert different - alike < 0.25


def test_a_flood_is_cut_while_another_port_has_its_turn(scanner, start_peer):
    """One address is asked at one port at a time: what the other one pours out is counted as well."""
    first, flood = start_peer("silence-after-greeting"), start_peer("flood-idle")
    scan = scanner.run(first.address, "-p", f"{first.port},{flood.port}", "--format", "json", *DETECT)
    record = next(s for s in scan.services if s["port"] == flood.port)
    assert record["cost"]["octets_in"] < 4 << 20
    assert {c.end for c in flood.settled()} == {"RST"}


# ---- the exit status ----

def test_nobody_answered(scanner, nobody):
    scan = scanner.run(nobody, "--format", "json", *DETECT)
    assert scan.service["outcome"] == "refused"
    assert (scan.service["stage"], scan.status) == ("connect", 3)


def test_somebody_answered(scanner, nobody, esmtp):
    scan = scanner.run(nobody, esmtp.target, "--format", "json", *DETECT)
    assert {s["outcome"] for s in scan.services} == {"refused", "answered"}
    assert scan.status == 0


def test_a_full_disk_is_our_failure(scanner, esmtp):
    scan = scanner.run(esmtp.target, "-o", "/dev/full", "--format", "json", *DETECT)
    assert scan.status == 4
    assert "/dev/full" in scan.stderr and scan.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_crash(scanner, esmtp):
    reader, writer = os.pipe()
    os.close(reader)
    p = scanner.start(esmtp.target, "--format", "json", *DETECT, stdin=subprocess.DEVNULL,
                      stdout=writer)
    os.close(writer)
    _, stderr = p.communicate(timeout=PATIENCE)
    assert p.returncode in (4, -signal.SIGPIPE)
    assert stderr.count(b"\n") <= 1


# ---- interrupted ----

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_keeps_what_was_measured(scanner, start_peer, tmp_path, number):
    quick, endless = start_peer("esmtp"), start_peer("silence")
    out = tmp_path / "records"
    p = scanner.start(quick.target, endless.target, "-o", out, "--format", "json", "--level",
                      "detect", "--timeout-greeting", "5m", stdin=subprocess.DEVNULL)
    try:
        until(endless.connections, "the connection", PATIENCE)
        until(lambda: out.exists() and out.read_bytes(), "the first record", PATIENCE)
        asked = time.monotonic()
        p.send_signal(number)
        _, stderr = p.communicate(timeout=PATIENCE)
    finally:
        p.kill()
    assert p.returncode == 130
    assert time.monotonic() - asked < 5
    records = parse_records(out.read_bytes())
    assert records[0]["type"] == "service" and records[0]["port"] == quick.port
    assert records[-1]["type"] == "run" and records[-1]["interrupted"] is True
    assert b"interrupted" in stderr and stderr.count(b"\n") == 1
    assert endless.settled()[0].end in ("FIN", "RST")


def test_interrupted_while_names_are_looked_up(scanner):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(PATIENCE)
        p = scanner.start("example.org", "--resolver", "{}:{}".format(*server.getsockname()),
                          "--timeout-dns", "60s", "--format", "json", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE)
        try:
            server.recv(512)
            p.send_signal(signal.SIGINT)
            stdout, _ = p.communicate(timeout=PATIENCE)
        finally:
            p.kill()
    assert p.returncode == 130
    assert parse_records(stdout)[-1]["type"] == "run"


@pytest.mark.parametrize("level", ["detect", "identify"])
def test_interrupted_what_a_server_said_so_far_is_written(scanner, start_peer, level):
    """Of a server that has answered, and was not asked everything."""
    peer = start_peer("silence-after-ehlo")
    p = scanner.start(peer.target, "--format", "json", "--level", level, stdin=subprocess.DEVNULL,
                      stdout=subprocess.PIPE)
    try:
        until(lambda: any(len(c.lines) > 1 for c in peer.connections()), "a question", PATIENCE)
        p.send_signal(signal.SIGINT)
        stdout, stderr = p.communicate(timeout=PATIENCE)
    finally:
        p.kill()
    service, run = parse_records(stdout)
    assert (p.returncode, service["outcome"], service["ehlo"]["code"]) == (130, "answered", 250)
    if level == "identify":
        assert service["cut"] == {"stage": "dialogue", "reason": "interrupted"}
        assert b"; 1 of 1 endpoints not done" in stderr
    assert run["interrupted"] is True


# ---- learning ----

def learn(scanner, peer, product, *arguments):
    return scanner.run("learn", peer.target, "--product", product, "--product-version", "9.9", *TIMEOUTS,
                       *arguments)


@pytest.fixture(scope="module")
def postfix(start_peer):
    return start_peer("postfix")


@pytest.mark.parametrize("product, words", [
    ("Exim", ("this is Postfix, not Exim", "no specimen of Exim gives", "more")),
    ("Never Heard Of", ("no whole specimen of Never Heard Of is known", "this is Postfix", "fork")),
])
def test_what_contradicts_the_product_is_not_learnt(scanner, postfix, tmp_path, product, words):
    out = tmp_path / "specimen"
    out.write_text("as it was")
    done = learn(scanner, postfix, product, "-o", out)
    assert (done.status, done.stdout, out.read_text()) == (2, b"", "as it was")
    for word in (*words, "--force", "bits"):
        assert word in done.stderr
    forced = learn(scanner, postfix, product, "-o", out, "--force")
    assert forced.status == 0
    assert "written all the same" in forced.stderr
    assert out.read_text().startswith(f"specimen\nproduct  {product}\nversion  9.9\n")


def test_nobody_known_is_no_known_product(scanner, start_peer):
    """Too little to know it by; a product that nobody knows it may be all the same."""
    peer = start_peer("octets")
    refused = learn(scanner, peer, "Exim")
    assert (refused.status, refused.stdout) == (2, b"")
    assert "this is unknown, not Exim" in refused.stderr
    first = learn(scanner, peer, "Never Heard Of")
    assert first.status == 0 and first.stdout.startswith(b"specimen\nproduct  Never Heard Of\n")
    assert first.stderr == "smtpscan: the first whole specimen of Never Heard Of\n"
    assert learn(scanner, peer, "Never Heard Of", "-q").stderr == ""


def test_what_is_new_is_shown(scanner, postfix, tmp_path):
    done = learn(scanner, postfix, "Postfix")
    assert done.status == 0
    assert "new: answers that no specimen of Postfix gives:\n" in done.stderr
    assert re.search(r"^  greeting +220 \{host\} ESMTP ready$", done.stderr, re.M)
    assert re.search(r"^smtpscan: the nearest is \S.*: \d+ of \d+ answers alike$", done.stderr, re.M)


def test_what_is_learnt_is_no_news_any_more(scanner, postfix, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(os.path.join(os.path.dirname(__file__), "../../data"), data)
    assert learn(scanner, postfix, "Postfix", "-o", data / "specimens" / "mine.smtp").status == 0
    done = learn(scanner, postfix, "Postfix", "--data", data)
    assert done.status == 0
    assert done.stderr == ("smtpscan: nothing new beside specimens of Postfix\n"
                           "smtpscan: it answers as 9.9 default (mine.smtp) does\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_learning_is_interrupted_and_writes_nothing(scanner, start_peer, tmp_path, number):
    peer = start_peer("silence-after-ehlo")
    out = tmp_path / "specimen"
    p = scanner.start("learn", peer.target, "--product", "Exim", "--product-version", "9.9", "-o", out,
                      stdin=subprocess.DEVNULL)
    try:
        until(lambda: any(len(c.lines) > 1 for c in peer.connections()), "a question", PATIENCE)
        p.send_signal(number)
        _, stderr = p.communicate(timeout=PATIENCE)
    finally:
        p.kill()
    assert (p.returncode, stderr) == (130, b"smtpscan: interrupted: nothing was learnt\n")
    assert not out.exists()
    assert all(c.end for c in peer.settled())


# ---- where results go ----

def test_a_file_grows_record_by_record(scanner, start_peer, tmp_path):
    """What has been measured is safe at once; nothing of it goes to standard output."""
    silent = start_peer("silence")
    answering = start_peer("esmtp", "0.0.0.0").port
    out = tmp_path / "records"
    p = scanner.start(*[f"127.46.51.{i}:{answering}" for i in range(1, 21)], silent.target, "-o", out, "--format", "json",
                      "--level", "detect", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        until(lambda: out.exists() and out.read_bytes().count(b"\n") == 20, "20 records", PATIENCE)
        p.kill()  # SIGKILL: no chance to put anything in order
        stdout, _ = p.communicate(timeout=PATIENCE)
    finally:
        p.kill()
    assert stdout == b""
    assert [r["type"] for r in parse_records(out.read_bytes())] == ["service"] * 20


def test_a_file_is_written_anew(scanner, esmtp, tmp_path):
    out = tmp_path / "records"
    out.write_text("x" * 100000)
    scanner.run(esmtp.target, "-o", out, "--format", "json", *DETECT)
    assert [r["type"] for r in parse_records(out.read_bytes())] == ["service", "run"]


def test_json_is_the_default_unless_to_a_terminal(scanner, esmtp):
    assert scanner.run(esmtp.target, *DETECT).service["outcome"] == "answered"
    assert not scanner.run_on_terminal(esmtp.target, *DETECT).startswith(b"{")


def test_json_to_a_terminal_has_no_colour(scanner, esmtp):
    octets = scanner.run_on_terminal(esmtp.target, "--format", "json", *DETECT)
    assert [r["type"] for r in parse_records(octets)] == ["service", "run"]


def test_colour_is_for_terminals_that_want_it(scanner, esmtp):
    arguments = (esmtp.target, "--format", "text", *DETECT)
    assert b"\x1b[" in scanner.run_on_terminal(*arguments)
    assert b"\x1b[" in scanner.run_on_terminal(*arguments, env={"NO_COLOR": ""})
    assert b"\x1b" not in scanner.run_on_terminal(*arguments, env={"NO_COLOR": "1"})
    assert b"\x1b" not in scanner.run_on_terminal("--no-color", *arguments)
    assert b"\x1b" not in scanner.run(*arguments).stdout


@pytest.mark.parametrize("peer", ["escapes", "nul", "markup"])
def test_a_terminal_gets_no_controls_of_the_server(scanner, start_peer, peer):
    octets = scanner.run_on_terminal(start_peer(peer).target, "-v", *DETECT)
    bare = re.sub(rb"\x1b\[[0-9;]*m", b"", octets)
    assert octets and not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", bare)
    assert b"\x1b[5m" not in octets and b"\x1b[31mRED" not in octets
    assert not re.search("[\x80-\x9f\u202a-\u202e\u2066-\u2069]", bare.decode("utf-8"))


def test_the_transcript_is_what_was_on_the_wire(scanner, start_peer):
    peer = start_peer("smtp-only")
    record = scanner.run(peer.target, "--transcript", "--format", "json", *DETECT).service
    said = "".join(t["octets"] for t in record["transcript"] if t["dir"] == "C")
    assert [x for x in said.replace("\\x0D\\x0A", "\n").splitlines()] == [
        line.decode().rstrip("\r\n") for line in peer.settled()[0].lines]
    heard = "".join(t["octets"] for t in record["transcript"] if t["dir"] == "S")
    assert heard.startswith("220 mx.example.org Simple Mail Transfer Service\\x0D\\x0A")
    assert heard.endswith("221 mx.example.org closing\\x0D\\x0A")


# ---- help ----

@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("scan", "--help"), ("learn", "--help"),
                                       ("judge", "--help"), ("data", "--help")])
def test_help_is_an_answer_and_no_mistake(scanner, arguments):
    scan = scanner.run(*arguments)
    assert (scan.status, scan.stderr) == (0, "")
    assert scan.stdout.startswith(b"usage: smtpscan")
    assert b"--help" in scan.stdout


def test_version(scanner):
    scan = scanner.run("--version")
    assert re.fullmatch(rb"smtpscan \d+\.\d+\.\d+\S*\n", scan.stdout)
    assert (scan.status, scan.stderr) == (0, "")
