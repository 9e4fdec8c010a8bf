"""Paxos in the long run: duelling proposers, and the one proposer that ends the duel.

**Problem** Paxos is safe whatever happens. Does it ever decide? Two proposers can keep each other
from it: one gets the promises of a quorum, the other starts a higher ballot and gets theirs, and
the proposal of the first is refused; so it starts a higher ballot again, and so on for ever.

**Claim** A value is chosen in the end, if from some time on all trust *one* proposer, it and a
quorum of acceptors go on, and what they say to each other arrives. Without the one proposer that is
false, however fair everything else is.

**Source** L. Lamport, "Paxos Made Simple" (2001), section 2.4; the stable leader as the failure
detector Ω: T. Chandra, V. Hadzilacos, S. Toueg, "The Weakest Failure Detector for Solving
Consensus" (J. ACM 43(4), 1996). That some assumption is needed: M. Fischer, N. Lynch, M. Paterson,
"Impossibility of Distributed Consensus with One Faulty Process" (J. ACM 32(2), 1985).

**Modelled** *Unboundedly many* ballots, in finitely many states: no rule of Paxos looks at the
number of a ballot, only at which of two is higher, and a new one is higher than all before. So a
proposer has its current ballot, and of each acceptor it is known whether it has joined that ballot,
and whether it has joined a higher one and will refuse. A minority of acceptors may stop.

**Left out** Values: whatever the promises report, there is always one to propose, so which it is
makes no difference to progress. (:mod:`.single_decree` has them, and its ballots are numbers.) A
call to an acceptor and the answer are one step, which may be late; a loss is a call not made yet.
"""

from __future__ import annotations

from ..lang import (
    Holds,
    Map,
    Model,
    Protocol,
    Set,
    Sort,
    Violated,
    action,
    eventually,
    invariant,
    reachable,
    require,
    step_invariant,
    strongly_fair,
    weakly_fair,
)
from ..voting import Acceptor, Quorum


class Proposer(Sort):
    """Whoever starts ballots."""


class Duel(Protocol):
    """Paxos without values, every proposer in its current ballot."""

    started: Set[Proposer]  # who has a ballot
    above: Map[tuple[Proposer, Proposer], bool]  # the first one's ballot is the higher
    joined: Map[tuple[Acceptor, Proposer], bool]  # has promised the proposer's ballot
    refuses: Map[tuple[Acceptor, Proposer], bool]  # has joined a higher ballot than the proposer's
    voted: Map[tuple[Acceptor, Proposer], bool]  # has voted in the proposer's ballot
    chosen: bool  # in some ballot a quorum has voted
    trusted: Proposer | None  # whom all trust to lead, for ever; None while they may differ
    stopped: Set[Acceptor]

    def init(self) -> None:
        self.started = Set()
        self.above = Map({(p, q): False for p in Proposer for q in Proposer})
        self.joined = Map({(a, p): False for a in Acceptor for p in Proposer})
        self.refuses = Map({(a, p): False for a in Acceptor for p in Proposer})
        self.voted = Map({(a, p): False for a in Acceptor for p in Proposer})
        self.chosen = False
        self.trusted = None
        self.stopped = Set()

    # ------------------------------------------------------------------------------ actions
    @action
    def start(self, p: Proposer) -> None:
        """Phase 1a. Start a ballot above all others: the first, or because one was refused."""
        require(self.trusted is None or self.trusted == p)
        require(p not in self.started or any(self.refuses[a, p] for a in Acceptor))
        self.started.add(p)
        self.above = Map(
            {
                (q, r): (q == p and r != p) or (r != p and self.above[q, r])
                for q in Proposer
                for r in Proposer
            }
        )
        for a in Acceptor:
            self.joined[a, p] = False
            self.refuses[a, p] = False
            self.voted[a, p] = False

    @action
    def promise(self, a: Acceptor, p: Proposer) -> None:
        """Phase 1b. Join the ballot of p, and so refuse what is below."""
        require(p in self.started and a not in self.stopped)
        require(not self.joined[a, p] and not self.refuses[a, p])
        self.join(a, p)

    def join(self, a: Acceptor, p: Proposer) -> None:
        self.joined[a, p] = True
        for q in Proposer:
            if self.above[p, q] and q in self.started:
                self.refuses[a, q] = True

    @action
    def accept(self, a: Acceptor, p: Proposer) -> None:
        """Phase 2. Vote for the proposal of p, which a quorum has promised to listen to."""
        require(p in self.started and a not in self.stopped)
        require(not self.voted[a, p] and not self.refuses[a, p])
        require(any(all(self.joined[b, p] for b in q) for q in Quorum))
        self.join(a, p)
        self.voted[a, p] = True
        if any(all(self.voted[b, p] for b in q) for q in Quorum):
            self.chosen = True

    # ------------------------------------------------------------------- of the world outside
    @action
    def settle(self, p: Proposer) -> None:
        """From now on all trust p: nobody else starts a ballot any more."""
        require(self.trusted is None)
        self.trusted = p

    @action
    def stop(self, a: Acceptor) -> None:
        """An acceptor stops for good, as long as a quorum goes on."""
        require(any(all(b not in self.stopped and b != a for b in q) for q in Quorum))
        self.stopped.add(a)

    # --------------------------------------------------------------------------- properties
    @invariant
    def one_ballot_is_the_highest(self) -> bool:
        """Of two ballots one is the higher, and not both."""
        return all(
            self.above[p, q] != self.above[q, p]
            for p in self.started
            for q in self.started
            if p != q
        )

    @invariant
    def votes_follow_promises(self) -> bool:
        """Who has voted in a ballot has joined it."""
        return all(self.joined[a, p] for a in Acceptor for p in Proposer if self.voted[a, p])

    @step_invariant
    def stability(self, after: Duel) -> bool:
        """What is chosen stays chosen."""
        return after.chosen or not self.chosen

    @reachable
    def outbid(self) -> bool:
        """A proposer with the promises of a quorum can be refused by a quorum."""
        return any(
            any(all(self.joined[a, p] for a in q) for q in Quorum)
            and any(all(self.refuses[a, p] for a in q) for q in Quorum)
            for p in Proposer
        )

    @eventually
    def decides(self) -> bool:
        """A value is chosen in the end (L1)."""
        return self.chosen


ALL_GO_ON = [
    weakly_fair(Duel.start, each="p"),
    weakly_fair(Duel.promise, each=("a", "p")),
    weakly_fair(Duel.accept, each=("a", "p")),
]
ALL_GO_ON_STRONGLY = [
    strongly_fair(Duel.start, each="p"),
    strongly_fair(Duel.promise, each=("a", "p")),
    strongly_fair(Duel.accept, each=("a", "p")),
]
ONE_IS_TRUSTED = [weakly_fair(Duel.settle)]

MODELS = [
    Model(
        name="one proposer in the end",
        protocol=Duel,
        sizes={Acceptor: 3, Proposer: 2},
        fairness=[*ALL_GO_ON, *ONE_IS_TRUSTED],
        expect=Holds(states=20_940, depth=16),
    ),
    Model(
        name="duelling proposers",
        protocol=Duel,
        sizes={Acceptor: 3, Proposer: 2},
        fairness=ALL_GO_ON,
        expect=Violated("decides", steps=4, cycle=4),
    ),
    Model(
        name="duelling proposers, strongly fair",
        protocol=Duel,
        sizes={Acceptor: 3, Proposer: 2},
        fairness=ALL_GO_ON_STRONGLY,
        expect=Violated("decides", steps=4, cycle=21),
    ),
]
