"""Each rule of the papers has its tests: the table ``RULES.md`` names tests that exist, and all
those that bear the number of a section."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SECTIONS = {
    "raft": re.compile(r"test_(5_\d|6|7|8)_[a-z0-9_]*"),
    "paxos": re.compile(r"test_(2_\d|3)_[a-z0-9_]*"),
}
THESIS = re.compile(r"test_6_\d_")
"""Section 6 of the paper has no parts; that of the thesis has."""


def rows() -> list[tuple[str, str, list[str]]]:
    """Section, rule, tests."""
    found = []
    for line in (HERE / "RULES.md").read_text(encoding="utf-8").splitlines():
        cells = [x.strip() for x in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] not in ("section", "---"):
            assert len(cells) == 3, line
            found.append((cells[0], cells[1], re.findall(r"`([^`]+)`", cells[2])))
    return found


def functions_in(path: Path) -> set[str]:
    """Functions, and methods of classes as ``Class.method``."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name, body=body):
                found |= {f"{name}.{x.name}" for x in body if isinstance(x, ast.FunctionDef)}
            case _:
                pass
    return found


def test_each_rule_is_said_and_has_a_test() -> None:
    table = rows()
    assert len(table) >= 105
    for section, rule, tests in table:
        assert re.fullmatch(r"(Figure )?\d+(\.\d)*(, (Figure \d|P\d[abc]?))?", section), section
        assert rule.endswith("."), rule
        assert tests, f"{section}: nothing shows that {rule}"


def test_each_test_that_is_named_exists() -> None:
    there: dict[str, set[str]] = {}
    for _, _, tests in rows():
        for name in tests:
            file, _, test = name.partition("::")
            if file not in there:
                there[file] = functions_in(HERE / file)
            assert test in there[file], f"there is no {name}"


@pytest.mark.parametrize("paper", SECTIONS)
def test_each_test_of_a_section_stands_in_the_table(paper: str) -> None:
    named = {name for _, _, tests in rows() for name in tests}
    seen = 0
    for path in sorted((HERE / paper).glob("test_*.py")):
        for test in functions_in(path):
            if SECTIONS[paper].fullmatch(test) and not THESIS.match(test):
                seen += 1
                assert f"{paper}/{path.name}::{test}" in named, f"{test} is of no rule"
    assert seen >= {"raft": 55, "paxos": 34}[paper]
