"""Proofs of nothing: an assumption that cannot be, and an action that never happens."""

from __future__ import annotations

from ballotproof.spec.consensus import Consensus, Value
from ballotproof.spec.lang import (
    Model,
    Proof,
    Protocol,
    QuorumOf,
    Set,
    Sort,
    action,
    assumption,
    invariant,
    majority,
    require,
)


class Node(Sort):
    """A member."""


class Quorum(QuorumOf[Node]):
    """Any two meet."""


class Absurd(Protocol):
    """Chooses without looking, under an assumption that no instance satisfies."""

    chosen: Set[Node]

    def init(self) -> None:
        self.chosen = Set()

    @assumption
    def nothing(self) -> bool:
        return all(not any(a in q for a in q) for q in Quorum)

    @action
    def choose(self, a: Node) -> None:
        self.chosen.add(a)

    @invariant
    def known(self) -> bool:
        return all(any(a == b for b in Node) for a in self.chosen)


class Idle(Consensus):
    """Consensus with a step that is never taken."""

    @action
    def never(self) -> None:
        require(any(v != w for v in self.chosen for w in self.chosen))
        self.chosen = Set()


PROOFS = [
    Proof(
        name="absurd",
        protocol=Absurd,
        of=Absurd,
        instances=[
            Model(name="2", protocol=Absurd, sizes={Node: 2}, quorums={Quorum: majority}),
        ],
    ),
    Proof(
        name="idle",
        protocol=Idle,
        of=Idle,
        instances=[Model(name="2", protocol=Idle, sizes={Value: 2})],
    ),
]
