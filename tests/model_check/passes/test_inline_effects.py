"""Helpers called for their effect are expanded, and actions return no more."""

from __future__ import annotations

import pytest

from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir import nodes as n
from ballotproof.model_check.ir.show import show, show_stmt
from ballotproof.model_check.ir.sorts import BOOL, INT, SetSort, Sort
from ballotproof.model_check.ir.wellformed import Stage, wellformed
from ballotproof.model_check.passes.inline_effects import inline_effects
from ballotproof.spec.lang.model import Model

from .. import build as b
from ..every_construct import MODELS
from ..golden import check

P, X, Y = n.Var("p", BOOL), n.Var("x", INT), n.Var("y", INT)
M = n.Var("m", b.ASK)
FLAG = n.Parameter("p", BOOL)
DRAWN = n.Parameter("m", b.ASK, drawn=True)


def helper(name: str, *body: n.Stmt, **parameters: Sort) -> n.Function:
    return n.Function(name, tuple(parameters.items()), body, None, (), ("count",))


def expanded(action: n.Action, *functions: n.Function) -> str:
    """The text of the only action after the pass, well-formed."""
    made = inline_effects(b.spec(action, functions=functions))
    wellformed(made, Stage.EFFECTS_INLINED)
    return "\n".join(map(show_stmt, made.actions[0].body))


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_whole_protocols_become_wellformed(model: Model) -> None:
    wellformed(inline_effects(read(model.protocol, model)), Stage.EFFECTS_INLINED)


def test_a_variant_with_its_overridden_actions() -> None:
    model = MODELS[-1]
    check(show(inline_effects(read(model.protocol, model))), "ir/every_construct_flat.txt")


def test_a_variable_given_for_a_parameter_takes_its_place() -> None:
    more = helper("more", n.Assign("count", n.Add(b.COUNT, X)), x=INT)
    body = (n.Let("y", b.lit(1)), n.Perform("more", (Y,)))
    assert expanded(b.action("s", *body), more) == "let y: int = 1\ncount := count + y"


def test_any_other_value_is_given_to_a_local() -> None:
    more = helper("more", n.Assign("count", n.Add(b.COUNT, X)), x=INT)
    action = b.action("s", n.Perform("more", (n.Add(b.COUNT, b.lit(1)),)))
    assert expanded(action, more) == "let x: int = count + 1\ncount := count + x"


def test_an_argument_is_read_before_the_helper_changes_the_state() -> None:
    body = (b.add(1), n.Assign("count", n.Add(b.COUNT, X)))
    action = b.action("s", n.Perform("more", (b.COUNT,)))
    assert expanded(action, helper("more", *body, x=INT)) == "\n".join(
        ["let x: int = count", "count := count + 1", "count := count + x"]
    )


def test_a_parameter_that_the_helper_changes_is_a_copy() -> None:
    more = helper("more", n.Let("x", n.Add(X, b.lit(1))), n.Assign("count", X), x=INT)
    body = (n.Let("y", b.lit(1)), n.Perform("more", (Y,)), n.Assign("count", Y))
    assert expanded(b.action("s", *body), more).split("\n")[1:] == [
        "let x: int = y",
        "let x: int = x + 1",
        "count := x",
        "count := y",
    ]


def test_locals_of_two_expansions_are_apart() -> None:
    body = (n.Let("x", b.COUNT), n.Assign("count", n.Add(X, b.lit(1))))
    twice = b.action("s", n.Perform("more", ()), n.Perform("more", ()))
    assert expanded(twice, helper("more", *body)).split("\n") == [
        "let x: int = count",
        "count := x + 1",
        "let x_1: int = count",
        "count := x_1 + 1",
    ]


def test_names_bound_in_expressions_are_apart_too() -> None:
    asks = n.Of(b.SENT, b.ASK, SetSort(b.ASK))
    guard = helper("guard", n.Require(b.some("m", asks, n.Eq(M, M))))
    action = b.action(
        "s", n.Choose("m", b.ASK, b.SENT), n.Perform("guard", ()), parameters=(DRAWN,)
    )
    assert expanded(action, guard).endswith("require any(m_1 == m_1 for m_1 in sent.of(Ask))")


def test_what_follows_a_return_happens_on_the_other_paths() -> None:
    stop = n.Branch(P, (n.Return(None),), ())
    action = b.action("s", stop, b.add(1), parameters=(FLAG,))
    assert expanded(action) == "if p:\n  pass\nelse:\n  count := count + 1"


def test_a_return_ends_the_helper_and_not_the_action() -> None:
    maybe = helper("maybe", n.Branch(P, (n.Return(None),), ()), b.add(1), p=BOOL)
    action = b.action("s", n.Perform("maybe", (P,)), b.add(2), parameters=(FLAG,))
    assert expanded(action, maybe).split("\n") == [
        "if p:",
        "  pass",
        "else:",
        "  count := count + 1",
        "count := count + 2",
    ]


def test_paths_that_both_go_on_get_the_rest() -> None:
    inner = n.Branch(n.Lt(b.COUNT, b.lit(1)), (n.Return(None),), ())
    action = b.action("s", n.Branch(P, (inner,), ()), b.add(1), parameters=(FLAG,))
    assert expanded(action).split("\n") == [
        "if p:",
        "  if count < 1:",
        "    pass",
        "  else:",
        "    count := count + 1",
        "else:",
        "  count := count + 1",
    ]


def test_nothing_is_left_behind_a_return() -> None:
    assert expanded(b.action("s", b.add(1), n.Return(None), b.add(2))) == "count := count + 1"


def test_helpers_within_helpers() -> None:
    inner = helper("inner", b.add(1))
    outer = helper("outer", n.Perform("inner", ()), n.Perform("inner", ()))
    action = b.action("s", n.Perform("outer", ()))
    assert expanded(action, outer, inner) == "count := count + 1\ncount := count + 1"


def test_a_choice_of_an_undecided_parameter_stays_a_choice() -> None:
    take = helper("take", n.Choose("a", b.ASK, b.SENT), b.add(1), a=b.ASK)
    action = b.action("s", n.Perform("take", (M,)), parameters=(DRAWN,))
    assert expanded(action, take) == "choose m: Ask in sent\ncount := count + 1"


def test_a_choice_of_what_is_decided_becomes_a_question() -> None:
    take = helper("take", n.Choose("a", b.ASK, b.SENT), b.add(1), a=b.ASK)
    body = (n.Choose("m", b.ASK, b.SENT), n.Perform("take", (M,)))
    assert expanded(b.action("s", *body, parameters=(DRAWN,)), take).split("\n")[1] == (
        "require m in sent"
    )
    made = n.Record(b.ASK, (n.First(b.BALLOT),))
    assert expanded(b.action("s", n.Perform("take", (made,))), take).split("\n")[:2] == [
        "let a: Ask = Ask(first(Ballot))",
        "require a in sent",
    ]


def test_helpers_with_a_value_stay() -> None:
    value = n.Function("two", (), (n.Return(b.lit(2)),), INT, (), ())
    made = inline_effects(b.spec(functions=(helper("more", b.add(1)), value)))
    assert [f.name for f in made.functions] == ["two"]
