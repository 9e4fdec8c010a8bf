"""Loops over everything finite: rounds that do not interfere, and rounds in an order."""

from __future__ import annotations

from enum import Enum

from ballotproof.spec.lang import (
    Bag,
    Map,
    Model,
    Protocol,
    QuorumOf,
    Set,
    Sort,
    TotalOrder,
    action,
    fill,
    require,
)


class Node(Sort): ...


class Ballot(TotalOrder): ...


class Quorum(QuorumOf[Node]): ...


class Role(Enum):
    IDLE = 0
    BUSY = 1


class Loops(Protocol):
    role: Map[Node, Role]
    peers: Map[tuple[Node, Node], bool]
    log: tuple[Ballot, ...]
    found: Set[Node]
    bag: Bag[Ballot]
    count: int
    highest: Ballot

    def init(self) -> None:
        self.role = fill(Node, Role.IDLE)
        self.peers = fill((Node, Node), False)
        self.log = ()
        self.found = Set()
        self.bag = Bag()
        self.count = 0
        self.highest = Ballot.first()

    @action
    def entries(self, n: Node, q: Quorum) -> None:
        """Each round writes its own entries; a loop inside a loop."""
        for r in q:
            self.role[r] = Role.BUSY if r == n else self.role[r]
            for s in Node:
                if s != r:
                    self.peers[r, s] = True

    @action
    def additions(self, n: Node) -> None:
        """Rounds add to a set, a bag, a sum, in whatever order."""
        require(self.count < 2)
        for r in Node:
            if self.peers[n, r]:
                self.found.add(r)
                self.count += 1
        for b in frozenset(self.log):
            self.bag.add(b)

    @action
    def removals(self) -> None:
        for r in self.found:
            self.found.discard(r)
        for b in self.bag:
            self.bag.remove(b)
        self.count = 0

    @action
    def in_order(self, b: Ballot) -> None:
        """Sequences, ranges and total orders have an order, and rounds may build on each other."""
        require(len(self.log) < 2)
        log = self.log
        for c in Ballot:
            if c <= b:
                log = log + (c,)
        self.log = log[:2]
        for i in range(len(log)):
            self.highest = log[i]
        for c in log:
            self.highest = max(c, self.highest)

    @action
    def pairs(self, n: Node) -> None:
        """An element that is a pair is taken apart by the loop."""
        for r, s in frozenset((r, s) for r in Node for s in Node if r != s):
            self.peers[r, s] = self.peers[r, s] and r == n

    @action
    def roles(self, n: Node) -> None:
        """Members of an enumeration come in the order of their definition."""
        last = Role.BUSY
        for r in Role:
            last = r
        self.role[n] = last


MODELS = [Model(name="2 nodes", protocol=Loops, sizes={Node: 2, Ballot: 2})]
