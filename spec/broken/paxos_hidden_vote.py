"""Bug: a promise does not tell what its sender has voted for.

**Mistake** Phase 1b reports no vote.

**Tempting** because a promise looks complete without it: the acceptor has joined, and the leader
may go on. An answer kept short, or written before acceptors had voted at all, is enough.

**Source** The rule that is dropped is step 1(b) of L. Lamport, "Paxos Made Simple" (2001), section
2.2.

**What goes wrong** A value is chosen in one ballot, and the leader of the next believes to be free.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Model, Violated, action, require
from ..paxos.single_decree import Prepare, Promise, SingleDecree
from ..voting import Acceptor, Ballot


class HiddenVote(SingleDecree):
    """Paxos with acceptors that keep their votes to themselves."""

    @action
    def promise(self, a: Acceptor, m: Prepare) -> None:
        """Phase 1b, without the vote."""
        require(m in self.sent)
        joined = self.promised[a]
        require(joined is None or m.ballot > joined)
        self.promised[a] = m.ballot
        self.sent.add(Promise(a, m.ballot, None))


MODELS = [
    Model(
        name="3 acceptors, 2 ballots",
        protocol=HiddenVote,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        properties=["agreement"],
        expect=Violated("agreement", steps=12),
    ),
]
