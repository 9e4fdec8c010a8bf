"""What a long search is doing: on a terminal a line that changes, elsewhere a line now and then.

It goes to the error stream, so that the answer on the output stream stays clean.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from .explore.search import Exploration

__all__ = ["Progress", "duration", "remaining_states"]

EVERY_S = 0.5
EVERY_IN_CI_S = 30.0
STILL_GROWING = 1.1
NO_END_IN_SIGHT = 0.95
MORE_LEVELS = 10_000
"""So many levels ahead an estimate looks at most."""


class Progress:
    """Reports on one check after another. Nothing is written when ``quiet``.

    On a terminal the line is rewritten twice a second and removed at the end; elsewhere, as in
    continuous integration, a line is written every thirty seconds.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._quiet = quiet
        self._clock = clock
        self._every_s = EVERY_S if self._terminal else EVERY_IN_CI_S
        self._last_s = 0.0
        self._phase = ""
        self._shown = False

    def phase(self, name: str) -> None:
        """What begins now; shown at once on a terminal."""
        self._phase = name
        self._last_s = self._clock()
        if self._terminal and not self._quiet:
            self._write(name, "reading the specification")

    def report(self, so_far: Exploration) -> None:
        """To be called often; writes when it is time to."""
        self.text(lambda: progress_text(so_far))

    def text(self, figures: Callable[[], str]) -> None:
        """The same with other figures, which are asked for when it is time to write."""
        now = self._clock()
        if self._quiet or now - self._last_s < self._every_s:
            return
        self._last_s = now
        self._write(self._phase, figures())

    def clear(self) -> None:
        """Remove the line from the terminal, before something else is written."""
        if self._shown and self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
        self._shown = False

    def _write(self, phase: str, figures: str) -> None:
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            # A long name gives way to the figures: its end tells models apart.
            room = max(12, width - len(figures) - 2)
            name = phase if len(phase) <= room else "…" + phase[-room + 1 :]
            self._stream.write("\r\x1b[K" + f"{name}: {figures}"[:width])
        else:
            self._stream.write(f"{phase}: {figures}\n")
        self._stream.flush()
        self._shown = True


def progress_text(so_far: Exploration) -> str:
    """One line: how far, how fast, how much longer."""
    rate = so_far.states / so_far.seconds if so_far.seconds > 0 else 0.0
    said = [f"{so_far.states:,} states", f"{so_far.transitions:,} transitions"]
    if so_far.walks:
        rate = so_far.transitions / so_far.seconds if so_far.seconds > 0 else 0.0
        said += [f"{rate:,.0f} steps/s", f"{so_far.walks:,} walks"]
    else:
        said.append(f"{rate:,.0f} states/s")
    if so_far.levels and not so_far.walks:
        said += [f"depth {len(so_far.levels)}", f"frontier {so_far.frontier:,}"]
    said.append(duration(so_far.seconds))
    if so_far.levels:
        said.append(f"left: {left_text(so_far)}")
    return ", ".join(said)


def left_text(so_far: Exploration) -> str:
    """The time left as a range, or unknown while the frontier grows."""
    states = remaining_states(so_far.levels, so_far.frontier)
    expanded = so_far.states - so_far.frontier
    if states is None or expanded <= 0 or so_far.seconds <= 0:
        return "unknown"
    low, high = (duration(n * so_far.seconds / expanded) for n in states)
    return low if low == high else f"{low} to {high}"


def remaining_states(levels: Sequence[int], frontier: int) -> tuple[int, int] | None:
    """How many states are still to be expanded, as a range: those of the frontier and those that
    later levels will add. None while the levels still grow, or when there are too few.

    State spaces swell and shrink again, about as a bell does: from one level to the next sizes
    change by a factor ``r``, and ``r`` itself by a factor ``c`` below 1. At the low end both go on
    as they did over the last levels; at the high end ``r`` falls half as fast. An estimate is
    ventured from just before the peak on.
    """
    sizes = [float(size) for size in levels]
    if len(sizes) < 6:
        return None
    # The last level is still being filled while the one before it is being expanded.
    unexpanded = frontier - sizes[-1]
    done = 1 - unexpanded / sizes[-2]
    if done >= 0.2:
        sizes[-1] /= done
        waiting = unexpanded + sizes[-1]
    else:
        sizes.pop()
        waiting = unexpanded
    r = sizes[-1] / sizes[-2]
    c = min(1.0, (r * sizes[-5] / sizes[-4]) ** (1 / 3))
    if r > STILL_GROWING or (r >= 1 and c > NO_END_IN_SIGHT):
        return None
    low, high = (waiting + _series(sizes[-1], r, pace) for pace in (c, math.sqrt(c)))
    return round(low), round(high)


def _series(size: float, r: float, c: float) -> float:
    """The sum of the sizes after ``size`` when each is ``r`` times the one before and ``r`` itself
    shrinks by ``c``."""
    total = 0.0
    for _ in range(MORE_LEVELS):
        r *= c
        size *= r
        total += size
        if size < 0.5:
            break
    return total


def duration(seconds: float) -> str:
    """A time for people: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``.

    >>> [duration(s) for s in (0.42, 12.3, 200, 7500)]
    ['0.4 s', '12 s', '3 min 20 s', '2 h 5 min']
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
