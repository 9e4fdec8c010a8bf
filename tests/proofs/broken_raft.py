"""Raft with one rule broken, under the proof of Raft: five proofs, none of which may succeed.

Each is a variant of :mod:`ballotproof.spec.raft.replication` with the same class of conjuncts on
top of it. ``ballotproof prove tests/proofs/broken_raft.py::VotesTwice`` shows what a user sees.
"""

from __future__ import annotations

from dataclasses import dataclass

from ballotproof.proofs.raft.replication import LEMMAS, RaftProof
from ballotproof.spec.lang import Model, Proof, action, require
from ballotproof.spec.raft.election import Quorum, Role, Server, Term
from ballotproof.spec.raft.replication import AppendEntries, Log, Raft, RequestVote, Value


class VotesTwice(Raft):
    """A server does not look at whom it has voted for."""

    def grants(self, s: Server, m: RequestVote) -> bool:
        return m.term == self.term[s] and self.up_to_date(m, self.log[s])


class VotesTwiceProof(RaftProof, VotesTwice):
    """With the ghosts and conjuncts of the proof."""


class AnyLog(Raft):
    """A voter does not compare logs."""

    def up_to_date(self, m: RequestVote, log: Log) -> bool:
        return True


class AnyLogProof(RaftProof, AnyLog):
    """With the ghosts and conjuncts of the proof."""


class CommitsOlder(Raft):
    """A leader counts for entries of earlier terms too (Figure 8)."""

    @action
    def advance_commit(self, s: Server, q: Quorum, n: int) -> None:
        require(n in range(self.commit[s] + 1, len(self.log[s]) + 1))
        require(self.role[s] == Role.LEADER)
        require(all(r == s or self.match_index[s, r] >= n for r in q))
        self.commit[s] = n


class CommitsOlderProof(RaftProof, CommitsOlder):
    """With the ghosts and conjuncts of the proof."""


class AlwaysTruncates(Raft):
    """A follower cuts its log at every AppendEntries."""

    def appended(self, m: AppendEntries, log: Log) -> Log:
        entry = m.entry
        return log[: m.prev_index] if entry is None else (*log[: m.prev_index], entry)


class AlwaysTruncatesProof(RaftProof, AlwaysTruncates):
    """With the ghosts and conjuncts of the proof."""


class NoComparison(Raft):
    """A follower takes entries without looking at what stands before them."""

    def consistent(self, m: AppendEntries, log: Log) -> bool:
        return m.prev_index <= len(log)


class NoComparisonProof(RaftProof, NoComparison):
    """With the ghosts and conjuncts of the proof."""


@dataclass(frozen=True)
class Broken:
    """A broken rule: the action it is in, and the claims that this action does not keep with logs
    of one entry; ``entries`` make up the logs in which the mistake shows."""

    of: type[Raft]
    protocol: type[RaftProof]
    action: str
    claims: tuple[str, ...]
    entries: int = 1

    @property
    def proof(self) -> Proof:
        """The proof of Raft, of this one."""
        model = Model(
            name=f"2 servers, 2 terms with leaders, log {self.entries}",
            protocol=self.protocol,
            sizes={Server: 2, Term: 3, Value: 1},
            constants={"max_log": self.entries},
            restarts=1,
            lengths=self.entries,
            integers=(0, self.entries + 1),
        )
        return Proof(
            name=self.of.__name__,
            protocol=self.protocol,
            of=self.of,
            restarts=True,
            lemmas=LEMMAS,
            instances=[model],
        )


BROKEN = [
    Broken(
        VotesTwice,
        VotesTwiceProof,
        "handle_request_vote",
        ("votes_granted", "vote_once", "votes_given", "votes_counted", "elected_by_quorum"),
    ),
    Broken(AnyLog, AnyLogProof, "handle_request_vote", ("choosable_voted",)),
    Broken(CommitsOlder, CommitsOlderProof, "advance_commit", ("decided_by_quorum", "commit_rule")),
    Broken(
        AlwaysTruncates,
        AlwaysTruncatesProof,
        "handle_append_entries",
        (
            "stored_length", "stored_log", "choosable_kept", "match_truthful", "commit_in_log",
            "commit_agrees", "committed_agree", "commit_led",
        ),
    ),
    Broken(
        NoComparison,
        NoComparisonProof,
        "handle_append_entries",
        ("stored_log", "choosable_kept"),
        entries=2,
    ),
]  # fmt: skip

PROOFS = [b.proof for b in BROKEN]
