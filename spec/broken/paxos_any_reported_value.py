"""Bug: a leader takes any value that is reported, not that of the highest ballot.

**Mistake** Phase 2a does not compare the ballots of the votes that the promises report.

**Tempting** because every value reported was proposed by some leader, and so was safe. It was, at
its own ballot; at a higher one only the latest of them is known to be. With two ballots nothing
shows: there is one lower ballot to report, and so no choice.

**Source** The rule that is broken is P2c of L. Lamport, "Paxos Made Simple" (2001), section 2.2.

**What goes wrong** The third ballot finds two votes, and may take the one that goes against the
second ballot, which has chosen.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Holds, Model, Violated
from ..paxos.single_decree import SingleDecree
from ..voting import Acceptor, Ballot, Vote


class AnyReportedValue(SingleDecree):
    """Paxos with leaders that take the first vote they meet."""

    def follows(self, v: Value, votes: frozenset[Vote]) -> bool:
        """v is the value of one of these votes, and any value if there is none."""
        return not votes or any(w.value == v for w in votes)


MODELS = [
    Model(
        name="3 acceptors, 3 ballots",
        protocol=AnyReportedValue,
        sizes={Acceptor: 3, Ballot: 3, Value: 2},
        properties=["agreement"],
        expect=Violated("agreement", steps=17),
    ),
    Model(
        name="3 acceptors, too few ballots to see it",
        protocol=AnyReportedValue,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        properties=["agreement"],
        expect=Holds(states=3_921, depth=17),
    ),
]
