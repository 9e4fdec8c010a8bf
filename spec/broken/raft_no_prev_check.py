"""raft_no_prev_check."""

from __future__ import annotations

from ..lang import BagNetwork, FifoNetwork, Model, Violated, action
from ..raft.election import Quorum, Server, Term
from ..raft.history import RaftWithHistory
from ..raft.replication import AppendEntries, AppendReply, Entry, Log, RequestVote, Value


class X(RaftWithHistory):
    """."""

    def consistent(self, m: AppendEntries, log: Log) -> bool:
        return m.prev_index <= len(log)

MODELS = [
    Model(
        name="x",
        protocol=X,
        sizes={Server: 3, Term: 4, Value: 1},
        constants={"max_log": 2},
        network=BagNetwork(capacity=1),
        expect=Violated("log_matching", steps=0),
    ),
]
