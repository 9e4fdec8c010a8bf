"""Walking: parts in order of evaluation, rebuilding, and the names a piece of IR mentions."""

from __future__ import annotations

from typing import get_args

from ballotproof.model_check.ir import nodes as n
from ballotproof.model_check.ir import walk
from ballotproof.model_check.ir.sorts import BOOL, INT, SetSort

from .. import build as b

X, Y = n.Var("x", INT), n.Var("y", INT)


def test_generators_come_before_the_body() -> None:
    domain = n.Of(b.SENT, b.ASK, SetSort(b.ASK))
    fold = b.every("m", domain, n.Lt(X, Y), n.Lt(Y, X))
    assert list(walk.children(fold)) == [domain, n.Lt(Y, X), n.Lt(X, Y)]


def test_missing_parts_are_none_of_the_children() -> None:
    assert list(walk.children(n.Slice(b.LOG, None, X, b.LOG.sort))) == [b.LOG, X]


def test_mapping_rebuilds_with_the_span_kept() -> None:
    span = n.NOWHERE.__class__("f", 1, 2, 3, 4)
    e = n.If(n.Lt(X, Y), X, Y, INT, span=span)
    made = walk.map_children(lambda part: Y if part == X else part, e)
    assert made == n.If(n.Lt(X, Y), Y, Y, INT)
    assert made.span == span


def test_mapping_with_the_identity_changes_nothing() -> None:
    fold = b.every("m", n.Of(b.SENT, b.ASK, SetSort(b.ASK)), n.Lt(X, Y), n.Lt(Y, X))
    for e in (fold, X, n.And((n.Lt(X, Y), n.Lt(Y, X))), b.SENT):
        assert walk.map_children(lambda part: part, e) == e


def test_every_kind_of_expression_is_known() -> None:
    """A node class added to the IR must say which of its attributes hold expressions."""
    for cls in get_args(n.Expr):
        assert cls in walk._PARTS


def test_names() -> None:
    body = (
        n.Let("a", X),
        n.Loop("c", b.NODE, n.All(b.NODE, SetSort(b.NODE)), (n.Let("d", n.Bind("e", X, Y, INT)),)),
        n.Return(b.some("f", n.Of(b.SENT, b.ASK, SetSort(b.ASK)), n.Literal(True, BOOL))),
    )
    assert list(walk.names_bound(body)) == ["a", "c", "d", "e", "f"]
    assert walk.variables(body) == {"x", "y"}
    assert walk.fields_read(body) == {"sent"}
    assert walk.fields_written((n.Branch(n.Lt(X, Y), (b.add(1),), ()),)) == {"count"}
