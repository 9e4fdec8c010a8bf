"""Bug: a leader goes from one configuration to any other in one step.

**Mistake** The new configuration is appended as any other command is, whatever it is.

**Tempting** because the log puts everything in order, configurations too. But they are in force
before they are agreed upon, and not everywhere at once.

**Source** Figure 10 of the Raft paper (USENIX ATC 2014, section 6), which shows two majorities of
one time.

**What goes wrong** A leader of three goes on alone. It commits that by the new configuration, which
is itself. The two others have not heard of it, and are a majority of the old one: they elect a
leader that lacks what is committed.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated, explicit
from ..raft.election import Quorum, Server, Term
from ..raft.membership import ReconfigurableWithHistory
from ..raft.replication import Value

MODELS = [
    Model(
        name="3 servers, 2 terms, log 1, two are removed",
        protocol=ReconfigurableWithHistory,
        sizes={Server: 3, Term: 3, Value: 1},
        constants={"max_log": 1, "founders": {1, 2, 3}, "members": {(1, 1)}},
        quorums={Quorum: explicit({1}, {1, 2}, {2, 3})},
        network=BagNetwork(capacity=1),
        assume=False,
        properties=["leader_completeness"],
        expect=Violated("leader_completeness", steps=12),
    ),
]
