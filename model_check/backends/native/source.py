"""The program for one model, and what Python has to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ....spec.lang.errors import Span
from . import marks
from .layout import Bounds, Layout
from .packing import Packing

__all__ = ["Source"]


@dataclass(frozen=True)
class Source:
    """The program for one model, and what Python has to know of it."""

    text: str
    layout: Layout
    packing: Packing
    bounds: Bounds
    words: int
    actions: int
    batch: int
    successors: int
    record: int
    scratch: int
    saved: int
    pending: tuple[str, ...]
    spans: Mapping[str, tuple[Span | None, ...]]
    """For each function that is made of the specification, what its lines are made of."""
    factors: int | None = None
    """Where in scratch memory those of the marks are, if marks are kept in the place of keys."""

    @property
    def stride(self) -> int:
        """Bytes that are kept of each state."""
        return self.packing.size if self.factors is None else marks.MARK

    def origin(self, line: int) -> Span | None:
        """What a line of the program is made of; lines count from 1."""
        above = self.text.splitlines()[:line]
        start = next((i for i in range(line - 1, -1, -1) if above[i].startswith("def ")), None)
        if start is None:
            return None
        spans = self.spans.get(above[start][4:].split("(")[0], ())
        at = line - 1 - start
        return spans[at] if at < len(spans) else None
