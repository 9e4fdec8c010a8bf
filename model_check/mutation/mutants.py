"""All mutants of a proof, in the order of the text: the initial state, actions, invariants, laws.

Actions that the text does not contain are left as they are. Two changes that come to the same are
one mutant, and what mypy would refuse is none (:mod:`.narrowing`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from ...spec.lang.errors import Span
from ...spec.lang.model import sorts_of
from ...spec.lang.values import QuorumOf, SubsetOf
from ..induction.conditions import Conditions
from ..induction.finite import returned
from ..ir import nodes as n
from ..ir.sorts import SubsetSort
from ..ir.wellformed import Stage, wellformed
from .alterations import of_block, of_claim
from .initial import of_initial
from .mutant import Kind, Mutant
from .narrowing import accepted

__all__ = ["mutants_of"]


def mutants_of(conditions: Conditions) -> Iterator[Mutant]:
    """Every mutant once."""
    plain = replace(conditions, spec=replace(conditions.spec, refinements=()))
    for a in of_initial(plain.spec.init):
        spec = replace(plain.spec, init=a.made)
        wellformed(spec, Stage.INLINED)
        yield Mutant(a.kind, a.made.name, a.what, a.span, replace(plain, spec=spec))
    for action in plain.spec.actions:
        if action.added is None:
            yield from _of_action(plain, action)
    for p in plain.invariants:
        yield from _of_invariant(plain, p)
    yield from _of_laws(plain)


def _of_action(conditions: Conditions, action: n.Action) -> Iterator[Mutant]:
    seen = {action.body}
    for a in of_block(action.body):
        body = accepted(a.made, action.body)
        if body is None or body in seen:
            continue
        seen.add(body)
        made = replace(action, body=body)
        actions = tuple(made if x.name == action.name else x for x in conditions.spec.actions)
        spec = replace(conditions.spec, actions=actions)
        wellformed(spec, Stage.INLINED)
        span = action.span if a.span == n.NOWHERE else a.span
        yield Mutant(a.kind, action.name, a.what, span, replace(conditions, spec=spec))


def _of_invariant(conditions: Conditions, p: n.Property) -> Iterator[Mutant]:
    if len(conditions.invariants) + len(conditions.steps) > 1:
        yield Mutant(Kind.INVARIANT, p.name, p.name, p.span, _with(conditions, p, None))
    value = returned(p)
    seen = {value}
    for a in of_claim(value):
        claim = accepted(a.made, value)
        if claim is None or claim in seen:
            continue
        seen.add(claim)
        made = replace(p, body=(n.Return(claim, span=p.body[0].span),))
        span = p.span if a.span == n.NOWHERE else a.span
        yield Mutant(a.kind, p.name, a.what, span, _with(conditions, p, made))


def _with(conditions: Conditions, p: n.Property, made: n.Property | None) -> Conditions:
    """The same with another invariant in the place of one, or without it."""

    def changed(properties: tuple[n.Property, ...]) -> tuple[n.Property, ...]:
        if made is None:
            return tuple(x for x in properties if x.name != p.name)
        return tuple(made if x.name == p.name else x for x in properties)

    goals = tuple(x for x in conditions.goals if made is not None or x != p.name)
    return replace(
        conditions,
        spec=replace(conditions.spec, properties=changed(conditions.spec.properties)),
        invariants=changed(conditions.invariants),
        goals=goals,
    )


# -------------------------------------------------------------------------------------- laws
def _of_laws(conditions: Conditions) -> Iterator[Mutant]:
    """Sorts of quorums of which any two need not meet, and assumptions that are not made."""
    classes = {c.__name__: c for c in sorts_of(conditions.proof.protocol)}
    subsets = {name: c for name, c in classes.items() if issubclass(c, SubsetOf)}
    for sort in conditions.spec.sorts:
        if isinstance(sort, SubsetSort) and sort.intersecting:
            loose = replace(sort, intersecting=False)
            made = Conditions(
                conditions.proof,
                _resorted(conditions.spec, sort, loose),
                _resorted(conditions.invariants, sort, loose),
                _resorted(conditions.steps, sort, loose),
                _resorted(conditions.assumptions, sort, loose),
                conditions.goals,
            )
            name = f"{sort.name}_intersect"
            what = f"any two of {sort.name} meet"
            yield Mutant(
                Kind.LAW, name, what, _declared(classes[sort.name]), made, (subsets[sort.name],)
            )
    free = tuple(c for c in subsets.values() if not issubclass(c, QuorumOf))  # these meet by a law
    for p in conditions.assumptions:
        rest = tuple(x for x in conditions.assumptions if x.name != p.name)
        properties = tuple(x for x in conditions.spec.properties if x.name != p.name)
        spec = replace(conditions.spec, properties=properties)
        made = replace(conditions, spec=spec, assumptions=rest)
        yield Mutant(Kind.LAW, p.name, p.name, p.span, made, free)


def _declared(cls: type) -> Span:
    """Where a class begins."""
    import inspect  # noqa: PLC0415  # for the one or two classes that a law is about

    try:
        file = inspect.getsourcefile(cls) or "<unknown>"
        lines, start = inspect.getsourcelines(cls)
    except (OSError, TypeError):
        return n.NOWHERE
    return Span(file, start, 0, start, len(lines[0].rstrip()))


def _resorted(x: Any, old: SubsetSort, new: SubsetSort) -> Any:
    """The same data with one sort in the place of another, wherever it is mentioned."""
    if x == old:
        return new
    if isinstance(x, tuple):
        return tuple(_resorted(y, old, new) for y in x)
    if is_dataclass(x) and not isinstance(x, type | Span):
        before = {f.name: getattr(x, f.name) for f in fields(x)}
        after = {name: _resorted(y, old, new) for name, y in before.items()}
        changed = {name: y for name, y in after.items() if y is not before[name]}
        return replace(x, **changed) if changed else x
    return x
