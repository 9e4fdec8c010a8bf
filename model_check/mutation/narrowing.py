"""What a text reads without having shown that it is there.

mypy lets an optional value be used only where a test before it has shown that it is not None, and a
field of one class of a union only where the class is known; nobody checks a text that it refuses.
So a mutant that loses the test says nothing of the protocol. Only a comparison for equality can do
without: then it is one of values that may be None, as the front end reads it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import overload

from ..ir import nodes as n
from ..ir.sorts import Sort, records_of
from ..ir.walk import (
    children,
    everything_in,
    fields_read,
    map_children,
    map_statement,
    statements_in,
    variables,
)

__all__ = ["accepted", "unshown"]

Facts = frozenset[tuple[n.IsNone | n.IsRecord, bool]]
"""Tests of which it is known how they end."""

NOTHING: Facts = frozenset()


@overload
def accepted(made: n.Expr, original: n.Expr) -> n.Expr | None: ...
@overload
def accepted(
    made: tuple[n.Stmt, ...], original: tuple[n.Stmt, ...]
) -> tuple[n.Stmt, ...] | None: ...


def accepted(
    made: n.Expr | tuple[n.Stmt, ...], original: n.Expr | tuple[n.Stmt, ...]
) -> n.Expr | tuple[n.Stmt, ...] | None:
    """What the front end would make of an altered text, a claim or the body of an action: the same,
    or with values compared that may be None. None if mypy would refuse it."""
    most = len(unshown(original))
    first = unshown(made)
    if len(first) <= most:
        return made
    ids = {id(e) for e in first}

    def compared(e: n.Expr) -> n.Expr:
        inner = map_children(compared, e)
        if not (isinstance(e, n.Eq) and isinstance(inner, n.Eq)):
            return inner
        left, right = inner.left, inner.right
        if id(e.left) in ids and isinstance(left, n.Unwrap):
            return replace(inner, left=left.of, right=_optional(right, left.of.sort))
        if id(e.right) in ids and isinstance(right, n.Unwrap):
            return replace(inner, left=_optional(left, right.of.sort), right=right.of)
        return inner

    def block(body: tuple[n.Stmt, ...]) -> tuple[n.Stmt, ...]:
        return tuple(map_statement(compared, s) for s in body)

    wider = block(made) if isinstance(made, tuple) else compared(made)
    return wider if len(unshown(wider)) <= most else None


def _optional(e: n.Expr, sort: Sort) -> n.Expr:
    return n.Some(e, sort, span=e.span)


def unshown(root: n.Expr | tuple[n.Stmt, ...]) -> list[n.Expr]:
    """The expressions that use a value as what no test before them has shown it to be.

    What is shown in ways that are not followed here is among them, so two texts are to be compared.
    """
    reading = _Reading()
    if isinstance(root, tuple):
        reading.block(root, NOTHING)
    else:
        reading.expression(root, NOTHING)
    return reading.found


@dataclass
class _Reading:
    """Goes through a text in order of evaluation, with what is known there."""

    found: list[n.Expr] = field(default_factory=list)

    # ------------------------------------------------------------------------- statements
    def block(self, body: Iterable[n.Stmt], known: Facts) -> Facts:
        for s in body:
            known = self.statement(s, known)
        return known

    def statement(self, s: n.Stmt, known: Facts) -> Facts:
        """What is known after a statement."""
        match s:
            case n.Require():
                self.expression(s.condition, known)
                return known | true_of(s.condition, truth=True)
            case n.Branch():
                self.expression(s.test, known)
                then = self.block(s.then, known | true_of(s.test, truth=True))
                orelse = self.block(s.orelse, known | true_of(s.test, truth=False))
                return then & orelse
            case n.Loop():
                self.expression(s.domain, known)
                here = _without(known, s.body)
                self.block(s.body, here)
                return here
            case n.Let():
                self.expression(s.value, known)
                return _assigned(known, s.name, n.Var(s.name, s.value.sort), s.value)
            case n.Assign():
                self.expression(s.value, known)
                return _assigned(known, s.field, n.Field(s.field, s.value.sort), s.value)
            case n.Choose():
                self.expression(s.domain, known)
            case n.Perform():
                for e in s.args:
                    self.expression(e, known)
            case n.Return():
                if s.value is not None:
                    self.expression(s.value, known)
        return known

    # ------------------------------------------------------------------------ expressions
    def expression(self, e: n.Expr, known: Facts) -> None:
        match e:
            case n.And() | n.Or():
                for part in e.parts:
                    self.expression(part, known)
                    known |= true_of(part, truth=isinstance(e, n.And))
            case n.Implies():
                self.expression(e.left, known)
                self.expression(e.right, known | true_of(e.left, truth=True))
            case n.If():
                self.expression(e.test, known)
                self.expression(e.then, known | true_of(e.test, truth=True))
                self.expression(e.orelse, known | true_of(e.test, truth=False))
            case n.Bind():
                self.expression(e.value, known)
                self.expression(e.body, _assigned(known, e.name, _variable(e), e.value))
            case n.Fold():
                self.fold(e, known)
            case _:
                if not _shown(e, known):
                    self.found.append(e)
                for part in children(e):
                    self.expression(part, known)

    def fold(self, e: n.Fold, known: Facts) -> None:
        if e.default is not None:
            self.expression(e.default, known)
        for g in e.generators:
            self.expression(g.domain, known)
            if g.where is not None:
                self.expression(g.where, known)
                known |= true_of(g.where, truth=True)
        self.expression(e.body, known)


# ------------------------------------------------------------------------------------- facts
def true_of(e: n.Expr, *, truth: bool) -> Facts:
    """What is known when a condition has ended so."""
    match e:
        case n.IsNone() | n.IsRecord():
            return frozenset({(e, truth)})
        case n.Not():
            return true_of(e.of, truth=not truth)
        case n.And() | n.Or() if isinstance(e, n.And) == truth:
            return NOTHING.union(*(true_of(x, truth=truth) for x in e.parts))
        case n.And() | n.Or():
            return _in_each(e.parts, truth=truth)
        case n.Implies() if not truth:
            return true_of(e.left, truth=True) | true_of(e.right, truth=False)
        case n.Implies():
            before = true_of(e.left, truth=True)
            return true_of(e.left, truth=False) & (before | true_of(e.right, truth=True))
        case n.Bind():
            return frozenset(f for f in true_of(e.body, truth=truth) if not _mentions(f, e.name))
        case _:
            return NOTHING


def _in_each(parts: tuple[n.Expr, ...], *, truth: bool) -> Facts:
    """What is known when one part has ended so, and those before it have not."""
    ways = []
    before = NOTHING
    for part in parts:
        ways.append(before | true_of(part, truth=truth))
        before |= true_of(part, truth=not truth)
    return frozenset.intersection(*ways)


def _shown(e: n.Expr, known: Facts) -> bool:
    """Whether an expression uses a value as no more than it is known to be."""
    match e:
        case n.Unwrap():
            return isinstance(e.of, n.Some) or (n.IsNone(e.of), False) in known
        case n.As():
            left = [r for r in records_of(e.of.sort) if r not in records_of(e.sort)]
            if any((n.IsRecord(e.of, r), True) in known for r in records_of(e.sort)):
                return True
            return all((n.IsRecord(e.of, r), False) in known for r in left)
        case _:
            return True


def _assigned(known: Facts, name: str, place: n.Expr, value: n.Expr) -> Facts:
    """What is known when a field or local has a new value: no more of the old one, and of the new
    one what is known of the value."""
    kept = {f for f in known if not _mentions(f, name)}
    if isinstance(value, n.Some):
        kept.add((n.IsNone(place), False))
    kept |= {(_of(f, place), end) for f, end in known if f.of == value}
    return frozenset(kept)


def _of(test: n.IsNone | n.IsRecord, place: n.Expr) -> n.IsNone | n.IsRecord:
    return n.IsNone(place) if isinstance(test, n.IsNone) else n.IsRecord(place, test.record)


def _without(known: Facts, body: tuple[n.Stmt, ...]) -> Facts:
    """What is still known where a block may have been executed."""
    names = {s.field for s in statements_in(body) if isinstance(s, n.Assign)}
    names |= {s.name for s in statements_in(body) if isinstance(s, n.Let)}
    return frozenset(f for f in known if not any(_mentions(f, name) for name in names))


def _mentions(fact: tuple[n.IsNone | n.IsRecord, bool], name: str) -> bool:
    return name in variables(fact[0]) or name in fields_read(fact[0])


def _variable(e: n.Bind) -> n.Var:
    return next(
        (x for x in everything_in(e.body) if isinstance(x, n.Var) and x.name == e.name),
        n.Var(e.name, e.value.sort),
    )
