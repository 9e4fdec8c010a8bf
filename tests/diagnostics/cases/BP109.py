"""There are too many possible messages to try them all: one that was sent has to be taken."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    Set,
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


class Promises(Protocol):
    promised: Map[Acceptor, Ballot]
    sent: Set[Prepare]

    def init(self) -> None:
        self.promised = fill(Acceptor, Ballot.first())
        self.sent = Set()

    @action
    def prepare(self, b: Ballot) -> None:
        self.sent.add(Prepare(b))

    @action
    def promise(self, a: Acceptor, m: Prepare) -> None:
        require(m.ballot > self.promised[a])
        require(m in self.sent)
        self.promised[a] = m.ballot


MODEL = Model(name="2 acceptors", protocol=Promises, sizes={Acceptor: 2, Ballot: 2})
