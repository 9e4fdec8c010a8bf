"""Looking for a behaviour of a mutant that breaks a claim, in finite instances.

Breadth first at first, so that what is found is the shortest; where that stops at its limit, random
walks go deeper, and what they find is shortened. The claims of the protocol come first: that a
lemma is false of a mutant need not mean that the mutant is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NoReturn

from ...spec.lang.errors import SpecError
from ...spec.lang.model import Model, laws_of
from ...spec.lang.proof import Proof
from ...spec.lang.quorum import any_set
from ..backends.interpret import Interpreter
from ..backends.prelude import IndexMistake
from ..explore.breadth_first import breadth_first
from ..explore.claims import Claims
from ..explore.random_walk import random_walks
from ..explore.search import Exploration, Finding, Limits, MistakeFound, Path
from ..explore.shorten import shorten
from ..induction.conditions import Conditions
from ..induction.finite import instance_of
from ..ir.nodes import PropertyKind
from .mutant import Mutant

__all__ = ["Broken", "Effort", "Seen", "instances_of", "loosened", "searched", "smaller"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How far to look: ``states`` breadth first in each instance, then ``walks`` of ``steps``."""

    states: int = 5_000
    walks: int = 150
    steps: int = 40


@dataclass(frozen=True, slots=True)
class Broken:
    """A claim that a behaviour breaks; empty if it reads something that is not there.

    ``steps`` is the length of the shortest such behaviour if ``shortest``, else of one.
    """

    claim: str
    steps: int
    shortest: bool
    instance: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What an instance showed: ``fired`` are the actions taken, ``reached`` the claims that a state
    can be reached which one satisfied."""

    instance: str
    states: int
    complete: bool
    fired: frozenset[str]
    reached: frozenset[str]
    broken: Broken | None = None


MISTAKES = (IndexMistake, IndexError, KeyError, ValueError, TypeError, AttributeError)
"""What generated code raises when it reads something that is not there."""


class _Mistaken(SpecError):
    """A mutant reads something that is not there."""


class _Changed(Interpreter):
    """The interpreter of a text that nobody wrote: no plain Python does the same, so a mistake is
    not explained by running that."""

    def _mistake(self, error: Exception, run: object) -> NoReturn:
        if isinstance(error, SpecError) or not isinstance(error, MISTAKES):
            raise error
        raise _Mistaken("BP000", str(error), "", None) from error


# --------------------------------------------------------------------------------- instances
def instances_of(proof: Proof) -> list[Model]:
    """Where to look: the quick models of the protocol itself in the order of the text, then the
    instances of the proof; each once, with the network and restarts of the proof."""
    module = sys.modules.get(proof.of.__module__)
    models = getattr(module, "MODELS", ())
    own = [m for m in models if isinstance(m, Model) and m.protocol is proof.of and not m.slow]
    theirs = {_pools(m): m for m in map(partial(_as_proved, proof), proof.instances) if not m.slow}
    found = {_pools(m): m for m in reversed([_as_proved(proof, m) for m in own])}
    smaller = {key: m for key, m in reversed(found.items()) if key not in theirs}
    every = [*smaller.values(), *theirs.values()]
    return [m for m in every if all(laws_of(m.protocol, m.universe()).values())]


def smaller(model: Model, most: int = 2) -> Model | None:
    """The instance with at most so many elements of each sort; None if there is no such one, or it
    is the same, or a law is false of it."""
    sizes = {sort: min(size, most) for sort, size in model.sizes.items()}
    if sizes == dict(model.sizes):
        return None
    name = ", ".join(f"{sort.__name__}={size}" for sort, size in sizes.items())
    made = replace(model, name=name, sizes=sizes)
    try:
        laws = laws_of(made.protocol, made.universe())
    except SpecError:  # quorums or constants that speak of elements which it does not have
        return None
    return made if all(laws.values()) else None


def _as_proved(proof: Proof, model: Model) -> Model:
    """The instance as the proof is about it, without bounds that only engines need."""
    made = replace(instance_of(proof, model), lengths=None, integers=None, fairness=())
    if model.protocol is proof.protocol or (model.network, model.restarts) == (None, made.restarts):
        return made
    sizes = ", ".join(f"{sort.__name__}={size}" for sort, size in model.sizes.items())
    return replace(made, name=sizes)  # its own name speaks of another network, or of restarts


def _pools(model: Model) -> str:
    """The elements and constants of an instance."""
    universe = model.universe()
    pools = sorted((s.__name__, tuple(map(repr, p))) for s, p in universe.elements.items())
    return repr((pools, sorted((x, repr(v)) for x, v in universe.constants.items())))


def loosened(model: Model, mutant: Mutant) -> Model | None:
    """The instance in which the law that was dropped is false, as far as subsets can make it so;
    the same if the mutant drops none; None if another law is then false as well."""
    if not mutant.loose:
        return model
    quorums = {**model.quorums, **dict.fromkeys(mutant.loose, any_set)}
    name = f"{model.name}, any {' and '.join(s.__name__ for s in mutant.loose)}"
    made = replace(model, name=name, quorums=quorums, assume=False)
    laws = laws_of(made.protocol, made.universe())
    false = {name for name, true in laws.items() if not true}
    return made if false == {mutant.place} else None


# ------------------------------------------------------------------------------------ search
def searched(conditions: Conditions, models: Sequence[Model], effort: Effort) -> list[Seen]:
    """What each instance shows, until one breaks a claim; with that one alone at the end."""
    found: list[Seen] = []
    for model in models:
        found.append(_seen(conditions, model, effort))
        if found[-1].broken is not None:
            break
    return found


def _seen(conditions: Conditions, model: Model, effort: Effort) -> Seen:
    kept = {p.name for p in (*conditions.invariants, *conditions.steps)}
    kinds = (PropertyKind.REACHABLE, PropertyKind.CONSTRAINT)
    properties = tuple(p for p in conditions.spec.properties if p.name in kept or p.kind in kinds)
    spec = replace(conditions.spec, properties=properties, refinements=())
    system = _Changed(spec, model)
    goals = kept & set(conditions.goals)
    looks = [
        _Look(system, model.name, names, effort)
        for names in (goals | set(system.reachables), kept - goals)
    ]
    first = looks[0].breadth_first()
    if first.broken is not None:
        return first
    if not first.complete:
        walked = looks[0].walks()
        first = replace(
            first, fired=first.fired | walked.fired, reached=first.reached | walked.reached
        )
        if walked.broken is not None:
            return replace(first, broken=walked.broken)
    lemma = looks[1].breadth_first().broken if kept - goals else None
    if lemma is None and not first.complete:
        lemma = looks[1].walks().broken
    return replace(first, broken=lemma)


@dataclass(frozen=True)
class _Look:
    """One search for what breaks some claims."""

    system: Interpreter
    instance: str
    claims: set[str]
    effort: Effort

    def breadth_first(self) -> Seen:
        claims = Claims(self.system, self.claims)
        limits = Limits(states=self.effort.states)
        try:
            made = breadth_first(self.system, claims, limits)
        except MistakeFound as mistake:
            return self.mistaken(mistake.path, shortest=True)
        return self.seen(made, shortest=True)

    def walks(self) -> Seen:
        claims = Claims(self.system, self.claims)
        walks, steps = self.effort.walks, self.effort.steps
        try:
            made = random_walks(self.system, claims, seed=0, walks=walks, steps=steps)
        except MistakeFound as mistake:
            return self.mistaken(mistake.path, shortest=False)
        return self.seen(made, shortest=False)

    def seen(self, made: Exploration, *, shortest: bool) -> Seen:
        broken = None
        finding = next((f for f in made.findings if f.path is not None), None)
        if finding is not None:
            shown = finding if shortest else self.shortened(finding)
            assert shown.path is not None
            broken = Broken(shown.name, len(shown.path.steps), shortest, self.instance)
        reached = (set(self.system.reachables) & self.claims) - set(made.unreached)
        return Seen(
            self.instance,
            made.states,
            made.stopped is None and not made.halted,
            frozenset(name for name, c in made.actions.items() if c.transitions),
            frozenset(reached),
            broken,
        )

    def shortened(self, finding: Finding) -> Finding:
        """With fewer steps, unless a mistake is on the way."""
        try:
            return shorten(self.system, finding)
        except SpecError:
            return finding

    def mistaken(self, path: Path | None, *, shortest: bool) -> Seen:
        """The step that reads what is not there comes after the last of the path."""
        steps = 0 if path is None else len(path.steps) + 1
        broken = Broken("", steps, shortest, self.instance)
        return Seen(self.instance, 0, False, frozenset(), frozenset(), broken)
