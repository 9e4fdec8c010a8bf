"""Fast Paxos with one coordinator: the fast half of the public SimplifiedFastPaxos models.

**Purpose** A transcription, so that our counts can be compared with those of TLC. The algorithm as
its paper states it is :mod:`.fast`.

**Idea** One coordinator leads all ballots, and so needs no promises: what phase 1 would tell it, it
knows from the votes. It opens fast ballots. When the votes of one differ, it recovers by a classic
ballot: it asks for the value that a majority of a fast quorum has voted for, since only that can
have been chosen, or if there is no such value for any one voted for.

**Source** Lim Ngian Xin Terry, Gaurav Gandhi, the module FastPaxos of SimplifiedFastPaxos in the
TLA+ examples, after W. Zhao, "Fast Paxos Made Easy: Theory and Implementation" (2015).

**Departure** There ballot 0 is also the value of variables that have none yet; here that is None.
Ballot b0 is kept so that the numbers are the same, and nothing ever happens in it. The states
correspond one to one.

**Left out** Crashes, several coordinators; proposers may propose any value at any time.
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
    action,
    assumption,
    at_least,
    fill,
    invariant,
    reachable,
    refines,
    require,
    step_invariant,
)
from ..voting import Acceptor, Ballot, Quorum, Vote
from .fast import AcceptAny, FastQuorum
from .single_decree import Accept, Accepted

Message = Accept | AcceptAny | Accepted


class SimplifiedFast(Protocol):
    """Fast Paxos with one coordinator, without phase 1."""

    fast = Const[frozenset[Ballot]]()  # the fast ballots; all others are classic

    promised: Map[Acceptor, Ballot | None]  # the highest ballot the acceptor has voted in
    vote: Map[Acceptor, Vote | None]  # its latest vote, if any
    asked: Value | None  # what the coordinator has asked for in classic ballots
    decision: Value | None  # what was learned last
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
        self.asked = None
        self.decision = None
        self.sent = Set()

    # -------------------------------------------------------------------------- fast ballots
    @action
    def propose_any(self, b: Ballot) -> None:
        """The coordinator opens a fast ballot. It may open any of them, at any time."""
        require(b in self.fast)
        self.sent.add(AcceptAny(b))

    @action
    def accept_any(self, a: Acceptor, m: AcceptAny, v: Value) -> None:
        """Vote for a proposer's value: a first value, or again the value of the latest vote."""
        require(m in self.sent)
        joined, last = self.promised[a], self.vote[a]
        require(joined is None or m.ballot >= joined)
        require(last is None or last.value == v)
        require(not self.has_voted(a, m.ballot))
        self.promised[a] = m.ballot
        self.vote[a] = Vote(m.ballot, v)
        self.sent.add(Accepted(a, m.ballot, v))

    @action
    def decide_fast(self, b: Ballot, v: Value) -> None:
        """Learn the value for which a fast quorum has voted in a fast ballot."""
        require(b in self.fast)
        require(any(all(Accepted(a, b, v) in self.sent for a in r) for r in FastQuorum))
        self.decision = v

    # ----------------------------------------------------------------------- classic ballots
    @action
    def recover(self, b: Ballot, c: Ballot, v: Value) -> None:
        """After votes that differ in fast ballot c, ask for one value in classic ballot b.

        Allowed once a fast quorum has voted in c. If most of it voted for one value, that may have
        been chosen, and no other can; if not, nothing was chosen. The coordinator asks for the same
        value in all classic ballots.
        """
        require(b not in self.fast)
        require(c in self.fast)
        require(c < b)
        require(not any(m.ballot == b for m in self.sent.of(Accept)))
        require(self.asked is None or self.asked == v)
        require(
            any(
                all(self.has_voted(a, c) for a in r)
                and not any(all(Accepted(a, c, w) in self.sent for a in r) for w in Value)
                and self.recovers(r, c, v)
                for r in FastQuorum
            )
        )
        self.asked = v
        self.sent.add(Accept(b, v))

    def recovers(self, r: FastQuorum, c: Ballot, v: Value) -> bool:
        """v has the votes of most members of r in c, or of some if no value has those of most."""
        return self.has_most(r, c, v) or (
            any(Accepted(a, c, v) in self.sent for a in r)
            and not any(self.has_most(r, c, w) for w in Value)
        )

    def has_most(self, r: FastQuorum, c: Ballot, v: Value) -> bool:
        """More than half of r voted for v in c."""
        votes = sum(1 for a in r if Accepted(a, c, v) in self.sent)
        return votes + votes > len(r)

    @action
    def accept(self, a: Acceptor, m: Accept) -> None:
        """Vote for the coordinator's value, unless in a higher ballot already."""
        require(m in self.sent)
        joined = self.promised[a]
        require(joined is None or m.ballot >= joined)
        self.promised[a] = m.ballot
        self.vote[a] = Vote(m.ballot, m.value)
        self.sent.add(Accepted(a, m.ballot, m.value))

    @action
    def decide(self, b: Ballot, v: Value) -> None:
        """Learn a value that a member of a quorum voted for in a classic ballot, when all have."""
        require(b not in self.fast)
        require(
            any(
                all(self.has_voted(a, b) for a in q)
                and any(Accepted(a, b, v) in self.sent for a in q)
                for q in Quorum
            )
        )
        self.decision = v

    # --------------------------------------------------------------------------- properties
    def has_voted(self, a: Acceptor, b: Ballot) -> bool:
        """Acceptor a has voted in ballot b."""
        return any(m.acceptor == a and m.ballot == b for m in self.sent.of(Accepted))

    def chosen(self, v: Value) -> bool:
        """A quorum of the ballot's kind has voted for v in some ballot."""
        return any(
            any(all(Accepted(a, b, v) in self.sent for a in r) for r in FastQuorum)
            if b in self.fast
            else any(all(Accepted(a, b, v) in self.sent for a in q) for q in Quorum)
            for b in Ballot
        )

    @invariant
    def agreement(self) -> bool:
        """At most one value is ever chosen (P1)."""
        return all(v == w for v in Value for w in Value if self.chosen(v) and self.chosen(w))

    @invariant
    def validity(self) -> bool:
        """The decision was voted for in a fast ballot, so a proposer proposed it (P2)."""
        return self.decision is None or any(
            m.ballot in self.fast and m.value == self.decision for m in self.sent.of(Accepted)
        )

    @invariant
    def learner_integrity(self) -> bool:
        """What was learned is chosen (P4)."""
        learned = self.decision
        return learned is None or self.chosen(learned)

    @step_invariant
    def stability(self, after: SimplifiedFast) -> bool:
        """The decision is never changed (P3)."""
        return self.decision is None or after.decision == self.decision

    @reachable
    def decided_after_collision(self) -> bool:
        """A decision can be made after the coordinator had to recover from a collision."""
        return self.decision is not None and self.decision == self.asked

    # --------------------------------------------------------------------------- refinement
    @refines(Consensus)
    def consensus(self) -> Consensus:
        """The vote that completes a quorum chooses (P18)."""
        return Consensus(chosen=Set({v for v in Value if self.chosen(v)}))


# The larger instance is the one shipped with the TLA+ module, for which TLC counts 25,617 states up
# to symmetry of acceptors and values, at depth 22; they stand for 3,043,684.
MODELS = [
    Model(
        name="4 acceptors, 2 values, 2 ballots",
        protocol=SimplifiedFast,
        sizes={Acceptor: 4, Ballot: 3, Value: 2},
        quorums={FastQuorum: at_least(3)},
        constants={"fast": [1]},
        expect=Holds(states=1_112, depth=12),
    ),
    Model(
        name="4 acceptors, 3 values, 4 ballots",
        protocol=SimplifiedFast,
        sizes={Acceptor: 4, Ballot: 5, Value: 3},
        quorums={FastQuorum: at_least(3)},
        constants={"fast": [1, 3]},
        symmetry=True,
        expect=Holds(states=25_617, depth=22),
        slow=True,
    ),
]
