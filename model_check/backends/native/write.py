"""Writing a function of the generated program: statements, names, and operations on values.

Whatever can go wrong in a step of the specification, and every bound that a value may break, is
asked for where it happens: the function then returns a negative number, and the search stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from ....spec.lang.errors import InternalError, Span, Unsupported
from ...ir.sorts import (
    BOOL,
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
from ..codec import Codec, Value
from . import terms as t
from .layout import (
    ELSEWHERE,
    Bounds,
    IntShape,
    Layout,
    ListShape,
    MapShape,
    OptionShape,
    OutOfBounds,
    ProductShape,
    ScalarShape,
    SeqShape,
    SetPart,
    SetShape,
    Shape,
    SplitShape,
    UnionShape,
    cardinality,
    encode,
)
from .terms import FALSE, TRUE, Const, Name, Term
from .values import (
    Computed,
    Display,
    Entries,
    Known,
    Optional,
    Product,
    Scan,
    Val,
    known,
    scans_of,
)

__all__ = ["MISTAKE", "Function", "Program", "Written"]

R = TypeVar("R")

MISTAKE = -1
"""What a function returns when the specification makes a mistake there. ``-2 - k`` says that the
bound number ``k`` is too narrow."""

LARGEST_INT = 1 << 60
LARGEST_TABLE = 1 << 14
MOST_LINES = 40_000
"""A longer program is not written, as to compile it would take minutes. Choices within choices are
written out, so that a few lines of a specification can come to this."""
LONG_LINE = 500
"""A line counts as one more for each so many characters."""

Lines = list["str | Lines"]


class Line(str):
    """A line of the program that knows what it is made of. Of others, it is what the line before
    them is made of."""

    __slots__ = ("span",)
    span: Span | None


# ----------------------------------------------------------------------------------- program
@dataclass(frozen=True)
class Written:
    """A function of the program; ``successors`` bounds how many states it can write."""

    name: str
    text: str
    constant: int | None = None
    successors: int = 0
    spans: tuple[Span | None, ...] = ()
    """What each line of the text is made of."""


@dataclass
class Program:
    """The module that is being written: constant tables, functions, and scratch memory.

    With ``checked`` it asks of every number that is packed whether it has room.
    """

    bounds: Bounds
    checked: bool = False
    functions: list[Written] = field(default_factory=list)
    scratch_words: int = 0
    lines: int = 0
    _tables: dict[tuple[int, ...], str] = field(default_factory=dict)

    def table(self, numbers: tuple[int, ...]) -> Name:
        """The name of a constant table."""
        if numbers not in self._tables:
            self._tables[numbers] = f"T{len(self._tables)}"
        return Name(self._tables[numbers])

    def scratch(self, words: int) -> int:
        """Room for so many words that no other function uses."""
        start = self.scratch_words
        self.scratch_words += words
        return start

    def text(self) -> str:
        """The tables and functions."""
        lines = []
        for numbers, name in self._tables.items():
            shown = ", ".join(map(t.number, numbers))
            lines.append(f"{name} = ({shown},)")
        return "\n".join(lines) + "\n\n" + "\n\n".join(f.text for f in self.functions) + "\n"


# ---------------------------------------------------------------------------------- function
class Function:
    """One function in the making. Operations on values are methods, since they may write lines."""

    def __init__(self, program: Program, layout: Layout) -> None:
        self.program = program
        self.layout = layout
        self.codec: Codec = layout.codec
        self.lines: Lines = []
        self.facts: frozenset[Term] = frozenset()
        self.repeats = 1
        self.span: Span | None = None
        self._fresh = 0

    # ---------------------------------------------------------------------------- lines
    def line(self, text: str) -> None:
        self.lines.append(self.made(text, self.span))

    def made(self, text: str, span: Span | None) -> Line:
        """A line that is made of something in the specification."""
        self.program.lines += 1 + len(text) // LONG_LINE
        if self.program.lines > MOST_LINES:
            raise self.unsupported(f"the program would have more than {MOST_LINES:,} lines")
        line = Line(text)
        line.span = span
        return line

    def fresh(self, prefix: str = "x") -> Name:
        self._fresh += 1
        return Name(f"{prefix}{self._fresh}")

    def apart(self, write: Callable[[], R], *facts: Term) -> tuple[Lines, R]:
        """What ``write`` writes, kept apart, where these terms are known to be true."""
        before, before_facts = self.lines, self.facts
        self.lines = []
        self.assume(*facts)
        try:
            result = write()
            return self.lines, result
        finally:
            self.lines, self.facts = before, before_facts

    @contextmanager
    def under(self, head: str, *facts: Term) -> Iterator[None]:
        """A block below ``if ...:`` or ``while ...:``; nothing if the block stays empty."""
        before, before_facts, span = self.lines, self.facts, self.span
        self.lines = []
        self.assume(*facts)
        yield
        inner, self.lines, self.facts = self.lines, before, before_facts
        if inner:
            self.lines += [self.made(head, span), inner]

    @contextmanager
    def when(self, condition: Term) -> Iterator[None]:
        """A block that is done if the condition holds."""
        if condition == TRUE:
            yield
        else:
            with self.under(f"if {t.show(condition)}:", condition):
                yield

    @contextmanager
    def repeated(self, times: int) -> Iterator[None]:
        """What is inside runs at most so many times for each time outside."""
        before = self.repeats
        self.repeats *= max(1, times)
        yield
        self.repeats = before

    def named(self, term: Term, limit: int = 2) -> Term:
        """The term itself if it is small, else a local variable with its value."""
        if t.size_of(term) <= limit:
            return term
        return self.assigned(term)

    def assigned(self, term: Term, prefix: str = "x") -> Name:
        if isinstance(term, Name):
            return term
        name = self.fresh(prefix)
        self.line(f"{name.text} = {t.show(term)}")
        return name

    def named_value(self, v: Val, limit: int = 2) -> Val:
        """The value with its parts that are larger than the limit in local variables."""
        named = partial(self.named, limit=limit)
        whole = partial(self.named_value, limit=limit)
        match v:
            case Computed():
                return Computed(v.shape, tuple(map(named, v.lanes)))
            case Product():
                return Product(v.sort, tuple(map(whole, v.parts)))
            case Optional():
                return Optional(v.sort, named(v.present), whole(v.of))
            case Display():
                return Display(v.sort, tuple(map(whole, v.items)))
            case Entries():
                return Entries(v.sort, tuple(map(whole, v.entries)))
            case Known():
                return v

    # ---------------------------------------------------------------------------- failing
    def assume(self, *facts: Term) -> None:
        """These terms are true from here on."""
        found = set(self.facts)
        work = list(facts)
        while work:
            fact = work.pop()
            if isinstance(fact, t.Op) and fact.op == "and":
                work.extend(fact.args)
            elif not isinstance(fact, Const):
                found.add(fact)
        self.facts = frozenset(found)

    def follows(self, term: Term) -> bool:
        """Whether a term is true because of what is known here."""
        if term == TRUE or term in self.facts:
            return True
        if isinstance(term, t.Test):
            for f in self.facts:
                if isinstance(f, t.Test) and f.word == term.word:
                    if f.mask & term.mask == term.mask and f.value & term.mask == term.value:
                        return True
        return False

    def need(self, condition: Term, code: int = MISTAKE, when: Term = TRUE) -> None:
        """The function stops with ``code`` unless the condition holds."""
        if self.follows(condition):
            return
        failing = t.both((when, t.negation(condition)))
        if failing == FALSE:
            return
        with self.when(failing):
            self.line(f"return {code}")
        if when == TRUE:
            self.assume(condition)

    def need_bound(self, which: str, place: str | None, condition: Term, when: Term = TRUE) -> None:
        """The function stops, naming the bound, unless the condition holds."""
        if condition != TRUE:
            number = self.program.bounds.number(which, place or "temporary")
            self.need(condition, -2 - number, when)

    def unsupported(self, what: str) -> Unsupported:
        at = f"{self.span}: " if self.span is not None else ""
        return Unsupported(f"{at}{what}; {ELSEWHERE}")

    # ------------------------------------------------------------------------ conditions
    def lazily(self, asks: Iterable[Callable[[], Term]], stop: bool) -> Term:
        """All of the conditions, or with ``stop`` some of them, asked one after the other and only
        as long as the answer is open."""
        pure: list[Term] = []
        for ask in asks:
            so_far = [t.negation(p) for p in pure] if stop else pure
            lines, term = self.apart(ask, *so_far)
            if lines:
                open_ = t.both(so_far)
                if open_ == TRUE:
                    self.lines += lines
                elif open_ == FALSE:
                    break
                else:
                    result = self.fresh("b")
                    self.line(f"{result.text} = {int(stop)}")
                    lines.append(f"{result.text} = {t.show(term)}")
                    self.lines += [f"if {t.show(open_)}:", lines]
                    pure, term = [], result
            pure.append(term)
            if term == (TRUE if stop else FALSE):
                break
        return t.either(pure) if stop else t.both(pure)

    # ------------------------------------------------------------------------------ known
    def tabulated(self, sort: Sort, make: Callable[..., Any], *values: Known) -> Known:
        """A function of known values."""
        scans = scans_of(values)
        size = 1
        for s in scans:
            size *= len(s.domain)
        if size > LARGEST_TABLE:
            raise self.unsupported(f"a table of {size} values is needed")
        return known(sort, scans, lambda places: make(*(v.at(places) for v in values)))

    def numbers(self, table: Sequence[int], scans: tuple[Scan, ...]) -> Term:
        """A term that looks a number up."""
        if all(x == table[0] for x in table):
            return Const(table[0])
        at: Term = Const(0)
        for scan in scans:
            at = t.add(t.multiply(at, Const(len(scan.domain))), scan.index)
        return t.index(self.program.table(tuple(table)), at)

    def known_lanes(
        self, v: Known, shape: Shape
    ) -> tuple[tuple[Term, ...], Term, list[OutOfBounds]]:
        """The lanes of a known value, whether it has a place, and the bounds broken if not."""
        rows: list[list[int] | None] = []
        broken = []
        for x in v.table:
            try:
                rows.append(encode(shape, x, self.codec))
            except OutOfBounds as error:
                broken.append(error)
                rows.append(None)
            except (ValueError, InternalError):  # a record that the union has not
                rows.append(None)
        filled = [r if r is not None else [0] * len(shape.lanes) for r in rows]
        lanes = tuple(
            self.numbers([row[i] for row in filled], v.scans) for i in range(len(shape.lanes))
        )
        return lanes, self.numbers([int(r is not None) for r in rows], v.scans), broken

    # ----------------------------------------------------------------------------- shapes
    def shape_of(self, v: Val) -> Shape:
        """A shape that has room for a value."""
        match v:
            case Computed():
                return v.shape
            case Product():
                if isinstance(v.sort, RecordSort):
                    return self.layout.record_shape(v.sort)
                return ProductShape(v.sort, tuple(map(self.shape_of, v.parts)))
            case Optional():
                return OptionShape(v.sort, self.shape_of(v.of))
            case Entries():
                return MapShape(v.sort, len(v.entries), self.joined(map(self.shape_of, v.entries)))
            case Display():
                if isinstance(v.sort, SeqSort):
                    if not v.items:
                        return SeqShape(v.sort, self.natural(v.sort.of), 0)
                    of = self.joined(map(self.shape_of, v.items))
                    return SeqShape(v.sort, of, len(v.items))
                return self.natural(v.sort)
            case Known():
                return self._shape_of_known(v)

    def _shape_of_known(self, v: Known) -> Shape:
        match v.sort:
            case IntSort():
                return IntShape(min(0, *v.table), max(0, *v.table))
            case OptionSort() if v.sort.of == IntSort():
                found = [x for x in v.table if x is not None]
                return OptionShape(v.sort, IntShape(min(0, 0, *found), max(0, 0, *found)))
            case SeqSort():
                items = tuple(x for row in v.table for x in row)
                room = max(len(row) for row in v.table)
                if not items:
                    return SeqShape(v.sort, self.natural(v.sort.of), room)
                return SeqShape(v.sort, self._shape_of_known(Known(v.sort.of, items)), room)
            case TupleSort():
                columns = zip(*v.table, strict=True)
                parts = tuple(
                    self._shape_of_known(Known(s, tuple(c)))
                    for s, c in zip(v.sort.items, columns, strict=True)
                )
                return ProductShape(v.sort, parts)
            case _:
                return self.natural(v.sort)

    def natural(self, sort: Sort) -> Shape:
        """The shape of values of a sort that are only computed with."""
        return self.layout.shape(sort, "temporary")

    def joined(self, shapes: Iterable[Shape]) -> Shape:
        """A shape with room for values of each of these."""
        first, *rest = shapes
        for other in rest:
            first = self._join(first, other)
        return first

    def _join(self, a: Shape, b: Shape) -> Shape:
        if a == b:
            return a
        match a, b:
            case IntShape(), IntShape():
                return IntShape(min(a.low, b.low), max(a.high, b.high))
            case OptionShape(), OptionShape():
                return OptionShape(a.sort, self._join(a.of, b.of))
            case SeqShape(), SeqShape():
                return SeqShape(a.sort, self._join(a.of, b.of), max(a.room, b.room))
            case ProductShape(sort=TupleSort()), ProductShape():
                parts = tuple(map(self._join, a.parts, b.parts))
                return ProductShape(a.sort, parts)
            case ListShape(), ListShape() if a.of == b.of:
                return ListShape(a.sort, a.of, max(a.room, b.room), a.place)
            case SplitShape(), SplitShape() if a.sort == b.sort:
                both_ = map(self._join, a.parts, b.parts)
                split = tuple(p for p in both_ if isinstance(p, SetShape | ListShape))
                return SplitShape(a.sort, split)
            case (
                (SetShape() | ListShape() | SplitShape()),
                (SetShape() | ListShape() | SplitShape()),
            ):
                if isinstance(a.sort.of, RecordSort | UnionSort) and a.sort != b.sort:
                    classes = (*_records_of(a.sort.of), *_records_of(b.sort.of))
                    return self.natural(SetSort(UnionSort(tuple(dict.fromkeys(classes)))))
            case MapShape(), MapShape():
                return MapShape(a.sort, a.keys, self._join(a.of, b.of))
            case ((ProductShape() | UnionShape()), (ProductShape() | UnionShape())):
                records = dict.fromkeys((*_records_of(a.sort), *_records_of(b.sort)))
                return self.natural(UnionSort(tuple(records)))
            case _:
                pass
        return self.natural(a.sort)

    # --------------------------------------------------------------------------- scalars
    def term(self, v: Val) -> Term:
        """The one number of a bool, int, element, subset or member of an enumeration."""
        match v:
            case Known():
                return self.numbers([int(x) for x in v.table], v.scans)
            case Computed():
                (lane,) = v.lanes
                return lane
            case _:
                pass
        raise InternalError(f"{type(v).__name__} of sort {v.sort} is no number")

    def truth(self, term: Term) -> Val:
        """A condition as a value."""
        if isinstance(term, Const):
            return Known(BOOL, (bool(term.value),))
        return Computed(ScalarShape(BOOL, 2), (term,))

    def interval(self, v: Val) -> tuple[int, int]:
        """Between which numbers a scalar lies."""
        match v:
            case Known():
                return min(map(int, v.table)), max(map(int, v.table))
            case Computed(IntShape(low, high)):
                return low, high
            case Computed(ScalarShape(_, size)):
                return 0, size - 1
            case _:
                pass
        raise InternalError(f"{v.sort} has no interval")

    def integer(self, term: Term, low: int, high: int) -> Val:
        if isinstance(term, Const):
            return Known(IntSort(), (term.value,))
        if low < -LARGEST_INT or high > LARGEST_INT:
            raise self.unsupported(f"an int of up to {max(-low, high)} can arise")
        return Computed(IntShape(min(low, 0), max(high, 0)), (term,))

    # --------------------------------------------------------------------------- options
    def option(self, v: Val) -> tuple[Term, Val | None]:
        """Whether there is a value, and the value if there is one."""
        match v:
            case Optional():
                return v.present, v.of
            case Computed(OptionShape(of=shape)):
                return v.lanes[0], Computed(shape, v.lanes[1:])
            case Known(OptionSort() as sort):
                there = [x for x in v.table if x is not None]
                if not there:
                    return FALSE, None
                present = self.numbers([int(x is not None) for x in v.table], v.scans)
                of = tuple(there[0] if x is None else x for x in v.table)
                return present, Known(sort.of, of, v.scans)
            case _:
                pass
        return TRUE, v  # a value where an option is wanted

    # --------------------------------------------------------------------------- records
    def is_record(self, v: Val, record: RecordSort) -> Term:
        """Whether a record is of this class."""
        match v:
            case Product():
                return TRUE if v.sort == record else FALSE
            case Known():
                tag = self.codec.tags[record]
                return self.numbers([int(x[0] == tag) for x in v.table], v.scans)
            case Computed(ProductShape() as shape):
                return TRUE if shape.sort == record else FALSE
            case Computed(UnionShape() as shape):
                for i, r in enumerate(shape.records):
                    if r.sort == record:
                        return t.equal(v.lanes[0], Const(i)) if len(shape.records) > 1 else TRUE
                return FALSE
            case _:
                pass
        raise InternalError(f"{v.sort} is no record")

    def as_record(self, v: Val, record: RecordSort) -> Val:
        """A record that is known to be of this class."""
        match v:
            case Computed(UnionShape() as shape):
                for seats, r in zip(shape.seats, shape.records, strict=True):
                    if r.sort == record:
                        return Computed(r, tuple(v.lanes[i] for i in seats))
                raise InternalError(f"{v.sort} is never {record}")
            case Known():
                tag = self.codec.tags[record]
                fitting = [x for x in v.table if x[0] == tag]
                if not fitting:
                    raise InternalError(f"never {record}")
                return Known(
                    record, tuple(x if x[0] == tag else fitting[0] for x in v.table), v.scans
                )
            case _:
                pass
        return v

    def parts(self, v: Val) -> tuple[Val, ...]:
        """The parts of a tuple, or of a record whose class is known."""
        match v:
            case Product():
                return v.parts
            case Computed(ProductShape() as shape):
                ends = shape.starts[1:]
                return tuple(
                    self.unlaned(p, v.lanes[i:j])
                    for p, i, j in zip(shape.parts, shape.starts, ends, strict=False)
                )
            case Known(RecordSort() as sort):
                return tuple(
                    known(s, v.scans, partial(_part_at, v, i + 1))
                    for i, (_, s) in enumerate(sort.fields)
                )
            case Known(TupleSort() as sort):
                return tuple(
                    known(s, v.scans, partial(_part_at, v, i)) for i, s in enumerate(sort.items)
                )
            case _:
                pass
        raise InternalError(f"{v.sort} has no parts")

    def unlaned(self, shape: Shape, lanes: tuple[Term, ...]) -> Val:
        """A value from its lanes; a map entry by entry."""
        if isinstance(shape, MapShape):
            width = len(shape.of.lanes)
            cut = (lanes[i * width : (i + 1) * width] for i in range(shape.keys))
            return Entries(shape.sort, tuple(self.unlaned(shape.of, c) for c in cut))
        if not lanes or all(isinstance(x, Const) for x in lanes):
            if isinstance(shape, ScalarShape):
                (only,) = lanes
                assert isinstance(only, Const)
                is_bool = isinstance(shape.sort, BoolSort)
                return Known(shape.sort, (bool(only.value) if is_bool else only.value,))
        return Computed(shape, lanes)

    # -------------------------------------------------------------------------- equality
    def equal(self, a: Val, b: Val) -> Term:
        """Whether two values are equal."""
        if a == b:
            return TRUE
        match a, b:
            case Known(), Known():
                return self.term(self.tabulated(BOOL, lambda x, y: bool(x == y), a, b))
            case _:
                pass
        sort = a.sort if not isinstance(a.sort, OptionSort) else b.sort
        if isinstance(a.sort, OptionSort) or isinstance(b.sort, OptionSort):
            return self._equal_options(a, b)
        match sort:
            case BoolSort() | IntSort() | ElementSort() | SubsetSort() | EnumSort():
                return t.equal(self.term(a), self.term(b))
            case RecordSort() | UnionSort():
                return self._equal_records(a, b)
            case TupleSort():
                return t.both(map(self.equal, self.parts(a), self.parts(b)))
            case SeqSort():
                return self._equal_sequences(a, b)
            case MapSort():
                return t.both(map(self.equal, self.entries(a), self.entries(b)))
            case SetSort() | BagSort():
                shape = self.joined((self.shape_of(a), self.shape_of(b)))
                left, right = self.fitted(a, shape), self.fitted(b, shape)
                return t.both(map(t.equal, left.lanes, right.lanes))
            case OptionSort():
                raise InternalError("an option of an option")

    def _equal_options(self, a: Val, b: Val) -> Term:
        there, x = self.option(a)
        here, y = self.option(b)
        if x is None or y is None:
            return t.both((t.negation(there), t.negation(here)))
        if isinstance(a, Computed) and isinstance(b, Computed) and a.shape == b.shape:
            return t.both(map(t.equal, a.lanes, b.lanes))
        neither = t.both((t.negation(there), t.negation(here)))
        return t.either((neither, t.both((there, here, self.equal(x, y)))))

    def _equal_records(self, a: Val, b: Val) -> Term:
        if isinstance(a, Computed) and isinstance(b, Computed) and a.shape == b.shape:
            return t.both(map(t.equal, a.lanes, b.lanes))
        same = []
        for record in _records_of(a.sort):
            if record in _records_of(b.sort):
                is_it = t.both((self.is_record(a, record), self.is_record(b, record)))
                if is_it != FALSE:
                    left, right = self.as_record(a, record), self.as_record(b, record)
                    parts = map(self.equal, self.parts(left), self.parts(right))
                    same.append(t.both((is_it, *parts)))
        return t.either(same)

    def _equal_sequences(self, a: Val, b: Val) -> Term:
        of = self.joined((self.shape_of(a), self.shape_of(b)))
        assert isinstance(of, SeqShape)
        left, right = self.fitted(a, of), self.fitted(b, of)
        return t.both(map(t.equal, left.lanes, right.lanes))

    # --------------------------------------------------------------------------- choosing
    def chosen(self, test: Term, a: Val, b: Val) -> Val:
        """``a`` if the test holds, else ``b``."""
        if test == TRUE or a == b:
            return a
        if test == FALSE:
            return b
        if isinstance(a.sort, OptionSort) or isinstance(b.sort, OptionSort):
            return self._chosen_option(test, a, b)
        if isinstance(a.sort, RecordSort | TupleSort) and isinstance(b.sort, type(a.sort)):
            if a.sort == b.sort and (isinstance(a, Product) or isinstance(b, Product)):
                parts = zip(self.parts(a), self.parts(b), strict=True)
                return Product(a.sort, tuple(self.chosen(test, x, y) for x, y in parts))
        if isinstance(a.sort, MapSort):
            pairs = zip(self.entries(a), self.entries(b), strict=True)
            return Entries(a.sort, tuple(self.chosen(test, x, y) for x, y in pairs))
        shape = self.joined((self.shape_of(a), self.shape_of(b)))
        left = self.fitted(a, shape, test)
        right = self.fitted(b, shape, t.negation(test))
        lanes = zip(left.lanes, right.lanes, strict=True)
        return self.unlaned(shape, tuple(t.select(test, x, y) for x, y in lanes))

    def _chosen_option(self, test: Term, a: Val, b: Val) -> Val:
        if isinstance(a, Computed) and isinstance(b, Computed) and a.shape == b.shape:
            lanes = zip(a.lanes, b.lanes, strict=True)
            return Computed(a.shape, tuple(t.select(test, x, y) for x, y in lanes))
        there, x = self.option(a)
        here, y = self.option(b)
        sort = a.sort if isinstance(a.sort, OptionSort) else b.sort
        assert isinstance(sort, OptionSort)
        if x is None and y is None:
            return Known(sort, (None,))
        of = y if x is None else x if y is None else self.chosen(test, x, y)
        assert of is not None
        return Optional(sort, t.select(test, there, here), of)

    # ---------------------------------------------------------------------------- fitting
    def fitted(self, v: Val, shape: Shape, when: Term = TRUE) -> Computed:
        """The value in the lanes of a shape. Stops at a bound that the value breaks, if ``when``
        holds: otherwise the value means nothing."""
        match v:
            case Computed() if v.shape == shape:
                return v
            case Known():
                return self._fitted_known(v, shape, when)
            case _:
                pass
        match shape:
            case ScalarShape():
                return Computed(shape, (self.term(v),))
            case IntShape():
                return self._fitted_int(v, shape, when)
            case OptionShape():
                return self._fitted_option(v, shape, when)
            case ProductShape():
                parts = self.parts(
                    self.as_record(v, shape.sort) if isinstance(shape.sort, RecordSort) else v
                )
                lanes = (
                    x
                    for part, p in zip(parts, shape.parts, strict=True)
                    for x in self.fitted(part, p, when).lanes
                )
                return Computed(shape, tuple(lanes))
            case UnionShape():
                return self._fitted_union(v, shape, when)
            case SeqShape():
                return self._fitted_sequence(v, shape, when)
            case SetShape():
                return self._fitted_set(v, shape, when)
            case ListShape():
                return self._fitted_list(v, shape, when)
            case SplitShape():
                return self._fitted_split(v, shape, when)
            case MapShape():
                entries = (self.fitted(x, shape.of, when).lanes for x in self.entries(v))
                return Computed(shape, tuple(x for lanes in entries for x in lanes))

    def _fitted_known(self, v: Known, shape: Shape, when: Term) -> Computed:
        lanes, placed, broken = self.known_lanes(v, shape)
        for error in broken:
            self.need_bound(error.which, error.place, placed, when)
        return Computed(shape, lanes)

    def _fitted_int(self, v: Val, shape: IntShape, when: Term) -> Computed:
        low, high = self.interval(v)
        term = self.term(v)
        if low < shape.low:
            if shape.place is None:
                raise InternalError("an int outside its interval")
            term = self.named(term)
            self.need_bound("low", shape.place, t.less_equal(Const(shape.low), term), when)
        if high > shape.high:
            if shape.place is None:
                raise InternalError("an int outside its interval")
            term = self.named(term)
            self.need_bound("high", shape.place, t.less_equal(term, Const(shape.high)), when)
        return Computed(shape, (term,))

    def _fitted_option(self, v: Val, shape: OptionShape, when: Term) -> Computed:
        present, of = self.option(v)
        if of is None:
            return Computed(shape, (Const(0),) * len(shape.lanes))
        inner = self.fitted(of, shape.of, t.both((when, present)))
        clean = isinstance(v, Computed)  # what is absent is 0 already
        lanes = (x if clean else t.select(present, x, Const(0)) for x in inner.lanes)
        return Computed(shape, (present, *lanes))

    def _fitted_union(self, v: Val, shape: UnionShape, when: Term) -> Computed:
        records = [r for r in _records_of(v.sort) if self.is_record(v, r) != FALSE]
        lanes: list[Term] = [Const(0)] * len(shape.lanes)
        for record in reversed(records):
            is_it = self.is_record(v, record)
            number = [r.sort for r in shape.records].index(record)
            product = shape.records[number]
            inner = self.fitted(self.as_record(v, record), product, t.both((when, is_it)))
            mine: list[Term] = [Const(0)] * len(shape.lanes)
            mine[0] = Const(number)
            for seat, x in zip(shape.seats[number], inner.lanes, strict=True):
                mine[seat] = x
            last = record == records[-1]
            lanes = (
                mine if last else [t.select(is_it, x, y) for x, y in zip(mine, lanes, strict=True)]
            )
        return Computed(shape, tuple(lanes))

    # --------------------------------------------------------------------------- sequences
    def code(self, v: Computed) -> Term:
        """All lanes of a value in one integer."""
        made: Term = Const(0)
        for lane, x in zip(v.shape.lanes, v.lanes, strict=True):
            part = t.subtract(x, Const(lane.low)) if lane.low else x
            made = t.bor(t.shift_left(made, Const(lane.width)), part)
        return made

    def decoded(self, shape: Shape, code: Term) -> Val:
        """The value with this code; bits above it do not matter."""
        lanes: list[Term] = []
        offset = 0
        for lane in reversed(shape.lanes):
            bits = self.slice_bits(code, offset, lane.width)
            lanes.append(t.add(bits, Const(lane.low)) if lane.low else bits)
            offset += lane.width
        return self.unlaned(shape, tuple(lanes[::-1]))

    def slice_bits(self, word: Term, offset: int, width: int) -> Term:
        match word:
            case _ if width == 0:
                return Const(0)
            case Const(x):
                return Const(x >> offset & (1 << width) - 1)
            case Name():
                return t.Bits(word, offset, width)
            case t.Bits():
                room = min(width, word.width - offset)
                return t.Bits(word.word, word.offset + offset, room) if room > 0 else Const(0)
            case _:
                pass
        return t.band(t.shift_right(word, Const(offset)), Const((1 << width) - 1))

    def sequence(self, v: Val) -> Computed:
        """A sequence in lanes."""
        made = self.fitted(v, self.shape_of(v))
        assert isinstance(made.shape, SeqShape)
        return made

    def item(self, v: Computed, i: Term) -> Val:
        """Element number ``i`` of a sequence, which must have so many."""
        assert isinstance(v.shape, SeqShape)
        bits = v.shape.element_bits
        if isinstance(i, Const):
            return self.decoded(v.shape.of, self.slice_bits(v.lanes[1], i.value * bits, bits))
        shifted = t.shift_right(v.lanes[1], t.multiply(i, Const(bits)))
        return self.decoded(v.shape.of, self.assigned(shifted))

    def cut(self, v: Computed, low: Term, high: Term) -> Computed:
        """The elements from ``low`` to ``high``, which is not above the length."""
        shape = v.shape
        assert isinstance(shape, SeqShape)
        bits = shape.element_bits
        low, high = self.named(low), self.named(high)
        length = self.named(t.subtract(high, low))
        data = t.shift_right(v.lanes[1], t.multiply(low, Const(bits)))
        keep = t.subtract(t.shift_left(Const(1), t.multiply(length, Const(bits))), Const(1))
        return Computed(shape, (length, t.band(data, keep)))

    def concatenated(self, a: Val, b: Val, sort: SeqSort, place: str | None) -> Val:
        """One sequence after the other. Room for the result is made like that for a state field."""
        if isinstance(a, Display) and isinstance(b, Display):
            return Display(sort, (*a.items, *b.items))
        left, right = self.shape_of(a), self.shape_of(b)
        assert isinstance(left, SeqShape)
        assert isinstance(right, SeqShape)
        of = self.joined((left.of, right.of))
        for kept in (left, right):  # as a field keeps them, if one does: no repacking
            if kept.room and _is_placed(kept.of):
                of = kept.of
                break
        room = left.room + right.room
        shape = SeqShape(sort, of, room)
        if shape.lanes[1].width > 63:
            raise self.unsupported(f"{room} elements of {sort.of} are too many bits")
        x = self.fitted(a, SeqShape(sort, of, left.room))
        y = self.fitted(b, SeqShape(sort, of, right.room))
        at = t.multiply(x.lanes[0], Const(shape.element_bits))
        data = t.bor(x.lanes[1], t.shift_left(y.lanes[1], at))
        return Computed(shape, (t.add(x.lanes[0], y.lanes[0]), data))

    def _fitted_sequence(self, v: Val, shape: SeqShape, when: Term) -> Computed:
        bits = shape.element_bits
        if isinstance(v, Display):
            if len(v.items) > shape.room:
                self.need_bound("room", shape.place, FALSE, when)
                return Computed(shape, (Const(0), Const(0)))
            data: Term = Const(0)
            for i, x in enumerate(v.items):
                code = self.code(self.fitted(x, shape.of, when))
                data = t.bor(data, t.shift_left(code, Const(i * bits)))
            return Computed(shape, (Const(len(v.items)), data))
        assert isinstance(v, Computed)
        assert isinstance(v.shape, SeqShape)
        length, data = v.lanes
        if v.shape.room > shape.room:
            length = self.named(length)
            self.need_bound("room", shape.place, t.less_equal(length, Const(shape.room)), when)
        if v.shape.of != shape.of:
            length, data = self.named(length), self.named(data)
            old = Computed(v.shape, (length, data))
            data = Const(0)
            for i in range(min(shape.room, v.shape.room)):
                there = t.less(Const(i), length)
                item = self.fitted(self.item(old, Const(i)), shape.of, t.both((when, there)))
                code = t.select(there, self.code(item), Const(0))
                data = t.bor(data, t.shift_left(code, Const(i * bits)))
        return Computed(shape, (length, data))

    # -------------------------------------------------------------------------------- sets
    def part_for(self, shape: SetShape, record: Sort) -> SetPart:
        for part in shape.parts:
            if part.element.sort == record:
                return part
        raise InternalError(f"{record} is never in {shape.sort}")

    def cases(self, shape: SetShape, x: Val) -> list[tuple[SetPart, Term, Val]]:
        """For each part that an element may belong to: the part, whether it does, the element."""
        if len(shape.parts) == 1 and not isinstance(shape.parts[0].element.sort, RecordSort):
            return [(shape.parts[0], TRUE, x)]
        found = []
        for part in shape.parts:
            record = part.element.sort
            assert isinstance(record, RecordSort)
            if record in _records_of(x.sort):
                is_it = self.is_record(x, record)
                if is_it != FALSE:
                    found.append((part, is_it, self.as_record(x, record)))
        return found

    def masks(self, part: SetPart, x: Val, when: Term) -> tuple[list[tuple[int, Term]], Term]:
        """The bit of an element, as a mask for each lane that may have it, and whether it has a
        place at all."""
        if isinstance(x, Known):
            rows = []
            for value in x.table:
                known_number = part.numbers.get(value)
                rows.append(None if known_number is None else part.seat(known_number))
            masks: list[tuple[int, Term]] = []
            for lane in range(part.first, part.first + len(part.sizes)):
                table = [1 << r[1] if r is not None and r[0] == lane else 0 for r in rows]
                if any(table):
                    masks.append((lane, self.numbers(table, x.scans)))
            return masks, self.numbers([int(r is not None) for r in rows], x.scans)
        number, placed = self.number_of(part.element, x)
        if placed == FALSE:
            return [], FALSE
        number = self.named(number)
        if len(part.sizes) == 1:
            one = t.shift_left(Const(1), number)
            return [
                (part.first, one if placed == TRUE else t.select(placed, one, Const(0)))
            ], placed
        masks = []
        for k, size in enumerate(part.sizes):
            start = sum(part.sizes[:k])
            inside = t.both(
                (placed, t.less_equal(Const(start), number), t.less(number, Const(start + size)))
            )
            if inside != FALSE:
                one = t.shift_left(Const(1), t.subtract(number, Const(start)))
                masks.append((part.first + k, t.select(inside, one, Const(0))))
        return masks, placed

    def number_of(self, shape: Shape, v: Val) -> tuple[Term, Term]:
        """The number of a value among all values of a shape, and whether it is one of them."""
        match shape:
            case ScalarShape():
                return self.term(v), TRUE
            case IntShape():
                low, high = self.interval(v)
                term = self.named(self.term(v))
                inside = []
                if low < shape.low:
                    inside.append(t.less_equal(Const(shape.low), term))
                if high > shape.high:
                    inside.append(t.less_equal(term, Const(shape.high)))
                return t.subtract(term, Const(shape.low)), t.both(inside)
            case OptionShape():
                present, of = self.option(v)
                if of is None:
                    return Const(0), TRUE
                number, placed = self.number_of(shape.of, of)
                return (
                    t.select(present, t.add(number, Const(1)), Const(0)),
                    t.either((t.negation(present), placed)),
                )
            case ProductShape():
                if isinstance(shape.sort, RecordSort):
                    v = self.as_record(v, shape.sort)
                made: Term = Const(0)
                places = []
                for part, x in zip(shape.parts, self.parts(v), strict=True):
                    size = cardinality(part)
                    assert size is not None
                    number, placed = self.number_of(part, x)
                    made = t.add(t.multiply(made, Const(size)), number)
                    places.append(placed)
                return made, t.both(places)
            case SetShape():
                return self.fitted(v, shape).lanes[0], TRUE
            case _:
                pass
        raise InternalError(f"{shape.sort} cannot be numbered")

    def broken_bounds(self, shape: Shape, x: Val) -> Iterator[tuple[str, str | None, Term]]:
        """The bounds that an element must keep to have a place in a set."""
        match shape:
            case IntShape():
                low, high = self.interval(x)
                term = self.term(x)
                if low < shape.low:
                    yield "low", shape.place, t.less_equal(Const(shape.low), term)
                if high > shape.high:
                    yield "high", shape.place, t.less_equal(term, Const(shape.high))
            case OptionShape():
                present, of = self.option(x)
                if of is not None:
                    for which, place, term in self.broken_bounds(shape.of, of):
                        yield which, place, t.either((t.negation(present), term))
            case ProductShape():
                if isinstance(shape.sort, RecordSort):
                    x = self.as_record(x, shape.sort)
                for part, y in zip(shape.parts, self.parts(x), strict=True):
                    yield from self.broken_bounds(part, y)
            case _:
                pass

    def pieces(self, v: Computed) -> list[tuple[Sort, Computed]]:
        """A set class by class, each with the class of its elements."""
        shape = v.shape
        if isinstance(shape, SplitShape):
            ends = shape.starts[1:]
            return [
                (part.sort.of, Computed(part, v.lanes[i:j]))
                for part, i, j in zip(shape.parts, shape.starts, ends, strict=False)
            ]
        assert isinstance(shape, SetShape | ListShape)
        return [(shape.sort.of, v)]

    def glued(self, shape: SplitShape, pieces: Iterable[Computed]) -> Computed:
        """A set from those of each class."""
        return Computed(shape, tuple(x for piece in pieces for x in piece.lanes))

    def belonging(self, x: Val, record: Sort) -> tuple[Term, Val]:
        """Whether an element is of a class, and the element as one of it."""
        assert isinstance(record, RecordSort)
        if record not in _records_of(x.sort):
            return FALSE, x
        is_it = self.is_record(x, record)
        return is_it, x if is_it == FALSE else self.as_record(x, record)

    def member(self, collection: Computed, x: Val) -> Term:
        """Whether an element is in a set or bag."""
        shape = collection.shape
        if isinstance(shape, SplitShape):
            found = []
            for record, piece in self.pieces(collection):
                is_it, element = self.belonging(x, record)
                if is_it != FALSE:
                    found.append(t.both((is_it, self.member(piece, element))))
            return t.either(found)
        if isinstance(shape, ListShape):
            code, placed = self.list_code(shape, x)
            code = self.named(code)
            return t.both((placed, t.either(t.equal(lane, code) for lane in collection.lanes)))
        assert isinstance(shape, SetShape)
        answers = []
        for part, is_it, element in self.cases(shape, x):
            masks, _ = self.masks(part, element, is_it)
            inside = []
            for lane, mask in masks:
                word = collection.lanes[lane]
                inside.append(t.nonzero(t.band(word, mask)))
            answers.append(t.both((is_it, t.either(inside))))
        return t.either(answers)

    def list_code(self, shape: ListShape, x: Val) -> tuple[Term, Term]:
        """The code of an element in a list, and whether it has one; then it can be a member."""
        conditions = [condition for _, _, condition in self.places_needed(shape.of, x)]
        placed = t.both(conditions)
        inner = self.fitted(x, shape.of, FALSE)
        top = Const(1 << shape.code_bits - 1)
        return t.bor(top, self.code(inner)), placed

    def places_needed(self, shape: Shape, x: Val) -> list[tuple[str, str | None, Term]]:
        """The bounds that an element must keep, for elements of any shape."""
        if isinstance(x, Known):
            _, placed, broken = self.known_lanes(x, shape)
            if not broken:
                return [] if placed == TRUE else [("room", None, placed)]
            return [(e.which, e.place, placed) for e in broken[:1]]
        if isinstance(shape, UnionShape):
            found = []
            for record in _records_of(x.sort):
                is_it = self.is_record(x, record)
                index = [r.sort for r in shape.records].index(record)
                for which, place, ok in self.places_needed(
                    shape.records[index], self.as_record(x, record)
                ):
                    found.append((which, place, t.either((t.negation(is_it), ok))))
            return found
        if isinstance(shape, SeqShape):
            v = x if isinstance(x, Computed) else self.sequence(x)
            assert isinstance(v.shape, SeqShape)
            if v.shape.room > shape.room:
                return [("room", shape.place, t.less_equal(v.lanes[0], Const(shape.room)))]
            return []
        if isinstance(shape, ProductShape):
            if isinstance(shape.sort, RecordSort):
                x = self.as_record(x, shape.sort)
            pairs = zip(shape.parts, self.parts(x), strict=True)
            return [needed for part, y in pairs for needed in self.places_needed(part, y)]
        return list(self.broken_bounds(shape, x))

    def with_element(self, collection: Computed, x: Val, when: Term = TRUE) -> Computed:
        """The set with an element, or the bag with one more copy, if ``when`` holds."""
        shape = collection.shape
        if isinstance(shape, SplitShape):
            made = []
            for record, piece in self.pieces(collection):
                is_it, element = self.belonging(x, record)
                here = t.both((when, is_it))
                grown = piece if here == FALSE else self.with_element(piece, element, here)
                made.append(grown)
            return self.glued(shape, made)
        if isinstance(shape, ListShape):
            return self._list_with(collection, shape, x, when)
        assert isinstance(shape, SetShape)
        lanes = list(collection.lanes)
        for part, is_it, element in self.cases(shape, x):
            condition = t.both((when, is_it))
            for which, place, ok in self._bounds_of_part(part, element):
                self.need_bound(which, place, ok, condition)
            masks, _ = self.masks(part, element, condition)
            for lane, mask in masks:
                lanes[lane] = t.bor(lanes[lane], t.select(condition, mask, Const(0)))
        return Computed(shape, tuple(lanes))

    def _bounds_of_part(self, part: SetPart, x: Val) -> list[tuple[str, str | None, Term]]:
        return self.places_needed(part.element, x)

    def without_element(self, collection: Computed, x: Val) -> Computed:
        """The set without an element, or the bag with one copy less."""
        shape = collection.shape
        if isinstance(shape, SplitShape):
            made = []
            for record, piece in self.pieces(collection):
                is_it, element = self.belonging(x, record)
                if is_it != FALSE:
                    less = self.without_element(piece, element)
                    pairs = zip(less.lanes, piece.lanes, strict=True)
                    made.append(
                        Computed(piece.shape, tuple(t.select(is_it, y, z) for y, z in pairs))
                    )
                else:
                    made.append(piece)
            return self.glued(shape, made)
        if isinstance(shape, ListShape):
            return self._list_without(collection, shape, x)
        assert isinstance(shape, SetShape)
        lanes = list(collection.lanes)
        for part, is_it, element in self.cases(shape, x):
            masks, _ = self.masks(part, element, is_it)
            for lane, mask in masks:
                gone = t.select(is_it, mask, Const(0))
                lanes[lane] = t.subtract(lanes[lane], t.band(lanes[lane], gone))
        return Computed(shape, tuple(lanes))

    def _list_with(self, old: Computed, shape: ListShape, x: Val, when: Term) -> Computed:
        for which, place, ok in self.places_needed(shape.of, x):
            self.need_bound(which, place, ok, when)
        top = Const(1 << shape.code_bits - 1)
        code = t.bor(top, self.code(self.fitted(x, shape.of, FALSE)))
        if isinstance(shape.sort, SetSort):
            when = t.both((when, t.negation(self.member(old, x))))
        new = self.assigned(t.select(when, code, Const(0)))
        lanes = []
        above: Term | None = None
        for lane in old.lanes:
            lanes.append(t.maximum(lane, new if above is None else t.minimum(new, above)))
            above = lane
        last = old.lanes[-1]
        fits = t.either((t.equal(last, Const(0)), t.equal(new, Const(0))))
        self.need_bound("room", shape.place, fits)
        return Computed(shape, tuple(map(self.named, lanes)))

    def _list_without(self, old: Computed, shape: ListShape, x: Val) -> Computed:
        is_bag = isinstance(shape.sort, BagSort)
        code, placed = self.list_code(shape, x)
        code = self.assigned(code)
        there = t.both((placed, t.either(t.equal(lane, code) for lane in old.lanes)))
        if is_bag:
            self.need(there)
            there = TRUE
        below = (*old.lanes[1:], Const(0))
        lanes = []
        for lane, after in zip(old.lanes, below, strict=True):
            kept = t.less(code, lane)
            lanes.append(t.select(t.either((kept, t.negation(there))), lane, after))
        return Computed(shape, tuple(map(self.named, lanes)))

    def _fitted_split(self, v: Val, shape: SplitShape, when: Term) -> Computed:
        made = Computed(shape, (Const(0),) * len(shape.lanes))
        if isinstance(v, Display):
            for x in v.items:
                made = self.with_element(made, x, when)
            return made
        assert isinstance(v, Computed)
        given = dict(self.pieces(v))
        fitted = []
        for part in shape.parts:
            if part.sort.of in given:
                fitted.append(self.fitted(given[part.sort.of], part, when))
            else:
                fitted.append(Computed(part, (Const(0),) * len(part.lanes)))
        return self.glued(shape, fitted)

    def _fitted_set(self, v: Val, shape: SetShape, when: Term) -> Computed:
        if isinstance(v, Display):
            made = Computed(shape, (Const(0),) * len(shape.lanes))
            for x in v.items:
                made = self.with_element(made, x, when)
            return made
        assert isinstance(v, Computed)
        if isinstance(v.shape, SplitShape):
            return self.fitted(dict(self.pieces(v))[shape.sort.of], shape, when)
        if isinstance(v.shape, ListShape):
            made = Computed(shape, (Const(0),) * len(shape.lanes))
            for lane in v.lanes:
                code = self.assigned(lane)
                there = t.both((when, t.negation(t.equal(code, Const(0)))))
                made = self.with_element(made, self.decoded(v.shape.of, code), there)
            return made
        assert isinstance(v.shape, SetShape)
        lanes: list[Term] = [Const(0)] * len(shape.lanes)
        for part in v.shape.parts:
            mine = self.part_for(shape, part.element.sort)
            if mine.domain == part.domain:
                for i in range(len(part.sizes)):
                    lanes[mine.first + i] = v.lanes[part.first + i]
                continue
            for i, x in enumerate(part.domain):
                seat, bit = part.seat(i)
                here = t.bit(v.lanes[seat], bit)
                grown = self.with_element(
                    Computed(shape, tuple(lanes)),
                    Known(part.element.sort, (x,)),
                    t.both((when, here)),
                )
                lanes = list(grown.lanes)
        return Computed(shape, tuple(lanes))

    def _fitted_list(self, v: Val, shape: ListShape, when: Term) -> Computed:
        if isinstance(v, Display):
            made = Computed(shape, (Const(0),) * shape.room)
            for x in v.items:
                made = self.with_element(made, x, when)
            return made
        assert isinstance(v, Computed)
        if isinstance(v.shape, SplitShape):
            return self.fitted(dict(self.pieces(v))[shape.sort.of], shape, when)
        if isinstance(v.shape, SetShape):
            made = Computed(shape, (Const(0),) * shape.room)
            for part in v.shape.parts:
                for i, x in enumerate(part.domain):
                    seat, bit = part.seat(i)
                    here = t.both((when, t.bit(v.lanes[seat], bit)))
                    made = self.with_element(made, Known(part.element.sort, (x,)), here)
            return made
        assert isinstance(v.shape, ListShape)
        if v.shape.of != shape.of:
            made = Computed(shape, (Const(0),) * shape.room)
            for lane in v.lanes:
                code = self.assigned(lane)
                there = t.both((when, t.negation(t.equal(code, Const(0)))))
                made = self.with_element(made, self.decoded(v.shape.of, code), there)
            return made
        lanes = list(v.lanes[: shape.room])
        for lane in v.lanes[shape.room :]:
            self.need_bound("room", shape.place, t.equal(lane, Const(0)), when)
        lanes += [Const(0)] * (shape.room - len(lanes))
        return Computed(shape, tuple(lanes))

    def in_lanes(self, v: Val) -> Computed:
        """A set or bag in lanes."""
        return self.fitted(v, self.shape_of(v))

    # ---------------------------------------------------------------------------------- maps
    def entries(self, v: Val) -> tuple[Val, ...]:
        match v:
            case Entries():
                return v.entries
            case Known(MapSort() as sort):
                return tuple(
                    known(sort.value, v.scans, partial(_part_at, v, i))
                    for i in range(self.codec.size(sort.key))
                )
            case Computed(MapShape() as shape):
                made = self.unlaned(shape, v.lanes)
                assert isinstance(made, Entries)
                return made.entries
            case _:
                pass
        raise InternalError(f"{v.sort} is no map")

    def key_number(self, sort: MapSort, key: Val) -> Term:
        """The place of a key in a map."""
        if isinstance(key, Known):
            numbers = [self.codec.key_number(sort.key, x) for x in key.table]
            return self.numbers(numbers, key.scans)
        if isinstance(sort.key, TupleSort):
            made: Term = Const(0)
            for s, x in zip(sort.key.items, self.parts(key), strict=True):
                made = t.add(t.multiply(made, Const(self.codec.size(s))), self.term(x))
            return made
        return self.term(key)

    def entry(self, m: Val, number: Term) -> Val:
        """The value at a key."""
        entries = self.entries(m)
        if isinstance(number, Const):
            return entries[number.value]
        number = self.named(number, 1)
        made = entries[-1]
        for i in range(len(entries) - 2, -1, -1):
            made = self.chosen(t.equal(number, Const(i)), entries[i], made)
        return made

    def replaced(self, m: Val, number: Term, v: Val) -> Val:
        """The map with one entry replaced."""
        entries = list(self.entries(m))
        assert isinstance(m.sort, MapSort)
        if isinstance(number, Const):
            entries[number.value] = v
        else:
            number = self.named(number, 1)
            v = self.named_value(v)
            for i, old in enumerate(entries):
                entries[i] = self.chosen(t.equal(number, Const(i)), v, old)
        return Entries(m.sort, tuple(entries))


# ----------------------------------------------------------------------------------- helpers
def _part_at(v: Known, i: int, places: dict[Scan, int]) -> Value:
    """Part i of what a known value is, for these places of the scans."""
    found: tuple[Value, ...] = v.at(places)
    return found[i]


def _records_of(sort: Sort) -> tuple[RecordSort, ...]:
    match sort:
        case RecordSort():
            return (sort,)
        case UnionSort():
            return sort.records
        case _:
            pass
    raise InternalError(f"{sort} is no record")


def _is_placed(shape: Shape) -> bool:
    """Whether all ints in a shape have bounds that can be widened."""
    match shape:
        case IntShape():
            return shape.place is not None
        case OptionShape() | SeqShape():
            return _is_placed(shape.of)
        case ProductShape():
            return all(map(_is_placed, shape.parts))
        case _:
            return True


def render(lines: Lines, indent: int = 1) -> list[str]:
    """Lines of source; a block stands below the line before it."""
    return [text for text, _ in rendered(lines, indent)]


def rendered(
    lines: Lines, indent: int = 1, span: Span | None = None
) -> list[tuple[str, Span | None]]:
    """The same, each with what it is made of."""
    made: list[tuple[str, Span | None]] = []
    for x in lines:
        if isinstance(x, str):
            if isinstance(x, Line) and x.span is not None:
                span = x.span
            made.append(("    " * indent + x, span))
        else:
            made += rendered(x or ["pass"], indent + 1, span)
    return made
