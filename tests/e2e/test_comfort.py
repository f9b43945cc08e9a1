# SPDX-License-Identifier: Apache-2.0
"""What makes the command line easy: help, suggestions, the configuration file, completions, installing."""

import fcntl
import json
import os
import pathlib
import re
import select
import shutil
import socket
import struct
import subprocess
import termios

import pytest

from conftest import DOCS, PATIENCE, TIMEOUTS, parse_records
from nameserver import NameServer, Zone

ROOT = DOCS.parent
COMMANDS = re.findall(r'X\([A-Z]+, "(\w+)",', (ROOT / "src/cli/options.h").read_text())
ASKING = ("--format", "json", "--level", "detect", *TIMEOUTS)


@pytest.fixture(scope="module")
def nobody():
    """An address where nobody listens: held by a socket that does not."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        yield "{}:{}".format(*s.getsockname())


# ---- help ----

def test_help_fits_two_screens(scanner):
    text = scanner.run("--help").stdout.decode()
    lines = text.splitlines()
    assert len(lines) <= 80 and max(map(len, lines)) <= 80
    assert text.startswith("usage: smtpscan [COMMAND] [OPTIONS] [TARGET...]\n")
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\S", text, re.M)
    assert text.count("\n  smtpscan ") == 3  # examples
    for word in ("--level", "--list", "smtpscan COMMAND --help", "man smtpscan"):
        assert word in text
    assert "--timeout-tls" not in text


def options_shown(scanner, command):
    text = scanner.run(command, "--help").stdout.decode()
    assert text.startswith(f"usage: smtpscan {command} ")
    assert max(map(len, text.splitlines())) <= 80
    return re.findall(r"^  (?:-\w,|   ) --([\w-]+)", text, re.M)


def test_help_of_the_commands_has_all_options(scanner):
    shown = {command: options_shown(scanner, command) for command in COMMANDS}
    rows = re.findall(r'^    \{"([\w-]+)", ', (ROOT / "src/cli/options.c").read_text(), re.M)
    assert len(rows) > 50
    assert {name for names in shown.values() for name in names} == set(rows)
    assert all(len(names) == len(set(names)) for names in shown.values())


def test_a_command_takes_what_its_help_shows(scanner):
    shown = options_shown(scanner, "judge")
    for name in {name for command in ("scan", "learn") for name in options_shown(scanner, command)}:
        refused = "does not go with judge" in scanner.run("judge", f"--{name}", "--help").stderr
        assert refused == (name not in shown), name


def test_help_is_as_wide_as_the_terminal(scanner):
    widths = {}
    for columns in (60, 100):
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        p = scanner.start("scan", "--help", stdin=subprocess.DEVNULL, stdout=theirs)
        os.close(theirs)
        octets = b""
        try:
            while piece := os.read(ours, 65536):
                octets += piece
        except OSError:  # how a terminal says that nobody has it open any more
            pass
        p.communicate(timeout=PATIENCE)
        os.close(ours)
        widths[columns] = max(map(len, octets.decode().replace("\r\n", "\n").splitlines()))
    assert 50 < widths[60] <= 60 and 80 < widths[100] <= 100


# ---- suggestions ----

SLIPS = [
    # arguments, the whole message
    (("--prots", "25", "x"), "--prots: no such option; did you mean --ports?"),
    (("judge", "--onyl", "x"), "--onyl: no such option; did you mean --only?"),
    (("--timout-conect=5s", "x"), "--timout-conect=5s: no such option; did you mean --timeout-connect?"),
    (("--frobnicate", "x"), "--frobnicate: no such option; smtpscan scan --help lists those there are"),
    (("judge", "--prots", "25"), "--prots: no such option; smtpscan judge --help lists those there are"),
    (("judge", "--ports", "25"), "--ports does not go with judge"),
    (("judge", "-p", "25"), "--ports does not go with judge"),
    (("-Z", "x"), "-Z: no such option; smtpscan scan --help lists those there are"),
    (("--ti", "5s", "x"), "--ti: may be any of --timeout-connect, --timeout-greeting, --timeout-reply, "
     "--timeout-tls, --timeout-visit, --timeout-dns"),
    (("--level", "adit", "x"), "--level: adit: takes detect|identify|audit|full; did you mean audit?"),
    (("--level", "everything", "x"), "--level: everything: takes detect|identify|audit|full"),
    (("--fail-on", "hihg", "x"), "--fail-on: hihg: takes info|low|medium|high|critical; did you mean high?"),
    (("--as", "hots", "x"), "--as: hots: takes domain|host; did you mean host?"),
    (("--quiet=on", "x"), "--quiet: on: takes yes|no; did you mean no?"),
    (("--only", "svc.cev", "127.0.0.1:1"), "--only: no check is called svc.cev; did you mean svc.cve?"),
    (("--skip", "relay.opne", "127.0.0.1:1"), "--skip: no check is called relay.opne; did you mean relay.open?"),
    (("--skip", "frobnicate", "127.0.0.1:1"), "--skip: no check is called frobnicate (smtpscan explain lists them)"),
    (("judeg", "file"), "judeg: no such command; did you mean judge? (a host: smtpscan scan NAME)"),
    (("expalin", "Exim"), "expalin: no such command; did you mean explain? (a host: smtpscan scan NAME)"),
    (("-q", "judge", "file"), "judge: a command comes first (a host: smtpscan scan NAME)"),
    (("help",), "help: no such command; did you mean --help? (a host: smtpscan scan NAME)"),
    (("version",), "version: no such command; did you mean --version? (a host: smtpscan scan NAME)"),
    (("data", "lnit"), "data takes lint, weigh, import-transcript FILE..., or import-smtpscan FILE; did you mean lint?"),
    (("data", "lint", "x"), "data takes lint, weigh, import-transcript FILE..., or import-smtpscan FILE"),
    (("completion", "tcsh"), "completion: tcsh: takes bash|zsh|fish"),
]


@pytest.mark.parametrize("arguments, message", SLIPS, ids=lambda x: " ".join(x)[:40] if isinstance(x, tuple) else "")
def test_a_slip_is_named(scanner, arguments, message):
    scan = scanner.run(*arguments)
    assert (scan.status, scan.stdout, scan.stderr) == (2, b"", f"smtpscan: {message}\n")


@pytest.mark.parametrize("word", ["judeg.", "data:25", "./learn", "127.0.0.1"])
def test_what_can_be_no_command_is_a_target(scanner, word):
    """It is refused as a target, or visited: never taken for a slip."""
    scan = scanner.run(word, "-p", "1", "--resolver", "127.0.0.1:1", "--timeout-dns", "1ms", *ASKING)
    assert "command" not in scan.stderr


def test_behind_scan_every_word_is_a_target(scanner):
    scan = scanner.run("scan", "judge", "--resolver", "127.0.0.1:1", "--timeout-dns", "1ms", *ASKING)
    assert scan.records[0]["input"] == "judge"


# ---- where it is written ----

@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("data", "lint"), ("completion", "bash"), ("explain",)],
                         ids=" ".join)
def test_a_full_disk_is_told(scanner, arguments):
    with open("/dev/full", "wb") as full:
        p = scanner.start(*arguments, stdout=full)
        assert b"standard output: No space left on device" in p.communicate(timeout=PATIENCE)[1]
    assert p.returncode == 4


def test_who_judges_to_a_full_disk_blames_the_disk(scanner, nobody, tmp_path):
    assert scanner.run(nobody, *ASKING, "-o", tmp_path / "records").status == 3
    with open("/dev/full", "wb") as full:
        p = scanner.start("judge", tmp_path / "records", stdout=full)
        assert p.communicate(timeout=PATIENCE)[1] == b"smtpscan: standard output: No space left on device\n"
    assert p.returncode == 4


def test_a_file_too_large_for_a_data_folder_is_told(scanner, tmp_path):
    os.truncate(os.open(tmp_path / "large", os.O_CREAT | os.O_WRONLY), 2 << 20)
    done = scanner.run("data", "lint", "--data", tmp_path)
    assert done.status == 2 and done.stderr == f"smtpscan: --data: {tmp_path}: size limit reached\n"


@pytest.mark.parametrize("closed, status", [((0,), 3), ((1,), 4), ((2,), 3), ((0, 1, 2), 4)])
def test_a_standard_file_that_is_closed_is_nobody_elses(scanner, nobody, tmp_path, closed, status):
    """A socket in its place would be written to, or end the program by an assertion of libuv's."""
    (tmp_path / "list").write_text(f"{nobody}\nno target\n")
    p = scanner.start("-l", tmp_path / "list", *ASKING, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                      preexec_fn=lambda: [os.close(fd) for fd in closed])
    p.communicate(timeout=PATIENCE)
    assert p.returncode == status


