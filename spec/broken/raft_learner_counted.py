"""Bug: a server that only receives the log is counted.

**Mistake** The size of a quorum is that of a majority of the voters, but anybody's vote or answer
counts towards it.

**Tempting** because a learner that stores an entry stores it as well as a voter does. But the
voters do not ask it, and it meets no quorum of theirs.

**Source** Ours, by negating the rule of section 4.2.1 of Ongaro's thesis (2014) that servers
without a vote are not counted for majorities.

**What goes wrong** One voter is elected by a learner, and has a learner store its entry; the other
voter is elected by the other learner.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated, explicit
from ..raft.election import Quorum, Server, Term
from ..raft.membership_single import SingleServerChangeWithHistory
from ..raft.replication import Log, Value


class LearnerCounted(SingleServerChangeWithHistory):
    """Votes and answers of all servers count."""

    def voters(self, log: Log) -> frozenset[Server]:
        return frozenset(r for r in Server)

    def majority_of(self, members: frozenset[Server], servers: frozenset[Server]) -> bool:
        return 2 * len(servers) > len(members)


MODELS = [
    Model(
        name="2 voters and 2 learners, 1 term, log 1",
        protocol=LearnerCounted,
        sizes={Server: 4, Term: 2, Value: 2},
        constants={"max_log": 1, "founders": {1, 2}, "members": {(2, 1)}},
        quorums={Quorum: explicit({1, 3}, {2, 4})},
        network=BagNetwork(capacity=1),
        assume=False,
        properties=["election_safety"],
        expect=Violated("election_safety", steps=10),
    ),
]
