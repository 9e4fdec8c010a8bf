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
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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

__all__ = ["Factor", "Permutation", "Symmetry"]

Permutation = Mapping[str, Sequence[int]]
"""For each sort by name, where each of its elements goes."""

Map = Callable[[Value], Value]

LARGEST_LISTED = 50_000
"""Up to so many permutations are tried one by one, to see which of them a model allows."""


@dataclass(frozen=True)
class Factor:
    """Permutations of the elements of some sorts, whatever those of other factors do.

    Either ``blocks`` of elements of one sort, within each of which they can be exchanged at will,
    or ``members``: the permutations one by one, the identity first.
    """

    sorts: tuple[ElementSort, ...]
    order: int
    blocks: tuple[tuple[int, ...], ...] = ()
    members: tuple[Permutation, ...] = ()


class Symmetry:
    """The permutations under which one model looks the same, and what they make of its states.

    **Order and cost** the group has up to the product of the factorials of the sizes; an orbit
    takes one pass over the state for each of its members.
    """

    def __init__(self, spec: n.Spec, codec: Codec, cells: Cells) -> None:
        self._spec = spec
        self._codec = codec
        self._cells = cells
        refined = [spec, *(r.abstract for r in spec.refinements)]
        sorts = dict.fromkeys(s for one in refined for s in one.sorts)
        self._free = [s for s in sorts if isinstance(s, ElementSort) and not s.ordered]
        self._subsets = [s for s in sorts if isinstance(s, SubsetSort)]
        self._constants = dict.fromkeys(c for one in refined for c in one.constants)

    def orbit(self, state: Any) -> Iterator[State]:
        """The other states that look like this one; some may come more than once."""
        for move in self._moves:
            yield tuple(v if f is None else f(v) for f, v in zip(move, state, strict=True))

    # ------------------------------------------------------------------------------- group
    @cached_property
    def group(self) -> tuple[Permutation, ...]:
        """The identity first, then every other permutation."""
        return tuple(self._permutations(self._free))

    @cached_property
    def order(self) -> int:
        """How many permutations :attr:`factors` stand for."""
        return math.prod(f.order for f in self.factors)

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """The group as a product. Where the permutations of some sorts depend on each other and are
        too many to try them all, it is only those that exchanging two elements at a time gives."""
        blocks = {s: self._blocks(s) for s in self._free}
        whole = [s for s in self._free if len(blocks[s]) == 1]
        rest = [s for s in self._free if len(blocks[s]) > 1]
        made = [_exchanges(s, blocks[s]) for s in whole]
        apart = [_exchanges(s, blocks[s]) for s in rest]
        if math.prod(math.factorial(self._codec.size(s)) for s in rest) <= LARGEST_LISTED:
            members = tuple(self._permutations(rest))
            if len(members) > math.prod(f.order for f in apart):
                apart = [Factor(tuple(rest), len(members), members=members)]
        return tuple(f for f in (*made, *apart) if f.order > 1)

    def _blocks(self, sort: ElementSort) -> list[tuple[int, ...]]:
        """The elements that can be exchanged with each other, all else staying where it is."""
        found: list[list[int]] = []
        for x in range(self._codec.size(sort)):
            for block in found:
                if self.extended({sort.name: _exchange(self._codec.size(sort), block[0], x)}):
                    block.append(x)
                    break
            else:
                found.append([x])
        return [tuple(b) for b in found]

    def _permutations(self, sorts: Sequence[ElementSort]) -> Iterator[Permutation]:
        """The identity first, then every other member of the group that moves only these sorts."""
        choices = [list(itertools.permutations(range(self._codec.size(s)))) for s in sorts]
        for chosen in itertools.product(*choices):
            found = self.extended({s.name: p for s, p in zip(sorts, chosen, strict=True)})
            if found is not None:
                yield found

    def extended(self, given: Permutation) -> Permutation | None:
        """A permutation that also says where subsets go, and sorts of which nothing is given stay;
        None if the model does not look the same afterwards."""
        permutation: dict[str, Sequence[int]] = {
            s.name: range(self._codec.size(s)) for s in self._free
        }
        permutation.update(given)
        if all(self._carry(s, permutation) for s in self._subsets) and all(
            self._fixes(name, sort, permutation) for name, sort in self._constants
        ):
            return permutation
        return None

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
        move = self.mover(sort, permutation)
        value = self._codec.constant(name, sort)
        return move is None or move(value) == value

    # -------------------------------------------------------------------------------- moves
    @cached_property
    def _moves(self) -> list[list[Map | None]]:
        return [self._move(p) for p in self.group[1:]]

    def _move(self, permutation: Permutation) -> list[Map | None]:
        """What a permutation does to each cell of a state; None where it does nothing."""
        made: list[Map | None] = []
        for cell in self._cells.all:
            sort = self._spec.field(cell.field).sort
            if cell.record is not None:
                sort = (SetSort if isinstance(sort, SetSort) else BagSort)(cell.record)
            made.append(self.mover(sort, permutation))
        return made

    def mover(self, sort: Sort, permutation: Permutation) -> Map | None:
        """What a permutation does to values of a sort; None if nothing."""
        match sort:
            case ElementSort() | SubsetSort():
                to = permutation.get(sort.name)
                return None if to is None or list(to) == list(range(len(to))) else to.__getitem__
            case RecordSort():
                parts = [self.mover(s, permutation) for _, s in sort.fields]
                return _fields(None, *parts) if any(parts) else None
            case UnionSort():
                movers = {self._codec.tags[r]: self.mover(r, permutation) for r in sort.records}
                if not any(movers.values()):
                    return None
                return lambda v: v if (f := movers[v[0]]) is None else f(v)
            case OptionSort():
                return _lift(self.mover(sort.of, permutation), _option)
            case TupleSort():
                parts = [self.mover(s, permutation) for s in sort.items]
                return _fields(*parts) if any(parts) else None
            case SeqSort():
                return _lift(self.mover(sort.of, permutation), _sequence)
            case SetSort():
                return _lift(self.mover(sort.of, permutation), _set)
            case BagSort():
                return _lift(self.mover(sort.of, permutation), _bag)
            case MapSort():
                return self._map_mover(sort, permutation)
            case _:
                return None

    def _map_mover(self, sort: MapSort, permutation: Permutation) -> Map | None:
        """Entries move with their keys: the new entry at a key is the old one at where it was."""
        values = self.mover(sort.value, permutation)
        keys = self.mover(sort.key, permutation)
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


def _exchange(size: int, x: int, y: int) -> list[int]:
    to = list(range(size))
    to[x], to[y] = y, x
    return to


def _exchanges(sort: ElementSort, blocks: Iterable[tuple[int, ...]]) -> Factor:
    """All permutations within blocks."""
    some = tuple(b for b in blocks if len(b) > 1)
    return Factor((sort,), math.prod(math.factorial(len(b)) for b in some), blocks=some)


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
