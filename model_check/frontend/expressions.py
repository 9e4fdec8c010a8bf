"""Expressions of a method, from the syntax tree to the IR.

Every expression gets a sort. Where a value of another sort is needed, :meth:`coerce` inserts what
Python does silently: wrapping into an option, or using an optional value as present (which is a
mistake at run time if it is None).
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any, get_args

from ...spec.lang.diagnostics import Diagnostic
from ...spec.lang.errors import Span, SpecError
from ...spec.lang.network import Network
from ...spec.lang.protocol import Protocol, implies, require
from ...spec.lang.source import method_ast, span_in, text_of
from ...spec.lang.values import Bag, Const, Map, Set, Sort, fill
from ..ir import nodes as n
from ..ir import sorts as ir
from .annotations import NEVER, NeverSort, subsort
from .scope import Scope, path_of

if TYPE_CHECKING:
    from .read import Reader

__all__ = ["ExpressionReader"]

COLLECTIONS = (ir.SetSort, ir.BagSort, ir.SeqSort)
FOLDS = {"all": n.Op.ALL, "any": n.Op.ANY, "sum": n.Op.SUM, "min": n.Op.MIN, "max": n.Op.MAX}
NOTHING = ir.OptionSort(NEVER)
"""The sort of what is known to be None."""

Facts = dict[str, ir.Sort]
"""What tests have shown of names and attributes."""

CALLS = ["all", "any", "sum", "min", "max", "len", "range", "isinstance", "frozenset", "tuple"]


class ExpressionReader:
    """Reads the expressions of one method of a protocol."""

    def __init__(self, reader: Reader, method: Callable[..., Any], after: bool = False) -> None:
        self.reader = reader
        self.method = method
        self.file = method.__code__.co_filename
        self.self_name = method.__code__.co_varnames[0] if method.__code__.co_argcount else "self"
        self.after_name: str | None = None
        self.reads_after = after  # the whole method is read of the state after a step
        self.closure = _closed_over(method)
        self.own_names = _given_values(method_ast(method))
        self.reads: dict[str, None] = {}

    # ------------------------------------------------------------------------------ errors
    def span(self, node: ast.AST) -> Span:
        return span_in(self.file, node)

    def fail(self, diagnostic: Diagnostic, node: ast.AST, **values: Any) -> SpecError:
        shown = {k: show_sort(v) if isinstance(v, SORTS) else v for k, v in values.items()}
        return diagnostic.error(self.span(node), **shown)

    def shown(self, e: n.Expr) -> str:
        """The type of an expression, as its author would write it."""
        kind = self.changing(e)
        if kind == "Set" and isinstance(e.sort, ir.SetSort):
            return f"Set[{e.sort.of}]"
        return show_sort(e.sort)

    def no_domain(self, name: str, sort: ir.Sort, at: Span) -> SpecError:
        """BP109: nothing says where a parameter comes from."""
        domain = "range(...)" if sort == ir.INT else "..."
        return Diagnostic.PARAMETER_WITHOUT_DOMAIN.error(at, name=name, type=sort, domain=domain)

    def no_order(self, node: ast.AST, *sorts: str) -> SpecError:
        return self.fail(Diagnostic.NO_ORDER, node, types=" and ".join(dict.fromkeys(sorts)))

    # ------------------------------------------------------------------ fields that change in place
    def changing(self, e: n.Expr) -> str | None:
        """Map, Set, Bag or Network, if ``e`` is a field declared so; None for a value."""
        return self.reader.changing.get(e.name) if isinstance(e, n.Field | n.After) else None

    def fixed(self, e: n.Expr, node: ast.AST, operator: str) -> n.Expr:
        """``e``, which is to be an operand: a value, and not a field that changes in place."""
        kind = self.changing(e)
        if kind is not None and isinstance(e, n.Field | n.After):
            raise self.fail(
                Diagnostic.STATE_OPERATOR, node, name=e.name, kind=kind, operator=operator
            )
        return e

    def forget(self, fields: Iterable[str], scope: Scope) -> None:
        """What tests have shown of these fields of the state holds no longer."""
        for field in fields:
            scope.forget(f"{self.self_name}.{field}")

    # --------------------------------------------------------------------------- coercion
    def coerce(self, e: n.Expr, sort: ir.Sort, node: ast.AST) -> n.Expr:
        """``e`` as a value of ``sort``. **Errors** BP404 if it can never be one."""
        made = self.coerced(e, sort)
        if made is None:
            raise self.fail(Diagnostic.EXPECTED, node, expected=sort, found=e.sort)
        return made

    def coerced(self, e: n.Expr, sort: ir.Sort) -> n.Expr | None:
        match e:
            case n.If():
                then, orelse = self.coerced(e.then, sort), self.coerced(e.orelse, sort)
                if then is None or orelse is None:
                    return None
                return n.If(e.test, then, orelse, sort, span=e.span)
            case n.Literal(value=None):
                optional = isinstance(sort, ir.OptionSort)
                return n.Literal(None, sort, span=e.span) if optional else None
            case n.Seq() if isinstance(sort, ir.SeqSort):
                return self._items(e, e.items, sort.of, lambda xs: n.Seq(xs, sort, span=e.span))
            case n.Tuple() if isinstance(sort, ir.SeqSort):
                return self._items(e, e.items, sort.of, lambda xs: n.Seq(xs, sort, span=e.span))
            case n.Tuple() if isinstance(sort, ir.TupleSort) and len(sort.items) == len(e.items):
                parts = [self.coerced(x, s) for x, s in zip(e.items, sort.items, strict=True)]
                if None in parts:
                    return None
                return n.Tuple(tuple(p for p in parts if p is not None), sort, span=e.span)
            case n.SetOf() if isinstance(sort, ir.SetSort | ir.BagSort):
                return self._items(e, e.items, sort.of, lambda xs: n.SetOf(xs, sort, span=e.span))
            case n.Fold(op=n.Op.SET | n.Op.SEQ) if isinstance(sort, ir.SetSort | ir.SeqSort):
                body = self.coerced(e.body, sort.of)
                if body is not None and type(e.sort) is type(sort):
                    return n.Fold(e.op, body, e.generators, sort, span=e.span)
            case n.Concat() | n.UnionOf() | n.Intersect() | n.Minus() if is_open(e.sort):
                left, right = self.coerced(e.left, sort), self.coerced(e.right, sort)
                if left is not None and right is not None:
                    return type(e)(left, right, sort, span=e.span)
            case n.Slice() if is_open(e.sort):
                of = self.coerced(e.of, sort)
                return None if of is None else n.Slice(of, e.low, e.high, sort, span=e.span)
        if subsort(e.sort, sort):
            return e
        if isinstance(e.sort, ir.TupleSort) and isinstance(sort, ir.SeqSort):
            items = tuple(n.Item(e, i, s, span=e.span) for i, s in enumerate(e.sort.items))
            return self._items(e, items, sort.of, lambda xs: n.Seq(xs, sort, span=e.span))
        if isinstance(sort, ir.OptionSort) and not isinstance(e.sort, ir.OptionSort):
            inner = self.coerced(e, sort.of)
            return n.Some(inner, sort, span=e.span) if inner is not None else None
        if isinstance(e.sort, ir.OptionSort) and not isinstance(sort, ir.OptionSort):
            return self.coerced(self.present(e), sort)
        return None

    def _items(
        self,
        e: n.Expr,
        items: tuple[n.Expr, ...],
        sort: ir.Sort,
        make: Callable[[tuple[n.Expr, ...]], n.Expr],
    ) -> n.Expr | None:
        parts = [self.coerced(x, sort) for x in items]
        return None if None in parts else make(tuple(p for p in parts if p is not None))

    def present(self, e: n.Expr) -> n.Expr:
        """An optional value, used as present."""
        if isinstance(e.sort, ir.OptionSort):
            return n.Unwrap(e, e.sort.of, span=e.span)
        return e

    def join(self, a: ir.Sort, b: ir.Sort) -> ir.Sort | None:
        """The smallest sort of which both are, None if there is none."""
        if subsort(a, b):
            return b
        if subsort(b, a):
            return a
        if isinstance(a, ir.OptionSort) or isinstance(b, ir.OptionSort):
            x = a.of if isinstance(a, ir.OptionSort) else a
            y = b.of if isinstance(b, ir.OptionSort) else b
            inner = self.join(x, y)
            return ir.OptionSort(inner) if inner is not None else None
        for kind in (ir.SetSort, ir.SeqSort, ir.BagSort):
            if isinstance(a, kind) and isinstance(b, kind):
                inner = self.join(a.of, b.of)
                return kind(inner) if inner is not None else None
        if isinstance(a, ir.TupleSort) and isinstance(b, ir.TupleSort):
            if len(a.items) != len(b.items):
                return None
            parts = [self.join(x, y) for x, y in zip(a.items, b.items, strict=True)]
            return None if None in parts else ir.TupleSort(tuple(p for p in parts if p is not None))
        records = [r for s in (a, b) for r in ir.records_of(s)]
        if len(records) > 1 and all(ir.records_of(s) for s in (a, b)):
            return ir.UnionSort(tuple(dict.fromkeys(records)))
        return None

    # ------------------------------------------------------------------------------ names
    def glob(self, name: str) -> Any:
        """The Python object a name outside the method refers to, or ``Missing``.

        A name that the method gives a value anywhere is its own everywhere, as in Python.
        """
        if name in self.own_names:
            return Missing
        if name in self.closure:
            return self.closure[name]
        return self.method.__globals__.get(name, getattr(builtins, name, Missing))

    def no_value_yet(self, node: ast.Name) -> SpecError:
        """A name that stands for nothing here."""
        if node.id in self.own_names:
            return self.fail(Diagnostic.UNDEFINED_LOCAL, node, name=node.id)
        return self.fail(Diagnostic.UNKNOWN_NAME, node, name=node.id)

    def known(self, node: ast.expr, scope: Scope) -> None:
        """**Errors** if a name stands for nothing."""
        if isinstance(node, ast.Name) and node.id not in scope.locals:
            if self.glob(node.id) is Missing:
                raise self.no_value_yet(node)

    def class_of(self, node: ast.expr, scope: Scope) -> type[Any] | None:
        """The sort, enumeration, record or protocol class that an expression names, if it does."""
        if isinstance(node, ast.Name) and node.id not in scope.locals:
            value = self.glob(node.id)
            if isinstance(value, type) and value is not Missing:
                return value
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = self.glob(node.value.id) if node.value.id not in scope.locals else None
            value = getattr(module, node.attr, None) if _is_module(module) else None
            if isinstance(value, type):
                return value
        return None

    def is_self(self, node: ast.expr, scope: Scope) -> bool:
        return (
            isinstance(node, ast.Name) and node.id == self.self_name and node.id not in scope.locals
        )

    def is_after(self, node: ast.expr, scope: Scope) -> bool:
        return (
            isinstance(node, ast.Name)
            and node.id == self.after_name
            and node.id not in scope.locals
        )

    def field(self, name: str, node: ast.AST, *, after: bool = False) -> n.Expr:
        sort = self.reader.fields.get(name)
        if sort is None:
            raise self.undeclared(name, node)
        if after or self.reads_after:
            return n.After(name, sort, span=self.span(node))
        self.reads[name] = None
        return n.Field(name, sort, span=self.span(node))

    # ------------------------------------------------------------------------ expressions
    def boolean(self, node: ast.expr, scope: Scope) -> n.Expr:
        """A condition. Sets, bags and sequences are true when not empty, as in Python."""
        e = self.expr(node, scope)
        if e.sort == ir.BOOL:
            return e
        if isinstance(e.sort, COLLECTIONS):
            zero = n.Literal(0, ir.INT, span=e.span)
            return n.Lt(zero, n.Size(e, span=e.span), span=e.span)
        raise self.fail(Diagnostic.CONDITION_NOT_BOOL, node, type=self.shown(e))

    def expr(self, node: ast.expr, scope: Scope, expect: ir.Sort | None = None) -> n.Expr:
        """An expression; ``expect`` is the sort wanted, if the context fixes one."""
        e = self._expr(node, scope, expect)
        narrow = scope.narrowed.get(path_of(node) or "")
        if narrow is not None and e.sort != narrow:
            e = self._narrow(e, narrow)
        if expect is None:
            return e
        self.no_set(node, scope)
        return self.coerce(self.value(e, node), expect, node)

    def stored(self, node: ast.expr, scope: Scope, expect: ir.Sort | None = None) -> n.Expr:
        """An expression that becomes part of a value: a field that changes in place cannot."""
        self.no_set(node, scope)
        return self.value(self.expr(node, scope, expect), node)

    def no_set(self, node: ast.expr, scope: Scope) -> None:
        """**Errors** BP336 if an expression is one of Python's sets: a frozenset is wanted."""
        if self.is_set(node, scope):
            raise self.fail(Diagnostic.SET_DISPLAY, node, text=ast.unparse(node))

    def is_set(self, node: ast.expr, scope: Scope) -> bool:
        """Whether Python makes a set of an expression, which serves as an operand only."""
        match node:
            case ast.Set() | ast.SetComp():
                return True
            case ast.BinOp(left=left):
                return self.is_set(left, scope)
            case ast.IfExp(body=body, orelse=orelse):
                return self.is_set(body, scope) or self.is_set(orelse, scope)
            case ast.Name(id=name):
                return name in scope.names.sets
            case _:
                return False

    def value(self, e: n.Expr, node: ast.AST) -> n.Expr:
        """``e``, which is not a field that changes in place. **Errors** BP414 if it is."""
        kind = self.changing(e)
        if kind is not None and isinstance(e, n.Field | n.After):
            advice = f"write `frozenset(self.{e.name})` for the elements that it has now"
            if kind == "Map":
                advice = f"read an entry, `self.{e.name}[key]`"
            raise self.fail(Diagnostic.STATE_AS_VALUE, node, name=e.name, kind=kind, advice=advice)
        return e

    def whole_value(self, node: ast.expr, scope: Scope, sort: ir.Sort, kind: str | None) -> n.Expr:
        """The value of a whole field of an abstract state, declared as a ``kind``: Map, Set, ..."""
        e = self.expr(node, scope, None if self._is_changing(node, scope) else sort)
        if self.changing(e) not in (None, kind):
            raise self.fail(Diagnostic.EXPECTED, node, expected=sort, found=self.shown(e))
        return self.coerce(e, sort, node)

    def _is_changing(self, node: ast.expr, scope: Scope) -> bool:
        return (
            isinstance(node, ast.Attribute)
            and self.is_self(node.value, scope)
            and node.attr in self.reader.changing
        )

    def _narrow(self, e: n.Expr, sort: ir.Sort) -> n.Expr:
        """``e``, of which tests have shown that it is of this sort."""
        if isinstance(e.sort, ir.OptionSort) and isinstance(sort, ir.OptionSort):
            if sort in (e.sort, NOTHING) or not subsort(sort, e.sort):
                return e
            inner = n.Some(self._narrow(self.present(e), sort.of), sort, span=e.span)
            nothing = n.Literal(None, sort, span=e.span)
            return n.If(n.IsNone(e, span=e.span), nothing, inner, sort, span=e.span)
        if isinstance(e.sort, ir.OptionSort) and not isinstance(sort, ir.OptionSort):
            e = n.Unwrap(e, e.sort.of, span=e.span)
        if isinstance(e.sort, ir.UnionSort) and sort != e.sort and subsort(sort, e.sort):
            e = n.As(e, sort, span=e.span)
        return e

    def _expr(self, node: ast.expr, scope: Scope, expect: ir.Sort | None) -> n.Expr:
        span = self.span(node)
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name():
                return self._name(node, scope)
            case ast.Attribute():
                return self._attribute(node, scope)
            case ast.BoolOp():
                return self._boolop(node, scope)
            case ast.UnaryOp(op=ast.Not()):
                return n.Not(self.boolean(node.operand, scope), span=span)
            case ast.UnaryOp(op=ast.USub()):
                e = self.expr(node.operand, scope, ir.INT)
                if isinstance(e, n.Literal) and isinstance(e.value, int):
                    return n.Literal(-e.value, ir.INT, span=span)
                return n.Sub(n.Literal(0, ir.INT, span=span), e, span=span)
            case ast.Compare():
                return self._compare(node, scope)
            case ast.IfExp():
                return self._conditional(node, scope, expect)
            case ast.BinOp():
                return self._binop(node, scope, expect)
            case ast.Tuple():
                return self._tuple(node, scope, expect)
            case ast.Set():
                return self._set(node, node.elts, scope, expect)
            case ast.SetComp():
                inner = expect.of if isinstance(expect, ir.SetSort) else None
                return self._fold(n.Op.SET, node.elt, node.generators, scope, node, inner)
            case ast.Subscript():
                return self._subscript(node, scope)
            case ast.Call():
                return self._call(node, scope, expect)
            case ast.Lambda():
                raise self.fail(Diagnostic.LAMBDA, node)
            case ast.List() | ast.ListComp():
                raise self.fail(Diagnostic.LIST_DISPLAY, node)
            case ast.Dict() | ast.DictComp():
                raise self.fail(Diagnostic.DICT_DISPLAY, node)
            case ast.GeneratorExp():
                raise self.fail(Diagnostic.GENERATOR_ALONE, node)
            case ast.NamedExpr():
                raise self.fail(Diagnostic.WALRUS, node)
            case ast.JoinedStr():
                raise self.fail(Diagnostic.STRING, node)
            case ast.UnaryOp(op=op):
                what = f"the operator `{'~' if isinstance(op, ast.Invert) else '+'}`"
                raise self.outside(node, f"{what} before a value")
            case ast.Starred():
                raise self.outside(node, "`*` before this")
            case _:
                raise self.outside(node, f"this {describe(node)}")

    def outside(self, node: ast.AST, what: str, advice: str = "") -> SpecError:
        advice = advice or "the language reference lists the expressions there are"
        return self.fail(Diagnostic.EXPRESSION, node, what=what, advice=advice)

    def _constant(self, node: ast.Constant) -> n.Expr:
        span = self.span(node)
        match node.value:
            case bool(b):
                return n.Literal(b, ir.BOOL, span=span)
            case int(i):
                return n.Literal(i, ir.INT, span=span)
            case None:
                return n.Literal(None, ir.OptionSort(NEVER), span=span)
            case str():
                raise self.fail(Diagnostic.STRING, node)
            case other:
                raise self.fail(Diagnostic.FLOAT, node, value=repr(other))

    def _name(self, node: ast.Name, scope: Scope) -> n.Expr:
        span = self.span(node)
        local = scope.locals.get(node.id)
        if local is not None:
            if node.id in scope.maybe:
                raise self.fail(Diagnostic.UNDEFINED_LOCAL, node, name=node.id)
            if local.undecided:
                raise self.no_domain(node.id, local.expr.sort, self.span(node))
            if isinstance(local.expr, n.Var):
                return n.Var(local.expr.name, local.expr.sort, span=span)
            return local.expr
        if self.is_self(node, scope) or self.is_after(node, scope):
            raise self.fail(Diagnostic.WHOLE_STATE, node, name=node.id)
        value = self.glob(node.id)
        match value:
            case _ if value is Missing:
                raise self.no_value_yet(node)
            case bool() | int() | Enum():
                return self._literal(value, span)
            case type() if issubclass(value, Sort | Enum):
                raise self.fail(Diagnostic.SORT_AS_VALUE, node, name=node.id)
            case _:
                pass
        raise self.fail(Diagnostic.FOREIGN_OBJECT, node, name=node.id, kind=_kind_of(value))

    def _universe(self, cls: type[Any], span: Span) -> n.Expr:
        annotations = self.reader.annotations
        of = annotations.enum(cls) if issubclass(cls, Enum) else annotations.element(cls)
        return n.All(of, ir.SetSort(of), span=span)

    def _attribute(self, node: ast.Attribute, scope: Scope) -> n.Expr:
        span = self.span(node)
        if self.is_self(node.value, scope) or self.is_after(node.value, scope):
            return self._member(node, scope)
        cls = self.class_of(node.value, scope)
        if cls is not None and issubclass(cls, Enum):
            sort = self.reader.annotations.enum(cls)
            if node.attr not in cls.__members__:
                raise self.fail(
                    Diagnostic.ENUM_MEMBER,
                    node,
                    cls=cls.__name__,
                    name=node.attr,
                    members=", ".join(sort.members),
                )
            return n.Literal(sort.members.index(cls[node.attr].name), sort, span=span)
        named = self.class_of(node, scope)
        if named is not None and issubclass(named, Sort | Enum):
            raise self.fail(Diagnostic.SORT_AS_VALUE, node, name=ast.unparse(node))
        if cls is not None:
            raise self.outside(
                node,
                f"an attribute of the class {cls.__name__}",
                "of a class, only the members of an enumeration and `first()` are values",
            )
        of = self.present(self.expr(node.value, scope))
        return self.attr(of, node.attr, node)

    def attr(self, of: n.Expr, name: str, node: ast.AST) -> n.Expr:
        """One field of a record, or of a union all of whose records have it."""
        records = ir.records_of(of.sort)
        if not records:
            advice = "only records have fields"
            raise self.fail(Diagnostic.NO_FIELD, node, type=of.sort, name=name, advice=advice)
        found = [r.field(name) for r in records]
        if all(s is None for s in found):
            fields = ", ".join(dict.fromkeys(f for r in records for f, _ in r.fields)) or "none"
            advice = f"its fields are: {fields}"
            raise self.fail(Diagnostic.NO_FIELD, node, type=of.sort, name=name, advice=advice)
        sort = found[0]
        for s in found:
            if s is None or sort is None or (sort := self.join(sort, s)) is None:
                having = next(r.name for r in records if r.field(name) is not None)
                raise self.fail(
                    Diagnostic.UNION_FIELD,
                    node,
                    type=of.sort,
                    name=name,
                    expression=text_of(of.span),
                    record=having,
                )
        assert sort is not None
        return n.Attr(of, name, sort, span=self.span(node))

    def _member(self, node: ast.Attribute, scope: Scope) -> n.Expr:
        """``self.x``: a field or a constant."""
        after = self.is_after(node.value, scope)
        if node.attr in self.reader.network_of:
            raise self.fail(Diagnostic.NETWORK_VALUE, node, name=node.attr)
        if node.attr in self.reader.fields:
            return self.field(node.attr, node, after=after)
        value = getattr_static(self.reader.protocol, node.attr)
        match value:
            case Const():
                sort = self.reader.constants[node.attr]
                return n.Constant(node.attr, sort, span=self.span(node))
            case bool() | int() | Enum():
                return self._literal(value, self.span(node))
            case _ if inspect.isfunction(value):
                raise self.fail(Diagnostic.METHOD_NOT_CALLED, node, name=node.attr)
            case _:
                raise self.undeclared(node.attr, node)

    def undeclared(self, name: str, node: ast.AST) -> SpecError:
        fields = ", ".join(self.reader.fields) or "none"
        return self.fail(Diagnostic.UNDECLARED_FIELD, node, name=name, fields=fields)

    def method_named(self, name: str, node: ast.AST) -> Callable[..., Any]:
        """The method that ``self.name(...)`` calls."""
        method = getattr_static(self.reader.protocol, name)
        if inspect.isfunction(method):
            return method
        if name in self.reader.fields:
            raise self.fail(Diagnostic.FIELD_CALLED, node, name=name)
        cls = self.reader.protocol
        methods = [x for x in dir(cls) if inspect.isfunction(getattr_static(cls, x))]
        raise self.fail(
            Diagnostic.UNKNOWN_METHOD,
            node,
            name=name,
            protocol=cls.__name__,
            methods=", ".join(methods) or "none",
        )

    def _literal(self, value: bool | int | Enum, span: Span) -> n.Expr:
        """A constant of the module or the class."""
        if isinstance(value, Enum):
            sort = self.reader.annotations.enum(type(value))
            return n.Literal(sort.members.index(value.name), sort, span=span)
        return n.Literal(value, ir.BOOL if isinstance(value, bool) else ir.INT, span=span)

    def _boolop(self, node: ast.BoolOp, scope: Scope) -> n.Expr:
        conjunction = isinstance(node.op, ast.And)
        parts = []
        for value in node.values:
            parts.append(self.boolean(value, scope))
            facts = self.facts(value, scope, conjunction)
            if facts is None:
                break  # what comes after it is never evaluated, and mypy looks at it no more
            scope = scope.with_narrowed(facts)
        make = n.And if conjunction else n.Or
        return make(tuple(parts), span=self.span(node))

    def _conditional(self, node: ast.IfExp, scope: Scope, expect: ir.Sort | None) -> n.Expr:
        test = self.boolean(node.test, scope)
        parts = []
        for truth, value in ((True, node.body), (False, node.orelse)):
            facts = self.facts(node.test, scope, truth)
            if facts is not None:
                parts.append(self.stored(value, scope.with_narrowed(facts), expect))
        then, orelse = parts[0], parts[-1]  # the same, if the other is never evaluated
        return self.choose(test, then, orelse, node)

    def choose(self, test: n.Expr, then: n.Expr, orelse: n.Expr, node: ast.AST) -> n.Expr:
        """``then if test else orelse``, both brought to one sort."""
        sort = self.join(then.sort, orelse.sort)
        if sort is None:
            raise self.fail(Diagnostic.BRANCHES_DIFFER, node, left=then.sort, right=orelse.sort)
        return n.If(
            test,
            self.coerce(then, sort, node),
            self.coerce(orelse, sort, node),
            sort,
            span=self.span(node),
        )

    # ----------------------------------------------------------------------------- compare
    def _compare(self, node: ast.Compare, scope: Scope) -> n.Expr:
        parts: list[n.Expr] = []
        left_node = node.left
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            parts.append(self._comparison(op, left_node, right_node, scope, node))
            left_node = right_node
        return parts[0] if len(parts) == 1 else n.And(tuple(parts), span=self.span(node))

    def _comparison(
        self, op: ast.cmpop, left: ast.expr, right: ast.expr, scope: Scope, node: ast.AST
    ) -> n.Expr:
        span = self.span(node)
        match op:
            case ast.In():
                return self.membership(self.expr(left, scope), right, scope, node)
            case ast.NotIn():
                return n.Not(self.membership(self.expr(left, scope), right, scope, node), span=span)
            case ast.Is() | ast.IsNot():
                if not (isinstance(right, ast.Constant) and right.value is None):
                    raise self.fail(Diagnostic.IS_NOT_NONE, node)
                e = self.expr(left, scope)
                test = self.is_none(e)
                return n.Not(test, span=span) if isinstance(op, ast.IsNot) else test
            case ast.Eq() | ast.NotEq():
                test = self.equal(self.expr(left, scope), self.expr(right, scope), node)
                return n.Not(test, span=span) if isinstance(op, ast.NotEq) else test
            case _:
                pass
        a, b = self.expr(left, scope), self.expr(right, scope)
        if isinstance(a.sort, ir.SetSort) and isinstance(b.sort, ir.SetSort):
            sign = COMPARISONS.get(type(op), "?")
            a, b = self.fixed(a, left, sign), self.fixed(b, right, sign)
            joined = self.join(a.sort, b.sort)
            if joined is None or not isinstance(op, ast.LtE | ast.GtE):
                raise self.no_order(node, show_sort(a.sort), show_sort(b.sort))
            a, b = self.coerce(a, joined, left), self.coerce(b, joined, right)
            return n.Within(*((a, b) if isinstance(op, ast.LtE) else (b, a)), span=span)
        a, b = self.present(a), self.present(b)
        if a.sort != b.sort or not ordered(a.sort):
            raise self.no_order(node, self.shown(a), self.shown(b))
        match op:
            case ast.Lt():
                return n.Lt(a, b, span=span)
            case ast.LtE():
                return n.Le(a, b, span=span)
            case ast.Gt():
                return n.Lt(b, a, span=span)
            case _:
                return n.Le(b, a, span=span)

    def is_none(self, e: n.Expr) -> n.Expr:
        if isinstance(e, n.Literal) and e.value is None:
            return n.Literal(True, ir.BOOL, span=e.span)
        if not isinstance(e.sort, ir.OptionSort):
            return n.Literal(False, ir.BOOL, span=e.span)
        match e:
            case n.If(test=n.IsNone() as test, then=n.Literal(value=None), orelse=n.Some()):
                return test  # an option of which some classes are ruled out
            case _:
                return n.IsNone(e, span=e.span)

    def equal(self, a: n.Expr, b: n.Expr, node: ast.AST) -> n.Expr:
        if isinstance(a, n.Literal) and a.value is None:
            return self.is_none(b)
        if isinstance(b, n.Literal) and b.value is None:
            return self.is_none(a)
        sort = self.join(a.sort, b.sort)
        for x, y in ((a, b), (b, a)):  # a tuple written out, beside a sequence
            if sort is None and isinstance(x.sort, ir.SeqSort) and isinstance(y, n.Tuple):
                sort = x.sort if self.coerced(y, x.sort) is not None else None
        left = self.coerced(a, sort) if sort is not None else None
        right = self.coerced(b, sort) if sort is not None else None
        if left is None or right is None or self.changing(a) != self.changing(b):
            raise self.fail(Diagnostic.INCOMPARABLE, node, left=self.shown(a), right=self.shown(b))
        return n.Eq(left, right, span=self.span(node))

    def membership(self, e: n.Expr, right: ast.expr, scope: Scope, node: ast.AST) -> n.Expr:
        """``e in right``."""
        span = self.span(node)
        network = self.network_field(right, scope)
        if isinstance(right, ast.Tuple) and right.elts:
            collection = self._set(right, right.elts, scope, None)
        else:
            collection = self.domain(right, scope)
        element = self.element_sort(collection, right)
        none = isinstance(e, n.Literal) and e.value is None
        if self.join(e.sort, element) is None or (none and not isinstance(element, ir.OptionSort)):
            shown = self.shown(collection)
            if network is not None:
                shown = f"Network[{self.reader.messages[network]}]"
            raise self.fail(Diagnostic.NEVER_MEMBER, node, element=e.sort, collection=shown)
        if is_open(element):
            return n.Literal(False, ir.BOOL, span=span)  # `in ()`
        here: n.Expr
        optional = isinstance(e.sort, ir.OptionSort) and not isinstance(element, ir.OptionSort)
        inside = self.present(e) if optional else e
        if network is not None and self.reader.network_of[network] is n.Network.FIFO:
            here = self.heads_have(network, inside, right, span, after=self.is_after_field(right))
        else:
            if isinstance(element, ir.OptionSort):
                inside = self.coerce(inside, element, node)
            here = n.In(inside, collection, span=span)
        if optional:
            return n.And((n.Not(n.IsNone(e, span=span), span=span), here), span=span)
        return here

    # -------------------------------------------------------------------------- arithmetic
    def _binop(self, node: ast.BinOp, scope: Scope, expect: ir.Sort | None) -> n.Expr:
        span = self.span(node)
        sign = OPERATORS.get(type(node.op), "?")
        a = self.present(self.fixed(self.expr(node.left, scope), node.left, sign))
        hint: ir.Sort | None = a.sort if isinstance(a.sort, ir.SeqSort | ir.SetSort) else None
        if isinstance(a.sort, ir.SeqSort | ir.SetSort) and a.sort.of == NEVER:
            hint = expect
        b = self.fixed(self.expr(node.right, scope), node.right, sign)
        if hint is not None and self.coerced(b, hint) is not None:
            b = self.coerce(b, hint, node.right)
        b = self.present(b)
        if isinstance(a.sort, ir.SeqSort | ir.SetSort) and type(a.sort) is type(b.sort):
            sort = self.join(a.sort, b.sort)
            if sort is None:
                raise self.fail(Diagnostic.EXPECTED, node.right, expected=a.sort, found=b.sort)
            a, b = self.coerce(a, sort, node.left), self.coerce(b, sort, node.right)
        match node.op, a.sort, b.sort:
            case ast.Add(), ir.IntSort(), ir.IntSort():
                return n.Add(a, b, span=span)
            case ast.Sub(), ir.IntSort(), ir.IntSort():
                return n.Sub(a, b, span=span)
            case ast.Mult(), ir.IntSort(), ir.IntSort():
                return n.Mul(a, b, span=span)
            case ast.Add(), ir.SeqSort(), ir.SeqSort():
                return n.Concat(a, b, self.join(a.sort, b.sort) or a.sort, span=span)
            case ast.BitOr(), ir.SetSort(), ir.SetSort():
                return n.UnionOf(a, b, self.join(a.sort, b.sort) or a.sort, span=span)
            case ast.BitAnd(), ir.SetSort(), ir.SetSort():
                return n.Intersect(a, b, a.sort, span=span)
            case ast.Sub(), ir.SetSort(), ir.SetSort():
                return n.Minus(a, b, a.sort, span=span)
            case _:
                pass
        if isinstance(a.sort, ir.SeqSort) and isinstance(node.op, ast.Add):
            raise self.fail(Diagnostic.EXPECTED, node.right, expected=a.sort, found=b.sort)
        raise self.fail(Diagnostic.ARITHMETIC, node, operator=sign, left=a.sort, right=b.sort)

    def _tuple(self, node: ast.Tuple, scope: Scope, expect: ir.Sort | None) -> n.Expr:
        span = self.span(node)
        if isinstance(expect, ir.TupleSort) and len(expect.items) == len(node.elts):
            pairs = zip(node.elts, expect.items, strict=True)
            return n.Tuple(tuple(self.expr(x, scope, s) for x, s in pairs), expect, span=span)
        inner = expect.of if isinstance(expect, ir.SeqSort) else None
        if any(isinstance(x, ast.Starred) for x in node.elts):
            return self._starred(node, scope, inner)
        items = [self.stored(x, scope, inner) for x in node.elts]
        if inner is not None:
            return n.Seq(tuple(items), ir.SeqSort(inner), span=span)
        if not items:
            return n.Seq((), ir.SeqSort(NEVER), span=span)
        if len(items) == 1:
            return n.Seq(tuple(items), ir.SeqSort(items[0].sort), span=span)
        return n.Tuple(tuple(items), ir.TupleSort(tuple(e.sort for e in items)), span=span)

    def _starred(self, node: ast.Tuple, scope: Scope, inner: ir.Sort | None) -> n.Expr:
        """``(*log, entry)``."""
        made: n.Expr | None = None
        for x in node.elts:
            if isinstance(x, ast.Starred):
                part = self.expr(x.value, scope)
                if not isinstance(part.sort, ir.SeqSort):
                    raise self.fail(Diagnostic.TUPLE_FROM_SET, x, type=part.sort)
            else:
                item = self.stored(x, scope, inner)
                part = n.Seq((item,), ir.SeqSort(item.sort), span=self.span(x))
            if made is None:
                made = part
            else:
                sort = self.join(made.sort, part.sort)
                if sort is None:
                    raise self.fail(Diagnostic.EXPECTED, x, expected=made.sort, found=part.sort)
                made = n.Concat(
                    self.coerce(made, sort, x),
                    self.coerce(part, sort, x),
                    sort,
                    span=self.span(node),
                )
        assert made is not None
        return made

    def _set(
        self, node: ast.AST, elts: list[ast.expr], scope: Scope, expect: ir.Sort | None
    ) -> n.Expr:
        inner = expect.of if isinstance(expect, ir.SetSort) else None
        items = [self.stored(x, scope, inner) for x in elts]
        sort = items[0].sort
        for x, e in zip(elts, items, strict=True):
            joined = self.join(sort, e.sort)
            if joined is None:
                raise self.fail(Diagnostic.EXPECTED, x, expected=sort, found=e.sort)
            sort = joined
        parts = tuple(self.coerce(e, sort, x) for e, x in zip(items, elts, strict=True))
        return n.SetOf(parts, ir.SetSort(sort), span=self.span(node))

    # --------------------------------------------------------------------------- subscripts
    def _subscript(self, node: ast.Subscript, scope: Scope) -> n.Expr:
        span = self.span(node)
        of = self.present(self.expr(node.value, scope))
        if isinstance(node.slice, ast.Slice):
            if not isinstance(of.sort, ir.SeqSort):
                raise self.fail(Diagnostic.NOT_INDEXABLE, node, type=of.sort)
            if node.slice.step is not None:
                raise self.fail(Diagnostic.SLICE, node)
            low = self._bound(node.slice.lower, scope)
            high = self._bound(node.slice.upper, scope)
            return n.Slice(of, low, high, of.sort, span=span)
        match of.sort:
            case ir.MapSort():
                key = self.key(node.slice, of.sort, scope)
                return n.Get(of, key, of.sort.value, span=span)
            case ir.SeqSort() if of.sort.of != NEVER:
                index = self.expr(node.slice, scope, ir.INT)
                self._not_negative(index, node.slice)
                return n.At(of, index, of.sort.of, span=span)
            case ir.TupleSort():
                if isinstance(node.slice, ast.Constant) and type(node.slice.value) is int:
                    i = node.slice.value
                    if 0 <= i < len(of.sort.items):
                        return n.Item(of, i, of.sort.items[i], span=span)
                raise self.fail(
                    Diagnostic.TUPLE_INDEX,
                    node.slice,
                    type=of.sort,
                    index=ast.unparse(node.slice),
                    last=len(of.sort.items) - 1,
                )
            case _:
                raise self.fail(Diagnostic.NOT_INDEXABLE, node, type=self.shown(of))

    def key(self, node: ast.expr, sort: ir.MapSort, scope: Scope) -> n.Expr:
        """The key of a map lookup."""
        key = self.expr(node, scope)
        made = self.coerced(key, sort.key)
        if made is None:
            raise self.wrong_key(node, sort.key, show_sort(key.sort))
        return made

    def wrong_key(self, node: ast.AST, expected: ir.Sort, found: str) -> SpecError:
        advice = "give a key of the type with which the map is declared"
        if isinstance(expected, ir.TupleSort):
            names = ", ".join("abcdefgh"[: len(expected.items)])
            advice = f"give all parts of the key at once, as in `self.f[{names}]`"
        return self.fail(Diagnostic.KEY_TYPE, node, expected=expected, found=found, advice=advice)

    def _bound(self, node: ast.expr | None, scope: Scope) -> n.Expr | None:
        if node is None:
            return None
        e = self.expr(node, scope)
        if isinstance(e.sort, ir.OptionSort):  # Python would take None as no bound at all
            raise self.fail(Diagnostic.EXPECTED, node, expected=ir.INT, found=e.sort)
        e = self.coerce(e, ir.INT, node)
        self._not_negative(e, node)
        return e

    def _not_negative(self, e: n.Expr, node: ast.AST) -> None:
        if isinstance(e, n.Literal) and isinstance(e.value, int) and e.value < 0:
            raise self.fail(Diagnostic.NEGATIVE_INDEX, node)

    # -------------------------------------------------------------------------------- calls
    def _call(self, node: ast.Call, scope: Scope, expect: ir.Sort | None) -> n.Expr:
        span = self.span(node)
        match node.func:
            case ast.Name(id=name) if name not in scope.locals:
                value = self.glob(name)
                if name in CALLS and value is getattr(builtins, name):
                    return self._builtin(name, node, scope, expect)
                if value is implies:
                    left, right = self.arguments(node, 2, "implies")
                    scope_right = scope.with_narrowed(self.known_if(left, scope))
                    a, b = self.boolean(left, scope), self.boolean(right, scope_right)
                    return n.Implies(a, b, span=span)
                if value is require:
                    raise self.fail(Diagnostic.NO_VALUE, node, name=name)
                if value is builtins.super:
                    name, problem = self.method.__name__, "by itself it is no value"
                    raise self.fail(Diagnostic.SUPER_CALL, node, method=name, problem=problem)
                if any(value is x for x in (fill, Map, Set, Bag, Network)):
                    return self.whole_field(value.__name__, node, scope, expect)
                if isinstance(value, type) and getattr(value, "__record__", False):
                    return self._record(value, node, scope)
                if value is Missing:
                    raise self.no_value_yet(node.func)
                raise self.fail(Diagnostic.FOREIGN_CALL, node, name=name)
            case ast.Attribute(value=of, attr=name):
                return self._method(of, name, node, scope)
            case ast.Subscript(value=ast.Name(id="frozenset"), slice=part) if not node.args:
                inner = self.reader.annotations.value(
                    self.reader.evaluate(part, self), self.failing_at(part)
                )
                return n.SetOf((), ir.SetSort(inner), span=span)
            case _:
                raise self.outside(
                    node,
                    f"a call of `{ast.unparse(node.func)}`",
                    "methods of the protocol, records and a few built-in functions can be called",
                )

    def is_super(self, node: ast.expr) -> bool:
        """Whether an expression is ``super()``. **Errors** BP221 if it has arguments."""
        match node:
            case ast.Call(func=ast.Name("super")) if self.glob("super") is builtins.super:
                if node.args or node.keywords:
                    name, problem = self.method.__name__, "it takes no arguments here"
                    raise self.fail(Diagnostic.SUPER_CALL, node, method=name, problem=problem)
                return True
            case _:
                return False

    def arguments(self, node: ast.Call, count: int, name: str) -> list[ast.expr]:
        """Exactly ``count`` positional arguments."""
        if node.keywords:
            raise self.fail(Diagnostic.KEYWORD_ARGUMENTS, node.keywords[0].value, name=name)
        if len(node.args) != count:
            raise self.fail(
                Diagnostic.ARGUMENT_COUNT,
                node,
                name=name,
                expected=plural(count, "argument"),
                found=len(node.args),
            )
        return node.args

    def _method(self, of: ast.expr, name: str, node: ast.Call, scope: Scope) -> n.Expr:
        span = self.span(node)
        if self.is_super(of):
            target = self.reader.inherited(self.method, name, self.span(node))
            return self.reader.call(self, target, node, scope, self.reads_after)
        if self.is_self(of, scope) or self.is_after(of, scope):
            method = self.method_named(name, node.func)
            after = self.is_after(of, scope) or self.reads_after
            return self.reader.call(self, method, node, scope, after)
        cls = self.class_of(of, scope)
        if cls is not None and issubclass(cls, Sort) and name == "first":
            self.arguments(node, 0, "first")
            sort = self.reader.annotations.element(cls)
            if isinstance(sort, ir.ElementSort) and sort.ordered:
                return n.First(sort, span=span)
            raise self.no_order(node, str(sort))
        named = self.class_of(node.func, scope)
        if named is not None and getattr(named, "__record__", False):
            return self._record(named, node, scope)
        if cls is not None or named is not None:
            raise self.fail(Diagnostic.FOREIGN_CALL, node, name=f"{ast.unparse(node.func)}")
        network = self.network_field(of, scope)
        if network is not None:
            shown = f"Network[{self.reader.messages[network]}]"
            if name != "of":
                raise self.no_operation(shown, name, node)
            messages = self.deliverable(network, of, after=self.is_after_field(of))
            return self._of_class(messages, shown, node, scope)
        collection = self.expr(of, scope)
        return self._collection_method(collection, name, node, scope)

    def _collection_method(
        self, collection: n.Expr, name: str, node: ast.Call, scope: Scope
    ) -> n.Expr:
        span = self.span(node)
        match collection.sort, name:
            case ((ir.SetSort() | ir.BagSort()), "of") if self.changing(collection) is not None:
                return self._of_class(collection, self.shown(collection), node, scope)
            case ir.BagSort(), "count":
                (argument,) = self.arguments(node, 1, "count")
                element = self.expr(argument, scope, collection.sort.of)
                return n.Count(collection, element, span=span)
            case _:
                pass
        if name in ("add", "discard", "remove", "send", "receive"):
            example = f"self.f.{name}(x)"
            raise self.fail(Diagnostic.METHOD_ON_NON_FIELD, node, method=name, example=example)
        raise self.no_operation(self.shown(collection), name, node)

    def _of_class(self, collection: n.Expr, shown: str, node: ast.Call, scope: Scope) -> n.Expr:
        """``collection.of(Class)``: the elements that are records of a class."""
        assert isinstance(collection.sort, ir.SetSort | ir.BagSort)
        (argument,) = self.arguments(node, 1, "of")
        cls = self.class_of(argument, scope)
        records = ir.records_of(collection.sort.of)
        self.known(argument, scope)
        if cls is None or not getattr(cls, "__record__", False):
            example = f"{ast.unparse(node.func)}(Promise)"
            raise self.fail(Diagnostic.ISINSTANCE, argument, name=".of()", example=example)
        record = self.reader.annotations.record(cls, self.failing_at(argument))
        if record not in records:
            raise self.fail(Diagnostic.NEVER_MEMBER, argument, element=record, collection=shown)
        return n.Of(collection, record, ir.SetSort(record), span=self.span(node))

    def no_operation(self, shown: str, method: str, node: ast.AST) -> SpecError:
        """A collection of the type ``shown`` has no such method."""
        operations = OPERATIONS.get(shown.partition("[")[0], "only collections have operations")
        return self.fail(
            Diagnostic.SET_METHOD, node, type=shown, method=method, operations=operations
        )

    def failing_at(self, node: ast.AST) -> Callable[..., SpecError]:
        return lambda diagnostic, **values: self.fail(diagnostic, node, **values)

    def _record(self, cls: type[Any], node: ast.Call, scope: Scope) -> n.Expr:
        sort = self.reader.annotations.record(cls, self.failing_at(node))
        names = [f for f, _ in sort.fields]
        given: dict[str, ast.expr] = dict(zip(names, node.args, strict=False))
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg in given:
                given = {}
                break
            given[keyword.arg] = keyword.value
        if set(given) != set(names) or len(node.args) > len(names):
            fields = ", ".join(names) or "no fields"
            raise self.fail(Diagnostic.RECORD_FIELDS, node, record=cls.__name__, fields=fields)
        parts = tuple(self.expr(given[f], scope, s) for f, s in sort.fields)
        return n.Record(sort, parts, span=self.span(node))

    def _builtin(self, name: str, node: ast.Call, scope: Scope, expect: ir.Sort | None) -> n.Expr:
        span = self.span(node)
        match name:
            case "all" | "any" | "sum":
                (argument,) = self.arguments(node, 1, name)
                if not isinstance(argument, ast.GeneratorExp):
                    raise self.fail(Diagnostic.NO_COMPREHENSION, argument, name=name)
                return self._fold(FOLDS[name], argument.elt, argument.generators, scope, node, None)
            case "min" | "max":
                return self._extremum(name, node, scope)
            case "len":
                (argument,) = self.arguments(node, 1, name)
                cls = self.class_of(argument, scope)
                if cls is not None and issubclass(cls, Sort | Enum):
                    return n.Size(self._universe(cls, self.span(argument)), span=span)
                e = self.present(self.expr(argument, scope))
                if isinstance(e.sort, ir.SubsetSort):
                    e = n.Members(e, ir.SetSort(e.sort.of), span=e.span)
                if not isinstance(e.sort, COLLECTIONS):
                    raise self.fail(Diagnostic.LEN_OF, node, type=self.shown(e))
                return n.Size(e, span=span)
            case "range":
                raise self.outside(
                    node,
                    "a range here",
                    "write `for i in range(n)`, `for i in range(m, n)` or `i in range(m, n)`",
                )
            case "isinstance":
                value, cls_node = self.arguments(node, 2, name)
                e = self.expr(value, scope)
                self.known(cls_node, scope)
                cls = self.class_of(cls_node, scope)
                if cls is None or not getattr(cls, "__record__", False):
                    example = f"isinstance({ast.unparse(value)}, Promise)"
                    raise self.fail(
                        Diagnostic.ISINSTANCE, cls_node, name="isinstance()", example=example
                    )
                if not isinstance(e.sort, ir.OptionSort):
                    return self.is_record(e, cls, node)
                here = n.Not(n.IsNone(e, span=span), span=span)
                return n.And((here, self.is_record(self.present(e), cls, node)), span=span)
            case "frozenset":
                return self._frozenset(node, scope, expect)
            case _:
                return self._sequence(node, scope)

    def is_record(self, e: n.Expr, cls: type[Any], node: ast.AST) -> n.Expr:
        """Whether a union value is of this record class."""
        record = self.reader.annotations.record(cls, self.failing_at(node))
        records = ir.records_of(e.sort)
        if record not in records:
            if record in ir.records_of(widened(e).sort):
                return n.Literal(False, ir.BOOL, span=self.span(node))  # ruled out before
            raise self.fail(Diagnostic.MATCH_SUBJECT, node, type=e.sort, cls=cls.__name__)
        return n.IsRecord(e, record, span=self.span(node))

    def _frozenset(self, node: ast.Call, scope: Scope, expect: ir.Sort | None) -> n.Expr:
        span = self.span(node)
        if not node.args and not node.keywords:
            sort = expect if isinstance(expect, ir.SetSort) else ir.SetSort(NEVER)
            return n.SetOf((), sort, span=span)
        (argument,) = self.arguments(node, 1, "frozenset")
        return self.as_set(argument, scope, expect)

    def as_set(self, node: ast.expr, scope: Scope, expect: ir.Sort | None) -> n.Expr:
        """What ``frozenset(node)`` holds."""
        inner = expect.of if isinstance(expect, ir.SetSort) else None
        if isinstance(node, ast.GeneratorExp):
            return self._fold(n.Op.SET, node.elt, node.generators, scope, node, inner)
        if isinstance(node, ast.Tuple | ast.List) and node.elts:
            return self._set(node, node.elts, scope, expect)
        e = self.domain(node, scope)
        if isinstance(e.sort, ir.SetSort) and self.changing(e) is None:
            return e
        element = self.element_sort(e, node)
        name = scope.names.fresh("x")
        generator = n.Generator(name, element, e, None, span=e.span)
        var = n.Var(name, element, span=e.span)
        return n.Fold(n.Op.SET, var, (generator,), ir.SetSort(element), span=e.span)

    def _sequence(self, node: ast.Call, scope: Scope) -> n.Expr:
        """``tuple(... for x in ...)``."""
        (argument,) = self.arguments(node, 1, "tuple")
        if not isinstance(argument, ast.GeneratorExp):
            e = self.domain(argument, scope)
            if isinstance(e.sort, ir.SeqSort):
                return e
            if not in_order(e):
                shown = str(e.of) if isinstance(e, n.All) else self.shown(e)
                raise self.fail(Diagnostic.TUPLE_FROM_SET, argument, type=shown)
            element, name = self.element_sort(e, argument), scope.names.fresh("x")
            generator = n.Generator(name, element, e, None, span=e.span)
            var = n.Var(name, element, span=e.span)
            return n.Fold(n.Op.SEQ, var, (generator,), ir.SeqSort(element), span=e.span)
        e = self._fold(n.Op.SEQ, argument.elt, argument.generators, scope, node, None)
        assert isinstance(e, n.Fold)
        for generator, source in zip(e.generators, argument.generators, strict=True):
            if not in_order(generator.domain):
                domain = generator.domain
                shown = str(domain.of) if isinstance(domain, n.All) else self.shown(domain)
                raise self.fail(Diagnostic.TUPLE_FROM_SET, source.iter, type=shown)
        return e

    def _extremum(self, name: str, node: ast.Call, scope: Scope) -> n.Expr:
        span = self.span(node)
        default = next((k.value for k in node.keywords if k.arg == "default"), None)
        if any(k.arg != "default" for k in node.keywords):
            bad = next(k for k in node.keywords if k.arg != "default")
            raise self.fail(Diagnostic.MIN_MAX, bad.value, name=name)
        if len(node.args) == 1:
            (argument,) = node.args
            if isinstance(argument, ast.GeneratorExp):
                e = self._fold(FOLDS[name], argument.elt, argument.generators, scope, node, None)
            else:
                collection = self.domain(argument, scope)
                element = self.element_sort(collection, argument)
                fresh = scope.names.fresh("x")
                generator = n.Generator(fresh, element, collection, None, span=span)
                var = n.Var(fresh, element, span=span)
                e = n.Fold(FOLDS[name], var, (generator,), element, span=span)
            assert isinstance(e, n.Fold)
            body = self.present(e.body)
            if not ordered(body.sort):
                raise self.fail(Diagnostic.MIN_MAX, node, name=name)
            if default is None:
                return n.Fold(e.op, body, e.generators, body.sort, span=span)
            fallback = self.expr(default, scope)
            sort = self.join(body.sort, fallback.sort)
            if sort is None:
                raise self.fail(
                    Diagnostic.EXPECTED, default, expected=body.sort, found=fallback.sort
                )
            body = self.coerce(body, sort, node)
            return n.Fold(
                e.op, body, e.generators, sort, self.coerce(fallback, sort, default), span=span
            )
        if len(node.args) < 2 or default is not None:
            raise self.fail(Diagnostic.MIN_MAX, node, name=name)
        parts = [self.present(self.expr(a, scope)) for a in node.args]
        if any(p.sort != parts[0].sort for p in parts) or not ordered(parts[0].sort):
            raise self.fail(Diagnostic.MIN_MAX, node, name=name)
        made = parts[0]
        for part in parts[1:]:
            made = (n.Min if name == "min" else n.Max)(made, part, made.sort, span=span)
        return made

    # ----------------------------------------------------------------------- comprehensions
    def domain(self, node: ast.expr, scope: Scope) -> n.Expr:
        """What a generator, a for loop or `in` runs over: always a collection."""
        span = self.span(node)
        match node:
            case ast.Call(func=ast.Name("range"), args=[_] | [_, _]) if (
                not node.keywords and "range" not in scope.locals
            ):
                bounds = [self.expr(a, scope, ir.INT) for a in node.args]
                low = bounds[0] if len(bounds) == 2 else n.Literal(0, ir.INT, span=span)
                return n.Range(low, bounds[-1], ir.SeqSort(ir.INT), span=span)
            case ast.GeneratorExp():
                raise self.fail(Diagnostic.GENERATOR_ALONE, node)
            case ast.Tuple(elts=[_, _, *_]) if not any(
                isinstance(x, ast.Starred) for x in node.elts
            ):
                items = self._set(node, node.elts, scope, None)
                assert isinstance(items, n.SetOf)
                assert isinstance(items.sort, ir.SetSort)
                return n.Seq(items.items, ir.SeqSort(items.sort.of), span=span)
            case _:
                pass
        network = self.network_field(node, scope)
        if network is not None:
            return self.deliverable(network, node, after=self.is_after_field(node))
        cls = self.class_of(node, scope)
        if cls is not None and issubclass(cls, Sort | Enum):
            return self._universe(cls, span)
        e = self.present(self.expr(node, scope))
        if isinstance(e.sort, ir.SubsetSort):
            return n.Members(e, ir.SetSort(e.sort.of), span=span)
        if isinstance(e.sort, COLLECTIONS):
            return e
        raise self.fail(Diagnostic.NOT_ITERABLE, node, type=self.shown(e))

    def element_sort(self, collection: n.Expr, node: ast.AST) -> ir.Sort:
        assert isinstance(collection.sort, COLLECTIONS)
        return collection.sort.of

    def some_element(self, collection: n.Expr, node: ast.AST) -> ir.Sort:
        """The sort of the elements of a domain to run over, which is not written out as empty."""
        sort = self.element_sort(collection, node)
        if is_open(sort):
            raise self.fail(Diagnostic.NOT_ITERABLE, node, type=collection.sort)
        return sort

    def _fold(
        self,
        op: n.Op,
        body: ast.expr,
        generators: list[ast.comprehension],
        scope: Scope,
        node: ast.AST,
        inner: ir.Sort | None,
    ) -> n.Expr:
        made, scope = self.generators(generators, scope)
        span = self.span(node)
        if op in (n.Op.ALL, n.Op.ANY):
            return n.Fold(op, self.boolean(body, scope), made, ir.BOOL, span=span)
        if op is n.Op.SUM:
            e = self.expr(body, scope)
            if e.sort == ir.BOOL:
                one, zero = n.Literal(1, ir.INT, span=span), n.Literal(0, ir.INT, span=span)
                e = n.If(e, one, zero, ir.INT, span=span)
            if e.sort != ir.INT:
                raise self.fail(Diagnostic.SUM_OF, body, type=e.sort)
            return n.Fold(op, e, made, ir.INT, span=span)
        e = self.stored(body, scope, inner)
        sort: ir.Sort = e.sort
        if op is n.Op.SET:
            sort = ir.SetSort(inner if inner is not None else e.sort)
        elif op is n.Op.SEQ:
            sort = ir.SeqSort(e.sort)
        return n.Fold(op, e, made, sort, span=span)

    def generators(
        self, generators: list[ast.comprehension], scope: Scope
    ) -> tuple[tuple[n.Generator, ...], Scope]:
        """The generators of a comprehension, and the scope of its body."""
        made = []
        for i, g in enumerate(generators):
            if g.is_async:
                raise self.fail(Diagnostic.COMPREHENSION_TARGET, g.target)
            domain = self.domain(g.iter, scope)
            if i == 0:  # from here on the names are those of the comprehension, bound or not yet
                scope = scope.fork()
                scope.maybe.update(x for h in generators for x in _stored(h.target))
            element = self.some_element(domain, g.iter)
            name, scope = self.target(g.target, element, scope, Diagnostic.COMPREHENSION_TARGET)
            where = []
            for test in g.ifs:
                where.append(self.boolean(test, scope))
                scope = scope.with_narrowed(self.known_if(test, scope))
            condition = (
                None
                if not where
                else where[0]
                if len(where) == 1
                else n.And(tuple(where), span=self.span(g.ifs[0]))
            )
            made.append(n.Generator(name, element, domain, condition, span=self.span(g.target)))
        return tuple(made), scope

    def target(
        self, node: ast.expr, sort: ir.Sort, scope: Scope, diagnostic: Diagnostic
    ) -> tuple[str, Scope]:
        """Bind a loop variable, or the names of a tuple taken apart."""
        span = self.span(node)
        if isinstance(node, ast.Name):
            name = scope.names.fresh(node.id)
            return name, scope.bind(node.id, n.Var(name, sort, span=span))
        if (
            isinstance(node, ast.Tuple)
            and isinstance(sort, ir.TupleSort)
            and len(sort.items) == len(node.elts)
            and all(isinstance(x, ast.Name) for x in node.elts)
        ):
            name = scope.names.fresh("_".join(x.id for x in node.elts if isinstance(x, ast.Name)))
            whole = n.Var(name, sort, span=span)
            for i, x in enumerate(node.elts):
                if isinstance(x, ast.Name):
                    scope = scope.bind(x.id, n.Item(whole, i, sort.items[i], span=self.span(x)))
            return name, scope
        raise self.fail(diagnostic, node)

    # ---------------------------------------------------------------------------- narrowing
    def facts(self, test: ast.expr, scope: Scope, truth: bool) -> Facts | None:
        """What a test being true (or false) says of the sorts of names, as mypy narrows them; None
        if, after the tests before it, it never is."""
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.facts(operand, scope, not truth)
            case ast.BoolOp(op=op, values=values):
                if isinstance(op, ast.And) == truth:
                    return self._facts_of_all(values, scope, truth)
                return self._facts_of_first(values, scope, truth)
            case ast.Compare(
                left=left,
                ops=[ast.Is() | ast.IsNot() | ast.Eq() | ast.NotEq() as op],
                comparators=[ast.Constant(value=None)],
            ) if (path := path_of(left)) is not None:
                sort = self._sort_of(left, scope)
                present = isinstance(op, ast.IsNot | ast.NotEq) == truth
                if sort is None:
                    return {}
                if not isinstance(sort, ir.OptionSort):
                    return {} if present else None
                if scope.narrowed.get(path) == NOTHING:
                    return None if present else {}
                return {path: sort.of if present else NOTHING}
            case ast.Call(func=ast.Name("isinstance"), args=[value, cls_node]) if (
                path := path_of(value)
            ) is not None:
                cls = self.class_of(cls_node, scope)
                sort = self._sort_of(value, scope)
                if cls is None or not getattr(cls, "__record__", False) or sort is None:
                    return {}
                record = self.reader.annotations.record(cls, self.failing_at(cls_node))
                inner = sort.of if isinstance(sort, ir.OptionSort) else sort
                if truth:
                    return {path: record} if record in ir.records_of(inner) else None
                rest = tuple(r for r in ir.records_of(inner) if r != record)
                if inner != sort:
                    return {path: ir.OptionSort(union_of(rest)) if rest else NOTHING}
                return {path: union_of(rest)} if rest else None
            case _:
                return {}

    def known_if(self, test: ast.expr, scope: Scope) -> Facts:
        """What is known if a test is true; if it never is, what it says by itself, so that what
        depends on it can be read."""
        facts = self.facts(test, scope, True)
        if facts is None:
            anew = scope.fork()
            anew.narrowed.clear()
            facts = self.facts(test, anew, True)
        return facts or {}

    def _facts_of_all(self, values: list[ast.expr], scope: Scope, truth: bool) -> Facts | None:
        """What is known if each of these has this result."""
        found: Facts = {}
        for value in values:
            facts = self.facts(value, scope, truth)
            if facts is None:
                return None
            found.update(facts)
            scope = scope.with_narrowed(facts)
        return found

    def _facts_of_first(self, values: list[ast.expr], scope: Scope, truth: bool) -> Facts | None:
        """What is known if one of these has this result, and those before it the other one."""
        ways: list[Facts] = []
        before: Facts = {}
        for value in values:
            facts = self.facts(value, scope, truth)
            if facts is not None:
                ways.append({**before, **facts})
            other = self.facts(value, scope, not truth)
            if other is None:
                break
            before.update(other)
            scope = scope.with_narrowed(other)
        return self.joined(ways) if ways else None

    def joined(self, ways: list[Facts]) -> Facts:
        """What is known if one of several things is, one at least."""
        found: dict[str, ir.Sort | None] = dict(ways[0])
        for facts in ways[1:]:
            found = {
                path: self.join(sort, facts[path])
                for path, sort in found.items()
                if sort is not None and path in facts
            }
        return {path: sort for path, sort in found.items() if sort is not None}

    def _sort_of(self, node: ast.expr, scope: Scope) -> ir.Sort | None:
        """The sort of a name or attribute chain; None where it is no value."""
        if isinstance(node, ast.Name) and node.id not in scope.locals:
            return None
        try:
            return self.expr(node, scope).sort
        except SpecError:
            return None

    # ------------------------------------------------------------------------------ networks
    def network_field(self, node: ast.expr, scope: Scope) -> str | None:
        """The name of the Network field that ``self.x`` or ``after.x`` is, if it is one."""
        if (
            isinstance(node, ast.Attribute)
            and (self.is_self(node.value, scope) or self.is_after(node.value, scope))
            and node.attr in self.reader.network_of
        ):
            return node.attr
        return None

    def is_after_field(self, node: ast.expr) -> bool:
        """Whether a network field is read of the state after the step."""
        match node:
            case ast.Attribute(value=ast.Name(id=name)):
                return name == self.after_name
            case _:
                return False

    def deliverable(self, network: str, node: ast.AST, *, after: bool = False) -> n.Expr:
        """The messages that can be received now: all of a set or bag, the heads of the queues."""
        span = self.span(node)
        field = self.field(network, node, after=after)
        if self.reader.network_of[network] is not n.Network.FIFO:
            return field
        assert isinstance(field.sort, ir.MapSort)
        assert isinstance(field.sort.key, ir.TupleSort)
        assert isinstance(field.sort.value, ir.SeqSort)
        source, dest = field.sort.key.items
        pair = n.Tuple((n.Var("_source", source), n.Var("_dest", dest)), field.sort.key, span=span)
        queue = n.Get(field, pair, field.sort.value, span=span)
        zero = n.Literal(0, ir.INT, span=span)
        waiting = n.Lt(zero, n.Size(queue, span=span), span=span)
        head = n.At(queue, zero, field.sort.value.of, span=span)
        generators = (
            n.Generator("_source", source, n.All(source, ir.SetSort(source)), None, span=span),
            n.Generator("_dest", dest, n.All(dest, ir.SetSort(dest)), waiting, span=span),
        )
        return n.Fold(n.Op.SET, head, generators, ir.SetSort(head.sort), span=span)

    def channel(self, network: str, m: n.Expr, node: ast.AST) -> n.Expr:
        """The queue's key for a message in a FIFO network."""
        sort = self.reader.fields[network]
        assert isinstance(sort, ir.MapSort)
        ends = (self.attr(m, "source", node), self.attr(m, "dest", node))
        return n.Tuple(ends, sort.key, span=self.span(node))

    def heads_have(
        self, network: str, m: n.Expr, node: ast.AST, span: Span, *, after: bool = False
    ) -> n.Expr:
        """Whether ``m`` is at the head of its queue."""
        field = self.field(network, node, after=after)
        assert isinstance(field.sort, ir.MapSort)
        queue = n.Get(field, self.channel(network, m, node), field.sort.value, span=span)
        assert isinstance(queue.sort, ir.SeqSort)
        zero = n.Literal(0, ir.INT, span=span)
        waiting = n.Lt(zero, n.Size(queue, span=span), span=span)
        head = n.At(queue, zero, queue.sort.of, span=span)
        return n.And((waiting, n.Eq(head, m, span=span)), span=span)

    # ---------------------------------------------------------------------- whole field values
    def whole_field(
        self, name: str, node: ast.Call, scope: Scope, expect: ir.Sort | None
    ) -> n.Expr:
        """``fill(...)``, ``Map({...})``, ``Set(...)``, ``Bag()``: the value of a whole field."""
        span = self.span(node)
        match name, node.args:
            case _ if node.keywords:
                raise self.fail(Diagnostic.KEYWORD_ARGUMENTS, node.keywords[0].value, name=name)
            case "fill", [keys, value] if isinstance(expect, ir.MapSort):
                self._fill_keys(keys, expect, scope, node)
                return n.Fill(self.expr(value, scope, expect.value), expect, span=span)
            case "Map", [ast.DictComp() as comp] if isinstance(expect, ir.MapSort):
                return self._map_of(comp, expect, scope, node)
            case "Map", [ast.Dict() as written]:
                raise self.fail(Diagnostic.DICT_DISPLAY, written)
            case "Set", [] if isinstance(expect, ir.SetSort):
                return n.SetOf((), expect, span=span)
            case "Set", [values] if isinstance(expect, ir.SetSort):
                return self.coerce(self.as_set(values, scope, expect), expect, node)
            case "Bag", [] if isinstance(expect, ir.BagSort):
                return n.SetOf((), expect, span=span)
        if expect is None:
            raise self.fail(Diagnostic.NESTED_STATE, node, type=name)
        found = f"`{ast.unparse(node)}`"
        raise self.fail(Diagnostic.EXPECTED, node, expected=expect, found=found)

    def _fill_keys(self, keys: ast.expr, sort: ir.MapSort, scope: Scope, node: ast.AST) -> None:
        parts = keys.elts if isinstance(keys, ast.Tuple) else [keys]
        wanted = sort.key.items if isinstance(sort.key, ir.TupleSort) else (sort.key,)
        found = []
        for part in parts:
            self.known(part, scope)
            cls = self.class_of(part, scope)
            if cls is None or not issubclass(cls, Sort | Enum):
                raise self.wrong_key(part, sort.key, f"`{ast.unparse(part)}`")
            found.append(
                self.reader.annotations.enum(cls)
                if issubclass(cls, Enum)
                else self.reader.annotations.element(cls)
            )
        if tuple(found) != tuple(wanted):
            shown = ", ".join(map(str, found))
            raise self.wrong_key(keys, sort.key, shown)

    def _map_of(self, comp: ast.DictComp, sort: ir.MapSort, scope: Scope, node: ast.AST) -> n.Expr:
        generators, inner = self.generators(comp.generators, scope)
        wanted = sort.key.items if isinstance(sort.key, ir.TupleSort) else (sort.key,)
        whole = all(isinstance(g.domain, n.All) and g.where is None for g in generators)
        key = self.expr(comp.key, inner)
        parts = key.items if isinstance(key, n.Tuple) else (key,)
        names = tuple(p.name for p in parts if isinstance(p, n.Var))
        over = {g.name: g.sort for g in generators}
        each_once = set(names) == set(over) and len(names) == len(parts) == len(over)
        if not whole or not each_once or tuple(over[x] for x in names) != tuple(wanted):
            shown = " ".join(f"for {x} in {s}" for x, s in zip("abcdefgh", wanted, strict=False))
            names_shown = ", ".join("abcdefgh"[: len(wanted)])
            if len(wanted) > 1:
                names_shown = f"({names_shown})"
            example = f"Map({{{names_shown}: ... {shown}}})"
            raise self.fail(Diagnostic.PARTIAL_MAP, comp, key=sort.key, example=example)
        return n.MapOf(names, self.expr(comp.value, inner, sort.value), sort, span=self.span(node))


