"""What a Raft server that runs keeps on its disk: what the core must not forget, and the lines of
its log that were to be written with it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from ...raft import records
from ..storage.files import RealFiles
from ..storage.kept import Format, Kept
from .journal import Stamp

__all__ = ["Disk", "Step", "Stored", "disk"]


class Stored(Struct, frozen=True):
    """All that was stored. ``stamp`` is of the last step."""

    durable: records.Durable = records.Durable()
    stamp: Stamp = Stamp()


class Step(Struct, frozen=True):
    """What one step stores."""

    record: records.Record
    stamp: Stamp


def written(stored: Stored, step: Step) -> Stored:
    return Stored(records.written(stored.durable, step.record), step.stamp)


FORM = Format(Stored(), Step, written)

Disk = Kept[Stored, Step]


def disk(directory: Path, identity: str, *, new: bool) -> Disk:
    """The disk of this server; ``new``: it has none yet, and never had one.

    **Errors** StorageFailure, Damaged; also if a server that is not new has no store.
    """
    files = RealFiles(directory)
    start = Kept.create if new else Kept.open
    try:
        return start(FORM, files, identity.encode())
    except BaseException:
        files.close()
        raise
