"""Where the values of a state lie: every sort as a few small integers, packed into words.

A value is a fixed number of *lanes*, integers of so many bits each. What a value does not use is 0,
so that two values of one shape are equal if all their lanes are::

    bool, element, subset, enumeration    one lane: its number
    int                                   one lane: the number itself; packed as its distance from
                                          the least one that has a place
    T | None                              1 if there is a value, then the lanes of T
    record, tuple                         the lanes of its parts
    union of records                      which record, then lanes that the records share
    sequence                              its length; all elements in one lane, the first lowest
    set                                   one bit for each possible element, or a list as a bag;
                                          one after the other for each record class in it
    bag                                   a list: the codes of its elements, largest first, then 0
    Map                                   the lanes of its values, in the order of the keys

The *code* of a value is all its lanes in one integer, the last lane lowest.

Ints, sequences and lists have no bound of their own. :class:`Bounds` says how much room there is;
a program that needs more stops and names the bound (:data:`Bounds.keys`), which is then widened.
Nothing is ever cut off.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ....spec.lang.errors import InternalError, Unsupported
from ...ir import nodes as n
from ...ir.sorts import (
    INT,
    BagSort,
    BoolSort,
    ElementSort,
    EnumSort,
    IntSort,
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
from ..codec import Codec, State, Value
from .flow import Kinds
from .patterns import Patterns

__all__ = [
    "WORD_BITS",
    "Bounds",
    "IntShape",
    "Lane",
    "Layout",
    "ListShape",
    "MapShape",
    "OptionShape",
    "Place",
    "ProductShape",
    "ScalarShape",
    "SeqShape",
    "SetPart",
    "SetShape",
    "Shape",
    "SplitShape",
    "UnionShape",
]

WORD_BITS = 63
"""Bits used of a word. The sign is left alone: no value of a state is negative."""

LARGEST_SET_BITS = 384
"""A set with more possible elements of one class than this is kept as a list."""


FEWEST_BITS = 8
"""That elements of sets never occur must save so many bits, or it is not made use of."""

LONGEST_LIST = 64
"""A list with room for more is refused: this engine is for states that are small."""


# ------------------------------------------------------------------------------------ bounds
class Bounds:
    """How much room there is for each int, sequence and list, by the name of its place.

    A place is ``term`` (a state field), ``Entry.term`` (of a record, wherever it occurs), and
    ``x[]`` for what is inside ``x``. Bounds only ever grow.
    """

    def __init__(self, kinds: Kinds | None = None) -> None:
        self.kinds = Kinds() if kinds is None else kinds
        self.patterns = Patterns()
        self.low: dict[str, int] = {}
        self.high: dict[str, int] = {}
        self.room: dict[str, int] = {}
        self.keys: list[tuple[str, str]] = []
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, which: str, place: str) -> int:
        """The number by which a program names the bound that it has hit."""
        key = (which, place)
        if key not in self._numbers:
            self._numbers[key] = len(self.keys)
            self.keys.append(key)
        return self._numbers[key]

    def restore(
        self,
        low: dict[str, int],
        high: dict[str, int],
        room: dict[str, int],
        keys: list[tuple[str, str]],
    ) -> None:
        """The bounds, and the numbers of their names, that another search has ended with."""
        self.low, self.high, self.room = dict(low), dict(high), dict(room)
        self.keys = [(which, place) for which, place in keys]
        self._numbers = {key: i for i, key in enumerate(self.keys)}

    def ints(self, place: str) -> tuple[int, int]:
        """The least and the greatest int that have a place; 0 always has."""
        return self.low.setdefault(place, 0), self.high.setdefault(place, 1)

    def length(self, place: str) -> int:
        """How many elements have a place."""
        return self.room.setdefault(place, 1)

    def widen(self, number: int) -> None:
        """Make more room where a program found too little."""
        which, place = self.keys[number]
        match which:
            case "low":
                self.low[place] = 2 * self.low[place] - 1
            case "high":
                self.high[place] = 2 * self.high[place] + 1
            case "pattern":
                self.patterns.widen(place)
            case _:
                self.room[place] += max(1, self.room[place] // 2)
        self.level()

    def level(self) -> None:
        """Make as much room for each int as for others of its kind."""
        done: set[str] = set()
        for place in list(self.high):
            if place in done:
                continue
            same = self.kinds.like(place)
            done.update(same)
            places = [x for x in same if x in self.high]
            lengths = [
                self.room[x[4:]] for x in same if x.startswith("len ") and x[4:] in self.room
            ]
            high = max([self.high[x] for x in places] + [0])
            for x in places:
                self.high[x] = high
                for length in lengths:
                    self.admit(x, length)

    def admit(self, place: str, value: int) -> None:
        """An int that occurs. Room is made in whole bits."""
        low, high = self.ints(place)
        while value < low:
            low = 2 * low - 1
        while value > high:
            high = 2 * high + 1
        self.low[place], self.high[place] = low, high

    def admit_length(self, place: str, value: int) -> None:
        self.room[place] = max(self.length(place), value)


# ------------------------------------------------------------------------------------ shapes
@dataclass(frozen=True, slots=True)
class Lane:
    """An integer of ``width`` bits, that holds values from ``low`` on."""

    width: int
    low: int = 0


@dataclass(frozen=True)
class ScalarShape:
    """An element, subset, member of an enumeration or bool: its number."""

    sort: Sort
    size: int

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        return (Lane(bits_for(self.size)),)


@dataclass(frozen=True)
class IntShape:
    """Ints from ``low`` to ``high``. ``place`` is None for what is only computed with."""

    low: int
    high: int
    place: str | None = None
    sort: Sort = INT

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        return (Lane(bits_for(self.high - self.low + 1), self.low),)


@dataclass(frozen=True)
class OptionShape:
    sort: OptionSort
    of: Shape

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        return (Lane(1), *self.of.lanes)


@dataclass(frozen=True)
class ProductShape:
    """A record or tuple."""

    sort: RecordSort | TupleSort
    parts: tuple[Shape, ...]

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        return tuple(lane for part in self.parts for lane in part.lanes)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where the lanes of each part begin."""
        return tuple(itertools.accumulate((len(p.lanes) for p in self.parts), initial=0))


