"""A row of the table, and how much time it may take to measure one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Row", "Settings"]


@dataclass(frozen=True)
class Settings:
    """How much time to take. ``mypyvy`` is where a checkout of it lies, if one does.

    **Units** ``tlc_s`` is what TLC gets for each rate.
    """

    repeats: int = 3
    tlc_s: float = 66.0
    seeds: int = 10
    mypyvy: Path | None = None


@dataclass(frozen=True)
class Row:
    """One line of the table; ``bar`` is what was to be reached, ``stretch`` what was hoped for."""

    what: str
    figure: str
    bar: str = ""
    stretch: str = ""
    note: str = ""
