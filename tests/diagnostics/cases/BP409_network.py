"""The network is declared to carry promises only."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Network, Protocol, Sort, TotalOrder, action, record


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
    network: Network[Promise]

    def init(self) -> None:
        self.network = Network()

    @action
    def promise(self, a: Acceptor, b: Ballot) -> None:
        self.network.send(Prepare(b))


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
