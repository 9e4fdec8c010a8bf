"""What becomes of a mutant.

The questions come in the order of what an answer is worth. A behaviour that breaks a claim settles
the matter. An action that can no longer happen makes all that is proved of it empty. Then every
state of an instance that the types allow, reachable or not; then a proof for every size. What none
of them answers is undecided, and said to be so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

import msgspec

from ...spec.lang.errors import InternalError, Unsupported
from ...spec.lang.model import Model
from ..backends.z3.circuit import FALSE
from ..backends.z3.solver import Answer
from ..induction.cache import Memory
from ..induction.conditions import Conditions
from ..induction.cores import OnDemand
from ..induction.finite import Finite, Standing
from ..induction.prover import CellResult, Prover, Settings
from .mutant import Kind, Mutant
from .search import Effort, Seen, instances_of, loosened, searched, smaller

__all__ = ["Class", "Judge", "Judged"]


class Class(Enum):
    """What a mutant is."""

    KILLED = "killed"
    """A behaviour breaks a claim."""
    CTI = "CTI only"
    """No behaviour was found; but from a state, reachable or not, a step breaks the invariant."""
    PROVED = "still proved"
    """For every size: what was dropped is not needed."""
    DEAD = "dead"
    """An action can no longer happen, or what must be reachable is not."""
    UNDECIDED = "undecided"


class Judged(msgspec.Struct, frozen=True):
    """The class of a mutant, and why. ``claim`` and ``steps`` are those of a behaviour,
    ``shortest`` says that none is shorter; ``cell`` is the condition that fails or is open."""

    outcome: Class
    reason: str
    claim: str | None = None
    steps: int | None = None
    shortest: bool = False
    cell: str | None = None


class _Open(Exception):
    """A condition is not proved: the others need not be asked for."""


class Judge:
    """Judges the mutants of one proof, which must hold. ``memory`` is how its conditions were
    proved.

    **Errors** Unsupported when no instance can be laid out.
    """

    def __init__(
        self,
        conditions: Conditions,
        *,
        effort: Effort,
        settings: Settings,
        memory: Memory,
    ) -> None:
        self.goals = conditions.goals
        self.effort = effort
        self.settings = settings
        self.memory = memory
        self.models = instances_of(conditions.proof)
        self.finite_models = [m for m in conditions.proof.instances if not m.slow]
        if not self.finite_models:
            raise Unsupported("a proof without a quick instance: its mutants cannot be judged")
        whole = replace(conditions, spec=replace(conditions.spec, refinements=()))
        self.before = searched(whole, self.models, effort)
        if not any(s.complete for s in self.before):
            self._add_smaller(whole)
        broken = next((s.broken for s in self.before if s.broken is not None), None)
        if broken is not None:
            raise InternalError(
                f"engines disagree: {broken.claim} is proved, and false in `{broken.instance}`"
            )
        self._choose()

    def _add_smaller(self, whole: Conditions) -> None:
        """Where every state is seen nowhere, look in a smaller instance first, if there it is so
        and every action happens: what is dead in a mutant then shows."""
        for model in map(smaller, self.models):
            if model is None:
                continue
            (seen,) = searched(whole, [model], self.effort)
            happens = len(seen.fired) == len(whole.spec.actions)
            if seen.broken is not None or (seen.complete and happens):
                self.models = [model, *self.models]
                self.before = [seen, *self.before]
                return

    def _choose(self) -> None:
        """Look only where every state is seen, and in the instances of the proof; and in the first
        model of the protocol if every state is seen nowhere."""
        names = {m.name for m in self.finite_models}
        pairs = list(zip(self.models, self.before, strict=True))
        first = [] if any(s.complete for _, s in pairs) else pairs[:1]
        chosen = [x for x in pairs if x in first or x[1].complete or x[0].name in names]
        self.models = [m for m, _ in chosen]
        self.before = [s for _, s in chosen]

    # ---------------------------------------------------------------------------- one mutant
    def judge(self, mutant: Mutant) -> Judged:
        """The class of a mutant."""
        seen: Sequence[Seen] = ()
        if mutant.kind.of_action or mutant.kind is Kind.LAW:
            loose = [loosened(m, mutant) for m in self.models]
            seen = searched(mutant.conditions, [m for m in loose if m is not None], self.effort)
            judged = self.broken(mutant, seen) or self.dead(mutant, seen)
            if judged is not None:
                return judged
        return self.from_induction(mutant, seen)

    def broken(self, mutant: Mutant, seen: Sequence[Seen]) -> Judged | None:
        """A behaviour that breaks a claim."""
        found = next((s.broken for s in seen if s.broken is not None), None)
        if found is None:
            return None
        steps = f"{found.steps} step{'s' * (found.steps != 1)}"
        after = f"after {steps}" if found.shortest else f"after {steps} (perhaps fewer)"
        lemma = found.claim and found.claim not in mutant.conditions.goals
        what = f"the lemma {found.claim}" if lemma else found.claim
        said = f"{what} is false" if what else "it reads something that is not there"
        reason = f"{said} {after} in `{found.instance}`"
        return Judged(Class.KILLED, reason, found.claim, found.steps, found.shortest)

    def dead(self, mutant: Mutant, seen: Sequence[Seen]) -> Judged | None:
        """What happened before, and happens no more: in an instance of which every state was seen,
        before and now; or because no state with the invariant enables it."""
        if mutant.kind is Kind.LAW:
            return None  # more sets are quorums: whatever happened happens
        for before, now in zip(self.before, seen, strict=True):
            if before.complete and now.complete:
                for name in sorted(before.fired - now.fired):
                    reason = f"{name} can no longer happen in `{now.instance}`"
                    return Judged(Class.DEAD, reason)
                for name in sorted(before.reached - now.reached):
                    reason = f"{name} can no longer be reached in `{now.instance}`"
                    return Judged(Class.DEAD, reason)
        fired = frozenset[str]().union(*(s.fired for s in seen))
        lost = [a.name for a in mutant.conditions.spec.actions if a.name not in fired]
        if lost and self.never_enabled(mutant, lost[0]):
            reason = f"no state with the invariant enables {lost[0]}"
            return Judged(Class.DEAD, reason)
        if lost:
            reason = f"{lost[0]} was not seen to happen in the states explored"
            return Judged(Class.UNDECIDED, reason)
        return None

    def never_enabled(self, mutant: Mutant, name: str) -> bool:
        """Whether no state with the invariant enables an action, in any instance of the proof."""
        for model in self.finite_models:
            finite = self.finite(mutant.conditions, model)
            action = next(a for a in finite.spec.actions if a.name == name)
            taken = finite.encoded(action).taken
            if taken == FALSE:
                continue
            hypotheses = finite.hypotheses.values()
            if finite.solver.ask(taken, *hypotheses) is not Answer.UNSATISFIABLE:
                return False
        return True

    def finite(self, conditions: Conditions, model: Model) -> Finite:
        return Finite(conditions, model, resources=self.settings.resources)

    # ----------------------------------------------------------------------------- induction
    def from_induction(self, mutant: Mutant, seen: Sequence[Seen]) -> Judged:
        """By a state and a step of an instance, or by a proof for every size."""
        unknown: str | None = None
        looked = False
        for model in self.finite_models:
            instance = loosened(model, mutant)
            if instance is None:
                continue
            looked = True
            finite = self.finite(mutant.conditions, instance)
            for cell in mutant.cells:
                match finite.stands(cell):
                    case Standing.FAILS:
                        reason = f"{cell.name} fails in `{instance.name}`{_extent(seen)}"
                        return Judged(Class.CTI, reason, cell=cell.name)
                    case Standing.UNKNOWN:
                        unknown = unknown or cell.name
                    case Standing.HOLDS:
                        pass
        open_cell = self.unproved(mutant.conditions)
        if open_cell is not None:
            reason = f"{open_cell} holds in the instance, and is not proved for every size"
            if not looked:
                reason = f"no instance without this law; {open_cell} is not proved for every size"
            if unknown is not None:
                reason = f"{unknown} was too much work in the instance, and for every size"
            return Judged(Class.UNDECIDED, reason, cell=open_cell)
        return Judged(Class.PROVED, self.remark(mutant))

    def unproved(self, conditions: Conditions) -> str | None:
        """The first condition that is not proved for every size; None if all are."""
        open_cells: list[str] = []

        def note(result: CellResult) -> None:
            if not result.status.holds:
                open_cells.append(result.name)
                raise _Open

        prover = Prover(conditions, self.settings, self.memory, OnDemand(conditions, cache=False))
        try:
            prover.prove(conditions.cells, note)
        except _Open:
            return open_cells[0]
        return None

    def remark(self, mutant: Mutant) -> str:
        """What it means that a mutant is proved."""
        match mutant.kind:
            case Kind.GUARD | Kind.CONDITION:
                return "redundant: safe for every size without it"
            case Kind.COMPARISON:
                return "safe for every size either way"
            case Kind.UPDATE | Kind.SEND:
                return "no claim needs it: safe for every size without it"
            case Kind.INVARIANT if mutant.place not in self.goals:
                return "redundant: nothing rests on it"
            case Kind.INVARIANT:
                return "a claim of the protocol on which nothing else rests"
            case Kind.CONJUNCT:
                return "nothing rests on it"
            case Kind.LAW:
                return "not needed: safe for every size without it"


def _extent(seen: Sequence[Seen]) -> str:
    """How far it was looked for a behaviour."""
    if not seen:
        return ""
    states = sum(s.states for s in seen)
    every = all(s.complete for s in seen)
    return f"; no behaviour breaks a claim in {states:,} states{', all there are' * every}"
