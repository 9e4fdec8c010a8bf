"""Bug: a follower cuts its log after the entry that matched, conflict or not.

**Mistake** Receiver's rules 3 and 4 made into one: the log becomes what was before the new entry,
and the new entry.

**Tempting** because it makes the follower's log a prefix of the leader's in one assignment. With
calls that are answered in order it is even right.

**Source** Section 5.3 and rule 3 of AppendEntries in Figure 2 of the Raft paper (2014): "if an
existing entry conflicts". Reported for CCF (pull request 5991, 2024) and RaftOS (issue 26, 2022).

**What goes wrong** A heartbeat from before the first entry arrives late, and the follower drops the
entry that it has acknowledged. Two servers and one term are enough. First the leader relies on what
is no longer there; then it commits it; at last the follower has committed more than it has.
"""

from __future__ import annotations

from ..lang import Model, Violated
from ..raft.election import Server, Term
from ..raft.history import RaftWithHistory
from ..raft.replication import AppendEntries, Log, Value


class AlwaysTruncate(RaftWithHistory):
    """Raft in which an old message shortens a log."""

    def appended(self, m: AppendEntries, log: Log) -> Log:
        entry = m.entry
        return log[: m.prev_index] if entry is None else log[: m.prev_index] + (entry,)


MODELS = [
    Model(
        name="2 servers, 1 term, log 1, the leader is wrong about its follower",
        protocol=AlwaysTruncate,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 1},
        properties=["match_truthful"],
        expect=Violated("match_truthful", steps=11),
    ),
    Model(
        name="2 servers, 1 term, log 1, what is committed has no quorum",
        protocol=AlwaysTruncate,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 1},
        properties=["committed_at_quorum"],
        expect=Violated("committed_at_quorum", steps=12),
    ),
    # 14 steps elsewhere too, with logs of two
    Model(
        name="2 servers, 1 term, log 1, the follower has less than it has committed",
        protocol=AlwaysTruncate,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 1},
        properties=["commit_in_log"],
        expect=Violated("commit_in_log", steps=14),
    ),
]
