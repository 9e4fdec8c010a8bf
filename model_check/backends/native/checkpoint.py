"""A search put down in a directory, so that it can be taken up again.

The directory holds a *header*, ``search.json``, and for each shard a file of keys and one of
parents. States are only ever added, so a checkpoint appends those that are new to the files, and
then puts a new header in the place of the old one, at once. What the header does not speak of does
not count: whenever the process is killed, the checkpoint before it is whole. Each piece that was
appended has its SHA-256 in the header.

The actions that have discovered the states of the level being reached may still change; they are
in a file of their own, which each checkpoint writes anew.

A *generation* of files ends when the states are divided anew among shards.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec

from ....spec.lang.errors import CheckpointError, UsageError
from .machine import Code
from .store import Shard

__all__ = ["Archive", "Header", "Piece", "has_checkpoint", "read_header"]

VERSION = 2
HEADER = "search.json"
CHUNK = 1 << 24


class Piece(msgspec.Struct, frozen=True):
    """So many states that were appended at once."""

    states: int
    sum: int
    """Of their keys, as the program computes it whenever it reads them."""
    keys: str
    parents: str


class ShardHeader(msgspec.Struct, frozen=True, kw_only=True):
    """One shard: how far it is, and its pieces."""

    next: int
    inside: int
    counts: list[int]
    pieces: list[Piece]
    tail: str
    """The SHA-256 of the actions of the level being reached."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """All that a search has to know to go on, but the states."""

    format: str = "ballotproof checkpoint"
    version: int = VERSION
    program: str
    """The SHA-256 of the generated program, which is made of the specification and the bounds."""
    options: dict[str, Any]
    generation: int
    serial: int
    stride: int
    low: dict[str, int]
    high: dict[str, int]
    room: dict[str, int]
    keys: list[tuple[str, str]]
    patterns: dict[str, list[Any]]
    shards: list[ShardHeader]
    starts: list[list[int]]
    levels: list[int]
    initial: int
    inside: int
    """States within the constraint when the level began."""
    seconds: float
    witnesses: list[list[int]]
    """The words of states in which something was seen for the first time."""
    deadlock: bool


class Signed(msgspec.Struct, frozen=True):
    """A header with its SHA-256."""

    sha256: str
    header: msgspec.Raw


def has_checkpoint(folder: Path) -> bool:
    return (folder / HEADER).is_file()


def read_header(folder: Path) -> Header:
    """**Errors** UsageError when there is no checkpoint; CheckpointError when it is damaged."""
    try:
        text = (folder / HEADER).read_bytes()
    except FileNotFoundError:
        raise UsageError(
            f"{folder} holds no checkpoint; `check --engine native --checkpoint DIR` writes one"
        ) from None
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}") from None
    try:
        signed = msgspec.json.decode(text, type=Signed)
        if hashlib.sha256(bytes(signed.header)).hexdigest() != signed.sha256:
            raise damaged(folder / HEADER)
        header = msgspec.json.decode(signed.header, type=Header)
    except msgspec.MsgspecError:
        raise damaged(folder / HEADER) from None
    if header.version != VERSION:
        raise CheckpointError(
            f"{folder}: the checkpoint is of version {header.version}, and this is a program for "
            f"version {VERSION}; start the search anew in another directory"
        )
    return header


def damaged(path: Path) -> CheckpointError:
    return CheckpointError(
        f"{path} is damaged: it is not what was written; start the search anew in another directory"
    )


class Archive:
    """The files of one search. **Errors** of all that writes: OSError, with the checkpoint before
    still whole."""

    def __init__(self, folder: Path, code: Code, stride: int, *, passing: bool = False) -> None:
        self.folder = folder
        self.code = code
        self.stride = stride
        self.passing = passing  # of no use to another process: nothing is left behind
        self.generation = 0
        self.serial = 0
        self.pieces: list[list[Piece]] = []
        self.files: list[tuple[BinaryIO, BinaryIO]] = []

    # ---------------------------------------------------------------------------- writing
    def begin(self, shards: int) -> None:
        """A new generation, with no state in it."""
        self.close()
        self.folder.mkdir(parents=True, exist_ok=True)
        taken = [int(path.name.split("-")[0]) for path in self._left_behind()]
        self.generation = max([0, self.generation, *taken]) + 1
        self.pieces = [[] for _ in range(shards)]
        self.files = [self._open(i, "x+b") for i in range(shards)]
        if self.passing and os.name == "posix":  # gone as soon as they are closed
            self._leave()

    def _open(self, shard: int, mode: Literal["x+b", "r+b"]) -> tuple[BinaryIO, BinaryIO]:
        made: list[BinaryIO] = []
        try:
            for path in self._paths(shard):
                made.append(open(path, mode, buffering=0))  # noqa: SIM115, PERF401  # kept open
        except OSError:
            for file in made:
                file.close()
            raise
        keys, parents = made
        return keys, parents

    def _paths(self, shard: int) -> tuple[Path, Path]:
        name = f"{self.generation}-{shard}"
        return self.folder / f"{name}.keys", self.folder / f"{name}.parents"

    def _tail(self, shard: int, serial: int) -> Path:
        return self.folder / f"{self.generation}-{shard}-{serial}.tail"

    def written(self, shard: int) -> int:
        return sum(p.states for p in self.pieces[shard])

    def append(self, shard: Shard) -> None:
        """Write the states that are not yet written."""
        at = shard.number
        first = self.written(at)
        states = shard.count - first
        if states <= 0:
            return
        held = first - shard.base
        keys, parents = self.files[at]
        # What a checkpoint that failed has left behind is overwritten.
        keys.seek(first * self.stride)
        parents.seek(first * 4)
        view = self.code.view
        with view(shard.keys, held * self.stride, states * self.stride) as data:
            keys_digest = _write(keys, data)
        with view(shard.parents, held * 4, states * 4) as data:
            parents_digest = _write(parents, data)
        if not self.passing:
            os.fsync(keys.fileno())
            os.fsync(parents.fileno())
        total = shard.summed(first, first + states)
        self.pieces[at].append(Piece(states, total, keys_digest, parents_digest))

    def read_keys(self, shard: int, first: int, view: memoryview) -> None:
        """The keys of states from number ``first`` on. **Errors** CheckpointError, OSError."""
        self._read(shard, 0, first * self.stride, view)

    def read_parents(self, shard: int, first: int, view: memoryview) -> None:
        self._read(shard, 1, first * 4, view)

    def _read(self, shard: int, which: int, start: int, view: memoryview) -> None:
        file = self.files[shard][which]
        file.seek(start)
        at = 0
        while at < len(view):
            got = file.readinto(view[at:])  # type: ignore[attr-defined]  # it is not buffered
            if not got:
                raise damaged(self._paths(shard)[which])
            at += got

    def sift(self, shard: Shard) -> None:
        """Strike out the candidates of a shard that are on disk; all that is there is read.
        **Errors** CheckpointError, OSError."""
        shard.mark()
        at = 0
        reached = shard.first + shard.size
        for piece in self.pieces[shard.number]:
            total, end = 0, at + piece.states
            while at < end:
                stop = min(at + shard.window, end)
                if at < reached < stop:
                    stop = reached
                total ^= shard.sift(at, stop)
                at = stop
            if total != piece.sum:
                raise damaged(self._paths(shard.number)[0])

    @property
    def size_bytes(self) -> int:
        """What the files of states hold."""
        return sum(p.states for row in self.pieces for p in row) * (self.stride + 4)

    def write_tails(self, shards: Sequence[Shard], fresh: Sequence[int]) -> list[str]:
        """The actions of the states that were found last, from number ``fresh`` on."""
        self.serial += 1
        digests = []
        for shard, first in zip(shards, fresh, strict=True):
            states = shard.count - first
            with self.code.view(shard.acts, 0, states) as data:
                actions = bytes(data)
            path = self._tail(shard.number, self.serial)
            with open(path, "wb", buffering=0) as file:
                digests.append(_write(file, memoryview(actions)))
                os.fsync(file.fileno())
        return digests

    def commit(self, header: Header) -> None:
        """Put a header in the place of the one before, and remove what it no longer needs."""
        raw = msgspec.json.encode(header)
        signed = Signed(hashlib.sha256(raw).hexdigest(), msgspec.Raw(raw))
        beside = self.folder / f"{HEADER}.new"
        with open(beside, "wb", buffering=0) as file:
            _write(file, memoryview(msgspec.json.encode(signed)))
            os.fsync(file.fileno())
        os.replace(beside, self.folder / HEADER)
        self._sync_folder()
        needed = {p for i in range(len(header.shards)) for p in self._paths(i)}
        needed |= {self._tail(i, self.serial) for i in range(len(header.shards))}
        self._remove(needed)

    def finish(self) -> None:
        """The search is over: there is nothing to take up."""
        self.close()
        (self.folder / HEADER).unlink(missing_ok=True)
        self._sync_folder()
        self._remove(set())
        (self.folder / f"{HEADER}.new").unlink(missing_ok=True)

    def close(self) -> None:
        for pair in self.files:
            for file in pair:
                file.close()
        self.files = []
        if self.passing:
            self._leave()

    def _leave(self) -> None:
        """Remove the files, and the directory that was made for them."""
        self._remove(set())
        with suppress(OSError):
            self.folder.rmdir()

    def _remove(self, needed: set[Path]) -> None:
        for path in self._left_behind():
            if path not in needed:
                path.unlink(missing_ok=True)

    def _left_behind(self) -> list[Path]:
        """The files of all generations: a process that is killed while it removes them may have
        left any."""
        return [
            path
            for ending in ("keys", "parents", "tail")
            for path in self.folder.glob(f"*-*.{ending}")
        ]

    def _sync_folder(self) -> None:
        if os.name != "posix":
            return
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    # ---------------------------------------------------------------------------- reading
    def load(self, header: Header, shards: Sequence[Shard], *, into_memory: bool) -> None:
        """The states of a checkpoint into shards that are empty, or only those that they are on
        disk, and go on with its files. **Errors** CheckpointError."""
        self.close()
        self.generation, self.serial = header.generation, header.serial
        self.pieces = [list(s.pieces) for s in header.shards]
        for shard, kept, fresh in zip(shards, header.shards, header.starts[-1], strict=True):
            if into_memory:
                shard.make_room(self.written(shard.number))
            paths = self._paths(shard.number)
            try:
                keys, parents = self._open(shard.number, "r+b")
            except FileNotFoundError as error:
                raise damaged(Path(error.filename)) from None
            self.files.append((keys, parents))
            at = 0
            for piece in kept.pieces:
                start, size = at * self.stride, piece.states * self.stride
                if into_memory:
                    with self.code.view(shard.keys, start, size) as view:
                        found_keys = _read(keys, view)
                    with self.code.view(shard.parents, at * 4, piece.states * 4) as view:
                        found_parents = _read(parents, view)
                else:
                    found_keys = _read_over(keys, size)
                    found_parents = _read_over(parents, piece.states * 4)
                if found_keys != piece.keys:
                    raise damaged(paths[0])
                if found_parents != piece.parents:
                    raise damaged(paths[1])
                at += piece.states
            if not into_memory:
                shard.base = at
                shard.forget(self)
            tail = self._tail(shard.number, self.serial)
            try:
                actions = tail.read_bytes()
            except OSError:
                raise damaged(tail) from None
            if hashlib.sha256(actions).hexdigest() != kept.tail:
                raise damaged(tail)
            shard.level(header.starts[-2][shard.number], fresh, kept.next)
            with self.code.view(shard.acts, 0, at - fresh) as view:
                view[:] = actions


def _write(file: Any, data: memoryview) -> str:
    """All of it, though a write may be short; its SHA-256."""
    digest = hashlib.sha256()
    at = 0
    while at < len(data):
        written = file.write(data[at : at + CHUNK])
        if not written:
            raise OSError("nothing more can be written")
        digest.update(data[at : at + written])
        at += written
    return digest.hexdigest()


def _read_over(file: Any, size: int) -> str | None:
    """The SHA-256 of the next so many bytes."""
    digest = hashlib.sha256()
    while size:
        data = file.read(min(size, CHUNK))
        if not data:
            return None
        digest.update(data)
        size -= len(data)
    return digest.hexdigest()


def _read(file: Any, view: memoryview) -> str | None:
    """Fill a view; the SHA-256 of what was read, or None if there was too little."""
    digest = hashlib.sha256()
    at = 0
    while at < len(view):
        got = file.readinto(view[at : at + CHUNK])
        if not got:
            return None
        digest.update(view[at : at + got])
        at += got
    return digest.hexdigest()
