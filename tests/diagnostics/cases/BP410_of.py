"""The messages of one kind are asked for by the name of their class."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, TotalOrder, action, record, require


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
    sent: Set[Prepare | Promise]
    heard: bool

    def init(self) -> None:
        self.sent = Set()
        self.heard = False

    @action
    def hear(self) -> None:
        require(any(m.ballot == Ballot.first() for m in self.sent.of(Prepare | Promise)))
        self.heard = True


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
