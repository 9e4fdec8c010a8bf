"""Bug: while the configuration is joint, a majority of the new half decides.

**Mistake** A server that has C_old,new in its log goes by C_new.

**Tempting** because the new configuration is what everybody is heading for, and the one in force is
the latest in the log. But those that have not heard of it go by the old one.

**Source** Ours, by negating the rule of section 6 of the Raft paper (USENIX ATC 2014) that
agreement requires separate majorities from both configurations.

**What goes wrong** The leader of three is to stay alone. It commits the joint configuration by the
new half, which is itself; the two others, a majority of the old half, elect a leader that lacks it.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated, explicit
from ..raft.election import Quorum, Server, Term
from ..raft.membership_joint import JointConsensusWithHistory
from ..raft.replication import Log, Value


class NewMajority(JointConsensusWithHistory):
    """Joint consensus in which only the new half is asked."""

    def decides(self, servers: frozenset[Server], log: Log) -> bool:
        return self.majority_of(self.configuration(log), servers)


MODELS = [
    Model(
        name="3 servers, 2 terms, log 1, two are removed",
        protocol=NewMajority,
        sizes={Server: 3, Term: 3, Value: 1},
        constants={"max_log": 1, "founders": {1, 2, 3}, "members": {(1, 1)}, "joint": {1}},
        quorums={Quorum: explicit({1}, {1, 2}, {2, 3})},
        network=BagNetwork(capacity=1),
        assume=False,
        properties=["leader_completeness"],
        expect=Violated("leader_completeness", steps=12),
    ),
]
