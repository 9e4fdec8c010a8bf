"""All ways to alter a block or an expression in one place.

What is dropped is always one thing that the text says: a whole ``require``, one side of an ``and``
or ``or``, the premise of an implication, the condition of a comprehension, an assignment. What is
altered is a comparison: ``<`` becomes ``<=`` and the reverse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from ...spec.lang.errors import Span
from ..ir import nodes as n
from ..ir.show import show_expr, show_stmt
from ..ir.sorts import RecordSort, SetSort, UnionSort
from ..ir.walk import map_children
from .mutant import Kind

__all__ = ["Altered", "of_block", "of_claim", "of_expression"]

T = TypeVar("T", bound="n.Expr | tuple[n.Stmt, ...] | n.Stmt | n.Action")


@dataclass(frozen=True, slots=True)
class Altered(Generic[T]):
    """What came of something, and what was done to it."""

    made: T
    kind: Kind
    what: str
    span: Span


def of_block(body: tuple[n.Stmt, ...]) -> Iterator[Altered[tuple[n.Stmt, ...]]]:
    """Every block with one statement dropped, or altered inside."""
    for i, s in enumerate(body):
        before, after = body[:i], body[i + 1 :]
        kind = _kind(s)
        if kind is not None:
            yield Altered((*before, *after), kind, show_stmt(s), s.span)
        for a in _of_statement(s):
            yield Altered((*before, a.made, *after), a.kind, a.what, _place(a.span, s.span))


def _kind(s: n.Stmt) -> Kind | None:
    """How it is called if a statement is dropped; None if it cannot be."""
    match s:
        case n.Require():
            return Kind.GUARD
        case n.Assign():
            return Kind.SEND if _sends(s) else Kind.UPDATE
        case _:
            return None


def _sends(s: n.Assign) -> bool:
    """Whether a record is added to a set of them, as messages are sent."""
    if not isinstance(s.value, n.With) or not isinstance(s.value.sort, SetSort):
        return False
    return isinstance(s.value.sort.of, RecordSort | UnionSort)


def _of_statement(s: n.Stmt) -> Iterator[Altered[n.Stmt]]:
    match s:
        case n.Require():
            for a in of_expression(s.condition):
                yield Altered(replace(s, condition=a.made), a.kind, a.what, a.span)
        case n.Let() | n.Assign():
            for a in of_expression(s.value):
                yield Altered(replace(s, value=a.made), a.kind, a.what, a.span)
        case n.Choose():
            for a in of_expression(s.domain):
                yield Altered(replace(s, domain=a.made), a.kind, a.what, a.span)
        case n.Loop():
            for a in of_expression(s.domain):
                yield Altered(replace(s, domain=a.made), a.kind, a.what, a.span)
            for b in of_block(s.body):
                yield Altered(replace(s, body=b.made), b.kind, b.what, b.span)
        case n.Branch():
            for a in of_expression(s.test):
                yield Altered(replace(s, test=a.made), a.kind, a.what, a.span)
            for b in of_block(s.then):
                yield Altered(replace(s, then=b.made), b.kind, b.what, b.span)
            for b in of_block(s.orelse):
                yield Altered(replace(s, orelse=b.made), b.kind, b.what, b.span)
        case n.Return() | n.Perform():
            pass


# ------------------------------------------------------------------------------- expressions
def of_expression(e: n.Expr) -> Iterator[Altered[n.Expr]]:
    """Every expression with one condition in it dropped, or one comparison altered."""
    yield from _here(e)
    for number, part in enumerate(_parts(e)):
        for a in of_expression(part):
            made = _with_part(e, number, a.made)
            yield Altered(made, a.kind, a.what, _place(a.span, e.span))


def _here(e: n.Expr) -> Iterator[Altered[n.Expr]]:
    """What can be done to the outermost operator."""
    match e:
        case n.And() | n.Or() if len(e.parts) > 1:
            for i, part in enumerate(e.parts):
                if not _tells_a_record(part):
                    rest = e.parts[:i] + e.parts[i + 1 :]
                    made = rest[0] if len(rest) == 1 else replace(e, parts=rest)
                    yield Altered(made, Kind.CONDITION, show_expr(part), _place(part.span, e.span))
        case n.Implies() if not _tells_a_record(e.left):
            yield Altered(e.right, Kind.CONDITION, show_expr(e.left), _place(e.left.span, e.span))
        case n.Lt():
            weaker = n.Le(e.left, e.right, span=e.span)
            yield Altered(weaker, Kind.COMPARISON, _becomes(e, weaker), e.span)
        case n.Le():
            stricter = n.Lt(e.left, e.right, span=e.span)
            yield Altered(stricter, Kind.COMPARISON, _becomes(e, stricter), e.span)
        case n.Fold():
            for i, g in enumerate(e.generators):
                if g.where is None or isinstance(g.where, n.And) or _tells_a_record(g.where):
                    continue
                free = (*e.generators[:i], replace(g, where=None), *e.generators[i + 1 :])
                yield Altered(
                    replace(e, generators=free),
                    Kind.CONDITION,
                    show_expr(g.where),
                    _place(g.where.span, e.span),
                )
        case _:
            pass


def _tells_a_record(e: n.Expr) -> bool:
    """Whether a condition says of which class a record is: what comes after it relies on that as
    on a type."""
    return isinstance(e, n.IsRecord) or (isinstance(e, n.Not) and _tells_a_record(e.of))


def _becomes(before: n.Expr, after: n.Expr) -> str:
    return f"{show_expr(before)} became {show_expr(after)}"


def _place(span: Span, outer: Span) -> Span:
    """Where something is; where what it stands in is, if a pass has made it."""
    return outer if span == n.NOWHERE else span


def _parts(e: n.Expr) -> list[n.Expr]:
    """The direct parts, in the order in which ``map_children`` meets them."""
    found: list[n.Expr] = []

    def note(part: n.Expr) -> n.Expr:
        found.append(part)
        return part

    map_children(note, e)
    return found


def _with_part(e: n.Expr, number: int, made: n.Expr) -> n.Expr:
    """The expression with one of its direct parts replaced."""
    met = -1

    def put(part: n.Expr) -> n.Expr:
        nonlocal met
        met += 1
        return made if met == number else part

    return map_children(put, e)


# ------------------------------------------------------------------------------------ claims
def of_claim(e: n.Expr) -> Iterator[Altered[n.Expr]]:
    """A claim that says several things, each time without one of them."""
    match e:
        case n.And() if len(e.parts) > 1:
            for i, part in enumerate(e.parts):
                rest = e.parts[:i] + e.parts[i + 1 :]
                made = rest[0] if len(rest) == 1 else replace(e, parts=rest)
                yield Altered(made, Kind.CONJUNCT, show_expr(part), _place(part.span, e.span))
                for a in of_claim(part):
                    inside = (*e.parts[:i], a.made, *e.parts[i + 1 :])
                    yield Altered(replace(e, parts=inside), a.kind, a.what, a.span)
        case n.Fold(op=n.Op.ALL):
            yield from _inside(e.body, lambda body: replace(e, body=body), e.span)
        case n.Implies():
            yield from _inside(e.right, lambda right: replace(e, right=right), e.span)
        case n.Bind():
            yield from _inside(e.body, lambda body: replace(e, body=body), e.span)
        case _:
            pass


def _inside(
    part: n.Expr, put: Callable[[n.Expr], n.Expr], outer: Span
) -> Iterator[Altered[n.Expr]]:
    for a in of_claim(part):
        yield Altered(put(a.made), a.kind, a.what, _place(a.span, outer))
