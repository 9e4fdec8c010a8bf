"""Random walks by machine code: those that the interpreter could take, and judged alike.

Method: a walker written here, over the interpreter. It takes the steps out of a state in the order
of the native engine, which it has from the generated program itself, run by CPython, after checking
that they are the interpreter's steps, each as often; it draws the numbers by itself; and judges
with the interpreter. Walk by walk, the counts and findings must be those of the native engine.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native import walks as native
from ballotproof.model_check.backends.native.flow import kinds_of
from ballotproof.model_check.backends.native.layout import Bounds
from ballotproof.model_check.backends.native.machine import Interpreted
from ballotproof.model_check.backends.native.programs import made_program
from ballotproof.model_check.backends.native.search import cells_of, sample
from ballotproof.model_check.backends.native.walks import Plan, compiled, native_walks
from ballotproof.model_check.check import Walks, simulate
from ballotproof.model_check.cli import main
from ballotproof.model_check.discover import find, shipped
from ballotproof.model_check.engine import Engine
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.random_walk import RandomWalks
from ballotproof.model_check.explore.search import (
    Exploration,
    Limits,
    MistakeFound,
    Path,
    Stopped,
    Why,
)
from ballotproof.model_check.explore.system import State, Transition
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.passes.inline import inline
from ballotproof.model_check.verdict import Unknown, Violated
from ballotproof.spec.lang.errors import SpecError, Unsupported
from ballotproof.spec.lang.model import Model

from ....agree.random_specs import from_seed
from ....agree.two_engines import loaded

MASK = (1 << 64) - 1


def system_of(model: Model) -> Interpreter:
    return Interpreter(read(model.protocol, model), model)


class Generator:
    """Xorshift64*, as its authors print it, over the numbers that a seed and a walk make."""

    def __init__(self, seed: int, number: int) -> None:
        start = int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:8], "little")
        x = start ^ ((number + 1) * -7046029254386353131 & MASK)
        for _ in range(2):
            x = x * -6962139563870052059 & MASK
            x ^= x >> 35
        self.x = x or 1

    def below(self, n: int) -> int:
        x = self.x
        x ^= x << 13 & MASK
        x ^= x >> 7
        x ^= x << 17 & MASK
        self.x = x
        return ((x * 2685821657736338717 & MASK) >> 32) * n >> 32


class Order:
    """The steps out of a state as the native engine orders them."""

    def __init__(self, system: Interpreter) -> None:
        self.system = system
        self.bounds = Bounds(kinds_of(inline(system.spec)))
        sample(system, self.bounds)
        self.bounds.level()
        self.source = made_program(system, Claims(system), self.bounds, None, walks=True)
        self.code = Interpreted(self.source.text)

    def steps(self, state: State) -> list[Transition]:
        source, memory, layout = self.source, self.code.memory, self.source.layout
        whole = self.system.cells.whole
        out = memory(source.successors * source.words)
        tags = memory(source.successors, half=True)
        st = memory(source.words)
        for i, word in enumerate(layout.pack(whole(cells_of(state)))):
            st[i] = word
        end = self.code.function("expand")(
            st, 0, out, 0, tags, memory(5 * source.actions), memory(source.scratch)
        )
        assert end >= 0
        left = list(self.system.successors(state))
        packed = [(t.action, layout.pack(whole(cells_of(t.target)))) for t in left]
        made = []
        for x in range(end):
            words = [out[x * source.words + i] for i in range(source.words)]
            at = packed.index((self.system.actions[tags[x]], words))
            made.append(left.pop(at))
            packed.pop(at)
        assert not left
        return made


class Reference(RandomWalks):
    """The interpreter's walks, with the order and the numbers of the native engine."""

    def __init__(self, system: Interpreter, claims: Claims, plan: Plan, order: Order) -> None:
        super().__init__(system, claims, Limits(), keep_going=False, report=None)
        self.plan, self.order = plan, order
        self.length = plan.steps

    def explore(self) -> None:
        self._start: State | None = None
        self._taken: list[Transition] = []
        self._seen: dict[State, bool] = {}
        self._expanded: dict[State, None] = {}
        self._judged: set[tuple[State, State]] = set()
        initial = self.system.initial()
        self.result.initial = len(initial)
        if not initial:
            raise Stopped(Why.SAMPLED)
        for number in range(self.plan.first, self.plan.first + self.plan.walks):
            self.generator = Generator(self.plan.seed, number)
            self._one(initial[self.generator.below(len(initial))])
            self.result.walks += 1
        raise Stopped(Why.SAMPLED)

    def _one(self, state: State) -> None:
        self._start, self._taken = state, []
        if state not in self._seen:
            self._enter(state)
            self._found(self.claims.initial(state))
        for _ in range(self.length if self._seen[state] else 0):
            steps = self.order.steps(state)
            if state not in self._expanded:
                self._expanded[state] = None
                for action in {step.action for step in steps}:
                    self.result.actions[action].enabled_in += 1
                self._found(self.claims.stuck(state, len(steps)))
            target = self._picked(state, steps)
            if target is None:
                return
            state = target

    def _picked(self, state: State, steps: list[Transition]) -> State | None:
        while steps:
            at = self.generator.below(len(steps))
            target = self._step(First(), state, [steps[at]])
            if target is not None:
                return target
            steps[at] = steps[-1]
            steps.pop()
        return None


