"""Constants of every type: bound by the model, of the class, of the module."""

from __future__ import annotations

from enum import Enum

from ballotproof.spec.lang import (
    Const,
    Model,
    Protocol,
    Sort,
    TotalOrder,
    action,
    assumption,
    require,
)


class Node(Sort): ...


class Ballot(TotalOrder): ...


class Mode(Enum):
    FAST = 0
    SAFE = 1


LIMIT = 2
DEFAULT = Mode.SAFE


class Constants(Protocol):
    STEP = 1
    START = Mode.FAST

    most = Const[int]()
    eager = Const[bool]()
    mode = Const[Mode]()
    leader = Const[Node]()
    spare = Const[Node | None]()
    voters = Const[frozenset[Node]]()
    order = Const[tuple[Ballot, ...]]()

    count: int
    now: Mode
    chosen: Node | None

    def init(self) -> None:
        self.count = 0
        self.now = self.START
        self.chosen = None

    @action
    def step(self, n: Node) -> None:
        require(self.count + self.STEP <= self.most and self.count < LIMIT)
        require(self.eager or n in self.voters)
        self.count += self.STEP
        self.chosen = n if n != self.leader else self.spare

    @action
    def switch(self, b: Ballot) -> None:
        require(b in self.order and b == self.order[0])
        self.now = self.mode if self.now != self.mode else DEFAULT

    @assumption
    def some_voter(self) -> bool:
        return any(n in self.voters for n in Node) and len(self.order) > 0


MODELS = [
    Model(
        name="2 nodes",
        protocol=Constants,
        sizes={Node: 2, Ballot: 2},
        constants={
            "most": 3,
            "eager": False,
            "mode": Mode.SAFE,
            "leader": 1,
            "spare": None,
            "voters": {1, 2},
            "order": (1, 0),
        },
    )
]
