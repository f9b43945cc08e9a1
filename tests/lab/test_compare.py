# SPDX-License-Identifier: Apache-2.0
"""How lab/compare reads what nmap and testssl.sh wrote, and what it takes for true."""
import importlib.machinery
import importlib.util
import json
import pathlib
import sys

import pytest

LAB = pathlib.Path(__file__).resolve().parents[2] / "lab"
sys.path.insert(0, str(LAB / "tools"))
sys.dont_write_bytecode = True
LOADER = importlib.machinery.SourceFileLoader("compare", str(LAB / "compare"))
compare = importlib.util.module_from_spec(importlib.util.spec_from_loader("compare", LOADER))
LOADER.exec_module(compare)
by_nmap, by_testssl, rows = compare.by_nmap, compare.by_testssl, compare.rows

XML = """<nmaprun><host><ports>
<port protocol="tcp" portid="25"><state state="open"/><service name="smtp" product="Postfix smtpd"/>
 <script id="smtp-commands" output="mail.lab.test, PIPELINING, XXXXXXXA, XCLIENT NAME, AUTH PLAIN NTLM&#xa; HELP STARTTLS"/>
 <script id="smtp-open-relay" output="%s"/>
 <script id="ssl-enum-ciphers" output="&#xa;  TLSv1.2: &#xa;    ciphers: &#xa;      TLS_RSA_WITH_RC4_128_SHA (rsa 2048) - C
      TLS_DHE_RSA_WITH_AES_128_CBC_SHA (dh 1536) - A&#xa;    cipher preference: server"/>
 <script id="ssl-cert" output=""><table key="subject"><elem key="commonName">other.lab.test</elem></table>
  <table key="issuer"><elem key="commonName">Lab</elem></table>
  <table key="pubkey"><elem key="type">rsa</elem><elem key="bits">1024</elem></table>
  <table key="validity"><elem key="notBefore">2020-01-01T00:00:00</elem><elem key="notAfter">2020-02-01T00:00:00</elem></table>
 </script></port>
<port protocol="tcp" portid="465"><state state="closed"/></port>
</ports></host></nmaprun>"""
RELAYED = "Server is an open relay (1/16 tests)&#xa; MAIL FROM:&lt;%s&gt; -> RCPT TO:&lt;%s&gt;"


def nmap_output(folder, relay="", names=""):
    (folder / "nmap-one.xml").write_text(XML % relay)
    (folder / "nmap-one-RCPT.xml").write_text(XML.replace("smtp-commands", "smtp-enum-users").replace(
        "mail.lab.test, PIPELINING", names) % "")
    return by_nmap.read(folder, "one", ("RCPT",))


@pytest.mark.parametrize("question", [
    "cleartext", "weak_login", "middlebox", "xclient", "no_starttls", "expired", "wrong_name", "short_key", "rc4", "short_dh",
    "no_tls13", "no_secrecy",
])
def test_what_nmap_shows_is_read(tmp_path, question):
    assert by_nmap.says(question, nmap_output(tmp_path), 25)


@pytest.mark.parametrize("question", [
    "relay", "anonymous_login", "ntlm", "plain_465", "soon", "not_yet", "self_signed", "sha1", "tls10", "anonymous", "null",
    "triple_des",
])
def test_what_nmap_does_not_show_is_not_read(tmp_path, question):
    assert not by_nmap.says(question, nmap_output(tmp_path), 25)


@pytest.mark.parametrize("sender, recipient, question", [
    ("antispam@example.org", "relaytest@example.org", "relay_plain"),
    ("", "relaytest@example.org", "relay_null"),
    ("antispam@[127.10.2.1]", "relaytest%example.org@mail.lab.test", "relay_percent"),
])
def test_the_forms_that_nmap_relays_are_told_apart(tmp_path, sender, recipient, question):
    output = nmap_output(tmp_path, RELAYED % (sender, recipient))
    forms = ("relay_plain", "relay_null", "relay_percent")
    assert by_nmap.says("relay", output, 25)
    assert [form for form in forms if by_nmap.says(form, output, 25)] == [question]


def test_accounts_are_told_from_names_that_nobody_has(tmp_path):
    known = nmap_output(tmp_path, names="&#xa;  RCPT, alice&#xa;")
    assert by_nmap.says("rcpt", known, 25) and not by_nmap.says("catch_all", known, 25)
    strange = nmap_output(tmp_path, names="&#xa;  RCPT, alice&#xa;  RCPT, qzx7vorlim&#xa;")
    assert by_nmap.says("catch_all", strange, 25)


def test_closed_ports_are_left_out(tmp_path):
    output = nmap_output(tmp_path)
    assert output.open(25) and not output.open(465)


def told_by_testssl(folder, suites=True, text="Testing protocols", **found):
    (folder / "one.txt").write_text(text)
    (folder / "one.json").write_text(json.dumps(
        [{"id": key, "severity": severity, "finding": finding} for key, (severity, finding) in found.items()]))
    return by_testssl.read(folder / "one", suites)


@pytest.mark.parametrize("question, key, bad, good", [
    ("expired", "cert_expirationStatus", ("CRITICAL", "expired"), ("HIGH", "expires < 30 days (9)")),
    ("soon", "cert_expirationStatus", ("HIGH", "expires < 30 days (9)"), ("CRITICAL", "expired")),
    ("self_signed", "cert_chain_of_trust", ("CRITICAL", "failed (self signed)."), ("OK", "passed.")),
    ("anonymous", "cipherlist_aNULL", ("CRITICAL", "offered"), ("OK", "not offered")),
    ("no_tls13", "TLS1_3", ("LOW", "not offered"), ("OK", "offered with final")),
    ("no_secrecy", "cipher_negotiated", ("LOW", "AES128-SHA256 (cbc)"), ("WARN", "Default cipher empty")),
    ("short_dh", "DH_groups", ("INFO", "RFC3526/Oakley Group 5"), ("OK", "RFC3526/Oakley Group 14")),
    ("rc4", "RC4", ("HIGH", "VULNERABLE"), ("OK", "not vulnerable")),
])
def test_what_testssl_says_is_read(tmp_path, question, key, bad, good):
    assert by_testssl.says(question, told_by_testssl(tmp_path, **{key: bad}))
    assert not by_testssl.says(question, told_by_testssl(tmp_path, **{key: good}))


def test_suites_are_not_judged_where_they_were_not_asked_for(tmp_path):
    assert by_testssl.says("rc4", told_by_testssl(tmp_path, suites=False, RC4=("HIGH", "VULNERABLE"))) is None


@pytest.mark.parametrize("name, port, check, exposed", [
    ("postfix-openrelay", 25, "relay.open", True),
    ("postfix-default", 25, "relay.open", False),
    ("exim-percent", 25, "relay.*", True),
    ("postfix-default", 25, "relay.*", False),
    ("postfix-greylist", 25, "harvest.greylist", True),
    ("postfix-limits", 25, "harvest.rcpt", None),
    ("postfix-spoof", 25, "harvest.rcpt", True),
])
def test_the_truth_is_that_of_the_audit_table(name, port, check, exposed):
    recipe, variant = name.split("-", 1)
    server = next(s for s in rows.servers().values() if (s.recipe, s.variant) == (recipe, variant))
    assert compare.truth(compare.verdicts.Truth(), server, port, check) is exposed
