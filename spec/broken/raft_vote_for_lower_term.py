"""Bug: a server votes for a candidate of a term that it has left.

**Mistake** A voter looks at its vote only, and answers the call in the caller's term.

**Tempting** because the two halves of the test look alike: "not voted yet" seems to say all. And a
call and its answer belong together, so that an answer need not say of which term it is.

**Source** Ours, by negating the receiver's rule 1 of RequestVote in Figure 2 of the Raft paper
(2014).

**What goes wrong** The leader of a term learns of a higher one, in which it has not voted. Asked
for its vote by the other candidate of its *old* term, it grants that one a vote which it has
already given, to itself. A second leader is elected in the term. The first has stepped down long
before: present leaders alone would not show it.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated, action
from ..raft.election import RequestVote, Server, Term, Vote
from ..raft.history import ElectionWithHistory


class VoteForLowerTerm(ElectionWithHistory):
    """Elections in which a vote can be given in a term that is over for the voter."""

    @action
    def handle_request_vote(self, m: RequestVote) -> None:
        self.network.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        granted = self.grants(s, m)
        if granted:
            self.voted_for[s] = m.source
        answered_in = m.term if granted else self.term[s]
        self.network.send(Vote(source=s, dest=m.source, term=answered_in, granted=granted))

    def grants(self, s: Server, m: RequestVote) -> bool:
        voted_for = self.voted_for[s]
        return voted_for is None or voted_for == m.source


MODELS = [
    # 10 steps where to learn of a higher term is a step of its own, which gives no vote
    Model(
        name="3 servers, 2 terms, 2 messages in flight",
        protocol=VoteForLowerTerm,
        sizes={Server: 3, Term: 3},
        network=BagNetwork(capacity=2),
        properties=["election_safety"],
        expect=Violated("election_safety", steps=14),
    ),
]
