"""raft_commit_regress."""

from __future__ import annotations

from ..lang import BagNetwork, FifoNetwork, Model, Violated, action
from ..raft.election import Quorum, Server, Term
from ..raft.history import RaftWithHistory
from ..raft.replication import AppendEntries, AppendReply, Entry, Log, RequestVote, Value


class X(RaftWithHistory):
    """."""

    def commit_after(self, m: AppendEntries, match: int) -> int:
        return min(m.commit, match)

MODELS = [
    Model(
        name="x",
        protocol=X,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 1},
        network=None,
        expect=Violated("applied_is_committed", steps=0),
    ),
]
