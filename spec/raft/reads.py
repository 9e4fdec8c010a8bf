"""Raft with reads that bypass the log: ReadIndex.

**Problem** A read changes nothing, so it need not stand in the log. But a leader that answers from
its own state machine may have been replaced without knowing it, and its answer may lack what the
new leader has told clients is done.

**Idea** The leader notes its commit index when the read arrives, and *then* makes sure that it
leads: it sends a round of heartbeats, and if a quorum answers in its term, no later leader can have
committed anything before that round began. When the state machine has come to the noted index the
read is answered. A leader must have committed an entry of its own term first: until then its commit
index may be behind what its predecessor has told clients.

**Source** D. Ongaro, "Consensus: Bridging Theory and Practice" (PhD thesis, Stanford, 2014),
section 6.4, steps 1 to 5. ``ReadIndex`` is the name there and in etcd/raft, whose heartbeats carry
the request that they confirm, as here.

**Claim** A read reflects every write that was acknowledged before it began (RD1).

**Modelled** Writes are acknowledged when the leader commits them. Each read is one element of
``Read``, and is asked of a leader; a follower that is asked passes it on, which is left out, as is
that one round serves all reads that wait for it. To apply is to know as committed.
"""

from __future__ import annotations

from ..lang import (
    BagNetwork,
    Holds,
    Map,
    Model,
    Network,
    Sort,
    action,
    fill,
    invariant,
    reachable,
    record,
    require,
)
from .election import Quorum, Role, Server, Term
from .history import RaftWithHistory
from .replication import Raft, Value

# ------------------------------------------------------------------------------- constants


class Read(Sort):
    """A read that a client asks for."""


# -------------------------------------------------------------------------------- messages


@record
class Heartbeat:
    """Am I still your leader? Asked on behalf of a read."""

    source: Server
    dest: Server
    term: Term
    read: Read


@record
class HeartbeatReply:
    """The answer, in the follower's term."""

    source: Server
    dest: Server
    term: Term
    read: Read


