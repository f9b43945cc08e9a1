#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ask the lab's servers for their greeting.

usage: status.py list|check|wait [PATTERN]

list   the truth table with the greeting as seen now
check  name the servers that do not greet with 220
wait   ask until all do, for 120 seconds at most
"""
import re
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import rows

WAIT_S = 120
GREETING_S = 14  # postscreen takes 6
PARALLEL = 40


def whole(octets):
    """A reply is whole when a line has a space, or nothing, after its code."""
    return re.search(rb"^\d{3}(?: [^\n]*|\r?)\n", octets, re.MULTILINE) is not None


def quit_politely(peer):
    try:
        peer.sendall(b"QUIT\r\n")
        peer.settimeout(1)
        peer.recv(512)
    except OSError:
        pass


def begun(octets):
    """Enough to know that a server is up: postscreen takes six seconds for the rest."""
    return octets.startswith(b"220") or whole(octets)


def greeting(address, enough=whole):
    """What a server says first, on one line; what went wrong, after a '!'."""
    octets = b""
    try:
        with socket.create_connection((address, 25), 3) as peer:
            peer.settimeout(GREETING_S)
            while not enough(octets):
                more = peer.recv(2048)
                if not more:
                    break
                octets += more
            quit_politely(peer)
    except OSError as error:
        return f"!{error}"
    text = octets.decode("latin1").strip().replace("\r\n", "\\n")
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)


def greetings(servers, enough=whole):
    with ThreadPoolExecutor(PARALLEL) as pool:
        return list(pool.map(lambda server: greeting(server.address, enough), servers))


def silent(servers, enough=whole):
    """The servers that do not greet with 220, each with what it says."""
    asked = zip(servers, greetings(servers, enough))
    return [(server, said) for server, said in asked if not said.startswith("220")]


def show_list(pattern):
    servers = rows.fetched(pattern)
    print("\t".join([*rows.COLUMNS, "banner"]))
    for server, said in zip(servers, greetings(servers)):
        print("\t".join([*rows.row(server), said]))


def report(servers, failed):
    for server, said in failed:
        print(f"no 220 from {server.id} at {server.address}: {said[:120]}", file=sys.stderr)
    print(f"{len(servers) - len(failed)} of {len(servers)} answer")
    return 1 if failed or not servers else 0


def check(pattern):
    servers = rows.fetched(pattern)
    return report(servers, silent(servers))


def wait(pattern):
    servers = rows.with_backends(rows.fetched(pattern))
    end = time.monotonic() + WAIT_S
    failed = silent(servers, begun)
    while failed and time.monotonic() < end:
        time.sleep(0.1)
        failed = silent([server for server, _ in failed], begun)
    return report(servers, failed)


def main(mode, pattern="."):
    modes = {"list": show_list, "check": check, "wait": wait}
    if mode not in modes:
        sys.exit(__doc__)
    return modes[mode](pattern)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
