"""Random expressions of a wanted type, as Python text that mypy accepts.

An expression of depth 0 is a name, a literal or a lookup; a deeper one combines shallower ones. The
simplest way to make something stands first in every list of options. Tests narrow types the way
mypy and the front end do: ``x is None or x.term < t`` can be drawn, because the right part is drawn
in a scope that knows that x is present.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ballotproof.model_check.ir import sorts as ir
from ballotproof.model_check.ir.sorts import BOOL, INT

from .choices import Choices
from .vocabulary import (
    Expr,
    Helper,
    Local,
    Scope,
    StateField,
    World,
    fits,
    joined,
    records_of,
)

__all__ = ["MYPY_KNOWS", "UNTYPED", "WANTED", "Expressions"]

UNTYPED, MYPY_KNOWS, WANTED = 0, 1, 2
"""Whether the place of an expression fixes its type: not at all; for mypy, which infers the type of
``()`` or ``A() if p else B()`` from the outside in; or for the front end too."""

MANY = 1000  # more than any sum or count that can come up
NAMES = ("x", "y", "z", "u", "v", "w")  # variables of comprehensions: reused, so that they shadow
MORE_NAMES = tuple(f"x{i}" for i in range(50))

Make = Callable[[], Expr]


@dataclass(frozen=True)
class Domain:
    """What a variable can run over.

    ``most`` bounds the number of elements, ``low..high`` their values if they are ints. ``row`` is
    true of what has an order of its own. The elements of a ``heap`` come in no order at all: there
    it would be open which of several mistakes is met first.
    """

    text: str
    sort: ir.Sort
    most: int = MANY
    low: int | None = None
    high: int | None = None
    row: bool = False
    heap: bool = False


class Expressions:
    """Draws expressions over one world."""

    def __init__(self, choices: Choices, world: World) -> None:
        self.c = choices
        self.world = world
        self._hides: tuple[str, ...] = ()

    # ------------------------------------------------------------------------ what can be made
    def can(self, sort: ir.Sort, scope: Scope, typed: int = UNTYPED) -> bool:
        """Whether there is an expression of this type: an unordered sort has no literals."""
        match sort:
            case ir.BoolSort() | ir.IntSort() | ir.EnumSort() | ir.SetSort():
                return True
            case ir.ElementSort(ordered=True):
                return True
            case ir.OptionSort() if typed or self.can(sort.of, scope):
                return True
            case ir.SeqSort() if typed or self.can(sort.of, scope):
                return True
            case ir.RecordSort() if all(self.can(s, scope, WANTED) for _, s in sort.fields):
                return True
            case ir.UnionSort() if any(self.can(r, scope, typed) for r in sort.records):
                return True
            case ir.TupleSort() if all(self.can(s, scope, typed) for s in sort.items):
                return True
            case _:
                return bool(self.known(sort, scope)) or bool(self._lookups(sort, scope))

    def known(self, sort: ir.Sort, scope: Scope) -> list[Expr]:
        """The names and attributes of this type, those bound last first."""
        return [e for e in scope.paths() if fits(e.sort, sort)]

    def _lookups(self, sort: ir.Sort, scope: Scope) -> list[tuple[str, StateField, str, ir.Sort]]:
        """Maps whose entries are of this type or, as records, have an attribute of it."""
        found = []
        for text, f in scope.maps():
            if not all(self._key_can(k, scope) for k in f.keys):
                continue
            if fits(f.sort, sort):
                found.append((text, f, "", f.sort))
            if isinstance(f.sort, ir.RecordSort):
                for name, inner in f.sort.fields:
                    if fits(inner, sort):
                        found.append((text, f, f".{name}", inner))
        return found

    def _key_can(self, key: ir.Sort, scope: Scope) -> bool:
        if isinstance(key, ir.EnumSort) or (isinstance(key, ir.ElementSort) and key.ordered):
            return True
        return bool(self.known(key, scope))

    def key(self, keys: Sequence[ir.Sort], scope: Scope, depth: int = 0) -> str:
        """A key of a map, as it stands between the brackets."""
        if len(keys) > 1:
            pairs = self.known(ir.TupleSort(tuple(keys)), scope)
            if pairs and self.c.chance(30):
                return self.c.pick(pairs).text
        parts = []
        for sort in keys:
            known = self.known(sort, scope)
            simple = known and not (depth > 0 and self.c.chance(10))
            e = self.c.pick(known) if simple else self.value(sort, scope, depth, MYPY_KNOWS)
            parts.append(e.text)
        return ", ".join(parts)

    # ---------------------------------------------------------------------------------- values
    def value(self, sort: ir.Sort, scope: Scope, depth: int, typed: int = UNTYPED) -> Expr:
        """An expression of the type, as it may be stored: ints and lengths within their bounds."""
        match sort:
            case ir.IntSort():
                return self.stored(self.number(scope, depth))
            case ir.BoolSort():
                return self.condition(scope, depth)
            case ir.SeqSort():
                return self._cut(self.sequence(sort, scope, depth, typed))
            case ir.TupleSort():
                return self._tuple(sort, scope, depth, typed)
            case _:
                return self._one_of(self._ways(sort, scope, depth, typed))

    def stored(self, e: Expr) -> Expr:
        """The number, kept within the bounds of stored ints."""
        low, high = self.world.low, self.world.high
        text = e.text
        if e.low < low:
            text = f"max({low}, {text})"
        if e.high > high:
            text = f"min({high}, {text})" if self.c.chance(50) else f"min({text}, {high})"
        return Expr(text, INT, max(low, e.low), min(high, e.high), e.path and text == e.text)

    def _cut(self, e: Expr) -> Expr:
        if e.high <= self.world.length:
            return e
        return Expr(f"({e.text})[:{self.world.length}]", e.sort, 0, self.world.length)

    def _one_of(self, ways: list[tuple[int, Make]]) -> Expr:
        return self.c.weighted(ways)()

    def _ways(self, sort: ir.Sort, scope: Scope, depth: int, typed: int) -> list[tuple[int, Make]]:
        """How to make a value of a type without arithmetic, with weights."""
        ways: list[tuple[int, Make]] = []
        known = self.known(sort, scope)
        if known:
            ways.append((8, lambda: self.c.pick(known)))
        ways += self._literals(sort, scope, depth, typed)
        if depth > 0 or not ways:
            ways += self._lookup_ways(sort, scope, depth)
        if depth > 0:
            ways += self._general(sort, scope, depth, typed)
        return ways

    def _literals(
        self, sort: ir.Sort, scope: Scope, depth: int, typed: int
    ) -> list[tuple[int, Make]]:
        below = max(0, depth - 1)
        match sort:
            case ir.ElementSort(ordered=True):
                return [(3, lambda: Expr(f"{sort.name}.first()", sort))]
            case ir.EnumSort():
                return [(6, lambda: Expr(f"{sort.name}.{self.c.pick(sort.members)}", sort))]
            case ir.RecordSort() if self.can(sort, scope, typed):
                if all(self.can(s, scope, WANTED) for _, s in sort.fields):
                    return [(5, lambda: self.construct(sort, scope, below))]
                return []
            case ir.UnionSort():
                some = [r for r in sort.records if self.can(r, scope, typed)]
                return [(4, partial(self.value, r, scope, depth, typed)) for r in some]
            case ir.OptionSort():
                ways: list[tuple[int, Make]] = []
                if typed:
                    ways.append((3, lambda: Expr("None", sort)))
                if self.can(sort.of, scope, min(typed, MYPY_KNOWS)):
                    inner = min(typed, MYPY_KNOWS)
                    ways.append((6, lambda: self.value(sort.of, scope, depth, inner)))
                return ways
            case ir.SetSort():
                return self._set_literals(sort, scope, depth, typed)
            case _:
                return []

    def construct(self, record: ir.RecordSort, scope: Scope, depth: int) -> Expr:
        """A record, with some of the arguments by name."""
        named = self.c.below(len(record.fields) + 1) if self.c.chance(30) else 0
        parts = []
        for i, (name, sort) in enumerate(record.fields):
            e = self.value(sort, scope, depth, WANTED)
            by_name = i >= len(record.fields) - named
            parts.append(f"{name}={e.text}" if by_name else e.text)
        return Expr(f"{record.name}({', '.join(parts)})", record)

    def _lookup_ways(self, sort: ir.Sort, scope: Scope, depth: int) -> list[tuple[int, Make]]:
        """``self.f[k]`` and ``self.f[k].x``."""
        found = self._lookups(sort, scope)

        def look_up() -> Expr:
            text, f, attribute, inner = self.c.pick(found)
            key = self.key(f.keys, scope, max(0, depth - 1))
            return scope.read(f"{text}[{key}]{attribute}", inner)

        ways: list[tuple[int, Make]] = [(6, look_up)] if found else []
        for text, f in scope.maps():
            own = scope.own_entries.get(f.name)
            if own is not None and fits(f.sort, sort) and text == f"self.{f.name}":
                ways.append((4, partial(scope.read, f"self.{f.name}[{own}]", f.sort)))
        return ways

    def _general(
        self, sort: ir.Sort, scope: Scope, depth: int, typed: int
    ) -> list[tuple[int, Make]]:
        """What there is for every type: choices, optional values, indices, calls."""
        ways: list[tuple[int, Make]] = []
        inner = sort.of if isinstance(sort, ir.OptionSort) else sort
        if (typed or not isinstance(inner, ir.UnionSort)) and self.can(sort, scope, UNTYPED):
            ways.append((2, lambda: self.ternary(sort, scope, depth, min(typed, MYPY_KNOWS))))
        if not isinstance(sort, ir.OptionSort) and self.can(sort, scope, UNTYPED):
            maybe = [
                e
                for e in scope.paths()
                if isinstance(e.sort, ir.OptionSort) and fits(e.sort.of, sort)
            ]
            if maybe and not isinstance(sort, ir.UnionSort):
                ways.append((3, lambda: self._if_present(self.c.pick(maybe), sort, scope, depth)))
        helpers = [
            (state, h)
            for state, h in scope.value_helpers()
            if h.result is not None and fits(h.result, sort) and self._callable(h, scope)
        ]
        if helpers:
            ways.append((2, lambda: self.call(*self.c.pick(helpers), scope, depth)))
        ways += self._indices(sort, scope, depth, typed)
        ordered = sort.of if isinstance(sort, ir.OptionSort) else sort
        if isinstance(ordered, ir.ElementSort) and ordered.ordered:
            ways.append((2, lambda: self._extremum(ordered, sort, scope, depth)))
        return ways

    def ternary(self, sort: ir.Sort, scope: Scope, depth: int, typed: int) -> Expr:
        """``a if test else b``."""
        test = self.condition(scope, depth - 1, truthy=True)
        then = self.value(sort, scope.knowing(test.yes), depth - 1, typed)
        orelse = self.value(sort, scope.knowing(test.no), depth - 1, typed)
        made = joined(then.sort, orelse.sort)
        low, high = min(then.low, orelse.low), max(then.high, orelse.high)
        return Expr(f"({then.text} if {test.text} else {orelse.text})", made, low, high)

    def _if_present(self, e: Expr, sort: ir.Sort, scope: Scope, depth: int) -> Expr:
        assert isinstance(e.sort, ir.OptionSort)
        other = self.value(sort, scope, depth - 1)
        if self.c.chance(50):
            text = f"({other.text} if {e.text} is None else {e.text})"
        else:
            text = f"({e.text} if {e.text} is not None else {other.text})"
        whole = scope.read(text, joined(e.sort.of, other.sort))
        return Expr(text, whole.sort, min(whole.low, other.low), max(whole.high, other.high))

    def _callable(self, h: Helper, scope: Scope) -> bool:
        return all(self.can(s, scope, WANTED) for _, s in h.parameters)

    def call(self, state: str, h: Helper, scope: Scope, depth: int) -> Expr:
        """A helper called for its value."""
        assert h.result is not None
        return scope.read(f"{state}.{h.name}({self.arguments(h, scope, depth - 1)})", h.result)

    def arguments(self, h: Helper, scope: Scope, depth: int) -> str:
        named = len(h.parameters) - (1 if h.parameters and self.c.chance(15) else 0)
        parts = []
        for i, (name, sort) in enumerate(h.parameters):
            text = self.value(sort, scope, max(0, depth), WANTED).text
            parts.append(text if i < named else f"{name}={text}")
        return ", ".join(parts)

    # ------------------------------------------------------------------------------- sequences
    def sequence(self, sort: ir.SeqSort, scope: Scope, depth: int, typed: int = UNTYPED) -> Expr:
        """A sequence of any length."""
        ways: list[tuple[int, Make]] = []
        known = self.known(sort, scope)
        if known:
            ways.append((6, lambda: self.c.pick(known)))
        if typed:
            ways.append((2, lambda: Expr("()", sort)))
        item = self.can(sort.of, scope)
        if item:
            ways.append((4, lambda: self._items(sort, 1, scope, depth)))
        if item and typed == WANTED and self.world.length > 1:
            ways.append((2, lambda: self._items(sort, 2, scope, depth)))
        if depth > 0 or not ways:
            ways += self._lookup_ways(sort, scope, depth)
        if depth > 0:
            ways += self._general(sort, scope, depth, typed)
            if item:
                ways.append((5, lambda: self._concat(sort, scope, depth)))
                ways.append((2, lambda: self._slice(sort, scope, depth)))
                ways.append((2, lambda: self._sequence_of(sort, scope, depth)))
        if not ways:  # nothing to put in, and no place that gives () a type
            raise AssertionError(f"no way to make {sort}")
        return self._one_of(ways)

    def _items(self, sort: ir.SeqSort, count: int, scope: Scope, depth: int) -> Expr:
        items = [self.value(sort.of, scope, max(0, depth - 1)).text for _ in range(count)]
        return Expr(f"({', '.join(items)},)", sort, count, count)

    def _concat(self, sort: ir.SeqSort, scope: Scope, depth: int) -> Expr:
        left = self.sequence(sort, scope, depth - 1)
        match self.c.below(4):
            case 0:
                right = self._items(sort, 1, scope, depth - 1)
                text = f"({left.text} + {right.text})"
            case 1:
                right = self._items(sort, 1, scope, depth - 1)
                text = f"(*{left.text}, {right.text[1:]}"
            case 2:
                right = self._items(sort, 2, scope, depth - 1)
                text = f"({left.text} + {right.text})"
            case _:
                right = self.sequence(sort, scope, depth - 1)
                text = f"({left.text} + {right.text})"
        return Expr(text, sort, left.low + right.low, left.high + right.high)

    def _slice(self, sort: ir.SeqSort, scope: Scope, depth: int) -> Expr:
        of = self.sequence(sort, scope, depth - 1)
        first, last = "", ""
        kind = self.c.below(3)
        if kind != 0:
            first = self.natural(scope, depth - 1).text
        if kind != 1:
            last = self.natural(scope, depth - 1).text
        return Expr(f"({of.text})[{first}:{last}]", sort, 0, of.high)

    def _sequence_of(self, sort: ir.SeqSort, scope: Scope, depth: int) -> Expr:
        """``tuple(... for x in <something with an order>)``."""
        text, inner, count = self._generator(scope, depth - 1, ordered=True)
        where = ""
        if self.c.chance(40):
            test = self.condition(inner, depth - 1, truthy=True)
            where, inner = f" if {test.text}", inner.knowing(test.yes)
        item = self.value(sort.of, inner, depth - 1)
        return Expr(f"tuple({item.text} {text}{where})", sort, 0, count)

    def _indices(
        self, sort: ir.Sort, scope: Scope, depth: int, typed: int
    ) -> list[tuple[int, Make]]:
        """``log[i]``, guarded or, where mistakes are allowed, not."""
        paths = list(scope.paths())
        rows = [e for e in paths if isinstance(e.sort, ir.SeqSort) and fits(e.sort.of, sort)]
        pairs = [
            (e, i)
            for e in paths
            if isinstance(e.sort, ir.TupleSort)
            for i, s in enumerate(e.sort.items)
            if fits(s, sort)
        ]
        ways: list[tuple[int, Make]] = []
        if pairs:
            ways.append((4, lambda: self._item(*self.c.pick(pairs), scope)))
        if not rows:
            return ways

        def guarded() -> Expr:
            row, i = self.c.pick(rows), self.natural(scope, depth - 1)
            other = self.value(sort, scope, depth - 1, min(typed, MYPY_KNOWS))
            assert isinstance(row.sort, ir.SeqSort)
            here = scope.read("", row.sort.of)
            text = f"({row.text}[{i.text}] if {i.text} < len({row.text}) else {other.text})"
            low, high = min(here.low, other.low), max(here.high, other.high)
            return Expr(text, joined(row.sort.of, other.sort), low, high)

        def unguarded() -> Expr:
            row, i = self.c.pick(rows), self.natural(scope, depth - 1)
            assert isinstance(row.sort, ir.SeqSort)
            return scope.read(f"{row.text}[{i.text}]", row.sort.of)

        if self.can(sort, scope) and not isinstance(sort, ir.UnionSort):
            ways.append((3, guarded))
        if self.may_fail(scope):
            ways.append((2, unguarded))
        return ways

    def may_fail(self, scope: Scope) -> bool:
        return self.world.partial and not scope.total

    def _item(self, e: Expr, i: int, scope: Scope) -> Expr:
        assert isinstance(e.sort, ir.TupleSort)
        return scope.read(f"{e.text}[{i}]", e.sort.items[i])

    def _tuple(self, sort: ir.TupleSort, scope: Scope, depth: int, typed: int) -> Expr:
        known = self.known(sort, scope)
        if not all(self.can(s, scope, typed) for s in sort.items):
            if known:
                return self.c.pick(known)
            return self._one_of(self._lookup_ways(sort, scope, 0))
        if known and self.c.chance(40):
            return self.c.pick(known)
        typed = min(typed, MYPY_KNOWS)
        items = [self.value(s, scope, max(0, depth - 1), typed) for s in sort.items]
        return Expr(f"({', '.join(e.text for e in items)})", sort)

    # ------------------------------------------------------------------------------------ sets
    def _set_literals(
        self, sort: ir.SetSort, scope: Scope, depth: int, typed: int
    ) -> list[tuple[int, Make]]:
        below = max(0, depth - 1)
        empty = "frozenset()" if typed else f"frozenset[{sort.of}]()"
        ways: list[tuple[int, Make]] = [(2, lambda: Expr(empty, sort))]
        if self.can(sort.of, scope):
            ways.append((4, lambda: self._frozen(sort, scope, below)))
        whole = self._whole_sets(sort, scope)
        if whole:
            ways.append((2 * len(whole), lambda: self.c.pick(whole)))
        if depth > 0:
            ways.append((4, lambda: self._set_operation(sort, scope, depth)))
            ways.append((3, lambda: self._set_of(sort, scope, depth)))
        return ways

    def _frozen(self, sort: ir.SetSort, scope: Scope, depth: int) -> Expr:
        return Expr(f"frozenset({self.set_display(sort, scope, depth)})", sort)

    def set_display(self, sort: ir.SetSort, scope: Scope, depth: int) -> str:
        """``{a, b}``: a set to be looked at on the spot, since it cannot be stored."""
        count = 1 + self.c.below(2)
        items = [self.value(sort.of, scope, depth).text for _ in range(count)]
        return f"{{{', '.join(items)}}}"

    def _whole_sets(self, sort: ir.SetSort, scope: Scope) -> list[Expr]:
        """All of a sort, a quorum, a set field, or its elements of one class, as a frozenset."""
        found = []
        if isinstance(sort.of, ir.ElementSort | ir.EnumSort):
            found.append(Expr(f"frozenset({sort.of})", sort))
        for e in scope.paths():
            whole = isinstance(e.sort, ir.SubsetSort) and e.sort.of == sort.of
            if whole or e.sort == ir.SeqSort(sort.of):
                found.append(Expr(f"frozenset({e.text})", sort))
        for text, f in scope.collections("set", "bag"):
            if f.sort == sort.of:
                found.append(Expr(f"frozenset({text})", sort))
            elif isinstance(f.sort, ir.UnionSort) and sort.of in f.sort.records:
                found.append(Expr(f"{text}.of({sort.of})", sort))
        return found

    def _set_operation(self, sort: ir.SetSort, scope: Scope, depth: int) -> Expr:
        left = self.value(sort, scope, depth - 1).text
        operator = self.c.pick(("|", "&", "-"))
        if self.can(sort.of, scope) and self.c.chance(60):
            right = self.set_display(sort, scope, depth - 1)
        else:
            right = self.value(sort, scope, depth - 1).text
        return Expr(f"({left} {operator} {right})", sort)

    def _set_of(self, sort: ir.SetSort, scope: Scope, depth: int) -> Expr:
        """``frozenset(e for ...)``; the element itself if nothing else can be made."""
        text, inner = self.generators(scope, depth - 1, binding=sort.of)
        item = self.value(sort.of, inner, max(0, depth - 2))
        braces = self.c.chance(20)
        made = f"{{{item.text} {text}}}" if braces else f"{item.text} {text}"
        return Expr(f"frozenset({made})", sort)

    # --------------------------------------------------------------------------------- numbers
    def number(self, scope: Scope, depth: int) -> Expr:
        """An int of any size."""
        known = self.known(INT, scope)
        ways: list[tuple[int, Make]] = []
        if known:
            ways.append((6, lambda: self.c.pick(known)))
        ways.append((4, self._literal_int))
        ways += self._lookup_ways(INT, scope, depth)
        sizes = self._sizes(scope)
        if sizes:
            ways.append((3, lambda: self.c.pick(sizes)))
        if depth > 0:
            ways.append((5, lambda: self._sum_of_two(scope, depth)))
            ways.append((2, lambda: self._min_max(scope, depth)))
            ways.append((4, lambda: self._sum(scope, depth)))
            ways.append((2, lambda: self._extremum(INT, INT, scope, depth)))
            ways.append((1, lambda: self._size(scope, depth)))
            ways.append((1, lambda: self._product(scope, depth)))
            ways += self._counts(scope, depth)
            ways += self._general(INT, scope, depth, UNTYPED)
        return self._one_of(ways)

    def natural(self, scope: Scope, depth: int) -> Expr:
        """An int that is not negative: an index, or the bound of a slice."""
        e = self.number(scope, max(0, depth))
        if e.low >= 0:
            return e
        return Expr(f"max(0, {e.text})", INT, 0, max(0, e.high))

    def _literal_int(self) -> Expr:
        value = self.c.below(self.world.high + 2)
        return Expr(str(value), INT, value, value)

    def _sizes(self, scope: Scope) -> list[Expr]:
        """``len(...)`` of what has a name."""
        found = []
        for e in scope.paths():
            if isinstance(e.sort, ir.SeqSort):
                found.append(Expr(f"len({e.text})", INT, e.low, e.high))
            elif isinstance(e.sort, ir.SetSort | ir.SubsetSort):
                found.append(Expr(f"len({e.text})", INT, 0, MANY))
        for text, _ in scope.collections("set", "bag"):
            found.append(Expr(f"len({text})", INT, 0, MANY))
        found += [Expr(f"len({s.name})", INT, 1, 3) for s in self.world.elements[:1]]
        return found

    def _size(self, scope: Scope, depth: int) -> Expr:
        sort = self._set_sort()
        return Expr(f"len({self.value(sort, scope, depth - 1).text})", INT, 0, MANY)

    def _set_sort(self) -> ir.SetSort:
        sorts: list[ir.Sort] = [*self.world.elements, *self.world.enums, INT]
        return ir.SetSort(self.c.pick(sorts))

    def _sum_of_two(self, scope: Scope, depth: int) -> Expr:
        a, b = self.number(scope, depth - 1), self.number(scope, depth - 1)
        if self.c.chance(65):
            return Expr(f"({a.text} - {b.text})", INT, a.low - b.high, a.high - b.low)
        return Expr(f"({a.text} + {b.text})", INT, a.low + b.low, a.high + b.high)

    def _product(self, scope: Scope, depth: int) -> Expr:
        a, k = self.number(scope, depth - 1), self.c.below(3)
        return Expr(f"({a.text} * {k})", INT, min(a.low * k, 0), max(a.high * k, 0))

    def _min_max(self, scope: Scope, depth: int) -> Expr:
        parts = [self.number(scope, depth - 1) for _ in range(2 + self.c.below(2))]
        inside = ", ".join(e.text for e in parts)
        lows, highs = [e.low for e in parts], [e.high for e in parts]
        if self.c.chance(50):
            return Expr(f"max({inside})", INT, max(lows), max(highs))
        return Expr(f"min({inside})", INT, min(lows), min(highs))

    def _sum(self, scope: Scope, depth: int) -> Expr:
        text, inner = self.generators(scope, depth - 1)
        match self.c.below(3):
            case 0:
                return Expr(f"sum(1 {text})", INT, 0, MANY)
            case 1:
                test = self.condition(inner, depth - 1)
                return Expr(f"sum({test.text} {text})", INT, 0, MANY)
            case _:
                e = self.number(inner, max(0, depth - 2))
                low, high = min(0, e.low * MANY), max(0, e.high * MANY)
                return Expr(f"sum({e.text} {text})", INT, low, high)

    def _extremum(self, of: ir.Sort, sort: ir.Sort, scope: Scope, depth: int) -> Expr:
        """``max(e for ...)`` with a default, or without one where mistakes are allowed."""
        name = self.c.pick(("max", "min"))
        if of != INT and sort == of and self.c.chance(40):
            a, b = (self.value(of, scope, depth - 1).text for _ in range(2))
            return Expr(f"{name}({a}, {b})", of)
        text, inner = self.generators(scope, depth - 1, binding=of)
        body = self.value(of, inner, max(0, depth - 2))
        if self.may_fail(scope) and self.c.chance(30):
            return Expr(f"{name}({body.text} {text})", of, body.low, body.high)
        if isinstance(sort, ir.OptionSort):
            return Expr(f"{name}(({body.text} {text}), default=None)", sort)
        default = self.value(of, scope, depth - 1)
        whole = f"{name}(({body.text} {text}), default={default.text})"
        return Expr(whole, of, min(body.low, default.low), max(body.high, default.high))

    def _counts(self, scope: Scope, depth: int) -> list[tuple[int, Make]]:
        bags = [(t, f) for t, f in scope.collections("bag") if self.can(f.sort, scope, WANTED)]
        if not bags:
            return []

        def count() -> Expr:
            text, f = self.c.pick(bags)
            element = self.value(f.sort, scope, depth - 1, WANTED).text
            return Expr(f"{text}.count({element})", INT, 0, MANY)

        return [(4, count)]

    # ------------------------------------------------------------------------------ conditions
    def condition(self, scope: Scope, depth: int, *, truthy: bool = False) -> Expr:
        """A bool. With ``truthy``, sets and sequences may stand for "not empty"."""
        ways: list[tuple[int, Make]] = []
        ways.append((10, lambda: self._about(self.subject(scope), scope, depth)))
        if scope.states == () or self.c.chance(3):
            ways.append((10, lambda: Expr(self.c.pick(("True", "False")), BOOL)))
        lookups = list(scope.maps())
        if lookups:
            ways.append((4, lambda: self._about(self._looked_up(scope), scope, depth)))
        if truthy:
            collections = self._truthy(scope)
            if collections:
                ways.append((len(collections), lambda: self.c.pick(collections)))
        if depth > 0:
            ways.append((6, lambda: self._both(scope, depth, truthy)))
            ways.append((6, lambda: self._either(scope, depth, truthy)))
            ways.append((2, lambda: self._not(scope, depth)))
            ways.append((7, lambda: self._quantified(scope, depth)))
            ways.append((4, lambda: self._compared(scope, depth)))
            ways.append((3, lambda: self._member(scope, depth)))
            ways.append((1, lambda: self._sets_compared(scope, depth)))
            ways.append((1, lambda: self._implies(scope, depth)))
            ways += self._general(BOOL, scope, depth, UNTYPED)
            ways += self._states_compared(scope)
        return self._one_of(ways)

    def subject(self, scope: Scope) -> Expr:
        """Something with a name that can be asked about; preferably a local one."""
        known = list(scope.paths())
        local = [e for e in known if not e.text.startswith(("self.", "after."))]
        if local and not self.c.chance(30):
            return self.c.pick(local)
        return self.c.pick(known) if known else self.number(scope, 0)

    def _looked_up(self, scope: Scope) -> Expr:
        """An entry of a map."""
        ready = [(t, f) for t, f in scope.maps() if all(self._key_can(k, scope) for k in f.keys)]
        if not ready:
            return self.subject(scope)
        text, f = self.c.pick(ready)
        return scope.read(f"{text}[{self.key(f.keys, scope)}]", f.sort)

    def _about(self, e: Expr, scope: Scope, depth: int) -> Expr:
        """A condition on a value: its simplest comparisons, by type."""
        below = max(0, depth - 1)
        match e.sort:
            case ir.BoolSort():
                return e
            case ir.IntSort():
                other = self.other_than(e.text, lambda: self.number(scope, below))
                return self._ordered(e, other)
            case ir.EnumSort() if self.c.chance(20):
                members = ", ".join(f"{e.sort.name}.{m}" for m in self.c.some(e.sort.members, 2, 2))
                return Expr(f"{e.text} in ({members})", BOOL)
            case ir.ElementSort(ordered=True) if self.c.chance(60):
                other = self.other_than(e.text, lambda: self.value(e.sort, scope, below))
                return self._ordered(e, other)
            case ir.OptionSort():
                return self._about_optional(e, scope, below)
            case ir.SeqSort() if self.c.chance(50) or not self.can(e.sort, scope):
                return self._ordered(Expr(f"len({e.text})", INT), self.number(scope, 0))
            case ir.SetSort() if self.c.chance(60) and self.can(e.sort.of, scope):
                return Expr(f"{self.value(e.sort.of, scope, below).text} in {e.text}", BOOL)
            case ir.SetSort() if self.c.chance(50):
                return Expr(f"not {e.text}", BOOL)
            case ir.SubsetSort() if self.can(e.sort.of, scope):
                return Expr(f"{self.value(e.sort.of, scope, below).text} in {e.text}", BOOL)
            case ir.SubsetSort() if self.c.chance(80):
                return self._ordered(Expr(f"len({e.text})", INT), self.number(scope, 0))
            case ir.UnionSort() if e.path and self.c.chance(60):
                return self._isinstance(e)
            case ir.RecordSort() if self.c.chance(70) and e.sort.fields:
                name, inner = self.c.pick(e.sort.fields)
                inner = scope.facts.get(f"{e.text}.{name}", inner) if e.path else inner
                return self._about(scope.read(f"{e.text}.{name}", inner, path=e.path), scope, below)
            case _:
                return self._equal(e, scope, below)

    def _equal(self, e: Expr, scope: Scope, depth: int) -> Expr:
        other = e
        if self.can(e.sort, scope):
            other = self.other_than(e.text, lambda: self.value(e.sort, scope, depth))
        operator = "==" if other.text == e.text else self.c.pick(("==", "!="))
        return Expr(f"{e.text} {operator} {other.text}", BOOL)

    def other_than(self, text: str, make: Make) -> Expr:
        """Something else than ``text``, if that is easy to find."""
        made = make()
        for _ in range(2):
            if made.text == text:
                made = make()
        return made

    def _about_optional(self, e: Expr, scope: Scope, depth: int) -> Expr:
        assert isinstance(e.sort, ir.OptionSort)
        here = {e.text: e.sort.of} if e.path else {}
        match self.c.below(6):
            case 0:
                return Expr(f"{e.text} is None", BOOL, no=here)
            case 1:
                return Expr(f"{e.text} is not None", BOOL, yes=here)
            case 2 | 3 if e.path:
                inner = self._about(
                    scope.read(e.text, e.sort.of, path=True), scope.knowing(here), depth
                )
                return Expr(f"({e.text} is None or {inner.text})", BOOL, no={**here, **inner.no})
            case 4 if e.path:
                inner = self._about(
                    scope.read(e.text, e.sort.of, path=True), scope.knowing(here), depth
                )
                text = f"({e.text} is not None and {inner.text})"
                return Expr(text, BOOL, yes={**here, **inner.yes})
            case _:
                return self._equal(e, scope, depth)

    def _isinstance(self, e: Expr) -> Expr:
        assert isinstance(e.sort, ir.UnionSort)
        record = self.c.pick(e.sort.records)
        rest = tuple(r for r in e.sort.records if r != record)
        others = rest[0] if len(rest) == 1 else ir.UnionSort(rest)
        text = f"isinstance({e.text}, {record.name})"
        return Expr(text, BOOL, yes={e.text: record}, no={e.text: others})

    def _ordered(self, a: Expr, b: Expr) -> Expr:
        operators = ("<=", "==", ">=", "<", ">", "!=")
        operator = self.c.pick(operators[:3] if a.text == b.text else operators)
        return Expr(f"{a.text} {operator} {b.text}", BOOL)

    def _compared(self, scope: Scope, depth: int) -> Expr:
        """Numbers or elements of an order, sometimes in a chain."""
        orders: list[ir.Sort] = [INT, *(s for s in self.world.elements if s.ordered)]
        sort = self.c.pick(orders)
        count = 3 if self.c.chance(25) else 2

        def part() -> str:
            e = self.number(scope, depth - 1) if sort == INT else self.value(sort, scope, depth - 1)
            return e.text

        text = part()
        for _ in range(count - 1):
            text += f" {self.c.pick(('<', '<=', '==', '>', '>=', '!='))} {part()}"
        return Expr(f"({text})", BOOL)

    def _both(self, scope: Scope, depth: int, truthy: bool) -> Expr:
        parts, facts, no = [], dict[str, ir.Sort](), dict[str, ir.Sort]()
        for i in range(2 + self.c.below(2)):
            e = self.condition(scope.knowing(facts), depth - 1, truthy=truthy)
            parts.append(e.text)
            facts.update(e.yes)
            no = e.no if i == 0 else {}
        return Expr(f"({' and '.join(parts)})", BOOL, yes=facts, no=no if len(parts) == 1 else {})

    def _either(self, scope: Scope, depth: int, truthy: bool) -> Expr:
        parts, facts = [], dict[str, ir.Sort]()
        for _ in range(2 + self.c.below(2)):
            e = self.condition(scope.knowing(facts), depth - 1, truthy=truthy)
            parts.append(e.text)
            facts.update(e.no)
        return Expr(f"({' or '.join(parts)})", BOOL, no=facts)

    def _not(self, scope: Scope, depth: int) -> Expr:
        e = self.condition(scope, depth - 1, truthy=True)
        return Expr(f"(not {e.text})", BOOL, yes=e.no, no=e.yes)

    def _implies(self, scope: Scope, depth: int) -> Expr:
        """``implies(p, q)``; mypy does not narrow q by p, a call being a call."""
        premise = self.condition(scope, depth - 1)
        if any(records_of(sort) for sort in premise.yes.values()):  # the front end does
            conclusion = self.condition(scope.knowing(premise.yes), depth - 1)
            return Expr(f"(not {premise.text} or {conclusion.text})", BOOL)
        # What fails if it is evaluated may not be: see test_regressions.py.
        conclusion = self.condition(scope.fork(total=True), depth - 1)
        return Expr(f"implies({premise.text}, {conclusion.text})", BOOL)

    def _quantified(self, scope: Scope, depth: int) -> Expr:
        text, inner = self.generators(scope, depth - 1)
        body = self.condition(inner, depth - 1, truthy=True)
        return Expr(f"{self.c.pick(('all', 'any'))}({body.text} {text})", BOOL)

    def _truthy(self, scope: Scope) -> list[Expr]:
        """Sets and sequences, which are true when they hold something."""
        found = [e.text for e in scope.paths() if isinstance(e.sort, ir.SetSort | ir.SeqSort)]
        found += [text for text, _ in scope.collections("set", "bag")]
        return [Expr(text, BOOL) for text in found]

    def _member(self, scope: Scope, depth: int) -> Expr:
        """``x in <collection>``."""
        ways: list[tuple[int, Make]] = []
        operator = "not in" if self.c.chance(25) else "in"

        def inside(sort: ir.Sort, collection: Callable[[], str] | str) -> Make:
            def make() -> Expr:
                element = self.value(sort, scope, depth - 1).text
                of = collection if isinstance(collection, str) else collection()
                return Expr(f"({element} {operator} {of})", BOOL)

            return make

        def numbers() -> str:
            if self.c.chance(50):
                low = self.c.below(2)
                return f"range({low}, {low + 1 + self.c.below(3)})"
            return f"range({self.number(scope, 0).text})"

        ways.append((1, inside(INT, numbers)))
        for text, f in scope.collections("set", "bag", "network"):
            if self.can(f.sort, scope):
                ways.append((4, inside(f.sort, text)))
        ways += [
            (2, inside(e.sort.of, e.text))
            for e in scope.paths()
            if isinstance(e.sort, ir.SetSort | ir.SeqSort | ir.SubsetSort)
            if self.can(e.sort.of, scope)
        ]
        ways += [
            (1, inside(sort, partial(self.set_display, ir.SetSort(sort), scope, 0)))
            for sort in self.world.named()
            if self.can(sort, scope)
        ]
        return self._one_of(ways)

    def _sets_compared(self, scope: Scope, depth: int) -> Expr:
        sort = self._set_sort()
        left = self.value(sort, scope, depth - 1).text
        right = self.value(sort, scope, depth - 1).text
        return Expr(f"({left} {self.c.pick(('<=', '>=', '==', '!='))} {right})", BOOL)

    def _states_compared(self, scope: Scope) -> list[tuple[int, Make]]:
        """Whole fields, before and after a step."""
        fields = [f for f in self.world.fields if f.name in scope.readable and f.kind != "network"]
        if "after" not in scope.states or not fields:
            return []

        def compare() -> Expr:
            f = self.c.pick(fields)
            operator = self.c.pick(("==", "!="))
            sets = f.kind == "scalar" and isinstance(f.sort, ir.SetSort)
            if sets and self.c.chance(60):
                operator = self.c.pick(("<=", ">="))
            return Expr(f"(self.{f.name} {operator} after.{f.name})", BOOL)

        return [(4, compare)]

    # -------------------------------------------------------------------------- comprehensions
    def generators(
        self, scope: Scope, depth: int, binding: ir.Sort | None = None
    ) -> tuple[str, Scope]:
        """``for x in ... if ... for y in ...`` with the scope of what stands before it.

        With ``binding`` the scope is one in which a value of that type can be made.
        """
        count = self.c.weighted([(6, 1), (3, 2), (1, 3)]) if depth > 0 else 1
        text, inner = "", scope
        for i in range(count):
            # A variable that hides an outer name hides it in the whole comprehension but for the
            # first domain; so only the first variable may.
            self._hides = (*NAMES, *self._dispensable(scope)) if i == 0 else ()
            last = i == count - 1
            wanted = binding if last and binding and not self.can(binding, inner) else None
            part, inner, _ = self._generator(inner, depth, binding=wanted)
            text += f" {part}"
            for _ in range(self.c.weighted([(5, 0), (4, 1), (1, 2)])):
                test = self.condition(inner, max(0, depth - 1), truthy=True)
                text += f" if {test.text}"
                inner = inner.knowing(test.yes)
        return text.strip(), inner

    def _dispensable(self, scope: Scope) -> list[str]:
        """Locals without which everything can still be made that can be made with them."""
        literal = (ir.BoolSort, ir.IntSort, ir.EnumSort, ir.SetSort)
        return [x for x, local in scope.locals.items() if isinstance(local.sort, literal)]

    def _generator(
        self, scope: Scope, depth: int, *, ordered: bool = False, binding: ir.Sort | None = None
    ) -> tuple[str, Scope, int]:
        """``for x in <domain>``; the scope with x; how many elements there are at most."""
        d = self.domain(scope, depth, ordered=ordered, binding=binding)
        inner = scope.fork()
        inner.total = scope.total or d.heap
        target = self.bind_element(d, inner, self._variable)
        return f"for {target} in {d.text}", inner, d.most

    def bind_element(self, d: Domain, scope: Scope, name: Callable[[Scope], str]) -> str:
        """A variable for the elements of a domain, bound in ``scope``; tuples are taken apart."""
        if isinstance(d.sort, ir.TupleSort) and self.c.chance(60):
            trial, names = scope.fork(), []
            for item in d.sort.items:
                names.append(name(trial))
                trial.bind(names[-1], Local(item))
            if len(set(names)) == len(names):
                for part, item in zip(names, d.sort.items, strict=True):
                    scope.bind(part, Local(item))
                return ", ".join(names)
        single = name(scope)
        scope.bind(single, Local(d.sort, low=d.low, high=d.high))
        return single

    def _variable(self, scope: Scope) -> str:
        """A name for a comprehension; now and then one that hides another."""
        if self._hides and self.c.chance(10):
            name = self.c.pick(self._hides)
            if name not in scope.locals or name in self._dispensable(scope):
                return name
        return next(n for n in (*NAMES, *MORE_NAMES) if n not in scope.locals)

    def domain(
        self, scope: Scope, depth: int, *, ordered: bool = False, binding: ir.Sort | None = None
    ) -> Domain:
        """What a variable can run over; with ``ordered`` only what has an order."""
        ways: list[tuple[int, Callable[[], Domain]]] = []

        def add(weight: int, sort: ir.Sort, row: bool, make: Callable[[], Domain]) -> None:
            if (binding is None or fits(sort, binding)) and (row or not ordered):
                ways.append((weight, make))

        def known(weight: int, d: Domain) -> None:
            add(weight, d.sort, d.row, lambda: d)

        sorts: list[ir.Sort] = [*self.world.elements, *self.world.enums, *self.world.subsets]
        for s in sorts:
            row = isinstance(s, ir.EnumSort) or (isinstance(s, ir.ElementSort) and s.ordered)
            most = len(s.members) if isinstance(s, ir.EnumSort) else 3
            known(4, Domain(str(s), s, most, row=row))
        add(2, INT, True, lambda: self._range(scope))
        for text, f in scope.collections("set", "bag", "network"):
            known(5, Domain(text, f.sort, heap=True))
            if isinstance(f.sort, ir.UnionSort) and f.kind != "network":
                for r in f.sort.records:
                    known(4, Domain(f"{text}.of({r})", r, heap=True))
        for e in scope.paths():
            match e.sort:
                case ir.SetSort() | ir.SubsetSort():
                    known(3, Domain(e.text, e.sort.of, heap=True))
                case ir.SeqSort():
                    known(3, Domain(e.text, e.sort.of, e.high, row=True))
                case _:
                    pass
        for text, f in scope.maps():
            if isinstance(f.sort, ir.SetSort | ir.SeqSort) and all(
                self._key_can(k, scope) for k in f.keys
            ):
                row = isinstance(f.sort, ir.SeqSort)
                add(3, f.sort.of, row, partial(self._entry, text, f, scope))
        if depth > 0 and not ordered:
            sort = ir.SetSort(binding if binding is not None else self.world.elements[0])
            if not isinstance(sort.of, ir.UnionSort | ir.OptionSort):
                add(1, sort.of, False, lambda: self._computed(sort, scope, depth))
        if not ways:
            assert binding is not None
            return Domain(f"frozenset[{binding}]()", binding, 0, heap=True)
        return self.c.weighted(ways)()

    def _entry(self, text: str, f: StateField, scope: Scope) -> Domain:
        assert isinstance(f.sort, ir.SetSort | ir.SeqSort)
        row = isinstance(f.sort, ir.SeqSort)
        most = self.world.length if row else MANY
        return Domain(f"{text}[{self.key(f.keys, scope)}]", f.sort.of, most, row=row, heap=not row)

    def _computed(self, sort: ir.SetSort, scope: Scope, depth: int) -> Domain:
        return Domain(self.value(sort, scope, depth - 1).text, sort.of, heap=True)

    def _range(self, scope: Scope) -> Domain:
        if self.c.chance(30):
            end = self.natural(scope, 0)
            if end.high <= self.world.length + 2:
                last = max(0, end.high - 1)
                return Domain(f"range({end.text})", INT, end.high, 0, last, row=True)
        low, most = self.c.below(2), 1 + self.c.below(3)
        text = f"range({low}, {low + most})" if low else f"range({most})"
        return Domain(text, INT, most, low, low + most - 1, row=True)