class First(random.Random):
    """Takes the first, which is the only one."""

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        assert (start, stop, step) == (1, None, 1)
        return 0


def walked(path: Path | None) -> object:
    """States and actions. Of two choices of parameters that lead to one state, either will do."""
    if path is None:
        return None
    return path.initial, [(step.action, step.target) for step in path.steps]


def figures(found: Exploration) -> dict[str, Any]:
    return {
        "states": found.states,
        "outside": found.outside,
        "initial": found.initial,
        "walks": found.walks,
        "transitions": found.transitions,
        "actions": {
            a: (c.transitions, c.enabled_in, c.discovered) for a, c in found.actions.items()
        },
        "unreached": set(found.unreached),
        "vacuous": set(found.vacuous),
        "findings": [(f.kind, f.name, walked(f.path)) for f in found.findings],
        "halted": found.halted,
    }


def compare(model: Model, plan: Plan, **settings: Any) -> Exploration | None:
    """**Errors** AssertionError where the walks differ; Unsupported."""
    system = system_of(model)
    claims = Claims(system, deadlock=model.deadlock)
    mine: Exploration | None
    code = ""
    try:
        mine = native_walks(system, claims, plan, **settings)
    except MistakeFound as mistake:
        code = mistake.error.code
        mine = None
    if mine is None:
        with pytest.raises(MistakeFound) as caught:
            Reference(system, claims.anew(), plan, Order(system)).run()
        assert caught.value.error.code == code
        return None
    if mine.again:  # else there is more room than the walker here has
        order = Order(system)
        again = Claims(system, deadlock=model.deadlock)
        assert figures(mine) == figures(Reference(system, again, plan, order).run())
    return mine


IDENTITIES = (
    "paxos.single_decree/3-acceptors-2-ballots",
    "commit.two_phase/3-resource-managers",
    "paxos.crash/2-acceptors-2-ballots-1-restart",
    "raft.election/3-servers-1-term",
    "raft.election/3-servers-1-term-queues",
    "raft.ongaro/r2a-2-servers-term-2-log-1",
    "broken.paxos_own_value/3-acceptors-2-ballots",
    "broken.twopc_forgotten_decision/3-resource-managers",
)


def by_cpython(source: str) -> Interpreted:
    return Interpreted(source)


@pytest.mark.parametrize("identity", IDENTITIES)
def test_walk_by_walk_as_the_interpreter(identity: str) -> None:
    (found,) = [f for f in shipped() if f.identity == identity]
    seen = compare(found.model, Plan(seed=5, walks=4, steps=25, first=2), code=by_cpython)
    assert seen is not None
    assert seen.transitions


def test_machine_code_takes_the_same_walks() -> None:
    model = find(IDENTITIES[0])[0].model
    system = system_of(model)
    plan = Plan(seed=1, walks=30, steps=40)
    made = [
        figures(native_walks(system, Claims(system), plan, code=code, checked=checked))
        for code, checked in (
            (by_cpython, True),
            (lambda text: compiled(text, checked=True, cache=False), True),
            (compiled, False),
        )
    ]
    assert made[0] == made[1] == made[2]


