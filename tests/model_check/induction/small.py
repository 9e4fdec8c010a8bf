"""Protocols with few typable states, for proofs that can be decided by exhaustion."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Map,
    Model,
    Proof,
    Protocol,
    Set,
    Sort,
    TotalOrder,
    action,
    fill,
    invariant,
    record,
    require,
    step_invariant,
)


class Node(Sort):
    """Who competes."""


class Turn(TotalOrder):
    """When."""


@record
class Claim:
    """A node has asked for a turn."""

    node: Node
    turn: Turn


class Lock(Protocol):
    """A turn goes to one node, for ever."""

    holder: Map[Turn, Node | None]
    asked: Set[Claim]

    def init(self) -> None:
        self.holder = fill(Turn, None)
        self.asked = Set()

    @action
    def ask(self, x: Node, t: Turn) -> None:
        require(all(c.turn < t for c in self.asked if c.node == x))
        self.asked.add(Claim(x, t))

    @action
    def give(self, c: Claim) -> None:
        require(c in self.asked)
        require(self.holder[c.turn] is None)
        self.holder[c.turn] = c.node

    @invariant
    def holder_asked(self) -> bool:
        """Who holds a turn has asked for it."""
        return all(Claim(x, t) in self.asked for t in Turn for x in Node if self.holder[t] == x)

    @step_invariant
    def kept(self, after: Lock) -> bool:
        """A turn once given is not taken away."""
        return all(after.holder[t] == self.holder[t] for t in Turn if self.holder[t] is not None)


class Careless(Lock):
    """Gives a turn to whoever asks last."""

    @action
    def give(self, c: Claim) -> None:
        require(c in self.asked)
        self.holder[c.turn] = c.node

    @invariant
    def first_asks_first(self) -> bool:
        """The first turn is held before any other. False, and soon."""
        return self.holder[Turn.first()] is not None or all(self.holder[t] is None for t in Turn)


class Stack(Protocol):
    """A sequence, which may be read where there is nothing."""

    items: tuple[bool, ...]
    top: int

    def init(self) -> None:
        self.items = ()
        self.top = 0

    @action
    def push(self, x: bool) -> None:
        self.items = (*self.items, x)
        self.top = self.top + 1

    @action
    def pop(self) -> None:
        require(self.top > 0)
        require(self.items[self.top - 1] or not self.items[self.top - 1])
        self.top = self.top - 1

    @action
    def never(self) -> None:
        require(self.top < 0)
        self.top = 0

    @invariant
    def top_known(self) -> bool:
        """What is at the top is there."""
        return self.top >= 0 and self.top <= len(self.items)


class LooseStack(Stack):
    """The same, and too little is known of the top."""

    @invariant
    def top_known(self) -> bool:
        return self.top <= 2


LOCK = Proof(
    name="lock",
    protocol=Lock,
    of=Lock,
    instances=[Model(name="2 nodes, 2 turns", protocol=Lock, sizes={Node: 2, Turn: 2})],
)
CARELESS = Proof(
    name="careless",
    protocol=Careless,
    of=Careless,
    instances=[Model(name="2 nodes, 2 turns", protocol=Careless, sizes={Node: 2, Turn: 2})],
)
STACK = Proof(
    name="stack",
    protocol=Stack,
    of=Stack,
    instances=[Model(name="2 items", protocol=Stack, lengths=2, integers=(-1, 3))],
)
LOOSE_STACK = Proof(
    name="loose stack",
    protocol=LooseStack,
    of=LooseStack,
    instances=[Model(name="2 items", protocol=LooseStack, lengths=2, integers=(-1, 3))],
)
