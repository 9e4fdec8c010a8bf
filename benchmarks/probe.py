"""How many random places of a large table one processor can look at in a second.

A search looks up each successor in a table that no cache holds. So no search by one thread can be
faster than this, however little it computes. The probes are made by the same compiler, in memory
from the same source, as the search's own.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from ballotproof.model_check.backends.native.machine import Compiled

__all__ = ["Probes", "probes"]

SOURCE = """\
def mixed(h):
    h = wmul(h, -6962139563870052059)
    return h ^ lshr(h, 35)

def run(table, size, count):
    \"\"\"Look at places that do not depend on each other.\"\"\"
    h = 1
    found = 0
    while count:
        h = mixed(h + 7046029254386353131)
        found = found + ld(table, lshr(lshr(h, 32) * size, 32))
        count = count - 1
    return found

def accept(table, size, count):
    \"\"\"Look at places each of which depends on what was found at the one before.\"\"\"
    h = 1
    while count:
        h = mixed(h + 7046029254386353131)
        h = h + ld(table, lshr(lshr(h, 32) * size, 32))
        count = count - 1
    return h

def rehash(table, size, count):
    \"\"\"Change places that were asked for 32 places ahead.\"\"\"
    while count:
        h = wmul(count, -7046029254386353131)
        i = 0
        while i < 32:
            h = mixed(h + i)
            prefetch(table, lshr(lshr(h, 32) * size, 32))
            i = i + 1
        h = wmul(count, -7046029254386353131)
        i = 0
        while i < 32:
            h = mixed(h + i)
            p = lshr(lshr(h, 32) * size, 32)
            sto(table, p, ld(table, p) + 1)
            i = i + 1
        count = count - 1
    return 0
"""


@dataclass(frozen=True)
class Probes:
    """Millions per CPU second, in a table of ``table_bytes``."""

    table_bytes: int
    dependent: float
    independent: float
    prefetched: float


def probes(table_bytes: int = 1 << 30, count: int = 1 << 23) -> Probes:
    """Probe a table of this size; a power of two is not needed."""
    code = Compiled(SOURCE, cache=False)
    words = table_bytes // 8
    table = code.memory(words)
    code.function("rehash")(table, words, 2 * words // 32)  # most pages are there from now on

    def rate(name: str, times: int, each: int) -> float:
        start_s = time.process_time()
        code.function(name)(table, words, times)
        return times * each / (time.process_time() - start_s) / 1e6

    return Probes(
        table_bytes,
        rate("accept", count, 1),
        rate("run", count, 1),
        rate("rehash", count // 32, 32),
    )
