"""The IR as text: the form that golden tests compare and ``ballotproof show --ir`` prints.

The text says all that the IR says but for spans, docstrings and the sorts of subexpressions.
Notation beyond Python's: ``x!`` an optional value used as present, ``some(x)`` its opposite,
``m as Promise`` a record whose class was tested, ``f'`` a field after the step, ``m[k := v]`` a map
with one entry replaced, ``s with x`` and ``s without x``, ``xs ++ ys``. A field or constant that
shares its name with a local is written ``self.f``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from . import nodes as n
from . import walk
from .sorts import ElementSort, EnumSort, MapSort, SetSort, Sort, TupleSort

__all__ = ["show", "show_expr", "show_stmt"]

# How tightly an operator holds its operands together, loosest first.
LET, IMPLIES, CONDITIONAL, OR, AND, NOT, COMPARE, UPDATE, BITS, SUM, PRODUCT, CAST, ATOM = range(13)


def show(spec: n.Spec) -> str:
    """The whole protocol."""
    blocks = [[f"protocol {spec.name}"]]
    blocks += [["sorts", *_indented(map(_sort, spec.sorts))]] * bool(spec.sorts)
    blocks += [["records", *_indented(map(_record, spec.records))]] * bool(spec.records)
    constants = [f"{name}: {sort}" for name, sort in spec.constants]
    blocks += [["constants", *_indented(constants)]] * bool(constants)
    blocks += [["state", *_indented(map(_field, spec.fields))]]
    blocks += [_action("init", spec.init)]
    blocks += [_action("action", a) for a in spec.actions]
    blocks += [_function(f) for f in spec.functions]
    blocks += [_property(p) for p in spec.properties]
    blocks += [_refinement(r) for r in spec.refinements]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def show_stmt(s: n.Stmt) -> str:
    """One statement, with the blocks inside it, without a final newline."""
    return "\n".join(_Printer(_shared([s])).statement(s))


def show_expr(e: n.Expr) -> str:
    """One expression, on one line."""
    return _Printer(_shared(e)).expr(e)


# ------------------------------------------------------------------------------ declarations
def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _sort(sort: Sort) -> str:
    if isinstance(sort, ElementSort):
        return f"{sort}{', ordered' if sort.ordered else ''}"
    assert not isinstance(sort, MapSort | SetSort)
    members = getattr(sort, "of", None)
    meet = ", any two intersect" if getattr(sort, "intersecting", False) else ""
    return f"{sort}, subsets of {members}{meet}"


def _record(record: Sort) -> str:
    fields = ", ".join(f"{name}: {sort}" for name, sort in getattr(record, "fields", ()))
    return f"{record}({fields})"


def _field(f: n.FieldDecl) -> str:
    notes = [f.persistence.value] if f.persistence else []
    notes += [f"{f.network.value} network"] if f.network else []
    return f"{f.name}: {f.sort}" + (f"  ({', '.join(notes)})" if notes else "")


def _action(word: str, a: n.Action) -> list[str]:
    parameters = ", ".join(f"{p.name}: {p.sort}{' drawn' * p.drawn}" for p in a.parameters)
    added = f"  (added: {a.added})" if a.added else ""
    name = "" if word == a.name else f" {a.name}"
    bound = {p.name for p in a.parameters}
    return [f"{word}{name}({parameters}){added}", *_block(a.body, bound)]


def _function(f: n.Function) -> list[str]:
    parameters = ", ".join(f"{name}: {sort}" for name, sort in f.parameters)
    result = f" -> {f.result}" if f.result is not None else ""
    reads = f"  reads {', '.join(f.reads)}" if f.reads else ""
    writes = f"  writes {', '.join(f.writes)}" if f.writes else ""
    bound = {name for name, _ in f.parameters}
    return [f"helper {f.name}({parameters}){result}{reads}{writes}", *_block(f.body, bound)]


def _property(p: n.Property) -> list[str]:
    parameters = ", ".join(f"{x.name}: {x.sort}" for x in p.parameters)
    head = f"{p.kind.value} {p.name}" + (f"({parameters})" if parameters else "")
    return [head, *_block(p.body, {x.name for x in p.parameters})]


def _refinement(r: n.Refinement) -> list[str]:
    values = [n.Return(value) for _, value in r.mapping]
    printer = _Printer(_shared([*r.bindings, *values]))
    lines = [line for s in r.bindings for line in printer.statement(s)]
    lines += [f"{name} = {printer.expr(value)}" for name, value in r.mapping]
    return [f"refinement {r.name} of {r.abstract.name}", *_indented(lines)]


def _block(body: tuple[n.Stmt, ...], bound: set[str]) -> list[str]:
    printer = _Printer(_shared(body, bound))
    return list(_indented(printer.block(body)))


def _shared(root: n.Expr | Iterable[n.Stmt], bound: Iterable[str] = ()) -> frozenset[str]:
    """Names that mean both a variable and a field or constant, and so need to be told apart."""
    body = root if isinstance(root, n.Node) else tuple(root)
    locals_ = walk.variables(body).union(walk.names_bound(body), bound)
    state = {
        e.name for e in walk.everything_in(body) if isinstance(e, n.Field | n.After | n.Constant)
    }
    return frozenset(locals_ & state)


# --------------------------------------------------------------------- statements, expressions
class _Printer:
    def __init__(self, shared: frozenset[str]) -> None:
        self.shared = shared

    def block(self, body: tuple[n.Stmt, ...]) -> list[str]:
        return [line for s in body for line in self.statement(s)] or ["pass"]

    def statement(self, s: n.Stmt) -> list[str]:
        match s:
            case n.Require():
                return [f"require {self.expr(s.condition)}"]
            case n.Choose():
                return [f"choose {s.name}: {s.sort} in {self.expr(s.domain)}"]
            case n.Let():
                return [f"let {s.name}: {s.value.sort} = {self.expr(s.value)}"]
            case n.Assign():
                return [self.assignment(s)]
            case n.Branch():
                lines = [f"if {self.expr(s.test)}:", *_indented(self.block(s.then))]
                if s.orelse:
                    lines += ["else:", *_indented(self.block(s.orelse))]
                return lines
            case n.Loop():
                head = f"for {s.name}: {s.sort} in {self.expr(s.domain)}:"
                return [head, *_indented(self.block(s.body))]
            case n.Perform():
                return [f"do {s.function}({self.list(s.args)})"]
            case n.Return():
                return ["return"] if s.value is None else [f"return {self.expr(s.value)}"]
            case _:
                assert_never(s)

    def assignment(self, s: n.Assign) -> str:
        name = self.named(s.field)
        v = s.value
        if isinstance(v, n.Put) and isinstance(v.of, n.Field) and v.of.name == s.field:
            return f"{name}[{self.key(v.key)}] := {self.expr(v.value)}"
        return f"{name} := {self.expr(v)}"

    def named(self, name: str) -> str:
        return f"self.{name}" if name in self.shared else name

    def list(self, parts: Iterable[n.Expr]) -> str:
        return ", ".join(self.expr(e) for e in parts)

    def key(self, e: n.Expr) -> str:
        if isinstance(e, n.Tuple) and isinstance(e.sort, TupleSort) and e.items:
            return self.list(e.items)
        return self.expr(e)

    def expr(self, e: n.Expr, needed: int = LET) -> str:
        """The text of ``e``, in parentheses if it holds together less than ``needed``."""
        text, tightness = self.piece(e)
        return f"({text})" if tightness < needed else text

    def joined(self, operator: str, parts: Iterable[n.Expr], level: int) -> tuple[str, int]:
        """Operands of ``and`` or ``or``, however many; each must hold tighter."""
        parts = tuple(parts)
        if len(parts) < 2:
            return f"{operator}({self.list(parts)})", ATOM
        return f" {operator} ".join(self.expr(p, level + 1) for p in parts), level

    def infix(self, operator: str, left: n.Expr, right: n.Expr, level: int) -> tuple[str, int]:
        """A left-associative operator; comparisons do not chain."""
        first = level + 1 if level == COMPARE else level
        return f"{self.expr(left, first)} {operator} {self.expr(right, level + 1)}", level

    def piece(self, e: n.Expr) -> tuple[str, int]:
        match e:
            case n.Literal():
                return _literal(e), ATOM
            case n.First():
                return f"first({e.sort})", ATOM
            case n.Var():
                return e.name, ATOM
            case n.Field() | n.Constant():
                return self.named(e.name), ATOM
            case n.After():
                return f"{self.named(e.name)}'", ATOM
            case n.Record():
                return f"{e.sort.name}({self.list(e.args)})", ATOM
            case n.Attr():
                return f"{self.expr(e.of, ATOM)}.{e.name}", ATOM
            case n.IsRecord():
                return f"{self.expr(e.of, COMPARE + 1)} is {e.record}", COMPARE
            case n.As():
                return f"({self.expr(e.of, CAST)} as {e.sort})", ATOM
            case n.Tuple():
                return f"({self.list(e.items)}{',' * (len(e.items) == 1)})", ATOM
            case n.Item():
                return f"{self.expr(e.of, ATOM)}.{e.index}", ATOM
            case n.Some():
                return f"some({self.expr(e.of)})", ATOM
            case n.Unwrap():
                return f"{self.expr(e.of, ATOM)}!", ATOM
            case n.IsNone():
                return f"{self.expr(e.of, COMPARE + 1)} is None", COMPARE
            case n.Not():
                return self.negation(e.of)
            case n.And():
                return self.joined("and", e.parts, AND)
            case n.Or():
                return self.joined("or", e.parts, OR)
            case n.Implies():
                left, right = self.expr(e.left, IMPLIES + 1), self.expr(e.right, IMPLIES)
                return f"{left} ==> {right}", IMPLIES
            case n.If():
                then, test = self.expr(e.then, OR), self.expr(e.test, OR)
                return f"{then} if {test} else {self.expr(e.orelse, CONDITIONAL)}", CONDITIONAL
            case n.Eq():
                return self.infix("==", e.left, e.right, COMPARE)
            case n.Lt():
                return self.infix("<", e.left, e.right, COMPARE)
            case n.Le():
                return self.infix("<=", e.left, e.right, COMPARE)
            case n.Add():
                return self.infix("+", e.left, e.right, SUM)
            case n.Sub():
                return self.infix("-", e.left, e.right, SUM)
            case n.Mul():
                return self.infix("*", e.left, e.right, PRODUCT)
            case n.Min():
                return f"min({self.list((e.left, e.right))})", ATOM
            case n.Max():
                return f"max({self.list((e.left, e.right))})", ATOM
            case n.Get():
                return f"{self.expr(e.of, ATOM)}[{self.key(e.key)}]", ATOM
            case n.Put():
                of, value = self.expr(e.of, ATOM), self.expr(e.value)
                return f"{of}[{self.key(e.key)} := {value}]", ATOM
            case n.Fill():
                keys = e.sort.key if isinstance(e.sort, MapSort) else e.sort
                return f"fill({keys}, {self.expr(e.value)})", ATOM
            case n.MapOf():
                return self.map_of(e), ATOM
            case n.In():
                return self.infix("in", e.of, e.collection, COMPARE)
            case n.With():
                return self.infix("with", e.collection, e.element, UPDATE)
            case n.Without():
                return self.infix("without", e.collection, e.element, UPDATE)
            case n.Count():
                return f"count({self.list((e.bag, e.element))})", ATOM
            case n.UnionOf():
                return self.infix("|", e.left, e.right, BITS)
            case n.Intersect():
                return self.infix("&", e.left, e.right, BITS)
            case n.Minus():
                return self.infix("minus", e.left, e.right, BITS)
            case n.Within():
                return self.infix("within", e.left, e.right, COMPARE)
            case n.SetOf():
                return f"{{{self.list(e.items)}}}", ATOM
            case n.Size():
                return f"len({self.expr(e.of)})", ATOM
            case n.At():
                return f"{self.expr(e.of, ATOM)}[{self.expr(e.index)}]", ATOM
            case n.Slice():
                low = "" if e.low is None else self.expr(e.low)
                high = "" if e.high is None else self.expr(e.high)
                return f"{self.expr(e.of, ATOM)}[{low}:{high}]", ATOM
            case n.Concat():
                return self.infix("++", e.left, e.right, SUM)
            case n.Seq():
                return f"[{self.list(e.items)}]", ATOM
            case n.All():
                return str(e.of), ATOM
            case n.Range():
                return f"range({self.list((e.low, e.high))})", ATOM
            case n.Members():
                return f"members({self.expr(e.of)})", ATOM
            case n.Of():
                return f"{self.expr(e.collection, ATOM)}.of({e.record})", ATOM
            case n.Fold():
                return self.fold(e), ATOM
            case n.Bind():
                value = self.expr(e.value, CONDITIONAL)
                return f"let {e.name} = {value} in {self.expr(e.body)}", LET
            case n.Call():
                return f"{e.function}({self.list(e.args)})", ATOM
            case _:
                assert_never(e)

    def negation(self, e: n.Expr) -> tuple[str, int]:
        """``not e``, as ``!=``, ``not in`` and ``is not`` where there is such an operator."""
        match e:
            case n.Eq():
                return self.infix("!=", e.left, e.right, COMPARE)
            case n.In():
                return self.infix("not in", e.of, e.collection, COMPARE)
            case n.IsNone():
                return f"{self.expr(e.of, COMPARE + 1)} is not None", COMPARE
            case n.IsRecord():
                return f"{self.expr(e.of, COMPARE + 1)} is not {e.record}", COMPARE
            case _:
                return f"not {self.expr(e, NOT)}", NOT

    def map_of(self, e: n.MapOf) -> str:
        assert isinstance(e.sort, MapSort)
        sorts = e.sort.key.items if isinstance(e.sort.key, TupleSort) else (e.sort.key,)
        over = " ".join(f"for {x} in {s}" for x, s in zip(e.names, sorts, strict=True))
        return f"{{{', '.join(e.names)}: {self.expr(e.value)} {over}}}"

    def fold(self, e: n.Fold) -> str:
        over = " ".join(map(self.generator, e.generators))
        inside = f"{self.expr(e.body, CONDITIONAL)} {over}".rstrip()
        match e.op:
            case n.Op.SET:
                return f"{{{inside}}}"
            case n.Op.SEQ:
                return f"[{inside}]"
            case _:
                default = "" if e.default is None else f", default {self.expr(e.default)}"
                return f"{e.op.value}({inside}{default})"

    def generator(self, g: n.Generator) -> str:
        where = "" if g.where is None else f" if {self.expr(g.where, OR)}"
        return f"for {g.name} in {self.expr(g.domain, OR)}{where}"


def _literal(e: n.Literal) -> str:
    if isinstance(e.sort, EnumSort) and type(e.value) is int:
        return f"{e.sort.name}.{e.sort.members[e.value]}"
    return str(e.value)
