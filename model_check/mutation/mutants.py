"""All mutants of a proof, in the order of the text: the initial state, actions, invariants, laws.

Actions that the text does not contain are left as they are. Two changes that come to the same are
one mutant, and what mypy would refuse is none (:mod:`.narrowing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from .alterations import Spot, everywhere, of_block, of_claim, of_expression
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
        actions = frozenset({a.made.name})
        yield Mutant(a.kind, a.made.name, a.what, a.span, replace(plain, spec=spec), actions)
    yield from _of_actions(plain)
    for p in plain.invariants:
        yield from _of_invariant(plain, p)
    yield from _of_laws(plain)


def _of_actions(conditions: Conditions) -> Iterator[Mutant]:
    """A change of a helper is one of all that call it, actions and claims."""
    spec = conditions.spec
    written = [a for a in spec.actions if a.added is None]
    every = {a.name: list(of_block(a.body)) for a in written}
    within = {name: {a.spot for a in found} for name, found in every.items()}
    claimed = [
        (p, {a.spot for a in of_expression(returned(p))})
        for p in spec.properties
        if p.kind is not n.PropertyKind.ASSUMPTION
    ]
    done: set[Spot] = set()
    for action in written:
        seen: set[object] = {action.body}
        for a in every[action.name]:
            bodies = {action.name: accepted(a.made, action.body)}
            claims: dict[str, n.Expr | None] = {}
            if a.spot is not None:
                if a.spot in done:
                    continue
                done.add(a.spot)
                for x in written:
                    if a.spot in within[x.name]:
                        bodies[x.name] = accepted(everywhere(of_block, x.body, a.spot), x.body)
                for p, spots in claimed:
                    if a.spot in spots:
                        before = returned(p)
                        after = everywhere(of_expression, before, a.spot)
                        claims[p.name] = accepted(after, before)
            made = _altered(conditions, bodies, claims)
            if made is None or bodies[action.name] in seen:
                continue
            seen.add(bodies[action.name])
            wellformed(made.spec, Stage.INLINED)
            span = action.span if a.span == n.NOWHERE else a.span
            yield Mutant(
                a.kind, action.name, a.what, span, made, frozenset(bodies), frozenset(claims)
            )


def _altered(
    conditions: Conditions,
    bodies: Mapping[str, tuple[n.Stmt, ...] | None],
    claims: Mapping[str, n.Expr | None],
) -> Conditions | None:
    """With other bodies of actions and other claims; None if one of them would be refused."""

    def action(x: n.Action) -> n.Action:
        body = bodies.get(x.name)
        return x if body is None else replace(x, body=body)

    def changed(properties: tuple[n.Property, ...]) -> tuple[n.Property, ...]:
        return tuple(claim(p) for p in properties)

    def claim(p: n.Property) -> n.Property:
        made = claims.get(p.name)
        return p if made is None else replace(p, body=(n.Return(made, span=p.body[0].span),))

    if None in bodies.values() or None in claims.values():
        return None
    spec = conditions.spec
    actions = tuple(map(action, spec.actions))
    return replace(
        conditions,
        spec=replace(spec, actions=actions, properties=changed(spec.properties)),
        invariants=changed(conditions.invariants),
        steps=changed(conditions.steps),
    )


def _of_invariant(conditions: Conditions, p: n.Property) -> Iterator[Mutant]:
    claims = frozenset({p.name})
    if len(conditions.invariants) + len(conditions.steps) > 1:
        without = _with(conditions, p, None)
        yield Mutant(Kind.INVARIANT, p.name, p.name, p.span, without, claims=claims)
    value = returned(p)
    seen = {value}
    for a in of_claim(value):
        claim = accepted(a.made, value)
        if claim is None or claim in seen:
            continue
        seen.add(claim)
        made = replace(p, body=(n.Return(claim, span=p.body[0].span),))
        span = p.span if a.span == n.NOWHERE else a.span
        yield Mutant(a.kind, p.name, a.what, span, _with(conditions, p, made), claims=claims)


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
            span, loose_sorts = _declared(classes[sort.name]), (subsets[sort.name],)
            yield Mutant(Kind.LAW, name, what, span, made, loose=loose_sorts)
    free = tuple(c for c in subsets.values() if not issubclass(c, QuorumOf))  # these meet by a law
    for p in conditions.assumptions:
        rest = tuple(x for x in conditions.assumptions if x.name != p.name)
        properties = tuple(x for x in conditions.spec.properties if x.name != p.name)
        spec = replace(conditions.spec, properties=properties)
        made = replace(conditions, spec=spec, assumptions=rest)
        yield Mutant(Kind.LAW, p.name, p.name, p.span, made, loose=free)


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
