"""Protocols that make mistakes at run time, each in an action or property of its own."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Bag,
    Map,
    Model,
    Protocol,
    Set,
    Sort,
    TotalOrder,
    action,
    fill,
    invariant,
    record,
    refines,
    require,
    step_invariant,
)


class Node(Sort): ...


class Ballot(TotalOrder): ...


@record
class Vote:
    ballot: Ballot


@record
class Refusal:
    node: Node


class Count(Protocol):
    count: int

    def init(self) -> None:
        self.count = 0

    @action
    def step(self) -> None:
        self.count += 1


class Fine(Protocol):
    """Makes no mistake; the variants below make one each."""

    count: int
    log: tuple[Ballot, ...]
    vote: Map[Node, Vote | None]
    seen: Set[Vote | Refusal]
    copies: Bag[Vote]

    def init(self) -> None:
        self.count = 0
        self.log = ()
        self.vote = fill(Node, None)
        self.seen = Set()
        self.copies = Bag()

    @action
    def step(self) -> None:
        require(self.count < 3)
        self.count += 1


class IndexTooLarge(Fine):
    @action
    def read(self, n: Node) -> None:
        require(self.log[self.count] == Ballot.first())


class IndexNegative(Fine):
    @action
    def read(self) -> None:
        self.log = (Ballot.first(),)
        require(self.log[self.count - 1] == Ballot.first())


class BoundNegative(Fine):
    @action
    def cut(self) -> None:
        self.log = self.log[: self.count - 1]


class NoneHasNoField(Fine):
    @action
    def read(self, n: Node) -> None:
        require(self.vote[n].ballot == Ballot.first())  # type: ignore[union-attr]  # the mistake


class NoneHasNoOrder(Fine):
    @action
    def compare(self, b: Ballot) -> None:
        highest = max((v.ballot for v in self.seen.of(Vote)), default=None)
        require(highest < b)  # type: ignore[operator]  # the mistake


class NothingToTakeFrom(Fine):
    @action
    def look(self, b: Ballot) -> None:
        require(max(v.ballot for v in self.seen.of(Vote)) < b)


class BagIsEmpty(Fine):
    @action
    def take(self, b: Ballot) -> None:
        self.copies.remove(Vote(b))


class OnlyLater(Fine):
    """The first state is fine: the mistake is reached by steps."""

    @action
    def read(self) -> None:
        require(self.count == 2)
        require(self.log[self.count] == Ballot.first())


class InAnInvariant(Fine):
    @invariant
    def claim(self) -> bool:
        return self.log[self.count] == Ballot.first()


class InAStepInvariant(Fine):
    @step_invariant
    def claim(self, after: Fine) -> bool:
        return self.count == 0 or after.log[after.count] == Ballot.first()


class InInit(Fine):
    def init(self) -> None:
        super().init()
        self.log = (self.log[0],)


class InARefinement(Fine):
    @action
    def enter(self) -> None:
        self.log = (Ballot.first(),)

    @refines(Count)
    def counting(self) -> Count:
        return Count(count=self.count if self.log[self.count] == Ballot.first() else 0)


class Guarded(Fine):
    """No mistake: what could go wrong is not evaluated."""

    @action
    def read(self, n: Node) -> None:
        require(len(self.log) > 0 and self.log[0] == Ballot.first())
        vote = self.vote[n]
        require(vote is None or vote.ballot < vote.ballot)
        require(all(self.log[i] == Ballot.first() for i in range(len(self.log))))


def model(protocol: type[Protocol]) -> Model:
    return Model(name=protocol.__name__, protocol=protocol, sizes={Node: 2, Ballot: 2})


IN_STEPS = [
    IndexTooLarge,
    NoneHasNoField,
    NoneHasNoOrder,
    NothingToTakeFrom,
    BagIsEmpty,
    OnlyLater,
]
