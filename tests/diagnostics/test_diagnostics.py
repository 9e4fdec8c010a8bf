"""Every mistake that a specification can contain is reported in full, and each report is tested."""

from __future__ import annotations

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
