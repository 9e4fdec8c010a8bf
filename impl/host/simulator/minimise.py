"""What of a failing run is needed for it to fail (delta debugging).

**Source** A. Zeller and R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (IEEE
TSE 28(2), 2002), the algorithm ddmin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["minimise"]

T = TypeVar("T")


def minimise(
    items: Sequence[T], fails: Callable[[Sequence[T]], bool], most_tries: int = 5000
) -> list[T]:
    """A part of ``items``, in the same order, that fails too; if ``most_tries`` suffice, no single
    item can be left out of it. ``fails`` must hold of all of them.

    **Cost** At worst as many calls of ``fails`` as the square of what remains; as a rule far fewer.

    >>> minimise(range(100), lambda some: {3, 50} <= set(some))
    [3, 50]
    """
    rest = list(items)
    parts = 2
    tries = 0
    while rest:
        size = -(-len(rest) // parts)
        for begin in range(0, len(rest), size):
            fewer = rest[:begin] + rest[begin + size :]
            tries += 1
            if fails(fewer):
                rest, parts = fewer, max(2, parts - 1)
                break
            if tries >= most_tries:
                return rest
        else:
            if size == 1:
                return rest
            parts = min(len(rest), 2 * parts)
    return rest
