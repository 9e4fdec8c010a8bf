"""What can be computed before the search: expressions that no state has a part in.

Values are those of the interpreter (:mod:`..codec`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, assert_never

from ....spec.lang.errors import InternalError
from ...ir import nodes as n
from ...ir import walk
from ...ir.sorts import BagSort, SetSort, SubsetSort, UnionSort
from ..codec import Codec, Value

__all__ = ["Mistake", "Static", "can_fail"]

Env = Mapping[str, Value]


class Mistake(Exception):
    """The expression has no value, such as None where a value is used."""


def can_fail(e: n.Expr) -> bool:
    """Whether evaluating the expression can be a mistake, by its form alone."""
    return any(
        isinstance(x, n.Unwrap | n.At | n.Slice | n.Without)
        or (isinstance(x, n.Fold) and x.op in (n.Op.MIN, n.Op.MAX) and x.default is None)
        for x in walk.everything_in(e)
    )


class Static:
    """Evaluates expressions without a state."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self._free: dict[int, tuple[n.Expr, frozenset[str] | None]] = {}
        self._names: dict[int, tuple[str, ...]] = {}
        self._values: dict[tuple[Any, ...], Value] = {}

    def free(self, e: n.Expr) -> frozenset[str] | None:
        """The variables that the value depends on; None if it depends on the state."""
        known = self._free.get(id(e))
        if known is None:
            known = self._free[id(e)] = (e, self._find_free(e))
        return known[1]

    def _find_free(self, e: n.Expr) -> frozenset[str] | None:
        match e:
            case n.Field() | n.After():
                return None
            case n.Var():
                return frozenset({e.name})
            case n.Fold():
                return self._free_of_fold(e)
            case n.MapOf():
                inner = self.free(e.value)
                return None if inner is None else inner - set(e.names)
            case n.Bind():
                value, body = self.free(e.value), self.free(e.body)
                return None if value is None or body is None else value | (body - {e.name})
            case _:
                found: frozenset[str] = frozenset()
                for part in walk.children(e):
                    inner = self.free(part)
                    if inner is None:
                        return None
                    found |= inner
                return found

    def _free_of_fold(self, e: n.Fold) -> frozenset[str] | None:
        found: frozenset[str] = frozenset()
        bound: set[str] = set()
        for g in e.generators:
            domain = self.free(g.domain)
            if domain is None:
                return None
            found |= domain - bound
            bound.add(g.name)
            if g.where is not None:
                where = self.free(g.where)
                if where is None:
                    return None
                found |= where - bound
        body = self.free(e.body)
        default = frozenset() if e.default is None else self.free(e.default)
        if body is None or default is None:
            return None
        return found | (body - bound) | default

    # -------------------------------------------------------------------------- evaluation
    def remembered(self, e: n.Expr, env: Env) -> Value:
        """The value of an expression that may be asked for again. **Errors** Mistake."""
        if isinstance(e, n.Not):
            return not self.remembered(e.of, env)
        number = id(e)  # not given to another one: _free keeps the expression
        names = self._names.get(number)
        if names is None:
            free = self.free(e)
            assert free is not None
            names = self._names[number] = tuple(sorted(free))
        key = (number, *[env[x] for x in names])
        if key not in self._values:
            self._values[key] = self.value(e, env)
        return self._values[key]

    def value(self, e: n.Expr, env: Env) -> Value:
        """The value of an expression. **Errors** Mistake."""

        def of(x: n.Expr) -> Any:
            return self.value(x, env)

        match e:
            case n.Literal():
                return e.value
            case n.First():
                return 0
            case n.Var():
                return env[e.name]
            case n.Constant():
                return self.codec.constant(e.name, e.sort)
            case n.Record():
                return (self.codec.tags[e.sort], *map(of, e.args))
            case n.Attr():
                return self._attr(of(e.of), e.name)
            case n.IsRecord():
                return self.codec.records[of(e.of)[0]] == e.record
            case n.As():
                return self._narrowed(of(e.of), e)
            case n.Tuple() | n.Seq():
                return tuple(map(of, e.items))
            case n.Item():
                return of(e.of)[e.index]
            case n.Some():
                return of(e.of)
            case n.Unwrap():
                inner = of(e.of)
                if inner is None:
                    raise Mistake
                return inner
            case n.IsNone():
                return of(e.of) is None
            case n.Not():
                return not of(e.of)
            case n.And():
                return all(map(of, e.parts))
            case n.Or():
                return any(map(of, e.parts))
            case n.Implies():
                return not of(e.left) or of(e.right)
            case n.If():
                return of(e.then) if of(e.test) else of(e.orelse)
            case n.Eq():
                return bool(of(e.left) == of(e.right))
            case n.Lt():
                return bool(of(e.left) < of(e.right))
            case n.Le():
                return bool(of(e.left) <= of(e.right))
            case n.Add():
                return of(e.left) + of(e.right)
            case n.Sub():
                return of(e.left) - of(e.right)
            case n.Mul():
                return of(e.left) * of(e.right)
            case n.Min():
                return min(of(e.left), of(e.right))
            case n.Max():
                return max(of(e.left), of(e.right))
            case n.Get():
                return of(e.of)[self._key(e.of, of(e.key))]
            case n.Put():
                entries = list(of(e.of))
                entries[self._key(e.of, of(e.key))] = of(e.value)
                return tuple(entries)
            case n.Fill():
                return (of(e.value),) * self.codec.size(e.sort.key)  # type: ignore[union-attr]  # a map
            case n.MapOf():
                return tuple(self._entries(e, env))
            case n.In():
                return of(e.of) in self.elements(e.collection, env)
            case n.With() | n.Without():
                return self._changed(e, of(e.collection), of(e.element))
            case n.Count():
                return dict(of(e.bag)).get(of(e.element), 0)
            case n.UnionOf():
                return of(e.left) | of(e.right)
            case n.Intersect():
                return of(e.left) & of(e.right)
            case n.Minus():
                return of(e.left) - of(e.right)
            case n.Within():
                return of(e.left) <= of(e.right)
            case n.SetOf():
                return self._display(e, [of(x) for x in e.items])
            case n.Size():
                if isinstance(e.of.sort, BagSort):
                    return sum(copies for _, copies in of(e.of))
                return len(list(self.elements(e.of, env)))
            case n.At():
                items, i = of(e.of), of(e.index)
                if not 0 <= i < len(items):
                    raise Mistake
                return items[i]
            case n.Slice():
                return self._slice(e, env)
            case n.Concat():
                return of(e.left) + of(e.right)
            case n.All() | n.Range() | n.Members() | n.Of():
                return self._collected(e, env)
            case n.Fold():
                return self._fold(e, env)
            case n.Bind():
                return self.value(e.body, {**env, e.name: of(e.value)})
            case n.Field() | n.After() | n.Call():
                raise InternalError(f"{e.span}: not static")
            case _:
                assert_never(e)

    def _attr(self, record: Value, name: str) -> Value:
        sort = self.codec.records[record[0]]
        for i, (field, _) in enumerate(sort.fields):
            if field == name:
                return record[i + 1]
        raise Mistake

    def _narrowed(self, record: Value, e: n.As) -> Value:
        wanted = e.sort.records if isinstance(e.sort, UnionSort) else (e.sort,)
        if self.codec.records[record[0]] not in wanted:
            raise Mistake
        return record

    def _key(self, of: n.Expr, key: Value) -> int:
        return self.codec.key_number(of.sort.key, key)  # type: ignore[union-attr]  # a map

    def _entries(self, e: n.MapOf, env: Env) -> Iterator[Value]:
        for key in self.codec.values(e.sort.key):  # type: ignore[union-attr]  # a map
            keys = key if len(e.names) > 1 else (key,)
            yield self.value(e.value, {**env, **dict(zip(e.names, keys, strict=True))})

    def _changed(self, e: n.With | n.Without, old: Value, x: Value) -> Value:
        if isinstance(e.sort, SetSort):
            return old | {x} if isinstance(e, n.With) else old - {x}
        counts = dict(old)
        counts[x] = counts.get(x, 0) + (1 if isinstance(e, n.With) else -1)
        if counts[x] < 0:
            raise Mistake
        return frozenset((y, c) for y, c in counts.items() if c)

    def _display(self, e: n.SetOf, items: list[Value]) -> Value:
        if isinstance(e.sort, BagSort):
            return frozenset((x, items.count(x)) for x in items)
        return frozenset(items)

    def _slice(self, e: n.Slice, env: Env) -> Value:
        low = 0 if e.low is None else self.value(e.low, env)
        high = None if e.high is None else self.value(e.high, env)
        if low < 0 or (high is not None and high < 0):
            raise Mistake
        return self.value(e.of, env)[low:high]

    def _collected(self, e: n.All | n.Range | n.Members | n.Of, env: Env) -> Value:
        items = tuple(self.elements(e, env))
        return items if isinstance(e, n.Range) else frozenset(items)

    def elements(self, domain: n.Expr, env: Env) -> Sequence[Value]:
        """The elements of a finite domain, in the order of the interpreter.

        **Errors** Mistake.
        """
        match domain:
            case n.All():
                return self.codec.values(domain.of)
            case n.Range():
                return range(self.value(domain.low, env), self.value(domain.high, env))
            case n.Members():
                members = self.codec.members(domain.of.sort)  # type: ignore[arg-type]  # a subset
                return members[self.value(domain.of, env)]
            case n.Of():
                tag = self.codec.tags[domain.record]
                return [x for x in self.elements(domain.collection, env) if x[0] == tag]
            case _:
                found = self.value(domain, env)
                if isinstance(domain.sort, SubsetSort):
                    return self.codec.members(domain.sort)[found]
                if isinstance(domain.sort, BagSort):
                    found = frozenset(x for x, _ in found)
                return in_order(found) if isinstance(found, frozenset) else found

    def _fold(self, e: n.Fold, env: Env) -> Value:
        values = (self.value(e.body, inner) for inner in self._bindings(e.generators, env))
        match e.op:
            case n.Op.ALL:
                return all(values)
            case n.Op.ANY:
                return any(values)
            case n.Op.SUM:
                return sum(values)
            case n.Op.SET:
                return frozenset(values)
            case n.Op.SEQ:
                return tuple(values)
            case n.Op.MIN | n.Op.MAX:
                found = list(values)
                if not found:
                    if e.default is None:
                        raise Mistake
                    return self.value(e.default, env)
                pick: Callable[[list[Any]], Any] = min if e.op is n.Op.MIN else max
                return pick(found)
            case _:
                assert_never(e.op)

    def _bindings(self, generators: tuple[n.Generator, ...], env: Env) -> Iterator[Env]:
        if not generators:
            yield env
            return
        first, *rest = generators
        for x in self.elements(first.domain, env):
            inner = {**env, first.name: x}
            if first.where is None or self.value(first.where, inner):
                yield from self._bindings(tuple(rest), inner)


def in_order(found: frozenset[Value]) -> list[Value]:
    """The elements of a set in a fixed order."""
    return sorted(found, key=_order)


def _order(x: Any) -> tuple[Any, ...]:
    match x:
        case None:
            return (0,)
        case tuple():
            return (2, len(x), *map(_order, x))
        case frozenset():
            return (3, len(x), *sorted(map(_order, x)))
        case _:
            return (1, x)
