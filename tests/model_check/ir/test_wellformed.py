"""What wellformed refuses, stage by stage; and that it accepts what the front end makes."""

from __future__ import annotations

import pytest

from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir import nodes as n
from ballotproof.model_check.ir.sorts import (
    BOOL,
    INT,
    OptionSort,
    SeqSort,
    SetSort,
    UnionSort,
)
from ballotproof.model_check.ir.wellformed import Stage, subsort, wellformed
from ballotproof.spec.lang.errors import InternalError, Span
from ballotproof.spec.lang.model import Model

from .. import build as b
from ..every_construct import MODELS

P, X = n.Var("p", BOOL), n.Var("x", INT)
NODES = n.All(b.NODE, SetSort(b.NODE))
ASKS = n.Of(b.SENT, b.ASK, SetSort(b.ASK))
M = n.Var("m", b.ASK)
DRAWN = (n.Parameter("m", b.ASK, drawn=True),)
TRUE = n.Literal(True, BOOL)


def refused(spec: n.Spec, stage: Stage, *words: str) -> None:
    with pytest.raises(InternalError) as error:
        wellformed(spec, stage)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_what_the_front_end_makes_is_accepted(model: Model) -> None:
    wellformed(read(model.protocol, model), Stage.READ)


def test_a_small_specification_is_accepted() -> None:
    draw = b.action("take", n.Choose("m", b.ASK, b.SENT), b.send(M), parameters=DRAWN)
    for stage in Stage:
        wellformed(b.spec(b.action("step", b.add(1)), draw), stage)


def test_the_node_and_its_place_are_named() -> None:
    span = Span("paxos.py", 7, 4, 7, 9)
    spec = b.spec(b.action("step", n.Require(n.Lt(X, b.lit(1), span=span))))
    refused(spec, Stage.READ, "x is not bound", "`x`")
    wrong = n.Lt(b.COUNT, n.Literal(True, BOOL), span=span)
    spec = b.spec(b.action("step", n.Require(wrong)))
    refused(spec, Stage.READ, "paxos.py:7:5", "int and bool", "`count < True`")


@pytest.mark.parametrize(
    ("e", "words"),
    [
        (n.Add(b.lit(1), TRUE), "expected int, found bool"),
        (n.Not(b.lit(1)), "expected bool, found int"),
        (n.Literal(None, INT), "None of sort int"),
        (n.Literal(True, INT), "bool of sort int"),
        (n.First(b.NODE), "no first element"),
        (n.Field("nothing", INT), "no field nothing"),
        (n.Field("count", BOOL), "is a int"),
        (n.Constant("nothing", INT), "no constant"),
        (n.After("count", INT), "no state after a step"),
        (n.Record(b.ASK, ()), "wrong number of fields"),
        (n.Record(b.ASK, (b.lit(1),)), "expected Ballot"),
        (n.Attr(n.Record(b.ASK, (n.First(b.BALLOT),)), "node", b.NODE), "no field node"),
        (n.Unwrap(b.COUNT, INT), "never None"),
        (n.IsNone(b.COUNT), "never None"),
        (n.Eq(b.COUNT, TRUE), "never bool"),
        (n.Lt(n.First(b.BALLOT), b.lit(1)), "Ballot and int"),
        (n.Get(b.PROMISED, b.lit(1), OptionSort(b.BALLOT)), "expected Node"),
        (n.Get(b.COUNT, b.lit(1), INT), "no map"),
        (n.In(b.COUNT, b.SENT), "never Ask"),
        (n.At(b.LOG, TRUE, INT), "expected int"),
        (n.If(TRUE, b.lit(1), TRUE, INT), "expected int, found bool"),
        (n.Call("nothing", (), INT), "no helper nothing"),
        (b.every("m", ASKS, b.lit(1)), "expected bool"),
        (n.Size(b.COUNT), "no domain"),
        (n.Fold(n.Op.MAX, TRUE, (), BOOL), "has no order"),
        (n.Fold(n.Op.ANY, TRUE, (), BOOL, default=TRUE), "default that is never taken"),
        (n.SetOf((b.lit(1),), SetSort(BOOL)), "expected bool"),
        (n.Members(b.COUNT, SetSort(b.NODE)), "no members"),
        (n.Tuple((b.lit(1),), INT), "implied tuple[int]"),
    ],
)
def test_sorts_must_be_those_of_the_parts(e: n.Expr, words: str) -> None:
    refused(b.spec(b.action("step", n.Let("y", e))), Stage.READ, words)


