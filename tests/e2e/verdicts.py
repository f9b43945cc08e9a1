# SPDX-License-Identifier: Apache-2.0
"""verdicts.tsv: which test shows each verdict of each check, and what scans of the lab showed of them."""

import collections
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TABLE = pathlib.Path(__file__).with_suffix(".tsv")
PAIRS = [{"exposed", "safe"}, {"exposed", "quiet"}, {"noted", "quiet"}, {"yes", "no"}]

Row = collections.namedtuple("Row", "check verdict shown where")
ROWS = [Row(*line.split("\t")) for line in TABLE.read_text().splitlines() if not line.startswith("#")]


def catalogue():
    """{check: file of data/checks}"""
    found = {}
    for path in sorted((ROOT / "data/checks").iterdir()):
        text = path.read_text("utf-8")
        forms = re.findall(r"^each\s+(\S+)", text, re.M)
        for name in re.findall(r"^check\s+(\S+)", text, re.M):
            found.update(dict.fromkeys([f"{name}.{form}" for form in forms] or [name], path))
    return found


class Shown:
    """What scans of the lab's set `audit` wrote, by server, port and check."""

    def __init__(self, names, *folders):
        """names: {address: server}."""
        self.said = collections.defaultdict(set)
        self.ports = set()
        for path in (p for folder in folders for p in pathlib.Path(folder).glob("*.ndjson")):
            for record in map(json.loads, path.read_text("utf-8").splitlines()):
                if record["type"] == "service":
                    self.add(f"{names[record['address']]}:{record['port']}", record.get("findings", ()))

    def add(self, where, findings):
        self.ports.add(where)
        for f in findings:
            self.said[where, f["id"]].update({f["verdict"], f["verdict"] == "noted" and f.get("reason")})

    def missing(self):
        """The rows of servers that no record bears out."""
        return [row for row in ROWS if row.shown == "lab" and not self.has(row)]

    def has(self, row):
        said = self.said[row.where, row.check]
        if row.verdict == "quiet":
            return row.where in self.ports and not said & {"noted", "exposed"}
        return row.verdict in said
