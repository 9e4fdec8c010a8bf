"""Bug: a follower acknowledges its whole log, and not only what the message has shown to match.

**Mistake** The answer to AppendEntries gives the length of the follower's log.

**Tempting** because the two are equal as long as the follower has nothing of its own, and "this is
how far I am" seems to be what the leader wants to know.

**Source** Reported for CCF (6001) and RavenDB (13612); the rule that is broken is in section 5.3 of
the Raft paper (2014), and "index of last new entry" in its Figure 2.

**What goes wrong** A follower holds an entry of an earlier leader that was never replicated. It
answers a heartbeat, which has shown nothing about that entry, and the leader takes the entry for
one of its own.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.replication import AppendEntries, Raft, Value


class AckWholeLog(Raft):
    """Raft in which an acknowledgement says more than is known."""

    def last_new(self, m: AppendEntries) -> int:
        return len(self.log[m.dest])


MODELS = [
    # 13 steps where a candidate asks everyone at once
    Model(
        name="3 servers, 2 terms, log 1, 1 message in flight",
        protocol=AckWholeLog,
        sizes={Server: 3, Term: 3, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        properties=["match_truthful"],
        expect=Violated("match_truthful", steps=14),
    ),
]