# ---- the configuration file ----

class Configuration:
    """Files where the program looks for them, and what comes of them."""

    def __init__(self, scanner, directory):
        self.scanner = scanner
        self.home = directory
        self.env = {"SMTPSCAN_CONFIG": "", "XDG_CONFIG_HOME": str(directory / "xdg"), "HOME": str(directory)}

    def write(self, text, name="xdg/smtpscan/smtpscan.conf"):
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run(self, *arguments, **env):
        return self.scanner.run(*arguments, env={**self.env, **env})

    def options(self, *arguments, **env):
        """What the record of the run says of them."""
        done = self.run(*arguments, **env)
        assert done.status in (0, 3), done
        return parse_records(done.stdout)[-1]["options"]


@pytest.fixture()
def configuration(scanner, tmp_path):
    return Configuration(scanner, tmp_path)


def test_the_file_gives_defaults_and_the_line_wins(configuration, nobody):
    configuration.write("# ours\nlevel = detect   # no more\nports=1\nquiet = yes\nexhaustive = no\n")
    done = configuration.run(nobody)
    service, run = parse_records(done.stdout)
    assert (service["level"], run["level"]) == ("detect", "detect")
    assert run["options"] == ["--level", "detect", "--ports", "1", "--quiet", "--exhaustive=no"]
    service, run = parse_records(configuration.run(nobody, "--level", "identify", "--quiet=no").stdout)
    assert service["level"] == "identify"
    assert run["options"][-3:] == ["--level", "identify", "--quiet=no"]


