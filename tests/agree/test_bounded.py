"""Formulas and the interpreter agree: step by step in given states, and on verdicts and lengths.

A guarded value that is the same in every case is just a value, so in a single state the evaluator
that makes formulas has to do exactly what the interpreter does. That is compared for every shipped
model. Then whole questions are asked of every shipped model: to the depth at which breadth-first
search finds a bug the formula must find it, and not before; where that finds nothing, nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from ballotproof.model_check.backends.codec import Codec
from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native.machine import Compiled
from ballotproof.model_check.backends.native.search import native
from ballotproof.model_check.backends.z3.circuit import FALSE, TRUE, Circuit
from ballotproof.model_check.backends.z3.evaluate import Evaluator
from ballotproof.model_check.backends.z3.solver import Z3, Answer, Name, solver_of
from ballotproof.model_check.backends.z3.unroll import Unrolling
from ballotproof.model_check.bound import bound
from ballotproof.model_check.check import check
from ballotproof.model_check.discover import Found, shipped
from ballotproof.model_check.explore.bounded import BoundedResult, bounded
from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.search import Limits, MistakeFound, Path
from ballotproof.model_check.explore.system import State
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir.nodes import PropertyKind, Return
from ballotproof.model_check.passes.inline import inline
from ballotproof.model_check.passes.inline_effects import inline_effects
from ballotproof.model_check.verdict import AssumptionFalse
from ballotproof.spec.lang.model import AssumptionFails, Holds, Model, Violated

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


# ------------------------------------------------------------------ whole questions, of all models
EVERY = shipped()

LARGE = {
    "broken.smr_unnumbered_commit_notice/3-replicas-2-ballots-1-write-and-1-read": 7,
    "broken.smr_unnumbered_commit_notice/3-replicas-2-ballots-1-write-and-1-read-repaired": 7,
    "broken.raft_command_executed_twice/2-servers-1-term-log-2": 11,
    "broken.raft_ended_session_reopened/2-servers-1-term-log-3": 10,
    "broken.raft_lease_clock_skew/3-servers-2-terms-lease-as-long-as-the-time-out-bound-ignored": 9,
    "broken.raft_read_index_too_early/2-servers-2-terms-log-1-1-read": 10,
    "broken.raft_snapshot_without_sessions/3-servers-1-term-log-1-the-first-difference": 10,
    "broken.raft_transfer_keeps_lease/3-servers-2-terms-elections": 9,
    "broken.raft_vote_for_lower_term/3-servers-2-terms-2-messages-in-flight": 10,
    "broken.raft_single_change_without_commit/4-servers-3-terms-log-1-two-changes": 5,
    "broken.raft_single_change_without_commit/4-servers-3-terms-log-1-two-changes-in-a-hurry": 5,
    "paxos.state_machine_replication/2-replicas-2-ballots-1-write-and-1-read": 8,
    "paxos.state_machine_replication/3-replicas-2-ballots-1-write-and-1-read": 6,
    "raft.replication/2-servers-2-terms-log-1-lossy-queues": 5,
    "raft.replication/2-servers-2-terms-log-2-queues": 5,
}
"""So many steps are asked about of these. With each more the question takes about twice the time,
from some seconds, and memory: all of it would take hours."""

LARGE_RAFT = 8
"""The same, of each other bug of Raft that takes more steps than REACHED."""

REACHED = 10
"""Bugs of Raft of at most so many steps are found; so are the longer ones of WHOLE."""

WHOLE = {
    "broken.raft_always_truncate/2-servers-1-term-log-1-the-follower-has-less-than-it-has-committed",
    "broken.raft_always_truncate/2-servers-1-term-log-1-the-leader-is-wrong-about-its-follower",
    "broken.raft_always_truncate/2-servers-1-term-log-1-what-is-committed-has-no-quorum",
    "broken.raft_commit_regress/2-servers-1-term-log-1",
    "broken.raft_match_regress/2-servers-1-term-log-1",
    "broken.raft_session_ends_locally/2-servers-1-term-log-1-what-comes-of-it",
    "broken.raft_term_not_durable/3-servers-1-term-1-restart",
    "broken.raft_vote_not_durable/3-servers-1-term-1-restart",
}

SAFE_RAFT = 7
"""So many steps are asked about of a Raft without a bug."""


def deepest(found: Found, steps: int) -> int:
    """How many steps are asked about, of those that breadth-first search has gone."""
    raft = "raft" in found.identity
    if found.identity in LARGE:
        return min(steps, LARGE[found.identity])
    if raft and kind_of(found.model) == "safe":
        return min(steps, SAFE_RAFT)
    if raft and steps > REACHED and found.identity not in WHOLE:
        return LARGE_RAFT
    return steps


def kind_of(model: Model) -> str:
    """What breadth-first search finds of a model, as far as formulas are asked for it."""
    match model.expect:
        case Violated(cycle=None, steps=int()):
            return "bug"
        case Violated():
            return "of the long run"
        case Holds(depth=int()):
            return "safe"
        case AssumptionFails():
            return "assumption"
        case _:
            return "not explored"


def of_kind(kind: str, quick: Callable[[Found], bool]) -> list[object]:
    """The models of a kind; those that take more than a second or so are slow tests."""
    return [
        pytest.param(f, id=f.identity, marks=[] if quick(f) else [pytest.mark.slow])
        for f in EVERY
        if kind_of(f.model) == kind
    ]


def length_of(f: Found) -> int:
    """How many steps a bug takes."""
    expect = f.model.expect
    assert isinstance(expect, Violated)
    assert expect.steps is not None
    return expect.steps


def quick_bug(f: Found) -> bool:
    return length_of(f) <= (8 if "raft" in f.identity else 12)


def quick_safe(f: Found) -> bool:
    small = ("consensus", "voting", "commit", "paxos.single_decree")
    return f.identity.startswith(small) and not f.model.slow


def asked(found: Found, steps: int, properties: set[str] | None, using: Name) -> BoundedResult:
    spec = read(found.model.protocol, found.model)
    system = Interpreter(spec, found.model)
    result = bounded(spec, found.model, system, steps, properties=properties, using=using)
    assert result.unknown is None
    return result


@pytest.mark.parametrize("found", of_kind("bug", quick_bug))
def test_finds_a_shipped_bug_at_its_shortest(found: Found) -> None:
    """At the length that breadth-first search gives, and not before: each is what tests/spec holds
    that search to. Of the largest, so many steps as can be asked about are shown to find nothing.
    """
    expect = found.model.expect
    assert isinstance(expect, Violated)
    assert expect.steps is not None
    steps = deepest(found, expect.steps)
    using = Name.Z3 if quick_bug(found) else Name.CADICAL
    result = asked(found, steps, {expect.property}, using)
    assert result.steps == steps
    if steps < expect.steps:
        assert result.finding is None
        return
    assert result.finding is not None
    assert result.finding.name == expect.property
    assert result.finding.path is not None
    assert len(result.finding.path.steps) == expect.steps


LAST = 7
"""So many steps are asked about at the end of a bug that is too long to be asked about whole."""


def quick_end(f: Found) -> bool:
    return "2-servers" in f.identity


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(f, id=f.identity, marks=[] if quick_end(f) else [pytest.mark.slow])
        for f in EVERY
        if kind_of(f.model) == "bug" and deepest(f, length_of(f)) < length_of(f)
    ],
)
def test_finds_the_end_of_a_bug_too_long_to_be_asked_about_whole(found: Found) -> None:
    """From a state on a shortest way to it, that many steps before its end, and not before: else
    the way would not be a shortest one."""
    expect = found.model.expect
    assert isinstance(expect, Violated)
    assert expect.steps is not None
    spec = read(found.model.protocol, found.model)
    system = Interpreter(spec, found.model)
    explored = native(system, Claims(system, [expect.property]), code=Compiled)
    (finding,) = explored.findings
    assert finding.path is not None
    assert len(finding.path.steps) == expect.steps
    after = Path(finding.path.initial, finding.path.steps[:-LAST])
    result = bounded(
        spec,
        found.model,
        system,
        LAST,
        properties={expect.property},
        using=Name.CADICAL,
        after=after,
    )
    assert result.steps == LAST
    assert result.finding is not None
    assert result.finding.name == expect.property
    assert result.finding.path is not None
    assert len(result.finding.path.steps) == expect.steps


@pytest.mark.parametrize("found", of_kind("safe", quick_safe))
def test_finds_nothing_where_breadth_first_finds_nothing(found: Found) -> None:
    """As far as there are states, or so many steps as can be asked about; the quick ones to a few
    steps, beside a search that goes as far."""
    expect = found.model.expect
    assert isinstance(expect, Holds)
    assert expect.depth is not None
    steps = deepest(found, expect.depth - 1)
    if quick_safe(found):
        steps = min(steps, STEPS)
        system = Interpreter(read(found.model.protocol, found.model), found.model)
        explored = breadth_first(system, Claims(system), Limits(depth=steps + 1))
        assert not explored.findings
    result = asked(found, steps, None, Name.Z3 if quick_safe(found) else Name.CADICAL)
    assert result.finding is None
    assert result.steps == steps


@pytest.mark.parametrize("found", of_kind("assumption", lambda _: True))
def test_an_assumption_that_is_false_is_named_by_both(found: Found) -> None:
    expect = found.model.expect
    assert isinstance(expect, AssumptionFails)
    for verdict in (bound(found.model, 0), check(found.model)):
        assert isinstance(verdict, AssumptionFalse)
        assert verdict.assumption == expect.assumption


def test_no_shipped_model_is_left_out() -> None:
    """Claims of the long run are none that formulas are asked about, and one model has no verdict:
    it is too large to be explored."""
    kinds = Counter(kind_of(f.model) for f in EVERY)
    assert kinds["not explored"] == 1
    assert kinds["of the long run"] == 10
    assert kinds["bug"] > 60
    assert kinds["safe"] > 80
    assert {*LARGE, *WHOLE} <= {f.identity for f in EVERY}


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


COUNTED = """
from __future__ import annotations
from ballotproof.spec.lang import *

