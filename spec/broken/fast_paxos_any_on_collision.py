"""Bug: after a collision in Fast Paxos, any value that got a vote is proposed.

**Mistake** The coordinator does not look for the one value that can have been chosen.

**Tempting** because a collision looks like a round that has failed: the votes differ, so none of
them has won. But an acceptor that was not heard may have voted too, and have completed a fast
quorum.

**Source** The rule that is dropped is O4 of L. Lamport, "Fast Paxos" (Distributed Computing 19(2),
2006), section 3.1; the base is SimplifiedFastPaxos of the TLA+ examples.

**What goes wrong** Three of four acceptors have chosen in the fast ballot. The coordinator hears
two of them and the fourth, and asks for the value of the fourth.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Model, Violated, at_least
from ..paxos.fast import FastQuorum
from ..paxos.simplified_fast import SimplifiedFast
from ..paxos.single_decree import Accepted
from ..voting import Acceptor, Ballot


class AnyOnCollision(SimplifiedFast):
    """Fast Paxos with a coordinator that takes any vote."""

    def recovers(self, r: FastQuorum, c: Ballot, v: Value) -> bool:
        """v has the vote of some member of r in c."""
        return any(Accepted(a, c, v) in self.sent for a in r)


# TLC finds the second, in the larger instance of the TLA+ module, in as many steps.
MODELS = [
    Model(
        name="4 acceptors, 2 values, 2 ballots",
        protocol=AnyOnCollision,
        sizes={Acceptor: 4, Ballot: 3, Value: 2},
        quorums={FastQuorum: at_least(3)},
        constants={"fast": [1]},
        properties=["agreement"],
        expect=Violated("agreement", steps=9),
    ),
    Model(
        name="4 acceptors, 2 values, 2 ballots, until a decision is changed",
        protocol=AnyOnCollision,
        sizes={Acceptor: 4, Ballot: 3, Value: 2},
        quorums={FastQuorum: at_least(3)},
        constants={"fast": [1]},
        properties=["stability"],
        expect=Violated("stability", steps=11),
    ),
]