# ------------------------------------------------------------------------------------- helpers
def _stored(target: ast.expr) -> Iterator[str]:
    """The names that a target binds."""
    return (x.id for x in ast.walk(target) if isinstance(x, ast.Name))


class Missing:
    """Stands for a name that is not defined."""


COMPARISONS: dict[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^", ast.LShift: "<<",
    ast.RShift: ">>", ast.MatMult: "@",
}  # fmt: skip


def ordered(sort: ir.Sort) -> bool:
    return sort == ir.INT or (isinstance(sort, ir.ElementSort) and sort.ordered)


def in_order(domain: n.Expr) -> bool:
    """Whether a domain has an order of its own: sequences, ranges, total orders, enumerations."""
    match domain:
        case n.All(of=of):
            return isinstance(of, ir.EnumSort) or ordered(of)
        case _:
            return isinstance(domain.sort, ir.SeqSort)


OPERATIONS = {
    "Set": "it has add, discard, of, in, len and a place in `for`",
    "Bag": "it has add, remove, count, of, in, len and a place in `for`",
    "Network": "it has send, receive, of, in and a place in `for`",
    "Map": "it has `self.f[k]` and `self.f[k] = x`",
    "frozenset": "it has |, &, -, <=, in, len and a place in `for`; a Set field also add, discard "
    "and of",
    "tuple": "it has +, [i], [m:n], in, len and a place in `for`",
}
"""What there is for each kind of collection."""


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def describe(node: ast.AST) -> str:
    """The kind of a syntax node in words: ``Starred`` becomes "starred"."""
    words: list[str] = []
    for letter in type(node).__name__:
        if letter.isupper() and words:
            words.append(" ")
        words.append(letter.lower())
    return "".join(words)


