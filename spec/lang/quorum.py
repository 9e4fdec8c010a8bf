"""Quorum systems: which sets of nodes may decide, for a given number of nodes.

A quorum system turns the number of nodes into sets of their indices. Only minimal sets are listed:
a protocol that waits for a quorum is enabled by every superset as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from .diagnostics import Diagnostic
from .errors import Span
from .source import called_from

__all__ = [
    "QuorumSystem",
    "any_set",
    "at_least",
    "columns",
    "explicit",
    "grid",
    "majority",
    "rows",
    "weighted",
]

QuorumSystem = Callable[[int], tuple[frozenset[int], ...]]
"""From the number of nodes to the quorums, as sets of node indices, each minimal."""


def at_least(size: int) -> QuorumSystem:
    """All sets of exactly ``size`` nodes (and so, by waiting, all larger ones).

    >>> at_least(2)(3)
    (frozenset({0, 1}), frozenset({0, 2}), frozenset({1, 2}))
    """

    def system(n: int) -> tuple[frozenset[int], ...]:
        return tuple(frozenset(c) for c in itertools.combinations(range(n), size))

    return system


def any_set(n: int) -> tuple[frozenset[int], ...]:
    """All sets but the empty one: which of them decide, the protocol says, and it may change.

    They do not meet pairwise, so a model that binds a sort of quorums to them has ``assume=False``.

    >>> [sorted(q) for q in any_set(2)]
    [[0], [1], [0, 1]]
    """
    return tuple(q for size in range(1, n + 1) for q in at_least(size)(n))


def majority(n: int) -> tuple[frozenset[int], ...]:
    """All sets of ``n // 2 + 1`` nodes: any two have a node in common.

    >>> [sorted(q) for q in majority(3)]
    [[0, 1], [0, 2], [1, 2]]
    """
    return at_least(n // 2 + 1)(n)


def explicit(*quorums: Iterable[int]) -> QuorumSystem:
    """Exactly these sets of node indices, counted from 1 as they are shown.

    >>> [sorted(q) for q in explicit({1, 2}, {3})(3)]
    [[0, 1], [2]]
    """
    sets = tuple(frozenset(i - 1 for i in q) for q in quorums)
    written = called_from()

    def system(n: int) -> tuple[frozenset[int], ...]:
        for q in sets:
            for i in q:
                if not 0 <= i < n:
                    raise Diagnostic.QUORUM_OUTSIDE.error(written, node=i + 1, n=n)
        return sets

    return system


def weighted(weights: Sequence[int], threshold: int | None = None) -> QuorumSystem:
    """The minimal sets whose weights add up to ``threshold``, by default more than half of all.

    >>> [sorted(q) for q in weighted([2, 1, 1, 1])(4)]
    [[0, 1], [0, 2], [0, 3], [1, 2, 3]]
    """
    need = sum(weights) // 2 + 1 if threshold is None else threshold
    written = called_from()

    def system(n: int) -> tuple[frozenset[int], ...]:
        if len(weights) != n:
            raise Diagnostic.WEIGHTS_MISMATCH.error(written, weights=len(weights), n=n)
        found: list[frozenset[int]] = []
        for size in range(1, n + 1):
            for c in itertools.combinations(range(n), size):
                q = frozenset(c)
                if sum(weights[i] for i in q) >= need and not any(f <= q for f in found):
                    found.append(q)
        return tuple(found)

    return system


def rows(count: int, width: int) -> QuorumSystem:
    """The rows of a grid of ``count`` rows with ``width`` nodes each. Two rows do not meet.

    >>> [sorted(q) for q in rows(2, 2)(4)]
    [[0, 1], [2, 3]]
    """
    written = called_from()

    def system(n: int) -> tuple[frozenset[int], ...]:
        _fits(count, width, n, written)
        return tuple(frozenset(range(r * width, (r + 1) * width)) for r in range(count))

    return system


def columns(count: int, width: int) -> QuorumSystem:
    """The columns of the same grid: every column meets every row (Flexible Paxos, section 5.3).

    >>> [sorted(q) for q in columns(2, 2)(4)]
    [[0, 2], [1, 3]]
    """
    written = called_from()

    def system(n: int) -> tuple[frozenset[int], ...]:
        _fits(count, width, n, written)
        return tuple(frozenset(range(c, count * width, width)) for c in range(width))

    return system


def grid(count: int, width: int) -> QuorumSystem:
    """One full row together with one full column: any two of these sets meet.

    >>> sorted(grid(2, 2)(4)[0])
    [0, 1, 2]
    """
    full_rows, full_columns = rows(count, width), columns(count, width)

    def system(n: int) -> tuple[frozenset[int], ...]:
        return tuple(dict.fromkeys(r | c for r in full_rows(n) for c in full_columns(n)))

    return system


def _fits(count: int, width: int, n: int, written: Span | None) -> None:
    if count * width != n:
        raise Diagnostic.GRID_MISMATCH.error(written, rows=count, width=width, n=n)