def test_random_specifications() -> None:
    compared = 0
    for seed in range(17):
        with loaded(from_seed(seed).text) as (model,):
            try:
                plan = Plan(seed=seed, walks=3, steps=12)
                compared += compare(model, plan, code=by_cpython, checked=True) is not None
            except Unsupported:
                pass
            except (AssertionError, SpecError) as error:
                raise AssertionError(f"seed {seed}: {error}") from error
    assert compared > 8


def test_a_walk_can_be_taken_alone() -> None:
    model = find("broken.paxos_own_value")[0].model
    system = system_of(model)
    found = native_walks(system, Claims(system), Plan(seed=1, walks=1_000, steps=100))
    assert found.halted
    plan = Plan(seed=1, walks=1, steps=100, first=found.walks)
    alone = native_walks(system, Claims(system), plan)
    assert [f.path for f in alone.findings] == [f.path for f in found.findings]


def test_states_that_are_not_kept_are_judged_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = find("paxos.single_decree/3-acceptors-2-ballots")[0].model
    system = system_of(model)
    plan = Plan(seed=1, walks=2_000, steps=60)
    everything = native_walks(system, Claims(system), plan)
    assert not everything.at_least
    monkeypatch.setattr(native, "FIRST_KEPT", 1)  # still room for some batches
    few = native_walks(system, Claims(system), plan, most_kept=1)
    assert few.at_least
    assert few.states < everything.states
    assert few.transitions == everything.transitions == 120_000
    assert [c.transitions for c in few.actions.values()] == [
        c.transitions for c in everything.actions.values()
    ]
    broken = find("broken.paxos_own_value")[0].model
    system = system_of(broken)
    plan = Plan(seed=3, walks=500, steps=100)
    named = {f.name for f in native_walks(system, Claims(system), plan).findings}
    again = native_walks(system, Claims(system), plan, most_kept=1).findings
    assert named
    assert {f.name for f in again} == named


def test_limits() -> None:
    model = find("paxos.single_decree/3-acceptors-2-ballots")[0].model
    system = system_of(model)
    plan = Plan(seed=1, walks=10, steps=100)
    found = native_walks(system, Claims(system), plan, Limits(states=50))
    assert (found.stopped, found.states) == (Why.STATES, 51)
    endless = Plan(seed=1, walks=Walks.MANY, steps=100)
    found = native_walks(system, Claims(system), endless, Limits(seconds=0.2))
    assert found.stopped is Why.TIME


def test_many_steps_are_taken_natively_and_each_broken_claim_is_found() -> None:
    model = find("broken.paxos_own_value")[0].model
    few = simulate(model, Walks(seed=1, number=2, steps=5))
    assert few.evidence.engine == "interpret"
    sound = find("paxos.single_decree/3-acceptors-2-ballots")[0].model
    many = simulate(sound, Walks(seed=1, number=5_000, steps=100))
    assert isinstance(many, Unknown)
    assert many.evidence.engine == "native"
    model = replace(model, properties=None, expect=None)
    plan = Walks(seed=1, number=2_000, steps=60)
    mine = simulate(model, plan, engine=Engine.NATIVE, keep_going=True)
    assert isinstance(mine, Violated)
    assert {"agreement", "proposals_safe", "choice_binds"} <= {v.name for v in mine.violations}
    for violation in mine.violations:
        assert violation.counterexample.behaviour is not None


def test_the_command() -> None:
    arguments = ["simulate", "broken.paxos_own_value", "--engine", "native", "--seed", "3"]
    first = CliRunner().invoke(main, [*arguments, "--walks", "500", "--depth", "60", "--json"])
    assert first.exit_code == 0, first.output  # as expected
    told = CliRunner().invoke(main, [*arguments, "--walks", "500", "--no-diagram"])
    assert " steps/s)" in told.output
    assert "--engine native takes it again" in told.output
    assert CliRunner().invoke(main, ["simulate", "voting", "--checked"]).exit_code == 64
