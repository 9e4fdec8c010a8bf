"""A breadth-first search that another, faster engine takes over when much is left to do.

The faster one has to be made ready, which takes longer than a small model. So the slow one begins,
and looks from time to time at how much is left. What is left is not known; it is estimated from
what was seen, in steps and not in seconds, so that a run does the same on every machine. Only where
steps are far slower than usual does the clock decide.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ...spec.lang.errors import Unsupported
from .breadth_first import BreadthFirst, Orbit
from .claims import Claims
from .search import NO_LIMITS, Exploration, Limits, Report
from .system import System

__all__ = ["FIRST_LOOK_STEPS", "WORTH_STEPS", "Outcome", "TakenOver", "steps_left", "with_takeover"]

WORTH_STEPS = 500_000
"""How many steps must be left for the faster engine to be worth its start: the interpreter takes
about two seconds for them."""

WORTH_S = 2.0
"""How many seconds of this processor must be left, once as many were used."""

FIRST_LOOK_STEPS = 1_000
"""After so many steps the first look; then after twice as many, and so on."""

Other = Callable[[Limits], Exploration]
"""The other engine: it begins anew, within these limits. **Errors** Unsupported."""


def steps_left(found: Exploration, expected_states: int | None = None) -> float:
    """About how many steps a breadth-first search has still to take.

    With a number of states to go by, those that are missing take as many steps each as the others
    did. Without one, or when there are more than that already, the states that wait do; each of
    them brings one more; and where levels still grow, as much again as was done is to come, since
    they must shrink as well.
    """
    expanded = found.states - found.frontier
    if expanded <= 0:
        return 0.0
    each = found.transitions / expanded
    if expected_states is not None and found.states <= expected_states:
        return each * max(0, expected_states - expanded)
    levels = found.levels[:-1]  # the last one is not complete
    grows = len(levels) < 2 or levels[-1] >= levels[-2]
    return 2 * each * found.frontier + (found.transitions if grows else 0)


class TakenOver(Exception):
    """The other engine has finished the work."""

    def __init__(self, result: Exploration) -> None:
        super().__init__()
        self.result = result


class Outcome:
    """What was found, whether the other engine found it, and why not if it could not."""

    def __init__(self, result: Exploration, *, taken_over: bool, refused: str | None) -> None:
        self.result = result
        self.taken_over = taken_over
        self.refused = refused


def with_takeover(
    system: System,
    claims: Claims,
    other: Other,
    limits: Limits = NO_LIMITS,
    *,
    expected_states: int | None = None,
    keep_going: bool = False,
    report: Report | None = None,
    orbit: Orbit | None = None,
) -> Outcome:
    """Explore breadth first, as :func:`.breadth_first.breadth_first` does, or begin and be taken
    over. ``expected_states`` decides nothing but who does the work.

    **Errors** MistakeFound when the specification makes a mistake at run time.
    """
    search = _Beginning(system, claims, limits, keep_going=keep_going, report=report)
    search.other, search.expected_states, search.orbit = other, expected_states, orbit
    try:
        result = search.run()
    except TakenOver as taken:
        return Outcome(taken.result, taken_over=True, refused=None)
    return Outcome(result, taken_over=False, refused=search.refused)


class _Beginning(BreadthFirst):
    other: Other
    expected_states: int | None = None
    refused: str | None = None
    _next_look_steps = FIRST_LOOK_STEPS
    _next_look_cpu_s = WORTH_S

    def explore(self) -> None:
        self._start_cpu_s = time.process_time()
        super().explore()

    def beat(self) -> None:
        super().beat()
        if self.refused is not None:
            return
        if self.result.transitions >= self._next_look_steps:
            self._next_look_steps = 2 * self.result.transitions
            self._look(WORTH_STEPS)
        elif (used_s := time.process_time() - self._start_cpu_s) >= self._next_look_cpu_s:
            self._next_look_cpu_s = 2 * used_s
            self._look(min(WORTH_STEPS, self.result.transitions * WORTH_S / used_s))

    def _look(self, worth_steps: float) -> None:
        """**Errors** TakenOver."""
        expected, most = self.expected_states, self.limits.states
        if expected is not None and most is not None:
            expected = min(expected, most)
        if steps_left(self.result, expected) < worth_steps:
            return
        elapsed = self.elapsed_s()
        limits = self.limits
        if limits.seconds is not None:
            rest = max(0.0, limits.seconds - elapsed)
            limits = Limits(limits.states, rest, limits.depth)
        try:
            result = self.other(limits)
        except Unsupported as reason:
            self.refused = str(reason)
            return
        result.seconds += elapsed
        raise TakenOver(result)
