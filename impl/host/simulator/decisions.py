"""Everything about a run that is not planned but left to chance: how long a message takes, whether
it arrives at all or twice, how long a timer runs, which un-synced writes survive a crash and what
they leave on a disk.

Chance is one of three: drawn from a seed, drawn and written down, or read from what was written
down. What is not written there is as usual: each message takes one tick, each timer runs as long as
it may, shorter on servers with lower numbers; and so a run can be made simpler by forgetting.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from msgspec import Struct

from ...core import NodeId
from .faults import Dose

__all__ = ["Chance", "Decision", "Noted", "Recalled"]


class Decision(Struct, frozen=True, tag=True):
    """``kind`` of what was decided, between or at whom (``sender`` is ``to`` where it is about one
    server), the how-manieth of its kind there, and what: for messages the times after which they
    arrive, none if they are lost; for timers a time; for crashes how many un-synced records
    survive, or a number that draws what a disk goes through."""

    kind: str
    sender: NodeId
    to: NodeId
    number: int
    what: tuple[int, ...]


class Chance:
    """Drawn from a seed."""

    def __init__(self, seed: int, dose: Dose) -> None:
        random = Random(seed)
        self.draw = random.random
        self.loss = dose.loss / 1000
        self.noise = (dose.loss + dose.copies) / 1000
        self.spread = dose.spread

    def message(self, sender: NodeId, to: NodeId) -> tuple[int, ...]:
        """The ticks after which a message arrives, one for each copy."""
        draw = self.draw
        x = draw()
        if x >= self.noise:
            return (1 + int(draw() * self.spread),)
        if x < self.loss:
            return ()
        return (1 + int(draw() * self.spread), 1 + int(draw() * 10 * self.spread))

    def timer(self, node: NodeId, least: int, most: int) -> int:
        """How long a timer runs."""
        return least if least == most else least + int(self.draw() * (most - least + 1))

    def survivors(self, node: NodeId, records: int) -> int:
        """How many of the records that were not synced are there after a crash."""
        return int(self.draw() * (records + 1))

    def disk(self, node: NodeId) -> int:
        """A number from which follows what a disk goes through in a crash."""
        return int(self.draw() * (1 << 32))


class Noted(Chance):
    """Drawn from a seed, and written down in ``decisions``."""

    def __init__(self, seed: int, dose: Dose) -> None:
        super().__init__(seed, dose)
        self.decisions: list[Decision] = []
        self.counts: dict[tuple[str, NodeId, NodeId], int] = {}

    def note(self, kind: str, sender: NodeId, to: NodeId, what: tuple[int, ...]) -> None:
        key = (kind, sender, to)
        number = self.counts[key] = self.counts.get(key, 0) + 1
        self.decisions.append(Decision(kind, sender, to, number, what))

    def message(self, sender: NodeId, to: NodeId) -> tuple[int, ...]:
        found = super().message(sender, to)
        self.note("message", sender, to, found)
        return found

    def timer(self, node: NodeId, least: int, most: int) -> int:
        found = super().timer(node, least, most)
        self.note("timer", node, node, (found,))
        return found

    def survivors(self, node: NodeId, records: int) -> int:
        found = super().survivors(node, records)
        self.note("survivors", node, node, (found,))
        return found

    def disk(self, node: NodeId) -> int:
        found = super().disk(node)
        self.note("disk", node, node, (found,))
        return found


class Recalled(Chance):
    """What was written down, and as usual otherwise."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self.known = {(d.kind, d.sender, d.to, d.number): d.what for d in decisions}
        self.counts: dict[tuple[str, NodeId, NodeId], int] = {}

    def recall(self, kind: str, sender: NodeId, to: NodeId) -> tuple[int, ...] | None:
        key = (kind, sender, to)
        number = self.counts[key] = self.counts.get(key, 0) + 1
        return self.known.get((kind, sender, to, number))

    def message(self, sender: NodeId, to: NodeId) -> tuple[int, ...]:
        found = self.recall("message", sender, to)
        return (1,) if found is None else found

    def timer(self, node: NodeId, least: int, most: int) -> int:
        found = self.recall("timer", node, node)
        return min(most, least + 10 * max(node, 0)) if found is None else found[0]

    def survivors(self, node: NodeId, records: int) -> int:
        found = self.recall("survivors", node, node)
        return 0 if found is None else min(found[0], records)

    def disk(self, node: NodeId) -> int:
        found = self.recall("disk", node, node)
        return 0 if found is None else found[0]
