"""What is kept between runs: generated programs, and the machine code of each.

An entry is found by the hash of everything that it was made from, and of nothing else. For machine
code that is the text of the generated program, the translator, LLVM, and the processor; for a
program it is what the front end has just read, see :mod:`.programs`. So an edit anywhere that
changes what is searched, in a helper, a base class, a constant, changes the name; and an edit that
changes nothing finds the entry again. No time stamp is asked.

Entries hold a digest and the content. One that is damaged is ignored and made again. A writer
makes a file of its own and renames it, so that readers, other processes among them, see all of an
entry or nothing. Only files of the user who runs the program are read: what is loaded is run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MOST_BYTES", "PROGRAM", "VARIABLE", "Cache", "folder", "key"]

VARIABLE = "BALLOTPROOF_CACHE"
"""The environment variable that names the folder; ``off`` for none."""

MOST_BYTES = 256 << 20
"""When entries take more, those that were not used for longest are removed."""

ABANDONED_S = 3600.0
"""A temporary file this old belongs to a writer that was killed."""

DIGEST = 32
OBJECT, PROGRAM = ".o", ".program"
"""How the names of entries end, by their kind."""


def key(parts: Iterable[str]) -> str:
    """A name for what these parts make. Two lists of parts have two names.

    >>> key(["ab", "c"]) == key(["a", "bc"])
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def folder() -> Path | None:
    """Where entries are kept; None when they are not.

    ``BALLOTPROOF_CACHE`` if it is set, else the folder for caches that the system has.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return None if given.lower() == "off" else Path(given)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "ballotproof" / "native"


@dataclass(frozen=True, slots=True)
class Cache:
    """The entries in one folder; of None, a cache that keeps nothing.

    No method fails: a cache that cannot be read is empty, one that cannot be written stays so.
    """

    folder: Path | None
    most_bytes: int = MOST_BYTES
    kind: str = OBJECT

    def get(self, name: str) -> bytes | None:
        """What is kept under a name, if it is there, whole, and our own."""
        if self.folder is None:
            return None
        path = self.folder / f"{name}{self.kind}"
        try:
            with path.open("rb") as file:
                if not _is_ours(os.fstat(file.fileno())):
                    return None
                kept = file.read()
        except OSError:
            return None
        digest, code = kept[:DIGEST], kept[DIGEST:]
        if hashlib.sha256(code).digest() != digest:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # used just now
        return code

    def put(self, name: str, code: bytes) -> None:
        """Keep something under a name, at once or not at all; then remove what is too much."""
        if self.folder is None or len(code) + DIGEST > self.most_bytes:
            return
        try:
            import tempfile  # noqa: PLC0415  # only when something is new

            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=self.folder)
        except OSError:
            return
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(code).digest() + code)
            os.replace(temporary, self.folder / f"{name}{self.kind}")
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            return
        self._keep_small()

    def _keep_small(self) -> None:
        """Remove what was not used for longest, and what killed writers have left behind."""
        assert self.folder is not None
        entries: list[tuple[float, int, str]] = []
        long_ago_s = time.time() - ABANDONED_S
        try:
            with os.scandir(self.folder) as found:
                for entry in found:
                    with contextlib.suppress(OSError):
                        at = entry.stat(follow_symlinks=False)
                        if entry.name.endswith((OBJECT, PROGRAM)):
                            entries.append((at.st_mtime, at.st_size, entry.path))
                        elif entry.name.startswith("tmp") and at.st_mtime < long_ago_s:
                            os.unlink(entry.path)
        except OSError:
            return
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self.most_bytes:
                return
            with contextlib.suppress(OSError):  # another process may have been first
                os.unlink(path)
            total -= size


def _is_ours(at: os.stat_result) -> bool:
    """Whether a file belongs to the user that runs this, and nobody else can have written it."""
    if sys.platform == "win32":
        return True
    return at.st_uid == os.geteuid() and not at.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
