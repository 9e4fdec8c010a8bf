"""Whether a guarded value goes beyond the bounds of the model: then a step to it is a mistake."""

from __future__ import annotations

from collections.abc import Iterator

from ...ir.sorts import BagSort, MapSort, SetSort, Sort
from ..bounds import Bounds
from .circuit import Circuit, Literal
from .values import Guarded

__all__ = ["beyond"]


def beyond(circuit: Circuit, bounds: Bounds, sort: Sort, x: Guarded) -> Literal:
    """That a sequence is too long, or an int too small or too large, anywhere in the value."""
    return circuit.any(_beyond(bounds, sort, x))


def _beyond(bounds: Bounds, sort: Sort, x: Guarded) -> Iterator[Literal]:
    """One of these is true."""
    within = bounds.test(sort)
    if within is None:
        return
    match sort:
        case MapSort():
            for entry in x:
                yield from _beyond(bounds, sort.value, entry)
        case SetSort():
            yield from (c for v, c in x.items() if not within(frozenset({v})))
        case BagSort():
            for v, counts in x.items():
                if not within(frozenset({(v, 1)})):
                    yield from (c for copies, c in counts.items() if copies)
        case _:
            yield from (c for v, c in x.items() if not within(v))
