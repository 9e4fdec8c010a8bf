"""raft_figure_8."""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated, action, require
from ..raft.election import Quorum, Role, Server, Term
from ..raft.history import Committed, RaftWithHistory
from ..raft.replication import AppendEntries, AppendReply, Entry, Log, RequestVote, Value


class X(RaftWithHistory):
    """."""

    @action
    def advance_commit(self, s: Server, q: Quorum, n: int) -> None:
        require(n in range(self.commit[s] + 1, len(self.log[s]) + 1))
        require(self.role[s] == Role.LEADER)
        require(all(r == s or self.match_index[s, r] >= n for r in q))
        self.commit[s] = n
        for i in range(n):
            self.committed.add(Committed(self.term[s], i + 1, self.log[s][i]))
        self.apply(s)

MODELS = [
    Model(
        name="x",
        protocol=X,
        sizes={Server: 3, Term: 5, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        expect=Violated("leader_completeness", steps=0),
    ),
]
