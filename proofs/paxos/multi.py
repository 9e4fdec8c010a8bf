"""Why Multi-Paxos is safe: phase 1 speaks of all slots, so each slot is a single decree.

**Claim** At most one entry is ever chosen for a slot, and replicas that have executed equally many
slots have executed the same (:mod:`ballotproof.spec.paxos.multi`).

**The argument** Slot by slot it is that of :mod:`ballotproof.proofs.paxos.single_decree`; the
conjuncts have the names that they have there. Two things are new.

1. *One promise for all slots.* An acceptor has one `promised`, and reports a vote, or none, for
   every slot. A leader that counts whom it has promises of, in whatever slot, knows the votes of
   these acceptors in the slot that it is about to propose in (`promises_complete`). Without that a
   slot of which nothing was heard could be taken for one in which nothing was voted.
2. *Execution.* A replica executes what is chosen (`executed_chosen`); a choice is never undone, and
   there is one in each slot (`agreement`, by `choice_binds`). So any two replicas have executed the
   same wherever both have executed anything (`replicas_equal`).

The no-op that fills a gap needs no argument of its own: where nothing was reported every entry is
safe. That gaps are filled before anything above them is proposed (`gap_safety`) is a property of
the leader alone, and holds because it asks for it.
"""

from __future__ import annotations

from ...spec.lang import Model, Proof, invariant
from ...spec.paxos.multi import Accept, Accepted, Command, MultiDecree, Promise, Replica, Slot, Vote
from ...spec.voting import Acceptor, Ballot


class MultiDecreeProof(MultiDecree):
    """Multi-Paxos, with what an acceptor knows of itself in each slot."""

    @invariant
    def votes_recorded(self) -> bool:
        """What an acceptor remembers as its vote in a slot it has cast there.

        Holds because remembering and sending are one step.
        """
        return all(self.was_cast(a, s, self.vote[a, s]) for a in Acceptor for s in Slot)

    def was_cast(self, a: Acceptor, s: Slot, vote: Vote | None) -> bool:
        """Acceptor a has sent this vote in slot s, if it is one."""
        return vote is None or Accepted(a, vote.ballot, s, vote.entry) in self.sent

    @invariant
    def votes_ordered(self) -> bool:
        """What an acceptor remembers in a slot is the highest of its votes there.

        Holds because it votes in no ballot below the one it is in, and has voted in none above it
        (`votes_behind_promise`).
        """
        return all(self.covers(self.vote[m.acceptor, m.slot], m) for m in self.sent.of(Accepted))

    def covers(self, vote: Vote | None, m: Accepted) -> bool:
        """The vote is in the ballot of this one, or above."""
        return vote is not None and m.ballot <= vote.ballot

    @invariant
    def promises_kept(self) -> bool:
        """An acceptor is in the ballot that it has promised to join, or above.

        Holds because it joins with the promise, and goes upwards only.
        """
        return all(
            self.not_below(self.promised[m.acceptor], m.ballot) for m in self.sent.of(Promise)
        )

    @invariant
    def choice_binds(self) -> bool:
        """When an entry is chosen for a slot, every proposal for it in a higher ballot is the same.

        Holds because a proposal is safe (`proposals_safe`): a quorum keeps all others out of the
        ballot of the choice, somebody of it is in the quorum that chose, and both votes are for
        what was proposed there (`validity`, `one_entry_per_ballot`).
        """
        return all(
            m.entry == n.entry
            for m in self.sent.of(Accept)
            if self.chosen_at(m.ballot, m.slot, m.entry)
            for n in self.sent.of(Accept)
            if n.slot == m.slot and n.ballot > m.ballot
        )

    @invariant
    def promises_complete(self) -> bool:
        """Who has promised to join a ballot has reported for every slot.

        Holds because the reports are sent together.
        """
        return all(
            self.has_reported(m.acceptor, m.ballot, s) for m in self.sent.of(Promise) for s in Slot
        )

    def has_reported(self, a: Acceptor, b: Ballot, s: Slot) -> bool:
        """The leader of ballot b has been told of the vote of acceptor a in slot s."""
        return any(m.acceptor == a and m.ballot == b and m.slot == s for m in self.sent.of(Promise))


PROOFS = [
    Proof(
        name="any size",
        protocol=MultiDecreeProof,
        of=MultiDecree,
        instances=[
            Model(
                name="3 acceptors, 3 ballots, 2 slots, 1 command, 2 replicas",
                protocol=MultiDecreeProof,
                sizes={Acceptor: 3, Ballot: 3, Slot: 2, Command: 1, Replica: 2},
            ),
        ],
        lemmas={
            "agreement": ("choice_binds", "one_entry_per_ballot"),
            "promises_truthful": ("votes_recorded", "votes_ordered", "promises_kept"),
            "replicas_equal": (
                "executed_chosen",
                "choice_binds",
                "validity",
                "one_entry_per_ballot",
            ),
            "repropose/proposals_safe": (
                "promises_complete",
                "promises_kept",
                "promises_truthful",
                "validity",
                "one_entry_per_ballot",
                "proposals_safe",
            ),
            "fill_gap/proposals_safe": ("promises_complete", "promises_kept", "promises_truthful"),
            "propose/proposals_safe": ("promises_complete", "promises_kept", "promises_truthful"),
        },
    ),
]
