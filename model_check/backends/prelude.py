"""The few functions that generated Python calls: bags, map entries, and checks of indices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

__all__ = [
    "IndexMistake",
    "Remembered",
    "add",
    "bag_add",
    "bag_count",
    "bag_of",
    "bag_remove",
    "bag_size",
    "discard",
    "negative",
    "order",
    "put",
]

Bag = frozenset[tuple[Any, int]]


class IndexMistake(Exception):
    """A negative index or bound, which Python would count from the end; ``place`` numbers the node
    of the IR that has it."""

    def __init__(self, index: int, place: int, length: int) -> None:
        super().__init__(index)
        self.index = index
        self.place = place
        self.length = length


def negative(index: int, place: int, sequence: tuple[Any, ...] = ()) -> NoReturn:
    """An index into a sequence, or a bound of a slice, is below zero."""
    raise IndexMistake(index, place, len(sequence))


LIMIT = 1 << 20


class Remembered(dict[Any, Any]):
    """An operation on cells, computed once for each operands: ``adding[sent, m]``.

    Most steps were taken before with other cells beside them. Looking up is quicker than building,
    and equal results are one object, so that states share their cells and comparing them is quick.
    ``same`` holds one object of each value; operations on the same kind of cells share it.
    """

    def __init__(self, operation: Callable[..., Any], same: dict[Any, Any]) -> None:
        super().__init__()
        self._operation = operation
        self._same = same

    def __missing__(self, operands: tuple[Any, ...]) -> Any:
        value = self._operation(*operands)
        value = self._same.setdefault(value, value)
        if len(self) >= LIMIT:
            self.clear()
            self._same.clear()
        self[operands] = value
        return value


def put(entries: tuple[Any, ...], key: int, value: Any) -> tuple[Any, ...]:
    """The map with one entry replaced.

    >>> put((1, 2, 3), 1, 7)
    (1, 7, 3)
    """
    return (*entries[:key], value, *entries[key + 1 :])


def add(elements: frozenset[Any], x: Any) -> frozenset[Any]:
    """The set with ``x``."""
    return elements | {x}


def discard(elements: frozenset[Any], x: Any) -> frozenset[Any]:
    """The set without ``x``."""
    return elements - {x}


def bag_count(bag: Bag, x: Any) -> int:
    """How many copies of ``x`` there are.

    >>> bag_count(frozenset({("a", 1), ("b", 3)}), "b")
    3
    """
    if (x, 1) in bag:
        return 1
    for y, copies in bag:
        if y == x:
            return copies
    return 0


def bag_size(*bags: Bag) -> int:
    """How many copies there are of all elements together."""
    return sum([copies for bag in bags for _, copies in bag])


def bag_add(bag: Bag, x: Any) -> Bag:
    """One more copy of ``x``.

    >>> bag_add(frozenset({("a", 1)}), "a")
    frozenset({('a', 2)})
    """
    copies = bag_count(bag, x)
    return (bag - {(x, copies)} if copies else bag) | {(x, copies + 1)}


def bag_remove(bag: Bag, x: Any) -> Bag:
    """One copy of ``x`` less. **Errors** KeyError when there is none."""
    copies = bag_count(bag, x)
    if not copies:
        raise KeyError(x)
    rest = bag - {(x, copies)}
    return rest | {(x, copies - 1)} if copies > 1 else rest


def bag_of(elements: Iterable[Any]) -> Bag:
    """The bag with one copy for each time an element comes.

    >>> sorted(bag_of("aab"))
    [('a', 2), ('b', 1)]
    """
    counts: dict[Any, int] = {}
    for x in elements:
        counts[x] = counts.get(x, 0) + 1
    return frozenset(counts.items())


def order(elements: Iterable[Any]) -> tuple[Any, ...]:
    """The elements of a set in an order that is the same in every run of Python.

    The order of a frozenset comes from hashes, and that of None is an address before Python 3.12.
    """
    return tuple(sorted(elements, key=_place))


def _place(x: Any) -> tuple[Any, ...]:
    match x:
        case None:
            return (0,)
        case tuple():
            return (2, len(x), *map(_place, x))
        case frozenset():
            return (3, len(x), *sorted(map(_place, x)))
        case _:
            return (1, x)
