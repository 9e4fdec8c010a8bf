"""From the IR to functions on words: what the machine does for each action and property.

Everything that does not depend on the state is computed here, once: parameters and elements of
sorts are constants, a comprehension over them is written out, and a question about the messages
sent that can be answered message by message becomes a mask. A message set is scanned, by its set
bits, only where the answer depends on more of the state; what is then known of a message is looked
up in a table.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never, cast

from ....spec.lang.errors import InternalError, Span
from ...ir import nodes as n
from ...ir import walk
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
from ..codec import Value
from . import terms as t
from .largest import most_in
from .layout import (
    IntShape,
    Layout,
    ListShape,
    MapShape,
    OutOfBounds,
    ScalarShape,
    SeqShape,
    SetPart,
    SetShape,
    Shape,
    SplitShape,
    seat_of,
)
from .static import Mistake, Static, can_fail, in_order
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
    places_of,
    scans_of,
)
from .write import Function, Lines, Program, Written, render, rendered

__all__ = ["Component", "Lowering", "components_read", "components_written"]

Env = Mapping[str, Val]
Fields = dict[str, Val]

UNROLLED = 4
"""A scan of at most so many messages is written out."""
LARGEST_WRITTEN_OUT = 16
"""A choice among at most so many messages is written out, message by message."""
LONGEST_RANGE = 64
MERGED = 30
"""What two ways have in common afterwards gets a name where it is larger than this."""
MOST_CARRIED = 8
"""A set is made of another one by at most so many shifts; otherwise element by element."""


# -------------------------------------------------------------------------------- components
Component = tuple[str, str | None]
"""A field, or the elements of one record class in it: what a property depends on."""


def components_of(name: str, sort: Sort) -> tuple[Component, ...]:
    match sort:
        case SetSort(UnionSort(records)) | BagSort(UnionSort(records)):
            return tuple((name, r.name) for r in records)
        case _:
            return ((name, None),)


def components_read(e: n.Expr, *, after: bool = False) -> set[Component]:
    """What the value of an expression depends on, before the step or ``after`` it."""
    wanted = n.After if after else n.Field
    found: set[Component] = set()
    work: list[n.Expr] = [e]
    while work:
        x = work.pop()
        match x:
            case n.Of(collection=n.Field() | n.After() as f, record=record):
                if isinstance(f, wanted) and len(components_of(f.name, f.sort)) > 1:
                    found.add((f.name, record.name))
                    continue
            case n.In(of=of, collection=n.Field() | n.After() as f) if isinstance(
                of.sort, RecordSort
            ):
                if isinstance(f, wanted) and len(components_of(f.name, f.sort)) > 1:
                    found.add((f.name, of.sort.name))
                    work.append(of)
                    continue
            case n.Field() | n.After():
                if isinstance(x, wanted):
                    found.update(components_of(x.name, x.sort))
                continue
            case _:
                pass
        work.extend(walk.children(x))
    return found


def components_written(body: Iterable[n.Stmt]) -> set[Component]:
    """What an action may change."""
    found: set[Component] = set()
    for s in walk.statements_in(body):
        if not isinstance(s, n.Assign):
            continue
        value = s.value
        records = []
        while isinstance(value, n.With | n.Without) and isinstance(value.element.sort, RecordSort):
            records.append(value.element.sort.name)
            value = value.collection
        all_of = components_of(s.field, s.value.sort)
        if isinstance(value, n.Field) and value.name == s.field and records and len(all_of) > 1:
            found.update((s.field, r) for r in records)
        else:
            found.update(all_of)
    return found


# ---------------------------------------------------------------------------------- lowering
class Lowering:
    """Writes the functions of one specification into a program."""

    def __init__(self, spec: n.Spec, layout: Layout, program: Program, prefix: str = "") -> None:
        self.spec = spec
        self.layout = layout
        self.program = program
        self.prefix = prefix
        self.static = Static(layout.codec)

    def action(self, number: int) -> Written:
        """``act_k(st, s, out, o, tmp)``: write the successors by one action of the state at
        ``st[s:]`` to ``out[o:]``, and return where they end."""
        action = self.spec.actions[number]
        name = f"{self.prefix}act_{number}"
        function = Action(self, action)
        function.span = action.span
        function.load("st", "s", "w")
        function.write()
        function.span = action.span
        function.line("return o")
        return self._finished(name, "st, s, out, o, tmp", function, function.successors)

    def property(self, name: str, value: n.Expr) -> Written:
        """``name(st, s, tmp)``: whether a property holds in a state."""
        function = Body(self)
        function.span = value.span
        function.load("st", "s", "w")
        return self._asking(name, "st, s, tmp", function, value)

    def step_property(self, name: str, value: n.Expr, *, still: bool = False) -> Written:
        """``name(st, s, out, t, tmp)``: whether a property holds of a step; with ``still``, of one
        that changes nothing, ``name(st, s, tmp)``."""
        function = Body(self)
        function.span = value.span
        function.load("st", "s", "w")
        if still:
            function.after = dict(function.fields)
            return self._asking(name, "st, s, tmp", function, value)
        function.load("out", "t", "v", after=True)
        return self._asking(name, "st, s, out, t, tmp", function, value)

    def refinement(self, name: str, r: n.Refinement, abstract: Lowering) -> Written:
        """``name(st, s, out, t, tmp)``: whether the image of a step is a step or a stuttering."""
        words = abstract.layout.words
        places = self.program.scratch(words), self.program.scratch(words)
        images = []
        function = Body(self)
        function.span = r.span
        for source, index, prefix in (("st", "s", "w"), ("out", "t", "v")):
            function.load(source, index, prefix)
            images.append([function.assigned(x) for x in function.image(r, abstract.layout)])
        before, after = images
        same = t.both(map(t.equal, before, after))
        function.line(f"if {t.show(same)}:")
        function.lines.append(["return 1"])
        for at, image in zip(places, images, strict=True):
            for i, x in enumerate(image):
                function.line(f"sto(tmp, {at + i}, {t.show(x)})")
        for i in range(len(abstract.spec.actions)):
            written = abstract.arrival(i)
            function.line(f"r = {written.name}(tmp, {places[0]}, tmp, {places[1]}, tmp)")
            function.lines += ["if r != 0:", ["return r"]]
        function.line("return 0")
        return self._finished(name, "st, s, out, t, tmp", function)

    def arrival(self, number: int) -> Written:
        """``arrives_k(st, s, out, t, tmp)``: whether one action leads from the state at ``st[s:]``
        to that at ``out[t:]``."""
        action = self.spec.actions[number]
        function = Arrival(self, action)
        function.span = action.span
        function.load("st", "s", "w")
        function.load("out", "t", "v", after=True)
        function.write()
        function.span = action.span
        function.line("return 0")
        return self._finished(f"{self.prefix}arrives_{number}", "st, s, out, t, tmp", function)

    def _asking(self, name: str, parameters: str, function: Body, value: n.Expr) -> Written:
        term = function.test(value)
        pure = not function.lines[function.loaded :]
        constant = term.value if isinstance(term, Const) and pure else None
        function.line(f"return {t.show(term)}")
        return self._finished(name, parameters, function, constant=constant)

    def _finished(
        self,
        name: str,
        parameters: str,
        function: Body,
        successors: int = 0,
        constant: int | None = None,
    ) -> Written:
        body = rendered(function.used_lines())
        text = "\n".join([f"def {name}({parameters}):", *(line for line, _ in body)])
        first = body[0][1] if body else None
        spans = (first, *(span for _, span in body))
        written = Written(name, text, constant, successors, spans)
        if constant is None:
            self.program.functions.append(written)
        return written


class Body(Function):
    """A function that looks at a state, or at the states before and after a step."""

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

    # --------------------------------------------------------------------- comprehensions
    def fold(self, e: n.Fold) -> Val:
        match e.op:
            case n.Op.ANY:
                return self.truth(self.exists(e.generators, e.body))
            case n.Op.ALL:
                body = n.Not(e.body, span=e.body.span)
                return self.truth(t.negation(self.exists(e.generators, body)))
            case n.Op.SUM:
                return self.total(e)
            case n.Op.MIN | n.Op.MAX:
                return self.extreme(e)
            case n.Op.SET:
                return self.collected(e)
            case n.Op.SEQ:
                shape = self.natural(e.sort)
                assert isinstance(shape, SeqShape)
                return self.collect_sequence(e, shape)
            case _:
                assert_never(e.op)

    def exists(self, generators: tuple[n.Generator, ...], body: n.Expr) -> Term:
        """Whether some binding of the generators makes the body true."""
        first, *rest = generators
        if rest:
            inner: n.Expr = n.Fold(n.Op.ANY, body, tuple(rest), BOOL, span=body.span)
            if isinstance(body, n.Not) and not isinstance(body.of, n.Not):
                # The same, said so that what follows sees a claim about all.
                inner = n.Not(
                    n.Fold(n.Op.ALL, body.of, tuple(rest), BOOL, span=body.span), span=body.span
                )
        else:
            inner = body
        parts = [inner] if first.where is None else [first.where, inner]
        before = self.env
        try:
            return self._exists(first, parts)
        finally:
            self.env = before

    def _exists(self, g: n.Generator, parts: list[n.Expr]) -> Term:
        domain = self.domain(g.domain)
        if isinstance(domain, Computed) and isinstance(domain.shape, SplitShape):
            pieces = self.pieces(domain)
            return self.lazily([partial(self._exists_among, g, parts, p) for _, p in pieces], True)
        return self._exists_among(g, parts, domain)

    def _exists_among(self, g: n.Generator, parts: list[n.Expr], domain: Val | n.Range) -> Term:
        outer = self.env

        def holds(x: Val, condition: Term) -> Term:
            def rest() -> Term:
                self.env = {**outer, g.name: x}
                return self.lazily([partial(self.test, p) for p in parts], False)

            return self.lazily([lambda: condition, rest], False)

        if isinstance(domain, Computed) and isinstance(domain.shape, SetShape):
            asks = [
                partial(self._exists_in_lane, g, parts, domain, part, i, outer)
                for part in domain.shape.parts
                for i in range(len(part.sizes))
            ]
            return self.lazily(asks, True)
        listed = self.listed(domain)
        if listed is not None:
            return self.lazily([partial(holds, x, condition) for x, condition in listed], True)
        result = self.fresh("b")
        self.line(f"{result.text} = 0")

        def visit(x: Val) -> None:
            found = holds(x, TRUE)
            with self.when(found):
                self.line(f"{result.text} = 1")
                self.line("break")

        self.loop(domain, visit)
        return result

    def _exists_in_lane(
        self,
        g: n.Generator,
        parts: list[n.Expr],
        domain: Computed,
        part: SetPart,
        lane_number: int,
        outer: Env,
    ) -> Term:
        """Whether some element in one lane of a set makes all parts true: first by a mask, as far
        as each element by itself decides it, then by looking at the elements that are left."""
        lane = domain.lanes[part.first + lane_number]
        scan, element = self.scanned(part, lane_number)
        elements = scan.domain
        self.env = {**outer, g.name: element}
        alive, left = self.separated(parts, scan)
        masks = self.masks_of(alive, scan)
        mask = self.numbers(masks.table, masks.scans)
        if mask == Const(0):
            return FALSE
        lane, left = self.sifted(lane, left, element, part, lane_number)
        if lane == Const(0):
            return FALSE
        if not left:
            return t.nonzero(t.band(lane, mask))
        possible = _union(masks)
        narrowed: list[tuple[n.Expr, Env]] = [
            (e, {x: _narrowed(v, scan, possible) for x, v in env.items()}) for e, env in left
        ]
        left = narrowed
        if isinstance(mask, Const) and mask.value.bit_count() <= UNROLLED:
            asks = [
                partial(self._holds_for, elements[i], i, lane, g, part, left, scan)
                for i in range(len(elements))
                if mask.value >> i & 1
            ]
            return self.lazily(asks, True)
        result = self.fresh("b")
        self.line(f"{result.text} = 0")

        def visit() -> None:
            found = self.lazily([partial(self._test_in, e, env) for e, env in left], False)
            with self.when(found):
                self.line(f"{result.text} = 1")
                self.line("break")

        self.scan(t.band(lane, mask), scan, visit)
        return result

    def sifted(
        self,
        lane: Term,
        left: list[tuple[n.Expr, Env]],
        element: Known,
        part: SetPart,
        number: int,
    ) -> tuple[Term, list[tuple[n.Expr, Env]]]:
        """The elements of a lane for which those parts hold that ask whether the element is in
        another set of the same shape; and the parts that are left."""
        rest: list[tuple[n.Expr, Env]] = []
        for e, env in left:
            asked = e.of if isinstance(e, n.Not) else e
            other = None
            if not any(can_fail(x) for x, _ in rest) and isinstance(asked, n.In):
                other = self._lane_like(asked, env, element, part, number)
            if other is None:
                rest.append((e, env))
                continue
            common = t.band(lane, other)
            lane = t.subtract(lane, common) if isinstance(e, n.Not) else common
        return self.named(lane), rest

    def _lane_like(
        self, asked: n.In, env: Env, element: Known, part: SetPart, number: int
    ) -> Term | None:
        """The lane of a field in which the element of a scan is looked for at its own place."""
        if not isinstance(asked.of, n.Var) or env.get(asked.of.name) is not element:
            return None
        match asked.collection:
            case n.Field(name=name):
                held = self.fields.get(name)
            case n.After(name=name):
                held = self.after.get(name)
            case _:
                return None
        if not isinstance(held, Computed):
            return None
        if isinstance(held.shape, SplitShape):
            held = dict(self.pieces(held)).get(cast("RecordSort", part.element.sort))
        if held is None or not isinstance(held.shape, SetShape) or len(held.shape.parts) != 1:
            return None
        other = held.shape.parts[0]
        if (other.domain, other.sizes) != (part.domain, part.sizes):
            return None
        return held.lanes[other.first + number]

    def _holds_for(
        self,
        x: object,
        bit: int,
        lane: Term,
        g: n.Generator,
        part: SetPart,
        left: list[tuple[n.Expr, Env]],
        scan: Scan,
    ) -> Term:
        """The parts that are left, for one element of a lane, which may not be there."""
        asks: list[Callable[[], Term]] = [lambda: t.bit(lane, bit)]
        for e, env in left:
            here = {name: _at_place(v, scan, bit) for name, v in env.items()}
            here[g.name] = Known(part.element.sort, (x,))
            asks.append(partial(self._test_in, e, here))
        return self.lazily(asks, False)

    def _test_in(self, e: n.Expr, env: Env) -> Term:
        before = self.env
        self.env = env
        try:
            return self.test(e)
        finally:
            self.env = before

    def separated(self, parts: list[n.Expr], scan: Scan) -> tuple[Known, list[tuple[n.Expr, Env]]]:
        """Which elements satisfy the parts that are known beforehand, and the parts that are left.

        A part that stands behind one that can fail is left as well, so that the failure is seen.
        """
        alive = Known(BOOL, (True,) * len(scan.domain), (scan,))
        left: list[tuple[n.Expr, Env]] = []
        for e, env in self.conjuncts(parts):
            if not any(can_fail(x) for x, _ in left):
                narrowed = self._narrow(alive, e, env)
                if narrowed is not None:
                    alive = narrowed
                    continue
            left.append((e, env))
        return alive, left

    def _narrow(self, alive: Known, e: n.Expr, env: Env) -> Known | None:
        """``alive`` and ``e``; None if it is not known beforehand."""
        free = self.static.free(e)
        if free is None:
            return None
        values: dict[str, Known] = {}
        for x in free:
            v = env[x]
            if not isinstance(v, Known):
                return None
            values[x] = v
        scans = scans_of((alive, *values.values()))
        size = 1
        for s in scans:
            size *= len(s.domain)
        if size > 1 << 14:
            return None

        def value(places: dict[Scan, int]) -> bool:
            if not alive.at(places):
                return False
            here = {x: v.at(places) for x, v in values.items()}
            return bool(self.static.remembered(e, here))

        try:
            return Known(BOOL, tuple(value(p) for p in places_of(scans)), scans)
        except Mistake:
            return None

    def conjuncts(self, parts: Iterable[n.Expr]) -> Iterator[tuple[n.Expr, Env]]:
        """What must hold, piece by piece, each with the meaning of its names."""
        work: list[tuple[n.Expr, Env]] = [(e, self.env) for e in parts][::-1]
        while work:
            e, env = work.pop()
            match e:
                case n.And():
                    work.extend((p, env) for p in reversed(e.parts))
                case n.Not(of=n.Not(of=inner)):
                    work.append((inner, env))
                case n.Not(of=n.Or(parts=inner_parts)):
                    work.extend((n.Not(p, span=p.span), env) for p in reversed(inner_parts))
                case n.Not(of=n.Implies(left=left, right=right)):
                    work.append((n.Not(right, span=right.span), env))
                    work.append((left, env))
                case n.Not(of=n.Bind() as bind):
                    body = n.Not(bind.body, span=bind.body.span)
                    work.append((replace(bind, body=body, sort=BOOL), env))
                case n.Bind():
                    before = self.env
                    self.env = env
                    value = self.beforehand(e.value)
                    self.env = before
                    if value is not None:
                        work.append((e.body, {**env, e.name: value}))
                    else:
                        yield e, env
                case _:
                    yield e, env

    def masks_of(self, alive: Known, scan: Scan) -> Known:
        """For each place of the other loops, the mask of the elements that are alive."""
        others = tuple(s for s in alive.scans if s is not scan)

        def mask(places: dict[Scan, int]) -> int:
            here = dict(places)
            made = 0
            for i in range(len(scan.domain)):
                here[scan] = i
                made |= bool(alive.at(here)) << i
            return made

        return known(INT, others, mask)

    # ------------------------------------------------------------------------------ domains
    def domain(self, e: n.Expr) -> Val | n.Range:
        """A finite domain: a value, or a range between ints. A set of several classes stays one."""
        match e:
            case n.Range():
                found = self.beforehand(e)
                return e if found is None or found.scans else found
            case _:
                v = self.value(e)
                if isinstance(v.sort, SubsetSort):
                    if isinstance(v, Known):
                        members = self.codec.members(v.sort)
                        return Known(
                            SetSort(v.sort.of),
                            tuple(frozenset(members[i]) for i in v.table),
                            v.scans,
                        )
                    return self.members_of(v)
                if isinstance(v, Optional | Product | Entries):
                    raise InternalError(f"{v.sort} is no domain")
                return v

    def listed(self, domain: Val | n.Range) -> list[tuple[Val, Term]] | None:
        """The possible elements of a domain, each with the condition that it is one; None if they
        are too many to be written out."""
        match domain:
            case n.Range():
                return self._listed_range(domain)
            case Known():
                assert isinstance(domain.sort, SetSort | BagSort | SeqSort)
                return self._listed_known(domain, domain.sort.of)
            case Display() if isinstance(domain.sort, SeqSort):
                return [(x, TRUE) for x in domain.items]
            case Display():
                return self.listed(self.in_lanes(domain))
            case Computed(SeqShape() as shape):
                return [
                    (self.item(domain, Const(i)), t.less(Const(i), domain.lanes[0]))
                    for i in range(shape.room)
                ]
            case Computed(SetShape() as shape) if len(written_out(domain, shape)) <= UNROLLED * 4:
                return written_out(domain, shape)
            case Computed(SplitShape()):
                found: list[tuple[Val, Term]] = []
                for _, piece in self.pieces(domain):
                    listed = self.listed(piece)
                    if listed is None:
                        return None
                    found += listed
                return found
            case _:
                pass
        return None

    def _listed_known(self, domain: Known, element: Sort) -> list[tuple[Val, Term]]:
        rows = [
            tuple(x for x, _ in row) if isinstance(domain.sort, BagSort) else tuple(row)
            for row in domain.table
        ]
        if isinstance(domain.sort, SeqSort):
            if domain.scans:
                raise self.unsupported("a sequence that depends on what is looped over")
            return [(Known(element, (x,)), TRUE) for x in rows[0]]
        made: list[tuple[Val, Term]] = []
        for x in in_order(frozenset(x for row in rows for x in row)):
            here = self.numbers([int(x in row) for row in rows], domain.scans)
            made.append((Known(element, (x,)), here))
        return made

    def _listed_range(self, domain: n.Range) -> list[tuple[Val, Term]] | None:
        low, high = self.value(domain.low), self.value(domain.high)
        (a, _), (_, d) = self.interval(low), self.interval(high)
        if d - a > LONGEST_RANGE:
            return None
        x, y = self.named(self.term(low)), self.named(self.term(high))
        made: list[tuple[Val, Term]] = []
        for i in range(a, d):
            condition = t.both((t.less_equal(x, Const(i)), t.less(Const(i), y)))
            if condition != FALSE:
                made.append((Known(INT, (i,)), condition))
        return made

    def scan(self, word: Term, scan: Scan, visit: Callable[[], None]) -> None:
        """A loop over the bits that are set."""
        left = self.fresh("x")
        self.line(f"{left.text} = {t.show(word)}")
        with self.under(f"while {left.text}:"), self.repeated(len(scan.domain)):
            self.line(f"{scan.index.text} = ctz({left.text})")
            self.line(f"{left.text} = {left.text} & ({left.text} - 1)")
            visit()

    def loop(self, domain: Val | n.Range, visit: Callable[[Val], None]) -> None:
        """A loop over the elements of a domain, which may be left by ``break``.

        Over a set in bits it is several loops, one after the other.
        """
        match domain:
            case n.Range():
                low, high = self.value(domain.low), self.value(domain.high)
                (a, _), (_, d) = self.interval(low), self.interval(high)
                i, end = self.fresh("i"), self.named(self.term(high))
                self.line(f"{i.text} = {t.show(t.subtract(self.term(low), Const(1)))}")
                with self.under(f"while {i.text} + 1 < {t.show(end)}:"), self.repeated(d - a):
                    self.line(f"{i.text} = {i.text} + 1")
                    visit(Computed(IntShape(min(0, a), max(0, d)), (i,)))
            case Computed(SetShape() as shape):
                for part in shape.parts:
                    for k in range(len(part.sizes)):
                        scan, element = self.scanned(part, k)
                        self.scan(domain.lanes[part.first + k], scan, partial(visit, element))
            case Computed(ListShape() as shape):
                at = self.program.scratch(shape.room + 1)
                for number, lane in enumerate(domain.lanes):
                    self.line(f"sto(tmp, {at + number}, {t.show(lane)})")
                self.line(f"sto(tmp, {at + shape.room}, 0)")
                place, code = self.fresh("k").text, self.fresh("c")
                self.line(f"{code.text} = 0")
                self.line(f"{place} = {at}")
                with self.under(f"while ld(tmp, {place}):"), self.repeated(shape.room):
                    new = self.fresh("c")
                    self.line(f"{new.text} = ld(tmp, {place})")
                    self.line(f"{place} = {place} + 1")
                    if isinstance(shape.sort, BagSort):
                        self.lines += [f"if {new.text} == {code.text}:", ["continue"]]
                        self.line(f"{code.text} = {new.text}")
                    visit(self.decoded(shape.of, new))
            case Display():
                self.loop(self.in_lanes(domain), visit)
            case _:
                raise InternalError("a domain that cannot be looped over")

    def each(
        self, generators: tuple[n.Generator, ...], body: n.Expr, visit: Callable[[Val], None]
    ) -> None:
        """Write ``visit`` for every binding of the generators, below its conditions."""
        if not generators:
            visit(self.value(body))
            return
        first, *rest = generators
        domain = self.domain(first.domain)
        if isinstance(domain, Computed) and isinstance(domain.shape, SplitShape):
            for _, piece in self.pieces(domain):
                self._each_among(first, tuple(rest), body, visit, piece)
        else:
            self._each_among(first, tuple(rest), body, visit, domain)

    def _each_among(
        self,
        first: n.Generator,
        rest: tuple[n.Generator, ...],
        body: n.Expr,
        visit: Callable[[Val], None],
        domain: Val | n.Range,
    ) -> None:
        outer = self.env
        if isinstance(domain, Computed) and isinstance(domain.shape, SetShape):
            for part in domain.shape.parts:
                for k in range(len(part.sizes)):
                    self._each_in_lane(first, tuple(rest), body, visit, domain, part, k, outer)
            self.env = outer
            return

        def inner(x: Val, condition: Term) -> None:
            self.env = {**outer, first.name: x}
            with self.when(condition):
                if condition == FALSE:
                    return
                if first.where is None:
                    self.each(tuple(rest), body, visit)
                else:
                    where = self.test(first.where)
                    if where != FALSE:
                        with self.when(where):
                            self.each(tuple(rest), body, visit)

        listed = self.listed(domain)
        if listed is not None:
            for x, condition in listed:
                if condition != FALSE:
                    inner(x, condition)
        else:
            self.loop(domain, lambda x: inner(x, TRUE))
        self.env = outer

    def _each_in_lane(
        self,
        g: n.Generator,
        rest: tuple[n.Generator, ...],
        body: n.Expr,
        visit: Callable[[Val], None],
        domain: Computed,
        part: SetPart,
        number: int,
        outer: Env,
    ) -> None:
        """The same for the elements in one lane of a set: those that are ruled out beforehand are
        not looked at."""
        lane = domain.lanes[part.first + number]
        scan, element = self.scanned(part, number)
        self.env = {**outer, g.name: element}
        alive, left = self.separated([] if g.where is None else [g.where], scan)
        masks = self.masks_of(alive, scan)
        mask = self.numbers(masks.table, masks.scans)
        possible = _union(masks)
        if not possible:
            return
        here = {x: _narrowed(v, scan, possible) for x, v in self.env.items()}

        def one() -> None:
            asks = [
                partial(self._test_in, e, {x: _narrowed(v, scan, possible) for x, v in env.items()})
                for e, env in left
            ]
            with self.when(self.lazily(asks, False)):
                self.env = here
                self.each(rest, body, visit)

        if isinstance(mask, Const) and possible.bit_count() <= UNROLLED and not left:
            for i in range(len(scan.domain)):
                if possible >> i & 1:
                    with self.when(t.bit(lane, i)):
                        self.env = {x: _at_place(v, scan, i) for x, v in here.items()}
                        self.each(rest, body, visit)
        else:
            self.scan(t.band(lane, mask), scan, one)

    def scanned(self, part: SetPart, number: int) -> tuple[Scan, Known]:
        """A loop over one lane of a set, and the element it is at."""
        start = sum(part.sizes[:number])
        elements = part.domain[start : start + part.sizes[number]]
        scan = Scan(self.fresh("i"), elements)
        return scan, known(part.element.sort, (scan,), lambda places: elements[places[scan]])

    def total(self, e: n.Fold) -> Val:
        sum_ = self.fresh("n")
        self.line(f"{sum_.text} = 0")
        low = high = 0

        def visit(v: Val) -> None:
            nonlocal low, high
            a, b = self.interval(v)
            low, high = low + min(0, a) * self.repeats, high + max(0, b) * self.repeats
            self.line(f"{sum_.text} = {t.show(t.add(sum_, self.term(v)))}")

        before, self.repeats = self.repeats, 1
        self.each(e.generators, e.body, visit)
        self.repeats = before
        return self.integer(sum_, low, high)

    def extreme(self, e: n.Fold) -> Val:
        """The least or greatest of some values. None among them is a mistake, as in Python, as soon
        as it is compared."""
        found, best, some = self.fresh("b"), self.fresh("n"), self.fresh("b")
        for name in (found, best, some):
            self.line(f"{name.text} = 0")
        ends: list[int] = []
        optional = isinstance(e.body.sort, OptionSort)
        of = e.sort.of if isinstance(e.sort, OptionSort) else e.sort

        def visit(v: Val) -> None:
            present, value = self.option(v) if optional else (TRUE, v)
            if value is not None:
                ends.extend(self.interval(value))
            x = self.named(self.term(value), 1) if value is not None else Const(0)
            present = self.named(present)
            compared = t.both((present, some)) if optional else TRUE
            facts = self.facts
            self.need(t.either((t.negation(found), compared)))
            self.facts = facts  # true of these variables now, and not the next time
            ahead = t.less(x, best) if e.op is n.Op.MIN else t.less(best, x)
            with self.when(t.either((t.negation(found), ahead))):
                self.line(f"{best.text} = {t.show(x)}")
                self.line(f"{some.text} = {t.show(present)}")
                self.line(f"{found.text} = 1")

        self.each(e.generators, e.body, visit)
        if e.default is None:
            self.need(found)
            default: Val | None = None
        else:
            default = self.value(e.default)
        if of == INT:
            value: Val = self.integer(best, min(ends, default=0), max(ends, default=0))
        else:
            value = Computed(self.natural(of), (best,))
        if optional:
            assert isinstance(e.body.sort, OptionSort)
            value = Optional(e.body.sort, some, value)
        return value if default is None else self.chosen(found, value, default)

    def collected(self, e: n.Fold) -> Val:
        """A set comprehension."""
        assert isinstance(e.sort, SetSort)
        filtered = self.filtered(e)
        if filtered is not None:
            return filtered
        carried = self.carried(e)
        if carried is not None:
            return carried
        shape = self.layout.set_shape(e.sort, "temporary")
        if isinstance(shape, SplitShape):
            shape = replace(shape, parts=tuple(self.roomy(p, e.generators) for p in shape.parts))
        else:
            shape = self.roomy(shape, e.generators)
        names = tuple(self.fresh("a") for _ in shape.lanes)
        for name in names:
            self.line(f"{name.text} = 0")
        current = Computed(shape, names)

        def visit(v: Val) -> None:
            grown = self.with_element(current, v)
            pairs = zip(names, grown.lanes, strict=True)
            changed = [(name, new) for name, new in pairs if new != name]
            if len(changed) > 1:  # a new lane may depend on several old ones
                changed = [(name, self.assigned(new)) for name, new in changed]
            for name, new in changed:
                self.line(f"{name.text} = {t.show(new)}")

        self.each(e.generators, e.body, visit)
        return current

    def roomy(
        self, shape: SetShape | ListShape, generators: tuple[n.Generator, ...]
    ) -> SetShape | ListShape:
        """A list with room for one element for each binding, if the bindings are few."""
        if isinstance(shape, SetShape):
            return shape
        bindings = 1
        for g in generators:
            if not isinstance(g.domain, n.All):
                return shape
            bindings *= self.codec.size(g.domain.of)
        return (
            replace(shape, room=bindings, place="bindings")
            if bindings <= LARGEST_WRITTEN_OUT
            else shape
        )

    def filtered(self, e: n.Fold) -> Val | None:
        """The elements of a set that satisfy a condition which is known beforehand: one mask."""
        (first, *rest) = e.generators
        if rest or not isinstance(e.body, n.Var) or e.body.name != first.name:
            return None
        domain = self.domain(first.domain)
        if not isinstance(domain, Computed):
            return None
        if isinstance(domain.shape, SplitShape):
            pieces = [self.filtered_piece(first, piece) for _, piece in self.pieces(domain)]
            kept = [p for p in pieces if p is not None]
            return self.glued(domain.shape, kept) if len(kept) == len(pieces) else None
        return self.filtered_piece(first, domain)

    def filtered_piece(self, first: n.Generator, domain: Computed) -> Computed | None:
        if not isinstance(domain.shape, SetShape):
            return None
        if first.where is None:
            return domain
        outer = self.env
        lanes = list(domain.lanes)
        try:
            for part in domain.shape.parts:
                for k, size in enumerate(part.sizes):
                    start = sum(part.sizes[:k])
                    elements = part.domain[start : start + size]
                    scan = Scan(Name("?"), elements)
                    self.env = {**outer, first.name: Known(part.element.sort, elements, (scan,))}
                    alive, left = self.separated([first.where], scan)
                    if left:
                        return None
                    masks = self.masks_of(alive, scan)
                    mask = self.numbers(masks.table, masks.scans)
                    lanes[part.first + k] = t.band(lanes[part.first + k], mask)
        finally:
            self.env = outer
        return Computed(domain.shape, tuple(lanes))

    def carried(self, e: n.Fold) -> Val | None:
        """One value made of each element of a set by itself: bits that are carried over."""
        assert isinstance(e.sort, SetSort)
        (first, *rest) = e.generators
        free = self.static.free(e.body)
        shape = self.layout.set_shape(e.sort, "temporary")
        if rest or free is None or not isinstance(shape, SetShape):
            return None
        used = {x: self.env[x] for x in free - {first.name}}
        known_of = {x: v.value for x, v in used.items() if isinstance(v, Known) and v.constant}
        if len(known_of) < len(used):
            return None
        domain = self.domain(first.domain)
        if not isinstance(domain, Computed):
            return None
        pieces = (
            dict(self.pieces(domain)).values()
            if isinstance(domain.shape, SplitShape)
            else (domain,)
        )
        moved: dict[tuple[Term, int, int], int] = {}
        for piece in pieces:
            if not isinstance(piece.shape, SetShape):
                return None
            for part in piece.shape.parts:
                for k in range(len(part.sizes)):
                    found = self._carried_in_lane(e, part, k, shape, known_of)
                    if found is None:
                        return None
                    for (target, by), mask in found.items():
                        moved[piece.lanes[part.first + k], target, by] = mask
        if len(moved) > MOST_CARRIED:
            return None
        lanes: list[Term] = [Const(0)] * len(shape.lanes)
        for (lane, target, by), mask in moved.items():
            bits = t.band(lane, Const(mask))
            bits = t.shift_left(bits, Const(by)) if by >= 0 else t.shift_right(bits, Const(-by))
            lanes[target] = t.bor(lanes[target], bits)
        return Computed(shape, tuple(map(self.named, lanes)))

    def _carried_in_lane(
        self,
        e: n.Fold,
        part: SetPart,
        number: int,
        shape: SetShape,
        known_of: Mapping[str, object],
    ) -> dict[tuple[int, int], int] | None:
        """Which bits of a lane go to which lane of the new set, and how far to the left; None if
        that depends on the state."""
        (first,) = e.generators
        scan, element = self.scanned(part, number)
        outer = self.env
        self.env = {**outer, first.name: element}
        try:
            alive, left = self.separated([] if first.where is None else [first.where], scan)
        finally:
            self.env = outer
        masks = self.masks_of(alive, scan)
        if left or masks.scans:
            return None
        found: dict[tuple[int, int], int] = {}
        for i, x in enumerate(scan.domain):
            if not masks.value >> i & 1:
                continue
            try:
                made = self.static.remembered(e.body, {**known_of, first.name: x})
                target, bit = seat_of(shape, made)
            except (Mistake, OutOfBounds):
                return None
            found[target, bit - i] = found.get((target, bit - i), 0) | 1 << i
        return found

    def collect_sequence(self, e: n.Fold, shape: SeqShape) -> Val:
        """A comprehension that makes a sequence, in the order of the generators."""
        length, data = self.fresh("n"), self.fresh("a")
        self.line(f"{length.text} = 0")
        self.line(f"{data.text} = 0")

        def visit(v: Val) -> None:
            facts = self.facts
            self.need_bound("room", shape.place, t.less(length, Const(shape.room)))
            self.facts = facts  # true of the length now, and not the next time
            code = self.code(self.fitted(v, shape.of))
            at = t.multiply(length, Const(shape.element_bits))
            self.line(f"{data.text} = {t.show(t.bor(data, t.shift_left(code, at)))}")
            self.line(f"{length.text} = {length.text} + 1")

        self.each(e.generators, e.body, visit)
        return Computed(shape, (length, data))


class Action(Body):
    """A function that writes the successors of a state by one action."""

    def __init__(self, lowering: Lowering, action: n.Action) -> None:
        super().__init__(lowering)
        self.action = action
        self.successors = 0
        self.loaded_fields: Fields = {}
        self.assigned_at: dict[str, Span] = {}

    def write(self) -> None:
        """All instances, one after the other, each beginning at the same state."""
        start = self.loaded_fields = dict(self.fields)
        parameters = [p for p in self.action.parameters if not p.drawn]
        domains = [self.codec.values(p.sort) for p in parameters]
        for chosen in itertools.product(*domains):
            self.fields = dict(start)
            self.env = {
                p.name: Known(p.sort, (x,)) for p, x in zip(parameters, chosen, strict=True)
            }
            facts = self.facts
            self.instance()
            self.facts = facts

    def instance(self) -> None:
        """Write the action for the parameters that are chosen."""
        self.run(self.action.body, self.emit)

    def run(self, body: tuple[n.Stmt, ...], done: Callable[[], None]) -> None:
        """Write the statements; ``done`` writes what comes after them."""
        if not body:
            done()
            return
        s, rest = body[0], body[1:]
        self.span = s.span
        match s:
            case n.Require():
                condition = self.test(s.condition)
                if condition != FALSE:
                    with self.when(condition):
                        self.run(rest, done)
            case n.Choose():
                self.choose(s, rest, done)
            case n.Let():
                value = self.named_value(self.value(s.value))
                self.env = {**self.env, s.name: value}
                self.run(rest, done)
            case n.Assign():
                self.fields = {**self.fields, s.field: self.stored(s.field, self.value(s.value))}
                self.assigned_at[s.field] = s.span
                self.run(rest, done)
            case n.Branch():
                self.branch(s, rest, done)
            case n.Loop():
                self.unrolled(s, rest, done)
            case n.Perform() | n.Return():
                raise InternalError(f"{s.span}: a statement that was to be expanded")
            case _:
                assert_never(s)

    def stored(self, name: str, v: Val) -> Val:
        """A value as a field keeps it."""
        shape = self.layout.fields[name]
        return self._stored(shape, v, self.fields.get(name))

    def _stored(self, shape: Shape, v: Val, old: Val | None) -> Val:
        if isinstance(shape, MapShape):
            entries = self.entries(v)
            before = self.entries(old) if old is not None else (None,) * shape.keys
            pairs = zip(entries, before, strict=True)
            return Entries(shape.sort, tuple(self._stored(shape.of, x, y) for x, y in pairs))
        if v is old:
            return v
        made = self.fitted(v, shape)
        return self.named_value(made)

    # ------------------------------------------------------------------------- statements
    def choose(self, s: n.Choose, rest: tuple[n.Stmt, ...], done: Callable[[], None]) -> None:
        """One step for each element of the domain that is of the parameter's sort."""
        domain = self.domain(s.domain)
        outer_env, outer_fields = self.env, self.fields

        def take(x: Val) -> None:
            self.env, self.fields = {**outer_env, s.name: x}, outer_fields
            self.run(rest, done)
            self.env, self.fields = outer_env, outer_fields

        if isinstance(domain, Computed) and isinstance(domain.shape, SplitShape):
            wanted = s.sort.records if isinstance(s.sort, UnionSort) else (s.sort,)
            for record, piece in self.pieces(domain):
                if record in wanted:
                    self.choose_among(s, rest, piece, take)
        else:
            self.choose_among(s, rest, domain, take)

    def choose_among(
        self,
        s: n.Choose,
        rest: tuple[n.Stmt, ...],
        domain: Val | n.Range,
        take: Callable[[Val], None],
    ) -> None:
        if isinstance(domain, Computed) and isinstance(domain.shape, SetShape):
            for part in domain.shape.parts:
                for k in range(len(part.sizes)):
                    self.choose_in_lane(s, rest, domain, part, k, take)
            return
        listed = self.listed_choice(domain)
        if listed is not None:
            for x, condition in listed:
                is_it = self.is_of(x, s.sort)
                facts = self.facts
                with self.when(t.both((condition, is_it))):
                    if t.both((condition, is_it)) != FALSE:
                        take(self.as_sort(x, s.sort))
                self.facts = facts
            return

        def visit(x: Val) -> None:
            is_it = self.is_of(x, s.sort)
            if is_it != FALSE:
                with self.when(is_it):
                    take(self.as_sort(x, s.sort))

        self.loop(domain, visit)

    def choose_in_lane(
        self,
        s: n.Choose,
        rest: tuple[n.Stmt, ...],
        domain: Computed,
        part: SetPart,
        number: int,
        take: Callable[[Val], None],
    ) -> None:
        """A choice among the elements in one lane of a set.

        If they are many there is a loop for each combination of what serves as keys of maps: it is
        then known which entries of the state are meant.
        """
        lane = domain.lanes[part.first + number]
        scan, _ = self.scanned(part, number)
        facts = self.facts
        if len(scan.domain) <= LARGEST_WRITTEN_OUT:
            for i, x in enumerate(scan.domain):
                with self.when(t.bit(lane, i)):
                    take(Known(part.element.sort, (x,)))
                self.facts = facts
            return
        for mask in self.groups(s, rest, part, scan):
            scan = Scan(self.fresh("i"), scan.domain)
            inside = known(
                part.element.sort,
                (scan,),
                partial(_element_at, scan),
            )
            visit = partial(take, _narrowed(inside, scan, mask))
            self.scan(t.band(lane, Const(mask)), scan, visit)
            self.facts = facts

    def groups(self, s: n.Choose, rest: tuple[n.Stmt, ...], part: SetPart, scan: Scan) -> list[int]:
        """The elements of a lane, apart by the fields that the statements use as keys of maps."""
        record = part.element.sort
        if not isinstance(record, RecordSort):
            return [(1 << len(scan.domain)) - 1]
        keys = keys_used(s.name, rest)
        numbers = [i + 1 for i, (name, _) in enumerate(record.fields) if name in keys]
        found: dict[tuple[object, ...], int] = {}
        for i, x in enumerate(scan.domain):
            key = tuple(x[k] for k in numbers)
            found[key] = found.get(key, 0) | 1 << i
        if len(found) > LARGEST_WRITTEN_OUT:
            return [(1 << len(scan.domain)) - 1]
        return list(found.values())

    def listed_choice(self, domain: Val | n.Range) -> list[tuple[Val, Term]] | None:
        """The elements to choose from, written out, each of them once."""
        if isinstance(domain, Computed) and isinstance(domain.shape, SetShape):
            return written_out(domain, domain.shape)
        listed = self.listed(domain)
        if listed is None or isinstance(domain, n.Range) or not isinstance(domain.sort, SeqSort):
            return listed
        once: list[tuple[Val, Term]] = []
        for x, condition in listed:
            new = [t.negation(t.both((c, self.equal(x, y)))) for y, c in once]
            once.append((x, t.both((condition, *new))))
        return once

    def is_of(self, x: Val, sort: Sort) -> Term:
        """Whether an element is of the parameter's sort."""
        match sort:
            case RecordSort():
                return self.is_record(x, sort)
            case UnionSort():
                return t.either(self.is_record(x, r) for r in sort.records)
            case _:
                return TRUE

    def as_sort(self, x: Val, sort: Sort) -> Val:
        return self.as_record(x, sort) if isinstance(sort, RecordSort) else x

    def branch(self, s: n.Branch, rest: tuple[n.Stmt, ...], done: Callable[[], None]) -> None:
        test = self.test(s.test)
        if isinstance(test, Const):
            self.run((*(s.then if test.value else s.orelse), *rest), done)
            return
        self.forked(
            self.assigned(test, "b") if t.size_of(test) > 3 else test,
            partial(self.run, s.then),
            partial(self.run, s.orelse),
            _may_block(s),
            lambda: self.run(rest, done),
        )

    def forked(
        self,
        test: Term,
        then: Callable[[Callable[[], None]], None],
        orelse: Callable[[Callable[[], None]], None],
        may_block: bool,
        after: Callable[[], None],
    ) -> None:
        """Two ways, and what they have in common afterwards: what either has changed is chosen."""
        start_env, start_fields = self.env, self.fields
        ends: list[tuple[Env, Fields] | None] = []
        blocks: list[Lines] = []
        going = self.fresh("b") if may_block else None
        for way, fact in ((then, test), (orelse, t.negation(test))):
            reached: list[tuple[Env, Fields]] = []

            def arrive(reached: list[tuple[Env, Fields]] = reached) -> None:
                reached.append((self.env, self.fields))
                if going is not None:
                    self.line(f"{going.text} = 1")

            self.env, self.fields = start_env, start_fields
            lines, _ = self.apart(partial(way, arrive), fact)
            if len(reached) > 1:
                raise self.unsupported("a choice inside a branch")
            ends.append(reached[0] if reached else None)
            blocks.append(lines)
        if going is not None:
            self.line(f"{going.text} = 0")
        then_lines, else_lines = blocks
        if then_lines:
            self.lines += [f"if {t.show(test)}:", then_lines]
            if else_lines:
                self.lines += ["else:", else_lines]
        elif else_lines:
            self.lines += [f"if {t.show(t.negation(test))}:", else_lines]
        first, second = ends
        if first is None and second is None:
            return
        if first is None or second is None:
            one = first if first is not None else second
            assert one is not None
            self.env, self.fields = one
        else:
            self.fields = {
                name: self.merged(test, first[1][name], second[1][name]) for name in start_fields
            }
            names = first[0].keys() & second[0].keys()
            self.env = {x: self.merged(test, first[0][x], second[0][x]) for x in names}
        if going is not None:
            with self.when(going):
                after()
        else:
            after()

    def merged(self, test: Term, a: Val, b: Val) -> Val:
        """The one or the other. A large choice gets a name: what follows may be written in both
        ways of the next fork, and a text that is doubled at each fork has no end."""
        return a if a is b or a == b else self.named_value(self.chosen(test, a, b), MERGED)

    def unrolled(self, s: n.Loop, rest: tuple[n.Stmt, ...], done: Callable[[], None]) -> None:
        """The body once for each possible element, behind the question whether it is one."""
        listed = self.listed_loop(self.domain(s.domain))
        hidden = self.env.get(s.name)

        def step(number: int) -> None:
            if number == len(listed):
                env = {x: v for x, v in self.env.items() if x != s.name}
                self.env = env if hidden is None else {**env, s.name: hidden}
                self.run(rest, done)
                return
            x, condition = listed[number]

            def body(arrived: Callable[[], None]) -> None:
                self.env = {**self.env, s.name: x}
                self.run(s.body, arrived)

            if condition == TRUE:
                body(lambda: step(number + 1))
            elif condition == FALSE:
                step(number + 1)
            else:
                blocks = any(isinstance(y, n.Require) for y in walk.statements_in(s.body))
                self.forked(condition, body, _skip, blocks, lambda: step(number + 1))

        step(0)

    def listed_loop(self, domain: Val | n.Range) -> list[tuple[Val, Term]]:
        if isinstance(domain, Computed) and isinstance(domain.shape, SplitShape):
            return [x for _, piece in self.pieces(domain) for x in self.listed_loop(piece)]
        if isinstance(domain, Computed) and isinstance(domain.shape, SetShape):
            found = self.listed_choice(domain)
            assert found is not None
            return found
        if isinstance(domain, Computed) and isinstance(domain.shape, ListShape):
            shape = domain.shape
            made: list[tuple[Val, Term]] = []
            above: Term = Const(0)
            for lane in domain.lanes:
                code = self.assigned(lane)
                made.append(
                    (
                        self.decoded(shape.of, code),
                        t.both((t.nonzero(code), t.negation(t.equal(code, above)))),
                    )
                )
                above = code
            return made
        listed = self.listed(domain)
        if listed is None:
            raise self.unsupported("a loop over so many ints")
        return listed

    def emit(self) -> None:
        """Write the successor."""
        for i, word in enumerate(self.successor(self.changed())):
            place_of = f"o + {i}" if i else "o"
            self.line(f"sto(out, {place_of}, {t.show(word)})")
        self.line(f"o = o + {self.layout.words}")
        self.successors += self.repeats

    def changed(self) -> list[Change]:
        """What has been assigned, word by word: all bits that may have changed."""
        layout = self.layout
        changes: list[Change] = []
        for name, shape in layout.fields.items():
            made = self.fitted(self.fields[name], shape)
            if self.program.checked and self.fields[name] != self.loaded_fields[name]:
                self.span = self.assigned_at.get(name, self.action.span)
                self.keep(made)
            for place, x in zip(layout.places[name], made.lanes, strict=True):
                old: Term = t.Bits(Name(f"w{place.word}"), place.offset, place.lane.width)
                if place.lane.width == 0 or x == t.add(old, Const(place.lane.low)):
                    continue
                bits = t.subtract(x, Const(place.lane.low)) if place.lane.low else x
                match bits:
                    case t.Op("|", (t.Bits(word, at, _), Const(new))) if (
                        word == Name(f"w{place.word}") and at == place.offset
                    ):
                        changes.append(Change(place.word, new << at, at, Const(new), True))
                    case _:
                        mask = ((1 << place.lane.width) - 1) << place.offset
                        changes.append(Change(place.word, mask, place.offset, bits))
        return changes

    def successor(self, changes: list[Change]) -> list[Term]:
        """The words of the successor."""
        words: list[Term] = [Name(f"w{i}") for i in range(self.layout.words)]
        for word in dict.fromkeys(c.word for c in changes):
            mine = [c for c in changes if c.word == word]
            cleared = 0
            added: Term = Const(0)
            for c in mine:
                cleared |= 0 if c.only_sets else c.mask
                added = t.bor(added, t.shift_left(c.bits, Const(c.offset)))
            kept = t.band(words[word], Const((1 << 63) - 1 ^ cleared)) if cleared else words[word]
            words[word] = t.bor(kept, added)
        return words


