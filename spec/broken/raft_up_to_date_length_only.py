"""Bug: a voter compares the lengths of logs, and not their last terms.

**Mistake** "At least as long" for "at least as up to date".

**Tempting** because with one leader the longer log is the better one, and in most systems that
replicate a log the length is what decides.

**Source** Ours, by negating half of the definition in section 5.4.1 of the Raft paper (2014).

**What goes wrong** A leader appends an entry that nobody else gets. The leader of the next term
commits another one at its place. The first leader's log is as long, though older, so a voter that
has the committed entry elects it again.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.history import RaftWithHistory
from ..raft.replication import Log, RequestVote, Value


class UpToDateLengthOnly(RaftWithHistory):
    """Raft in which the longer log is the better one."""

    def up_to_date(self, m: RequestVote, log: Log) -> bool:
        return m.last_index >= len(log)


MODELS = [
    # 7 steps where an election, or copying an entry, is one step
    Model(
        name="3 servers, 3 terms, log 1, 1 message in flight",
        protocol=UpToDateLengthOnly,
        sizes={Server: 3, Term: 4, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        properties=["leader_completeness"],
        slow=True,
        expect=Violated("leader_completeness", steps=24),
    ),
]
