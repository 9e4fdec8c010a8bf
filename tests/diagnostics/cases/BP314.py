"""Every second entry is no part of the log that a protocol would send."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, TotalOrder, action


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    log: tuple[Term, ...]
    sent: tuple[Term, ...]

    def init(self) -> None:
        self.log = ()
        self.sent = ()

    @action
    def replicate(self) -> None:
        self.sent = self.log[::2]


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
