"""raft_up_to_date_length_only."""

from __future__ import annotations

from ..lang import BagNetwork, FifoNetwork, Model, Violated, action
from ..raft.election import Quorum, Server, Term
from ..raft.history import RaftWithHistory
from ..raft.replication import AppendEntries, AppendReply, Entry, Log, RequestVote, Value


class X(RaftWithHistory):
    """."""

    def up_to_date(self, m: RequestVote, log: Log) -> bool:
        return m.last_index >= len(log)

MODELS = [
    Model(
        name="x",
        protocol=X,
        sizes={Server: 3, Term: 4, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        expect=Violated("leader_completeness", steps=0),
    ),
]
