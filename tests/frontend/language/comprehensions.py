"""all, any, sum, min, max, frozenset, set and tuple comprehensions, nested and filtered."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    QuorumOf,
    Sort,
    TotalOrder,
    action,
    invariant,
    record,
    require,
)


class Node(Sort): ...


class Ballot(TotalOrder): ...


class Quorum(QuorumOf[Node]): ...


@record
class Vote:
    node: Node
    ballot: Ballot


class Comprehensions(Protocol):
    votes: Map[Node, frozenset[Vote]]
    log: tuple[Ballot, ...]
    result: Ballot | None
    numbers: frozenset[int]

    def init(self) -> None:
        self.votes = Map({n: frozenset() for n in Node})
        self.log = ()
        self.result = None
        self.numbers = frozenset()

    @action
    def vote(self, n: Node, b: Ballot) -> None:
        require(not any(v.ballot == b for m in Node for v in self.votes[m]))
        self.votes[n] = self.votes[n] | {Vote(n, b)}

    @action
    def decide(self, q: Quorum) -> None:
        """Generators see the names before them; a quorum is a domain like any other."""
        require(all(any(v.node == n for v in self.votes[n]) for n in q))
        self.result = max((v.ballot for n in q for v in self.votes[n] if v.node == n), default=None)

    @action
    def collect(self) -> None:
        require(not self.log)
        ballots = {v.ballot for n in Node for v in self.votes[n]}
        self.log = tuple(b for b in Ballot if b in ballots)
        self.numbers = frozenset(len(self.votes[n]) for n in Node)

    @action
    def extremes(self) -> None:
        require(self.log != () and self.numbers != frozenset())
        least, greatest = min(b for b in self.log), max(self.log)
        require(min(least, greatest) == least)
        self.result = least
        self.log = tuple(b for i in range(len(self.log)) for b in (self.log[i],) if i > 0)
        self.numbers = frozenset(max(a, b, 0) for a in self.numbers for b in self.numbers if a <= b)

    @invariant
    def counted(self) -> bool:
        one_by_one = sum(1 for n in Node for v in self.votes[n] if v.node == n)
        return one_by_one == sum(len(self.votes[n]) for n in Node) and all(
            sum(v.ballot == b for n in Node for v in self.votes[n]) <= 1 for b in Ballot
        )

    @invariant
    def shadowed(self) -> bool:
        """The same name means different things in different comprehensions."""
        return all(n in Node for n in Node) and all(n >= 0 for n in self.numbers)


MODELS = [Model(name="2 nodes", protocol=Comprehensions, sizes={Node: 2, Ballot: 2})]
