# SPDX-License-Identifier: Apache-2.0
"""Each check is shown to find what it is for, and to be content: verdicts.tsv is whole, and names what is there."""

import ast
import collections
import functools
import pathlib
import re

import pytest

from verdicts import PAIRS, ROOT, ROWS, catalogue

HERE = pathlib.Path(__file__).resolve().parent


def test_each_check_has_both_verdicts():
    told = collections.defaultdict(set)
    for row in ROWS:
        told[row.check].add(row.verdict)
    assert {check: verdicts for check, verdicts in told.items() if verdicts not in PAIRS} == {}
    assert set(told) == set(catalogue())


def statements_of(stem):
    return ast.parse((HERE / f"{stem}.py").read_text()).body


@functools.cache
def parts_of(file, name):
    """A function of a file of tests: its body; its parameters, and the tables that it names, also of a module beside it."""
    module = statements_of(f"test_{file}")
    function, = (node for node in module if isinstance(node, ast.FunctionDef) and node.name == name)
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    beside = [node.module for node in module if isinstance(node, ast.ImportFrom) and (HERE / f"{node.module}.py").exists()]
    known = [*module, *(node for stem in beside for node in statements_of(stem))]
    tables = [node for node in known if isinstance(node, ast.Assign) and used & {getattr(t, "id", "") for t in node.targets}]
    return "\n".join(map(ast.unparse, function.body)), "\n".join(map(ast.unparse, [*function.decorator_list, *tables]))


def speaks_of(body, tables, row):
    """Side by side in a table, or one of them in the body."""
    check = f"'{row.check}'"
    if row.verdict == "quiet":
        return check in body + tables
    return check in body and row.verdict in body + tables or check in tables and row.verdict in body or \
        re.search(f"{re.escape(check)}[,:] '{row.verdict}", tables)


@pytest.mark.parametrize("row", [r for r in ROWS if r.shown == "test"], ids="{0.check} {0.verdict}".format)
def test_the_test_that_is_named_is_there_and_speaks_of_the_check(row):
    assert speaks_of(*parts_of(*row.where.split("::")), row)


@pytest.mark.parametrize("row", [r for r in ROWS if r.shown == "unit"], ids="{0.check} {0.verdict}".format)
def test_the_unit_test_that_is_named_is_there_and_speaks_of_the_check(row):
    path, _, function = row.where.partition("::")
    _, _, rest = (ROOT / path).read_text().partition(f"static void {function}(")
    body, _, _ = rest.partition("\n}\n")
    assert re.search(f'"{re.escape(row.check)}"[^;]*"{row.verdict}"', body)


def test_the_servers_that_are_named_are_of_the_set():
    lines = [line.split("\t") for line in (ROOT / "lab/servers.tsv").read_text().splitlines() if line and line[0] != "#"]
    servers = {f"{line[0]}-{line[1]}" for line in lines if "audit" in line[9].split()}
    assert {row.where.partition(":")[0] for row in ROWS if row.shown == "lab"} <= servers


@pytest.mark.parametrize("row", [r for r in ROWS if r.shown == "never"], ids="{0.check} {0.verdict}".format)
def test_what_can_never_be_is_no_outcome_of_a_dialogue(row):
    path = catalogue()[row.check]
    assert row.where
    assert path.suffix != ".smtp" or f"-> {row.verdict}" not in path.read_text("utf-8")


def test_every_row_is_of_a_known_kind():
    assert {row.shown for row in ROWS} <= {"lab", "test", "unit", "never"}
