"""The native search: limits, deadlocks, constraints, mistakes, bounds that grow, memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native import layout, search, store
from ballotproof.model_check.backends.native.layout import Bounds, Layout
from ballotproof.model_check.backends.native.machine import Interpreted
from ballotproof.model_check.backends.native.search import native
from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims, Kind
from ballotproof.model_check.explore.search import Exploration, Limits, MistakeFound, Why
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.passes.inline import inline
from ballotproof.spec.commit.transaction_commit import ResourceManager
from ballotproof.spec.commit.two_phase import TwoPhase
from ballotproof.spec.lang import (
    Bag,
    Const,
    Map,
    Model,
    Protocol,
    Set,
    Sort,
    action,
    constraint,
    fill,
    invariant,
    reachable,
    record,
    require,
    step_invariant,
    terminal,
)
from ballotproof.spec.lang.errors import Unsupported
from ballotproof.spec.raft import ongaro, replication


class Node(Sort):
    """A counter."""


@record
class Sum:
    """A message with an int and a sequence in it."""

    node: Node
    values: tuple[int, ...]


class Counting(Protocol):
    """Counters that go up and down, with everything that needs a bound."""

    most = Const[int]()

    count: Map[Node, int]
    seen: tuple[int, ...]
    said: Set[Sum]
    waiting: Bag[Node]

    def init(self) -> None:
        self.count = fill(Node, 0)
        self.seen = ()
        self.said = Set()
        self.waiting = Bag()

    @action
    def up(self, x: Node) -> None:
        require(self.count[x] < self.most)
        self.count[x] = self.count[x] + 1

    @action
    def down(self, x: Node) -> None:
        require(self.count[x] > -self.most)
        self.count[x] = self.count[x] - 1

    @action
    def say(self, x: Node) -> None:
        require(len(self.seen) < 2 and self.count[x] == self.most)
        self.seen = (*self.seen, -self.count[x])
        self.said.add(Sum(x, self.seen))
        self.waiting.add(x)

    @terminal
    def never(self) -> bool:
        return False

    @reachable
    def both_at_the_end(self) -> bool:
        return all(self.count[x] == -self.most for x in Node)

    @invariant
    def small(self) -> bool:
        return all(-self.most <= self.count[x] <= self.most for x in Node)


def interpreter(model: Model) -> Interpreter:
    return Interpreter(read(model.protocol, model), model)


def run(model: Model, limits: Limits | None = None, *, keep_going: bool = False) -> Exploration:
    system = interpreter(model)
    claims = Claims(system, deadlock=model.deadlock)
    return native(system, claims, limits or Limits(), keep_going=keep_going, code=Interpreted)


def counting(most: int, nodes: int = 2, protocol: type[Protocol] = Counting) -> Model:
    return Model(name="m", protocol=protocol, sizes={Node: nodes}, constants={"most": most})


def test_bounds_grow_until_everything_has_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a sample beforehand nothing is known of the ints but that 0 and 1 occur."""
    monkeypatch.setattr(search, "sample", lambda system, bounds: None)
    widened: list[tuple[str, str]] = []
    widen = Bounds.widen

    def noted(self: Bounds, number: int) -> None:
        widened.append(self.keys[number])
        widen(self, number)

    monkeypatch.setattr(Bounds, "widen", noted)
    model = counting(3)
    found = run(model)
    system = interpreter(model)
    expected = breadth_first(system, Claims(system))
    assert (found.states, found.transitions) == (expected.states, expected.transitions)
    assert found.levels == expected.levels
    assert {which for which, _ in widened} == {"low", "high", "room"}


def test_states_survive_packing() -> None:
    for model in (counting(2), replication.MODELS[0], ongaro.MODELS[0]):
        system = interpreter(model)
        bounds = Bounds()
        search.sample(system, bounds)
        made = Layout(inline(system.spec), system.codec, bounds)
        states = list(system.initial())
        for state in states[:1]:
            states += [step.target for step in system.successors(state)]
        for state in states:
            whole = system.cells.whole(state)  # type: ignore[arg-type]  # a tuple of cells
            words = made.pack(whole)
            assert all(0 <= word < 1 << layout.WORD_BITS for word in words)
            assert made.unpack(words) == whole


