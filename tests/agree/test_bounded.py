"""Formulas and the interpreter agree: step by step in given states, and on verdicts and lengths.

A guarded value that is the same in every case is just a value, so in a single state the evaluator
that makes formulas has to do exactly what the interpreter does. That is compared for every shipped
model. Then whole questions are asked: to the depth at which a shipped bug is known to be found, the
formula must find it, and not before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from ballotproof.model_check.backends.codec import Codec
from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.z3.circuit import FALSE, TRUE, Circuit
from ballotproof.model_check.backends.z3.evaluate import Evaluator
from ballotproof.model_check.backends.z3.solver import Z3, Answer, Name, solver_of
from ballotproof.model_check.backends.z3.unroll import Unrolling
from ballotproof.model_check.discover import Found, shipped
from ballotproof.model_check.explore.bounded import bounded
from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.search import Limits, MistakeFound
from ballotproof.model_check.explore.system import State
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir.nodes import PropertyKind, Return
from ballotproof.model_check.passes.inline import inline
from ballotproof.model_check.passes.inline_effects import inline_effects
from ballotproof.spec.lang.model import Model, Violated

from .test_interpret_plain import chosen, explored
from .two_engines import loaded

MODELS = [f for f in shipped() if not f.model.slow]
STEPS = 4  # depth of the whole questions about models without a bug
STATES = 1_500  # so many states at most stand for a model that is compared state by state


class InOneState:
    """One model, evaluated by both engines in single states."""

    def __init__(self, model: Model) -> None:
        spec = read(model.protocol, model)
        self.system = Interpreter(spec, model)
        self.plain = inline(inline_effects(spec))
        self.codec = Codec(self.plain, model, universe=self.system.codec.universe)
        self.evaluator = Evaluator(self.plain, self.codec, Circuit())

    def guarded(self, state: State) -> dict[str, object]:
        values = self.codec.encode_state(self.system.decode(state))
        return {
            f.name: self.evaluator.values.constant(f.sort, v)
            for f, v in zip(self.plain.fields, values, strict=True)
        }

    def value(self, state: dict[str, object]) -> tuple[object, ...]:
        """The one state that guarded values without a condition stand for."""
        made = []
        for f in self.plain.fields:
            cases = self.evaluator.values.cases(f.sort, state[f.name])
            (value,) = (v for v, c in cases.items() if c == TRUE)
            made.append(value)
        return tuple(made)

    def compare(self, state: State) -> None:
        guarded = self.guarded(state)
        mine: Counter[object] = Counter()
        for a in self.plain.actions:
            for o in self.evaluator.outcomes(a, guarded):
                assert o.enabled in (TRUE, FALSE)
                if o.enabled == TRUE:
                    mine[a.name, o.arguments, self.value(o.state)] += 1
        assert all(m == FALSE for m in self.evaluator.mistakes)
        steps = self.system.successors(state)
        theirs = Counter(
            (t.action, t.arguments, self.codec.encode_state(self.system.decode(t.target)))
            for t in steps
        )
        assert mine == theirs
        self.compare_claims(state, guarded, [t.target for t in steps[:3]])

    def compare_claims(
        self, state: State, guarded: dict[str, object], targets: list[State]
    ) -> None:
        broken = set(self.system.broken_invariants(state))
        reached = set(self.system.reached(state, self.system.reachables))
        for p in self.plain.properties:
            (body,) = p.body
            assert isinstance(body, Return)
            assert body.value is not None
            match p.kind:
                case PropertyKind.INVARIANT:
                    true = self.evaluator.truth(body.value, guarded)
                    assert true == (FALSE if p.name in broken else TRUE)
                case PropertyKind.REACHABLE:
                    true = self.evaluator.truth(body.value, guarded)
                    assert true == (TRUE if p.name in reached else FALSE)
                case PropertyKind.STEP_INVARIANT:
                    for target in targets:
                        true = self.evaluator.truth(body.value, guarded, self.guarded(target))
                        wrong = p.name in self.system.broken_step_invariants(state, target)
                        assert true == (FALSE if wrong else TRUE)
                case _:
                    pass


@pytest.mark.parametrize("found", MODELS, ids=[f.identity for f in MODELS])
def test_in_one_state(found: Found) -> None:
    both = InOneState(found.model)
    for state in chosen(explored(both.system, STATES), 25):
        both.compare(state)


def bugs() -> list[object]:
    """The shipped bugs; those that take more than a second or two are slow tests."""
    made: list[object] = []
    for f in MODELS:
        expect = f.model.expect
        of_the_long_run = isinstance(expect, Violated) and expect.cycle is not None
        if isinstance(expect, Violated) and expect.steps is not None and not of_the_long_run:
            quick = expect.steps <= (8 if "raft" in f.identity else 12)
            marks = [] if quick else [pytest.mark.slow]
            made.append(pytest.param(f, id=f.identity, marks=marks))
    return made


@pytest.mark.parametrize("found", bugs())
def test_finds_a_shipped_bug_at_its_shortest(found: Found) -> None:
    model, expect = found.model, found.model.expect
    assert isinstance(expect, Violated)
    assert expect.steps is not None
    spec = read(model.protocol, model)
    result = bounded(
        spec, model, Interpreter(spec, model), expect.steps, properties={expect.property}
    )
    assert result.finding is not None
    assert result.finding.name == expect.property
    assert result.finding.path is not None
    assert len(result.finding.path.steps) == expect.steps


SAFE = [
    f
    for f in MODELS
    if f.identity.startswith(("consensus", "voting", "commit", "paxos.single_decree"))
]


@pytest.mark.parametrize("found", SAFE, ids=[f.identity for f in SAFE])
def test_agrees_with_breadth_first_on_safe_models(found: Found) -> None:
    model = found.model
    spec = read(model.protocol, model)
    system = Interpreter(spec, model)
    explored = breadth_first(system, Claims(system), Limits(depth=STEPS + 1))
    assert not explored.findings
    result = bounded(spec, model, system, STEPS)
    assert result.finding is None
    assert result.unknown is None
    assert result.steps == STEPS


@pytest.mark.parametrize("name", Name)
def test_every_gate_has_its_truth_table(name: Name) -> None:
    """Every gate over three inputs has the truth table of the Python operator, for each solver."""
    circuit = Circuit()
    x, y, z = circuit.input(), circuit.input(), circuit.input()
    gates: dict[int, Callable[[bool, bool, bool], bool]] = {
        circuit.both(x, y): lambda a, b, c: a and b,
        circuit.either(x, circuit.no(z)): lambda a, b, c: a or not c,
        circuit.choose(x, y, z): lambda a, b, c: b if a else c,
        circuit.same(y, z): lambda a, b, c: b == c,
        circuit.all([x, y, circuit.no(z)]): lambda a, b, c: a and b and not c,
        circuit.any([x, y, z]): lambda a, b, c: a or b or c,
    }
    solver = solver_of(circuit, name)
    for a, b, c in product([False, True], repeat=3):
        inputs = [lit if v else circuit.no(lit) for lit, v in ((x, a), (y, b), (z, c))]
        assert solver.ask(*inputs) is Answer.SATISFIABLE
        for gate, python in gates.items():
            expected = Answer.SATISFIABLE if python(a, b, c) else Answer.UNSATISFIABLE
            assert solver.ask(*inputs, gate) is expected


@pytest.mark.parametrize("name", Name)
def test_a_core_names_assumptions_that_cannot_hold_together(name: Name) -> None:
    circuit = Circuit()
    x, y, z = (circuit.input() for _ in range(3))
    solver = solver_of(circuit, name)
    solver.require([[circuit.no(x), circuit.no(y)]])
    assert solver.ask(x, y, z) is Answer.UNSATISFIABLE
    assert solver.core() == {x, y}
    assert solver.ask(x, circuit.no(y), z) is Answer.SATISFIABLE
    assert [solver.true(lit) for lit in (x, y, z)] == [True, False, True]


def test_solvers_agree_on_a_bug() -> None:
    found = next(f for f in MODELS if f.identity.startswith("broken.paxos_own_value"))
    spec = read(found.model.protocol, found.model)
    system = Interpreter(spec, found.model)
    results = [
        bounded(spec, found.model, system, 12, properties={"agreement"}, using=name)
        for name in Name
    ]
    assert [(r.steps, r.finding and r.finding.name) for r in results] == [(12, "agreement")] * 2


def test_a_limit_of_work_gives_unknown_with_a_reason() -> None:
    model = next(f.model for f in MODELS if f.identity.startswith("paxos.single_decree"))
    spec = read(model.protocol, model)
    result = bounded(spec, model, Interpreter(spec, model), 15, resources=1)
    assert result.finding is None
    assert result.unknown
    assert result.steps < 15


def test_every_initial_state_is_considered() -> None:
    model = next(f.model for f in MODELS if f.identity.startswith("consensus"))
    plain = inline(inline_effects(read(model.protocol, model)))
    unrolling = Unrolling(plain, Codec(plain, model), Z3(Circuit()))
    assert unrolling.solver.ask() is Answer.SATISFIABLE
    assert [c.action for c in unrolling.taken()] == ["init"]


BEYOND = """
from __future__ import annotations
from ballotproof.spec.lang import *

