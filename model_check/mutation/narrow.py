"""Fewer behaviours to look through for one that breaks a claim of the protocol.

Ghosts are no part of a protocol, and its claims do not speak of them: without them there are fewer
states. And of a network that only grows, most sets of messages differ in what nobody will receive
any more; if it forgets every message when the next one is sent, far fewer are left. Each behaviour
of that is one of the protocol, once what was forgotten is put back (:func:`in_full`).
"""

from __future__ import annotations

from dataclasses import replace

from ..backends.interpret import Interpreter
from ..explore.search import Path
from ..induction.conditions import Conditions
from ..induction.ghosts import erased
from ..ir import nodes as n
from ..ir import walk

__all__ = ["forgetful", "in_full", "without_ghosts"]

KEPT = (n.PropertyKind.REACHABLE, n.PropertyKind.CONSTRAINT)


def without_ghosts(conditions: Conditions, ghosts: frozenset[str]) -> n.Spec:
    """The protocol with its own claims, and nothing that the proof adds; as it is if that cannot be
    told apart."""
    spec = conditions.spec
    claimed = set(conditions.goals)
    properties = tuple(p for p in spec.properties if p.name in claimed or p.kind in KEPT)
    plain = replace(spec, properties=properties, refinements=())
    if not ghosts:
        return plain
    made = replace(
        plain,
        fields=tuple(f for f in spec.fields if f.name not in ghosts),
        init=replace(spec.init, body=erased(spec.init.body, ghosts)),
        actions=tuple(replace(a, body=erased(a.body, ghosts)) for a in spec.actions),
    )
    blocks = [a.body for a in (made.init, *made.actions)] + [p.body for p in made.properties]
    read = (e for block in blocks for e in walk.everything_in(block))
    if any(isinstance(e, n.Field | n.After) and e.name in ghosts for e in read):
        return plain
    return made


def forgetful(spec: n.Spec) -> n.Spec | None:
    """The same with a network that holds the last message alone; None if there is no network that
    only grows."""
    networks = {f.name for f in spec.fields if f.network is n.Network.SET}
    if not networks:
        return None
    actions = tuple(replace(a, body=_forgetting(a.body, networks)) for a in spec.actions)
    return replace(spec, actions=actions)


def _forgetting(body: tuple[n.Stmt, ...], networks: set[str]) -> tuple[n.Stmt, ...]:
    def one(s: n.Stmt) -> n.Stmt:
        match s:
            case n.Assign(value=n.With(element=m, sort=sort)) if s.field in networks:
                return replace(s, value=n.SetOf((m,), sort, span=s.value.span))
            case n.Branch():
                then, orelse = _forgetting(s.then, networks), _forgetting(s.orelse, networks)
                return replace(s, then=then, orelse=orelse)
            case n.Loop():
                return replace(s, body=_forgetting(s.body, networks))
            case _:
                return s

    return tuple(map(one, body))


def in_full(system: Interpreter, path: Path) -> Path | None:
    """The steps of a behaviour, by action and arguments, taken in another system; None where one
    cannot be."""
    initial = system.initial()
    if len(initial) != 1:
        return None
    made = Path(initial[0])
    for step in path.steps:
        same = (
            t
            for t in system.successors(made.last)
            if (t.action, t.arguments) == (step.action, step.arguments)
        )
        found = next(same, None)
        if found is None:
            return None
        made = made.then(found)
    return made
