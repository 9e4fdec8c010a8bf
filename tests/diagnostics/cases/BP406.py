"""The map is kept for each server, and asked for a term."""

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
        require(self.term[t] < t)
        self.term[s] = t


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
