"""Raft with a memory: what was true once, for the properties that speak of *ever*.

A state of Raft forgets. A leader that has stepped down is a follower like any other, and an entry
that was committed and then lost has left no trace. The claims of the paper's Figure 3 are about all
leaders and all committed entries that there have ever been; checked against the present state alone
they would miss just the mistakes that matter.

The subclasses here add *history variables*, sometimes called ghosts: actions write them and
properties read them, but no guard does, so that nothing can happen in the protocol with them that
could not happen without (M. Abadi and L. Lamport, "The Existence of Refinement Mappings", 1991).

**Source** D. Ongaro and J. Ousterhout (USENIX ATC 2014), Figure 3; the variables ``elections`` and
``allLogs`` of Ongaro's TLA+ specification serve the same purpose.
"""

from __future__ import annotations

from ..lang import (
    BagNetwork,
    Holds,
    Map,
    Model,
    Set,
    Volatile,
    action,
    fill,
    invariant,
    record,
)
from .election import Election, Quorum, Role, Server, Term
from .replication import AppendEntries, Entry, Raft, Value

# --------------------------------------------------------------------------------- history


@record
class Elected:
    """This server won the election of this term."""

    term: Term
    server: Server


@record
class Committed:
    """The leader of this term had this entry committed at this index."""

    term: Term
    index: int
    entry: Entry


@record
class Applied:
    """Some server gave this entry, at this index, to its state machine."""

    index: int
    entry: Entry


class ElectionWithHistory(Election):
    """Elections, remembering who won them."""

    elected: Set[Elected]

    def init(self) -> None:
        super().init()
        self.elected = Set()

    @action
    def become_leader(self, s: Server, q: Quorum) -> None:
        super().become_leader(s, q)
        self.elected.add(Elected(self.term[s], s))

    @invariant
    def election_safety(self) -> bool:
        """At most one server is ever elected in a term (R1; Figure 3, Election Safety)."""
        return all(
            e.server == f.server for e in self.elected for f in self.elected if e.term == f.term
        )


class RaftWithHistory(Raft):
    """Raft, remembering who was elected, what was committed and what was applied.

    A server applies an entry as soon as it knows that it is committed. That is Figure 2's rule for
    lastApplied without the delay, which nobody could see.
    """

    elected: Set[Elected]
    committed: Set[Committed]
    applied: Set[Applied]
    last_applied: Volatile[Map[Server, int]]  # the highest index applied since the last restart

    def init(self) -> None:
        super().init()
        self.elected = Set()
        self.committed = Set()
        self.applied = Set()
        self.last_applied = fill(Server, 0)

    @action
    def become_leader(self, s: Server, q: Quorum) -> None:
        super().become_leader(s, q)
        self.elected.add(Elected(self.term[s], s))

    @action
    def advance_commit(self, s: Server, q: Quorum, n: int) -> None:
        super().advance_commit(s, q, n)
        for i in range(n):
            self.committed.add(Committed(self.term[s], i + 1, self.log[s][i]))
        self.apply(s)

    @action
    def handle_append_entries(self, m: AppendEntries) -> None:
        super().handle_append_entries(m)
        self.apply(m.dest)

    def apply(self, s: Server) -> None:
        """Rules for all servers: apply what is committed and not applied yet (5.3)."""
        for i in range(self.last_applied[s], min(self.commit[s], len(self.log[s]))):
            self.applied.add(Applied(i + 1, self.log[s][i]))
        self.last_applied[s] = max(self.last_applied[s], self.commit[s])

    # --------------------------------------------------------------------------- properties
    def has(self, s: Server, c: Committed) -> bool:
        return c.index <= len(self.log[s]) and self.log[s][c.index - 1] == c.entry

    @invariant
    def election_safety(self) -> bool:
        """At most one server is ever elected in a term (R1; Figure 3, Election Safety)."""
        return all(
            e.server == f.server for e in self.elected for f in self.elected if e.term == f.term
        )

    @invariant
    def leader_completeness(self) -> bool:
        """What is committed in a term is in the log of every leader of a later term (R4).

        The term meant is the one in which the entry was *committed*. By the term of the entry
        itself, a leader of a term in between, which nobody has told yet that it has been replaced,
        would be blamed without reason.
        """
        return all(
            self.has(s, c)
            for c in self.committed
            for s in Server
            if self.role[s] == Role.LEADER and self.term[s] > c.term
        )

    @invariant
    def state_machine_safety(self) -> bool:
        """No two servers ever apply different entries at one index (R5)."""
        return all(
            a.entry == b.entry for a in self.applied for b in self.applied if a.index == b.index
        )

    @invariant
    def committed_at_quorum(self) -> bool:
        """What is committed is stored by a quorum, and stays so (R6)."""
        return all(any(all(self.has(s, c) for s in q) for q in Quorum) for c in self.committed)

    @invariant
    def entries_of_leaders(self) -> bool:
        """Every entry was made by a leader: its term is one that had a leader (R16)."""
        return all(
            any(e.term == self.log[s][i].term for e in self.elected)
            for s in Server
            for i in range(len(self.log[s]))
        )

    @invariant
    def applied_is_committed(self) -> bool:
        """Until a restart, what was once applied remains below the commit index (R12, R13)."""
        return all(self.last_applied[s] <= self.commit[s] for s in Server)


# Terms are counted without the first, in which nobody leads.
MODELS = [
    Model(
        name="elections, 3 servers, 1 term, 1 restart",
        protocol=ElectionWithHistory,
        sizes={Server: 3, Term: 2},
        restarts=1,
        expect=Holds(states=6_041, depth=17),
    ),
    Model(
        name="elections, 3 servers, 2 terms, 1 message in flight",
        protocol=ElectionWithHistory,
        sizes={Server: 3, Term: 3},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(states=3_333, depth=16),
    ),
    Model(
        name="2 servers, 2 terms, log 1",
        protocol=RaftWithHistory,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 1},
        expect=Holds(states=8_671, depth=27),
    ),
    Model(
        name="2 servers, 2 terms, log 2, 1 message in flight, 1 restart",
        protocol=RaftWithHistory,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 2},
        network=BagNetwork(capacity=1, loses=True),
        restarts=1,
        expect=Holds(states=5_100, depth=29),
    ),
    Model(
        name="3 servers, 1 term, log 1, 1 message in flight",
        protocol=RaftWithHistory,
        sizes={Server: 3, Term: 2, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(states=3_440, depth=21),
    ),
    Model(
        name="3 servers, 2 terms, log 1, 1 message in flight",
        protocol=RaftWithHistory,
        sizes={Server: 3, Term: 3, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        slow=True,
        expect=Holds(states=73_239, depth=33),
    ),
]