def test_which_file_is_read(configuration, nobody, tmp_path):
    def of(*arguments, **env):
        return configuration.options(nobody, *arguments, **env)

    configuration.write("ehlo = config.example\n", ".config/smtpscan/smtpscan.conf")
    assert of(XDG_CONFIG_HOME="") == ["--ehlo", "config.example"]
    assert of(XDG_CONFIG_HOME="relative") == ["--ehlo", "config.example"]
    configuration.write("ehlo = xdg.example\n")
    assert of() == ["--ehlo", "xdg.example"]
    named = configuration.write("level = detect\n", "named")
    assert of(SMTPSCAN_CONFIG=str(named)) == ["--level", "detect"]
    assert of(SMTPSCAN_CONFIG="none") == []
    assert of("--config", "none") == ["--config", "none"]
    assert of("--config", named, SMTPSCAN_CONFIG="none") == ["--level", "detect", "--config", str(named)]


def test_a_file_that_is_named_must_be_there(configuration, tmp_path):
    for arguments, env in ((("--config", tmp_path / "x"), {}), ((), {"SMTPSCAN_CONFIG": str(tmp_path / "x")})):
        done = configuration.run("127.0.0.1:1", *arguments, **env)
        assert done.status == 2
        assert done.stderr == f"smtpscan: configuration file: {tmp_path}/x: is not there\n"


