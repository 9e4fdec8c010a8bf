"""What is to be sent next may be an entry that is not there yet."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, TotalOrder, action, fill


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    log: Map[Server, tuple[Term, ...]]
    next_index: Map[Server, int]
    sent: tuple[Term, ...]

    def init(self) -> None:
        self.log = fill(Server, ())
        self.next_index = fill(Server, 0)
        self.sent = ()

    @action
    def replicate(self, s: Server) -> None:
        i = self.next_index[s]
        self.sent = (self.log[s][i],)
        self.next_index[s] = i + 1


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
