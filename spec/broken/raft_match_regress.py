"""raft_match_regress."""

from __future__ import annotations

from ..lang import BagNetwork, FifoNetwork, Model, Violated, action
from ..raft.election import Quorum, Role, Server, Term
from ..raft.history import RaftWithHistory
from ..raft.replication import AppendEntries, AppendReply, Entry, Log, RequestVote, Value


class X(RaftWithHistory):
    """."""

    @action
    def handle_append_reply(self, m: AppendReply) -> None:
        self.network.receive(m)
        s, r = m.dest, m.source
        self.adopt(s, m.term)
        if m.term == self.term[s] and self.role[s] == Role.LEADER:
            if m.success:
                self.match_index[s, r] = m.match
                self.next_index[s, r] = m.match + 1
            else:
                self.next_index[s, r] = max(self.next_index[s, r] - 1, 1)

MODELS = [
    Model(
        name="x",
        protocol=X,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 1},
        network=None,
        expect=Violated("match_monotone", steps=0),
    ),
]