@dataclass(frozen=True)
class Change:
    """Bits of a word, those of ``mask``, that become ``bits`` (shifted to ``offset``). With
    ``only_sets`` all of them become 1, and were perhaps before."""

    word: int
    mask: int
    offset: int
    bits: Term
    only_sets: bool = False


class Arrival(Action):
    """A function that asks whether an action leads to a given state, whose words are ``v0``...

    Guards cost more than effects. So what an instance of the action leaves as it is, and what it
    sets to a constant, is compared before anything is computed, unless a mistake could be missed.
    """

    def __init__(self, lowering: Lowering, action: n.Action) -> None:
        super().__init__(lowering, action)
        self._kept: list[int] = []
        self._set: list[dict[int, int]] = []

    def instance(self) -> None:
        words = self.layout.words
        self._kept = [(1 << 63) - 1] * words  # bits that no way through the action changes
        self._set = []  # for each way, the bits that become constants
        lines, _ = self.apart(super().instance)
        if any(x.startswith("return ") and x != "return 1" for x in flat(lines)):
            self.lines += lines
            return
        if not self._set:
            return
        tests: list[Term] = []
        for k in range(words):
            before, after, kept = Name(f"w{k}"), Name(f"v{k}"), Const(self._kept[k])
            tests.append(t.equal(t.band(before, kept), t.band(after, kept)))
            for bit in range(63):
                found = {way.get(64 * k + bit) for way in self._set}
                if len(found) == 1 and None not in found:
                    (value,) = found
                    tests.append(t.tested(after, 1 << bit, (value or 0) << bit))
        with self.when(t.both(tests)):
            self.lines += lines

    def emit(self) -> None:
        changes = self.changed()
        constant: dict[int, int] = {}
        for c in changes:
            self._kept[c.word] &= ~c.mask
            if isinstance(c.bits, Const):
                value = c.bits.value << c.offset
                for bit in range(63):
                    if c.mask >> bit & 1:
                        constant[64 * c.word + bit] = value >> bit & 1
        self._set.append(constant)
        words = self.successor(changes)
        reached = t.both(t.equal(w, Name(f"v{i}")) for i, w in enumerate(words))
        with self.when(reached):
            self.line("return 1")


