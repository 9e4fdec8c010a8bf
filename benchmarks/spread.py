"""Figures that were measured several times."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Spread", "ratio", "repeated"]


@dataclass(frozen=True)
class Spread:
    """Measurements of one quantity, in the order in which they were made.

    >>> print(Spread((3.0, 1.0, 2.0)))
    2.00 (1.00-3.00)
    """

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        return self.shown(2)

    def shown(self, digits: int = 2, unit: str = "") -> str:
        """The median, and between which values it lies."""
        unit = f" {unit}" if unit else ""
        if len(self.values) == 1:
            return f"{self.median:,.{digits}f}{unit}"
        low, high = min(self.values), max(self.values)
        return f"{self.median:,.{digits}f}{unit} ({low:,.{digits}f}-{high:,.{digits}f})"

    def map(self, change: Callable[[float], float]) -> Spread:
        return Spread(tuple(map(change, self.values)))


def repeated(measure: Callable[[], float], times: int) -> Spread:
    """The same measurement so many times."""
    return Spread(tuple(measure() for _ in range(times)))


def ratio(above: Spread, below: Spread) -> Spread:
    """How often one goes into the other: of the medians, and at worst and best.

    >>> ratio(Spread((8.0, 9.0, 10.0)), Spread((2.0, 3.0, 4.0))).values
    (2.0, 3.0, 5.0)
    """
    worst = min(above.values) / max(below.values)
    best = max(above.values) / min(below.values)
    return Spread((worst, above.median / below.median, best))