def test_limits_of_states_and_depth_are_exact() -> None:
    model = Model(name="3", protocol=TwoPhase, sizes={ResourceManager: 3})
    found = run(model, Limits(states=100))
    assert (found.states, found.stopped) == (100, Why.STATES)
    found = run(model, Limits(depth=4))
    assert (found.depth, found.stopped, found.levels) == (4, Why.DEPTH, [1, 7, 21, 38])
    assert run(model, Limits(depth=11, states=288)).complete
    assert run(model, Limits(seconds=0)).stopped is Why.TIME


def test_steps_up_to_a_limit_are_counted_like_those_of_the_interpreter() -> None:
    """The batch in which the limit is met is counted state by state."""
    model = Model(name="5", protocol=TwoPhase, sizes={ResourceManager: 5})
    system = interpreter(model)
    for depth in (3, 6):
        found = run(model, Limits(depth=depth))
        theirs = breadth_first(system, Claims(system), Limits(depth=depth))
        assert found.levels == theirs.levels
        assert found.frontier <= found.levels[-1] + found.levels[-2]


class Stuck(Counting):
    """Nothing happens at the top."""

    @action
    def up(self, x: Node) -> None:
        require(all(self.count[y] < self.most for y in Node))
        super().up(x)

    @action
    def down(self, x: Node) -> None:
        require(False)
        super().down(x)

    @action
    def say(self, x: Node) -> None:
        require(False)
        super().say(x)


def test_a_deadlock_is_found_at_its_depth() -> None:
    model = Model(name="m", protocol=Stuck, sizes={Node: 2}, constants={"most": 2}, deadlock=True)
    found = run(model)
    (finding,) = found.findings
    assert finding.kind is Kind.DEADLOCK
    assert finding.path is not None
    assert len(finding.path.steps) == 2


class Broken(Counting):
    """Claims of both kinds that break, one of them beyond the constraint."""

    @constraint
    def not_below_minus_one(self) -> bool:
        return all(self.count[x] >= -1 for x in Node)

    @invariant
    def above_minus_two(self) -> bool:
        return all(self.count[x] > -2 for x in Node)

    @step_invariant
    def no_second_message(self, after: Broken) -> bool:
        return len(after.seen) < 2 or after.seen == self.seen


def test_every_broken_claim_is_found_with_a_shortest_behaviour() -> None:
    model = counting(2, protocol=Broken)
    found = run(model, keep_going=True)
    system = interpreter(model)
    expected = breadth_first(system, Claims(system), keep_going=True)
    lengths = {f.name: len(f.path.steps) for f in found.findings if f.path is not None}
    assert lengths == {"above_minus_two": 2, "no_second_message": 4}
    assert lengths == {f.name: len(f.path.steps) for f in expected.findings if f.path is not None}
    assert found.states == expected.states
    assert found.outside == expected.outside


def test_a_behaviour_beyond_the_constraint_ends_there() -> None:
    found = run(counting(2, nodes=1, protocol=Broken))
    assert [f.name for f in found.findings] == ["above_minus_two"]


class Mistaken(Counting):
    """Reads behind the end of a sequence, when it is long enough."""

    @action
    def read(self, x: Node) -> None:
        require(len(self.seen) == 2)
        self.count[x] = self.seen[2]


def test_a_mistake_is_reported_with_the_behaviour_that_leads_to_it() -> None:
    with pytest.raises(MistakeFound) as caught:
        run(counting(1, nodes=1, protocol=Mistaken))
    assert caught.value.error.code == "BP504"
    assert caught.value.path is not None
    assert len(caught.value.path.steps) == 3


def test_memory_grows_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "STATES", 64)
    model = Model(name="5", protocol=TwoPhase, sizes={ResourceManager: 5})
    found = run(model)
    assert (found.states, found.depth) == (8_832, 17)


class Large(Counting):
    """A sequence that does not fit into a word."""

    @action
    def grow(self) -> None:
        require(len(self.seen) < 40)
        self.seen = (*self.seen, 1)


def test_what_does_not_fit_is_refused_with_its_place() -> None:
    with pytest.raises(Unsupported, match=r"test_search.py:\d+:\d+: the field `seen`.*interpret"):
        run(counting(3, protocol=Large))
    assert Path(__file__).name == "test_search.py"
