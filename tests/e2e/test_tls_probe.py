# SPDX-License-Identifier: Apache-2.0
"""The TLS prober against real stacks, and against scripts for what no stack offers any more."""

import json
import os
import shutil
import socket
import ssl
import subprocess

import jsonschema
import pytest

from conftest import DOCS, parse_records, until
from tls_world import (Hello, Identities, MailServer, alert, message, record, server_hello, server_hello_ssl2, u16)

HELLOS_MOST = 24  # connections of the prober to one endpoint
PROBED = ("tls.version.ssl2", "tls.version.ssl3", "tls.version.tls1-0", "tls.version.tls1-1", "tls.version.no-tls1-3",
          "tls.cipher.null", "tls.cipher.export", "tls.cipher.rc4", "tls.cipher.3des", "tls.cipher.anonymous",
          "tls.cipher.no-forward-secrecy", "tls.kex.weak-dh", "tls.pq", "tls.sni-differs", "tls.compression",
          "tls.insecure-renegotiation", "tls.no-ems", "tls.no-scsv")
ONLY = ("--only", ",".join(PROBED))


@pytest.fixture(scope="module")
def identities(tmp_path_factory):
    return Identities(tmp_path_factory.mktemp("identities"))


@pytest.fixture(scope="module")
def schema():
    return jsonschema.Draft202012Validator(json.loads((DOCS / "schema" / "service.schema.json").read_text("utf-8")))


@pytest.fixture
def probe(scanner, schema):
    """probe(...) scans a MailServer made of these arguments at level full; its record, the server as _server in it."""
    started = []

    def run(*arguments, scan=(), **keywords):
        started.append(MailServer(*arguments, **keywords))
        done = scanner.scan("--level", "full", *ONLY, *scan, started[-1].target)
        assert done.status == 0, done
        service = done.service
        schema.validate(service)
        assert service.get("tls_probe", {}).get("connections", 0) <= HELLOS_MOST
        return service | {"_server": started[-1]}

    yield run
    for server in started:
        server.stop()


def answers(service):
    return {name: a["answer"] for name, a in service["tls_probe"]["answers"].items()}


def having(service, answer):
    return {name for name, a in answers(service).items() if a == answer}


def verdicts(service):
    return {f["id"]: f["verdict"] for f in service["findings"] if f["id"] in PROBED}


def exposed(service):
    return {i for i, verdict in verdicts(service).items() if verdict == "exposed"}


def finding(service, name):
    return next(f for f in service["findings"] if f["id"] == name)


# ---- OpenSSL, in Python's clothes ----

def modern(identities):
    return identities.context("ECDHE+AESGCM:DHE+AESGCM", ssl.TLSVersion.TLSv1_2)


def test_nothing_is_found_at_a_modern_server(probe, identities):
    service = probe(modern(identities))
    assert exposed(service) == set()
    assert having(service, "undecided") == set()
    assert {i for i, verdict in verdicts(service).items() if verdict != "safe"} == {"tls.pq", "tls.sni-differs"}
    assert set(verdicts(service)) == set(PROBED)
    assert {"tls1.2", "tls1.3", "forward-secrecy", "fallback-scsv"} <= having(service, "yes")
    assert service["tls_probe"]["groups"][0] == "X25519"
    assert service["tls_probe"]["connections"] <= 18


