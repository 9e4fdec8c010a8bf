"""When one state of each orbit is explored, and what is then said of the counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ballotproof.model_check.check import Order, by_orbits, check, with_options
from ballotproof.model_check.engine import Engine
from ballotproof.model_check.expectation import outcome_of
from ballotproof.model_check.verdict import ExitCode, Holds, Violated
from ballotproof.spec.broken.paxos_own_value import MODELS as BROKEN
from ballotproof.spec.lang import Model
from ballotproof.spec.lang.model import Holds as ExpectHolds
from ballotproof.spec.lang.model import Violated as ExpectViolated
from ballotproof.spec.voting import MODELS

VOTING = MODELS[0]
STATES = ExpectHolds(states=599, depth=11)


@pytest.mark.parametrize(
    ("said", "expect", "engine", "order", "reduced"),
    [
        (None, None, Engine.NATIVE, Order.BREADTH_FIRST, True),
        (None, ExpectHolds(depth=11), Engine.NATIVE, Order.BREADTH_FIRST, True),
        (None, ExpectViolated("agreement"), Engine.NATIVE, Order.BREADTH_FIRST, True),
        (None, STATES, Engine.NATIVE, Order.BREADTH_FIRST, False),
        (None, replace(STATES, orbits=77), Engine.NATIVE, Order.BREADTH_FIRST, True),
        (None, None, Engine.INTERPRET, Order.BREADTH_FIRST, False),
        (None, None, Engine.NATIVE, Order.DEPTH_FIRST, False),
        (False, None, Engine.NATIVE, Order.BREADTH_FIRST, False),
        (True, STATES, Engine.INTERPRET, Order.BREADTH_FIRST, True),
    ],
)
def test_orbits_are_explored_where_counts_can_be_compared(
    said: bool | None,
    expect: ExpectHolds | ExpectViolated | None,
    engine: Engine,
    order: Order,
    reduced: bool,
) -> None:
    model = replace(VOTING, symmetry=said, expect=expect)
    assert by_orbits(model, engine, order) is reduced


@pytest.mark.parametrize("engine", [Engine.INTERPRET, Engine.NATIVE])
def test_states_and_orbits_are_compared_with_what_is_expected_of_each(engine: Engine) -> None:
    model = replace(VOTING, expect=replace(STATES, orbits=77))
    for symmetry, counted in ((True, 77), (False, 599)):
        some = replace(model, symmetry=symmetry)
        verdict = check(some, engine=engine)
        assert isinstance(verdict, Holds)
        assert verdict.evidence.states == counted
        assert verdict.evidence.permutations == (12 if symmetry else None)
        assert outcome_of(verdict, some.expect).code is ExitCode.HOLDS
    wrong = replace(model, expect=replace(STATES, orbits=78), symmetry=True)
    outcome = outcome_of(check(wrong, engine=engine), wrong.expect)
    assert outcome.code is ExitCode.UNEXPECTED
    assert outcome.differences == ("number of orbits should be 78 and is 77",)


def test_the_option_forgets_a_count_of_the_other_kind() -> None:
    def expected(model: Model, symmetry: bool | None) -> ExpectHolds:
        found = with_options(model, symmetry=symmetry).expect
        assert isinstance(found, ExpectHolds)
        return found

    model = replace(VOTING, expect=replace(STATES, orbits=77))
    assert expected(model, None) == ExpectHolds(599, 11, 77)
    assert expected(model, False) == ExpectHolds(599, 11, 77)
    assert expected(model, True) == ExpectHolds(None, 11, 77)
    by_the_model = replace(VOTING, symmetry=True, expect=ExpectHolds(states=77))
    assert expected(by_the_model, True).states == 77
    assert expected(by_the_model, False).states is None


def test_a_counterexample_under_symmetry_is_a_shortest_behaviour() -> None:
    model = BROKEN[0]
    expect = model.expect
    assert isinstance(expect, ExpectViolated)
    verdict = check(replace(model, symmetry=True), engine=Engine.NATIVE)
    assert isinstance(verdict, Violated)
    assert verdict.violations[0].name == expect.property
    assert verdict.violations[0].counterexample.steps == expect.steps
