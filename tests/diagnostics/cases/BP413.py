"""A pair has two elements, of different types: which one it is must be plain."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, TotalOrder, action, require


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    latest: tuple[Server, Term]

    def init(self, s: Server) -> None:
        self.latest = (s, Term.first())

    @action
    def move_on(self, t: Term) -> None:
        require(self.latest[2] < t)


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
