"""What every pass may assume of the IR and must restore, stage by stage.

A violation is a mistake of ours and never of the author of a specification, who has been told of
all mistakes by the front end before: hence InternalError, with the node as text and its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NoReturn, assert_never

from ...spec.lang.errors import InternalError
from . import nodes as n
from .show import show_expr, show_stmt
from .sorts import (
    BOOL,
    INT,
    BagSort,
    ElementSort,
    EnumSort,
    MapSort,
    OptionSort,
    RecordSort,
    SeqSort,
    SetSort,
    Sort,
    SubsetSort,
    TupleSort,
    UnionSort,
)
from .walk import children, everything_in

__all__ = ["Stage", "subsort", "wellformed"]


class Stage(Enum):
    """How far a specification has come on the road."""

    READ = "read"  # as the front end leaves it
    EFFECTS_INLINED = "effects inlined"  # actions are flat: no Perform, no Return
    INLINED = "inlined"  # no Call either: helpers are gone, properties are one expression


def subsort(a: Sort, b: Sort) -> bool:
    """Whether every value of sort ``a`` is, unchanged, a value of sort ``b``.

    A record belongs to each union that lists it; options, tuples, sequences, sets, bags and maps
    follow their elements.
    """
    if a == b:
        return True
    match a, b:
        case RecordSort(), UnionSort():
            return a in b.records
        case UnionSort(), UnionSort():
            return all(r in b.records for r in a.records)
        case TupleSort(), TupleSort():
            return len(a.items) == len(b.items) and all(map(subsort, a.items, b.items))
        case MapSort(), MapSort():
            return a.key == b.key and subsort(a.value, b.value)
        case _:
            return _same_kind(a, b, subsort)


def _same_kind(a: Sort, b: Sort, related: Callable[[Sort, Sort], bool]) -> bool:
    """Whether both are options, sequences, sets or bags, of elements that are ``related``."""
    for kind in (OptionSort, SeqSort, SetSort, BagSort):
        if isinstance(a, kind) and isinstance(b, kind):
            return related(a.of, b.of)
    return False


def wellformed(spec: n.Spec, stage: Stage) -> None:
    """Check that ``spec`` is what passes may assume at this stage.

    **Errors** InternalError naming the node and the place it came from.
    """
    _Checker(spec, stage).spec_()


Scope = dict[str, Sort]


@dataclass
class _Checker:
    spec: n.Spec
    stage: Stage
    declared: dict[str, Sort] = field(default_factory=dict)
    after_allowed: bool = False
    reads_after: dict[str, bool] = field(default_factory=dict)

    # -------------------------------------------------------------------------- complaints
    def fail(self, node: n.Node, what: str) -> NoReturn:
        shown = _shown(node)
        raise InternalError(f"{node.span}: {what}, in `{shown}` ({self.stage.value})")

    def need(self, condition: bool, node: n.Node, what: str) -> None:
        if not condition:
            self.fail(node, what)

    def fits(self, e: n.Expr, sort: Sort, node: n.Node) -> None:
        """``e`` stands where a value of ``sort`` is wanted."""
        if not subsort(e.sort, sort):
            self.fail(node, f"expected {sort}, found {e.sort} of `{show_expr(e)}`")

    # ------------------------------------------------------------------------ declarations
    def spec_(self) -> None:
        spec = self.spec
        self.declared = {f.name: f.sort for f in spec.fields}
        for kind, names in (
            ("field", [f.name for f in spec.fields]),
            ("action", [a.name for a in spec.actions]),
            ("function", [f.name for f in spec.functions]),
            ("property", [p.name for p in spec.properties]),
            ("record", [r.name for r in spec.records]),
        ):
            twice = {x for x in names if names.count(x) > 1}
            self.need(not twice, spec, f"{kind} {', '.join(sorted(twice))} declared twice")
        if self.stage is Stage.EFFECTS_INLINED:
            effects = [f for f in spec.functions if f.result is None]
            self.need(not effects, spec, "helpers called for their effect are left")
        elif self.stage is Stage.INLINED:
            self.need(not spec.functions, spec, "helpers are left")
        for action in (spec.init, *spec.actions):
            self.action(action)
        for function in spec.functions:
            self.function(function)
        for p in spec.properties:
            self.property(p)
        for r in spec.refinements:
            self.refinement(r)

    def action(self, a: n.Action) -> None:
        drawn = {p.name for p in a.parameters if p.drawn}
        chosen = [s.name for s in a.body if isinstance(s, n.Choose)]
        if self.stage is not Stage.READ:
            self.need(sorted(chosen) == sorted(drawn), a, "not one Choose for each drawn parameter")
        for p in a.parameters:
            if not p.drawn:
                self.need(_natural(p.sort), a, f"{p.name}: {p.sort} must be drawn")
        scope: Scope = {p.name: p.sort for p in a.parameters if not p.drawn}
        waiting = {p.name: p.sort for p in a.parameters if p.drawn}
        self.block(a.body, _Block(scope, waiting, effects=True, result=None, top=True))

    def function(self, f: n.Function) -> None:
        scope: Scope = dict(f.parameters)
        effects = f.result is None
        self.after_allowed = True  # a helper may be read of the state after the step
        self.need(effects or not f.writes, f, "a helper with a value writes fields")
        waiting = dict(f.parameters) if effects else {}
        self.block(f.body, _Block(scope, waiting, effects, f.result, top=True, helper=True))
        self.after_allowed = False
        self.need(effects or always_returns(f.body), f, "may end without a value")

    def property(self, p: n.Property) -> None:
        self.after_allowed = p.kind is n.PropertyKind.STEP_INVARIANT
        if self.stage is Stage.INLINED:
            one = len(p.body) == 1 and isinstance(p.body[0], n.Return)
            self.need(one, p, "not one Return")
        self.need(not p.parameters or p.kind in n.LIVENESS, p, "a claim with parameters")
        for x in p.parameters:
            self.need(_natural(x.sort) and not x.drawn, p, f"{x.name}: {x.sort} is no parameter")
        scope: Scope = {x.name: x.sort for x in p.parameters}
        self.block(p.body, _Block(scope, {}, effects=False, result=p.result, top=True))
        self.need(always_returns(p.body), p, "may end without a value")
        self.after_allowed = False

    def refinement(self, r: n.Refinement) -> None:
        scope: Scope = {}
        for let in r.bindings:
            self.expr(let.value, scope)
            scope[let.name] = let.value.sort
        mapped = [name for name, _ in r.mapping]
        wanted = [f.name for f in r.abstract.fields]
        self.need(sorted(mapped) == sorted(wanted), r, "does not give every abstract field once")
        for name, value in r.mapping:
            self.expr(value, scope)
            self.fits(value, r.abstract.field(name).sort, r)
        if self.stage is Stage.READ:
            wellformed(r.abstract, Stage.READ)

    # -------------------------------------------------------------------------- statements
    def block(self, body: Iterable[n.Stmt], b: _Block) -> None:
        for s in body:
            self.statement(s, b)

    def statement(self, s: n.Stmt, b: _Block) -> None:
        match s:
            case n.Require():
                self.need(b.effects, s, "a guard in a property or helper with a value")
                self.expr(s.condition, b.scope)
                self.fits(s.condition, BOOL, s)
            case n.Choose():
                self.need(b.effects, s, "a choice in a property or helper with a value")
                self.choose(s, b)
            case n.Let():
                self.expr(s.value, b.scope)
                if s.name in b.scope:
                    self.fits(s.value, b.scope[s.name], s)
                else:
                    b.scope[s.name] = s.value.sort
            case n.Assign():
                self.need(b.effects, s, "a property or helper with a value changes the state")
                self.need(s.field in self.declared, s, f"no field {s.field}")
                self.expr(s.value, b.scope)
                self.fits(s.value, self.declared[s.field], s)
            case n.Branch():
                self.expr(s.test, b.scope)
                self.fits(s.test, BOOL, s)
                then, orelse = b.inner(), b.inner()
                self.block(s.then, then)
                self.block(s.orelse, orelse)
                for name, sort in _after_branch(s, then.scope, orelse.scope).items():
                    b.scope.setdefault(name, sort)
            case n.Loop():
                self.expr(s.domain, b.scope)
                self.binder(s.name, b.scope, s)
                self.fits_element(s.domain, s.sort, s)
                inner = b.inner()
                inner.scope[s.name] = s.sort
                self.block(s.body, inner)
            case n.Perform():
                self.perform(s, b)
            case n.Return():
                self.return_(s, b)
            case _:
                assert_never(s)

    def choose(self, s: n.Choose, b: _Block) -> None:
        self.need(b.top, s, "a choice that is not at the top level")
        self.expr(s.domain, b.scope)
        element = self.element(s.domain, s)
        self.need(
            subsort(s.sort, element) or subsort(element, s.sort), s, f"{element} is never {s.sort}"
        )
        if not b.helper:
            self.need(s.name in b.waiting, s, f"{s.name} is not drawn, or chosen already")
        b.waiting.pop(s.name, None)
        b.scope[s.name] = s.sort

    def perform(self, s: n.Perform, b: _Block) -> None:
        self.need(self.stage is Stage.READ, s, "a helper that was to be expanded")
        self.need(b.effects, s, "a property or helper with a value performs a helper")
        f = self.function_named(s.function, s)
        self.need(f.result is None, s, f"{f.name} has a value")
        self.need(len(s.args) == len(f.parameters), s, "wrong number of arguments")
        chosen = {c.name for c in f.body if isinstance(c, n.Choose)} | self.passed_on(f)
        for e, (name, sort) in zip(s.args, f.parameters, strict=True):
            if isinstance(e, n.Var) and e.name in b.waiting and e.name not in b.scope:
                self.need(name in chosen, s, f"{e.name} is used before it is chosen")
                b.waiting.pop(e.name)
                b.scope[e.name] = e.sort
            else:
                self.expr(e, b.scope)
            self.fits(e, sort, s)

    def passed_on(self, f: n.Function) -> set[str]:
        """Parameters that a helper gives to another one, which may choose them."""
        return {
            e.name
            for s in f.body
            if isinstance(s, n.Perform)
            for e in s.args
            if isinstance(e, n.Var)
        }

    def return_(self, s: n.Return, b: _Block) -> None:
        if b.result is None:
            self.need(s.value is None, s, "a value is returned")
            self.need(self.stage is Stage.READ, s, "a return in an action")
            return
        if s.value is None:
            self.fail(s, "no value is returned")
        self.expr(s.value, b.scope)
        self.fits(s.value, b.result, s)

    def function_named(self, name: str, node: n.Node) -> n.Function:
        found = [f for f in self.spec.functions if f.name == name]
        self.need(bool(found), node, f"no helper {name}")
        return found[0]

    # ------------------------------------------------------------------------- expressions
    def binder(self, name: str, scope: Mapping[str, Sort], node: n.Node) -> None:
        self.need(name not in scope, node, f"{name} is bound already")

    def element(self, domain: n.Expr, node: n.Node) -> Sort:
        """The sort of the elements of a finite domain."""
        match domain.sort:
            case SetSort() | BagSort() | SeqSort():
                return domain.sort.of
            case SubsetSort():
                return domain.sort.of
            case _:
                self.fail(node, f"{domain.sort} is no domain")

    def fits_element(self, domain: n.Expr, sort: Sort, node: n.Node) -> None:
        found = self.element(domain, node)
        self.need(subsort(found, sort), node, f"expected elements {sort}, found {found}")

    def expr(self, e: n.Expr, scope: Scope) -> None:
        """Check that each node has the sort that its parts imply, and that names are bound."""
        match e:
            case n.Fold():
                self.fold(e, scope)
            case n.MapOf():
                self.map_of(e, scope)
            case n.Bind():
                self.expr(e.value, scope)
                self.binder(e.name, scope, e)
                self.expr(e.body, {**scope, e.name: e.value.sort})
                self.fits(e.body, e.sort, e)
            case n.Var():
                self.need(e.name in scope, e, f"{e.name} is not bound")
                # A record may be looked at as the union that a helper expects.
                bound = scope[e.name]
                self.need(subsort(bound, e.sort), e, f"{e.name} is of sort {bound}")
            case n.Field() | n.After() | n.Constant() | n.Literal() | n.First() | n.All():
                self.leaf(e)
            case _:
                self.operation(e, scope)

    def fold(self, e: n.Fold, scope: Scope) -> None:
        inner = dict(scope)
        for g in e.generators:
            self.expr(g.domain, inner)
            self.binder(g.name, inner, e)
            self.fits_element(g.domain, g.sort, e)
            inner[g.name] = g.sort
            if g.where is not None:
                self.expr(g.where, inner)
                self.fits(g.where, BOOL, e)
        self.expr(e.body, inner)
        if e.default is not None:
            self.expr(e.default, scope)
            self.fits(e.default, e.sort, e)
            self.need(e.op in (n.Op.MIN, n.Op.MAX), e, "a default that is never taken")
        match e.op:
            case n.Op.ALL | n.Op.ANY:
                self.fits(e.body, BOOL, e)
                self.need(e.sort == BOOL, e, "not a bool")
            case n.Op.SUM:
                self.fits(e.body, INT, e)
                self.need(e.sort == INT, e, "not an int")
            case n.Op.MIN | n.Op.MAX:
                self.fits(e.body, e.sort, e)
                ordered = e.sort.of if isinstance(e.sort, OptionSort) else e.sort
                self.need(_ordered(ordered), e, f"{e.sort} has no order")
            case n.Op.SET | n.Op.SEQ:
                wanted = SetSort if e.op is n.Op.SET else SeqSort
                if not isinstance(e.sort, wanted):
                    self.fail(e, f"sort {e.sort}")
                self.fits(e.body, e.sort.of, e)
            case _:
                assert_never(e.op)

    def map_of(self, e: n.MapOf, scope: Scope) -> None:
        if not isinstance(e.sort, MapSort):
            self.fail(e, f"sort {e.sort}")
        keys = _key_sorts(e.sort)
        self.need(len(keys) == len(e.names), e, "not one name for each part of the key")
        inner = dict(scope)
        for name, sort in zip(e.names, keys, strict=True):
            self.binder(name, inner, e)
            inner[name] = sort
        self.expr(e.value, inner)
        self.fits(e.value, e.sort.value, e)

    def leaf(self, e: n.Field | n.After | n.Constant | n.Literal | n.First | n.All) -> None:
        match e:
            case n.Field() | n.After():
                self.need(e.name in self.declared, e, f"no field {e.name}")
                self.need(self.declared[e.name] == e.sort, e, f"is a {self.declared[e.name]}")
                if isinstance(e, n.After):
                    self.need(self.after_allowed, e, "no state after a step here")
            case n.Constant():
                self.need((e.name, e.sort) in self.spec.constants, e, f"no constant {e.name}")
            case n.Literal():
                self.literal(e)
            case n.First():
                self.need(e.sort.ordered, e, f"{e.sort} has no first element")
            case n.All():
                self.need(e.sort == SetSort(e.of), e, f"sort {e.sort}")
                self.need(_natural(e.of), e, f"{e.of} is not finite")
            case _:
                assert_never(e)

    def literal(self, e: n.Literal) -> None:
        match e.value:
            case None:
                self.need(isinstance(e.sort, OptionSort), e, f"None of sort {e.sort}")
            case bool():
                self.need(e.sort == BOOL, e, f"bool of sort {e.sort}")
            case int() if isinstance(e.sort, EnumSort):
                self.need(0 <= e.value < len(e.sort.members), e, "no such member")
            case int():
                self.need(e.sort == INT, e, f"int of sort {e.sort}")
            case _:
                assert_never(e.value)

    def operation(self, e: n.Expr, scope: Scope) -> None:
        for part in children(e):
            self.expr(part, scope)
        if isinstance(e, n.Call):
            self.call(e)
            return
        implied = self.implied(e)
        if implied is not None:
            self.need(subsort(implied, e.sort), e, f"sort {e.sort}, implied {implied}")

    def call(self, e: n.Call) -> None:
        self.need(self.stage is not Stage.INLINED, e, "a helper that was to be expanded")
        f = self.function_named(e.function, e)
        if f.result is None:
            self.fail(e, f"{f.name} has no value")
        self.need(len(e.args) == len(f.parameters), e, "wrong number of arguments")
        for a, (_, sort) in zip(e.args, f.parameters, strict=True):
            self.fits(a, sort, e)
        self.need(subsort(f.result, e.sort), e, f"sort {e.sort}, found {f.result}")
        self.need(self.after_allowed or not self.looks_after(f), e, "no state after a step here")

    def looks_after(self, f: n.Function) -> bool:
        """Whether a helper, or one it calls, reads the state after the step."""
        if f.name not in self.reads_after:
            self.reads_after[f.name] = False
            self.reads_after[f.name] = any(
                isinstance(e, n.After)
                or (isinstance(e, n.Call) and self.looks_after(self.function_named(e.function, e)))
                for e in everything_in(f.body)
            )
        return self.reads_after[f.name]

    def implied(self, e: n.Expr) -> Sort | None:
        """The sort that the parts of an operation give it; None if any declared one will do."""
        match e:
            case n.Record():
                self.need(len(e.args) == len(e.sort.fields), e, "wrong number of fields")
                for arg, (_, sort) in zip(e.args, e.sort.fields, strict=True):
                    self.fits(arg, sort, e)
                return e.sort
            case n.Attr():
                for record in self.records(e.of, e):
                    found = record.field(e.name)
                    if found is None:
                        self.fail(e, f"{record} has no field {e.name}")
                    self.need(subsort(found, e.sort) or _wraps(found, e.sort), e, f"{found}")
                return e.sort
            case n.IsRecord():
                self.need(e.record in self.records(e.of, e), e, f"is never {e.record}")
                return BOOL
            case n.As():
                known = self.records(e.of, e)
                wanted = self.records_of(e.sort, e)
                self.need(all(r in known for r in wanted), e, f"is never {e.sort}")
                return e.sort
            case n.Tuple():
                return TupleSort(tuple(x.sort for x in e.items))
            case n.Item():
                if not isinstance(e.of.sort, TupleSort):
                    self.fail(e, f"{e.of.sort} is no tuple")
                self.need(0 <= e.index < len(e.of.sort.items), e, "no such item")
                return e.of.sort.items[e.index]
            case n.Some():
                self.need(not isinstance(e.of.sort, OptionSort), e, "an option of an option")
                return OptionSort(e.of.sort)
            case n.Unwrap():
                return self.option(e.of, e)
            case n.IsNone():
                self.option(e.of, e)
                return BOOL
            case n.Not():
                self.fits(e.of, BOOL, e)
                return BOOL
            case n.And() | n.Or():
                for p in e.parts:
                    self.fits(p, BOOL, e)
                return BOOL
            case n.Implies():
                self.fits(e.left, BOOL, e)
                self.fits(e.right, BOOL, e)
                return BOOL
            case n.If():
                self.fits(e.test, BOOL, e)
                self.fits(e.then, e.sort, e)
                self.fits(e.orelse, e.sort, e)
                return e.sort
            case n.Eq():
                left, right = e.left.sort, e.right.sort
                self.need(_comparable(left, right), e, f"{left} is never {right}")
                return BOOL
            case n.Lt() | n.Le():
                self.need(e.left.sort == e.right.sort, e, f"{e.left.sort} and {e.right.sort}")
                self.need(_ordered(e.left.sort), e, f"{e.left.sort} has no order")
                return BOOL
            case n.Add() | n.Sub() | n.Mul():
                self.fits(e.left, INT, e)
                self.fits(e.right, INT, e)
                return INT
            case n.Min() | n.Max():
                self.need(e.left.sort == e.right.sort, e, f"{e.left.sort} and {e.right.sort}")
                self.need(_ordered(e.left.sort), e, f"{e.left.sort} has no order")
                return e.left.sort
            case n.Get() | n.Put():
                return self.lookup(e)
            case n.Fill():
                if not isinstance(e.sort, MapSort):
                    self.fail(e, f"sort {e.sort}")
                self.fits(e.value, e.sort.value, e)
                return e.sort
            case n.In():
                element = self.element(e.collection, e)
                self.need(_comparable(e.of.sort, element), e, f"{e.of.sort} is never {element}")
                return BOOL
            case n.With() | n.Without():
                if not isinstance(e.sort, SetSort | BagSort):
                    self.fail(e, f"sort {e.sort}")
                self.need(_comparable(e.element.sort, e.sort.of), e, f"{e.element.sort}")
                if isinstance(e, n.With):
                    self.fits(e.element, e.sort.of, e)
                return e.collection.sort
            case n.Count():
                self.need(isinstance(e.bag.sort, BagSort), e, f"{e.bag.sort} is no bag")
                return INT
            case n.UnionOf():
                self.need(isinstance(e.sort, SetSort), e, f"sort {e.sort}")
                self.fits(e.right, e.sort, e)
                return e.left.sort
            case n.Intersect() | n.Minus() | n.Within():
                self.need(isinstance(e.left.sort, SetSort), e, f"{e.left.sort} is no set")
                x, y = self.element(e.left, e), self.element(e.right, e)
                self.need(_comparable(x, y), e, f"{x} is never {y}")
                return BOOL if isinstance(e, n.Within) else e.left.sort
            case n.SetOf() | n.Seq():
                if not isinstance(e.sort, SetSort | BagSort | SeqSort):
                    self.fail(e, f"sort {e.sort}")
                for item in e.items:
                    self.fits(item, e.sort.of, e)
                return e.sort
            case n.Size():
                self.element(e.of, e)
                return INT
            case n.At():
                self.fits(e.index, INT, e)
                self.need(isinstance(e.of.sort, SeqSort), e, f"{e.of.sort} is no sequence")
                return self.element(e.of, e)
            case n.Slice():
                for bound in (e.low, e.high):
                    if bound is not None:
                        self.fits(bound, INT, e)
                self.need(isinstance(e.of.sort, SeqSort), e, f"{e.of.sort} is no sequence")
                return e.of.sort
            case n.Concat():
                self.need(isinstance(e.sort, SeqSort), e, f"sort {e.sort}")
                self.fits(e.right, e.sort, e)
                return e.left.sort
            case n.Range():
                self.fits(e.low, INT, e)
                self.fits(e.high, INT, e)
                return SeqSort(INT)
            case n.Members():
                if not isinstance(e.of.sort, SubsetSort):
                    self.fail(e, f"{e.of.sort} has no members")
                return SetSort(e.of.sort.of)
            case n.Of():
                self.need(isinstance(e.collection.sort, SetSort | BagSort), e, "no set or bag")
                self.need(
                    _comparable(e.record, self.element(e.collection, e)), e, f"never {e.record}"
                )
                return SetSort(e.record)
            case (
                n.Var() | n.Field() | n.After() | n.Constant() | n.Literal() | n.First() | n.All()
                | n.Fold() | n.MapOf() | n.Bind() | n.Call()
            ):  # fmt: skip
                return e.sort
            case _:
                assert_never(e)

    def option(self, e: n.Expr, node: n.Node) -> Sort:
        if not isinstance(e.sort, OptionSort):
            self.fail(node, f"{e.sort} is never None")
        return e.sort.of

    def records(self, e: n.Expr, node: n.Node) -> tuple[RecordSort, ...]:
        return self.records_of(e.sort, node)

    def records_of(self, sort: Sort, node: n.Node) -> tuple[RecordSort, ...]:
        match sort:
            case RecordSort():
                return (sort,)
            case UnionSort():
                return sort.records
            case _:
                self.fail(node, f"{sort} is no record")

    def lookup(self, e: n.Get | n.Put) -> Sort:
        if not isinstance(e.of.sort, MapSort):
            self.fail(e, f"{e.of.sort} is no map")
        self.fits(e.key, e.of.sort.key, e)
        if isinstance(e, n.Get):
            return e.of.sort.value
        self.fits(e.value, e.of.sort.value, e)
        return e.of.sort


@dataclass
class _Block:
    """Where a statement stands: what is in scope, what is still to be chosen, what it may do."""

    scope: Scope
    waiting: dict[str, Sort]
    effects: bool
    result: Sort | None
    top: bool = False
    helper: bool = False

    def inner(self) -> _Block:
        return _Block(dict(self.scope), self.waiting, self.effects, self.result, False, self.helper)


# ------------------------------------------------------------------------------------- helpers
def always_returns(body: Iterable[n.Stmt]) -> bool:
    """Whether every path through the block ends in a Return."""
    return any(
        isinstance(s, n.Return)
        or (isinstance(s, n.Branch) and always_returns(s.then) and always_returns(s.orelse))
        for s in body
    )


def _after_branch(s: n.Branch, then: Scope, orelse: Scope) -> Scope:
    """What is in scope after a branch: what both sides define, or the one that goes on."""
    if always_returns(s.then):
        return orelse
    if always_returns(s.orelse):
        return then
    return {name: sort for name, sort in then.items() if orelse.get(name) == sort}


def _natural(sort: Sort) -> bool:
    """Whether a sort has finitely many values by itself."""
    match sort:
        case ElementSort() | SubsetSort() | EnumSort():
            return True
        case OptionSort():
            return _natural(sort.of)
        case _:
            return sort == BOOL


def _ordered(sort: Sort) -> bool:
    return sort == INT or (isinstance(sort, ElementSort) and sort.ordered)


def _key_sorts(sort: MapSort) -> tuple[Sort, ...]:
    return sort.key.items if isinstance(sort.key, TupleSort) else (sort.key,)


def _wraps(found: Sort, sort: Sort) -> bool:
    """A field that is optional in some records of a union only: read as optional from all."""
    return isinstance(sort, OptionSort) and subsort(found, sort.of)


def _comparable(a: Sort, b: Sort) -> bool:
    """Whether values of both sorts can stand on the two sides of ``==``. Records of different
    classes can: they are never equal, and every engine says so."""
    match a, b:
        case ((RecordSort() | UnionSort()), (RecordSort() | UnionSort())):
            return True
        case TupleSort(), TupleSort():
            return len(a.items) == len(b.items) and all(map(_comparable, a.items, b.items))
        case MapSort(), MapSort():
            return a.key == b.key and _comparable(a.value, b.value)
        case _:
            return subsort(a, b) or subsort(b, a) or _same_kind(a, b, _comparable)


def _shown(node: n.Node) -> str:
    match node:
        case (
            n.Require() | n.Choose() | n.Let() | n.Assign() | n.Branch() | n.Loop() | n.Perform()
            | n.Return()
        ):  # fmt: skip
            return show_stmt(node).split("\n")[0]
        case n.Spec() | n.Action() | n.Function() | n.Property() | n.Refinement():
            return node.name
        case n.FieldDecl() | n.Parameter() | n.Generator():
            return node.name
        case _:
            return show_expr(node)  # type: ignore[arg-type]  # all other nodes are expressions
