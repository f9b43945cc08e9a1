# SPDX-License-Identifier: Apache-2.0
"""DNS without anybody's name server: from the root on, in a network namespace that has a root of its own.

The addresses are those of the real root servers and of documentation (RFC 5737), on the loopback of the namespace.
"""

import os
import shutil
import subprocess

import pytest

from conftest import PATIENCE, parse_records, until
from zones import NAMED, START

if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "unshare", "nsenter"))) or not NAMED:
    pytest.skip("needs root, ip, unshare, nsenter and named", allow_module_level=True)

# Any of the thirteen may be asked first; B had another address until 2023.
ROOTS = ("198.41.0.4", "170.247.170.2", "199.9.14.201", "192.33.4.12", "199.7.91.13", "192.203.230.10", "192.5.5.241", "192.112.36.4",
         "198.97.190.53", "192.36.148.17", "192.58.128.30", "193.0.14.129", "199.7.83.42", "202.12.27.33")
BELOW, MAIL = "192.0.2.53", "192.0.2.25"
ALONE = "ip link set lo up && " + " && ".join(f"ip addr add {a}/32 dev lo" for a in (*ROOTS, BELOW, MAIL)) + " && echo ready && cat"

CONFIG = """options {{ directory "{0}"; listen-on {{ {1}; }}; listen-on-v6 {{ none; }}; recursion no; pid-file "{0}/pid";
  session-keyfile "{0}/session"; managed-keys-directory "{0}"; dnssec-validation no; empty-zones-enable no; }};
controls {{}};
zone "{2}" {{ type primary; file "zone"; }};
"""
ROOT_ZONE = """$TTL 300
. SOA a.root-servers.net. h. 1 3600 600 86400 300
. NS a.root-servers.net.
a.root-servers.net. A 198.41.0.4
example. NS ns.example.
ns.example. A 192.0.2.53
silent. NS ns.silent.
ns.silent. A 192.0.2.54
"""
BELOW_ZONE = START.replace("127.0.0.1", BELOW) + """@ MX 10 mx
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject"
mx A 192.0.2.25
alias CNAME mx
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The namespace's process."""
    alone = subprocess.Popen(["unshare", "-n", "sh", "-c", ALONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if alone.stdout.readline() != b"ready\n":
        alone.kill()
        alone.wait()
        pytest.skip("no namespace of our own here")
    started = []
    for address, zone, text in ("; ".join(ROOTS), ".", ROOT_ZONE), (BELOW, "example", BELOW_ZONE):
        folder = tmp_path_factory.mktemp("named")
        (folder / "zone").write_text(text)
        (folder / "named.conf").write_text(CONFIG.format(folder, address, zone))
        command = ["nsenter", "-t", str(alone.pid), "-n", NAMED, "-g", "-n", "1", "-c", folder / "named.conf"]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=(folder / "log").open("wb")))
        until(lambda log=folder / "log": b"running" in log.read_bytes(), "named to have its zone", 30)
    yield alone
    for p in started:
        p.terminate()
        p.wait(PATIENCE)
    alone.stdin.close()
    alone.wait(PATIENCE)


@pytest.fixture
def scan(scanner, world):
    def run(*arguments):
        command = ["nsenter", "-t", str(world.pid), "-n", scanner.path, "scan", "-q", "--format", "json", "--resolver", "recursive",
                   "--allow-special", "-p", "25", "--ehlo", "client.scan.test", "--timeout-dns", "3s", *arguments]
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, env=scanner.environment)
        assert done.returncode in (0, 3), done
        return parse_records(done.stdout)

    return run


def test_a_domain_is_found_from_the_root_on(scan):
    records = scan("--level", "audit", "--only", "spf.*,dmarc.*", "example")
    domain = next(r for r in records if r["type"] == "domain")
    assert "findings" in domain, records
    verdicts = {f["id"]: f["verdict"] for f in domain["findings"]}
    assert verdicts["spf.missing"] == verdicts["dmarc.missing"] == verdicts["dmarc.none"] == "safe"
    assert domain["posture"]["resolver"] == "recursive"
    assert {a["ttl"] for a in domain["posture"]["asked"] if "records" in a} == {300}
    service = next(r for r in records if r["type"] == "service")
    assert (service["host"], service["address"]) == ("mx.example", MAIL)


def test_an_alias_is_followed_and_what_is_not_there_is_told(scan):
    records = scan("--level", "detect", "--as", "host", "alias.example", "nowhere.example", "nowhere.at-all")
    assert [r["address"] for r in records if r["type"] == "service"] == [MAIL]
    outcomes = {r["input"]: r["outcome"] for r in records if r["type"] == "domain"}
    assert outcomes["nowhere.example"] == outcomes["nowhere.at-all"] == "no-such-name"


def test_a_name_server_that_nobody_hears_is_no_proof(scan):
    records = scan("--level", "detect", "--as", "host", "--timeout-dns", "500ms", "mail.silent")
    assert [r["outcome"] for r in records if r["type"] == "domain"][0] in ("dns-failed", "dns-timeout")
