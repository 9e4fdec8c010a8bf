"""Bug: half of the acceptors are called a quorum.

**Mistake** "At least half" instead of "more than half": two of four.

**Tempting** because with an odd number of acceptors, the usual case, there is no difference, and so
no test with three or five finds it.

**Source** The requirement is in L. Lamport, "Paxos Made Simple" (2001), section 2.2: any two
majorities have a member in common.

**What goes wrong** The two halves choose each for itself. The law of quorums is checked before
anything else; the second model goes on nevertheless, to show what the law is there for.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import AssumptionFails, Holds, Model, Violated, at_least
from ..paxos.single_decree import SingleDecree
from ..voting import Acceptor, Ballot, Quorum


def half(n: int) -> tuple[frozenset[int], ...]:
    """All sets of half of n nodes, rounded up."""
    return at_least((n + 1) // 2)(n)


MODELS = [
    Model(
        name="4 acceptors, quorums of 2",
        protocol=SingleDecree,
        sizes={Acceptor: 4, Ballot: 2, Value: 2},
        quorums={Quorum: half},
        expect=AssumptionFails("Quorum_intersect"),
    ),
    Model(
        name="4 acceptors, quorums of 2, law ignored",
        protocol=SingleDecree,
        sizes={Acceptor: 4, Ballot: 2, Value: 2},
        quorums={Quorum: half},
        assume=False,
        properties=["agreement"],
        expect=Violated("agreement", steps=12),
    ),
    Model(
        name="3 acceptors, where half is a majority",
        protocol=SingleDecree,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        quorums={Quorum: half},
        expect=Holds(states=3_921, depth=17),
    ),
]