class Reads(Raft):
    """Raft whose leaders answer reads."""

    reader: Map[Read, Server | None]  # which leader was asked
    read_index: Map[Read, int]  # its commit index then
    read_term: Map[Read, Term]  # and its term
    confirmed: Map[Read, frozenset[Server]]  # who has confirmed since that it leads
    answered: Map[Read, int | None]  # the index up to which the answer reflects the log
    acknowledged: int  # up to where some client was told that its write is done
    read_after: Map[Read, int]  # the same, when the read began
    heartbeats: Network[Heartbeat | HeartbeatReply]

    def init(self) -> None:
        super().init()
        self.reader = fill(Read, None)
        self.read_index = fill(Read, 0)
        self.read_term = fill(Read, Term.first())
        self.confirmed = fill(Read, frozenset[Server]())
        self.answered = fill(Read, None)
        self.acknowledged = 0
        self.read_after = fill(Read, 0)
        self.heartbeats = Network()

    # ------------------------------------------------------------------------------ actions
    @action
    def advance_commit(self, s: Server, q: Quorum, n: int) -> None:
        """5.3. The clients of all entries up to index n are told that these are committed."""
        super().advance_commit(s, q, n)
        self.acknowledged = max(self.acknowledged, n)

    @action
    def read(self, s: Server, x: Read) -> None:
        """6.4, steps 1 and 2. Note the commit index, once it is known not to be behind."""
        require(self.reader[x] is None)
        require(self.role[s] == Role.LEADER)
        require(self.may_ask(s))
        self.reader[x] = s
        self.read_index[x] = self.noted(s)
        self.read_term[x] = self.term[s]
        self.confirmed[x] = frozenset({s})
        self.read_after[x] = self.acknowledged

    def may_ask(self, s: Server) -> bool:
        """Whether leader s takes a read now."""
        return self.commit_is_fresh(s)

    def noted(self, s: Server) -> int:
        """The index that the state machine must have come to before the answer."""
        return self.commit[s]

    def commit_is_fresh(self, s: Server) -> bool:
        """6.4, step 1. An entry of the leader's own term is committed: by leader completeness its
        commit index is then as high as any before it has been."""
        return self.commit[s] > 0 and self.term_at(self.log[s], self.commit[s]) == self.term[s]

    def waits(self, x: Read, s: Server) -> bool:
        """The read waits at server s, which still leads the term in which it was asked."""
        return (
            self.reader[x] == s
            and self.answered[x] is None
            and self.role[s] == Role.LEADER
            and self.term[s] == self.read_term[x]
        )

    @action
    def heartbeat(self, s: Server, r: Server, x: Read) -> None:
        """6.4, step 3. Ask the others whether it still leads."""
        require(self.waits(x, s))
        require(r not in self.confirmed[x])
        self.heartbeats.send(Heartbeat(source=s, dest=r, term=self.term[s], read=x))

    @action
    def handle_heartbeat(self, m: Heartbeat) -> None:
        """A heartbeat is an AppendEntries without entries: the term has a leader. The answer is in
        the own term, and if that is a later one it says no thereby."""
        self.heartbeats.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        if m.term == self.term[s]:
            self.role[s] = Role.FOLLOWER
        self.heartbeats.send(
            HeartbeatReply(source=s, dest=m.source, term=self.term[s], read=m.read)
        )

    @action
    def handle_heartbeat_reply(self, m: HeartbeatReply) -> None:
        """6.4, step 3. Count who confirms, within the term; an answer from a later term ends it."""
        self.heartbeats.receive(m)
        s, x = m.dest, m.read
        self.adopt(s, m.term)
        if m.term == self.term[s] and self.waits(x, s):
            self.confirmed[x] = self.confirmed[x] | {m.source}

    @action
    def answer(self, x: Read) -> None:
        """6.4, steps 3 to 5. Confirmed by a quorum, and with the state machine at least as far as
        noted, answer. The answer reflects all that has been applied by then."""
        s = self.reader[x]
        require(s is not None)
        if s is not None:
            require(self.waits(x, s))
            require(self.is_confirmed(x, s))
            require(self.commit[s] >= self.read_index[x])
            self.answered[x] = self.commit[s]

    def is_confirmed(self, x: Read, s: Server) -> bool:
        """A quorum has confirmed that server s leads."""
        return self.quorum_among(s, self.confirmed[x])

    @action
    def abandon(self, x: Read) -> None:
        """Who leads no more answers no reads; the client may ask somebody else."""
        s = self.reader[x]
        require(s is not None and self.answered[x] is None and not self.waits(x, s))
        self.reader[x] = None
        self.read_index[x] = 0
        self.read_term[x] = Term.first()
        self.confirmed[x] = frozenset()
        self.read_after[x] = 0

    # --------------------------------------------------------------------------- properties
    @invariant
    def fresh_read(self) -> bool:
        """An answer reflects every write that was acknowledged before the read began (RD1)."""
        return all(self.reflects(x) for x in Read)

    def reflects(self, x: Read) -> bool:
        index = self.answered[x]
        return index is None or index >= self.read_after[x]

    @reachable
    def answered_a_read(self) -> bool:
        """A read can be answered, and reflect something."""
        return any(self.reflects_something(x) for x in Read)

    def reflects_something(self, x: Read) -> bool:
        index = self.answered[x]
        return index is not None and index > 0


class EarlyReads(Reads):
    """The same, with leaders that take a read as soon as they have an entry of their term, which
    need not be committed. What is committed then is above what any predecessor has told clients, so
    that is the index to note."""

    def first_own(self, s: Server) -> int:
        """The index of the leader's first entry of its term; 0 if there is none."""
        return min(
            (n for n in range(1, len(self.log[s]) + 1) if self.log[s][n - 1].term == self.term[s]),
            default=0,
        )

    def may_ask(self, s: Server) -> bool:
        return self.first_own(s) > 0

    def noted(self, s: Server) -> int:
        return max(self.commit[s], self.first_own(s))


class EarlyReadsWithHistory(RaftWithHistory, EarlyReads):
    """The same, with a memory."""


class ReadsWithHistory(RaftWithHistory, Reads):
    """The same, with a memory."""


# Terms are counted without the first, in which nobody leads.
MODELS = [
    Model(
        name="2 servers, 2 terms, log 1, 1 read",
        protocol=ReadsWithHistory,
        sizes={Server: 2, Term: 3, Value: 1, Read: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(states=1_175, depth=29),
    ),
    Model(
        name="taken early, 2 servers, 2 terms, log 1, 1 read",
        protocol=EarlyReadsWithHistory,
        sizes={Server: 2, Term: 3, Value: 1, Read: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(states=2_691, depth=29),
    ),
    Model(
        name="3 servers, 2 terms, log 1, 1 read",
        protocol=Reads,
        sizes={Server: 3, Term: 3, Value: 1, Read: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        slow=True,
        expect=Holds(states=512_028, depth=41),
    ),
]
