"""Why the claims of the Raft paper that speak of *ever* are true: a longer memory says so.

**Claim** Figure 3 of the paper, in its own terms (:mod:`ballotproof.spec.raft.history`): Election
Safety (`election_safety`), Leader Completeness (`leader_completeness`), State Machine Safety
(`state_machine_safety`); and that what is committed is stored by a quorum for ever
(`committed_at_quorum`).

**The argument** is that of :mod:`ballotproof.proofs.raft.replication`. What
:mod:`ballotproof.spec.raft.history` remembers, as sets of things that happened, the ghosts there
remember as well, term by term. Four conjuncts say so.

1. Who was elected in a term is its leader, and there is one place for a leader in each term
   (`elected_are_leaders`); so `election_safety`.
2. What was committed was decided by the leader of the term (`committed_is_decided`). Later leaders
   have all that was decided; so `leader_completeness`. The quorum that stored the last entry of it
   has it still, since that entry is choosable for ever (`choosable_kept`), and with it all that
   comes before; so `committed_at_quorum`.
3. What was applied was decided in some term (`applied_is_decided`), and decisions of different
   terms agree; so `state_machine_safety`.
"""

from __future__ import annotations

from ...spec.lang import Model, Proof, invariant
from ...spec.raft.election import Server, Term
from ...spec.raft.history import Applied, Elected, RaftWithHistory
from ...spec.raft.replication import Value
from .replication import LEMMAS, RaftProof


class RaftHistoryProof(RaftProof, RaftWithHistory):
    """Raft with both memories, that of the claims and that of the proof."""

    @invariant
    def elected_are_leaders(self) -> bool:
        """Who was elected in a term is its leader.

        Holds because both are recorded when it is elected, and who is leader of a term stays so
        (`winners_first`).
        """
        return all(self.leader_of[e.term] == e.server for e in self.elected)

    @invariant
    def leaders_were_elected(self) -> bool:
        """The leader of a term was elected in it.

        Holds because both are recorded when it is elected.
        """
        return all(
            Elected(t, s) in self.elected for t in Term for s in Server if self.leader_of[t] == s
        )

    @invariant
    def committed_is_decided(self) -> bool:
        """What was committed in a term was decided by its leader.

        Holds because the leader records its own log (`leaders_log`, `leaders_log_length`) up to
        where it decides, as the leader of its term (`leaders_elected`); and that log only grows
        (`winners_first`, `only_leaders_append`).
        """
        return all(
            0 < c.index <= self.decided[c.term]
            and c.index <= len(self.leader_log[c.term])
            and self.leader_log[c.term][c.index - 1] == c.entry
            for c in self.committed
        )

    @invariant
    def applied_is_decided(self) -> bool:
        """What was applied was decided in some term.

        Holds because a server applies what it knows as committed (`commit_decided`), from where it
        stopped (`last_applied_not_negative`), and that is what was decided (`commit_agrees`); and
        the logs of leaders only grow (`leaders_log`, `leaders_log_length`, `winners_first`,
        `only_leaders_append`).
        """
        return all(a.index > 0 and self.some_decision(a) for a in self.applied)

    def some_decision(self, a: Applied) -> bool:
        """The leader of some term has decided for this entry, at this index."""
        return any(
            a.index <= self.decided[t]
            and a.index <= len(self.leader_log[t])
            and self.leader_log[t][a.index - 1] == a.entry
            for t in Term
        )

    @invariant
    def last_applied_not_negative(self) -> bool:
        """lastApplied is an index, or 0.

        Holds because it never decreases but to 0.
        """
        return all(self.last_applied[s] >= 0 for s in Server)


PROOFS = [
    Proof(
        name="any size",
        protocol=RaftHistoryProof,
        of=RaftWithHistory,
        restarts=True,
        lemmas={
            **LEMMAS,
            "election_safety": ("elected_are_leaders",),
            "entries_of_leaders": ("log_backed", "only_leaders_append", "leaders_were_elected"),
            "leader_completeness": (
                "committed_is_decided",
                "later_leaders_complete",
                "leaders_elected",
                "leaders_log",
                "leaders_log_length",
            ),
            "handle_append_entries/defined": ("appends_consistent", "last_applied_not_negative"),
            "advance_commit/defined": ("last_applied_not_negative",),
            "state_machine_safety": ("applied_is_decided", "decisions_agree"),
            "committed_at_quorum": (
                "committed_is_decided",
                "decided_by_quorum",
                "choosable_kept",
                "log_backed",
            ),
            "advance_commit/applied_is_decided": (
                "commit_decided'",
                "commit_agrees'",
                "last_applied_not_negative",
            ),
            "handle_append_entries/applied_is_decided": (
                "commit_decided'",
                "commit_agrees'",
                "last_applied_not_negative",
            ),
        },
        instances=[
            Model(
                name="3 servers, 2 terms with leaders, log 2, 1 value",
                protocol=RaftHistoryProof,
                sizes={Server: 3, Term: 3, Value: 1},
                constants={"max_log": 2},
                restarts=1,
                lengths=2,
                integers=(0, 3),
            ),
        ],
    ),
]
