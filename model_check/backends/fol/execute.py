"""Actions of the IR over unknown states.

An action is executed once, for all states and parameters: what it leads to is a state whose fields
are terms over the state before. So a claim about the state after is a formula about the state
before, its weakest precondition, and nothing has to be said of what an action leaves alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from ....spec.lang.errors import InternalError
from ...ir import nodes as n
from ...ir import walk
from ...ir.sorts import BagSort, OptionSort, SeqSort, Sort
from . import terms as t
from .evaluate import Env, Evaluator, Fields, joined
from .terms import Term
from .values import (
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
)

__all__ = ["Case", "cases"]


@dataclass(frozen=True, slots=True)
class Case:
    """An action for one way of drawing its parameters.

    ``label`` tells the way, ``parameters`` are their values in terms of constants that stand for
    anything; ``facts`` hold of those constants; the action is enabled where ``guard`` holds, and
    then leads to ``fields``. ``tests`` are the conditions of its branches, as the state before
    decides them.
    """

    label: str
    parameters: Mapping[str, Value]
    facts: tuple[Term, ...]
    guard: Term
    fields: Fields
    tests: tuple[Term, ...]


def cases(evaluator: Evaluator, action: n.Action, fields: Fields) -> list[Case]:
    """The action from a state, once for each way of drawing its parameters.

    **Errors** Unsupported.
    """
    facts: list[Term] = []
    names = {
        p.name: _unknown(evaluator, p.name, p.sort, facts) for p in action.parameters if not p.drawn
    }
    wanted = {p.name for p in action.parameters}
    start = _Run(Env(names, fields), (), tuple(facts), (), ())
    found = []
    for done in _Executor(evaluator).run(action.body, start):
        tests = dict.fromkeys(x for x in done.tests if x not in (t.TRUE, t.FALSE))
        found.append(
            Case(
                " ".join(done.labels),
                {k: v for k, v in done.env.names.items() if k in wanted},
                done.facts,
                t.both(done.guard),
                done.env.fields,
                tuple(tests),
            )
        )
    return found


def _unknown(evaluator: Evaluator, name: str, sort: Sort, facts: list[Term]) -> Value:
    """Any value of a sort, as a constant with its tag."""
    if isinstance(sort, OptionSort):
        some = evaluator.signature.constant(f"{name}.some", t.BOOL)
        return Option(some, _unknown(evaluator, name, sort.of, facts))
    made = evaluator.signature.constant(name, evaluator.signature.sort(sort))
    facts += evaluator.signature.tags([(made, sort)])
    return made


@dataclass(frozen=True, slots=True)
class _Run:
    """How far an action has come."""

    env: Env
    guard: tuple[Term, ...]
    facts: tuple[Term, ...]
    labels: tuple[str, ...]
    tests: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class _Test:
    """A branch inside a loop is taken where ``condition`` has this value."""

    condition: n.Expr
    holds: bool


@dataclass(frozen=True, slots=True)
class _Local:
    name: str
    value: n.Expr


@dataclass(frozen=True, slots=True)
class _Either:
    """The locals that the two blocks of a branch give a value."""

    condition: n.Expr
    then: tuple[_Local | _Either, ...]
    orelse: tuple[_Local | _Either, ...]


_Step = n.Loop | _Test | _Local | _Either
"""What leads to a statement inside a loop: rounds, branches and locals, outer ones first."""


class _Executor:
    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator

    def run(self, body: Sequence[n.Stmt], run: _Run) -> Iterator[_Run]:
        depth = len(self.ev.context)
        for i, s in enumerate(body):
            if isinstance(s, n.Choose):
                for drawn in self.drawn(s, run):
                    with self.ev.under(drawn.guard[-1]):
                        yield from self.run(body[i + 1 :], drawn)
                del self.ev.context[depth:]
                return
            run = self.statement(s, run, t.TRUE)
        del self.ev.context[depth:]
        yield run

    # ------------------------------------------------------------------------------ drawing
    def drawn(self, s: n.Choose, run: _Run) -> Iterator[_Run]:
        """The parameter as every family of elements, with constants for its variables."""
        for family in self.ev.families_of(s.domain, run.env, s.sort):
            name = s.name
            values = {x: self.ev.signature.constant(name, x.sort) for x in family.binders}
            fixed = t.substitute(family.guard, values)
            if fixed is t.FALSE:
                continue
            known = [t.substitute(p, values) for ps in family.patterns for p in ps]
            tags = tuple(p for p in known if p.name.startswith("tag."))
            shown = [p.name for p in known if p.op == "app" and p not in tags]
            yield replace(
                run,
                env=run.env.bound(s.name, _replaced(family.value, values)),
                guard=(*run.guard, fixed),
                facts=(*run.facts, *tags),
                labels=(*run.labels, *shown[:1]),
            )

    # --------------------------------------------------------------------------- statements
    def statement(self, s: n.Stmt, run: _Run, path: Term) -> _Run:
        """What a statement makes of a run, where it is reached only if ``path`` holds."""
        env = run.env
        match s:
            case n.Require():
                condition = self.ev.formula(s.condition, env)
                self.ev.context.append(((), condition, ()))
                return replace(run, guard=(*run.guard, t.implies(path, condition)))
            case n.Let():
                return replace(run, env=env.bound(s.name, self.ev.value(s.value, env)))
            case n.Assign():
                fields = {**env.fields, s.field: self.ev.value(s.value, env)}
                return replace(run, env=replace(env, fields=fields))
            case n.Branch():
                return self.branch(s, run, path)
            case n.Loop():
                return self.loop(s, run, path)
            case n.Choose() | n.Perform() | n.Return():
                raise InternalError(f"{s.span}: a statement that was to be expanded")
            case _:
                assert_never(s)

    def branch(self, s: n.Branch, run: _Run, path: Term) -> _Run:
        test = self.ev.formula(s.test, run.env)
        run = replace(run, tests=(*run.tests, test))
        before = run.env
        ends: list[Env] = []
        for block, when in ((s.then, test), (s.orelse, t.negate(test))):
            run = replace(run, env=before)
            with self.ev.under(when):
                for x in block:
                    run = self.statement(x, run, t.both((path, when)))
            ends.append(run.env)
        then, orelse = ends
        names = {
            x: choice(test, v, orelse.names[x]) for x, v in then.names.items() if x in orelse.names
        }
        fields = {f: choice(test, v, orelse.fields[f]) for f, v in then.fields.items()}
        return replace(run, env=replace(before, names=names, fields=fields))

    # ------------------------------------------------------------------------------- loops
    def loop(self, s: n.Loop, run: _Run, path: Term) -> _Run:
        """All rounds at once: each field becomes what the rounds together make of it.

        That needs rounds which change different places, and do not read what others change.
        """
        self.check_rounds(s)
        env = run.env
        fields = dict(env.fields)
        guard = list(run.guard)
        for steps, x in self.statements(s, (), env):
            if isinstance(x, n.Require):
                condition = self.every_round(steps, x.condition, env)
                guard.append(t.implies(path, condition))
            else:
                fields[x.field] = self.updated(steps, x, fields[x.field], env)
        return replace(run, env=replace(env, fields=fields), guard=tuple(guard))

    def check_rounds(self, s: n.Loop) -> None:
        written: set[str] = set()
        keys: dict[str, n.Expr] = {}
        changed = walk.fields_written((s,))
        once = all(map(_once, walk.statements_in((s,))))
        for x in walk.statements_in((s,)):
            own = None
            if isinstance(x, n.Assign):
                match x.value:
                    case n.Put(of=n.Field(name=name), key=key) if name == x.field:
                        if keys.setdefault(name, key) != key:
                            self.ev.cannot(x, "two keys at which a loop changes one map")
                        own, reads = (name, key) if once else None, [key, x.value.value]
                    case n.With(collection=n.Field(name=name), element=e) if name == x.field:
                        reads = [e]
                    case n.UnionOf(left=n.Field(name=name), right=e) if name == x.field:
                        reads = [e]
                    case _:
                        self.ev.cannot(x, "this assignment in a loop, which is none of "
                                       "self.f[k] = e, self.s.add(e) and self.s |= e")  # fmt: skip
            else:
                reads = list(walk.expressions_of(x))
            for e in reads:
                self.check_reads(e, changed, written, own)
            if isinstance(x, n.Assign):
                written.add(x.field)

    def check_reads(
        self, e: n.Expr, changed: set[str], written: set[str], own: tuple[str, n.Expr] | None
    ) -> None:
        work = [e]
        while work:
            x = work.pop()
            match x:
                case n.Get(of=n.Field(name=name), key=key) if (
                    own == (name, key) and name not in written
                ):
                    work.append(key)
                case n.Field(name=name) if name in changed:
                    self.ev.cannot(x, "reading in a loop what its rounds change")
                case _:
                    work.extend(walk.children(x))

    def statements(
        self, s: n.Stmt, steps: tuple[_Step, ...], env: Env
    ) -> Iterator[tuple[tuple[_Step, ...], n.Require | n.Assign]]:
        """The statements that have an effect, each with what leads to it."""
        match s:
            case n.Require() | n.Assign():
                yield steps, s
            case n.Branch():
                for block, holds in ((s.then, True), (s.orelse, False)):
                    yield from self.block(block, (*steps, _Test(s.test, holds)), env)
            case n.Loop():
                yield from self.block(s.body, (*steps, s), env)
            case n.Let() | n.Choose() | n.Perform() | n.Return():
                raise InternalError(f"{s.span}: not here")
            case _:
                assert_never(s)

    def block(
        self, body: Sequence[n.Stmt], steps: tuple[_Step, ...], env: Env
    ) -> Iterator[tuple[tuple[_Step, ...], n.Require | n.Assign]]:
        for s in body:
            if isinstance(s, n.Let):
                steps = (*steps, self.local(s, steps, env))
            else:
                yield from self.statements(s, steps, env)
            if isinstance(s, n.Branch):
                steps = (*steps, self.either(s, steps, env))

    def local(self, s: n.Let, steps: Sequence[_Step], env: Env) -> _Local:
        """A local of one round: no other one has seen it."""
        rounds = [i for i, step in enumerate(steps) if isinstance(step, n.Loop)]
        outside = set(env.names)
        for step in steps[: rounds[-1] + 1 if rounds else 0]:
            outside |= _bound(step)
        if s.name in outside:
            self.ev.cannot(s, "a local that is carried from round to round")
        return _Local(s.name, s.value)

    def either(self, s: n.Branch, steps: tuple[_Step, ...], env: Env) -> _Either:
        """What a branch leaves in locals."""

        def locals_of(block: Sequence[n.Stmt]) -> tuple[_Local | _Either, ...]:
            made: list[_Local | _Either] = []
            for x in block:
                if isinstance(x, n.Let):
                    made.append(self.local(x, steps, env))
                elif isinstance(x, n.Branch):
                    made.append(self.either(x, steps, env))
            return tuple(made)

        return _Either(s.test, locals_of(s.then), locals_of(s.orelse))

    def after(self, step: _Local | _Either, env: Env) -> Env:
        """The locals after a step that only gives them values."""
        if isinstance(step, _Local):
            return env.bound(step.name, self.ev.value(step.value, env))
        test = self.ev.formula(step.condition, env)
        ends = []
        for block, when in ((step.then, test), (step.orelse, t.negate(test))):
            end = env
            with self.ev.under(when):
                for x in block:
                    end = self.after(x, end)
            ends.append(end)
        then, orelse = ends
        changed = _bound(step)
        names = {
            x: choice(test, v, orelse.names[x]) if x in changed else v
            for x, v in then.names.items()
            if x in orelse.names
        }
        return replace(env, names=names)

    def rounds(self, steps: Sequence[_Step], env: Env) -> Iterator[tuple[Family, Env]]:
        """Every way of reaching a statement, as variables and a condition."""
        if not steps:
            yield Family((), t.TRUE, t.TRUE), env
            return
        first, rest = steps[0], steps[1:]
        match first:
            case _Local() | _Either():
                yield from self.rounds(rest, self.after(first, env))
            case _Test():
                test = self.ev.formula(first.condition, env)
                when = test if first.holds else t.negate(test)
                with self.ev.under(when):
                    for f, inner in self.rounds(rest, env):
                        yield replace(f, guard=t.both((when, f.guard))), inner
            case n.Loop():
                for f in self.ev.families_of(first.domain, env, first.sort):
                    with self.ev.under(f.guard, f.binders, f.patterns):
                        for g, inner in self.rounds(rest, env.bound(first.name, f.value)):
                            yield joined(f, g), inner
            case _:
                assert_never(first)

    def every_round(self, steps: Sequence[_Step], condition: n.Expr, env: Env) -> Term:
        made = []
        for f, inner in self.rounds(steps, env):
            made.append(t.forall(f.binders, f.guard, self.ev.formula(condition, inner), f.patterns))
        return t.both(made)

    def updated(self, steps: tuple[_Step, ...], s: n.Assign, old: Value, env: Env) -> Value:
        match s.value:
            case n.Put():
                assert isinstance(old, MapValue)
                return self.put(steps, s.value, old, env)
            case n.With():
                element = s.value.element

                def one_each() -> list[Family]:
                    return [
                        replace(f, value=self.ev.value(element, inner))
                        for f, inner in self.rounds(steps, env)
                    ]

                return self.united(old, one_each)
            case n.UnionOf():
                right = s.value.right

                def all_each() -> list[Family]:
                    return [
                        joined(f, g)
                        for f, inner in self.rounds(steps, env)
                        for g in self.ev.families_of(right, inner)
                    ]

                return self.united(old, all_each)
            case _:
                raise InternalError(f"{s.span}: not here")

    def united(self, old: Value, elements: Callable[[], list[Family]]) -> Value:
        assert isinstance(old, SetValue)
        if self.ev.collecting:
            elements()
        found = self.ev.later(elements)

        def contained(v: Value) -> Term:
            added = (t.exists(f.binders, f.guard, same(v, f.value), f.patterns) for f in found())
            return t.either((contains(old, v), *added))

        return SetValue(Root(contained, lambda: [*families(old), *found()]))

    def put(self, steps: tuple[_Step, ...], e: n.Put, old: MapValue, env: Env) -> Value:
        """The map with the entries that the rounds give it. The key tells the round."""
        parts = e.key.items if isinstance(e.key, n.Tuple) else (e.key,)
        place = {p.name: i for i, p in enumerate(parts) if isinstance(p, n.Var)}
        for s in steps:
            if isinstance(s, n.Loop) and s.name not in place:
                self.ev.cannot(
                    e, f"a key that does not tell the round: `{s.name}` is no part of it"
                )
        if self.ev.collecting:
            for _, inner in self.rounds(steps, env):
                self.ev.value(e.key, inner)
                self.ev.value(e.value, inner)

        def at(key: Value) -> Value:
            given = key.parts if isinstance(key, Tup) and len(parts) > 1 else (key,)
            inner = env
            conditions: list[Term] = []
            told: set[int] = set()
            for s in steps:
                match s:
                    case n.Loop():
                        value = given[place[s.name]]
                        told.add(place[s.name])
                        conditions.append(self.inside(s, value, inner))
                        inner = inner.bound(s.name, value)
                    case _Test():
                        test = self.ev.formula(s.condition, inner)
                        conditions.append(test if s.holds else t.negate(test))
                    case _Local() | _Either():
                        inner = self.after(s, inner)
                    case _:
                        assert_never(s)
            for i, p in enumerate(parts):
                if i not in told:
                    conditions.append(same(self.ev.value(p, inner), given[i]))
            return choice(t.both(conditions), self.ev.value(e.value, inner), old.at(key))

        return MapValue(self.ev.later(at))

    def inside(self, s: n.Loop, value: Value, env: Env) -> Term:
        """Whether a value is one that the loop goes through."""
        return t.TRUE if isinstance(s.domain, n.All) else self.ev.is_in(value, s.domain, env)


def _once(s: n.Stmt) -> bool:
    """Whether no two rounds of a loop are about the same element."""
    if not isinstance(s, n.Loop) or isinstance(s.domain, n.All | n.Range):
        return True
    return not isinstance(s.domain.sort, SeqSort | BagSort)


def _bound(step: _Step) -> frozenset[str]:
    """The names to which a step gives a meaning."""
    match step:
        case _Local() | n.Loop():
            return frozenset({step.name})
        case _Either():
            return frozenset[str]().union(*map(_bound, (*step.then, *step.orelse)))
        case _Test():
            return frozenset()
        case _:
            assert_never(step)


def _replaced(v: Value, values: Mapping[Term, Term]) -> Value:
    """A value with its variables replaced."""

    def closed(f: Term) -> Term:
        return t.substitute(f, values)

    def go(v: Value) -> Value:
        match v:
            case Term():
                return closed(v)
            case Option():
                return Option(closed(v.some), None if v.value is None else go(v.value))
            case Rec():
                return Rec(v.sort, tuple(map(go, v.parts)))
            case Tup():
                return Tup(tuple(map(go, v.parts)))
            case SeqValue():
                return SeqValue(closed(v.length), lambda i: go(v.at(i)))
            case MapValue():
                return MapValue(lambda k: go(v.at(k)))
            case SetValue():
                return SetValue(Root(lambda x: closed(contains(v, x)), lambda: there(v)))
            case _:
                made = []
                for when, r in fields_of(v):
                    rec = go(r)
                    assert isinstance(rec, Rec)
                    made.append((closed(when), rec))
                return one_of(made)

    def there(v: SetValue) -> list[Family]:
        return [
            Family(
                f.binders,
                closed(f.guard),
                go(f.value),
                tuple(tuple(map(closed, ps)) for ps in f.patterns),
            )
            for f in families(v)
        ]

    return go(v)
