"""Bug: a candidate meets a higher term, takes it over, and remains a candidate.

**Mistake** The rule for all servers is followed by half: the term moves on and the vote is free
again, but role and votes stay.

**Tempting** because terms are compared in many places, each of which "updates the term"; that the
update also ends a candidacy is easily left to some of them.

**Source** Ours, by negating half of "convert to follower" in Figure 2 of the Raft paper (2014),
section 5.1.

**What goes wrong** A candidate holds the votes of an earlier term, votes for its rival in the new
one, and then leads the new one by its old votes. So does its rival.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.history import ElectionWithHistory


class NoStepDown(ElectionWithHistory):
    """Elections in which a candidate takes its votes along to a higher term."""

    def adopt(self, s: Server, t: Term) -> None:
        if t > self.term[s]:
            self.term[s] = t
            self.voted_for[s] = None


MODELS = [
    # 9 steps where a candidate asks everyone at once
    Model(
        name="3 servers, 2 terms, 1 message in flight",
        protocol=NoStepDown,
        sizes={Server: 3, Term: 3},
        network=BagNetwork(capacity=1),
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
]
