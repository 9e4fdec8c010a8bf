"""raft_term_not_durable."""

from __future__ import annotations

from ..lang import Map, Model, Violated, Volatile
from ..raft.election import Server, Term
from ..raft.history import ElectionWithHistory


class TermNotDurable(ElectionWithHistory):
    """."""

    term: Volatile[Map[Server, Term]]


MODELS = [
    Model(
        name="two leaders in a term",
        protocol=TermNotDurable,
        sizes={Server: 3, Term: 2},
        restarts=1,
        properties=["election_safety"],
        expect=Violated("election_safety", steps=11),
    ),
]
