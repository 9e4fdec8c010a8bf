"""The last entry is asked for, of a log that is empty."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, TotalOrder, action, fill, require


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
        log = self.log[s]
        require(t >= log[len(log) - 1])
        self.log[s] = log + (t,)


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