def test_a_file_that_cannot_be_read_is_not_passed_over(configuration, tmp_path):
    (tmp_path / "xdg/smtpscan/smtpscan.conf").mkdir(parents=True)
    done = configuration.run("127.0.0.1:1")
    assert done.status == 2 and "smtpscan.conf: Is a directory" in done.stderr
    big = configuration.write("#" * 70000, "big")
    assert "64 KiB" in configuration.run("127.0.0.1:1", "--config", big).stderr


WRONG_LINES = [
    # text, line, what is said there
    ("\nlevle = audit\n", 2, "levle: no such option; did you mean level?"),
    ("frobnicate = 1\n", 1, "frobnicate: no such option; names are those of options, without the hyphens"),
    ("--level = audit\n", 1, "--level: no such option; did you mean level?"),
    ("level = audti\n", 1, "level: audti: takes detect|identify|audit|full; did you mean audit?"),
    ("quiet = on\n", 1, "quiet: on: takes yes|no; did you mean no?"),
    ("# a\n# b\nlevel audit\n", 3, "takes NAME = VALUE, such as level = identify"),
    ("ports = smtp\n", 1, "ports: smtp: takes up to 16 ports from 1 to 65535, parted by commas"),
    ("list = hosts\n", 1, "list: hosts: is told for each run, on the command line"),
    ("output = /tmp/x\n", 1, "output: /tmp/x: is told for each run, on the command line"),
    ("config = other\n", 1, "config: other: is told for each run, on the command line"),
    ("help = yes\n", 1, "help: yes: is told for each run, on the command line"),
    ("quiet = yes\nehlo = a b\n", 2, "ehlo: a b: takes a host name or an address literal"),
    ("resolver = here\n", 1, "resolver: here: takes ADDRESS, ADDRESS:PORT, [V6]:PORT or recursive"),
    ("ipv4 = yes\nipv6 = yes\n", 2, "ipv6: yes: and --ipv4 exclude each other; without either both are used"),
    (b"ehlo = \x1b[31m\n", 1, "holds a control character"),
]


@pytest.mark.parametrize("text, line, message", WRONG_LINES, ids=lambda x: ascii(x)[:30] if isinstance(x, (str, bytes)) else "")
def test_a_wrong_line_is_named(configuration, text, line, message):
    path = configuration.write(text)
    done = configuration.run("127.0.0.1:1")
    assert (done.status, done.stdout) == (2, b"")
    assert done.stderr == f"smtpscan: {path}:{line}: {message}\n"


def test_what_is_for_another_command_is_left_out_but_not_wrong_values(configuration):
    configuration.write("ports = 25\nlevel = audit\nrate = 7\n")
    assert configuration.run("explain", "svc.cve").status == 0
    configuration.write("level = audti\n")
    assert "did you mean audit?" in configuration.run("explain", "svc.cve").stderr


@pytest.mark.parametrize("arguments", [("--help",), ("scan", "--help"), ("--version",), ("completion", "bash")])
def test_help_comes_whatever_the_file_says(configuration, arguments):
    configuration.write("frobnicate = 1\n")
    assert configuration.run(*arguments).status == 0


def test_the_line_takes_back_a_family(configuration):
    """Of a name that has an IPv4 address alone."""
    configuration.write("ipv6 = yes\n")
    server = NameServer(Zone({"host.example.org": [("A", "127.0.0.1")]}))
    outcomes = {}
    try:
        for words in ((), ("-4",), ("--ipv6=no",)):
            done = configuration.run("host.example.org", "--as", "host", "--allow-special", "-p", "1", *words,
                                     "--resolver", server.address, *ASKING)
            outcomes[words] = [r["outcome"] for r in done.of_type("service")]
    finally:
        server.stop()
    assert outcomes == {(): [], ("-4",): ["refused"], ("--ipv6=no",): ["refused"]}


