"""The proofs are inductive on small instances, and stop being so where a rule is broken.

The second half is what makes the first mean something: each variant leaves out one rule, and the
cell that fails is the one whose reason, in the docstring of the conjunct, names that rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import pytest

from ballotproof.model_check.backends.z3.solver import Name
from ballotproof.model_check.discover import shipped_proofs
from ballotproof.model_check.induction.conditions import Conditions, conditions_of
from ballotproof.model_check.induction.finite import Finite, Standing
from ballotproof.model_check.induction.matrix import Matrix, matrix_of
from ballotproof.proofs.commit.two_phase import TwoPhaseProof
from ballotproof.proofs.paxos.flexible import FlexibleProof
from ballotproof.proofs.paxos.single_decree import SingleDecreeProof
from ballotproof.proofs.raft.election import ElectionProof
from ballotproof.proofs.raft.replication import RaftProof
from ballotproof.spec.commit.transaction_commit import ResourceManager
from ballotproof.spec.commit.two_phase import Decision, Outcome
from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import Model, Proof, Protocol, action, at_least, explicit, require
from ballotproof.spec.paxos.flexible import Phase1Quorum, Phase2Quorum
from ballotproof.spec.paxos.single_decree import Accept, Accepted
from ballotproof.spec.raft import election, replication
from ballotproof.spec.raft.election import Server, Term
from ballotproof.spec.voting import Acceptor, Ballot, Quorum, Vote

from . import broken_raft

SMALL_RAFT = Model(
    name="2 servers, 2 terms with leaders, log 1",
    protocol=RaftProof,
    sizes={Server: 2, Term: 3, replication.Value: 1},
    constants={"max_log": 1},
    lengths=1,
    integers=(0, 2),
)

SLOW = ("multi", "fast", "replication", "history")
"""Proofs whose instances take more than a few seconds."""


def cells_of(proof: Proof, model: Model) -> Matrix:
    return matrix_of(Finite(conditions_of(proof), model, solver=Name.CADICAL))


def failing(protocol: type[Protocol], model: Model) -> set[str]:
    """The cells that fail, of a variant taken as it is."""
    model = replace(model, protocol=protocol)
    proof = Proof(name="broken", protocol=protocol, of=protocol, instances=[model])
    return {cell.name for cell in cells_of(proof, model).of(Standing.FAILS)}


@cache
def whole(name: str) -> Finite:
    """A protocol as it should be, by the name of its class, on its instance here."""
    protocol = next(c for c in INSTANCES if c.__name__ == name)
    model = INSTANCES[protocol]
    restarts = protocol is RaftProof
    proof = Proof(name="whole", protocol=protocol, of=protocol, restarts=restarts)
    return Finite(conditions_of(proof), model, solver=Name.CADICAL)


@pytest.fixture(scope="module", autouse=True)
def _forgotten() -> Iterator[None]:
    """What is kept for the tests of this file ends with them: a solver must not outlive Python."""
    yield
    whole.cache_clear()


def failing_where_changed(
    protocol: type[Protocol], as_it_should_be: type[Protocol]
) -> dict[str, set[str]]:
    """For each action that is not word for word that of the protocol as it should be, the claims
    that it does not keep. Of the others nothing need be asked: their cells are the same.

    The claims have to be the same in both.
    """
    finite = whole(as_it_should_be.__name__)
    before = finite.conditions
    proof = replace(before.proof, protocol=protocol, of=protocol)
    conditions = conditions_of(proof)
    assert said(conditions) == said(before)
    bodies = {a.name: (a.parameters, a.body) for a in before.spec.actions}
    changed = {a.name for a in conditions.spec.actions if (a.parameters, a.body) != bodies[a.name]}
    asked = [c for c in conditions.cells if c.row in changed]
    made: dict[str, set[str]] = {name: set() for name in changed}
    for cell in matrix_of(finite.varied(conditions), asked).of(Standing.FAILS):
        made[cell.row].add(cell.column)
    return made


def said(conditions: Conditions) -> dict[str, object]:
    """What is claimed, and where it begins."""
    claims = {p.name: p.body for p in (*conditions.invariants, *conditions.steps)}
    return {**claims, "init": conditions.spec.init.body}


@pytest.mark.parametrize(
    ("proof", "model"),
    [
        pytest.param(
            found.proof,
            model,
            id=f"{found.module}, {model.name}",
            marks=[pytest.mark.slow]
            if model.slow or found.module.rpartition(".")[2] in SLOW
            else [],
        )
        for found in shipped_proofs()
        for model in found.proof.instances
    ],
)
def test_inductive_on_its_instances(proof: Proof, model: Model) -> None:
    matrix = cells_of(proof, model)
    assert set(matrix.standing.values()) == {Standing.HOLDS}


def test_raft_is_inductive_on_a_small_instance() -> None:
    """Its claims are kept there by every action, restarts among them."""
    matrix = matrix_of(whole(RaftProof.__name__))
    assert "restart/votes_remembered" in matrix.standing
    assert set(matrix.standing.values()) == {Standing.HOLDS}


# ------------------------------------------------------------------------------ broken rules
class CommitsEarly(TwoPhaseProof):
    """The transaction manager does not wait for all."""

    @action
    def decide_commit(self) -> None:
        require(self.decision is None)
        self.decision = Outcome.COMMIT
        self.sent.add(Decision(Outcome.COMMIT))


class ForgetsPromise(SingleDecreeProof):
    """An acceptor votes in whatever ballot it is asked to."""

    @action
    def accept(self, a: Acceptor, m: Accept) -> None:
        require(m in self.sent)
        self.vote[a] = Vote(m.ballot, m.value)
        self.sent.add(Accepted(a, m.ballot, m.value))


class OwnValue(SingleDecreeProof):
    """A leader proposes what it likes, whatever is reported."""

    def follows(self, v: Value, votes: frozenset[Vote]) -> bool:
        return True


PAXOS = Model(
    name="3 acceptors, 3 ballots",
    protocol=SingleDecreeProof,
    sizes={Acceptor: 3, Ballot: 3, Value: 2},
)
MANAGERS = Model(name="2 managers", protocol=TwoPhaseProof, sizes={ResourceManager: 2})


INSTANCES = {SingleDecreeProof: PAXOS, TwoPhaseProof: MANAGERS, RaftProof: SMALL_RAFT}


@dataclass(frozen=True)
class Broken:
    """A broken rule: the action it is in, and the claims that this action does not keep any more.
    The first is the one whose reason names the rule."""

    protocol: type[Protocol]
    as_it_should_be: type[Protocol]
    action: str
    claims: tuple[str, ...]


BROKEN = [
    Broken(CommitsEarly, TwoPhaseProof, "decide_commit", ("commit_validity",)),
    Broken(
        ForgetsPromise,
        SingleDecreeProof,
        "accept",
        (
            "promises_truthful", "vote_after_promise", "votes_behind_promise", "votes_ordered",
            "proposals_safe", "choice_binds", "agreement",
        ),
    ),
    Broken(OwnValue, SingleDecreeProof, "propose", ("proposals_safe", "choice_binds")),
    *(Broken(b.protocol, RaftProof, b.action, b.claims) for b in broken_raft.BROKEN),
]  # fmt: skip


LONG = ("AlwaysTruncatesProof", "NoComparisonProof")
"""Rules whose action has most cells to ask about: some seconds each, and others stand for them."""


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b, id=name, marks=[pytest.mark.slow] if name in LONG else [])
        for b in BROKEN
        for name in [b.protocol.__name__]
    ],
)
def test_a_broken_rule_fails_where_it_is_the_reason(broken: Broken) -> None:
    found = failing_where_changed(broken.protocol, broken.as_it_should_be)
    assert found == {broken.action: set(broken.claims)}


MEETING = {"propose/choice_binds", "accept/choice_binds", "accept/agreement"}
"""Where a quorum that has chosen has to meet one that keeps other values out."""


def test_paxos_where_quorums_do_not_meet() -> None:
    model = Model(
        name="2 acceptors, each a quorum",
        protocol=SingleDecreeProof,
        sizes={Acceptor: 2, Ballot: 2, Value: 2},
        quorums={Quorum: explicit({1}, {2})},
    )
    assert failing(SingleDecreeProof, model) == MEETING


def test_elections_where_quorums_do_not_meet() -> None:
    model = Model(
        name="3 servers, each a quorum",
        protocol=ElectionProof,
        sizes={Server: 3, Term: 2},
        quorums={election.Quorum: explicit({1}, {2}, {3})},
    )
    two_leaders = {"become_leader/election_safety", "become_leader/one_leader_at_a_time"}
    assert failing(ElectionProof, model) == two_leaders


RAFT_MEETING = {
    "timeout/winners_first", "handle_vote/winners_first", "become_leader/winners_first",
    "become_leader/choosable_led", "client_request/choosable_led",
    "become_leader/later_leaders_complete", "become_leader/commit_led",
}  # fmt: skip
"""Where the voters of a leader have to meet those of another, or who has stored an entry."""


def test_raft_where_quorums_do_not_meet() -> None:
    """Asked are the cells that fail, and all of the actions that count votes or copies."""
    model = replace(SMALL_RAFT, quorums={election.Quorum: explicit({1}, {2})})
    proof = Proof(name="broken", protocol=RaftProof, of=RaftProof, instances=[model])
    finite = Finite(conditions_of(proof), model, solver=Name.CADICAL)
    counting = ("become_leader", "advance_commit")
    asked = [c for c in finite.conditions.cells if c.row in counting or c.name in RAFT_MEETING]
    assert {c.name for c in matrix_of(finite, asked).of(Standing.FAILS)} == RAFT_MEETING


@pytest.mark.slow
def test_raft_where_quorums_do_not_meet_in_all_cells() -> None:
    model = replace(SMALL_RAFT, quorums={election.Quorum: explicit({1}, {2})})
    assert failing(RaftProof, model) == RAFT_MEETING


@pytest.mark.parametrize(("phase_1", "cells"), [(3, set()), (2, MEETING)])
def test_flexible_paxos_wants_quorums_of_different_phases_to_meet(
    phase_1: int, cells: set[str]
) -> None:
    """Quorums of 2 among 4 acceptors choose; two of them need not meet."""
    model = Model(
        name="4 acceptors, phase 2 by 2",
        protocol=FlexibleProof,
        sizes={Acceptor: 4, Ballot: 2, Value: 2},
        quorums={Phase1Quorum: at_least(phase_1), Phase2Quorum: at_least(2)},
    )
    assert failing(FlexibleProof, model) == cells
