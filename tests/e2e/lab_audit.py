# SPDX-License-Identifier: Apache-2.0
"""The servers of the lab's set `audit`, and a scan of them held against lab/audit.tsv."""

import concurrent.futures
import os
import re
import subprocess

from verdicts import ROOT, Shown

IS_UP = os.environ.get("SMTPSCAN_LAB_UP") == "yes"
US = ("--ehlo", "client.scan.test")


def rows():
    lines = subprocess.check_output([ROOT / "lab/lab", "rows", "audit"], text=True).splitlines()
    return {row["id"].partition("-")[2]: row for row in (dict(zip(lines[0].split("\t"), line.split("\t"))) for line in lines[1:])}


SERVERS = rows() if IS_UP else {}


def address(name):
    return SERVERS[name]["address"]


def verdicts(scanner, folder, level, skip, names):
    """Scans these servers, fails unless each verdict is right, and leaves the records in the folder."""
    ids = "|".join(SERVERS[name]["id"] for name in names)
    done = subprocess.run([ROOT / "lab/verdicts", "--level", level, "--skip", skip, "-o", folder, scanner.path, f"^({ids})$"],
                          text=True, capture_output=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "0 false alarms, 0 wrong, 0 missing" in done.stdout


def look(scanner, make_folder, *rounds):
    """What servers show.  Each round is of runs side by side: (level, checks to skip, expression on names).

    Who is slow to answer is asked no more, which is no fault of the scan: it is scanned once more, when it has less to do.
    """
    folders = []

    def scan(names):
        for runs in rounds:
            begun = []
            with concurrent.futures.ThreadPoolExecutor() as pool:
                for level, skip, pattern in runs:
                    if wanted := [name for name in names if re.fullmatch(pattern, name)]:
                        folders.append(make_folder("records"))
                        begun.append(pool.submit(verdicts, scanner, folders[-1], level, skip, wanted))
            for run in begun:
                run.result()
        return Shown({row["address"]: name for name, row in SERVERS.items()}, *folders)

    shown = scan(SERVERS)
    late = {row.where.partition(":")[0] for row in shown.missing()}
    return scan(late) if late else shown
