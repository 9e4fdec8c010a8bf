"""The messages are promises; no acceptor is among them."""

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
    heard: Set[Acceptor]

    def init(self) -> None:
        self.sent = Set()
        self.heard = Set()

    @action
    def promise(self, a: Acceptor, b: Ballot) -> None:
        self.sent.add(Promise(a, b))

    @action
    def hear(self, a: Acceptor) -> None:
        require(a in self.sent)
        self.heard.add(a)


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
