# SPDX-License-Identifier: Apache-2.0
"""What holds for IPv4 holds for IPv6: networks, ranges, exclusions, sources and pacing, in a network namespace.

The prefixes are of documentation (RFC 3849), routed to the loopback of the namespace and nowhere else.
"""

import os
import shutil
import subprocess

import pytest

from conftest import PATIENCE, parse_records, program

if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "unshare", "nsenter"))):
    pytest.skip("needs root, ip, unshare and nsenter", allow_module_level=True)

PORT = "2500"
ALONE = ("ip link set lo up && ip -6 route add local 2001:db8::/32 dev lo && "
         "ip -6 addr add 2001:db8:ffff::1/128 dev lo nodad && ip -6 addr add 2001:db8:ffff::2/128 dev lo nodad && "
         'exec "$@"')


@pytest.fixture(scope="module")
def fleet():
    """Real servers' answers at each address of that namespace; its process."""
    command = ["unshare", "-n", "sh", "-c", ALONE, "sh", program("SMTPSCAN_FLEET"), "-p", PORT, "--ipv6"]
    p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = p.stdout.readline()
    if "playing" not in said:
        p.kill()
        p.wait()
        pytest.skip(f"no namespace of our own here: {said}")
    yield p
    p.terminate()
    p.wait(PATIENCE)


@pytest.fixture
def scan(scanner, fleet):
    def run(*arguments, stdin=b""):
        command = ["nsenter", "-t", str(fleet.pid), "-n", scanner.path, "scan", "-q", "--format", "json", "--level",
                   "detect", "-p", PORT, "--ehlo", "client.scan.test", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=PATIENCE, env=scanner.environment)
        return [r for r in parse_records(done.stdout) if r["type"] == "service"], done.stderr.decode()

    return run


def addresses(services):
    return sorted(s["address"] for s in services)


def test_networks_and_ranges(scan):
    services, _ = scan("2001:db8:1::/123", "2001:db8:2::fffe-2001:db8:2::1:1")
    assert {s["outcome"] for s in services} == {"answered"}
    assert addresses(services) == sorted([f"2001:db8:1::{n:x}".replace("::0", "::") for n in range(32)] + [
        "2001:db8:2::fffe", "2001:db8:2::ffff", "2001:db8:2::1:0", "2001:db8:2::1:1"])


def test_an_address_of_two_networks_is_visited_once(scan):
    services, _ = scan("2001:db8:1::/126", "2001:db8:1::2-2001:db8:1::5", "[2001:db8:1::9]:2500")
    assert len(addresses(services)) == len(set(addresses(services))) == 7


def test_exclusions(scan, tmp_path):
    (tmp_path / "never").write_text("2001:db8:1::8/125\n2001:db8:1::2-2001:db8:1::3\n2001:db8:1::\n")
    services, _ = scan("--exclude", str(tmp_path / "never"), "2001:db8:1::/124")
    assert addresses(services) == [f"2001:db8:1::{n:x}" for n in (1, 4, 5, 6, 7)]


def test_sources_take_turns(scan):
    sources = ["2001:db8:ffff::1", "2001:db8:ffff::2"]
    services, _ = scan("--source", ",".join(sources), "2001:db8:1::/126")
    assert sorted(s["asker"]["address"] for s in services) == [sources[0]] * 2 + [sources[1]] * 2


def seconds(services):
    """Between the first visit and the last."""
    seen = sorted(s["time"] for s in services)
    minutes = [float(t[14:16]) * 60 + float(t[17:-1]) for t in (seen[0], seen[-1])]
    return (minutes[1] - minutes[0]) % 3600


def test_one_48_is_paced_and_many_are_not(scan):
    """100 a second in one network."""
    one, _ = scan("2001:db8:1::/120")
    many, _ = scan(*[f"2001:db8:{n:x}::/128" for n in range(256)])
    assert len(one) == len(many) == 256
    assert seconds(one) > 2.4
    assert seconds(many) < seconds(one)
