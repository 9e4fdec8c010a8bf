"""Why a property is false: the values that make it so, and the smallest part that they falsify."""

from __future__ import annotations

from dataclasses import replace

from ballotproof.model_check.counterexample import Behaviour
from ballotproof.model_check.explanation import claim_of
from ballotproof.model_check.explore.claims import Kind
from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    Sort,
    action,
    fill,
    implies,
    invariant,
    step_invariant,
    terminal,
)

from .behaviours import lock_model, taken


class Node(Sort): ...


class Counters(Protocol):
    """Two counters for each node, which may take any value."""

    low: Map[Node, int]
    high: Map[Node, int]

    def init(self) -> None:
        self.low = fill(Node, 0)
        self.high = fill(Node, 0)

    @action
    def swap(self, a: Node) -> None:
        self.low[a] = self.high[a]

    @invariant
    def ordered(self) -> bool:
        """Low is not above high."""
        return all(self.low[a] <= self.high[a] for a in Node)

    @invariant
    def apart(self) -> bool:
        return not any(self.low[a] == self.high[b] for a in Node for b in Node if a != b)

    @invariant
    def bounded(self) -> bool:
        return all(self.fine(a) for a in Node)

    def fine(self, n: Node) -> bool:
        limit = 2
        return implies(self.low[n] > 0, self.low[n] < limit and self.high[n] < limit)

    @invariant
    def either(self) -> bool:
        return all(self.low[a] == 0 or self.high[a] == 0 for a in Node)

    @invariant
    def compared(self) -> bool:
        return len([a for a in Node if self.low[a] > 0]) == 0

    @step_invariant
    def grows(self, after: Counters) -> bool:
        return all(after.low[a] >= self.low[a] for a in Node)


class Terminating(Counters):
    @terminal
    def done(self) -> bool:
        return False


MODEL = Model(name="two", protocol=Counters, sizes={Node: 2})
n1, n2 = Node.element(0), Node.element(1)


def because(name: str, low: tuple[int, int], high: tuple[int, int]) -> tuple[str, ...]:
    state = {"low": Map({n1: low[0], n2: low[1]}), "high": Map({n1: high[0], n2: high[1]})}
    behaviour = Behaviour(state, ())
    return claim_of(MODEL, MODEL.universe(), Kind.INVARIANT, name, behaviour).because


def test_the_binding_and_the_part_that_is_false() -> None:
    assert because("ordered", (0, 3), (0, 2)) == (
        "with a = n2",
        "`self.low[a] <= self.high[a]` is false",
    )


def test_a_witness_of_what_must_not_be() -> None:
    assert because("apart", (0, 7), (7, 5)) == (
        "with a = n2, b = n1",
        "`self.low[a] == self.high[b]` is true",
    )


def test_helpers_connectives_and_locals_are_entered() -> None:
    assert because("bounded", (0, 1), (0, 2)) == (
        "with a = n2",
        "`self.high[n] < limit` is false",
    )
    assert because("either", (0, 1), (1, 1)) == (
        "with a = n2",
        "`self.low[a] == 0 or self.high[a] == 0` is false",
    )


def test_what_is_not_understood_is_shown_whole() -> None:
    assert because("compared", (1, 0), (0, 0)) == (
        "`len([a for a in Node if self.low[a] > 0]) == 0` is false",
    )


def test_a_step_invariant_is_explained_by_both_states() -> None:
    model = lock_model()
    behaviour = taken(model, "ask(c1)")
    claim = claim_of(model, model.universe(), Kind.STEP_INVARIANT, "one_at_a_time", behaviour)
    # It is true of this step, so that there is nothing to find.
    assert claim.doc.startswith("The lock is never taken")
    first = Map({n1: 5, n2: 5})
    second = Map({n1: 5, n2: 4})
    steps = replace(
        behaviour,
        initial={"low": first, "high": first},
        steps=(replace(behaviour.steps[0], state={"low": second, "high": first}),),
    )
    explained = claim_of(MODEL, MODEL.universe(), Kind.STEP_INVARIANT, "grows", steps)
    assert explained.because == ("with a = n2", "`after.low[a] >= self.low[a]` is false")


def test_a_mistake_while_explaining_is_no_explanation() -> None:
    behaviour = Behaviour({"low": Map({n1: 0}), "high": Map({})}, ())
    claim = claim_of(MODEL, MODEL.universe(), Kind.INVARIANT, "ordered", behaviour)
    assert claim.because == ()
    assert claim.doc == "Low is not above high."
    assert claim.place is not None
    assert "test_explanation.py:" in claim.place


def test_a_deadlock_says_how_an_end_is_marked() -> None:
    stuck = claim_of(MODEL, MODEL.universe(), Kind.DEADLOCK, "deadlock", None)
    assert "@terminal" in stuck.because[0]
    assert "done, say so" in stuck.because[0]
    ending = replace(MODEL, protocol=Terminating)
    claim = claim_of(ending, ending.universe(), Kind.DEADLOCK, "deadlock", None)
    assert "no @terminal property says" in claim.because[0]
