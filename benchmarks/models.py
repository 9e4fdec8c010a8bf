"""The models that are measured: ours, and the same transition systems for the peers."""

from __future__ import annotations

from dataclasses import dataclass, field

from ballotproof.spec.commit.transaction_commit import ResourceManager
from ballotproof.spec.commit.two_phase import TwoPhase
from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import BagNetwork
from ballotproof.spec.lang.model import Model
from ballotproof.spec.paxos.single_decree import SingleDecree
from ballotproof.spec.raft.election import Server, Term
from ballotproof.spec.raft.replication import Raft
from ballotproof.spec.raft.replication import Value as Command
from ballotproof.spec.voting import Acceptor, Ballot

__all__ = ["MODELS", "SAME", "Peer", "Same", "paxos"]


@dataclass(frozen=True)
class Peer:
    """A TLA+ module in ``peers/``, its constants, and what TLC checks of it."""

    module: str
    constants: dict[str, str]
    invariants: tuple[str, ...]
    constraint: str | None = None


def paxos(ballots: int) -> Model:
    sizes = {Acceptor: 3, Ballot: ballots, Value: 2}
    return Model(name=f"Paxos, {ballots} ballots", protocol=SingleDecree, sizes=sizes)


def two_phase(managers: int) -> Model:
    return Model(
        name=f"two-phase commit, {managers} managers",
        protocol=TwoPhase,
        sizes={ResourceManager: managers},
    )


def raft(servers: int, terms: int, log: int, network: BagNetwork | None = None) -> Model:
    return Model(
        name=f"Raft, {servers} servers, {terms} terms",
        protocol=Raft,
        sizes={Server: servers, Term: terms, Command: 1},
        constants={"max_log": log},
        network=network,
    )


MODELS: dict[str, Model] = {
    "paxos-2": paxos(2),
    "paxos-3": paxos(3),
    "paxos-4": paxos(4),
    "two-phase-5": two_phase(5),
    "two-phase-8": two_phase(8),
    "raft-2x3": raft(2, 3, 1),
    "raft-3x2": raft(3, 2, 1),
    "raft-3x3": raft(3, 3, 1, BagNetwork(capacity=2, loses=True)),
}
"""By the name under which :mod:`.search` finds them. Terms count the first, in which nobody leads;
the last model has two messages in flight, all others the network that loses, repeats, reorders."""


def paxos_for_tlc(ballots: int) -> Peer:
    constants = {"Acceptor": "{a1, a2, a3}", "Value": "{v1, v2}", "MaxBallot": str(ballots - 1)}
    return Peer("Paxos", constants, ("Agreement", "Validity"))


def two_phase_for_tlc(managers: int) -> Peer:
    names = ", ".join(f"r{i}" for i in range(1, managers + 1))
    return Peer("TwoPhase", {"Manager": f"{{{names}}}"}, ("Agreement", "CommitValidity"))


def raft_for_tlc(servers: int, terms: int, log: int) -> Peer:
    constants = {
        "Server": "{" + ", ".join(f"s{i}" for i in range(1, servers + 1)) + "}",
        "Value": "{v1}",
        "MaxTerm": str(terms - 1),
        "MaxLog": str(log),
        "Nobody": "Nobody",
    }
    claims = ("OneLeaderAtATime", "LogMatching", "CommittedAgree")
    return Peer("Raft", constants, claims, "ShortLogs")


@dataclass(frozen=True)
class Same:
    """One protocol for us and for TLC: a small instance whose counts must agree, and a large one
    on which speeds are compared."""

    title: str
    small: str
    small_peer: Peer
    large: str
    large_peer: Peer
    spin: bool = field(default=False)


SAME = (
    Same("Paxos", "paxos-2", paxos_for_tlc(2), "paxos-4", paxos_for_tlc(4), spin=True),
    Same("two-phase commit", "two-phase-5", two_phase_for_tlc(5), "two-phase-8",
         two_phase_for_tlc(8)),
    Same("Raft", "raft-2x3", raft_for_tlc(2, 3, 1), "raft-3x2", raft_for_tlc(3, 2, 1)),
)  # fmt: skip
