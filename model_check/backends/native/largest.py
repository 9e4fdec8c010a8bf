"""The largest numbers that the lanes of a value may hold, for programs that test every bound."""

from __future__ import annotations

from .layout import (
    IntShape,
    ListShape,
    MapShape,
    OptionShape,
    ProductShape,
    ScalarShape,
    SeqShape,
    SetShape,
    Shape,
    SplitShape,
    UnionShape,
)

__all__ = ["most_in"]


def most_in(shape: Shape) -> tuple[int, ...]:
    """For each lane of a shape the largest number that it is packed as; the least is 0.

    Less than what its bits could hold: three elements take two bits, and there is no fourth one.
    """
    match shape:
        case ScalarShape():
            return (shape.size - 1,)
        case IntShape():
            return (shape.high - shape.low,)
        case OptionShape():
            return (1, *most_in(shape.of))
        case ProductShape():
            return tuple(most for part in shape.parts for most in most_in(part))
        case UnionShape():
            return (len(shape.records) - 1, *_full(shape)[1:])  # records share the other lanes
        case SeqShape():
            return (shape.room, _full(shape)[1])
        case SetShape() | ListShape():
            return _full(shape)
        case SplitShape():
            return tuple(most for part in shape.parts for most in most_in(part))
        case MapShape():
            return most_in(shape.of) * shape.keys


def _full(shape: Shape) -> tuple[int, ...]:
    """All bits of each lane."""
    return tuple((1 << lane.width) - 1 for lane in shape.lanes)
