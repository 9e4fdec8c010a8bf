"""Ballots are numbers, but of a sort: a float has no place among them."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, action, require


class Acceptor(Sort):
    """Who votes."""


class Timeouts(Protocol):
    expired: Set[Acceptor]

    def init(self) -> None:
        self.expired = Set()

    @action
    def expire(self, a: Acceptor, after_seconds: float) -> None:
        require(after_seconds > 1.5)
        self.expired.add(a)


MODEL = Model(name="2 acceptors", protocol=Timeouts, sizes={Acceptor: 2})
