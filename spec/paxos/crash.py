"""Paxos with crashes: what an acceptor has to write down, and when.

**Problem** :mod:`.single_decree` lets acceptors stop and go on, and takes it for granted that they
remember. A real one restarts with what is on its disk, and a disk takes its time: an acceptor may
crash after writing and before answering.

**Idea** Promise and vote go to disk *before* the answer is sent. Then all that a crash can undo is
an answer that nobody has seen, and losing that is no more than losing a message.

**Source** L. Lamport, "Paxos Made Simple" (2001), section 2.2, on stable storage; T. Chandra, R.
Griesemer, J. Redstone, "Paxos Made Live" (PODC 2007), section 5.1, on disks that fail.

**Modelled** Writing and sending as two steps, between which an acceptor can crash. The disk is a
journal: it holds every vote, of which the latest counts. A restart loses the answer in preparation.

**Left out** Crashes of leaders, which have no state here but what they have sent; disks that fail.
What goes wrong when less is written is in :mod:`..broken.paxos_forgotten_state` and its like.
"""

from __future__ import annotations

from enum import Enum

from ..consensus import Value
from ..lang import (
    Durable,
    Holds,
    Map,
    Model,
    Volatile,
    action,
    fill,
    invariant,
    require,
    step_invariant,
)
from ..voting import Acceptor, Ballot, Vote
from .single_decree import Accept, Accepted, Prepare, Promise, SingleDecree


class Answer(Enum):
    """What an acceptor is about to send."""

    PROMISE = 1
    VOTE = 2


class Crash(SingleDecree):
    """Single-decree Paxos with acceptors that crash and restart."""

    promised: Durable[Map[Acceptor, Ballot | None]]
    vote: Durable[Map[Acceptor, Vote | None]]
    journal: Durable[Map[Acceptor, frozenset[Vote]]]  # every vote that was written
    unsent: Volatile[Map[Acceptor, Answer | None]]  # what is written, and not sent yet

    def init(self) -> None:
        super().init()
        self.journal = fill(Acceptor, frozenset())
        self.unsent = fill(Acceptor, None)

    # ------------------------------------------------------------------------------ actions
    @action
    def promise(self, a: Acceptor, m: Prepare) -> None:
        """Phase 1b, first half. Write the promise."""
        require(m in self.sent)
        joined = self.promised[a]
        require(self.unsent[a] is None)
        require(joined is None or m.ballot > joined)
        self.promised[a] = m.ballot
        self.unsent[a] = Answer.PROMISE

    @action
    def send_promise(self, a: Acceptor, b: Ballot) -> None:
        """Phase 1b, second half. Send it: it can no longer be forgotten."""
        require(self.unsent[a] == Answer.PROMISE)
        require(self.promised[a] == b)
        self.unsent[a] = None
        self.sent.add(Promise(a, b, self.vote[a]))

    @action
    def accept(self, a: Acceptor, m: Accept) -> None:
        """Phase 2b, first half. Write the vote."""
        require(m in self.sent)
        joined = self.promised[a]
        require(self.unsent[a] is None)
        require(joined is None or m.ballot >= joined)
        self.promised[a] = m.ballot
        self.vote[a] = Vote(m.ballot, m.value)
        self.journal[a] = self.journal[a] | {Vote(m.ballot, m.value)}
        self.unsent[a] = Answer.VOTE

    @action
    def send_vote(self, a: Acceptor, b: Ballot, v: Value) -> None:
        """Phase 2b, second half. Send it: it can no longer be forgotten."""
        require(self.unsent[a] == Answer.VOTE)
        require(self.vote[a] == Vote(b, v))
        self.unsent[a] = None
        self.sent.add(Accepted(a, b, v))

    # --------------------------------------------------------------------------- properties
    def truthful(self, m: Promise) -> bool:
        """The promise reports the last vote below its ballot that its sender has ever written."""
        last = m.vote
        return (last is None or last in self.journal[m.acceptor]) and all(
            last is not None and w.ballot <= last.ballot
            for w in self.journal[m.acceptor]
            if w.ballot < m.ballot
        )

    @invariant
    def written_before_sent(self) -> bool:
        """A vote that was sent is on disk."""
        return all(
            Vote(m.ballot, m.value) in self.journal[m.acceptor] for m in self.sent.of(Accepted)
        )

    @step_invariant
    def vote_durable(self, after: Crash) -> bool:
        """The latest vote is lost in no step, a restart among them (P15)."""
        return all(
            self.not_below(self.ballot_of(after.vote[a]), self.ballot_of(self.vote[a]))
            for a in Acceptor
        )

    def ballot_of(self, w: Vote | None) -> Ballot | None:
        """The ballot of a vote, if there is one."""
        return None if w is None else w.ballot

    # --------------------------------------------------------------------------- refinement
    def votes_of(self, a: Acceptor) -> frozenset[Vote]:
        """Every vote that acceptor a has written: a vote is cast when it is on disk."""
        return self.journal[a]


MODELS = [
    Model(
        name="2 acceptors, 2 ballots, 1 restart",
        protocol=Crash,
        sizes={Acceptor: 2, Ballot: 2, Value: 2},
        restarts=1,
        expect=Holds(states=1_614, depth=24),
    ),
    Model(
        name="3 acceptors, 2 ballots, 1 restart",
        protocol=Crash,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        restarts=1,
        expect=Holds(states=157_531, depth=33),
    ),
]
