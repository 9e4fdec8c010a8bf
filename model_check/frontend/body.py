"""Statements of a method, from the syntax tree to the IR."""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ...spec.lang.diagnostics import Diagnostic
from ...spec.lang.errors import SpecError
from ...spec.lang.network import BagNetwork, FifoNetwork
from ...spec.lang.protocol import require
from ..ir import nodes as n
from ..ir import sorts as ir
from .annotations import NeverSort, subsort
from .expressions import (
    NOTHING,
    OPERATORS,
    ExpressionReader,
    describe,
    getattr_static,
    in_order,
    is_open,
    union_of,
)
from .loops import order_dependence
from .scope import Local, Names, Scope, path_of

if TYPE_CHECKING:
    from .read import Reader

__all__ = ["BodyReader"]

STATE_OPERATIONS = ("add", "discard", "remove", "send", "receive")


class BodyReader(ExpressionReader):
    """Reads the statements of one method.

    ``chooses`` is true of actions and ``init``: there ``require(x in ...)`` draws a parameter.
    ``pure`` names the kind of a method that must not change the state.
    """

    def __init__(
        self,
        reader: Reader,
        method: Callable[..., Any],
        *,
        chooses: bool = False,
        pure: str | None = None,
        result: ir.Sort | None = None,
        after: bool = False,
    ) -> None:
        super().__init__(reader, method, after)
        self.chooses = chooses
        self.pure = pure
        self.result = result
        self.loops = 0
        self.writes: dict[str, None] = {}

    def block(self, body: list[ast.stmt], scope: Scope) -> tuple[n.Stmt, ...]:
        """Statements in order; ``scope`` is changed as they bind names and test values."""
        made: list[n.Stmt] = []
        for i, statement in enumerate(body):
            if i == 0 and _is_docstring(statement):
                continue
            if scope.dead:
                break  # never executed, and mypy does not look at it either
            made += self.statement(statement, scope)
        return tuple(made)

    def statement(self, node: ast.stmt, scope: Scope) -> list[n.Stmt]:
        match node:
            case ast.Pass():
                return []
            case ast.Expr(value=value):
                return self._effect(value, node, scope)
            case ast.Assign(targets=[target], value=value):
                return self._assign(target, value, scope, node)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return self._assign(target, value, scope, node, node.annotation)
            case ast.AnnAssign(target=ast.Name(id=name)):
                return self._declare(name, node, scope)
            case ast.AugAssign():
                return self._augmented(node, scope)
            case ast.If():
                return self._if(node, scope)
            case ast.For():
                return self._for(node, scope)
            case ast.Match():
                return self._match(node, scope)
            case ast.Return():
                return self._return(node, scope)
            case ast.While():
                raise self.fail(Diagnostic.WHILE, _head(node, "while"))
            case ast.Break() | ast.Continue():
                raise self.fail(Diagnostic.LOOP_JUMP, node, word=describe(node))
            case ast.AnnAssign():
                raise self.fail(Diagnostic.ASSIGN_TARGET, node.target)
            case ast.Assign(targets=[first, *_]):
                raise self.fail(Diagnostic.STATEMENT, first, statement="x = y = ...")
            case _:
                word = _keyword(node)
                raise self.fail(Diagnostic.STATEMENT, _head(node, word), statement=word)

    # ----------------------------------------------------------------------------- effects
    def _effect(self, value: ast.expr, node: ast.stmt, scope: Scope) -> list[n.Stmt]:
        match value:
            case ast.Call(func=ast.Name(id=name)) if (
                name not in scope.locals and self.glob(name) is require
            ):
                return self._require(value, scope)
            case ast.Call(func=ast.Attribute(value=of, attr=operation)):
                if self.is_super(of):
                    target = self.reader.inherited(self.method, operation, self.span(value))
                    return self._perform(target, value, scope)
                if self.is_self(of, scope):
                    return self._perform(self.method_named(operation, value.func), value, scope)
                if self.is_after(of, scope):
                    raise self.fail(Diagnostic.ASSIGN_TO_OTHER_STATE, value)
                if operation in STATE_OPERATIONS:
                    return self._operation(of, operation, value, scope)
            case _:
                pass
        self.expr(value, scope)
        raise self.fail(Diagnostic.EXPRESSION_STATEMENT, node)

    def _require(self, call: ast.Call, scope: Scope) -> list[n.Stmt]:
        if self.pure is not None or self.result is not None:
            raise self.fail(Diagnostic.REQUIRE_IN_PROPERTY, call)
        (condition,) = self.arguments(call, 1, "require")
        span = self.span(call)
        match condition:
            case ast.Compare(left=ast.Name(id=name), ops=[ast.In()], comparators=[right]) if (
                local := scope.locals.get(name)
            ) is not None and local.undecided:
                return [self._choose(name, local, self.domain(right, scope), scope, right, span)]
            case _:
                pass
        made = n.Require(self.boolean(condition, scope), span=span)
        scope.narrowed.update(self.known_if(condition, scope))
        return [made]

    def _choose(
        self, name: str, local: Local, domain: n.Expr, scope: Scope, node: ast.AST, span: Any
    ) -> n.Stmt:
        assert isinstance(local.expr, n.Var)
        element, sort = self.element_sort(domain, node), local.expr.sort
        if self.join(element, sort) is None:
            shown = self.shown(domain)
            raise self.fail(Diagnostic.NEVER_MEMBER, node, element=sort, collection=shown)
        if not (subsort(element, sort) or (ir.records_of(sort) and subsort(sort, element))):
            raise self.fail(Diagnostic.EXPECTED, node, expected=sort, found=element)
        scope.rebind(name, Local(local.expr))
        return n.Choose(local.expr.name, local.expr.sort, domain, span=span)

    def _only_looks(self, node: ast.AST) -> None:
        """**Errors** if this method may not change the state."""
        if self.pure is not None:
            name = self.method.__name__
            raise self.fail(Diagnostic.PROPERTY_WRITES, node, name=name, kind=self.pure)
        if self.result is not None:
            name = self.method.__name__
            raise self.fail(Diagnostic.HELPER_WRITES_AND_RETURNS, node, name=name)

    def _perform(self, target: Callable[..., Any], call: ast.Call, scope: Scope) -> list[n.Stmt]:
        returns = inspect.signature(target).return_annotation
        if returns in (None, "None") or target.__name__ == "init":
            self._only_looks(call)
        return [self.reader.perform(self, target, call, scope)]

    def _operation(
        self, of: ast.expr, operation: str, call: ast.Call, scope: Scope
    ) -> list[n.Stmt]:
        """``self.f.add(x)`` and its like."""
        span = self.span(call)
        if not (isinstance(of, ast.Attribute) and self.is_self(of.value, scope)):
            target = ast.unparse(of)
            example = f"self.f.{operation}(x)"
            if isinstance(of, ast.Subscript) and len(call.args) == 1:
                sign = "|" if operation == "add" else "-"
                example = f"{target} = {target} {sign} {{{ast.unparse(call.args[0])}}}"
            raise self.fail(Diagnostic.METHOD_ON_NON_FIELD, call, method=operation, example=example)
        self._only_looks(call)
        field = self.field(of.attr, of)
        (argument,) = self.arguments(call, 1, operation)
        if of.attr in self.reader.network_of:
            if operation == "send":
                return self._send(of.attr, argument, scope, call)
            if operation == "receive":
                return self._receive(of.attr, argument, scope, call)
            shown = f"Network[{self.reader.messages[of.attr]}]"
            raise self.no_operation(shown, operation, call)
        sort = field.sort
        takes = "discard" if isinstance(sort, ir.SetSort) else "remove"
        changes = self.changing(field) in ("Set", "Bag") and operation in ("add", takes)
        if not changes or not isinstance(sort, ir.SetSort | ir.BagSort):
            raise self.no_operation(self.shown(field), operation, call)
        element = self._element(argument, sort, scope)
        make = n.With if operation == "add" else n.Without
        value = make(field, element, sort, span=span)
        return [self._write(of.attr, value, span)]

    def _element(self, node: ast.expr, sort: ir.SetSort | ir.BagSort, scope: Scope) -> n.Expr:
        e = self.stored(node, scope)
        made = self.coerced(e, sort.of)
        if made is None:
            kind = "Set" if isinstance(sort, ir.SetSort) else "Bag"
            shown = f"{kind}[{sort.of}]"
            raise self.fail(Diagnostic.ELEMENT_TYPE, node, found=e.sort, collection=shown)
        return made

    def _write(self, field: str, value: n.Expr, span: Any) -> n.Stmt:
        self.writes[field] = None
        return n.Assign(field, value, span=span)

    def _send(self, network: str, node: ast.expr, scope: Scope, call: ast.AST) -> list[n.Stmt]:
        m = self.stored(node, scope)
        made = self.coerced(m, self.reader.messages[network])
        if made is None:
            raise self.fail(
                Diagnostic.ELEMENT_TYPE,
                node,
                found=m.sort,
                collection=f"Network[{self.reader.messages[network]}]",
            )
        return self.send_statements(network, made, scope, call)

    def send_statements(self, network: str, m: n.Expr, scope: Scope, node: ast.AST) -> list[n.Stmt]:
        """Put ``m`` in flight, as the network model of the instance has it."""
        span = self.span(node)
        field = self.field(network, node)
        model = self.reader.model.network
        made: list[n.Stmt] = []
        match self.reader.network_of[network]:
            case n.Network.SET:
                made.append(self._write(network, n.With(field, m, field.sort, span=span), span))
            case n.Network.BAG:
                assert isinstance(model, BagNetwork)
                if model.capacity is not None:
                    made.append(_room(n.Size(field, span=span), model.capacity, span))
                made.append(self._write(network, n.With(field, m, field.sort, span=span), span))
            case n.Network.FIFO:
                assert isinstance(model, FifoNetwork)
                assert isinstance(field.sort, ir.MapSort)
                if not isinstance(m, n.Var):
                    name = scope.names.fresh("message")
                    made.append(n.Let(name, m, span=span))
                    m = n.Var(name, m.sort, span=span)
                key = self.channel(network, m, node)
                queue = n.Get(field, key, field.sort.value, span=span)
                if model.capacity is not None:
                    made.append(_room(n.Size(queue, span=span), model.capacity, span))
                tail = n.Seq((m,), queue.sort, span=span)
                value = n.Concat(queue, tail, queue.sort, span=span)
                put = n.Put(field, key, value, field.sort, span=span)
                made.append(self._write(network, put, span))
        return made

    def _receive(self, network: str, node: ast.expr, scope: Scope, call: ast.AST) -> list[n.Stmt]:
        span = self.span(call)
        if isinstance(node, ast.Name) and (local := scope.locals.get(node.id)) is not None:
            if local.undecided:
                domain = self.deliverable(network, node)
                first = self._choose(node.id, local, domain, scope, node, span)
                m = self.expr(node, scope)
                return [first, *self.take_statements(network, m, call)]
        m = self.expr(node, scope, self.reader.messages[network])
        if self.reader.network_of[network] is n.Network.FIFO:
            here = self.heads_have(network, m, call, span)
        else:
            here = n.In(m, self.field(network, call), span=span)
        return [n.Require(here, span=span), *self.take_statements(network, m, call)]

    def take_statements(self, network: str, m: n.Expr, node: ast.AST) -> list[n.Stmt]:
        """Take ``m``, which can be received now, out of the network."""
        span = self.span(node)
        field = self.field(network, node)
        match self.reader.network_of[network]:
            case n.Network.SET:
                return []
            case n.Network.BAG:
                return [self._write(network, n.Without(field, m, field.sort, span=span), span)]
            case n.Network.FIFO:
                assert isinstance(field.sort, ir.MapSort)
                key = self.channel(network, m, node)
                queue = n.Get(field, key, field.sort.value, span=span)
                rest = n.Slice(queue, n.Literal(1, ir.INT, span=span), None, queue.sort, span=span)
                put = n.Put(field, key, rest, field.sort, span=span)
                return [self._write(network, put, span)]

    # -------------------------------------------------------------------------- assignment
    def _assign(
        self,
        target: ast.expr,
        value: ast.expr,
        scope: Scope,
        node: ast.stmt,
        annotation: ast.expr | None = None,
    ) -> list[n.Stmt]:
        span = self.span(node)
        match target:
            case ast.Name(id=name):
                return [self._let(name, value, scope, target, annotation)]
            case ast.Attribute(value=of, attr=name) if self.is_self(of, scope):
                self._check_writable(name, target)
                if name in self.reader.network_of:
                    return [self._write(name, self._empty_network(name, value, scope), span)]
                sort = self.reader.field_sort(name)
                self._not_alias(value, scope, f"self.{name}")
                given = self.expr(value, scope, sort)
                self.forget([name], scope)
                self._learn(f"{self.self_name}.{name}", given, sort, scope)
                return [self._write(name, given, span)]
            case ast.Subscript(
                value=ast.Attribute(value=of, attr=name) as field_node, slice=key_node
            ) if self.is_self(of, scope):
                self._check_writable(name, field_node)
                field = self.field(name, field_node)
                if isinstance(field.sort, ir.SeqSort):
                    raise self.fail(Diagnostic.ASSIGN_TO_ELEMENT, target, type=field.sort)
                if not isinstance(field.sort, ir.MapSort):
                    raise self.fail(Diagnostic.NOT_INDEXABLE, target, type=self.shown(field))
                key = self.key(key_node, field.sort, scope)
                entry = self.expr(value, scope, field.sort.value)
                return [self._write(name, n.Put(field, key, entry, field.sort, span=span), span)]
            case ast.Attribute(value=of) | ast.Subscript(value=ast.Attribute(value=of)) if (
                self.is_after(of, scope)
            ):
                raise self.fail(Diagnostic.ASSIGN_TO_OTHER_STATE, target)
            case ast.Attribute():
                raise self.fail(Diagnostic.ASSIGN_TO_ATTRIBUTE, target)
            case ast.Tuple(elts=elts) if all(isinstance(x, ast.Name) for x in elts):
                return self._take_apart(elts, value, scope, target)
            case ast.Subscript(value=of) if not isinstance(target.slice, ast.Slice):
                sort = self.expr(of, scope).sort
                if isinstance(sort, ir.SeqSort):
                    raise self.fail(Diagnostic.ASSIGN_TO_ELEMENT, target, type=sort)
                raise self.fail(Diagnostic.ASSIGN_TARGET, target)
            case _:
                raise self.fail(Diagnostic.ASSIGN_TARGET, target)

    def _not_alias(self, value: ast.expr, scope: Scope, name: str) -> None:
        """A field that changes in place has one name only, as long as anything changes it."""
        if self._is_changing(value, scope) and isinstance(value, ast.Attribute):
            field = f"self.{value.attr}"
            copies = {
                ("Set", True): f"Set({field})",
                ("Map", True): f"Map({{k: {field}[k] for k in ...}})",
                ("Set", False): f"frozenset({field})",
            }
            made = copies.get((self.reader.changing[value.attr], name.startswith("self.")))
            copy = f", or copy it: `{made}`" if made is not None else ""
            raise self.fail(Diagnostic.ALIAS, value, name=name, field=value.attr, copy=copy)

    def _check_writable(self, name: str, node: ast.AST) -> None:
        self._only_looks(node)
        if name not in self.reader.fields:
            there = getattr_static(self.reader.protocol, name)
            if there is not None:
                what = "method" if callable(there) else "constant"
                raise self.fail(Diagnostic.ASSIGN_TO_CONSTANT, node, name=name, what=what)
            raise self.undeclared(name, node)

    def _empty_network(self, name: str, value: ast.expr, scope: Scope) -> n.Expr:
        sort = self.reader.fields[name]
        span = self.span(value)
        if not (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Name)
            and value.func.id == "Network"
            and not value.args
        ):
            raise self.fail(
                Diagnostic.EXPECTED, value, expected="Network()", found=f"`{ast.unparse(value)}`"
            )
        if isinstance(sort, ir.MapSort):
            assert isinstance(sort.value, ir.SeqSort)
            return n.Fill(n.Seq((), sort.value, span=span), sort, span=span)
        return n.SetOf((), sort, span=span)

    def _let(
        self,
        name: str,
        value: ast.expr,
        scope: Scope,
        target: ast.expr,
        annotation: ast.expr | None,
    ) -> n.Stmt:
        known = scope.names.variables.get(name)
        expect = known.sort if known is not None else None
        if annotation is not None:
            declared = self._annotated(annotation)
            if expect is not None and declared != expect:
                raise self.fail(
                    Diagnostic.LOCAL_TYPE_CHANGES, target, name=name, old=expect, new=declared
                )
            expect = declared
        if self.pure is None and self.result is None:
            self._not_alias(value, scope, name)
        e = self.expr(value, scope)
        if not self._is_changing(value, scope):
            self.value(e, value)
        if self.is_set(value, scope):
            scope.names.sets.add(name)
        made = self.coerced(e, expect) if expect is not None else e
        if made is None:
            if annotation is not None:
                raise self.fail(Diagnostic.EXPECTED, value, expected=expect, found=e.sort)
            raise self.fail(
                Diagnostic.LOCAL_TYPE_CHANGES, target, name=name, old=expect, new=e.sort
            )
        if is_open(made.sort):
            example = f"{name}: {_example(made.sort)} = {ast.unparse(value)}"
            raise self.fail(Diagnostic.EMPTY_COLLECTION_TYPE, value, example=example)
        var = self._local(name, made.sort, scope, target)
        self._learn(name, made, var.sort, scope)
        return n.Let(var.name, made, span=self.span(target))

    def _learn(self, path: str, value: n.Expr, declared: ir.Sort, scope: Scope) -> None:
        """A name or field declared as an option or union is known to be what it was just given."""
        sort = self._given(value)
        if sort is None or not isinstance(declared, ir.OptionSort | ir.UnionSort):
            return
        if sort == NOTHING or (sort != declared and not is_open(sort)):
            scope.narrowed[path] = sort

    def _given(self, value: n.Expr) -> ir.Sort | None:
        """The sort of a value before it was taken for one of a wider sort."""
        match value:
            case n.Some(of=of):
                return self._given(of)
            case n.Literal(value=None):
                return NOTHING
            case n.If(then=then, orelse=orelse):
                a, b = self._given(then), self._given(orelse)
                return self.join(a, b) if a is not None and b is not None else None
            case _:
                return value.sort

    def _annotated(self, annotation: ast.expr) -> ir.Sort:
        found = self.reader.evaluate(annotation, self)
        return self.reader.annotations.value(found, self.failing_at(annotation))

    def _declare(self, name: str, node: ast.AnnAssign, scope: Scope) -> list[n.Stmt]:
        """``x: T``: the local will be of this type."""
        sort = self._annotated(node.annotation)
        self._local(name, sort, scope, node.target)
        scope.maybe.add(name)
        return []

    def _local(self, name: str, sort: ir.Sort, scope: Scope, node: ast.AST) -> n.Var:
        """The IR variable for a Python local that is given a value here. It keeps its sort."""
        old = scope.locals.get(name)
        if old is not None and not old.variable:
            raise self.fail(
                Diagnostic.LOCAL_TYPE_CHANGES,
                node,
                name=name,
                old="a parameter or a loop variable",
                new="a local",
            )
        if name in (self.self_name, self.after_name):
            raise self.fail(Diagnostic.ASSIGN_TARGET, node)
        known = scope.names.variables.get(name)
        if known is not None and known.sort != sort:
            raise self.fail(
                Diagnostic.LOCAL_TYPE_CHANGES, node, name=name, old=known.sort, new=sort
            )
        var = known or n.Var(scope.names.fresh(name), sort, span=self.span(node))
        scope.names.variables[name] = var
        scope.rebind(name, Local(var, variable=True))
        return var

    def _take_apart(
        self, names: list[ast.expr], value: ast.expr, scope: Scope, target: ast.expr
    ) -> list[n.Stmt]:
        e = self.expr(value, scope)
        if not isinstance(e.sort, ir.TupleSort) or len(e.sort.items) != len(names):
            raise self.fail(Diagnostic.ASSIGN_TARGET, target)
        whole = scope.names.fresh("_".join(x.id for x in names if isinstance(x, ast.Name)))
        var = n.Var(whole, e.sort, span=self.span(value))
        made: list[n.Stmt] = [n.Let(whole, e, span=self.span(value))]
        for i, x in enumerate(names):
            assert isinstance(x, ast.Name)
            item = n.Item(var, i, e.sort.items[i], span=self.span(x))
            local = self._local(x.id, item.sort, scope, x)
            made.append(n.Let(local.name, item, span=self.span(x)))
        return made

    def _augmented(self, node: ast.AugAssign, scope: Scope) -> list[n.Stmt]:
        """``x += 1`` means ``x = x + 1``."""
        if not isinstance(node.op, ast.Add | ast.Sub | ast.BitOr | ast.BitAnd):
            operator = OPERATORS.get(type(node.op), "?")
            raise self.fail(Diagnostic.AUGMENTED, node, operator=operator)
        read = ast.copy_location(_as_read(node.target), node.target)
        value = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
        if self._is_changing(node.target, scope) and isinstance(node.target, ast.Attribute):
            field = self.field(node.target.attr, node.target)
            raise self.no_operation(self.shown(field), f"{OPERATORS[type(node.op)]}=", node)
        return self._assign(node.target, value, scope, node)

    # -------------------------------------------------------------------------- branching
    def _if(self, node: ast.If, scope: Scope) -> list[n.Stmt]:
        test = self.boolean(node.test, scope)
        blocks: list[tuple[n.Stmt, ...]] = []
        branches = []
        for truth, body in ((True, node.body), (False, node.orelse)):
            facts = self.facts(node.test, scope, truth)
            if facts is None:
                blocks.append(())  # never taken, and mypy does not look at it either
                continue
            inner = scope.with_narrowed(facts)
            blocks.append(self.block(body, inner))
            branches.append((blocks[-1], inner))
        self._merge(scope, branches, node)
        if len(branches) == 1 and always_returns(branches[0][0]):
            name = scope.names.fresh("test")  # it may make a mistake, and can say one thing only
            return [n.Let(name, test, span=self.span(node.test)), *branches[0][0]]
        then, orelse = blocks
        return [n.Branch(test, then, orelse, span=self.span(node.test))]

    def _merge(
        self, scope: Scope, branches: list[tuple[tuple[n.Stmt, ...], Scope]], node: ast.AST
    ) -> None:
        """What the names mean after a statement with branches."""
        open_ = [s for body, s in branches if not always_returns(body)]
        scope.dead = not open_
        names = {name for s in open_ for name in s.locals}
        for name in sorted(names - set(scope.locals)):
            having = [s for s in open_ if name in s.locals]
            local = having[0].locals[name]
            if any(s.locals[name].expr != local.expr for s in having):
                kinds = [s.locals[name].expr.sort for s in having]
                if any(k != kinds[0] for k in kinds):
                    raise self.fail(
                        Diagnostic.LOCAL_TYPE_CHANGES, node, name=name, old=kinds[0], new=kinds[-1]
                    )
            scope.locals[name] = local
            if len(having) < len(open_) or any(name in s.maybe for s in having):
                scope.maybe.add(name)
        for name in list(scope.locals):
            if any(name in s.maybe for s in open_):
                scope.maybe.add(name)
            elif (
                open_
                and name in scope.maybe
                and all(name in s.locals and name not in s.maybe for s in open_)
            ):
                scope.maybe.discard(name)
        if open_:
            scope.narrowed = self.joined([s.narrowed for s in open_])

    def _for(self, node: ast.For, scope: Scope) -> list[n.Stmt]:
        if node.orelse:
            raise self.fail(Diagnostic.LOOP_ELSE, self._else_of(node))
        for x in ast.walk(node.target):
            if isinstance(x, ast.Name) and x.id in scope.locals:
                raise self.fail(
                    Diagnostic.LOCAL_TYPE_CHANGES,
                    x,
                    name=x.id,
                    old="a local or a parameter",
                    new="a loop variable",
                )
        for inner in ast.walk(node):
            if isinstance(inner, ast.Return):
                raise self.fail(Diagnostic.RETURN_IN_LOOP, inner)
        domain = self.domain(node.iter, scope)
        element = self.some_element(domain, node.iter)
        outer = dict(scope.locals)
        changed = {*_assigned(node.body), *self._fields_changed(node.body, scope)}
        name, body, inner_scope = self._rounds(node, element, changed, scope)
        if not in_order(domain):
            kept = {
                local.expr.name
                for local in outer.values()
                if local.variable and isinstance(local.expr, n.Var)
            }
            reason = order_dependence(name, body, kept, self.reader.function_of)
            if reason is not None:
                shown = ast.unparse(node.iter)
                raise self.fail(
                    Diagnostic.LOOP_ORDER, _head(node, "for"), reason=reason, domain=shown
                )
        for known, local in inner_scope.locals.items():
            if known not in scope.locals and local.variable:
                scope.locals[known] = local
                scope.maybe.add(known)
        for path in changed:
            if scope.known_of(path) != inner_scope.known_of(path):
                scope.forget(path)
        return [n.Loop(name, element, domain, body, span=self.span(node.iter))]

    def _rounds(
        self, node: ast.For, element: ir.Sort, changed: set[str], scope: Scope
    ) -> tuple[str, tuple[n.Stmt, ...], Scope]:
        """The body of a loop, with the name of its variable and the scope at its end.

        What tests before the loop have shown of a name or field that the body ``changed`` is known
        at the start of each round if it is known at the end of each; else it is forgotten.
        """

        def read(known: bool) -> tuple[str, tuple[n.Stmt, ...], Scope]:
            name, inner = self.target(node.target, element, scope, Diagnostic.LOOP_TARGET)
            for path in () if known else changed:
                inner.forget(path)
            return name, self.block(node.body, inner), inner

        about = {x: sort for path in changed for x, sort in scope.known_of(path).items()}
        if not about:
            return read(known=False)
        before = scope.names.copy()
        try:
            made = read(known=True)
        except SpecError:
            made = None
        if made is None or any(made[2].narrowed.get(x) != sort for x, sort in about.items()):
            scope.names.restore(before)
            made = read(known=False)
        return made

    def _fields_changed(self, body: list[ast.stmt], scope: Scope) -> set[str]:
        """The paths of the fields that a block may give another value."""
        found: set[str] = set()
        for node in (x for statement in body for x in ast.walk(statement)):
            match node:
                case ast.Attribute(value=of, attr=name, ctx=ast.Store()) if self.is_self(of, scope):
                    found.add(f"{self.self_name}.{name}")
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=of))) if self.is_self(
                    of, scope
                ) or isinstance(of, ast.Call):
                    found |= {f"{self.self_name}.{f}" for f in self.reader.fields}
                case _:
                    pass
        return found

    def _else_of(self, node: ast.For) -> ast.AST:
        """The word `else` of a loop, for which there is no syntax node."""
        for line in range(node.orelse[0].lineno, node.body[-1].lineno, -1):
            text = linecache.getline(self.file, line)
            if text.strip().startswith("else"):
                word = ast.Pass()
                word.lineno = word.end_lineno = line
                word.col_offset = text.index("else")
                word.end_col_offset = word.col_offset + len("else")
                return word
        return node.orelse[0]

    # ------------------------------------------------------------------------------- match
    def _match(self, node: ast.Match, scope: Scope) -> list[n.Stmt]:
        """A chain of branches; the last needs no test if the cases before leave nothing else."""
        made: list[n.Stmt] = []
        text = path_of(node.subject)
        subject = self.expr(node.subject, scope)
        declared = _classes_of(self._expr(node.subject, scope, None).sort)
        if not isinstance(subject, n.Var):
            name = scope.names.fresh("subject")
            made.append(n.Let(name, subject, span=self.span(node.subject)))
            subject = n.Var(name, subject.sort, span=self.span(node.subject))
        branches: list[tuple[n.Expr | None, tuple[n.Stmt, ...]]] = []
        open_: list[tuple[tuple[n.Stmt, ...], Scope]] = []
        rest = scope.fork()
        left = _alternatives(subject.sort)
        for case in node.cases:
            ruled_out = set(declared).difference(_records_in(left or declared))
            chosen = self._possible(case.pattern, ruled_out)
            if chosen is None:
                continue  # never chosen, and mypy does not look at it either
            inner = rest.fork()
            captured: list[tuple[ast.pattern, str, n.Expr]] = []
            tests = self._pattern(chosen, subject, inner, text, captured)
            if case.guard is not None:
                tests.append(self._guard(case.guard, inner, captured))
            lets: list[n.Stmt] = []
            for pattern, name, e in captured:
                var = self._local(name, e.sort, inner, pattern)
                lets.append(n.Let(var.name, e, span=self.span(pattern)))
            facts = self.facts(case.guard, inner, True) if case.guard is not None else {}
            if case.guard is not None:
                rest.maybe.update(name for _, name, _ in captured if name in rest.locals)
            elif left is not None:
                left = [x for x in left if x not in self._covered(chosen, left)]
            body: tuple[n.Stmt, ...] = ()
            if facts is not None:
                inner.narrowed.update(facts)
                body = (*lets, *self.block(case.body, inner))
                open_.append((body, inner))
            whole = case.guard is None and (not tests or left == [])
            test = tests[0] if len(tests) == 1 else n.And(tuple(tests), span=self.span(chosen))
            branches.append((None if whole else test, body))
            if whole:
                break
            if case.guard is None and _is_none(chosen):
                subject = self.present(subject)
                if text is not None:
                    rest.narrowed[text] = subject.sort
            records = _records_in(left or ())
            others = [x for x in left or () if not isinstance(x, ir.RecordSort)]
            if text is not None and records and others in ([], [None]):
                known = union_of(records)
                rest.narrowed[text] = ir.OptionSort(known) if others else known
        if not branches or branches[-1][0] is not None:
            open_.append(((), rest))
        self._merge(scope, open_, node)
        chain: tuple[n.Stmt, ...] = ()
        for condition, block in reversed(branches):
            if condition is None:
                chain = block
            else:
                chain = (n.Branch(condition, block, chain, span=condition.span),)
        return [*made, *chain]

    def _possible(self, pattern: ast.pattern, ruled_out: set[ir.RecordSort]) -> ast.pattern | None:
        """The pattern without the classes that tests or cases before it have ruled out."""
        match pattern:
            case ast.MatchClass(cls=cls_node):
                cls = self.class_of(cls_node, Scope({}, Names()))
                known = self.reader.annotations.records
                return None if cls in known and known[cls] in ruled_out else pattern
            case ast.MatchAs(pattern=ast.pattern() as inner):
                return None if self._possible(inner, ruled_out) is None else pattern
            case ast.MatchOr(patterns=patterns):
                made = [self._possible(p, ruled_out) for p in patterns]
                kept = [p for p in made if p is not None]
                if len(kept) < 2:
                    return kept[0] if kept else None
                return ast.copy_location(ast.MatchOr(kept), pattern)
            case _:
                return pattern

    def _guard(
        self,
        guard: ast.expr,
        scope: Scope,
        captured: list[tuple[ast.pattern, str, n.Expr]],
    ) -> n.Expr:
        """The ``if`` of a case, in which captured names stand for the parts of the subject."""
        inner = scope.fork()
        for _, name, e in captured:
            inner.rebind(name, Local(e))
        return self.boolean(guard, inner)

    def _covered(self, pattern: ast.pattern, left: list[Alternative]) -> list[Alternative]:
        """The alternatives that a pattern without a guard always matches."""
        match pattern:
            case ast.MatchAs(pattern=None):
                return left
            case ast.MatchAs(pattern=ast.pattern() as inner):
                return self._covered(inner, left)
            case ast.MatchOr(patterns=patterns):
                return [x for p in patterns for x in self._covered(p, left)]
            case ast.MatchSingleton(value=value):
                return [value]
            case ast.MatchValue(value=ast.Attribute(attr=member)):
                return [f"member {member}"]
            case ast.MatchClass():
                cls = self.class_of(pattern.cls, Scope({}, Names()))
                found = [x for x in left if isinstance(x, ir.RecordSort)]
                return [
                    x
                    for x in found
                    if cls is not None
                    and x == self.reader.annotations.records.get(cls)
                    and all(self._always(p, s) for p, s in _parts(pattern, x))
                ]
            case _:
                return []

    def _always(self, pattern: ast.pattern, sort: ir.Sort) -> bool:
        """Whether a pattern without a guard matches every value of a sort."""
        match pattern:
            case ast.MatchAs(pattern=None):
                return True
            case _:
                forms = _alternatives(sort)
                return forms is not None and set(forms) <= set(self._covered(pattern, forms))

    def _pattern(
        self,
        pattern: ast.pattern,
        e: n.Expr,
        scope: Scope,
        text: str | None,
        captured: list[tuple[ast.pattern, str, n.Expr]],
    ) -> list[n.Expr]:
        """The tests that make a pattern match ``e``; the names that it binds go to ``captured``."""
        span = self.span(pattern)
        match pattern:
            case ast.MatchAs(pattern=None, name=None):
                return []
            case ast.MatchAs(pattern=inner, name=str(name)):
                tests = []
                if inner is not None:
                    tests = self._pattern(inner, e, scope, text, captured)
                found = self._refined(inner, e)
                if inner is None and text is not None and text in scope.narrowed:
                    found = self._narrow(e, scope.narrowed[text])
                captured.append((pattern, name, found))
                return tests
            case ast.MatchSingleton(value=None):
                return [self.is_none(e)]
            case ast.MatchSingleton(value=bool(b)):
                return [self.equal(e, n.Literal(b, ir.BOOL, span=span), pattern)]
            case ast.MatchValue(value=value):
                return [self.equal(e, self.expr(value, scope), pattern)]
            case ast.MatchOr(patterns=patterns) if not any(_captures(p) for p in patterns):
                return self._either(patterns, e, scope, text, span)
            case ast.MatchClass(cls=cls_node):
                return self._class_pattern(pattern, cls_node, e, scope, text, captured)
            case _:
                raise self.fail(Diagnostic.MATCH_PATTERN, pattern)

    def _either(
        self, patterns: list[ast.pattern], e: n.Expr, scope: Scope, text: str | None, span: Any
    ) -> list[n.Expr]:
        """``case Prepare() | Accept():``."""
        parts: list[n.Expr] = []
        shown: list[ir.Sort] = []
        for p in patterns:
            inner = scope.fork()
            tests = self._pattern(p, e, inner, text, [])
            if text is not None and text in inner.narrowed:
                shown.append(inner.narrowed[text])
            parts.append(tests[0] if len(tests) == 1 else n.And(tuple(tests), span=span))
        if text is not None and len(shown) == len(patterns):
            sort = shown[0]
            for other in shown[1:]:
                sort = self.join(sort, other) or sort
            scope.narrowed[text] = sort
        return [n.Or(tuple(parts), span=span)]

    def _refined(self, pattern: ast.pattern | None, e: n.Expr) -> n.Expr:
        if isinstance(pattern, ast.MatchClass):
            cls = self.class_of(pattern.cls, Scope({}, Names()))
            if cls is not None and getattr(cls, "__record__", False):
                record = self.reader.annotations.record(cls, self.failing_at(pattern))
                return self._as(self.present(e), record)
        return e

    def _as(self, e: n.Expr, record: ir.RecordSort) -> n.Expr:
        return n.As(e, record, span=e.span) if e.sort != record else e

    def _class_pattern(
        self,
        pattern: ast.MatchClass,
        cls_node: ast.expr,
        e: n.Expr,
        scope: Scope,
        text: str | None,
        captured: list[tuple[ast.pattern, str, n.Expr]],
    ) -> list[n.Expr]:
        span = self.span(pattern)
        self.known(cls_node, scope)
        cls = self.class_of(cls_node, scope)
        if cls is None or not getattr(cls, "__record__", False):
            raise self.fail(Diagnostic.MATCH_PATTERN, pattern)
        record = self.reader.annotations.record(cls, self.failing_at(pattern))
        tests: list[n.Expr] = []
        if isinstance(e.sort, ir.OptionSort):
            tests.append(n.Not(n.IsNone(e, span=span), span=span))
            e = self.present(e)
        if record not in ir.records_of(e.sort):
            raise self.fail(Diagnostic.MATCH_SUBJECT, pattern, type=e.sort, cls=cls.__name__)
        if e.sort != record:
            tests.append(n.IsRecord(e, record, span=span))
        if text is not None:
            scope.narrowed[text] = record
        whole = self._as(e, record)
        names = [f for f, _ in record.fields]
        if len(pattern.patterns) > len(names) or not set(pattern.kwd_attrs) <= set(names):
            raise self.fail(
                Diagnostic.RECORD_FIELDS, pattern, record=cls.__name__, fields=", ".join(names)
            )
        pairs = [
            *zip(names, pattern.patterns, strict=False),
            *zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True),
        ]
        for name, inner in pairs:
            tests += self._pattern(inner, self.attr(whole, name, inner), scope, None, captured)
        return tests

    # ------------------------------------------------------------------------------ return
    def _return(self, node: ast.Return, scope: Scope) -> list[n.Stmt]:
        span = self.span(node)
        nothing = isinstance(node.value, ast.Constant) and node.value.value is None
        if node.value is None or (nothing and self.result is None):
            if self.result is not None:
                raise self.fail(Diagnostic.MISSING_RETURN, node, name=self.method.__name__)
            for name, local in scope.locals.items():
                if local.undecided:
                    raise self.no_domain(name, local.expr.sort, span)
            return [n.Return(None, span=span)]
        if self.result is None:
            raise self.fail(Diagnostic.ACTION_RETURNS, node, name=self.method.__name__)
        return [n.Return(self.expr(node.value, scope, self.result), span=span)]