class Node(Sort): pass

class Counted(Protocol):
    there: Set[Node]
    number: int

    def init(self) -> None:
        self.there = Set()
        self.number = 0

    @action
    def come(self, x: Node) -> None:
        self.there.add(x)

{claims}

MODELS = [Model(name="m", protocol=Counted, sizes={{Node: {nodes}}}, integers=(-1, 9))]
"""
COMPARED = [
    f"{left} {op} {right}"
    for op in ("<", "<=", "==", "!=")
    for k in ("-1", "0", "1", "3", "self.number")
    for left, right in (("len(self.there)", k), (k, "len(self.there)"))
] + ["len(self.there) < len(self.there)", "len(self.there) + 1 <= 2"]


def counted(nodes: int, compared: Sequence[str]) -> str:
    claims = [
        f"    @invariant\n    def claim_{i}(self) -> bool:\n        return {text}\n"
        for i, text in enumerate(compared)
    ]
    return COUNTED.format(claims="\n".join(claims), nodes=nodes)


def test_a_set_is_counted_as_far_as_it_is_compared() -> None:
    """Against Python, for each set of three nodes and some numbers."""
    with loaded(counted(3, COMPARED)) as (model,):
        plain = inline(inline_effects(read(model.protocol, model)))
        circuit = Circuit()
        evaluator = Evaluator(plain, Codec(plain, model), circuit)
        solver = Z3(circuit)
        bits = [circuit.input() for _ in range(3)]
        for number in (-1, 0, 2, 4):
            state = {"there": dict(enumerate(bits)), "number": {number: TRUE}}
            truth = []
            for p in plain.properties:
                (returned,) = p.body
                assert isinstance(returned, Return)
                assert returned.value is not None
                truth.append(evaluator.truth(returned.value, state))
            for chosen_bits in product([False, True], repeat=3):
                given = [b if x else circuit.no(b) for b, x in zip(bits, chosen_bits, strict=True)]
                size = sum(chosen_bits)
                for text, lit in zip(COMPARED, truth, strict=True):
                    said = text.replace("len(self.there)", str(size))
                    expected = eval(said.replace("self.number", str(number)))
                    asked_for = lit if expected else circuit.no(lit)
                    assert solver.ask(*given, asked_for) is Answer.SATISFIABLE, (text, size)
                    assert solver.ask(*given, circuit.no(asked_for)) is Answer.UNSATISFIABLE


@pytest.mark.parametrize("nodes", [20, 40])
def test_to_compare_with_a_small_number_takes_few_gates(nodes: int) -> None:
    """As many for each element; counting them all takes a square of that."""
    with loaded(counted(nodes, ["len(self.there) <= 1"])) as (model,):
        plain = inline(inline_effects(read(model.protocol, model)))
        circuit = Circuit()
        evaluator = Evaluator(plain, Codec(plain, model), circuit)
        (returned,) = plain.properties[0].body
        assert isinstance(returned, Return)
        assert returned.value is not None
        there = {i: circuit.input() for i in range(nodes)}
        before = len(circuit)
        evaluator.truth(returned.value, {"there": there, "number": {0: TRUE}})
        assert len(circuit) - before <= 8 * nodes


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


KEPT = """
from __future__ import annotations
from ballotproof.spec.lang import *