@dataclass(frozen=True)
class UnionShape:
    """Records of several classes. ``seats`` says for each lane of each record which lane it has."""

    sort: UnionSort
    records: tuple[ProductShape, ...]

    @cached_property
    def seats(self) -> tuple[tuple[int, ...], ...]:
        return self._seated[0]

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        return (Lane(bits_for(len(self.records))), *self._seated[1])

    @cached_property
    def _seated(self) -> tuple[tuple[tuple[int, ...], ...], list[Lane]]:
        """Fields of one name and shape sit on the same lanes; the rest where there is room."""
        lanes: list[Lane] = []
        named: dict[tuple[str, Shape], tuple[int, ...]] = {}
        taken: list[set[int]] = [set() for _ in self.records]
        seats: list[dict[int, int]] = [{} for _ in self.records]
        fields = [
            (r, name, shape, record.starts[i])
            for r, record in enumerate(self.records)
            for i, ((name, _), shape) in enumerate(
                zip(record.sort.fields, record.parts, strict=True)  # type: ignore[union-attr]  # no tuples
            )
        ]
        count = dict.fromkeys(((name, shape) for _, name, shape, _ in fields), 0)
        for _, name, shape, _ in fields:
            count[name, shape] += 1
        for r, name, shape, start in sorted(fields, key=lambda f: -count[f[1], f[2]]):
            key = (name, shape)
            if key not in named or taken[r] & set(named[key]):
                chosen = []
                for lane in shape.lanes:
                    owners = [q for q, other, s, _ in fields if (other, s) == key]
                    free = (
                        i
                        for i, other in enumerate(lanes)
                        if i not in chosen
                        and other.low == lane.low
                        and not any(i in taken[q] for q in owners)
                    )
                    at = next(free, len(lanes))
                    if at == len(lanes):
                        lanes.append(lane)
                    lanes[at] = Lane(max(lanes[at].width, lane.width), lane.low)
                    chosen.append(at)
                named[key] = tuple(chosen)
            for i, at in enumerate(named[key]):
                taken[r].add(at)
                seats[r][start + i] = at + 1
        return tuple(tuple(s[i] for i in range(len(s))) for s in seats), lanes


