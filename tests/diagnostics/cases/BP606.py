"""Five servers do not fill a grid of two rows."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, QuorumOf, Set, Sort, action, grid, require


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
    name="5 servers in a grid",
    protocol=Election,
    sizes={Server: 5},
    quorums={Quorum: grid(2, 3)},
)
