"""Bug: a leader answers reads from its own state, without asking whether it leads.

**Mistake** No round of heartbeats.

**Tempting** because the leader has everything that is committed, and nobody else commits anything.
That is true as long as it leads, and it cannot know by itself how long that is.

**Source** etcd issue 741 (2014), found by Jepsen; section 6.4 of Ongaro's thesis (2014).

**What goes wrong** A new leader is elected by the two others and commits a write. A client is told
so, asks the old leader, and does not find it.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.reads import Read, Reads
from ..raft.replication import Value


class Unconfirmed(Reads):
    """Reads that nobody confirms."""

    def is_confirmed(self, x: Read, s: Server) -> bool:
        return True


MODELS = [
    Model(
        name="3 servers, 2 terms, log 2, 1 read",
        protocol=Unconfirmed,
        sizes={Server: 3, Term: 3, Value: 1, Read: 1},
        constants={"max_log": 2},
        network=BagNetwork(capacity=1),
        properties=["fresh_read"],
        slow=True,
        expect=Violated("fresh_read", steps=25),
    ),
]
