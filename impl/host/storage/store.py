"""A write-ahead log with snapshots: the durable state of one core, as records in the order in which
they were persisted.

What a record means is the core's affair: it says what a state is after it (``written``). A store
gives back the last snapshot of such a state and the records since. So term, vote and a change of
the log that belong together are one record, and no crash comes between them; and truncating the log
of Raft is a record, too, not a change of what was written before.

**Files** of the directory:

- ``NUMBER.log``, a segment: a frame that says which record comes first, then a frame for each group
  of records that was committed together. A segment is never written to again once the next exists.
- ``NUMBER.snapshot``: the state after the record of this number. It is written under another name,
  synced, and renamed; what it replaces is removed after that.
- ``synced``: up to which record the log is known to be synced, in two slots by turns. It is written
  after each sync, and is not synced itself: it comes too late at worst.
- ``identity``: whose store this is, written last when a store is made. Where it is missing there is
  no store, and a server that once had one is not taken for a new one (a server that forgot its vote
  may vote twice).

**Recovery** A frame that is not whole is either *torn*, because power failed while it was written,
or *damaged*. Only what was never synced can be torn, and no record in it was acknowledged: it is
cut off. Everything else is :class:`Damaged`, and refused. A group is known to have been synced if a
later one exists, in this segment or as a later segment, because a group is written only when the
one before is synced; or if ``synced`` says so. What no log on one disk can tell from a torn group
is a damaged last one, when power also failed before ``synced`` reached the disk, which takes
seconds (R. Alagappan and others, "Protocol-Aware Recovery for Consensus-Based Storage", FAST 2018).

What is read in recovery may come from the cache of a process that was killed, so it is synced
before anybody relies on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .failures import Damaged, StorageFailure
from .files import Files
from .frames import HEADER_BYTES, Frame, frame_at, frames_behind, packed, records_of

__all__ = ["Recovered", "Store"]

SEGMENT, GROUP, SNAPSHOT, SYNCED, IDENTITY = b"BPS1", b"BPG1", b"BPN1", b"BPY1", b"BPI1"

SEGMENT_BYTES = 16 * 1024 * 1024
"""A segment that has grown to this size is followed by another."""

SLOT_BYTES = 64
"""The slots of ``synced``; a frame without records fits into one."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found: the snapshot, taken after the record ``number`` (None and 0 if none was), and
    the records since."""

    number: int
    snapshot: bytes | None
    records: tuple[bytes, ...]


@dataclass(slots=True)
class _Segment:
    first: int
    last: int
    end: int
    checksum: int

    @property
    def name(self) -> str:
        return segment_name(self.first)


def segment_name(first: int) -> str:
    return f"{first:016}.log"


def snapshot_name(number: int) -> str:
    return f"{number:016}.snapshot"


@dataclass
class Store:
    """Open with :meth:`create` once, and with :meth:`open` ever after.

    **Order** ``append`` says what comes next, ``sync`` makes all of it durable at once (group
    commit). What was appended and not synced may be lost, or not.

    **Errors** StorageFailure; the store is of no use after one.
    """

    files: Files
    segment_bytes: int = SEGMENT_BYTES
    _segment: _Segment = field(default_factory=lambda: _Segment(1, 0, 0, 0))
    _waiting: list[bytes] = field(default_factory=list)
    _marks: int = 0
    _failed: str | None = None

    # ---------------------------------------------------------------------------- beginning
    @classmethod
    def create(cls, files: Files, identity: bytes, segment_bytes: int = SEGMENT_BYTES) -> Store:
        """A new, empty store. What an attempt has left that was cut short is removed.

        **Errors** StorageFailure if there is a store already.
        """
        names = files.names()
        if "identity" in names:
            raise StorageFailure("there is a store already; open it")
        for name in names:
            files.remove(name)
        store = cls(files, segment_bytes)
        store._begin_segment(1, 0)
        files.create("synced")
        files.append("synced", bytes(2 * SLOT_BYTES))
        files.sync("synced")
        files.create("identity.new")
        files.append("identity.new", packed(IDENTITY, 0, [identity])[0])
        files.sync("identity.new")
        files.sync_names()  # whoever sees the identity sees the rest
        files.rename("identity.new", "identity")
        files.sync_names()
        return store

    @classmethod
    def open(
        cls, files: Files, identity: bytes, segment_bytes: int = SEGMENT_BYTES
    ) -> tuple[Store, Recovered]:
        """The store that is there, and what is in it.

        **Errors** Damaged if there is none, or not the whole of it; StorageFailure if it is
        another's.
        """
        store = cls(files, segment_bytes)
        return store, store._recover(identity)

    # ------------------------------------------------------------------------------ storing
    @property
    def last(self) -> int:
        """The number of the last record that is durable."""
        return self._segment.last

    def append(self, record: bytes) -> int:
        """Have a record stored with the next sync; its number."""
        self._check()
        self._waiting.append(record)
        return self.last + len(self._waiting)

    def sync(self) -> None:
        """Make everything durable that was appended."""
        self._check()
        if not self._waiting:
            return
        try:
            segment = self._segment
            if segment.end >= self.segment_bytes and segment.last >= segment.first:
                self._begin_segment(segment.last + 1, segment.checksum)
                segment = self._segment
            data, checksum = packed(GROUP, segment.last + 1, self._waiting, segment.checksum)
            self.files.append(segment.name, data)
            self.files.sync(segment.name)
            segment.last += len(self._waiting)
            segment.end += len(data)
            segment.checksum = checksum
            self._waiting = []
            self._mark()
        except (StorageFailure, OSError) as error:
            raise self._fail(error) from error

    def snapshot(self, state: bytes) -> None:
        """Store the state after the last record that was appended, and forget the records up to
        there."""
        self.sync()
        number = self.last
        name, draft = snapshot_name(number), f"{number:016}.draft"
        try:
            if name in self.files.names():
                return  # a state after the same records is the same state
            if self._segment.last >= self._segment.first:
                self._begin_segment(number + 1, self._segment.checksum)
            self.files.create(draft)
            self.files.append(draft, packed(SNAPSHOT, number, [state])[0])
            self.files.sync(draft)
            self.files.rename(draft, name)
            self.files.sync_names()
            self._tidy(number, self.files.names())
        except (StorageFailure, OSError) as error:
            raise self._fail(error) from error

    def close(self) -> None:
        """Sync what is waiting, and close the files."""
        if self._failed is None:
            self.sync()
        self.files.close()

    # ------------------------------------------------------------------------------ details
    def _check(self) -> None:
        if self._failed is not None:
            raise StorageFailure(f"the store has failed before: {self._failed}")

    def _fail(self, error: Exception) -> StorageFailure:
        self._failed = str(error)
        return error if isinstance(error, StorageFailure) else StorageFailure(str(error))

    def _begin_segment(self, first: int, before: int) -> None:
        """It has its name before anything is acknowledged that stands in it."""
        data, checksum = packed(SEGMENT, first, [], before)
        name = segment_name(first)
        self.files.create(name)
        self.files.append(name, data)
        self.files.sync(name)
        self.files.sync_names()
        self._segment = _Segment(first, first - 1, len(data), checksum)

    def _mark(self) -> None:
        self._marks += 1
        data, _ = packed(SYNCED, self.last, [], self._marks & 0xFFFFFFFF)
        self.files.overwrite("synced", self._marks % 2 * SLOT_BYTES, data)

    def _tidy(self, number: int, names: Iterable[str]) -> None:
        """Remove what a snapshot has made superfluous, and drafts."""
        segments = sorted(x for x in names if x.endswith(".log"))
        needed = max(x for x in segments if x <= segment_name(number + 1))
        for name in names:
            if (
                name.endswith((".draft", ".new"))
                or (name.endswith(".snapshot") and name < snapshot_name(number))
                or (name.endswith(".log") and name < needed)
            ):
                self.files.remove(name)

    # ----------------------------------------------------------------------------- recovery
    def _recover(self, identity: bytes) -> Recovered:
        files, names = self.files, self.files.names()
        if "identity" not in names:
            raise Damaged("identity", 0, "there is no store here, or not the whole of it")
        whose = frame_at(files.read("identity"), 0, IDENTITY)
        if whose is None:
            raise Damaged("identity", 0, "the checksum is wrong")
        if records_of(whose) != [identity]:
            raise StorageFailure(f"this store is that of {records_of(whose)[0]!r}")
        synced = self._synced(names)
        number, state = self._snapshot(names)
        segments = sorted(x for x in names if x.endswith(".log"))
        begin = [x for x in segments if x <= segment_name(number + 1)]
        if not begin:
            raise Damaged(segment_name(number + 1), 0, "the segment is missing")
        segments = segments[segments.index(begin[-1]) :]
        records: list[bytes] = []
        before: _Segment | None = None
        for i, name in enumerate(segments):
            known_later = i + 1 < len(segments)
            read = self._read_segment(name, before, synced, known_later=known_later)
            if read is None:
                break  # it was about to be made
            before, found = read
            records += found
        assert before is not None
        if before.last < max(synced, number):
            raise Damaged(before.name, before.end, f"records up to {synced} are missing")
        self._segment = before
        self._settle(number, segments)
        first = before.last - len(records) + 1
        return Recovered(number, state, tuple(records[number + 1 - first :]))

    def _synced(self, names: list[str]) -> int:
        """Up to which record everything was synced for certain."""
        if "synced" not in names:
            raise Damaged("synced", 0, "the file is missing")
        data = self.files.read("synced")
        slots = [frame_at(data, slot * SLOT_BYTES, SYNCED) for slot in (0, 1)]
        found = [slot for slot in slots if slot is not None]
        self._marks = max((slot.before for slot in found), default=0)
        return max((slot.number for slot in found), default=0)

    def _snapshot(self, names: list[str]) -> tuple[int, bytes | None]:
        found = [x for x in names if x.endswith(".snapshot")]
        if not found:
            return 0, None
        frame = frame_at(self.files.read(found[-1]), 0, SNAPSHOT)
        if frame is None or snapshot_name(frame.number) != found[-1]:
            raise Damaged(found[-1], 0, "the checksum of the snapshot is wrong")
        return frame.number, records_of(frame)[0]

    def _read_segment(
        self, name: str, before: _Segment | None, synced: int, *, known_later: bool
    ) -> tuple[_Segment, list[bytes]] | None:
        """The records of a segment; None if it is one that holds nothing yet, not even its head."""
        data = self.files.read(name)
        head = frame_at(data, 0, SEGMENT)
        first = int(name.removesuffix(".log"))
        if before is not None and first != before.last + 1:
            raise Damaged(before.name, before.end, f"records up to {first - 1} are missing")
        fits = before is None or (head is not None and head.before == before.checksum)
        if head is None or head.number != first or not fits:
            if before is None or known_later or synced >= first or any_group(data, -1):
                raise Damaged(name, 0, "the checksum of the segment's head is wrong")
            return None
        segment = _Segment(first, first - 1, head.end, head.checksum)
        records: list[bytes] = []
        while segment.end < len(data):
            group = frame_at(data, segment.end, GROUP)
            if group is None or not follows(group, segment):
                later = known_later or synced > segment.last or any_group(data, segment.end)
                if later or group is not None:
                    raise Damaged(name, segment.end, "the checksum of a group is wrong")
                break  # torn
            records += records_of(group)
            segment.last += group.count
            segment.end, segment.checksum = group.end, group.checksum
        return segment, records

    def _settle(self, number: int, segments: list[str]) -> None:
        """Make durable what was found, and nothing else: cut off what is torn, and sync."""
        last = self._segment.name
        self.files.sync_names()  # before anything is removed that a new name makes superfluous
        for name in segments[: segments.index(last) + 1]:
            if name == last:
                self.files.truncate(name, self._segment.end)
            self.files.sync(name)
        for name in segments[segments.index(last) + 1 :]:
            self.files.remove(name)
            self.files.sync_names()  # before records are written that belong in front of it
        self._tidy(number, self.files.names())
        self._mark()


def follows(group: Frame, segment: _Segment) -> bool:
    return group.number == segment.last + 1 and group.before == segment.checksum


def any_group(data: bytes, offset: int) -> bool:
    """Whether there is a whole group behind an offset."""
    return any(True for _ in frames_behind(data, offset, GROUP))


assert SLOT_BYTES >= HEADER_BYTES
