"""Expressions of the IR over unknown states, as first-order terms.

What may go wrong when Python evaluates an expression, an index outside a sequence or None used as a
value, is collected as *obligations*, if asked for. In formulas such a read has some value, always
the same; where the obligations are proved, that value is never looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NoReturn, TypeVar, assert_never

from ....spec.lang.errors import InternalError, Unsupported
from ...ir import nodes as n
from ...ir.sorts import (
    INT,
    EnumSort,
    MapSort,
    RecordSort,
    SeqSort,
    Sort,
    SubsetSort,
    UnionSort,
)
from . import terms as t
from .definitions import Definitions
from .signature import Signature, Unlowerable
from .terms import Term
from .values import (
    NOTHING,
    Family,
    MapValue,
    Option,
    Rec,
    Root,
    SeqValue,
    SetValue,
    Tup,
    Value,
    choice,
    contains,
    families,
    fields_of,
    one_of,
    same,
    scalar,
    within,
)

__all__ = ["Env", "Evaluator", "Fields", "joined"]

Fields = Mapping[str, Value]
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Env:
    """Names in scope, the fields as they are now, and those after the step, if there is one."""

    names: Mapping[str, Value]
    fields: Fields
    after: Fields | None = None

    def bound(self, name: str, value: Value) -> Env:
        return replace(self, names={**self.names, name: value})


@dataclass
class Evaluator:
    """Evaluates one specification in the symbols of one signature.

    ``obligations`` are what must hold for nothing to go wrong, each with the expression concerned;
    they are collected while ``collecting``. With ``definitions``, formulas about quorums are named;
    ``before`` is the state before a step.
    """

    spec: n.Spec
    signature: Signature
    collecting: bool = False
    obligations: list[tuple[Term, n.Expr]] = field(default_factory=list)
    context: list[tuple[tuple[Term, ...], Term, tuple[t.Pattern, ...]]] = field(
        default_factory=list
    )
    before: Fields | None = None
    definitions: Definitions | None = None

    def state(self) -> dict[str, Value]:
        """A state of which nothing is known. **Errors** Unsupported."""
        made = {}
        for f in self.spec.fields:
            try:
                made[f.name] = self.signature.base(f"${f.name}", f.sort)
            except Unlowerable as error:
                self.cannot(f, str(error))
        return made

    # --------------------------------------------------------------------------- expressions
    def formula(self, e: n.Expr, env: Env) -> Term:
        """A bool as a formula."""
        return scalar(self.value(e, env))

    def value(self, e: n.Expr, env: Env) -> Value:
        """The value of an expression. **Errors** Unsupported."""
        try:
            return self._value(e, env)
        except Unlowerable as error:
            self.cannot(e, str(error))

    def _value(self, e: n.Expr, env: Env) -> Value:
        match e:
            case n.Literal():
                return self._literal(e)
            case n.First():
                return self.signature.first(e.sort)
            case n.Var():
                if e.name not in env.names:
                    self.cannot(e, f"the local `{e.name}`, which not every way to it gives a value")
                return env.names[e.name]
            case n.Field():
                return env.fields[e.name]
            case n.After():
                if env.after is None:
                    raise InternalError(f"{e.span}: no state after a step here")
                return env.after[e.name]
            case n.Constant():
                return self.signature.base(f"const.${e.name}", e.sort)
            case n.Record():
                return Rec(e.sort, tuple(self.value(a, env) for a in e.args))
            case n.Attr():
                return self._attribute(e, env)
            case n.IsRecord():
                cases = fields_of(self.value(e.of, env))
                return t.either(when for when, r in cases if r.sort == e.record)
            case n.As():
                return self._narrowed(self.value(e.of, env), e.sort)
            case n.Tuple():
                return Tup(tuple(self.value(x, env) for x in e.items))
            case n.Item():
                whole = self.value(e.of, env)
                assert isinstance(whole, Tup)
                return whole.parts[e.index]
            case n.Some():
                return Option(t.TRUE, self.value(e.of, env))
            case n.Unwrap():
                given = self._option(e.of, env)
                self.oblige(given.some, e)
                return self._junk(e.sort) if given.value is None else given.value
            case n.IsNone():
                return t.negate(self._option(e.of, env).some)
            case n.Not():
                return t.negate(self.formula(e.of, env))
            case n.And() | n.Or():
                return self._lazily(e, env)
            case n.Implies():
                left = self.formula(e.left, env)
                with self.under(left):
                    return t.implies(left, self.formula(e.right, env))
            case n.If():
                return self._conditional(e, env)
            case n.Eq() | n.Lt() | n.Le():
                return self._comparison(e, env)
            case n.Add() | n.Sub() | n.Mul():
                return self._arithmetic(e, env)
            case n.Min() | n.Max():
                left, right = scalar(self.value(e.left, env)), scalar(self.value(e.right, env))
                first = self.signature.at_most(e.left.sort, left, right)
                low, high = (left, right) if isinstance(e, n.Min) else (right, left)
                return t.ite(first, low, high)
            case n.Get() | n.Put() | n.Fill() | n.MapOf():
                return self._map(e, env)
            case n.In():
                return self.is_in(self.value(e.of, env), e.collection, env)
            case (
                n.With() | n.Without() | n.UnionOf() | n.Intersect() | n.Minus() | n.SetOf()
                | n.Of() | n.All() | n.Members()
            ):  # fmt: skip
                return self._set(e, env)
            case n.Within():
                return within(self.set_of(e.left, env), self.set_of(e.right, env))
            case n.Size():
                if isinstance(e.of.sort, SeqSort):
                    return self.sequence(e.of, env).length
                self.cannot(e, "the number of elements of a set")
            case n.At() | n.Slice() | n.Concat() | n.Seq() | n.Range():
                return self._sequence(e, env)
            case n.Fold():
                return self._fold(e, env)
            case n.Bind():
                return self.value(e.body, env.bound(e.name, self.value(e.value, env)))
            case n.Count():
                self.cannot(e, "counting in a bag")
            case n.Call():
                raise InternalError(f"{e.span}: a helper that was to be expanded")
            case _:
                assert_never(e)

    def _literal(self, e: n.Literal) -> Value:
        match e.value:
            case None:
                return Option(t.FALSE, None)
            case bool():
                return t.TRUE if e.value else t.FALSE
            case int() if isinstance(e.sort, EnumSort):
                return self.signature.member(e.sort, e.value)
            case _:
                return t.number(e.value)

    def _attribute(self, e: n.Attr, env: Env) -> Value:
        made: Value | None = None
        for when, rec in reversed(fields_of(self.value(e.of, env))):
            names = [name for name, _ in rec.sort.fields]
            i = names.index(e.name)
            part = rec.parts[i]
            if str(e.sort) != str(rec.sort.fields[i][1]) and not isinstance(part, Option):
                part = _as_option(part, e.sort)
            made = part if made is None else choice(when, part, made)
        assert made is not None
        return made

    def _narrowed(self, v: Value, sort: Sort) -> Value:
        """A union value known to be one of these records."""
        wanted = sort.records if isinstance(sort, UnionSort) else (sort,)
        cases = [(when, r) for when, r in fields_of(v) if r.sort in wanted]
        if not cases:
            return self._junk(sort)
        return one_of(cases)

    def _option(self, e: n.Expr, env: Env) -> Option:
        made = self.value(e, env)
        assert isinstance(made, Option)
        return made

    def _junk(self, sort: Sort) -> Value:
        """The value of a read that Python refuses: some value, always the same."""
        return self.signature.base(f"undefined.{sort}".replace(" ", ""), sort)

    def _lazily(self, e: n.And | n.Or, env: Env) -> Term:
        made: list[Term] = []
        depth = len(self.context)
        for p in e.parts:
            part = self.formula(p, env)
            made.append(part)
            self.context.append(((), part if isinstance(e, n.And) else t.negate(part), ()))
        del self.context[depth:]
        return t.both(made) if isinstance(e, n.And) else t.either(made)

    def _conditional(self, e: n.If, env: Env) -> Value:
        test = self.formula(e.test, env)
        if test is t.TRUE:
            return self.value(e.then, env)
        if test is t.FALSE:
            return self.value(e.orelse, env)
        with self.under(test):
            then = self.value(e.then, env)
        with self.under(t.negate(test)):
            orelse = self.value(e.orelse, env)
        return choice(test, then, orelse)

    def _comparison(self, e: n.Eq | n.Lt | n.Le, env: Env) -> Term:
        about = _asks_whether_empty(e)
        if about is not None:
            collection, empty = about
            some = self._some_element(collection, env)
            return t.negate(some) if empty else some
        left, right = self.value(e.left, env), self.value(e.right, env)
        if isinstance(e, n.Eq):
            if isinstance(e.left.sort, MapSort):
                return self._same_maps(e.left.sort, left, right)
            return same(left, right)
        compare = self.signature.less if isinstance(e, n.Lt) else self.signature.at_most
        return compare(e.left.sort, scalar(left), scalar(right))

    def _some_element(self, e: n.Expr, env: Env) -> Term:
        found = self.families_of(e, env)
        return t.either(t.exists(f.binders, f.guard, t.TRUE, f.patterns) for f in found)

    def _same_maps(self, sort: MapSort, left: Value, right: Value) -> Term:
        assert isinstance(left, MapValue)
        assert isinstance(right, MapValue)
        return t.both(
            t.forall(
                key.binders,
                key.guard,
                same(left.at(key.value), right.at(key.value)),
                key.patterns,
            )
            for key in self._keys(sort)
        )

    def _keys(self, sort: MapSort) -> list[Family]:
        parts = getattr(sort.key, "items", None)
        if parts is None:
            return self.signature.all_of(sort.key, "k")
        made = [Family((), t.TRUE, Tup(()))]
        for part in parts:
            made = [
                Family((*f.binders, *g.binders), t.both((f.guard, g.guard)), _with(f.value, g))
                for f in made
                for g in self.signature.all_of(part, "k")
            ]
        return made

    def _arithmetic(self, e: n.Add | n.Sub | n.Mul, env: Env) -> Term:
        left, right = scalar(self.value(e.left, env)), scalar(self.value(e.right, env))
        if isinstance(e, n.Mul):
            return t.times(left, right)
        return t.add(left, right, 1 if isinstance(e, n.Add) else -1)

    # ---------------------------------------------------------------------------------- maps
    def _map(self, e: n.Get | n.Put | n.Fill | n.MapOf, env: Env) -> Value:
        match e:
            case n.Get():
                of = self._map_value(e.of, env)
                return of.at(self.value(e.key, env))
            case n.Put():
                of = self._map_value(e.of, env)
                key, value = self.value(e.key, env), self.value(e.value, env)
                return MapValue(lambda k: choice(same(k, key), value, of.at(k)))
            case n.Fill():
                filled = self.value(e.value, env)
                return MapValue(lambda _: filled)
            case n.MapOf():
                return self._map_of(e, env)
            case _:
                assert_never(e)

    def _map_value(self, e: n.Expr, env: Env) -> MapValue:
        made = self.value(e, env)
        assert isinstance(made, MapValue)
        return made

    def _map_of(self, e: n.MapOf, env: Env) -> Value:
        def at(key: Value) -> Value:
            parts = key.parts if isinstance(key, Tup) and len(e.names) > 1 else (key,)
            names = dict(zip(e.names, parts, strict=True))
            return self.value(e.value, replace(env, names={**env.names, **names}))

        assert isinstance(e.sort, MapSort)
        if self.collecting:
            for key in self._keys(e.sort):
                with self.under(key.guard, key.binders, key.patterns):
                    at(key.value)
        return MapValue(self.later(at))

    # ---------------------------------------------------------------------------------- sets
    def set_of(self, e: n.Expr, env: Env) -> SetValue:
        made = self.value(e, env)
        if not isinstance(made, SetValue):
            self.cannot(e, f"{e.sort} as a set")
        return made

    def _set(
        self,
        e: n.With | n.Without | n.UnionOf | n.Intersect | n.Minus | n.SetOf | n.Of | n.All
        | n.Members,
        env: Env,
    ) -> Value:  # fmt: skip
        match e:
            case n.With():
                old = self.set_of(e.collection, env)
                return SetValue(old.root, (*old.added, (t.TRUE, self.value(e.element, env))))
            case n.Without():
                return self._without(self.set_of(e.collection, env), self.value(e.element, env))
            case n.SetOf():
                return SetValue(NOTHING, tuple((t.TRUE, self.value(x, env)) for x in e.items))
            case n.UnionOf():
                left, right = self.set_of(e.left, env), self.set_of(e.right, env)
                if right.root is NOTHING:
                    return SetValue(left.root, (*left.added, *right.added))
                return SetValue(
                    Root(
                        lambda v: t.either((contains(left, v), contains(right, v))),
                        lambda: [*families(left), *families(right)],
                    )
                )
            case n.Intersect():
                left, right = self.set_of(e.left, env), self.set_of(e.right, env)
                return _filtered(left, lambda v: contains(right, v))
            case n.Minus():
                left, right = self.set_of(e.left, env), self.set_of(e.right, env)
                return _filtered(left, lambda v: t.negate(contains(right, v)))
            case n.Of():
                record, collection = e.record, self.set_of(e.collection, env)
                return SetValue(
                    Root(
                        lambda v: contains(collection, v),
                        lambda: list(_of_class(families(collection), (record,))),
                    )
                )
            case n.All():
                of = e.of
                return SetValue(Root(lambda _: t.TRUE, lambda: self.signature.all_of(of)))
            case n.Members():
                return SetValue(self._members(scalar(self.value(e.of, env)), e.of.sort))
            case _:
                assert_never(e)

    def _members(self, quorum: Term, sort: Sort) -> Root:
        assert isinstance(sort, SubsetSort)

        def inside(x: Term) -> Term:
            return self.signature.is_member(sort, x, quorum)

        return Root(
            lambda v: inside(scalar(v)), lambda: [self.signature.family("a", sort.of, inside)]
        )

    def _without(self, s: SetValue, x: Value) -> SetValue:
        return _filtered(s, lambda v: t.negate(same(v, x)))

    def is_in(self, v: Value, collection: n.Expr, env: Env) -> Term:
        """Membership in a set, sequence, subset element or range."""
        sort = collection.sort
        if isinstance(collection, n.Range):
            low, high = self._bounds(collection, env)
            x = scalar(v)
            return t.both((t.compare("<=", low, x), t.compare("<", x, high)))
        if isinstance(sort, SubsetSort):
            return self.signature.is_member(sort, scalar(v), scalar(self.value(collection, env)))
        if isinstance(sort, SeqSort):
            found = self.families_of(collection, env)
            return t.either(
                t.exists(f.binders, f.guard, same(v, f.value), f.patterns) for f in found
            )
        return contains(self.set_of(collection, env), v)

    def _bounds(self, e: n.Range, env: Env) -> tuple[Term, Term]:
        return scalar(self.value(e.low, env)), scalar(self.value(e.high, env))

    def families_of(self, e: n.Expr, env: Env, sort: Sort | None = None) -> list[Family]:
        """The elements of a domain, or those of one sort; with variables of their own."""
        found: Iterable[Family]
        if isinstance(e, n.Range):
            low, high = self._bounds(e, env)
            found = [self._indices(low, high)]
        else:
            made = self.value(e, env)
            if isinstance(made, SeqValue):
                index = self._indices(t.number(0), made.length)
                element = made.at(scalar(index.value))
                found = [replace(index, value=element)]
            elif isinstance(made, SetValue):
                found = families(made)
            elif isinstance(e.sort, SubsetSort):
                found = self._members(scalar(made), e.sort).families()
            else:
                self.cannot(e, f"going through {e.sort}")
        if isinstance(sort, RecordSort | UnionSort):
            found = _of_class(found, sort.records if isinstance(sort, UnionSort) else (sort,))
        return [f for f in found if f.guard is not t.FALSE]

    def _indices(self, low: Term, high: Term) -> Family:
        """The integers from ``low`` up to ``high``, counted from 0 where ``low`` is a number.

        Of an ``n`` from 1 on what is looked at is the place ``n - 1``. Were ``n`` the variable,
        each instance would mention the place before, and so ask for an instance of its own.
        """
        shift = low if low.op == "number" else t.number(0)
        start, end = t.add(low, shift, -1), t.add(high, shift, -1)
        found = self.signature.family(
            "i", INT, lambda i: t.both((t.compare("<=", start, i), t.compare("<", i, end)))
        )
        return replace(found, value=t.add(scalar(found.value), shift))

    # ----------------------------------------------------------------------------- sequences
    def sequence(self, e: n.Expr, env: Env) -> SeqValue:
        made = self.value(e, env)
        assert isinstance(made, SeqValue)
        return made

    def _sequence(self, e: n.At | n.Slice | n.Concat | n.Seq | n.Range, env: Env) -> Value:
        match e:
            case n.At():
                of, i = self.sequence(e.of, env), scalar(self.value(e.index, env))
                inside = (t.compare("<=", t.number(0), i), t.compare("<", i, of.length))
                self.oblige(t.both(inside), e)
                return of.at(i)
            case n.Slice():
                return self._slice(e, env)
            case n.Concat():
                left, right = self.sequence(e.left, env), self.sequence(e.right, env)
                if left.length is t.number(0):
                    return right
                return SeqValue(t.add(left.length, right.length), _joined(left, right))
            case n.Seq():
                items = tuple(self.value(x, env) for x in e.items)
                assert isinstance(e.sort, SeqSort)
                return SeqValue(t.number(len(items)), self.later(self._listed(items, e.sort.of)))
            case n.Range():
                low, high = self._bounds(e, env)
                empty = t.compare("<=", high, low)
                length = t.ite(empty, t.number(0), t.add(high, low, -1))
                return SeqValue(length, lambda i: t.add(low, i))
            case _:
                assert_never(e)

    def _listed(self, items: tuple[Value, ...], sort: Sort) -> Callable[[Term], Value]:
        def at(i: Term) -> Value:
            if not items:
                return self._junk(sort)
            made = items[-1]
            for k in range(len(items) - 2, -1, -1):
                made = choice(t.equal(i, t.number(k)), items[k], made)
            return made

        return at

    def _slice(self, e: n.Slice, env: Env) -> Value:
        of = self.sequence(e.of, env)
        low = t.number(0) if e.low is None else scalar(self.value(e.low, env))
        high = of.length if e.high is None else scalar(self.value(e.high, env))
        for bound, given in ((low, e.low), (high, e.high)):
            if given is not None:
                self.oblige(t.compare("<=", t.number(0), bound), e)
        end = high
        if e.high is not None:
            end = t.ite(t.compare("<=", high, of.length), high, of.length)
        length = end
        if e.low is not None:
            length = t.ite(t.compare("<=", low, end), t.add(end, low, -1), t.number(0))
        return SeqValue(length, lambda i: of.at(t.add(i, low)))

    # ------------------------------------------------------------------------ comprehensions
    def _fold(self, e: n.Fold, env: Env) -> Value:
        match e.op:
            case n.Op.ALL:
                return self.quantified(e, e.generators, env)
            case n.Op.ANY:
                return self._named(e, self.quantified(e, e.generators, env), env)
            case n.Op.SET:
                return self._comprehension(e, env)
            case n.Op.SUM:
                self.cannot(e, "a sum")
            case n.Op.MIN | n.Op.MAX:
                self.cannot(e, "the least or greatest of a set")
            case n.Op.SEQ:
                self.cannot(e, "a sequence made element by element")
            case _:
                assert_never(e.op)

    def quantified(self, e: n.Fold, generators: Sequence[n.Generator], env: Env) -> Term:
        """``all`` or ``any``, one quantifier for each generator and family."""
        if not generators:
            return self.formula(e.body, env)
        g, rest = generators[0], generators[1:]
        made = []
        quantifier = t.forall if e.op is n.Op.ALL else t.exists
        for f in self.families_of(g.domain, env, g.sort):
            inner = env.bound(g.name, f.value)
            with self.under(f.guard, f.binders, f.patterns):
                where = t.TRUE if g.where is None else self.formula(g.where, inner)
                with self.under(where):
                    body = self.quantified(e, rest, inner)
            made.append(quantifier(f.binders, t.both((f.guard, where)), body, f.patterns))
        return t.both(made) if e.op is n.Op.ALL else t.either(made)

    def _named(self, e: n.Fold, found: Term, env: Env) -> Term:
        """An ``any`` by its name, if names are given."""
        if self.definitions is None or self.before is None or found.op != "exists":
            return found
        if env.fields is self.before or env.after is not None:
            return self.definitions.named(found)
        earlier = replace(env, fields=self.before)
        before = self.later(lambda: self.quantified(e, e.generators, earlier))()
        return self.definitions.named(found, before)

    def _comprehension(self, e: n.Fold, env: Env) -> SetValue:
        def elements() -> list[Family]:
            return [
                replace(f, value=self.value(e.body, inner))
                for f, inner in self.rounds(e.generators, env)
            ]

        if self.collecting:
            elements()
        found = self.later(elements)
        return SetValue(
            Root(
                lambda v: t.either(
                    t.exists(f.binders, f.guard, same(v, f.value), f.patterns) for f in found()
                ),
                found,
            )
        )

    def rounds(self, generators: Sequence[n.Generator], env: Env) -> Iterator[tuple[Family, Env]]:
        """Every way of going through the generators: the variables and when they are met."""
        if not generators:
            yield Family((), t.TRUE, t.TRUE), env
            return
        g, rest = generators[0], generators[1:]
        for f in self.families_of(g.domain, env, g.sort):
            inner = env.bound(g.name, f.value)
            with self.under(f.guard, f.binders, f.patterns):
                where = t.TRUE if g.where is None else self.formula(g.where, inner)
                with self.under(where):
                    for h, innermost in self.rounds(rest, inner):
                        yield joined(replace(f, guard=t.both((f.guard, where))), h), innermost

    # --------------------------------------------------------------------------- obligations
    @contextmanager
    def under(
        self,
        condition: Term,
        binders: tuple[Term, ...] = (),
        patterns: tuple[t.Pattern, ...] = (),
    ) -> Iterator[None]:
        """What is evaluated inside is evaluated only where the condition holds."""
        depth = len(self.context)
        self.context.append((binders, condition, patterns))
        try:
            yield
        finally:
            del self.context[depth:]

    def oblige(self, condition: Term, e: n.Expr) -> None:
        """``condition`` has to hold wherever the present expression is evaluated."""
        if not self.collecting or condition is t.TRUE:
            return
        for binders, given, patterns in reversed(self.context):
            condition = t.forall(binders, given, condition, patterns)
        if condition is not t.TRUE:
            self.obligations.append((condition, e))

    def later(self, f: Callable[..., R]) -> Callable[..., R]:
        """``f``, evaluated when its value is wanted; its obligations were collected before."""

        def call(*args: Value) -> R:
            before, self.collecting = self.collecting, False
            try:
                return f(*args)
            finally:
                self.collecting = before

        return call

    # --------------------------------------------------------------------------- complaints
    def cannot(self, node: n.Node, what: str) -> NoReturn:
        """**Errors** Unsupported, at the place of a node."""
        excerpt = "" if node.span is n.NOWHERE else f"\n{node.span.excerpt()}"
        raise Unsupported(
            f"{node.span}: no first-order form: {what}{excerpt}\n"
            "    = `prove --bounded` can do with it, for the instances of the proof"
        )


# -------------------------------------------------------------------------------------- helpers
def joined(outer: Family, inner: Family) -> Family:
    """Two families as one, the second inside the first; the value is that of the second."""
    patterns: tuple[t.Pattern, ...] = ()
    if not outer.binders or not inner.binders:
        patterns = (*outer.patterns, *inner.patterns)
    elif outer.patterns and inner.patterns:
        patterns = ((*outer.patterns[0], *inner.patterns[0]),)
    guard = t.both((outer.guard, inner.guard))
    return Family((*outer.binders, *inner.binders), guard, inner.value, patterns)


def _with(parts: Value, f: Family) -> Tup:
    assert isinstance(parts, Tup)
    return Tup((*parts.parts, f.value))


def _as_option(v: Value, sort: Sort) -> Value:
    """A field that is optional in other records of a union only."""
    return Option(t.TRUE, v) if type(sort).__name__ == "OptionSort" else v


def _joined(left: SeqValue, right: SeqValue) -> Callable[[Term], Value]:
    def at(i: Term) -> Value:
        second = right.at(t.number(0) if right.length is t.number(1) else t.add(i, left.length, -1))
        return choice(t.compare("<", i, left.length), left.at(i), second)

    return at


def _filtered(s: SetValue, keep: Callable[[Value], Term]) -> SetValue:
    return SetValue(
        Root(
            lambda v: t.both((contains(s, v), keep(v))),
            lambda: [replace(f, guard=t.both((f.guard, keep(f.value)))) for f in families(s)],
        )
    )


def _of_class(found: Iterable[Family], records: tuple[RecordSort, ...]) -> Iterator[Family]:
    """Those elements that are records of these classes."""
    for f in found:
        cases = [(when, r) for when, r in fields_of(f.value) if r.sort in records]
        if cases:
            there = t.either(when for when, _ in cases)
            yield replace(f, guard=t.both((f.guard, there)), value=one_of(cases))


def _asks_whether_empty(e: n.Eq | n.Lt | n.Le) -> tuple[n.Expr, bool] | None:
    """The set of which a comparison asks whether it is empty (True) or not (False)."""
    match e:
        case n.Lt(left=n.Literal(value=0), right=n.Size(of=of)):
            empty = False
        case n.Le(left=n.Literal(value=1), right=n.Size(of=of)):
            empty = False
        case n.Eq(left=n.Size(of=of), right=n.Literal(value=0)):
            empty = True
        case n.Eq(left=n.Literal(value=0), right=n.Size(of=of)):
            empty = True
        case n.Le(left=n.Size(of=of), right=n.Literal(value=0)):
            empty = True
        case n.Lt(left=n.Size(of=of), right=n.Literal(value=1)):
            empty = True
        case _:
            return None
    return None if isinstance(of.sort, SeqSort) else (of, empty)
