"""Small specifications in IR, for tests that need no front end: a counter and some messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ballotproof.model_check.ir import nodes as n
from ballotproof.model_check.ir.sorts import (
    BOOL,
    INT,
    ElementSort,
    MapSort,
    OptionSort,
    RecordSort,
    SeqSort,
    SetSort,
    Sort,
    SubsetSort,
    UnionSort,
)

NODE = ElementSort("Node")
BALLOT = ElementSort("Ballot", ordered=True)
QUORUM = SubsetSort("Quorum", NODE, intersecting=True)
ASK = RecordSort("Ask", (("ballot", BALLOT),))
REPLY = RecordSort("Reply", (("node", NODE), ("ballot", BALLOT)))
MESSAGE = UnionSort((ASK, REPLY))

PROMISED = n.Field("promised", MapSort(NODE, OptionSort(BALLOT)))
SENT = n.Field("sent", SetSort(MESSAGE))
COUNT = n.Field("count", INT)
LOG = n.Field("log", SeqSort(INT))
FIELDS = (PROMISED, SENT, COUNT, LOG)


def var(name: str, sort: Sort) -> n.Var:
    return n.Var(name, sort)


def lit(value: bool | int) -> n.Literal:
    return n.Literal(value, BOOL if isinstance(value, bool) else INT)


def attr(of: n.Expr, name: str) -> n.Attr:
    """A field of a record, with its sort."""
    assert isinstance(of.sort, RecordSort)
    sort = of.sort.field(name)
    assert sort is not None
    return n.Attr(of, name, sort)


def every(name: str, domain: n.Expr, body: n.Expr, where: n.Expr | None = None) -> n.Fold:
    """``all(body for name in domain if where)``."""
    sort: Any = domain.sort
    return n.Fold(n.Op.ALL, body, (n.Generator(name, sort.of, domain, where),), BOOL)


def some(name: str, domain: n.Expr, body: n.Expr, where: n.Expr | None = None) -> n.Fold:
    """``any(body for name in domain if where)``."""
    return replace(every(name, domain, body, where), op=n.Op.ANY)


def add(count: int) -> n.Assign:
    """``self.count += count``."""
    return n.Assign("count", n.Add(COUNT, lit(count)))


def send(message: n.Expr) -> n.Assign:
    """``self.sent.add(message)``."""
    return n.Assign("sent", n.With(SENT, message, SENT.sort))


def action(name: str, *body: n.Stmt, parameters: tuple[n.Parameter, ...] = ()) -> n.Action:
    return n.Action(name, parameters, body)


INIT = action(
    "init",
    n.Assign("promised", n.Fill(n.Literal(None, OptionSort(BALLOT)), PROMISED.sort)),
    n.Assign("sent", n.SetOf((), SENT.sort)),
    n.Assign("count", lit(0)),
    n.Assign("log", n.Seq((), LOG.sort)),
)


def spec(
    *actions: n.Action,
    functions: tuple[n.Function, ...] = (),
    properties: tuple[n.Property, ...] = (),
    init: n.Action = INIT,
) -> n.Spec:
    """A protocol with these actions over the fields above."""
    return n.Spec(
        "Small",
        tuple(n.FieldDecl(f.name, f.sort) for f in FIELDS),
        (("limit", INT),),
        (NODE, BALLOT, QUORUM),
        (ASK, REPLY),
        init,
        actions,
        functions,
        properties,
        (),
    )


def invariant(name: str, *body: n.Stmt) -> n.Property:
    return n.Property(name, n.PropertyKind.INVARIANT, body)
