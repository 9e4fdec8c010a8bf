"""Bug: the joint configuration is left before it is committed.

**Mistake** A leader appends C_new as soon as it has appended C_old,new.

**Tempting** because both entries are in order in the log, and the second one cannot be committed
without the first. But by the second, the old half is not asked any more.

**Source** Ours, by negating the rule of section 6 of the Raft paper (USENIX ATC 2014) that C_new
may be created once C_old,new has been committed.

**What goes wrong** As in :mod:`.raft_joint_new_majority`, one step later.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated, explicit
from ..raft.election import Quorum, Server, Term
from ..raft.membership_joint import JointConsensusWithHistory
from ..raft.replication import Value


class EarlyExit(JointConsensusWithHistory):
    """Joint consensus without a pause."""

    def none_pending(self, s: Server) -> bool:
        return True


MODELS = [
    Model(
        name="3 servers, 2 terms, log 2, two are removed",
        protocol=EarlyExit,
        sizes={Server: 3, Term: 3, Value: 2},
        constants={
            "max_log": 2,
            "founders": {1, 2, 3},
            "members": {(1, 1), (2, 1)},
            "joint": {1},
        },
        quorums={Quorum: explicit({1}, {1, 2}, {2, 3})},
        network=BagNetwork(capacity=1),
        assume=False,
        properties=["leader_completeness"],
        expect=Violated("leader_completeness", steps=13),
    ),
]
