"""A list can change in place, and a state cannot hold what does."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, TotalOrder, action, fill


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Logs(Protocol):
    log: Map[Server, list[Term]]

    def init(self) -> None:
        self.log = fill(Server, [])

    @action
    def append(self, s: Server, t: Term) -> None:
        self.log[s] = self.log[s] + [t]


MODEL = Model(name="2 servers", protocol=Logs, sizes={Server: 2, Term: 2})
