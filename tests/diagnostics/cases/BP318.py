"""A promise names the acceptor that makes it."""

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
    sent: Set[Promise]

    def init(self) -> None:
        self.sent = Set()

    @action
    def promise(self, a: Acceptor, b: Ballot) -> None:
        self.sent.add(Promise(ballot=b))


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