@dataclass(frozen=True)
class SeqShape:
    """A sequence of at most ``room`` elements, each of which is kept as its code."""

    sort: SeqSort
    of: Shape
    room: int
    place: str | None = None

    @cached_property
    def element_bits(self) -> int:
        return code_bits(self.of)

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        return (Lane(bits_for(self.room + 1)), Lane(self.room * self.element_bits))


@dataclass(frozen=True)
class SetPart:
    """The elements of one record class (or all elements): number ``i`` is a bit of a lane.

    ``first`` is the first lane of the part, within the set. ``sizes`` bits are in each lane.
    """

    element: Shape
    domain: tuple[Value, ...]
    first: int
    sizes: tuple[int, ...]

    @cached_property
    def numbers(self) -> dict[Value, int]:
        return {x: i for i, x in enumerate(self.domain)}

    def seat(self, number: int) -> tuple[int, int]:
        """The lane and the bit of an element."""
        lane = self.first
        for size in self.sizes:
            if number < size:
                return lane, number
            number -= size
            lane += 1
        raise InternalError("no such element")


@dataclass(frozen=True)
class SetShape:
    """A set as bits, in one part."""

    sort: SetSort
    parts: tuple[SetPart, ...]

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        return tuple(Lane(size) for part in self.parts for size in part.sizes)


@dataclass(frozen=True)
class ListShape:
    """A set or bag as a list of at most ``room`` codes, largest first. A code has one bit more
    than the element needs, which is always set."""

    sort: SetSort | BagSort
    of: Shape
    room: int
    place: str | None = None

    @cached_property
    def code_bits(self) -> int:
        return code_bits(self.of) + 1

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        return (Lane(self.code_bits),) * self.room


