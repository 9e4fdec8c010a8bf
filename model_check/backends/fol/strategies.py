"""In which order a condition is tried: with which lemmas, in which style, for how much work.

Too few lemmas, and nothing follows; too many, and the solver drowns in instances. So small sets
come first, each for a little work; then the limits rise. What sufficed before comes first of all;
then the reasons that the text of the claim gives; then what sufficed on a finite instance; then
what can be guessed; and all invariants together at last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...induction.conditions import Cell, Conditions, Part
from ...ir import walk
from .signature import Style

__all__ = ["FIRST", "Hint", "Strategy", "attempts", "guesses", "keeps", "light", "main_style"]

FIRST = 200_000
"""Z3's work for a first try: a tenth of a second or two."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Lemmas that may suffice, and where they are from; with the style in which they did, if they
    are known to have sufficed."""

    name: str
    lemmas: tuple[str, ...]
    style: Style | None = None
    split: bool = False


@dataclass(frozen=True, slots=True)
class Strategy:
    """``split`` asks one question for each way in which the tests of the action can turn out."""

    name: str
    lemmas: tuple[str, ...]
    style: Style
    resources: int
    split: bool = False


def main_style(conditions: Conditions) -> Style:
    """The style that does best on the whole."""
    return Style(order=conditions.proof.order, integers="looked up", named=True)


def other_styles(main: Style) -> dict[str, Style]:
    """Others, each with what is said of it."""
    other = "axioms" if main.order == "int" else "int"
    return {
        "at all places": replace(main, integers="places"),
        "all unfolded": replace(main, integers="places", named=False),
        f"order as {other}": replace(main, order=other),
        "at all integers": replace(main, integers="all", named=False),
        "integers untagged": replace(main, integers="untagged", named=False),
    }


def attempts(
    main: Style, hints: Iterable[Hint], limits: Sequence[int], *, styles: int | None = None
) -> Iterator[Strategy]:
    """Each set of lemmas for a little work in the main style; then in others, by cases, and for
    more work; ``styles`` says in how many others, by default in all. The same is not tried twice.
    """
    sets: dict[tuple[str, ...], str] = {}
    for h in hints:
        sets.setdefault(h.lemmas, h.name)
    for limit in limits:
        for lemmas, name in sets.items():
            yield Strategy(name, lemmas, main, limit)
        for said, style in list(other_styles(main).items())[:styles]:
            for lemmas, name in sets.items():
                yield Strategy(f"{name}, {said}", lemmas, style, limit)
        if styles is None:
            for lemmas, name in sets.items():
                yield Strategy(f"{name}, by cases", lemmas, main, limit, split=True)


def light(main: Style, hints: Iterable[Hint], most: int) -> Iterator[Strategy]:
    """The same lemmas with less said: with all closed that can be, then what is said of quorums;
    without the laws of quorums, and with them. Where that suffices it is quick, and where it does
    not the solver soon has nothing left to try."""
    bare = replace(main, named=False, laws=False)
    for h in hints:
        if h.lemmas:
            little, more = min(most, FIRST), min(most, 5 * FIRST)
            for said, style, limit in (
                ("closed", replace(bare, closed="all"), little),
                ("quorums closed", replace(bare, closed="quorums"), more),
                ("without laws", bare, more),
                ("quorums closed, with laws", replace(bare, closed="quorums", laws=True), little),
            ):
                yield Strategy(f"{h.name}, {said}", h.lemmas, style, limit)


def keeps(cell: Cell) -> bool:
    """Whether a condition has its own claim as a hypothesis."""
    return cell.part is Part.CONSECUTION or (cell.part is Part.DEFINED and cell.action is None)


def guesses(conditions: Conditions, cell: Cell, own: tuple[str, ...]) -> Mapping[str, list[str]]:
    """Sets of lemmas that the text of the specification suggests."""
    fields = fields_of(cell)
    near = [x for x, p in conditions.by_name.items() if walk.fields_read(p.body) <= fields]
    return {
        "goal only": list(own),
        "shared fields": [*own, *near],
        "all lemmas": list(conditions.by_name),
    }


def fields_of(cell: Cell) -> set[str]:
    """The fields that the claim reads, and those that the action reads or writes."""
    found: set[str] = set()
    if cell.action is not None:
        found |= walk.fields_read(cell.action.body) | walk.fields_written(cell.action.body)
    if cell.goal is not None:
        found |= walk.fields_read(cell.goal.body)
    return found
