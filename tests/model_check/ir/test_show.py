"""The text of the IR: golden files for whole protocols, and how operators group."""

from __future__ import annotations

import pytest

from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir import nodes as n
from ballotproof.model_check.ir.show import show, show_expr, show_stmt
from ballotproof.model_check.ir.sorts import BOOL, INT, EnumSort, OptionSort, SetSort, TupleSort
from ballotproof.spec.lang.model import Model

from .. import build as b
from ..every_construct import MODELS
from ..golden import check

P, Q, R = (n.Var(x, BOOL) for x in "pqr")
X, Y, Z = (n.Var(x, INT) for x in "xyz")
VOTE = n.Var("vote", OptionSort(b.REPLY))
ROLE = EnumSort("Role", ("IDLE", "BUSY"))
PAIR = n.Tuple((X, Y), TupleSort((INT, INT)))
ASKED = n.Var("m", b.MESSAGE)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_whole_protocols_as_read(model: Model) -> None:
    slug = model.name.replace(",", "").replace(" ", "_").lower()
    check(show(read(model.protocol, model)), f"ir/every_construct_{slug}.txt")


@pytest.mark.parametrize(
    ("e", "text"),
    [
        (n.Or((n.And((P, Q)), R)), "p and q or r"),
        (n.And((n.Or((P, Q)), R)), "(p or q) and r"),
        (n.And((n.And((P, Q)), R)), "(p and q) and r"),
        (n.And((P,)), "and(p)"),
        (n.Or(()), "or()"),
        (n.Not(n.And((P, Q))), "not (p and q)"),
        (n.And((n.Not(P), Q)), "not p and q"),
        (n.Not(n.Not(P)), "not not p"),
        (n.Not(n.Eq(X, Y)), "x != y"),
        (n.Eq(n.Eq(X, Y), P), "(x == y) == p"),
        (n.Not(n.IsNone(VOTE)), "vote is not None"),
        (n.Not(n.In(X, n.Range(Y, Z, b.LOG.sort))), "x not in range(y, z)"),
        (n.Implies(P, n.Implies(Q, R)), "p ==> q ==> r"),
        (n.Implies(n.Implies(P, Q), R), "(p ==> q) ==> r"),
        (n.Not(n.Implies(P, Q)), "not (p ==> q)"),
        (n.If(P, X, Y, INT), "x if p else y"),
        (n.Add(n.If(P, X, Y, INT), Z), "(x if p else y) + z"),
        (n.Sub(X, n.Sub(Y, Z)), "x - (y - z)"),
        (n.Sub(n.Sub(X, Y), Z), "x - y - z"),
        (n.Mul(n.Add(X, Y), Z), "(x + y) * z"),
        (n.Lt(n.Add(X, Y), Z), "x + y < z"),
        (n.Min(X, n.Max(Y, Z, INT), INT), "min(x, max(y, z))"),
        (n.Unwrap(VOTE, b.REPLY), "vote!"),
        (n.Attr(n.Unwrap(VOTE, b.REPLY), "ballot", b.BALLOT), "vote!.ballot"),
        (n.Some(X, OptionSort(INT)), "some(x)"),
        (n.As(ASKED, b.ASK), "(m as Ask)"),
        (n.IsRecord(ASKED, b.ASK), "m is Ask"),
        (n.Not(n.IsRecord(ASKED, b.ASK)), "m is not Ask"),
        (n.Literal(1, ROLE), "Role.BUSY"),
        (n.First(b.BALLOT), "first(Ballot)"),
        (n.Item(PAIR, 1, INT), "(x, y).1"),
        (n.Slice(b.LOG, None, X, b.LOG.sort), "log[:x]"),
        (n.At(n.Concat(b.LOG, b.LOG, b.LOG.sort), X, INT), "(log ++ log)[x]"),
        (n.SetOf((X, Y), SetSort(INT)), "{x, y}"),
        (n.After("count", INT), "count'"),
        (n.Bind("z", X, n.Add(Z, Y), INT), "let z = x in z + y"),
        (n.Add(n.Bind("z", X, Z, INT), Y), "(let z = x in z) + y"),
        (
            b.every("m", n.Of(b.SENT, b.ASK, SetSort(b.ASK)), P, Q),
            "all(p for m in sent.of(Ask) if q)",
        ),
    ],
)
def test_expressions_group_as_they_must(e: n.Expr, text: str) -> None:
    assert show_expr(e) == text


def test_a_field_is_told_from_a_local_of_its_name() -> None:
    assert show_expr(n.Add(b.COUNT, n.Var("count", INT))) == "self.count + count"
    assert show_expr(n.Add(b.COUNT, X)) == "count + x"


def test_statements() -> None:
    statement = n.Branch(P, (b.add(1),), (n.Require(Q), n.Loop("a", b.NODE, ALL_NODES, ())))
    assert show_stmt(statement) == "\n".join(
        [
            "if p:",
            "  count := count + 1",
            "else:",
            "  require q",
            "  for a: Node in Node:",
            "    pass",
        ]
    )


def test_one_entry_of_a_map() -> None:
    put = n.Put(b.PROMISED, n.Var("a", b.NODE), n.Var("x", OptionSort(b.BALLOT)), b.PROMISED.sort)
    assert show_stmt(n.Assign("promised", put)) == "promised[a] := x"
    assert show_expr(put) == "promised[a := x]"


ALL_NODES = n.All(b.NODE, SetSort(b.NODE))
