"""A log is taken apart by its indices, not by a pattern."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, TotalOrder, action


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    log: tuple[Term, ...]

    def init(self) -> None:
        self.log = ()

    @action
    def append(self, t: Term) -> None:
        match self.log:
            case []:
                self.log = (t,)
            case [first, *rest]:
                self.log = self.log + (t,)


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
