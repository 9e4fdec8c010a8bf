"""What a server keeps on its disk, and how it gets there."""

from __future__ import annotations

from msgspec import Struct

from ..core import NodeId
from .configuration import Configuration
from .log import Entry, Index, Log, Term

__all__ = ["Durable", "Record", "Snapshot", "written"]

EMPTY = Log()


class Snapshot(Struct, frozen=True):
    """The state machine after the entry at ``index``, in its own words, and what the protocol must
    know of the log up to there."""

    index: Index
    term: Term
    configuration: Configuration
    data: bytes


class Durable(Struct, frozen=True):
    """What is on the disk of a server; as it is by default, nothing. ``counts`` is False for good
    if an earlier disk was lost (:mod:`.restart`)."""

    term: Term = 0
    voted_for: NodeId | None = None
    log: Log = EMPTY
    snapshot: Snapshot | None = None
    counts: bool = True


class Record(Struct, frozen=True):
    """What one step changes on the disk, as a whole or not at all.

    Always term, vote and whether the server counts. Then, if there is one, a snapshot, and where
    the log begins with it: at ``base``. Then what now stands behind index ``behind`` of the log
    (None: the log stays).
    A snapshot may be written elsewhere beforehand, as long as it counts only with this record.
    """

    term: Term
    voted_for: NodeId | None
    behind: Index | None = None
    entries: tuple[Entry, ...] = ()
    snapshot: Snapshot | None = None
    base: Index = 0
    counts: bool = True


def written(disk: Durable, record: Record) -> Durable:
    """The disk after a record. To recover is to begin with ``Durable()`` and to write all records
    again, in order."""
    log, snapshot = disk.log, disk.snapshot
    if record.snapshot is not None:
        snapshot = record.snapshot
        log = cut(log, snapshot, record.base)
    if record.behind is not None:
        log = log.with_entries(record.behind, record.entries)
    return Durable(record.term, record.voted_for, log, snapshot, record.counts)


def cut(log: Log, snapshot: Snapshot, base: Index) -> Log:
    """The log from ``base`` on, which is not behind the snapshot's last entry; empty if that entry
    is not in the log, for then it is another log."""
    if not log.holds(snapshot.index, snapshot.term):
        return log.compacted(snapshot.index, snapshot.term)
    return log.compacted(base, log.term_at(base)) if base > log.base else log
