"""Raft with changes of membership by joint consensus: from any configuration to any other.

**Problem** As in :mod:`.membership_single`, but several servers are to be replaced at once.

**Idea** In between stands a *joint* configuration, of the old one and the new one together: a
leader needs a majority of each, to be elected and to commit. Once that is committed, no server can
decide anything by the old configuration alone, since a majority of it would have to lack the joint
entry; so the new configuration may be appended, and takes over.

**Source** D. Ongaro and J. Ousterhout, "In Search of an Understandable Consensus Algorithm" (USENIX
ATC 2014), section 6; D. Ongaro, "Consensus: Bridging Theory and Practice" (PhD thesis, Stanford,
2014), section 4.3. ``C_old,new`` and ``C_new`` there are called joint and simple here.

**Modelled** See :mod:`.membership`. The constant ``joint`` says which configurations are joint
ones: together with the simple configuration before it in the log, such an entry is C_old,new.

**Left out** That a leader appends C_new by itself, as soon as it may: here it does so when it is
asked to.
"""

from __future__ import annotations

from ..lang import BagNetwork, Const, Holds, Model, any_set, invariant, reachable, step_invariant
from .election import Quorum, Role, Server, Term
from .membership import Reconfigurable, ReconfigurableWithHistory
from .replication import Log, Value


class JointConsensus(Reconfigurable):
    """Raft whose configurations change in two steps."""

    joint = Const[frozenset[Value]]()  # these configurations count with the one before them

    # ------------------------------------------------------------------------ configurations
    def is_joint(self, log: Log) -> bool:
        """The latest configuration of a log is a joint one."""
        n = self.latest_change(log)
        return n > 0 and log[n - 1].value in self.joint

    def old_configuration(self, log: Log) -> frozenset[Server]:
        """C_old of a joint configuration: what was the configuration before it."""
        n = self.latest_change(log)
        return self.configuration(log[: n - 1]) if n > 0 else self.founders

    def voters(self, log: Log) -> frozenset[Server]:
        """Votes of servers of both configurations count."""
        new = self.configuration(log)
        return new | self.old_configuration(log) if self.is_joint(log) else new

    def decides(self, servers: frozenset[Server], log: Log) -> bool:
        """6. While the configuration is joint, a majority of each is needed (CF5)."""
        return self.majority_of(self.configuration(log), servers) and (
            not self.is_joint(log) or self.majority_of(self.old_configuration(log), servers)
        )

    def may_change(self, s: Server, v: Value) -> bool:
        """6. From a simple configuration to a joint one, and from that, once it is committed, to
        its new half."""
        return self.none_pending(s) and (
            (v in self.joint and not self.is_joint(self.log[s])) or self.completes(s, v)
        )

    def none_pending(self, s: Server) -> bool:
        """The latest configuration is committed, the founders' is from the beginning (CF2)."""
        return self.latest_change(self.log[s]) <= self.commit[s]

    def completes(self, s: Server, v: Value) -> bool:
        """C_new after C_old,new."""
        return (
            self.is_joint(self.log[s])
            and v not in self.joint
            and self.members_of(v) == self.configuration(self.log[s])
        )

    # --------------------------------------------------------------------------- properties
    @invariant
    def one_pending(self) -> bool:
        """A leader has at most one configuration that is not committed (CF2)."""
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

    @invariant
    def joint_before_simple(self) -> bool:
        """In a log, a simple configuration follows the joint one that leads to it."""
        return all(
            self.completed(self.log[s][:i], self.log[s][i].value)
            for s in Server
            for i in range(len(self.log[s]))
            if self.is_configuration(self.log[s][i].value)
        )

    def completed(self, log: Log, v: Value) -> bool:
        """Configuration v may follow this log."""
        if v in self.joint:
            return not self.is_joint(log)
        return self.is_joint(log) and self.members_of(v) == self.configuration(log)

    @step_invariant
    def joint_needs_both(self, after: JointConsensus) -> bool:
        """Who comes to lead with a joint configuration has votes of a majority of each half."""
        return all(
            self.majority_of(self.old_configuration(self.log[s]), self.votes[s])
            and self.majority_of(self.configuration(self.log[s]), self.votes[s])
            for s in Server
            if self.role[s] != Role.LEADER and after.role[s] == Role.LEADER
            if self.is_joint(self.log[s])
        )

    @reachable
    def change_completed(self) -> bool:
        """A change can be completed."""
        return any(
            0 < self.latest_change(self.log[s]) <= self.commit[s]
            and not self.is_joint(self.log[s][: self.commit[s]])
            for s in Server
        )


class JointConsensusWithHistory(ReconfigurableWithHistory, JointConsensus):
    """The same, with a memory."""


# Terms are counted without the first, in which nobody leads. Commands v1 and v2 are the joint and
# the simple form of one configuration.
MODELS = [
    Model(
        name="2 servers, 1 term, log 2, one takes over from the other",
        protocol=JointConsensusWithHistory,
        sizes={Server: 2, Term: 2, Value: 2},
        constants={"max_log": 2, "founders": {1}, "members": {(1, 2), (2, 2)}, "joint": {1}},
        quorums={Quorum: any_set},
        network=BagNetwork(capacity=1, loses=True),
        assume=False,
        expect=Holds(states=56, depth=18),
    ),
    Model(
        name="2 servers, 2 terms, log 2, one takes over from the other",
        protocol=JointConsensusWithHistory,
        sizes={Server: 2, Term: 3, Value: 2},
        constants={"max_log": 2, "founders": {1}, "members": {(1, 2), (2, 2)}, "joint": {1}},
        quorums={Quorum: any_set},
        network=BagNetwork(capacity=1, loses=True),
        assume=False,
        expect=Holds(states=333, depth=25),
    ),
    Model(
        name="3 servers, 2 terms, log 2, one is replaced by two",
        protocol=JointConsensusWithHistory,
        sizes={Server: 3, Term: 3, Value: 2},
        constants={
            "max_log": 2,
            "founders": {1},
            "members": {(1, 2), (1, 3), (2, 2), (2, 3)},
            "joint": {1},
        },
        quorums={Quorum: any_set},
        network=BagNetwork(capacity=1, loses=True),
        assume=False,
        slow=True,
    ),
]
