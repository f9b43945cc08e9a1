# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: the program under test and the scripted server, both as processes.

SMTPSCAN and SMTPSCAN_PEER name the two programs.  Everything happens on loopback.
"""

import ast
import json
import os
import pathlib
import select
import signal
import subprocess
import time

import pytest

PEERS = pathlib.Path(__file__).resolve().parent.parent / "peers"
DOCS = pathlib.Path(__file__).resolve().parent.parent.parent / "docs"

# Short enough for a suite, long enough for a sanitized program on a busy machine.
TIMEOUTS = ("--timeout-connect", "1s", "--timeout-greeting", "1s", "--timeout-reply", "1s",
            "--timeout-tls", "2s", "--timeout-visit", "10s")

PATIENCE = 60.0  # for anything that is certain to come; reaching it is a failure
ENDS = ("FIN", "RST", "reset", "timeout")


def until(condition, what, patience=10.0):
    """Looks until condition() is true, and returns what it gave."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.005)
    return found


def program(variable):
    path = os.environ.get(variable)
    if not path or not os.access(path, os.X_OK):
        pytest.exit(f"{variable} must name the program to test", returncode=4)
    return path


class Connection:
    """What the peer saw of one connection: (event, octets or words) in their order."""

    def __init__(self, number):
        self.number = number
        self.events = []

    @property
    def lines(self):
        """All that the client said, the last piece perhaps without a line end."""
        return [what for event, what in self.events if event in ("line", "rest")]

    @property
    def end(self):
        """How the client ended it, or the peer by `reset` or `timeout`; None while it stands."""
        return next((event for event, _ in self.events if event in ENDS), None)

    @property
    def tls(self):
        """The version of TLS, or None."""
        return next((w.split()[-1] for e, w in self.events if e == "tls" and w.startswith("up")),
                    None)

    def said_after(self, line):
        """What the client said behind this line, which it did say."""
        return self.lines[self.lines.index(line) + 1:]


class Peer:
    """A scripted server: tests/peers/NAME.smtp at an address of its own."""

    def __init__(self, directory, name, address="127.0.0.1", port=0):
        self.name = name
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log_path = self.directory / f"{name}-{address}-{port}-{id(self)}.log"
        self.ca_path = self.log_path.with_suffix(".pem")
        arguments = [program("SMTPSCAN_PEER"), "--log", self.log_path, "--ca", self.ca_path,
                     PEERS / f"{name}.smtp", address, str(port)]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        where = self.process.stdout.readline().split()
        if len(where) != 2:
            self.process.wait(PATIENCE)
            raise OSError(self.process.stderr.read().decode())
        self.address, self.port = where[0].decode(), int(where[1])

    @property
    def target(self):
        return f"[{self.address}]:{self.port}" if ":" in self.address else \
            f"{self.address}:{self.port}"

    def connections(self):
        """All so far."""
        found = {}
        for line in self.log_path.read_bytes().decode("ascii").splitlines():
            number, event, *words = line.split(" ", 2)
            c = found.setdefault(int(number), Connection(int(number)))
            what = words[0] if words else ""
            c.events.append((event, ast.literal_eval("b" + what) if what[:1] == '"' else what))
        return [found[n] for n in sorted(found)]

    def settled(self, count=1):
        """All, once there are that many and each has come to its end."""
        def found():
            all_of_them = self.connections()
            ended = all(c.end for c in all_of_them)
            return all_of_them if ended and len(all_of_them) >= count else None

        return until(found, f"{count} connections to {self.name} and their end")

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process.stderr.close()


class Scan:
    """What one run of the program gave."""

    def __init__(self, stdout, stderr, status, seconds):
        self.stdout = stdout
        self.stderr = stderr.decode("utf-8")
        self.status = status
        self.seconds = seconds

    @property
    def records(self):
        return parse_records(self.stdout)

    def of_type(self, kind):
        return [r for r in self.records if r["type"] == kind]

    @property
    def services(self):
        return self.of_type("service")

    @property
    def service(self):
        """The only one."""
        assert len(self.services) == 1, self
        return self.services[0]

    def __repr__(self):
        return f"status {self.status} after {self.seconds:.1f} s\n{self.stdout!r}\n{self.stderr}"


def parse_records(octets):
    """NDJSON: whole lines, each of them one object."""
    assert octets == b"" or octets.endswith(b"\n"), f"half a line: {octets[-80:]!r}"
    records = [json.loads(line) for line in octets.decode("utf-8").splitlines()]
    assert all(isinstance(r, dict) and "type" in r for r in records)
    return records


class Scanner:
    """Starts the program under test."""

    def __init__(self):
        self.path = program("SMTPSCAN")
        kept = ("PATH", "HOME", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
        self.environment = {k: os.environ[k] for k in kept if k in os.environ}
        self.environment["LC_ALL"] = "C.UTF-8"
        self.environment["SMTPSCAN_CONFIG"] = "none"  # the user's own is not under test

    def start(self, *arguments, env=None, **keywords):
        words = [a if isinstance(a, bytes) else str(a) for a in arguments]
        return subprocess.Popen([self.path, *words], stderr=subprocess.PIPE,
                                env={**self.environment, **(env or {})}, **keywords)

    def run(self, *arguments, stdin=b"", env=None):
        """With these arguments and nothing else."""
        started = time.monotonic()
        p = self.start(*arguments, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            stdout, stderr = p.communicate(stdin, PATIENCE)
        finally:
            p.kill()
        return Scan(stdout, stderr, p.returncode, time.monotonic() - started)

    def scan(self, *arguments, **keywords):
        """With short time-outs, giving records."""
        return self.run("scan", "--format", "json", *TIMEOUTS, *arguments, **keywords)

    def run_on_terminal(self, *arguments, env=None):
        """What it writes to standard output when that is a terminal."""
        ours, theirs = os.openpty()
        p = self.start(*arguments, env={"TERM": "xterm-256color", **(env or {})},
                       stdin=subprocess.DEVNULL, stdout=theirs)
        os.close(theirs)
        octets = b""
        try:
            while select.select([ours], [], [], PATIENCE)[0]:
                try:
                    piece = os.read(ours, 65536)
                except OSError:  # how a terminal says that nobody has it open any more
                    break
                octets += piece
            p.communicate(timeout=PATIENCE)
        finally:
            p.kill()
            os.close(ours)
        return octets.replace(b"\r\n", b"\n")

    def interrupt(self, process):
        """SIGINT to that process; gives its status and standard error."""
        process.send_signal(signal.SIGINT)
        try:
            _, stderr = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        return process.returncode, stderr.decode("utf-8")


@pytest.fixture(scope="session")
def scanner():
    return Scanner()


@pytest.fixture(scope="module")
def start_peer(tmp_path_factory):
    """start_peer(NAME, ADDRESS, PORT) gives a Peer, which ends with the module's tests."""
    started = []

    def start(*arguments, **keywords):
        started.append(Peer(tmp_path_factory.mktemp("peer"), *arguments, **keywords))
        return started[-1]

    yield start
    for peer in started:
        peer.stop()


@pytest.fixture(scope="module")
def start_peers(start_peer):
    """Several at one port: start_peers([(NAME, ADDRESS), ...])."""

    def start(wanted):
        for _ in range(20):
            first = start_peer(*wanted[0])
            try:
                return [first] + [start_peer(name, address, first.port)
                                  for name, address in wanted[1:]]
            except OSError:  # somebody else has that port at another address
                continue
        raise OSError("no port is free at all of these addresses")

    return start
