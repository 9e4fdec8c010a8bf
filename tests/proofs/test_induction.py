"""The proofs are inductive on small instances, and stop being so where a rule is broken.

The second half is what makes the first mean something: each variant leaves out one rule, and the
cell that fails is the one whose reason, in the docstring of the conjunct, names that rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from ballotproof.model_check.backends.z3.solver import Name
from ballotproof.model_check.discover import shipped_proofs
from ballotproof.model_check.induction.conditions import conditions_of
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
from ballotproof.spec.raft.election import Role, Server, Term
from ballotproof.spec.raft.replication import AppendEntries, Log
from ballotproof.spec.voting import Acceptor, Ballot, Quorum, Vote

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


def failing(protocol: type[Protocol], model: Model, *, restarts: bool = False) -> set[str]:
    """The cells that fail, of a variant taken as it is."""
    model = replace(model, protocol=protocol)
    proof = Proof(
        name="broken", protocol=protocol, of=protocol, instances=[model], restarts=restarts
    )
    return {cell.name for cell in cells_of(proof, model).of(Standing.FAILS)}


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
    assert failing(RaftProof, SMALL_RAFT, restarts=True) == set()


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


class VotesTwice(ElectionProof):
    """A server does not look at whom it has voted for."""

    def grants(self, s: Server, m: election.RequestVote) -> bool:
        return m.term == self.term[s]


class AnyLog(RaftProof):
    """A voter does not compare logs."""

    def up_to_date(self, m: replication.RequestVote, log: Log) -> bool:
        return True


class AlwaysTruncates(RaftProof):
    """A follower cuts its log at every AppendEntries."""

    def appended(self, m: AppendEntries, log: Log) -> Log:
        entry = m.entry
        return log[: m.prev_index] if entry is None else (*log[: m.prev_index], entry)


class NoComparison(RaftProof):
    """A follower takes entries without looking at what stands before them."""

    def consistent(self, m: AppendEntries, log: Log) -> bool:
        return m.prev_index <= len(log)


class CommitsOlderEntries(RaftProof):
    """A leader counts for entries of earlier terms too (Figure 8)."""

    @action
    def advance_commit(self, s: Server, q: election.Quorum, n: int) -> None:
        require(n in range(self.commit[s] + 1, len(self.log[s]) + 1))
        require(self.role[s] == Role.LEADER)
        require(all(r == s or self.match_index[s, r] >= n for r in q))
        self.commit[s] = n
        self.decided[self.term[s]] = max(self.decided[self.term[s]], n)


PAXOS = Model(
    name="3 acceptors, 3 ballots",
    protocol=SingleDecreeProof,
    sizes={Acceptor: 3, Ballot: 3, Value: 2},
)
ELECTION = Model(name="3 servers, 2 terms", protocol=ElectionProof, sizes={Server: 3, Term: 2})
MANAGERS = Model(name="2 managers", protocol=TwoPhaseProof, sizes={ResourceManager: 2})


@dataclass(frozen=True)
class Broken:
    """A broken rule: the action it is in, and the claims that this action does not keep any more.
    The first is the one whose reason names the rule."""

    protocol: type[Protocol]
    model: Model
    action: str
    claims: tuple[str, ...]
    slow: bool = False


BROKEN = [
    Broken(CommitsEarly, MANAGERS, "decide_commit", ("commit_validity",)),
    Broken(
        ForgetsPromise,
        PAXOS,
        "accept",
        (
            "promises_truthful", "vote_after_promise", "votes_behind_promise", "votes_ordered",
            "proposals_safe", "choice_binds", "agreement",
        ),
    ),
    Broken(OwnValue, PAXOS, "propose", ("proposals_safe", "choice_binds")),
    Broken(
        VotesTwice,
        ELECTION,
        "handle_request_vote",
        (
            "votes_granted", "vote_once", "votes_final", "votes_given", "votes_counted",
            "elected_by_quorum",
        ),
    ),
    Broken(AnyLog, SMALL_RAFT, "handle_request_vote", ("choosable_voted",)),
    Broken(
        AlwaysTruncates,
        SMALL_RAFT,
        "handle_append_entries",
        (
            "stored_length", "stored_log", "choosable_kept", "match_truthful", "commit_in_log",
            "commit_agrees", "committed_agree", "commit_led",
        ),
        slow=True,
    ),
    Broken(
        NoComparison,
        SMALL_RAFT,
        "handle_append_entries",
        ("stored_log", "choosable_kept"),
        slow=True,
    ),
    Broken(
        CommitsOlderEntries, SMALL_RAFT, "advance_commit", ("decided_by_quorum", "commit_rule")
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b, id=b.protocol.__name__, marks=[pytest.mark.slow] if b.slow else [])
        for b in BROKEN
    ],
)
def test_a_broken_rule_fails_where_it_is_the_reason(broken: Broken) -> None:
    cells = {f"{broken.action}/{claim}" for claim in broken.claims}
    assert failing(broken.protocol, broken.model) == cells


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
