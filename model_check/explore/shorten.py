"""Fewer steps to the same broken claim, for behaviours that were not found breadth first.

Three rules are applied until none helps. *Cut*: when a state comes twice, what lies between goes.
*Shortcut*: when a later state of the behaviour is one step away, what lies between goes. *Leave
out*: when the remaining steps, taken again by name and arguments without some of those before,
still break the claim, the left out ones go; large pieces first (delta debugging).

The result need not be the shortest counterexample, but no single step of it can be left out.

**Source** A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (IEEE TSE
28(2), 2002) for leaving out pieces of halving size.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from .claims import Broken, Claims, Kind
from .search import Finding, Path
from .system import State, System, Transition

__all__ = ["shorten"]


def shorten(
    system: System, finding: Finding, *, deadlock: bool = False, limit_s: float = 10.0
) -> Finding:
    """The finding with a path that breaks the same claim in no more steps.

    **Order and cost** about n log n steps taken again for n steps, repeated while it helps; stops
    at the time limit with what it has.
    """
    if finding.path is None or finding.loop is not None:
        return finding
    claim = Broken(finding.kind, finding.name)
    claims = Claims(system, {finding.name}, deadlock=deadlock or finding.kind is Kind.DEADLOCK)
    shortener = _Shortener(system, claims, claim, time.monotonic() + limit_s)
    return Finding(finding.kind, finding.name, shortener.shorten(finding.path))


class _Shortener:
    def __init__(self, system: System, claims: Claims, claim: Broken, until_s: float) -> None:
        self.system = system
        self.claims = claims
        self.claim = claim
        self.until_s = until_s
        # Claims of steps need the last step as it is; others only the state it leads to.
        self.of_state = claim.kind in (Kind.INVARIANT, Kind.DEADLOCK)

    def shorten(self, path: Path) -> Path:
        while True:
            length = len(path.steps)
            path = self.shortcut(self.cut(path))
            path = self.leave_out(path)
            if len(path.steps) >= length or self.late():
                return path

    def late(self) -> bool:
        return time.monotonic() >= self.until_s

    def kept_end(self, path: Path) -> int:
        """How many steps may be replaced by others that lead to the same state."""
        return len(path.steps) if self.of_state else max(0, len(path.steps) - 1)

    def cut(self, path: Path) -> Path:
        """Without the loops."""
        end = self.kept_end(path)
        kept: list[Transition] = []
        places: dict[State, int] = {path.initial: 0}
        for step in path.steps[:end]:
            place = places.get(step.target)
            if place is None:
                kept.append(step)
                places[step.target] = len(kept)
            else:
                for dropped in kept[place:]:
                    del places[dropped.target]
                del kept[place:]
        return Path(path.initial, (*kept, *path.steps[end:]))

    def shortcut(self, path: Path) -> Path:
        """From each state straight to the last later one that is one step away."""
        end = self.kept_end(path)
        states = path.states()[: end + 1]
        places = {state: i for i, state in enumerate(states)}
        steps: list[Transition] = []
        at = 0
        while at < end:
            best, furthest = path.steps[at], at + 1
            for step in () if self.late() else self.system.successors(states[at]):
                place = places.get(step.target, -1)
                if place > furthest:
                    best, furthest = step, place
            steps.append(best)
            at = furthest
        return Path(path.initial, (*steps, *path.steps[end:]))

    def leave_out(self, path: Path) -> Path:
        """Without every piece that the claim's breaking does not need, in halving sizes."""
        size = max(1, len(path.steps) // 2)
        while True:
            start = 0
            while start < len(path.steps) and not self.late():
                rest = (*path.steps[:start], *path.steps[start + size :])
                shorter = self.take(path.initial, rest)
                if shorter is None:
                    start += size
                else:
                    path = shorter
            if size == 1 or self.late():
                return path
            size //= 2

    def take(self, initial: State, steps: Sequence[Transition]) -> Path | None:
        """These steps from the initial state, up to where the claim breaks; None if it does not."""
        taken: list[Transition] = []
        state = initial
        if self.breaks(state, self.claims.initial(state)):
            return Path(initial)
        for wanted in steps:
            if self.late():
                return None
            found = next(self.same(state, wanted), None)
            if found is None:
                return None
            taken.append(found)
            if self.claim in self.claims.step(state, found.target) or self.breaks(
                found.target, self.claims.state(found.target)
            ):
                return Path(initial, tuple(taken))
            if not self.system.within(found.target):
                return None
            state = found.target
        return None

    def same(self, state: State, wanted: Transition) -> Iterator[Transition]:
        """The step out of ``state`` with the same action and arguments."""
        for step in self.system.successors(state):
            if step.action == wanted.action and step.arguments == wanted.arguments:
                yield step

    def breaks(self, state: State, broken: Sequence[Broken]) -> bool:
        if self.claim.kind is Kind.DEADLOCK:
            return bool(self.claims.stuck(state, len(self.system.successors(state))))
        return self.claim in broken
