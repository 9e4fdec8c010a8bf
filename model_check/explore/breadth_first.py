"""Breadth-first search: every reachable state, level by level; counterexamples are the shortest.

Counts are those of TLC: *distinct* states, and the *depth*, initial states being at depth 1. A
state outside the constraint is generated and its claims are checked, but it is neither counted nor
expanded, so a violation one step outside is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

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
from .store import NO_PARENT, Store
from .system import State, System, Transition

__all__ = ["Orbit", "breadth_first"]

Orbit = Callable[[State], Iterable[State]]


def breadth_first(
    system: System,
    claims: Claims,
    limits: Limits = NO_LIMITS,
    *,
    keep_going: bool = False,
    report: Report | None = None,
    orbit: Orbit | None = None,
) -> Exploration:
    """Explore until everything is seen, a claim breaks (unless ``keep_going``) or a limit is met.

    With ``keep_going`` the first, and therefore a shortest, counterexample of each claim is kept.
    With ``orbit``, the states that look like one, a state is explored only if none that looks like
    it was: counts are then of orbits, and depths and verdicts are those of all states.
    The order of states, and with it every figure but the time, is the same on each run.

    **Errors** MistakeFound when the specification makes a mistake at run time.
    """
    search = BreadthFirst(system, claims, limits, keep_going=keep_going, report=report)
    search.orbit = orbit
    return search.run()


class BreadthFirst(Search):
    orbit: Orbit | None = None

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
        self._outside: set[State] = set()
        self._met_outside = 0
        self._expanding = NO_PARENT
        self._looking_at: State | None = None  # an initial state, or a successor, being judged
        self._expanded = 0

    def explore(self) -> None:
        for state in self.system.initial():
            self._looking_at = state
            if state not in self._store and state not in self._outside:
                self._meet(state, NO_PARENT, self.claims.initial)
        self.result.initial = len(self._store)
        self.result.depth = len(self.result.levels)
        while self._expanded < len(self._store):
            level_end = len(self._store)
            while self._expanded < level_end:
                self.result.frontier = len(self._store) - self._expanded
                self.beat()
                self._expand(self._expanded)
                self._expanded += 1
            self.result.depth = len(self.result.levels)

    def finish(self) -> None:
        result = self.result
        result.states = len(self._store)
        result.depth = len(result.levels)
        result.outside = self._met_outside
        result.frontier = len(self._store) - self._expanded
        result.expanded = self._store.states[: self._expanded]

    def here(self) -> Path | None:
        states = self._store.path_to(self._expanding)
        if self._looking_at is not None:
            states.append(self._looking_at)
        return path_of(self.system, states) if states else None

    def _expand(self, number: int) -> None:
        """Take every step out of a state."""
        self._expanding, self._looking_at = number, None
        state = self._store.states[number]
        steps = self.system.successors(state)
        self.count(steps)
        self.found(
            self.claims.stuck(state, len(steps)),
            lambda: path_of(self.system, self._store.path_to(number)),
        )
        judged: set[State] = set()
        for step in steps:
            target = self._looking_at = step.target
            if self.claims.of_steps and target not in judged:
                judged.add(target)
                self._judge_step(number, step)
            if target not in self._store and target not in self._outside:
                self._meet(target, number, self.claims.state, step.action)

    def _judge_step(self, number: int, step: Transition) -> None:
        broken = self.claims.step(self._store.states[number], step.target)
        if not broken:
            return
        if step.target not in self._store and step.target not in self._outside:
            # One behaviour then shows all that is wrong, the state it leads to included.
            broken = self.claims.state(step.target) + broken
        self.found(broken, lambda: path_of(self.system, self._store.path_to(number)).then(step))

    def _meet(
        self,
        state: State,
        parent: int,
        judge: Callable[[State], list[Broken]],
        action: str | None = None,
    ) -> None:
        """Check a new state, and count it if it lies within the constraint."""
        if self.system.within(state):
            self._keep_limits()
            broken = judge(state)
            number = self._store.add(state, parent)
            if self.orbit is not None:
                self._store.alias(number, self.orbit(state))
            result = self.result
            result.states = len(self._store)
            if result.depth == len(result.levels):  # the first state one deeper
                result.levels.append(0)
            result.levels[-1] += 1
            if action is not None:
                result.actions[action].discovered += 1
        else:
            broken = judge(state)
            self._outside.add(state)
            self._met_outside += 1
            if self.orbit is not None:
                self._outside.update(self.orbit(state))
        if broken:
            before = self._store.path_to(parent)
            self.found(broken, lambda: path_of(self.system, [*before, state]))

    def _keep_limits(self) -> None:
        """Before one more state is counted: so many states and so deep, exactly, and no limit is
        met if nothing more is there. **Errors** Stopped."""
        states, depth = self.limits.states, self.limits.depth
        if depth is not None and self.result.depth >= depth:
            raise Stopped(Why.DEPTH)
        if states is not None and len(self._store) >= states:
            raise Stopped(Why.STATES)
