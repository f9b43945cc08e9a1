# SPDX-License-Identifier: Apache-2.0
"""What testssl.sh's flat JSON says of a mail server, as answers to the questions of `lab/compare`."""
import json
import re

NO_TLS = "doesn't seem to be a TLS/SSL enabled server"
FINE = {"OK", "INFO", "WARN", "DEBUG"}  # a WARN is of itself: what it could not do


class Output:
    """found: {id: (severity, finding)}; text: what it printed; suites: whether they were asked for."""

    def __init__(self, found, text, suites):
        self.found, self.text, self.suites = found, text, suites

    def finding(self, key):
        return self.found.get(key, ("", ""))[1]

    def fault(self, key):
        return self.found.get(key, ("OK", ""))[0] not in FINE


def read(path, suites):
    """path: without its ending.  None if it was not run."""
    try:
        text = path.with_name(path.name + ".txt").read_text("utf-8", "replace")
    except FileNotFoundError:
        return None
    try:
        listed = json.loads(path.with_name(path.name + ".json").read_text("utf-8", "replace"))
    except (FileNotFoundError, json.JSONDecodeError):
        listed = []
    return Output({one["id"]: (one["severity"], one["finding"]) for one in listed}, text, suites)


def offered(key):
    return lambda output: output.finding(key).startswith("offered")


def reads(key, pattern):
    return lambda output: bool(re.search(pattern, output.finding(key)))


def short_key(output):
    bits = re.search(r"RSA (\d+)", output.finding("cert_keySize"))
    return bool(bits) and int(bits.group(1)) < 2048 and output.fault("cert_keySize")


def no_secrecy(output):
    return output.fault("cipher_negotiated") and not re.match(r"(EC)?DHE|TLS_", output.finding("cipher_negotiated"))


QUESTIONS = {
    "no_starttls": lambda o: NO_TLS in o.text,
    "broken": lambda o: NO_TLS in o.text or "OpenSSL cannot connect" in o.text,
    "expired": reads("cert_expirationStatus", "expired"),
    "not_yet": reads("cert_chain_of_trust", "not yet valid"),
    "soon": lambda o: o.fault("cert_expirationStatus") and "expired" not in o.finding("cert_expirationStatus"),
    "self_signed": reads("cert_chain_of_trust", "self signed"),
    "chain": reads("cert_chain_of_trust", "incomplete"),
    "wrong_name": lambda o: o.fault("cert_trust"),
    "short_key": short_key,
    "sha1": lambda o: o.fault("cert_signatureAlgorithm"),
    "tls10": offered("TLS1"),
    "tls11": offered("TLS1_1"),
    "no_tls13": lambda o: o.finding("TLS1_3").startswith("not offered"),
    "anonymous": offered("cipherlist_aNULL"),
    "null": offered("cipherlist_NULL"),
    "rc4": lambda o: o.fault("RC4"),
    "triple_des": offered("cipherlist_3DES_IDEA"),
    "no_secrecy": no_secrecy,
    "short_dh": lambda o: o.fault("DH_groups") or bool(re.search(r"Group (1|2|5)\b", o.finding("DH_groups"))),
    "no_ems": lambda o: bool(o.finding("TLS_extensions")) and "extended master secret" not in o.finding("TLS_extensions"),
}

# What was not asked for where only the certificate was looked at.
OF_SUITES = {"anonymous", "null", "rc4", "triple_des", "no_secrecy", "short_dh", "no_ems"}


def says(question, output):
    """None where it was not asked."""
    if question in OF_SUITES and not output.suites:
        return None
    return bool(QUESTIONS[question](output))
