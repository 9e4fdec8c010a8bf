"""Proofs for every size: the verdict on one proof, and what it rests on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..spec.lang.errors import Unsupported
from ..spec.lang.proof import Proof
from .backends.fol.fragment import Fragment, fragment_of
from .backends.fol.question import unchanged
from .backends.fol.signature import Style
from .backends.fol.terms import Term
from .induction.cache import Known, memory_of
from .induction.conditions import Cell, Conditions, conditions_of
from .induction.cores import OnDemand
from .induction.minimise import Minimal, minimise
from .induction.prover import CellResult, Prover, Settings, Status
from .induction.witnesses import Witnesses, witnesses
from .verdict import ExitCode

__all__ = ["Proved", "prove"]

KEEP_S = 5.0
"""So often what is proved is written down."""

Report = Callable[[int, int, str], None]
"""Told how many conditions are done, of how many, and the last one."""


@dataclass(frozen=True)
class Proved:
    """What became of a proof.

    ``partial`` says that only some conditions were asked for; ``minimal`` is what is left without
    the lemmas that are not needed, if that was asked and all is proved. **Units** ``seconds`` is
    wall time, ``cpu_s`` processor time, that of processes which it started included.
    """

    conditions: Conditions
    results: Mapping[str, CellResult]
    witnesses: Witnesses
    fragment: Fragment | None
    seconds: float
    partial: bool = False
    solver: str = "z3"
    minimal: Minimal | None = None
    cpu_s: float = 0.0

    @cached_property
    def open(self) -> tuple[CellResult, ...]:
        """The conditions that are not proved."""
        return tuple(r for r in self.results.values() if not r.status.holds)

    @cached_property
    def needed(self) -> frozenset[str]:
        """The invariants that the goals rest on, as far as lemmas were told apart."""
        by_claim: dict[str, set[str]] = {}
        always: set[str] = set()
        for name, r in self.results.items():
            _, _, column = name.partition("/")
            lemmas = [x.removesuffix("'") for x in r.lemmas]
            if column == "defined":
                always.update(lemmas)
            else:
                by_claim.setdefault(column, set()).update(lemmas)
        found: set[str] = set()
        work = [*self.conditions.goals, *always]
        while work:
            name = work.pop()
            if name not in found:
                found.add(name)
                work.extend(by_claim.get(name, ()))
        return frozenset(found)

    @cached_property
    def unused(self) -> tuple[str, ...]:
        """Invariants that nothing rests on: true, and not needed for the goals."""
        if self.open or self.partial:
            return ()
        return tuple(x for x in self.conditions.by_name if x not in self.needed)

    @property
    def code(self) -> ExitCode:
        """What the command ends with."""
        if self.witnesses.broken:
            return ExitCode.SAFETY
        if self.witnesses.false:
            return ExitCode.ASSUMPTION
        if self.open or self.partial:
            return ExitCode.INCONCLUSIVE
        if not self.witnesses.convincing or not self.conditions.goals:
            return ExitCode.VACUOUS
        return ExitCode.HOLDS


def prove(
    proof: Proof,
    settings: Settings,
    *,
    selection: Sequence[str] = (),
    cache: bool = True,
    least: bool = False,
    report: Report | None = None,
) -> Proved:
    """Prove a protocol safe for every size, or say which conditions are open; with the ``least``
    lemmas that do, if all are proved.

    **Errors** SpecError for a mistake in the protocol or the proof; InternalError when solvers
    disagree.
    """
    start_s, before_s = time.monotonic(), _processor_s()
    conditions = conditions_of(proof)
    cells = conditions.selected(selection)
    found = witnesses(conditions)
    store = memory_of(conditions, enabled=cache)
    cores = OnDemand(conditions, cache=cache)
    prover = Prover(conditions, settings, store.read(), cores)
    results: dict[str, CellResult] = {}
    if not (found.broken or found.false):
        done = 0
        wanted = {c.name for c in cells}
        written_s = start_s

        unwritten: dict[str, Known] = {}

        def note(result: CellResult) -> None:
            nonlocal done, written_s
            done += result.name in wanted  # claims that follow from others come beside
            if report is not None:
                report(done, len(cells), result.name)
            if result.known is not None and result.status is Status.PROVED:
                unwritten[result.name] = result.known
                if time.monotonic() > written_s + KEEP_S:  # what is done survives an interruption
                    store.write(unwritten)
                    unwritten.clear()
                    written_s = time.monotonic()

        results = prover.prove(cells, note)
        store.write(unwritten)
    minimal = None
    if least and results and all(r.status.holds for r in results.values()):
        minimal = minimise(conditions, results, settings, prover.memory, cores, report)
    fragment = _fragment(prover, cells)
    return Proved(
        conditions,
        results,
        found,
        fragment,
        time.monotonic() - start_s,
        partial=bool(selection),
        solver=settings.solver,
        minimal=minimal,
        cpu_s=_processor_s() - before_s,
    )


def _processor_s() -> float:
    """Of this process, and of those that it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _fragment(prover: Prover, cells: Iterable[Cell]) -> Fragment | None:
    """The fragment of the conditions together; None where one has no first-order form."""
    lowering = prover.lowering(Style(order=prover.conditions.proof.order))
    formulas: dict[Term, None] = {}
    try:
        for cell in cells:
            if unchanged(cell):
                continue
            for q in lowering.questions(cell):
                formulas.update((f, None) for _, f in lowering.problem(q))
    except Unsupported:
        return None
    return fragment_of(formulas)
