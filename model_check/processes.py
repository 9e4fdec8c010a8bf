"""Copies of this process that work beside it, and end with it.

A copy starts from all that has been computed. When the process that asked is killed, its copies
would go on, or wait for work for ever: each looks now and then whether it still has a parent.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from threading import Thread

__all__ = ["can_copy", "copies"]

LOOK_S = 1.0


def can_copy() -> bool:
    """Whether the system can make copies of a process."""
    return "fork" in multiprocessing.get_all_start_methods()


def copies(number: int) -> ProcessPoolExecutor:
    """So many copies of this process, as they are first needed; requires :func:`can_copy`."""
    context = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(
        number, mp_context=context, initializer=_end_with, initargs=(os.getpid(),)
    )


def _end_with(parent: int) -> None:
    Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)
