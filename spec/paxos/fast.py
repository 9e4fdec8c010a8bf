"""Fast Paxos: acceptors may vote for a proposer's value without waiting for the leader's word.

**Problem** In Paxos a value goes from its proposer to the leader and from there to the acceptors
before they can vote. When one leader stays, phase 1 is long over, and that detour is all that is
left to save.

**Idea** Besides the classic ballots there are fast ones. In a fast ballot the leader, here called
the coordinator, may send the message *any* instead of a value: vote for whatever a proposer sends
you. Then votes of one ballot may differ (a collision), and a later coordinator may hear of several
values. At most one of them can have been chosen: each would take a fast quorum, and fast quorums
are so large that any two have a member in common within the quorum that answers.

**Source** L. Lamport, "Fast Paxos" (Distributed Computing 19(2), 2006), sections 2.2.2 and 3.1,
with the rule O4 for picking a value, and the assumption on quorums that makes it unambiguous.

**Modelled** Proposers, coordinators of which each ballot has one, acceptors; messages as a set that
only grows. A collision is recovered from by starting a higher ballot.

**Left out** Sections 3.2 and 3.3: the recoveries that save messages by reading votes of one ballot
as promises for the next (:mod:`.simplified_fast` has one of them), and progress.

**Departure** Phase 1 waits for a classic quorum in both kinds of ballot. The paper waits for a
quorum of the ballot's own kind, which for fast ballots is more than the argument needs.
"""

from __future__ import annotations

from ..consensus import Consensus, Value
from ..lang import (
    Const,
    Holds,
    Map,
    Model,
    Protocol,
    Set,
    SubsetOf,
    action,
    assumption,
    at_least,
    fill,
    invariant,
    reachable,
    record,
    refines,
    require,
    step_invariant,
)
from ..voting import Acceptor, Ballot, Quorum, Vote
from .single_decree import Accept, Accepted, Prepare, Promise

# ------------------------------------------------------------------------------- constants


class FastQuorum(SubsetOf[Acceptor]):
    """Enough acceptors to choose a value in a fast ballot."""


# -------------------------------------------------------------------------------- messages


@record
class Proposal:
    """A proposer asks for its value to be chosen; coordinators and acceptors hear it."""

    value: Value


@record
class AcceptAny:
    """Phase 2a of a fast ballot: acceptors may vote for any value that a proposer sends them."""

    ballot: Ballot


Message = Proposal | Prepare | Promise | Accept | AcceptAny | Accepted


