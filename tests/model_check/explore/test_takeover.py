"""Taking a search over: when, with what answer, and what happens when the other engine cannot."""

from __future__ import annotations

import pytest

from ballotproof.model_check.check import check
from ballotproof.model_check.engine import Engine, system_of
from ballotproof.model_check.explore import takeover
from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.search import ActionCount, Exploration, Limits, Why
from ballotproof.model_check.explore.takeover import Outcome, steps_left, with_takeover
from ballotproof.model_check.verdict import Holds, Unknown, Violated
from ballotproof.spec.commit.transaction_commit import ResourceManager
from ballotproof.spec.commit.two_phase import TwoPhase
from ballotproof.spec.lang import (
    Const,
    Map,
    Model,
    Protocol,
    Sort,
    action,
    fill,
    invariant,
    reachable,
    require,
)
from ballotproof.spec.lang.errors import Unsupported


class Node(Sort):
    """A counter."""


class Counters(Protocol):
    """Counters that go up, each by itself."""

    most = Const[int]()

    count: Map[Node, int]
    log: tuple[int, ...]

    def init(self) -> None:
        self.count = fill(Node, 0)
        self.log = ()

    @action
    def up(self, n: Node) -> None:
        require(self.count[n] < self.most)
        self.count[n] += 1

    @reachable
    def all_at_the_top(self) -> bool:
        return all(self.count[n] == self.most for n in Node)

    @invariant
    def not_all_at_the_top(self) -> bool:
        return any(self.count[n] < self.most for n in Node)


class Long(Counters):
    """Keeps more than a word of the native engine can hold."""

    def init(self) -> None:
        self.count = fill(Node, 0)
        self.log = (2_000_000_000, 2_000_000_000, 2_000_000_000)


def counters(most: int, protocol: type[Protocol] = Counters, *, broken: bool = False) -> Model:
    return Model(
        name="counters",
        protocol=protocol,
        sizes={Node: 3},
        constants={"most": most},
        properties=None if broken else ["all_at_the_top"],
    )


TWO_PHASE = Model(name="5", protocol=TwoPhase, sizes={ResourceManager: 5})


def begin(model: Model, limits: Limits, found: list[Limits], expected: int | None) -> Outcome:
    """With an engine that takes over and only notes within which limits it should."""
    system = system_of(model, Engine.INTERPRET)

    def other(rest: Limits) -> Exploration:
        found.append(rest)
        return Exploration(states=42, seconds=1.0)

    return with_takeover(system, Claims(system), other, limits, expected_states=expected)


def test_a_small_model_is_left_to_the_interpreter() -> None:
    taken: list[Limits] = []
    outcome = begin(TWO_PHASE, Limits(), taken, None)
    assert not outcome.taken_over
    assert outcome.refused is None
    assert (outcome.result.states, outcome.result.depth, taken) == (8_832, 17, [])


def test_who_expects_much_is_taken_over_at_the_first_look() -> None:
    taken: list[Limits] = []
    outcome = begin(TWO_PHASE, Limits(depth=9), taken, 1_000_000)
    assert outcome.taken_over
    assert outcome.result.states == 42
    assert taken == [Limits(depth=9)]
    assert outcome.result.seconds > 1.0  # the time of both


def test_what_a_limit_cuts_off_is_not_expected() -> None:
    taken: list[Limits] = []
    outcome = begin(TWO_PHASE, Limits(states=5_000), taken, 1_000_000)
    assert not outcome.taken_over
    assert outcome.result.stopped is Why.STATES


def test_time_that_was_used_is_not_given_again() -> None:
    taken: list[Limits] = []
    begin(TWO_PHASE, Limits(seconds=100.0), taken, 1_000_000)
    (rest,) = taken
    assert rest.seconds is not None
    assert 0 < rest.seconds < 100


