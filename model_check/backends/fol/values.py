"""Values of the IR as first-order terms: records as their fields, sets as what is in them.

=====================  ============================================================================
bool, int, element     a term
``T | None``           whether there is a value, and the value
record, tuple          its parts
union                  for each class of records, when it is one of it, and the record
sequence               its length, and its element at any index
set                    whether a value is in it, and its elements as *families*
map                    its value at any key
=====================  ============================================================================

A family stands for any number of values: some variables, a condition on them, and a value that
mentions them. The elements of ``{m.vote for m in sent.of(Promise)}`` are one family.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ....spec.lang.errors import InternalError
from ...ir.sorts import RecordSort, Sort
from . import terms as t
from .terms import Term

__all__ = [
    "Family", "MapValue", "Option", "Rec", "Root", "SeqValue", "SetValue", "Tup", "Union", "Value",
    "choice", "contains", "families", "fields_of", "one_of", "same", "scalar",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """``value`` is None where there never is one."""

    some: Term
    value: Value | None


@dataclass(frozen=True, slots=True)
class Rec:
    sort: RecordSort
    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """One of several records; exactly one of the conditions holds."""

    cases: tuple[tuple[Term, Rec], ...]


@dataclass(frozen=True, slots=True)
class Tup:
    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class SeqValue:
    length: Term
    at: Callable[[Term], Value] = field(compare=False)


@dataclass(frozen=True, slots=True)
class MapValue:
    at: Callable[[Value], Value] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Family:
    """``patterns`` are used where they cover the variables; otherwise the solver's own rule is."""

    binders: tuple[Term, ...]
    guard: Term
    value: Value
    patterns: tuple[t.Pattern, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Root:
    """A set as such: membership, and the families of its elements with variables of their own."""

    contains: Callable[[Value], Term]
    families: Callable[[], Iterable[Family]]


@dataclass(frozen=True, slots=True, eq=False)
class SetValue:
    """A set with single elements added, each under a condition."""

    root: Root
    added: tuple[tuple[Term, Value], ...] = ()


Value = Term | Option | Rec | Union | Tup | SeqValue | SetValue | MapValue

NOTHING = Root(lambda _: t.FALSE, lambda: ())


def scalar(v: Value) -> Term:
    """A value that is one term."""
    if not isinstance(v, Term):
        raise InternalError(f"{type(v).__name__} where a term is wanted")
    return v


def fields_of(v: Value) -> tuple[tuple[Term, Rec], ...]:
    """A record or union as cases."""
    match v:
        case Rec():
            return ((t.TRUE, v),)
        case Union():
            return v.cases
        case _:
            raise InternalError(f"{type(v).__name__} where a record is wanted")


def one_of(cases: Sequence[tuple[Term, Rec]]) -> Value:
    """The record that is meant where the condition with it holds."""
    merged: dict[RecordSort, tuple[Term, Rec]] = {}
    for when, rec in cases:
        if when is t.FALSE:
            continue
        if rec.sort in merged:
            before, other = merged[rec.sort]
            joined = choice(when, rec, other)
            assert isinstance(joined, Rec)
            merged[rec.sort] = (t.either((before, when)), joined)
        else:
            merged[rec.sort] = (when, rec)
    if len(merged) == 1:
        ((_, rec),) = merged.values()
        return rec
    return Union(tuple(merged.values()))


# -------------------------------------------------------------------------------------- choice
def choice(test: Term, a: Value, b: Value) -> Value:
    """``a`` if ``test``, else ``b``."""
    if test is t.TRUE or a is b:
        return a
    if test is t.FALSE:
        return b
    match a, b:
        case Term(), Term():
            return t.ite(test, a, b)
        case Option(), Option():
            some = t.ite(test, a.some, b.some)
            if a.value is None or b.value is None:
                return Option(some, b.value if a.value is None else a.value)
            return Option(some, choice(test, a.value, b.value))
        case Rec(), Rec() if a.sort == b.sort:
            pairs = zip(a.parts, b.parts, strict=True)
            return Rec(a.sort, tuple(choice(test, x, y) for x, y in pairs))
        case Rec() | Union(), Rec() | Union():
            cases = [(t.both((test, c)), r) for c, r in fields_of(a)]
            cases += [(t.both((t.negate(test), c)), r) for c, r in fields_of(b)]
            return one_of(cases)
        case Tup(), Tup():
            pairs = zip(a.parts, b.parts, strict=True)
            return Tup(tuple(choice(test, x, y) for x, y in pairs))
        case SeqValue(), SeqValue():
            length = t.ite(test, a.length, b.length)
            return SeqValue(length, lambda i: choice(test, a.at(i), b.at(i)))
        case MapValue(), MapValue():
            return MapValue(lambda k: choice(test, a.at(k), b.at(k)))
        case SetValue(), SetValue():
            return _set_choice(test, a, b)
        case _:
            raise InternalError(f"{type(a).__name__} or {type(b).__name__}")


def _set_choice(test: Term, a: SetValue, b: SetValue) -> SetValue:
    if a.root is b.root:
        shared = 0
        while shared < min(len(a.added), len(b.added)) and a.added[shared] == b.added[shared]:
            shared += 1
        extra = [(t.both((test, c)), v) for c, v in a.added[shared:]]
        extra += [(t.both((t.negate(test), c)), v) for c, v in b.added[shared:]]
        return SetValue(a.root, (*a.added[:shared], *extra))

    def all_families() -> Iterator[Family]:
        for when, one in ((test, a), (t.negate(test), b)):
            for f in families(one):
                yield Family(f.binders, t.both((when, f.guard)), f.value, f.patterns)

    return SetValue(Root(lambda v: t.ite(test, contains(a, v), contains(b, v)), all_families))


# --------------------------------------------------------------------------------- sets
def contains(s: SetValue, v: Value) -> Term:
    """Whether a value is in the set."""
    added = (t.both((when, same(v, x))) for when, x in s.added)
    return t.either((s.root.contains(v), *added))


def families(s: SetValue) -> Iterator[Family]:
    """The elements of a set; every call makes variables of its own."""
    yield from s.root.families()
    for when, v in s.added:
        yield Family((), when, v)


# ------------------------------------------------------------------------------------- equality
_numbers = itertools.count()


def same(a: Value, b: Value) -> Term:
    """Whether two values are equal."""
    match a, b:
        case Term(), Term():
            return t.equal(a, b)
        case Option(), Option():
            if a.value is None or b.value is None:
                return t.both((t.negate(a.some), t.negate(b.some)))
            if a.some is t.TRUE and b.some is t.TRUE:
                return same(a.value, b.value)
            there = t.both((a.some, b.some, same(a.value, b.value)))
            return t.either((t.both((t.negate(a.some), t.negate(b.some))), there))
        case Rec(), Rec():
            if a.sort != b.sort:
                return t.FALSE
            return t.both(same(x, y) for x, y in zip(a.parts, b.parts, strict=True))
        case Rec() | Union(), Rec() | Union():
            return t.either(
                t.both((c, d, same(r, s)))
                for c, r in fields_of(a)
                for d, s in fields_of(b)
                if r.sort == s.sort
            )
        case Tup(), Tup():
            return t.both(same(x, y) for x, y in zip(a.parts, b.parts, strict=True))
        case SeqValue(), SeqValue():
            i = t.variable(f"i?{next(_numbers)}", t.INT)
            inside = t.both((t.compare("<=", t.number(0), i), t.compare("<", i, a.length)))
            elements = t.forall((i,), inside, same(a.at(i), b.at(i)))
            return t.both((t.equal(a.length, b.length), elements))
        case SetValue(), SetValue():
            return t.both((within(a, b), within(b, a)))
        case _:
            raise InternalError(f"{type(a).__name__} == {type(b).__name__}")


def within(a: SetValue, b: SetValue) -> Term:
    """Whether all elements of one set are in another."""
    return t.both(
        t.forall(f.binders, f.guard, contains(b, f.value), f.patterns) for f in families(a)
    )


def unsupported_sort(sort: Sort) -> str:
    return f"values of {sort}"
