"""State machine replication by Multi-Paxos, as it is built: replicas that are all roles at once.

**Problem** :mod:`.multi` says what makes a replicated log correct. A running system has more to it:
a replica is acceptor, learner and perhaps leader, keeps a state for each slot, applies commands in
order, answers clients, and lets its followers know. Does the client see a single register?

**Source** The module MultiPaxos of MultiPaxos-SMR in the TLA+ examples, whose transition system
this is, so that our counts can be compared with those of TLC.

**Modelled** Clients that write and read one key, and wait for no answer before the next request;
the leader gives itself its own promises and votes; commit notices; messages as a set that only
grows.

**Left out** As in the source: clients that ask again, crashes, reading without the log.

**Defect of the source**, kept here: a commit notice does not say in which ballot the slot was
committed, so a replica may apply what it holds in that slot from an older one. The clients cannot
see it unless that replica leads later. :mod:`..broken.smr_unnumbered_commit_notice` shows it, and a
repair.

**Departure** What the source writes as ballot 0 or slot 0 is None here, and b0 and s0 are its
ballot 1 and slot 1; the states correspond one to one. With four ballots or more, though, a leader
of the source can ask for votes for no command at all, which its own types forbid; here it does not.
"""

from __future__ import annotations

from enum import Enum

from ..lang import (
    Const,
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
    require,
    step_invariant,
    terminal,
)

# ------------------------------------------------------------------------------- constants


class Replica(Sort):
    """A server: acceptor, learner, and leader if it comes to that."""


class Ballot(TotalOrder):
    """The number of a leadership."""


class Majority(QuorumOf[Replica]):
    """Enough replicas to lead, and to commit."""


class Slot(TotalOrder):
    """A place in the log. There are as many as commands."""


class Command(TotalOrder):
    """A request of the clients, in the order in which they are sent."""


class Status(Enum):
    """What a replica knows about a slot."""

    EMPTY = 1
    PREPARING = 2  # it was accepting, and the leader has changed
    ACCEPTING = 3
    COMMITTED = 4


class Happening(Enum):
    """What a client can observe."""

    REQUEST = 1  # its command was taken up by a leader
    ACKNOWLEDGE = 2  # it got the answer


@record
class Event:
    """An observation of a client. The answer to a command is the value that the key had before."""

    happening: Happening
    command: Command
    answer: Command | None


@record
class Vote:
    """A vote in one slot."""

    slot: Slot
    ballot: Ballot
    command: Command


# -------------------------------------------------------------------------------- messages


@record
class Prepare:
    """Phase 1a: a replica wants to lead."""

    source: Replica
    ballot: Ballot


@record
class PrepareReply:
    """Phase 1b: a replica follows, and says what it voted for last in every slot."""

    source: Replica
    ballot: Ballot
    votes: frozenset[Vote]


@record
class Accept:
    """Phase 2a: the leader asks for votes in a slot."""

    source: Replica
    ballot: Ballot
    slot: Slot
    command: Command


@record
class AcceptReply:
    """Phase 2b: a replica has voted."""

    source: Replica
    ballot: Ballot
    slot: Slot


@record
class CommitNotice:
    """The leader has committed this slot, and all below."""

    slot: Slot


Message = Prepare | PrepareReply | Accept | AcceptReply | CommitNotice


