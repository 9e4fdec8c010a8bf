"""Depth-first search: one behaviour after another to its end, going back only when it must.

It holds the same claims and counts the same states as breadth-first search and often meets a deep
mistake sooner; its counterexamples are long and should be shortened. It does not measure the depth.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence

from .claims import Broken, Claims
from .search import (
    NO_LIMITS,
    Exploration,
    Limits,
    Path,
    Report,
    Search,
    Stopped,
    Why,
    path_of,
)
from .store import Store
from .system import State, System, Transition

__all__ = ["depth_first"]


def depth_first(
    system: System,
    claims: Claims,
    limits: Limits = NO_LIMITS,
    *,
    keep_going: bool = False,
    report: Report | None = None,
) -> Exploration:
    """Explore until everything is seen, a claim breaks (unless ``keep_going``) or a limit is met.

    With a depth limit, a state that is met again on a shorter path is expanded again, so that every
    state within the limit is found; its steps are counted once.

    **Errors** MistakeFound when the specification makes a mistake at run time.
    """
    return DepthFirst(system, claims, limits, keep_going=keep_going, report=report).run()


NEVER = 2**62
"""Longer than any path."""


class DepthFirst(Search):
    def __init__(
        self,
        system: System,
        claims: Claims,
        limits: Limits,
        *,
        keep_going: bool,
        report: Report | None,
    ) -> None:
        super().__init__(system, claims, limits, keep_going=keep_going, report=report)
        self._store = Store()
        self._shortest = array("q")  # by number: the shortest path on which it was expanded
        self._outside: set[State] = set()
        self._trail: list[State] = []  # from an initial state to the one being expanded
        self._looking_at: State | None = None  # an initial state, or a successor, being judged
        self._expanded: list[State] = []
        self._cut: set[State] = set()  # expanded at the depth limit: not gone on from

    def explore(self) -> None:
        for state in self.system.initial():
            self._explore_from(state)
        if any(self._goes_on(state) for state in self._cut):
            raise Stopped(Why.DEPTH)

    def finish(self) -> None:
        result = self.result
        result.states = len(self._store)
        result.outside = len(self._outside)
        result.frontier = len(self._store) - len(self._expanded)
        result.expanded = self._expanded

    def here(self) -> Path | None:
        looking_at = [] if self._looking_at is None else [self._looking_at]
        states = [*self._trail, *looking_at]
        return path_of(self.system, states) if states else None

    def _explore_from(self, initial: State) -> None:
        if initial in self._store or initial in self._outside:
            return
        self._looking_at = initial
        if not self._meet(initial, self.claims.initial):
            return
        self.result.initial += 1
        pending = [self._expand(initial)]
        while pending:
            step = next(pending[-1], None)
            if step is None:
                pending.pop()
                self._trail.pop()
            elif self._enters(step):
                pending.append(self._expand(step.target))

    def _enters(self, step: Transition) -> bool:
        """Whether to go on from where the step leads: a new state, or a shorter path to it."""
        target = step.target
        number = self._store.number(target)
        if number is not None:
            return self.limits.depth is not None and len(self._trail) + 1 < self._shortest[number]
        if target in self._outside:
            return False
        self._looking_at = target
        within = self._meet(target, self.claims.state)
        if within:
            self.result.actions[step.action].discovered += 1
        return within

    def _expand(self, state: State) -> Iterator[Transition]:
        """Go to a state, judge its steps, and give those that may be followed."""
        self._looking_at = None
        self._trail.append(state)
        self.result.frontier = len(self._trail)
        self.beat()
        number = self._store.number(state)
        assert number is not None
        steps = self.system.successors(state)
        if self._shortest[number] == NEVER:
            self._judge(state, steps)
        self._shortest[number] = len(self._trail)
        if self.limits.depth is not None and len(self._trail) >= self.limits.depth:
            self._cut.add(state)
            return iter(())
        self._cut.discard(state)
        return iter(steps)

    def _goes_on(self, state: State) -> bool:
        """Whether some step leads to a state that the depth limit has kept us from."""
        return any(
            t.target not in self._store and self.system.within(t.target)
            for t in self.system.successors(state)
        )

    def _judge(self, state: State, steps: Sequence[Transition]) -> None:
        """Count the steps out of a state, and check them."""
        self._expanded.append(state)
        self.count(steps)
        self.found(self.claims.stuck(state, len(steps)), lambda: path_of(self.system, self._trail))
        if not self.claims.of_steps:
            return
        judged: set[State] = set()
        for step in steps:
            if step.target not in judged:
                judged.add(step.target)
                self._looking_at = step.target
                self._found_at(step, self.claims.step(state, step.target))
        self._looking_at = None

    def _found_at(self, step: Transition, broken: Sequence[Broken]) -> None:
        self.found(broken, lambda: path_of(self.system, self._trail).then(step))

    def _meet(self, state: State, judge: Callable[[State], list[Broken]]) -> bool:
        """Check a new state; whether it lies within the constraint, and is now counted."""
        within = self.system.within(state)
        states = self.limits.states
        if within and states is not None and len(self._store) >= states:
            raise Stopped(Why.STATES)
        broken = judge(state)
        if within:
            self._store.add(state)
            self._shortest.append(NEVER)
            self.result.states = len(self._store)
        else:
            self._outside.add(state)
        self.found(broken, lambda: path_of(self.system, [*self._trail, state]))
        return within