class Fast(Protocol):
    """Paxos with fast ballots."""

    fast = Const[frozenset[Ballot]]()  # the fast ballots; all others are classic

    promised: Map[Acceptor, Ballot | None]  # the highest ballot the acceptor has joined
    vote: Map[Acceptor, Vote | None]  # its latest vote, if any
    sent: Set[Message]  # every message ever sent

    @assumption
    def quorums_meet(self) -> bool:
        """A quorum and any two fast quorums have an acceptor in common (P17)."""
        return all(
            any(a in r and a in s for a in q)
            for q in Quorum
            for r in FastQuorum
            for s in FastQuorum
        )

    def init(self) -> None:
        self.promised = fill(Acceptor, None)
        self.vote = fill(Acceptor, None)
        self.sent = Set()

    # ----------------------------------------------------------- of proposers and acceptors
    @action
    def submit(self, v: Value) -> None:
        """A proposer asks for a value. Anyone may ask for anything."""
        self.sent.add(Proposal(v))

    @action
    def prepare(self, b: Ballot) -> None:
        """Phase 1a. The coordinator of a ballot may start it at any time."""
        self.sent.add(Prepare(b))

    @action
    def promise(self, a: Acceptor, m: Prepare) -> None:
        """Phase 1b. Join ballot m.ballot, and tell its coordinator the latest vote."""
        require(m in self.sent)
        joined = self.promised[a]
        require(joined is None or m.ballot > joined)
        self.promised[a] = m.ballot
        self.sent.add(Promise(a, m.ballot, self.vote[a]))

    # ------------------------------------------------------------------------- coordinators
    @action
    def propose(self, b: Ballot, v: Value) -> None:
        """Phase 2a. Propose the value that can have been chosen, or any that was asked for.

        A fast ballot may be used in this way too: it must be, if its coordinator is not free.
        """
        require(not self.proposed(b))
        require(
            any(
                all(self.has_joined(a, b) for a in q)
                and self.picks(
                    v,
                    frozenset(
                        m for m in self.sent.of(Promise) if m.ballot == b and m.acceptor in q
                    ),
                )
                for q in Quorum
            )
        )
        self.sent.add(Accept(b, v))

    @action
    def propose_any(self, b: Ballot) -> None:
        """Phase 2a of a fast ballot. Let the acceptors vote for what proposers send them.

        Allowed if any value is safe: nothing can have been chosen in a lower ballot.
        """
        require(b in self.fast)
        require(not self.proposed(b))
        require(
            any(
                all(self.has_joined(a, b) for a in q)
                and self.is_free(
                    frozenset(
                        m for m in self.sent.of(Promise) if m.ballot == b and m.acceptor in q
                    ),
                )
                for q in Quorum
            )
        )
        self.sent.add(AcceptAny(b))

    def proposed(self, b: Ballot) -> bool:
        """The coordinator of ballot b has sent its phase 2a message; it sends no second one."""
        return AcceptAny(b) in self.sent or any(m.ballot == b for m in self.sent.of(Accept))

    def has_joined(self, a: Acceptor, b: Ballot) -> bool:
        """The coordinator of ballot b has a promise of acceptor a."""
        return any(m.acceptor == a and m.ballot == b for m in self.sent.of(Promise))

    def picks(self, v: Value, promises: frozenset[Promise]) -> bool:
        """After these promises the coordinator may propose v (figure 2 of the paper).

        It looks at the votes of the highest ballot reported. If they agree, it takes their value;
        if they do not, the one that can have been chosen; if there is none, it is free.
        """
        latest = self.latest(promises)
        if self.is_free(promises):
            return Proposal(v) in self.sent
        if self.agree(latest):
            return any(self.is_for(m, v) for m in latest)
        return self.choosable(v, promises)

    def is_free(self, promises: frozenset[Promise]) -> bool:
        """Nothing was voted for, or the votes differ and none of their values can be chosen."""
        latest = self.latest(promises)
        return not latest or (
            not self.agree(latest) and not any(self.choosable(v, promises) for v in Value)
        )

    def latest(self, promises: frozenset[Promise]) -> frozenset[Promise]:
        """Those of the promises that report a vote in the highest ballot reported."""
        return frozenset(
            m
            for m in promises
            if m.vote is not None
            and all(n.vote is None or n.vote.ballot <= m.vote.ballot for n in promises)
        )

    def agree(self, promises: frozenset[Promise]) -> bool:
        """The promises report votes for one value."""
        return any(all(self.is_for(m, v) for m in promises) for v in Value)

    def is_for(self, m: Promise, v: Value) -> bool:
        """The promise reports a vote for v."""
        return m.vote is not None and m.vote.value == v

    def choosable(self, v: Value, promises: frozenset[Promise]) -> bool:
        """The rule O4: in the highest ballot reported, a fast one, v can have been chosen. For some
        fast quorum, all its members among the senders voted for v there; the others still may.
        """
        latest = self.latest(promises)
        return any(
            all(m in latest and self.is_for(m, v) for m in promises if m.acceptor in r)
            for r in FastQuorum
        )

    # ---------------------------------------------------------------------------- acceptors
    @action
    def accept(self, a: Acceptor, m: Accept) -> None:
        """Phase 2b. Vote for the coordinator's value, unless a higher ballot was joined."""
        require(m in self.sent)
        joined = self.promised[a]
        require(joined is None or m.ballot >= joined)
        self.promised[a] = m.ballot
        self.vote[a] = Vote(m.ballot, m.value)
        self.sent.add(Accepted(a, m.ballot, m.value))

    @action
    def accept_any(self, a: Acceptor, m: AcceptAny, p: Proposal) -> None:
        """Phase 2b of a fast ballot. Vote for a proposer's value, if it is the first vote in it."""
        require(m in self.sent)
        require(p in self.sent)
        joined, last = self.promised[a], self.vote[a]
        require(joined is None or m.ballot >= joined)
        require(last is None or m.ballot > last.ballot)
        self.promised[a] = m.ballot
        self.vote[a] = Vote(m.ballot, p.value)
        self.sent.add(Accepted(a, m.ballot, p.value))

    # --------------------------------------------------------------------------- properties
    def chosen_at(self, b: Ballot, v: Value) -> bool:
        """A quorum of the ballot's kind has voted for v in ballot b."""
        if b in self.fast:
            return any(all(Accepted(a, b, v) in self.sent for a in r) for r in FastQuorum)
        return any(all(Accepted(a, b, v) in self.sent for a in q) for q in Quorum)

    def chosen(self, v: Value) -> bool:
        """Value v is chosen: in some ballot."""
        return any(self.chosen_at(b, v) for b in Ballot)

    def choosable_at(self, b: Ballot, v: Value) -> bool:
        """In ballot b, v is chosen or may yet be."""
        if b in self.fast:
            return any(all(self.may_be_for(a, b, v) for a in r) for r in FastQuorum)
        return any(all(self.may_be_for(a, b, v) for a in q) for q in Quorum)

    def may_be_for(self, a: Acceptor, b: Ballot, v: Value) -> bool:
        """Acceptor a has voted for v in ballot b, or may yet vote in it."""
        joined = self.promised[a]
        return Accepted(a, b, v) in self.sent or (
            (joined is None or joined <= b)
            and not any(m.acceptor == a and m.ballot == b for m in self.sent.of(Accepted))
        )

    def safe_at(self, b: Ballot, v: Value) -> bool:
        """No value but v has been chosen below b, or ever will be (P7)."""
        return not any(self.choosable_at(c, w) for c in Ballot for w in Value if c < b and w != v)

    def not_below(self, b: Ballot | None, c: Ballot | None) -> bool:
        """b is at least c, where None is below every ballot."""
        return c is None or (b is not None and b >= c)

    @invariant
    def agreement(self) -> bool:
        """At most one value is ever chosen (P1)."""
        return all(v == w for v in Value for w in Value if self.chosen(v) and self.chosen(w))

    @invariant
    def validity(self) -> bool:
        """Only what a proposer asked for is voted for, and so chosen (P2)."""
        return all(Proposal(m.value) in self.sent for m in self.sent.of(Accepted))

    @invariant
    def one_value_per_ballot(self) -> bool:
        """In one ballot the coordinator proposes one value, or lets the acceptors vote (P5)."""
        return all(
            AcceptAny(m.ballot) not in self.sent
            and all(m.value == n.value for n in self.sent.of(Accept) if n.ballot == m.ballot)
            for m in self.sent.of(Accept)
        )

    @invariant
    def proposals_safe(self) -> bool:
        """Every proposal is for a safe value, and where any may be voted for, all are safe (P6)."""
        return all(self.safe_at(m.ballot, m.value) for m in self.sent.of(Accept)) and all(
            self.safe_at(m.ballot, v) for m in self.sent.of(AcceptAny) for v in Value
        )

    @invariant
    def pick_unambiguous(self) -> bool:
        """Of what a quorum reports, at most one value satisfies O4, if it reports any vote."""
        return all(
            self.unambiguous(
                frozenset(m for m in self.sent.of(Promise) if m.ballot == b and m.acceptor in q)
            )
            for b in Ballot
            for q in Quorum
            if all(self.has_joined(a, b) for a in q)
        )

    def unambiguous(self, promises: frozenset[Promise]) -> bool:
        return all(
            v == w
            for v in Value
            for w in Value
            if self.choosable(v, promises) and self.choosable(w, promises)
        )

    @invariant
    def votes_behind_promise(self) -> bool:
        """Nobody has voted above the ballot it has joined (P13)."""
        return all(
            self.not_below(self.promised[m.acceptor], m.ballot) for m in self.sent.of(Accepted)
        )

    @step_invariant
    def stability(self, after: Fast) -> bool:
        """What is chosen stays chosen (P3)."""
        return all(after.chosen(v) for v in Value if self.chosen(v))

    @step_invariant
    def promise_monotone(self, after: Fast) -> bool:
        """A promise is never taken back (P11)."""
        return all(self.not_below(after.promised[a], self.promised[a]) for a in Acceptor)

    @step_invariant
    def vote_after_promise(self, after: Fast) -> bool:
        """No new vote is below what its acceptor had promised before (P12)."""
        return all(
            self.not_below(m.ballot, self.promised[m.acceptor])
            for m in after.sent.of(Accepted)
            if m not in self.sent
        )

    @reachable
    def chosen_fast(self) -> bool:
        """A value can be chosen that no coordinator has proposed."""
        return any(self.chosen_at(m.ballot, v) for m in self.sent.of(AcceptAny) for v in Value)

    @reachable
    def collision_recovered(self) -> bool:
        """After votes that differ in one ballot, a value can be chosen in another."""
        return any(
            m.ballot == n.ballot and m.value != n.value and self.chosen_at(b, v)
            for m in self.sent.of(Accepted)
            for n in self.sent.of(Accepted)
            for b in Ballot
            for v in Value
            if b > m.ballot
        )

    # --------------------------------------------------------------------------- refinement
    @refines(Consensus)
    def consensus(self) -> Consensus:
        """The vote that completes a quorum chooses (P18).

        This does not refine Voting, where all votes in a ballot are for one value.
        """
        return Consensus(chosen=Set({v for v in Value if self.chosen(v)}))


MODELS = [
    Model(
        name="3 acceptors, a fast ballot and a classic one",
        protocol=Fast,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        quorums={FastQuorum: at_least(3)},
        constants={"fast": [0]},
        expect=Holds(states=15_924, depth=19),
    ),
    Model(
        name="4 acceptors, all quorums of 3, a fast ballot and a classic one",
        protocol=Fast,
        sizes={Acceptor: 4, Ballot: 2, Value: 2},
        quorums={Quorum: at_least(3), FastQuorum: at_least(3)},
        constants={"fast": [0]},
        expect=Holds(states=105_406, depth=23),
        slow=True,
    ),
    Model(
        name="3 acceptors, a fast ballot, another, and a classic one",
        protocol=Fast,
        sizes={Acceptor: 3, Ballot: 3, Value: 2},
        quorums={FastQuorum: at_least(3)},
        constants={"fast": [0, 1]},
        expect=Holds(states=1_218_220, depth=27),
        slow=True,
    ),
]
