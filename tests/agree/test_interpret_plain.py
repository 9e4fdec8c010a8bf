"""The interpreter and plain Python agree on every shipped model: states, steps, properties.

Each model is explored by the interpreter; in states that it meets, both are asked everything.
A model with more states than are compared is compared in its first ones and in a sample of the
others (the seed is fixed, so that a failure repeats).
"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.run import PlainPython
from ballotproof.model_check.discover import Found, shipped
from ballotproof.model_check.explore.system import State, Transition
from ballotproof.model_check.frontend.read import read
from ballotproof.spec.lang.errors import SpecError
from ballotproof.spec.lang.execute import Snapshot
from ballotproof.spec.lang.model import Model

from ..model_check import every_construct

SEED = 2014
MODELS = shipped()
CONSTRUCTS = [Found("every_construct", model) for model in every_construct.MODELS]


def explored(system: Interpreter, limit: int) -> list[State]:
    """The first states of a breadth-first search."""
    states = list(system.initial())
    seen = set(states)
    for state in states:  # grows while it is read
        if not system.within(state):
            continue
        for step in system.successors(state):
            if step.target not in seen and len(states) < limit:
                seen.add(step.target)
                states.append(step.target)
        if len(states) >= limit:
            break
    return states


def chosen(states: list[State], count: int) -> list[State]:
    """All states, or the first half of ``count`` and as many of the others at random."""
    if len(states) <= count:
        return states
    first = count // 2
    return states[:first] + random.Random(SEED).sample(states[first:], count - first)


class Pair:
    """One model under both engines; a state of the pair is one of the interpreter."""

    def __init__(self, model: Model) -> None:
        self.fast = Interpreter(read(model.protocol, model), model)
        self.plain = PlainPython(model)
        # Quorums are compared by members; one universe for both makes elements identical too.
        self.plain.execution.universe = self.plain.universe = self.fast.codec.universe
        for abstract in self.plain._abstract.values():
            abstract.universe = self.plain.universe

    def agree_on_names(self) -> None:
        for names in ("actions", "invariants", "step_invariants", "reachables", "refinements"):
            assert sorted(getattr(self.fast, names)) == sorted(getattr(self.plain, names))
        assert self.fast.has_terminal == self.plain.has_terminal

    def agree_initially(self) -> None:
        mine = {self.fast.decode(s) for s in self.fast.initial()}
        assert mine == set(self.plain.initial())
        for state in self.fast.initial():
            snapshot = self.fast.decode(state)
            assert self.fast.encode(snapshot) == state
            assert list(self.fast.broken_initial_refinements(state)) == list(
                self.plain.broken_initial_refinements(snapshot)
            )

    def agree_in(self, state: State) -> None:
        snapshot = self.fast.decode(state)
        assert self.fast.encode(snapshot) == state
        assert dict(self.fast.show(state)) == dict(self.plain.show(snapshot))
        for question in ("broken_invariants", "within", "is_terminal"):
            mine, theirs = (getattr(x, question)(y) for x, y in self.both(state, snapshot))
            assert mine == theirs, f"{question} of {self.plain.show(snapshot)}"
        names = self.fast.reachables
        assert self.fast.reached(state, names) == self.plain.reached(snapshot, names)
        for name in self.fast.refinements:
            assert dict(self.fast.image(name, state)) == dict(self.plain.image(name, snapshot))
        self.agree_on_steps(state, snapshot)

    def both(self, state: State, snapshot: Snapshot) -> list[tuple[object, State]]:
        return [(self.fast, state), (self.plain, snapshot)]

    def agree_on_steps(self, state: State, snapshot: Snapshot) -> None:
        steps = self.fast.successors(state)
        mine = Counter(self.named(t, self.fast.decode(t.target), self.fast) for t in steps)
        theirs = Counter(
            self.named(t, t.target, self.plain) for t in self.plain.successors(snapshot)
        )
        assert mine == theirs, f"steps out of {self.plain.show(snapshot)}"
        for target in {t.target for t in steps}:
            after = self.fast.decode(target)
            for question in ("broken_step_invariants", "broken_refinements"):
                fast = getattr(self.fast, question)(state, target)
                plain = getattr(self.plain, question)(snapshot, after)
                assert list(fast) == list(plain), f"{question} of {snapshot} -> {after}"

    def named(
        self, step: Transition, target: State, system: Interpreter | PlainPython
    ) -> tuple[object, ...]:
        arguments = tuple(system.show_arguments(step).items())
        return step.action, arguments, target


def compare(found: Found, explore: int, count: int) -> None:
    pair = Pair(found.model)
    pair.agree_on_names()
    try:
        pair.agree_initially()
        states = explored(pair.fast, explore)
    except SpecError:
        pytest.skip("a mistake at run time, which test_mistakes compares")
    for state in chosen(states, count):
        pair.agree_in(state)


@pytest.mark.parametrize("found", MODELS, ids=lambda f: f.identity)
def test_first_states_and_a_sample(found: Found) -> None:
    compare(found, explore=1_000, count=12)


@pytest.mark.parametrize("found", CONSTRUCTS, ids=lambda f: f.slug)
def test_every_construct(found: Found) -> None:
    """A protocol that uses every construct of the language, under each kind of network."""
    compare(found, explore=2_000, count=80)


@pytest.mark.slow
@pytest.mark.parametrize("found", MODELS, ids=lambda f: f.identity)
def test_many_states(found: Found) -> None:
    compare(found, explore=40_000, count=3_000)
