"""The matrix of a proof on one instance: how each claim stands after each action.

All cells are shown, not the first that fails: which row or column the failures lie in says what is
missing. A row of failures is a claim that wants a lemma of its own, a column an action of which too
little is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..paint import PLAIN, Paint
from .conditions import Cell, Part
from .finite import Finite, Standing

__all__ = ["Matrix", "matrix_of"]

MARKS = {Standing.HOLDS: "+", Standing.FAILS: "x", Standing.UNKNOWN: "?"}
UNTOUCHED = "."
ROLES = {"+": "good", "x": "bad", "?": "open", ".": "dim", " ": "dim"}


@dataclass
class Matrix:
    """How the cells stand. ``untouched`` are those that hold because the action changes nothing
    that the claim reads."""

    cells: tuple[Cell, ...]
    standing: dict[str, Standing] = field(default_factory=dict)
    untouched: set[str] = field(default_factory=set)

    def of(self, standing: Standing) -> list[Cell]:
        """The cells that stand so, in order."""
        return [c for c in self.cells if self.standing.get(c.name) is standing]

    def count(self) -> Mapping[Standing, int]:
        return Counter(self.standing.values())

    def text(self, paint: Paint = PLAIN) -> list[str]:
        """The claims down, the actions across, numbered."""
        rows = list(dict.fromkeys(c.column for c in self.cells if c.row != "any state"))
        actions = list(dict.fromkeys(c.row for c in self.cells))
        by_place = {(c.row, c.column): c for c in self.cells if c.row != "any state"}
        by_place |= {("any state", c.claim): c for c in self.cells if c.row == "any state"}
        digits = len(str(len(actions)))
        width = max(map(len, rows), default=0)
        lines = _in_columns([f"{i:>{digits}} {a}" for i, a in enumerate(actions, start=1)])
        lines.append("")
        lines.append(
            " " * (width + 4) + " ".join(f"{i:>{digits}}" for i, _ in enumerate(actions, start=1))
        )
        for claim in rows:
            marks = [self._mark(by_place.get((a, claim))) for a in actions]
            shown = " ".join(" " * (digits - 1) + paint(ROLES[m], m) for m in marks)
            lines.append(f"  {claim:<{width}}  {shown}".rstrip())
        return lines

    def _mark(self, cell: Cell | None) -> str:
        if cell is None or cell.name not in self.standing:
            return " "
        return UNTOUCHED if cell.name in self.untouched else MARKS[self.standing[cell.name]]

    def summary(self) -> str:
        """The counts, in words."""
        count = self.count()
        total = sum(count.values())
        parts = [f"{count[Standing.HOLDS]} of {total} cells hold"]
        parts += [f"{count[Standing.FAILS]} fail"] * bool(count[Standing.FAILS])
        parts += [f"{count[Standing.UNKNOWN]} unknown"] * bool(count[Standing.UNKNOWN])
        return ", ".join(parts)


LEGEND = "+ holds   . the action changes nothing that the claim reads   x fails   ? unknown"


def matrix_of(finite: Finite, chosen: Sequence[Cell] | None = None) -> Matrix:
    """Ask about every cell, or about those chosen."""
    cells = finite.conditions.cells if chosen is None else tuple(chosen)
    made = Matrix(cells)
    for cell in cells:
        if cell.part is Part.CONSECUTION and finite.untouched(cell):
            made.untouched.add(cell.name)
            made.standing[cell.name] = Standing.HOLDS
        else:
            made.standing[cell.name] = finite.stands(cell)
    return made


def _in_columns(items: Sequence[str], width: int = 96) -> list[str]:
    """Short texts side by side, as many as fit."""
    widest = max(map(len, items), default=0) + 3
    each = max(1, width // widest)
    return [
        ("  " + "".join(f"{x:<{widest}}" for x in items[i : i + each])).rstrip()
        for i in range(0, len(items), each)
    ]
