# SPDX-License-Identifier: Apache-2.0
"""Input of any size: rows, networks in a random order, exclusions, parts of the input."""

import subprocess

import pytest

from conftest import PATIENCE, TIMEOUTS

# Nobody listens at port 1 of loopback.
REFUSED = ("--format", "json", "--level", "detect", "-p", "1", *TIMEOUTS)


def visited(scan):
    return [s["address"] for s in scan.services]


def run_record(scan):
    return scan.of_type("run")[0]


# ---- rows ----

def test_rows_of_a_list(scanner, start_peer):
    peer = start_peer("esmtp")
    lines = f"""saddr
{peer.address}
{peer.address},mx.example.org,customers \x41,{peer.port}
127.46.50.0/31,,nets,
127.46.51.1,,
127.46.51.2-3,,,2
"""
    scan = scanner.run("-l", "-", *REFUSED, stdin=lines.encode())
    assert scan.stderr == ""
    row = next(s for s in scan.services if s["outcome"] == "answered")
    assert (row["host"], row["tag"], row["port"]) == ("mx.example.org", "customers A", peer.port)
    assert row["input"] == f"{peer.address},mx.example.org,customers A,{peer.port}"
    others = {(s["address"], s["port"], s.get("tag")) for s in scan.services if s != row}
    assert others == {(peer.address, 1, None), ("127.46.50.0", 1, "nets"),
                      ("127.46.50.1", 1, "nets"), ("127.46.51.1", 1, None),
                      ("127.46.51.2", 2, None), ("127.46.51.3", 2, None)}


def test_a_name_of_a_row_is_asked_for_in_tls(scanner, start_peer):
    peer = start_peer("implicit-tls")
    scan = scanner.run("-l", "-", *REFUSED,
                       stdin=f"{peer.address},mx.example.org,,{peer.port}\n".encode())
    assert "name_matches" in scan.service["tls"]


def test_a_tag_stays_with_a_name_and_when_judged_again(scanner, tmp_path):
    scan = scanner.run("-l", "-", "--resolver", "127.0.0.1:1", "--timeout-dns", "50ms", *REFUSED,
                       stdin=b",example.org,a tag,26\n127.46.52.1,,tag \x1b[31m\xe9\n")
    assert scan.of_type("domain")[0]["tag"] == "a tag"
    assert scan.service["tag"] == "tag \\x1B[31m\\xE9"
    path = tmp_path / "records"
    path.write_bytes(scan.stdout)
    judged = scanner.run("judge", "--format", "json", path)
    assert [r.get("tag") for r in judged.records] == [r.get("tag") for r in scan.records]


BAD_ROWS = b"""127.46.53.1,a.example,t,25,more
a.example,b.example
127.46.53.1,,,0
,,t,25
127.46.53.9-127.46.53.1
127.46.53.1,%s
127.46.53.2
"""


def test_bad_rows_are_told_and_skipped(scanner):
    scan = scanner.run("-l", "-", *REFUSED, stdin=BAD_ROWS % (b"x" * 1100))
    told = scan.stderr.splitlines()[:-1]
    assert [int(line.split(":")[1]) for line in told] == [1, 2, 3, 4, 5, 6]
    assert all(line.startswith("standard input:") for line in told)
    assert visited(scan) == ["127.46.53.2"]
    assert run_record(scan)["skipped"] == 6


# ---- the order ----

def test_a_seed_is_an_order(scanner):
    one, again, other, chance = (
        scanner.run("127.46.54.0/24", "-c", "1", *seed, *REFUSED)
        for seed in (("--seed", "7"), ("--seed", "7"), ("--seed", "8"), ()))
    everyone = {f"127.46.54.{n}" for n in range(256)}
    for scan in (one, again, other, chance):
        assert set(visited(scan)) == everyone and len(visited(scan)) == 256
    assert visited(one) == visited(again)
    assert visited(one) != visited(other) and visited(one) != sorted(visited(one))
    assert run_record(one)["seed"] == 7
    repeated = scanner.run("127.46.54.0/24", "-c", "1", "--seed", run_record(chance)["seed"], *REFUSED)
    assert visited(repeated) == visited(chance)


def test_the_seed_is_told_when_asked(scanner):
    scan = scanner.run("127.46.54.1", "--seed", "4711", "-v", *REFUSED)
    assert scan.stderr.startswith("smtpscan: --seed 4711\n")


def test_networks_are_visited_in_turn(scanner):
    lines = b"127.46.60.0/24\n127.46.61.0/28\n127.46.62.0/28\n"
    scan = scanner.run("-l", "-", "-c", "1", *REFUSED, stdin=lines)
    thirds = [int(a.split(".")[2]) for a in visited(scan)[:48]]
    assert sorted(thirds) == [60] * 16 + [61] * 16 + [62] * 16
    assert all(set(thirds[i:i + 3]) == {60, 61, 62} for i in range(0, 48, 3))


def test_networks_that_overlap_are_visited_once(scanner):
    scan = scanner.run("127.46.54.0/26", "127.46.54.0/24", "127.46.54.250-255", *REFUSED)
    assert len(visited(scan)) == len(set(visited(scan))) == 256
    assert run_record(scan)["repeated"] == 64 + 6


# ---- whom to leave out ----

EXCLUDE = b"""# they asked
127.46.55.0/28      # a network
127.46.55.20-29
127.46.56.1
example.org
"""


