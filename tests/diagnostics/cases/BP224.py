"""Both names are of one set in Python, so what was sent before changes with the next message."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, TotalOrder, action, record


class Acceptor(Sort):
    """Who votes."""


class Ballot(TotalOrder):
    """The number of a round."""


@record
class Prepare:
    ballot: Ballot


@record
class Promise:
    acceptor: Acceptor
    ballot: Ballot


class Promises(Protocol):
    sent: Set[Prepare]
    first: bool

    def init(self) -> None:
        self.sent = Set()
        self.first = True

    @action
    def prepare(self, b: Ballot) -> None:
        before = self.sent
        self.sent.add(Prepare(b))
        self.first = Prepare(b) not in before


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
