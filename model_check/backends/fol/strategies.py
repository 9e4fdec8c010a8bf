"""In which order a condition is tried: with which lemmas, in which style, for how much work.

Too few lemmas, and nothing follows; too many, and the solver drowns in instances. So small sets
come first, each for a little work; then the limits rise. What sufficed before, and what sufficed
for a finite instance, come before what can be guessed from the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...induction.conditions import Cell, Conditions, Part
from ...ir import walk
from .signature import Style

__all__ = ["FIRST", "Strategy", "ladder"]

FIRST = 200_000
"""Z3's work for a first try: a tenth of a second or two."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """``split`` asks one question for each way in which the tests of the action can turn out."""

    name: str
    lemmas: tuple[str, ...]
    style: Style
    resources: int
    split: bool = False


def ladder(
    conditions: Conditions,
    cell: Cell,
    hints: Sequence[tuple[str, Iterable[str], Style | None, bool]],
    *,
    most: int,
    among: Sequence[str] | None = None,
    least: int = FIRST,
) -> Iterator[Strategy]:
    """Strategies, most promising first. ``hints`` are sets of lemmas that may suffice, with the
    style in which they did; ``most`` is the largest limit, ``among`` the lemmas to choose from,
    ``least`` the limit to begin with.
    """
    main = Style(order=conditions.proof.order)
    own = (cell.claim,) if cell.claim in conditions.by_name and _keeps(cell) else ()
    everything = tuple(conditions.by_name) if among is None else tuple(among)
    sets: dict[tuple[str, ...], str] = {}
    for name, lemmas, style, split in hints:
        chosen = _ordered((*lemmas, *own), everything)
        sets.setdefault(chosen, name)
        yield Strategy(name, chosen, style or main, min(most, 10 * FIRST), split)
    near = _near(conditions, cell, own, everything)
    guessed = {own: "goal only", near: "shared fields", everything: "all lemmas"}
    for chosen, name in guessed.items():
        sets.setdefault(_ordered(chosen, everything), name)
    others = [
        Style(order=main.order, int_tags=False),
        Style(order="axioms" if main.order == "int" else "int"),
    ]
    limit = min(least, most)
    while True:
        for chosen, name in sets.items():
            yield Strategy(name, chosen, main, limit)
        for style in others:
            for chosen, name in sets.items():
                yield Strategy(f"{name}, {_shown(style, main)}", chosen, style, limit)
        if limit > FIRST:
            for chosen, name in sets.items():
                yield Strategy(f"{name}, by cases", chosen, main, limit, split=True)
        if limit >= most:
            return
        limit = min(most, limit * 8)


def _keeps(cell: Cell) -> bool:
    return cell.part is Part.CONSECUTION or (cell.part is Part.DEFINED and cell.action is None)


def _shown(style: Style, main: Style) -> str:
    return f"order as {style.order}" if style.order != main.order else "integers untagged"


def _ordered(names: Iterable[str], everything: Sequence[str]) -> tuple[str, ...]:
    """Each once, in the order of the text."""
    wanted = set(names)
    return tuple(x for x in everything if x in wanted)


def _near(
    conditions: Conditions, cell: Cell, own: tuple[str, ...], everything: Sequence[str]
) -> tuple[str, ...]:
    """The invariants that speak only of fields that the action or the claim mentions."""
    fields = fields_of(cell)
    return tuple(
        x for x, p in conditions.by_name.items() if x in own or walk.fields_read(p.body) <= fields
    )


def fields_of(cell: Cell) -> set[str]:
    """The fields that the claim reads, and those that the action reads or writes."""
    found: set[str] = set()
    if cell.action is not None:
        found |= walk.fields_read(cell.action.body) | walk.fields_written(cell.action.body)
    if cell.goal is not None:
        found |= walk.fields_read(cell.goal.body)
    return found
