"""Bug: a follower checks that it has an entry before the new one, and not which.

**Mistake** The consistency check compares the index and leaves out the term.

**Tempting** because it prevents holes, which is what the check seems to be for. That the entries on
both sides may differ needs two leaders that failed to replicate, and a third.

**Source** Ours, by negating half of receiver's rule 2 of AppendEntries in Figure 2 of the Raft
paper (2014); section 5.3 derives log matching from it by induction.

**What goes wrong** A server holds an entry that its leader never replicated. A later leader has
another one at that place, and appends the next. The server takes that one, so that two logs agree
in an entry and differ before it.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.replication import AppendEntries, Log, Raft, Value


class NoPrevCheck(Raft):
    """Raft in which any entry will do before the new one."""

    def consistent(self, m: AppendEntries, log: Log) -> bool:
        return m.prev_index <= len(log)


MODELS = [
    # 8 steps where an election, or copying an entry, is one step
    Model(
        name="3 servers, 3 terms, log 2, 1 message in flight",
        protocol=NoPrevCheck,
        sizes={Server: 3, Term: 4, Value: 1},
        constants={"max_log": 2},
        network=BagNetwork(capacity=1),
        properties=["log_matching"],
        slow=True,
        expect=Violated("log_matching", steps=23),
    ),
]
