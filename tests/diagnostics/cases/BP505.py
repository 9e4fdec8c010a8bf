"""Nobody has promised anything yet, so there is no ballot to compare with."""

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
    promised: Map[Acceptor, Ballot | None]

    def init(self) -> None:
        self.promised = fill(Acceptor, None)

    @action
    def promise(self, a: Acceptor, b: Ballot) -> None:
        joined = self.promised[a]
        require(b > joined)
        self.promised[a] = b


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
