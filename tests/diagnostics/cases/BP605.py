"""A server without a weight can be in no quorum."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, QuorumOf, Set, Sort, action, require, weighted


class Server(Sort):
    """A member of the cluster."""


class Quorum(QuorumOf[Server]):
    """Enough servers to decide."""


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


UNEQUAL = weighted([2, 1, 1])

MODEL = Model(
    name="4 servers, one of which counts twice",
    protocol=Election,
    sizes={Server: 4},
    quorums={Quorum: UNEQUAL},
)
