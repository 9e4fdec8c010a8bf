"""Copies of a process work beside it, and end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from ballotproof.model_check.processes import can_copy, copies

pytestmark = pytest.mark.skipif(not can_copy(), reason="the system makes no copies of a process")

ASKS = """
import os, time
from ballotproof.model_check.processes import copies
with copies(2) as pool:
    for done in [pool.submit(os.getpid), pool.submit(os.getpid)]:
        print(done.result(), flush=True)
    pool.submit(time.sleep, 1000).result()
"""


def test_they_start_from_what_there_is() -> None:
    with copies(2) as pool:
        assert list(pool.map(len, ["a", "", "abc"])) == [1, 0, 3]


def test_they_end_with_a_process_that_is_killed() -> None:
    """Once they went on, or waited for ever."""
    asking = subprocess.Popen([sys.executable, "-c", ASKS], stdout=subprocess.PIPE, text=True)
    assert asking.stdout is not None
    working = {int(asking.stdout.readline()) for _ in range(2)}
    assert asking.pid not in working
    assert any(map(alive, working))
    asking.kill()
    assert asking.wait() == -signal.SIGKILL
    last = time.monotonic() + 100
    while any(map(alive, working)) and time.monotonic() < last:
        time.sleep(0.1)
    asking.stdout.close()
    assert not any(map(alive, working))


def alive(process: int) -> bool:
    """Whether a process still works; one that has ended may be waited for by nobody."""
    try:
        os.kill(process, 0)
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # a system without /proc, or ended since
        return sys.platform != "linux"
