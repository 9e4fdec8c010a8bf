"""How the invariant of a mutant stands: kept by all its steps, broken by one, or neither is known.

A mutant differs from its proof in one place, and what does not touch that place is proved already.
What is left is asked again from the lemmas that sufficed before; then instances are asked for a
step that breaks it, the smallest first; and the rest of what a proof tries comes last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec

from ...spec.lang.errors import SpecError, Unsupported
from ...spec.lang.model import Model
from ..backends.fol.strategies import FIRST, Strategy, main_style
from ..backends.z3.circuit import FALSE
from ..backends.z3.solver import Answer, Name
from ..induction.cache import Memory
from ..induction.conditions import Cell, Conditions, Part
from ..induction.cores import FINITE, OnDemand
from ..induction.finite import Finite, Standing
from ..induction.prover import CellResult, Prover, Settings, Status
from .mutant import Kind, Mutant
from .search import loosened

__all__ = ["Induction", "Stand"]

VARIATIONS = 40
"""So many actions are encoded for one solver; then another one begins, with less to carry."""


@dataclass(frozen=True, slots=True)
class Stand:
    """``cell`` is the condition that fails in ``instance``, or is open if there is none; without a
    cell the mutant is proved. ``too_much``: the instance could not tell. ``follows``: what was
    dropped is true wherever these claims are, for every size."""

    cell: str | None = None
    instance: str | None = None
    too_much: bool = False
    looked: bool = True
    follows: tuple[str, ...] = ()


class _Again(Prover):
    """Tries what sufficed before, or the text gives as a reason, and no more."""

    def strategies(self, cell: Cell, among: Sequence[str] | None = None) -> Iterator[Strategy]:
        main = main_style(self.conditions)
        most = min(self.settings.resources, 5 * FIRST)
        for h in self.remembered(cell, among):
            yield Strategy(h.name, h.lemmas, h.style or main, most, h.split)
        for h in self.named(cell, among)[:2]:
            yield Strategy(h.name, h.lemmas, main, FIRST)


class _Open(Exception):
    """A condition is not proved: the others need not be asked for."""


def _wider(model: Model) -> Model | None:
    """The instance with one number more, below; None where numbers are not bounded."""
    if model.integers is None:
        return None
    low, high = model.integers
    name = f"{model.name}, numbers from {low - 1}"
    return replace(model, name=name, integers=(low - 1, high))


class Induction:
    """The mutants of one proof. ``results`` are those of its conditions, if they are known, and
    ``memory`` how they were proved."""

    def __init__(
        self,
        conditions: Conditions,
        models: Sequence[Model],
        settings: Settings,
        memory: Memory,
        results: Mapping[str, CellResult],
    ) -> None:
        self.whole = conditions
        self.models = models
        self.settings = settings
        self.memory = memory
        self.results = results
        self.solver = Name.CADICAL if find_spec("pysat") else Name.Z3
        self._finites: dict[str, Finite] = {}
        self.last = [m for m in map(_wider, models) if m is not None]
        self.last += [m for m in conditions.proof.instances if m.slow]

    # ------------------------------------------------------------------------- finite instances
    def finite(self, mutant: Mutant, model: Model) -> Finite | None:
        """The mutant in an instance, with what it has in common with others encoded once; None
        where the instance bounds too little, or is too large."""
        if mutant.kind is Kind.LAW:
            loose = loosened(model, mutant)
            return None if loose is None else self._made(mutant.conditions, loose, self.solver)
        return self._varied(mutant, model, self.solver)

    def _varied(self, mutant: Mutant, model: Model, solver: Name) -> Finite | None:
        base = self._finites.get(model.name)
        if base is None or base.encodings > VARIATIONS:
            base = self._made(self.whole, model, solver)
            if base is None:
                return None
            self._finites[model.name] = base
        return base.varied(mutant.conditions)

    def _made(self, conditions: Conditions, model: Model, solver: Name) -> Finite | None:
        resources = FINITE if solver is Name.Z3 else None
        try:
            return Finite(conditions, model, solver=solver, resources=resources)
        except (Unsupported, SpecError):
            return None

    def never_enabled(self, mutant: Mutant, name: str) -> bool:
        """Whether no state with the invariant enables an action, in any instance."""
        for model in self.models:
            finite = self.finite(mutant, model)
            if finite is None:
                return False
            action = next(a for a in finite.spec.actions if a.name == name)
            taken = finite.encoded(action).taken
            hypotheses = finite.hypotheses.values()
            if taken != FALSE and (
                finite.solver.ask(taken, *hypotheses) is not Answer.UNSATISFIABLE
            ):
                return False
        return True

    # -------------------------------------------------------------------------------- questions
    def stand(self, mutant: Mutant) -> Stand:
        """How a mutant stands."""
        memory = dict(self.memory)
        follows = self.follows(mutant, memory)
        if follows:
            return Stand(follows=follows)
        suspects = self.suspects(mutant, memory)
        looked = False
        unknown: str | None = None
        for model in self.models if suspects else ():
            finite = self.finite(mutant, model)
            if finite is None:
                continue
            looked = True
            for cell in suspects:
                match finite.stands(cell):
                    case Standing.FAILS:
                        return Stand(cell.name, finite.model.name)
                    case Standing.UNKNOWN:
                        unknown = unknown or cell.name
                    case Standing.HOLDS:
                        pass
        left = self.unproved(mutant, memory)
        if left is not None and looked and unknown is None:
            again = next((c for c in mutant.cells if c.name == left), None)
            for finite in self.harder(mutant):
                if again is not None and finite.stands(again) is Standing.FAILS:
                    return Stand(left, finite.model.name)
        return Stand(left, None, unknown is not None, looked)

    def follows(self, mutant: Mutant, memory: Memory) -> tuple[str, ...]:
        """Of a claim that is dropped, or a part of it: those from which the proof shows it in any
        state. With them the invariant is the same without it, and as inductive. Empty if it is not
        shown so, or what is left of it may read what is not there."""
        if mutant.kind not in (Kind.INVARIANT, Kind.CONJUNCT) or mutant.place not in self.implied:
            return ()
        left = [c for c in mutant.cells if c.part is Part.DEFINED and c.claim == mutant.place]
        prover = Prover(mutant.conditions, self.settings, memory)
        if not all(prover.cell(c).status.holds for c in left):
            return ()
        return self.implied[mutant.place]

    def harder(self, mutant: Mutant) -> Iterator[Finite]:
        """Instances in which more can fail, with a limit of work: with a number below those that
        values have, and the slow ones."""
        if mutant.kind is Kind.LAW:
            return
        for model in self.last:
            finite = self._varied(mutant, model, Name.Z3)
            if finite is not None:
                yield finite

    def suspects(self, mutant: Mutant, memory: Memory) -> list[Cell]:
        """The conditions that are not proved as they were, easy ones last; ``memory`` learns of
        those that are."""
        prover = _Again(mutant.conditions, self.settings, memory)
        self._rely(prover, mutant)
        found = []
        for cell in self.touched(mutant):
            result = prover.without_asking(cell)
            if result is None:
                result = prover.cell(cell)
            if not result.status.holds:
                found.append(cell)
            elif result.known is not None:
                memory[cell.name] = [result.known, *memory.get(cell.name, [])]
        return found

    def touched(self, mutant: Mutant) -> Sequence[Cell]:
        """The conditions that can differ from those of the proof: all of an action that is changed;
        of a claim, those that claim it and those that rest on it."""
        cells = mutant.cells
        if not mutant.claims or not self.results:
            return cells
        lost = mutant.claims | {
            c for c, lemmas in self.implied.items() if mutant.claims & set(lemmas)
        }

        def rests(cell: Cell) -> bool:
            result = self.results.get(cell.name)
            if result is None or cell.row in mutant.actions or cell.claim in mutant.claims:
                return True
            if result.status is Status.IMPLIED:
                return cell.claim in lost
            primes = {x.removesuffix("'") for x in result.lemmas if x.endswith("'")}
            return bool(mutant.claims & set(result.lemmas) or primes & lost)

        return [c for c in cells if rests(c)]

    @property
    def implied(self) -> dict[str, tuple[str, ...]]:
        """The claims of the proof that follow from others, with those."""
        return {
            c.claim: self.results[c.name].lemmas
            for c in self.whole.cells
            if c.part is Part.CONSECUTION
            and c.name in self.results
            and self.results[c.name].status is Status.IMPLIED
        }

    def _rely(self, prover: Prover, mutant: Mutant) -> None:
        """What follows from others in the proof does so in the mutant, if neither is changed."""
        if mutant.kind is Kind.LAW:
            return
        for claim, lemmas in self.implied.items():
            if not mutant.claims & {claim, *lemmas}:
                prover.rely(claim, lemmas)

    def unproved(self, mutant: Mutant, memory: Memory) -> str | None:
        """The first condition that is not proved for every size; None if all are."""
        conditions = mutant.conditions
        open_cells: list[str] = []

        def note(result: CellResult) -> None:
            if not result.status.holds:
                open_cells.append(result.name)
                raise _Open

        prover = Prover(conditions, self.settings, memory, OnDemand(conditions, cache=False))
        try:
            prover.prove(mutant.cells, note)
        except _Open:
            return open_cells[0]
        return None
