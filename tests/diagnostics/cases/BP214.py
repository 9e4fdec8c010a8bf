"""A server only answers with promises here, so the case for another message never comes."""

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
    accepted: bool

    def init(self) -> None:
        self.sent = Set()
        self.accepted = False

    @action
    def promise(self, a: Acceptor, b: Ballot) -> None:
        self.sent.add(Promise(a, b))

    @action
    def handle(self, m: Promise) -> None:
        require(m in self.sent)
        match m:
            case Prepare(ballot=b):
                self.accepted = b > Ballot.first()
            case Promise():
                self.accepted = True


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
