"""A mutant: a proof with one thing dropped or altered."""

from __future__ import annotations

import linecache
from dataclasses import dataclass
from enum import Enum

from ...spec.lang.errors import Span, shown_path
from ...spec.lang.values import SubsetOf
from ..induction.conditions import Cell, Conditions

__all__ = ["Kind", "Mutant"]


class Kind(Enum):
    """What was done."""

    INITIAL = "initial value altered"
    GUARD = "guard dropped"
    CONDITION = "condition dropped"
    COMPARISON = "comparison altered"
    UPDATE = "update dropped"
    SEND = "send dropped"
    INVARIANT = "invariant dropped"
    CONJUNCT = "conjunct dropped"
    LAW = "law dropped"

    @property
    def of_action(self) -> bool:
        """Whether it changes what the protocol does; else what is claimed, or assumed."""
        return self not in (Kind.INVARIANT, Kind.CONJUNCT, Kind.LAW)


@dataclass(frozen=True)
class Mutant:
    """``place`` is the action, invariant or law; ``what`` the thing that was dropped or altered.

    ``actions`` and ``claims`` are those that the change makes different: several, if it is one of a
    helper. ``loose`` are the sorts of subsets of which nothing is assumed any more.
    """

    kind: Kind
    place: str
    what: str
    span: Span
    conditions: Conditions
    actions: frozenset[str] = frozenset()
    claims: frozenset[str] = frozenset()
    loose: tuple[type[SubsetOf], ...] = ()  # type: ignore[type-arg]  # of any sort

    @property
    def where(self) -> str:
        """``file:line``."""
        return f"{shown_path(self.span.file)}:{self.span.line}"

    @property
    def source(self) -> str:
        """The line of the text, without its indentation; empty if there is none."""
        return linecache.getline(self.span.file, self.span.line).strip()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The conditions that differ from those of the proof."""
        every = self.conditions.cells
        if self.claims or not self.kind.of_action:
            return every
        return tuple(c for c in every if c.row in self.actions)
