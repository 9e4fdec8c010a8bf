"""What one core must not forget, in a store: each record that it persists, and what they add up to.

A host opens this once, hands the state to the core's ``recovered``, and from then on gives it each
record of a ``Persist``, in order. What follows the ``Persist`` waits for ``sync``, which makes the
records of any number of steps durable at once (group commit).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import msgpack

from .failures import Damaged
from .files import Files
from .store import SEGMENT_BYTES, Recovered, Store

__all__ = ["SNAPSHOT_BYTES", "Format", "Kept"]

Durable = TypeVar("Durable")
Record = TypeVar("Record")
T = TypeVar("T")

SNAPSHOT_BYTES = 4 * 1024 * 1024
"""When records of so many bytes, and of as many as the state has, have come since the last
snapshot, the state takes their place: all writing together is at most about twice that of the
records."""


class Format(Generic[Durable, Record]):
    """What records are to a core: what it begins with, and what it has after one more.

    ``blank`` is its state on an empty disk, ``record`` the class of its records, and ``written``
    its own function.
    """

    def __init__(
        self, blank: Durable, record: type[Record], written: Callable[[Durable, Record], Durable]
    ) -> None:
        self.blank, self.written = blank, written
        self._record = msgpack.Decoder(record)
        self._durable = msgpack.Decoder(type(blank))
        self._encode = msgpack.Encoder().encode

    def packed(self, what: Durable | Record) -> bytes:
        return self._encode(what)

    def record(self, data: bytes) -> Record:
        """**Errors** ValueError if this is no such record, or one with something else in it."""
        return self._same(self._record.decode(data), data)

    def durable(self, data: bytes) -> Durable:
        """**Errors** ValueError, likewise."""
        return self._same(self._durable.decode(data), data)

    def _same(self, found: T, data: bytes) -> T:
        """A decoder skips what it does not know, and a vote that is skipped is forgotten."""
        if self._encode(found) != data:
            raise ValueError("there is more in it than is read, or less")
        return found


class Kept(Generic[Durable, Record]):
    """The durable state of one core. ``state`` is after all records that were persisted, also those
    that are not synced yet.

    **Errors** StorageFailure, as of the store; then the host stops.
    """

    def __init__(
        self,
        form: Format[Durable, Record],
        store: Store,
        found: Recovered,
        snapshot_bytes: int = SNAPSHOT_BYTES,
    ) -> None:
        """**Errors** Damaged if what was stored is whole, and nothing that such a core stores: the
        program has another version than the one that stored it."""
        self.form, self.store, self.snapshot_bytes = form, store, snapshot_bytes
        state = form.blank
        try:
            if found.snapshot is not None:
                state = form.durable(found.snapshot)
            for data in found.records:
                state = form.written(state, form.record(data))
        except ValueError as error:
            raise Damaged("records", 0, f"these are of another program: {error}") from error
        self.state = state
        self._state_bytes = len(found.snapshot or b"")
        self._bytes = sum(map(len, found.records))

    @classmethod
    def create(
        cls,
        form: Format[Durable, Record],
        files: Files,
        identity: bytes,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        snapshot_bytes: int = SNAPSHOT_BYTES,
    ) -> Kept[Durable, Record]:
        """For a server that has never run. **Errors** StorageFailure if there is a store."""
        store = Store.create(files, identity, segment_bytes)
        return cls(form, store, Recovered(0, None, ()), snapshot_bytes)

    @classmethod
    def open(
        cls,
        form: Format[Durable, Record],
        files: Files,
        identity: bytes,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        snapshot_bytes: int = SNAPSHOT_BYTES,
    ) -> Kept[Durable, Record]:
        """For a server that has run before. **Errors** Damaged, StorageFailure."""
        store, found = Store.open(files, identity, segment_bytes)
        return cls(form, store, found, snapshot_bytes)

    def persist(self, record: Record) -> None:
        """Have a record stored with the next sync."""
        data = self.form.packed(record)
        self.store.append(data)
        self._bytes += len(data)
        self.state = self.form.written(self.state, record)

    def sync(self) -> None:
        """Make everything durable that was persisted."""
        self.store.sync()
        if self._bytes >= max(self.snapshot_bytes, self._state_bytes):
            state = self.form.packed(self.state)
            self.store.snapshot(state)
            self._state_bytes, self._bytes = len(state), 0

    def close(self) -> None:
        self.store.close()
