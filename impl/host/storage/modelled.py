"""A directory in memory that forgets what a real one may forget.

What POSIX promises is little, and this model promises no more. When power fails:

- Of each file, what was there at its last ``sync`` is still there. Of what was written since, each
  sector is there, or not, or only the first half of it, independently of the others; a file that
  grew may have its new length without what was written, and reads as zeros there.
- Of the names, those of the last ``sync_names`` are there. Of what was created, renamed and removed
  since, some may have happened and some not, in whatever combination (which is more than most file
  systems do; T. S. Pillai and others, "All File Systems Are Not Created Equal", OSDI 2014, found
  such reorderings in several). A rename is at one instant.

When a process is killed nothing is lost; and nothing is more durable than before.

Operations can be made to fail, by number, as a full disk, a short write or a broken medium would;
what only reads is counted apart.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from random import Random

from .failures import StorageFailure

__all__ = ["Fault", "Image", "ModelledFiles", "image"]

Image = tuple[tuple[str, bytes], ...]
"""What is on a disk: names with what is in the files, in order of the names."""


class Fault(Enum):
    """How an operation goes wrong. ``LOST`` is an ``fsync`` that fails and leaves the pages marked
    as clean: a second one succeeds, and stores nothing."""

    FULL = "no space left on device"
    SHORT = "only a part was written, and no space left on device"
    IO = "input/output error"
    LOST = "input/output error, and what was to be synced is forgotten"


@dataclass(slots=True)
class _File:
    """``durable`` is what was there at the last sync, ``written`` are the writes since, as offset
    and data; a cut is an offset and None."""

    data: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    written: list[tuple[int, bytes | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Renamed:
    """Something that happened to names: ``old`` None is a creation, ``new`` None a removal."""

    file: _File
    old: str | None
    new: str | None


class ModelledFiles:
    """Keeps to the interface of :class:`~.files.Files`.

    ``before_change`` is called before each operation that changes something, with its name: this is
    where a power failure may come.
    """

    def __init__(
        self,
        image: Image = (),
        sector_bytes: int = 512,
        before_change: Callable[[str], None] | None = None,
    ) -> None:
        self.sector_bytes = sector_bytes
        self.before_change = before_change
        self.operations = 0
        self.faults: dict[int, Fault] = {}
        self.reads = 0
        self.read_faults: dict[int, Fault] = {}
        self.files = {name: _File(bytearray(content), content, []) for name, content in image}
        self.durable_names = dict(self.files)
        self.renamed: list[_Renamed] = []

    @property
    def faulted(self) -> bool:
        """Whether an operation has failed."""
        return any(n <= self.operations for n in self.faults) or any(
            n <= self.reads for n in self.read_faults
        )

    # --------------------------------------------------------------------------- operations
    def names(self) -> list[str]:
        return sorted(self.files)

    def read(self, name: str) -> bytes:
        file = self._file(name)
        self.reads += 1
        fault = self.read_faults.get(self.reads)
        if fault is not None:
            raise StorageFailure(fault.value)
        return bytes(file.data)

    def create(self, name: str) -> None:
        self._operation("create")
        if name in self.files:
            raise FileExistsError(name)
        file = self.files[name] = _File()
        self.renamed.append(_Renamed(file, None, name))

    def append(self, name: str, data: bytes) -> None:
        self._write(name, len(self._file(name).data), data)

    def overwrite(self, name: str, offset: int, data: bytes) -> None:
        self._write(name, offset, data)

    def truncate(self, name: str, size: int) -> None:
        file = self._file(name)
        if size != len(file.data):
            self._operation("truncate")
            del file.data[size:]
            file.written.append((size, None))

    def sync(self, name: str) -> None:
        file = self._file(name)
        try:
            self._operation("sync")
        except StorageFailure:
            if self.faults.get(self.operations) is Fault.LOST:
                file.data = bytearray(file.durable)
                file.written = []
            raise
        file.durable = bytes(file.data)
        file.written = []

    def rename(self, old: str, new: str) -> None:
        self._operation("rename")
        file = self.files.pop(old)
        self.files[new] = file
        self.renamed.append(_Renamed(file, old, new))

    def remove(self, name: str) -> None:
        self._operation("remove")
        file = self.files.pop(name)
        self.renamed.append(_Renamed(file, name, None))

    def sync_names(self) -> None:
        self._operation("sync_names")
        self.durable_names = dict(self.files)
        self.renamed = []

    def close(self) -> None:
        """Nothing to give back."""

    def _file(self, name: str) -> _File:
        if name not in self.files:
            raise FileNotFoundError(name)
        return self.files[name]

    def _operation(self, name: str) -> None:
        if self.before_change is not None:
            self.before_change(name)
        self.operations += 1
        fault = self.faults.get(self.operations)
        if fault is not None:
            raise StorageFailure(fault.value)

    def _write(self, name: str, offset: int, data: bytes) -> None:
        file = self._file(name)
        try:
            self._operation("write")
        except StorageFailure:
            if self.faults.get(self.operations) is Fault.SHORT:
                self._put(file, offset, data[: len(data) // 2])
            raise
        self._put(file, offset, data)

    def _put(self, file: _File, offset: int, data: bytes) -> None:
        file.data[len(file.data) :] = bytes(max(0, offset - len(file.data)))
        file.data[offset : offset + len(data)] = data
        file.written.append((offset, data))

    # -------------------------------------------------------------------------------- crashes
    def after_power_failure(self, random: Random) -> Image:
        """One of the disks that may be left, drawn."""
        some = [x for x in self.renamed if random.random() < 0.5]
        cache: dict[int, bytes] = {}
        found = {}
        for name, file in self._names_after(some).items():
            if id(file) not in cache:
                cache[id(file)] = self._drawn(file, random)
            found[name] = cache[id(file)]
        return image(found)

    def _drawn(self, file: _File, random: Random) -> bytes:
        data = file.durable
        for offset, new in file.written:
            if new is None:
                data = data[:offset] if random.random() < 0.5 else data
                continue
            pieces = self._pieces(offset, new)
            whole = random.random() < 0.25  # else seldom, if it is long
            data = _left(data, pieces, [2 if whole else random.randrange(3) for _ in pieces])
            if random.random() < 0.5:
                data += bytes(max(0, offset + len(new) - len(data)))
        return data

    def after_every_power_failure(self) -> Iterator[Image]:
        """All the disks that may be left, some of them more than once."""
        kept = {id(f): sorted(set(self._written(f.durable, f.written))) for f in self._known()}
        for size in range(len(self.renamed) + 1):
            for some in itertools.combinations(self.renamed, size):
                names = self._names_after(list(some))
                files = list({id(f): f for f in names.values()}.values())
                for contents in itertools.product(*(kept[id(f)] for f in files)):
                    content = dict(zip(map(id, files), contents, strict=True))
                    yield image({name: content[id(f)] for name, f in names.items()})

    def _known(self) -> Iterator[_File]:
        yield from self.files.values()
        yield from self.durable_names.values()
        yield from (x.file for x in self.renamed)

    def _names_after(self, some: list[_Renamed]) -> dict[str, _File]:
        names = dict(self.durable_names)
        for x in some:
            if x.old is not None and names.get(x.old) is x.file:
                del names[x.old]
            if x.new is not None:
                names[x.new] = x.file
        return names

    def _written(self, data: bytes, writes: list[tuple[int, bytes | None]]) -> Iterator[bytes]:
        """What may be left of writes to a file that had this data."""
        if not writes:
            yield data
            return
        (offset, new), *rest = writes
        if new is None:
            yield from self._written(data, rest)
            yield from self._written(data[:offset], rest)
            return
        pieces, end = self._pieces(offset, new), offset + len(new)
        for amounts in itertools.product((0, 1, 2), repeat=len(pieces)):
            left = _left(data, pieces, amounts)
            yield from self._written(left, rest)
            if len(left) < end:
                yield from self._written(left + bytes(end - len(left)), rest)

    def _pieces(self, offset: int, new: bytes) -> list[tuple[int, bytes]]:
        """What of a write goes to each sector, with where it begins."""
        size, end = self.sector_bytes, offset + len(new)
        cuts = [offset, *range(offset // size * size + size, end, size), end]
        return [(begin, new[begin - offset : stop - offset]) for begin, stop in pairwise(cuts)]


def _left(data: bytes, pieces: Sequence[tuple[int, bytes]], amounts: Sequence[int]) -> bytes:
    """What a file holds after so many halves of each piece were written."""
    left = bytearray(data)
    for (begin, piece), amount in zip(pieces, amounts, strict=True):
        there = piece[: len(piece) * amount // 2]
        if there:
            left[len(left) :] = bytes(max(0, begin - len(left)))
            left[begin : begin + len(there)] = there
    return bytes(left)


def image(content: Mapping[str, bytes]) -> Image:
    """A disk with these files."""
    return tuple(sorted(content.items()))
