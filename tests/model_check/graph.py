"""A transition system drawn by hand: states are numbers, claims are sets of states and steps."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from ballotproof.model_check.explore.system import (
    Form,
    LongRun,
    RequireCount,
    State,
    Transition,
)

Edges = Mapping[int, Sequence[tuple[str, int]]]
"""For each state, its steps in order: the action and the target."""


class Graph:
    """A :class:`System` given by its edges.

    ``bad`` maps an invariant to the states that break it, ``bad_steps`` a step invariant to the
    steps, ``true_in`` a reachable property to the states that satisfy it, ``said_in`` an invariant
    with a premise to the states where the premise is true. ``abstract`` maps a refinement to a
    predicate of steps; ``long_run`` maps a claim about the long run to its form and the states
    where its premise and its conclusion are true; ``on_visit`` is called with each state that is
    expanded.
    """

    def __init__(
        self,
        edges: Edges,
        *,
        initial: Sequence[int] = (0,),
        outside: Collection[int] = (),
        terminal: Collection[int] = (),
        bad: Mapping[str, Collection[int]] | None = None,
        bad_steps: Mapping[str, Collection[tuple[int, int]]] | None = None,
        true_in: Mapping[str, Collection[int]] | None = None,
        said_in: Mapping[str, Collection[int]] | None = None,
        bad_images: Mapping[str, Collection[int | tuple[int, int]]] | None = None,
        long_run: Mapping[str, tuple[Form, Collection[int], Collection[int]]] | None = None,
        on_visit: Callable[[int], None] | None = None,
        on_judge: Callable[[int], None] | None = None,
    ) -> None:
        self._edges = edges
        self._initial = initial
        self._outside = outside
        self._terminal = terminal
        self._bad = bad or {}
        self._bad_steps = bad_steps or {}
        self._true_in = true_in or {}
        self._said_in = said_in or {}
        self._bad_images = bad_images or {}
        self._long_run = long_run or {}
        self.liveness = tuple(self._long_run)
        self._on_visit = on_visit
        self._on_judge = on_judge
        self.judged: list[int] = []
        self.actions = tuple(sorted({name for steps in edges.values() for name, _ in steps}))
        self.invariants = tuple(dict.fromkeys([*self._bad, *self._said_in]))
        self.step_invariants = tuple(self._bad_steps)
        self.reachables = tuple(self._true_in)
        self.refinements = tuple(self._bad_images)
        self.has_terminal = bool(terminal)

    def initial(self) -> Sequence[State]:
        return list(self._initial)

    def successors(self, state: State) -> Sequence[Transition]:
        source = cast("int", state)
        if self._on_visit is not None:
            self._on_visit(source)
        steps = self._edges.get(source, ())
        return [Transition(name, (), target) for name, target in steps]

    def within(self, state: State) -> bool:
        return state not in self._outside

    def is_terminal(self, state: State) -> bool:
        return state in self._terminal

    def broken_invariants(self, state: State) -> Sequence[str]:
        self.judged.append(cast("int", state))
        if self._on_judge is not None:
            self._on_judge(cast("int", state))
        return [name for name, states in self._bad.items() if state in states]

    def broken_step_invariants(self, state: State, target: State) -> Sequence[str]:
        return [name for name, steps in self._bad_steps.items() if (state, target) in steps]

    def reached(self, state: State, names: Iterable[str]) -> Sequence[str]:
        return [name for name in names if state in self._true_in[name]]

    def long_run(self, name: str) -> Sequence[LongRun]:
        return [LongRun(name, self._long_run[name][0])]

    def judge(self, claim: LongRun, state: State) -> tuple[bool, bool]:
        _, premise, conclusion = self._long_run[claim.name]
        return state in premise, state in conclusion

    def show_choice(self, claim: LongRun) -> Mapping[str, Any]:
        return {}

    def broken_initial_refinements(self, state: State) -> Sequence[str]:
        return [name for name, images in self._bad_images.items() if state in images]

    def broken_refinements(self, state: State, target: State) -> Sequence[str]:
        return [name for name, images in self._bad_images.items() if (state, target) in images]

    def premises(self) -> Sequence[str]:
        return list(self._said_in)

    def premise_true(self, state: State, names: Iterable[str]) -> Sequence[str]:
        return [name for name in names if state in self._said_in[name]]

    def show(self, state: State) -> Mapping[str, Any]:
        return {"at": state}

    def show_arguments(self, transition: Transition) -> Mapping[str, Any]:
        return {}

    def image(self, name: str, state: State) -> Mapping[str, Any]:
        return {"there": state}

    def explain_disabled(self, action: str, states: Iterable[State]) -> Sequence[RequireCount]:
        return []


def line(*states: int) -> dict[int, list[tuple[str, int]]]:
    """The edges of a path through these states, by the action ``go``."""
    return {s: [("go", t)] for s, t in itertools.pairwise(states)}