class StateMachineReplication(Protocol):
    """Replicas of one key, which clients write and read."""

    writes = Const[frozenset[Command]]()  # a write stores itself; all other commands are reads

    leader: Map[Replica, Replica | None]  # whom the replica follows
    known: Map[Replica, Ballot | None]  # the highest ballot it has seen
    prepared: Map[Replica, Ballot | None]  # the last ballot in which it has become the leader
    status: Map[tuple[Replica, Slot], Status]
    command: Map[tuple[Replica, Slot], Command | None]  # what it takes to be in the slot
    votes: Map[Replica, frozenset[Vote]]  # its latest vote in each slot where it has voted
    applied: Map[Replica, Slot | None]  # the last slot it has committed and applied
    value: Map[Replica, Command | None]  # its copy of the key: the last write applied
    idle: Map[Replica, bool]  # it has seen that all clients have their answers
    pending: Set[Command]  # the commands without an answer
    observed: tuple[Event, ...]  # what the clients have seen, in this order
    sent: Set[Message]  # every message ever sent

    def init(self) -> None:
        self.leader = fill(Replica, None)
        self.known = fill(Replica, None)
        self.prepared = fill(Replica, None)
        self.status = fill((Replica, Slot), Status.EMPTY)
        self.command = fill((Replica, Slot), None)
        self.votes = fill(Replica, frozenset())
        self.applied = fill(Replica, None)
        self.value = fill(Replica, None)
        self.idle = fill(Replica, False)
        self.pending = Set()
        for c in Command:
            self.pending.add(c)
        self.observed = ()
        self.sent = Set()

    # ------------------------------------------------------------------------------- phase 1
    @action
    def become_leader(self, i: Replica, b: Ballot) -> None:
        """Start a ballot that nobody has started. What is in progress has to be prepared again."""
        known = self.known[i]
        require(self.is_running(i))
        require(self.leader[i] != i)
        require(known is None or b > known)
        require(not any(m.ballot == b for m in self.sent.of(Prepare)))
        self.leader[i] = i
        self.prepared[i] = None
        self.known[i] = b
        self.suspend(i)
        self.sent.add(Prepare(i, b))
        self.sent.add(PrepareReply(i, b, self.votes[i]))

    @action
    def handle_prepare(self, i: Replica, m: Prepare) -> None:
        """Follow the leader of a higher ballot, and report the votes."""
        require(m in self.sent)
        known = self.known[i]
        require(self.is_running(i))
        require(known is None or m.ballot > known)
        self.leader[i] = m.source
        self.known[i] = m.ballot
        self.suspend(i)
        self.sent.add(PrepareReply(i, m.ballot, self.votes[i]))

    def suspend(self, i: Replica) -> None:
        """Slots in progress wait for phase 1 of the new leader."""
        for s in Slot:
            if self.status[i, s] == Status.ACCEPTING:
                self.status[i, s] = Status.PREPARING

    @action
    def handle_prepare_replies(self, i: Replica, b: Ballot) -> None:
        """With replies of a majority, adopt the latest votes in all slots, and ask for votes."""
        require(self.is_running(i))
        require(self.leader[i] == i and self.known[i] == b and self.prepared[i] is None)
        require(any(all(self.has_replied(j, b) for j in q) for q in Majority))
        self.prepared[i] = b
        for s in Slot:
            latest = self.latest_command(b, s)
            is_open = self.status[i, s] == Status.PREPARING or (
                self.status[i, s] == Status.EMPTY and latest is not None
            )
            if is_open:
                self.status[i, s] = Status.ACCEPTING
                if latest is not None:
                    self.sent.add(Accept(i, b, s, latest))
            self.command[i, s] = latest

    def has_replied(self, j: Replica, b: Ballot) -> bool:
        """Replica j has sent its promise for ballot b."""
        return any(m.source == j and m.ballot == b for m in self.sent.of(PrepareReply))

    def latest_command(self, b: Ballot, s: Slot) -> Command | None:
        """The command of the highest vote in slot s that a promise for ballot b reports."""
        votes = frozenset(
            w for m in self.sent.of(PrepareReply) if m.ballot == b for w in m.votes if w.slot == s
        )
        return max(
            (w.command for w in votes if all(u.ballot <= w.ballot for u in votes)), default=None
        )

    # ------------------------------------------------------------------------------- phase 2
    @action
    def take_request(self, i: Replica, b: Ballot, s: Slot, c: Command) -> None:
        """Put the first command not in the log yet into the first empty slot, and vote for it."""
        require(self.is_running(i))
        require(self.is_prepared(i, b))
        require(self.status[i, s] == Status.EMPTY)
        require(not any(self.status[i, t] == Status.EMPTY for t in Slot if t < s))
        require(self.is_unseen(i, c))
        require(not any(self.is_unseen(i, d) for d in Command if d < c))
        self.status[i, s] = Status.ACCEPTING
        self.command[i, s] = c
        self.cast(i, b, s, c)
        self.sent.add(Accept(i, b, s, c))
        self.observe(Event(Happening.REQUEST, c, None))

    def is_unseen(self, i: Replica, c: Command) -> bool:
        """Command c waits for an answer, and is in no slot of replica i."""
        return c in self.pending and not any(self.command[i, t] == c for t in Slot)

    @action
    def handle_accept(self, i: Replica, m: Accept) -> None:
        """Vote for what a leader asks for, unless a higher ballot is known; and follow it."""
        require(m in self.sent)
        known = self.known[i]
        require(self.is_running(i))
        require(known is None or m.ballot >= known)
        require(all(w.ballot < m.ballot for w in self.votes[i] if w.slot == m.slot))
        self.leader[i] = m.source
        self.known[i] = m.ballot
        self.status[i, m.slot] = Status.ACCEPTING
        self.command[i, m.slot] = m.command
        self.cast(i, m.ballot, m.slot, m.command)

    def cast(self, i: Replica, b: Ballot, s: Slot, c: Command) -> None:
        """Vote, and tell the leader."""
        others = frozenset(w for w in self.votes[i] if w.slot != s)
        self.votes[i] = others | {Vote(s, b, c)}
        self.sent.add(AcceptReply(i, b, s))

    # -------------------------------------------------------------------------------- commit
    @action
    def handle_accept_replies(self, i: Replica, b: Ballot, s: Slot, c: Command) -> None:
        """With votes of a majority, commit the next slot, apply it and answer the client."""
        require(self.is_running(i))
        require(self.is_prepared(i, b))
        require(self.is_next(i, s))
        require(self.command[i, s] == c)
        require(any(all(self.has_voted(j, b, s) for j in q) for q in Majority))
        self.observe(Event(Happening.ACKNOWLEDGE, c, self.value[i]))
        self.pending.discard(c)
        self.apply(i, s)
        self.sent.add(CommitNotice(s))

    @action
    def handle_commit_notice(self, i: Replica, m: CommitNotice) -> None:
        """Commit and apply the next slot, as the leader has."""
        require(m in self.sent)
        require(self.is_running(i))
        require(self.leader[i] != i)
        require(self.is_next(i, m.slot))
        self.apply(i, m.slot)

    def apply(self, i: Replica, s: Slot) -> None:
        """The command in slot s takes effect at replica i."""
        c = self.command[i, s]
        self.status[i, s] = Status.COMMITTED
        self.applied[i] = s
        if c is not None and c in self.writes:
            self.value[i] = c

    def is_prepared(self, i: Replica, b: Ballot) -> bool:
        """Replica i leads ballot b, and knows of no higher one."""
        return self.leader[i] == i and self.prepared[i] == b and self.known[i] == b

    def is_next(self, i: Replica, s: Slot) -> bool:
        """s is the first slot that replica i has not applied, and votes for it are being cast."""
        last = self.applied[i]
        return self.status[i, s] == Status.ACCEPTING and all(
            (t < s) == (last is not None and t <= last) for t in Slot
        )

    def has_voted(self, j: Replica, b: Ballot, s: Slot) -> bool:
        """Replica j has sent its vote in slot s for ballot b."""
        return any(
            m.source == j and m.ballot == b and m.slot == s for m in self.sent.of(AcceptReply)
        )

    # ------------------------------------------------------------------------------- clients
    def observe(self, e: Event) -> None:
        """A client sees e. What it has seen before it does not see again."""
        if e not in self.observed:
            self.observed = self.observed + (e,)

    def is_over(self) -> bool:
        """Every command was requested and acknowledged."""
        return not self.pending and all(
            any(e.command == c and e.happening == h for e in self.observed)
            for c in Command
            for h in Happening
        )

    def is_running(self, i: Replica) -> bool:
        """Replica i goes on as long as a client waits."""
        return not self.idle[i] and not self.is_over()

    @action
    def rest(self, i: Replica) -> None:
        """Stop, when all clients have their answers."""
        require(self.is_over())
        require(not self.idle[i])
        self.idle[i] = True

    @terminal
    def all_idle(self) -> bool:
        """All clients have their answers, and every replica has seen it."""
        return all(self.idle[i] for i in Replica)

    # --------------------------------------------------------------------------- properties
    def chosen(self, m: Accept) -> bool:
        """A majority has voted for what m asks for."""
        return any(all(self.has_voted(j, m.ballot, m.slot) for j in q) for q in Majority)

    def is_at(self, s: Slot, c: Command) -> bool:
        """Command c is chosen for slot s."""
        return any(m.slot == s and m.command == c and self.chosen(m) for m in self.sent.of(Accept))

    @invariant
    def agreement(self) -> bool:
        """At most one command is ever chosen for a slot (M1)."""
        return all(
            m.command == n.command
            for m in self.sent.of(Accept)
            for n in self.sent.of(Accept)
            if m.slot == n.slot and self.chosen(m) and self.chosen(n)
        )

    @invariant
    def linearizable(self) -> bool:
        """To the clients, the commands took effect one by one, in the order of the log (M5).

        Each answer is the last write chosen for a slot before, and no command is chosen for a slot
        before that of one that had been acknowledged when it was requested.
        """
        return all(
            self.explains(e, s)
            for e in self.observed
            for s in Slot
            if e.happening == Happening.ACKNOWLEDGE and self.is_at(s, e.command)
        ) and not any(
            self.is_at(s, c) and self.is_at(t, d) and self.came_after(c, d)
            for c in Command
            for d in Command
            for s in Slot
            for t in Slot
            if s < t
        )

    def explains(self, e: Event, s: Slot) -> bool:
        """The answer is the last write below slot s, None if there is none."""
        return all((e.answer == c) == self.is_last_write(c, s) for c in self.writes)

    def is_last_write(self, c: Command, s: Slot) -> bool:
        """Command c is in the log below slot s, and no write between."""
        return any(
            self.is_at(t, c)
            and not any(self.is_at(u, d) for u in Slot for d in self.writes if t < u < s)
            for t in Slot
            if t < s
        )

    def came_after(self, c: Command, d: Command) -> bool:
        """Command c was requested when d had been acknowledged."""
        return any(
            self.observed[k].happening == Happening.ACKNOWLEDGE
            and self.observed[k].command == d
            and self.observed[n].happening == Happening.REQUEST
            and self.observed[n].command == c
            for n in range(len(self.observed))
            for k in range(n)
        )

    @step_invariant
    def ballot_monotone(self, after: StateMachineReplication) -> bool:
        """No replica forgets a ballot that it knows (P11)."""
        return all(self.not_below(after.known[i], self.known[i]) for i in Replica)

    def not_below(self, b: Ballot | None, c: Ballot | None) -> bool:
        """b is at least c, where None is below every ballot."""
        return c is None or (b is not None and b >= c)

    @reachable
    def all_answered(self) -> bool:
        """All clients can get their answers."""
        return self.is_over()

    @reachable
    def answered_by_second_leader(self) -> bool:
        """A replica can lead when another has led before it, and answer a client."""
        return any(
            self.prepared[i] == b and self.leader[i] == i and self.applied[i] is not None
            for i in Replica
            for b in Ballot
            if b != Ballot.first()
        )


# The larger instance is the one shipped with the TLA+ module, for which TLC counts 343,796 states
# up to symmetry of replicas, at depth 28; they stand for 2,062,561.
MODELS = [
    Model(
        name="2 replicas, 2 ballots, 1 write and 1 read",
        protocol=StateMachineReplication,
        sizes={Replica: 2, Ballot: 2, Slot: 2, Command: 2},
        constants={"writes": [0]},
        deadlock=True,
        expect=Holds(states=1_163, depth=20),
    ),
    Model(
        name="3 replicas, 2 ballots, 1 write and 1 read",
        protocol=StateMachineReplication,
        sizes={Replica: 3, Ballot: 2, Slot: 2, Command: 2},
        constants={"writes": [0]},
        deadlock=True,
        symmetry=True,
        expect=Holds(states=343_796, depth=28),
        slow=True,
    ),
]
