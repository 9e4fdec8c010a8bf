"""Raft with log compaction: what is committed is replaced by what it has made of the state machine.

**Problem** Logs grow without bound, and a server that was away for long would have to be sent all
of it.

**Idea** A server that has applied entries up to some index may store the state of its state machine
and forget these entries. A follower that lacks one of them is sent the state instead. Only what is
committed is ever covered, so the leader's snapshot cannot contradict anything that the follower is
right to hold.

**Source** D. Ongaro, "Consensus: Bridging Theory and Practice" (PhD thesis, Stanford, 2014),
chapter 5, and Figure 5.3 for InstallSnapshot; D. Ongaro and J. Ousterhout (USENIX ATC 2014),
section 7.

**Modelled** The state of a state machine is made of the commands that it has executed, so these
stand for it: ``snapshot[s]`` says how many entries at the front of the log *are* the snapshot, and
the rest is the log that is left. What a server has forgotten no action may look at: of the entries
up to ``snapshot[s]`` it uses the commands, all together, and the index and term of the last, which
are stored with a snapshot. So indices, and all claims about logs, mean what they mean in
:mod:`.replication`. With changes of membership, the latest configuration up to there is part of the
state too (5.1), and so are sessions (6.3): both are made of the commands.

The answer to InstallSnapshot is that to AppendEntries: it says up to where the logs match now.

Sent in chunks (:class:`SnapshotsInParts`), all but the last only tell who leads.
**Left out** When it is worth while to take a snapshot.
"""

from __future__ import annotations

from ..lang import (
    BagNetwork,
    Durable,
    Holds,
    Map,
    Model,
    Network,
    action,
    fill,
    invariant,
    reachable,
    record,
    require,
    step_invariant,
)
from .election import Role, Server, Term
from .history import RaftWithHistory
from .replication import AppendEntries, AppendReply, Log, Raft, Value

# -------------------------------------------------------------------------------- messages


@record
class InstallSnapshot:
    """A leader sends its snapshot: the index and term of the last entry in it, and the state."""

    source: Server
    dest: Server
    term: Term
    last_index: int
    last_term: Term
    data: Log


class Snapshots(Raft):
    """Raft that forgets what it has applied."""

    snapshot: Durable[
        Map[Server, int]
    ]  # the last index that is in the snapshot; 0 if there is none
    snapshots: Network[InstallSnapshot]

    def init(self) -> None:
        super().init()
        self.snapshot = fill(Server, 0)
        self.snapshots = Network()

    # ------------------------------------------------------------------------------ actions
    @action
    def take_snapshot(self, s: Server, n: int) -> None:
        """5.1. Store the state as of index n, and forget the entries up to there. They have been
        applied, since they are known as committed; leaders and followers do so by themselves."""
        require(n in range(self.snapshot[s] + 1, self.compactable(s) + 1))
        self.snapshot[s] = n

    def compactable(self, s: Server) -> int:
        """Up to where server s may forget."""
        return self.commit[s]

    @action
    def load_snapshot(self, s: Server) -> None:
        """5.1. After a restart the state machine begins with the snapshot, and what that covers is
        known as committed."""
        require(self.role[s] == Role.FOLLOWER)
        require(self.commit[s] < self.snapshot[s])
        self.commit[s] = self.snapshot[s]

    def known(self, s: Server) -> int:
        """Up to where server s knows the log to be committed, if need be from its snapshot."""
        return max(self.commit[s], self.snapshot[s])

    @action
    def timeout(self, s: Server, t: Term) -> None:
        """5.2. Stand for election, with the snapshot loaded."""
        require(self.commit[s] >= self.snapshot[s])
        super().timeout(s, t)

    @action
    def append_entries(self, s: Server, r: Server) -> None:
        """5.3. A leader sends an entry, if it still has it and knows the term of the one before."""
        require(self.next_index[s, r] > self.snapshot[s])
        super().append_entries(s, r)

    @action
    def install_snapshot(self, s: Server, r: Server) -> None:
        """5.3 of the thesis. If it has forgotten the next entry, it sends its snapshot."""
        require(self.role[s] == Role.LEADER)
        require(r != s)
        require(self.next_index[s, r] <= self.snapshot[s])
        n = self.snapshot[s]
        self.snapshots.send(
            InstallSnapshot(
                source=s,
                dest=r,
                term=self.term[s],
                last_index=n,
                last_term=self.term_at(self.log[s], n),
                data=self.log[s][:n],
            )
        )

    @action
    def handle_install_snapshot(self, m: InstallSnapshot) -> None:
        """InstallSnapshot RPC. Take the snapshot, if it says more than what is known as committed.

        If the log holds the last entry of the snapshot, what follows it there stays (rule 6); else
        the whole log is discarded (rule 7), of which nothing is committed that the snapshot lacks.
        """
        self.snapshots.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        current = m.term == self.term[s]
        if current:
            self.role[s] = Role.FOLLOWER
        if current and self.is_news(s, m):
            self.log[s] = m.data + self.kept(self.log[s], m)
            self.snapshot[s] = m.last_index
            self.commit[s] = m.last_index
        match = max(self.known(s), m.last_index) if current else 0
        self.network.send(
            AppendReply(source=s, dest=m.source, term=self.term[s], success=current, match=match)
        )

    def is_news(self, s: Server, m: InstallSnapshot) -> bool:
        """A snapshot that says no more than what is known as committed is an old one."""
        return m.last_index > self.known(s)

    def kept(self, log: Log, m: InstallSnapshot) -> Log:
        """Rules 6 and 7: what stays of a log behind a snapshot."""
        return log[m.last_index :] if self.holds(log, m.last_index, m.last_term) else ()

    def consistent(self, m: AppendEntries, log: Log) -> bool:
        """Rule 2 of AppendEntries. What is inside the snapshot is committed, so the leader has it
        too: there is nothing to compare, and nothing left to compare with."""
        return m.prev_index < self.snapshot[m.dest] or super().consistent(m, log)

    def appended(self, m: AppendEntries, log: Log) -> Log:
        """Rules 3 and 4. What is in the snapshot is there already."""
        inside = m.prev_index < self.snapshot[m.dest]
        return log if inside else super().appended(m, log)

    # --------------------------------------------------------------------------- properties
    @invariant
    def snapshot_of_log(self) -> bool:
        """A snapshot is a prefix of the log (SN2)."""
        return all(self.snapshot[s] <= len(self.log[s]) for s in Server)

    @step_invariant
    def snapshot_committed(self, after: Snapshots) -> bool:
        """A snapshot is taken of what is known as committed (SN1)."""
        return all(
            after.snapshot[s] == self.snapshot[s] or after.snapshot[s] <= after.commit[s]
            for s in Server
        )

    @step_invariant
    def snapshot_monotone(self, after: Snapshots) -> bool:
        """A snapshot is replaced by later ones only, across restarts too (SN4)."""
        return all(after.snapshot[s] >= self.snapshot[s] for s in Server)

    @step_invariant
    def snapshot_keeps(self, after: Snapshots) -> bool:
        """What is in a snapshot stays as it is (SN2)."""
        return all(self.agree(self.log[s], after.log[s], self.snapshot[s]) for s in Server)

    @reachable
    def compacted(self) -> bool:
        """A leader can forget an entry that somebody lacks."""
        return any(
            self.role[s] == Role.LEADER and len(self.log[r]) < self.snapshot[s]
            for s in Server
            for r in Server
        )


