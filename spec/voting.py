"""Voting: consensus by votes in numbered ballots, without messages and without leaders.

**Problem** A set of acceptors chooses a value by voting. One round of voting cannot do: the votes
may be split, or an acceptor may stop, and nobody can tell a stopped acceptor from a slow one. So
there are many ballots, and a value is chosen when in *one* ballot a quorum votes for it. What must
be prevented is that two ballots choose differently.

**Idea** Before anybody votes for v in ballot b, it must be certain that no other value was chosen
in a lower ballot, or ever will be: v is *safe* at b. Acceptors make that certain by leaving
ballots. Whoever has moved on to b votes no more below b, so what a quorum at b voted below b is
final. Let c be the highest ballot below b in which this quorum cast a vote. Between c and b nothing
can be chosen any more, since every quorum shares a member with this one; in c only the value that
got that vote can be; and below c the same argument, made when that vote was cast, protects the same
value.

**Source** L. Lamport, the module Voting of the TLA+ examples and of the lecture "The Paxos
Algorithm, or How to Win a Turing Award" (2019).

**Modelled** Every acceptor sees the votes and ballots of all others, at once. How they can do
without is what Paxos adds (:mod:`.paxos.single_decree`).
"""

from __future__ import annotations

from .consensus import Consensus, Value
from .lang import (
    Holds,
    Map,
    Model,
    Protocol,
    QuorumOf,
    Set,
    Sort,
    TotalOrder,
    action,
    fill,
    invariant,
    reachable,
    record,
    refines,
    require,
    step_invariant,
)

# ------------------------------------------------------------------------------- constants


class Acceptor(Sort):
    """Who votes."""


class Ballot(TotalOrder):
    """The number of a round of voting. Ballots need not be held in order."""


class Quorum(QuorumOf[Acceptor]):
    """Enough acceptors to choose a value; any two quorums have one in common (P17)."""


@record
class Vote:
    """A vote: for this value, in this ballot."""

    ballot: Ballot
    value: Value


class Voting(Protocol):
    """Acceptors vote only for what is safe."""

    votes: Map[Acceptor, frozenset[Vote]]  # every vote the acceptor has cast
    promised: Map[Acceptor, Ballot | None]  # it votes no more in ballots below this one

    def init(self) -> None:
        self.votes = fill(Acceptor, frozenset())
        self.promised = fill(Acceptor, None)

    # ------------------------------------------------------------------------------ actions
    @action
    def join(self, a: Acceptor, b: Ballot) -> None:
        """Leave the ballots below b. Allowed at any time: not voting can do no harm."""
        joined = self.promised[a]
        require(joined is None or b > joined)
        self.promised[a] = b

    @action
    def cast(self, a: Acceptor, b: Ballot, v: Value) -> None:
        """Vote for v in ballot b, if b was not left, the vote is the first of a in b, all votes in
        b so far are for v, and v is safe.
        """
        joined = self.promised[a]
        require(joined is None or b >= joined)
        require(not any(w.ballot == b for w in self.votes[a]))
        require(all(w.value == v for c in Acceptor for w in self.votes[c] if w.ballot == b))
        require(self.shown_safe_at(b, v))
        self.votes[a] = self.votes[a] | {Vote(b, v)}
        self.promised[a] = b

    def shown_safe_at(self, b: Ballot, v: Value) -> bool:
        """Some quorum has moved on to b, and its last vote below b, if it has any, is for v."""
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
            for q in Quorum
        )

    def has_joined(self, a: Acceptor, b: Ballot) -> bool:
        """Acceptor a is in ballot b or above."""
        joined = self.promised[a]
        return joined is not None and joined >= b

    # --------------------------------------------------------------------------- properties
    def chosen_at(self, b: Ballot, v: Value) -> bool:
        """A quorum has voted for v in ballot b."""
        return any(all(Vote(b, v) in self.votes[a] for a in q) for q in Quorum)

    def chosen(self, v: Value) -> bool:
        """Value v is chosen: in some ballot."""
        return any(self.chosen_at(b, v) for b in Ballot)

    def safe_at(self, b: Ballot, v: Value) -> bool:
        """No value but v has been chosen below b, or ever will be (P7): in each ballot below, some
        quorum is left with members that voted for v there, or that did not vote and have left.
        """
        return all(
            any(
                all(Vote(c, v) in self.votes[a] or self.cannot_vote(a, c) for a in q)
                for q in Quorum
            )
            for c in Ballot
            if c < b
        )

    def cannot_vote(self, a: Acceptor, b: Ballot) -> bool:
        """Acceptor a has left ballot b without a vote."""
        joined = self.promised[a]
        return joined is not None and joined > b and not any(w.ballot == b for w in self.votes[a])

    @invariant
    def agreement(self) -> bool:
        """At most one value is ever chosen (P1)."""
        return all(v == w for v in Value for w in Value if self.chosen(v) and self.chosen(w))

    @invariant
    def one_value_per_ballot(self) -> bool:
        """Votes in one ballot are for one value (P5)."""
        return all(
            u.value == w.value
            for a in Acceptor
            for c in Acceptor
            for u in self.votes[a]
            for w in self.votes[c]
            if u.ballot == w.ballot
        )

    @invariant
    def votes_safe(self) -> bool:
        """Every vote is for a safe value, and stays so (P6)."""
        return all(self.safe_at(w.ballot, w.value) for a in Acceptor for w in self.votes[a])

    @invariant
    def votes_behind_promise(self) -> bool:
        """Nobody has voted above the ballot it is in (P13)."""
        return all(self.has_joined(a, w.ballot) for a in Acceptor for w in self.votes[a])

    @step_invariant
    def promise_monotone(self, after: Voting) -> bool:
        """Nobody returns to a ballot it has left (P11)."""
        return all(self.not_below(after.promised[a], self.promised[a]) for a in Acceptor)

    def not_below(self, b: Ballot | None, c: Ballot | None) -> bool:
        """b is at least c, where None is below every ballot."""
        return c is None or (b is not None and b >= c)

    @step_invariant
    def stability(self, after: Voting) -> bool:
        """What is chosen stays chosen (P3)."""
        return all(after.chosen(v) for v in Value if self.chosen(v))

    @reachable
    def some_value_chosen(self) -> bool:
        """A value can be chosen."""
        return any(self.chosen(v) for v in Value)

    # --------------------------------------------------------------------------- refinement
    @refines(Consensus)
    def consensus(self) -> Consensus:
        """The vote that completes a quorum chooses; every other step changes nothing (P18)."""
        return Consensus(chosen=Set({v for v in Value if self.chosen(v)}))


# The counts are those of TLC 2 on the TLA+ module, both of distinct states and of depth.
MODELS = [
    Model(
        name="3 acceptors, 2 ballots",
        protocol=Voting,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        expect=Holds(states=599, depth=11),
    ),
    Model(
        name="3 acceptors, 3 ballots",
        protocol=Voting,
        sizes={Acceptor: 3, Ballot: 3, Value: 2},
        expect=Holds(states=6_752, depth=16),
    ),
]
