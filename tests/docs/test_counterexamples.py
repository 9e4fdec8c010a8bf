"""The counterexamples of the known mistakes, which the pages of the protocols show.

One file in tests/golden/counterexamples for each model of spec/broken that is to be refuted: what
``ballotproof check`` prints, in a search that is the same on every machine. It must be found again,
but for times and memory. ``UPDATE_GOLDEN=1 pytest tests/docs`` rewrites the files, and with
``-m slow`` those of the slow tests.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from ballotproof.model_check.backends.native import search
from ballotproof.model_check.check import check, with_options
from ballotproof.model_check.discover import Found, find, shipped, shipped_modules
from ballotproof.model_check.engine import Engine
from ballotproof.model_check.expectation import outcome_of
from ballotproof.model_check.explore.resources import Resources
from ballotproof.model_check.explore.search import Limits
from ballotproof.model_check.paint import PLAIN
from ballotproof.model_check.space_time import UNICODE
from ballotproof.model_check.summary import Result, paragraph
from ballotproof.model_check.verdict import Unknown, Verdict
from ballotproof.spec.lang import Holds, Model

from .command import COLUMNS, UPDATE
from .pages import ROOT, normal

RECORDED = ROOT / "tests" / "golden" / "counterexamples"
QUICK = 15_000
"""So many states take the interpreter about two seconds; models that need more are slow tests."""

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


def refutation(model: Model) -> Verdict:
    """The verdict of a search that does the same on every machine.

    Which of several shortest counterexamples is found depends on the engine and on the number of
    threads. ``check`` chooses the first with an eye on the clock and the second by the processors
    that are there; here the number of states alone decides.
    """
    verdict = check(model, engine=Engine.INTERPRET, limits=Limits(states=QUICK))
    if not isinstance(verdict, Unknown):
        return verdict
    all_states = with_options(model, symmetry=bool(model.symmetry))  # as the interpreter sees them
    return check(all_states, engine=Engine.NATIVE, resources=Resources(threads=1))


def printed(found: Found) -> str:
    """What there is to see of a refutation, which must be as expected."""
    outcome = outcome_of(refutation(found.model), found.model.expect)
    assert outcome.as_expected, outcome.differences
    lines = paragraph(Result(found, outcome), PLAIN, width=COLUMNS, marks=UNICODE)
    return "\n".join(lines[2:]).strip("\n").replace(f"{ROOT}/", "") + "\n"


@pytest.mark.parametrize("found", [case(found) for found in refuted()])
def test_found_again(found: Found) -> None:
    real = printed(found)
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


def test_the_machine_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search large enough to be divided finds the recorded counterexample with any number of
    processors, though three threads left to themselves would find another one."""
    (found,) = find("broken.raft_no_prev_check/3-servers-3-terms-log-2-1-message-in-flight")
    recorded = normal(file_of(found).read_text(encoding="utf-8"))
    assert states_in(recorded) > search.STATES_TO_DIVIDE
    for number in (1, 3):
        monkeypatch.setattr(search, "processors", lambda number=number: number)
        assert normal(printed(found)) == recorded
