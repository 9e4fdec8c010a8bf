"""Bug: a lease is as long as the election time-out, and clocks differ.

**Mistake** The leader counts on its followers for as long as they have promised, by its own clock.

**Tempting** because it is what they have promised. But they measure it with their clocks, and the
leader with its own.

**Source** Ongaro's thesis (2014), section 6.4.1, on bounded clock drift; tikv issue 964 (2016).

**What goes wrong** A follower's clock is quick, and its promise is over when the leader's lease is
not. It elects another leader, whose writes the first one does not know of when it answers reads.
The bound on clocks is an assumption of the protocol, and is checked before anything else.
"""

from __future__ import annotations

from ..lang import AssumptionFails, BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.lease_reads import LeaseReads
from ..raft.reads import Read
from ..raft.replication import Value

MODELS = [
    Model(
        name="3 servers, 2 terms, lease as long as the time-out",
        protocol=LeaseReads,
        sizes={Server: 3, Term: 3, Value: 1, Read: 1},
        constants={"max_log": 0, "lease": 1, "min_timeout": 1, "skew": 1, "horizon": 1},
        expect=AssumptionFails("clocks_suffice"),
    ),
    Model(
        name="3 servers, 2 terms, lease as long as the time-out, bound ignored",
        protocol=LeaseReads,
        sizes={Server: 3, Term: 3, Value: 1, Read: 1},
        constants={"max_log": 0, "lease": 1, "min_timeout": 1, "skew": 1, "horizon": 1},
        network=BagNetwork(capacity=1),
        assume=False,
        properties=["lease_exclusive"],
        slow=True,
        expect=Violated("lease_exclusive", steps=15),
    ),
    Model(
        name="3 servers, 2 terms, time-out longer by less than two skews, bound ignored",
        protocol=LeaseReads,
        sizes={Server: 3, Term: 3, Value: 1, Read: 1},
        constants={"max_log": 0, "lease": 1, "min_timeout": 2, "skew": 1, "horizon": 3},
        network=BagNetwork(capacity=1),
        assume=False,
        properties=["lease_exclusive"],
        slow=True,
        expect=Violated("lease_exclusive", steps=18),
    ),
]
