"""Bug: half of the servers are called a majority.

**Mistake** "At least half" instead of "more than half": two of four.

**Tempting** because with an odd number of servers, the usual case, there is no difference, and no
test with three or five finds it. With two servers it even seems to be a feature: one may fail.

**Source** Ours, by negating the definition of a majority, on which section 5.2 of the Raft paper
(2014) rests.

**What goes wrong** The two halves elect a leader each, in the same term. The law of quorums is
checked before anything else; the other models go on nevertheless, to show what it is there for.
"""

from __future__ import annotations

from ..lang import AssumptionFails, BagNetwork, Model, Violated, at_least
from ..raft.election import Quorum, Server, Term
from ..raft.history import ElectionWithHistory

MODELS = [
    Model(
        name="4 servers, 2 elect",
        protocol=ElectionWithHistory,
        sizes={Server: 4, Term: 2},
        quorums={Quorum: at_least(2)},
        expect=AssumptionFails("Quorum_intersect"),
    ),
    # 8 steps where a candidate asks everyone at once
    Model(
        name="4 servers, 2 elect, law ignored",
        protocol=ElectionWithHistory,
        sizes={Server: 4, Term: 2},
        quorums={Quorum: at_least(2)},
        network=BagNetwork(capacity=1),
        assume=False,
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
    # 4 steps there too
    Model(
        name="2 servers, 1 elects, law ignored",
        protocol=ElectionWithHistory,
        sizes={Server: 2, Term: 2},
        quorums={Quorum: at_least(1)},
        assume=False,
        properties=["election_safety"],
        expect=Violated("election_safety", steps=4),
    ),
]
