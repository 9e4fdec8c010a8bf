"""A message is compared with a message, not with its class."""

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
    def hear(self, m: Prepare | Promise) -> None:
        require(m in self.sent)
        require(m == Promise)
        self.heard = True


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
