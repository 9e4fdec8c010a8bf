"""Whether a state can be reached: by three ways of looking, each held against exhaustion."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from ballotproof.model_check.backends.codec import State
from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.induction.conditions import Conditions, conditions_of
from ballotproof.model_check.induction.growth import growing
from ballotproof.model_check.induction.reach import Effort, Reaching
from ballotproof.proofs.commit.two_phase import PROOFS as TWO_PHASE
from ballotproof.proofs.paxos.single_decree import PROOFS as SINGLE_DECREE
from ballotproof.proofs.raft.election import PROOFS as ELECTION
from ballotproof.spec.lang import BagNetwork, Model, Proof, Protocol, Set, Sort, action, require
from ballotproof.spec.raft.election import Server, Term

from ...agree.exhaustive import Exhaustive
from .small import LOCK

WHOLE = Effort()
APART = Effort(states=20, more=20, steps=0)
NATIVE = Effort(states=1, more=100)
FORMULAS = Effort(states=1, more=1, steps=4)
EFFORTS = {"whole": WHOLE, "apart": APART, "native": NATIVE, "formulas": FORMULAS}


def lengths(conditions: Conditions, model: Model) -> dict[State, int]:
    """The shortest way to each state that can be reached, by the state as the codec has it."""
    instance = replace(model, lengths=None, integers=None)
    system = Interpreter(read(conditions.proof.protocol, instance), instance)
    found = breadth_first(system, Claims(system, ()))
    levels = [d for d, many in enumerate(found.levels) for _ in range(many)]
    states = [system.codec.encode_state(system.decode(s)) for s in found.expanded]
    return dict(zip(states, levels, strict=True))


@pytest.mark.parametrize("how", EFFORTS)
def test_of_every_state_it_is_said_whether_and_how_soon(how: str) -> None:
    """All states that the types allow, or a sample where each is a search of its own."""
    conditions = conditions_of(LOCK)
    (model,) = LOCK.instances
    reaching = Reaching(conditions, model, EFFORTS[how])
    known = lengths(conditions, model)
    every = [reaching.codec.encode_state(s) for s in Exhaustive(conditions, model).states()]
    assert (len(every), len(known)) == (144, 64)
    if how != "whole":
        some = 4 if how == "native" else 12
        chance = random.Random(0)
        every = chance.sample(every, some) + chance.sample(list(known), some)
    found = reaching.explored([], every).reach
    for state, reach in zip(every, found, strict=True):
        length = known.get(state)
        if reach.way is not None:
            assert len(reach.way.steps) == reach.steps == length
        elif reach.never:
            assert length is None
        else:
            assert how in ("apart", "formulas")
            assert length is None or length > reach.steps
    ways = [r for r in found if r.way is not None]
    assert len(ways) >= len(found) // 3
    assert any(r.never for r in found) or how == "formulas"
    assert any(r.apart for r in found) == (how != "whole")
    assert any(r.formulas for r in found) == (how == "formulas")


class Node(Sort):
    """Who sends."""


class Queue(Protocol):
    """What is handled is gone."""

    waiting: Set[Node]
    handled: Set[Node]
    either: Set[Node]

    def init(self) -> None:
        self.waiting = Set()
        self.handled = Set()
        self.either = Set()

    @action
    def put(self, x: Node) -> None:
        self.waiting.add(x)

    @action
    def handle(self, x: Node) -> None:
        require(x in self.waiting)
        self.waiting.discard(x)
        if x not in self.handled:
            self.handled.add(x)
            self.either = Set(y for y in Node if y in self.either or y == x)


def test_what_grows_is_told_by_the_form_of_assignments() -> None:
    """`either` grows too, but not by its form."""
    queue = Proof(name="x", protocol=Queue, of=Queue)
    assert growing(conditions_of(queue).spec) == {"handled"}
    assert growing(conditions_of(SINGLE_DECREE[0]).spec) == {"sent"}
    assert growing(conditions_of(TWO_PHASE[0]).spec) == {"sent", "heard"}
    assert growing(conditions_of(ELECTION[0]).spec) == {"network", "elected"}
    bag = replace(ELECTION[0], network=BagNetwork(capacity=1))
    assert growing(conditions_of(bag).spec) == {"elected"}


def test_nodes_restart_as_often_as_the_way_takes() -> None:
    """The model of the instance allows one restart, the proof any number."""
    (proof,) = ELECTION
    conditions = conditions_of(proof)
    model = Model(name="x", protocol=proof.protocol, sizes={Server: 2, Term: 2}, restarts=1)
    reaching = Reaching(conditions, model, Effort(states=500))
    assert all(f.name != "restarts" for f in conditions.spec.fields)
    assert "restart" in {a.name for a in conditions.spec.actions}
    found = reaching.explored(list(conditions.by_name), [])
    assert found.seen.broken is None
