"""Run a command, and know what it took."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Failed", "Took", "ours", "run"]

ROOT = Path(__file__).resolve().parents[1]
BYTECODE = "PYTHONDONTWRITEBYTECODE"


class Failed(Exception):
    """A command did not do what it was asked for; the message has what it printed."""


@dataclass(frozen=True)
class Took:
    """What a command printed, and its cost. **Units** seconds; ``peak_bytes`` of its memory."""

    output: str
    wall_s: float
    cpu_s: float
    peak_bytes: int


def run(
    command: Sequence[str | Path],
    *,
    folder: Path = ROOT,
    variables: Mapping[str, str] | None = None,
    most_s: float | None = None,
    accepted: tuple[int, ...] = (0,),
) -> Took:
    """Run a command to its end, or kill it after ``most_s`` seconds, which is no failure.

    **Errors** :class:`Failed` when it ends with a code that is not accepted.
    """
    environment = {**os.environ, **(variables or {})}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as printed:
        start_s = time.monotonic()
        process = subprocess.Popen(
            [str(x) for x in command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        killed = False
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG if most_s is not None else 0)
            if pid:
                break
            if most_s is not None and time.monotonic() - start_s > most_s and not killed:
                killed = True
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.05)
        wall_s = time.monotonic() - start_s
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        output = printed.read()
    if not killed and process.returncode not in accepted:
        said = " ".join(map(str, command))
        raise Failed(f"{said} ended with code {process.returncode}:\n{output[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Took(output, wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def ours(*arguments: str, variables: Mapping[str, str] | None = None) -> Took:
    """The command line of ballotproof, as a user starts it: with Python's own cache of modules."""
    given = {BYTECODE: "", **(variables or {})}
    return run([Path(sys.executable).with_name("ballotproof"), *arguments], variables=given)
