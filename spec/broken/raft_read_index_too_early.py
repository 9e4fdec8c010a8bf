"""Bug: a new leader notes its commit index before it has committed an entry of its term.

**Mistake** The first step of ReadIndex is left out.

**Tempting** because the leader asks a quorum whether it leads, and it does. By leader completeness
it also *has* all that is committed; but it does not *know* how much of it is.

**Source** etcd issue 7331 (2017) and RedisRaft pull request 22 (2020); section 6.4, step 1, of
Ongaro's thesis (2014).

**What goes wrong** A leader commits a write and tells the client. The next leader has the entry,
confirms that it leads, and answers a read from a state machine that has not executed it.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.reads import Read, Reads
from ..raft.replication import Value


class TooEarly(Reads):
    """Reads by leaders whose commit index may be behind."""

    def commit_is_fresh(self, s: Server) -> bool:
        return True


MODELS = [
    Model(
        name="2 servers, 2 terms, log 1, 1 read",
        protocol=TooEarly,
        sizes={Server: 2, Term: 3, Value: 1, Read: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        properties=["fresh_read"],
        expect=Violated("fresh_read", steps=20),
    ),
]
