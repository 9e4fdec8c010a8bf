"""Every conjunct of a proof is true of the reachable states of a small instance.

That is necessary and not enough: a conjunct that fails here is false, whatever follows from it. The
counts are those of the specification, where there are no ghosts: these tell more states apart.
"""

from __future__ import annotations

import pytest

from ballotproof.model_check.check import check
from ballotproof.model_check.discover import FoundProof, shipped_modules, shipped_proofs
from ballotproof.model_check.engine import Engine
from ballotproof.model_check.expectation import outcome_of
from ballotproof.model_check.induction.conditions import conditions_of
from ballotproof.proofs.commit.two_phase import TwoPhaseProof
from ballotproof.proofs.paxos.fast import FastProof
from ballotproof.proofs.paxos.flexible import FlexibleProof
from ballotproof.proofs.paxos.multi import MultiDecreeProof
from ballotproof.proofs.paxos.single_decree import SingleDecreeProof
from ballotproof.proofs.raft.election import ElectionProof
from ballotproof.proofs.raft.history import RaftHistoryProof
from ballotproof.proofs.raft.replication import RaftProof
from ballotproof.spec.commit.transaction_commit import ResourceManager, TransactionCommit
from ballotproof.spec.consensus import Consensus, Value
from ballotproof.spec.lang import BagNetwork, Holds, Model, Protocol, at_least
from ballotproof.spec.paxos.fast import FastQuorum
from ballotproof.spec.paxos.flexible import Phase1Quorum, Phase2Quorum
from ballotproof.spec.paxos.multi import Command, Replica, Slot
from ballotproof.spec.raft import replication
from ballotproof.spec.raft.election import Server, Term
from ballotproof.spec.voting import Acceptor, Ballot, Voting

SMALL = [
    Model(name="consensus", protocol=Consensus, sizes={Value: 3}, expect=Holds(4, 2)),
    Model(
        name="voting",
        protocol=Voting,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        expect=Holds(599, 11),
    ),
    Model(
        name="transaction commit",
        protocol=TransactionCommit,
        sizes={ResourceManager: 3},
        expect=Holds(34, 7),
    ),
    Model(
        name="two-phase commit",
        protocol=TwoPhaseProof,
        sizes={ResourceManager: 3},
        expect=Holds(288, 11),
    ),
    Model(
        name="Paxos",
        protocol=SingleDecreeProof,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        expect=Holds(3_921, 17),
    ),
    Model(
        name="Paxos, 3 ballots",
        protocol=SingleDecreeProof,
        sizes={Acceptor: 3, Ballot: 3, Value: 2},
        expect=Holds(185_369, 25),
        slow=True,
    ),
    Model(
        name="Flexible Paxos",
        protocol=FlexibleProof,
        sizes={Acceptor: 4, Ballot: 2, Value: 2},
        quorums={Phase1Quorum: at_least(3), Phase2Quorum: at_least(2)},
        expect=Holds(20_609, 21),
        slow=True,
    ),
    Model(
        name="Flexible Paxos, majorities",
        protocol=FlexibleProof,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        expect=Holds(3_921, 17),
    ),
    Model(
        name="Multi-Paxos",
        protocol=MultiDecreeProof,
        sizes={Acceptor: 2, Ballot: 2, Slot: 2, Command: 1, Replica: 2},
        expect=Holds(1_665, 23),
    ),
    Model(
        name="Multi-Paxos, 3 acceptors",
        protocol=MultiDecreeProof,
        sizes={Acceptor: 3, Ballot: 2, Slot: 2, Command: 1, Replica: 1},
        expect=Holds(208_545, 27),
        slow=True,
    ),
    Model(
        name="Fast Paxos",
        protocol=FastProof,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        quorums={FastQuorum: at_least(3)},
        constants={"fast": [0]},
        expect=Holds(15_924, 19),
    ),
    Model(
        name="Fast Paxos, 3 ballots",
        protocol=FastProof,
        sizes={Acceptor: 3, Ballot: 3, Value: 2},
        quorums={FastQuorum: at_least(3)},
        constants={"fast": [0, 1]},
        expect=Holds(1_218_220, 27),
        slow=True,
    ),
    Model(
        name="Raft, elections",
        protocol=ElectionProof,
        sizes={Server: 2, Term: 3},
        restarts=1,
        expect=Holds(2_078, 15),
    ),
    Model(
        name="Raft, elections, 3 servers",
        protocol=ElectionProof,
        sizes={Server: 3, Term: 2},
        restarts=1,
        expect=Holds(6_041, 17),
    ),
    Model(
        name="Raft, 2 terms, log 2, 1 message in flight, 1 restart",
        protocol=RaftProof,
        sizes={Server: 2, Term: 3, replication.Value: 1},
        constants={"max_log": 2},
        network=BagNetwork(capacity=1, loses=True),
        restarts=1,
        expect=Holds(7_894, 29),
    ),
    Model(
        name="Raft with its history, 2 terms, log 2, 1 message in flight, 1 restart",
        protocol=RaftHistoryProof,
        sizes={Server: 2, Term: 3, replication.Value: 1},
        constants={"max_log": 2},
        network=BagNetwork(capacity=1, loses=True),
        restarts=1,
        expect=Holds(7_894, 29),
        slow=True,
    ),
    Model(
        name="Raft, 2 values",
        protocol=RaftProof,
        sizes={Server: 2, Term: 2, replication.Value: 2},
        constants={"max_log": 2},
        expect=Holds(7_080, 24),
        slow=True,
    ),
    Model(
        name="Raft, 3 servers, log 2, 1 message in flight",
        protocol=RaftProof,
        sizes={Server: 3, Term: 2, replication.Value: 1},
        constants={"max_log": 2},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(21_872, 29),
        slow=True,
    ),
]

