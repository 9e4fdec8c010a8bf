"""Programs, and those that are kept between runs.

To make a program takes many times as long as to read the specification. So one that was made is
kept, under a hash of everything that it was made of: the IR of the specification with its helpers
and properties as the front end has just read them, the elements and constants of the model, what is
checked and how, the room that there is for ints, and the text of every module of ours that may have
taken part. Whatever is edited, the name is another. Spans are left out: they have no part in a
program.

What was seen in the states that are looked at beforehand (:func:`.search.sample`) is kept likewise.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from pathlib import Path

import msgspec

from ....spec import lang
from ...explore.claims import Claims
from ...passes.inline import inline
from ..codec import Codec
from ..interpret import Interpreter
from ..symmetry import Symmetry
from .cache import Cache, key
from .layout import Bounds, Layout
from .packing import Packing
from .source import Source

__all__ = ["NOTHING_KEPT", "Programs", "made_program", "selected_of"]

NOTHING_KEPT = Cache(None)


class Room(msgspec.Struct):
    """What :class:`.layout.Bounds` knows."""

    low: dict[str, int]
    high: dict[str, int]
    room: dict[str, int]
    keys: list[tuple[str, str]]
    patterns: dict[str, list[object]]
    tried: list[str]

    @classmethod
    def of(cls, bounds: Bounds) -> Room:
        patterns = bounds.patterns
        return cls(
            bounds.low,
            bounds.high,
            bounds.room,
            bounds.keys,
            patterns.record(),
            sorted(patterns.tried),
        )

    def give(self, bounds: Bounds) -> None:
        """Let these bounds be as those were."""
        bounds.restore(self.low, self.high, self.room, self.keys)
        bounds.patterns.restore(self.patterns, self.tried)


class Entry(msgspec.Struct):
    """A program as it is kept: what :class:`.source.Source` has, and what became of the bounds."""

    text: str
    room: Room
    masks: tuple[int, ...]
    never: tuple[tuple[int, tuple[int, ...]], ...]
    words: int
    actions: int
    batch: int
    successors: int
    record: int
    scratch: int
    saved: int
    pending: tuple[str, ...]
    factors: int | None


class Programs:
    """The programs of one model, of which a cache may keep some."""

    def __init__(self, system: Interpreter, kept: Cache = NOTHING_KEPT) -> None:
        self._system = system
        self._kept = kept if _own_text() else NOTHING_KEPT
        self._model = key(_model(system)) if self._kept.folder is not None else ""

    def observed(self, bounds: Bounds) -> bool:
        """Whether it is kept what the states looked at beforehand need; the bounds have room for it
        then."""
        found = self._kept.get(self._name("room"))
        if found is None:
            return False
        msgspec.json.decode(found, type=Room).give(bounds)
        return True

    def keep_observed(self, bounds: Bounds) -> None:
        if self._kept.folder is not None:
            self._kept.put(self._name("room"), msgspec.json.encode(Room.of(bounds)))

    def program(
        self,
        claims: Claims,
        bounds: Bounds,
        symmetry: Symmetry | None,
        *,
        checked: bool = False,
        fingerprint: bool = False,
    ) -> Source:
        """The program that searches for what breaks the claims. **Errors** Unsupported."""
        if self._kept.folder is None or checked:  # what a bound stands for is asked of a made one
            return made_program(
                self._system, claims, bounds, symmetry, checked=checked, fingerprint=fingerprint
            )
        options = f"{symmetry is not None} {fingerprint} {selected_of(claims)}"
        before = msgspec.json.encode(Room.of(bounds)).decode()
        name = self._name("program", options, before)
        found = self._kept.get(name)
        if found is not None:
            return self._source(msgspec.json.decode(found, type=Entry), bounds)
        source = made_program(self._system, claims, bounds, symmetry, fingerprint=fingerprint)
        self._kept.put(name, msgspec.json.encode(_entry(source)))
        return source

    def _source(self, entry: Entry, bounds: Bounds) -> Source:
        entry.room.give(bounds)
        return Source(
            entry.text,
            Layout(self._system.spec, self._system.codec, bounds),
            Packing(entry.masks, entry.never),
            bounds,
            entry.words,
            entry.actions,
            entry.batch,
            entry.successors,
            entry.record,
            entry.scratch,
            entry.saved,
            entry.pending,
            {},
            entry.factors,
        )

    def _name(self, *parts: str) -> str:
        return key((_own_text(), self._model, *parts))


def _entry(source: Source) -> Entry:
    return Entry(
        source.text,
        Room.of(source.bounds),
        source.packing.masks,
        source.packing.never,
        source.words,
        source.actions,
        source.batch,
        source.successors,
        source.record,
        source.scratch,
        source.saved,
        source.pending,
        source.factors,
    )


def _model(system: Interpreter) -> Iterator[str]:
    """All that a program knows of a model."""
    model, codec = system.model, system.codec
    yield repr(system.spec)
    yield repr(model.network)
    yield repr((model.lengths, model.integers))  # where steps beyond them end, sampling does
    for element, pool in codec.universe.elements.items():
        members = [sorted(x.index for x in e) if isinstance(e, Iterable) else None for e in pool]
        yield f"{element.__name__} {members}"
    for one in (codec, *abstract_codecs(system).values()):
        for name, sort in one.spec.constants:
            yield f"{name} {one.constant(name, sort)!r}"


@cache
def _own_text() -> str:
    """A name for the text of our modules, and for Python; empty if they cannot be read."""
    parts = [sys.version]
    try:
        for folder in (Path(__file__).parents[2], *map(Path, lang.__path__)):
            for at, folders, files in os.walk(folder):
                folders.sort()
                for name in sorted(files):
                    if name.endswith(".py"):
                        parts += [name, Path(at, name).read_text(encoding="utf-8")]
    except (OSError, UnicodeDecodeError):
        return ""
    return key(parts)


def abstract_codecs(system: Interpreter) -> dict[str, Codec]:
    """For each refinement, what translates the values of the abstract specification."""
    codec = system.codec
    return {
        r.name: Codec(
            r.abstract,
            system.model,
            protocol=getattr(system.protocol, r.name).__abstract__,
            universe=codec.universe,
            records=codec.records,
        )
        for r in system.spec.refinements
    }


def made_program(
    system: Interpreter,
    claims: Claims,
    bounds: Bounds,
    symmetry: Symmetry | None,
    *,
    checked: bool = False,
    walks: bool = False,
    fingerprint: bool = False,
) -> Source:
    """The program that searches a model for what breaks the claims, or takes random walks.
    **Errors** Unsupported."""
    from .kernel import program  # noqa: PLC0415  # only when one is made

    return program(
        inline(system.spec),
        system.codec,
        bounds,
        selected_of(claims),
        abstract_codecs(system),
        symmetry,
        checked=checked,
        walks=walks,
        fingerprint=fingerprint,
    )


def selected_of(claims: Claims) -> Collection[str]:
    return (*claims.invariants, *claims.step_invariants, *claims.reachables, *claims.refinements)
