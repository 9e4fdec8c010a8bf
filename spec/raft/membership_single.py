"""Raft with changes of membership, one server at a time.

**Problem** A majority of the old configuration and one of the new may have no server in common;
then each can elect a leader of the same term.

**Idea** Two majorities of sets that differ by one server always meet. So let each change add or
remove a single server, and let the next one wait until the last is committed. Larger changes are
series of such steps.

**The correction of 2015** That is not enough. The argument is about a configuration and the next
one in the *same* log. A new leader may find no change in its log, since the one that another leader
began has not reached it; now there are two changes of one configuration, and what both make of it
may differ by two. So a leader must have committed an entry of its own term before it begins a
change: what it has committed is at a majority of the old configuration, and outdates every change
that was begun there (:mod:`..broken.raft_single_change_without_commit`).

**Source** D. Ongaro, "Consensus: Bridging Theory and Practice" (PhD thesis, Stanford, 2014),
section 4.1; and D. Ongaro, "bug in single-server membership changes" (raft-dev mailing list, 10
July 2015), after a report by H. Amos and H. Zhang.

**Modelled** See :mod:`.membership`. An entry of the own term is any entry, as a leader's no-op.
"""

from __future__ import annotations

from ..lang import BagNetwork, Holds, Model, any_set, invariant, reachable, step_invariant
from .election import Quorum, Role, Server, Term
from .membership import Reconfigurable, ReconfigurableWithHistory
from .replication import Value


class SingleServerChange(Reconfigurable):
    """Raft whose configurations change by one server at a time."""

    def may_change(self, s: Server, v: Value) -> bool:
        """4.1, and the correction: when all three conditions hold."""
        return self.one_server(s, v) and self.none_pending(s) and self.own_entry_committed(s)

    def one_server(self, s: Server, v: Value) -> bool:
        """4.1. The new configuration has one server more, or one less."""
        old = self.configuration(self.log[s])
        new = self.members_of(v)
        return len(old - new) + len(new - old) == 1

    def none_pending(self, s: Server) -> bool:
        """4.1. The last change is committed (CF2)."""
        return self.latest_change(self.log[s]) <= self.commit[s]

    def own_entry_committed(self, s: Server) -> bool:
        """2015. An entry of the leader's own term is committed (CF3)."""
        return self.commit[s] > 0 and self.term_at(self.log[s], self.commit[s]) == self.term[s]

    # --------------------------------------------------------------------------- properties
    @invariant
    def one_pending(self) -> bool:
        """A leader has at most one change that is not committed (CF2)."""
        return all(
            sum(
                1
                for i in range(self.commit[s], len(self.log[s]))
                if self.is_configuration(self.log[s][i].value)
            )
            <= 1
            for s in Server
            if self.role[s] == Role.LEADER
        )

    @step_invariant
    def committed_before_change(self, after: SingleServerChange) -> bool:
        """A change is begun only by a leader that has committed an entry of its term (CF3)."""
        return all(
            self.own_entry_committed(s)
            for s in Server
            if self.role[s] == Role.LEADER and after.role[s] == Role.LEADER
            if self.latest_change(after.log[s]) > self.latest_change(self.log[s])
        )

    @reachable
    def change_committed(self) -> bool:
        """A change can be completed."""
        return any(0 < self.latest_change(self.log[s]) <= self.commit[s] for s in Server)


class SingleServerChangeWithHistory(ReconfigurableWithHistory, SingleServerChange):
    """The same, with a memory."""


# Terms are counted without the first, in which nobody leads. Command v1 is one for the state
# machine; the others are configurations.
MODELS = [
    Model(
        name="3 servers, 1 term, log 2, one is removed",
        protocol=SingleServerChangeWithHistory,
        sizes={Server: 3, Term: 2, Value: 2},
        constants={"max_log": 2, "founders": {1, 2, 3}, "members": {(2, 1), (2, 2)}},
        quorums={Quorum: any_set},
        network=BagNetwork(capacity=1, loses=True),
        assume=False,
        slow=True,
        expect=Holds(states=28_116, depth=33),
    ),
    Model(
        name="2 servers, 2 terms, log 2, one is removed",
        protocol=SingleServerChangeWithHistory,
        sizes={Server: 2, Term: 3, Value: 2},
        constants={"max_log": 2, "founders": {1, 2}, "members": {(2, 1)}},
        quorums={Quorum: any_set},
        network=BagNetwork(capacity=1, loses=True),
        assume=False,
        expect=Holds(states=1_701, depth=28),
    ),
    Model(
        name="3 servers, 1 term, log 2, one is added",
        protocol=SingleServerChangeWithHistory,
        sizes={Server: 3, Term: 2, Value: 2},
        constants={"max_log": 2, "founders": {1, 2}, "members": {(2, 1), (2, 2), (2, 3)}},
        quorums={Quorum: any_set},
        network=BagNetwork(capacity=1, loses=True),
        assume=False,
        expect=Holds(states=2_180, depth=26),
    ),
]
