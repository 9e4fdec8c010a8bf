"""Bug: a leader takes over the index of every answer although it knows of a higher one.

**Mistake** matchIndex is set to what the answer says, and nextIndex is lowered by every refusal.

**Tempting** because an answer to a call is the newest there is; that answers overtake each other is
a matter of the network, and out of sight here.

**Source** Reported for Ongaro's own TLA+ specification (ongardie/raft.tla, issue 18, 2025),
PySyncObj (issue 167), RaftOS (issue 25) and CCF (pull request 5324); "matchIndex increases
monotonically" in Figure 2 of the Raft paper (2014).

**What goes wrong** The answer to a heartbeat from before the first entry arrives after the answer
to the entry, and the leader forgets that its follower has it. Safe as such, it makes commit indices
fall that are computed from it, and entries be sent for ever.
"""

from __future__ import annotations

from ..lang import Model, Violated, action
from ..raft.election import Role, Server, Term
from ..raft.replication import AppendReply, Raft, Value


class MatchRegress(Raft):
    """Raft in which an old answer lowers what a leader knows."""

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
    # 11 steps where a candidate asks everyone at once
    Model(
        name="2 servers, 1 term, log 1",
        protocol=MatchRegress,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 1},
        properties=["match_monotone"],
        expect=Violated("match_monotone", steps=12),
    ),
]
