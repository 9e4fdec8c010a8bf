"""Flexible Paxos: the two phases may use quorums of two kinds, if each meets each of the other.

**Problem** Paxos lets any two quorums meet. That makes quorums large in both phases, although phase
2 is run for each decision and phase 1 only when the leader changes.

**Idea** What a phase 1 quorum has to find out is whether a phase 2 quorum has voted in a lower
ballot. For that the two must meet. No step of the argument asks two quorums of the same phase to
meet, so decisions may become cheaper (smaller phase 2 quorums) at the price of dearer elections.

**Source** H. Howard, D. Malkhi, A. Spiegelman, "Flexible Paxos: Quorum Intersection Revisited"
(OPODIS 2016), sections 3 to 5.

**Modelled** :mod:`.single_decree` with a sort for the quorums of each phase. Nothing else changes,
in the protocol or in the voting scheme that it refines.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Holds, Map, Model, SubsetOf, assumption, at_least, columns, refines, rows
from ..voting import Acceptor, Ballot, Vote, Voting
from .single_decree import Accepted, Promise, SingleDecree


class Phase1Quorum(SubsetOf[Acceptor]):
    """Enough acceptors for a leader to know what is safe."""


class Phase2Quorum(SubsetOf[Acceptor]):
    """Enough acceptors to choose a value."""


class FlexibleVoting(Voting):
    """Voting in which one kind of quorum shows a value safe, and another chooses."""

    def shown_safe_at(self, b: Ballot, v: Value) -> bool:
        """Some phase 1 quorum has moved on to b; its last vote below b, if it has any, is for v."""
        return any(
            all(self.has_joined(a, b) for a in q)
            and (
                not any(w.ballot < b for a in q for w in self.votes[a])
                or any(
                    any(Vote(c, v) in self.votes[a] for a in q)
                    and not any(c < w.ballot < b for a in q for w in self.votes[a])
                    for c in Ballot
                    if c < b
                )
            )
            for q in Phase1Quorum
        )

    def chosen_at(self, b: Ballot, v: Value) -> bool:
        """A phase 2 quorum has voted for v in ballot b."""
        return any(all(Vote(b, v) in self.votes[a] for a in q) for q in Phase2Quorum)

    def safe_at(self, b: Ballot, v: Value) -> bool:
        """In each ballot below b, some phase 1 quorum is left that keeps others than v out (P7)."""
        return all(
            any(
                all(Vote(c, v) in self.votes[a] or self.cannot_vote(a, c) for a in q)
                for q in Phase1Quorum
            )
            for c in Ballot
            if c < b
        )


class Flexible(SingleDecree):
    """Single-decree Paxos with a kind of quorum for each phase."""

    @assumption
    def quorums_cross(self) -> bool:
        """Each phase 1 quorum meets each phase 2 quorum (P17)."""
        return all(any(a in r for a in q) for q in Phase1Quorum for r in Phase2Quorum)

    def shown_safe_at(self, b: Ballot, v: Value) -> bool:
        """A phase 1 quorum has joined b, and v is a value to propose after the votes it reports."""
        return any(
            all(self.has_joined(a, b) for a in q)
            and self.follows(
                v,
                frozenset(
                    m.vote
                    for m in self.sent.of(Promise)
                    if m.ballot == b and m.acceptor in q and m.vote is not None
                ),
            )
            for q in Phase1Quorum
        )

    def chosen_at(self, b: Ballot, v: Value) -> bool:
        """A phase 2 quorum has voted for v in ballot b."""
        return any(all(Accepted(a, b, v) in self.sent for a in q) for q in Phase2Quorum)

    def safe_at(self, b: Ballot, v: Value) -> bool:
        """In each ballot below b, some phase 1 quorum is left that keeps others than v out (P7)."""
        return all(
            any(
                all(Accepted(a, c, v) in self.sent or self.cannot_vote(a, c) for a in q)
                for q in Phase1Quorum
            )
            for c in Ballot
            if c < b
        )

    @refines(FlexibleVoting)
    def voting(self) -> FlexibleVoting:
        """The votes are those that were sent (P18)."""
        return FlexibleVoting(
            votes=Map({a: self.votes_of(a) for a in Acceptor}),
            promised=self.promised,
        )


# In the second, TLC finds 834 states up to symmetry of acceptors and values, at depth 21; 20,609 is
# what they are without.
MODELS = [
    Model(
        name="majorities",
        protocol=Flexible,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        expect=Holds(states=3_921, depth=17),
    ),
    Model(
        name="4 acceptors, phase 1 by 3, phase 2 by 2",
        protocol=Flexible,
        sizes={Acceptor: 4, Ballot: 2, Value: 2},
        quorums={Phase1Quorum: at_least(3), Phase2Quorum: at_least(2)},
        expect=Holds(states=20_609, depth=21),
    ),
    Model(
        name="grid of 2 by 2, phase 1 by column, phase 2 by row",
        protocol=Flexible,
        sizes={Acceptor: 4, Ballot: 2, Value: 2},
        quorums={Phase1Quorum: columns(2, 2), Phase2Quorum: rows(2, 2)},
        expect=Holds(states=39_937, depth=21),
    ),
]
