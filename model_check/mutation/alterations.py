"""All ways to alter a block or an expression in one place.

What is dropped is always one thing that the text says: a whole ``require``, one side of an ``and``
or ``or``, the premise of an implication, the condition of a comprehension, an assignment. What is
altered is a comparison: ``<`` becomes ``<=`` and the reverse. A helper is altered wherever it is
called.
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

__all__ = ["Altered", "Spot", "everywhere", "of_block", "of_claim", "of_expression"]

T = TypeVar("T", bound="n.Expr | tuple[n.Stmt, ...] | n.Stmt | n.Action")


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of the text that is altered, and how: where a helper is called twice, its text
    comes twice, and one edit changes both. ``whole`` is what the thing was taken from, of the class
    ``form``."""

    kind: Kind
    part: Span
    whole: Span
    form: str


@dataclass(frozen=True, slots=True)
class Altered(Generic[T]):
    """What came of something, and what was done to it; ``spot`` is None if a pass has made it."""

    made: T
    kind: Kind
    what: str
    span: Span
    spot: Spot | None = None


def of_block(body: tuple[n.Stmt, ...]) -> Iterator[Altered[tuple[n.Stmt, ...]]]:
    """Every block with one statement dropped, or altered inside."""
    for i, s in enumerate(body):
        before, after = body[:i], body[i + 1 :]
        kind = _kind(s)
        if kind is not None:
            spot = _spot(kind, s.span, s)
            yield Altered((*before, *after), kind, show_stmt(s), s.span, spot)
        for a in _of_statement(s):
            span = _place(a.span, s.span)
            yield Altered((*before, a.made, *after), a.kind, a.what, span, a.spot)


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
                yield Altered(replace(s, condition=a.made), a.kind, a.what, a.span, a.spot)
        case n.Let() | n.Assign():
            for a in of_expression(s.value):
                yield Altered(replace(s, value=a.made), a.kind, a.what, a.span, a.spot)
        case n.Choose():
            for a in of_expression(s.domain):
                yield Altered(replace(s, domain=a.made), a.kind, a.what, a.span, a.spot)
        case n.Loop():
            for a in of_expression(s.domain):
                yield Altered(replace(s, domain=a.made), a.kind, a.what, a.span, a.spot)
            for b in of_block(s.body):
                yield Altered(replace(s, body=b.made), b.kind, b.what, b.span, b.spot)
        case n.Branch():
            for a in of_expression(s.test):
                yield Altered(replace(s, test=a.made), a.kind, a.what, a.span, a.spot)
            for b in of_block(s.then):
                yield Altered(replace(s, then=b.made), b.kind, b.what, b.span, b.spot)
            for b in of_block(s.orelse):
                yield Altered(replace(s, orelse=b.made), b.kind, b.what, b.span, b.spot)
        case n.Return() | n.Perform():
            pass


# ------------------------------------------------------------------------------- expressions
def of_expression(e: n.Expr) -> Iterator[Altered[n.Expr]]:
    """Every expression with one condition in it dropped, or one comparison altered."""
    yield from _here(e)
    for number, part in enumerate(_parts(e)):
        for a in of_expression(part):
            made = _with_part(e, number, a.made)
            yield Altered(made, a.kind, a.what, _place(a.span, e.span), a.spot)


def _here(e: n.Expr) -> Iterator[Altered[n.Expr]]:
    """What can be done to the outermost operator."""
    match e:
        case n.And() | n.Or() if len(e.parts) > 1:
            for i, part in enumerate(e.parts):
                if not _tells_a_record(part):
                    rest = e.parts[:i] + e.parts[i + 1 :]
                    made = rest[0] if len(rest) == 1 else replace(e, parts=rest)
                    yield _dropped(made, part, e)
        case n.Implies() if not _tells_a_record(e.left):
            yield _dropped(e.right, e.left, e)
        case n.Lt():
            weaker = n.Le(e.left, e.right, span=e.span)
            spot = _spot(Kind.COMPARISON, e.span, e)
            yield Altered(weaker, Kind.COMPARISON, _becomes(e, weaker), e.span, spot)
        case n.Le():
            stricter = n.Lt(e.left, e.right, span=e.span)
            spot = _spot(Kind.COMPARISON, e.span, e)
            yield Altered(stricter, Kind.COMPARISON, _becomes(e, stricter), e.span, spot)
        case n.Fold():
            for i, g in enumerate(e.generators):
                if g.where is None or isinstance(g.where, n.And) or _tells_a_record(g.where):
                    continue
                free = (*e.generators[:i], replace(g, where=None), *e.generators[i + 1 :])
                yield _dropped(replace(e, generators=free), g.where, e)
        case _:
            pass


def _dropped(made: n.Expr, part: n.Expr, whole: n.Expr) -> Altered[n.Expr]:
    """An expression without one of its conditions. One that is a call of a helper has the place of
    what the helper returns: it is named by what it stands in."""
    span = part.span if _contains(whole.span, part.span) else whole.span
    spot = _spot(Kind.CONDITION, part.span, whole)
    return Altered(made, Kind.CONDITION, show_expr(part), span, spot)


def _contains(outer: Span, inner: Span) -> bool:
    start, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
    inside = start <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= end
    return outer.file == inner.file and inside


def _spot(kind: Kind, part: Span, whole: n.Expr | n.Stmt) -> Spot | None:
    """A place of the text; None for what a pass has made."""
    if n.NOWHERE in (part, whole.span):
        return None
    return Spot(kind, part, whole.span, type(whole).__name__)


def everywhere(
    alterations: Callable[[T], Iterator[Altered[T]]], original: T, spot: Spot | None
) -> T:
    """What comes of something if one place of the text is altered, as often as it was copied."""
    made = original
    while spot is not None:
        found = next((a.made for a in alterations(made) if a.spot == spot), None)
        if found is None:
            break
        made = found
    return made


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
