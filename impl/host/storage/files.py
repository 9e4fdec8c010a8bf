"""A directory of files, with just the operations that stable storage is made of.

Two things are told apart that are easily taken for one: what is in a file, made durable by
``sync``, and under which names there are files, made durable by ``sync_names``.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Protocol

from .failures import StorageFailure

__all__ = ["Files", "RealFiles"]


class Files(Protocol):
    """A flat directory.

    **Errors** StorageFailure if an operation does not succeed as a whole; FileNotFoundError and
    FileExistsError for names.
    """

    def names(self) -> list[str]:
        """All there are, in order."""
        ...

    def read(self, name: str) -> bytes: ...

    def create(self, name: str) -> None:
        """A new, empty file."""
        ...

    def append(self, name: str, data: bytes) -> None: ...

    def overwrite(self, name: str, offset: int, data: bytes) -> None: ...

    def truncate(self, name: str, size: int) -> None: ...

    def sync(self, name: str) -> None:
        """When this returns, what is in the file survives a loss of power."""
        ...

    def rename(self, old: str, new: str) -> None:
        """At one instant; what had the new name before is gone."""
        ...

    def remove(self, name: str) -> None: ...

    def sync_names(self) -> None:
        """When this returns, so do the names of files."""
        ...

    def close(self) -> None: ...


class RealFiles:
    """A directory of the operating system, made if need be, for one process at a time.

    **Errors** StorageFailure also if another process has it.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._open: dict[str, int] = {}
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._sync_path(directory.parent)
            self._lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageFailure(f"{directory}: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise StorageFailure(f"{directory}: another process works with it") from error

    def names(self) -> list[str]:
        return sorted(x for x in os.listdir(self.directory) if x != "lock")

    def read(self, name: str) -> bytes:
        try:
            return (self.directory / name).read_bytes()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._failure(name, error) from error

    def create(self, name: str) -> None:
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
            self._open[name] = os.open(self.directory / name, flags, 0o600)
        except FileExistsError:
            raise
        except OSError as error:
            raise self._failure(name, error) from error

    def append(self, name: str, data: bytes) -> None:
        self.overwrite(name, os.fstat(self._file(name)).st_size, data)

    def overwrite(self, name: str, offset: int, data: bytes) -> None:
        try:
            rest = memoryview(data)
            while rest:  # a system may write less than it was given
                written = os.pwrite(self._file(name), rest, offset)
                if written == 0:
                    raise StorageFailure(f"{self.directory / name}: nothing could be written")
                rest, offset = rest[written:], offset + written
        except OSError as error:
            raise self._failure(name, error) from error

    def truncate(self, name: str, size: int) -> None:
        try:
            os.ftruncate(self._file(name), size)
        except OSError as error:
            raise self._failure(name, error) from error

    def sync(self, name: str) -> None:
        try:
            _sync(self._file(name))
        except OSError as error:
            raise self._failure(name, error) from error

    def rename(self, old: str, new: str) -> None:
        try:
            os.rename(self.directory / old, self.directory / new)
        except OSError as error:
            raise self._failure(old, error) from error
        self._forget(new)
        if old in self._open:
            self._open[new] = self._open.pop(old)

    def remove(self, name: str) -> None:
        self._forget(name)
        try:
            os.remove(self.directory / name)
        except OSError as error:
            raise self._failure(name, error) from error

    def sync_names(self) -> None:
        try:
            self._sync_path(self.directory)
        except OSError as error:
            raise self._failure("", error) from error

    def close(self) -> None:
        """Give the directory back."""
        for name in list(self._open):
            self._forget(name)
        os.close(self._lock)

    def _file(self, name: str) -> int:
        if name not in self._open:
            self._open[name] = os.open(self.directory / name, os.O_RDWR)
        return self._open[name]

    def _forget(self, name: str) -> None:
        if name in self._open:
            os.close(self._open.pop(name))

    def _failure(self, name: str, error: OSError) -> StorageFailure:
        return StorageFailure(f"{self.directory / name}: {error.strerror}")

    def _sync_path(self, path: Path) -> None:
        directory = os.open(path, os.O_RDONLY)
        try:
            _sync(directory)
        finally:
            os.close(directory)


def _sync(file: int) -> None:
    """To the medium. On macOS ``fsync`` stops at the drive's own cache."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        fcntl.fcntl(file, full)
    else:
        os.fsync(file)
