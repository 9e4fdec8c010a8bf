"""Multi-Paxos: one decision for each slot of a log, with phase 1 only when the leader changes.

**Problem** Copies of a state machine stay equal if all of them execute the same commands in the
same order. So for each slot of a log the copies have to agree on one command, and to execute the
slots in order. Single-decree Paxos in each slot would do, at the price of two round trips each.

**Idea** Phase 1 has nothing in it that depends on the value. One ballot number covers all slots:
the leader asks once, and acceptors report their latest vote in every slot. From then on a command
needs phase 2 alone. What was reported binds the new leader slot by slot, just as in the single
decree. Slots in which nothing was reported, below others in which something was, are gaps: the
leader fills them with a no-op, so that what follows can be executed.

**Source** L. Lamport, "Paxos Made Simple" (2001), section 3; "The Part-Time Parliament" (ACM TOCS
16(2), 1998), section 3.

**Modelled** Leaders, of which each ballot has at most one, who propose in the order of the slots;
acceptors; replicas that execute what is chosen. Messages are a set that only grows.

**Left out** Clients and the answers to them, so a command may be chosen in two slots; when to start
a ballot; crashes that lose state; forgetting executed slots; changes of the set of acceptors.

**Departure** The report of phase 1, one message in the papers, is one for each slot, all sent in
one step. What a leader does in a slot depends on some of them, and it may look at these alone.
"""

from __future__ import annotations