def flat(lines: Lines) -> Iterator[str]:
    """All lines, those of blocks too."""
    for x in lines:
        if isinstance(x, str):
            yield x
        else:
            yield from flat(x)


# ----------------------------------------------------------------------------------- helpers
def keys_used(name: str, body: Iterable[n.Stmt]) -> set[str]:
    """The fields of the record ``name`` by which the statements look into maps."""
    meaning: dict[str, n.Expr] = {}
    for s in walk.statements_in(body):
        if isinstance(s, n.Let):
            meaning.setdefault(s.name, s.value)
    for e in walk.everything_in(body):
        if isinstance(e, n.Bind):
            meaning.setdefault(e.name, e.value)

    def field(e: n.Expr, depth: int = 0) -> Iterator[str]:
        match e:
            case n.Attr(of=n.Var(name=x), name=attribute) if x == name:
                yield attribute
            case n.Var(name=x) if x in meaning and depth < 8:
                yield from field(meaning[x], depth + 1)
            case n.Item(of=n.Var(name=x), index=i) if x in meaning and depth < 8:
                value = meaning[x]
                if isinstance(value, n.Tuple):
                    yield from field(value.items[i], depth + 1)
            case n.Tuple():
                for item in e.items:
                    yield from field(item, depth + 1)
            case _:
                pass

    found: set[str] = set()
    for e in walk.everything_in(body):
        if isinstance(e, n.Get | n.Put):
            found.update(field(e.key))
    return found


