"""Walking over the IR: what an expression or statement consists of, and rebuilding it from that.

The node classes are plain dataclasses, so one generic walk serves all passes; a pass names only the
nodes it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar, get_args

from . import nodes as n

__all__ = [
    "children",
    "conditions_of",
    "everything_in",
    "expressions_of",
    "fields_read",
    "fields_written",
    "map_children",
    "map_statement",
    "names_bound",
    "statements_in",
    "variables",
]

E = TypeVar("E", bound="n.Expr")


def _parts_of(cls: Any) -> tuple[str, ...]:
    plain = {"span", "sort", "name", "names", "record", "op", "function"}
    return tuple(f.name for f in fields(cls) if f.name not in plain)


_PARTS: dict[Any, tuple[str, ...]] = {cls: _parts_of(cls) for cls in get_args(n.Expr)}
"""For each class of expressions, the attributes that can hold expressions."""


def children(e: n.Expr) -> Iterator[n.Expr]:
    """The direct parts of an expression, in order of evaluation; generators before the body."""
    if isinstance(e, n.Fold):
        for g in e.generators:
            yield g.domain
            if g.where is not None:
                yield g.where
        yield e.body
        if e.default is not None:
            yield e.default
        return
    for name in _PARTS[type(e)]:
        value = getattr(e, name)
        if isinstance(value, n.Node):
            yield value  # type: ignore[misc]  # the nodes inside an expression are expressions
        elif isinstance(value, tuple):
            yield from (x for x in value if isinstance(x, n.Node))  # type: ignore[misc]  # likewise


def map_children(f: Callable[[n.Expr], n.Expr], e: n.Expr) -> n.Expr:
    """The same expression with ``f`` applied to each direct part. Keeps its span and sort."""
    if isinstance(e, n.Fold):
        generators = tuple(
            replace(g, domain=f(g.domain), where=None if g.where is None else f(g.where))
            for g in e.generators
        )
        default = None if e.default is None else f(e.default)
        return replace(e, generators=generators, body=f(e.body), default=default)
    changed: dict[str, Any] = {}
    for name in _PARTS[type(e)]:
        value = getattr(e, name)
        if isinstance(value, n.Node):
            changed[name] = f(value)  # type: ignore[arg-type]  # an expression, as above
        elif isinstance(value, tuple) and value and isinstance(value[0], n.Node):
            changed[name] = tuple(f(x) for x in value)
    return replace(e, **changed) if changed else e


def expressions_of(s: n.Stmt) -> tuple[n.Expr, ...]:
    """The expressions that a statement itself evaluates; not those of the blocks inside it."""
    match s:
        case n.Require():
            return (s.condition,)
        case n.Choose() | n.Loop():
            return (s.domain,)
        case n.Let() | n.Assign():
            return (s.value,)
        case n.Branch():
            return (s.test,)
        case n.Perform():
            return s.args
        case n.Return():
            return () if s.value is None else (s.value,)


def map_statement(f: Callable[[n.Expr], n.Expr], s: n.Stmt) -> n.Stmt:
    """The same statement with ``f`` applied to every expression in it and in its blocks."""
    match s:
        case n.Require():
            return replace(s, condition=f(s.condition))
        case n.Choose():
            return replace(s, domain=f(s.domain))
        case n.Let() | n.Assign():
            return replace(s, value=f(s.value))
        case n.Branch():
            then = tuple(map_statement(f, x) for x in s.then)
            orelse = tuple(map_statement(f, x) for x in s.orelse)
            return replace(s, test=f(s.test), then=then, orelse=orelse)
        case n.Loop():
            return replace(s, domain=f(s.domain), body=tuple(map_statement(f, x) for x in s.body))
        case n.Perform():
            return replace(s, args=tuple(map(f, s.args)))
        case n.Return():
            return s if s.value is None else replace(s, value=f(s.value))


def statements_in(body: Iterable[n.Stmt]) -> Iterator[n.Stmt]:
    """Every statement of a block and of the blocks inside it, outer ones first."""
    for s in body:
        yield s
        match s:
            case n.Branch():
                yield from statements_in(s.then)
                yield from statements_in(s.orelse)
            case n.Loop():
                yield from statements_in(s.body)
            case _:
                pass


def everything_in(root: n.Expr | Iterable[n.Stmt]) -> Iterator[n.Expr]:
    """Every expression inside an expression or a block, outer ones first. A work list, so that
    deep expressions need no deep stack."""
    work: list[n.Expr]
    if isinstance(root, n.Node):
        work = [root]
    else:
        work = [e for s in statements_in(root) for e in expressions_of(s)][::-1]
    while work:
        e = work.pop()
        yield e
        work.extend(reversed(list(children(e))))


def conditions_of(body: Iterable[n.Stmt]) -> Iterator[n.Require | n.Choose]:
    """The statements of a block that can make an action not enabled, in order."""
    return (s for s in statements_in(body) if isinstance(s, n.Require | n.Choose))


def variables(root: n.Expr | Iterable[n.Stmt]) -> set[str]:
    """The names of all variables that are mentioned, bound inside or not."""
    return {e.name for e in everything_in(root) if isinstance(e, n.Var)}


def names_bound(root: n.Expr | Iterable[n.Stmt]) -> dict[str, None]:
    """The names that are given a meaning inside: locals, variables of loops and comprehensions.

    In the order of the text, statements first.
    """
    found: list[str] = []
    if not isinstance(root, n.Node):
        root = tuple(root)
        found += [s.name for s in statements_in(root) if isinstance(s, n.Let | n.Loop)]
    for e in everything_in(root):
        match e:
            case n.Fold():
                found += [g.name for g in e.generators]
            case n.MapOf():
                found += e.names
            case n.Bind():
                found.append(e.name)
            case _:
                pass
    return dict.fromkeys(found)


def fields_read(root: n.Expr | Iterable[n.Stmt]) -> set[str]:
    """The state fields that are mentioned; those read by helpers it calls are not included."""
    return {e.name for e in everything_in(root) if isinstance(e, n.Field)}


def fields_written(body: Iterable[n.Stmt]) -> set[str]:
    """The state fields that a block assigns."""
    return {s.field for s in statements_in(body) if isinstance(s, n.Assign)}
