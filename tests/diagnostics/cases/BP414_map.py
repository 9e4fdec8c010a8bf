"""A message cannot carry a map; it carries the entries that matter."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, TotalOrder, action, fill


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    term: Map[Server, Term]
    known: tuple[Term, ...]

    def init(self) -> None:
        self.term = fill(Server, Term.first())
        self.known = ()

    @action
    def learn(self) -> None:
        self.known = (self.term,)


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
