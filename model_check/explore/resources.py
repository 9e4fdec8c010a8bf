"""What a search may use of the machine."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NO_RESOURCES", "Resources"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """None means: as the search sees fit. **Units** ``memory_bytes`` is for the whole process."""

    threads: int | None = None
    memory_bytes: int | None = None


NO_RESOURCES = Resources()