def getattr_static(cls: type[Any], name: str) -> Any:
    """What a class defines under a name, without running descriptors; None if nothing."""
    for parent in cls.__mro__:
        if parent not in (Protocol, object) and name in vars(parent):
            return vars(parent)[name]
    return None


def _closed_over(method: Callable[..., Any]) -> dict[str, Any]:
    """The names that a method, of a class inside a function, has from around it."""
    found = {}
    for name, cell in zip(method.__code__.co_freevars, method.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    found.pop("__class__", None)
    return found


def _given_values(method: ast.AST) -> set[str]:
    """The names that a method gives a value, those of its comprehensions aside."""
    found: set[str] = set()
    work: list[ast.AST] = [method]
    while work:
        node = work.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.MatchAs(name=str(name)):
                found.add(name)
            case ast.comprehension(iter=domain, ifs=tests):
                work += [domain, *tests]
                continue
            case _:
                pass
        work.extend(ast.iter_child_nodes(node))
    return found


def _is_module(value: Any) -> bool:
    return type(value).__name__ == "module"


def _kind_of(value: Any) -> str:
    """What a Python object that is no value of the language is."""
    if _is_module(value):
        return "a module"
    if isinstance(value, type):
        return "a record class" if getattr(value, "__record__", False) else "a class"
    if callable(value):
        return "a function"
    return f"a Python object of type {type(value).__name__}"


SORTS = (*get_args(ir.Sort), type(NEVER))


def widened(e: n.Expr) -> n.Expr:
    """A record as what it is declared as, and not as tests have shown it to be."""
    while isinstance(e, n.As):
        e = e.of
    return e


def union_of(records: tuple[ir.RecordSort, ...]) -> ir.Sort:
    """The sort of the records of these classes, one at least."""
    return records[0] if len(records) == 1 else ir.UnionSort(records)


def is_open(sort: ir.Sort) -> bool:
    """Whether the element sort of an empty collection, or of None, was never fixed."""
    match sort:
        case NeverSort():
            return True
        case ir.OptionSort() | ir.SetSort() | ir.SeqSort():
            return is_open(sort.of)
        case ir.TupleSort():
            return any(is_open(s) for s in sort.items)
        case _:
            return False


def show_sort(sort: ir.Sort) -> str:
    """A sort as its author would write it."""
    match sort:
        case _ if sort == NEVER:
            return "None"
        case ir.OptionSort(of=of) if of == NEVER:
            return "None"
        case ir.SetSort(of=of) if of == NEVER:
            return "an empty frozenset"
        case ir.SeqSort(of=of) if of == NEVER:
            return "an empty tuple"
        case _:
            return str(sort).replace("? | None", "None").replace("?", "...")
