# SPDX-License-Identifier: Apache-2.0
"""Many names: those that lead to one server, and those whose name servers are slow."""

import subprocess

import pytest

from conftest import PATIENCE, until
from nameserver import Later, NameServer, Zone
from test_schema import assert_valid, load_schemas

ONE, TWO = "127.0.48.1", "127.0.48.2"


def to(host):
    return [("MX", (10, host.encode()))]


NAMES = {
    "mx1.example.org": [("A", ONE)],
    "mx2.example.org": [("A", TWO)],
    "again.example.org": [("A", ONE)],
    **{f"a{i}.example.org": to("mx1.example.org") for i in range(30)},
    **{f"b{i}.example.org": to("mx2.example.org") for i in range(30)},
    "both.example.org": to("mx1.example.org") + to("mx2.example.org"),
    "late.example.org": Later(to("mx1.example.org"), seconds=1),
    "deaf-once.example.org": Later(to("mx1.example.org"), silent=3),
    "mx-deaf-once.example.org": to("deaf-mx.example.org"),
    "deaf-mx.example.org": Later([("A", ONE)], silent=3),
    **{f"deaf{i}.example.org": "silence" for i in range(100)},
}


@pytest.fixture
def zone():
    """Anew for each test: what was asked is counted."""
    zone = Zone(NAMES)
    server = NameServer(zone)
    zone.address = server.address
    yield zone
    server.stop()


@pytest.fixture(scope="module")
def peers(start_peers):
    return start_peers([("slow-ehlo", ONE), ("esmtp", TWO)])


@pytest.fixture
def look(scanner, zone, peers):
    def scan(*arguments, **keywords):
        return scanner.scan("--resolver", zone.address, "--level", "detect", "-4", "--allow-special",
                            "-p", peers[0].port, "--timeout-reply", "10s", *arguments, **keywords)

    return scan


def listed(*names):
    return {"stdin": "".join(f"{n}.example.org\n" for n in names).encode()}


def run_of(scan):
    return scan.of_type("run")[0]


# ---- one server for many ----

def test_domains_that_share_a_server_share_its_visit(look):
    names = [f"a{i}" for i in range(25)]
    scan = look("-l", "-", **listed(*names))
    s = scan.service
    assert s["outcome"] == "answered"
    assert s["domains"][0] == s["domain"]
    assert len(s["domains"]) == 20 and set(s["domains"]) <= {f"{n}.example.org" for n in names}
    assert s["domain_count"] == 25
    endpoint = {k: s[k] for k in ("address", "port", "host")}
    assert {r["input"] for r in scan.of_type("domain")} == {f"{n}.example.org" for n in names}
    assert all(r["services"] == [endpoint] for r in scan.of_type("domain"))
    assert run_of(scan)["joined"] == 24
    assert_valid(load_schemas(), scan.stdout)


def test_sharing_needs_no_place_of_its_own(look):
    s = look("-l", "-", "-c", "1", **listed("a0", "a1", "a2")).service
    assert s["domain_count"] == 3


def test_a_domain_that_comes_later_refers_to_the_record(look):
    scan = look("-l", "-", **listed("a1", "late"))
    domains = {r["input"]: r["services"] for r in scan.of_type("domain")}
    assert domains["late.example.org"] == domains["a1.example.org"]
    assert scan.service["domain"] == "a1.example.org"


def test_a_domain_with_two_servers_shares_one(look):
    scan = look("-l", "-", **listed("a1", "both"))
    assert sorted((s["address"], s["outcome"]) for s in scan.services) == [(ONE, "answered"), (TWO, "answered")]
    both = next(r for r in scan.of_type("domain") if r["input"] == "both.example.org")
    assert [x["address"] for x in both["services"]] == [ONE, TWO]
    shared = next(s for s in scan.services if s["address"] == ONE)
    assert sorted(shared["domains"]) == ["a1.example.org", "both.example.org"]


