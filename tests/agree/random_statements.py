"""Random statements: guards, locals, branches, matches, loops and updates.

A statement is a list of lines. Scopes are changed in place as statements bind names and test
values, just as the front end does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ballotproof.model_check.ir import sorts as ir
from ballotproof.model_check.ir.sorts import BOOL, INT

from .choices import Choices
from .random_expressions import MYPY_KNOWS, UNTYPED, WANTED, Expressions
from .vocabulary import Expr, Facts, Local, Scope, StateField, World, records_of

__all__ = ["Lines", "Mode", "Statements", "indented"]

Lines = list[str]


def indented(lines: Lines) -> Lines:
    return ["    " + line for line in lines] or ["    pass"]


@dataclass(frozen=True)
class Mode:
    """What may be done at one point of a method.

    ``result`` is the type of the value to return, None if there is none; ``returns`` whether
    `return` may stand here. ``acts`` is false of methods that only look. In a loop without order
    ``forms`` says for each field that the loop changes how its rounds do it.
    """

    acts: bool = True
    returns: bool = True
    result: ir.Sort | None = None
    writable: frozenset[str] = frozenset()
    forms: tuple[tuple[str, str], ...] | None = None


Bindings = list[tuple[str, ir.Sort]]


@dataclass
class Captures:
    """The names that the patterns of one match bind; each case may use the same ones again."""

    scope: Scope
    names: Bindings = field(default_factory=list)
    used: Bindings = field(default_factory=list)

    def take(self, sort: ir.Sort) -> str:
        """A name for a value of this type."""
        free = [x for x in self.names if x[1] == sort and x not in self.used]
        if not free:
            free = [(self.scope.fresh("c"), sort)]
            self.names += free
        self.used.append(free[0])
        return free[0][0]

    def end(self) -> Bindings:
        """The names taken since the last call."""
        taken, self.used = self.used, []
        return taken


@dataclass(frozen=True)
class Pattern:
    """A pattern of a case: the class that it is of, whether it matches ``whole`` that class (or
    None), and the names it binds."""

    text: str
    record: ir.RecordSort | None = None
    whole: bool = False
    binds: Bindings = field(default_factory=list)


class Statements(Expressions):
    """Draws statements over one world."""

    fifo = False  # whether the network is FIFO

    def __init__(self, choices: Choices, world: World) -> None:
        super().__init__(choices, world)
        self.written: set[str] = set()  # the fields that the method has changed so far

    # ---------------------------------------------------------------------------------- blocks
    def block(self, scope: Scope, mode: Mode, size: int, depth: int) -> tuple[Lines, bool]:
        """At most ``size`` statements, and whether every path through them returns."""
        lines: Lines = []
        for _ in range(size):
            made, returned = self.statement(scope, mode, depth)
            lines += made
            if returned:
                return lines, True
        return lines, False

    def inner_block(self, scope: Scope, mode: Mode, depth: int) -> tuple[Lines, bool]:
        """A block inside a statement, which may end with a return."""
        lines, returned = self.block(scope, mode, 1 + self.c.below(2), depth - 1)
        if not returned and mode.returns and self.c.chance(20 if mode.result is None else 60):
            return lines + self.return_(scope, mode), True
        return lines, returned

    def return_(self, scope: Scope, mode: Mode) -> Lines:
        if mode.result is None:
            return ["return"]
        return [f"return {self.value(mode.result, scope, self.depth(), WANTED).text}"]

    def depth(self) -> int:
        """How deep an expression may be."""
        return self.c.weighted([(3, 1), (4, 2), (2, 3), (1, 4), (1, 0)])

    def statement(self, scope: Scope, mode: Mode, depth: int) -> tuple[Lines, bool]:
        ways: list[tuple[int, Callable[[], tuple[Lines, bool]]]] = []

        def plain(weight: int, make: Callable[[Scope, Mode], Lines]) -> None:
            ways.append((weight, lambda: (make(scope, mode), False)))

        if mode.acts and self._targets(scope, mode):
            plain(14, self.update)
        plain(2, self.let)
        if mode.acts and (depth > 1 or self.c.chance(20)):
            plain(1, self.require)
        if mode.forms is None and any(not x.fixed for x in scope.locals.values()):
            plain(2, self.let_again)
        if any(isinstance(e.sort, ir.TupleSort) for e in scope.paths()):
            plain(2, self.take_apart)
        if mode.acts and mode.forms is None:
            helpers = self._effects(scope, mode)
            if helpers:
                plain(3, self.perform)
        if depth > 0:
            ways.append((4, lambda: self.if_(scope, mode, depth)))
            if self._subjects(scope):
                ways.append((3, lambda: self.match(scope, mode, depth)))
            ways.append((3 if mode.acts else 1, lambda: (self.for_(scope, mode, depth), False)))
        return self.c.weighted(ways)()

    # ---------------------------------------------------------------------------------- guards
    def require(self, scope: Scope, mode: Mode) -> Lines:
        del mode
        return self.required(self.condition(scope, self.c.below(2)), scope)

    def required(self, test: Expr, scope: Scope) -> Lines:
        """``require(test)``. The front end narrows by it, mypy does not: a class that it forgets
        can not be asked for again, so such a test gets a name first."""
        if any(len(records_of(s)) for s in test.yes.values()):
            name = scope.fresh("ok")
            return [f"{name} = {test.text}", f"require({name})"]
        return [f"require({test.text})"]

    # ---------------------------------------------------------------------------------- locals
    def sorts(self) -> list[ir.Sort]:
        """Types of locals, parameters and results."""
        world = self.world
        named, node = world.named(), world.elements[0]
        small: list[ir.Sort] = [*world.elements, *world.enums, INT]
        items: list[ir.Sort] = [*world.enums, *world.records, INT]
        found = [BOOL, INT, *named, *map(ir.OptionSort, named), ir.OptionSort(INT)]
        found += [*map(ir.SetSort, small), *map(ir.SeqSort, items)]
        found += [ir.TupleSort((node, world.elements[-1])), ir.TupleSort((node, INT))]
        if len(world.records) > 1:
            union = ir.UnionSort(tuple(world.records))
            found += [union, ir.OptionSort(union)]
        found += world.subsets
        return found

    def let(self, scope: Scope, mode: Mode) -> Lines:
        """A new local. Its type is written where mypy or the front end would infer another."""
        del mode
        known = list({e.sort: e.sort for e in scope.paths()})
        entries = [f.sort for _, f in scope.maps()]
        sorts = [s for s in [*entries, *known, *self.sorts()] if self.can(s, scope, WANTED)]
        sort = self.c.pick(sorts)
        simple = isinstance(sort, ir.BoolSort | ir.IntSort | ir.ElementSort | ir.RecordSort)
        bare = simple and not self.c.chance(20)
        if isinstance(sort, ir.OptionSort | ir.SetSort | ir.SeqSort) and self.c.chance(50):
            # mypy infers the type of a lookup: `joined = self.promised[a]`
            found = self._lookups(sort, scope)
            exact = [x for x in found if x[3] == sort]
            if exact:
                text, f, attribute, _ = self.c.pick(exact)
                value = scope.read(f"{text}[{self.key(f.keys, scope)}]{attribute}", sort)
                return [f"{self.bind_local(scope, sort)} = {value.text}"]
        e = self.value(sort, scope, self.depth(), UNTYPED if bare else MYPY_KNOWS)
        if len(records_of(sort)) > 1 or isinstance(e.sort, ir.OptionSort):
            sort = e.sort  # the front end gives the local no wider type than that of its value
        name = self.bind_local(scope, sort)
        return [f"{name} = {e.text}" if bare else f"{name}: {sort} = {e.text}"]

    def bind_local(self, scope: Scope, sort: ir.Sort) -> str:
        name = scope.fresh(stem(sort))
        scope.bind(name, Local(sort, fixed=len(records_of(sort)) > 1))
        return name

    def let_again(self, scope: Scope, mode: Mode) -> Lines:
        """A new value for a local, sometimes by ``+=`` or ``|=``."""
        del mode
        name = self.c.pick([x for x, local in scope.locals.items() if not local.fixed])
        sort = scope.locals[name].sort
        if isinstance(sort, ir.SetSort) and self.can(sort.of, scope) and self.c.chance(40):
            operator = self.c.pick(("|", "-", "&"))
            line = f"{name} {operator}= {self.set_display(sort, scope, 1)}"
            if operator != "&":
                return [line]
        e = self.value(sort, scope, self.depth(), MYPY_KNOWS)
        scope.forget(name)
        return [f"{name} = {e.text}"]

    def take_apart(self, scope: Scope, mode: Mode) -> Lines:
        """``s, n = pair``."""
        del mode
        pairs = [e for e in scope.paths() if isinstance(e.sort, ir.TupleSort)]
        e = self.c.pick(pairs)
        assert isinstance(e.sort, ir.TupleSort)
        names = []
        for sort in e.sort.items:
            names.append(scope.fresh(stem(sort)))
            scope.bind(names[-1], Local(sort))
        return [f"{', '.join(names)} = {e.text}"]

    # --------------------------------------------------------------------------------- updates
    def _targets(self, scope: Scope, mode: Mode) -> list[StateField]:
        """Fields that can be given a value here."""
        names = mode.writable if mode.forms is None else {f for f, _ in mode.forms}
        found = []
        for f in self.world.fields:
            if f.name not in names or not self.can(f.sort, scope, WANTED):
                continue
            if f.kind == "map" and f.name not in scope.own_entries:
                if mode.forms is not None or not all(self._key_can(k, scope) for k in f.keys):
                    continue
            found.append(f)
        return found

    def update(self, scope: Scope, mode: Mode) -> Lines:
        """A change of one field."""
        f = self.c.pick(self._targets(scope, mode))
        self.written.add(f.name)
        form = dict(mode.forms or ()).get(f.name)
        match f.kind:
            case "map":
                own = scope.own_entries.get(f.name)
                key = own if own is not None else self.key(f.keys, scope, 1)
                if form is None and self.c.chance(8):
                    return [f"self.{f.name} = {self.whole_map(f, scope)}"]
                return self._give(f"self.{f.name}[{key}]", f.sort, scope, mode)
            case "set":
                return self._update_set(f, scope, form)
            case "bag":
                return self._update_bag(f, scope, form)
            case "network":
                return self._update_network(f, scope, form)
            case _:
                if form == "sum":
                    amount = self.number(scope, self.c.below(2)).text
                    return [f"self.{f.name} {self.c.pick(('+', '-'))}= {amount}"]
                lines = self._give(f"self.{f.name}", f.sort, scope, mode)
                scope.forget(f"self.{f.name}")
                return lines

    def _give(self, target: str, sort: ir.Sort, scope: Scope, mode: Mode) -> Lines:
        """A new value for a field or an entry."""
        if mode.forms is None:
            match sort:
                case ir.IntSort() if not self.c.chance(60):
                    return [f"require({target} < {self.world.high})", f"{target} += 1"]
                case ir.IntSort() if self.c.chance(20):
                    return [f"if {target} > {self.world.low}:", f"    {target} -= 1"]
                case ir.SeqSort() if self.can(sort.of, scope) and self.c.chance(50):
                    item = f"({self.value(sort.of, scope, 1).text},)"
                    added = self.c.pick((f"{target} = {target} + {item}", f"{target} += {item}"))
                    return [f"require(len({target}) < {self.world.length})", added]
                case ir.SetSort() if "[" in target and self.can(sort.of, scope):
                    if self.c.chance(50):
                        operator = self.c.pick(("|", "-"))
                        return [f"{target} {operator}= {self.set_display(sort, scope, 1)}"]
                case _:
                    pass
        other = self._other_value(target, sort, scope)
        # The simplest specifications should move, too; so here the longer text comes first.
        if mode.forms is None and other is not None and not self.c.chance(60):
            return [f"{target} = {other}"]
        there = target
        if isinstance(sort, ir.ElementSort) and "[" in target:
            there = target.split("[")[1].removesuffix("]").split(", ")[0]  # not the key itself
        e = self.other_than(there, lambda: self.value(sort, scope, self.depth(), WANTED))
        return [f"{target} = {e.text}"]

    def _other_value(self, target: str, sort: ir.Sort, scope: Scope) -> str | None:
        """A value that is not the one there now, so that something happens."""
        if target.removeprefix("self.").split("[")[0] not in scope.readable:
            return None
        match sort:
            case ir.BoolSort():
                return f"not {target}"
            case ir.EnumSort():
                one, two = (f"{sort.name}.{m}" for m in self.c.some(sort.members, 2, 2))
                return f"{one} if {target} == {two} else {two}"
            case ir.OptionSort() if self.can(sort.of, scope):
                value = self.value(sort.of, scope, 1, MYPY_KNOWS).text
                return f"{value} if {target} is None else None"
            case ir.SeqSort() if self.can(sort.of, scope):
                return f"() if {target} else ({self.value(sort.of, scope, 1).text},)"
            case _:
                return None

    def whole_map(self, f: StateField, scope: Scope) -> str:
        """``fill(...)`` or ``Map({...})``."""
        keys = ", ".join(map(str, f.keys))
        if self.c.chance(50):
            inner = scope.fork()
            inner.total = inner.total or False
            names = []
            for sort in f.keys:
                names.append(next(x for x in ("k", "l", "m") if x not in names))
                inner.bind(names[-1], Local(sort))
            value = self.value(f.sort, inner, self.c.below(3), WANTED).text
            key = names[0] if len(names) == 1 else f"({', '.join(names)})"
            over = " ".join(f"for {x} in {s}" for x, s in zip(names, f.keys, strict=True))
            return f"Map({{{key}: {value} {over}}})"
        value = self.value(f.sort, scope, self.c.below(2), WANTED).text
        return f"fill({keys if len(f.keys) == 1 else f'({keys})'}, {value})"

    def _update_set(self, f: StateField, scope: Scope, form: str | None) -> Lines:
        if form is None and self.c.chance(8):
            return [f"self.{f.name} = {self.whole_set(f, scope)}"]
        element = self.value(f.sort, scope, self.depth(), WANTED).text
        operation = form or self.c.pick(("add", "add", "add", "discard"))
        return [f"self.{f.name}.{operation}({element})"]

    def whole_set(self, f: StateField, scope: Scope) -> str:
        if self.c.chance(60) and not isinstance(f.sort, ir.UnionSort):
            text = self.value(ir.SetSort(f.sort), scope, self.c.below(3), MYPY_KNOWS).text
            return f"Set({text})"
        return "Set()"

    def _update_bag(self, f: StateField, scope: Scope, form: str | None) -> Lines:
        if form is None and self.c.chance(5):
            return [f"self.{f.name} = Bag()"]
        element = self.value(f.sort, scope, self.c.below(2), WANTED)
        add, remove = f"self.{f.name}.add({element.text})", f"self.{f.name}.remove({element.text})"
        if form == "add":
            return [add]
        match self.c.below(8):
            case 0 | 1 | 2:
                return [f"require(self.{f.name}.count({element.text}) < 2)", add]
            case 3 | 4:
                return [f"require(len(self.{f.name}) < 3)", add]
            case 5:
                return [f"require({element.text} in self.{f.name})", remove]
            case 6 if self.may_fail(scope):
                return [remove]
            case _:
                return [f"if {element.text} in self.{f.name}:", f"    {remove}"]

    def put_in(self, f: StateField, scope: Scope) -> Lines:
        """One more element in a set, bag or network."""
        operation = "send" if f.kind == "network" else "add"
        return [f"self.{f.name}.{operation}({self.value(f.sort, scope, 1, WANTED).text})"]

    def _update_network(self, f: StateField, scope: Scope, form: str | None) -> Lines:
        if form is None and self.c.chance(3):
            return [f"self.{f.name} = Network()"]
        element = self.value(f.sort, scope, self.depth(), WANTED).text
        if form is None and self.c.chance(8):
            return [f"self.{f.name}.receive({element})"]
        return [f"self.{f.name}.send({element})"]

    # --------------------------------------------------------------------------------- helpers
    def _effects(self, scope: Scope, mode: Mode) -> list[str]:
        return [
            h.name
            for h in self.world.helpers
            if h.result is None and h.reads <= mode.writable and self._callable(h, scope)
        ]

    def perform(self, scope: Scope, mode: Mode) -> Lines:
        """A helper called for its effect."""
        name = self.c.pick(self._effects(scope, mode))
        h = next(h for h in self.world.helpers if h.name == name)
        line = f"self.{name}({self.arguments(h, scope, self.c.below(3))})"
        for x in h.writes:
            scope.forget(f"self.{x}")
        self.written |= h.writes
        return [line]

    # ------------------------------------------------------------------------------- branching
    def if_(self, scope: Scope, mode: Mode, depth: int) -> tuple[Lines, bool]:
        lines: Lines = []
        branches: list[tuple[Scope, bool]] = []
        rest = scope.fork()
        for i in range(1 + (1 if self.c.chance(25) else 0)):
            test = self.condition(rest, self.depth(), truthy=True)
            inner = rest.knowing(test.yes)
            made, returned = self.inner_block(inner, mode, depth)
            lines += [f"{'elif' if i else 'if'} {test.text}:", *indented(made)]
            branches.append((inner, returned))
            rest = rest.knowing(test.no)
        if self.c.chance(40):
            made, returned = self.inner_block(rest, mode, depth)
            lines += ["else:", *indented(made)]
            branches.append((rest, returned))
        else:
            branches.append((rest, False))
        return lines, self._merge(scope, branches)

    def _merge(self, scope: Scope, branches: list[tuple[Scope, bool]]) -> bool:
        """What is known after a statement with branches; True if none of them goes on."""
        going_on = [s for s, returned in branches if not returned]
        if not going_on:
            return True
        first = going_on[0]
        scope.locals = {
            name: local
            for name, local in first.locals.items()
            if all(s.locals.get(name) == local for s in going_on)
        }
        scope.facts = {
            path: sort
            for path, sort in first.facts.items()
            if all(s.facts.get(path) == sort for s in going_on)
        }
        return False

    def _subjects(self, scope: Scope) -> list[Expr]:
        kinds = (ir.UnionSort, ir.OptionSort, ir.EnumSort, ir.RecordSort)
        found = [e for e in scope.paths() if isinstance(e.sort, kinds)]
        for text, f in scope.maps():
            if isinstance(f.sort, kinds) and all(self._key_can(k, scope) for k in f.keys):
                found.append(Expr(f"{text}[KEY]", f.sort))
        return found

    def match(self, scope: Scope, mode: Mode, depth: int) -> tuple[Lines, bool]:
        subject = self.c.pick(self._subjects(scope))
        if subject.text.endswith("[KEY]"):
            f = self.world.field_named(subject.text.split(".")[1].removesuffix("[KEY]"))
            key = self.key(f.keys, scope)
            subject = replace(subject, text=subject.text.replace("KEY", key))
        lines = [f"match {subject.text}:"]
        branches: list[tuple[Scope, bool]] = []
        rest = scope.fork()
        left = [*records_of(subject.sort), *[None] * isinstance(subject.sort, ir.OptionSort)]
        closed = bool(records_of(subject.sort))  # nothing but these classes and None
        for pattern in self._cases(subject, Captures(scope)):
            facts: Facts = {}
            if subject.path and pattern.record is not None:
                facts = {subject.text: pattern.record}
            inner = rest.knowing(facts)
            for name, sort in pattern.binds:
                inner.bind(name, Local(sort))
            guard = ""
            if pattern.text not in ("_", "None") and self.c.chance(20):
                test = self.condition(inner, self.c.below(3), truthy=True)
                guard, inner = f" if {test.text}", inner.knowing(test.yes)
            made, returned = self.inner_block(inner, mode, depth)
            for name, _ in pattern.binds:
                del inner.locals[name]
                inner.forget(name)
            lines += [f"    case {pattern.text}{guard}:", *indented(indented(made))]
            branches.append((inner, returned))
            if pattern.text == "_":
                break
            if pattern.whole and not guard:
                left = [r for r in left if r != pattern.record]
                known = [r for r in left if r is not None]
                if subject.path and known and len(known) == len(left):
                    others = known[0] if len(known) == 1 else ir.UnionSort(tuple(known))
                    rest.learn({subject.text: others})
                if closed and not left:
                    break
        else:
            branches.append((rest, False))
        # The front end knows a name after a match only if it was there before.
        for inner, _ in branches:
            inner.locals = {x: y for x, y in inner.locals.items() if x in scope.locals}
        return lines, self._merge(scope, branches)

    def _cases(self, e: Expr, captures: Captures) -> list[Pattern]:
        """The patterns of a match on a value."""
        made: list[Pattern] = []
        sort = e.sort
        if isinstance(sort, ir.OptionSort):
            sort = sort.of
            if self.c.chance(60):
                made.append(Pattern("None", whole=True))
                if not isinstance(sort, ir.RecordSort | ir.UnionSort):
                    made.append(Pattern(captures.take(sort), binds=captures.end()))
                    return made
        match sort:
            case ir.EnumSort():
                members = self.c.some(sort.members, 1, len(sort.members))
                if len(members) > 1 and self.c.chance(30):
                    first = " | ".join(f"{sort.name}.{m}" for m in members[:2])
                    made.append(Pattern(first))
                    members = members[2:]
                made += [Pattern(f"{sort.name}.{m}") for m in members]
            case ir.UnionSort() | ir.RecordSort():
                for record in self.c.some(records_of(sort), 1, 3):
                    text, whole = self._class_pattern(record, captures)
                    made.append(Pattern(text, record, whole, captures.end()))
            case _:
                pass
        if not made or self.c.chance(60):
            made.append(Pattern("_"))
        return made

    def _class_pattern(
        self, record: ir.RecordSort, captures: Captures, depth: int = 1
    ) -> tuple[str, bool]:
        """A pattern for a class, and whether it matches every record of the class."""
        parts = []
        by_name = self.c.chance(60)
        everything = True
        for name, sort in record.fields:
            inner, whole = self._inner_pattern(sort, captures, depth)
            everything = everything and whole
            if not by_name:
                parts.append(inner)
            elif inner != "_":
                parts.append(f"{name}={inner}")
        return f"{record.name}({', '.join(parts)})", everything

    def _inner_pattern(self, sort: ir.Sort, captures: Captures, depth: int) -> tuple[str, bool]:
        """A pattern for one field of a record, and whether it matches all values there."""
        match self.c.below(5):
            case 0 | 1:
                return "_", True
            case 2 | 3:
                return captures.take(sort), True
            case _:
                pass
        match sort:
            case ir.BoolSort():
                return self.c.pick(("True", "False")), False
            case ir.IntSort():
                return str(self.c.below(self.world.high + 1)), False
            case ir.EnumSort():
                return f"{sort.name}.{self.c.pick(sort.members)}", False
            case ir.OptionSort() if self.c.chance(50) or not isinstance(sort.of, ir.RecordSort):
                return "None", False
            case ir.OptionSort(of=ir.RecordSort() as record) if depth:
                return self._class_pattern(record, captures, depth - 1)[0], False
            case ir.RecordSort() if depth:
                return self._class_pattern(sort, captures, depth - 1)
            case _:
                return "_", True

    # ----------------------------------------------------------------------------------- loops
    def for_(self, scope: Scope, mode: Mode, depth: int) -> Lines:
        """A loop; over a domain without order its rounds do not interfere."""
        d = self.domain(scope, self.c.below(2))
        inner = scope.fork()
        inner.total = scope.total or d.heap
        mode = replace(mode, returns=False)
        again = [x for x, local in scope.locals.items() if not local.fixed]
        kept = [
            x
            for x in again
            if d.row and mode.forms is None and len(records_of(scope.locals[x].sort)) < 2
        ]
        for name in again:
            if name in kept:  # what another round makes of it is not known
                inner.forget(name)
            else:
                inner.locals[name] = replace(inner.locals[name], fixed=True)
        # Likewise of fields; those of which a test has shown something stay as they are.
        tested = {path.split(".")[1] for path in scope.facts if path.startswith("self.")}
        mode = replace(mode, writable=mode.writable - tested)
        target = self.bind_element(d, inner, lambda s: s.fresh("i"))
        after: Lines = []
        if not d.row and mode.acts:
            mode, after = self._independent(d.text, target, d.sort, inner, mode)
        lines, _ = self.block(inner, mode, 1 + self.c.below(2), depth - 1)
        for name in kept:
            scope.forget(name)
        return [f"for {target} in {d.text}:", *indented(lines), *after]

    def _independent(
        self, domain: str, target: str, sort: ir.Sort, inner: Scope, mode: Mode
    ) -> tuple[Mode, Lines]:
        """How the rounds of a loop without order may change the state, and what comes after it."""
        forms: list[tuple[str, str]] = []
        own: dict[str, str] = {}
        outer = None if mode.forms is None else dict(mode.forms)
        for f in self.world.fields:
            if f.name not in mode.writable or (outer is not None and f.name not in outer):
                continue
            fields = [f"self.{f.name}", f"frozenset(self.{f.name})"]
            match f.kind:
                case "set":
                    form = outer[f.name] if outer else self.c.pick(("add", "add", "discard"))
                    forms.append((f.name, form))
                case "bag" if domain not in fields and ".of(" not in domain:
                    forms.append((f.name, "add"))
                case "network" if domain not in fields and not self.fifo:
                    forms.append((f.name, "send"))
                case "scalar" if f.sort == INT:
                    forms.append((f.name, "sum"))
                case "map" if outer is None and "," not in target and sort in f.keys:
                    at = f.keys.index(sort)
                    others = [k for i, k in enumerate(f.keys) if i != at]
                    if all(self._key_can(k, inner) for k in others):
                        parts = [self.key([k], inner) for k in others]
                        parts.insert(at, target)
                        own[f.name] = ", ".join(parts)
                        forms.append((f.name, "entry"))
                case _:
                    pass
        forms = self.c.some(forms, 1, 2)
        written = {name for name, _ in forms}
        inner.readable = inner.readable - written
        inner.own_entries = {k: v for k, v in own.items() if k in written}
        inner.calls = inner.calls and not inner.own_entries
        low, high = self.world.low, self.world.high
        after = []
        if outer is None:
            for name, form in forms:
                if form == "sum":
                    after.append(f"self.{name} = max({low}, min(self.{name}, {high}))")
        return replace(mode, forms=tuple(forms), writable=frozenset(written)), after


def stem(sort: ir.Sort) -> str:
    """What a name of this type is called."""
    match sort:
        case ir.BoolSort():
            return "flag"
        case ir.IntSort():
            return "number"
        case ir.OptionSort():
            return "maybe"
        case ir.SetSort():
            return "group"
        case ir.SeqSort():
            return "row"
        case ir.TupleSort():
            return "pair"
        case ir.UnionSort():
            return "message"
        case _:
            return str(sort).lower()
