"""``prove --bounded``: a proof on its finite instances, with what stands against it.

An instance that is inductive says nothing of larger ones; one that is not shows a counterexample to
induction, and whether its first state can be reached decides who is wrong. If an exploration of the
instance breaks an invariant, the protocol or the claim is. If it is complete and breaks none, the
state is unreachable, since one step of it would break one: the invariant is too weak, and wants a
lemma that excludes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from ...spec.lang.errors import Unsupported
from ...spec.lang.model import Model, laws_of
from ..backends.z3.solver import Name
from ..bounds import bounds_of
from ..check import check
from ..engine import Engine
from ..explore.search import Limits
from ..paint import PLAIN, Paint
from ..verdict import Holds, Unknown, Verdict, Violated
from .conditions import Cell, Conditions
from .cti import Cti, cti_of, shrunk
from .finite import Finite, Standing, instance_of
from .matrix import LEGEND, Matrix, matrix_of
from .vacuity import Vacuity, vacuity_of

__all__ = ["BoundedProof", "Outcome", "bounded_proof", "explored"]

STATES = 20_000
"""So many states of an instance are explored to see whether an invariant is false."""


class Outcome(Enum):
    """What an instance says of a proof."""

    INDUCTIVE = "inductive on this instance"
    NOT_INDUCTIVE = "not inductive"
    REFUTED = "an invariant is false"
    VACUOUS = "vacuous"
    UNKNOWN = "unknown"


@dataclass
class BoundedProof:
    """One instance of a proof: its matrix, counterexamples to some of the failing cells, what is
    vacuous, and what exploring the instance says of them."""

    model: Model
    matrix: Matrix
    ctis: list[Cti] = field(default_factory=list)
    vacuity: Vacuity | None = None
    explored: Verdict | None = None
    gates: int = 0

    @property
    def outcome(self) -> Outcome:
        if isinstance(self.explored, Violated):
            return Outcome.REFUTED
        if self.matrix.of(Standing.FAILS):
            return Outcome.NOT_INDUCTIVE
        if self.matrix.of(Standing.UNKNOWN):
            return Outcome.UNKNOWN
        if self.vacuity is not None and self.vacuity.found:
            return Outcome.VACUOUS
        return Outcome.INDUCTIVE

    def text(self, paint: Paint = PLAIN) -> list[str]:
        """The matrix, then what stands against it, then the verdict."""
        lines = [f"  {bounds_of(self.model, self.model.universe())}", ""]
        lines += [*self.matrix.text(paint), "", f"  {paint('dim', LEGEND)}", ""]
        for cti in self.ctis:
            lines += [paint("bad", f"{cti.cell.name} fails"), *cti.text(paint), ""]
        more = len(self.matrix.of(Standing.FAILS)) - len(self.ctis)
        if more > 0:
            some = ", ".join(c.name for c in self.matrix.of(Standing.FAILS)[len(self.ctis) :][:6])
            lines += [f"  {more} more fail: {some}{', ...' if more > 6 else ''}", ""]
        if self.explored is not None:
            lines += [*self._reached(paint), ""]
        if self.vacuity is not None:
            lines += [f"  {line}" for line in self.vacuity.text()]
        good = self.outcome is Outcome.INDUCTIVE
        said = f"{self.matrix.summary()}: {self.outcome.value}"
        lines.append(paint("good" if good else "bad", said))
        if good:
            lines.append(
                "  this instance only; `ballotproof prove` without --bounded asks for every size"
            )
        return lines

    def _reached(self, paint: Paint) -> list[str]:
        verdict = self.explored
        match verdict:
            case Violated():
                return [
                    paint("bad", "an invariant is false of a state that can be reached"),
                    *verdict.violations[0].counterexample.text(paint),
                ]
            case Holds():
                return [
                    f"  No such state can be reached: all {verdict.evidence.states:,} states of "
                    "the instance were explored, and no invariant is false.",
                    "  A lemma that is false of the state shown, and true of those, is missing.",
                ]
            case Unknown():
                steps = max((verdict.evidence.depth or 1) - 2, 0)
                return [
                    f"  No such state is reached within {steps} steps "
                    f"({verdict.evidence.states:,} states explored, no invariant false); "
                    "beyond that it is open.",
                ]
            case _:
                return []


def bounded_proof(
    conditions: Conditions,
    model: Model,
    *,
    solver: Name = Name.Z3,
    resources: int | None = None,
    cells: Sequence[Cell] | None = None,
    ctis: int = 3,
    states: int = STATES,
) -> BoundedProof:
    """Ask about every cell on one instance, and look into those that fail.

    ``ctis`` bounds how many counterexamples are made small and shown, one for each claim at first;
    ``states`` how many states are explored to judge them.

    **Errors** Unsupported when the instance cannot be laid out.
    """
    finite = Finite(conditions, model, solver=solver, resources=resources)
    matrix = matrix_of(finite, cells)
    made = BoundedProof(finite.model, matrix)
    for cell in _worth_showing(matrix.of(Standing.FAILS))[:ctis]:
        if finite.stands(cell) is Standing.FAILS:
            made.ctis.append(cti_of(finite, shrunk(finite, cell)))
    if matrix.of(Standing.FAILS):
        made.explored = explored(conditions, model, states)
    if cells is None:
        made.vacuity = vacuity_of(finite)
    made.gates = len(finite.circuit)
    return made


def _worth_showing(failing: Sequence[Cell]) -> list[Cell]:
    """One cell of each claim first, in order; then the others."""
    by_claim: dict[str, Cell] = {}
    for cell in failing:
        by_claim.setdefault(cell.claim or cell.name, cell)
    first = list(by_claim.values())
    return [*first, *(c for c in failing if c not in first)]


def explored(conditions: Conditions, model: Model, states: int = STATES) -> Verdict | None:
    """What an exploration of the instance says of the invariants and step invariants; None if the
    instance cannot be explored.

    **Order and cost** breadth first, so many states at most.
    """
    names = [p.name for p in (*conditions.invariants, *conditions.steps)]
    instance = replace(instance_of(conditions.proof, model), properties=names)
    instance = replace(instance, lengths=None, integers=None)
    if not all(laws_of(instance.protocol, instance.universe()).values()):
        return None
    try:
        return check(instance, engine=Engine.INTERPRET, limits=Limits(states=states))
    except Unsupported:
        return None
