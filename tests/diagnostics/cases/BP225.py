"""A log is a value: to overwrite an entry is to make another log."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, TotalOrder, action


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    log: tuple[Term, ...]

    def init(self) -> None:
        self.log = (Term.first(),)

    @action
    def overwrite(self, t: Term) -> None:
        self.log[0] = t


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
