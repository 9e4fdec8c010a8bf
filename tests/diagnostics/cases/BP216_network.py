"""How many messages are in flight is not for the protocol to know."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Model,
    Network,
    Protocol,
    Sort,
    TotalOrder,
    action,
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
    network: Network[Prepare]

    def init(self) -> None:
        self.network = Network()

    @action
    def prepare(self, b: Ballot) -> None:
        self.network.send(Prepare(b))

    @action
    def forget(self, m: Prepare) -> None:
        require(m in self.network)
        self.network.discard(m)


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
