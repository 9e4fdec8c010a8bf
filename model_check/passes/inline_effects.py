"""Actions without helpers: each ``Perform`` becomes the statements that the helper stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from ..ir import nodes as n
from ..ir import walk
from ..ir.sorts import Sort
from ..ir.wellformed import always_returns
from .names import Names

__all__ = ["inline_effects"]

Block = tuple[n.Stmt, ...]
Renaming = Mapping[str, str]


def inline_effects(spec: n.Spec) -> n.Spec:
    """Expand every helper that is called for its effect.

    **In** any specification as read. **Out** actions without Perform and without Return: what
    follows a branch that returns moves into the branches that go on; the helpers are gone.
    **Keeps** the meaning of every action, its parameters and the order of its statements; spans.

    A parameter of the helper is renamed to the variable given for it, or becomes a local with the
    value given; locals get names of their own. A Choose for a parameter that is drawn and not yet
    chosen stays a choice; for anything else it asks whether the value is one of the domain.
    """
    functions = {f.name: f for f in spec.functions}
    return replace(
        spec,
        init=_expanded(spec.init, functions),
        actions=tuple(_expanded(a, functions) for a in spec.actions),
        functions=tuple(f for f in spec.functions if f.result is not None),
        refinements=tuple(
            replace(r, abstract=inline_effects(r.abstract)) for r in spec.refinements
        ),
    )


def _expanded(action: n.Action, functions: Mapping[str, n.Function]) -> n.Action:
    return replace(action, body=_Expander(action, functions).block(action.body, {}))


class _Expander:
    def __init__(self, action: n.Action, functions: Mapping[str, n.Function]) -> None:
        self.functions = functions
        used = {p.name for p in action.parameters}
        used.update(walk.names_bound(action.body), walk.variables(action.body))
        self.names = Names(used)
        self.undecided: dict[str, Sort] = {p.name: p.sort for p in action.parameters if p.drawn}

    def block(self, body: Block, renaming: Renaming) -> Block:
        """The statements of a block, up to the return that ends it."""
        made: list[n.Stmt] = []
        for i, s in enumerate(body):
            match s:
                case n.Return():
                    return tuple(made)
                case n.Branch() if _may_return(s):
                    made.append(self.forked(s, body[i + 1 :], renaming))
                    return tuple(made)
                case _:
                    made += self.statement(s, renaming)
        return tuple(made)

    def forked(self, s: n.Branch, rest: Block, renaming: Renaming) -> n.Stmt:
        """A branch that returns on some path: what follows is done on the others only."""
        then = s.then if always_returns(s.then) else (*s.then, *rest)
        orelse = s.orelse if always_returns(s.orelse) else (*s.orelse, *rest)
        undecided = dict(self.undecided)
        made_then = self.block(then, renaming)
        self.undecided = undecided
        made_else = self.block(orelse, renaming)
        return replace(s, test=_renamed(s.test, renaming), then=made_then, orelse=made_else)

    def statement(self, s: n.Stmt, renaming: Renaming) -> Block:
        match s:
            case n.Require() | n.Assign():
                return (walk.map_statement(lambda e: _renamed(e, renaming), s),)
            case n.Let():
                name = renaming.get(s.name, s.name)
                return (replace(s, name=name, value=_renamed(s.value, renaming)),)
            case n.Choose():
                return (self.choice(s, renaming),)
            case n.Branch():
                test = _renamed(s.test, renaming)
                then, orelse = self.block(s.then, renaming), self.block(s.orelse, renaming)
                return (replace(s, test=test, then=then, orelse=orelse),)
            case n.Loop():
                name = renaming.get(s.name, s.name)
                domain, body = _renamed(s.domain, renaming), self.block(s.body, renaming)
                return (replace(s, name=name, domain=domain, body=body),)
            case n.Perform():
                return self.performed(s, renaming)
            case n.Return():
                return ()
            case _:
                assert_never(s)

    def choice(self, s: n.Choose, renaming: Renaming) -> n.Stmt:
        name = renaming.get(s.name, s.name)
        domain = _renamed(s.domain, renaming)
        if name in self.undecided:
            return n.Choose(name, self.undecided.pop(name), domain, span=s.span)
        var = n.Var(name, s.sort, span=s.span)
        return n.Require(n.In(var, domain, span=s.span), span=s.span)

    def performed(self, s: n.Perform, renaming: Renaming) -> Block:
        function = self.functions[s.function]
        reassigned = {x.name for x in walk.statements_in(function.body) if isinstance(x, n.Let)}
        inner: dict[str, str] = {}
        given: list[n.Stmt] = []
        for (parameter, _), argument in zip(function.parameters, s.args, strict=True):
            value = _renamed(argument, renaming)
            if isinstance(value, n.Var) and parameter not in reassigned:
                inner[parameter] = value.name
            else:
                inner[parameter] = self.names.fresh(parameter)
                given.append(n.Let(inner[parameter], value, span=argument.span))
        for local in walk.names_bound(function.body):
            if local not in inner:
                inner[local] = self.names.fresh(local)
        return (*given, *self.block(function.body, inner))


def _renamed(e: n.Expr, renaming: Renaming) -> n.Expr:
    """The expression with its variables renamed, those that it binds included."""

    match e:
        case n.Var():
            return replace(e, name=renaming.get(e.name, e.name))
        case n.Fold():
            made = walk.map_children(lambda x: _renamed(x, renaming), e)
            assert isinstance(made, n.Fold)
            generators = tuple(
                replace(g, name=renaming.get(g.name, g.name)) for g in made.generators
            )
            return replace(made, generators=generators)
        case n.MapOf():
            value = _renamed(e.value, renaming)
            return replace(e, names=tuple(renaming.get(x, x) for x in e.names), value=value)
        case n.Bind():
            value, body = _renamed(e.value, renaming), _renamed(e.body, renaming)
            return replace(e, name=renaming.get(e.name, e.name), value=value, body=body)
        case _:
            return walk.map_children(lambda x: _renamed(x, renaming), e)


def _may_return(s: n.Stmt) -> bool:
    return any(isinstance(x, n.Return) for x in walk.statements_in((s,)))