def test_exclusions_add_up(configuration, nobody, tmp_path):
    (tmp_path / "never").write_text("127.0.0.1\n")
    (tmp_path / "neither").write_text("192.0.2.0/24\n")
    configuration.write(f"exclude = {tmp_path}/never\n")
    for more in ((), ("--exclude", tmp_path / "neither")):
        assert configuration.run(nobody, *more, *ASKING).service["outcome"] == "excluded"


def test_files_of_another_editor_are_read(configuration, nobody, tmp_path):
    """With a byte order mark, and lines that end with CRLF."""
    def write(name, *lines):
        path = tmp_path / name
        path.write_bytes(b"\xef\xbb\xbf" + "".join(line + "\r\n" for line in lines).encode())
        return str(path)

    configuration.write(pathlib.Path(write("conf", "level = detect", "# more", "ports = 1")).read_bytes())
    targets, never = write("targets", nobody, "127.0.0.9"), write("never", "127.0.0.9", "# more")
    accepted = write("accepted", "relay.*", "tls.cert.* # more")
    done = configuration.run("-l", targets, "--exclude", never, "--baseline", accepted, *ASKING)
    assert done.status == 3 and not done.stderr, done
    assert {(x["outcome"], x["port"]) for x in done.services} == {("refused", int(nobody.split(":")[1])), ("excluded", 1)}
    assert done.records[-1]["level"] == "detect"
    records = write("records", *done.stdout.decode().splitlines())
    again = configuration.run("judge", records)
    assert len(again.services) == 2 and not again.stderr


@pytest.mark.parametrize("arguments", [("-l", "-", "-l", "-"), ("-l", "-", "--exclude", "-"), ("judge", "-", "-"),
                                       ("import", "--store", "x.db", "-", "-"), ("report", "-", "-")], ids=" ".join)
def test_standard_input_is_read_once(scanner, arguments):
    done = scanner.run(*arguments, stdin=b"127.0.0.9\n")
    assert done.status == 2 and "-: standard input can be read but once" in done.stderr


def test_learn_has_a_config_of_its_own(configuration, nobody, tmp_path):
    """There the variable names the file."""
    path = configuration.write("ehlo = a b\n", "named")
    done = configuration.run("learn", nobody, "--config", "small", "--product", "X", "--product-version", "1",
                             SMTPSCAN_CONFIG=str(path))
    assert f"{path}:1: ehlo: a b: " in done.stderr


def test_a_run_that_goes_on_needs_the_same_file(configuration, nobody, tmp_path):
    run = (nobody, "--resume", tmp_path / "state", "-o", tmp_path / "records", "--format", "json")
    configuration.write("level = detect\nehlo = one.example\n")
    assert configuration.run(*run).status == 3
    assert "complete" in configuration.run(*run).stderr
    configuration.write("level = detect\nehlo = two.example\n")
    other = configuration.run(*run)
    assert other.status == 2 and "begun with something else: --ehlo;" in other.stderr
    typed = configuration.run(*run, "--ehlo", "one.example")
    assert typed.status == 0 and "complete" in typed.stderr


def test_the_system_has_a_file_too(configuration, nobody, tmp_path):
    """Read where the user has none; in a world of its own, whose /etc is ours."""
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "smtpscan.conf").write_text("ehlo = system.example\n")
    inside = ["unshare", "--map-root-user", "--mount", "sh", "-c", 'mount --bind "$1" /etc && shift && exec "$@"', "sh"]
    if shutil.which("unshare") is None or subprocess.run([*inside, str(etc), "true"], capture_output=True).returncode:
        pytest.skip("no user and mount namespaces here")
    command = [*inside, str(etc), configuration.scanner.path, nobody, *ASKING]
    environment = {**configuration.scanner.environment, **configuration.env}

    def ehlo():
        done = subprocess.run(command, env=environment, capture_output=True, timeout=PATIENCE)
        return json.loads(done.stdout.splitlines()[-1])["options"][:2]

    assert ehlo() == ["--ehlo", "system.example"]
    configuration.write("ehlo = user.example\n")
    assert ehlo() == ["--ehlo", "user.example"]


