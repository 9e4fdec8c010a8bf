"""The model has three servers, and a quorum with a fourth."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, QuorumOf, Set, Sort, action, explicit, require


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


MODEL = Model(
    name="3 servers",
    protocol=Election,
    sizes={Server: 3},
    quorums={Quorum: explicit({1, 2}, {2, 4})},
)
