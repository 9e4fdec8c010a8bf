"""What a restart sets back: entries of one node, those of pairs that begin with it included."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Durable,
    Map,
    Model,
    Protocol,
    Sort,
    TotalOrder,
    Volatile,
    action,
    fill,
    require,
)


class Node(Sort): ...


class Term(TotalOrder): ...


class Base(Protocol):
    term: Durable[Map[Node, Term]]
    leads: Volatile[Map[Node, bool]]

    def init(self) -> None:
        self.term = fill(Node, Term.first())
        self.leads = fill(Node, False)

    @action
    def lead(self, n: Node, t: Term) -> None:
        require(t >= self.term[n])
        self.term[n] = t
        self.leads[n] = True


class Restarts(Base):
    heard: Volatile[Map[tuple[Node, Node], int]]
    own: Volatile[Map[Node, frozenset[Node]]]

    def init(self) -> None:
        super().init()
        self.heard = Map({(a, b): 1 if a == b else 0 for a in Node for b in Node})
        self.own = Map({n: frozenset({n}) for n in Node})

    @action
    def hear(self, a: Node, b: Node) -> None:
        require(self.heard[a, b] < 2)
        self.heard[a, b] += 1
        self.own[a] = self.own[a] | {b}


MODELS = [
    Model(name="1 restart", protocol=Base, sizes={Node: 2, Term: 2}, restarts=1),
    Model(name="2 restarts", protocol=Restarts, sizes={Node: 2, Term: 1}, restarts=2),
]
