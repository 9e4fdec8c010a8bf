"""One state of each orbit: the representative to which the generated program turns a state.

Permutations of the elements of unordered sorts are taken apart into factors (:mod:`..symmetry`),
one *level* for each. A level orders its elements by a *signature*: a number made of what the state
says of an element, which goes with the element when elements are exchanged, and which no exchange
on a later level changes. Elements with equal signatures are *tied*. If exchanging them does not
change the state, nothing is left to decide; otherwise every order of them is tried, each one being
brought to order on the later levels, and of the states that result the least is taken, word by
word. So two states of one orbit end in one and the same state, which is theirs.

Which signatures are equal decides only how much there is to try. Hence a signature may forget or
mix up whatever is inconvenient.

Where a level has too many orders to try (:data:`MOST_TRIED`) only the first of them are, and states
of one orbit may end in different ones of its members: sound, since each still stands for the whole
orbit, but more is explored than necessary.

**Source** the shape of the idea is that of nauty: B. D. McKay, A. Piperno, "Practical graph
isomorphism, II" (J. Symbolic Computation 60, 2014): refine by invariants, then try what is left.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...ir.sorts import (
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
from ..codec import Value
from ..symmetry import Factor, Permutation, Symmetry
from . import terms as t
from .layout import (
    IntShape,
    Layout,
    ListShape,
    MapShape,
    OptionShape,
    Place,
    ProductShape,
    ScalarShape,
    SeqShape,
    SetPart,
    SetShape,
    Shape,
    SplitShape,
    UnionShape,
    code_bits,
)
from .terms import TRUE, Const, Name, Term
from .write import Function, Program, Written, render

__all__ = ["canonical"]

MOST_TRIED = 720
"""Orders of the elements of one level that are tried at most."""
FEWER_TRIED = 120
"""The same where there are many ways to be tied."""
MOST_TIED = 9
"""With more pairs of neighbours than this, no orders are tried."""

PACKED = 62
"""Bits of a signature that are kept as they are; beyond them it is mixed."""

LONGEST_LOOKUP = 62
SUMMED = (1 << 48) - 1

Move = Callable[[Value], Value]

NONE = "def canonical(st, s, tmp):\n    return 0"


def canonical(layout: Layout, program: Program, symmetry: Symmetry | None) -> str:
    """``canonical(st, s, tmp)``: turn the state at ``st[s:]`` into the representative of its orbit.

    Its helpers are added to the program.
    """
    factors = () if symmetry is None else symmetry.factors
    if symmetry is None or not factors:
        return NONE
    listed = [f for f in factors if f.members]
    ordered = [f for f in factors if f.blocks]
    # Small sorts first: there is least to try of them, and the last sort sees most.
    ordered.sort(key=lambda f: f.order)
    levels = [*listed, *ordered]
    words = layout.words
    starts = [program.scratch(words) for _ in levels]
    end = program.scratch(words)
    for i, factor in enumerate(levels):
        following = starts[i + 1] if i + 1 < len(levels) else None
        later = frozenset(s.name for f in levels[i + 1 :] for s in f.sorts)
        level = _Level(layout, program, symmetry, i, starts[i], end, following, later)
        level.write(factor)
    lines = ["def canonical(st, s, tmp):"]
    lines += [f"    sto(tmp, {starts[0] + k}, ld(st, s + {k}))" for k in range(words)]
    lines.append("    r = least_0(tmp)")
    lines += [f"    sto(st, s + {k}, ld(tmp, r + {k}))" for k in range(words)]
    return "\n".join([*lines, "    return 0"])


# -------------------------------------------------------------------------------- permutations
def plain_changes(count: int) -> Iterator[int]:
    """Exchanges of neighbours (each named by the place of the left one) that bring ``count`` things
    into each of their orders once.

    **Source** the plain changes of English bell-ringers; D. E. Knuth, TAOCP 4A, 7.2.1.2.

    >>> list(plain_changes(3))
    [1, 0, 1, 0, 1]
    """
    if count < 2:
        return
    down = True
    for inner in [*plain_changes(count - 1), None]:
        places = range(count - 2, -1, -1) if down else range(count - 1)
        yield from places
        if inner is not None:
            yield inner + 1 if down else inner
        down = not down


def all_orders(groups: Sequence[tuple[int, int]]) -> Iterator[int]:
    """The same for several groups of neighbours, each from a place on and so many: every
    combination of their orders."""
    if not groups:
        return
    (first, count), *rest = groups
    inner = list(all_orders(rest))
    for change in plain_changes(count):
        yield from inner
        yield first + change
    yield from inner


def tour(members: Sequence[Permutation]) -> tuple[list[Permutation], list[int]]:
    """Some permutations, and in which order to apply them, one after the other, so that all members
    of a group are met."""
    names = list(members[0])
    elements = [tuple(tuple(p[x]) for x in names) for p in members]

    def then(p: Any, q: Any) -> Any:
        return tuple(tuple(b[i] for i in a) for a, b in zip(p, q, strict=True))

    generators: list[Any] = []
    reached = {elements[0]}
    for e in elements:
        if e not in reached:
            generators.append(e)
            reached = _generated(elements[0], generators, then)
    steps: list[int] = []
    here, left = elements[0], set(elements[1:])
    while left:
        way = _way(here, generators, left, then)
        for k in way:
            here = then(here, generators[k])
            left.discard(here)
        steps += way
    return [dict(zip(names, g, strict=True)) for g in generators], steps


def _generated(identity: Any, generators: list[Any], then: Any) -> set[Any]:
    found, work = {identity}, [identity]
    while work:
        p = work.pop()
        for g in generators:
            q = then(p, g)
            if q not in found:
                found.add(q)
                work.append(q)
    return found


def _way(start: Any, generators: list[Any], wanted: set[Any], then: Any) -> list[int]:
    """A shortest way to one of those wanted."""
    ways: dict[Any, list[int]] = {start: []}
    work = [start]
    for p in work:  # grows while it is read
        for k, g in enumerate(generators):
            q = then(p, g)
            if q in wanted:
                return [*ways[p], k]
            if q not in ways:
                ways[q] = [*ways[p], k]
                work.append(q)
    return []


# --------------------------------------------------------------------------------------- sorts
def mentions(sort: Sort, names: frozenset[str]) -> bool:
    """Whether a value of the sort may contain an element, or a subset, of these sorts."""
    match sort:
        case ElementSort():
            return sort.name in names
        case SubsetSort():
            return sort.of.name in names
        case RecordSort():
            return any(mentions(s, names) for _, s in sort.fields)
        case UnionSort():
            return any(mentions(r, names) for r in sort.records)
        case TupleSort():
            return any(mentions(s, names) for s in sort.items)
        case MapSort():
            return mentions(sort.key, names) or mentions(sort.value, names)
        case OptionSort() | SeqSort() | SetSort() | BagSort():
            return mentions(sort.of, names)
        case _:
            return False


# -------------------------------------------------------------------------------------- moving
@dataclass
class _Words:
    """Words in the making: bits that are carried over, and lanes that are computed."""

    count: int
    carried: dict[tuple[int, int, int], int] = field(default_factory=dict)
    computed: list[tuple[int, int, Term]] = field(default_factory=list)

    def carry(self, source: Place, target: Place) -> None:
        self.carry_bits(source, target, (1 << source.lane.width) - 1)

    def carry_bits(self, source: Place, target: Place, bits: int, by: int = 0) -> None:
        """Carry some bits of a lane over, ``by`` so many places to the left within it."""
        if bits:
            key = (source.word, target.word, target.offset - source.offset + by)
            self.carried[key] = self.carried.get(key, 0) | bits << source.offset

    def compute(self, target: Place, term: Term) -> None:
        if target.lane.width:
            self.computed.append((target.word, target.offset, term))

    def terms(self, names: Sequence[Name]) -> list[Term]:
        made: list[Term] = [Const(0)] * self.count
        for (source, target, shift), bits in sorted(self.carried.items()):
            part = t.band(names[source], Const(bits))
            if shift > 0:
                part = t.shift_left(part, Const(shift))
            elif shift < 0:
                part = t.shift_right(part, Const(-shift))
            made[target] = t.bor(made[target], part)
        for word, offset, term in self.computed:
            made[word] = t.bor(made[word], t.shift_left(term, Const(offset)))
        return made


class _Mover:
    """Writes what a permutation makes of values in lanes."""

    def __init__(self, function: Function, symmetry: Symmetry, permutation: Permutation) -> None:
        self.function = function
        self.codec = function.codec
        self.symmetry = symmetry
        self.permutation = permutation
        self._movers: dict[Sort, Move | None] = {}

    def mover(self, sort: Sort) -> Move | None:
        """What the permutation does to known values of a sort; None if nothing."""
        if sort not in self._movers:
            self._movers[sort] = self.symmetry.mover(sort, self.permutation)
        return self._movers[sort]

    def moves(self, sort: Sort) -> bool:
        return self.mover(sort) is not None

    def words(self, layout: Layout, names: Sequence[Name]) -> list[Term]:
        """The words of the state that a state is moved to."""
        made = _Words(len(names))
        for name, shape in layout.fields.items():
            places = layout.places[name]
            self.place(shape, places, places, made, names)
        return made.terms(names)

    def place(
        self,
        shape: Shape,
        source: tuple[Place, ...],
        target: tuple[Place, ...],
        made: _Words,
        names: Sequence[Name],
    ) -> None:
        """Move a value from the lanes ``source`` to the lanes ``target``."""
        match shape:
            case _ if not self.moves(shape.sort):
                for x, y in zip(source, target, strict=True):
                    made.carry(x, y)
            case MapShape():
                width = len(shape.of.lanes)
                for i, j in enumerate(self.key_numbers(shape)):
                    entry = source[i * width : (i + 1) * width]
                    new_entry = target[j * width : (j + 1) * width]
                    self.place(shape.of, entry, new_entry, made, names)
            case ProductShape():
                for part, i, j in zip(shape.parts, shape.starts, shape.starts[1:], strict=False):
                    self.place(part, source[i:j], target[i:j], made, names)
            case SplitShape():
                for split, i, j in zip(shape.parts, shape.starts, shape.starts[1:], strict=False):
                    self.place(split, source[i:j], target[i:j], made, names)
            case SetShape():
                for (lane, to, by), bits in self.bits(shape).items():
                    made.carry_bits(source[lane], target[to], bits, by)
            case _:
                lanes = tuple(_bits(names[x.word], x.offset, x.lane.width) for x in source)
                for old, x, y, new in zip(
                    lanes, source, target, self.lanes(shape, lanes, TRUE), strict=True
                ):
                    if new == old:
                        made.carry(x, y)
                    else:
                        made.compute(y, new)

    def key_numbers(self, shape: MapShape) -> list[int]:
        """Where the entry at each key goes."""
        move = self.mover(shape.sort.key)
        if move is None:
            return list(range(shape.keys))
        keys = self.codec.values(shape.sort.key)
        return [self.codec.key_number(shape.sort.key, move(k)) for k in keys]

    def bits(self, shape: SetShape) -> dict[tuple[int, int, int], int]:
        """Which bits of which lane of a set go to which lane, and how far to the left in it."""
        made: dict[tuple[int, int, int], int] = {}
        for part in shape.parts:
            move = self.mover(part.element.sort)
            for i, x in enumerate(part.domain):
                lane, bit = part.seat(i)
                to, new = part.seat(i if move is None else part.numbers[move(x)])
                key = (lane, to, new - bit)
                made[key] = made.get(key, 0) | 1 << bit
        return made

    def lanes(self, shape: Shape, lanes: tuple[Term, ...], when: Term) -> tuple[Term, ...]:
        """The lanes of a moved value; lanes of a value that is not there (not ``when``) stay 0."""
        if not self.moves(shape.sort):
            return lanes
        match shape:
            case ScalarShape():
                return (self.renumbered(shape, lanes[0], when),)
            case IntShape():
                return lanes
            case OptionShape():
                return (lanes[0], *self.lanes(shape.of, lanes[1:], t.both((when, lanes[0]))))
            case ProductShape() | SplitShape():
                pairs = zip(shape.parts, shape.starts, shape.starts[1:], strict=False)
                return tuple(x for p, i, j in pairs for x in self.lanes(p, lanes[i:j], when))
            case UnionShape():
                return self.union(shape, lanes, when)
            case SetShape():
                made: list[Term] = [Const(0)] * len(lanes)
                for (x, y, by), bits in self.bits(shape).items():
                    part = t.band(lanes[x], Const(bits))
                    moved = (
                        t.shift_left(part, Const(by))
                        if by >= 0
                        else t.shift_right(part, Const(-by))
                    )
                    made[y] = t.bor(made[y], moved)
                return tuple(made)
            case ListShape():
                return self.sorted_list(shape, lanes)
            case SeqShape():
                return (lanes[0], self.sequence(shape, lanes))
            case MapShape():
                width = len(shape.of.lanes)
                entries: list[tuple[Term, ...]] = [()] * shape.keys
                for i, j in enumerate(self.key_numbers(shape)):
                    entries[j] = self.lanes(shape.of, lanes[i * width : (i + 1) * width], when)
                return tuple(x for entry in entries for x in entry)

    def renumbered(self, shape: ScalarShape, lane: Term, when: Term) -> Term:
        move = self.mover(shape.sort)
        assert move is not None
        to = [int(move(x)) for x in self.codec.values(shape.sort)]
        made = _looked_up(self.function, to, lane, shape.lanes[0].width)
        return made if to[0] == 0 else t.select(when, made, Const(0))

    def union(self, shape: UnionShape, lanes: tuple[Term, ...], when: Term) -> tuple[Term, ...]:
        made = list(lanes)
        for number, (seats, record) in enumerate(zip(shape.seats, shape.records, strict=True)):
            is_it = t.both((when, t.equal(lanes[0], Const(number))))
            old = tuple(lanes[i] for i in seats)
            for seat, x, y in zip(seats, old, self.lanes(record, old, is_it), strict=True):
                if x != y:
                    made[seat] = t.select(is_it, y, made[seat])
        return tuple(made)

    def moved_code(self, shape: Shape, code: Name, when: Term) -> Term:
        """The code of the moved element; what is above the code is carried over."""
        lanes: list[Term] = []
        offset = code_bits(shape)
        offsets = []
        for lane in shape.lanes:
            offset -= lane.width
            offsets.append(offset)
            lanes.append(_bits(code, offset, lane.width))
        changed = 0
        added: Term = Const(0)
        moved = self.lanes(shape, tuple(lanes), when)
        for lane, at, old, new in zip(shape.lanes, offsets, lanes, moved, strict=True):
            if new != old:
                changed |= ((1 << lane.width) - 1) << at
                added = t.bor(added, t.shift_left(new, Const(at)))
        return t.bor(t.band(code, Const((1 << 63) - 1 ^ changed)), added)

    def sorted_list(self, shape: ListShape, lanes: tuple[Term, ...]) -> tuple[Term, ...]:
        """The codes of the moved elements, the largest first."""
        f = self.function
        made: list[Name] = []
        for lane in lanes:
            code = f.assigned(lane)
            there = t.nonzero(code)
            moved = self.moved_code(shape.of, code, there)
            made.append(f.assigned(moved if code == moved else t.select(there, moved, Const(0))))
        for end in range(len(made), 1, -1):
            for i in range(end - 1):
                high, low = t.maximum(made[i], made[i + 1]), t.minimum(made[i], made[i + 1])
                made[i], made[i + 1] = f.assigned(high), f.assigned(low)
        return tuple(made)

    def sequence(self, shape: SeqShape, lanes: tuple[Term, ...]) -> Term:
        """The codes of the moved elements, each in its place."""
        f = self.function
        length, data = f.named(lanes[0]), f.assigned(lanes[1])
        bits = shape.element_bits
        made: Term = Const(0)
        for i in range(shape.room):
            code = f.assigned(f.slice_bits(data, i * bits, bits))
            there = t.less(Const(i), length)
            moved = t.select(there, self.moved_code(shape.of, code, there), Const(0))
            made = t.bor(made, t.shift_left(moved, Const(i * bits)))
        return made


def _bits(word: Name, offset: int, width: int) -> Term:
    return t.Bits(word, offset, width) if width else Const(0)


def _looked_up(function: Function, table: Sequence[int], at: Term, width: int) -> Term:
    """An entry of a table of small numbers."""
    if list(table) == [1, 0]:
        return t.subtract(Const(1), at)
    if len(table) * width <= LONGEST_LOOKUP:
        packed = sum(x << i * width for i, x in enumerate(table))
        shifted = t.shift_right(Const(packed), t.multiply(at, Const(width)))
        return t.band(shifted, Const((1 << width) - 1))
    return t.index(function.program.table(tuple(table)), at)


# ---------------------------------------------------------------------------------- signatures
Feature = tuple[Term, int]
"""A number that says something of one element, and its width in bits."""


class _Signer:
    """Writes signatures of the elements of one sort. ``later`` sorts have no names yet."""

    def __init__(self, function: Function, sort: ElementSort, later: frozenset[str]) -> None:
        self.function = function
        self.codec = function.codec
        self.sort = sort
        self.mine = frozenset({sort.name})
        self.later = later
        self.moving = self.mine | later

    def signature(self, layout: Layout, names: Sequence[Name], x: int) -> Name:
        found: list[Feature] = []
        for name, shape in layout.fields.items():
            lanes = tuple(_bits(names[p.word], p.offset, p.lane.width) for p in layout.places[name])
            found += self.of_value(shape, lanes, x, own=False)
        return self.packed(found)

    def packed(self, features: Iterable[Feature]) -> Name:
        """One number for several; mixed up if they are too wide together."""
        f = self.function
        made: Term = Const(0)
        width = 0
        before: Name | None = None
        for term, bits in features:
            if bits == 0:
                continue
            if width + bits > PACKED:
                before = self.mixed(before, made)
                made, width = Const(0), 0
            made = t.bor(t.shift_left(made, Const(bits)), term)
            if t.size_of(made) > 24:
                made = f.assigned(made)
            width += bits
        return f.assigned(made) if before is None else self.mixed(before, made)

    def mixed(self, before: Name | None, term: Term) -> Name:
        f = self.function
        name = f.fresh("h")
        shown = t.show(term)
        f.line(f"{name.text} = mixed({shown if before is None else f'{before.text} ^ ({shown})'})")
        return name

    def summed(self, parts: Sequence[Sequence[Feature]], when: Sequence[Term]) -> Feature:
        """The same number for the same parts in any order; parts that are not there count 0."""
        f = self.function
        total: Term = Const(0)
        for features, there in zip(parts, when, strict=True):
            name = self.mixed(None, t.add(t.multiply(self.packed(features), Const(2)), Const(1)))
            one = t.band(name, Const(SUMMED))
            total = t.add(total, t.select(there, one, Const(0)))
        return f.assigned(total), 62

    def of_value(
        self, shape: Shape, lanes: tuple[Term, ...], x: int, *, own: bool, when: Term = TRUE
    ) -> list[Feature]:
        """What a value says of element ``x``; all of it if the value is its ``own``. All 0 if the
        value is not there (not ``when``)."""
        sort = shape.sort
        if not mentions(sort, self.moving):
            widths = [lane.width for lane in shape.lanes]
            return list(zip(lanes, widths, strict=True)) if own else []
        if not own and not mentions(sort, self.mine):
            return []
        match shape:
            case ScalarShape():
                return self.of_scalar(shape, lanes[0], x, when)
            case IntShape():
                return []
            case OptionShape():
                inner = t.both((when, lanes[0]))
                features = self.of_value(shape.of, lanes[1:], x, own=own, when=inner)
                return [(lanes[0], 1), *features] if own else features
            case ProductShape() | SplitShape():
                pairs = zip(shape.parts, shape.starts, shape.starts[1:], strict=False)
                return [
                    feature
                    for part, i, j in pairs
                    for feature in self.of_value(part, lanes[i:j], x, own=own, when=when)
                ]
            case UnionShape():
                return self.of_union(shape, lanes, x, own, when)
            case SetShape():
                return [f for part in shape.parts for f in self.of_set(part, lanes, x, own)]
            case ListShape():
                return [self.of_list(shape, lanes, x, own)]
            case SeqShape():
                return [self.of_sequence(shape, lanes, x, own)]
            case MapShape():
                return self.of_map(shape, lanes, x, own, when)

    def of_scalar(self, shape: ScalarShape, lane: Term, x: int, when: Term) -> list[Feature]:
        """Whether it is ``x``, or whether ``x`` is in it."""
        match shape.sort:
            case ElementSort() if shape.sort == self.sort:
                return [(t.both((when, t.equal(lane, Const(x)))), 1)]
            case SubsetSort(of=of) if of == self.sort:
                inside = [int(x in m) for m in self.codec.members(shape.sort)]
                return [(t.both((when, t.nonzero(_looked_up(self.function, inside, lane, 1)))), 1)]
            case _:
                return []

    def of_union(
        self, shape: UnionShape, lanes: tuple[Term, ...], x: int, own: bool, when: Term
    ) -> list[Feature]:
        made: Term = Const(0)
        for number, (seats, record) in enumerate(zip(shape.seats, shape.records, strict=True)):
            is_it = t.both((when, t.equal(lanes[0], Const(number))))
            of = tuple(lanes[i] for i in seats)
            features = self.of_value(record, of, x, own=own, when=is_it)
            if features:
                made = t.select(is_it, self.packed(features), made)
        tag = [(lanes[0], shape.lanes[0].width)] if own else []
        return [*tag, (self.function.assigned(made), 64)]

    def of_list(self, shape: ListShape, lanes: tuple[Term, ...], x: int, own: bool) -> Feature:
        """The elements that speak of ``x``, in any order."""
        parts, there = [], []
        for lane in lanes:
            code = self.function.assigned(lane)
            speaks, features = self.of_code(shape.of, code, x, own)
            parts.append(features)
            there.append(t.both((t.nonzero(code), speaks)))
        return self.summed(parts, there)

    def of_code(self, shape: Shape, code: Name, x: int, own: bool) -> tuple[Term, list[Feature]]:
        """What an element says, and whether it speaks of ``x``."""
        lanes = []
        offset = code_bits(shape)
        for lane in shape.lanes:
            offset -= lane.width
            lanes.append(_bits(code, offset, lane.width))
        features = self.of_value(shape, tuple(lanes), x, own=True)
        if own:
            return TRUE, features
        about = self.of_value(shape, tuple(lanes), x, own=False)
        return t.either(t.nonzero(term) for term, _ in about), features

    def of_sequence(self, shape: SeqShape, lanes: tuple[Term, ...], x: int, own: bool) -> Feature:
        """The elements that speak of ``x``, each with its place."""
        f = self.function
        length, data = f.named(lanes[0]), f.assigned(lanes[1])
        bits = shape.element_bits
        parts: list[list[Feature]] = []
        there: list[Term] = []
        for i in range(shape.room):
            code = f.assigned(f.slice_bits(data, i * bits, bits))
            speaks, features = self.of_code(shape.of, code, x, own)
            parts.append([(Const(i), 8), *features])
            there.append(t.both((t.less(Const(i), length), speaks)))
        return self.summed(parts, there)

    def of_map(
        self, shape: MapShape, lanes: tuple[Term, ...], x: int, own: bool, when: Term
    ) -> list[Feature]:
        """The entries at keys that look the same to ``x`` in any order, the others one by one."""
        width = len(shape.of.lanes)
        alike: dict[Any, list[list[Feature]]] = {}
        for i, key in enumerate(self.codec.values(shape.sort.key)):
            look = self.look(shape.sort.key, key, x)
            entry = lanes[i * width : (i + 1) * width]
            mine = own or _speaks(look)
            features = self.of_value(shape.of, entry, x, own=mine, when=when)
            if features:
                alike.setdefault(look, []).append(features)
        made: list[Feature] = []
        for _, entries in sorted(alike.items(), key=lambda item: repr(item[0])):
            if len(entries) == 1:
                made += entries[0]
            else:
                made.append(self.summed(entries, [TRUE] * len(entries)))
        return made

    def of_set(self, part: SetPart, lanes: tuple[Term, ...], x: int, own: bool) -> list[Feature]:
        """The possible elements that look different to ``x`` one by one; of those that look the
        same, how many there are."""
        alike: dict[Any, list[tuple[int, int]]] = {}
        for i, value in enumerate(part.domain):
            look = self.look(part.element.sort, value, x)
            if own or _speaks(look):
                alike.setdefault(look, []).append(part.seat(i))
        ordered = [seats for _, seats in sorted(alike.items(), key=lambda item: repr(item[0]))]
        made = self.gathered([seats[0] for seats in ordered if len(seats) == 1], lanes)
        for seats in ordered:
            if len(seats) > 1:
                masks: dict[int, int] = {}
                for lane, bit in seats:
                    masks[lane] = masks.get(lane, 0) | 1 << bit
                count: Term = Const(0)
                for lane, mask in masks.items():
                    count = t.add(count, t.popcount(t.band(lanes[lane], Const(mask))))
                made.append((count, len(seats).bit_length()))
        return made

    def gathered(self, seats: list[tuple[int, int]], lanes: tuple[Term, ...]) -> list[Feature]:
        """Some bits of some lanes, one beside the other."""
        made: list[Feature] = []
        for start in range(0, len(seats), PACKED):
            pieces: dict[tuple[int, int], int] = {}
            some = seats[start : start + PACKED]
            for at, (lane, bit) in enumerate(some):
                key = (lane, at - bit)
                pieces[key] = pieces.get(key, 0) | 1 << bit
            term: Term = Const(0)
            for (lane, shift), mask in pieces.items():
                bits = t.band(lanes[lane], Const(mask))
                shifted = (
                    t.shift_left(bits, Const(shift))
                    if shift >= 0
                    else t.shift_right(bits, Const(-shift))
                )
                term = t.bor(term, shifted)
            made.append((self.function.assigned(term), len(some)))
        return made

    def look(self, sort: Sort, v: Value, x: int) -> Any:
        """A known value as ``x`` sees it: itself, others of its sort, and what has no name yet."""
        if not mentions(sort, self.moving):
            return ("=", _plain(v))
        match sort:
            case ElementSort():
                return ("x" if v == x else "y") if sort == self.sort else "?"
            case SubsetSort():
                members = self.codec.members(sort)[v]
                return (x in members, len(members)) if sort.of == self.sort else "?"
            case RecordSort():
                return tuple(
                    self.look(s, y, x) for (_, s), y in zip(sort.fields, v[1:], strict=True)
                )
            case UnionSort():
                return (v[0], self.look(self.codec.records[v[0]], v, x))
            case OptionSort():
                return None if v is None else (self.look(sort.of, v, x),)
            case TupleSort():
                return tuple(self.look(s, y, x) for s, y in zip(sort.items, v, strict=True))
            case SetSort():
                return tuple(sorted(repr(self.look(sort.of, y, x)) for y in v)), any(
                    _speaks(self.look(sort.of, y, x)) for y in v
                ) and "x"
            case _:
                return "?"


def _speaks(look: Any) -> bool:
    """Whether something that is looked at has the element itself in it."""
    match look:
        case "x":
            return True
        case ("=", _):
            return False
        case (bool(inside), int()):
            return inside
        case tuple():
            return any(map(_speaks, look))
        case _:
            return False


def _plain(v: Value) -> Any:
    """A known value in a form that has an order."""
    match v:
        case tuple():
            return tuple(map(_plain, v))
        case frozenset():
            return ("{}", *sorted(repr(_plain(x)) for x in v))
        case _:
            return v


# -------------------------------------------------------------------------------------- levels
class _Level:
    """Writes ``least_k(tmp)``: the least state that can be reached by the permutations of level
    ``k`` and later ones, of the state at ``start``; returns where it is."""

    def __init__(
        self,
        layout: Layout,
        program: Program,
        symmetry: Symmetry,
        number: int,
        start: int,
        end: int,
        following: int | None,
        later: frozenset[str],
    ) -> None:
        self.layout = layout
        self.program = program
        self.symmetry = symmetry
        self.number = number
        self.start = start
        self.following = following
        self.next = end if following is None else following
        self.later = later
        self.words = layout.words
        self.names = [Name(f"w{i}") for i in range(self.words)]

    def write(self, factor: Factor) -> None:
        if factor.blocks:
            self.ordered(factor.sorts[0], factor.blocks)
        else:
            generators, steps = tour(factor.members)
            self.moves(generators)
            lines = self.leading()
            lines += [f"sto(tmp, {self.next + k}, {x.text})" for k, x in enumerate(self.names)]
            table = self.program.table((*steps, -1))
            self.finish([*lines, *self.descend(), *self.tries(table.text, "0")])

    # ------------------------------------------------------------------------------ a sort
    def ordered(self, sort: ElementSort, blocks: tuple[tuple[int, ...], ...]) -> None:
        """A level that orders elements by their signatures."""
        size = self.layout.codec.size(sort)
        f = Function(self.program, self.layout)
        signer = _Signer(f, sort, self.later)
        neighbours = [(x, y) for b in blocks for x, y in itertools.pairwise(b)]
        exchanges = {(x, y): self.exchange(sort, size, x, y) for x, y in neighbours}
        for x in sorted({x for b in blocks for x in b}):
            name = signer.signature(self.layout, self.names, x)
            f.line(f"g{x} = {name.text}")
        for block in blocks:
            for end in range(len(block) - 1, 0, -1):
                for x, y in itertools.pairwise(block[: end + 1]):
                    with f.under(f"if g{y} < g{x}:"):
                        self.apply(f, exchanges[x, y])
                        f.line(f"g = g{x}")
                        f.line(f"g{x} = g{y}")
                        f.line(f"g{y} = g")
        f.line("tied = 0")
        f.line("open = 0")
        for k, (x, y) in enumerate(neighbours):
            with f.under(f"if g{x} == g{y}:"):
                f.line(f"tied = tied | {1 << k}")
                with f.under("if open == 0:"):
                    new = _Mover(f, self.symmetry, exchanges[x, y]).words(self.layout, self.names)
                    same = t.both(map(t.equal, new, self.names))
                    f.line(f"open = {t.show(t.negation(same))}")
        for k, word in enumerate(self.names):
            f.line(f"sto(tmp, {self.next + k}, {word.text})")
        self.moves([exchanges[pair] for pair in neighbours])
        lines = [*self.leading(), *_flat(f.lines), *self.descend()]
        if len(neighbours) <= MOST_TIED:
            starts, steps = self.orders(blocks, len(neighbours))
            where = self.program.table(starts)
            table = self.program.table(steps)
            lines.append("if open:")
            lines += ["    " + x for x in self.tries(table.text, f"{where.text}[tied]")]
        self.finish(lines)

    def exchange(self, sort: ElementSort, size: int, x: int, y: int) -> Permutation:
        """Two elements change places."""
        to = list(range(size))
        to[x], to[y] = y, x
        permutation = self.symmetry.extended({sort.name: to})
        assert permutation is not None
        return permutation

    def apply(self, f: Function, permutation: Permutation) -> None:
        """Permute the words at hand."""
        new = _Mover(f, self.symmetry, permutation).words(self.layout, self.names)
        changed = [(w, f.assigned(x)) for w, x in zip(self.names, new, strict=True) if w != x]
        for word, x in changed:
            f.line(f"{word.text} = {x.text}")

    def orders(
        self, blocks: tuple[tuple[int, ...], ...], pairs: int
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """For each set of neighbours that are tied: where the exchanges that try all orders begin,
        and all exchanges, ended by -1."""
        most = MOST_TRIED if pairs < 6 else FEWER_TRIED
        first = list(itertools.accumulate((len(b) - 1 for b in blocks), initial=0))
        starts: list[int] = []
        steps: list[int] = []
        for tied in range(1 << pairs):
            groups: list[tuple[int, int]] = []
            for b, block in enumerate(blocks):
                for k in range(first[b], first[b] + len(block) - 1):
                    if tied >> k & 1:
                        joins = k > first[b] and tied >> (k - 1) & 1
                        if joins:
                            at, count = groups.pop()
                            groups.append((at, count + 1))
                        else:
                            groups.append((k, 2))
            starts.append(len(steps))
            steps += itertools.islice(all_orders(groups), most - 1)
            steps.append(-1)
        return tuple(starts), tuple(steps)

    # --------------------------------------------------------------------------- functions
    def leading(self) -> list[str]:
        return [f"{w.text} = ld(tmp, {self.start + k})" for k, w in enumerate(self.names)]

    def descend(self) -> list[str]:
        """Go on with the state at ``next``."""
        if self.following is None:
            return [f"r = {self.next}"]
        return [f"r = least_{self.number + 1}(tmp)"]

    def moves(self, permutations: Sequence[Permutation]) -> None:
        """``move_k(tmp, at, number)``: what one of the permutations makes of a state in memory."""
        lines = [f"def move_{self.number}(tmp, at, number):"]
        for i, p in enumerate(permutations):
            f = Function(self.program, self.layout)
            for k, w in enumerate(self.names):
                f.line(f"{w.text} = ld(tmp, at + {k})")
            new = _Mover(f, self.symmetry, p).words(self.layout, self.names)
            changed = [(k, f.assigned(x)) for k, x in enumerate(new) if x != self.names[k]]
            for k, x in changed:
                f.line(f"sto(tmp, at + {k}, {x.text})")
            f.line("return 0")
            lines.append(f"    if number == {i}:")
            lines += render(f.lines, 2)
        self.add(f"move_{self.number}", [*lines, "    return 0"])

    def tries(self, table: str, start: str) -> list[str]:
        """Try every order that a table of moves leads to; the least state is left at ``best``."""
        words = range(self.words)
        walk, best = self.program.scratch(self.words), self.program.scratch(self.words)
        lines = [f"sto(tmp, {best + k}, ld(tmp, r + {k}))" for k in words]
        lines += [f"sto(tmp, {walk + k}, {w.text})" for k, w in enumerate(self.names)]
        lines += [
            f"p = {start}",
            f"k = {table}[p]",
            "while k >= 0:",
            f"    move_{self.number}(tmp, {walk}, k)",
        ]
        if self.following is None:
            lines.append(f"    r = {walk}")
        else:
            lines += [f"    sto(tmp, {self.next + k}, ld(tmp, {walk + k}))" for k in words]
            lines.append(f"    r = least_{self.number + 1}(tmp)")
        indent = "    "
        for k in words:
            lines += [
                f"{indent}a = ld(tmp, r + {k})",
                f"{indent}b = ld(tmp, {best + k})",
                f"{indent}if a < b:",
            ]
            lines += [f"{indent}    sto(tmp, {best + i}, ld(tmp, r + {i}))" for i in words]
            if k < self.words - 1:
                lines.append(f"{indent}if a == b:")
                indent += "    "
        lines += ["    p = p + 1", f"    k = {table}[p]", f"r = {best}"]
        return lines

    def finish(self, lines: list[str]) -> None:
        name = f"least_{self.number}"
        self.add(name, [f"def {name}(tmp):", *("    " + x for x in lines), "    return r"])

    def add(self, name: str, lines: list[str]) -> None:
        self.program.functions.append(Written(name, "\n".join(lines)))


def _flat(lines: Any) -> list[str]:
    """Lines of source, as deep as they are below each other."""
    return [x[4:] for x in render(lines)]
