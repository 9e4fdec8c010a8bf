"""Disks of simulated servers with what a host really keeps on them: the store, on the model of a
disk that tears what is being written when power fails, and that rots.

What survives is what the store finds when it is opened again; the simulator only says what happens
to the disk. Where an operation fails, the host stops, and what it had not synced may be lost as if
power had failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from random import Random
from typing import Any

from ..storage.failures import Damaged, StorageFailure
from ..storage.kept import Format, Kept
from ..storage.modelled import Fault, Image, ModelledFiles, image

__all__ = ["Disk"]

SECTOR_BYTES = 64
SEGMENT_BYTES = 600
SNAPSHOT_BYTES = 1500
"""Small, so that a short run has many of each."""


class PowerFails(BaseException):
    """In the middle of an operation; no host can catch it."""


class Disk:
    """The disk of one server. ``kept`` is what its host works with. ``refused`` are the errors for
    which it could not be opened the last time, before it could."""

    def __init__(self, form: Format[Any, Any], node: int) -> None:
        self.form, self.identity = form, f"server {node}".encode()
        self.files = ModelledFiles(sector_bytes=SECTOR_BYTES)
        self.kept = self._made()
        self.before = 0
        self.failed = False
        self.refused: list[str] = []

    def will_fail(self, fault: Fault, operation: int, reading: bool) -> None:
        """The operation of this number from now on fails, once."""
        if reading:
            self.files.read_faults[self.files.reads + operation] = fault
        else:
            self.files.faults[self.files.operations + operation] = fault

    def may_fail(self) -> bool:
        """Whether an operation is still to fail that is not a reading one."""
        return any(number > self.files.operations for number in self.files.faults)

    def _made(self) -> Kept[Any, Any]:
        return Kept.create(
            self.form,
            self.files,
            self.identity,
            segment_bytes=SEGMENT_BYTES,
            snapshot_bytes=SNAPSHOT_BYTES,
        )

    def _opened(self) -> Kept[Any, Any]:
        """**Errors** Damaged."""
        return Kept.open(
            self.form,
            self.files,
            self.identity,
            segment_bytes=SEGMENT_BYTES,
            snapshot_bytes=SNAPSHOT_BYTES,
        )

    def _put(self, content: Image, drawn: Random) -> None:
        """Files with this in them take the place of those that are there, and are opened. An
        operation that is still to fail does so there as well; then the host does not start, power
        fails once more, and it is tried again.

        **Errors** Damaged.
        """
        self.refused = []
        while True:
            old, self.files = self.files, ModelledFiles(content, SECTOR_BYTES)
            self.files.faults = later(old.faults, old.operations)
            self.files.read_faults = later(old.read_faults, old.reads)
            try:
                self.kept = self._opened()
                self.failed = False
                return
            except StorageFailure as error:
                if not self.files.faulted:
                    raise
                self.refused.append(str(error))
                content = self.files.after_power_failure(drawn)

    def keep(self, records: Sequence[Any]) -> None:
        """Store these together.

        **Errors** StorageFailure; then the host has to stop.
        """
        self.before = self.kept.store.last
        try:
            for record in records:
                self.kept.persist(record)
            self.kept.sync()
        except StorageFailure:
            self.failed = True
            raise

    def power_fails(self, writing: Sequence[Any], number: int) -> int:
        """While a group of records is being written, or nothing is, or after storing that group has
        failed. How many of them are there after that. ``number`` draws when it is and what is left
        of what was not synced; with 0 nothing was begun.

        **Errors** Damaged, which would be a mistake of the store.
        """
        drawn = Random(number)
        before = self.before if self.failed else self.kept.store.last
        if writing and number and not self.failed:
            left = drawn.randrange(1, 5)

            def operation(_: str) -> None:
                nonlocal left
                left -= 1
                if not left:
                    raise PowerFails

            self.files.before_change = operation
            with suppress(PowerFails, StorageFailure):
                self.keep(writing)
        self._put(self.files.after_power_failure(drawn), drawn)
        return self.kept.store.last - before

    def rots(self, number: int) -> bool:
        """A bit flips while the server is off, and all that it had written is on the disk. Whether
        the store refuses what is left; it is empty then, and knows that it was not."""
        drawn = Random(number)
        contents = {name: bytes(file.data) for name, file in self.files.files.items()}
        name = drawn.choice([name for name, content in sorted(contents.items()) if content])
        rotten = bytearray(contents[name])
        bit = drawn.randrange(8 * len(rotten))
        rotten[bit // 8] ^= 1 << bit % 8
        try:
            self._put(image(contents | {name: bytes(rotten)}), drawn)
        except Damaged:
            self.is_lost()
            return True
        return False

    def is_lost(self) -> None:
        """Another disk takes its place, with nothing on it."""
        self.files = ModelledFiles(sector_bytes=SECTOR_BYTES)
        self.kept = self._made()
        self.failed, self.refused = False, []


def later(faults: dict[int, Fault], done: int) -> dict[int, Fault]:
    """The faults that are still to come after so many operations, counted from there."""
    return {number - done: fault for number, fault in faults.items() if number > done}
