"""The counterexamples of the known mistakes, which the pages of the protocols show.

One file in tests/golden/counterexamples for each model of spec/broken that is to be refuted: what
``ballotproof check`` prints. It must be found again, but for the times.
``UPDATE_GOLDEN=1 pytest tests/docs`` rewrites the files.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from ballotproof.model_check.check import check
from ballotproof.model_check.discover import Found, shipped, shipped_modules
from ballotproof.model_check.expectation import outcome_of
from ballotproof.model_check.paint import PLAIN
from ballotproof.model_check.space_time import UNICODE
from ballotproof.model_check.summary import Result, paragraph
from ballotproof.spec.lang import Holds

from .command import COLUMNS, UPDATE
from .pages import ROOT, normal

RECORDED = ROOT / "tests" / "golden" / "counterexamples"
QUICK = 15_000
"""A model in which so many states are seen takes about two seconds; others are slow tests."""

BROKEN = [m for m in shipped_modules() if m.startswith("broken.")]


def refuted() -> list[Found]:
    return [f for f in shipped(BROKEN) if not isinstance(f.model.expect, Holds)]


def file_of(found: Found) -> Path:
    return RECORDED / f"{found.module}.{found.slug}.txt"


def states_in(text: str) -> int:
    """How many states were seen, as the text says."""
    said = re.search(r"([\d,]+) states?, ", text)
    return int(said[1].replace(",", "")) if said else 0


def case(found: Found) -> ParameterSet:
    file = file_of(found)
    size = states_in(file.read_text(encoding="utf-8")) if file.exists() else 0
    slow = found.model.slow or size > QUICK
    return pytest.param(found, id=found.identity, marks=[pytest.mark.slow] if slow else [])


@pytest.mark.parametrize("found", [case(found) for found in refuted()])
def test_found_again(found: Found) -> None:
    outcome = outcome_of(check(found.model), found.model.expect)
    assert outcome.as_expected, outcome.differences
    lines = paragraph(Result(found, outcome), PLAIN, width=COLUMNS, marks=UNICODE)
    real = "\n".join(lines[2:]).strip("\n").replace(f"{ROOT}/", "") + "\n"
    file = file_of(found)
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    if UPDATE and normal(before) != normal(real):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(real, encoding="utf-8")
        before = real
    assert before, "not recorded yet: UPDATE_GOLDEN=1 records it"
    assert normal(before) == normal(real)


def test_nothing_is_left_over() -> None:
    """Every recorded file belongs to a model."""
    assert {f.name for f in RECORDED.glob("*")} <= {file_of(f).name for f in refuted()}
