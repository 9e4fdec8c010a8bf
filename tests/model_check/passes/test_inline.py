"""Helpers called for their value become expressions."""

from __future__ import annotations

import pytest

from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir import nodes as n
from ballotproof.model_check.ir.show import show, show_expr
from ballotproof.model_check.ir.sorts import BOOL, INT, SetSort, Sort
from ballotproof.model_check.ir.wellformed import Stage, wellformed
from ballotproof.model_check.passes.inline import inline
from ballotproof.model_check.passes.inline_effects import inline_effects
from ballotproof.spec.lang.errors import Unsupported
from ballotproof.spec.lang.model import Model

from .. import build as b
from ..every_construct import MODELS
from ..golden import check

P, X, Y = n.Var("p", BOOL), n.Var("x", INT), n.Var("y", INT)
NODES = n.All(b.NODE, SetSort(b.NODE))
TRUE = n.Literal(True, BOOL)


def helper(name: str, result: Sort, *body: n.Stmt, **parameters: Sort) -> n.Function:
    return n.Function(name, tuple(parameters.items()), body, result, (), ())


def value_of(*body: n.Stmt, functions: tuple[n.Function, ...] = ()) -> str:
    """What an invariant with this body claims after the pass, which must be well-formed."""
    made = inline(b.spec(functions=functions, properties=(b.invariant("claim", *body),)))
    wellformed(made, Stage.INLINED)
    (only,) = made.properties[0].body
    assert isinstance(only, n.Return)
    assert only.value is not None
    return show_expr(only.value)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_whole_protocols_become_wellformed(model: Model) -> None:
    wellformed(inline(inline_effects(read(model.protocol, model))), Stage.INLINED)


def test_a_whole_protocol() -> None:
    model = MODELS[-1]
    text = show(inline(inline_effects(read(model.protocol, model))))
    check(text, "ir/every_construct_inlined.txt")


def test_variables_and_constants_are_put_in_place() -> None:
    less = helper("less", BOOL, n.Return(n.Lt(X, Y)), x=INT, y=INT)
    call = n.Call("less", (b.lit(1), n.Constant("limit", INT)), BOOL)
    assert value_of(n.Return(call), functions=(less,)) == "1 < limit"


def test_other_arguments_are_evaluated_once() -> None:
    less = helper("less", BOOL, n.Return(n.Lt(X, n.Add(X, Y))), x=INT, y=INT)
    call = n.Call("less", (n.Add(b.COUNT, b.lit(1)), b.lit(2)), BOOL)
    assert value_of(n.Return(call), functions=(less,)) == "let x = count + 1 in x < x + 2"


def test_names_bound_in_a_helper_are_new_each_time() -> None:
    asks = n.Of(b.SENT, b.ASK, SetSort(b.ASK))
    m = n.Var("m", b.ASK)
    some = helper("some", BOOL, n.Return(b.some("m", asks, n.Eq(m, m))))
    call = n.Call("some", (), BOOL)
    assert value_of(n.Return(n.And((call, call))), functions=(some,)) == (
        "any(m == m for m in sent.of(Ask)) and any(m_1 == m_1 for m_1 in sent.of(Ask))"
    )


def test_locals_become_bindings() -> None:
    body = (n.Let("x", b.COUNT), n.Let("x", n.Add(X, b.lit(1))), n.Return(n.Lt(X, X)))
    assert value_of(*body) == "let x = count in let x_1 = x + 1 in x_1 < x_1"


def test_a_branch_that_returns_is_a_conditional() -> None:
    body = (
        n.Branch(n.Lt(b.COUNT, b.lit(1)), (n.Return(TRUE),), ()),
        n.Return(n.Lt(b.COUNT, b.lit(2))),
    )
    assert value_of(*body) == "True if count < 1 else count < 2"


def test_a_branch_that_only_gives_values_decides_each_of_them_once() -> None:
    body = (
        n.Let("x", b.lit(0)),
        n.Branch(n.Lt(b.COUNT, b.lit(1)), (n.Let("x", b.lit(1)),), ()),
        n.Return(n.Lt(X, n.Add(X, X))),
    )
    assert value_of(*body) == (
        "let x = 0 in let test = count < 1 in let x_2 = 1 if test else x in x_2 < x_2 + x_2"
    )


def test_a_local_of_both_sides_of_a_branch_is_known_behind_it() -> None:
    either = n.Branch(n.Lt(b.COUNT, b.lit(1)), (n.Let("x", b.lit(1)),), (n.Let("x", b.lit(2)),))
    assert value_of(either, n.Return(n.Lt(X, b.COUNT))).endswith("< count")


def test_helpers_within_helpers() -> None:
    two = helper("two", INT, n.Return(b.lit(2)))
    four = helper("four", INT, n.Return(n.Add(n.Call("two", (), INT), n.Call("two", (), INT))))
    call = n.Return(n.Lt(n.Call("four", (), INT), b.COUNT))
    assert value_of(call, functions=(two, four)) == "2 + 2 < count"


def test_a_loop_is_no_expression() -> None:
    loop = n.Loop("a", b.NODE, NODES, (n.Let("x", b.lit(1)),))
    with pytest.raises(Unsupported, match="interpreter"):
        value_of(n.Let("x", b.lit(0)), loop, n.Return(n.Lt(X, b.COUNT)))
