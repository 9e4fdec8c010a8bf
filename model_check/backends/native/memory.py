"""How much memory a search may use, and how much it has used. **Units** bytes."""

from __future__ import annotations

import os

__all__ = ["Budget", "machine_bytes", "process_bytes"]

SPARE = 0.04
"""The part of a limit that is kept for what is not counted: what Python itself asks for."""


def machine_bytes() -> int:
    """How much memory the machine has; what is larger is not even asked for."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not known on this system
        return 1 << 62


def process_bytes() -> int:
    """How much memory this process has now; a guess where the system does not say it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 100 << 20


class Budget:
    """Memory for a search, with all that the process had before it."""

    def __init__(self, limit: int | None) -> None:
        self.base = process_bytes()
        self.limit = int((machine_bytes() if limit is None else limit) * (1 - SPARE))
        self.peak = self.base

    def left(self, used: int) -> int:
        """What may still be asked for when the search itself uses so much."""
        return self.limit - self.base - used

    def note(self, used: int) -> None:
        """Remember how much was used at most."""
        self.peak = max(self.peak, self.base + used)
