"""Nothing keeps the log from growing, and the model says how long it may be."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, TotalOrder, action, fill


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    log: Map[Server, tuple[Term, ...]]

    def init(self) -> None:
        self.log = fill(Server, ())

    @action
    def append(self, s: Server, t: Term) -> None:
        self.log[s] = self.log[s] + (t,)


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2}, lengths=2)
