"""Which sets of a specification only grow: what was added once is never taken out again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..ir import nodes as n
from ..ir.sorts import SetSort

__all__ = ["growing"]


def growing(spec: n.Spec) -> frozenset[str]:
    """The fields that hold a set, of which every step keeps all elements.

    **In** a specification without helpers. Told by the form of the assignments alone, so that of a
    set which grows for a deeper reason it is not said.
    """
    sets = {f.name for f in spec.fields if isinstance(f.sort, SetSort)}
    for action in spec.actions:
        for assign in _assignments(action.body):
            if assign.field in sets and not _keeps(assign.field, assign.value):
                sets.discard(assign.field)
    return frozenset(sets)


def _assignments(body: Sequence[n.Stmt]) -> Iterator[n.Assign]:
    for s in body:
        match s:
            case n.Assign():
                yield s
            case n.Branch():
                yield from _assignments(s.then)
                yield from _assignments(s.orelse)
            case n.Loop():
                yield from _assignments(s.body)
            case _:
                pass


def _keeps(field: str, e: n.Expr) -> bool:
    """Whether a value has every element of the field."""
    match e:
        case n.Field():
            return e.name == field
        case n.With():
            return _keeps(field, e.collection)
        case n.UnionOf():
            return _keeps(field, e.left) or _keeps(field, e.right)
        case n.If():
            return _keeps(field, e.then) and _keeps(field, e.orelse)
        case n.Bind():
            return _keeps(field, e.body)
        case _:
            return False
