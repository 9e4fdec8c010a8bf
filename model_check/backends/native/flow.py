"""Which ints are of one kind: they flow into each other, so that one grows when another does.

A guess, and never more: bounds are checked wherever a value is stored. A good guess saves starting
again with wider ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...ir import nodes as n
from ...ir import walk
from ...ir.sorts import (
    BagSort,
    IntSort,
    MapSort,
    OptionSort,
    RecordSort,
    SeqSort,
    SetSort,
    Sort,
    UnionSort,
)

__all__ = ["Kinds", "kinds_of"]


class Kinds:
    """Places of ints, and of the lengths of sequences, that are of one kind."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def join(self, a: str, b: str) -> None:
        self._parent[self._root(a)] = self._root(b)

    def like(self, place: str) -> list[str]:
        """The places of the same kind, the place itself among them."""
        root = self._root(place)
        return [x for x in self._parent if self._root(x) == root]

    def _root(self, place: str) -> str:
        self._parent.setdefault(place, place)
        while self._parent[place] != place:
            place = self._parent[place]
        return place


def kinds_of(spec: n.Spec) -> Kinds:
    """The kinds of ints of a specification without helpers."""
    kinds = Kinds()
    for action in (spec.init, *spec.actions):
        meaning: dict[str, n.Expr] = {}
        for s in walk.statements_in(action.body):
            if isinstance(s, n.Let):
                meaning.setdefault(s.name, s.value)
            elif isinstance(s, n.Choose):
                meaning.setdefault(s.name, s.domain)
        for e in walk.everything_in(action.body):
            if isinstance(e, n.Bind):
                meaning.setdefault(e.name, e.value)
        for s in walk.statements_in(action.body):
            if isinstance(s, n.Assign):
                for place, value in _stored(s.field, s.value):
                    for other in _sources(value, meaning):
                        kinds.join(place, other)
    return kinds


def _stored(place: str, value: n.Expr) -> Iterator[tuple[str, n.Expr]]:
    """The ints that an assignment stores, each with its place."""
    for e in walk.everything_in(value):
        if isinstance(e, n.Record):
            for (name, sort), x in zip(e.sort.fields, e.args, strict=True):
                if sort == IntSort():
                    yield f"{e.sort.name}.{name}", x
    if _int_inside(value.sort):
        match value:
            case n.Put() | n.Fill() | n.MapOf():
                yield place, value.value
            case _:
                yield place, value


def _int_inside(sort: Sort) -> bool:
    while isinstance(sort, MapSort):
        sort = sort.value
    return sort == IntSort() or (isinstance(sort, OptionSort) and sort.of == IntSort())


def _sources(e: n.Expr, meaning: dict[str, n.Expr], depth: int = 0) -> Iterator[str]:
    """The places that an int is computed from."""
    match e:
        case n.Attr():
            for record in _records(e.of.sort):
                if record.field(e.name) == IntSort():
                    yield f"{record.name}.{e.name}"
        case n.Field() if _int_inside(e.sort):
            yield e.name
        case n.Get() if _int_inside(e.sort):
            yield from _sources(e.of, meaning, depth)
        case n.Size():
            for x in walk.everything_in(_looked_up(e.of, meaning)):
                if isinstance(x, n.Field) and isinstance(_value(x.sort), SeqSort):
                    yield f"len {x.name}"
        case n.Var() if e.name in meaning and depth < 8:
            yield from _sources(meaning[e.name], meaning, depth + 1)
        case n.If():
            yield from _sources(e.then, meaning, depth)
            yield from _sources(e.orelse, meaning, depth)
        case n.Add() | n.Sub() | n.Mul() | n.Min() | n.Max() | n.Put() | n.Bind() | n.Range():
            for x in walk.children(e):
                yield from _sources(x, meaning, depth)
        case n.Fold(op=n.Op.MIN | n.Op.MAX | n.Op.SUM):
            for g in e.generators:
                yield from _sources(g.domain, meaning, depth)
        case _:
            pass


def _looked_up(e: n.Expr, meaning: dict[str, n.Expr]) -> n.Expr:
    for _ in range(8):
        if not isinstance(e, n.Var) or e.name not in meaning:
            break
        e = meaning[e.name]
    return e


def _value(sort: Sort) -> Sort:
    while isinstance(sort, MapSort):
        sort = sort.value
    return sort


def _records(sort: Sort) -> tuple[RecordSort, ...]:
    match sort:
        case RecordSort():
            return (sort,)
        case UnionSort():
            return sort.records
        case SetSort() | BagSort() | OptionSort():
            return _records(sort.of)
        case _:
            return ()