Alternative = ir.RecordSort | str | bool | None
"""One of the finitely many forms of a value: a record class, a member of an enumeration, a bool,
None."""


def _alternatives(sort: ir.Sort) -> list[Alternative] | None:
    """The forms of a value of this sort, or None if there is no end to them."""
    match sort:
        case ir.OptionSort(of=of):
            inner = _alternatives(of)
            return [None, *inner] if inner is not None else None
        case ir.UnionSort(records=records):
            return [*records]
        case ir.RecordSort():
            return [sort]
        case ir.EnumSort(members=members):
            return [f"member {m}" for m in members]
        case ir.BoolSort():
            return [False, True]
        case _:
            return None


def always_returns(body: tuple[n.Stmt, ...]) -> bool:
    """Whether every path through a block ends in a Return."""
    return any(
        isinstance(s, n.Return)
        or (isinstance(s, n.Branch) and always_returns(s.then) and always_returns(s.orelse))
        for s in body
    )


def _room(size: n.Expr, capacity: int, span: Any) -> n.Stmt:
    limit = n.Literal(capacity, ir.INT, span=span)
    return n.Require(n.Lt(size, limit, span=span), span=span)


def _example(sort: ir.Sort) -> str:
    """An annotation that would say of what type an empty collection, or None, is."""
    match sort:
        case ir.OptionSort(of=of):
            return f"{_example(of)} | None"
        case ir.SetSort(of=of):
            return f"frozenset[{_example(of)}]"
        case ir.SeqSort(of=of):
            return f"tuple[{_example(of)}, ...]"
        case ir.TupleSort(items=items):
            return f"tuple[{', '.join(map(_example, items))}]"
        case NeverSort():
            return "Server"
        case _:
            return str(sort)


