"""A message has no name by which a model could give one."""

from __future__ import annotations

from ballotproof.spec.lang import Const, Model, Protocol, Set, Sort, TotalOrder, action, record


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
    opening = Const[Prepare]()
    sent: Set[Prepare]

    def init(self) -> None:
        self.sent = Set()

    @action
    def open(self) -> None:
        self.sent.add(self.opening)


MODEL = Model(
    name="2 ballots",
    protocol=Promises,
    sizes={Acceptor: 2, Ballot: 2},
    constants={"opening": 1},
)
