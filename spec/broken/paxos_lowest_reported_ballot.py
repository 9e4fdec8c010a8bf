"""Bug: a leader takes the value of the lowest ballot reported.

**Mistake** min instead of max in the choice of phase 2a.

**Tempting** because the oldest vote looks like the one that had most time to win. With two ballots
nothing shows: there is one lower ballot to report, and so no choice.

**Source** The rule that is broken is P2c of L. Lamport, "Paxos Made Simple" (2001), section 2.2.

**What goes wrong** The third ballot finds two votes, revives the older one and so goes against the
second ballot, which has chosen.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Holds, Model, Violated
from ..paxos.single_decree import SingleDecree
from ..voting import Acceptor, Ballot, Vote


class LowestReportedBallot(SingleDecree):
    """Paxos with leaders that go by the oldest vote."""

    def follows(self, v: Value, votes: frozenset[Vote]) -> bool:
        """v is the value of the lowest of these votes, and any value if there is none."""
        return not votes or any(
            w.value == v and all(u.ballot >= w.ballot for u in votes) for w in votes
        )


MODELS = [
    Model(
        name="3 acceptors, 3 ballots",
        protocol=LowestReportedBallot,
        sizes={Acceptor: 3, Ballot: 3, Value: 2},
        properties=["agreement"],
        expect=Violated("agreement", steps=17),
    ),
    Model(
        name="3 acceptors, too few ballots to see it",
        protocol=LowestReportedBallot,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        properties=["agreement"],
        expect=Holds(states=3_921, depth=17),
    ),
]
