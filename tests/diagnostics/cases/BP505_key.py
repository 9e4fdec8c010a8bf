"""The log of the leader is asked for before there is a leader."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, TotalOrder, action, fill


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    leader: Server | None
    log: Map[Server, tuple[Term, ...]]

    def init(self) -> None:
        self.leader = None
        self.log = fill(Server, ())

    @action
    def append(self, t: Term) -> None:
        self.log[self.leader] = (t,)


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
