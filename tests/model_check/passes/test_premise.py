"""When an invariant says something of a state."""

from __future__ import annotations

from ballotproof.model_check.ir import nodes as n
from ballotproof.model_check.ir.show import show_expr
from ballotproof.model_check.ir.sorts import BOOL, INT, SeqSort, SetSort
from ballotproof.model_check.passes.premise import premise

from .. import build as b

P, Q, R = (n.Var(x, BOOL) for x in "pqr")
NODES = n.All(b.NODE, SetSort(b.NODE))
ASKS = n.Of(b.SENT, b.ASK, SetSort(b.ASK))
TRUE = n.Literal(True, BOOL)


def shown(e: n.Expr) -> str | None:
    made = premise(e)
    return None if made is None else show_expr(made)


def test_a_claim_of_all_elements_of_a_sort_always_says_something() -> None:
    assert shown(b.every("a", NODES, P)) is None
    assert shown(b.every("i", n.Range(b.lit(0), b.lit(3), SeqSort(INT)), P)) is None


def test_a_condition_is_a_premise() -> None:
    assert shown(b.every("a", NODES, P, Q)) == "any(True for a in Node if q)"


def test_a_set_of_the_state_may_be_empty() -> None:
    assert shown(b.every("m", ASKS, P)) == "any(True for m in sent.of(Ask))"


def test_nested_claims_need_all_their_premises() -> None:
    inner = b.every("m", ASKS, P, Q)
    assert shown(b.every("a", NODES, inner, R)) == (
        "any(any(True for m in sent.of(Ask) if q) for a in Node if r)"
    )
    assert shown(b.every("a", NODES, n.Implies(P, Q))) == "any(p for a in Node)"


def test_implications() -> None:
    assert shown(n.Implies(P, Q)) == "p"
    assert shown(n.Implies(P, n.Implies(Q, R))) == "p and q"


def test_one_part_of_a_conjunction_is_enough() -> None:
    both = n.And((n.Implies(P, Q), R, b.every("m", ASKS, P)))
    assert shown(both) == "p or any(True for m in sent.of(Ask))"
    assert shown(n.And((P, Q))) is None


def test_a_side_that_is_simply_true_says_nothing() -> None:
    assert shown(n.If(P, TRUE, Q, BOOL)) == "False if p else True"
    assert shown(n.If(P, n.Implies(Q, R), TRUE, BOOL)) == "q if p else False"
    assert shown(n.If(P, Q, R, BOOL)) is None


def test_locals_stay_bound() -> None:
    bound = n.Bind("x", b.COUNT, n.Implies(n.Lt(n.Var("x", INT), b.COUNT), P), BOOL)
    assert shown(bound) == "let x = count in x < count"
