"""A term and a number are ordered each for itself, not with each other."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, TotalOrder, action, fill, require


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    term: Map[Server, Term]

    def init(self) -> None:
        self.term = fill(Server, Term.first())

    @action
    def move_on(self, s: Server, t: Term) -> None:
        require(t > 0)
        self.term[s] = t


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
