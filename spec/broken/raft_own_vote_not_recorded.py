"""Bug: a candidate does not record its vote for itself.

**Mistake** A candidate counts itself among its voters, and leaves votedFor as it was.

**Tempting** because nobody asks a candidate to vote for itself: there is no message, and so no
handler that would write the vote down.

**Source** Reported for akka-raft (issue 56, 2015) and for the raft library of DAOS (pull request
70, "leader votes for others"); the rule that is broken is in section 5.2 of the Raft paper (2014).

**What goes wrong** Two candidates of one term vote for each other although each counts itself, and
both lead.
"""

from __future__ import annotations

from ..lang import Model, Violated, action
from ..raft.election import Server, Term
from ..raft.history import ElectionWithHistory


class OwnVoteNotRecorded(ElectionWithHistory):
    """Elections in which a candidate's vote for itself can be given a second time."""

    @action
    def timeout(self, s: Server, t: Term) -> None:
        super().timeout(s, t)
        self.voted_for[s] = None


MODELS = [
    # 8 steps where a candidate asks everyone at once
    Model(
        name="3 servers, 1 term",
        protocol=OwnVoteNotRecorded,
        sizes={Server: 3, Term: 2},
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
]
