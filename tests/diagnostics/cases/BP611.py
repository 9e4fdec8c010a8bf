"""To keep the order between two servers, one must know which two they are."""

from __future__ import annotations

from ballotproof.spec.lang import (
    FifoNetwork,
    Model,
    Network,
    Protocol,
    Sort,
    TotalOrder,
    action,
    record,
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
    network: Network[Prepare | Promise]

    def init(self) -> None:
        self.network = Network()

    @action
    def prepare(self, b: Ballot) -> None:
        self.network.send(Prepare(b))


MODEL = Model(
    name="2 acceptors, FIFO",
    protocol=Promises,
    sizes={Acceptor: 2, Ballot: 2},
    network=FifoNetwork(),
)
