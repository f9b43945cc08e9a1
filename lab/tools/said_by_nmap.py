# SPDX-License-Identifier: Apache-2.0
"""What nmap's XML says of a mail server, as answers to the questions of `lab/compare`."""
import datetime
import re
import xml.etree.ElementTree

import rivals

SOON = datetime.timedelta(days=14)
WEAK_LOGINS = {"CRAM-MD5", "DIGEST-MD5", "NTLM"}
TO = r"relaytest"
DOMAIN = re.escape("example.org")


class Output:
    """ports: {port: {"service": attributes, script: element}}; names: {method: names that it calls accounts}"""

    def __init__(self, ports, names):
        self.ports, self.names = ports, names

    def open(self, port):
        return port in self.ports

    def text(self, port, script):
        element = self.ports.get(port, {}).get(script)
        return "" if element is None else element.get("output")

    def software(self, port):
        """(product, [version])"""
        service = self.ports.get(port, {}).get("service", {})
        return service.get("product", ""), [service["version"]] if service.get("version") else []


def open_ports(path):
    try:
        tree = xml.etree.ElementTree.parse(path)
    except (FileNotFoundError, xml.etree.ElementTree.ParseError):
        return {}
    found = {}
    for port in tree.iter("port"):
        if port.find("state").get("state") == "open":
            service = port.find("service")
            found[int(port.get("portid"))] = {
                "service": {} if service is None else service.attrib,
                **{script.get("id"): script for script in port.findall("script")},
            }
    return found


def read(folder, server, methods):
    names = {}
    for method in methods:
        ports = open_ports(folder / ("nmap-%s-%s.xml" % (server, method)))
        text = Output(ports, {}).text(25, "smtp-enum-users")
        names[method] = set(re.findall(r"%s, (\S+)" % method, text))
    return Output(open_ports(folder / ("nmap-%s.xml" % server)), names)


def relayed(output, port):
    """(sender, recipient) of what smtp-open-relay found to be taken."""
    return re.findall(r"MAIL FROM:<(.*?)> -> RCPT TO:<(.*)>", output.text(port, "smtp-open-relay"))


def keywords(output, port):
    """What EHLO offers there, {keyword: parameters}: on 465 within TLS, else in clear."""
    line = output.text(port, "smtp-commands").split("\n")[0]
    each = [word.split() for word in line.split(", ")[1:]]
    return {words[0]: words[1:] for words in each if words}


def logins(output, port):
    return set(keywords(output, port).get("AUTH", []))


def element(output, port, *keys):
    """A value of ssl-cert's, by its keys; empty if there is none."""
    found = output.ports.get(port, {}).get("ssl-cert")
    for key in keys:
        if found is not None:
            found = next((child for child in found if child.get("key") == key), None)
    return "" if found is None else (found.text or "")


def moment(output, port, which):
    text = element(output, port, "validity", which)
    return datetime.datetime.fromisoformat(text[:19]) if text else None


def days(output, port, which):
    """Time from now until the certificate's first or last day."""
    found = moment(output, port, which)
    return found - datetime.datetime.utcnow() if found else None


def expired(output, port):
    left = days(output, port, "notAfter")
    return left is not None and left < datetime.timedelta()


def soon(output, port):
    left = days(output, port, "notAfter")
    return left is not None and datetime.timedelta() < left < SOON


def not_yet(output, port):
    left = days(output, port, "notBefore")
    return left is not None and left > datetime.timedelta()


def suites(output, port):
    return output.text(port, "ssl-enum-ciphers")


def self_signed(output, port):
    subject = element(output, port, "subject", "commonName")
    return bool(subject) and subject == element(output, port, "issuer", "commonName")


def no_secrecy(output, port):
    """A suite with RSA key exchange comes first, and the order is the server's."""
    newest = re.search(r"TLSv1\.2:.*?ciphers: \s+(\S+).*?cipher preference: (\w+)", suites(output, port), re.S)
    return bool(newest) and newest.group(1).startswith("TLS_RSA_") and newest.group(2) == "server"


def short_dh(output, port):
    return any(int(bits) < 2048 for bits in re.findall(r"TLS_DHE_\S+ \(dh (\d+)\)", suites(output, port)))


def has(pattern):
    return lambda output, port: bool(re.search(pattern, suites(output, port)))


def plain_to(pattern, senders=".+"):
    return lambda output, port: any(
        re.fullmatch(pattern, to) and re.fullmatch(senders, sender) for sender, to in relayed(output, port))


def greeted(output, port):
    return bool(keywords(output, port))


QUESTIONS = {
    "relay": lambda o, p: "Server is an open relay" in o.text(p, "smtp-open-relay"),
    "relay_plain": plain_to("%s@%s" % (TO, DOMAIN)),
    "relay_null": plain_to("%s@%s" % (TO, DOMAIN), ""),
    "relay_percent": plain_to("%s%%%s@.*" % (TO, DOMAIN)),
    "vrfy": lambda o, p: bool(o.names["VRFY"]),
    "expn": lambda o, p: bool(o.names["EXPN"]),
    "rcpt": lambda o, p: bool(o.names["RCPT"]),
    "catch_all": lambda o, p: bool(o.names["RCPT"] & set(rivals.STRANGE)),
    "cleartext": lambda o, p: p != 465 and bool(logins(o, p) & {"PLAIN", "LOGIN"}),
    "anonymous_login": lambda o, p: "ANONYMOUS" in logins(o, p),
    "weak_login": lambda o, p: bool(logins(o, p) & WEAK_LOGINS),
    "ntlm": lambda o, p: bool(o.text(p, "smtp-ntlm-info")),
    "plain_465": lambda o, p: p == 465 and o.ports[p]["service"].get("tunnel") != "ssl" and greeted(o, p),
    "no_starttls": lambda o, p: p != 465 and greeted(o, p) and "STARTTLS" not in keywords(o, p),
    "middlebox": lambda o, p: any(re.match("XXXX", word) for word in keywords(o, p)),
    "xclient": lambda o, p: "XCLIENT" in keywords(o, p),
    "expired": expired,
    "not_yet": not_yet,
    "soon": soon,
    "self_signed": self_signed,
    "wrong_name": lambda o, p: element(o, p, "subject", "commonName") not in ("", "mail.lab.test"),
    "short_key": lambda o, p: element(o, p, "pubkey", "type") == "rsa" and int(element(o, p, "pubkey", "bits")) < 2048,
    "sha1": lambda o, p: "sha1" in element(o, p, "sig_algo").lower(),
    "tls10": has(r"TLSv1\.0:"),
    "tls11": has(r"TLSv1\.1:"),
    "no_tls13": lambda o, p: bool(suites(o, p)) and "TLSv1.3:" not in suites(o, p),
    "anonymous": has(r"_anon_"),
    "null": has(r"TLS_\w+_WITH_NULL_"),
    "rc4": has(r"_RC4_"),
    "triple_des": has(r"_3DES_"),
    "no_secrecy": no_secrecy,
    "short_dh": short_dh,
}


def says(question, output, port):
    return QUESTIONS[question](output, port)
