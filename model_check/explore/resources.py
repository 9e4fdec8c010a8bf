"""What a search may use of the machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["NO_RESOURCES", "Resources"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """None means: as the search sees fit. **Units** ``memory_bytes`` is for the whole process.

    What does not fit into memory goes to the directory ``disk``; None means that of the checkpoint,
    or a temporary one.

    With ``checkpoint`` the search is put down in that directory every ``every_s`` seconds, and when
    a limit ends it; with ``resume`` it is first taken up from there. ``options`` are put down with
    it, for whoever takes it up. With ``cluster``, the address of a Ray cluster or "local", the
    search is spread over so many ``workers``.

    With ``fingerprint``, fingerprints are kept in the place of states that are longer, of the
    function that this seed of 128 bits draws; then nothing goes to disk.
    """

    threads: int | None = None
    memory_bytes: int | None = None
    disk: Path | None = None
    checkpoint: Path | None = None
    every_s: float = 600.0
    resume: bool = False
    cluster: str | None = None
    workers: int | None = None
    fingerprint: int | None = None
    options: dict[str, Any] = field(default_factory=dict, compare=False)


NO_RESOURCES = Resources()
