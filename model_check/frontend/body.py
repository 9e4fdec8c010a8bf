"""Statements of a method, from the syntax tree to the IR."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...spec.lang.diagnostics import Diagnostic
from ...spec.lang.network import BagNetwork, FifoNetwork
from ...spec.lang.protocol import require
from ...spec.lang.values import Const
from ..ir import nodes as n
from ..ir import sorts as ir
from .annotations import NeverSort
from .expressions import (
    ExpressionReader,
    describe,
    getattr_static,
    in_order,
    operations_of,
)
from .loops import order_dependence
from .scope import Local, Scope, path_of

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
            case ast.Assign() | ast.AnnAssign():
                raise self.fail(Diagnostic.ASSIGN_TARGET, node)
            case _:
                word = ast.unparse(node).split()[0].rstrip(":")
                raise self.fail(Diagnostic.STATEMENT, _head(node, word), statement=word)

    # ----------------------------------------------------------------------------- effects
    def _effect(self, value: ast.expr, node: ast.stmt, scope: Scope) -> list[n.Stmt]:
        span = self.span(value)
        match value:
            case ast.Call(func=ast.Name(id=name), args=[_]) if (
                name not in scope.locals and self.glob(name) is require
            ):
                return self._require(value, scope)
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name("super")), attr=name)):
                target = self.reader.inherited(self.method, name, span)
                return self._perform(target, value, scope)
            case ast.Call(func=ast.Attribute(value=of, attr=operation)):
                if self.is_self(of, scope):
                    target = getattr_static(self.reader.protocol, operation)
                    if target is None or not callable(target):
                        raise self.fail(Diagnostic.UNDECLARED_FIELD, value.func, name=operation)
                    return self._perform(target, value, scope)
                if self.is_after(of, scope):
                    raise self.fail(Diagnostic.EXPRESSION_STATEMENT, node)
                if operation in STATE_OPERATIONS:
                    return self._operation(of, operation, value, scope)
            case _:
                pass
        self.expr(value, scope)
        raise self.fail(Diagnostic.EXPRESSION_STATEMENT, node)

    def _require(self, call: ast.Call, scope: Scope) -> list[n.Stmt]:
        if self.pure is not None:
            raise self.fail(Diagnostic.REQUIRE_AFTER_EFFECT_IN_PROPERTY, call)
        (condition,) = call.args
        span = self.span(call)
        match condition:
            case ast.Compare(left=ast.Name(id=name), ops=[ast.In()], comparators=[right]) if (
                local := scope.locals.get(name)
            ) is not None and local.undecided:
                return [self._choose(name, local, self.domain(right, scope), scope, right, span)]
        made = n.Require(self.boolean(condition, scope), span=span)
        scope.narrowed.update(self.facts(condition, scope, True))
        return [made]

    def _choose(
        self, name: str, local: Local, domain: n.Expr, scope: Scope, node: ast.AST, span: Any
    ) -> n.Stmt:
        assert isinstance(local.expr, n.Var)
        element = self.element_sort(domain, node)
        if self.join(element, local.expr.sort) is None:
            raise self.fail(
                Diagnostic.NEVER_MEMBER, node, element=local.expr.sort, collection=domain.sort
            )
        scope.rebind(name, Local(local.expr))
        return n.Choose(local.expr.name, local.expr.sort, domain, span=span)

    def _perform(self, target: Callable[..., Any], call: ast.Call, scope: Scope) -> list[n.Stmt]:
        if self.pure is not None:
            raise self.fail(Diagnostic.PROPERTY_WRITES, call, kind=self.pure)
        return [self.reader.perform(self, target, call, scope)]

    def _operation(
        self, of: ast.expr, operation: str, call: ast.Call, scope: Scope
    ) -> list[n.Stmt]:
        """``self.f.add(x)`` and its like."""
        span = self.span(call)
        if not (isinstance(of, ast.Attribute) and self.is_self(of.value, scope)):
            raise self.fail(Diagnostic.METHOD_ON_NON_FIELD, call, method=operation)
        if self.pure is not None:
            raise self.fail(Diagnostic.PROPERTY_WRITES, call, kind=self.pure)
        field = self.field(of.attr, of)
        (argument,) = self.arguments(call, 1, operation)
        if of.attr in self.reader.network_of:
            if operation == "send":
                return self._send(of.attr, argument, scope, call)
            if operation == "receive":
                return self._receive(of.attr, argument, scope, call)
            raise self.fail(
                Diagnostic.SET_METHOD,
                call,
                type=f"Network {of.attr}",
                method=operation,
                operations="a network has send, receive, in and of",
            )
        sort = field.sort
        takes = "discard" if isinstance(sort, ir.SetSort) else "remove"
        if not isinstance(sort, ir.SetSort | ir.BagSort) or operation not in ("add", takes):
            raise self.fail(
                Diagnostic.SET_METHOD,
                call,
                type=sort,
                method=operation,
                operations=operations_of(sort),
            )
        element = self._element(argument, sort, scope)
        make = n.With if operation == "add" else n.Without
        value = make(field, element, sort, span=span)
        return [self._write(of.attr, value, span)]

    def _element(self, node: ast.expr, sort: ir.SetSort | ir.BagSort, scope: Scope) -> n.Expr:
        e = self.expr(node, scope)
        made = self.coerced(e, sort.of)
        if made is None:
            raise self.fail(Diagnostic.ELEMENT_TYPE, node, found=e.sort, collection=sort)
        return made

    def _write(self, field: str, value: n.Expr, span: Any) -> n.Stmt:
        self.writes[field] = None
        return n.Assign(field, value, span=span)

    def _send(self, network: str, node: ast.expr, scope: Scope, call: ast.AST) -> list[n.Stmt]:
        m = self.expr(node, scope)
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
                return [self._write(name, self.expr(value, scope, sort), span)]
            case ast.Subscript(
                value=ast.Attribute(value=of, attr=name) as field_node, slice=key_node
            ) if self.is_self(of, scope):
                self._check_writable(name, field_node)
                field = self.field(name, field_node)
                if not isinstance(field.sort, ir.MapSort):
                    raise self.fail(Diagnostic.NOT_INDEXABLE, target, type=field.sort)
                key = self.key(key_node, field.sort, scope)
                made = self.expr(value, scope, field.sort.value)
                return [self._write(name, n.Put(field, key, made, field.sort, span=span), span)]
            case ast.Attribute(value=of) | ast.Subscript(value=ast.Attribute(value=of)) if (
                self.is_after(of, scope)
            ):
                raise self.fail(Diagnostic.ASSIGN_TO_OTHER_STATE, target)
            case ast.Attribute():
                raise self.fail(Diagnostic.ASSIGN_TO_ATTRIBUTE, target)
            case ast.Tuple(elts=elts) if all(isinstance(x, ast.Name) for x in elts):
                return self._take_apart(elts, value, scope, target)
            case _:
                raise self.fail(Diagnostic.ASSIGN_TARGET, target)

    def _check_writable(self, name: str, node: ast.AST) -> None:
        if self.pure is not None:
            raise self.fail(Diagnostic.PROPERTY_WRITES, node, kind=self.pure)
        if isinstance(getattr_static(self.reader.protocol, name), Const):
            raise self.fail(Diagnostic.ASSIGN_TO_CONSTANT, node, name=name)
        if name not in self.reader.fields:
            raise self.fail(Diagnostic.UNDECLARED_FIELD, node, name=name)

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
                Diagnostic.EXPECTED, value, expected="Network()", found=ast.unparse(value)
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
        expect: ir.Sort | None = None
        if annotation is not None:
            expect = self.reader.annotations.value(
                self.reader.evaluate(annotation, self), self._at(annotation)
            )
        old = scope.locals.get(name)
        known = scope.names.variables.get(name)
        if expect is None and known is not None:
            expect = known.sort
        e = self.expr(value, scope)
        made = self.coerced(e, expect) if expect is not None else e
        if made is None:
            raise self.fail(
                Diagnostic.LOCAL_TYPE_CHANGES, target, name=name, old=expect, new=e.sort
            )
        if _open(made.sort):
            raise self.fail(Diagnostic.EMPTY_COLLECTION_TYPE, value)
        if old is not None and not old.variable:
            raise self.fail(
                Diagnostic.LOCAL_TYPE_CHANGES,
                target,
                name=name,
                old="a parameter or loop variable",
                new="a local",
            )
        if known is not None and known.sort != made.sort:
            raise self.fail(
                Diagnostic.LOCAL_TYPE_CHANGES, target, name=name, old=known.sort, new=made.sort
            )
        var = known or n.Var(scope.names.fresh(name), made.sort, span=self.span(target))
        scope.names.variables[name] = var
        scope.rebind(name, Local(var, variable=True))
        if isinstance(var.sort, ir.OptionSort) and not isinstance(e.sort, ir.OptionSort):
            scope.narrowed[name] = e.sort
        return n.Let(var.name, made, span=self.span(target))

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
            local = n.Var(scope.names.fresh(x.id), item.sort, span=self.span(x))
            made.append(n.Let(local.name, item, span=self.span(x)))
            scope.rebind(x.id, Local(local, variable=True))
        return made

    def _augmented(self, node: ast.AugAssign, scope: Scope) -> list[n.Stmt]:
        """``x += 1`` means ``x = x + 1``."""
        if not isinstance(node.op, ast.Add | ast.Sub | ast.BitOr | ast.BitAnd):
            operator = ast.unparse(node).split("=")[0].split()[-1]
            raise self.fail(Diagnostic.AUGMENTED, node, operator=operator)
        read = ast.copy_location(_as_read(node.target), node.target)
        value = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
        match node.target:
            case ast.Attribute(value=of, attr=name) if self.is_self(of, scope) and isinstance(
                self.reader.fields.get(name), ir.SetSort | ir.BagSort
            ):
                raise self.fail(
                    Diagnostic.AUGMENTED, node, operator=ast.unparse(node).split("=")[0].split()[-1]
                )
        return self._assign(node.target, value, scope, node)

    # -------------------------------------------------------------------------- branching
    def _if(self, node: ast.If, scope: Scope) -> list[n.Stmt]:
        test = self.boolean(node.test, scope)
        yes, no = scope.fork(), scope.fork()
        yes.narrowed.update(self.facts(node.test, scope, True))
        no.narrowed.update(self.facts(node.test, scope, False))
        then, orelse = self.block(node.body, yes), self.block(node.orelse, no)
        self._merge(scope, [(then, yes), (orelse, no)], node)
        return [n.Branch(test, then, orelse, span=self.span(node.test))]

    def _merge(
        self, scope: Scope, branches: list[tuple[tuple[n.Stmt, ...], Scope]], node: ast.AST
    ) -> None:
        """What the names mean after a statement with branches."""
        open_ = [s for body, s in branches if not always_returns(body)]
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
            texts = set(open_[0].narrowed)
            scope.narrowed = {
                t: open_[0].narrowed[t]
                for t in texts
                if all(s.narrowed.get(t) == open_[0].narrowed[t] for s in open_)
            }

    def _for(self, node: ast.For, scope: Scope) -> list[n.Stmt]:
        if node.orelse:
            raise self.fail(Diagnostic.LOOP_ELSE, node.orelse[0])
        for inner in ast.walk(node):
            if isinstance(inner, ast.Return):
                raise self.fail(Diagnostic.RETURN_IN_LOOP, inner)
        domain = self.domain(node.iter, scope)
        element = self.element_sort(domain, node.iter)
        outer = dict(scope.locals)
        name, inner_scope = self.target(node.target, element, scope, Diagnostic.LOOP_TARGET)
        # What the body changes is no longer known when its next round starts.
        for assigned in _assigned(node.body):
            for text in [t for t in inner_scope.narrowed if t.split(".")[0] == assigned]:
                del inner_scope.narrowed[text]
        body = self.block(node.body, inner_scope)
        if not in_order(domain):
            kept = {
                local.expr.name
                for local in outer.values()
                if local.variable and isinstance(local.expr, n.Var)
            }
            reason = order_dependence(name, body, kept, self.reader.function_of)
            if reason is not None:
                raise self.fail(
                    Diagnostic.LOOP_ORDER, _head(node, "for"), reason=reason, domain=domain.sort
                )
        for known, local in inner_scope.locals.items():
            if known not in scope.locals and local.variable:
                scope.locals[known] = local
                scope.maybe.add(known)
        for text in [t for t in scope.narrowed if t.split(".")[0] in set(_assigned(node.body))]:
            del scope.narrowed[text]
        return [n.Loop(name, element, domain, body, span=self.span(node.iter))]

    # ------------------------------------------------------------------------------- match
    def _match(self, node: ast.Match, scope: Scope) -> list[n.Stmt]:
        made: list[n.Stmt] = []
        subject = self.expr(node.subject, scope)
        text = path_of(node.subject)
        if not isinstance(subject, n.Var):
            name = scope.names.fresh("subject")
            made.append(n.Let(name, subject, span=self.span(node.subject)))
            subject = n.Var(name, subject.sort, span=self.span(node.subject))
        branches: list[tuple[n.Expr, tuple[n.Stmt, ...], Scope]] = []
        rest = scope.fork()
        for case in node.cases:
            inner = rest.fork()
            tests = self._pattern(case.pattern, subject, inner, text)
            if case.guard is not None:
                tests.append(self.boolean(case.guard, inner))
                inner.narrowed.update(self.facts(case.guard, inner, True))
            test: n.Expr = (
                n.And(tuple(tests), span=self.span(case.pattern)) if len(tests) != 1 else tests[0]
            )
            branches.append((test, self.block(case.body, inner), inner))
        self._merge(scope, [(b, s) for _, b, s in branches] + [((), rest)], node)
        chain: tuple[n.Stmt, ...] = ()
        for test, body, _ in reversed(branches):
            if isinstance(test, n.And) and not test.parts:
                chain = body
            else:
                chain = (n.Branch(test, body, chain, span=test.span),)
        return [*made, *chain]

    def _pattern(
        self, pattern: ast.pattern, e: n.Expr, scope: Scope, text: str | None
    ) -> list[n.Expr]:
        """The tests that make a pattern match ``e``; captured names are bound in ``scope``."""
        span = self.span(pattern)
        match pattern:
            case ast.MatchAs(pattern=None, name=None):
                return []
            case ast.MatchAs(pattern=inner, name=str(name)):
                tests = self._pattern(inner, e, scope, text) if inner is not None else []
                scope.rebind(name, Local(self._refined(inner, e)))
                return tests
            case ast.MatchSingleton(value=None):
                return [self.is_none(e)]
            case ast.MatchSingleton(value=bool(b)):
                return [n.Eq(e, n.Literal(b, ir.BOOL, span=span), span=span)]
            case ast.MatchValue(value=value):
                return [self.equal(e, self.expr(value, scope), pattern)]
            case ast.MatchOr(patterns=patterns) if not any(_captures(p) for p in patterns):
                parts = []
                for p in patterns:
                    tests = self._pattern(p, e, scope.fork(), None)
                    parts.append(tests[0] if len(tests) == 1 else n.And(tuple(tests), span=span))
                return [n.Or(tuple(parts), span=span)]
            case ast.MatchClass(cls=cls_node):
                return self._class_pattern(pattern, cls_node, e, scope, text)
            case _:
                raise self.fail(Diagnostic.MATCH_PATTERN, pattern)

    def _refined(self, pattern: ast.pattern | None, e: n.Expr) -> n.Expr:
        if isinstance(pattern, ast.MatchClass):
            cls = self.class_of(pattern.cls, Scope({}, _NO_NAMES))
            if cls is not None and getattr(cls, "__record__", False):
                record = self.reader.annotations.record(cls, self._at(pattern))
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
    ) -> list[n.Expr]:
        span = self.span(pattern)
        cls = self.class_of(cls_node, scope)
        if cls is None or not getattr(cls, "__record__", False):
            raise self.fail(Diagnostic.MATCH_PATTERN, pattern)
        record = self.reader.annotations.record(cls, self._at(pattern))
        tests: list[n.Expr] = []
        if isinstance(e.sort, ir.OptionSort):
            tests.append(n.Not(n.IsNone(e, span=span), span=span))
            e = self.present(e)
        if record not in self.records_of(e.sort):
            raise self.fail(Diagnostic.MATCH_SUBJECT, pattern, type=e.sort, cls=cls.__name__)
        if e.sort != record:
            tests.append(n.IsRecord(e, record, span=span))
        if not tests:
            tests = []
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
            tests += self._pattern(inner, self.attr(whole, name, inner), scope, None)
        return tests

    # ------------------------------------------------------------------------------ return
    def _return(self, node: ast.Return, scope: Scope) -> list[n.Stmt]:
        span = self.span(node)
        if node.value is None or (
            isinstance(node.value, ast.Constant)
            and node.value.value is None
            and self.result is None
        ):
            return [n.Return(None, span=span)]
        if self.result is None:
            raise self.fail(Diagnostic.ACTION_RETURNS, node, name=self.method.__name__)
        return [n.Return(self.expr(node.value, scope, self.result), span=span)]


class _NoNames:
    pass


_NO_NAMES: Any = _NoNames()


def always_returns(body: tuple[n.Stmt, ...]) -> bool:
    """Whether every path through a block ends in a Return."""
    match body[-1] if body else None:
        case n.Return():
            return True
        case n.Branch() as branch:
            return always_returns(branch.then) and always_returns(branch.orelse)
        case _:
            return False


def _room(size: n.Expr, capacity: int, span: Any) -> n.Stmt:
    limit = n.Literal(capacity, ir.INT, span=span)
    return n.Require(n.Lt(size, limit, span=span), span=span)


def _open(sort: ir.Sort) -> bool:
    """Whether the element sort of an empty collection or of None was never fixed."""
    match sort:
        case NeverSort():
            return True
        case ir.OptionSort() | ir.SetSort() | ir.SeqSort():
            return _open(sort.of)
        case ir.TupleSort():
            return any(_open(s) for s in sort.items)
        case _:
            return False


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


def _captures(pattern: ast.pattern) -> bool:
    return any(isinstance(p, ast.MatchAs) and p.name is not None for p in ast.walk(pattern))
