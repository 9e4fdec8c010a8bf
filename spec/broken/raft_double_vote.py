"""raft_double_vote: a server votes for two candidates in one term.

**Mistake** A voter looks at the candidate's term, and does not look at whom it has voted for.
**Why it is tempting** Two requests in one term are rare, a retried request is common, and granting
it again is right. A voter that has lost sight of *whose* request it granted treats both alike.
**Seen in** akka-raft issue 47 (2015), Camunda issue 5356 (2020), NebulaGraph issue 2405 (2020).
**What goes wrong** Three servers, two candidates, and the third server votes for both: two leaders
in one term (R1). That the vote changed within a term is noticed three steps earlier (R9).
"""

from __future__ import annotations

from ..lang import Model, Violated
from ..raft.election import RequestVote, Server, Term
from ..raft.history import ElectionWithHistory


class DoubleVote(ElectionWithHistory):
    """Election safety needs every vote to be given once."""

    def grants(self, s: Server, m: RequestVote) -> bool:
        return m.term == self.term[s]


MODELS = [
    Model(
        name="two leaders in a term",
        protocol=DoubleVote,
        sizes={Server: 3, Term: 2},
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
]
