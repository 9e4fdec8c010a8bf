"""A protocol class and a model, to the IR: declarations, and the methods reached from them.

The network model and the restarts of the model are written out here as statements and actions, so
that nothing behind the front end has to know of them.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable
from typing import Any, get_origin, get_type_hints

from ...spec.lang.diagnostics import Diagnostic
from ...spec.lang.errors import Span, SpecError
from ...spec.lang.execute import inherited, method_ast, node_sort, shift, span_of
from ...spec.lang.model import Model, constants_of
from ...spec.lang.network import BagNetwork, FifoNetwork
from ...spec.lang.network import Network as NetworkField
from ...spec.lang.protocol import Protocol, fields_of, methods_of, persistence
from ..ir import nodes as n
from ..ir import sorts as ir
from .annotations import Annotations
from .body import BodyReader, always_returns
from .expressions import ExpressionReader, getattr_static, plural, span_in
from .scope import Local, Names, Scope

__all__ = ["read"]

NATURAL = (ir.ElementSort, ir.SubsetSort, ir.EnumSort, ir.BoolSort)


def read(protocol: type[Protocol], model: Model) -> n.Spec:
    """The specification that ``model`` instantiates, as IR.

    **Errors** :class:`SpecError` for anything outside the language, at its place in the source.
    """
    return Reader(protocol, model).spec()


class Reader:
    """Reads one protocol for one model."""

    def __init__(self, protocol: type[Protocol], model: Model) -> None:
        if Protocol not in getattr(protocol, "__mro__", ()):
            raise Diagnostic.NOT_A_PROTOCOL.error(name=getattr(protocol, "__name__", protocol))
        self.protocol = protocol
        self.model = model
        self.annotations = Annotations()
        self.fields: dict[str, ir.Sort] = {}
        self.network_of: dict[str, n.Network] = {}
        self.messages: dict[str, ir.Sort] = {}
        self.constants: dict[str, ir.Sort] = {}
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
            raise Diagnostic.NO_ACTIONS.error(self.class_span(), protocol=self.protocol.__name__)
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
            span=self.class_span(),
        )

    def _read_constants(self) -> None:
        for name, const in constants_of(self.protocol).items():
            fail = self._failing(lambda name=name: self.member_span(name))  # type: ignore[misc]
            self.constants[name] = self.annotations.value(const.annotation(), fail)

    def _read_fields(self) -> None:
        try:
            declared = fields_of(self.protocol)
        except NameError as error:
            raise Diagnostic.UNKNOWN_NAME.error(self.class_span(), name=error.name) from None
        for name, annotation in declared.items():
            inner, persists = persistence(annotation)
            fail = self._failing(lambda name=name: self.member_span(name))  # type: ignore[misc]
            sort = self.annotations.state(inner, fail)
            network = None
            if get_origin(inner) is NetworkField:
                network, sort = self._network(name, sort)
            self.fields[name] = sort
            kept = n.Persistence(persists) if persists is not None else None
            span = self.member_span(name)
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
                ends = []
                for record in ExpressionReader.records_of(messages):
                    pair = (record.field("source"), record.field("dest"))
                    if not all(isinstance(s, ir.ElementSort) for s in pair):
                        raise Diagnostic.FIFO_WITHOUT_ENDS.error(
                            self.member_span(name), record=record
                        )
                    ends.append(pair)
                if len(set(ends)) != 1:
                    record = ExpressionReader.records_of(messages)[-1]
                    raise Diagnostic.FIFO_WITHOUT_ENDS.error(self.member_span(name), record=record)
                source, dest = ends[0]
                assert source is not None
                assert dest is not None
                kind = n.Network.FIFO
                sort = ir.MapSort(ir.TupleSort((source, dest)), ir.SeqSort(messages))
            case _:
                pass
        self.network_of[name] = kind
        return kind, sort

    def field_sort(self, name: str) -> ir.Sort:
        return self.fields[name]

    def _check_methods(self) -> None:
        """Overrides keep the role of what they override; decorators are ours."""
        mro = [c for c in reversed(self.protocol.__mro__) if c not in (Protocol, object)]
        kinds: dict[str, tuple[str, type[Any]]] = {}
        for cls in mro:
            for name, method in vars(cls).items():
                if not inspect.isfunction(method):
                    continue
                if inspect.iscoroutinefunction(method) or inspect.isgeneratorfunction(method):
                    raise Diagnostic.ASYNC_OR_GENERATOR.error(span_of(method), name=name)
                if name.startswith("__"):
                    continue
                node = method_ast(method)
                kind = getattr(method, "__kind__", None)
                if node.decorator_list and kind is None:
                    span = span_in(method.__code__.co_filename, node.decorator_list[0])
                    raise Diagnostic.DECORATOR.error(span, name=name)
                if name in kinds and kind != kinds[name][0] and kind is None:
                    old, base = kinds[name]
                    raise Diagnostic.OVERRIDE_NOT_MARKED.error(
                        span_of(method), name=name, kind=old, base=base.__name__
                    )
                if kind is not None:
                    kinds[name] = (kind, cls)

    # ----------------------------------------------------------------------------- actions
    def _action(self, name: str, method: Callable[..., Any]) -> n.Action:
        if method is Protocol.init:
            raise Diagnostic.NO_INIT.error(self.class_span(), protocol=self.protocol.__name__)
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
            sort = self.annotations.value(hints[argument.arg], body._at(at))
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
                raise Diagnostic.PARAMETER_WITHOUT_DOMAIN.error(
                    parameter.span, name=parameter.name, type=parameter.sort
                )

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
            raise caller.fail(Diagnostic.HELPER_WITHOUT_RETURN_TYPE, call, name=target.__name__)
        if function.writes:
            raise caller.fail(Diagnostic.HELPER_WRITES_AND_RETURNS, call, name=target.__name__)
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
        for name, argument in zip(names, call.args, strict=False):
            if isinstance(argument, ast.Name) and name in drawn:
                local = scope.locals.get(argument.id)
                if local is not None and local.undecided:
                    decided.append((argument.id, Local(local.expr)))
        for name, local in decided:
            scope.rebind(name, local)
        args = self._arguments(caller, target, function, call, scope)
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
            self.functions[key] = self._read_function(key, method, after)
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
        is_action = getattr(method, "__kind__", None) == "action" or method.__name__ == "init"
        body = BodyReader(self, method, chooses=is_action, after=after)
        if hints["return"] is not type(None):
            at = node.returns or node
            result = self.annotations.value(hints["return"], body._at(at))
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
        except SpecError:
            raise Diagnostic.SUPER_CALL.error(at, method=name) from None
        return found

    def hints(self, method: Callable[..., Any]) -> dict[str, Any]:
        try:
            return get_type_hints(method)
        except NameError as error:
            raise Diagnostic.UNKNOWN_NAME.error(span_of(method), name=error.name) from None

    def evaluate(self, annotation: ast.expr, body: ExpressionReader) -> Any:
        """The type that the annotation of a local names."""
        namespace = {**vars(builtins), **body.method.__globals__, **body.closure}
        code = compile(ast.Expression(annotation), body.file, "eval")
        try:
            return eval(code, namespace)  # an annotation of the specification itself
        except NameError as error:
            raise body.fail(Diagnostic.UNKNOWN_NAME, annotation, name=error.name) from None

    # -------------------------------------------------------------------------- properties
    def _property(self, name: str, kind: n.PropertyKind, method: Callable[..., Any]) -> n.Property:
        node = method_ast(method)
        shown = kind.value.replace("_", " ")
        body = BodyReader(self, method, pure=shown, result=ir.BOOL)
        parameters = node.args.args[1:]
        if kind is n.PropertyKind.STEP_INVARIANT:
            if len(parameters) != 1:
                raise Diagnostic.STEP_INVARIANT_PARAMETERS.error(span_of(method), name=name)
            body.after_name = parameters[0].arg
        elif parameters:
            article = "an" if shown[0] in "ai" else "a"
            raise Diagnostic.INVARIANT_PARAMETERS.error(
                span_of(method), kind=f"{article} {shown}", name=name
            )
        scope = Scope({}, Names())
        statements = body.block(node.body, scope)
        if not always_returns(statements):
            raise Diagnostic.MISSING_RETURN.error(span_of(method), name=name)
        if kind is n.PropertyKind.ASSUMPTION and body.reads:
            raise Diagnostic.ASSUMPTION_READS_STATE.error(
                span_of(method), name=name, field=next(iter(body.reads))
            )
        return n.Property(
            name, kind, statements, doc=inspect.getdoc(method) or "", span=span_of(method)
        )

    def _refinement(self, name: str, method: Callable[..., Any]) -> n.Refinement:
        abstract: type[Protocol] = method.__abstract__  # type: ignore[attr-defined]
        reader = Reader(abstract, self.model)
        reader.annotations = self.annotations
        spec = reader.spec()
        body = BodyReader(self, method, pure="refinement")
        node = method_ast(method)
        scope = Scope({}, Names())
        *before, last = node.body
        bindings = body.block(before, scope)
        match last:
            case ast.Return(value=ast.Call(func=func, args=[], keywords=keywords)) if (
                body.class_of(func, scope) is abstract
            ):
                pass
            case _:
                raise body.fail(Diagnostic.REFINEMENT_FORM, last, abstract=abstract.__name__)
        if not all(isinstance(b, n.Let) for b in bindings):
            raise body.fail(Diagnostic.REFINEMENT_FORM, node, abstract=abstract.__name__)
        given = {k.arg: k.value for k in keywords}
        if set(given) != set(reader.fields):
            raise body.fail(
                Diagnostic.RECORD_FIELDS,
                last,
                record=abstract.__name__,
                fields=", ".join(reader.fields),
            )
        mapping = tuple((f, body.expr(given[f], scope, reader.fields[f])) for f in reader.fields)
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
            wanted: list[tuple[str, list[n.Stmt]]] = []
            if isinstance(model, BagNetwork | FifoNetwork) and model.loses:
                wanted.append(("lose", body.take_statements(network, m, node)))
            if isinstance(model, BagNetwork) and model.duplicates:
                scope = Scope({}, Names({"m"}))
                wanted.append(("duplicate", body.send_statements(network, m, scope, node)))
            for name, statements in wanted:
                if any(a.name == name for a in actions) or any(a.name == name for a in made):
                    raise Diagnostic.NETWORK_FAULT_ACTION.error(
                        self.class_span(), protocol=self.protocol.__name__, name=name
                    )
                made.append(
                    n.Action(
                        name,
                        (parameter,),
                        (choose, *statements),
                        doc=f"The network {name}s a message.",
                        added="network",
                        span=m.span,
                    )
                )
        return made

    def _restart(self, init: n.Action, actions: list[n.Action]) -> tuple[n.Action, n.Action]:
        """The field that counts restarts, and the action by which a node loses what is volatile."""
        if any(a.name == "restart" for a in actions):
            raise Diagnostic.RESTART_DEFINED.error(
                self.class_span(), protocol=self.protocol.__name__, restarts=self.model.restarts
            )
        volatile = [f for f in self._declarations if f.persistence is n.Persistence.VOLATILE]
        if not volatile:
            raise Diagnostic.NOTHING_VOLATILE.error(
                self.class_span(), model=self.model.name, protocol=self.protocol.__name__
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
        match self._initial(declaration.name, init.body):
            case n.Fill(value=value):
                names: tuple[str, ...] = ()
            case n.MapOf(names=names, value=value):
                pass
            case _:
                raise Diagnostic.VOLATILE_INIT.error(declaration.span, name=declaration.name)
        keys = sort.key.items if isinstance(sort.key, ir.TupleSort) else (sort.key,)
        names = names or tuple(f"k{i}" for i in range(len(keys)))
        variables = tuple(n.Var(x, k) for x, k in zip(names, keys, strict=True))
        if len(keys) == 1:
            bound = n.Bind(names[0], node, value, value.sort) if names[0] != "k0" else value
            return n.Put(field, node, bound, sort, span=declaration.span)
        old = n.Get(field, n.Tuple(variables, sort.key), sort.value, span=declaration.span)
        own = n.Eq(variables[0], node, span=declaration.span)
        return n.MapOf(names, n.If(own, value, old, sort.value), sort, span=declaration.span)

    def _initial(self, field: str, body: tuple[n.Stmt, ...]) -> n.Expr | None:
        """The last value that ``init``, or an ``init`` it calls, gives to a field."""
        for s in reversed(body):
            match s:
                case n.Assign() if s.field == field:
                    return s.value
                case n.Perform() if field in self.functions[s.function].writes:
                    return self._initial(field, self.functions[s.function].body)
                case _:
                    pass
        return None

    # -------------------------------------------------------------------------------- spans
    def _failing(self, span: Callable[[], Span | None]) -> Callable[..., SpecError]:
        return lambda diagnostic, **values: diagnostic.error(span(), **values)

    def class_span(self) -> Span:
        file, node = class_ast(self.protocol)
        start = node.col_offset + len("class ")
        return Span(file, node.lineno, start, node.lineno, start + len(node.name))

    def member_span(self, name: str) -> Span | None:
        """The annotation of a field, or the value of a constant, where it is declared."""
        for cls in self.protocol.__mro__:
            if cls in (Protocol, object) or (
                name not in vars(cls) and name not in inspect.get_annotations(cls)
            ):
                continue
            file, node = class_ast(cls)
            for statement in node.body:
                match statement:
                    case ast.AnnAssign(target=ast.Name(id=found), annotation=part) if found == name:
                        return span_in(file, part)
                    case ast.Assign(targets=[ast.Name(id=found)], value=part) if found == name:
                        return span_in(file, part)
        return None


_classes: dict[type[Any], tuple[str, ast.ClassDef]] = {}


def class_ast(cls: type[Any]) -> tuple[str, ast.ClassDef]:
    """The file and syntax tree of a class, with the positions of its file."""
    if cls not in _classes:
        try:
            file = inspect.getsourcefile(cls) or "<spec>"
            lines, start = inspect.getsourcelines(cls)
        except (OSError, TypeError):
            raise Diagnostic.NO_SOURCE.error(name=cls.__name__) from None
        indent = len(lines[0]) - len(lines[0].lstrip())
        tree = ast.parse(textwrap.dedent("".join(lines)))
        shift(tree, start - 1, indent)
        found = tree.body[0]
        assert isinstance(found, ast.ClassDef)
        _classes[cls] = (file, found)
    return _classes[cls]


def _natural(sort: ir.Sort) -> bool:
    """Whether a parameter of this sort ranges over all its values by itself."""
    inner = sort.of if isinstance(sort, ir.OptionSort) else sort
    return isinstance(inner, NATURAL)
