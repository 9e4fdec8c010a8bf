"""My variant of Paxos, with its promise kept."""

from __future__ import annotations

from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import Holds, Model, action, require
from ballotproof.spec.paxos.single_decree import Accept, Accepted, SingleDecree
from ballotproof.spec.voting import Acceptor, Ballot, Vote


class MyPaxos(SingleDecree):
    """Paxos, line for line."""

    @action
    def accept(self, a: Acceptor, m: Accept) -> None:
        """Phase 2b. Vote, unless a higher ballot was joined."""
        require(m in self.sent)
        joined = self.promised[a]
        require(joined is None or m.ballot >= joined)
        self.promised[a] = m.ballot
        self.vote[a] = Vote(m.ballot, m.value)
        self.sent.add(Accepted(a, m.ballot, m.value))


MODELS = [
    Model(
        name="mine",
        protocol=MyPaxos,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        expect=Holds(states=3_921, depth=17),
    ),
]
