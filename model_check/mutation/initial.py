"""All ways to begin with another value in one field.

A number becomes the next one, what is empty gets an element, and everything else becomes any value
of its sort, the same at all keys of a map: an element, a member of an enumeration, a record of such
values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..ir import nodes as n
from ..ir.show import show_expr
from ..ir.sorts import (
    BagSort,
    BoolSort,
    ElementSort,
    EnumSort,
    IntSort,
    OptionSort,
    RecordSort,
    SeqSort,
    SetSort,
    Sort,
    SubsetSort,
    UnionSort,
)
from .alterations import Altered
from .mutant import Kind

__all__ = ["of_initial"]


def of_initial(init: n.Action) -> Iterator[Altered[n.Action]]:
    """The initial states with one field altered."""
    for i, s in enumerate(init.body):
        if not isinstance(s, n.Assign):
            continue
        for value, parameters in _altered(s.value):
            body = (*init.body[:i], replace(s, value=value), *init.body[i + 1 :])
            made = replace(init, parameters=(*init.parameters, *parameters), body=body)
            what = f"{s.field}: {show_expr(s.value)} became {show_expr(value)}"
            yield Altered(made, Kind.INITIAL, what, s.span)


Made = tuple[n.Expr, tuple[n.Parameter, ...]]
"""A value, and the choices that it leaves open."""


def _altered(e: n.Expr) -> Iterator[Made]:
    match e:
        case n.Fill():
            yield from ((replace(e, value=v), chosen) for v, chosen in _altered(e.value))
        case n.MapOf():
            yield from ((replace(e, value=v), chosen) for v, chosen in _altered(e.value))
        case n.Literal(value=bool(value), sort=BoolSort()):
            yield replace(e, value=not value), ()
        case n.Literal(value=int(value), sort=IntSort()):
            yield replace(e, value=value + 1), ()
        case n.Literal(value=None, sort=OptionSort(of=of) as sort):
            yield from ((n.Some(v, sort, span=e.span), c) for v, c in _any(of, "chosen"))
        case n.Literal(sort=EnumSort() as sort) | n.First(sort=sort):
            yield from _any(sort, "chosen")
        case n.SetOf(items=(), sort=SetSort(of=of) | BagSort(of=of) as sort):
            yield from ((n.SetOf((v,), sort, span=e.span), c) for v, c in _any(of, "chosen"))
        case n.Seq(items=(), sort=SeqSort(of=of) as sort):
            yield from ((n.Seq((v,), sort, span=e.span), c) for v, c in _any(of, "chosen"))
        case _:
            pass


def _any(sort: Sort, name: str) -> Iterator[Made]:
    """Any value of a sort; for a union of records, any of each."""
    match sort:
        case BoolSort() | ElementSort() | EnumSort() | SubsetSort():
            yield n.Var(name, sort), (n.Parameter(name, sort),)
        case OptionSort(of=BoolSort() | ElementSort() | EnumSort() | SubsetSort()):
            yield n.Var(name, sort), (n.Parameter(name, sort),)
        case OptionSort(of=of):
            yield from ((n.Some(v, sort), c) for v, c in _any(of, name))
        case IntSort():
            yield n.Literal(1, sort), ()
        case SetSort():
            yield n.SetOf((), sort), ()
        case SeqSort():
            yield n.Seq((), sort), ()
        case RecordSort(fields=fields):
            parts = [next(_any(of, f"{name}_{x}"), None) for x, of in fields]
            if None not in parts:
                made = [p for p in parts if p is not None]
                chosen = tuple(c for _, parameters in made for c in parameters)
                yield n.Record(sort, tuple(v for v, _ in made)), chosen
        case UnionSort(records=records):
            for record in records:
                yield from _any(record, name)
        case _:
            pass
