"""A term is an element of an order: it has a place in it, and is no number."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, TotalOrder, action, fill


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    term: Map[Server, Term]

    def init(self) -> None:
        self.term = fill(Server, Term.first())

    @action
    def move_on(self, s: Server) -> None:
        self.term[s] = self.term[s] + 1


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
