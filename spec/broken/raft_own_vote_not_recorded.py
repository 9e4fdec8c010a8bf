"""raft_own_vote_not_recorded."""

from __future__ import annotations

from ..lang import Model, Violated, action
from ..raft.election import Server, Term
from ..raft.history import ElectionWithHistory


class OwnVoteNotRecorded(ElectionWithHistory):
    """."""

    @action
    def timeout(self, s: Server, t: Term) -> None:
        super().timeout(s, t)
        self.voted_for[s] = None


MODELS = [
    Model(
        name="two leaders in a term",
        protocol=OwnVoteNotRecorded,
        sizes={Server: 3, Term: 2},
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
]
