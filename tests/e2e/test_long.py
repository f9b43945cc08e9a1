# SPDX-License-Identifier: Apache-2.0
"""What takes minutes, and is no part of the default run: all servers of the lab's set `audit`, as they are judged and as they
see it.  In the order of the file, for each would disturb the other."""

import os
import subprocess

import pytest

import lab_audit
from conftest import parse_records
from lab_audit import US, address, look
from verdicts import ROOT

if not lab_audit.IS_UP:
    pytest.skip("the lab is not up (lab/lab up audit needs root and an overlay)", allow_module_level=True)


def test_every_verdict_of_every_server_is_right(scanner, tmp_path_factory):
    rounds = [[(level, "", ".*")] for level in ("audit", "full")]
    assert look(scanner, tmp_path_factory.mktemp, *rounds).missing() == []


def test_a_limit_of_connections_is_found(scanner):
    """The 16th within a minute gets a 421, which is most of that minute later."""
    told, _ = scanner.start("scan", "--format", "json", "-p", "25", "--level", "full", *US, "--only", "limit.connections",
                            address("postfix-limits"), stdout=subprocess.PIPE).communicate()
    service, = (r for r in parse_records(told) if r["type"] == "service")
    found, = service["findings"]
    assert (found["id"], found["verdict"]) == ("limit.connections", "safe") and found["reason"].startswith("421 "), found


def test_nothing_forbidden_is_sent(scanner):
    options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))  # a library is preloaded
    done = subprocess.run([ROOT / "lab/forbidden", scanner.path], text=True, capture_output=True,
                          env={**os.environ, "ASAN_OPTIONS": options})
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert f"\n{len(lab_audit.SERVERS)} servers, " in done.stdout
