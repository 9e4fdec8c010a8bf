"""Where a random specification gets its decisions from.

The generator asks for small natural numbers and for nothing else, so that it can be driven by
Hypothesis (which shrinks: a smaller number is always the simpler option) or by a seed (which is
fast, for long soaks).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

__all__ = ["Choices", "drawn", "seeded"]

T = TypeVar("T")


class Choices:
    """Decisions. **Order** options are given simplest first: number 0 is what shrinking ends at."""

    def __init__(self, below: Callable[[int], int]) -> None:
        self._below = below

    def below(self, n: int) -> int:
        """A number from 0 to n - 1."""
        return self._below(n) if n > 1 else 0

    def chance(self, percent: int) -> bool:
        """True so often; False is simpler."""
        return self.below(100) >= 100 - percent

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all alike."""
        return options[self.below(len(options))]

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        """One of the options, in proportion to the weights."""
        left = self.below(sum(weight for weight, _ in options))
        for weight, option in options:
            if left < weight:
                return option
            left -= weight
        raise AssertionError("weights are positive")

    def some(self, options: Sequence[T], least: int, most: int) -> list[T]:
        """Between ``least`` and ``most`` different options, in their order."""
        most = min(most, len(options))
        least = min(least, most)
        wanted = least + self.below(most - least + 1)
        kept = list(range(len(options)))
        while len(kept) > wanted:
            kept.pop(len(kept) - 1 - self.below(len(kept)))
        return [options[i] for i in kept]


def seeded(seed: int) -> Choices:
    """The decisions that a seed stands for."""
    rng = random.Random(seed)
    return Choices(rng.randrange)


def drawn(draw: DrawFn) -> Choices:
    """The decisions that Hypothesis draws.

    They come through a random generator, and not as values of ``st.integers``: what is drawn one by
    one Hypothesis also swaps with each other to make new examples, which then agree with the rest
    of the decisions no more and end in nothing but simplest options.
    """
    rng = draw(st.randoms(use_true_random=False))
    return Choices(rng.randrange)
