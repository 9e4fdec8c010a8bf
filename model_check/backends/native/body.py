"""Comprehensions, quantifiers and loops as words: what a formula says of the elements of sets.

Parameters and elements of sorts are constants, a comprehension over them is written out, and a
question about the messages sent that can be answered message by message becomes a mask. A message
set is scanned, by its set bits, only where the answer depends on more of the state; what is then
known of a message is looked up in a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import assert_never, cast

from ....spec.lang.errors import InternalError
from ...ir import nodes as n
from ...ir.sorts import (
    BOOL,
    INT,
    BagSort,
    OptionSort,
    RecordSort,
    SeqSort,
    SetSort,
    Sort,
    SubsetSort,
)
from . import terms as t
from .expressions import Env, Expressions
from .layout import (
    IntShape,
    ListShape,
    OutOfBounds,
    SeqShape,
    SetPart,
    SetShape,
    SplitShape,
    seat_of,
)
from .static import Mistake, can_fail, in_order
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

__all__ = ["LARGEST_WRITTEN_OUT", "Body", "where_visited", "written_out"]

UNROLLED = 4
"""A scan of at most so many messages is written out."""
LARGEST_WRITTEN_OUT = 16
"""A choice among at most so many messages is written out, message by message."""
LONGEST_RANGE = 64
MOST_CARRIED = 8
"""A set is made of another one by at most so many shifts; otherwise element by element."""


class Body(Expressions):
    """The body of a function, with all that expressions can be."""

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
            (e, {x: where_visited(v, scan, possible) for x, v in env.items()}) for e, env in left
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
        here = {x: where_visited(v, scan, possible) for x, v in self.env.items()}

        def one() -> None:
            asks = [
                partial(
                    self._test_in, e, {x: where_visited(v, scan, possible) for x, v in env.items()}
                )
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


# ----------------------------------------------------------------------------------- helpers
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


def where_visited(v: Val, scan: Scan, possible: int) -> Val:
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
