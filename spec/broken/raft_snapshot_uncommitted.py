"""Bug: a snapshot is taken of the whole log.

**Mistake** A server that runs short of space forgets all that it has stored, committed or not.

**Tempting** because a snapshot is as good as the log that it replaces. But a log can be shortened
again, and what has been given to a state machine cannot be taken back.

**Source** Ours, by negating section 5.1 of Ongaro's thesis (2014): servers take snapshots of
committed entries.

**What goes wrong** An entry that nobody else has is in the snapshot of a leader. The leader is
replaced; the entry is applied, since it is in the snapshot; and another is committed in its place.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.replication import Value
from ..raft.snapshots import SnapshotsWithHistory


class UncommittedSnapshot(SnapshotsWithHistory):
    """Snapshots of anything."""

    def compactable(self, s: Server) -> int:
        return len(self.log[s])


MODELS = [
    Model(
        name="2 servers, 1 term, log 1",
        protocol=UncommittedSnapshot,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        properties=["snapshot_committed"],
        expect=Violated("snapshot_committed", steps=7),
    ),
    Model(
        name="3 servers, 2 terms, log 1, what comes of it",
        protocol=UncommittedSnapshot,
        sizes={Server: 3, Term: 3, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        properties=["state_machine_safety"],
        slow=True,
        expect=Violated("state_machine_safety", steps=18),
    ),
]
