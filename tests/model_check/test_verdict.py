"""Verdicts and their exit codes, alone and against what was expected."""

from __future__ import annotations

import itertools

import pytest

from ballotproof.model_check.bounds import Bounds, bounds_of
from ballotproof.model_check.counterexample import Behaviour, Claim, Counterexample, Step
from ballotproof.model_check.expectation import outcome_of, shown_expectation
from ballotproof.model_check.explore.claims import Kind
from ballotproof.model_check.explore.search import Why
from ballotproof.model_check.explore.system import RequireCount
from ballotproof.model_check.verdict import (
    SEVERITY,
    AssumptionFalse,
    DeadAction,
    Deadlocked,
    Evidence,
    ExitCode,
    Holds,
    Unknown,
    Verdict,
    Violated,
    Violation,
    code_of,
    worst,
)
from ballotproof.spec.lang import model as expected

from .behaviours import lock_model
from .test_itf import MODEL

DEAD = DeadAction("never", 3, (RequireCount(7, "require(False)", 3, 0),))


def evidence(
    *, states: int = 10, depth: int = 4, complete: bool = True, dead: bool = False
) -> Evidence:
    return Evidence(
        model="m",
        protocol="p.P",
        bounds=Bounds(sizes=(("Node", 3),)),
        engine="python",
        search="breadth first",
        states=states,
        depth=depth,
        complete=complete,
        dead=(DEAD,) if dead else (),
    )


def violation(kind: Kind, name: str = "claim", steps: int = 2) -> Violation:
    behaviour = Behaviour({}, tuple(Step("go", {}, {}) for _ in range(steps)))
    return Violation(kind, name, Counterexample(Claim(kind, name), behaviour))


def violated(*kinds: Kind) -> Violated:
    return Violated(evidence(complete=False), tuple(map(violation, kinds)))


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Holds(evidence()), 0),
        (Holds(evidence(dead=True)), 0),
        (AssumptionFalse(evidence(), "law"), 10),
        (Deadlocked(evidence(), violation(Kind.DEADLOCK)), 11),
        (violated(Kind.INVARIANT), 12),
        (violated(Kind.STEP_INVARIANT), 12),
        (violated(Kind.REACHABLE), 12),
        (violated(Kind.REFINEMENT), 13),
        (violated(Kind.REFINEMENT, Kind.DEADLOCK), 13),
        (violated(Kind.DEADLOCK, Kind.REFINEMENT, Kind.INVARIANT), 12),
        (Unknown(evidence(), Why.DEPTH), 14),
        (Unknown(evidence(), Why.SAMPLED), 14),
        (Unknown(evidence(), Why.STATES), 20),
        (Unknown(evidence(), Why.TIME), 20),
        (Unknown(evidence(), Why.MEMORY), 20),
        (Unknown(evidence(), Why.INTERRUPTED), 130),
    ],
)
def test_codes(verdict: Verdict, code: int) -> None:
    assert code_of(verdict) == code


def test_strict_minds_what_is_vacuous() -> None:
    assert code_of(Holds(evidence(dead=True)), strict=True) is ExitCode.VACUOUS
    assert code_of(Holds(evidence()), strict=True) is ExitCode.HOLDS
    assert code_of(Holds(evidence(states=0)), strict=True) is ExitCode.VACUOUS
    assert DEAD.blocking == RequireCount(7, "require(False)", 3, 0)


def test_the_worst_decides() -> None:
    assert sorted(SEVERITY) == sorted(ExitCode)
    for worse, better in itertools.combinations(SEVERITY, 2):
        assert worst([better, worse]) is worse
    assert worst([]) is ExitCode.HOLDS


# -------------------------------------------------------------------------- expectations
def judged(
    verdict: Verdict, expect: expected.Expectation | None, *, shortest: bool = True
) -> tuple[int, bool | None, tuple[str, ...]]:
    outcome = outcome_of(verdict, expect, shortest=shortest)
    return int(outcome.code), outcome.as_expected, outcome.differences


def test_without_expectation_the_verdict_has_its_own_code() -> None:
    assert judged(violated(Kind.INVARIANT), None) == (12, None, ())
    assert judged(Holds(evidence()), None) == (0, None, ())


