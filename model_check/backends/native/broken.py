"""A bound that a generated program has broken: a mistake of ours, with what helps to find it."""

from __future__ import annotations

from enum import IntEnum

from ....spec.lang.errors import InternalError, Span

__all__ = ["BoundBroken", "Breach"]


class Breach(IntEnum):
    """Which bound a checked program has broken."""

    INDEX = 0
    VALUE = 1
    SHIFT = 2


class BoundBroken(InternalError):
    """A checked program has met an index, a value or a shift that is out of bounds.

    ``line`` counts the lines of the program from 1; ``number`` is what was out of bounds, and
    ``limit`` the number of places there are, or the largest value. ``span`` is where the
    specification says what the line is made of, None in what is the same for all.
    """

    def __init__(
        self,
        source: str,
        line: int,
        breach: Breach,
        number: int,
        limit: int,
        span: Span | None = None,
    ) -> None:
        self.source, self.line, self.breach = source, line, breach
        self.number, self.limit, self.span = number, limit, span
        super().__init__(self._text())

    def at(self, span: Span | None) -> BoundBroken:
        """The same, with what the line is made of."""
        return BoundBroken(self.source, self.line, self.breach, self.number, self.limit, span)

    def _text(self) -> str:
        lines = self.source.splitlines()
        before = (x for x in reversed(lines[: self.line]) if x.startswith("def "))
        function = next(before, "def ?(")[4:].split("(")[0]
        what = {
            Breach.INDEX: f"index {self.number:,} where there are {max(0, self.limit):,} places",
            Breach.VALUE: f"the value {self.number:,} where there is room up to {self.limit:,}",
            Breach.SHIFT: f"a shift by {self.number:,} bits of a word that has 64",
        }[self.breach]
        made_of = "the search itself" if self.span is None else str(self.span)
        return (
            f"a bound is broken in the generated program: {what}\n"
            f"  line {self.line}, in {function}:  {lines[self.line - 1].strip()}\n"
            f"  made of {made_of}"
        )
