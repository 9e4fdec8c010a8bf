"""Looking for a behaviour of a mutant that breaks a claim, in finite instances.

Breadth first, so that what is found is the shortest. The claims of the protocol come first, without
the ghosts of the proof: that a lemma is false of a mutant need not mean that the mutant is wrong.
Small instances are explored by the interpreter. Where that shows nothing, the native engine looks
deeper: at all behaviours, or at those of a network that forgets (:mod:`.narrow`); what is found
there is taken again as a behaviour of the mutant, and shortened.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import NoReturn

import msgspec

from ...spec.lang.errors import InternalError, SpecError, Unsupported
from ...spec.lang.model import Model, laws_of
from ...spec.lang.proof import Proof
from ...spec.lang.quorum import any_set
from ..backends.interpret import Interpreter
from ..backends.prelude import IndexMistake
from ..counterexample import Claim, Counterexample, behaviour_of
from ..explanation import claim_of
from ..explore.breadth_first import breadth_first
from ..explore.claims import Claims, Kind
from ..explore.search import Exploration, Finding, Limits, MistakeFound, Path
from ..explore.shorten import shorten
from ..induction.conditions import Conditions, specification
from ..induction.finite import instance_of
from ..induction.ghosts import ghost_fields
from ..ir import nodes as n
from ..itf import Codec
from .mutant import Mutant
from .narrow import forgetful, in_full, without_ghosts

__all__ = ["Broken", "Effort", "Search", "Seen", "instances_of", "loosened", "smaller"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How far to look: ``states`` of each small instance by the interpreter, ``deep`` by the native
    engine where that shows nothing."""

    states: int = 5_000
    deep: int = 300_000


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that a behaviour breaks; empty if it reads something that is not there.

    ``steps`` is the length of the shortest such behaviour if ``shortest``, else of one. ``text``
    are the lines in which it is told, ``trace`` the same as ITF.
    """

    claim: str
    steps: int
    shortest: bool
    instance: str
    text: tuple[str, ...] = ()
    trace: msgspec.Raw = msgspec.Raw(b"null")


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
def instances_of(proof: Proof, *, slow: bool = False) -> list[Model]:
    """Where to look: the quick models of the protocol itself in the order of the text, then the
    instances of the proof; or the slow ones of both. Each once, with the network and restarts of
    the proof."""
    module = sys.modules.get(proof.of.__module__)
    models = getattr(module, "MODELS", ())
    own = [m for m in models if isinstance(m, Model) and m.protocol is proof.of and m.slow == slow]
    kept = [m for m in proof.instances if m.slow == slow]
    theirs = {_pools(m): m for m in map(partial(_as_proved, proof), kept)}
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
class Search:
    """Looks for behaviours of the mutants of one proof."""

    def __init__(self, proof: Proof, effort: Effort) -> None:
        self.proof = proof
        self.effort = effort

    @cached_property
    def ghosts(self) -> frozenset[str]:
        """The fields that the proof adds."""
        proof = self.proof
        return ghost_fields(specification(proof, proof.of), specification(proof, proof.protocol))

    def small(self, conditions: Conditions, models: Sequence[Model]) -> list[Seen]:
        """What each instance shows, until one breaks a claim; with that one alone at the end."""
        found: list[Seen] = []
        for model in models:
            found.append(self._small(conditions, model))
            if found[-1].broken is not None:
                break
        return found

    def _small(self, conditions: Conditions, model: Model) -> Seen:
        first = self._look(without_ghosts(conditions, self.ghosts), model).breadth_first()
        if first.broken is not None:
            return first
        lemmas = {p.name for p in (*conditions.invariants, *conditions.steps)}
        lemmas -= set(conditions.goals)
        if not lemmas:
            return first
        kept = tuple(p for p in conditions.spec.properties if p.name in lemmas or _cuts_off(p))
        spec = replace(conditions.spec, properties=kept, refinements=())
        return replace(first, broken=self._look(spec, model).breadth_first().broken)

    def deep(self, conditions: Conditions, models: Sequence[Model]) -> Broken | None:
        """A behaviour that breaks a claim of the protocol, by the native engine."""
        spec = without_ghosts(conditions, self.ghosts)
        narrow = forgetful(spec)
        looks = [self._look(spec, m) for m in models]
        for look in looks:
            if narrow is not None:
                made = self._look(narrow, look.model).natively()
                found = look.remembering(made.path) if isinstance(made, Finding) else None
                if found is not None:
                    return found
        for look in looks:
            made = look.natively()
            if isinstance(made, Finding):
                return look.broken(made, shortest=True)
            if made is not None:
                return look.mistaken(made)
        return None

    def happening(self, conditions: Conditions, model: Model) -> Seen | None:
        """What happens in an instance, by the native engine, whatever claims say; None where that
        cannot run it."""
        return self._look(without_ghosts(conditions, self.ghosts), model).happening()

    def _look(self, spec: n.Spec, model: Model) -> _Look:
        """In a mutant, or in what is left of it without ghosts."""
        fields = {f.name for f in spec.fields}
        protocol = self.proof.protocol if self.ghosts & fields else self.proof.of
        return _Look(spec, replace(model, protocol=protocol), self.effort)


def _cuts_off(p: n.Property) -> bool:
    return p.kind is n.PropertyKind.CONSTRAINT


@dataclass(frozen=True)
class _Look:
    """One search for what breaks the claims of a specification, in one instance."""

    spec: n.Spec
    model: Model
    effort: Effort

    @cached_property
    def system(self) -> Interpreter:
        return _Changed(self.spec, self.model)

    def breadth_first(self) -> Seen:
        """By the interpreter."""
        system = self.system
        name = self.model.name
        try:
            made = breadth_first(system, Claims(system), Limits(states=self.effort.states))
        except MistakeFound as mistake:
            broken = self.mistaken(mistake.path)
            return Seen(name, 0, False, frozenset(), frozenset(), broken)
        finding = next((f for f in made.findings if f.path is not None), None)
        return Seen(
            name,
            made.states,
            made.stopped is None and not made.halted,
            frozenset(name for name, c in made.actions.items() if c.transitions),
            frozenset(system.reachables) - set(made.unreached),
            None if finding is None else self.broken(finding, shortest=True),
        )

    def natively(self) -> Finding | Path | None:
        """By machine code: a broken claim, or where a mistake is made; None if there is none, or
        the native engine cannot run it, or stops where the interpreter finds no fault: a mutant may
        read what is not there in a part that does not matter."""
        system = self.system
        try:
            made = self.explored((*system.invariants, *system.step_invariants))
        except (Unsupported, InternalError):  # the interpreter, which decides, finds no fault
            return None
        except MistakeFound as mistake:
            return mistake.path
        return next((f for f in made.findings if f.path is not None), None)

    def happening(self) -> Seen | None:
        """By machine code: which actions are taken; None where it cannot run."""
        try:
            made = self.explored(())
        except (Unsupported, InternalError, MistakeFound):
            return None
        fired = frozenset(name for name, c in made.actions.items() if c.transitions)
        return Seen(self.model.name, made.states, made.stopped is None, fired, frozenset())

    def explored(self, claims: Sequence[str]) -> Exploration:
        """By machine code, as deep as is asked for, until one of the claims is false."""
        from ..backends.native.search import native  # noqa: PLC0415  # brings the compiler

        system = self.system
        limits = Limits(states=self.effort.deep)
        return native(system, Claims(system, claims), limits, symmetry=system.symmetry())

    def remembering(self, path: Path | None) -> Broken | None:
        """The claim that the steps of a narrower system break in this one, if they do."""
        system = self.system
        try:
            whole = None if path is None else in_full(system, path)
            if whole is None:
                return None
            claims = Claims(system, (*system.invariants, *system.step_invariants))
            made = Path(whole.initial)
            wrong = claims.initial(whole.initial)
            for step in whole.steps:
                if wrong:
                    break
                wrong = claims.step(made.last, step.target) if claims.of_steps else []
                wrong += claims.state(step.target)
                made = made.then(step)
            if not wrong:
                return None
            finding = Finding(wrong[0].kind, wrong[0].name, made)
            return self.broken(shorten(system, finding), shortest=False)
        except SpecError:
            return None

    # --------------------------------------------------------------------------- what is told
    def broken(self, finding: Finding, *, shortest: bool) -> Broken:
        """A claim that is false at the end of a behaviour."""
        assert finding.path is not None
        behaviour = behaviour_of(self.system, finding.path)
        universe = self.model.universe()
        claim = claim_of(self.model, universe, finding.kind, finding.name, behaviour)
        return self.told(Counterexample(claim, behaviour), shortest=shortest)

    def mistaken(self, path: Path | None) -> Broken:
        """The step that reads what is not there comes after the last of the path."""
        if path is None:
            return Broken(claim="", steps=0, shortest=True, instance=self.model.name)
        behaviour = behaviour_of(self.system, path)
        made = self.told(Counterexample(Claim(Kind.INVARIANT, ""), behaviour), shortest=True)
        text = (*behaviour.text(), "", "the next step reads something that is not there")
        return msgspec.structs.replace(made, steps=made.steps + 1, text=text)

    def told(self, counterexample: Counterexample, *, shortest: bool) -> Broken:
        assert counterexample.behaviour is not None
        codec = Codec(self.model.protocol, self.model.universe())
        source = f"{self.model.protocol.__module__}::{self.model.protocol.__qualname__}"
        meta = codec.meta(self.model, source=source)
        meta.claim, meta.kind = counterexample.claim.name, counterexample.claim.kind.value
        meta.description = "a behaviour of a mutant"
        return Broken(
            claim=counterexample.claim.name,
            steps=counterexample.steps,
            shortest=shortest,
            instance=self.model.name,
            text=tuple(counterexample.text()),
            trace=msgspec.Raw(codec.document(counterexample.behaviour, meta).encode()),
        )
