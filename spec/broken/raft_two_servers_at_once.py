"""Bug: with single-server changes, two servers are removed at once.

**Mistake** Nobody asks by how much the new configuration differs from the one in force.

**Tempting** because it saves a round, and all the other conditions are kept: the last change is
committed, and so is an entry of the leader's term.

**Source** Figure 4.3 of Ongaro's thesis (2014), section 4.1, which shows for which changes
majorities meet.

**What goes wrong** As in :mod:`.raft_direct_config_switch`: the leader decides by the new
configuration, and two servers that have not heard of it by the old one.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated, explicit
from ..raft.election import Quorum, Server, Term
from ..raft.membership_single import SingleServerChangeWithHistory
from ..raft.replication import Value


class TwoAtOnce(SingleServerChangeWithHistory):
    """Changes by any number of servers."""

    def one_server(self, s: Server, v: Value) -> bool:
        return True


MODELS = [
    Model(
        name="3 servers, 2 terms, log 2, two are removed",
        protocol=TwoAtOnce,
        sizes={Server: 3, Term: 3, Value: 2},
        constants={"max_log": 2, "founders": {1, 2, 3}, "members": {(2, 1)}},
        quorums={Quorum: explicit({1}, {1, 2}, {2, 3})},
        network=BagNetwork(capacity=1),
        assume=False,
        properties=["leader_completeness"],
        slow=True,
        expect=Violated("leader_completeness", steps=17),
    ),
]
