"""A message is lost by the network of the model, and by the text as well."""

from __future__ import annotations

from ballotproof.spec.lang import (
    BagNetwork,
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
    network: Network[Prepare]

    def init(self) -> None:
        self.network = Network()

    @action
    def prepare(self, b: Ballot) -> None:
        self.network.send(Prepare(b))

    @action
    def lose(self, m: Prepare) -> None:
        self.network.receive(m)


MODEL = Model(
    name="2 acceptors, messages lost",
    protocol=Promises,
    sizes={Acceptor: 2, Ballot: 2},
    network=BagNetwork(loses=True),
)
