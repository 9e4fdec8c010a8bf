"""In Python the index -1 is the last entry; here it is a mistake, found by the other engines."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, TotalOrder, action, fill


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    log: Map[Server, tuple[Term, ...]]
    previous: Map[Server, int]
    sent: tuple[Term, ...]

    def init(self) -> None:
        self.log = fill(Server, (Term.first(),))
        self.previous = fill(Server, 0)
        self.sent = ()

    @action
    def step_back(self, s: Server) -> None:
        self.previous[s] -= 1
        self.sent = (self.log[s][self.previous[s]],)


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
