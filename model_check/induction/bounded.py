"""``prove --bounded``: a proof on its finite instances, with what stands against it.

An instance that is inductive says nothing of larger ones; one that is not shows a counterexample to
induction, and whether its first state can be reached decides who is wrong. If it can, one step from
there breaks a claim, so the protocol is wrong, or the claim. If it cannot, the invariant is too
weak, and wants a lemma that excludes the state; of the candidates that the proof names, or whoever
asks, it is said which of them do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from ...spec.lang.model import Model, laws_of
from ..backends.z3.solver import Name
from ..bounds import bounds_of
from ..paint import PLAIN, Paint
from .conditions import Cell, Conditions
from .cti import Cti, cti_of, shrunk
from .finite import Finite, Standing
from .matrix import LEGEND, Matrix, matrix_of
from .reach import Effort, Reach, Reaching, Seen
from .vacuity import Vacuity, vacuity_of

__all__ = ["BoundedProof", "Effort", "Judged", "Outcome", "bounded_proof"]


class Outcome(Enum):
    """What an instance says of a proof."""

    INDUCTIVE = "inductive on this instance"
    IN_PART = "in part: the cells asked for hold"
    NOT_INDUCTIVE = "not inductive"
    REFUTED = "a claim is false"
    MISTAKEN = "a mistake at run time"
    FALSE_LAW = "an assumption is false of the instance"
    VACUOUS = "vacuous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judged:
    """A counterexample to induction, and what is known of the state that it begins in.

    ``reach`` is None for an initial state, and where the instance contradicts what is assumed.
    ``excluded`` are the candidates that are false of the state.
    """

    cti: Cti
    reach: Reach | None = None
    excluded: tuple[str, ...] = ()


@dataclass
class BoundedProof:
    """One instance of a proof: its matrix, counterexamples to some of the failing cells, what is
    vacuous, and what exploring the instance says of them. ``partial``: of some cells only, and not
    of what is vacuous."""

    model: Model
    matrix: Matrix
    judged: list[Judged] = field(default_factory=list)
    vacuity: Vacuity | None = None
    seen: Seen | None = None
    gates: int = 0
    partial: bool = False

    @property
    def ctis(self) -> list[Cti]:
        """The counterexamples alone."""
        return [j.cti for j in self.judged]

    @property
    def not_shown(self) -> list[Cell]:
        """The failing cells that have no counterexample here."""
        shown = {j.cti.cell for j in self.judged}
        return [c for c in self.matrix.of(Standing.FAILS) if c not in shown]

    @property
    def outcome(self) -> Outcome:
        if self.seen is not None and self.seen.mistake is not None:
            return Outcome.MISTAKEN
        if self.seen is not None and self.seen.broken is not None:
            return Outcome.REFUTED
        if any(j.reach is not None and j.reach.way is not None for j in self.judged):
            return Outcome.REFUTED
        if self.matrix.of(Standing.FAILS):
            return Outcome.NOT_INDUCTIVE
        if self.matrix.of(Standing.UNKNOWN):
            return Outcome.UNKNOWN
        if self.partial:
            return Outcome.IN_PART
        if self.vacuity is not None and self.vacuity.laws:
            return Outcome.FALSE_LAW
        if self.vacuity is not None and self.vacuity.found:
            return Outcome.VACUOUS
        return Outcome.INDUCTIVE

    def text(self, paint: Paint = PLAIN) -> list[str]:
        """The matrix, then what stands against it, then the verdict."""
        lines = [f"  {bounds_of(self.model, self.model.universe())}", ""]
        lines += [*self.matrix.text(paint), "", f"  {paint('dim', LEGEND)}", ""]
        for j in self.judged:
            lines += [paint("bad", f"{j.cti.cell.name} fails"), *j.cti.text(paint)]
            lines += [*self._of_state(j, paint), ""]
        more = self.not_shown
        if more:
            some = ", ".join(c.name for c in more[:6]) + ", ..." * (len(more) > 6)
            fail = "fail" if len(more) > 1 else "fails"
            lines += [f"  {len(more)} more {fail}: {some}", ""]
        if self.seen is not None:
            lines += [*self._in_general(self.seen, paint), ""]
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

    def _of_state(self, j: Judged, paint: Paint) -> Iterator[str]:
        """Whether the first state can be reached, and which lemma would exclude it."""
        if j.reach is None:
            return
        reach = j.reach
        if reach.way is not None:
            yield paint("bad", f"This state is reached, in {_steps(reach.steps)}:")
            yield from reach.way.text(paint)
        elif reach.never and reach.apart:
            few = f"{reach.states:,} state{'s' * (reach.states != 1)}"
            yield (
                f"This state cannot be reached: sets only grow, and of the {few} with no more in "
                "them it is none."
            )
        elif reach.never:
            all_ = f"{reach.states:,}"
            yield f"This state cannot be reached: it is none of the {all_} of the instance."
        elif self.seen is not None and self.seen.mistake is None:
            how = f"{reach.states:,} states explored" + ", then formulas" * reach.formulas
            yield (
                f"This state is not reached within {_steps(reach.steps)} ({how}); "
                "beyond that it is open."
            )
        yield from self._candidates(j)

    def _candidates(self, j: Judged) -> Iterator[str]:
        """What the candidates say of the state."""
        if self.seen is None or not self.seen.candidates:
            return
        for name in j.excluded:
            false = self.seen.candidates.get(name)
            if false is None:
                where = "every state" if self.seen.complete else f"{self.seen.states:,} states"
                yield (
                    f"The candidate `{name}` excludes it, and is true of {where} that can be "
                    "reached."
                )
            else:
                yield (
                    f"The candidate `{name}` excludes it, but is no lemma: it is false "
                    f"after {_steps(false)}."
                )
        if not j.excluded and (j.reach is None or j.reach.way is None):
            names = ", ".join(f"`{x}`" for x in self.seen.candidates)
            yield f"No candidate excludes it: {names}."

    def _in_general(self, seen: Seen, paint: Paint) -> list[str]:
        if seen.mistake is not None:
            lines = [
                paint("bad", "a mistake is made where the protocol can get"),
                str(seen.mistake),
            ]
            way = seen.mistake.behaviour
            return lines if way is None else [*lines, *way.text(paint)]
        if seen.broken is not None:
            return [
                paint("bad", "a claim is false where the protocol can get"),
                *seen.broken.text(paint),
            ]
        if seen.complete:
            lines = [
                f"  All {seen.states:,} states of the instance were explored, "
                "and nothing that fails is false there."
            ]
            if all(j.reach is not None and j.reach.never for j in self.judged):
                lines.append(
                    "  A lemma that is true of those, and false of the state shown, is missing."
                )
            return lines
        return [
            f"  {seen.states:,} states of the instance were explored, all within {seen.steps} "
            "steps among them, and nothing that fails is false there."
        ]


def bounded_proof(
    conditions: Conditions,
    model: Model,
    *,
    solver: Name = Name.Z3,
    resources: int | None = None,
    cells: Sequence[Cell] | None = None,
    ctis: int = 3,
    effort: Effort | None = None,
) -> BoundedProof:
    """Ask about every cell on one instance, and look into those that fail.

    ``ctis`` bounds how many counterexamples are made small and shown, one for each claim at first;
    ``effort`` how far it is looked for the states that they begin in.

    **Errors** Unsupported when the instance cannot be laid out.
    """
    finite = Finite(conditions, model, solver=solver, resources=resources)
    matrix = matrix_of(finite, cells)
    made = BoundedProof(finite.model, matrix, partial=cells is not None)
    failing = matrix.of(Standing.FAILS)
    made.judged = [
        Judged(cti_of(finite, shrunk(finite, cell)))
        for cell in _worth_showing(failing)[:ctis]
        if finite.stands(cell) is Standing.FAILS
    ]
    laws = laws_of(finite.model.protocol, finite.codec.universe)
    if failing and (all(laws.values()) or not model.assume):
        judge(made, conditions, effort or Effort(solver=solver))
    if cells is None:
        made.vacuity = vacuity_of(finite)
    made.gates = len(finite.circuit)
    return made


def judge(made: BoundedProof, conditions: Conditions, effort: Effort) -> None:
    """Look whether what fails is false where the protocol can get, and whether that is so far."""
    failing = made.matrix.of(Standing.FAILS)
    reaching = Reaching(conditions, made.model, effort)
    states = {i: j.cti.state for i, j in enumerate(made.judged) if j.cti.state is not None}
    claims = [c.claim for c in failing if c.claim]
    found = reaching.explored([*claims, *conditions.goals], list(states.values()))
    made.seen = found.seen
    for (i, state), reach in zip(states.items(), found.reach, strict=True):
        excluded = reaching.excluded_by(state)
        made.judged[i] = Judged(made.judged[i].cti, reach, excluded)


def _steps(number: int) -> str:
    return f"{number} step{'s' * (number != 1)}"


def _worth_showing(failing: Sequence[Cell]) -> list[Cell]:
    """One cell of each claim first, in order; then the others."""
    by_claim: dict[str, Cell] = {}
    for cell in failing:
        by_claim.setdefault(cell.claim or cell.name, cell)
    first = list(by_claim.values())
    return [*first, *(c for c in failing if c not in first)]
