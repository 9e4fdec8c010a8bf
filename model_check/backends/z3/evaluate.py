"""The IR evaluated over guarded values: one pass stands for every state at once.

Like the interpreter, it evaluates from left to right and looks no further than Python would: a part
that is not reached under the present conditions has no effect, and cannot be mistaken. What can go
wrong at run time (an index outside a sequence, None used as a value) is collected as the literal
``mistake``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard, assert_never

from ....spec.lang.errors import InternalError
from ...ir import nodes as n
from ...ir import walk
from ...ir.sorts import (
    BOOL,
    INT,
    BagSort,
    MapSort,
    RecordSort,
    SeqSort,
    SetSort,
    Sort,
    UnionSort,
)
from ..codec import Codec, Value
from .circuit import FALSE, TRUE, Circuit, Literal
from .orbits import NOT_ALIKE, Alike
from .values import Cases, Guarded, Values

__all__ = ["Evaluator", "Outcome", "State"]

State = dict[str, Guarded]
"""The guarded value of each field."""

Names = Mapping[str, Guarded]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one choice of parameters leads to: when it is enabled, and the state after it."""

    arguments: tuple[Value, ...]
    enabled: Literal
    state: State


@dataclass(frozen=True, slots=True)
class Reads:
    """What the value of an expression depends on. ``of`` keeps it alive, since others know it by
    its identity."""

    of: n.Expr
    names: tuple[str, ...]
    fields: tuple[str, ...]
    after: tuple[str, ...]


SIMPLE = (n.Literal, n.First, n.Var, n.Field, n.After, n.Constant)
"""What is found faster than it is remembered."""


def reads_of(e: n.Expr, known: dict[int, Reads]) -> Reads:
    """The free variables and the fields of an expression, and of all expressions inside it.

    One pass, which notes every part in ``known``.
    """
    found = known.get(id(e))
    if found is not None:
        return found
    names: dict[str, None] = {}
    fields: dict[str, None] = {}
    after: dict[str, None] = {}
    match e:
        case n.Var():
            names[e.name] = None
        case n.Field():
            fields[e.name] = None
        case n.After():
            after[e.name] = None
        case _:
            pass
    for part in walk.children(e):
        inner = reads_of(part, known)
        names.update(dict.fromkeys(inner.names))
        fields.update(dict.fromkeys(inner.fields))
        after.update(dict.fromkeys(inner.after))
    match e:
        case n.Fold():
            bound = {g.name for g in e.generators}
        case n.MapOf():
            bound = set(e.names)
        case n.Bind():
            bound = {e.name}
        case _:
            bound = set()
    free = tuple(x for x in names if x not in bound)
    made = known[id(e)] = Reads(e, free, tuple(fields), tuple(after))
    return made


