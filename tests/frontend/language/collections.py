"""Frozensets and Set fields, bags, and the elements of sorts as sets."""

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
    invariant,
    record,
    require,
)


class Node(Sort): ...


class Ballot(TotalOrder): ...


@record
class Ask:
    node: Node


@record
class Answer:
    node: Node
    ballot: Ballot


class Collections(Protocol):
    known: frozenset[Node]
    members: Map[Node, frozenset[Node]]
    sent: Set[Ask | Answer]
    copies: Bag[Ask | Answer]

    def init(self) -> None:
        self.known = frozenset()
        self.members = Map({n: frozenset({n}) for n in Node})
        self.sent = Set({Ask(n) for n in Node})
        self.copies = Bag()

    @action
    def join(self, n: Node, m: Node) -> None:
        others = self.members[n] | self.members[m]
        require(others & self.members[n] <= self.members[n])
        self.members[n] = others
        self.known |= others - frozenset({n})

    @action
    def leave(self, n: Node) -> None:
        require(self.members[n] >= self.known or frozenset(Node) == self.members[n])
        self.members[n] -= self.known
        self.members[n] = self.members[n] & frozenset(Node)
        self.known = frozenset()

    @action
    def answer(self, m: Ask, b: Ballot) -> None:
        require(m in self.sent)
        require(not self.sent.of(Answer))
        require(len(self.copies) < 2)
        self.sent.add(Answer(m.node, b))
        self.copies.add(m)

    @action
    def take(self, m: Ask | Answer) -> None:
        """One copy of several; a bag is asked like a set."""
        require(m in self.copies)
        self.copies.remove(m)
        require(self.copies.count(m) < 2 and all(c.node in Node for c in self.copies))
        self.sent.discard(m)

    @action
    def again(self, m: Ask) -> None:
        require(m in self.copies.of(Ask))
        require(self.copies.count(m) == 1)
        self.copies.add(m)

    @invariant
    def sizes(self) -> bool:
        return len(Node) == len(frozenset(Node)) and len(self.sent) <= len(Node) + 1


MODELS = [Model(name="2 nodes", protocol=Collections, sizes={Node: 2, Ballot: 1})]
