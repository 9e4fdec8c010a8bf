"""What becomes of a mutant.

The questions come in the order of what an answer is worth, as far as that is cheap. Small instances
are explored: a behaviour that breaks a claim settles the matter, and an action that can no longer
happen makes all that is proved of it empty. Then the conditions that the mutation touches are
proved anew; where a step from some state breaks one, reachable or not, larger instances are
searched for a behaviour once more. What none of them answers is undecided, and said to be so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum

import msgspec

from ...spec.lang.errors import InternalError, Unsupported
from ...spec.lang.model import Model
from ..induction.cache import Memory
from ..induction.conditions import Conditions
from ..induction.prover import CellResult, Settings
from .mutant import Kind, Mutant
from .narrow import without_ghosts
from .search import Broken, Effort, Search, Seen, instances_of, loosened, smaller
from .standing import Induction, Stand

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
    """The class of a mutant, and why. ``broken`` is a behaviour that breaks a claim; ``cell`` is
    the condition that fails or is open."""

    outcome: Class
    reason: str
    broken: Broken | None = None
    cell: str | None = None


class Judge:
    """Judges the mutants of one proof, which must hold. ``memory`` and ``results`` are how its
    conditions were proved.

    **Errors** Unsupported when no instance can be laid out.
    """

    def __init__(
        self,
        conditions: Conditions,
        *,
        effort: Effort,
        settings: Settings,
        memory: Memory,
        results: Mapping[str, CellResult] | None = None,
    ) -> None:
        self.goals = conditions.goals
        self.effort = effort
        self.settings = settings
        self.whole = replace(conditions, spec=replace(conditions.spec, refinements=()))
        self.search = Search(conditions.proof, effort)
        self.finite_models = [m for m in conditions.proof.instances if not m.slow]
        if not self.finite_models:
            raise Unsupported("a proof without a quick instance: its mutants cannot be judged")
        self._happened: dict[str, Seen | None] = {}
        self._choose(conditions)
        tiny = [made for made in map(smaller, self.finite_models) if made is not None]
        self.induction = Induction(
            conditions, [*tiny, *self.finite_models], settings, memory, results or {}
        )

    def _choose(self, conditions: Conditions) -> None:
        """Explore those instances of which every state is seen in the proof itself; where there is
        none, a smaller one if there it is so and every action happens, else the first."""
        every = instances_of(conditions.proof)
        pairs = list(zip(every, self.search.small(self.whole, every), strict=False))
        broken = next((s.broken for _, s in pairs if s.broken is not None), None)
        if broken is not None:
            raise InternalError(
                f"engines disagree: {broken.claim} is proved, and false in `{broken.instance}`"
            )
        complete = [(m, s) for m, s in pairs if s.complete]
        if not complete:
            for model in filter(None, map(smaller, every)):
                (seen,) = self.search.small(self.whole, [model])
                if seen.complete and len(seen.fired) == len(self.whole.spec.actions):
                    complete = [(model, seen)]
                    break
        chosen = complete or pairs[:1]
        self.models = [m for m, _ in chosen]
        self.before = [s for _, s in chosen]
        larger = [m for m, s in reversed(pairs) if not s.complete]
        names = {m.name for m in self.finite_models}
        self.larger = [m for m in larger if m.name in names] or larger[:1]
        self.larger += instances_of(conditions.proof, slow=True)

    # ---------------------------------------------------------------------------- one mutant
    def judge(self, mutant: Mutant) -> Judged:
        """The class of a mutant."""
        acts = mutant.kind.of_action or mutant.kind is Kind.LAW
        if not acts:
            return self.inductive(mutant, self.induction.stand(mutant), ())
        seen = self.search.small(mutant.conditions, self.loosened(mutant, self.models))
        broken = seen[-1].broken if seen else None
        if broken is not None and (not broken.claim or broken.claim in self.goals):
            return self.killed(mutant, broken)
        stand = Stand()
        if broken is None:
            dead = self.dead(mutant, seen)
            if dead is not None:
                return dead
            stand = self.induction.stand(mutant)
            if stand.cell is None:
                return self.inductive(mutant, stand, seen)
        deeper = self.deeper(mutant)
        if deeper is not None:
            return self.killed(mutant, deeper)
        return (
            self.inductive(mutant, stand, seen) if broken is None else self.killed(mutant, broken)
        )

    def loosened(self, mutant: Mutant, models: Sequence[Model]) -> list[Model]:
        """The instances with the law that a mutant drops made false, where that can be."""
        return [m for m in (loosened(x, mutant) for x in models) if m is not None]

    def deeper(self, mutant: Mutant) -> Broken | None:
        """A behaviour that breaks a claim of the protocol, in larger instances; where ghosts alone
        are changed there is none."""
        ghosts = self.search.ghosts
        if without_ghosts(mutant.conditions, ghosts) == without_ghosts(self.whole, ghosts):
            return None
        return self.search.deep(mutant.conditions, self.loosened(mutant, self.larger))

    def killed(self, mutant: Mutant, found: Broken) -> Judged:
        """A behaviour that breaks a claim."""
        steps = f"{found.steps} step{'s' * (found.steps != 1)}"
        after = f"after {steps}" if found.shortest else f"after {steps} (perhaps fewer)"
        lemma = found.claim and found.claim not in mutant.conditions.goals
        what = f"the lemma {found.claim}" if lemma else found.claim
        said = f"{what} is false" if what else "it reads something that is not there"
        return Judged(Class.KILLED, f"{said} {after} in `{found.instance}`", found)

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
        if lost and self.induction.never_enabled(mutant, lost[0]):
            reason = f"no state with the invariant enables {lost[0]}"
            return Judged(Class.DEAD, reason)
        return self.lost(mutant, lost[0]) if lost else None

    def lost(self, mutant: Mutant, name: str) -> Judged | None:
        """An action that was not seen to happen: by machine code, which sees more states. None if
        it happens after all."""
        for model in self.models:
            now = self.search.happening(mutant.conditions, model)
            if now is None:
                continue
            if name in now.fired:
                return None
            before = self.happened(model)
            if before is not None and before.complete and now.complete and name in before.fired:
                reason = f"{name} can no longer happen in `{now.instance}`"
                return Judged(Class.DEAD, reason)
        reason = f"{name} was not seen to happen in the states explored"
        return Judged(Class.UNDECIDED, reason)

    def happened(self, model: Model) -> Seen | None:
        """What happens in an instance of the protocol as it is."""
        if model.name not in self._happened:
            self._happened[model.name] = self.search.happening(self.whole, model)
        return self._happened[model.name]

    # ----------------------------------------------------------------------------- induction
    def inductive(self, mutant: Mutant, stand: Stand, seen: Sequence[Seen]) -> Judged:
        """By a state and a step of an instance, or by a proof for every size."""
        if stand.follows:
            said = " and ".join(stand.follows)
            return Judged(Class.PROVED, f"a step of the proof only: it follows from {said}")
        if stand.cell is None:
            return Judged(Class.PROVED, self.remark(mutant))
        if stand.instance is not None:
            reason = f"{stand.cell} fails in `{stand.instance}`{_extent(seen)}"
            return Judged(Class.CTI, reason, cell=stand.cell)
        reason = f"{stand.cell} holds in the instance, and is not proved for every size"
        if not stand.looked:
            reason = f"no instance without this law; {stand.cell} is not proved for every size"
        if stand.too_much:
            reason = f"{stand.cell} was too much work in the instance, and for every size"
        return Judged(Class.UNDECIDED, reason, cell=stand.cell)

    def remark(self, mutant: Mutant) -> str:
        """What it means that a mutant is proved."""
        match mutant.kind:
            case Kind.GUARD:
                return "redundant: safe for every size without it"
            case Kind.CONDITION:  # of an `or`, one side less forbids more
                return "safe for every size without it"
            case Kind.INITIAL:
                return "no claim needs it: safe for every size from there too"
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
