"""Why a property is false: the values of its variables that make it so, found by running its text.

Best effort, and only for people: a property that is no nesting of all, any, and, or, not, implies
and helpers is explained by itself. The verdict never depends on what is said here.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..spec.lang.model import Model
from ..spec.lang.protocol import Protocol, fields_of, methods_of
from ..spec.lang.source import method_ast, span_of
from ..spec.lang.values import Universe
from .counterexample import Behaviour, Claim
from .explore.claims import Kind
from .explore.system import Form
from .rendering import render, sort_key

__all__ = ["claim_of", "why_false"]

KINDS = {
    Kind.INVARIANT: "invariant",
    Kind.STEP_INVARIANT: "step_invariant",
    Kind.REACHABLE: "reachable",
    Kind.REFINEMENT: "refines",
}
"""Kinds of claims whose methods are marked with one word; that of LIVENESS has several."""
DEEPEST = 12
"""Levels of helpers and connectives that an explanation goes down at most."""


def claim_of(
    model: Model, universe: Universe, kind: Kind, name: str, behaviour: Behaviour | None
) -> Claim:
    """A broken property with its docstring, its place, and the values that make it false."""
    if kind is Kind.DEADLOCK:
        return Claim(kind, name, because=_deadlock_advice(model))
    words = [form.value for form in Form] if kind is Kind.LIVENESS else [KINDS[kind]]
    found = (methods_of(model.protocol, word).get(name) for word in words)
    method = next((m for m in found if m is not None), None)
    if method is None:
        return Claim(kind, name)
    because: tuple[str, ...] = ()
    if behaviour is not None and kind in (Kind.INVARIANT, Kind.STEP_INVARIANT):
        states = behaviour.states()
        if kind is Kind.INVARIANT:
            because = why_false(model.protocol, universe, method, states[-1])
        elif len(states) > 1:
            because = why_false(model.protocol, universe, method, states[-2], states[-1])
    return Claim(kind, name, first_sentences(method), str(span_of(method)), because)


def _deadlock_advice(model: Model) -> tuple[str, ...]:
    if methods_of(model.protocol, "terminal"):
        return ("no action is enabled, and no @terminal property says that this is an end",)
    return (
        "no action is enabled; if this is where the protocol is done, "
        "say so in a method marked @terminal",
    )


def first_sentences(method: Callable[..., Any]) -> str:
    """The first paragraph of a docstring, on one line."""
    text = inspect.getdoc(method) or ""
    return " ".join(text.split("\n\n")[0].split())


def why_false(
    protocol: type[Protocol],
    universe: Universe,
    method: Callable[..., Any],
    state: Mapping[str, Any],
    after: Mapping[str, Any] | None = None,
) -> tuple[str, ...]:
    """Lines such as ``v = v1, w = v2`` and ``v == w`` for a property that is false of a state (or
    of the step to ``after``). Empty when nothing useful can be said."""
    try:
        with universe:
            names = list(inspect.signature(method).parameters)
            scope: dict[str, Any] = {names[0]: _state(protocol, state)}
            if after is not None and len(names) > 1:
                scope[names[1]] = _state(protocol, after)
            return _Explanation(protocol).of_method(method, scope)
    except Exception:  # an explanation that cannot be found is left out; the verdict stands
        return ()


def _state(protocol: type[Protocol], values: Mapping[str, Any]) -> Protocol:
    declared = fields_of(protocol)
    return protocol(**{name: value for name, value in values.items() if name in declared})


class _Explanation:
    """Goes down from a false expression to the smallest false part, collecting what is bound."""

    def __init__(self, protocol: type[Protocol]) -> None:
        self.protocol = protocol
        self.bound: dict[str, str] = {}
        self.levels = 0

    def of_method(self, method: Callable[..., Any], scope: dict[str, Any]) -> tuple[str, ...]:
        part = self.in_method(method, scope, value=False)
        lines = []
        if self.bound:
            lines.append("with " + ", ".join(f"{n} = {v}" for n, v in self.bound.items()))
        if part is not None:
            lines.append(part)
        return tuple(lines)

    def in_method(
        self, method: Callable[..., Any], scope: dict[str, Any], *, value: bool
    ) -> str | None:
        """The body of a property or helper, if it is a return after plain assignments."""
        *before, last = _without_docstring(method_ast(method).body)
        if not isinstance(last, ast.Return) or last.value is None:
            return None
        namespace = method.__globals__
        for statement in before:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=assigned):
                    scope[name] = _run(assigned, namespace, scope)
                case _:
                    return None
        return self.down(last.value, namespace, scope, value=value)

    def down(
        self, e: ast.expr, namespace: dict[str, Any], scope: dict[str, Any], *, value: bool
    ) -> str | None:
        """The smallest part of ``e`` that makes it ``value``, which it is."""
        self.levels += 1
        if self.levels > DEEPEST:
            return self.shown(e, value)

        def go(part: ast.expr, inner: dict[str, Any], *, is_value: bool) -> str | None:
            return self.down(part, namespace, inner, value=is_value)

        match e:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return go(operand, scope, is_value=not value)
            case ast.BoolOp(op=ast.And(), values=parts) if not value:
                return go(self.first(parts, namespace, scope, value=False), scope, is_value=False)
            case ast.BoolOp(op=ast.Or(), values=parts) if value:
                return go(self.first(parts, namespace, scope, value=True), scope, is_value=True)
            case ast.Call(func=ast.Name(id="implies"), args=[_, conclusion]) if not value:
                return go(conclusion, scope, is_value=False)
            case ast.Call(func=ast.Name(id="all"), args=[ast.GeneratorExp() as g]) if not value:
                inner = self.witness(g, namespace, scope, value=False)
                return go(g.elt, inner, is_value=False)
            case ast.Call(func=ast.Name(id="any"), args=[ast.GeneratorExp() as g]) if value:
                inner = self.witness(g, namespace, scope, value=True)
                return go(g.elt, inner, is_value=True)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr=name), args=args, keywords=[]
            ) if isinstance(scope.get(owner), Protocol):
                helper = getattr(self.protocol, name, None)
                if not inspect.isfunction(helper):
                    return self.shown(e, value)
                names = list(inspect.signature(helper).parameters)
                values = [scope[owner], *(_run(a, namespace, scope) for a in args)]
                inner = dict(zip(names, values, strict=True))
                text = self.shown(e, value)
                return self.in_method(helper, inner, value=value) or text
            case _:
                return self.shown(e, value)

    def first(
        self,
        parts: list[ast.expr],
        namespace: dict[str, Any],
        scope: dict[str, Any],
        *,
        value: bool,
    ) -> ast.expr:
        return next(p for p in parts if bool(_run(p, namespace, scope)) is value)

    def witness(
        self,
        generator: ast.GeneratorExp,
        namespace: dict[str, Any],
        scope: dict[str, Any],
        *,
        value: bool,
    ) -> dict[str, Any]:
        """The scope with the least binding for which the generated expression is ``value``."""
        names = [
            name.id
            for part in generator.generators
            for name in ast.walk(part.target)
            if isinstance(name, ast.Name)
        ]
        wanted = generator.elt if value else ast.UnaryOp(ast.Not(), generator.elt)
        last = generator.generators[-1]
        conditions = [
            *generator.generators[:-1],
            ast.comprehension(last.target, last.iter, [*last.ifs, wanted], 0),
        ]
        bound = ast.Tuple([ast.Name(n, ast.Load()) for n in names], ast.Load())
        found = min(_run(ast.ListComp(bound, conditions), namespace, scope), key=sort_key)
        for name, witness in zip(names, found, strict=True):
            self.bound[name] = render(witness)
        return scope | dict(zip(names, found, strict=True))

    def shown(self, e: ast.expr, value: bool) -> str:
        return f"`{ast.unparse(e)}` is {str(value).lower()}"


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
        case _:
            return body


def _run(e: ast.expr, namespace: dict[str, Any], scope: dict[str, Any]) -> Any:
    """The value of an expression of the specification, where its names are in scope.

    The names become parameters of a function, so that comprehensions see them too.
    """
    arguments = ast.arguments([], [ast.arg(name) for name in scope], None, [], [], None, [])
    made = ast.Expression(ast.Lambda(arguments, e))
    code = compile(ast.fix_missing_locations(made), "<explanation>", "eval")
    return eval(code, namespace)(*scope.values())  # the text of the specification itself
