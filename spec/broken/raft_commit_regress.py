"""Bug: a follower takes over the leader's commit index although its own is higher.

**Mistake** Receiver's rule 5 without its condition: the commit index becomes what the message says.

**Tempting** because the leader knows best how far its log is committed. It does, but messages
arrive in any order, and this one may be older than what the follower has been told already.

**Source** Reported for Ongaro's own TLA+ specification (ongardie/raft.tla, issue 19, 2025) and for
PySyncObj (issue 166, 2022); rule 5 of AppendEntries in Figure 2 of the Raft paper (2014).

**What goes wrong** An old message arrives again, and the commit index falls below what has been
applied. No two servers ever apply different entries, since the entries are still committed: only
the history of one server tells.
"""

from __future__ import annotations

from ..lang import Model, Violated
from ..raft.election import Server, Term
from ..raft.history import RaftWithHistory
from ..raft.replication import AppendEntries, Value


class CommitRegress(RaftWithHistory):
    """Raft in which an old message lowers a commit index."""

    def learned_commit(self, m: AppendEntries, match: int) -> int:
        return min(m.commit, match)


MODELS = [
    # 12 steps where a candidate asks everyone at once
    Model(
        name="2 servers, 1 term, log 1",
        protocol=CommitRegress,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 1},
        properties=["applied_is_committed"],
        expect=Violated("applied_is_committed", steps=13),
    ),
]
