"""A fair behaviour for ever among some of the states, in few steps: a path, then a cycle or a stop.

Which components hold a fair cycle is exact (:mod:`.components`); how short the one that is shown
is, is not. A behaviour may also stop, which is to do nothing for ever, in a state where no
assumption asks for a step.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from .components import fair_components
from .graph import Concerns, Graph

__all__ = ["Lasso", "find_lasso"]

COMPONENTS = 8
ENTRIES = 32
STEPS = 200_000
"""How many components, states of each, and steps altogether are looked at for a short cycle."""


@dataclass(frozen=True, slots=True)
class Lasso:
    """States by number: ``path`` from an initial state to where the cycle begins, and ``cycle`` the
    states after that up to the same one again; empty if the behaviour stops there."""

    path: tuple[int, ...]
    cycle: tuple[int, ...]

    @property
    def length(self) -> int:
        """The number of steps until the first state of the cycle comes again."""
        return len(self.path) - 1 + len(self.cycle)


def find_lasso(
    graph: Graph, sources: Iterable[int], inside: bytearray, goal: bytearray | None = None
) -> Lasso | None:
    """A fair behaviour that from some state of ``sources`` on stays among the states marked
    ``inside``, and meets ``goal`` for ever if that is given; None if there is none."""
    hunt = _Hunt(graph, inside, goal)
    hunt.reach(sources)
    found = [*hunt.stops(), *hunt.cycles()]
    return min(found, key=lambda lasso: (lasso.length, len(lasso.cycle)), default=None)


class _Hunt:
    def __init__(self, graph: Graph, inside: bytearray, goal: bytearray | None) -> None:
        self.graph = graph
        self.inside = inside
        self.goal = goal
        self.before: dict[int, int | None] = {}  # the state before, on the way from a source
        self.steps: dict[int, int] = {}  # from an initial state, by way of a source
        self.budget = STEPS

    def reach(self, sources: Iterable[int]) -> None:
        """Go breadth first from the sources, each at its own depth, among the states inside."""
        graph = self.graph
        waiting: dict[int, list[int]] = {}
        for v in sources:
            waiting.setdefault(graph.depth[v], []).append(v)
        level: list[int] = []
        depth = min(waiting, default=0)
        while level or waiting:
            for v in waiting.pop(depth, ()):
                if v not in self.before:
                    self.before[v] = None
                    self.steps[v] = depth
                    level.append(v)
            after = []
            for v in level:
                for e in graph.steps(v):
                    w = graph.targets[e]
                    if self.inside[w] and w not in self.before:
                        self.before[w] = v
                        self.steps[w] = depth + 1
                        after.append(w)
            level = after
            depth = depth + 1 if level else min(waiting, default=0)

    def path_to(self, v: int) -> tuple[int, ...]:
        path = []
        at: int | None = v
        source = v
        while at is not None:
            path.append(at)
            source = at
            at = self.before[at]
        return (*self.graph.path_to(source)[:-1], *path[::-1])

    def stops(self) -> Iterator[Lasso]:
        """The nearest state where nothing need happen any more."""
        for v in self.before:  # nearest first
            if not self.graph.enabled[v] and (self.goal is None or self.goal[v]):
                yield Lasso(self.path_to(v), ())
                return

    def cycles(self) -> Iterator[Lasso]:
        """A short cycle in each of the nearest components, if there are any."""
        found = fair_components(self.graph, list(self.before), self.inside, self.goal)
        nearest = sorted(
            ((min((self.steps[v], v) for v in states), states) for states in found),
            key=itemgetter(0),
        )
        for _, states in nearest[:COMPONENTS]:
            yield self.short_cycle(sorted(states, key=lambda v: (self.steps[v], v)))

    def short_cycle(self, states: list[int]) -> Lasso:
        """A fair cycle through some of a component's states, which are given nearest first."""
        members = set(states)
        best = Lasso(self.path_to(states[0]), tuple(self.round(states[0], members)))
        for start in states[:ENTRIES]:
            if self.budget <= 0 or self.steps[start] + 2 >= best.length:
                break
            cycle = self.walk(start, members, _Wanted(frozenset(), {start}))
            if self.is_fair(start, cycle) and self.steps[start] + len(cycle) < best.length:
                best = Lasso(self.path_to(start), tuple(cycle))
        return best

    def round(self, start: int, members: set[int]) -> list[int]:
        """From ``start`` by way of all that makes a cycle fair, the nearest first, and back."""
        cycle: list[int] = []
        while True:
            at = cycle[-1] if cycle else start
            wanted = self.wanted(start, cycle)
            if not wanted.states and not wanted.concerns:
                if at == start and cycle:
                    return cycle
                wanted = _Wanted(frozenset(), {start})
            cycle += self.walk(at, members, wanted)

    def wanted(self, start: int, cycle: Sequence[int]) -> _Wanted:
        """What would make the cycle more fair: concerns to be taken, or states to be passed."""
        graph = self.graph
        states = [start, *cycle]
        missing = self.neglected(states)
        weak = missing - graph.strong
        wanted: set[int] = set()
        if self.goal is not None and not any(self.goal[v] for v in states):
            wanted = {v for v in self.before if self.goal[v]}
        return _Wanted(missing, wanted, weak)

    def neglected(self, states: Sequence[int]) -> Concerns:
        """The concerns that are not met by going through these states again and again."""
        graph = self.graph
        sets = graph.sets
        enabled = [sets[graph.enabled[v]] for v in states]
        taken: Concerns = frozenset().union(
            *(sets[graph.taken[self.step(v, w)]] for v, w in itertools.pairwise(states))
        )
        somewhere: Concerns = frozenset().union(*enabled) - taken
        everywhere = somewhere.intersection(*enabled)
        return everywhere | (somewhere & graph.strong)

    def is_fair(self, start: int, cycle: Sequence[int]) -> bool:
        meets = self.goal is None or any(self.goal[v] for v in cycle)
        return meets and not self.neglected([start, *cycle])

    def step(self, v: int, w: int) -> int:
        """The number of the step from one state to another."""
        return next(e for e in self.graph.steps(v) if self.graph.targets[e] == w)

    def walk(self, start: int, members: set[int], wanted: _Wanted) -> list[int]:
        """The states after ``start`` on a shortest way, within a component, to something wanted."""
        graph = self.graph
        before: dict[int, int] = {}
        waiting = [start]
        seen = {start}
        for v in waiting:  # grows while it is read
            for e in graph.steps(v):
                w = graph.targets[e]
                if w not in members:
                    continue
                self.budget -= 1
                if wanted.found(graph, e, w):
                    way = [w, v]
                    while way[-1] != start:
                        way.append(before[way[-1]])
                    return way[-2::-1]
                if w not in seen:
                    seen.add(w)
                    before[w] = v
                    waiting.append(w)
        raise AssertionError("a component is strongly connected, and holds what makes it fair")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a walk looks for: a step of one of the concerns, one of the states, or a state where one
    of the ``weak`` concerns is not enabled."""

    concerns: Concerns
    states: set[int]
    weak: Concerns = frozenset()

    def found(self, graph: Graph, e: int, w: int) -> bool:
        sets = graph.sets
        return (
            w in self.states
            or not self.concerns.isdisjoint(sets[graph.taken[e]])
            or not self.weak <= sets[graph.enabled[w]]
        )