def test_a_name_is_bound_once_on_each_path() -> None:
    inner = b.every("m", ASKS, TRUE)
    twice = b.every("m", ASKS, inner)
    refused(b.spec(b.action("s", n.Require(twice))), Stage.READ, "m is bound already")
    either = n.Branch(TRUE, (n.Let("y", b.lit(1)),), (n.Let("y", b.lit(2)),))
    wellformed(b.spec(b.action("s", either, n.Require(n.Lt(b.COUNT, n.Var("y", INT))))), Stage.READ)
    one_side = n.Branch(TRUE, (n.Let("y", b.lit(1)),), ())
    after = n.Require(n.Lt(b.COUNT, n.Var("y", INT)))
    refused(b.spec(b.action("s", one_side, after)), Stage.READ, "y is not bound")


def test_a_local_keeps_its_sort() -> None:
    body = (n.Let("y", b.lit(1)), n.Let("y", TRUE))
    refused(b.spec(b.action("s", *body)), Stage.READ, "expected int, found bool")


def test_choices_stand_at_the_top_once_for_each_drawn_parameter() -> None:
    choose = n.Choose("m", b.ASK, b.SENT)
    nested = b.action("s", n.Branch(TRUE, (choose,), ()), parameters=DRAWN)
    refused(b.spec(nested), Stage.READ, "not at the top level")
    twice = b.action("s", choose, choose, parameters=DRAWN)
    refused(b.spec(twice), Stage.READ, "not drawn, or chosen already")
    missing = b.action("s", b.add(1), parameters=DRAWN)
    refused(b.spec(missing), Stage.EFFECTS_INLINED, "not one Choose for each drawn parameter")
    early = b.action("s", b.send(M), choose, parameters=DRAWN)
    refused(b.spec(early), Stage.READ, "m is not bound")
    undrawn = b.action("s", parameters=(n.Parameter("m", b.ASK),))
    refused(b.spec(undrawn), Stage.READ, "must be drawn")


def test_properties_only_look() -> None:
    for statement, words in (
        (b.add(1), "changes the state"),
        (n.Require(TRUE), "a guard in a property"),
        (n.Choose("m", b.ASK, b.SENT), "a choice in a property"),
    ):
        bad = b.invariant("claim", statement, n.Return(TRUE))
        refused(b.spec(properties=(bad,)), Stage.READ, words)
    endless = b.invariant("claim", n.Branch(TRUE, (n.Return(TRUE),), ()))
    refused(b.spec(properties=(endless,)), Stage.READ, "may end without a value")


def test_the_state_after_is_for_step_invariants_and_their_helpers() -> None:
    after = n.Le(b.COUNT, n.After("count", INT))
    helper = n.Function("grows", (), (n.Return(after),), BOOL, ("count",), ())
    ask = n.Return(n.Call("grows", (), BOOL))
    step = n.Property("counts", n.PropertyKind.STEP_INVARIANT, (ask,))
    wellformed(b.spec(functions=(helper,), properties=(step,)), Stage.READ)
    state = b.invariant("counts", ask)
    spec = b.spec(functions=(helper,), properties=(state,))
    refused(spec, Stage.READ, "no state after a step here")


def test_stages_leave_less_and_less() -> None:
    helper = n.Function("more", (), (b.add(1),), None, ("count",), ("count",))
    value = n.Function("two", (), (n.Return(b.lit(2)),), INT, (), ())
    performs = b.spec(b.action("s", n.Perform("more", ())), functions=(helper,))
    wellformed(performs, Stage.READ)
    refused(performs, Stage.EFFECTS_INLINED, "called for their effect")
    returns = b.spec(b.action("s", n.Return(None)))
    wellformed(returns, Stage.READ)
    refused(returns, Stage.EFFECTS_INLINED, "a return in an action")
    calls = b.spec(b.action("s", n.Let("y", n.Call("two", (), INT))), functions=(value,))
    wellformed(calls, Stage.EFFECTS_INLINED)
    refused(calls, Stage.INLINED, "helpers are left")
    long = b.invariant("claim", n.Let("y", b.lit(1)), n.Return(TRUE))
    wellformed(b.spec(properties=(long,)), Stage.EFFECTS_INLINED)
    refused(b.spec(properties=(long,)), Stage.INLINED, "not one Return")


def test_declarations_have_names_of_their_own() -> None:
    refused(b.spec(b.action("s"), b.action("s")), Stage.READ, "action s declared twice")


def test_records_are_values_of_their_unions() -> None:
    assert subsort(b.ASK, b.MESSAGE)
    assert not subsort(b.MESSAGE, b.ASK)
    assert subsort(OptionSort(b.ASK), OptionSort(b.MESSAGE))
    assert subsort(SeqSort(b.ASK), SeqSort(b.MESSAGE))
    assert subsort(UnionSort((b.REPLY, b.ASK)), b.MESSAGE)
    assert not subsort(INT, OptionSort(INT))