def _keyword(node: ast.stmt) -> str:
    """The word with which a statement begins."""
    match node:
        case ast.FunctionDef():
            return "def"
        case ast.ClassDef():
            return "class"
        case ast.AsyncFunctionDef() | ast.AsyncFor() | ast.AsyncWith():
            return "async"
        case _:
            return ast.unparse(node).split()[0].rstrip(":")


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _head(node: Any, word: str) -> Any:
    """Only the first word of a statement, for a caret that does not run on."""
    head = ast.Pass()
    head.lineno = head.end_lineno = node.lineno
    head.col_offset = node.col_offset
    head.end_col_offset = node.col_offset + len(word)
    return head


def _as_read(target: ast.expr) -> ast.expr:
    match target:
        case ast.Name():
            return ast.copy_location(ast.Name(target.id, ast.Load()), target)
        case ast.Attribute():
            return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
        case ast.Subscript():
            return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
        case _:
            return target


def _assigned(body: list[ast.stmt]) -> set[str]:
    return {
        x.id
        for statement in body
        for x in ast.walk(statement)
        if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)
    }


def _classes_of(sort: ir.Sort) -> tuple[ir.RecordSort, ...]:
    """The classes of which a value, if it is not None, can be."""
    return ir.records_of(sort.of if isinstance(sort, ir.OptionSort) else sort)


def _records_in(alternatives: Iterable[Alternative]) -> tuple[ir.RecordSort, ...]:
    return tuple(x for x in alternatives if isinstance(x, ir.RecordSort))


def _parts(pattern: ast.MatchClass, record: ir.RecordSort) -> Iterator[tuple[ast.pattern, ir.Sort]]:
    """The patterns for fields of a record, with the sorts of those fields."""
    sorts = dict(record.fields)
    names = [name for name, _ in record.fields]
    given = [*zip(names, pattern.patterns, strict=False)]
    given += [*zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True)]
    return ((inner, sorts[name]) for name, inner in given if name in sorts)


def _is_none(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchSingleton) and pattern.value is None


def _captures(pattern: ast.pattern) -> bool:
    return any(isinstance(p, ast.MatchAs) and p.name is not None for p in ast.walk(pattern))
