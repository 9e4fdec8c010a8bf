"""What the elements of a set look like: how their parts compare, as far as that has occurred.

A set of records has a bit for each record that its fields allow. Most of them are often never made:
a promise never reports a vote of a later ballot. So it is noted of the records that occur, in
states looked at beforehand, which parts are there and how any two parts of one sort compare. A
record that compares otherwise gets no bit in what is stored.

That is a guess, and it is never trusted: a program tests every state before it is stored, and stops
at one that has an element without a bit. Then what occurs there is noted too, and the search starts
again; a second time, with bits for all elements of the class.

Elements of a ``Sort`` are only ever equal or not, so what is noted does not tell states of one
orbit apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from ...ir.sorts import (
    ElementSort,
    EnumSort,
    IntSort,
    OptionSort,
    RecordSort,
    Sort,
    SubsetSort,
    TupleSort,
)

__all__ = ["Patterns", "facts"]

FEWEST = 4
"""With fewer different elements seen of a class, nothing is concluded."""

Leaf = tuple[str, Sort | None, Any]


def facts(sort: Sort, value: Any) -> frozenset[str]:
    """How the parts of an element compare: ``1<3.0`` says that its field 1 is below the first part
    of its field 3, and ``3?`` that there is a value in field 3."""
    found: list[str] = []
    leaves: list[Leaf] = []
    for path, kind, x in _leaves(sort, value, ""):
        if kind is None:
            found.append(f"{path}{x}")
        else:
            leaves.append((path, kind, x))
    for (path, kind, x), (other, same, y) in combinations(leaves, 2):
        if kind == same:
            ordered = isinstance(kind, IntSort) or (isinstance(kind, ElementSort) and kind.ordered)
            unequal = "<" if x < y else ">"
            found.append(f"{path}{'=' if x == y else unequal if ordered else '!'}{other}")
    return frozenset(found)


def _leaves(sort: Sort, value: Any, path: str) -> Iterator[Leaf]:
    """The scalar parts of a value, and for each optional one (of no sort) whether it is there."""
    match sort:
        case ElementSort() | SubsetSort() | EnumSort() | IntSort():
            yield path, sort, value
        case OptionSort():
            yield path, None, "-" if value is None else "?"
            if value is not None:
                yield from _leaves(sort.of, value, path)
        case RecordSort():
            for i, ((_, part), x) in enumerate(zip(sort.fields, value[1:], strict=True)):
                yield from _leaves(part, x, f"{path}.{i}")
        case TupleSort():
            for i, (part, x) in enumerate(zip(sort.items, value, strict=True)):
                yield from _leaves(part, x, f"{path}.{i}")
        case _:
            pass


class Patterns:
    """The facts that have occurred, by the class of the element."""

    def __init__(self) -> None:
        self.seen: dict[str, set[str]] = {}
        self.number: dict[str, int] = {}
        self.wide: set[str] = set()
        self.tried: set[str] = set()
        self._noted: set[tuple[str, Any]] = set()

    def note(self, sort: Sort, value: Any) -> None:
        """An element that occurs."""
        key = (str(sort), value)
        if key not in self._noted:
            self._noted.add(key)
            self.seen.setdefault(key[0], set()).update(facts(sort, value))
            self.number[key[0]] = self.number.get(key[0], 0) + 1

    def admits(self, sort: Sort, domain: tuple[Any, ...]) -> list[bool]:
        """For each possible element whether it gets a bit."""
        name = str(sort)
        if name in self.wide or self.number.get(name, 0) < FEWEST:
            return [True] * len(domain)
        seen = self.seen[name]
        return [facts(sort, x) <= seen for x in domain]

    def widen(self, name: str) -> None:
        """An element of this class had no bit."""
        if name in self.tried:
            self.wide.add(name)
        self.tried.add(name)

    def record(self) -> dict[str, list[Any]]:
        """What another search needs to conclude the same."""
        return {
            name: [self.number[name], name in self.wide, sorted(self.seen[name])]
            for name in sorted(self.seen)
        }

    def restore(self, record: dict[str, list[Any]], tried: Iterable[str] | None = None) -> None:
        """Conclude the same. All classes have been widened once, or those that were ``tried``."""
        self.number = {name: number for name, (number, _, _) in record.items()}
        self.wide = {name for name, (_, wide, _) in record.items() if wide}
        self.seen = {name: set(seen) for name, (_, _, seen) in record.items()}
        self.tried = set(record if tried is None else tried)