def test_the_example_is_right(configuration, nobody, tmp_path):
    text = (DOCS / "smtpscan.conf").read_text()
    settings = re.sub(r"^#(?=[a-z])", "", text, flags=re.M)
    assert settings.count("\n") == text.count("\n") and settings != text
    for name in ("exclude", "baseline"):
        (tmp_path / name).write_text("")
        settings = settings.replace(f"/etc/smtpscan.{name}", str(tmp_path / name))
    settings = settings.replace("/var/lib/smtpscan", str(tmp_path))
    configuration.write(settings.replace("192.0.2.10", "127.0.0.1"))
    assert len(configuration.options(nobody)) > 15
    path = configuration.write(text)
    assert configuration.options(nobody, "--config", path) == ["--config", str(path)]


# ---- completions ----

DRIVER = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_smtpscan smtpscan "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def completions(scanner, tmp_path_factory):
    directory = tmp_path_factory.mktemp("completions")
    for shell in ("bash", "zsh", "fish"):
        done = scanner.run("completion", shell)
        assert (done.status, done.stderr) == (0, "")
        (directory / shell).write_bytes(done.stdout)
    return directory


def shell(name):
    path = shutil.which(name)
    return path or pytest.skip(f"no {name} here")


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completions_are_of_the_shell(completions, name):
    subprocess.run([shell(name), "-n", completions / name], check=True, timeout=PATIENCE)


COMPLETED = [
    # words (bash parts them at '='), what must be offered, what must not
    (("",), COMMANDS, ["--level"]),
    (("ju",), ["judge"], COMMANDS[:1]),
    (("--lev",), ["--level"], ["--list"]),
    (("--level", ""), ["detect", "identify", "audit", "full"], ["scan"]),
    (("--level", "=", ""), ["detect", "full"], []),
    (("--level", "=", "de"), ["detect"], ["full"]),
    (("judge", "--"), ["--only", "--help"], ["--ports", "--level"]),
    (("judge", "--format", "j"), ["json"], ["text"]),
    (("judge", "--level", ""), [], ["detect"]),
    (("--fail-on", ""), ["info", "critical"], []),
    (("--only", "svc.c"), ["svc.cve"], ["svc.eol"]),
    (("--only", "svc.cve,svc.e"), ["svc.cve,svc.eol"], ["svc.eol"]),
    (("explain", "svc.c"), ["svc.cve"], []),
    (("data", ""), ["lint", "weigh"], []),
    (("completion", ""), ["bash", "zsh", "fish"], []),
    (("--rate", ""), [], COMMANDS),
]


@pytest.mark.parametrize("words, offered, others", COMPLETED, ids=lambda x: " ".join(x)[:30] if isinstance(x, tuple) else "")
def test_bash_completes(completions, words, offered, others):
    done = subprocess.run([shell("bash"), "-c", DRIVER, "-", completions / "bash", "smtpscan", *words],
                          capture_output=True, text=True, check=True, timeout=PATIENCE)
    got = done.stdout.split()
    assert done.stderr == ""
    assert set(offered) <= set(got)
    assert not set(others) & set(got)


def test_bash_completes_paths(completions, tmp_path):
    (tmp_path / "with blank.ndjson").write_text("")
    (tmp_path / "within").mkdir()

    def of(*words):
        done = subprocess.run([shell("bash"), "-c", DRIVER, "-", completions / "bash", "smtpscan", *words],
                              capture_output=True, text=True, check=True, timeout=PATIENCE, cwd=tmp_path)
        return sorted(done.stdout.splitlines())

    assert of("judge", "wi") == of("-l", "wi") == of("--output", "=", "wi") == ["with blank.ndjson", "within"]
    assert of("--data", "wi") == ["within"]


