"""Whether a value is safe is asked of every lower ballot, and each asks again."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, TotalOrder, action, require


class Ballot(TotalOrder):
    """The number of a round."""


class Rounds(Protocol):
    closed: Set[Ballot]

    def init(self) -> None:
        self.closed = Set()

    @action
    def close(self, b: Ballot) -> None:
        require(self.safe_below(b))
        self.closed.add(b)

    def safe_below(self, b: Ballot) -> bool:
        return all(c in self.closed and self.safe_below(c) for c in Ballot if c < b)


MODEL = Model(name="3 ballots", protocol=Rounds, sizes={Ballot: 3})