def test_what_is_expected_is_a_success() -> None:
    held = Holds(evidence())
    assert judged(held, expected.Holds(states=10, depth=4)) == (0, True, ())
    assert judged(held, expected.Holds()) == (0, True, ())
    broken = violated(Kind.INVARIANT)
    assert judged(broken, expected.Violated("claim", steps=2)) == (0, True, ())
    stuck = Deadlocked(evidence(), violation(Kind.DEADLOCK))
    assert judged(stuck, expected.Deadlocks(steps=2)) == (0, True, ())
    law = AssumptionFalse(evidence(), "law")
    assert judged(law, expected.AssumptionFails("law")) == (0, True, ())


def test_other_figures_are_a_difference() -> None:
    held = Holds(evidence())
    assert judged(held, expected.Holds(states=11, depth=5)) == (
        1,
        False,
        ("number of states should be 11 and is 10", "depth should be 5 and is 4"),
    )
    broken = violated(Kind.INVARIANT)
    assert judged(broken, expected.Violated("claim", steps=3)) == (
        1,
        False,
        ("number of steps should be 3 and is 2",),
    )
    # Depth-first search finds other counterexamples, and measures no depth.
    assert judged(broken, expected.Violated("claim", steps=3), shortest=False) == (0, True, ())
    assert judged(held, expected.Holds(states=10, depth=5), shortest=False)[0] == 0


def test_another_verdict_has_its_own_code_or_one_when_it_holds() -> None:
    held = Holds(evidence())
    assert judged(held, expected.Violated("claim", steps=7)) == (
        1,
        False,
        ("should be: claim violated in 7 steps",),
    )
    broken = violated(Kind.INVARIANT)
    assert judged(broken, expected.Holds(states=10)) == (
        12,
        False,
        ("should be: holds (10 states)",),
    )
    assert judged(broken, expected.Violated("another"))[:2] == (12, False)
    assert judged(broken, expected.Deadlocks())[:2] == (12, False)
    law = AssumptionFalse(evidence(), "law")
    assert judged(law, expected.AssumptionFails("another"))[:2] == (10, False)


def test_an_unknown_verdict_cannot_tell() -> None:
    assert judged(Unknown(evidence(), Why.TIME), expected.Holds(states=10)) == (20, None, ())


def test_strict_is_not_soothed_by_expectations() -> None:
    outcome = outcome_of(Holds(evidence(dead=True)), expected.Holds(states=10), strict=True)
    assert (outcome.code, outcome.as_expected) == (ExitCode.VACUOUS, True)


def test_expectations_in_words() -> None:
    assert [
        shown_expectation(e)
        for e in (
            expected.Holds(),
            expected.Holds(states=1_000),
            expected.Holds(states=1_000, depth=3),
            expected.Violated("agreement"),
            expected.Violated("agreement", steps=1),
            expected.Deadlocks(steps=2),
            expected.AssumptionFails("meet"),
        )
    ] == [
        "holds",
        "holds (1,000 states)",
        "holds (1,000 states, depth 3)",
        "agreement violated",
        "agreement violated in 1 step",
        "deadlock in 2 steps",
        "assumption meet false",
    ]


# ---------------------------------------------------------------------------------- bounds
def test_bounds_name_all_that_a_model_fixes() -> None:
    assert str(bounds_of(MODEL, MODEL.universe())) == (
        "Node=3, Term=2, Number=2; Quorum: {n1, n2} {n2, n3}; limit=-4; chief=n2; terms={t0, t1}; "
        "network: set (lossy, duplicating, reordering)"
    )
    assert str(bounds_of(lock_model(), lock_model().universe(), ["law"])) == (
        "Client=2; network: set (lossy, duplicating, reordering); although law is false"
    )


def test_bounds_name_limits_of_the_check() -> None:
    bounds = Bounds(sizes=(("A", 1),), restarts=2, constraints=("short_logs",), only=("agreement",))
    assert str(bounds) == "A=1; at most 2 restarts; within short_logs; only agreement"
    assert str(Bounds(sizes=())) == "the one instance there is"
