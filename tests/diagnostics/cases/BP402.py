"""A ballot is never an acceptor, so this guard would never hold."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    Sort,
    TotalOrder,
    action,
    fill,
    record,
    require,
)


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
    promised: Map[Acceptor, Ballot]

    def init(self) -> None:
        self.promised = fill(Acceptor, Ballot.first())

    @action
    def promise(self, a: Acceptor, b: Ballot) -> None:
        require(self.promised[a] != a)
        self.promised[a] = b


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
