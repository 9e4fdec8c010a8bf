"""Symmetry that the types give: exchanging elements of a sort changes nothing that can be said.

The elements of a ``Sort`` have equality only, so every permutation of them maps behaviours to
behaviours, and properties to themselves. The language offers no way to break that; a model can, by
a constant that names an element or a quorum system that favours one. Such permutations are left
out: what remains is a group, and states that one of its members maps to each other form an orbit.
It is enough to explore one state of each orbit.

**Source** C. N. Ip and D. L. Dill, "Better Verification Through Symmetry" (FMSD 9, 1996): our sorts
are their scalarsets.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...spec.lang.errors import InternalError
from ..ir import nodes as n
from ..ir.sorts import (
    BagSort,
    ElementSort,
    MapSort,
    OptionSort,
    RecordSort,
    SeqSort,
    SetSort,
    Sort,
    SubsetSort,
    TupleSort,
    UnionSort,
)
from .cells import Cells
from .codec import Codec, State, Value

__all__ = ["Symmetry"]

Permutation = Mapping[str, Sequence[int]]
"""For each sort by name, where each of its elements goes."""

Map = Callable[[Value], Value]


class Symmetry:
    """The permutations under which one model looks the same, and what they make of its states.

    **Order and cost** the group has up to the product of the factorials of the sizes; an orbit
    takes one pass over the state for each of its members.
    """

    def __init__(self, spec: n.Spec, codec: Codec, cells: Cells) -> None:
        self._codec = codec
        self.group = tuple(self._permutations(spec))
        self._moves = [self._move(spec, cells, p) for p in self.group[1:]]

    def orbit(self, state: Any) -> Iterator[State]:
        """The other states that look like this one; some may come more than once."""
        for move in self._moves:
            yield tuple(v if f is None else f(v) for f, v in zip(move, state, strict=True))

    # ------------------------------------------------------------------------------- group
    def _permutations(self, spec: n.Spec) -> Iterator[Permutation]:
        """The identity first, then every other member of the group."""
        free = [s for s in spec.sorts if isinstance(s, ElementSort) and not s.ordered]
        subsets = [s for s in spec.sorts if isinstance(s, SubsetSort)]
        choices = [list(itertools.permutations(range(self._codec.size(s)))) for s in free]
        for chosen in itertools.product(*choices):
            permutation: dict[str, Sequence[int]] = {
                s.name: p for s, p in zip(free, chosen, strict=True)
            }
            if all(self._carry(s, permutation) for s in subsets) and all(
                self._fixes(name, sort, permutation) for name, sort in spec.constants
            ):
                yield permutation

    def _carry(self, sort: SubsetSort, permutation: dict[str, Sequence[int]]) -> bool:
        """Extend a permutation to a sort of subsets; False if one of them goes to none of them."""
        if sort.of.ordered:
            return True
        move = permutation[sort.of.name]
        members = [frozenset(q) for q in self._codec.members(sort)]
        numbers = {q: i for i, q in enumerate(members)}
        images = [numbers.get(frozenset(move[i] for i in q)) for q in members]
        if None in images:
            return False
        permutation[sort.name] = [i for i in images if i is not None]
        return True

    def _fixes(self, name: str, sort: Sort, permutation: Permutation) -> bool:
        move = self._mover(sort, permutation)
        value = self._codec.constant(name, sort)
        return move is None or move(value) == value

    # -------------------------------------------------------------------------------- moves
    def _move(self, spec: n.Spec, cells: Cells, permutation: Permutation) -> list[Map | None]:
        """What a permutation does to each cell of a state; None where it does nothing."""
        made: list[Map | None] = []
        for cell in cells.all:
            sort = spec.field(cell.field).sort
            if cell.record is not None:
                sort = (SetSort if isinstance(sort, SetSort) else BagSort)(cell.record)
            made.append(self._mover(sort, permutation))
        return made

    def _mover(self, sort: Sort, permutation: Permutation) -> Map | None:
        match sort:
            case ElementSort() | SubsetSort():
                to = permutation.get(sort.name)
                return None if to is None or list(to) == list(range(len(to))) else to.__getitem__
            case RecordSort():
                parts = [self._mover(s, permutation) for _, s in sort.fields]
                return _fields(None, *parts) if any(parts) else None
            case UnionSort():
                movers = {self._codec.tags[r]: self._mover(r, permutation) for r in sort.records}
                if not any(movers.values()):
                    return None
                return lambda v: v if (f := movers[v[0]]) is None else f(v)
            case OptionSort():
                return _lift(self._mover(sort.of, permutation), _option)
            case TupleSort():
                parts = [self._mover(s, permutation) for s in sort.items]
                return _fields(*parts) if any(parts) else None
            case SeqSort():
                return _lift(self._mover(sort.of, permutation), _sequence)
            case SetSort():
                return _lift(self._mover(sort.of, permutation), _set)
            case BagSort():
                return _lift(self._mover(sort.of, permutation), _bag)
            case MapSort():
                return self._map_mover(sort, permutation)
            case _:
                return None

    def _map_mover(self, sort: MapSort, permutation: Permutation) -> Map | None:
        """Entries move with their keys: the new entry at a key is the old one at where it was."""
        values = self._mover(sort.value, permutation)
        keys = self._mover(sort.key, permutation)
        if keys is None:
            return _lift(values, _sequence)
        came_from = {
            self._codec.key_number(sort.key, keys(key)): number
            for number, key in enumerate(self._codec.values(sort.key))
        }
        if len(came_from) != self._codec.size(sort.key):
            raise InternalError(f"no permutation of the keys of {sort}")
        order = [came_from[i] for i in range(len(came_from))]
        if values is None:
            return lambda v: tuple([v[i] for i in order])
        return lambda v: tuple([values(v[i]) for i in order])


def _lift(move: Map | None, over: Callable[[Map], Map]) -> Map | None:
    """What moving the elements makes of a collection; nothing if they do not move."""
    return None if move is None else over(move)


def _option(move: Map) -> Map:
    return lambda v: None if v is None else move(v)


def _sequence(move: Map) -> Map:
    return lambda v: tuple(map(move, v))


def _set(move: Map) -> Map:
    return lambda v: frozenset(map(move, v))


def _bag(move: Map) -> Map:
    return lambda v: frozenset((move(x), copies) for x, copies in v)


def _fields(*parts: Map | None) -> Map:
    """Apply a function to each component of a tuple; None leaves it as it is."""

    def move(v: Value) -> Value:
        return tuple([x if f is None else f(x) for f, x in zip(parts, v, strict=True)])

    return move
