"""Bug: Flexible Paxos with quorums that do not cross, of sizes 2 and 2 of 4.

**Mistake** Two of four acceptors in each phase: two pairs need not meet.

**Tempting** because Flexible Paxos is remembered as "quorums need not be majorities", and smaller
ones are what one wants. The sizes of the two phases must add up to more than the number of
acceptors.

**Source** The condition is in H. Howard, D. Malkhi, A. Spiegelman, "Flexible Paxos: Quorum
Intersection Revisited" (OPODIS 2016).

**What goes wrong** Phase 1 of the second ballot does not meet those who chose in the first. The
assumption is checked before anything else; the second model goes on nevertheless.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import AssumptionFails, Model, Violated, at_least
from ..paxos.flexible import Flexible, Phase1Quorum, Phase2Quorum
from ..voting import Acceptor, Ballot

MODELS = [
    Model(
        name="4 acceptors, phase 1 by 2, phase 2 by 2",
        protocol=Flexible,
        sizes={Acceptor: 4, Ballot: 2, Value: 2},
        quorums={Phase1Quorum: at_least(2), Phase2Quorum: at_least(2)},
        expect=AssumptionFails("quorums_cross"),
    ),
    Model(
        name="4 acceptors, phase 1 by 2, phase 2 by 2, law ignored",
        protocol=Flexible,
        sizes={Acceptor: 4, Ballot: 2, Value: 2},
        quorums={Phase1Quorum: at_least(2), Phase2Quorum: at_least(2)},
        assume=False,
        properties=["agreement"],
        expect=Violated("agreement", steps=12),
    ),
]
