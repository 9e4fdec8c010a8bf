"""Whether a message is still on its way is not for a server to know."""

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
    idle: bool

    def init(self) -> None:
        self.network = Network()
        self.idle = False

    @action
    def prepare(self, b: Ballot) -> None:
        self.network.send(Prepare(b))

    @action
    def rest(self) -> None:
        require(not self.network)
        self.idle = True


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
