"""Both fields would be one map, until the next state takes them apart again."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, TotalOrder, action, fill


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    term: Map[Server, Term]
    saved: Map[Server, Term]

    def init(self) -> None:
        self.term = fill(Server, Term.first())
        self.saved = fill(Server, Term.first())

    @action
    def save(self) -> None:
        self.saved = self.term


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
