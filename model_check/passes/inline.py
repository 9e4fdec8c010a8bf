"""No helpers at all: each ``Call`` becomes the expression that the helper computes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ...spec.lang.errors import InternalError, Unsupported
from ..ir import nodes as n
from ..ir import walk
from ..ir.show import show_stmt
from ..ir.sorts import BOOL, Sort
from ..ir.wellformed import always_returns
from .names import Names

__all__ = ["inline"]

Block = tuple[n.Stmt, ...]
Meaning = Mapping[str, n.Expr]
"""What the names of a helper stand for: variables with names of their own, or constants."""

OWN: Meaning = {}
"""The names of the text that is expanded, which stand for themselves and are apart already."""


def inline(spec: n.Spec) -> n.Spec:
    """Expand every helper that is called for its value.

    **In** a specification after :func:`~.inline_effects.inline_effects`. **Out** no helper and no
    Call; a property is one Return, its locals Bind and its branches If. **Keeps** the meaning of
    actions and properties, and that arguments are evaluated once; spans.

    **Errors** Unsupported for a loop in a helper with a value, which no expression stands for.
    """
    functions = {f.name: f for f in spec.functions}
    return replace(
        spec,
        init=_action(spec.init, functions),
        actions=tuple(_action(a, functions) for a in spec.actions),
        functions=(),
        properties=tuple(_property(p, functions) for p in spec.properties),
        refinements=tuple(_refinement(r, functions) for r in spec.refinements),
    )


def _action(a: n.Action, functions: Mapping[str, n.Function]) -> n.Action:
    used = {p.name for p in a.parameters}.union(walk.names_bound(a.body), walk.variables(a.body))
    expander = _Expander(functions, used)
    return replace(
        a, body=tuple(walk.map_statement(lambda e: expander.expr(e, OWN), s) for s in a.body)
    )


def _property(p: n.Property, functions: Mapping[str, n.Function]) -> n.Property:
    parameters = {x.name: n.Var(x.name, x.sort, span=x.span) for x in p.parameters}
    value = _Expander(functions, parameters).block(p.body, parameters, p.result)
    return replace(p, body=(n.Return(value, span=value.span),))


def _refinement(r: n.Refinement, functions: Mapping[str, n.Function]) -> n.Refinement:
    values = [n.Let(name, value) for name, value in r.mapping]
    body = (*r.bindings, *values)
    expander = _Expander(functions, {*walk.names_bound(body), *walk.variables(body)})
    return replace(
        r,
        abstract=inline(r.abstract),
        bindings=tuple(replace(b, value=expander.expr(b.value, OWN)) for b in r.bindings),
        mapping=tuple((name, expander.expr(value, OWN)) for name, value in r.mapping),
    )


class _Expander:
    def __init__(self, functions: Mapping[str, n.Function], used: Iterable[str]) -> None:
        self.functions = functions
        self.names = Names(used)

    # ------------------------------------------------------------------------- expressions
    def expr(self, e: n.Expr, meaning: Meaning) -> n.Expr:
        """``e`` without calls, its names replaced by what they stand for."""
        match e:
            case n.Var():
                new = meaning.get(e.name, e)
                return replace(new, sort=e.sort, span=e.span) if isinstance(new, n.Var) else new
            case n.Call():
                return self.call(e, tuple(self.expr(a, meaning) for a in e.args))
            case n.Fold():
                return self.fold(e, meaning)
            case n.MapOf():
                inner, names = self.renamed(meaning, e.names)
                return replace(e, names=names, value=self.expr(e.value, inner))
            case n.Bind():
                value = self.expr(e.value, meaning)
                inner, (name,) = self.renamed(meaning, (e.name,))
                return replace(e, name=name, value=value, body=self.expr(e.body, inner))
            case _:
                return walk.map_children(lambda x: self.expr(x, meaning), e)

    def renamed(self, meaning: Meaning, names: tuple[str, ...]) -> tuple[Meaning, tuple[str, ...]]:
        """New names for those bound inside a helper."""
        if meaning is OWN:
            return meaning, names
        fresh = tuple(map(self.names.fresh, names))
        variables = {old: n.Var(new, BOOL) for old, new in zip(names, fresh, strict=True)}
        return {**meaning, **variables}, fresh

    def fold(self, e: n.Fold, meaning: Meaning) -> n.Expr:
        generators = []
        default = None if e.default is None else self.expr(e.default, meaning)
        for g in e.generators:
            domain = self.expr(g.domain, meaning)
            meaning, (name,) = self.renamed(meaning, (g.name,))
            where = None if g.where is None else self.expr(g.where, meaning)
            generators.append(replace(g, name=name, domain=domain, where=where))
        body = self.expr(e.body, meaning)
        return replace(e, generators=tuple(generators), body=body, default=default)

    def call(self, e: n.Call, args: tuple[n.Expr, ...]) -> n.Expr:
        function = self.functions[e.function]
        meaning: dict[str, n.Expr] = {}
        given: list[tuple[str, n.Expr]] = []
        for (parameter, _), argument in zip(function.parameters, args, strict=True):
            if isinstance(argument, n.Var | n.Literal | n.First | n.Constant):
                meaning[parameter] = argument
            else:
                name = self.names.fresh(parameter)
                given.append((name, argument))
                meaning[parameter] = n.Var(name, argument.sort, span=argument.span)
        assert function.result is not None
        made = self.block(function.body, meaning, function.result)
        for name, argument in reversed(given):
            made = n.Bind(name, argument, made, made.sort, span=e.span)
        return made

    # -------------------------------------------------------------------------- statements
    def block(self, body: Block, meaning: Meaning, result: Sort) -> n.Expr:
        """What a block returns, as an expression of sort ``result`` or a subsort."""
        for i, s in enumerate(body):
            rest = body[i + 1 :]
            match s:
                case n.Return() if s.value is not None:
                    return self.expr(s.value, meaning)
                case n.Let():
                    return self.local(s, rest, meaning, result)
                case n.Branch():
                    return self.branch(s, rest, meaning, result)
                case n.Loop():
                    raise Unsupported(
                        f"{s.span}: a loop in a helper with a value cannot be made an expression; "
                        "the interpreter can run it (--engine interpret)"
                    )
                case _:
                    raise InternalError(f"{s.span}: `{show_stmt(s)}` in a helper with a value")
        raise InternalError("a helper with a value ends without one")

    def local(self, s: n.Let, rest: Block, meaning: Meaning, result: Sort) -> n.Expr:
        value = self.expr(s.value, meaning)
        name = self.names.fresh(s.name)
        var = n.Var(name, value.sort, span=s.span)
        body = self.block(rest, {**meaning, s.name: var}, result)
        return n.Bind(name, value, body, body.sort, span=s.span)

    def branch(self, s: n.Branch, rest: Block, meaning: Meaning, result: Sort) -> n.Expr:
        if not any(isinstance(x, n.Return) for x in walk.statements_in((s,))):
            return self.merge(s, rest, meaning, result)
        test = self.expr(s.test, meaning)
        then = self.block(s.then if always_returns(s.then) else (*s.then, *rest), meaning, result)
        orelse = self.block(
            s.orelse if always_returns(s.orelse) else (*s.orelse, *rest), meaning, result
        )
        return _conditional(test, then, orelse, result, s)

    def merge(self, s: n.Branch, rest: Block, meaning: Meaning, result: Sort) -> n.Expr:
        """A branch that only gives locals a value: each becomes a conditional of its own."""
        test = self.expr(s.test, meaning)
        chosen = self.names.fresh("test")
        given: list[tuple[str, n.Expr]] = [(chosen, test)]
        after = dict(meaning)
        for name, sort in _locals_kept(s, meaning).items():
            ending = n.Return(n.Var(name, sort, span=s.span), span=s.span)
            then = _without_name(self.block((*s.then, ending), meaning, sort))
            orelse = _without_name(self.block((*s.orelse, ending), meaning, sort))
            var = n.Var(chosen, test.sort, span=s.test.span)
            value = _conditional(var, then, orelse, sort, s)
            fresh = self.names.fresh(name)
            given.append((fresh, value))
            after[name] = n.Var(fresh, value.sort, span=s.span)
        made = self.block(rest, after, result)
        for name, value in reversed(given):
            made = n.Bind(name, value, made, made.sort, span=s.span)
        return made


def _locals_kept(s: n.Branch, meaning: Meaning) -> dict[str, Sort]:
    """The locals with their sorts that a branch gives a value and that have one behind it."""
    then = [x for x in walk.statements_in(s.then) if isinstance(x, n.Let)]
    orelse = [x for x in walk.statements_in(s.orelse) if isinstance(x, n.Let)]
    in_both = {x.name for x in then} & {x.name for x in orelse}
    found: dict[str, Sort] = {}
    for x in (*then, *orelse):
        if x.name in meaning:
            found[x.name] = meaning[x.name].sort
        elif x.name in in_both:
            found.setdefault(x.name, x.value.sort)
    return found


def _without_name(e: n.Expr) -> n.Expr:
    """``let x = e in x`` is ``e``."""
    match e:
        case n.Bind(body=n.Var(name=name)) if name == e.name:
            return e.value
        case _:
            return e


def _conditional(test: n.Expr, then: n.Expr, orelse: n.Expr, sort: Sort, s: n.Stmt) -> n.Expr:
    """``then if test else orelse``, of ``sort`` where the two differ."""
    joined = then.sort if then.sort == orelse.sort else sort
    return n.If(test, then, orelse, joined, span=s.span)