@dataclass
class Evaluator:
    """Evaluates expressions and actions of one specification (after ``inline``).

    ``path`` is the condition under which the present expression is reached.
    """

    spec: n.Spec
    codec: Codec
    circuit: Circuit
    path: Literal = TRUE
    mistakes: list[Literal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.values = Values(self.circuit)
        self._reads: dict[int, Reads] = {}
        self._memo: dict[tuple[int, ...], tuple[Guarded, Literal, list[Guarded]]] = {}
        self._fields = {f.name: f.sort for f in self.spec.fields}

    # ----------------------------------------------------------------------------- actions
    def initial(self) -> list[Outcome]:
        """Every way to start."""
        blank = {f.name: self._blank(f.sort) for f in self.spec.fields}
        return list(self.outcomes(self.spec.init, blank))

    def _blank(self, sort: Sort) -> Guarded:
        """A place for a value that ``init`` will give."""
        match sort:
            case MapSort():
                return tuple(self._blank(sort.value) for _ in self.codec.values(sort.key))
            case _ if sort == BOOL:
                return FALSE
            case _:
                return {}

    def outcomes(
        self, action: n.Action, state: State, alike: Alike = NOT_ALIKE
    ) -> Iterator[Outcome]:
        """The action with every choice of its parameters that may be enabled; of those that are
        ``alike``, one."""
        natural = [p for p in action.parameters if not p.drawn]
        order = [p.name for p in action.parameters]

        def choose(
            i: int, chosen: dict[str, Value], names: dict[str, Guarded], alike: Alike
        ) -> Iterator[Outcome]:
            if i < len(natural):
                p = natural[i]
                for v, still in alike.first(p.sort, self.codec.values(p.sort)):
                    bound = self.values.constant(p.sort, v)
                    now = {**chosen, p.name: v}
                    yield from choose(i + 1, now, {**names, p.name: bound}, still)
                return
            for enabled, after, drawn in self._run(action.body, 0, names, state, TRUE, alike):
                all_chosen = {**chosen, **drawn}
                yield Outcome(tuple(all_chosen[x] for x in order), enabled, after)

        yield from choose(0, {}, {}, alike)

    def _run(
        self,
        body: tuple[n.Stmt, ...],
        start: int,
        names: Names,
        state: State,
        enabled: Literal,
        alike: Alike,
    ) -> Iterator[tuple[Literal, State, dict[str, Value]]]:
        """Run the statements of an action; one result for each drawing of the drawn parameters."""
        names = dict(names)
        for i in range(start, len(body)):
            s = body[i]
            self.path = enabled
            if isinstance(s, n.Choose):
                drawable = [
                    (value, guard)
                    for value, there in self.elements(s.domain, names, state)
                    if self._fits(value, s.sort)
                    and (guard := self.circuit.both(enabled, there)) != FALSE
                ]
                first = dict(alike.first(s.sort, dict.fromkeys(v for v, _ in drawable)))
                for value, guard in drawable:
                    if value not in first:
                        continue
                    bound = {**names, s.name: self.values.constant(s.sort, value)}
                    still = first[value]
                    for e, after, drawn in self._run(body, i + 1, bound, state, guard, still):
                        yield e, after, {s.name: value, **drawn}
                return
            enabled, names, state = self._statement(s, names, state, enabled)
            if enabled == FALSE:
                return
        yield enabled, state, {}

    def _fits(self, value: Value, sort: Sort) -> bool:
        """Whether a drawn record is of the parameter's classes."""
        match sort:
            case RecordSort():
                return bool(self.codec.records[value[0]] == sort)
            case UnionSort():
                return self.codec.records[value[0]] in sort.records
            case _:
                return True

    def _statement(
        self, s: n.Stmt, names: dict[str, Guarded], state: State, enabled: Literal
    ) -> tuple[Literal, dict[str, Guarded], State]:
        self.path = enabled
        match s:
            case n.Require():
                condition = self.expr(s.condition, names, state)
                return self.circuit.both(enabled, condition), names, state
            case n.Let():
                return enabled, {**names, s.name: self.expr(s.value, names, state)}, state
            case n.Assign():
                return enabled, names, {**state, s.field: self.expr(s.value, names, state)}
            case n.Branch():
                return self._branch(s, names, state, enabled)
            case n.Loop():
                for value, there in self.elements(s.domain, names, state):
                    bound = {**names, s.name: self.values.constant(s.sort, value)}
                    enabled, names, state = self._under(there, s.body, bound, names, state, enabled)
                return enabled, names, state
            case n.Choose() | n.Perform() | n.Return():
                raise InternalError(f"{type(s).__name__} is not expected here")
            case _:
                assert_never(s)

    def _block(
        self, body: tuple[n.Stmt, ...], names: dict[str, Guarded], state: State, enabled: Literal
    ) -> tuple[Literal, dict[str, Guarded], State]:
        for s in body:
            enabled, names, state = self._statement(s, names, state, enabled)
        return enabled, names, state

    def _under(
        self,
        there: Literal,
        body: tuple[n.Stmt, ...],
        inner: dict[str, Guarded],
        names: dict[str, Guarded],
        state: State,
        enabled: Literal,
    ) -> tuple[Literal, dict[str, Guarded], State]:
        """Run a body if a condition holds."""
        no = self.circuit.no
        under = self.circuit.both(enabled, there)
        e, after_names, after = self._block(body, inner, state, under)
        merged = self._merge(there, after, state)
        known = {
            x: self._merge_name(there, after_names[x], v) if x in after_names else v
            for x, v in names.items()
        }
        return (
            self.circuit.either(e, self.circuit.both(enabled, no(there))),
            known,
            merged,
        )

    def _branch(
        self, s: n.Branch, names: dict[str, Guarded], state: State, enabled: Literal
    ) -> tuple[Literal, dict[str, Guarded], State]:
        test = self.expr(s.test, names, state)
        no = self.circuit.no(test)
        if test == TRUE:
            return self._block(s.then, names, state, enabled)
        if test == FALSE:
            return self._block(s.orelse, names, state, enabled)
        both = self.circuit.both
        yes_enabled, yes_names, yes = self._block(s.then, names, state, both(enabled, test))
        no_enabled, no_names, orelse = self._block(s.orelse, names, state, both(enabled, no))
        known: dict[str, Guarded] = {}
        for x in {**yes_names, **no_names}:
            if x in yes_names and x in no_names:
                known[x] = self._merge_name(test, yes_names[x], no_names[x])
            else:
                known[x] = yes_names[x] if x in yes_names else no_names[x]
        return (
            self.circuit.either(yes_enabled, no_enabled),
            known,
            self._merge(test, yes, orelse),
        )

    def _merge(self, test: Literal, yes: State, no: State) -> State:
        return {
            f: self.values.choose(test, yes[f], no[f], sort) for f, sort in self._fields.items()
        }

    def _merge_name(self, test: Literal, yes: Guarded, no: Guarded) -> Guarded:
        """A local after a branch. Its sort shows in its form: an int is a literal, a dict whose
        values are ints a set or cases, which are merged alike."""
        if yes is no or yes == no:
            return yes
        if isinstance(yes, int):
            return self.circuit.choose(test, yes, no)
        if isinstance(yes, tuple):
            return tuple(self._merge_name(test, a, b) for a, b in zip(yes, no, strict=True))
        options = [(test, yes), (self.circuit.no(test), no)]
        if any(isinstance(v, dict) for x in (yes, no) for v in x.values()):
            return self.values.mux(options, BagSort(INT))
        return self.values.mux(options, SetSort(INT))

    # ------------------------------------------------------------------------- expressions
    def truth(self, e: n.Expr, state: State, after: State | None = None) -> Literal:
        """A property in a state, or of a step."""
        self.path = TRUE
        self._after = after
        made: Literal = self.expr(e, {}, state)
        return made

    _after: State | None = None

    def wrong(self, literal: Literal) -> None:
        """Something that must not happen where the present path leads."""
        bad = self.circuit.both(self.path, literal)
        if bad != FALSE:
            self.mistakes.append(bad)

    def under(self, condition: Literal, run: Callable[[], Guarded], default: Guarded) -> Guarded:
        """Evaluate only where a condition holds."""
        before = self.path
        self.path = self.circuit.both(before, condition)
        made = default if self.path == FALSE else run()
        self.path = before
        return made

    def cases(self, e: n.Expr, names: Names, state: State) -> Cases:
        return self.values.cases(e.sort, self.expr(e, names, state))

    def expr(self, e: n.Expr, names: Names, state: State) -> Guarded:
        """The guarded value of an expression. What has been computed before, from the very same
        parts, is not computed again; the mistakes it makes count wherever it is reached."""
        if type(e) in SIMPLE:
            return self._expr(e, names, state)
        reads = self._reads.get(id(e)) or self._note(e)
        parts: list[Guarded] = [names[x] for x in reads.names]
        parts += [state[x] for x in reads.fields]
        if reads.after:
            assert self._after is not None
            parts += [self._after[x] for x in reads.after]
        key = (id(e), *[x if type(x) is int else id(x) for x in parts])
        known = self._memo.get(key)
        if known is None:
            before, mistakes = self.path, self.mistakes
            self.path, self.mistakes = TRUE, []
            made = self._expr(e, names, state)
            known = self._memo[key] = (made, self.circuit.any(self.mistakes), parts)
            self.path, self.mistakes = before, mistakes
        if known[1] != FALSE:
            self.wrong(known[1])
        return known[0]

    def _note(self, e: n.Expr) -> Reads:
        """Remember what an expression depends on."""
        made = self._reads[id(e)] = reads_of(e, self._reads)
        return made

    def forget(self) -> None:
        """Drop what was computed, to give back memory; the next questions compute it anew."""
        self._memo.clear()

    def _expr(self, e: n.Expr, names: Names, state: State) -> Guarded:
        values, circuit = self.values, self.circuit
        match e:
            case n.Literal():
                return values.constant(e.sort, e.value)
            case n.First():
                return {0: TRUE}
            case n.Var():
                return names[e.name]
            case n.Field():
                return state[e.name]
            case n.After():
                assert self._after is not None
                return self._after[e.name]
            case n.Constant():
                return values.constant(e.sort, self.codec.constant(e.name, e.sort))
            case n.Record():
                tag = self.codec.tags[e.sort]
                return self._product((tag,), e.args, names, state)
            case n.Tuple():
                return self._product((), e.items, names, state)
            case n.Attr():
                return self._attr(e, names, state)
            case n.IsRecord():
                tag = self.codec.tags[e.record]
                found = self.cases(e.of, names, state)
                return circuit.any(c for v, c in found.items() if v[0] == tag)
            case n.As() | n.Some():
                made = self.cases(e.of, names, state)
                return values.of_cases(e.sort, made)
            case n.Item():
                found = self.cases(e.of, names, state)
                return values.of_cases(e.sort, values.map(found, lambda v: v[e.index]))
            case n.Unwrap():
                found = self.cases(e.of, names, state)
                self.wrong(found.get(None, FALSE))
                return values.of_cases(e.sort, {v: c for v, c in found.items() if v is not None})
            case n.IsNone():
                return self.cases(e.of, names, state).get(None, FALSE)
            case n.Not():
                return circuit.no(self.expr(e.of, names, state))
            case n.And():
                return self._and(e.parts, names, state)
            case n.Or():
                return self._or(e.parts, names, state)
            case n.Implies():
                left = self.expr(e.left, names, state)
                right = self.under(left, lambda: self.expr(e.right, names, state), FALSE)
                return circuit.either(circuit.no(left), right)
            case n.If():
                return self._if(e, names, state)
            case n.Eq():
                if _counted(e.left) or _counted(e.right):
                    return self._compare(e, names, state, lambda v, w: bool(v == w))
                if e.left.sort == e.right.sort:
                    left, right = self.expr(e.left, names, state), self.expr(e.right, names, state)
                    return values.equal(left, right, e.left.sort)
                x, y = self.cases(e.left, names, state), self.cases(e.right, names, state)
                return values.test(x, y, lambda v, w: bool(v == w))
            case n.Lt():
                return self._compare(e, names, state, lambda v, w: bool(v < w))
            case n.Le():
                return self._compare(e, names, state, lambda v, w: bool(v <= w))
            case n.Add():
                return self._arithmetic(e, names, state, lambda v, w: v + w)
            case n.Sub():
                return self._arithmetic(e, names, state, lambda v, w: v - w)
            case n.Mul():
                return self._arithmetic(e, names, state, lambda v, w: v * w)
            case n.Min():
                return self._arithmetic(e, names, state, min)
            case n.Max():
                return self._arithmetic(e, names, state, max)
            case n.Get():
                assert isinstance(e.of.sort, MapSort)
                entries = self.expr(e.of, names, state)
                keys = self._keys(e.key, e.of.sort, names, state) if entries else {}
                return values.mux([(c, entries[i]) for i, c in keys.items()], e.sort)
            case n.Put():
                assert isinstance(e.sort, MapSort)
                entries = list(self.expr(e.of, names, state))
                keys = self._keys(e.key, e.sort, names, state) if entries else {}
                value = self._as_sort(e.value, e.sort.value, names, state)
                for i, c in keys.items():
                    entries[i] = values.choose(c, value, entries[i], e.sort.value)
                return tuple(entries)
            case n.Fill():
                assert isinstance(e.sort, MapSort)
                value = self._as_sort(e.value, e.sort.value, names, state)
                return (value,) * len(self.codec.values(e.sort.key))
            case n.MapOf():
                return self._map_of(e, names, state)
            case n.In():
                return self._in(e, names, state)
            case n.With() | n.Without():
                return self._changed(e, names, state)
            case n.Count():
                return self._count(e, names, state)
            case n.UnionOf():
                left, right = self.expr(e.left, names, state), self.expr(e.right, names, state)
                return {
                    x: circuit.either(left.get(x, FALSE), right.get(x, FALSE))
                    for x in {**left, **right}
                }
            case n.Intersect():
                left, right = self.expr(e.left, names, state), self.expr(e.right, names, state)
                return {x: circuit.both(c, right[x]) for x, c in left.items() if x in right}
            case n.Minus():
                left, right = self.expr(e.left, names, state), self.expr(e.right, names, state)
                return {
                    x: circuit.both(c, circuit.no(right.get(x, FALSE))) for x, c in left.items()
                }
            case n.Within():
                left, right = self.expr(e.left, names, state), self.expr(e.right, names, state)
                return circuit.all(
                    circuit.either(circuit.no(c), right.get(x, FALSE)) for x, c in left.items()
                )
            case n.SetOf():
                return self._set_of(e, names, state)
            case n.Size():
                return self._size(e, names, state)
            case n.At():
                return self._at(e, names, state)
            case n.Slice():
                return self._slice(e, names, state)
            case n.Concat():
                x, y = self.cases(e.left, names, state), self.cases(e.right, names, state)
                return values.map2(x, y, lambda v, w: v + w)
            case n.Seq():
                return self._product((), e.items, names, state)
            case n.All():
                return dict.fromkeys(self.codec.values(e.of), TRUE)
            case n.Range():
                x, y = self.cases(e.low, names, state), self.cases(e.high, names, state)
                return values.map2(x, y, lambda v, w: tuple(range(v, w)))
            case n.Members():
                assert_subset = e.of.sort
                members = self.codec.members(assert_subset)  # type: ignore[arg-type]  # by sort
                found = self.cases(e.of, names, state)
                return values.of_cases(e.sort, values.map(found, lambda v: frozenset(members[v])))
            case n.Of():
                tag = self.codec.tags[e.record]
                held = self.expr(e.collection, names, state)
                if isinstance(e.collection.sort, BagSort):
                    return {
                        x: circuit.no(counts.get(0, FALSE))
                        for x, counts in held.items()
                        if x[0] == tag
                    }
                return {x: c for x, c in held.items() if x[0] == tag}
            case n.Fold():
                return self._fold(e, names, state)
            case n.Bind():
                bound = {**names, e.name: self.expr(e.value, names, state)}
                return self.expr(e.body, bound, state)
            case n.Call():
                raise InternalError("helpers are expanded before a formula is made")
            case _:
                assert_never(e)

    def _as_sort(self, e: n.Expr, sort: Sort, names: Names, state: State) -> Guarded:
        """A value in the form of ``sort``, of which its own sort may be a subsort."""
        made = self.expr(e, names, state)
        if e.sort == sort or type(e.sort) is type(sort):
            return made
        return self.values.of_cases(sort, self.values.cases(e.sort, made))

    def _attr(self, e: n.Attr, names: Names, state: State) -> Guarded:
        """A field of a record. Records of classes without it cannot come here, whatever guarded
        values say: a test was made before."""
        places = {
            tag: [f for f, _ in record.fields].index(e.name) + 1
            for tag, record in enumerate(self.codec.records)
            if record.field(e.name) is not None
        }
        found = self.cases(e.of, names, state)
        known = {v: c for v, c in found.items() if v[0] in places}
        return self.values.of_cases(e.sort, self.values.map(known, lambda v: v[places[v[0]]]))

    def _product(
        self, head: tuple[Value, ...], parts: tuple[n.Expr, ...], names: Names, state: State
    ) -> Cases:
        made: Cases = {head: TRUE}
        for part in parts:
            made = self.values.map2(made, self.cases(part, names, state), lambda v, w: (*v, w))
        return made

    def _and(self, parts: tuple[n.Expr, ...], names: Names, state: State) -> Literal:
        before, so_far = self.path, TRUE
        for part in parts:
            so_far = self.circuit.both(so_far, self.expr(part, names, state))
            self.path = self.circuit.both(before, so_far)
            if FALSE in (so_far, self.path):
                break
        self.path = before
        return so_far

    def _or(self, parts: tuple[n.Expr, ...], names: Names, state: State) -> Literal:
        before, so_far = self.path, FALSE
        for part in parts:
            so_far = self.circuit.either(so_far, self.expr(part, names, state))
            self.path = self.circuit.both(before, self.circuit.no(so_far))
            if so_far == TRUE or self.path == FALSE:
                break
        self.path = before
        return so_far

    def _if(self, e: n.If, names: Names, state: State) -> Guarded:
        test = self.expr(e.test, names, state)
        no = self.circuit.no(test)
        if self.circuit.both(self.path, no) == FALSE:
            return self._as_sort(e.then, e.sort, names, state)
        if self.circuit.both(self.path, test) == FALSE:
            return self._as_sort(e.orelse, e.sort, names, state)
        then = self.under(test, lambda: self._as_sort(e.then, e.sort, names, state), {})
        orelse = self.under(no, lambda: self._as_sort(e.orelse, e.sort, names, state), {})
        return self.values.choose(test, then, orelse, e.sort)

    def _compare(
        self,
        e: n.Eq | n.Lt | n.Le,
        names: Names,
        state: State,
        holds: Callable[[Value, Value], bool],
    ) -> Literal:
        x, y = self._measured(e.left, e.right, names, state)
        return self.values.test(x, y, holds)

    def _measured(
        self, left: n.Expr, right: n.Expr, names: Names, state: State
    ) -> tuple[Cases, Cases]:
        """Both sides of a comparison of ints. A set or bag is counted no further than the other
        side goes: each number above stands for all."""
        if _counted(left) and not _counted(right):
            y = self.cases(right, names, state)
            return self._size(left, names, state, most=max(y, default=0) + 1), y
        if _counted(right) and not _counted(left):
            x = self.cases(left, names, state)
            return x, self._size(right, names, state, most=max(x, default=0) + 1)
        return self.cases(left, names, state), self.cases(right, names, state)

    def _arithmetic(
        self,
        e: n.Add | n.Sub | n.Mul | n.Min | n.Max,
        names: Names,
        state: State,
        f: Callable[[Value, Value], Value],
    ) -> Cases:
        x, y = self.cases(e.left, names, state), self.cases(e.right, names, state)
        return self.values.map2(x, y, f)

    def _keys(self, e: n.Expr, sort: MapSort, names: Names, state: State) -> Cases:
        found = self.cases(e, names, state)
        return self.values.map(found, lambda v: self.codec.key_number(sort.key, v))

    def _map_of(self, e: n.MapOf, names: Names, state: State) -> Guarded:
        assert isinstance(e.sort, MapSort)
        sorts = getattr(e.sort.key, "items", (e.sort.key,))
        entries = []
        for key in self.codec.values(e.sort.key):
            parts = key if len(e.names) > 1 else (key,)
            bound = dict(names)
            for name, sort, part in zip(e.names, sorts, parts, strict=True):
                bound[name] = self.values.constant(sort, part)
            entries.append(self._as_sort(e.value, e.sort.value, bound, state))
        return tuple(entries)

    def _in(self, e: n.In, names: Names, state: State) -> Literal:
        circuit = self.circuit
        x = self.cases(e.of, names, state)
        held = self.expr(e.collection, names, state)
        match e.collection.sort:
            case SetSort():
                return circuit.any(circuit.both(c, held.get(v, FALSE)) for v, c in x.items())
            case BagSort():
                return circuit.any(
                    circuit.both(c, circuit.no(held[v].get(0, FALSE)))
                    for v, c in x.items()
                    if v in held
                )
            case _:
                return self.values.test(x, held, lambda v, s: v in s)

    def _changed(self, e: n.With | n.Without, names: Names, state: State) -> Guarded:
        """A set with or without an element, a bag with a copy more or less."""
        circuit = self.circuit
        held = dict(self.expr(e.collection, names, state))
        x = self.cases(e.element, names, state)
        adds = isinstance(e, n.With)
        if isinstance(e.sort, SetSort):
            for v, c in x.items():
                old = held.get(v, FALSE)
                held[v] = circuit.either(old, c) if adds else circuit.both(old, circuit.no(c))
            return held
        for v, c in x.items():
            old = held.get(v, {0: TRUE})
            if not adds:
                self.wrong(circuit.both(c, old.get(0, FALSE)))
            changed = {k + (1 if adds else -1): d for k, d in old.items() if adds or k > 0}
            held[v] = self.values.choose(c, changed, old, INT)
        return held

    def _count(self, e: n.Count, names: Names, state: State) -> Cases:
        held = self.expr(e.bag, names, state)
        x = self.cases(e.element, names, state)
        zero: Cases = {0: TRUE}
        made: Cases = self.values.mux([(c, held.get(v, zero)) for v, c in x.items()], INT)
        return made

    def _set_of(self, e: n.SetOf, names: Names, state: State) -> Guarded:
        if isinstance(e.sort, BagSort):
            if e.items:
                raise InternalError("a bag is built by adding to it")
            return {}
        parts: dict[Value, list[Literal]] = {}
        for item in e.items:
            for v, c in self.cases(item, names, state).items():
                parts.setdefault(v, []).append(c)
        return {v: self.circuit.any(cs) for v, cs in parts.items()}

    def _size(self, e: n.Size, names: Names, state: State, *, most: int | None = None) -> Cases:
        """The number of elements; ``most`` stands for each that is greater."""
        held = self.expr(e.of, names, state)

        def plus(v: int, w: int) -> int:
            return v + w if most is None else min(v + w, most)

        match e.of.sort:
            case SetSort():
                total: Cases = {0: TRUE}
                for c in held.values():
                    one = {v: k for v, k in ((0, self.circuit.no(c)), (1, c)) if k != FALSE}
                    total = self.values.map2(total, one, plus)
                return total
            case BagSort():
                total = {0: TRUE}
                for counts in held.values():
                    total = self.values.map2(total, counts, plus)
                return total
            case _:
                return self.values.map(held, len)

    def _at(self, e: n.At, names: Names, state: State) -> Guarded:
        s, i = self.cases(e.of, names, state), self.cases(e.index, names, state)
        parts: dict[Value, list[Literal]] = {}
        for v, k, lit in self.values.pairs(s, i):
            if 0 <= k < len(v):
                parts.setdefault(v[k], []).append(lit)
            else:
                self.wrong(lit)
        return self.values.of_cases(e.sort, {v: self.circuit.any(c) for v, c in parts.items()})

    def _slice(self, e: n.Slice, names: Names, state: State) -> Cases:
        made = self.cases(e.of, names, state)
        if e.high is not None:
            high = self.cases(e.high, names, state)
            self._not_negative(high)
            made = self.values.map2(made, high, lambda v, k: v[: max(k, 0)])
        if e.low is not None:
            low = self.cases(e.low, names, state)
            self._not_negative(low)
            made = self.values.map2(made, low, lambda v, k: v[max(k, 0) :])
        return made

    def _not_negative(self, x: Cases) -> None:
        for v, c in x.items():
            if v < 0:
                self.wrong(c)

    # ------------------------------------------------------------------------ comprehensions
    def elements(
        self, domain: n.Expr, names: Names, state: State
    ) -> Iterator[tuple[Value, Literal]]:
        """The elements a domain may have, each with the condition under which it has it. The
        elements of a sequence come place by place."""
        held = self.expr(domain, names, state)
        match domain.sort:
            case SetSort():
                yield from [(v, c) for v, c in held.items() if c != FALSE]
            case BagSort():
                no = self.circuit.no
                yield from [(v, no(counts.get(0, FALSE))) for v, counts in held.items()]
            case _:
                longest = max((len(s) for s in held), default=0)
                for place in range(longest):
                    parts: dict[Value, list[Literal]] = {}
                    for s, c in held.items():
                        if place < len(s):
                            parts.setdefault(s[place], []).append(c)
                    yield from [(v, self.circuit.any(cs)) for v, cs in parts.items()]

    def bindings(
        self, generators: tuple[n.Generator, ...], names: Names, state: State
    ) -> Iterator[tuple[Names, Literal]]:
        """Every binding of the generators, with the condition under which it counts; while it is
        looked at, that condition is part of the path."""
        if not generators:
            yield names, TRUE
            return
        g, *rest = generators
        before = self.path
        for value, there in self.elements(g.domain, names, state):
            bound = {**names, g.name: self.values.constant(g.sort, value)}
            self.path = self.circuit.both(before, there)
            counts = there
            if g.where is not None and self.path != FALSE:
                counts = self.circuit.both(there, self.expr(g.where, bound, state))
                self.path = self.circuit.both(before, counts)
            if self.path != FALSE:
                for inner, c in self.bindings(tuple(rest), bound, state):
                    yield inner, self.circuit.both(counts, c)
            self.path = before

    def _fold(self, e: n.Fold, names: Names, state: State) -> Guarded:
        circuit = self.circuit
        match e.op:
            case n.Op.ALL:
                found = []
                for bound, c in self.bindings(e.generators, names, state):
                    found.append(circuit.either(circuit.no(c), self.expr(e.body, bound, state)))
                    if found[-1] == FALSE:
                        break
                return circuit.all(found)
            case n.Op.ANY:
                found = []
                for bound, c in self.bindings(e.generators, names, state):
                    found.append(circuit.both(c, self.expr(e.body, bound, state)))
                    if found[-1] == TRUE:
                        break
                return circuit.any(found)
            case n.Op.SET:
                assert isinstance(e.sort, SetSort)
                parts: dict[Value, list[Literal]] = {}
                for bound, c in self.bindings(e.generators, names, state):
                    for v, d in self.cases(e.body, bound, state).items():
                        parts.setdefault(v, []).append(circuit.both(c, d))
                return {v: circuit.any(cs) for v, cs in parts.items()}
            case n.Op.SUM:
                total: Cases = {0: TRUE}
                for bound, c in self.bindings(e.generators, names, state):
                    value = self.cases(e.body, bound, state)
                    part = self.values.choose(c, value, {0: TRUE}, INT)
                    total = self.values.map2(total, part, lambda v, w: v + w)
                return total
            case n.Op.SEQ:
                made: Cases = {(): TRUE}
                for bound, c in self.bindings(e.generators, names, state):
                    value = self.values.map(self.cases(e.body, bound, state), lambda v: (v,))
                    part = self.values.choose(c, value, {(): TRUE}, SeqSort(INT))
                    made = self.values.map2(made, part, lambda v, w: v + w)
                return made
            case n.Op.MIN | n.Op.MAX:
                return self._extremum(e, names, state)
            case _:
                assert_never(e.op)

    def _extremum(self, e: n.Fold, names: Names, state: State) -> Guarded:
        """The least or greatest value, or the default of nothing."""
        circuit = self.circuit
        parts: dict[Value, list[Literal]] = {}
        for bound, c in self.bindings(e.generators, names, state):
            for v, d in self.cases(e.body, bound, state).items():
                parts.setdefault(v, []).append(circuit.both(c, d))
        present = {v: circuit.any(cs) for v, cs in parts.items()}
        made: Cases = {}
        none_better = TRUE
        for v in sorted(present, reverse=e.op is n.Op.MAX):
            made[v] = circuit.both(none_better, present[v])
            none_better = circuit.both(none_better, circuit.no(present[v]))
        if e.default is None:
            self.wrong(none_better)
            return made
        fallback = self.cases(e.default, names, state)
        return self.values.choose(circuit.no(none_better), made, fallback, INT)


def _counted(e: n.Expr) -> TypeGuard[n.Size]:
    """Whether an int is the number of elements of something that has a literal for each."""
    return isinstance(e, n.Size) and isinstance(e.of.sort, SetSort | BagSort)