from ..lang import (
    Holds,
    Map,
    Model,
    Protocol,
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
from ..voting import Acceptor, Ballot, Quorum
from .single_decree import Prepare

# ------------------------------------------------------------------------------- constants


class Slot(TotalOrder):
    """A place in the log."""


class Command(Sort):
    """What a client asks the state machine to do."""


class Replica(Sort):
    """A copy of the state machine."""


@record
class Entry:
    """What a slot holds: a command, or None, which is the no-op that fills a gap."""

    command: Command | None


@record
class Vote:
    """A vote in one slot: for this entry, in this ballot."""

    ballot: Ballot
    entry: Entry


# -------------------------------------------------------------------------------- messages


@record
class Promise:
    """Phase 1b: an acceptor has joined the ballot, and says what it voted for last in a slot."""

    acceptor: Acceptor
    ballot: Ballot
    slot: Slot
    vote: Vote | None


@record
class Accept:
    """Phase 2a: the leader of a ballot asks acceptors to vote for an entry in a slot."""

    ballot: Ballot
    slot: Slot
    entry: Entry


@record
class Accepted:
    """Phase 2b: an acceptor has voted."""

    acceptor: Acceptor
    ballot: Ballot
    slot: Slot
    entry: Entry


Message = Prepare | Promise | Accept | Accepted


# --------------------------------------------------------------------------- specification
@record
class Choice:
    """An entry is chosen for a slot."""

    slot: Slot
    entry: Entry


class ReplicatedLog(Protocol):
    """What Multi-Paxos has to achieve: consensus in each slot."""

    chosen: Set[Choice]

    def init(self) -> None:
        self.chosen = Set()

    @action
    def choose(self, s: Slot, c: Command | None) -> None:
        """Choose an entry for a slot that has none. Slots need not be filled in order."""
        require(not any(x.slot == s for x in self.chosen))
        self.chosen.add(Choice(s, Entry(c)))

    @invariant
    def agreement(self) -> bool:
        """At most one entry is chosen for a slot (M1)."""
        return all(x == y for x in self.chosen for y in self.chosen if x.slot == y.slot)


# -------------------------------------------------------------------------------- protocol
class MultiDecree(Protocol):
    """Paxos for a log."""

    promised: Map[Acceptor, Ballot | None]  # the highest ballot the acceptor has joined
    vote: Map[tuple[Acceptor, Slot], Vote | None]  # its latest vote in the slot, if any
    executed: Map[tuple[Replica, Slot], Entry | None]  # what the replica has executed
    sent: Set[Message]  # every message ever sent

    def init(self) -> None:
        self.promised = fill(Acceptor, None)
        self.vote = fill((Acceptor, Slot), None)
        self.executed = fill((Replica, Slot), None)
        self.sent = Set()

    # ------------------------------------------------------------- phase 1, for all slots
    @action
    def prepare(self, b: Ballot) -> None:
        """Phase 1a. Anyone may start any ballot at any time: that alone decides nothing."""
        self.sent.add(Prepare(b))

    @action
    def promise(self, a: Acceptor, m: Prepare) -> None:
        """Phase 1b. Join the ballot, and tell its leader the latest vote in every slot."""
        require(m in self.sent)
        joined = self.promised[a]
        require(joined is None or m.ballot > joined)
        self.promised[a] = m.ballot
        for s in Slot:
            self.sent.add(Promise(a, m.ballot, s, self.vote[a, s]))

    # ------------------------------------------------------------ phase 2, slot after slot
    @action
    def repropose(self, b: Ballot, s: Slot, e: Entry) -> None:
        """Phase 2a in a slot with votes. Propose the entry of the highest vote reported.

        It can have been chosen; nothing else can.
        """
        require(e in {w.entry for q in Quorum for w in self.reported(q, b, s)})
        require(self.is_next(b, s))
        require(
            any(
                self.have_joined(q, b) and self.is_latest(e, self.reported(q, b, s)) for q in Quorum
            )
        )
        self.sent.add(Accept(b, s, e))

    @action
    def fill_gap(self, b: Ballot, s: Slot) -> None:
        """Phase 2a in a slot without votes, below one with votes. Propose the no-op.

        Any entry would be safe here. But a client may already know that its command came after
        those of a higher slot, and another must not come between.
        """
        require(self.is_next(b, s))
        require(
            any(
                self.have_joined(q, b)
                and not self.have_reported(q, b, s)
                and any(self.have_reported(q, b, t) for t in Slot if t > s)
                for q in Quorum
            )
        )
        self.sent.add(Accept(b, s, Entry(None)))

    @action
    def propose(self, b: Ballot, s: Slot, c: Command) -> None:
        """Phase 2a in a slot above all votes. Propose any command."""
        require(self.is_next(b, s))
        require(
            any(
                self.have_joined(q, b)
                and not any(self.have_reported(q, b, t) for t in Slot if t >= s)
                for q in Quorum
            )
        )
        self.sent.add(Accept(b, s, Entry(c)))

    def is_next(self, b: Ballot, s: Slot) -> bool:
        """The leader of ballot b has made its proposals for the slots below s, and none for s."""
        return not self.has_proposed(b, s) and all(self.has_proposed(b, r) for r in Slot if r < s)

    def has_proposed(self, b: Ballot, s: Slot) -> bool:
        """The leader of ballot b has made its proposal for slot s."""
        return any(m.ballot == b and m.slot == s for m in self.sent.of(Accept))

    def have_joined(self, q: Quorum, b: Ballot) -> bool:
        """The leader of ballot b has promises of all of q."""
        return all(any(m.acceptor == a and m.ballot == b for m in self.sent.of(Promise)) for a in q)

    def reported(self, q: Quorum, b: Ballot, s: Slot) -> frozenset[Vote]:
        """The votes in slot s that the promises of q for ballot b report."""
        return frozenset(
            m.vote
            for m in self.sent.of(Promise)
            if m.ballot == b and m.slot == s and m.acceptor in q and m.vote is not None
        )

    def have_reported(self, q: Quorum, b: Ballot, s: Slot) -> bool:
        """Some of them report a vote in slot s."""
        return len(self.reported(q, b, s)) > 0

    def is_latest(self, e: Entry, votes: frozenset[Vote]) -> bool:
        """e is the entry of the highest of these votes."""
        return any(w.entry == e and all(u.ballot <= w.ballot for u in votes) for w in votes)

    @action
    def accept(self, a: Acceptor, m: Accept) -> None:
        """Phase 2b. Vote in the slot, unless a higher ballot was joined meanwhile."""
        require(m in self.sent)
        joined = self.promised[a]
        require(joined is None or m.ballot >= joined)
        self.promised[a] = m.ballot
        self.vote[a, m.slot] = Vote(m.ballot, m.entry)
        self.sent.add(Accepted(a, m.ballot, m.slot, m.entry))

    # ------------------------------------------------------------------------------ replicas
    @action
    def execute(self, r: Replica, m: Accept) -> None:
        """Execute what was chosen, after everything before it: never over a gap."""
        require(m in self.sent)
        require(self.chosen_at(m.ballot, m.slot, m.entry))
        require(self.executed[r, m.slot] is None)
        require(all(self.executed[r, s] is not None for s in Slot if s < m.slot))
        self.executed[r, m.slot] = m.entry

    # --------------------------------------------------------------------------- properties
    def chosen_at(self, b: Ballot, s: Slot, e: Entry) -> bool:
        """A quorum has voted for e in slot s in ballot b."""
        return any(all(Accepted(a, b, s, e) in self.sent for a in q) for q in Quorum)

    def safe_at(self, b: Ballot, s: Slot, e: Entry) -> bool:
        """No entry but e has been chosen for s below b, or ever will be (P7)."""
        return all(
            any(
                all(Accepted(a, c, s, e) in self.sent or self.cannot_vote(a, c, s) for a in q)
                for q in Quorum
            )
            for c in Ballot
            if c < b
        )

    def cannot_vote(self, a: Acceptor, b: Ballot, s: Slot) -> bool:
        """Acceptor a has left ballot b without a vote in slot s."""
        joined = self.promised[a]
        return (
            joined is not None
            and joined > b
            and not any(
                m.acceptor == a and m.ballot == b and m.slot == s for m in self.sent.of(Accepted)
            )
        )

    def not_below(self, b: Ballot | None, c: Ballot | None) -> bool:
        """b is at least c, where None is below every ballot."""
        return c is None or (b is not None and b >= c)

    @invariant
    def agreement(self) -> bool:
        """At most one entry is ever chosen for a slot (M1)."""
        return all(
            m.entry == n.entry
            for m in self.sent.of(Accept)
            for n in self.sent.of(Accept)
            if m.slot == n.slot
            and self.chosen_at(m.ballot, m.slot, m.entry)
            and self.chosen_at(n.ballot, n.slot, n.entry)
        )

    @invariant
    def validity(self) -> bool:
        """Only an entry that some leader has proposed is voted for, and so chosen (P2)."""
        return all(Accept(m.ballot, m.slot, m.entry) in self.sent for m in self.sent.of(Accepted))

    @invariant
    def one_entry_per_ballot(self) -> bool:
        """Proposals in one ballot for one slot are for one entry (P5)."""
        return all(
            m.entry == n.entry
            for m in self.sent.of(Accept)
            for n in self.sent.of(Accept)
            if m.ballot == n.ballot and m.slot == n.slot
        )

    @invariant
    def proposals_safe(self) -> bool:
        """Every proposal, and so every vote, is for a safe entry, and stays so (P6)."""
        return all(self.safe_at(m.ballot, m.slot, m.entry) for m in self.sent.of(Accept))

    @invariant
    def gap_safety(self) -> bool:
        """A leader proposes for a slot only after it has proposed for all lower ones (M2)."""
        return all(
            self.has_proposed(m.ballot, s) for m in self.sent.of(Accept) for s in Slot if s < m.slot
        )

    @invariant
    def executed_in_order(self) -> bool:
        """A replica has executed what is below whatever it has executed (M3)."""
        return all(
            self.executed[r, s] is not None
            for r in Replica
            for t in Slot
            for s in Slot
            if s < t and self.executed[r, t] is not None
        )

    @invariant
    def executed_chosen(self) -> bool:
        """A replica has executed only what is chosen for that slot (M3)."""
        return all(self.is_chosen(s, self.executed[r, s]) for r in Replica for s in Slot)

    def is_chosen(self, s: Slot, e: Entry | None) -> bool:
        """e is chosen for slot s, or None."""
        return e is None or any(self.chosen_at(b, s, e) for b in Ballot)

    @invariant
    def replicas_equal(self) -> bool:
        """Replicas that have come equally far have executed the same, so their states are equal
        (M4)."""
        return all(
            self.executed[r, s] is None
            or self.executed[t, s] is None
            or self.executed[r, s] == self.executed[t, s]
            for s in Slot
            for r in Replica
            for t in Replica
        )

    @invariant
    def votes_behind_promise(self) -> bool:
        """Nobody has voted above the ballot it has joined (P13)."""
        return all(
            self.not_below(self.promised[m.acceptor], m.ballot) for m in self.sent.of(Accepted)
        )

    @invariant
    def promises_truthful(self) -> bool:
        """A promise reports a vote that was cast in the slot, and its sender has cast no other
        between that one and the ballot of the promise, not even later (P14)."""
        return all(self.truthful(m) for m in self.sent.of(Promise))

    def truthful(self, m: Promise) -> bool:
        last = m.vote
        return (
            last is None or Accepted(m.acceptor, last.ballot, m.slot, last.entry) in self.sent
        ) and all(
            last is not None and n.ballot <= last.ballot
            for n in self.sent.of(Accepted)
            if n.acceptor == m.acceptor and n.slot == m.slot and n.ballot < m.ballot
        )

    @step_invariant
    def stability(self, after: MultiDecree) -> bool:
        """What is chosen stays chosen (P3), and what was executed stays executed."""
        return all(
            after.chosen_at(m.ballot, m.slot, m.entry)
            for m in self.sent.of(Accept)
            if self.chosen_at(m.ballot, m.slot, m.entry)
        ) and all(
            self.executed[r, s] is None or after.executed[r, s] == self.executed[r, s]
            for r in Replica
            for s in Slot
        )

    @step_invariant
    def promise_monotone(self, after: MultiDecree) -> bool:
        """A promise is never taken back (P11)."""
        return all(self.not_below(after.promised[a], self.promised[a]) for a in Acceptor)

    @step_invariant
    def vote_after_promise(self, after: MultiDecree) -> bool:
        """No new vote is below what its acceptor had promised before (P12)."""
        return all(
            self.not_below(m.ballot, self.promised[m.acceptor])
            for m in after.sent.of(Accepted)
            if m not in self.sent
        )

    @reachable
    def log_executed(self) -> bool:
        """A replica can execute the whole log."""
        return any(all(self.executed[r, s] is not None for s in Slot) for r in Replica)

    @reachable
    def gap_filled(self) -> bool:
        """A no-op can be executed, and a command after it."""
        return any(
            self.executed[r, s] == Entry(None) and self.executed[r, t] == Entry(c)
            for r in Replica
            for s in Slot
            for t in Slot
            for c in Command
            if s < t
        )

    # --------------------------------------------------------------------------- refinement
    @refines(ReplicatedLog)
    def replicated_log(self) -> ReplicatedLog:
        """The vote that completes a quorum chooses; every other step changes nothing (P18)."""
        return ReplicatedLog(
            chosen=Set(
                {
                    Choice(m.slot, m.entry)
                    for m in self.sent.of(Accept)
                    if self.chosen_at(m.ballot, m.slot, m.entry)
                }
            )
        )


MODELS = [
    Model(
        name="2 acceptors, 2 ballots, 2 slots",
        protocol=MultiDecree,
        sizes={Acceptor: 2, Ballot: 2, Slot: 2, Command: 1, Replica: 2},
        expect=Holds(states=1_665, depth=23),
    ),
    Model(
        name="3 acceptors, 2 ballots, 2 slots",
        protocol=MultiDecree,
        sizes={Acceptor: 3, Ballot: 2, Slot: 2, Command: 1, Replica: 1},
        expect=Holds(states=208_545, depth=27),
    ),
    Model(
        name="3 acceptors, 2 ballots, 2 slots, 2 commands",
        protocol=MultiDecree,
        sizes={Acceptor: 3, Ballot: 2, Slot: 2, Command: 2, Replica: 1},
        expect=Holds(states=1_120_785, depth=27),
        slow=True,
    ),
]