def test_slow_steps_are_measured_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock finds a second gone: after a few states, thousands are far away."""
    clock = iter(range(1_000_000))
    monkeypatch.setattr("time.process_time", lambda: float(next(clock)))
    taken: list[Limits] = []
    assert begin(TWO_PHASE, Limits(), taken, None).taken_over
    assert len(taken) == 1


def test_an_engine_that_cannot_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "WORTH_STEPS", 1)
    asked: list[Limits] = []
    system = system_of(TWO_PHASE, Engine.INTERPRET)

    def other(rest: Limits) -> Exploration:
        asked.append(rest)
        raise Unsupported("too wide")

    outcome = with_takeover(system, Claims(system), other)
    assert (outcome.taken_over, outcome.refused, len(asked)) == (False, "too wide", 1)
    assert (outcome.result.states, outcome.result.depth) == (8_832, 17)
    assert outcome.result.complete


@pytest.mark.parametrize(
    ("levels", "frontier", "expected", "low", "high"),
    [
        ([1, 3, 9, 20], 20, None, 4_000, 10_000),  # it grows
        ([1, 9, 9, 4, 2], 2, None, 1, 600),  # it ends
        ([1, 3, 9, 20], 20, 33, 2_000, 2_000),  # it is known
        ([1, 3, 9, 20], 20, 1, 4_000, 10_000),  # what was expected is wrong: once nothing was left
        ([1], 1, None, 0, 0),  # nothing is known yet
    ],
)
def test_what_is_left_is_estimated(
    levels: list[int], frontier: int, expected: int | None, low: int, high: int
) -> None:
    states = sum(levels)
    found = Exploration(
        states=states,
        frontier=frontier,
        levels=levels,
        transitions=100 * (states - frontier),
        actions={"a": ActionCount()},
    )
    assert low <= steps_left(found, expected) <= high


# ----------------------------------------------------------------------- with the real engine
def test_the_answer_is_the_same_and_names_both_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "WORTH_STEPS", 1_000)
    for model in (TWO_PHASE, counters(15), counters(15, broken=True)):
        alone = check(model, engine=Engine.INTERPRET)
        both = check(model, engine=Engine.AUTO, cache=False)
        mine, theirs = both.evidence, alone.evidence
        assert type(both) is type(alone)
        assert (theirs.engine, mine.engine) == ("interpret", "interpret, then native")
        assert mine.depth == theirs.depth
        assert mine.engine_note == ""
        if isinstance(both, Violated) and isinstance(alone, Violated):
            (my_trace,) = (v.counterexample.behaviour for v in both.violations)
            (their_trace,) = (v.counterexample.behaviour for v in alone.violations)
            assert my_trace is not None
            assert their_trace is not None
            assert len(my_trace.steps) == len(their_trace.steps) == 45
        else:
            assert (mine.states, mine.transitions) == (theirs.states, theirs.transitions)
            assert (mine.unreached, mine.vacuous) == (theirs.unreached, theirs.vacuous) == ((), ())


def test_limits_hold_for_both_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "WORTH_STEPS", 1_000)
    verdict = check(TWO_PHASE, limits=Limits(states=7_000), cache=False)
    assert isinstance(verdict, Unknown)
    assert verdict.why is Why.STATES
    assert verdict.evidence.states == 7_000
    assert verdict.evidence.engine == "interpret, then native"


def test_what_native_cannot_run_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "WORTH_STEPS", 1_000)
    verdict = check(counters(15, Long))
    assert isinstance(verdict, Holds)
    assert verdict.evidence.states == 16**3
    assert verdict.evidence.engine == "interpret"
    assert "native cannot run it" in verdict.evidence.engine_note
    assert "the field `log`" in verdict.evidence.engine_note


def test_a_small_model_says_interpret() -> None:
    verdict = check(counters(2, Long))
    assert (verdict.evidence.engine, verdict.evidence.engine_note) == ("interpret", "")
    system = system_of(counters(2), Engine.AUTO)
    assert breadth_first(system, Claims(system, ())).states == 27
