"""raft_vote_not_durable: a server forgets in a crash whom it voted for."""

from __future__ import annotations

from ..lang import Map, Model, Violated, Volatile
from ..raft.election import Server, Term
from ..raft.history import ElectionWithHistory


class VoteNotDurable(ElectionWithHistory):
    """."""

    voted_for: Volatile[Map[Server, Server | None]]


MODELS = [
    Model(
        name="two leaders in a term",
        protocol=VoteNotDurable,
        sizes={Server: 3, Term: 2},
        restarts=1,
        properties=["election_safety"],
        expect=Violated("election_safety", steps=11),
    ),
]
