"""Who belongs to the cluster, and which of its members are a quorum (6; thesis, chapter 4)."""

from __future__ import annotations

from collections.abc import Callable, Collection

from msgspec import Struct

from ..core import NodeId

__all__ = ["Configuration", "majority"]


def majority(of: Collection[NodeId]) -> int:
    """How many servers are more than half of these."""
    return len(of) // 2 + 1


class Configuration(Struct, frozen=True, tag=True):
    """Voters and learners. Each tuple is in order and without repetitions.

    While ``outgoing`` is not empty the configuration is joint: both it and ``voters`` have to
    agree. ``leaving`` are those of ``outgoing`` who become learners when it is left.
    ``automatic`` says that the leader leaves it by itself, as soon as it is committed.
    """

    voters: tuple[NodeId, ...]
    learners: tuple[NodeId, ...] = ()
    outgoing: tuple[NodeId, ...] = ()
    leaving: tuple[NodeId, ...] = ()
    automatic: bool = True

    @property
    def joint(self) -> bool:
        return bool(self.outgoing)

    @property
    def members(self) -> tuple[NodeId, ...]:
        """All to whom the log is sent, in order."""
        if not (self.learners or self.outgoing):
            return self.voters
        return tuple(sorted({*self.voters, *self.learners, *self.outgoing}))

    def votes(self, node: NodeId) -> bool:
        """Whether this server's voice counts, for elections and for commits."""
        return node in self.voters or node in self.outgoing

    def quorum(self, of: Collection[NodeId]) -> bool:
        """Whether these servers are enough, with a majority of each half if it is joint."""
        return sum(n in of for n in self.voters) >= majority(self.voters) and (
            not self.outgoing or sum(n in of for n in self.outgoing) >= majority(self.outgoing)
        )

    def reached(self, by: Callable[[NodeId], int]) -> int:
        """The highest number that a quorum has reached."""
        numbers = sorted(map(by, self.voters))
        highest = numbers[len(numbers) - majority(numbers)]
        if self.outgoing:
            numbers = sorted(map(by, self.outgoing))
            highest = min(highest, numbers[len(numbers) - majority(numbers)])
        return highest

    def left(self) -> Configuration:
        """What remains of a joint configuration when it is left."""
        return Configuration(self.voters, tuple(sorted({*self.learners, *self.leaving})))