@pytest.mark.parametrize("words, offered, others", COMPLETED, ids=lambda x: " ".join(x)[:30] if isinstance(x, tuple) else "")
def test_fish_completes(completions, tmp_path, words, offered, others):
    line = " ".join(("smtpscan", *words)).replace(" = ", "=")
    done = subprocess.run([shell("fish"), "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", completions / "fish", line],
                          capture_output=True, text=True, check=True, timeout=PATIENCE,
                          env={**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)})
    got = {re.sub(r"^--\w+=", "", row.split("\t")[0]) for row in done.stdout.splitlines()}
    assert done.stderr == ""
    assert set(offered) <= got
    assert not set(others) & got


TYPED = [
    # keys, and the words that zsh makes of them; it puts '=' behind an option itself, and takes a last comma back
    ("ju\t /x", "judge /x"),
    ("--transc\t x", "--transcript x"),
    ("--fail-o\tcri\t x", "--fail-on=critical x"),
    ("scan --only svc.cv\tsvc.eo\t", "scan --only svc.cve,svc.eol"),
    ("judge --onl\trelay.ope\t", "judge --only=relay.open"),
    ("learn --front x --forc\t", "learn --front x --force"),
    ("data li\t", "data lint"),
    ("completion fi\t", "completion fish"),
    ("explain svc.cv\t", "explain svc.cve"),
]


@pytest.fixture(scope="module")
def zsh(completions, tmp_path_factory):
    """A zsh at a terminal, where smtpscan only says what it was given."""
    functions = tmp_path_factory.mktemp("zsh")
    shutil.copy(completions / "zsh", functions / "_smtpscan")
    ours, theirs = os.openpty()
    p = subprocess.Popen([shell("zsh"), "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                         cwd=functions, env={**os.environ, "TERM": "dumb", "HOME": str(functions)})
    os.close(theirs)

    def type_line(keys, answer):
        """What stands behind `answer` at the start of a line, once that has come."""
        os.write(ours, keys.encode() + b"\n")
        text = b""
        while not (found := re.search(rb"\n" + answer + rb"(.*)\r\n", text)):
            assert select.select([ours], [], [], PATIENCE)[0], text
            text += os.read(ours, 65536)
        return found[1].decode()

    try:
        type_line("fpath=($PWD $fpath); autoload -U compinit; compinit -u -d dump; "
                  "smtpscan() { print -r GOT $* }; print RE''ADY", b"READY")
        yield lambda keys: type_line("smtpscan " + keys, b"GOT ")
    finally:
        p.kill()
        p.wait()
        os.close(ours)


@pytest.mark.parametrize("keys, words", TYPED, ids=[keys.replace("\t", "*") for keys, _ in TYPED])
def test_zsh_completes(zsh, keys, words):
    assert zsh(keys).rstrip() == words


# ---- installing ----

def test_what_is_installed(scanner, tmp_path):
    build = pathlib.Path(scanner.path).parent
    if shutil.which("meson") is None or not (build / "meson-private").is_dir():
        pytest.skip("the program under test does not stand in a folder of meson")
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", tmp_path],
                   check=True, timeout=PATIENCE, stdout=subprocess.DEVNULL)
    (binary,) = tmp_path.rglob("bin/smtpscan")
    prefix = binary.parent.parent
    pages = sorted(page.name for page in DOCS.glob("*.[15]"))
    installed = {str(p.relative_to(prefix)) for p in prefix.rglob("*") if p.is_file()}
    assert installed == {"bin/smtpscan", "share/bash-completion/completions/smtpscan", "share/doc/smtpscan/smtpscan.conf",
                         "share/fish/vendor_completions.d/smtpscan.fish", "share/zsh/site-functions/_smtpscan",
                         *(f"share/man/man{page[-1]}/{page}" for page in pages)}
    done = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.startswith("smtpscan ")
    assert (prefix / "share/zsh/site-functions/_smtpscan").read_text().startswith("#compdef smtpscan\n")
