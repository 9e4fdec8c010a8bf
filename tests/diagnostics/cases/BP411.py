"""A prepare message has no acceptor, and this may be one."""

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
    heard: Set[Acceptor]

    def init(self) -> None:
        self.sent = Set()
        self.heard = Set()

    @action
    def hear(self, m: Prepare | Promise) -> None:
        require(m in self.sent)
        self.heard.add(m.acceptor)


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
