"""What tests show of optional values and unions, and when that is over."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    Sort,
    TotalOrder,
    action,
    fill,
    invariant,
    record,
    require,
)


class Node(Sort): ...


class Ballot(TotalOrder): ...


@record
class Vote:
    node: Node
    ballot: Ballot


@record
class Veto:
    node: Node


class Narrowing(Protocol):
    latest: Vote | Veto | None
    joined: Map[Node, Ballot | None]
    count: int | None

    def init(self) -> None:
        self.latest = None
        self.joined = fill(Node, None)
        self.count = None

    @action
    def join(self, n: Node, b: Ballot) -> None:
        joined = self.joined[n]
        require(joined is None or b > joined)
        self.joined[n] = b

    @action
    def vote(self, n: Node) -> None:
        """A test at the top level is known to hold from there on."""
        joined = self.joined[n]
        if joined is None:
            return
        self.latest = Vote(n, joined)
        self.count = None

    @action
    def veto(self, n: Node) -> None:
        latest = self.latest
        if isinstance(latest, Vote):
            require(latest.ballot == Ballot.first() or latest.node != n)
            self.latest = Veto(latest.node)
        elif latest is not None:
            require(latest.node != n)
            self.latest = None

    @action
    def number(self) -> None:
        """A field is known not to be None until it is given another value."""
        require(self.count is None or self.count < 2)
        self.count = self.count + 1 if self.count is not None else 0
        self.clear_if(self.count == 2)
        require(self.count == 1 or self.count != 7)

    def clear_if(self, wanted: bool) -> None:
        if wanted:
            self.count = None

    @action
    def highest(self, n: Node) -> None:
        """A local of an optional type, first None, then given a value."""
        best: Ballot | None = None
        for b in Ballot:
            if self.joined[n] == b:
                best = b
        require(best is not None and not best <= Ballot.first())
        self.joined[n] = None

    def of(self, n: Node, latest: Vote | Veto | None) -> bool:
        return latest is not None and (
            latest.ballot > Ballot.first() if isinstance(latest, Vote) else latest.node == n
        )

    @invariant
    def owned(self) -> bool:
        latest = self.latest
        return not (latest is not None and not isinstance(latest, Veto)) or any(
            self.of(n, latest) or latest.node == n for n in Node
        )


MODELS = [Model(name="2 nodes", protocol=Narrowing, sizes={Node: 2, Ballot: 2})]
