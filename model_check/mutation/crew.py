"""Judging many mutants, in several processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed

from ..processes import can_copy, copies
from .judgement import Judged
from .memory import Remembered
from .mutant import Mutant

__all__ = ["judged"]


def judged(judge: Remembered, mutants: Sequence[Mutant], jobs: int) -> Iterator[tuple[int, Judged]]:
    """The number of each mutant with its class, as they are done."""
    global _judge, _mutants  # what the copies of this process start from
    jobs = min(jobs, len(mutants))
    if jobs <= 1 or not can_copy():
        yield from ((i, judge.judge(m)) for i, m in enumerate(mutants))
        return
    _judge, _mutants = judge, mutants
    with copies(jobs) as pool:
        waiting = [pool.submit(_one, i) for i in range(len(mutants))]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            for future in waiting:
                future.cancel()


_judge: Remembered | None = None
_mutants: Sequence[Mutant] = ()


def _one(number: int) -> tuple[int, Judged]:
    """One mutant, in a process that is a copy of the one that asked."""
    assert _judge is not None
    return number, _judge.judge(_mutants[number])