def test_what_is_typed_twice_is_visited_once(look):
    scan = look("a1.example.org", "A1.example.org.")
    assert "domains" not in scan.service
    assert len(scan.of_type("domain")) == 2
    scan = look(ONE, "mx1.example.org", "again.example.org", ONE)
    assert scan.service["input"] == ONE
    assert {r["input"] for r in scan.of_type("domain")} == {ONE, "mx1.example.org", "again.example.org"}
    assert run_of(scan)["joined"] == 3


def test_a_row_that_comes_again_keeps_its_tag(look):
    rows = f"{ONE},one.test,first\n{ONE},two.test,second\n{ONE},,third\n"
    scan = look("-l", "-", stdin=rows.encode())
    assert (scan.service["host"], scan.service["tag"]) == ("one.test", "first")
    where = {"address": ONE, "port": scan.service["port"]}
    assert [(r["tag"], r["services"]) for r in scan.of_type("domain")] == [
        ("second", [{**where, "host": "two.test"}]), ("third", [where])]
    assert_valid(load_schemas(), scan.stdout)


def test_an_address_learns_whose_it_is(look):
    s = look(ONE, "a1.example.org").service
    assert (s["input"], s["domains"], s["domain_count"]) == (ONE, ["a1.example.org"], 1)
    assert "domain" not in s


def test_judged_again_it_keeps_its_domains(look, scanner, tmp_path):
    first = look("a1.example.org", "a2.example.org")
    (tmp_path / "out").write_bytes(first.stdout)
    again = scanner.run("judge", "--format", "json", tmp_path / "out").service
    assert (again["domains"], again["domain_count"]) == (first.service["domains"], 2)


def test_as_text(look):
    text = look("--format", "text", "a1.example.org", "a2.example.org").stdout
    assert b"MX of a1.example.org and 1 more" in text or b"MX of a2.example.org and 1 more" in text


# ---- what is asked of name servers ----

def test_each_name_is_asked_for_once(look, zone):
    names = [f"{x}{i}" for i in range(30) for x in "ab"]
    scan = look("-l", "-", **listed(*names, *names))
    assert len(scan.services) == 2
    assert run_of(scan)["dns"] == {"queries": 62, "hits": 60 + 2 * 60 - 2}
    assert set(zone.asked.values()) == {1}


def test_slow_names_do_not_hold_others_up(look):
    deaf = [f"deaf{i}" for i in range(100)]
    scan = look("--timeout-dns", "500ms", "-c", "1", "-l", "-", **listed(*deaf, "a1", "b1"))
    inputs = [r["input"] for r in scan.records if r["type"] != "run"]
    assert len(inputs) == 104
    assert set(inputs[:4]) == {"a1.example.org", "b1.example.org"}
    assert run_of(scan)["outcomes"] == {"answered": 2, "dns-timeout": 100}


@pytest.mark.parametrize("name", ["deaf-once", "mx-deaf-once"])
def test_a_name_without_an_answer_is_asked_for_once_more(look, name):
    scan = look("--timeout-dns", "200ms", "-l", "-", **listed(name))
    assert scan.service["outcome"] == "answered"
    assert run_of(scan)["dns"]["retried"] == 1


def test_a_name_that_stays_silent_gives_one_record(look, zone):
    scan = look("--timeout-dns", "100ms", "deaf1.example.org")
    assert [r["outcome"] for r in scan.of_type("domain")] == ["dns-timeout"]
    assert run_of(scan)["outcomes"] == {"dns-timeout": 1}
    assert zone.asked["deaf1.example.org"] == 6
    assert scan.status == 3


@pytest.mark.parametrize("timeout, asked", [("20s", 1), ("100ms", 3)])
def test_interrupted_while_names_are_asked_for(scanner, zone, timeout, asked):
    """Under way, and waiting to be asked for again."""
    p = scanner.start("scan", "--resolver", zone.address, "--timeout-dns", timeout, "-l", "-", "--format", "json",
                      stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    p.stdin.write(b"deaf1.example.org\n")
    p.stdin.flush()
    try:
        until(lambda: zone.asked["deaf1.example.org"] == asked, "the question", PATIENCE)
    finally:
        status, stderr = scanner.interrupt(p)
    assert status == 130, stderr
