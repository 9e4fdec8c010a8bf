"""A quorum is a set of servers, and its class must say so."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, QuorumOf, Set, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


class Quorum(QuorumOf):
    """Enough servers to elect a leader."""


class Election(Protocol):
    votes: Set[Server]
    decided: bool

    def init(self) -> None:
        self.votes = Set()
        self.decided = False

    @action
    def vote(self, s: Server) -> None:
        self.votes.add(s)

    @action
    def decide(self, q: Quorum) -> None:
        require(all(s in self.votes for s in q))
        self.decided = True


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