class Node(Sort): pass

class Counter(Protocol):
    count: Map[Node, int]
    seen: Set[int]
    turns: tuple[Node, ...]

    def init(self) -> None:
        self.count = fill(Node, 0)
        self.seen = Set()
        self.turns = ()

    @action
    def step(self, n: Node) -> None:
        self.count[n] += 1
        self.seen.add(self.count[n])

    @action
    def note(self, n: Node) -> None:
        self.turns = (*self.turns, n)

    @invariant
    def small(self) -> bool:
        return all(self.count[n] < 9 for n in Node)

MODELS = [Model(name="m", protocol=Counter, sizes={Node: 2}, integers=(0, 9), lengths=9)]
"""


@pytest.mark.parametrize("limits", [{"integers": (0, 2)}, {"lengths": 2}], ids=str)
def test_a_step_beyond_the_bounds_of_the_model_is_a_mistake(limits: dict[str, Any]) -> None:
    """As it is for engines that visit states; once formulas went on."""
    with loaded(BEYOND) as (drawn,):
        model = replace(drawn, **limits)
        spec = read(model.protocol, model)
        system = Interpreter(spec, model)
        assert bounded(spec, model, system, 2).finding is None
        for ask in (
            lambda: bounded(spec, model, system, 3),
            lambda: breadth_first(system, Claims(system)),
        ):
            with pytest.raises(MistakeFound, match="holds") as caught:
                ask()
            assert caught.value.path is not None
            assert len(caught.value.path.steps) == 2


BEGUN = """
from __future__ import annotations
from ballotproof.spec.lang import *

class Begun(Protocol):
    count: int
    done: bool

    def init(self, number: int) -> None:
        require(number in range(4))
        self.count = number
        self.done = False

    @action
    def finish(self) -> None:
        self.done = True

    @invariant
    def never_with_three(self) -> bool:
        return not (self.done and self.count == 3)

MODELS = [Model(name="m", protocol=Begun)]
"""


def test_a_counterexample_begins_where_the_claim_falls() -> None:
    """The step can be taken from four initial states; once the first of them was shown."""
    with loaded(BEGUN) as (model,):
        spec = read(model.protocol, model)
        system = Interpreter(spec, model)
        finding = bounded(spec, model, system, 2).finding
        assert finding is not None
        assert finding.path is not None
        assert dict(system.show(finding.path.last)) == {"count": 3, "done": True}


def test_a_mistake_before_there_is_an_initial_state_is_one() -> None:
    """A guard of init that is false says nothing of what was read before it."""
    text = BEGUN.replace(
        "self.done = False", "self.done = False\n        require(min(x for x in range(0)) > number)"
    )
    with loaded(text) as (model,):
        spec = read(model.protocol, model)
        system = Interpreter(spec, model)
        with pytest.raises(MistakeFound):
            bounded(spec, model, system, 2)
