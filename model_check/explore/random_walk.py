"""Random walks: behaviours picked by chance, for models too large to be explored.

A walk that breaks nothing proves nothing; one that breaks a claim is as good a counterexample as
any, once shortened. Walk number ``k`` of a seed depends on these two numbers only, so that it can
be taken again without those before it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from .claims import Broken, Claims
from .search import NO_LIMITS, Exploration, Limits, Path, Report, Search, Stopped, Why
from .system import State, System, Transition

__all__ = ["random_walks", "walk"]


def random_walks(
    system: System,
    claims: Claims,
    limits: Limits = NO_LIMITS,
    *,
    seed: int,
    walks: int,
    steps: int,
    first: int = 0,
    keep_going: bool = False,
    report: Report | None = None,
) -> Exploration:
    """Take walks number ``first``, ``first + 1``, ... of so many steps at most; check each state.

    Every step out of a state is equally likely. A state outside the constraint is checked, and the
    walk takes another step instead. The result is never complete: at best it is ``Why.SAMPLED``.
    Transitions count the steps taken, not those that could have been.

    **Errors** MistakeFound when the specification makes a mistake at run time.
    """
    search = RandomWalks(system, claims, limits, keep_going=keep_going, report=report)
    search.seed, search.walks, search.length, search.first = seed, walks, steps, first
    return search.run()


def walk(system: System, *, seed: int, number: int = 0, steps: int) -> Path | None:
    """Walk ``number`` of this seed, unchecked: a sample of what the system can do.

    None when the system has no initial state.
    """
    search = RandomWalks(system, Claims(system, ()), NO_LIMITS, keep_going=True, report=None)
    search.seed, search.walks, search.length, search.first = seed, 1, steps, number
    search.run()
    return search.here()


class RandomWalks(Search):
    seed = 0
    walks = 1
    length = 100
    first = 0

    def explore(self) -> None:
        self._start: State | None = None
        self._taken: list[Transition] = []
        self._seen: dict[State, bool] = {}  # whether it lies within the constraint
        self._expanded: dict[State, None] = {}
        self._judged: set[tuple[State, State]] = set()
        initial = self.system.initial()
        self.result.initial = len(initial)
        while initial and self.result.walks < self.walks:
            chance = random.Random(f"{self.seed}/{self.first + self.result.walks}")
            self._walk(chance, initial)
            self.result.walks += 1
        raise Stopped(Why.SAMPLED)

    def finish(self) -> None:
        self.result.expanded = tuple(self._expanded)

    def here(self) -> Path | None:
        return None if self._start is None else Path(self._start, tuple(self._taken))

    def _walk(self, chance: random.Random, initial: Sequence[State]) -> None:
        state = self._start = chance.choice(initial)
        self._taken = []
        if state not in self._seen:
            self._enter(state)
            self._found(self.claims.initial(state))
        if not self._seen[state]:
            return
        for _ in range(self.length):
            self.beat()
            steps = list(self.system.successors(state))
            if state not in self._expanded:
                self._expanded[state] = None
                for action in {step.action for step in steps}:
                    self.result.actions[action].enabled_in += 1
                self._found(self.claims.stuck(state, len(steps)))
            target = self._step(chance, state, steps)
            if target is None:
                return
            state = target

    def _step(self, chance: random.Random, source: State, steps: list[Transition]) -> State | None:
        """Take one of the steps, and another if it leaves the constraint; None if all do."""
        while steps:
            step = steps.pop(chance.randrange(len(steps)))
            target = step.target
            self._taken.append(step)
            self.result.transitions += 1
            self.result.actions[step.action].transitions += 1
            if self.claims.of_steps and (source, target) not in self._judged:
                self._judged.add((source, target))
                self._found(self.claims.step(source, target))
            if target not in self._seen:
                if self._enter(target):
                    self.result.actions[step.action].discovered += 1
                self._found(self.claims.state(target))
            if self._seen[target]:
                return target
            self._taken.pop()
        return None

    def _enter(self, state: State) -> bool:
        within = self._seen[state] = self.system.within(state)
        if within:
            self.result.states += 1
            limit = self.limits.states
            if limit is not None and self.result.states > limit:
                raise Stopped(Why.STATES)
        else:
            self.result.outside += 1
        return within

    def _found(self, broken: Sequence[Broken]) -> None:
        if broken:
            made = self.here()
            assert made is not None
            self.found(broken, lambda: made)
