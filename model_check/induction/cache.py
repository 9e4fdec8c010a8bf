"""What was proved before, so that an edit costs only the conditions that it touches.

For each condition of a proof the last few ways in which it was proved are kept: from which lemmas,
how it was put to the solver, and a digest of everything that this question is made of: the action,
the claim, those lemmas, the assumptions, the encoding and the version of the solver. Where the
digest is what it was, the question is the same, letter by letter, and is not asked again. Where it
is not, the lemmas that sufficed before are tried first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import assert_never

import msgspec

from ..backends.fol.signature import Style
from ..backends.fol.solver import z3_version
from ..backends.native.cache import Cache, folder, key
from ..ir import nodes as n
from .conditions import Cell, Conditions

__all__ = ["Known", "Memory", "digest", "memory_of"]

KEPT = 4
"""So many ways are kept of each condition: an edit and its undoing cost one proof."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A condition proved: ``work`` is in the solver's own measure."""

    digest: str
    lemmas: tuple[str, ...]
    style: Style
    split: bool
    strategy: str
    work: int
    seconds: float
    confirmed: str = ""
    """The version of cvc5 that has come to the same answer, if one has."""


Memory = dict[str, list[Known]]
"""By condition, newest first."""


def memory_of(conditions: Conditions, *, enabled: bool = True) -> _Store:
    """What is remembered of a proof."""
    place = folder() if enabled else None
    if place is not None:
        place = place.parent / "proofs" if place.name == "native" else place / "proofs"
    protocol = conditions.proof.protocol
    name = key([protocol.__module__, protocol.__qualname__, conditions.proof.name])
    return _Store(Cache(place), name)


class _Store:
    """The entry of one proof."""

    def __init__(self, cache: Cache, name: str) -> None:
        self._cache = cache
        self._name = name

    def read(self) -> Memory:
        """Everything kept; nothing if it cannot be read."""
        kept = self._cache.get(self._name)
        if kept is None:
            return {}
        try:
            return msgspec.json.decode(kept, type=dict[str, list[Known]])
        except msgspec.MsgspecError:
            return {}

    def write(self, found: Mapping[str, Known]) -> None:
        """Add what was proved now."""
        memory = self.read()
        for cell, known in found.items():
            others = [k for k in memory.get(cell, []) if k.digest != known.digest]
            memory[cell] = [known, *others][:KEPT]
        self._cache.put(self._name, msgspec.json.encode(memory))


def digest(
    conditions: Conditions, cell: Cell, lemmas: Iterable[str], how: tuple[Style, bool]
) -> str:
    """Everything that a question is made of. Places in the source and comments are not."""
    made = [encoding(), z3_version(), repr(how), cell.part.value, cell.name]
    made += [_text(conditions, f) for f in conditions.spec.fields]
    made += [_text(conditions, p) for p in conditions.assumptions]
    if cell.action is not None:
        made.append(_text(conditions, cell.action))
    if cell.goal is not None:
        made.append(_text(conditions, cell.goal))
    for name in sorted(lemmas):
        made += [name, _text(conditions, conditions.by_name[name.removesuffix("'")])]
    return key(made)


def _text(conditions: Conditions, x: n.FieldDecl | n.Action | n.Property) -> str:
    """What a question has of a field, an action or a claim; written out once for all questions."""
    found = conditions.texts.get(id(x))
    if found is None:
        found = conditions.texts[id(x)] = (x, _written(x))
    return found[1]


def _written(x: n.FieldDecl | n.Action | n.Property) -> str:
    match x:
        case n.FieldDecl():
            return repr((x.name, x.sort))
        case n.Action():
            return repr((x.parameters, x.body))
        case n.Property():
            return repr(replace(x, doc=""))
        case _:
            assert_never(x)


@cache
def encoding() -> str:
    """The hash of the modules that make questions of conditions, and of what they are made with."""
    here = Path(__file__).resolve().parents[1]
    folders = [here / "backends" / "fol", here / "induction", here / "passes", here / "ir"]
    files = sorted(f for folder in folders for f in folder.glob("*.py"))
    return key(f.read_text(encoding="utf-8") for f in files)
