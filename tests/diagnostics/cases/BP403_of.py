"""Nobody sends a prepare message here."""

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
    sent: Set[Promise]
    started: bool

    def init(self) -> None:
        self.sent = Set()
        self.started = False

    @action
    def promise(self, a: Acceptor, b: Ballot) -> None:
        self.sent.add(Promise(a, b))

    @action
    def start(self) -> None:
        require(not any(m.ballot == Ballot.first() for m in self.sent.of(Prepare)))
        self.started = True


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
