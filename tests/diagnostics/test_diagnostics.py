"""Every mistake that a specification can contain is reported in full, and each report is tested."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

from ballotproof.spec.lang.diagnostics import Diagnostic

from ..model_check.golden import check
from .wrong import CASES, code_of, mistakes_in, relative


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_mistake_is_reported_in_full(case: Path) -> None:
    for error in mistakes_in(case):
        assert error.code == code_of(case)
        check(relative(error), str(case.with_suffix(".txt")))


def test_there_is_a_case_for_every_diagnostic_and_no_other() -> None:
    assert {code_of(case) for case in CASES} == {d.code for d in Diagnostic}


def test_codes_are_different_and_in_order() -> None:
    codes = [d.code for d in Diagnostic]
    assert codes == sorted(set(codes))


def test_no_text_is_left_behind() -> None:
    folder = CASES[0].parent
    assert {p.stem for p in folder.glob("*.txt")} == {case.stem for case in CASES}


PACKAGE = Path(__file__).resolve().parents[2] / "src" / "ballotproof"


def placeholders(diagnostic: Diagnostic) -> set[str]:
    """The names to be filled in message and advice."""
    parsed = string.Formatter().parse(diagnostic.message + diagnostic.advice)
    return {name for _, name, _, _ in parsed if name is not None}


def test_a_report_fills_what_its_text_leaves_open() -> None:
    """Read off the sources: the reports that no case raises are checked too."""
    wrong, used = [], set()
    for room in ("spec", "model_check"):
        for path in sorted((PACKAGE / room).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(call, ast.Call) and (name := _reported(call)) is not None:
                    used.add(name)
                    given = {k.arg for k in call.keywords if k.arg is not None}
                    if given != placeholders(Diagnostic[name]):
                        wrong.append(f"{path.relative_to(PACKAGE)}:{call.lineno}: {name}")
    assert wrong == []
    assert used == {d.name for d in Diagnostic}


def _reported(call: ast.Call) -> str | None:
    """The diagnostic of ``Diagnostic.X.error(...)`` or of ``fail(Diagnostic.X, ...)``."""
    candidates = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    for node in (*candidates, *call.args):
        match node:
            case ast.Attribute(value=ast.Name("Diagnostic"), attr=name):
                return name
            case _:
                pass
    return None
