"""A helper that changes the state is a statement."""

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
    def meet(self, s: Server, t: Term) -> None:
        moved = self.adopt(s, t)

    def adopt(self, s: Server, t: Term) -> None:
        self.term[s] = t


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
