"""What a model was expected to yield, against what it did yield.

A known bug is a model too: that it is refuted, by the shortest counterexample of so many steps, is
its success. A verdict that was expected counts as success only where the model says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from ..spec.lang import model as expected
from .verdict import (
    AssumptionFalse,
    Deadlocked,
    Evidence,
    ExitCode,
    Holds,
    Unknown,
    Verdict,
    Violated,
    code_of,
)

__all__ = ["Outcome", "outcome_of", "shown_expectation"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict beside what was expected.

    ``as_expected`` is None when nothing was expected, or when an unknown verdict cannot tell;
    ``differences`` say in sentences why it is False.
    """

    verdict: Verdict
    expect: expected.Expectation | None
    as_expected: bool | None
    differences: tuple[str, ...]
    code: ExitCode


def outcome_of(
    verdict: Verdict,
    expect: expected.Expectation | None,
    *,
    shortest: bool = True,
    strict: bool = False,
) -> Outcome:
    """Judge a verdict. ``shortest`` says that the search measures depths and finds the shortest
    counterexamples, so that these figures can be compared.

    A wrong verdict has the code of that verdict, which is the more serious of the two facts; a
    model that holds against expectation, or has other figures, has ``UNEXPECTED``.
    """
    code = code_of(verdict, strict=strict)
    if expect is None or isinstance(verdict, Unknown):
        return Outcome(verdict, expect, None, (), code)
    same, differences = _compare(verdict, expect, shortest)
    if same and not differences:
        if code is not ExitCode.VACUOUS:
            code = ExitCode.HOLDS
    elif same or code in (ExitCode.HOLDS, ExitCode.VACUOUS):
        code = ExitCode.UNEXPECTED
    return Outcome(verdict, expect, same and not differences, tuple(differences), code)


def _compare(
    verdict: Verdict, expect: expected.Expectation, shortest: bool
) -> tuple[bool, list[str]]:
    """Whether the verdict is of the expected kind, and every difference in a sentence."""
    other = [f"should be: {shown_expectation(expect)}"]
    match expect:
        case expected.Holds(_, depth):
            if not isinstance(verdict, Holds):
                return False, other
            differences = _states(expect, verdict.evidence)
            if shortest:
                differences += _figure("depth", depth, verdict.evidence.depth)
            return True, differences
        case expected.Violated(name, steps, cycle):
            if not isinstance(verdict, Violated):
                return False, other
            found = next((v for v in verdict.violations if v.name == name), None)
            if found is None:
                return False, other
            counterexample = found.counterexample
            if not shortest:
                return True, []
            differences = _figure("number of steps", steps, counterexample.steps)
            if counterexample.cycle is not None:
                differences += _figure("length of the cycle", cycle, counterexample.cycle)
            return True, differences
        case expected.Deadlocks(steps):
            if not isinstance(verdict, Deadlocked):
                return False, other
            found = verdict.violation
            return True, _figure(
                "number of steps", steps, found.counterexample.steps
            ) if shortest else []
        case expected.AssumptionFails(name):
            same = isinstance(verdict, AssumptionFalse) and verdict.assumption == name
            return same, [] if same else other
        case _:
            assert_never(expect)


def _states(expect: expected.Holds, evidence: Evidence) -> list[str]:
    """A difference in the number of states, or of orbits if it is they that were counted."""
    if evidence.permutations is None:
        return _figure("number of states", expect.states, evidence.states)
    wanted = expect.states if expect.orbits is None else expect.orbits
    return _figure("number of orbits", wanted, evidence.states)


def _figure(what: str, wanted: int | None, found: int | None) -> list[str]:
    if wanted is None or found is None or wanted == found:
        return []
    return [f"{what} should be {wanted:,} and is {found:,}"]


def shown_expectation(expect: expected.Expectation) -> str:
    """An expectation in words: ``agreement violated in 7 steps``."""

    def steps(count: int | None) -> str:
        return "" if count is None else f" in {count} step{'s' * (count != 1)}"

    match expect:
        case expected.Holds(states, depth, orbits):
            figures = [] if states is None else [f"{states:,} states"]
            figures += [] if orbits is None else [f"{orbits:,} orbits"]
            figures += [] if depth is None else [f"depth {depth}"]
            return "holds" + (f" ({', '.join(figures)})" if figures else "")
        case expected.Violated(name, count, None):
            return f"{name} violated{steps(count)}"
        case expected.Violated(name, count, 0):
            return f"{name} violated{steps(count)} and a stop"
        case expected.Violated(name, count, cycle):
            return f"{name} violated{steps(count)} and a cycle of {cycle}"
        case expected.Deadlocks(count):
            return f"deadlock{steps(count)}"
        case expected.AssumptionFails(name):
            return f"assumption {name} false"
        case _:
            assert_never(expect)
