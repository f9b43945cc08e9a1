# SPDX-License-Identifier: Apache-2.0
"""Runs the tools that `lab/compare` compares, one after the other, and keeps what each wrote in a folder.

Each run leaves NAME.json, .xml or .ndjson, and NAME.cost: seconds, and connections to servers as strace counts them.
"""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading
import time

import rows

DOMAIN, US, RESOLVER = "lab.test", "client.scan.test", "127.53.0.1"
PORTS = (25, 465, 587, 2525)
AUTHORITY = os.path.join(rows.LAB, "tls/ca.pem")
LONGEST_S = 900

# One name that exists, then two that nobody has: the script goes by a list of names, and with strange ones alone it
# can tell nothing.
EXISTS, STRANGE = "alice", ("qzx7vorlim", "woz3kudra")

# The script goes on to its next method with the names that are left: each method has a run of its own.
METHODS = ("RCPT", "VRFY", "EXPN")
SCRIPTS = "smtp-commands,smtp-open-relay,smtp-ntlm-info,smtp-strangeport,ssl-cert,ssl-enum-ciphers"

# All suites are asked for by testssl's own handshakes: with --fast it asks by the machine's OpenSSL, which has no
# anonymous suites by default.  Where only the certificate matters --fast is enough.
SUITES = ("-p", "-s", "-f", "-S", "-P", "-4", "-C", "-R", "-Z")
CERTIFICATE = ("--fast", "-p", "-S")
TESTSSL = (
    ("postfix-default", 25, SUITES), ("exim-default", 25, SUITES), ("exim-harvest", 25, SUITES), ("postfix-tls", 25, SUITES),
    ("postfix-tls", 465, SUITES),
    ("postfix-cert", 25, CERTIFICATE), ("postfix-cert", 465, CERTIFICATE), ("postfix-cert", 587, CERTIFICATE),
    ("postfix-cert", 2525, CERTIFICATE), ("postfix-cert2", 25, CERTIFICATE), ("postfix-cert2", 465, CERTIFICATE),
    ("postfix-cert2", 587, CERTIFICATE), ("postfix-cert2", 2525, CERTIFICATE), ("postfix-tls", 2525, CERTIFICATE),
    ("opensmtpd-default", 25, CERTIFICATE), ("middlebox-stripping", 25, CERTIFICATE),
)

# nmap and testssl run side by side, and mostly wait; but no server meets two of them at once.
BUSY = collections.defaultdict(threading.Lock)


def name(server):
    """The id without the release."""
    return "%s-%s" % (server.recipe, server.variant)


def run(folder, label, command, env=None):
    """Run a tool to its end, unless it was, and note its cost.  What it printed is kept: it may say why there is nothing
    else."""
    if (folder / (label + ".cost")).exists():
        return
    for left in folder.glob(label + ".*"):  # by a run that was cut short: testssl does not overwrite
        left.unlink()
    trace = folder / (label + ".strace")
    traced = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=connect", "-o", trace] if shutil.which("strace") else []
    begun = time.monotonic()
    with open(folder / (label + ".txt"), "w", encoding="utf-8") as text:
        status = subprocess.run([*traced, *command], stdout=text, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                timeout=LONGEST_S, check=False, env={**os.environ, **(env or {})}).returncode
    cost = {"seconds": time.monotonic() - begun, "status": status}
    if traced:
        cost["connections"] = len(re.findall(r'connect\(\d+, .*inet_addr\("127\.10\.', trace.read_text("latin1")))
        trace.unlink()
    (folder / (label + ".cost")).write_text(json.dumps(cost))


def run_smtpscan(folder, smtpscan, servers, others):
    """Each port by a process of its own: what may be asked is bounded by address.  Typed as arguments: limits are only
    tried on such."""
    base = [smtpscan, "scan", "-q", "--format", "json", "--ehlo", US, "--resolver", RESOLVER]
    full = ["--level", "full", "--domain", DOMAIN, "--greylist-wait", "8s"]
    for port in PORTS:
        out = folder / ("smtpscan-%d.ndjson" % port)
        run(folder, "smtpscan-%d" % port, [*base, *full, "-p", str(port), "-o", out, *(s.address for s in servers)],
            {"SSL_CERT_FILE": AUTHORITY})
    run(folder, "smtpscan-altered", [*base, "--level", "identify", "-p", "25", "-o", folder / "smtpscan-altered.ndjson",
                                     *(s.address for s in others)])


def nmap(folder, server, label, script_args, *options):
    command = ["nmap", "-Pn", "-n", "-sT", "-vv", *options, "-oX", folder / (label + ".xml"), server.address]
    run(folder, label, command + (["--script-args", script_args] if script_args else []))


def run_nmap(folder, servers, others):
    names = folder / "names"
    names.write_text("".join("%s\n" % one for one in (EXISTS, *STRANGE)))
    for server in servers:
        label = "nmap-%s" % name(server)
        with BUSY[server.address]:
            nmap(folder, server, label, "smtp.domain=%s,smtp-open-relay.domain=example.org" % US,
                 "-sV", "-p", ",".join(map(str, PORTS)), "--script", SCRIPTS)
            for method in METHODS:
                nmap(folder, server, "%s-%s" % (label, method),
                     "smtp.domain=%s,userdb=%s,smtp-enum-users.methods={%s}" % (DOMAIN, names, method),
                     "-p", "25", "--script", "smtp-enum-users")
    for server in others:
        nmap(folder, server, "nmap-%s" % name(server), None, "-sV", "-p", "25")


def run_testssl(folder, servers):
    """By name and address: it compares the certificate with the name."""
    known = {name(server): server for server in servers}
    for server, port, checks in TESTSSL:
        label = "testssl-%s-%d" % (server, port)
        starttls = [] if port == 465 else ["-t", "smtp"]
        with BUSY[known[server].address]:
            run(folder, label, ["testssl", "--quiet", "--warnings", "off", "--nodns", "none", "--color", "0", *checks,
                                "--add-ca", AUTHORITY, *starttls, "--jsonfile", folder / (label + ".json"),
                                "--ip", known[server].address, "mail.lab.test:%d" % port])


def run_all(folder, smtpscan, servers, others):
    run_smtpscan(folder, smtpscan, servers, others)
    sides = [threading.Thread(target=run_nmap, args=(folder, servers, others)),
             threading.Thread(target=run_testssl, args=(folder, servers))]
    for side in sides:
        side.start()
    for side in sides:
        side.join()


def costs(folder, tool):
    """(runs, seconds, connections) of all that a tool did."""
    every = [json.loads(path.read_text()) for path in sorted(pathlib.Path(folder).glob(tool + "-*.cost"))]
    return len(every), sum(one["seconds"] for one in every), sum(one.get("connections", 0) for one in every)
