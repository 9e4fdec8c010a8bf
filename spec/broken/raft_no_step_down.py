"""raft_no_step_down."""

from __future__ import annotations

from ..lang import Model, Violated, BagNetwork
from ..raft.election import Server, Term
from ..raft.history import ElectionWithHistory


class NoStepDown(ElectionWithHistory):
    """."""

    def adopt(self, s: Server, t: Term) -> None:
        if t > self.term[s]:
            self.term[s] = t
            self.voted_for[s] = None


MODELS = [
    Model(
        name="two leaders in a term",
        protocol=NoStepDown,
        sizes={Server: 3, Term: 3},
        network=BagNetwork(capacity=1),
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
    Model(
        name="two leaders in a term, set",
        protocol=NoStepDown,
        sizes={Server: 3, Term: 3},
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
]