def written_out(collection: Computed, shape: SetShape) -> list[tuple[Val, Term]]:
    """Every possible element of a set, with the bit that says whether it is one."""
    made: list[tuple[Val, Term]] = []
    for part in shape.parts:
        for i, x in enumerate(part.domain):
            lane, bit = part.seat(i)
            made.append((Known(part.element.sort, (x,)), t.bit(collection.lanes[lane], bit)))
    return made


def _at_place(v: Val, scan: Scan, place: int) -> Val:
    """A known value at one place of a loop."""
    if not isinstance(v, Known) or scan not in v.scans:
        return v
    rest = tuple(s for s in v.scans if s is not scan)
    return known(v.sort, rest, lambda places: v.at({**places, scan: place}))


def _element_at(scan: Scan, places: dict[Scan, int]) -> Value:
    """The element of a scan's domain, for these places of the scans."""
    return scan.domain[places[scan]]


def _narrowed(v: Val, scan: Scan, possible: int) -> Val:
    """A known value in a loop that visits only these places."""
    if not isinstance(v, Known) or scan not in v.scans:
        return v
    some = (possible & -possible).bit_length() - 1

    def value(places: dict[Scan, int]) -> object:
        return v.at(places if possible >> places[scan] & 1 else {**places, scan: some})

    return known(v.sort, v.scans, value)


def _union(masks: Known) -> int:
    """The elements that are visited at some place of the other loops."""
    made = 0
    for mask in masks.table:
        made |= mask
    return made


def _skip(arrived: Callable[[], None]) -> None:
    arrived()


def _may_block(s: n.Branch) -> bool:
    inside = walk.statements_in((*s.then, *s.orelse))
    return any(isinstance(x, n.Require | n.Choose) for x in inside)


def _mentions(text: str, word: str) -> bool:
    """Whether a name occurs besides where it is given its value."""
    return len(re.findall(rf"\b{word}\b", text)) > 1
