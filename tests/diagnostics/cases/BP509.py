"""The entries before the last but one, of a log that has only one."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, TotalOrder, action, fill


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    log: Map[Server, tuple[Term, ...]]

    def init(self) -> None:
        self.log = fill(Server, (Term.first(),))

    @action
    def shorten(self, s: Server) -> None:
        log = self.log[s]
        self.log[s] = log[: len(log) - 2]


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
