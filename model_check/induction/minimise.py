"""A proof without the lemmas that it does not need.

One lemma after the other is left out, the last of the text first, with all that cannot be proved
without it. If the claims of the protocol still are, what was left out was not needed, and stays
out. A set in which no lemma can be left out like that has no smaller part that proves them either:
whatever proves them without that lemma lies in what is left of the set.

A condition that is false of the instance without a lemma needs it, and no solver is asked for every
size; where the instance does not tell, a lemma that the solver does not do without is kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .cache import Known, Memory
from .conditions import Cell, Conditions, Part, specification
from .cores import NotInductive, OnDemand
from .finite import Finite, Standing
from .prover import CellResult, Prover, Settings

__all__ = ["Minimal", "Minimiser", "OnInstance", "minimise", "restricted"]

Report = Callable[[int, int, str], None]
"""Told how many lemmas are done, of how many, and the next one."""


@dataclass(frozen=True, slots=True)
class Minimal:
    """What is left of a proof.

    ``dropped`` are the lemmas that are not needed, in the order in which they were left out, each
    with those that went with it because they do not hold without it. ``needed`` says of each lemma
    kept what is lost without it. ``results`` are the conditions of what is left, all proved.
    """

    conditions: Conditions
    dropped: Mapping[str, tuple[str, ...]]
    needed: Mapping[str, str]
    results: Mapping[str, CellResult]

    @property
    def left_out(self) -> list[str]:
        """All lemmas that are not needed."""
        return [x for name, others in self.dropped.items() for x in (name, *others)]


def restricted(conditions: Conditions, without: Iterable[str]) -> Conditions:
    """The proof without some of its invariants and step invariants."""
    gone = set(without)
    return replace(
        conditions,
        invariants=tuple(p for p in conditions.invariants if p.name not in gone),
        steps=tuple(p for p in conditions.steps if p.name not in gone),
    )


class OnInstance(OnDemand):
    """Cores on an instance that is encoded once, of the invariants of a part of a proof."""

    def __init__(self, whole: OnDemand, part: Conditions) -> None:
        super().__init__(part, cache=False)
        self._whole = whole

    def finite(self) -> Finite | None:
        return self._whole.finite()

    def core(self, cell: Cell) -> tuple[str, ...] | None:
        """**Errors** NotInductive when the cell is false of the instance."""
        finite = self.finite()
        if finite is None or cell.part in (Part.INITIATION, Part.IMPLIED):
            return None
        names = tuple(self.conditions.by_name)
        match finite.stands(cell, names):
            case Standing.HOLDS:
                found = finite.core(cell, names)
                return tuple(x for x in names if x in found)
            case Standing.FAILS:
                raise NotInductive(f"false of the instance `{finite.model.name}`")
            case Standing.UNKNOWN:
                return None


@dataclass
class Minimiser:
    """Leaves out one lemma after another. ``memory`` is how the conditions were proved before, and
    grows with each that is proved from fewer lemmas; ``bounded`` asks of the instance alone."""

    conditions: Conditions
    settings: Settings
    memory: Memory
    cores: OnDemand
    kept: frozenset[str]
    bounded: bool = False
    _why: str = field(default="", init=False)

    def proved(self, conditions: Conditions) -> tuple[Conditions, Mapping[str, CellResult]] | None:
        """The largest part of a proof that is proved, with its conditions; None if something that
        must be kept is lost."""
        while True:
            small = self.on_instance(conditions)
            if small is None:
                return None
            conditions = small
            if self.bounded:
                return conditions, {}
            results = self.for_every_size(conditions)
            open_cells = (c for c in conditions.cells if not results[c.name].status.holds)
            lost = self.lost(open_cells, "is not proved")
            if lost is None:
                return None
            if not lost:
                return conditions, results
            conditions = restricted(conditions, lost)

    def on_instance(self, conditions: Conditions) -> Conditions | None:
        """The largest part of a proof that is inductive on the instance; None as before."""
        finite = self.cores.finite()
        if finite is None:
            return conditions
        while True:
            names = tuple(conditions.by_name)
            failing = (
                c
                for c in conditions.cells
                if c.part is not Part.INITIATION
                and not self.known(conditions, c)
                and finite.stands(c, names) is Standing.FAILS
            )
            lost = self.lost(itertools.islice(failing, 1), "fails in the instance")
            if lost is None:
                return None
            if not lost:
                return conditions
            conditions = restricted(conditions, lost)

    def known(self, conditions: Conditions, cell: Cell) -> bool:
        """Whether a condition was proved from lemmas that are still there."""
        names = conditions.by_name
        return any(
            all(x.removesuffix("'") in names for x in known.lemmas)
            for known in self.memory.get(cell.name, ())
        )

    def for_every_size(self, conditions: Conditions) -> Mapping[str, CellResult]:
        """All conditions of a part of the proof; what is proved is remembered."""
        cores = OnInstance(self.cores, conditions)
        prover = Prover(conditions, self.settings, self.memory, cores)
        results = prover.prove(conditions.cells)
        remember(self.memory, results.values())
        return results

    def lost(self, open_cells: Iterable[Cell], said: str) -> set[str] | None:
        """The lemmas of conditions that do not hold; None if one is of a claim that must be kept,
        or of an action."""
        found: set[str] = set()
        for cell in open_cells:
            if cell.claim in self.kept or not cell.claim:
                self._why = f"{cell.name} {said}"
                return None
            found.add(cell.claim)
        return found

    def run(self, report: Report | None = None) -> Minimal:
        """**Cost** for each lemma, the conditions that were proved from it."""
        conditions = self.conditions
        results: Mapping[str, CellResult] | None = None
        dropped: dict[str, tuple[str, ...]] = {}
        needed: dict[str, str] = {}
        names = [p.name for p in (*conditions.invariants, *conditions.steps)]
        lemmas = [x for x in reversed(names) if x not in self.kept]
        for done, name in enumerate(lemmas):
            if name not in {p.name for p in (*conditions.invariants, *conditions.steps)}:
                continue
            if report is not None:
                report(done, len(lemmas), name)
            found = self.proved(restricted(conditions, [name]))
            if found is None:
                needed[name] = self._why
                continue
            left, results = found
            there = {*left.by_name, *(p.name for p in left.steps)}
            before = [p.name for p in (*conditions.invariants, *conditions.steps)]
            dropped[name] = tuple(x for x in before if x not in there and x != name)
            conditions = left
        if results is None:
            results = {} if self.bounded else self.for_every_size(conditions)
        return Minimal(conditions, dropped, needed, results)


def minimise(
    conditions: Conditions,
    results: Mapping[str, CellResult],
    settings: Settings,
    memory: Memory,
    cores: OnDemand,
    report: Report | None = None,
) -> Minimal:
    """What is left of a proof without the lemmas that the claims of the protocol do not need.

    **In** the proof, and its conditions as proved.
    """
    original = specification(conditions.proof, conditions.proof.of)
    kept = frozenset({*conditions.goals, *(p.name for p in original.properties)})
    made: Memory = {name: list(known) for name, known in memory.items()}
    remember(made, results.values())
    plain = replace(settings, seeds=0, smtlib=None, solver="z3")
    return Minimiser(conditions, plain, made, cores, kept).run(report)


def remember(memory: Memory, results: Iterable[CellResult]) -> None:
    """What was proved comes before what was known."""
    for r in results:
        if r.known is not None:
            others: Sequence[Known] = memory.get(r.name, ())
            memory[r.name] = [r.known, *(k for k in others if k.digest != r.known.digest)]
