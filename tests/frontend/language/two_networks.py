"""Two networks: each is lost from by an action of its own."""

from __future__ import annotations

from ballotproof.spec.lang import (
    BagNetwork,
    FifoNetwork,
    Model,
    Network,
    Protocol,
    Sort,
    action,
    record,
)


class Node(Sort): ...


@record
class Note:
    source: Node
    dest: Node


class Notes(Protocol):
    front: Network[Note]
    back: Network[Note]

    def init(self) -> None:
        self.front = Network()
        self.back = Network()

    @action
    def write(self, a: Node, b: Node) -> None:
        self.front.send(Note(a, b))

    @action
    def carry(self, m: Note) -> None:
        self.front.receive(m)
        self.back.send(m)


MODELS = [
    Model(
        name="lossy bags",
        protocol=Notes,
        sizes={Node: 2},
        network=BagNetwork(capacity=1, loses=True),
    ),
    Model(
        name="lossy queues",
        protocol=Notes,
        sizes={Node: 2},
        network=FifoNetwork(capacity=1, loses=True),
    ),
]
