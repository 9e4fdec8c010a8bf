"""Raft with one rule broken, under the proof of Raft: five proofs, none of which may succeed.

Each is a variant of :mod:`ballotproof.spec.raft.replication` with the same class of conjuncts on
top of it. ``ballotproof prove tests/proofs/broken_raft.py::VotesTwice`` shows what a user sees.
"""

from __future__ import annotations

from ballotproof.proofs.raft.replication import LEMMAS, RaftProof
from ballotproof.spec.lang import Model, Proof, action, require
from ballotproof.spec.raft import replication
from ballotproof.spec.raft.election import Quorum, Role, Server, Term
from ballotproof.spec.raft.replication import AppendEntries, Log, Raft, RequestVote


class VotesTwice(Raft):
    """A server does not look at whom it has voted for."""

    def grants(self, s: Server, m: RequestVote) -> bool:
        return m.term == self.term[s] and self.up_to_date(m, self.log[s])


class VotesTwiceProof(RaftProof, VotesTwice):
    pass


class AnyLog(Raft):
    """A voter does not compare logs."""

    def up_to_date(self, m: RequestVote, log: Log) -> bool:
        return True


class AnyLogProof(RaftProof, AnyLog):
    pass


class CommitsOlder(Raft):
    """A leader counts for entries of earlier terms too (Figure 8)."""

    @action
    def advance_commit(self, s: Server, q: Quorum, n: int) -> None:
        require(n in range(self.commit[s] + 1, len(self.log[s]) + 1))
        require(self.role[s] == Role.LEADER)
        require(all(r == s or self.match_index[s, r] >= n for r in q))
        self.commit[s] = n


class CommitsOlderProof(RaftProof, CommitsOlder):
    pass


class AlwaysTruncates(Raft):
    """A follower cuts its log at every AppendEntries."""

    def appended(self, m: AppendEntries, log: Log) -> Log:
        entry = m.entry
        return log[: m.prev_index] if entry is None else (*log[: m.prev_index], entry)


class AlwaysTruncatesProof(RaftProof, AlwaysTruncates):
    pass


class NoComparison(Raft):
    """A follower takes entries without looking at what stands before them."""

    def consistent(self, m: AppendEntries, log: Log) -> bool:
        return m.prev_index <= len(log)


class NoComparisonProof(RaftProof, NoComparison):
    pass


def proof(of: type[Raft], protocol: type[RaftProof]) -> Proof:
    return Proof(
        name=of.__name__,
        protocol=protocol,
        of=of,
        restarts=True,
        lemmas=LEMMAS,
        instances=[
            Model(
                name="2 servers, 2 terms with leaders, log 1",
                protocol=protocol,
                sizes={Server: 2, Term: 3, replication.Value: 1},
                constants={"max_log": 1},
                restarts=1,
                lengths=1,
                integers=(0, 2),
            )
        ],
    )


PROOFS = [
    proof(VotesTwice, VotesTwiceProof),
    proof(AnyLog, AnyLogProof),
    proof(CommitsOlder, CommitsOlderProof),
    proof(AlwaysTruncates, AlwaysTruncatesProof),
    proof(NoComparison, NoComparisonProof),
]