class Node(Sort): pass

class Noted(Protocol):
    turns: Map[Node, tuple[bool, ...]]
    last: Map[Node, int]
    count: int

    def init(self) -> None:
        self.turns = fill(Node, ())
        self.last = fill(Node, 0)
        self.count = 0

    @action
    def note(self, n: Node, x: bool) -> None:
        self.turns[n] = (*self.turns[n], x)
        self.last[n] = len(self.turns[n])
        self.count = self.count + 1

    @constraint
    def few(self) -> bool:
        return all(len(self.turns[n]) <= 1 for n in Node) and self.count < 3

    def is_bool(self, x: bool) -> bool:
        return x or not x

    @constraint
    def last_is_there(self) -> bool:
        return all(self.last[n] == 0 or self.is_bool(self.turns[n][self.last[n] - 1]) for n in Node)

    @invariant
    def claim(self) -> bool:
        return {claim}

MODELS = [Model(name="m", protocol=Noted, sizes={{Node: 2}})]
"""


@pytest.mark.parametrize(
    ("claim", "length"),
    [
        ("all(len(self.turns[n]) <= 1 for n in Node)", 2),  # one step beyond is looked at
        ("all(len(self.turns[n]) <= 2 for n in Node)", None),  # and no more
        ("not all(len(self.turns[n]) == 1 and self.turns[n][0] for n in Node)", 2),
        ("self.count < 3", 3),
        ("self.count < 4", None),
    ],
)
def test_a_constraint_bounds_formulas_as_it_bounds_a_search(claim: str, length: int | None) -> None:
    """What it rules out is no case of the next steps; what it would read of it is no mistake."""
    with loaded(KEPT.format(claim=claim)) as (model,):
        spec = read(model.protocol, model)
        system = Interpreter(spec, model)
        for found in (
            breadth_first(system, Claims(system)).findings[:1],
            [f for f in [bounded(spec, model, system, 5).finding] if f is not None],
        ):
            lengths = [len(f.path.steps) for f in found if f.path is not None]
            assert lengths == ([] if length is None else [length])


def test_what_a_constraint_rules_out_is_no_case_of_later_steps() -> None:
    """Once the cases of a log doubled with each step."""
    with loaded(KEPT.format(claim="True")) as (model,):
        plain = inline(inline_effects(read(model.protocol, model)))
        unrolling = Unrolling(plain, Codec(plain, model), Z3(Circuit()))
        for _ in range(5):
            unrolling.step()
        assert [len(cases) for cases in unrolling.state["turns"]] == [7, 7]
        assert len(unrolling.state["count"]) == 4


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
