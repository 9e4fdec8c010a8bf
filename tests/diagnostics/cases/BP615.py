"""A quorum system of one's own, which asks for one node too many."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, QuorumOf, Set, Sort, action, require


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


def neighbours(n: int) -> tuple[frozenset[int], ...]:
    nodes = tuple(range(n))
    return tuple(frozenset({nodes[i], nodes[i + 1]}) for i in range(n))


MODEL = Model(
    name="3 servers",
    protocol=Election,
    sizes={Server: 3},
    quorums={Quorum: neighbours},
)
