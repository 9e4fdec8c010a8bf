"""A message is taken out of the bag a second time."""

from __future__ import annotations

from ballotproof.spec.lang import Bag, Model, Protocol, Sort, TotalOrder, action, record, require


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
    messages: Bag[Prepare]

    def init(self) -> None:
        self.messages = Bag()

    @action
    def prepare(self, b: Ballot) -> None:
        self.messages.add(Prepare(b))

    @action
    def handle(self, m: Prepare) -> None:
        require(m in self.messages)
        self.messages.remove(m)
        self.messages.remove(m)


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
