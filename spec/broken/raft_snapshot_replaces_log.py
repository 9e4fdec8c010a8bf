"""Bug: a snapshot replaces the log of whoever receives it.

**Mistake** The follower takes any snapshot of the leader of its term, and throws its log away.

**Tempting** because the leader knows best, and a server that needs a snapshot has no log worth
keeping. But a message may be late, or sent twice, and in the meantime the follower has told the
leader of entries behind the snapshot.

**Source** Ours, by negating rule 6 of InstallSnapshot (Figure 13 of the extended Raft paper, Figure
5.3 of Ongaro's thesis, 2014): what follows the last entry of the snapshot is retained.

**What goes wrong** A snapshot is sent twice. Between the two a follower stores another entry, which
is committed because it does; the second snapshot removes it.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.replication import Log, Value
from ..raft.snapshots import InstallSnapshot, SnapshotsWithHistory


class SnapshotReplacesLog(SnapshotsWithHistory):
    """Snapshots that are always installed, and leave nothing of the log."""

    def is_news(self, s: Server, m: InstallSnapshot) -> bool:
        return True

    def kept(self, log: Log, m: InstallSnapshot) -> Log:
        return ()


MODELS = [
    Model(
        name="3 servers, 1 term, log 2",
        protocol=SnapshotReplacesLog,
        sizes={Server: 3, Term: 2, Value: 1},
        constants={"max_log": 2},
        network=BagNetwork(capacity=1),
        properties=["committed_at_quorum"],
        slow=True,
        expect=Violated("committed_at_quorum", steps=21),
    ),
]
