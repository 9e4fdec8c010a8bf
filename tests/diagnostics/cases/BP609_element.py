"""There are two terms, 0 and 1."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Const,
    Map,
    Model,
    Protocol,
    Sort,
    TotalOrder,
    action,
    fill,
    require,
)


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    last = Const[Term]()
    term: Map[Server, Term]

    def init(self) -> None:
        self.term = fill(Server, Term.first())

    @action
    def move_on(self, s: Server, t: Term) -> None:
        require(t <= self.last)
        self.term[s] = t


MODEL = Model(
    name="2 servers, terms 0 and 1",
    protocol=Election,
    sizes={Server: 2, Term: 2},
    constants={"last": 2},
)
