"""The last entry has an index, counted from the start."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, TotalOrder, action, require


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    log: tuple[Term, ...]

    def init(self) -> None:
        self.log = (Term.first(),)

    @action
    def append(self, t: Term) -> None:
        require(t > self.log[-1])
        self.log = self.log + (t,)


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
