"""The conditions of a proof by induction: one cell for each action and each claim.

With ``Inv`` for all invariants together:

========================  ========================================================================
initiation                every initial state satisfies the invariant I
consecution               every step of action A from a state with Inv leads to a state with I
step                      every step of action A from a state with Inv satisfies the step invariant
definedness               in a state with Inv, evaluating A (or a claim) reads nothing that is not
                          there: no index outside a sequence, no None used as a value
implication               the invariant I follows, in any state, from others; then initiation and
                          consecution of those give it, and nothing else has to be shown of it
========================  ========================================================================

If all hold, every reachable state satisfies Inv, in every instance, whatever its size. Nothing here
says how a condition is decided; back ends read the actions and claims as IR.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import Enum
from functools import cached_property

from ...spec.lang.diagnostics import Diagnostic
from ...spec.lang.errors import UsageError
from ...spec.lang.model import Model
from ...spec.lang.network import SetNetwork
from ...spec.lang.proof import Proof
from ...spec.lang.protocol import Protocol
from ..frontend.read import read
from ..ir import nodes as n
from ..ir.wellformed import Stage, wellformed
from ..passes.inline import inline
from ..passes.inline_effects import inline_effects
from .ghosts import check_ghosts

__all__ = ["Cell", "Conditions", "Part", "conditions_of", "specification"]

NAMED = re.compile(r"`(\w+)`")

RESTARTS = "restarts"
"""The field by which the front end counts restarts; a proof allows any number of them."""


class Part(Enum):
    """What a condition is about."""

    INITIATION = "initiation"
    CONSECUTION = "consecution"
    STEP = "step"
    DEFINED = "definedness"
    IMPLIED = "implication"


@dataclass(frozen=True, slots=True)
class Cell:
    """One condition. ``action`` is None where a claim is evaluated, ``goal`` where an action is."""

    part: Part
    action: n.Action | None
    goal: n.Property | None

    @property
    def row(self) -> str:
        """The action, or what stands for it in the matrix."""
        return "any state" if self.action is None else self.action.name

    @property
    def column(self) -> str:
        """The claim, or what stands for it in the matrix."""
        return "defined" if self.part is Part.DEFINED else self.claim

    @property
    def claim(self) -> str:
        return "" if self.goal is None else self.goal.name

    @property
    def name(self) -> str:
        """``accept/agreement``, ``accept/defined``, ``agreement/defined``."""
        if self.part is Part.DEFINED:
            return f"{self.claim or self.row}/defined"
        return f"{self.row}/{self.claim}"


@dataclass(frozen=True)
class Conditions:
    """A proof taken apart. ``spec`` has no helpers, no limit of restarts and no bounds of search.

    ``invariants`` are the conjuncts of Inv, in the order of the text; ``steps`` the step invariants
    proved; ``goals`` the names of what is claimed of the protocol in the end. ``candidates`` are
    invariants that are neither assumed nor proved, and no part of ``spec``.
    """

    proof: Proof
    spec: n.Spec
    invariants: tuple[n.Property, ...]
    steps: tuple[n.Property, ...]
    assumptions: tuple[n.Property, ...]
    goals: tuple[str, ...]
    candidates: tuple[n.Property, ...] = ()

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All conditions, by action, then by claim."""
        made = [Cell(Part.INITIATION, self.spec.init, p) for p in self.invariants]
        made.append(Cell(Part.DEFINED, self.spec.init, None))
        for action in self.spec.actions:
            made += [Cell(Part.CONSECUTION, action, p) for p in self.invariants]
            made += [Cell(Part.STEP, action, p) for p in self.steps]
            made.append(Cell(Part.DEFINED, action, None))
        made += [Cell(Part.DEFINED, None, p) for p in self.invariants]
        return tuple(made)

    def selected(self, names: Sequence[str]) -> Sequence[Cell]:
        """The conditions that are named: one, or all of an action or of a claim; all if none is.

        **Errors** UsageError for a name that is none.
        """
        if not names:
            return self.cells
        known = {x for c in self.cells for x in (c.name, c.row, c.claim, c.column)}
        for name in names:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                example = self.cells[-1].name
                raise UsageError(
                    f"there is no condition {name!r}{hint}; they are named like {example}"
                )
        wanted = set(names)
        return [c for c in self.cells if wanted & {c.name, c.row, c.claim, c.column}]

    @cached_property
    def texts(self) -> dict[int, tuple[n.Node, str]]:
        """What parts of it look like written out, by identity, which the part itself keeps alive;
        filled by those who ask again and again."""
        return {}

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each invariant in the argument: lemmas as in the text, then the claims of
        the protocol. After a step those before it may be assumed of the state after: whatever they
        are kept by, it is not this one."""
        names = [x for x in self.by_name if x not in self.goals]
        names += [x for x in self.by_name if x in self.goals]
        return {x: i for i, x in enumerate(names)}

    def reasons(self, claim: str) -> tuple[str, ...]:
        """The invariants that the text of a claim names, in backquotes, as what it rests on."""
        found = next((p for p in (*self.invariants, *self.steps) if p.name == claim), None)
        named = NAMED.findall(found.doc) if found is not None else []
        return tuple(dict.fromkeys(x for x in named if x in self.by_name and x != claim))

    def implication(self, p: n.Property) -> Cell:
        """That an invariant follows from others."""
        return Cell(Part.IMPLIED, None, p)

    @cached_property
    def by_name(self) -> dict[str, n.Property]:
        """The invariants by name."""
        return {p.name: p for p in self.invariants}


def conditions_of(proof: Proof) -> Conditions:
    """The conditions of a proof, once it is clear that its ghosts change nothing.

    **Errors** SpecError for a mistake in the protocol or in the proof.
    """
    proof.check()
    extended = specification(proof, proof.protocol)
    original = specification(proof, proof.of)
    if not issubclass(proof.protocol, proof.of):
        raise Diagnostic.PROOF_NOT_EXTENSION.error(
            proof.at("protocol"), name=proof.protocol.__name__, of=proof.of.__name__
        )
    if proof.protocol is not proof.of:
        check_ghosts(proof, original, extended)
    candidates = _candidates(proof, original, extended)
    left = tuple(p for p in extended.properties if p not in candidates)
    extended = replace(extended, properties=left)
    invariants = extended.of_kind(n.PropertyKind.INVARIANT)
    steps = extended.of_kind(n.PropertyKind.STEP_INVARIANT)
    goals = _goals(proof, original, extended)
    _check_lemmas(proof, extended, (*invariants, *candidates), steps)
    return Conditions(
        proof=proof,
        spec=extended,
        invariants=invariants,
        steps=tuple(p for p in steps if p.name in goals or not _belongs(p, original)),
        assumptions=extended.of_kind(n.PropertyKind.ASSUMPTION),
        goals=goals,
        candidates=candidates,
    )


def _candidates(proof: Proof, original: n.Spec, extended: n.Spec) -> tuple[n.Property, ...]:
    """The invariants that the proof, or whoever asks, holds back."""
    own = extended.of_kind(n.PropertyKind.INVARIANT)
    possible = {p.name: p for p in own if not _belongs(p, original)}
    for name in proof.candidates:
        if name not in possible:
            raise Diagnostic.PROOF_CANDIDATE.error(
                proof.at("candidates"),
                name=name,
                protocol=extended.name,
                known=", ".join(possible) or "none",
            )
    return tuple(p for p in own if p.name in set(proof.candidates))


def _belongs(p: n.Property, spec: n.Spec) -> bool:
    return any(q.name == p.name for q in spec.properties)


def _goals(proof: Proof, original: n.Spec, extended: n.Spec) -> tuple[str, ...]:
    """The claims of the protocol that the proof is about."""
    kinds = (n.PropertyKind.INVARIANT, n.PropertyKind.STEP_INVARIANT)
    claimed = [p.name for p in original.properties if p.kind in kinds]
    if proof.goals is None:
        return tuple(claimed)
    goals = tuple(proof.goals)
    for name in goals:
        if name not in claimed:
            raise Diagnostic.PROOF_GOAL.error(
                proof.at("goals"),
                name=name,
                protocol=original.name,
                known=", ".join(claimed) or "none",
            )
    return goals


def _check_lemmas(
    proof: Proof,
    extended: n.Spec,
    invariants: tuple[n.Property, ...],
    steps: tuple[n.Property, ...],
) -> None:
    """Whatever ``lemmas`` names is there, or held back."""
    known = {p.name for p in invariants}
    actions = {extended.init.name, *(a.name for a in extended.actions)}
    claims = known | {p.name for p in steps} | {"defined"}
    for cell, names in proof.lemmas.items():
        action, _, claim = cell.rpartition("/")
        fits = claim in claims and (not action or action in actions or action in claims)
        wrong = [cell] if not fits else [x for x in names if x.removesuffix("'") not in known]
        if wrong:
            raise Diagnostic.PROOF_LEMMA.error(
                proof.at("lemmas", cell), name=wrong[0], protocol=extended.name
            )


def specification(proof: Proof, protocol: type[Protocol]) -> n.Spec:
    """The protocol as IR without helpers, with the network of the proof and any number of restarts.

    **Errors** SpecError when the protocol cannot be read.
    """
    model = Model(
        name=proof.name,
        protocol=protocol,
        network=proof.network or SetNetwork(),
        restarts=1 if proof.restarts else 0,
        span=proof.span,
    )
    spec = inline(inline_effects(read(protocol, model)))
    if proof.restarts:
        spec = _unlimited(spec)
    wellformed(spec, Stage.INLINED)
    return spec


def _unlimited(spec: n.Spec) -> n.Spec:
    """The specification without the field that counts restarts."""

    def without(a: n.Action) -> n.Action:
        body = tuple(s for s in a.body if not _counts(s))
        return replace(a, body=body)

    return replace(
        spec,
        fields=tuple(f for f in spec.fields if f.name != RESTARTS),
        init=without(spec.init),
        actions=tuple(without(a) if a.added == RESTARTS else a for a in spec.actions),
    )


def _counts(s: n.Stmt) -> bool:
    """Whether a statement, of those that the front end adds, counts restarts."""
    match s:
        case n.Assign():
            return s.field == RESTARTS
        case n.Require(condition=n.Lt(left=n.Field(name=name))):
            return name == RESTARTS
        case _:
            return False
