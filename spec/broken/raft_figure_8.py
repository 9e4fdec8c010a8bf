"""Bug: a leader commits an entry of an earlier term by counting the servers that store it.

**Mistake** The commit rule asks for a quorum and not for the entry's term.

**Tempting** because "stored by a majority" is what *committed* means everywhere else. The paper's
Figure 8 is there since nobody believes it without.

**Source** Figure 8 and section 5.4.2 of the Raft paper (2014). Reported for LogCabin (issue 44,
2013), PySyncObj (issue 169, 2022) and CCF (pull request 4485, 2022).

**What goes wrong** A leader of term 1 appends an entry, and so does one of term 2, elsewhere. The
first, elected again in term 3, copies its old entry to a quorum and commits it. The second has an
entry of a later term, is elected in term 4 by a server that stores the committed one, and will
overwrite it. It takes four terms: within three, the last model, nothing goes wrong, and who stops
there has learned nothing.
"""

from __future__ import annotations

from ..lang import BagNetwork, Holds, Model, Violated, action, require
from ..raft.election import Quorum, Role, Server, Term
from ..raft.history import Committed, RaftWithHistory
from ..raft.replication import Value


class Figure8(RaftWithHistory):
    """Raft in which an entry of any term is committed when a quorum stores it."""

    @action
    def advance_commit(self, s: Server, q: Quorum, n: int) -> None:
        require(n in range(self.commit[s] + 1, len(self.log[s]) + 1))
        require(self.role[s] == Role.LEADER)
        require(all(r == s or self.match_index[s, r] >= n for r in q))
        self.commit[s] = n
        for i in range(n):
            self.committed.add(Committed(self.term[s], i + 1, self.log[s][i]))
        self.apply(s)


MODELS = [
    # 8 steps where an election, copying an entry or committing it is one step
    Model(
        name="3 servers, 4 terms, log 1, 1 message in flight",
        protocol=Figure8,
        sizes={Server: 3, Term: 5, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        properties=["leader_completeness"],
        slow=True,
        expect=Violated("leader_completeness", steps=35),
    ),
    Model(
        name="3 servers, 3 terms, log 1, 1 message in flight",
        protocol=Figure8,
        sizes={Server: 3, Term: 4, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        properties=["leader_completeness"],
        expect=Holds(states=625_867, depth=44),
    ),
]
