"""raft_always_truncate."""

from __future__ import annotations

from ..lang import BagNetwork, FifoNetwork, Model, Violated, action
from ..raft.election import Quorum, Server, Term
from ..raft.history import RaftWithHistory
from ..raft.replication import AppendEntries, AppendReply, Entry, Log, RequestVote, Value


class X(RaftWithHistory):
    """."""

    def appended(self, m: AppendEntries, log: Log) -> Log:
        entry = m.entry
        return log[: m.prev_index] if entry is None else log[: m.prev_index] + (entry,)

MODELS = [
    Model(
        name="x",
        protocol=X,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 2},
        network=None,
        expect=Violated("commit_in_log", steps=0),
    ),
]