PROOFS = [pytest.param(f, id=f.identity) for f in shipped_proofs()]


@pytest.mark.parametrize(
    "model",
    [pytest.param(m, id=m.name, marks=[pytest.mark.slow] if m.slow else []) for m in SMALL],
)
def test_conjuncts_are_true_where_the_protocol_can_get(model: Model) -> None:
    outcome = outcome_of(check(model, engine=Engine.NATIVE), model.expect)
    assert outcome.differences == ()
    assert outcome.as_expected


@pytest.mark.parametrize("found", PROOFS)
def test_ghosts_change_nothing(found: FoundProof) -> None:
    conditions = conditions_of(found.proof)
    assert set(conditions.goals) <= {p.name for p in (*conditions.invariants, *conditions.steps)}
    assert len(conditions.cells) > len(conditions.invariants) * len(conditions.spec.actions)


@pytest.mark.parametrize("found", PROOFS)
def test_instances_are_of_the_protocol_proved(found: FoundProof) -> None:
    proof = found.proof
    assert issubclass(proof.protocol, proof.of)
    assert proof.instances
    assert all(i.protocol is proof.protocol for i in proof.instances)


@pytest.mark.parametrize("found", PROOFS)
def test_each_added_conjunct_says_why_it_holds(found: FoundProof) -> None:
    """Those of the specification are explained by the argument at the top of the file."""
    proof = found.proof
    added = [
        method
        for name, method in vars_of(proof.protocol).items()
        if getattr(method, "__kind__", None) == "invariant" and name not in vars_of(proof.of)
    ]
    assert all("Holds because" in (method.__doc__ or "") for method in added)


def vars_of(protocol: type[Protocol]) -> dict[str, object]:
    made: dict[str, object] = {}
    for cls in reversed(protocol.__mro__):
        made.update(vars(cls))
    return made


def test_every_file_of_proofs_holds_one() -> None:
    assert {f.module for f in shipped_proofs()} == set(shipped_modules("ballotproof.proofs"))
