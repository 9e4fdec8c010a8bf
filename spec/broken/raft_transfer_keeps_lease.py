"""Bug: a leader hands over, and keeps its lease.

**Mistake** The order to stand for election is given while the leader still answers reads under a
lease.

**Tempting** because the lease is good: a quorum has promised to vote for nobody. But an order sets
that promise aside, and the leader is the one who gave it.

**Source** Ongaro's thesis (2014), section 6.4.1: a leader that transfers its leadership has to give
up its lease.

**What goes wrong** The chosen server is elected at once, and there are two leaders, of which the
old one goes on answering reads.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Role, Server, Term
from ..raft.reads import Read
from ..raft.replication import Value
from ..raft.transfer import TransferWithLease


class TransferKeepsLease(TransferWithLease):
    """A lease is not given up."""

    def has_lease(self, s: Server) -> bool:
        return (
            self.quorum_among(s, self.round_answers[s])
            and self.role[s] == Role.LEADER
            and self.clock[s] < self.round_sent[s] + self.lease
        )


MODELS = [
    Model(
        name="3 servers, 2 terms, elections",
        protocol=TransferKeepsLease,
        sizes={Server: 3, Term: 3, Value: 1, Read: 1},
        constants={"max_log": 0, "lease": 1, "min_timeout": 3, "skew": 1, "horizon": 1},
        network=BagNetwork(capacity=1),
        properties=["lease_exclusive"],
        slow=True,
        expect=Violated("lease_exclusive", steps=16),
    ),
]