def test_everything_that_openssl_still_has(probe, identities):
    context = identities.context("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    context.load_dh_params(str(identities.dh1024))
    service = probe(context)
    assert exposed(service) == {"tls.version.tls1-0", "tls.version.tls1-1", "tls.cipher.null", "tls.cipher.anonymous",
                                "tls.kex.weak-dh"}
    assert service["tls_probe"]["dh_bits"] == 1024
    assert finding(service, "tls.kex.weak-dh")["evidence"] == ["a prime of 1024 bits"]
    assert "NULL" in finding(service, "tls.cipher.null")["evidence"][0]


def test_tls_first_gives_what_starttls_gives(probe, identities):
    first, later = (probe(modern(identities), implicit=implicit) for implicit in (True, False))
    assert first["tls"]["implicit"] and not later["tls"]["implicit"]
    assert answers(first) == answers(later)
    assert all(h[0] in (0x16, 0x80) for h in first["_server"].hellos)


def test_tls_1_3_alone_leaves_nothing_old_to_ask(probe, identities):
    service = probe(identities.context(least=ssl.TLSVersion.TLSv1_3))
    assert exposed(service) == set()
    assert having(service, "undecided") == {"own-order", "fallback-scsv", "without-name"}
    assert verdicts(service)["tls.no-scsv"] == "untestable"
    assert "leaf" not in service["tls_probe"]


def test_tls_1_2_alone(probe, identities):
    service = probe(identities.context(least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_2))
    assert exposed(service) == {"tls.version.no-tls1-3"}
    assert verdicts(service)["tls.no-scsv"] == "untestable"


def test_no_forward_secrecy(probe, identities):
    service = probe(identities.context("AES128-SHA:@SECLEVEL=0", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2))
    assert exposed(service) == {"tls.version.no-tls1-3", "tls.cipher.no-forward-secrecy"}


def test_no_extended_master_secret(probe, identities):
    context = modern(identities)
    context.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET
    assert exposed(probe(context)) == {"tls.no-ems"}


def test_another_certificate_without_a_name(probe, identities):
    context, other = modern(identities), modern(identities)
    other.load_cert_chain(*identities.other)

    def choose(connection, name, _):
        if name:
            connection.context = other

    context.sni_callback = choose
    service = probe(context)
    assert service["tls_probe"]["leaf"] != service["tls_probe"]["nameless_leaf"]
    assert service["tls_probe"]["leaf"] == service["tls"]["chain"][0]["sha256"]
    assert finding(service, "tls.sni-differs")["reason"] == "yes"
    assert finding(service, "tls.sni-differs")["evidence"] == ["another certificate without a name"]


# ---- other programs behind our SMTP ----

@pytest.fixture
def backend():
    """backend(COMMAND with {port}) starts a TLS server and gives its port."""
    started = []

    def start(*command):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        words = [str(word).replace("{port}", str(port)) for word in command]
        started.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

        def is_up():
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", port)) == 0

        until(is_up, " ".join(words))
        return port

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()


def test_openssl_s_server(probe, identities, backend):
    certificate, key = identities.rsa
    port = backend("openssl", "s_server", "-accept", "127.0.0.1:{port}", "-cert", certificate, "-key", key, "-quiet",
                   "-no_tls1_3", "-serverpref", "-cipher", "ECDHE+AES:DHE+AES:@SECLEVEL=0", "-dhparam", identities.dh1024)
    service = probe(modern(identities), backend=port)
    assert exposed(service) == {"tls.version.no-tls1-3", "tls.version.tls1-0", "tls.version.tls1-1", "tls.kex.weak-dh"}
    assert answers(service)["own-order"] == "yes"


GNUTLS = ":+COMP-NULL:+SIGN-ALL:+GROUP-ALL:%VERIFY_ALLOW_SIGN_WITH_SHA1"


@pytest.mark.skipif(not shutil.which("gnutls-serv"), reason="gnutls-bin is not installed")
@pytest.mark.parametrize("priority, wanted, undecided", [
    ("NONE:+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0:+ARCFOUR-128:+3DES-CBC:+RSA:+SHA1:+MD5",
     {"tls.version.no-tls1-3", "tls.version.tls1-0", "tls.version.tls1-1", "tls.cipher.rc4", "tls.cipher.3des",
      "tls.cipher.no-forward-secrecy"}, set()),
    ("NONE:+VERS-TLS1.2:+NULL:+AES-128-CBC:+AES-128-GCM:+RSA:+ECDHE-RSA:+SHA1:+SHA256:+AEAD:+ANON-ECDH",
     {"tls.version.no-tls1-3", "tls.cipher.null", "tls.cipher.anonymous"}, {"fallback-scsv"}),
    ("NORMAL", {"tls.version.tls1-0", "tls.version.tls1-1"}, set()),
    ("SECURE192:-VERS-ALL:+VERS-TLS1.3", set(), {"own-order", "fallback-scsv", "without-name"}),
], ids=["rc4-and-3des", "null-and-anonymous", "normal", "tls1.3"])
def test_gnutls(probe, identities, backend, priority, wanted, undecided):
    certificate, key = identities.rsa
    port = backend("gnutls-serv", "--echo", "--quiet", "--port", "{port}", "--x509certfile", certificate,
                   "--x509keyfile", key, "--priority", priority + (GNUTLS if priority.startswith("NONE") else ""))
    service = probe(modern(identities), backend=port)
    assert exposed(service) == wanted
    assert having(service, "undecided") == undecided


# ---- what no stack offers any more, by script ----

ALERT = alert(40), "close"


def rsa_of(version=0x0303):
    """A server that chooses the first plain RSA suite, in that version at most."""
    def answer(octets):
        hello = Hello(octets)
        plain = [] if hello.is_ssl2 else [s for s in hello.suites if s in (0x002f, 0x0035, 0x000a, 0x0005)]
        if not plain or hello.is_only_1_3:
            return ALERT
        return server_hello(min(hello.version, version), plain[0]), "close"
    return answer


def test_ssl_2(probe, identities):
    def answer(octets):
        return (server_hello_ssl2(2), "close") if Hello(octets).is_ssl2 else rsa_of()(octets)

    service = probe(modern(identities), answer=answer)
    assert {"tls.version.ssl2", "tls.version.tls1-0"} <= exposed(service)


def test_ssl_2_without_a_cipher_is_not_accepted(probe, identities):
    def answer(octets):
        return (server_hello_ssl2(0), "close") if Hello(octets).is_ssl2 else rsa_of()(octets)

    assert verdicts(probe(modern(identities), answer=answer))["tls.version.ssl2"] == "safe"


def test_ssl_3_alone(probe, identities):
    service = probe(modern(identities), answer=rsa_of(0x0300))
    assert having(service, "yes") >= {"ssl3"}
    assert {"tls.version.ssl3", "tls.version.no-tls1-3", "tls.no-ems", "tls.insecure-renegotiation"} <= exposed(service)
    assert verdicts(service)["tls.version.tls1-0"] == "safe"


def test_export_suites_in_tls_1_0_alone(probe, identities):
    def answer(octets):
        hello = Hello(octets)
        if not hello.is_ssl2 and hello.version == 0x0301 and 0x0003 in hello.suites:
            return server_hello(0x0301, 0x0003), "close"
        return rsa_of()(octets)

    service = probe(modern(identities), answer=answer)
    assert "tls.cipher.export" in exposed(service)
    assert finding(service, "tls.cipher.export")["evidence"] == ["TLS_RSA_EXPORT_WITH_RC4_40_MD5, TLS 1.0"]


def test_compression(probe, identities):
    def answer(octets):
        hello = Hello(octets)
        if not hello.is_ssl2 and 1 in hello.compressions and 0x002f in hello.suites:
            return server_hello(hello.version, 0x002f, compression=1), "close"
        return rsa_of()(octets)

    assert "tls.compression" in exposed(probe(modern(identities), answer=answer))


def test_who_knows_nothing_of_the_fallback_signal(probe, identities):
    """RFC 7507 s3: TLS 1.1 is taken from a client that says it would rather not, though TLS 1.2 is there."""
    service = probe(modern(identities), answer=rsa_of())
    assert {"tls1.1", "tls1.2"} <= having(service, "yes")
    assert "tls.no-scsv" in exposed(service)


def test_ml_kem_by_a_retry(probe, identities):
    retry = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

    def answer(octets):
        hello = Hello(octets)
        if hello.is_ssl2 or 0x0304 not in hello.versions:
            return alert(70), "close"
        wanted = hello.extensions[10][2:4]
        extensions = bytes.fromhex("002b00020304") + u16(51) + u16(2) + wanted
        body = b"\x03\x03" + retry + b"\x00\x13\x01\x00" + u16(len(extensions)) + extensions
        return record(message(2, body)), "close"

    service = probe(modern(identities), answer=answer)
    assert "X25519MLKEM768" in service["tls_probe"]["groups"]
    assert finding(service, "tls.pq")["verdict"] == "noted" and finding(service, "tls.pq")["reason"] == "yes"
    assert set(service["tls_probe"]["groups"]) == {"X25519MLKEM768", "X25519", "P-256", "P-384", "P-521", "X448"}


# ---- who turns away, hangs up, or is silent ----

def after(count, otherwise):
    """rsa_of for so many hellos, then something else."""
    seen = []

    def answer(octets):
        seen.append(octets)
        return rsa_of()(octets) if len(seen) <= count else otherwise
    return answer


def test_a_reset_decides_nothing(probe, identities):
    service = probe(modern(identities), answer=after(2, (b"", "reset")))
    assert answers(service)["tls1.2"] == "yes"
    assert service["tls_probe"]["answers"]["rc4"] == {"answer": "undecided", "reason": "reset"}
    assert finding(service, "tls.cipher.rc4") == {"id": "tls.cipher.rc4", "verdict": "untestable", "severity": "medium",
                                                  "reason": "reset"}


def test_two_time_outs_are_enough(probe, identities):
    service = probe(modern(identities), answer=after(2, (b"", "hold")), scan=("--timeout-tls", "300ms"))
    assert service["tls_probe"]["connections"] == 4
    assert answers(service)["tls1.2"] == "yes" and answers(service)["tls1.1"] == "undecided"
    assert service["tls_probe"]["answers"]["ssl2"]["reason"] == "timeouts, so nothing more was asked"


def test_hang_ups_count_while_the_modern_hello_is_answered(probe, identities):
    def answer(octets):
        hello = Hello(octets)
        return rsa_of()(octets) if not hello.is_ssl2 and hello.version == 0x0303 else (b"", "close")

    service = probe(modern(identities), answer=answer)
    for name, how in (("tls1.1", "twice"), ("tls1.0", "as before"), ("ssl3", "as before"), ("ssl2", "as before")):
        assert service["tls_probe"]["answers"][name] == {"answer": "no", "reason": f"closed without an answer, {how}"}


def test_hang_ups_at_everything_decide_nothing(probe, identities):
    service = probe(modern(identities), answer=after(2, (b"", "close")))
    assert answers(service)["tls1.2"] == "yes"
    assert answers(service)["ssl3"] == "undecided"
    assert "exposed" not in {verdicts(service)[i] for i in ("tls.version.ssl3", "tls.cipher.rc4")}


def test_a_modern_hello_that_is_refused_leaves_all_undecided(probe, identities):
    service = probe(modern(identities), answer=lambda _: ALERT)
    assert service["tls_probe"]["connections"] == 1
    assert set(answers(service).values()) == {"undecided"}
    assert set(verdicts(service).values()) == {"untestable"}


@pytest.mark.parametrize("words", ["421 4.7.0 Too many connections", "554 5.7.1 Go away"])
def test_the_first_refusal_ends_it(probe, identities, words):
    """A few connections after those of the dialogues, which are counted first."""
    plain = probe(modern(identities), scan=("--level", "identify"))
    dialogues = plain["cost"]["connections"]
    service = probe(modern(identities), before=lambda number: words if number > dialogues + 3 else None)
    refused = [a for a in service["tls_probe"]["answers"].values() if a["answer"] == "undecided"]
    assert refused and {a["reason"] for a in refused} == {words}
    assert service["_server"].accepted == service["cost"]["connections"]
    assert service["tls_probe"]["connections"] <= 5
    assert service["outcome"] == "answered"
    assert ("cut" in service) == words.startswith("421")


# ---- when it is asked at all ----

def test_only_at_level_full(probe, identities):
    for level in ("detect", "identify", "audit"):
        service = probe(modern(identities), scan=("--level", level))
        assert "tls_probe" not in service and service["_server"].hellos == []


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("ciphers, least, most, verdict, hellos", [
    ("ECDHE+AESGCM", "TLSv1_2", "TLSv1_3", "safe", 0),
    ("ECDHE+AESGCM", "TLSv1_2", "TLSv1_2", "safe", 1),
    ("ECDHE+AES:!AESGCM:!AESCCM", "TLSv1_2", "TLSv1_2", "exposed", 1),
    ("AES128-GCM-SHA256", "TLSv1_2", "TLSv1_2", "exposed", 1),
    ("ALL:@SECLEVEL=0", "TLSv1", "TLSv1_1", "exposed", 0),
])
def test_an_audit_asks_as_a_strict_client_where_that_is_open(scanner, schema, identities, implicit, ciphers, least, most, verdict, hellos):
    server = MailServer(identities.context(ciphers, ssl.TLSVersion[least], ssl.TLSVersion[most]), implicit=implicit)
    try:
        service = scanner.scan("--level", "audit", "--only", "tls.strict-fails", server.target).service
    finally:
        server.stop()
    schema.validate(service)
    assert [(f["id"], f["verdict"]) for f in service["findings"]] == [("tls.strict-fails", verdict)]
    assert service.get("tls_probe", {}).get("connections", 0) == hellos == len(server.hellos)
    assert set(service.get("tls_probe", {}).get("answers", {})) <= {"strict"}


def test_not_from_a_list(scanner, identities, tmp_path):
    server = MailServer(modern(identities))
    try:
        done = scanner.scan("--level", "full", "-", stdin=server.target.encode() + b"\n")
        if not done.services:
            (tmp_path / "list").write_text(server.target + "\n")
            done = scanner.scan("--level", "full", "--list", tmp_path / "list")
        assert done.service["outcome"] == "answered"
        assert "tls_probe" not in done.service and server.hellos == []
    finally:
        server.stop()


def test_not_when_none_of_it_is_wanted(probe, identities):
    service = probe(modern(identities), scan=("--only", "relay.*,tls.cert.*"))
    assert "tls_probe" not in service and service["_server"].hellos == []


def test_judged_again_it_gives_the_same(scanner, identities, tmp_path):
    context = identities.context("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    server = MailServer(context)
    try:
        done = scanner.scan("--level", "full", server.target)
    finally:
        server.stop()
    stored = tmp_path / "stored.ndjson"
    stored.write_bytes(done.stdout)
    again = parse_records(scanner.run("judge", "--format", "json", stored).stdout)
    assert [r for r in again if r["type"] == "service"] == done.services


# ---- real servers ----

@pytest.mark.skipif(os.environ.get("SMTPSCAN_LAB_UP") != "yes", reason="the lab is not up")
def test_postfix_of_the_lab(scanner):
    done = scanner.run("scan", "--format", "json", "--level", "full", *ONLY, "-p", "25", "--ehlo", "client.scan.test", "127.10.2.10")
    service = done.service
    assert having(service, "undecided") == set()
    assert {"tls1.2", "tls1.3", "anonymous", "dhe", "forward-secrecy"} <= having(service, "yes")
    assert {"ssl2", "ssl3", "null", "export", "compression"} <= having(service, "no")
    assert service["tls_probe"]["dh_bits"] == 2048
    assert service["tls_probe"]["leaf"] == service["tls"]["chain"][0]["sha256"]
    assert service["tls_probe"]["connections"] <= 20
