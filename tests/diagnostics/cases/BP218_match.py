"""Only a promise has an acceptor; after the match nothing says which message it was."""

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
    def promise(self, a: Acceptor, b: Ballot) -> None:
        self.sent.add(Promise(a, b))

    @action
    def handle(self, m: Prepare | Promise) -> None:
        require(m in self.sent)
        match m:
            case Promise(acceptor=a):
                pass
            case Prepare():
                pass
        self.heard.add(a)


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
