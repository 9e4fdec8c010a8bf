"""raft_vote_for_lower_term."""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated, action
from ..raft.election import RequestVote, Server, Term, Vote
from ..raft.history import ElectionWithHistory


class VoteForLowerTerm(ElectionWithHistory):
    """."""

    @action
    def handle_request_vote(self, m: RequestVote) -> None:
        self.network.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        granted = self.grants(s, m)
        if granted:
            self.voted_for[s] = m.source
        self.network.send(Vote(source=s, dest=m.source, term=m.term if granted else self.term[s], granted=granted))

    def grants(self, s: Server, m: RequestVote) -> bool:
        voted_for = self.voted_for[s]
        return voted_for is None or voted_for == m.source


MODELS = [
    Model(
        name="two leaders in a term",
        protocol=VoteForLowerTerm,
        sizes={Server: 3, Term: 3},
        network=BagNetwork(capacity=1),
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
    Model(
        name="two leaders in a term, 2",
        protocol=VoteForLowerTerm,
        sizes={Server: 3, Term: 3},
        network=BagNetwork(capacity=2),
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
]
