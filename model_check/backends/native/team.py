"""Several threads that do the same for one shard each.

Machine code that is called through ctypes lets other threads run meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

__all__ = ["Team", "processors"]

T = TypeVar("T")
R = TypeVar("R")


def processors() -> int:
    """How many threads can run at once."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not known on this system
        return os.cpu_count() or 1


class Team:
    """So many threads. One alone is the caller itself."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def each(self, task: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """The task for each item, at the same time; when all are done, in their order. The caller
        does the first. **Errors** the first that a task has raised."""
        if self._pool is None or len(items) < 2:
            return [task(item) for item in items]
        others = [self._pool.submit(task, item) for item in items[1:]]
        try:
            first = task(items[0])
        finally:
            wait(others)
        return [first, *(x.result() for x in others)]

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
