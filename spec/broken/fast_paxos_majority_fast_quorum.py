"""Bug: Fast Paxos with majorities as fast quorums.

**Mistake** Two of three acceptors, enough to choose in a classic ballot, choose in a fast one too.

**Tempting** because any two majorities meet, and that is all that Paxos asks for. After a collision
it is not enough: within a classic quorum, two fast quorums must meet as well.

**Source** The requirement is in L. Lamport, "Fast Paxos" (Distributed Computing 19(2), 2006),
section 3.1; the base is SimplifiedFastPaxos of the TLA+ examples.

**What goes wrong** Two acceptors have chosen in the fast ballot. The coordinator hears one of them
and the third, cannot tell which value may be chosen, and asks for the wrong one. The assumption is
checked before anything else; the second model goes on nevertheless.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import AssumptionFails, Model, Violated, majority
from ..paxos.fast import FastQuorum
from ..paxos.simplified_fast import SimplifiedFast
from ..voting import Acceptor, Ballot

# TLC finds the third, in a larger instance of the TLA+ module, in as many steps.
MODELS = [
    Model(
        name="3 acceptors, fast quorums of 2",
        protocol=SimplifiedFast,
        sizes={Acceptor: 3, Ballot: 3, Value: 2},
        quorums={FastQuorum: majority},
        constants={"fast": [1]},
        expect=AssumptionFails("quorums_meet"),
    ),
    Model(
        name="3 acceptors, fast quorums of 2, law ignored",
        protocol=SimplifiedFast,
        sizes={Acceptor: 3, Ballot: 3, Value: 2},
        quorums={FastQuorum: majority},
        constants={"fast": [1]},
        assume=False,
        properties=["agreement"],
        expect=Violated("agreement", steps=7),
    ),
    Model(
        name="3 acceptors, fast quorums of 2, law ignored, until a decision is changed",
        protocol=SimplifiedFast,
        sizes={Acceptor: 3, Ballot: 3, Value: 2},
        quorums={FastQuorum: majority},
        constants={"fast": [1]},
        assume=False,
        properties=["stability"],
        expect=Violated("stability", steps=9),
    ),
]
