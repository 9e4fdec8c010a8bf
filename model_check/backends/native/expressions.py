"""Expressions as words: what the parts of a formula come to in a state.

Everything that does not depend on the state is computed here, once.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, assert_never

from ....spec.lang.errors import InternalError
from ...ir import nodes as n
from ...ir.sorts import (
    BOOL,
    INT,
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
from . import terms as t
from .largest import most_in
from .layout import (
    IntShape,
    Layout,
    ListShape,
    ScalarShape,
    SeqShape,
    SetShape,
    SplitShape,
)
from .static import Mistake
from .terms import FALSE, TRUE, Const, Name, Term
from .values import (
    Computed,
    Display,
    Entries,
    Known,
    Optional,
    Product,
    Val,
    known,
    scans_of,
)
from .write import Function, Lines, render

if TYPE_CHECKING:
    from .lower import Lowering

__all__ = ["Env", "Expressions", "Fields"]

Env = Mapping[str, Val]
Fields = dict[str, Val]


class Expressions(Function, ABC):
    """A function that looks at a state, or at the states before and after a step. What ranges over
    sets, comprehensions, is left to :class:`.body.Body`."""

    def __init__(self, lowering: Lowering) -> None:
        super().__init__(lowering.program, lowering.layout)
        self.lowering = lowering
        self.static = lowering.static
        self.env: Env = {}
        self.fields: Fields = {}
        self.after: Fields = {}
        self.loaded = 0

    # -------------------------------------------------------------------------------- states
    def load(self, memory: str, index: str, prefix: str, *, after: bool = False) -> None:
        """Read the words of a state; fields are then bits of them."""
        for i in range(self.layout.words):
            at = f"{index} + {i}" if i else index
            self.line(f"{prefix}{i} = ld({memory}, {at})")
        self.loaded = len(self.lines)
        fields: Fields = {}
        for name, shape in self.layout.fields.items():
            lanes: list[Term] = []
            for place in self.layout.places[name]:
                word, lane = Name(f"{prefix}{place.word}"), place.lane
                bits: Term = t.Bits(word, place.offset, lane.width) if lane.width else Const(0)
                lanes.append(t.add(bits, Const(lane.low)))
            fields[name] = self.unlaned(shape, tuple(lanes))
        if after:
            self.after = fields
        else:
            self.fields = fields

    def used_lines(self) -> Lines:
        """The lines without the loading of words that nothing uses."""
        text = "\n".join(render(self.lines))
        kept: Lines = []
        for x in self.lines:
            if isinstance(x, str) and " = ld(" in x:
                word = x.split(" = ")[0]
                if word[0] in "wv" and word[1:].isdigit() and not _mentions(text, word):
                    continue
            kept.append(x)
        return kept

    def image(self, r: n.Refinement, layout: Layout) -> list[Term]:
        """The words of the abstract state to which a state is mapped."""
        self.env = {}
        for let in r.bindings:
            self.env = {**self.env, let.name: self.named_value(self.value(let.value))}
        words: list[Term] = [Const(0)] * layout.words
        for name, e in r.mapping:
            self.span = e.span
            made = self.fitted(self.value(e), layout.fields[name])
            self.span = e.span
            self.keep(made)
            for place, x in zip(layout.places[name], made.lanes, strict=True):
                bits = t.subtract(x, Const(place.lane.low)) if place.lane.low else x
                words[place.word] = t.bor(
                    words[place.word], t.shift_left(bits, Const(place.offset))
                )
        return words

    def keep(self, v: Computed) -> None:
        """In a checked program: test that the lanes of a value have room where they are packed."""
        if not self.program.checked:
            return
        for lane, most, x in zip(v.shape.lanes, most_in(v.shape), v.lanes, strict=True):
            stored = t.subtract(x, Const(lane.low)) if lane.low else x
            self.line(f"fit({t.show(stored)}, {most})")

    # -------------------------------------------------------------------------- expressions
    def beforehand(self, e: n.Expr) -> Known | None:
        """The value of an expression in which the state has no part."""
        free = self.static.free(e)
        if free is None:
            return None
        used = {x: self.env[x] for x in free}
        if not all(isinstance(v, Known) for v in used.values()):
            return None
        values = {x: v for x, v in used.items() if isinstance(v, Known)}
        scans = scans_of(values.values())
        size = 1
        for s in scans:
            size *= len(s.domain)
        if size > 1 << 14:
            return None
        try:
            return known(
                e.sort,
                scans,
                lambda places: self.static.remembered(
                    e, {x: v.at(places) for x, v in values.items()}
                ),
            )
        except Mistake:
            return None

    def test(self, e: n.Expr) -> Term:
        """A condition as a term."""
        return self.term(self.value(e))

    def refuted(self, e: n.Expr) -> Term:
        return t.negation(self.test(e))

    def value(self, e: n.Expr) -> Val:
        """The value of an expression. What can go wrong in it is written as checks."""
        found = self.beforehand(e)
        if found is not None:
            return found
        self.span = e.span
        match e:
            case n.Literal() | n.First() | n.Constant() | n.All():
                raise InternalError(f"{e.span}: a value that is known is not")
            case n.Var():
                return self.env[e.name]
            case n.Field():
                return self.fields[e.name]
            case n.After():
                return self.after[e.name]
            case n.Record():
                return Product(e.sort, tuple(map(self.value, e.args)))
            case n.Tuple():
                assert isinstance(e.sort, TupleSort)
                return Product(e.sort, tuple(map(self.value, e.items)))
            case n.Attr():
                return self.attribute(e)
            case n.IsRecord():
                return self.truth(self.is_record(self.value(e.of), e.record))
            case n.As():
                return self.narrowed(e)
            case n.Item():
                return self.parts(self.value(e.of))[e.index]
            case n.Some():
                assert isinstance(e.sort, OptionSort)
                return Optional(e.sort, TRUE, self.value(e.of))
            case n.Unwrap():
                return self.unwrapped(e)
            case n.IsNone():
                return self.truth(t.negation(self.option(self.value(e.of))[0]))
            case n.Not():
                return self.truth(t.negation(self.test(e.of)))
            case n.And():
                return self.truth(self.lazily([partial(self.test, p) for p in e.parts], False))
            case n.Or():
                return self.truth(self.lazily([partial(self.test, p) for p in e.parts], True))
            case n.Implies():
                return self.truth(
                    self.lazily([partial(self.refuted, e.left), partial(self.test, e.right)], True)
                )
            case n.If():
                return self.conditional(e)
            case n.Eq():
                return self.truth(self.equal(self.value(e.left), self.value(e.right)))
            case n.Lt():
                return self.truth(t.less(self.scalar(e.left), self.scalar(e.right)))
            case n.Le():
                return self.truth(t.less_equal(self.scalar(e.left), self.scalar(e.right)))
            case n.Add() | n.Sub() | n.Mul() | n.Min() | n.Max():
                return self.arithmetic(e)
            case n.Get():
                assert isinstance(e.of.sort, MapSort)
                m = self.value(e.of)
                return self.entry(m, self.key_number(e.of.sort, self.value(e.key)))
            case n.Put():
                assert isinstance(e.sort, MapSort)
                m = self.value(e.of)
                number = self.key_number(e.sort, self.value(e.key))
                return self.replaced(m, number, self.value(e.value))
            case n.Fill():
                assert isinstance(e.sort, MapSort)
                v = self.named_value(self.value(e.value))
                return Entries(e.sort, (v,) * self.codec.size(e.sort.key))
            case n.MapOf():
                return self.map_of(e)
            case n.In():
                return self.truth(self.contains(e.collection, e.of))
            case n.With():
                collection = self.in_lanes(self.value(e.collection))
                return self.with_element(collection, self.value(e.element))
            case n.Without():
                collection = self.in_lanes(self.value(e.collection))
                return self.without_element(collection, self.value(e.element))
            case n.Count():
                return self.count(e)
            case n.UnionOf() | n.Intersect() | n.Minus():
                return self.of_sets(e)
            case n.Within():
                return self.truth(self.within(e))
            case n.SetOf() | n.Seq():
                assert isinstance(e.sort, SetSort | BagSort | SeqSort)
                return Display(e.sort, tuple(map(self.value, e.items)))
            case n.Size():
                return self.size(e)
            case n.At():
                return self.at(e)
            case n.Slice():
                return self.sliced(e)
            case n.Concat():
                assert isinstance(e.sort, SeqSort)
                a, b = self.value(e.left), self.value(e.right)
                return self.concatenated(a, b, e.sort, None)
            case n.Members():
                return self.members(e)
            case n.Of():
                return self.only(e)
            case n.Fold():
                return self.fold(e)
            case n.Range():
                return self.range_value(e)
            case n.Bind():
                return self.bound(e)
            case n.Call():
                raise InternalError(f"{e.span}: a call that was to be expanded")
            case _:
                assert_never(e)

    def scalar(self, e: n.Expr) -> Term:
        return self.named(self.term(self.value(e)))

    def bound(self, e: n.Bind) -> Val:
        before = self.env
        value = self.named_value(self.value(e.value))
        self.env = {**before, e.name: value}
        made = self.value(e.body)
        self.env = before
        return made

    def attribute(self, e: n.Attr) -> Val:
        of = self.value(e.of)
        records = e.of.sort.records if isinstance(e.of.sort, UnionSort) else (e.of.sort,)
        made: Val | None = None
        for record in reversed(records):
            assert isinstance(record, RecordSort)
            is_it = self.is_record(of, record)
            if is_it == FALSE:
                continue
            names = [name for name, _ in record.fields]
            part = self.parts(self.as_record(of, record))[names.index(e.name)]
            made = part if made is None else self.chosen(is_it, part, made)
        assert made is not None
        return made

    def narrowed(self, e: n.As) -> Val:
        of = self.value(e.of)
        records = e.sort.records if isinstance(e.sort, UnionSort) else (e.sort,)
        is_one = []
        for record in records:
            assert isinstance(record, RecordSort)
            is_one.append(self.is_record(of, record))
        self.need(t.either(is_one))
        return self.as_record(of, e.sort) if isinstance(e.sort, RecordSort) else of

    def unwrapped(self, e: n.Unwrap) -> Val:
        present, of = self.option(self.value(e.of))
        if of is None:
            self.need(FALSE)
            return self.nothing(e.sort)
        self.need(present)
        return of

    def nothing(self, sort: Sort) -> Val:
        """A value that is never looked at, behind a check that always fails."""
        shape = self.natural(sort)
        return self.unlaned(shape, (Const(0),) * len(shape.lanes))

    def conditional(self, e: n.If) -> Val:
        test = self.named(self.test(e.test), 4)
        if isinstance(test, Const):
            return self.value(e.then if test.value else e.orelse)
        then_lines, then = self.apart(partial(self.value, e.then), test)
        else_lines, orelse = self.apart(partial(self.value, e.orelse), t.negation(test))
        if then_lines or else_lines:
            test = self.assigned(test, "b")
            if then_lines:
                self.lines += [f"if {t.show(test)}:", then_lines]
            if else_lines:
                self.lines += [f"if {t.show(t.negation(test))}:", else_lines]
        return self.chosen(test, then, orelse)

    def arithmetic(self, e: n.Add | n.Sub | n.Mul | n.Min | n.Max) -> Val:
        left, right = self.value(e.left), self.value(e.right)
        (a, b), (c, d) = self.interval(left), self.interval(right)
        x, y = self.named(self.term(left)), self.named(self.term(right))
        match e:
            case n.Add():
                return self.integer(t.add(x, y), a + c, b + d)
            case n.Sub():
                return self.integer(t.subtract(x, y), a - d, b - c)
            case n.Mul():
                corners = (a * c, a * d, b * c, b * d)
                return self.integer(t.multiply(x, y), min(corners), max(corners))
            case _:
                pass
        term = t.minimum(x, y) if isinstance(e, n.Min) else t.maximum(x, y)
        if e.sort != INT:
            return self.unlaned(self.natural(e.sort), (term,))
        pick = min if isinstance(e, n.Min) else max
        return self.integer(term, pick(a, c), pick(b, d))

    def map_of(self, e: n.MapOf) -> Val:
        assert isinstance(e.sort, MapSort)
        before = self.env
        sorts = e.sort.key.items if isinstance(e.sort.key, TupleSort) else (e.sort.key,)
        entries = []
        for key in self.codec.values(e.sort.key):
            keys = key if len(e.names) > 1 else (key,)
            given = {x: Known(s, (k,)) for x, s, k in zip(e.names, sorts, keys, strict=True)}
            self.env = {**before, **given}
            entries.append(self.value(e.value))
        self.env = before
        return Entries(e.sort, tuple(entries))

    # ------------------------------------------------------------------------ collections
    def contains(self, collection: n.Expr, of: n.Expr) -> Term:
        """Whether an element is in a collection."""
        match collection:
            case n.All():
                return TRUE
            case n.Range():
                number = self.scalar(of)
                low, high = self.scalar(collection.low), self.scalar(collection.high)
                return t.both((t.less_equal(low, number), t.less(number, high)))
            case n.Of():
                record = collection.record
                x = self.named_value(self.value(of))
                inside = self.is_in(self.value(collection.collection), x)
                return t.both((self.is_record(x, record), inside))
            case n.Fold(op=n.Op.SET):
                name = f"{collection.generators[0].name}!"
                before = self.env
                self.env = {**before, name: self.named_value(self.value(of))}
                var = n.Var(name, of.sort, span=of.span)
                body = n.Eq(collection.body, var, span=of.span)
                made = self.exists(collection.generators, body)
                self.env = before
                return made
            case _:
                x = self.value(of)
                return self.is_in(self.value(collection), x)

    def is_in(self, collection: Val, x: Val) -> Term:
        match collection:
            case Display():
                return t.either(self.equal(x, y) for y in collection.items)
            case Known():
                return self.is_in_known(collection, x)
            case Computed(SetShape() | ListShape() | SplitShape()):
                return self.member(collection, x)
            case Computed(SeqShape() as shape):
                found = []
                for i in range(shape.room):
                    there = t.less(Const(i), collection.lanes[0])
                    found.append(t.both((there, self.equal(self.item(collection, Const(i)), x))))
                return t.either(found)
            case Computed(ScalarShape(sort=SubsetSort())):
                return self.member(self.members_of(collection), x)
            case _:
                pass
        raise InternalError(f"{collection.sort} is no collection")

    def is_in_known(self, collection: Known, x: Val) -> Term:
        """Membership in a set that is known beforehand."""
        element: Sort
        match collection.sort:
            case SubsetSort():
                members = self.codec.members(collection.sort)
                rows = tuple(frozenset(members[i]) for i in collection.table)
                element = collection.sort.of
            case BagSort():
                rows = tuple(frozenset(y for y, _ in row) for row in collection.table)
                element = collection.sort.of
            case SetSort() | SeqSort():
                rows = tuple(frozenset(row) for row in collection.table)
                element = collection.sort.of
            case _:
                raise InternalError(f"{collection.sort} is no collection")
        if isinstance(x, Known):
            sets = Known(SetSort(element), rows, collection.scans)
            return self.term(self.tabulated(BOOL, lambda s, y: y in s, sets, x))
        if isinstance(element, ElementSort) and self.codec.size(element) < 63:
            masks = self.numbers([sum(1 << i for i in row) for row in rows], collection.scans)
            return t.band(t.shift_right(masks, self.term(x)), Const(1))
        found = []
        for y in dict.fromkeys(y for row in rows for y in row):
            here = self.numbers([int(y in row) for row in rows], collection.scans)
            found.append(t.both((here, self.equal(x, Known(element, (y,))))))
        return t.either(found)

    def members(self, e: n.Members) -> Val:
        return self.members_of(self.value(e.of))

    def members_of(self, subset: Val) -> Computed:
        """The members of a subset that only the state tells."""
        assert isinstance(subset.sort, SubsetSort)
        shape = self.natural(SetSort(subset.sort.of))
        assert isinstance(shape, SetShape)
        masks = tuple(sum(1 << i for i in m) for m in self.codec.members(subset.sort))
        return Computed(shape, (t.index(self.program.table(masks), self.term(subset)),))

    def only(self, e: n.Of) -> Val:
        """The elements of one record class."""
        collection = self.in_lanes(self.value(e.collection))
        assert isinstance(e.sort, SetSort)
        match collection.shape:
            case SetShape() | SplitShape():
                return dict(self.pieces(collection))[e.record]
            case ListShape(sort=SetSort()):
                return collection
            case ListShape() as shape:
                made = Computed(self.layout.set_shape(e.sort, "temporary"), ())
                made = Computed(made.shape, (Const(0),) * len(made.shape.lanes))
                for lane in collection.lanes:
                    x = self.decoded(shape.of, self.assigned(lane))
                    there = t.both((t.nonzero(lane), self.is_record(x, e.record)))
                    made = self.with_element(made, self.as_record(x, e.record), there)
                return made
            case _:
                pass
        raise InternalError(f"{collection.sort} is no set")

    def count(self, e: n.Count) -> Val:
        bag = self.in_lanes(self.value(e.bag))
        assert isinstance(bag.shape, ListShape)
        code, placed = self.list_code(bag.shape, self.value(e.element))
        code = self.named(code)
        total: Term = Const(0)
        for lane in bag.lanes:
            total = t.add(total, t.both((placed, t.equal(lane, code))))
        return self.integer(total, 0, bag.shape.room)

    def of_sets(self, e: n.UnionOf | n.Intersect | n.Minus) -> Val:
        left, right = self.value(e.left), self.value(e.right)
        if isinstance(left, Computed) and isinstance(right, Display):
            if isinstance(e, n.UnionOf):
                for x in right.items:
                    left = self.with_element(left, x)
                return left
            if isinstance(e, n.Minus):
                for x in right.items:
                    left = self.without_element(left, x)
                return left
        shape = self.joined((self.shape_of(left), self.shape_of(right)))
        if isinstance(left, Computed) and isinstance(left.shape, SetShape):
            shape = left.shape
        a, b = self.fitted(left, shape), self.fitted(right, shape)
        if isinstance(shape, SplitShape):
            pairs = zip(self.pieces(a), self.pieces(b), strict=True)
            return self.glued(shape, [self.combined(e, x, y) for (_, x), (_, y) in pairs])
        return self.combined(e, a, b)

    def combined(self, e: n.UnionOf | n.Intersect | n.Minus, a: Computed, b: Computed) -> Computed:
        """An operation on sets of one class and shape."""
        shape = a.shape
        if isinstance(shape, ListShape):
            if not isinstance(e, n.UnionOf):
                raise self.unsupported(f"an intersection or difference of sets of {shape.sort.of}")
            for lane in b.lanes:
                there = t.nonzero(lane)
                a = self.with_element(a, self.decoded(shape.of, self.assigned(lane)), there)
            return a
        lanes: list[Term] = []
        for one, other in zip(a.lanes, b.lanes, strict=True):
            match e:
                case n.UnionOf():
                    lanes.append(t.bor(one, other))
                case n.Intersect():
                    lanes.append(t.band(one, other))
                case n.Minus():
                    whole = self.named(one, 4)
                    lanes.append(t.subtract(whole, t.band(whole, other)))
        return Computed(shape, tuple(lanes))

    def within(self, e: n.Within) -> Term:
        left, right = self.value(e.left), self.value(e.right)
        if isinstance(left, Display):
            return t.both(self.is_in(right, x) for x in left.items)
        shape = self.joined((self.shape_of(left), self.shape_of(right)))
        a, b = self.fitted(left, shape), self.fitted(right, shape)
        conditions = []
        for (_, x), (_, y) in zip(self.pieces(a), self.pieces(b), strict=True):
            for one, other in zip(x.lanes, y.lanes, strict=True):
                if isinstance(x.shape, ListShape):
                    same = t.either(t.equal(one, lane) for lane in y.lanes)
                    conditions.append(t.either((t.negation(t.nonzero(one)), same)))
                else:
                    conditions.append(t.equal(t.band(one, other), one))
        return t.both(conditions)

    def size(self, e: n.Size) -> Val:
        match e.of:
            case n.Range():
                low, high = self.value(e.of.low), self.value(e.of.high)
                (a, _), (_, d) = self.interval(low), self.interval(high)
                length = t.subtract(self.term(high), self.term(low))
                return self.integer(t.maximum(Const(0), length), 0, max(0, d - a))
            case _:
                pass
        v = self.value(e.of)
        if isinstance(v.sort, SubsetSort):
            v = self.members_of(v)
        if isinstance(v.sort, SeqSort):
            if isinstance(v, Display):
                return Known(INT, (len(v.items),))
            made = self.sequence(v)
            assert isinstance(made.shape, SeqShape)
            return self.integer(made.lanes[0], 0, made.shape.room)
        total: Term = Const(0)
        most = 0
        for _, piece in self.pieces(self.in_lanes(v)):
            for lane, place in zip(piece.lanes, piece.shape.lanes, strict=True):
                in_list = isinstance(piece.shape, ListShape)
                total = t.add(total, t.nonzero(lane) if in_list else t.popcount(lane))
                most += 1 if in_list else place.width
        return self.integer(total, 0, most)

    def at(self, e: n.At) -> Val:
        v, i = self.value(e.of), self.value(e.index)
        low, high = self.interval(i)
        if isinstance(v, Display) and isinstance(i, Known) and i.constant:
            if not 0 <= i.value < len(v.items):
                self.need(FALSE)
                return self.nothing(e.sort)
            return v.items[i.value]
        sequence = self.sequence(v)
        if isinstance(e.of, n.Field | n.Var | n.Get):
            sequence = Computed(sequence.shape, tuple(map(self.named, sequence.lanes)))
        assert isinstance(sequence.shape, SeqShape)
        index = self.named(self.term(i))
        inside = [t.less(index, sequence.lanes[0])]
        if low < 0:
            inside.append(t.less_equal(Const(0), index))
        self.need(t.both(inside))
        if isinstance(index, Const) and index.value >= sequence.shape.room:
            return self.nothing(e.sort)
        del high
        return self.item(sequence, index)

    def sliced(self, e: n.Slice) -> Val:
        v = self.sequence(self.value(e.of))
        v = Computed(v.shape, tuple(map(self.named, v.lanes)))
        length = v.lanes[0]
        bounds: list[Term] = []
        for bound, default in ((e.low, Const(0)), (e.high, length)):
            if bound is None:
                bounds.append(default)
                continue
            x = self.value(bound)
            term = self.named(self.term(x))
            if self.interval(x)[0] < 0:
                self.need(t.less_equal(Const(0), term))
            bounds.append(t.minimum(term, length))
        low, high = bounds
        return self.cut(v, t.minimum(low, high) if e.low is not None else low, high)

    def range_value(self, e: n.Range) -> Val:
        """A range as a sequence."""
        low, high = self.value(e.low), self.value(e.high)
        assert isinstance(e.sort, SeqSort)
        (a, _), (_, d) = self.interval(low), self.interval(high)
        shape = SeqShape(e.sort, IntShape(min(0, a), max(0, d)), max(0, d - a))
        return self.collect_sequence(self.range_of(e), shape)

    def range_of(self, e: n.Range) -> n.Fold:
        name = "i!"
        generator = n.Generator(name, INT, e, None, span=e.span)
        return n.Fold(n.Op.SEQ, n.Var(name, INT, span=e.span), (generator,), e.sort, span=e.span)

    # ------------------------------------------------------------------ of comprehensions
    @abstractmethod
    def fold(self, e: n.Fold) -> Val: ...

    @abstractmethod
    def exists(self, generators: tuple[n.Generator, ...], body: n.Expr) -> Term:
        """Whether some binding of the generators makes the body true."""

    @abstractmethod
    def collect_sequence(self, e: n.Fold, shape: SeqShape) -> Val:
        """A comprehension that makes a sequence, in the order of the generators."""


def _mentions(text: str, word: str) -> bool:
    """Whether a name occurs besides where it is given its value."""
    return len(re.findall(rf"\b{word}\b", text)) > 1