@dataclass(frozen=True)
class SplitShape:
    """A set of records of several classes: the sets of those of each class, one after the other."""

    sort: SetSort
    parts: tuple[SetShape | ListShape, ...]

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        return tuple(lane for part in self.parts for lane in part.lanes)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where the lanes of each part begin."""
        return tuple(itertools.accumulate((len(p.lanes) for p in self.parts), initial=0))


@dataclass(frozen=True)
class MapShape:
    sort: MapSort
    keys: int
    of: Shape

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        return self.of.lanes * self.keys


Shape = (
    ScalarShape
    | IntShape
    | OptionShape
    | ProductShape
    | UnionShape
    | SeqShape
    | SetShape
    | ListShape
    | SplitShape
    | MapShape
)


def bits_for(size: int) -> int:
    """Bits that tell so many values apart."""
    return max(0, size - 1).bit_length()


def code_bits(shape: Shape) -> int:
    return sum(lane.width for lane in shape.lanes)


# ------------------------------------------------------------------------------------ layout
@dataclass(frozen=True, slots=True)
class Place:
    """Where a lane of the state is."""

    word: int
    offset: int
    lane: Lane


@dataclass
class Layout:
    """The layout of one specification in one universe, for the bounds as they are now."""

    spec: n.Spec
    codec: Codec
    bounds: Bounds
    prefix: str = ""
    fields: dict[str, Shape] = field(init=False)
    places: dict[str, tuple[Place, ...]] = field(init=False)
    words: int = field(init=False)

    def __post_init__(self) -> None:
        self._records: dict[RecordSort, ProductShape] = {}
        self._sets: dict[tuple[SetSort, Shape], SetShape] = {}
        self.fields = {f.name: self._field_shape(f) for f in self.spec.fields}
        self._place()

    def _field_shape(self, f: n.FieldDecl) -> Shape:
        try:
            return self.shape(f.sort, self.prefix + f.name)
        except Unsupported as reason:
            raise Unsupported(f"{f.span}: the field `{f.name}`: {reason}") from None

    def _place(self) -> None:
        """First fit: each lane into the first word that has room for it."""
        self.places = {}
        free: list[int] = []
        for name, shape in self.fields.items():
            placed = []
            for lane in shape.lanes:
                if lane.width > WORD_BITS:
                    raise Unsupported(
                        f"{self.spec.field(name).span}: a value of `{name}` has parts of "
                        f"{lane.width} bits; {ELSEWHERE}"
                    )
                word = next((i for i, room in enumerate(free) if room >= lane.width), len(free))
                if word == len(free):
                    free.append(WORD_BITS)
                placed.append(Place(word, WORD_BITS - free[word], lane))
                free[word] -= lane.width
            self.places[name] = tuple(placed)
        self.words = max(1, len(free))

    # ------------------------------------------------------------------------------ shapes
    def shape(self, sort: Sort, place: str) -> Shape:
        """The shape of values of a sort that are kept at a place."""
        match sort:
            case BoolSort() | ElementSort() | SubsetSort() | EnumSort():
                return ScalarShape(sort, self.codec.size(sort))
            case IntSort():
                low, high = self.bounds.ints(place)
                return IntShape(low, high, place)
            case OptionSort():
                return OptionShape(sort, self.shape(sort.of, place))
            case TupleSort():
                parts = (self.shape(s, f"{place}.{i}") for i, s in enumerate(sort.items))
                return ProductShape(sort, tuple(parts))
            case RecordSort():
                return self.record_shape(sort)
            case UnionSort():
                return UnionShape(sort, tuple(map(self.record_shape, sort.records)))
            case SeqSort():
                of = self.shape(sort.of, f"{place}[]")
                return self._fitting(SeqShape(sort, of, self.bounds.length(place), place))
            case SetSort():
                return self.set_shape(sort, place)
            case BagSort():
                return self._list_shape(sort, place)
            case MapSort():
                return MapShape(sort, self.codec.size(sort.key), self.shape(sort.value, place))

    def record_shape(self, sort: RecordSort) -> ProductShape:
        """The shape of a record, the same wherever it occurs."""
        if sort not in self._records:
            parts = tuple(self.shape(s, f"{sort.name}.{name}") for name, s in sort.fields)
            self._records[sort] = ProductShape(sort, parts)
        return self._records[sort]

    def set_shape(self, sort: SetSort, place: str) -> SetShape | ListShape | SplitShape:
        """A set, class by class if there are several."""
        if not isinstance(sort.of, UnionSort):
            return self._set_of_one_class(sort, place)
        parts = (self._set_of_one_class(SetSort(r), f"{place}.{r}") for r in sort.of.records)
        return SplitShape(sort, tuple(parts))

    def _set_of_one_class(self, sort: SetSort, place: str) -> SetShape | ListShape:
        """A set as bits, if its elements are few enough, else as a list."""
        shape = self.shape(sort.of, f"{place}[]")
        count = cardinality(shape)
        if count is None or count > LARGEST_SET_BITS:
            return self._list_shape(sort, place)
        if (sort, shape) not in self._sets:
            domain = tuple(all_values(shape, self.codec))
            full, rest = divmod(len(domain), WORD_BITS)
            sizes = (WORD_BITS,) * full + (rest,) * (rest > 0)
            self._sets[sort, shape] = SetShape(sort, (SetPart(shape, domain, 0, sizes),))
        return self._sets[sort, shape]

    def _list_shape(self, sort: SetSort | BagSort, place: str) -> ListShape:
        of = self.shape(sort.of, f"{place}[]")
        made = ListShape(sort, of, self.bounds.length(place), place)
        if made.room > LONGEST_LIST:
            raise Unsupported(f"it holds more than {LONGEST_LIST} {sort.of}; {ELSEWHERE}")
        if made.code_bits > WORD_BITS:
            raise Unsupported(f"{sort.of} takes {made.code_bits} bits, too many; {ELSEWHERE}")
        return made

    def _fitting(self, shape: SeqShape) -> SeqShape:
        if shape.lanes[1].width > WORD_BITS:
            raise Unsupported(
                f"{shape.room} elements of {shape.sort.of} take {shape.lanes[1].width} bits, "
                f"too many; {ELSEWHERE}"
            )
        return shape

    # ------------------------------------------------------------------------------ states
    def pack(self, state: State) -> list[int]:
        """A state of the interpreter as words. **Errors** OutOfBounds."""
        words = [0] * self.words
        for (name, shape), value in zip(self.fields.items(), state, strict=True):
            for place, x in zip(self.places[name], encode(shape, value, self.codec), strict=True):
                words[place.word] |= (x - place.lane.low) << place.offset
        return words

    def unpack(self, words: Iterable[int]) -> State:
        """Words as a state of the interpreter."""
        given = list(words)
        made = []
        for name, shape in self.fields.items():
            lanes = [
                (given[p.word] >> p.offset & (1 << p.lane.width) - 1) + p.lane.low
                for p in self.places[name]
            ]
            made.append(decode(shape, lanes, self.codec))
        return tuple(made)

    def kept(self) -> tuple[tuple[int, ...], dict[str, tuple[int, ...]]]:
        """The bits of each word that occur, as far as is known; and for each class of elements of
        sets, by the name under which it is widened, those of which it is believed that they never
        do. See :mod:`.patterns`."""
        used = [0] * self.words
        never: dict[str, list[int]] = {}
        for name, shape in self.fields.items():
            masks = self._believed(shape)
            for place, (bits, of) in zip(self.places[name], masks, strict=True):
                used[place.word] |= bits << place.offset
                missing = ((1 << place.lane.width) - 1) & ~bits
                if missing:
                    row = never.setdefault(of, [0] * self.words)
                    row[place.word] |= missing << place.offset
        missing = sum(x.bit_count() for row in never.values() for x in row)
        if missing < FEWEST_BITS:
            whole = [u | sum(row[i] for row in never.values()) for i, u in enumerate(used)]
            return tuple(whole), {}
        return tuple(used), {of: tuple(row) for of, row in never.items()}

    def _believed(self, shape: Shape) -> list[tuple[int, str]]:
        """For each lane the bits that occur, and the class of elements that these are."""
        match shape:
            case SetShape():
                made = []
                for part in shape.parts:
                    admitted = self.bounds.patterns.admits(shape.sort.of, part.domain)
                    whole = sum(1 << i for i, here in enumerate(admitted) if here)
                    for size in part.sizes:
                        made.append((whole & (1 << size) - 1, str(shape.sort.of)))
                        whole >>= size
                return made
            case SplitShape():
                return [x for part in shape.parts for x in self._believed(part)]
            case MapShape():
                return self._believed(shape.of) * shape.keys
            case ProductShape():
                return [x for part in shape.parts for x in self._believed(part)]
            case OptionShape():
                return [(1, ""), *self._believed(shape.of)]
            case _:
                return [((1 << lane.width) - 1, "") for lane in shape.lanes]

    def observe(self, state: State) -> None:
        """Make room for what occurs in a state."""
        for f, value in zip(self.spec.fields, state, strict=True):
            observe(f.sort, value, self.prefix + f.name, self.bounds, self.codec)


ELSEWHERE = "the interpreter can run it (--engine interpret)"


class OutOfBounds(Exception):
    """A value has no room; ``key`` is the bound that it breaks."""

    def __init__(self, which: str, place: str) -> None:
        super().__init__(f"{which} of {place}")
        self.which = which
        self.place = place


# --------------------------------------------------------------------------- values and lanes
def encode(shape: Shape, value: Value, codec: Codec) -> list[int]:
    """The lanes of a value of the interpreter. **Errors** OutOfBounds."""
    match shape:
        case ScalarShape():
            return [int(value)]
        case IntShape():
            if not shape.low <= value <= shape.high:
                raise OutOfBounds("low" if value < shape.low else "high", str(shape.place))
            return [value]
        case OptionShape():
            if value is None:
                return [0] * len(shape.lanes)
            return [1, *encode(shape.of, value, codec)]
        case ProductShape():
            given = value[1:] if isinstance(shape.sort, RecordSort) else value
            pairs = zip(shape.parts, given, strict=True)
            return [x for part, v in pairs for x in encode(part, v, codec)]
        case UnionShape():
            tags = [codec.tags[r] for r in shape.sort.records]
            which = tags.index(value[0])
            lanes = [which] + [0] * (len(shape.lanes) - 1)
            inner = encode(shape.records[which], value, codec)
            for seat, x in zip(shape.seats[which], inner, strict=True):
                lanes[seat] = x
            return lanes
        case SeqShape():
            if len(value) > shape.room:
                raise OutOfBounds("room", str(shape.place))
            data = 0
            for x in reversed(value):
                data = data << shape.element_bits | code_of(shape.of, x, codec)
            return [len(value), data]
        case SetShape():
            lanes = [0] * len(shape.lanes)
            for x in value:
                lane, bit = seat_of(shape, x)
                lanes[lane] |= 1 << bit
            return lanes
        case ListShape():
            if isinstance(shape.sort, BagSort):
                value = [x for x, copies in value for _ in range(copies)]
            if len(value) > shape.room:
                raise OutOfBounds("room", str(shape.place))
            top = 1 << shape.code_bits - 1
            codes = sorted((top | code_of(shape.of, x, codec) for x in value), reverse=True)
            return codes + [0] * (shape.room - len(codes))
        case SplitShape():
            made = []
            for split in shape.parts:
                assert isinstance(split.sort.of, RecordSort)
                tag = codec.tags[split.sort.of]
                made += encode(split, frozenset(x for x in value if x[0] == tag), codec)
            return made
        case MapShape():
            return [x for v in value for x in encode(shape.of, v, codec)]


def decode(shape: Shape, lanes: list[int], codec: Codec) -> Value:
    """The value of the interpreter with these lanes."""
    match shape:
        case ScalarShape():
            return bool(lanes[0]) if isinstance(shape.sort, BoolSort) else lanes[0]
        case IntShape():
            return lanes[0]
        case OptionShape():
            return decode(shape.of, lanes[1:], codec) if lanes[0] else None
        case ProductShape():
            ends = shape.starts[1:]
            parts = tuple(
                decode(p, lanes[i:j], codec)
                for p, i, j in zip(shape.parts, shape.starts, ends, strict=False)
            )
            return (codec.tags[shape.sort], *parts) if isinstance(shape.sort, RecordSort) else parts
        case UnionShape():
            which = lanes[0]
            return decode(shape.records[which], [lanes[i] for i in shape.seats[which]], codec)
        case SeqShape():
            mask = (1 << shape.element_bits) - 1
            codes = (lanes[1] >> i * shape.element_bits & mask for i in range(lanes[0]))
            return tuple(value_of(shape.of, code, codec) for code in codes)
        case SetShape():
            return frozenset(
                x
                for part in shape.parts
                for i, x in enumerate(part.domain)
                if lanes[part.seat(i)[0]] >> part.seat(i)[1] & 1
            )
        case ListShape():
            top = 1 << shape.code_bits - 1
            elements = [value_of(shape.of, x ^ top, codec) for x in lanes if x]
            if isinstance(shape.sort, BagSort):
                return frozenset((x, elements.count(x)) for x in elements)
            return frozenset(elements)
        case SplitShape():
            pairs = zip(shape.starts, shape.starts[1:], strict=False)
            sets = (
                decode(split, lanes[i:j], codec)
                for split, (i, j) in zip(shape.parts, pairs, strict=False)
            )
            return frozenset(x for found in sets for x in found)
        case MapShape():
            width = len(shape.of.lanes)
            return tuple(
                decode(shape.of, lanes[i * width : (i + 1) * width], codec)
                for i in range(shape.keys)
            )


def code_of(shape: Shape, value: Value, codec: Codec) -> int:
    """All lanes of a value in one integer, the first highest."""
    code = 0
    for lane, x in zip(shape.lanes, encode(shape, value, codec), strict=True):
        code = code << lane.width | (x - lane.low)
    return code


def value_of(shape: Shape, code: int, codec: Codec) -> Value:
    """The value with this code."""
    lanes = []
    for lane in reversed(shape.lanes):
        lanes.append((code & (1 << lane.width) - 1) + lane.low)
        code >>= lane.width
    return decode(shape, lanes[::-1], codec)


def seat_of(shape: SetShape, x: Value) -> tuple[int, int]:
    """The lane and bit of an element. **Errors** OutOfBounds."""
    for part in shape.parts:
        if x in part.numbers:
            return part.seat(part.numbers[x])
    for part in shape.parts:
        for place, value in ints_in(part.element, x):
            if not place.low <= value <= place.high:
                raise OutOfBounds("low" if value < place.low else "high", str(place.place))
    raise InternalError(f"{x} has no place in {shape.sort}")


def ints_in(shape: Shape, x: Value) -> Iterator[tuple[IntShape, int]]:
    """The ints inside a value of which there are finitely many."""
    match shape:
        case IntShape():
            yield shape, x
        case OptionShape() if x is not None:
            yield from ints_in(shape.of, x)
        case ProductShape():
            given: Any = x[1:] if isinstance(shape.sort, RecordSort) and x is not None else x
            for part, v in zip(shape.parts, given, strict=False):
                yield from ints_in(part, v)
        case _:
            pass


def cardinality(shape: Shape) -> int | None:
    """How many values a shape has, if each int in it has its own number; None for many."""
    match shape:
        case ScalarShape():
            return shape.size
        case IntShape():
            return shape.high - shape.low + 1
        case OptionShape():
            inner = cardinality(shape.of)
            return None if inner is None else inner + 1
        case ProductShape():
            total = 1
            for part in shape.parts:
                size = cardinality(part)
                if size is None:
                    return None
                total *= size
            return total
        case SetShape():
            bits = sum(lane.width for lane in shape.lanes)
            return 1 << bits if bits <= 10 else None
        case _:
            return None


def all_values(shape: Shape, codec: Codec) -> Iterator[Value]:
    """All values of a shape that has a cardinality, in order: the first part varies slowest."""
    match shape:
        case ScalarShape():
            yield from codec.values(shape.sort)
        case IntShape():
            yield from range(shape.low, shape.high + 1)
        case OptionShape():
            yield None
            yield from all_values(shape.of, codec)
        case ProductShape():
            head = (codec.tags[shape.sort],) if isinstance(shape.sort, RecordSort) else ()
            for parts in itertools.product(*(tuple(all_values(p, codec)) for p in shape.parts)):
                yield (*head, *parts)
        case SetShape():
            (part,) = shape.parts
            for bits in range(1 << len(part.domain)):
                yield frozenset(x for i, x in enumerate(part.domain) if bits >> i & 1)
        case _:
            raise InternalError(f"{shape.sort} has too many values to list")


def observe(sort: Sort, value: Any, place: str, bounds: Bounds, codec: Codec) -> None:
    """Make room for a value that occurs at a place."""
    match sort:
        case IntSort():
            bounds.admit(place, value)
        case OptionSort():
            if value is not None:
                observe(sort.of, value, place, bounds, codec)
        case TupleSort():
            for i, (s, x) in enumerate(zip(sort.items, value, strict=True)):
                observe(s, x, f"{place}.{i}", bounds, codec)
        case RecordSort():
            for (name, s), x in zip(sort.fields, value[1:], strict=True):
                observe(s, x, f"{sort.name}.{name}", bounds, codec)
        case UnionSort():
            observe(codec.records[value[0]], value, place, bounds, codec)
        case SeqSort():
            bounds.admit_length(place, len(value))
            for x in value:
                observe(sort.of, x, f"{place}[]", bounds, codec)
        case SetSort(UnionSort(records)):
            for record in records:
                mine = frozenset(x for x in value if x[0] == codec.tags[record])
                observe(SetSort(record), mine, f"{place}.{record}", bounds, codec)
        case SetSort():
            bounds.admit_length(place, len(value))
            for x in value:
                bounds.patterns.note(sort.of, x)
                observe(sort.of, x, f"{place}[]", bounds, codec)
        case BagSort():
            bounds.admit_length(place, sum(copies for _, copies in value))
            for x, _ in value:
                observe(sort.of, x, f"{place}[]", bounds, codec)
        case MapSort():
            for x in value:
                observe(sort.value, x, place, bounds, codec)
        case _:
            pass
