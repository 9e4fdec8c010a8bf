"""Where parameters come from: sorts, enumerations, bools, options, and domains that are named."""

from __future__ import annotations

from enum import Enum

from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    QuorumOf,
    Set,
    Sort,
    SubsetOf,
    TotalOrder,
    action,
    explicit,
    fill,
    record,
    require,
)


class Node(Sort): ...


class Ballot(TotalOrder): ...


class Quorum(QuorumOf[Node]): ...


class Pair(SubsetOf[Node]): ...


class Mode(Enum):
    FAST = 0
    SAFE = 1


@record
class Ask:
    node: Node


@record
class Reply:
    node: Node
    mode: Mode


class Choices(Protocol):
    sent: Set[Ask | Reply]
    inbox: Map[Node, frozenset[Ask]]
    log: tuple[Ballot, ...]
    n: int

    def init(self, b: Ballot, start: int) -> None:
        """Several initial states."""
        require(start in range(0, 2))
        require(b == Ballot.first() or start == 0)
        self.sent = Set()
        self.inbox = fill(Node, frozenset())
        self.log = (b,)
        self.n = start

    @action
    def ask(self, n: Node, mode: Mode, twice: bool, other: Node | None) -> None:
        require(len(self.sent) < 2)
        self.sent.add(Ask(n))
        if twice and other is not None:
            self.sent.add(Reply(other, mode))

    @action
    def deliver(self, m: Ask, n: Node) -> None:
        """The domain of a parameter may depend on another one, whatever their order."""
        require(m in frozenset(a for a in self.sent.of(Ask) if a.node != n))
        self.inbox[n] = self.inbox[n] | {m}

    @action
    def answer(self, r: Reply, m: Ask, n: Node) -> None:
        require(m in self.inbox[n])
        require(r in self.answers(m))
        self.inbox[n] = frozenset()
        self.sent.discard(m)

    def answers(self, m: Ask) -> frozenset[Reply]:
        return frozenset(r for r in self.sent.of(Reply) if r.node != m.node)

    @action
    def cut(self, i: int, b: Ballot) -> None:
        require(len(self.log) > 0)
        require(i in range(len(self.log)))
        require(b in self.log)
        self.log = self.log[:i]
        self.n = i

    @action
    def agree(self, q: Quorum, p: Pair) -> None:
        require(all(n in p for n in q) and len(q) == len(p))
        require(any(self.inbox[n] for n in p))
        for n in q:
            self.inbox[n] = frozenset()


MODELS = [
    Model(
        name="2 nodes",
        protocol=Choices,
        sizes={Node: 2, Ballot: 2},
        quorums={Pair: explicit({1, 2}, {1})},
    )
]
