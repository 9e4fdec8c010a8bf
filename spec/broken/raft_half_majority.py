"""raft_half_majority."""

from __future__ import annotations

from ..lang import AssumptionFails, Model, Violated, at_least
from ..raft.election import Quorum, Server, Term
from ..raft.history import ElectionWithHistory

MODELS = [
    Model(
        name="two leaders in a term",
        protocol=ElectionWithHistory,
        sizes={Server: 4, Term: 2},
        quorums={Quorum: at_least(2)},
        assume=False,
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
    Model(
        name="two leaders in a term, 2",
        protocol=ElectionWithHistory,
        sizes={Server: 2, Term: 2},
        quorums={Quorum: at_least(1)},
        assume=False,
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
]
