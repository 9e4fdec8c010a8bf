"""How a server starts: for the first time, after a crash, or after its disk was lost."""

from __future__ import annotations

from ..core import Deliver, NodeId, Persist
from .config import Config
from .configuration import Configuration
from .log import Index
from .records import Durable, Record
from .requests import Restored
from .server import Effect, Effects, Placed, Server, election_timer

__all__ = ["recovered"]


def recovered(
    me: NodeId,
    initial: Configuration,
    disk: Durable,
    config: Config,
    lost: bool = False,
) -> tuple[Server, Effects]:
    """A server that starts, or starts again, with what is on its disk: a follower that waits for a
    leader. What was applied before is delivered again: the snapshot at once, what follows it once
    it is known to be committed.

    ``initial`` are the members at the beginning, the same on all servers that were there then; who
    joins later begins with nobody, ``Configuration(())``.

    ``lost``: this server was a member before, and its disk is gone or cannot be trusted. It may
    have voted, and told a candidate that its log goes so far, and does not know. So from now on it
    stores what it is sent and counts for no quorum: it does not vote, and what it stores commits
    nothing. Replace it, under a new number; the number is not to be used again.
    """
    first: Index = 0
    if disk.snapshot is not None:
        first, initial = disk.snapshot.index, disk.snapshot.configuration
    configurations = [Placed(first, initial)]
    for i, entry in enumerate(disk.log.entries, disk.log.base + 1):
        if i > first and isinstance(entry.payload, Configuration):
            configurations.append(Placed(i, entry.payload))
    s = Server(
        me,
        config,
        tuple(configurations),
        disk.term,
        disk.voted_for,
        disk.log,
        disk.snapshot,
        disk.counts and not lost,
        commit=first,
        recent=config.check_quorum,
    )
    effects: list[Effect] = []
    if s.counts != disk.counts:
        effects.append(Persist(Record(s.term, s.voted_for, counts=s.counts)))
    if s.snapshot is not None:
        effects.append(Deliver(Restored(s.snapshot)))
    return s, (*effects, election_timer(s))
