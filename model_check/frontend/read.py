"""A protocol class and a model, to the IR: declarations, and the methods reached from them.

The network model and the restarts of the model are written out here as statements and actions, so
that nothing behind the front end has to know of them.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any, get_origin

from ...spec.lang.diagnostics import Diagnostic
from ...spec.lang.errors import Span, SpecError
from ...spec.lang.execute import inherited, node_sort
from ...spec.lang.model import Model, constants_of, is_class
from ...spec.lang.network import BagNetwork, FifoNetwork
from ...spec.lang.network import Network as NetworkField
from ...spec.lang.property import (
    always_eventually,
    assumption,
    constraint,
    eventually,
    eventually_always,
    invariant,
    leads_to,
    reachable,
    refines,
    step_invariant,
    terminal,
)
from ...spec.lang.protocol import Protocol, action, fields_of, methods_of, persistence
from ...spec.lang.source import (
    class_ast,
    class_span,
    hints_of,
    member_span,
    method_ast,
    name_span,
    show_type,
    span_in,
    span_of,
)
from ...spec.lang.values import Bag, Map, Set
from ..ir import nodes as n
from ..ir import sorts as ir
from ..ir.walk import (
    everything_in,
    fields_read,
    fields_written,
    names_bound,
    statements_in,
    variables,
)
from .annotations import Annotations, failing_in
from .body import BodyReader, always_returns
from .expressions import ExpressionReader, getattr_static, plural
from .scope import Local, Names, Scope

__all__ = ["read"]

DECORATORS = (
    action, invariant, step_invariant, reachable, eventually, leads_to, always_eventually,
    eventually_always, assumption, constraint, terminal
)  # fmt: skip
NATURAL = (ir.ElementSort, ir.SubsetSort, ir.EnumSort, ir.BoolSort)


def read(protocol: type[Protocol], model: Model) -> n.Spec:
    """The specification that ``model`` instantiates, as IR.

    **Errors** :class:`SpecError` for anything outside the language, at its place in the source.
    """
    try:
        return Reader(protocol, model).spec()
    except RecursionError:
        raise Diagnostic.TOO_DEEP.error(class_span(protocol), name=protocol.__name__) from None


class Reader:
    """Reads one protocol for one model."""

    def __init__(self, protocol: type[Protocol], model: Model) -> None:
        if not is_class(protocol, Protocol):
            shown = getattr(protocol, "__name__", repr(protocol))
            raise Diagnostic.NOT_A_PROTOCOL.error(model.at("protocol"), name=shown)
        self.protocol = protocol
        self.model = model
        self.annotations = Annotations()
        self.fields: dict[str, ir.Sort] = {}
        self.network_of: dict[str, n.Network] = {}
        self.messages: dict[str, ir.Sort] = {}
        self.constants: dict[str, ir.Sort] = {}
        self.changing: dict[
            str, str
        ] = {}  # fields that change in place, with Map, Set, Bag, Network
        self.functions: dict[str, n.Function] = {}
        self._drawn: dict[str, set[str]] = {}  # parameters that an overridden action draws
        self._open: list[str] = []
        self._declarations: list[n.FieldDecl] = []

    # ------------------------------------------------------------------------ declarations
    def spec(self) -> n.Spec:
        self._check_methods()
        self._read_constants()
        self._read_fields()
        init = self._action("init", self.protocol.init)
        self._check_init(init)
        actions = [self._action(k, m) for k, m in methods_of(self.protocol, "action").items()]
        if not actions:
            raise Diagnostic.NO_ACTIONS.error(
                class_span(self.protocol), protocol=self.protocol.__name__
            )
        actions += self._network_faults(actions)
        if self.model.restarts:
            init, restart = self._restart(init, actions)
            actions.append(restart)
        properties = tuple(
            self._property(name, kind, method)
            for kind in n.PropertyKind
            for name, method in methods_of(self.protocol, kind.value).items()
        )
        refinements = tuple(
            self._refinement(k, m) for k, m in methods_of(self.protocol, "refines").items()
        )
        return n.Spec(
            self.protocol.__name__,
            tuple(self._declarations),
            tuple(self.constants.items()),
            tuple(self.annotations.elements.values()),
            tuple(self.annotations.records.values()),
            init,
            tuple(actions),
            tuple(self.functions.values()),
            properties,
            refinements,
            doc=inspect.getdoc(self.protocol) or "",
            span=class_span(self.protocol),
        )

    def _read_constants(self) -> None:
        for name, const in constants_of(self.protocol).items():
            fail = failing_in(member_span(self.protocol, name))
            self.constants[name] = self.annotations.value(const.annotation(), fail)

    def _read_fields(self) -> None:
        for name, annotation in fields_of(self.protocol).items():
            inner, persists = persistence(annotation)
            fail = failing_in(member_span(self.protocol, name))
            sort = self.annotations.state(inner, fail)
            network = None
            kind = get_origin(inner)
            if kind in (Map, Set, Bag, NetworkField):
                self.changing[name] = kind.__name__
            if kind is NetworkField:
                network, sort = self._network(name, sort)
            self.fields[name] = sort
            kept = n.Persistence(persists) if persists is not None else None
            span = member_span(self.protocol, name)
            decl = n.FieldDecl(name, sort, kept, network, **({"span": span} if span else {}))
            self._declarations.append(decl)

    def _network(self, name: str, messages: ir.Sort) -> tuple[n.Network, ir.Sort]:
        self.messages[name] = messages
        kind = n.Network.SET
        sort: ir.Sort = ir.SetSort(messages)
        match self.model.network:
            case BagNetwork():
                kind, sort = n.Network.BAG, ir.BagSort(messages)
            case FifoNetwork():
                kind = n.Network.FIFO
                sort = ir.MapSort(self._channels(name, messages), ir.SeqSort(messages))
            case _:
                pass
        self.network_of[name] = kind
        return kind, sort

    def _channels(self, name: str, messages: ir.Sort) -> ir.TupleSort:
        """The pairs of source and destination: the same two sorts for every message."""
        ends: tuple[ir.Sort | None, ir.Sort | None] | None = None
        for record in ir.records_of(messages):
            own = (record.field("source"), record.field("dest"))
            if not all(isinstance(s, ir.ElementSort) for s in own) or own != (ends or own):
                span = member_span(self.protocol, name)
                raise Diagnostic.FIFO_WITHOUT_ENDS.error(span, record=record)
            ends = own
        source, dest = ends or (None, None)
        if source is None or dest is None:
            span = member_span(self.protocol, name)
            raise Diagnostic.FIFO_WITHOUT_ENDS.error(span, record=messages)
        return ir.TupleSort((source, dest))

    def field_sort(self, name: str) -> ir.Sort:
        return self.fields[name]

    def _check_methods(self) -> None:
        """Methods are plain ones with our decorators, and overrides keep the role of what they
        override."""
        kinds: dict[str, tuple[str, type[Any]]] = {}
        for cls in reversed(self.protocol.__mro__):
            if cls in (Protocol, object):
                continue
            file, tree = class_ast(cls)
            for node in tree.body:
                if isinstance(node, ast.AsyncFunctionDef):
                    raise Diagnostic.ASYNC_OR_GENERATOR.error(name_span(file, node), name=node.name)
                if isinstance(node, ast.FunctionDef):
                    self._check_decorators(file, node, sys.modules[cls.__module__])
            for name, method in vars(cls).items():
                if not inspect.isfunction(method):
                    continue
                if inspect.isgeneratorfunction(method):
                    raise Diagnostic.ASYNC_OR_GENERATOR.error(span_of(method), name=name)
                if name.startswith("__"):
                    continue
                given = method_ast(method).args
                if not (given.posonlyargs or given.args or given.vararg):
                    raise Diagnostic.NO_SELF.error(span_of(method), name=name)
                kind = getattr(method, "__kind__", None)
                if name in kinds and kind != kinds[name][0] and kind is None:
                    old, base = kinds[name]
                    raise Diagnostic.OVERRIDE_NOT_MARKED.error(
                        span_of(method), name=name, kind=old, base=base.__name__
                    )
                if kind is not None:
                    kinds[name] = (kind, cls)

    def _check_decorators(self, file: str, node: ast.FunctionDef, module: ModuleType) -> None:
        """At most one, and one of ours."""
        for i, decorator in enumerate(node.decorator_list):
            named = decorator.func if isinstance(decorator, ast.Call) else decorator
            match named:
                case ast.Name(id=name):
                    found = getattr(module, name, None)
                case ast.Attribute(value=ast.Name(id=name), attr=attr):
                    found = getattr(getattr(module, name, None), attr, None)
                case _:
                    found = None
            ours = found is refines if isinstance(decorator, ast.Call) else found in DECORATORS
            if i > 0 or not ours:
                raise Diagnostic.DECORATOR.error(span_in(file, decorator), name=node.name)

    # ----------------------------------------------------------------------------- actions
    def _action(self, name: str, method: Callable[..., Any]) -> n.Action:
        if method is Protocol.init:
            raise Diagnostic.NO_INIT.error(
                class_span(self.protocol), protocol=self.protocol.__name__
            )
        body = BodyReader(self, method, chooses=True)
        scope = Scope({}, Names())
        self._open.append(self._key(method, False))
        parameters = self._parameters(body, method, scope, draws=True)
        node = method_ast(method)
        statements = body.block(node.body, scope)
        self._open.pop()
        self._all_chosen(body, parameters, scope)
        return n.Action(
            name,
            tuple(parameters),
            statements,
            doc=inspect.getdoc(method) or "",
            span=span_of(method),
        )

    def _parameters(
        self, body: BodyReader, method: Callable[..., Any], scope: Scope, *, draws: bool
    ) -> list[n.Parameter]:
        """The parameters of a method, bound in ``scope``; ``draws`` if they are choices."""
        node = method_ast(method)
        if node.args.vararg or node.args.kwarg or node.args.kwonlyargs or node.args.posonlyargs:
            bad = node.args.vararg or node.args.kwarg
            bad = bad or (node.args.kwonlyargs + node.args.posonlyargs)[0]
            raise body.fail(Diagnostic.PARAMETER_STAR, bad)
        if node.args.defaults:
            raise body.fail(Diagnostic.PARAMETER_DEFAULT, node.args.defaults[0])
        hints = self.hints(method)
        made = []
        for argument in node.args.args[1:]:
            if argument.arg not in hints:
                raise body.fail(Diagnostic.PARAMETER_WITHOUT_TYPE, argument, name=argument.arg)
            at = argument.annotation or argument
            sort = self.annotations.value(hints[argument.arg], body.failing_at(at))
            span = body.span(argument)
            drawn = draws and not _natural(sort)
            scope.names.used.add(argument.arg)
            var = n.Var(argument.arg, sort, span=span)
            scope.locals[argument.arg] = Local(var, undecided=drawn)
            made.append(n.Parameter(argument.arg, sort, drawn, span=span))
        return made

    def _all_chosen(self, body: BodyReader, parameters: list[n.Parameter], scope: Scope) -> None:
        for parameter in parameters:
            if parameter.drawn and scope.locals[parameter.name].undecided:
                raise body.no_domain(parameter.name, parameter.sort, parameter.span)

    def _check_init(self, init: n.Action) -> None:
        written = self._written(init.body)
        for declaration in self._declarations:
            if declaration.name not in written:
                raise Diagnostic.FIELD_NOT_INITIALISED.error(init.span, name=declaration.name)

    def _written(self, body: tuple[n.Stmt, ...]) -> set[str]:
        """Fields given a value on every path."""
        found: set[str] = set()
        for s in body:
            match s:
                case n.Assign():
                    found.add(s.field)
                case n.Branch():
                    found |= self._written(s.then) & self._written(s.orelse)
                case n.Perform():
                    found |= set(self.functions[s.function].writes)
                case _:
                    pass
        return found

    # ----------------------------------------------------------------------------- helpers
    def call(
        self,
        caller: ExpressionReader,
        target: Callable[..., Any],
        call: ast.Call,
        scope: Scope,
        after: bool,
    ) -> n.Expr:
        """A helper called for its value."""
        function = self.function(target, after, caller.span(call))
        if function.result is None:
            raise caller.fail(Diagnostic.NO_VALUE, call, name=target.__name__)
        caller.reads.update(dict.fromkeys(function.reads))
        args = self._arguments(caller, target, function, call, scope)
        return n.Call(function.name, args, function.result, span=caller.span(call))

    def perform(
        self, caller: BodyReader, target: Callable[..., Any], call: ast.Call, scope: Scope
    ) -> n.Stmt:
        """A helper, or an overridden action, called for its effect."""
        function = self.function(target, False, caller.span(call))
        if function.result is not None:
            raise caller.fail(Diagnostic.EXPRESSION_STATEMENT, call)
        caller.reads.update(dict.fromkeys(function.reads))
        caller.writes.update(dict.fromkeys(function.writes))
        drawn = self._drawn.get(function.name, set())
        decided: list[tuple[str, Local]] = []
        names = [p for p, _ in function.parameters]
        given = [*zip(names, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]
        for name, argument in given:
            if isinstance(argument, ast.Name) and name in drawn:
                local = scope.locals.get(argument.id)
                if local is not None and local.undecided:
                    decided.append((argument.id, Local(local.expr)))
        for name, local in decided:
            scope.rebind(name, local)
        args = self._arguments(caller, target, function, call, scope)
        caller.forget(function.writes, scope)  # what was known when the arguments were read is over
        return n.Perform(function.name, args, span=caller.span(call))

    def _arguments(
        self,
        caller: ExpressionReader,
        target: Callable[..., Any],
        function: n.Function,
        call: ast.Call,
        scope: Scope,
    ) -> tuple[n.Expr, ...]:
        name = target.__name__
        names = [p for p, _ in function.parameters]
        given: dict[str, ast.expr] = dict(zip(names, call.args, strict=False))
        for keyword in call.keywords:
            if keyword.arg not in names or keyword.arg in given or keyword.arg is None:
                raise caller.fail(Diagnostic.KEYWORD_ARGUMENTS, keyword.value, name=name)
            given[keyword.arg] = keyword.value
        if len(given) != len(names) or len(call.args) > len(names):
            raise caller.fail(
                Diagnostic.ARGUMENT_COUNT,
                call,
                name=name,
                expected=plural(len(names), "argument"),
                found=len(call.args) + len(call.keywords),
            )
        return tuple(caller.expr(given[p], scope, s) for p, s in function.parameters)

    def _key(self, method: Callable[..., Any], after: bool) -> str:
        resolved = getattr_static(self.protocol, method.__name__)
        name = method.__name__ if resolved is method else method.__qualname__
        return f"{name}'" if after else name

    def function(self, method: Callable[..., Any], after: bool, at: Span) -> n.Function:
        """A helper as a Function of the IR; read once for each state it may be asked about."""
        key = self._key(method, after)
        if key in self._open:
            raise Diagnostic.RECURSIVE_HELPER.error(at, name=method.__name__)
        if key not in self.functions:
            self._open.append(key)
            try:
                self.functions[key] = self._read_function(key, method, after)
            finally:
                self._open.pop()
        return self.functions[key]

    def function_of(self, name: str) -> n.Function:
        return self.functions[name]

    def _read_function(self, key: str, method: Callable[..., Any], after: bool) -> n.Function:
        node = method_ast(method)
        hints = self.hints(method)
        if "return" not in hints:
            raise Diagnostic.HELPER_WITHOUT_RETURN_TYPE.error(span_of(method), name=method.__name__)
        result = None
        kind = getattr(method, "__kind__", None)
        is_action = kind == "action" or method.__name__ == "init"
        body = BodyReader(self, method, chooses=is_action, after=after)
        if kind is not None and not is_action:
            body.pure = kind
        if hints["return"] is not type(None):
            at = node.returns or node
            result = self.annotations.value(hints["return"], body.failing_at(at))
            body.result = result
        scope = Scope({}, Names())
        parameters = self._parameters(body, method, scope, draws=is_action)
        statements = body.block(node.body, scope)
        if result is not None and not always_returns(statements):
            raise Diagnostic.MISSING_RETURN.error(span_of(method), name=method.__name__)
        if is_action:
            self._all_chosen(body, parameters, scope)
            self._drawn[key] = {p.name for p in parameters if p.drawn}
        return n.Function(
            key,
            tuple((p.name, p.sort) for p in parameters),
            statements,
            result,
            tuple(body.reads),
            tuple(body.writes),
            doc=inspect.getdoc(method) or "",
            span=span_of(method),
        )

    def inherited(self, method: Callable[..., Any], name: str, at: Span) -> Callable[..., Any]:
        """What ``super().name`` means in ``method``."""
        try:
            found: Callable[..., Any] = inherited(self.protocol, method, name)
        except SpecError as error:
            error.span = at
            raise
        return found

    def hints(self, method: Callable[..., Any]) -> dict[str, Any]:
        return hints_of(method)

    def evaluate(self, annotation: ast.expr, body: ExpressionReader) -> Any:
        """The type that the annotation of a local names."""
        namespace = {**vars(builtins), **body.method.__globals__, **body.closure}
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            text = ast.parse(annotation.value, mode="eval").body
            annotation = ast.copy_location(text, annotation)
        code = compile(ast.fix_missing_locations(ast.Expression(annotation)), body.file, "eval")
        try:
            return eval(code, namespace)  # an annotation of the specification itself
        except NameError as error:
            raise body.fail(Diagnostic.UNKNOWN_NAME, annotation, name=error.name) from None
        except Exception:
            shown = ast.unparse(annotation)
            raise body.fail(Diagnostic.FIELD_TYPE, annotation, type=shown) from None

    # -------------------------------------------------------------------------- properties
    def _property(self, name: str, kind: n.PropertyKind, method: Callable[..., Any]) -> n.Property:
        node = method_ast(method)
        result: ir.Sort = ir.BOOL
        if kind is n.PropertyKind.LEADS_TO:
            result = ir.TupleSort((ir.BOOL, ir.BOOL))
        body = BodyReader(self, method, pure=kind.value, result=result)
        parameters = node.args.args[1:]
        scope = Scope({}, Names())
        chosen: list[n.Parameter] = []
        if kind in n.LIVENESS:
            chosen = self._parameters(body, method, scope, draws=False)
            self._check_natural(name, kind, method, chosen)
        elif kind is n.PropertyKind.STEP_INVARIANT:
            if len(parameters) != 1:
                raise Diagnostic.STEP_INVARIANT_PARAMETERS.error(span_of(method), name=name)
            body.after_name = parameters[0].arg
        elif parameters:
            raise Diagnostic.INVARIANT_PARAMETERS.error(
                span_of(method), kind=kind.value, name=name, result="bool"
            )
        statements = body.block(node.body, scope)
        if not always_returns(statements):
            raise Diagnostic.MISSING_RETURN.error(span_of(method), name=name)
        if kind is n.PropertyKind.ASSUMPTION and body.reads:
            field = next(iter(body.reads))
            seen = [
                e for e in everything_in(statements) if isinstance(e, n.Field) and e.name == field
            ]
            span = seen[0].span if seen else span_of(method)
            raise Diagnostic.ASSUMPTION_READS_STATE.error(span, name=name, field=field)
        return n.Property(
            name,
            kind,
            statements,
            doc=inspect.getdoc(method) or "",
            parameters=tuple(chosen),
            span=span_of(method),
        )

    def _check_natural(
        self,
        name: str,
        kind: n.PropertyKind,
        method: Callable[..., Any],
        parameters: list[n.Parameter],
    ) -> None:
        """A claim is made for every value of a parameter, so there must be finitely many."""
        for p in parameters:
            if not _natural(p.sort):
                raise Diagnostic.LIVENESS_PARAMETER.error(
                    p.span,
                    name=name,
                    kind=kind.value,
                    parameter=p.name,
                    type=show_type(self.hints(method)[p.name]),
                )

    def _refinement(self, name: str, method: Callable[..., Any]) -> n.Refinement:
        abstract: type[Protocol] = method.__abstract__  # type: ignore[attr-defined]  # set by @refines
        body = BodyReader(self, method, pure="refines")
        node = method_ast(method)
        if not is_class(abstract, Protocol):
            shown = getattr(abstract, "__name__", repr(abstract))
            raise body.fail(Diagnostic.NOT_A_PROTOCOL, node.decorator_list[0], name=shown)
        if len(node.args.args) != 1:
            raise Diagnostic.INVARIANT_PARAMETERS.error(
                span_of(method), kind="refines", name=name, result=abstract.__name__
            )
        reader = Reader(abstract, replace(self.model, restarts=0))
        reader.annotations = self.annotations
        spec = reader.spec()
        scope = Scope({}, Names())
        *before, last = node.body
        for statement in before:
            if any(isinstance(x, ast.Return) for x in ast.walk(statement)):
                raise body.fail(Diagnostic.REFINEMENT_FORM, statement, abstract=abstract.__name__)
        bindings = body.block(before, scope)
        match last:
            case ast.Return(value=ast.Call(func=func, args=[], keywords=keywords)) if (
                body.class_of(func, scope) is abstract
            ):
                pass
            case _:
                raise body.fail(Diagnostic.REFINEMENT_FORM, last, abstract=abstract.__name__)
        for b in bindings:
            if not isinstance(b, n.Let):
                raise Diagnostic.REFINEMENT_FORM.error(b.span, abstract=abstract.__name__)
        given = {k.arg: k.value for k in keywords}
        if set(given) != set(reader.fields):
            raise body.fail(
                Diagnostic.RECORD_FIELDS,
                last,
                record=abstract.__name__,
                fields=", ".join(reader.fields),
            )
        mapping = tuple(
            (f, body.whole_value(given[f], scope, reader.fields[f], reader.changing.get(f)))
            for f in reader.fields
        )
        return n.Refinement(
            name,
            spec,
            tuple(b for b in bindings if isinstance(b, n.Let)),
            mapping,
            doc=inspect.getdoc(method) or "",
            span=span_of(method),
        )

    # ---------------------------------------------------------------------- faults of the model
    def _network_faults(self, actions: list[n.Action]) -> list[n.Action]:
        """``lose`` and ``duplicate``, where the network model has them."""
        model = self.model.network
        made: list[n.Action] = []
        for network in self.network_of:
            body = BodyReader(self, self.protocol.init)
            node = method_ast(self.protocol.init)
            m = n.Var("m", self.messages[network], span=span_of(self.protocol.init))
            parameter = n.Parameter("m", m.sort, drawn=True, span=m.span)
            choose = n.Choose("m", m.sort, body.deliverable(network, node), span=m.span)
            of = f"_{network}" if len(self.network_of) > 1 else ""
            wanted: list[tuple[str, list[n.Stmt]]] = []
            if isinstance(model, BagNetwork | FifoNetwork) and model.loses:
                wanted.append((f"lose{of}", body.take_statements(network, m, node)))
            if isinstance(model, BagNetwork) and model.duplicates:
                scope = Scope({}, Names({"m"}))
                wanted.append((f"duplicate{of}", body.send_statements(network, m, scope, node)))
            for name, statements in wanted:
                if any(a.name == name for a in actions):
                    raise Diagnostic.NETWORK_FAULT_ACTION.error(
                        span_of(methods_of(self.protocol, "action")[name]),
                        protocol=self.protocol.__name__,
                        name=name,
                    )
                made.append(
                    n.Action(
                        name,
                        (parameter,),
                        (choose, *statements),
                        doc=f"The network {name.partition('_')[0]}s a message.",
                        added="network",
                        span=m.span,
                    )
                )
        return made

    def _restart(self, init: n.Action, actions: list[n.Action]) -> tuple[n.Action, n.Action]:
        """The field that counts restarts, and the action by which a node loses what is volatile."""
        taken: dict[str, Span | None] = {}
        if any(a.name == "restart" for a in actions):
            taken["action restart"] = span_of(methods_of(self.protocol, "action")["restart"])
        if "restarts" in self.fields:
            taken["field restarts"] = member_span(self.protocol, "restarts")
        for what, span in taken.items():
            raise Diagnostic.RESTART_DEFINED.error(
                span,
                protocol=self.protocol.__name__,
                what=what,
                restarts=self.model.restarts,
            )
        volatile = [f for f in self._declarations if f.persistence is n.Persistence.VOLATILE]
        if not volatile:
            raise Diagnostic.NOTHING_VOLATILE.error(
                class_span(self.protocol), model=self.model.name, protocol=self.protocol.__name__
            )
        sort = self.annotations.element(node_sort(self.protocol))
        counter = n.Field("restarts", ir.INT, span=init.span)
        limit = n.Literal(self.model.restarts, ir.INT, span=init.span)
        one = n.Literal(1, ir.INT, span=init.span)
        node = n.Var("node", sort, span=init.span)
        body: list[n.Stmt] = [n.Require(n.Lt(counter, limit, span=init.span), span=init.span)]
        for declaration in volatile:
            value = self._reset(declaration, node, init)
            body.append(n.Assign(declaration.name, value, span=declaration.span))
        body.append(n.Assign("restarts", n.Add(counter, one, span=init.span), span=init.span))
        self._declarations.append(n.FieldDecl("restarts", ir.INT))
        zero = n.Assign("restarts", n.Literal(0, ir.INT, span=init.span), span=init.span)
        with_zero = n.Action(
            init.name, init.parameters, (*init.body, zero), init.doc, span=init.span
        )
        restart = n.Action(
            "restart",
            (n.Parameter("node", sort, span=init.span),),
            tuple(body),
            doc="A node crashes, loses what is volatile, and starts again.",
            added="restarts",
            span=init.span,
        )
        return with_zero, restart

    def _reset(self, declaration: n.FieldDecl, node: n.Var, init: n.Action) -> n.Expr:
        """The field with the node's entries as ``init`` makes them."""
        sort = declaration.sort
        assert isinstance(sort, ir.MapSort)
        field = n.Field(declaration.name, sort, span=declaration.span)
        initial = self._initial(declaration.name, init.body)
        # What depends on anything else in init() is not known at a restart.
        alone = initial is not None and not (variables(initial).difference(names_bound(initial)))
        match initial if alone else None:
            case n.Fill(value=value):
                names: tuple[str, ...] = ()
            case n.MapOf(names=names, value=value):
                pass
            case _:
                raise Diagnostic.VOLATILE_INIT.error(declaration.span, name=declaration.name)
        keys = sort.key.items if isinstance(sort.key, ir.TupleSort) else (sort.key,)
        names = names or tuple(f"k{i}" for i in range(len(keys)))
        own_key = tuple(n.Var(x, k) for x, k in zip(names, keys, strict=True))
        if len(keys) == 1:
            bound = n.Bind(names[0], node, value, value.sort) if names[0] != "k0" else value
            return n.Put(field, node, bound, sort, span=declaration.span)
        old = n.Get(field, n.Tuple(own_key, sort.key), sort.value, span=declaration.span)
        own = n.Eq(own_key[0], node, span=declaration.span)
        return n.MapOf(names, n.If(own, value, old, sort.value), sort, span=declaration.span)

    def _initial(self, field: str, body: tuple[n.Stmt, ...]) -> n.Expr | None:
        """The value that ``init``, or an ``init`` it calls, gives to a field last; None if that
        depends on a test, on a loop or on the state."""
        for s in reversed(body):
            match s:
                case n.Assign() if s.field == field:
                    return None if fields_read(s.value) or self._calls(s.value) else s.value
                case n.Perform() if field in self.functions[s.function].writes:
                    return self._initial(field, self.functions[s.function].body)
                case n.Branch() | n.Loop() if field in self._writes_in((s,)):
                    return None
                case _:
                    pass
        return None

    def _calls(self, e: n.Expr) -> bool:
        """Whether an expression asks a helper about the state."""
        calls = [x for x in everything_in(e) if isinstance(x, n.Call)]
        return any(self.functions[c.function].reads for c in calls)

    def _writes_in(self, body: tuple[n.Stmt, ...]) -> set[str]:
        """Fields given a value on any path."""
        performed = [s for s in statements_in(body) if isinstance(s, n.Perform)]
        helpers = (self.functions[s.function].writes for s in performed)
        return fields_written(body).union(*helpers)


def _natural(sort: ir.Sort) -> bool:
    """Whether a parameter of this sort ranges over all its values by itself."""
    inner = sort.of if isinstance(sort, ir.OptionSort) else sort
    return isinstance(inner, NATURAL)
