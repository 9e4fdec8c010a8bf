"""Ghosts change nothing: a protocol extended for a proof does what the protocol itself does.

Ghost fields are those that the extension adds. Erasing them must leave every action as it was, and
nothing that is left may depend on them; then each behaviour of the protocol is one of the extended
protocol with the ghosts forgotten, and what holds of the extension holds of the protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ...spec.lang.diagnostics import Diagnostic
from ...spec.lang.errors import Span
from ...spec.lang.proof import Proof
from ..ir import nodes as n
from ..ir import walk

__all__ = ["check_ghosts", "erased", "ghost_fields"]

Block = tuple[n.Stmt, ...]


def ghost_fields(of: n.Spec, extended: n.Spec) -> frozenset[str]:
    """The names of the fields that the extension adds."""
    return frozenset(f.name for f in extended.fields) - {f.name for f in of.fields}


def check_ghosts(proof: Proof, of: n.Spec, extended: n.Spec) -> None:
    """Compare an extended protocol with the protocol; both without helpers (after ``inline``).

    Actions must be equal once the assignments to ghost fields are erased, up to the names of
    locals. An action that the extension adds may write ghost fields only. Claims and assumptions
    of the protocol must be there unchanged, and no assumption be added.

    **Errors** SpecError (BP80x) at the first difference.
    """
    ghosts = ghost_fields(of, extended)
    _same_fields(proof, of, extended)
    old = {a.name: a for a in of.actions}
    new = {a.name: a for a in extended.actions}
    for name, action in old.items():
        _same_action(action, new[name], ghosts, of)
    _same_action(of.init, extended.init, ghosts, of)
    for name, action in new.items():
        if name not in old:
            written = walk.fields_written(erased(action.body, ghosts))
            if written:
                raise Diagnostic.PROOF_ACTION_ADDED.error(
                    _first_assignment(action.body, written) or action.span,
                    name=name,
                    protocol=of.name,
                    field=min(written),
                )
    _same_claims(proof, of, extended)


def _same_fields(proof: Proof, of: n.Spec, extended: n.Spec) -> None:
    given = {f.name: f for f in extended.fields}
    for f in of.fields:
        if f.name not in given or given[f.name].sort != f.sort:
            span = given[f.name].span if f.name in given else proof.at("protocol")
            raise Diagnostic.PROOF_FIELD.error(span, name=f.name, protocol=of.name)


def _same_claims(proof: Proof, of: n.Spec, extended: n.Spec) -> None:
    """The claims proved are those that the protocol makes, under the assumptions that it states."""
    claims = (
        n.PropertyKind.INVARIANT, n.PropertyKind.STEP_INVARIANT, n.PropertyKind.ASSUMPTION,
    )  # fmt: skip
    new = {p.name: p for p in extended.properties if p.kind in claims}
    old = {p.name: p for p in of.properties if p.kind in claims}
    for name, p in old.items():
        if new[name].kind is not p.kind or _canonical(new[name].body) != _canonical(p.body):
            raise Diagnostic.PROOF_CLAIM.error(new[name].span, name=name, protocol=of.name)
    for name, p in new.items():
        if p.kind is n.PropertyKind.ASSUMPTION and name not in old:
            raise Diagnostic.PROOF_ASSUMPTION.error(p.span, name=name, protocol=of.name)


def _same_action(old: n.Action, new: n.Action, ghosts: frozenset[str], of: n.Spec) -> None:
    body = erased(new.body, ghosts)
    for e in walk.everything_in(body):
        if isinstance(e, n.Field) and e.name in ghosts:
            raise Diagnostic.GHOST_READ.error(e.span, name=e.name, action=new.name)
    parameters = [(p.sort, p.drawn) for p in old.parameters]
    renamed = {p.name: f"parameter {i}" for i, p in enumerate(new.parameters)}
    before = {p.name: f"parameter {i}" for i, p in enumerate(old.parameters)}
    if (
        [(p.sort, p.drawn) for p in new.parameters] != parameters
        or [p.name for p in new.parameters] != [p.name for p in old.parameters]
        or _canonical(body, renamed) != _canonical(erased(old.body, ghosts), before)
    ):
        raise Diagnostic.GHOST_CHANGES_ACTION.error(new.span, action=new.name, protocol=of.name)


def _first_assignment(body: Block, fields: Iterable[str]) -> Span | None:
    wanted = set(fields)
    for s in walk.statements_in(body):
        if isinstance(s, n.Assign) and s.field in wanted:
            return s.span
    return None


# ------------------------------------------------------------------------------------ erasure
def erased(body: Block, ghosts: frozenset[str]) -> Block:
    """The block without assignments to ghost fields, and without what was only there for them."""
    while True:
        made = _without_unused(_without_repetition(_without_ghosts(body, ghosts)))
        if made == body:
            return made
        body = made


def _without_ghosts(body: Block, ghosts: frozenset[str]) -> Block:
    made: list[n.Stmt] = []
    for s in body:
        match s:
            case n.Assign() if s.field in ghosts:
                continue
            case n.Branch():
                then, orelse = _without_ghosts(s.then, ghosts), _without_ghosts(s.orelse, ghosts)
                if then or orelse:
                    made.append(replace(s, then=then, orelse=orelse))
            case n.Loop():
                inner = _without_ghosts(s.body, ghosts)
                if inner:
                    made.append(replace(s, body=inner))
            case _:
                made.append(s)
    return tuple(made)


def _without_repetition(body: Block) -> Block:
    """The block without conditions that repeat how a parameter was drawn: an extension that looks
    at the parameter first has to say ``require(m in ...)`` itself, and the action says it again."""
    drawn: dict[str, n.Expr] = {}
    made: list[n.Stmt] = []
    for s in body:
        match s:
            case n.Choose():
                drawn[s.name] = s.domain
            case n.Require(condition=n.In(of=n.Var(name=name), collection=domain)):
                if drawn.get(name) == domain:
                    continue
            case _:
                written = walk.fields_written((s,))
                drawn = {x: d for x, d in drawn.items() if not walk.fields_read(d) & written}
        made.append(s)
    return tuple(made)


def _without_unused(body: Block) -> Block:
    """The block without locals that nothing mentions."""
    used = walk.variables(body)

    def pruned(block: Block) -> Block:
        made: list[n.Stmt] = []
        for s in block:
            match s:
                case n.Let() if s.name not in used:
                    continue
                case n.Branch():
                    made.append(replace(s, then=pruned(s.then), orelse=pruned(s.orelse)))
                case n.Loop():
                    made.append(replace(s, body=pruned(s.body)))
                case _:
                    made.append(s)
        return tuple(made)

    return pruned(body)


def _canonical(body: Block, names: Mapping[str, str] | None = None) -> Block:
    """The block with everything that it binds renamed in order of appearance."""
    renaming = dict(names or {})
    for name in walk.names_bound(body):
        renaming.setdefault(name, f"local {len(renaming)}")

    def renamed(e: n.Expr) -> n.Expr:
        match e:
            case n.Var():
                return replace(e, name=renaming.get(e.name, e.name))
            case n.Fold():
                made = walk.map_children(renamed, e)
                assert isinstance(made, n.Fold)
                generators = tuple(
                    replace(g, name=renaming.get(g.name, g.name)) for g in made.generators
                )
                return replace(made, generators=generators)
            case n.MapOf():
                value = renamed(e.value)
                return replace(e, names=tuple(renaming.get(x, x) for x in e.names), value=value)
            case n.Bind():
                value, inner = renamed(e.value), renamed(e.body)
                return replace(e, name=renaming.get(e.name, e.name), value=value, body=inner)
            case _:
                return walk.map_children(renamed, e)

    def statement(s: n.Stmt) -> n.Stmt:
        match s:
            case n.Let() | n.Choose():
                made = walk.map_statement(renamed, s)
                assert isinstance(made, n.Let | n.Choose)
                return replace(made, name=renaming.get(s.name, s.name))
            case n.Branch():
                then = tuple(statement(x) for x in s.then)
                orelse = tuple(statement(x) for x in s.orelse)
                return replace(s, test=renamed(s.test), then=then, orelse=orelse)
            case n.Loop():
                inner = tuple(statement(x) for x in s.body)
                name = renaming.get(s.name, s.name)
                return replace(s, name=name, domain=renamed(s.domain), body=inner)
            case _:
                return walk.map_statement(renamed, s)

    return tuple(statement(s) for s in body)
