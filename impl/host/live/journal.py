"""The log of one server, for ``ballotproof conform``: what it did, line by line, ordered among all
servers by a logical clock.

**Killed at any time** A step may be stored and not be written into the log, or be written and not
be stored, unless care is taken; then what the server does next has no explanation. So the lines of
a step that stores something are part of what it stores (:class:`Stamp`), and they are written to
the file after that, and before any message of the step leaves. Who starts again completes the file
from the disk: a line that is cut off goes, and the lines of the last stored step that are missing
are written. A step that stores nothing, and is not in the file, was seen by nobody.

The file is not synced. When the machine loses power, lines may be missing that are not those of the
last step, and then the file is refused (:class:`Incomplete`): what it says is not what happened.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from ..simulator.simulator import Observed

__all__ = ["Incomplete", "Journal", "Lines", "Stamp"]

Line = Mapping[str, Any]


class Lines(Protocol):
    """What a server writes of its steps: for Raft, :mod:`ballotproof.impl.refine.raft.live`."""

    @property
    def head(self) -> Line: ...

    def lines_of(self, x: Observed) -> Sequence[dict[str, Any]]: ...


class Incomplete(Exception):
    """The log lacks lines of this server. It cannot be completed; another file, of a server with an
    empty disk, or none."""


class Stamp(Struct, frozen=True):
    """The lines of a stored step, the clock after them, and the clock after the line before them:
    the file must have got that far."""

    at: int = 0
    before: int = 0
    lines: tuple[str, ...] = ()


class Journal:
    """Opened with what was stored last. ``clock`` is at the last line, or the last message that was
    heard, whichever is later.

    Without a file, time goes on and nothing is written.
    """

    def __init__(self, path: Path | None, lines: Lines | None, stored: Stamp) -> None:
        """**Errors** Incomplete; OSError."""
        if (path is None) != (lines is None):
            raise ValueError("a file needs lines, and lines need a file")
        self.path, self.lines = path, lines
        self.clock = self.last = stored.at
        self.file = -1
        if path is not None and lines is not None:
            self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                self.complete(path, lines.head, stored)
            except BaseException:
                os.close(self.file)
                raise

    def complete(self, path: Path, head: Line, stored: Stamp) -> None:
        whole = path.read_bytes()
        whole = whole[: whole.rfind(b"\n") + 1]
        os.ftruncate(self.file, len(whole))
        found = [self.read(path, i, text) for i, text in enumerate(whole.splitlines(), 1)]
        if not found:
            self.put([msgspec.json.encode(head).decode()])
        elif found[0] != head:
            raise Incomplete(f"{path}:1: this is a log of something else")
        last = max((line.get("at", 0) for line in found), default=0)
        if last < stored.before:
            raise Incomplete(
                f"{path}: it ends at {last}, and lacks what this server did up to {stored.before}"
            )
        missing = [x for x in stored.lines if msgspec.json.decode(x)["at"] > last]
        self.put(missing)
        self.clock = self.last = max(last, stored.at)

    def read(self, path: Path, number: int, text: bytes) -> dict[str, Any]:
        try:
            return msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise Incomplete(f"{path}:{number}: this is no line of a log: {error}") from None

    # ------------------------------------------------------------------------------- a step
    def heard(self, at: int) -> None:
        """A message was sent at this time: whatever comes of it comes later."""
        self.clock = max(self.clock, at)

    def stamp(self, x: Observed) -> Stamp:
        """The lines of a step, at the times that come next. ``write`` must follow."""
        before = self.last
        if self.lines is None:
            self.clock += 1
            self.last = self.clock
            return Stamp(self.clock, self.clock)
        texts = []
        for line in self.lines.lines_of(x):
            self.clock += 1
            self.last = self.clock
            texts.append(msgspec.json.encode({**line, "at": self.clock}).decode())
        return Stamp(self.last, before, tuple(texts))

    def write(self, stamp: Stamp) -> None:
        """**Errors** OSError; then the server stops."""
        self.put(stamp.lines)

    def put(self, texts: Sequence[str]) -> None:
        data = "".join(f"{text}\n" for text in texts).encode()
        while data:  # a system may write less than it was given
            data = data[os.write(self.file, data) :]

    def close(self) -> None:
        if self.file >= 0:
            os.close(self.file)
            self.file = -1
