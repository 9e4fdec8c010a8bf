"""What the claims of a specification depend on, and what its actions change.

A claim is asked anew only where a step has written something that it reads.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...ir import nodes as n
from ...ir import walk
from ...ir.sorts import (
    BagSort,
    RecordSort,
    SetSort,
    Sort,
    UnionSort,
)

__all__ = ["Component", "components_of", "components_read", "components_written"]

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
