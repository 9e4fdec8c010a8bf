"""Single-decree Paxos, the Synod: a set of acceptors chooses one value, once and for all.

**Problem** The acceptors of :mod:`..voting` look at each other's votes in one instant. In a network
they cannot: messages take any time, are lost and repeated, and acceptors stop and come back.

**Idea** Each ballot has a leader, who asks before proposing. Phase 1: the acceptors that join the
ballot promise to vote in no lower one, and report the last vote they cast. When a quorum has
answered, the leader knows a value that is safe: that of the highest vote reported, or any value if
there is none. Phase 2: it proposes that value, and acceptors vote for it unless they have joined a
higher ballot meanwhile. What a quorum has voted for in one ballot is chosen.

**Source** L. Lamport, "The Part-Time Parliament" (ACM TOCS 16(2), 1998), section 2; "Paxos Made
Simple" (2001), section 2.2; the module Paxos of the TLA+ examples and of the lecture "The Paxos
Algorithm, or How to Win a Turing Award" (2019), whose transition system this is.

**Modelled** Any number of proposers, of which each ballot has at most one; that is why a ballot has
at most one phase 2a message. Messages are a set that only grows: one that is lost is never
received, one that is repeated is received again. An acceptor that stops takes no step.

**Left out** Who leads which ballot and when it starts one, which matters for progress alone;
learners (what is chosen is read off the votes sent); crashes that lose state (:mod:`.crash`).
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import (
    Holds,
    Map,
    Model,
    Protocol,
    Set,
    action,
    fill,
    invariant,
    reachable,
    record,
    refines,
    require,
    step_invariant,
)
from ..voting import Acceptor, Ballot, Quorum, Vote, Voting

# -------------------------------------------------------------------------------- messages


@record
class Prepare:
    """Phase 1a: the leader of a ballot asks acceptors to join it."""

    ballot: Ballot


@record
class Promise:
    """Phase 1b: an acceptor has joined the ballot, and says what it voted for last."""

    acceptor: Acceptor
    ballot: Ballot
    vote: Vote | None


@record
class Accept:
    """Phase 2a: the leader of a ballot asks acceptors to vote for a value."""

    ballot: Ballot
    value: Value


@record
class Accepted:
    """Phase 2b: an acceptor has voted."""

    acceptor: Acceptor
    ballot: Ballot
    value: Value


Message = Prepare | Promise | Accept | Accepted


class SingleDecree(Protocol):
    """Paxos for one decision."""

    promised: Map[Acceptor, Ballot | None]  # the highest ballot the acceptor has joined
    vote: Map[Acceptor, Vote | None]  # its latest vote, if any
    sent: Set[Message]  # every message ever sent

    def init(self) -> None:
        self.promised = fill(Acceptor, None)
        self.vote = fill(Acceptor, None)
        self.sent = Set()

    # ------------------------------------------------------------------------------ actions
    @action
    def prepare(self, b: Ballot) -> None:
        """Phase 1a. Anyone may start any ballot at any time: that alone decides nothing."""
        self.sent.add(Prepare(b))

    @action
    def promise(self, a: Acceptor, m: Prepare) -> None:
        """Phase 1b. Join ballot m.ballot, and tell its leader the latest vote.

        Only forward: the leader of the ballot joined last relies on the promise made to it.
        """
        require(m in self.sent)
        joined = self.promised[a]
        require(joined is None or m.ballot > joined)
        self.promised[a] = m.ballot
        self.sent.add(Promise(a, m.ballot, self.vote[a]))

    @action
    def propose(self, b: Ballot, v: Value) -> None:
        """Phase 2a. Propose a value that a quorum's promises show to be safe, once in a ballot."""
        require(not any(m.ballot == b for m in self.sent.of(Accept)))
        require(self.shown_safe_at(b, v))
        self.sent.add(Accept(b, v))

    def shown_safe_at(self, b: Ballot, v: Value) -> bool:
        """A quorum has joined b, and v is a value to propose after the votes that it reports."""
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
            for q in Quorum
        )

    def has_joined(self, a: Acceptor, b: Ballot) -> bool:
        """The leader of ballot b has a promise of acceptor a."""
        return any(m.acceptor == a and m.ballot == b for m in self.sent.of(Promise))

    def follows(self, v: Value, votes: frozenset[Vote]) -> bool:
        """The rule P2c: v is the value of the highest of these votes, and any value if none is."""
        return not votes or any(
            w.value == v and all(u.ballot <= w.ballot for u in votes) for w in votes
        )

    @action
    def accept(self, a: Acceptor, m: Accept) -> None:
        """Phase 2b. Vote, unless a higher ballot was joined meanwhile.

        An acceptor that missed phase 1 may vote as well: the value is safe whoever votes for it.
        """
        require(m in self.sent)
        joined = self.promised[a]
        require(joined is None or m.ballot >= joined)
        self.promised[a] = m.ballot
        self.vote[a] = Vote(m.ballot, m.value)
        self.sent.add(Accepted(a, m.ballot, m.value))

    # --------------------------------------------------------------------------- properties
    def chosen_at(self, b: Ballot, v: Value) -> bool:
        """A quorum has voted for v in ballot b."""
        return any(all(Accepted(a, b, v) in self.sent for a in q) for q in Quorum)

    def chosen(self, v: Value) -> bool:
        """Value v is chosen: in some ballot."""
        return any(self.chosen_at(b, v) for b in Ballot)

    def safe_at(self, b: Ballot, v: Value) -> bool:
        """No value but v has been chosen below b, or ever will be (P7)."""
        return all(
            any(
                all(Accepted(a, c, v) in self.sent or self.cannot_vote(a, c) for a in q)
                for q in Quorum
            )
            for c in Ballot
            if c < b
        )

    def cannot_vote(self, a: Acceptor, b: Ballot) -> bool:
        """Acceptor a has left ballot b without a vote."""
        joined = self.promised[a]
        return (
            joined is not None
            and joined > b
            and not any(m.acceptor == a and m.ballot == b for m in self.sent.of(Accepted))
        )

    def not_below(self, b: Ballot | None, c: Ballot | None) -> bool:
        """b is at least c, where None is below every ballot."""
        return c is None or (b is not None and b >= c)

    @invariant
    def agreement(self) -> bool:
        """At most one value is ever chosen (P1)."""
        return all(v == w for v in Value for w in Value if self.chosen(v) and self.chosen(w))

    @invariant
    def validity(self) -> bool:
        """Only a value that some leader has proposed is voted for, and so chosen (P2)."""
        return all(Accept(m.ballot, m.value) in self.sent for m in self.sent.of(Accepted))

    @invariant
    def one_value_per_ballot(self) -> bool:
        """Proposals in one ballot are for one value (P5)."""
        return all(
            m.value == n.value
            for m in self.sent.of(Accept)
            for n in self.sent.of(Accept)
            if m.ballot == n.ballot
        )

    @invariant
    def proposals_safe(self) -> bool:
        """Every proposal, and so every vote, is for a safe value, and stays so (P6)."""
        return all(self.safe_at(m.ballot, m.value) for m in self.sent.of(Accept))

    @invariant
    def choice_binds(self) -> bool:
        """When a value is chosen, every proposal in a higher ballot is for it (P9, or P2b)."""
        return all(
            m.value == v
            for b in Ballot
            for v in Value
            if self.chosen_at(b, v)
            for m in self.sent.of(Accept)
            if m.ballot > b
        )

    @invariant
    def votes_behind_promise(self) -> bool:
        """Nobody has voted above the ballot it has joined (P13)."""
        return all(
            self.not_below(self.promised[m.acceptor], m.ballot) for m in self.sent.of(Accepted)
        )

    @invariant
    def promises_truthful(self) -> bool:
        """A promise reports a vote that was cast, and its sender has cast no other between that
        one and the ballot of the promise, not even later (P14)."""
        return all(self.truthful(m) for m in self.sent.of(Promise))

    def truthful(self, m: Promise) -> bool:
        last = m.vote
        return (last is None or Accepted(m.acceptor, last.ballot, last.value) in self.sent) and all(
            last is not None and n.ballot <= last.ballot
            for n in self.sent.of(Accepted)
            if n.acceptor == m.acceptor and n.ballot < m.ballot
        )

    @step_invariant
    def stability(self, after: SingleDecree) -> bool:
        """What is chosen stays chosen (P3)."""
        return all(after.chosen(v) for v in Value if self.chosen(v))

    @step_invariant
    def promise_monotone(self, after: SingleDecree) -> bool:
        """A promise is never taken back (P11)."""
        return all(self.not_below(after.promised[a], self.promised[a]) for a in Acceptor)

    @step_invariant
    def vote_after_promise(self, after: SingleDecree) -> bool:
        """No new vote is below what its acceptor had promised before (P12)."""
        return all(
            self.not_below(m.ballot, self.promised[m.acceptor])
            for m in after.sent.of(Accepted)
            if m not in self.sent
        )

    @reachable
    def some_value_chosen(self) -> bool:
        """A value can be chosen."""
        return any(self.chosen(v) for v in Value)

    # --------------------------------------------------------------------------- refinement
    @refines(Voting)
    def voting(self) -> Voting:
        """The votes are those that were sent (P18).

        `promise` is mapped to `join` and `accept` to `cast`. Starting a ballot and proposing
        change nothing: they are what the acceptors of Voting see without being told.
        """
        return Voting(
            votes=Map({a: self.votes_of(a) for a in Acceptor}),
            promised=self.promised,
        )

    def votes_of(self, a: Acceptor) -> frozenset[Vote]:
        """Every vote that acceptor a has sent."""
        return frozenset(Vote(m.ballot, m.value) for m in self.sent.of(Accepted) if m.acceptor == a)


# The counts are those of TLC 2 on the TLA+ module, both of distinct states and of depth.
MODELS = [
    Model(
        name="3 acceptors, 2 ballots",
        protocol=SingleDecree,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        expect=Holds(states=3_921, depth=17),
    ),
    Model(
        name="3 acceptors, 3 ballots",
        protocol=SingleDecree,
        sizes={Acceptor: 3, Ballot: 3, Value: 2},
        expect=Holds(states=185_369, depth=25),
        slow=True,
    ),
    Model(
        name="3 acceptors, 4 ballots",
        protocol=SingleDecree,
        sizes={Acceptor: 3, Ballot: 4, Value: 2},
        expect=Holds(states=8_220_065, depth=33),
        slow=True,
    ),
]