@record
class Part:
    """A part of a snapshot, after which some is missing still: it says that there is a leader."""

    source: Server
    dest: Server
    term: Term


@record
class PartReply:
    """The answer, in the follower's term: that something is there, or that the term is over."""

    source: Server
    dest: Server
    term: Term


class SnapshotsInParts(Snapshots):
    """The same, sent in several chunks. They may be lost, repeated and reordered, and a chunk of
    another snapshot may come in between; the one with which all of a snapshot has arrived is the
    message :class:`InstallSnapshot`. What a server has of an unfinished one is in its memory, and
    no concern of others."""

    parts: Network[Part | PartReply]

    def init(self) -> None:
        super().init()
        self.parts = Network()

    @action
    def send_part(self, s: Server, r: Server) -> None:
        """5.3 of the thesis. A leader sends some of its snapshot."""
        require(self.role[s] == Role.LEADER)
        require(r != s)
        require(self.next_index[s, r] <= self.snapshot[s])
        self.parts.send(Part(source=s, dest=r, term=self.term[s]))

    @action
    def handle_part(self, m: Part) -> None:
        """InstallSnapshot RPC, rules 1 to 5: the term has a leader, and more is to come."""
        self.parts.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        if m.term == self.term[s]:
            self.role[s] = Role.FOLLOWER
        self.parts.send(PartReply(source=s, dest=m.source, term=self.term[s]))

    @action
    def handle_part_reply(self, m: PartReply) -> None:
        """5.1. An answer of a later term ends the leadership."""
        self.parts.receive(m)
        self.adopt(m.dest, m.term)


class SnapshotsWithHistory(RaftWithHistory, Snapshots):
    """The same, with a memory."""

    @action
    def handle_install_snapshot(self, m: InstallSnapshot) -> None:
        """What comes in a snapshot is applied with it."""
        super().handle_install_snapshot(m)
        self.apply(m.dest)

    @action
    def load_snapshot(self, s: Server) -> None:
        """What is in the snapshot has been applied."""
        super().load_snapshot(s)
        self.apply(s)


class SnapshotsInPartsWithHistory(SnapshotsWithHistory, SnapshotsInParts):
    """The same in parts, with a memory."""


# Terms are counted without the first, in which nobody leads.
MODELS = [
    Model(
        name="3 servers, 1 term, log 1",
        protocol=SnapshotsWithHistory,
        sizes={Server: 3, Term: 2, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(states=12_938, depth=25),
    ),
    Model(
        name="in parts, 3 servers, 1 term, log 1",
        protocol=SnapshotsInPartsWithHistory,
        sizes={Server: 3, Term: 2, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(states=29_978, depth=27),
    ),
    Model(
        name="3 servers, 1 term, log 1, 1 restart",
        protocol=SnapshotsWithHistory,
        sizes={Server: 3, Term: 2, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        restarts=1,
        slow=True,
        expect=Holds(states=30_787, depth=26),
    ),
    Model(
        name="3 servers, 2 terms, log 1",
        protocol=SnapshotsWithHistory,
        sizes={Server: 3, Term: 3, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        slow=True,
        expect=Holds(states=330_081, depth=37),
    ),
]
