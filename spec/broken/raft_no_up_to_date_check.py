"""Bug: a server votes without comparing logs.

**Mistake** A vote depends on terms and on earlier votes alone: the election of section 5.2, without
the restriction of section 5.4.1.

**Tempting** because elections are safe without it, each term has one leader, and logs are made
equal by the leader afterwards. They are; but then the wrong log may prevail.

**Source** Ours, by negating receiver's rule 2 of RequestVote in Figure 2 of the Raft paper (2014);
section 5.4.1 says why the rule is there.

**What goes wrong** A leader commits an entry with one follower. The third server, whose log is
empty, is elected in the next term, by the former leader at that. Its log lacks the entry, and will
replace theirs.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.history import RaftWithHistory
from ..raft.replication import Log, RequestVote, Value


class NoUpToDateCheck(RaftWithHistory):
    """Raft in which any log is good enough to lead."""

    def up_to_date(self, m: RequestVote, log: Log) -> bool:
        return True


MODELS = [
    # 13 steps where a candidate asks everyone at once, 5 where an election is one step
    Model(
        name="3 servers, 2 terms, log 1, 1 message in flight",
        protocol=NoUpToDateCheck,
        sizes={Server: 3, Term: 3, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        properties=["leader_completeness"],
        expect=Violated("leader_completeness", steps=15),
    ),
]
