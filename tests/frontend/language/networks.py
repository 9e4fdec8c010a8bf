"""One protocol over each model of the network: what send, receive and `in` become."""

from __future__ import annotations

from typing import Self

from ballotproof.spec.lang import (
    BagNetwork,
    FifoNetwork,
    Map,
    Model,
    Network,
    Protocol,
    SetNetwork,
    Sort,
    action,
    fill,
    invariant,
    record,
    require,
    step_invariant,
)


class Node(Sort): ...


@record
class Ping:
    source: Node
    dest: Node


@record
class Pong:
    source: Node
    dest: Node
    final: bool


class Pings(Protocol):
    network: Network[Ping | Pong]
    done: Map[Node, bool]

    def init(self) -> None:
        self.network = Network()
        self.done = fill(Node, False)

    @action
    def ping(self, a: Node, b: Node) -> None:
        require(a != b and not self.done[a])
        self.network.send(Ping(a, b))

    @action
    def pong(self, m: Ping) -> None:
        """The parameter is drawn by receiving it; the answer goes the other way."""
        self.network.receive(m)
        self.network.send(Pong(m.dest, m.source, self.done[m.dest]))

    @action
    def finish(self, m: Pong) -> None:
        require(m in self.network)
        require(not m.final)
        self.network.receive(m)
        self.done[m.dest] = True

    @invariant
    def to_others(self) -> bool:
        return all(m.source != m.dest for m in self.network)

    @invariant
    def answered_by_others(self) -> bool:
        """Messages of one class, and one of another that may be waiting behind them."""
        return all(m.source != m.dest for m in self.network.of(Pong)) and not any(
            Pong(m.dest, m.source, False) in self.network.of(Pong) and self.done[m.source]
            for m in self.network.of(Ping)
            if self.done[m.dest]
        )

    @step_invariant
    def final_later(self, after: Self) -> bool:
        return all(
            not isinstance(m, Pong) or not m.final or m in self.network or self.done[m.source]
            for m in after.network
        )

    @step_invariant
    def one_answer_at_a_time(self, after: Self) -> bool:
        return len(after.network.of(Pong)) <= len(self.network.of(Pong)) + 1


MODELS = [
    Model(name="set", protocol=Pings, sizes={Node: 2}),
    Model(name="set by name", protocol=Pings, sizes={Node: 2}, network=SetNetwork()),
    Model(name="bag", protocol=Pings, sizes={Node: 2}, network=BagNetwork(capacity=2)),
    Model(
        name="bag with faults",
        protocol=Pings,
        sizes={Node: 2},
        network=BagNetwork(capacity=2, loses=True, duplicates=True),
    ),
    Model(name="FIFO", protocol=Pings, sizes={Node: 2}, network=FifoNetwork(capacity=1)),
    Model(
        name="lossy FIFO",
        protocol=Pings,
        sizes={Node: 2},
        network=FifoNetwork(capacity=1, loses=True),
    ),
]
