"""Disks of simulated servers with what a host really keeps on them: the store, on the model of a
disk that tears what is being written when power fails, and that rots.

What survives is what the store finds when it is opened again; the simulator only says what happens
to the disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from random import Random
from typing import Any

from ..storage.failures import Damaged
from ..storage.kept import Format, Kept
from ..storage.modelled import ModelledFiles, image

__all__ = ["Disk"]

SECTOR_BYTES = 64
SEGMENT_BYTES = 600
SNAPSHOT_BYTES = 1500
"""Small, so that a short run has many of each."""


class PowerFails(BaseException):
    """In the middle of an operation; no host can catch it."""


class Disk:
    """The disk of one server. ``kept`` is what its host works with."""

    def __init__(self, form: Format[Any, Any], node: int) -> None:
        self.form, self.identity = form, f"server {node}".encode()
        self.files = ModelledFiles(sector_bytes=SECTOR_BYTES)
        self.kept = self._made()

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

    def keep(self, records: Sequence[Any]) -> None:
        """Store these together."""
        for record in records:
            self.kept.persist(record)
        self.kept.sync()

    def power_fails(self, writing: Sequence[Any], number: int) -> int:
        """While a group of records is being written, or nothing is. How many of them are there
        after that. ``number`` draws when it is and what is left of what was not synced; with 0
        nothing was begun.

        **Errors** Damaged, which would be a mistake of the store.
        """
        before, drawn = self.kept.store.last, Random(number)
        if writing and number:
            left = drawn.randrange(1, 5)

            def operation(_: str) -> None:
                nonlocal left
                left -= 1
                if not left:
                    raise PowerFails

            self.files.before_change = operation
            with suppress(PowerFails):
                self.keep(writing)
        self.files = ModelledFiles(self.files.after_power_failure(drawn), SECTOR_BYTES)
        self.kept = self._opened()
        return self.kept.store.last - before

    def rots(self, number: int) -> bool:
        """A bit flips while the server is off, and all that it had written is on the disk. Whether
        the store refuses what is left; it is empty then, and knows that it was not."""
        drawn = Random(number)
        contents = {name: self.files.read(name) for name in self.files.names()}
        name = drawn.choice([name for name, content in contents.items() if content])
        rotten = bytearray(contents[name])
        bit = drawn.randrange(8 * len(rotten))
        rotten[bit // 8] ^= 1 << bit % 8
        self.files = ModelledFiles(image(contents | {name: bytes(rotten)}), SECTOR_BYTES)
        try:
            self.kept = self._opened()
        except Damaged:
            self.is_lost()
            return True
        return False

    def is_lost(self) -> None:
        """Another disk takes its place, with nothing on it."""
        self.files = ModelledFiles(sector_bytes=SECTOR_BYTES)
        self.kept = self._made()
