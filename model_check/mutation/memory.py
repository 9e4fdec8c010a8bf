"""Mutants judged before, by their text: an edit of one action leaves most of them as they were.

The name of an entry is a digest of all that the judgement is made from: the protocol and the claims
as they stand in the mutant, the instances, the limits, the solver, and this program.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from ..backends.fol.solver import z3_version
from ..backends.native.cache import Cache, folder, key
from ..induction.prover import Settings
from .judgement import Judge, Judged
from .mutant import Mutant

__all__ = ["Remembered"]


class Remembered:
    """Judges a mutant, or remembers how it was judged."""

    def __init__(self, judge: Judge, settings: Settings, *, enabled: bool = True) -> None:
        self._judge = judge
        place = folder() if enabled else None
        self._cache = Cache(None if place is None else place.parent / "mutants")
        instances = []
        for m in (*judge.models, *judge.larger, *judge.finite_models):
            universe = m.universe()
            pools = {s.__name__: tuple(map(repr, pool)) for s, pool in universe.elements.items()}
            constants = sorted((x, repr(v)) for x, v in universe.constants.items())
            instances.append(repr((m.name, pools, constants, m.lengths, m.integers)))
        self._common = [
            "mutant 2",
            program(),
            z3_version(),
            repr(judge.effort),
            repr((settings.resources, settings.solver, judge.induction.solver)),
            *instances,
        ]

    def judge(self, mutant: Mutant) -> Judged:
        """The class of a mutant."""
        c = mutant.conditions
        claims = (c.invariants, c.steps, c.assumptions, c.goals, sorted(c.proof.lemmas.items()))
        name = key([*self._common, mutant.kind.value, mutant.place, repr(c.spec), repr(claims)])
        found = self._cache.get(name)
        if found is not None:
            try:
                return msgspec.json.decode(found, type=Judged)
            except msgspec.MsgspecError:
                pass  # damaged: judged anew
        judged = self._judge.judge(mutant)
        self._cache.put(name, msgspec.json.encode(judged))
        return judged


@cache
def program() -> str:
    """The hash of all modules that a judgement depends on."""
    root = Path(__file__).resolve().parents[2]
    files = sorted([*(root / "model_check").rglob("*.py"), *(root / "spec" / "lang").glob("*.py")])
    return key(f.read_text(encoding="utf-8") for f in files)