def test_the_excluded_are_not_visited(scanner, tmp_path, start_peer):
    peer = start_peer("esmtp", "127.46.56.1")
    path = tmp_path / "exclude"
    path.write_bytes(EXCLUDE)
    lines = f"""127.46.55.0/24
127.46.55.3
{peer.target}
::ffff:127.46.56.1
mx.example.org
127.46.57.1,a.example.org,t
127.46.57.2
127.46.55.0/30
"""
    scan = scanner.run("-l", "-", "--exclude", path, *REFUSED, stdin=lines.encode())
    assert peer.connections() == []
    excluded = {s["address"] for s in scan.services if s["outcome"] == "excluded"}
    assert excluded == {"127.46.55.3", "127.46.56.1", "::ffff:127.46.56.1", "127.46.57.1"}
    assert len([s for s in scan.services if s["outcome"] == "refused"]) == 256 - 26 + 1
    domain = scan.of_type("domain")[0]
    assert (domain["input"], domain["outcome"]) == ("mx.example.org", "excluded")
    assert run_record(scan)["excluded"] == 16 + 10 + 4
    assert run_record(scan)["outcomes"] == {"refused": 231, "excluded": 5}


def test_a_slip_in_an_exclusion_ends_it(scanner, tmp_path):
    path = tmp_path / "exclude"
    path.write_bytes(b"127.46.58.1\n127.46.58.0/33\nexample.org:25\n")
    scan = scanner.run("127.46.58.2", "--exclude", path, *REFUSED)
    assert (scan.status, scan.stdout) == (2, b"")
    assert [line.split(": ")[0] for line in scan.stderr.splitlines()] == [
        f"{path}:2", f"{path}:3", "smtpscan"]
    scan = scanner.run("127.46.58.2", "--exclude", "/nonexistent/file", *REFUSED)
    assert scan.status == 2 and "/nonexistent/file" in scan.stderr


def test_many_exclusions(scanner, tmp_path):
    path = tmp_path / "exclude"
    with path.open("w") as f:
        for n in range(100000):
            f.write(f"10.{n // 256 % 256}.{n % 256}.{n // 65536 * 8}/29\nn{n}.example\n")
        f.write("127.46.59.0/25\n")
    scan = scanner.run("127.46.59.0/24", "mx.n99999.example", "--exclude", path, *REFUSED)
    assert run_record(scan)["excluded"] == 128
    assert run_record(scan)["outcomes"] == {"refused": 128, "excluded": 1}


# ---- parts ----

def test_shards_are_the_whole_and_have_nothing_in_common(scanner):
    lines = b"127.46.64.0/22\n127.46.64.0/30\n" + b"".join(
        b"127.46.70.%d\n" % n for n in range(100))
    found = []
    for k in (1, 2, 3):
        scan = scanner.run("-l", "-", "--shard", f"{k}/3", *REFUSED, stdin=lines)
        assert run_record(scan)["shard"] == f"{k}/3"
        assert 340 <= len(visited(scan)) <= 410
        found += visited(scan)
    assert len(found) == len(set(found)) == 1024 + 100


def test_no_more_than_so_many(scanner):
    scan = scanner.run("127.0.0.0/8", "--max-targets", "300", *REFUSED)
    assert len(set(visited(scan))) == 300
    assert len({a.split(".")[1] for a in visited(scan)}) > 100  # from all over the network


@pytest.mark.parametrize("arguments", [
    ("--shard", "0/3"), ("--shard", "4/3"), ("--shard", "1"), ("--shard", "1/0"), ("--shard", "a/b"),
    ("--shard", "1/65537"), ("--max-targets", "0"), ("--max-targets", "x"), ("--seed", "-1"),
    ("--seed", "9007199254740992")], ids=" ".join)
def test_what_the_options_refuse(scanner, arguments):
    scan = scanner.run("127.46.58.2", *arguments, *REFUSED)
    assert scan.status == 2
    assert scan.stderr.startswith(f"smtpscan: {arguments[0]}: {arguments[1]}: takes ")
    assert scan.stderr.count("\n") == 1


# ---- memory ----

def peak_kilobytes(scanner, targets):
    """Of a scan of so many addresses that all refuse, told by the kernel to a parent of its own."""
    code = ("import resource, subprocess, sys\n"
            "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False)\n"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n")
    done = subprocess.run(["/usr/bin/python3", "-c", code, scanner.path, "127.0.0.0/8",
                           "--max-targets", str(targets), "-c", "100", *REFUSED], stdout=subprocess.PIPE,
                          env={**scanner.environment, "ASAN_OPTIONS": "quarantine_size_mb=1"},
                          timeout=PATIENCE, check=True)
    return int(done.stdout)


def test_memory_does_not_grow_with_the_input(scanner):
    few, many = peak_kilobytes(scanner, 2000), peak_kilobytes(scanner, 20000)
    assert many < few + 8 * 1024  # half a kilobyte for each would be more


def test_a_record_that_lacks_a_greeting_is_judged(scanner):
    record = b'{"type":"service","schema":1,"input":"a","address":"192.0.2.1","port":465,' \
             b'"level":"audit","outcome":"answered","protocol":"esmtp"}\n'
    done = scanner.run("judge", "--format", "json", "-", stdin=record)
    assert done.status == 0 and b'"smtp.tls-port.plaintext"' in done.stdout, done
