"""Bug: a server votes for two candidates in one term.

**Mistake** A voter compares terms and does not look at whom it has voted for.

**Tempting** because to grant a vote again is right, when the first answer was lost and the same
candidate asks once more. A voter that keeps no name with its vote cannot tell that case from the
other.

**Source** Reported for akka-raft (issue 47, 2015), Camunda (issue 5356, 2020) and NebulaGraph
(issue 2405, 2020); the rule that is broken is in section 5.2 of the Raft paper (2014).

**What goes wrong** Two candidates of one term vote for each other, having voted for themselves, and
both lead. That a vote has changed shows much earlier, when the first of them does so.
"""

from __future__ import annotations

from ..lang import Model, Violated
from ..raft.election import RequestVote, Server, Term
from ..raft.history import ElectionWithHistory


class DoubleVote(ElectionWithHistory):
    """Elections in which a vote can be given more than once."""

    def grants(self, s: Server, m: RequestVote) -> bool:
        return m.term == self.term[s]


MODELS = [
    Model(
        name="3 servers, 1 term, a vote changes",
        protocol=DoubleVote,
        sizes={Server: 3, Term: 2},
        properties=["vote_once"],
        expect=Violated("vote_once", steps=4),
    ),
    # 8 steps where a candidate asks everyone at once; here it asks each server in a step of its own
    Model(
        name="3 servers, 1 term",
        protocol=DoubleVote,
        sizes={Server: 3, Term: 2},
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
]
