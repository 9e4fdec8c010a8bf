"""IR to Python: the source that the interpreter compiles, one function per action and property.

The generated text is meant to be read (``ballotproof show --python``): locals keep their names, and
each statement stands below the line of the specification it came from. What makes it quick keeps
the meaning:

- sorts are numbered, so sizes, quorums, constants and keys of maps are literals;
- parameters are bound by loops, each opened just before the first statement that mentions it, so
  that a guard on the first parameter is asked before the second is enumerated;
- quantifiers are loops that stop at the first element that decides them;
- a state is a tuple of cells (:mod:`.cells`), and a statement makes a new version of a cell, so
  that nothing has to be undone between two choices.

**Order of evaluation** is that of the IR, from left to right and lazily: what a guard protects is
evaluated only if the guard holds, so generated code fails in the states in which Python does.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import functools
import itertools
import keyword
import linecache
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, assert_never

from ...spec.lang.errors import InternalError, Span, shown_path
from ..ir import nodes as n
from ..ir import walk
from ..ir.show import show_stmt
from ..ir.sorts import (
    BOOL,
    BagSort,
    MapSort,
    OptionSort,
    RecordSort,
    SeqSort,
    SetSort,
    Sort,
    SubsetSort,
    TupleSort,
    UnionSort,
    records_of,
)
from . import prelude
from .cells import Cell, Cells
from .codec import Codec

__all__ = ["Emitted", "Routine", "emit"]

RESERVED = {
    *keyword.kwlist,
    *keyword.softkwlist,
    *dir(builtins),
    *prelude.__all__,
    "Transition",
    "asked",
    "held",
    "out",
    "state",
    "successors",
    "initial",
}

OPERATIONS = {
    "add": "adding",
    "bag_add": "bag_adding",
    "bag_remove": "bag_removing",
    "bag_size": "bag_sizing",
    "discard": "discarding",
    "order": "ordering",
    "put": "putting",
}
"""Operations of the prelude, and the names of the tables of what they gave before."""

LITERAL_UP_TO = 64
"""Domains of so many elements are written out: iterating over a literal is quicker than a range."""


@dataclass(frozen=True)
class Routine:
    """A generated function: its name, and the cells it takes, before and after a step."""

    name: str
    cells: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


@dataclass
class Emitted:
    """The generated module, and what each part of the specification became in it.

    ``guards`` lists the Require and Choose statements that ``counters`` count, action by action;
    ``places`` the nodes that ``negative`` refers to by number.
    """

    text: str
    initial: Routine
    successors: Routine
    properties: dict[str, Routine]
    premises: dict[str, Routine]
    images: dict[str, Routine]
    counters: dict[str, Routine]
    guards: dict[str, tuple[n.Require | n.Choose, ...]]
    places: list[n.Expr]


def emit(
    spec: n.Spec,
    codec: Codec,
    cells: Cells,
    premises: dict[str, n.Expr],
    abstract: dict[str, Cells],
) -> Emitted:
    """The Python source of a specification in one universe.

    **In** ``spec`` after :func:`~..passes.inline_effects.inline_effects`; ``premises`` gives the
    premise of each invariant that has one, ``abstract`` the cells of what each refinement refers
    to.
    """
    module = _Module(spec, codec, cells)
    initial = module.initial()
    steps = [module.action(a) for a in spec.actions]
    successors = module.successors(steps)
    return Emitted(
        initial=initial,
        successors=successors,
        properties={p.name: module.property(p) for p in spec.properties},
        premises={name: module.premise(name, e) for name, e in premises.items()},
        images={r.name: module.image(r, abstract[r.name]) for r in spec.refinements},
        counters={a.name: module.counter(a) for a in spec.actions},
        guards={a.name: tuple(walk.conditions_of(a.body)) for a in spec.actions},
        places=module.places,
        text=module.text(),
    )


# -------------------------------------------------------------------------------------- module
class _Module:
    """The text of the module so far, and its names."""

    def __init__(self, spec: n.Spec, codec: Codec, cells: Cells) -> None:
        self.spec = spec
        self.codec = codec
        self.cells = cells
        self.places: list[n.Expr] = []
        self.names = set(RESERVED)
        self.in_text = _names_in(spec)
        self.functions = {f.name: self.name(f.name) for f in spec.functions}
        self.actions = {a.name: self.name(a.name) for a in spec.actions}
        self.properties = {p.name: self.name(p.name) for p in spec.properties}
        self.images = {r.name: self.name(r.name) for r in spec.refinements}
        self.tables: dict[str, str] = {}
        self.blocks: list[list[str]] = []
        self.helpers: dict[str, Routine] = {}
        self._table_names: dict[object, str] = {}

    def text(self) -> str:
        head = [
            f'"""{self.spec.name}, generated from its specification."""',
            "",
            "from ballotproof.model_check.backends.prelude import *",
            "from ballotproof.model_check.explore.system import Transition",
            *([""] if self.tables else []),
            *(f"{name} = {value}" for name, value in self.tables.items()),
        ]
        return "\n".join("\n".join(block) + "\n\n" for block in [head, *self.blocks])

    def name(self, wanted: str) -> str:
        """A name of the module that is used for nothing else."""
        made = _unused(_identifier(wanted), self.names | self.in_text)
        self.names.add(made)
        return made

    def table(self, key: object, wanted: str, value: str) -> str:
        """The name of a constant of the module; made when first asked for."""
        if key not in self._table_names:
            self._table_names[key] = name = self.name(wanted)
            self.tables[name] = value
        return self._table_names[key]

    def operation(self, name: str) -> str:
        """The table of what an operation on cells gives."""
        self.table("same", "SAME", "{}")
        return self.table(("operation", name), OPERATIONS[name], f"Remembered({name}, SAME)")

    def members(self, sort: SubsetSort) -> str:
        """The table of the members of each subset."""
        return self.table(("members", sort), sort.name.upper(), repr(self.codec.members(sort)))

    def member_sets(self, sort: SubsetSort) -> str:
        sets = tuple(map(frozenset, self.codec.members(sort)))
        return self.table(("sets", sort), f"{sort.name.upper()}_SETS", repr(sets))

    def constant(self, name: str, sort: Sort) -> str:
        value = repr(self.codec.constant(name, sort))
        simple = len(value) <= 12 and not value.startswith("frozenset")
        return value if simple else self.table(("constant", name), name.upper(), value)

    # --------------------------------------------------------------------------- functions
    def helper(self, name: str) -> Routine:
        """The function made of a helper, written when it is first called."""
        if name not in self.helpers:
            function = self.spec.function(name)
            made = _Function(self)
            parameters = [made.parameter(x) for x, _ in function.parameters]
            made.comment_declaration(function)
            made.body_of_value(function.body)
            self.helpers[name] = self.finish(made, self.functions[name], parameters)
        return self.helpers[name]

    def property(self, p: n.Property) -> Routine:
        made = _Function(self)
        made.comment_declaration(p)
        parameters = [made.parameter(x.name) for x in p.parameters]
        made.body_of_value(p.body)
        return self.finish(made, self.properties[p.name], parameters)

    def premise(self, name: str, e: n.Expr) -> Routine:
        made = _Function(self)
        made.write(f"# whether {name} says anything of the state")
        made.body_of_value((n.Return(e, span=e.span),))
        return self.finish(made, self.name(f"{name}_premise"), [])

    def finish(self, made: _Function, name: str, parameters: Sequence[str]) -> Routine:
        """Give a function its head, once its body has shown which cells it reads."""
        before = [c for c in self.cells.all if c.number in made.read]
        after = [c for c in self.cells.all if c.number in made.read_after]
        arguments = [*parameters, *(made.before[c.number].name for c in before)]
        arguments += [made.after[c.number] for c in after]
        self.blocks.append([f"def {name}({', '.join(arguments)}):", *made.lines])
        return Routine(name, tuple(c.number for c in before), tuple(c.number for c in after))

    def initial(self) -> Routine:
        made = _Function(self, blank=True, fail=_Fail(("return out",), leaves=True))
        made.comment_declaration(self.spec.init)
        made.write("out = []")
        made.steps(self.spec.init, lambda: made.write(f"out.append({made.state()})"))
        made.write("return out")
        self.blocks.append(["def initial():", *made.lines])
        return Routine("initial")

    def action(self, a: n.Action) -> Routine:
        name = self.actions[a.name]
        made = _Function(self)
        made.comment_declaration(a)
        made.write(f"({', '.join(made.before[c.number].name for c in self.cells.all)},) = state")
        chosen = {p.name: made.parameter(p.name) for p in a.parameters}

        def reached() -> None:
            arguments = "".join(f"{chosen[p.name]}, " for p in a.parameters)
            target = made.state() if walk.fields_written(a.body) else "state"
            made.write(f"out.append(Transition({a.name!r}, ({arguments}), {target}))")

        made.steps(a, reached)
        self.blocks.append([f"def {name}(state, out):", *made.lines])
        return Routine(name)

    def counter(self, a: n.Action) -> Routine:
        """The action once more, counting how often each guard is asked and holds."""
        name = self.name(f"count_{a.name}")
        made = _Function(self, counting=True)
        made.write(f"({', '.join(made.before[c.number].name for c in self.cells.all)},) = state")
        for p in a.parameters:
            made.parameter(p.name)
        made.steps(a, lambda: made.write("pass"))
        self.blocks.append([f"def {name}(state, asked, held):", *made.lines])
        return Routine(name)

    def successors(self, steps: list[Routine]) -> Routine:
        body = ["out = []", *(f"{r.name}(state, out)" for r in steps), "return out"]
        self.blocks.append(["def successors(state):", *(f"    {line}" for line in body)])
        return Routine("successors")

    def image(self, r: n.Refinement, abstract: Cells) -> Routine:
        """The cells of the abstract state that a refinement maps a state to."""
        made = _Function(self)
        made.comment_declaration(r)
        for let in r.bindings:
            made.statement(let)
        values: list[str] = []
        mapping = dict(r.mapping)
        for f in r.abstract.fields:
            value = made.atom(mapping[f.name])
            for cell in abstract.of_field[f.name]:
                bag = isinstance(f.sort, BagSort)
                values.append(value if cell.record is None else made.part(value, cell, bag))
        made.write(f"return ({', '.join(values)},)")
        return self.finish(made, self.images[r.name], [])


# ------------------------------------------------------------------------------------ function
@dataclass(frozen=True)
class _Slot:
    """The Python name that holds a local or cell now.

    ``level`` counts the loops over parameters that were open when it was made: at the same level it
    may be given another value, deeper the next choice still needs this one. NEVER is for what may
    not be overwritten at all, UNSET for a cell that ``init`` has given no value yet.
    """

    name: str
    level: int


NEVER = -1
UNSET = -2


@dataclass(frozen=True)
class _Fail:
    """What to do when a guard does not hold; ``leaves`` if that works from inside any loop."""

    lines: tuple[str, ...]
    leaves: bool = False


CONTINUE = _Fail(("continue",))
RETURN = _Fail(("return",), leaves=True)


@dataclass(frozen=True)
class _Domain:
    """Something to iterate over; ``pairs`` if its elements come with a number of copies."""

    text: str
    pairs: bool = False

    def target(self, name: str) -> str:
        return f"{name}, _" if self.pairs else name


@dataclass(frozen=True)
class _Split:
    """The cells of a field, by record class. Asking for the name of one counts as reading it."""

    cells: tuple[Cell, ...]
    named: Callable[[Cell], str]

    @property
    def records(self) -> list[RecordSort | None]:
        return [c.record for c in self.cells]

    def names(self, records: Iterable[RecordSort] | None = None) -> list[str]:
        """The names of the cells of these classes, or of all."""
        wanted = None if records is None else set(records)
        return [self.named(c) for c in self.cells if wanted is None or c.record in wanted]


@dataclass
class _Function:
    """The body of one function while it is written."""

    module: _Module
    blank: bool = False  # init: no cell has a value yet
    counting: bool = False
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    level: int = 0
    fail: _Fail = RETURN
    locals: dict[str, _Slot] = field(default_factory=dict)
    unbound: dict[str, n.Parameter] = field(default_factory=dict)
    read: set[int] = field(default_factory=set)
    read_after: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.codec = self.module.codec
        self.names = set(self.module.names)
        first = UNSET if self.blank else NEVER
        self.before = {c.number: _Slot(self.new(c.name), first) for c in self.module.cells.all}
        self.now = dict(self.before)
        self.after = {c.number: self.new(f"after_{c.name}") for c in self.module.cells.all}
        self.guard_number = 0
        self.commented: Span | None = None

    # ---------------------------------------------------------------------------- writing
    def write(self, line: str) -> None:
        """One line, without redundant parentheses."""
        self.lines.append("    " * self.depth + _tidy(line))

    @contextlib.contextmanager
    def indented(self) -> Iterator[None]:
        self.depth += 1
        start = len(self.lines)
        yield
        if all(line.lstrip().startswith("#") for line in self.lines[start:]):
            self.write("pass")
        self.depth -= 1

    @contextlib.contextmanager
    def captured(self) -> Iterator[list[str]]:
        """The lines written inside go to a list of their own."""
        outer, self.lines = self.lines, []
        yield self.lines
        self.lines = outer

    def new(self, wanted: str) -> str:
        """A Python name that the function does not use yet."""
        made = _unused(_identifier(wanted), self.names)
        self.names.add(made)
        return made

    def parameter(self, name: str) -> str:
        made = self.new(name)
        self.locals[name] = _Slot(made, NEVER)
        return made

    def comment(self, s: n.Stmt) -> None:
        """The line of the specification that a statement came from, said once."""
        if s.span == self.commented and s.span.line:
            return
        self.commented = s.span
        text = _source(s.span) or show_stmt(s).split("\n")[0]
        where = f"{s.span.line}: " if s.span.line else ""
        self.lines.append("    " * self.depth + f"# {where}{text}")

    def comment_declaration(self, d: n.Action | n.Function | n.Property | n.Refinement) -> None:
        if d.span.line:
            where = f"{shown_path(d.span.file)}:{d.span.line}"
            self.lines.append("    " * self.depth + f"# {where} {d.name}")

    # ------------------------------------------------------------------------------- cells
    def cell(self, cell: Cell) -> str:
        """The name that holds a cell now."""
        self.read.add(cell.number)
        return self.now[cell.number].name

    def cell_after(self, cell: Cell) -> str:
        self.read_after.add(cell.number)
        return self.after[cell.number]

    def state(self) -> str:
        return f"({', '.join(self.cell(c) for c in self.module.cells.all)},)"

    def part(self, text: str, cell: Cell, bag: bool) -> str:
        """The elements of one record class."""
        assert cell.record is not None
        tag = self.codec.tags[cell.record]
        return f"frozenset([x for x in {text} if x{'[0]' * bag}[0] == {tag}])"

    def split(self, e: n.Expr) -> _Split | None:
        """A Set or Bag field that has one cell for each class, else None."""
        if not isinstance(e, n.Field | n.After) or not self.module.cells.split(e.name):
            return None
        named = self.cell if isinstance(e, n.Field) else self.cell_after
        return _Split(self.module.cells.of_field[e.name], named)

    # --------------------------------------------------------------------------- versions
    def write_to(self, slots: dict[int, _Slot] | dict[str, _Slot], key: int | str) -> str:
        """The name to which a new value of a local or cell is written."""
        table: dict[int | str, _Slot] = slots  # type: ignore[assignment]  # keys of one kind each
        slot = table.get(key)
        if slot is not None and slot.level == self.level:
            return slot.name
        if slot is None:
            name = self.new(str(key))
        elif slot.level == UNSET:
            name = slot.name
        else:
            name = self.new(f"new_{_first_name(slot.name)}")
        table[key] = _Slot(name, self.level)
        return name

    def keep_versions(self, body: Iterable[n.Stmt]) -> None:
        """Before a branch or loop: names of our own for what is assigned inside, so that both
        sides, and every round, write to the same."""
        body = tuple(body)
        numbers: dict[int, None] = {}
        for s in walk.statements_in(body):
            if isinstance(s, n.Assign):
                numbers.update(dict.fromkeys(self.touched(s)))
        for number in numbers:
            self._keep(self.now, number)
        for s in walk.statements_in(body):
            if isinstance(s, n.Let):
                self._keep(self.locals, s.name)

    def _keep(self, slots: dict[int, _Slot] | dict[str, _Slot], key: int | str) -> None:
        table: dict[int | str, _Slot] = slots  # type: ignore[assignment]  # keys of one kind each
        old = table.get(key)
        new = self.write_to(slots, key)
        if old is not None and old.level != UNSET and old.name != new:
            if isinstance(key, int):
                self.read.add(key)
            self.write(f"{new} = {old.name}")

    def touched(self, s: n.Assign) -> list[int]:
        """The cells to which an assignment can give a new value."""
        cells = self.module.cells.of_field[s.field]
        value = s.value
        if len(cells) == 1 or not isinstance(value, n.With | n.Without):
            return [c.number for c in cells]
        if not (isinstance(value.collection, n.Field) and value.collection.name == s.field):
            return [c.number for c in cells]
        return [c.number for c in cells if c.record in records_of(value.element.sort)]

    # -------------------------------------------------------------------------- statements
    def body_of_value(self, body: tuple[n.Stmt, ...]) -> None:
        """The body of a helper with a value, or of a property."""
        for s in body:
            self.statement(s)

    def steps(self, a: n.Action, reached: Callable[[], None]) -> None:
        """The body of an action; ``reached`` writes what is done for each choice that it allows."""
        self.unbound = {p.name: p for p in a.parameters if not p.drawn}
        depth = self.depth
        body = a.body if self.counting else tuple(_single_guards(a.body))
        for s in body:
            self.open_loops(_variables_of(s))
            self.statement(s)
        self.open_loops(self.unbound)
        reached()
        self.depth = depth

    def open_loops(self, mentioned: Iterable[str]) -> None:
        """Loops over the parameters in ``mentioned`` that are not bound yet."""
        wanted = set(mentioned)
        for name in [x for x in self.unbound if x in wanted]:
            p = self.unbound.pop(name)
            slot = self.locals.get(name) or _Slot(self.parameter(name), NEVER)
            self.open_loop(slot.name, self.universe(p.sort))

    def open_loop(self, target: str, domain: str) -> None:
        self.write(f"for {target} in {domain}:")
        self.depth += 1
        self.level += 1
        self.fail = CONTINUE

    def block(self, body: tuple[n.Stmt, ...]) -> None:
        with self.indented():
            for s in body:
                self.statement(s)

    def statement(self, s: n.Stmt) -> None:
        self.comment(s)
        match s:
            case n.Require():
                self.require(s)
            case n.Choose():
                self.choose(s)
            case n.Let():
                value = self.expr(s.value)
                self.write(f"{self.write_to(self.locals, s.name)} = {value}")
            case n.Assign():
                self.assign(s)
            case n.Branch():
                self.keep_versions((*s.then, *s.orelse))
                self.write(f"if {self.expr(s.test)}:")
                self.block(s.then)
                if s.orelse:
                    self.write("else:")
                    self.block(s.orelse)
            case n.Loop():
                self.loop(s)
            case n.Return():
                assert s.value is not None
                self.result(s.value)
            case n.Perform():
                raise InternalError(f"{s.span}: `{show_stmt(s)}` was not expanded")
            case _:
                assert_never(s)

    def require(self, s: n.Require) -> None:
        if not self.counting:
            self.guard(s.condition, self.fail)
            return
        number = self.guard_number
        self.guard_number += 1
        self.write(f"asked[{number}] += 1")
        self.guard(s.condition, self.fail)
        self.write(f"held[{number}] += 1")

    def choose(self, s: n.Choose) -> None:
        domain = self.chosen_from(s)
        slot = self.locals.get(s.name) or _Slot(self.parameter(s.name), NEVER)
        if self.counting:
            listed = self.new("choices")
            self.write(f"{listed} = list({domain.text})")
            self.write(f"asked[{self.guard_number}] += 1")
            self.write(f"held[{self.guard_number}] += len({listed}) > 0")
            self.guard_number += 1
            domain = replace(domain, text=listed)
        self.open_loop(domain.target(slot.name), domain.text)

    def chosen_from(self, s: n.Choose) -> _Domain:
        """The elements that a drawn parameter takes, each once, in an order that every run has."""
        assert isinstance(s.domain.sort, SetSort | BagSort | SeqSort | SubsetSort)
        element = s.domain.sort.of
        wanted = records_of(s.sort)
        split = self.split(s.domain)
        if split is not None:
            names = split.names(wanted)
            text = names[0] if len(names) == 1 else f"({', '.join(f'*{x}' for x in names)})"
            domain = _Domain(text, isinstance(s.domain.sort, BagSort))
        else:
            domain = self.domain(s.domain)
            if isinstance(s.domain.sort, SeqSort) and not isinstance(s.domain, n.Range):
                domain = _Domain(f"dict.fromkeys({domain.text})")
            if set(records_of(element)) - set(wanted):
                tags = sorted(self.codec.tags[r] for r in wanted)
                tag = f"x{'[0]' * domain.pairs}[0]"
                test = f"{tag} == {tags[0]}" if len(tags) == 1 else f"{tag} in {tuple(tags)}"
                domain = replace(domain, text=f"[x for x in {domain.text} if {test}]")
        if _holds_none(s.sort) and not isinstance(s.domain.sort, SeqSort):
            if domain.text.isidentifier():  # a set, and not a list made of several
                ordered = f"{self.module.operation('order')}[{domain.text},]"
            else:
                ordered = f"order({domain.text})"
            domain = replace(domain, text=ordered)
        return domain

    def loop(self, s: n.Loop) -> None:
        self.keep_versions(s.body)
        domain = self.domain(s.domain)
        outer = self.fail
        guarded = any(isinstance(x, n.Require) for x in walk.statements_in(s.body))
        failed = ""
        if guarded and not outer.leaves:
            failed = self.new("failed")
            self.write(f"{failed} = False")
            self.fail = _Fail((f"{failed} = True", "break"))
        name = self.new(s.name)
        self.locals[s.name] = _Slot(name, NEVER)
        self.write(f"for {domain.target(name)} in {domain.text}:")
        self.block(s.body)
        del self.locals[s.name]
        self.fail = outer
        if failed:
            self.write(f"if {failed}:")
            self.do(outer)

    def do(self, fail: _Fail) -> None:
        with self.indented():
            for line in fail.lines:
                self.write(line)

    # ------------------------------------------------------------------------- assignments
    def assign(self, s: n.Assign) -> None:
        cells = self.module.cells.of_field[s.field]
        if self.module.cells.split(s.field):
            texts = self.parts(s.value, s.field)
            for cell, text in zip(cells, texts, strict=True):
                slot = self.now[cell.number]
                if slot.level == UNSET or text != slot.name:
                    self.write(f"{self.write_to(self.now, cell.number)} = {text}")
            return
        text = self.expr(s.value)
        for cell in cells:
            self.write(f"{self.write_to(self.now, cell.number)} = {text}")

    def parts(self, e: n.Expr, field_name: str) -> list[str]:
        """A set or bag of records, one text for each cell of the field it is assigned to."""
        cells = self.module.cells.of_field[field_name]
        records = [c.record for c in cells]
        bag = isinstance(e.sort, BagSort)
        match e:
            case n.Field() | n.After() if (split := self.split(e)) is not None and (
                split.records == records
            ):
                return split.names()
            case n.With() | n.Without():
                texts = self.parts(e.collection, field_name)
                changed = records_of(e.element.sort)
                x = self.atom(e.element) if len(changed) > 1 else self.expr(e.element)
                for i, cell in enumerate(cells):
                    if cell.record in changed:
                        new = self.updated(e, texts[i], x, bag)
                        if len(changed) > 1:
                            assert cell.record is not None
                            tag = self.codec.tags[cell.record]
                            new = f"({new} if {x}[0] == {tag} else {texts[i]})"
                        texts[i] = new
                return texts
            case n.SetOf(items=()):
                return ["frozenset()"] * len(cells)
            case n.UnionOf() | n.Minus():
                return self.combined(e, field_name)
            case _:
                whole = self.atom(e)
                return [self.part(whole, c, bag) for c in cells]

    def combined(self, e: n.UnionOf | n.Minus, field_name: str) -> list[str]:
        """A union or difference, cell by cell; cells that the right side cannot have stay."""
        left = self.parts(e.left, field_name)
        assert isinstance(e.right.sort, SetSort)
        cells = self.module.cells.of_field[field_name]
        there = records_of(e.right.sort.of)
        right = (
            self.parts(e.right, field_name) if len(there) > 1 else [self.expr(e.right)] * len(left)
        )
        operator = "|" if isinstance(e, n.UnionOf) else "-"
        return [
            f"({a} {operator} {b})" if c.record in there else a
            for a, b, c in zip(left, right, cells, strict=True)
        ]

    def updated(self, e: n.With | n.Without, text: str, x: str, bag: bool) -> str:
        """One set or bag with or without ``x``."""
        if bag:
            operation = "bag_add" if isinstance(e, n.With) else "bag_remove"
        else:
            operation = "add" if isinstance(e, n.With) else "discard"
        return f"{self.module.operation(operation)}[{text}, {x}]"

    # ------------------------------------------------------------------------------ guards
    def guard(self, e: n.Expr, fail: _Fail) -> None:
        """Code behind which ``e`` holds; where it does not, ``fail`` is done."""
        match e:
            case n.Literal(value=True):
                pass
            case n.Literal(value=False):
                for line in fail.lines:
                    self.write(line)
            case n.And():
                self.guard_each(e.parts, fail)
            case n.Or():
                self.guard_some(e.parts, fail)
            case n.Implies():
                self.guard_some((n.Not(e.left, span=e.span), e.right), fail)
            case n.Bind():
                self.bind(e)
                self.guard(e.body, fail)
            case n.Fold(op=n.Op.ALL) if not self.is_emptiness(e):
                self.guard_all(e, fail)
            case n.Fold(op=n.Op.ANY) if not self.is_emptiness(e):
                self.guard_any(e, fail)
            case n.Not():
                self.guard_not(e, fail)
            case _:
                self.guard_text(self.expr(e), fail)

    def guard_not(self, e: n.Not, fail: _Fail) -> None:
        text = self.plain(e.of)
        if text is not None:
            self.guard_text(_not(text), fail)
            return
        match e.of:
            case n.Not():
                self.guard(e.of.of, fail)
            case n.Or():
                self.guard_each([_negated(p) for p in e.of.parts], fail)
            case n.And():
                self.guard_some([_negated(p) for p in e.of.parts], fail)
            case n.Implies():
                self.guard_each([e.of.left, _negated(e.of.right)], fail)
            case n.Fold(op=n.Op.ALL | n.Op.ANY) if not self.is_emptiness(e.of):
                self.guard(_negated(e.of), fail)
            case _:
                self.guard_text(self.expr(e), fail)

    def guard_text(self, text: str, fail: _Fail) -> None:
        self.write(f"if {_not(text)}:")
        self.do(fail)

    def guard_each(self, parts: Sequence[n.Expr], fail: _Fail) -> None:
        """All of the parts, in order; those that are plain expressions in one test."""
        simple: list[str] = []
        for p in parts:
            text = self.plain(p)
            if text is None:
                if simple:
                    self.guard_text(_joined("and", simple), fail)
                    simple = []
                self.guard(p, fail)
            else:
                simple.append(text)
        if simple:
            self.guard_text(_joined("and", simple), fail)

    def guard_some(self, parts: Sequence[n.Expr], fail: _Fail) -> None:
        """At least one of the parts: the last one is a guard if no part before it holds."""
        texts = [self.plain(p) for p in parts]
        known = [t for t in itertools.takewhile(lambda t: t is not None, texts) if t is not None]
        if len(known) == len(parts):
            self.guard_text(_joined("or", known), fail)
            return
        if len(parts) == 1:
            self.guard(parts[0], fail)
            return
        if not known:
            known = [self.expr(parts[0])]
        self.write(f"if {_not(_joined('or', known))}:")
        with self.indented():
            self.guard_some(parts[len(known) :], fail)

    def guard_all(self, e: n.Fold, fail: _Fail) -> None:
        if fail.leaves:
            with self.generators(e.generators):
                self.guard(e.body, fail)
            return
        every = self.new("every")
        self.all_of(e, every)
        self.guard_text(every, fail)

    def all_of(self, e: n.Fold, every: str) -> None:
        """Loops that leave the name ``every`` true if the body holds for all elements."""
        self.write(f"{every} = True")
        broken = _Fail((f"{every} = False", "break"))
        with self.generators(e.generators, after_each=f"if not {every}: break"):
            self.guard(e.body, broken)

    def guard_any(self, e: n.Fold, fail: _Fail) -> None:
        """Loops that are left at the first element found; ``else`` is for when none was."""
        depths = []
        undo = []
        for g in _conditions_outwards(e.generators):
            depths.append(self.depth)
            undo.append(self.open_generator(g))
        self.on_finding(e.body, "break")
        for i, close in enumerate(reversed(undo)):
            close()
            self.depth = depths[-1 - i]
            if i < len(undo) - 1:
                self.write("else:")
                self.do(CONTINUE)
                self.write("break")
        self.write("else:")
        self.do(fail)

    def on_finding(self, e: n.Expr, then: str) -> None:
        """In a loop: ``then``, a statement that leaves it, if ``e`` holds."""
        text = None if _is_true(e) else self.plain(e)
        if text is not None:
            self.write(f"if {text}:")
            self.do(_Fail((then,)))
        else:
            self.guard(e, CONTINUE)
            self.write(then)

    @contextlib.contextmanager
    def generators(
        self, generators: Sequence[n.Generator], after_each: str | None = None
    ) -> Iterator[None]:
        """Nested loops over the generators; ``after_each`` is written behind each inner loop."""
        depths = []
        undo = []
        for g in _conditions_outwards(generators):
            depths.append(self.depth)
            undo.append(self.open_generator(g))
        start = len(self.lines)
        yield
        if len(self.lines) == start:
            self.write("pass")
        for i, close in enumerate(reversed(undo)):
            close()
            self.depth = depths[-1 - i]
            if after_each is not None and i < len(undo) - 1:
                test, line = after_each.split(": ")
                self.write(f"{test}:")
                self.do(_Fail((line,)))

    def open_generator(self, g: n.Generator) -> Callable[[], None]:
        """The head of one loop and its condition; what is given back ends the name's scope."""
        domain = self.domain(g.domain)
        name = self.new(g.name)
        outer = self.locals.get(g.name)
        self.locals[g.name] = _Slot(name, NEVER)
        self.write(f"for {domain.target(name)} in {domain.text}:")
        self.depth += 1
        if g.where is not None:
            self.guard(g.where, CONTINUE)

        def close() -> None:
            self.names.discard(name)
            if outer is None:
                del self.locals[g.name]
            else:
                self.locals[g.name] = outer

        return close

    # ----------------------------------------------------------------------------- results
    def result(self, e: n.Expr) -> None:
        """``return e``, leaving as soon as the value is known."""
        match e:
            case n.Bind():
                self.bind(e)
                self.result(e.body)
            case n.If() if self.plain(e) is None:
                self.write(f"if {self.expr(e.test)}:")
                with self.indented():
                    self.result(e.then)
                self.result(e.orelse)
            case n.And() if self.plain(e) is None:
                *first, last = e.parts
                self.guard_each(first, _returning(False))
                self.result(last)
            case n.Or() if self.plain(e) is None:
                *first, last = e.parts
                self.guard_each([_negated(p) for p in first], _returning(True))
                self.result(last)
            case n.Implies() if self.plain(e) is None:
                self.guard(e.left, _returning(True))
                self.result(e.right)
            case n.Not(of=n.Fold(op=n.Op.ALL | n.Op.ANY) as fold) if not self.is_emptiness(fold):
                self.result(_negated(fold))
            case n.Fold(op=n.Op.ALL) if not self.is_emptiness(e):
                self.guard_all(e, _returning(False))
                self.write("return True")
            case n.Fold(op=n.Op.ANY) if not self.is_emptiness(e):
                with self.generators(e.generators):
                    self.on_finding(e.body, "return True")
                self.write("return False")
            case _:
                self.write(f"return {self.expr(e)}")

    # -------------------------------------------------------------- expressions, in context
    def plain(self, e: n.Expr) -> str | None:
        """The text of ``e`` if it needs no lines before it, else None. Writes nothing."""
        names, read, read_after = set(self.names), set(self.read), set(self.read_after)
        places = len(self.module.places)
        with self.captured() as lines:
            text = self.expr(e)
        if lines:
            self.names, self.read, self.read_after = names, read, read_after
            del self.module.places[places:]
            return None
        return text

    def atom(self, e: n.Expr) -> str:
        """A name or number that has the value of ``e``, so that it can be mentioned twice."""
        text = self.expr(e)
        if text.isidentifier() or re.fullmatch(r"\d+", text):
            return text
        wanted = e.sort.name.lower() if isinstance(e.sort, RecordSort) else "value"
        name = self.new(wanted)
        self.write(f"{name} = {text}")
        return name

    def bind(self, e: n.Bind) -> None:
        value = self.expr(e.value)
        name = self.new(e.name)
        self.locals[e.name] = _Slot(name, NEVER)
        self.write(f"{name} = {value}")

    def lazily(self, parts: Sequence[n.Expr], word: str) -> str:
        """``p and q and ...``, where a part that needs lines gets them only if it is asked."""
        texts: list[str] = []
        for i, p in enumerate(parts):
            text = self.plain(p)
            if text is None and i == 0:
                text = self.expr(p)
            if text is not None:
                texts.append(text)
                continue
            name = self.new("both" if word == "and" else "either")
            self.write(f"{name} = {_joined(word, texts)}")
            self.write(f"if {name if word == 'and' else _not(name)}:")
            with self.indented():
                rest = self.lazily(parts[i:], word)
                self.write(f"{name} = {rest}")
            return name
        return _joined(word, texts)

    def conditional(self, e: n.If) -> str:
        test = self.expr(e.test)
        then, orelse = self.plain(e.then), self.plain(e.orelse)
        if then is not None and orelse is not None:
            return f"({then} if {test} else {orelse})"
        name = self.new("value")
        self.write(f"if {test}:")
        with self.indented():
            self.write(f"{name} = {self.expr(e.then)}")
        self.write("else:")
        with self.indented():
            self.write(f"{name} = {self.expr(e.orelse)}")
        return name

    def place(self, e: n.Expr) -> int:
        self.module.places.append(e)
        return len(self.module.places) - 1

    # ------------------------------------------------------------------------- expressions
    def expr(self, e: n.Expr) -> str:
        """A Python expression; lines that it needs before it are written first."""
        match e:
            case n.Literal():
                return repr(e.value)
            case n.First():
                return "0"
            case n.Var():
                return self.locals[e.name].name
            case n.Field() | n.After():
                return self.field_value(e)
            case n.Constant():
                return self.module.constant(e.name, e.sort)
            case n.Record():
                return f"({', '.join([str(self.codec.tags[e.sort]), *map(self.expr, e.args)])},)"
            case n.Attr():
                return self.attribute(e)
            case n.IsRecord():
                return self.is_record(e)
            case n.As() | n.Some() | n.Unwrap():
                return self.expr(e.of)
            case n.Tuple() | n.Seq():
                return f"({''.join(self.expr(x) + ', ' for x in e.items)})"
            case n.Item():
                return f"{self.expr(e.of)}[{e.index}]"
            case n.IsNone():
                return f"({self.expr(e.of)} is None)"
            case n.Not():
                return self.negation(e)
            case n.And():
                return self.lazily(e.parts, "and")
            case n.Or():
                return self.lazily(e.parts, "or")
            case n.Implies():
                return self.lazily((n.Not(e.left, span=e.span), e.right), "or")
            case n.If():
                return self.conditional(e)
            case n.Eq():
                return self.equal(e)
            case n.Lt():
                return f"({self.expr(e.left)} < {self.expr(e.right)})"
            case n.Le():
                return f"({self.expr(e.left)} <= {self.expr(e.right)})"
            case n.Add() | n.Concat():
                return f"({self.expr(e.left)} + {self.expr(e.right)})"
            case n.Sub():
                return f"({self.expr(e.left)} - {self.expr(e.right)})"
            case n.Mul():
                return f"({self.expr(e.left)} * {self.expr(e.right)})"
            case n.Min():
                return f"min({self.expr(e.left)}, {self.expr(e.right)})"
            case n.Max():
                return f"max({self.expr(e.left)}, {self.expr(e.right)})"
            case n.Get():
                assert isinstance(e.of.sort, MapSort)
                return f"{self.expr(e.of)}[{self.key(e.of.sort, e.key)}]"
            case n.Put():
                assert isinstance(e.of.sort, MapSort)
                of, key = self.expr(e.of), self.key(e.of.sort, e.key)
                return f"{self.module.operation('put')}[{of}, {key}, {self.expr(e.value)}]"
            case n.Fill():
                assert isinstance(e.sort, MapSort)
                return f"({self.expr(e.value)},) * {self.codec.size(e.sort.key)}"
            case n.MapOf():
                return self.map_of(e)
            case n.In():
                return self.membership(e)
            case n.With() | n.Without():
                text = self.expr(e.collection)
                return self.updated(e, text, self.expr(e.element), isinstance(e.sort, BagSort))
            case n.Count():
                return self.count(e)
            case n.UnionOf():
                return f"({self.expr(e.left)} | {self.expr(e.right)})"
            case n.Intersect():
                return f"({self.expr(e.left)} & {self.expr(e.right)})"
            case n.Minus():
                return f"({self.expr(e.left)} - {self.expr(e.right)})"
            case n.Within():
                return f"({self.expr(e.left)} <= {self.expr(e.right)})"
            case n.SetOf():
                items = "".join(self.expr(x) + ", " for x in e.items)
                if isinstance(e.sort, BagSort):
                    return f"bag_of(({items}))" if items else "frozenset()"
                return f"frozenset(({items}))" if items else "frozenset()"
            case n.Size():
                return self.size(e)
            case n.At():
                return self.element_at(e)
            case n.Slice():
                low, high = self.bound(e.low, e), self.bound(e.high, e)
                return f"{self.expr(e.of)}[{low}:{high}]"
            case n.All():
                values = f"frozenset({self.codec.values(e.of)!r})"
                return self.module.table(("all", e.of), f"ALL_{e.of}".upper(), values)
            case n.Range():
                return f"tuple(range({self.expr(e.low)}, {self.expr(e.high)}))"
            case n.Members():
                assert isinstance(e.of.sort, SubsetSort)
                return f"{self.module.member_sets(e.of.sort)}[{self.expr(e.of)}]"
            case n.Of():
                domain = self.domain(e)
                if self.split(e.collection) is not None and not domain.pairs:
                    return domain.text
                return f"frozenset([x for {domain.target('x')} in {domain.text}])"
            case n.Fold():
                return self.fold(e)
            case n.Bind():
                self.bind(e)
                return self.expr(e.body)
            case n.Call():
                return self.call(e)
            case _:
                assert_never(e)

    def field_value(self, e: n.Field | n.After) -> str:
        cells = self.module.cells.of_field[e.name]
        named = self.cell if isinstance(e, n.Field) else self.cell_after
        names = list(map(named, cells))
        return f"({' | '.join(names)})" if len(names) > 1 else names[0]

    def negation(self, e: n.Not) -> str:
        match e.of:
            case n.Fold(op=n.Op.ALL | n.Op.ANY) if not self.is_emptiness(e.of):
                return self.expr(_negated(e.of))
            case _:
                return _not(self.expr(e.of))

    def attribute(self, e: n.Attr) -> str:
        places: dict[int, list[int]] = {}
        for record in records_of(e.of.sort):
            names = [name for name, _ in record.fields]
            places.setdefault(names.index(e.name) + 1, []).append(self.codec.tags[record])
        if len(places) == 1:
            return f"{self.expr(e.of)}[{next(iter(places))}]"
        x = self.atom(e.of)
        *others, (last, _) = sorted(places.items(), key=lambda place: len(place[1]))
        text = f"{x}[{last}]"
        for place, tags in reversed(others):
            test = f"{x}[0] == {tags[0]}" if len(tags) == 1 else f"{x}[0] in {tuple(tags)}"
            text = f"({x}[{place}] if {test} else {text})"
        return text

    def is_record(self, e: n.IsRecord) -> str:
        tag = self.codec.tags[e.record]
        if isinstance(e.of, n.Unwrap):  # None is no record: Python's isinstance says so too
            x = self.atom(e.of)
            return f"({x} is not None and {x}[0] == {tag})"
        if isinstance(e.of.sort, RecordSort):
            return repr(e.of.sort == e.record)
        return f"({self.expr(e.of)}[0] == {tag})"

    def equal(self, e: n.Eq) -> str:
        left, right = self.split(e.left), self.split(e.right)
        if left is not None and right is not None and left.records == right.records:
            pairs = zip(left.names(), right.names(), strict=True)
            return _joined("and", [f"({a} == {b})" for a, b in pairs])
        return f"({self.expr(e.left)} == {self.expr(e.right)})"

    def key(self, sort: MapSort, key: n.Expr) -> str:
        """The place of an entry in the tuple that a map is."""
        if not isinstance(sort.key, TupleSort):
            return self.expr(key)
        if isinstance(key, n.Tuple):
            parts = [self.expr(x) for x in key.items]
        else:
            whole = self.atom(key)
            parts = [f"{whole}[{i}]" for i in range(len(sort.key.items))]
        text = parts[0]
        for part, of in zip(parts[1:], sort.key.items[1:], strict=True):
            text = f"({text} * {self.codec.size(of)} + {part})"
        return text

    def map_of(self, e: n.MapOf) -> str:
        assert isinstance(e.sort, MapSort)
        keys = e.sort.key.items if isinstance(e.sort.key, TupleSort) else (e.sort.key,)
        generators = tuple(
            n.Generator(name, sort, n.All(sort, SetSort(sort)), None)
            for name, sort in zip(e.names, keys, strict=True)
        )
        listed = n.Fold(n.Op.SEQ, e.value, generators, SeqSort(e.value.sort), span=e.span)
        return f"tuple({self.collected(listed)})"

    def membership(self, e: n.In) -> str:
        c = e.collection
        split = self.split(c)
        bag = isinstance(c.sort, BagSort)
        if split is not None:
            names = split.names(records_of(e.of.sort))
            x = self.atom(e.of) if len(names) > 1 or bag else self.expr(e.of)
            tests = [f"(bag_count({s}, {x}) > 0)" if bag else f"({x} in {s})" for s in names]
            return _joined("or", tests)
        match c:
            case n.Of(collection=inner, record=record) if records_of(e.of.sort) == (record,):
                return self.membership(n.In(e.of, inner, span=e.span))
            case n.Range():
                x = self.atom(e.of)
                return f"({self.expr(c.low)} <= {x} < {self.expr(c.high)})"
            case n.Members():
                return f"({self.expr(e.of)} in {self.domain(c).text})"
            case n.All() if not isinstance(e.of.sort, OptionSort):
                return "True"
            case n.Fold(op=n.Op.SET):
                return f"({self.expr(e.of)} in {self.collected(c)})"
            case n.SetOf() if c.items and not bag:
                x = self.expr(e.of)
                return f"({x} in ({''.join(self.expr(i) + ', ' for i in c.items)}))"
            case _ if bag:
                return f"(bag_count({self.expr(c)}, {self.expr(e.of)}) > 0)"
            case _ if isinstance(c.sort, SubsetSort):
                return f"({self.expr(e.of)} in {self.domain(c).text})"
            case _:
                return f"({self.expr(e.of)} in {self.expr(c)})"

    def count(self, e: n.Count) -> str:
        split = self.split(e.bag)
        if split is None:
            return f"bag_count({self.expr(e.bag)}, {self.expr(e.element)})"
        x = self.atom(e.element)
        names = split.names(records_of(e.element.sort))
        return f"({' + '.join(f'bag_count({s}, {x})' for s in names) or '0'})"

    def size(self, e: n.Size) -> str:
        split = self.split(e.of)
        if isinstance(e.of.sort, BagSort):
            names = [self.expr(e.of)] if split is None else split.names()
            return f"{self.module.operation('bag_size')}[{', '.join(names)},]"
        if split is not None:
            return f"({' + '.join(f'len({name})' for name in split.names())})"
        match e.of:
            case n.All():
                return str(self.codec.size(e.of.of))
            case n.Range():
                return f"len(range({self.expr(e.of.low)}, {self.expr(e.of.high)}))"
            case n.Members():
                return f"len({self.domain(e.of).text})"
            case n.Fold(op=n.Op.SET | n.Op.SEQ):
                return f"len({self.collected(e.of)})"
            case _ if isinstance(e.of.sort, SubsetSort):
                return f"len({self.domain(e.of).text})"
            case _:
                return f"len({self.expr(e.of)})"

    def element_at(self, e: n.At) -> str:
        of = self.expr(e.of)
        if isinstance(e.index, n.Literal) and isinstance(e.index.value, int) and e.index.value >= 0:
            return f"{of}[{e.index.value}]"
        i = self.atom(e.index)
        return f"{of}[{i} if {i} >= 0 else negative({i}, {self.place(e)}, {of})]"

    def bound(self, bound: n.Expr | None, e: n.Slice) -> str:
        if bound is None:
            return ""
        if isinstance(bound, n.Literal) and isinstance(bound.value, int) and bound.value >= 0:
            return repr(bound.value)
        i = self.atom(bound)
        return f"{i} if {i} >= 0 else negative({i}, {self.place(e)})"

    def call(self, e: n.Call) -> str:
        arguments = [self.expr(a) for a in e.args]
        routine = self.module.helper(e.function)
        cells = self.module.cells.all
        arguments += [self.cell(cells[i]) for i in routine.cells]
        arguments += [self.cell_after(cells[i]) for i in routine.after]
        return f"{routine.name}({', '.join(arguments)})"

    # ----------------------------------------------------------------------------- domains
    def universe(self, sort: Sort) -> str:
        """All values of a finite sort, in order."""
        values = self.codec.values(sort)
        if len(values) <= LITERAL_UP_TO:
            return repr(values)
        if values == tuple(range(len(values))):
            return f"range({len(values)})"
        return self.module.table(("universe", sort), f"ALL_{sort}", repr(values))

    def domain(self, e: n.Expr) -> _Domain:
        """What a loop over a finite domain iterates over; each element of a set or bag once."""
        split = self.split(e)
        bag = isinstance(e.sort, BagSort)
        if split is not None:
            return _Domain(f"({', '.join(f'*{x}' for x in split.names())},)", bag)
        match e:
            case n.All():
                return _Domain(self.universe(e.of))
            case n.Range():
                return _Domain(f"range({self.expr(e.low)}, {self.expr(e.high)})")
            case n.Members():
                assert isinstance(e.of.sort, SubsetSort)
                return _Domain(f"{self.module.members(e.of.sort)}[{self.expr(e.of)}]")
            case n.Of():
                return self.elements_of_class(e)
            case n.Fold(op=n.Op.SET | n.Op.SEQ):
                return _Domain(self.collected(e))
            case _ if isinstance(e.sort, SubsetSort):
                return _Domain(f"{self.module.members(e.sort)}[{self.expr(e)}]")
            case _:
                return _Domain(self.expr(e), bag)

    def elements_of_class(self, e: n.Of) -> _Domain:
        bag = isinstance(e.collection.sort, BagSort)
        split = self.split(e.collection)
        if split is not None:
            (name,) = split.names((e.record,))
            return _Domain(name, bag)
        inner = self.domain(e.collection)
        assert isinstance(e.collection.sort, SetSort | BagSort)
        if records_of(e.collection.sort.of) == (e.record,):
            return inner
        test = f"x{'[0]' * inner.pairs}[0] == {self.codec.tags[e.record]}"
        return _Domain(f"[x for x in {inner.text} if {test}]", inner.pairs)

    # ----------------------------------------------------------------------- comprehensions
    def is_emptiness(self, e: n.Fold) -> bool:
        """Whether a quantifier only asks if there is anything: ``any(True for _ in votes)``."""
        (g, *rest) = e.generators
        value = e.op is n.Op.ANY
        return (
            not rest and g.where is None and isinstance(e.body, n.Literal) and e.body.value is value
        )

    def fold(self, e: n.Fold) -> str:
        match e.op:
            case n.Op.ALL | n.Op.ANY if self.is_emptiness(e):
                domain = self.domain(e.generators[0].domain).text
                return f"(len({domain}) {'>' if e.op is n.Op.ANY else '=='} 0)"
            case n.Op.ALL:
                every = self.new("every")
                self.all_of(e, every)
                return every
            case n.Op.ANY:
                found = self.new("found")
                self.write(f"{found} = True")
                self.guard_any(e, _Fail((f"{found} = False",)))
                return found
            case n.Op.SUM:
                return self.sum(e)
            case n.Op.MIN | n.Op.MAX:
                listed = self.collected(e)
                if e.default is None:
                    return f"{e.op.value}({listed})"
                return f"{e.op.value}({listed}, default={self.expr(e.default)})"
            case n.Op.SET:
                return f"frozenset({self.collected(e)})"
            case n.Op.SEQ:
                return f"tuple({self.collected(e)})"
            case _:
                assert_never(e.op)

    def sum(self, e: n.Fold) -> str:
        total = self.new("total")
        self.write(f"{total} = 0")
        with self.generators(e.generators):
            self.write(f"{total} += {self.expr(e.body)}")
        return total

    def collected(self, e: n.Fold) -> str:
        """The values of the body: a Python set for SET, else a list; as a comprehension if that
        can be said in one."""
        made = self.comprehension(e)
        if made is not None:
            return f"{{{made}}}" if e.op is n.Op.SET else f"[{made}]"
        name = self.new("those" if e.op is n.Op.SET else "listed")
        self.write(f"{name} = {'set()' if e.op is n.Op.SET else '[]'}")
        with self.generators(e.generators):
            add = "add" if e.op is n.Op.SET else "append"
            self.write(f"{name}.{add}({self.expr(e.body)})")
        return name

    def comprehension(self, e: n.Fold) -> str | None:
        """``body for x in domain if where ...``; None if a part needs lines before it."""
        outer = dict(self.locals)
        names, read, read_after = set(self.names), set(self.read), set(self.read_after)
        places = len(self.module.places)
        hoisted: list[str] = []
        with self.captured() as lines:
            texts = []
            for i, g in enumerate(e.generators):
                domain = self.domain(g.domain)
                if i == 0:  # evaluated once, before the comprehension
                    hoisted = list(lines)
                    lines.clear()
                name = self.new(g.name)
                self.locals[g.name] = _Slot(name, NEVER)
                where = "" if g.where is None else f" if {self.expr(g.where)}"
                texts.append(f"for {domain.target(name)} in {domain.text}{where}")
            body = self.expr(e.body)
        used = self.names - names
        self.locals = outer
        if lines:
            self.names, self.read, self.read_after = names, read, read_after
            del self.module.places[places:]
            return None
        self.lines += hoisted
        if not hoisted:
            self.names -= used
        return f"{body} {' '.join(texts)}"


# --------------------------------------------------------------------------------- about the IR
def _holds_none(sort: Sort) -> bool:
    """Whether None can stand inside a value of this sort."""
    match sort:
        case OptionSort():
            return True
        case RecordSort():
            return any(_holds_none(s) for _, s in sort.fields)
        case UnionSort():
            return any(map(_holds_none, sort.records))
        case TupleSort():
            return any(map(_holds_none, sort.items))
        case SeqSort() | SetSort() | BagSort():
            return _holds_none(sort.of)
        case MapSort():
            return _holds_none(sort.value)
        case _:
            return False


def _negated(e: n.Expr) -> n.Expr:
    """``not e``, with a quantifier turned into the other one."""
    match e:
        case n.Not():
            return e.of
        case n.Literal(value=bool()):
            return replace(e, value=not e.value)
        case n.Fold(op=n.Op.ALL | n.Op.ANY):
            other = n.Op.ANY if e.op is n.Op.ALL else n.Op.ALL
            return replace(e, op=other, body=_negated(e.body))
        case _:
            return n.Not(e, span=e.span)


def _is_true(e: n.Expr) -> bool:
    return isinstance(e, n.Literal) and e.value is True


def _conjuncts(e: n.Expr | None) -> list[n.Expr]:
    if e is None:
        return []
    return [x for p in e.parts for x in _conjuncts(p)] if isinstance(e, n.And) else [e]


def _conjunction(parts: list[n.Expr]) -> n.Expr | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return n.And(tuple(parts), BOOL, span=parts[0].span)


def _conditions_outwards(generators: Sequence[n.Generator]) -> list[n.Generator]:
    """Conditions asked in the outermost loop in which they can be.

    Only what comes first in a condition moves, and only out of a loop over a whole sort: that has
    an element, so the condition would have been asked.
    """
    made = list(generators)
    for i in range(len(made) - 1, 0, -1):
        parts = _conjuncts(made[i].where)
        moved = []
        while (
            parts
            and isinstance(made[i].domain, n.All)
            and made[i].name not in walk.variables(parts[0])
        ):
            moved.append(parts.pop(0))
        if moved:
            before = _conjunction([*_conjuncts(made[i - 1].where), *moved])
            made[i] = replace(made[i], where=_conjunction(parts))
            made[i - 1] = replace(made[i - 1], where=before)
    return made


def _single_guards(body: Iterable[n.Stmt]) -> Iterator[n.Stmt]:
    """A guard that is a conjunction as several, each asked when its parameters are known."""
    for s in body:
        if isinstance(s, n.Require) and isinstance(s.condition, n.And):
            yield from (n.Require(p, span=s.span) for p in _conjuncts(s.condition))
        else:
            yield s


def _names_in(spec: n.Spec) -> set[str]:
    """Every name that a local can have, so that no function or table gets it."""
    bodies = [
        *(a.body for a in (spec.init, *spec.actions)),
        *(f.body for f in spec.functions),
        *(p.body for p in spec.properties),
    ]
    found = {p.name for a in (spec.init, *spec.actions) for p in a.parameters}
    found.update(x.name for p in spec.properties for x in p.parameters)
    found.update(name for f in spec.functions for name, _ in f.parameters)
    for body in bodies:
        found.update(walk.names_bound(body))
    return {_identifier(name) for name in found}


def _variables_of(s: n.Stmt) -> set[str]:
    return walk.variables((s,)) | {x.name for x in walk.statements_in((s,)) if isinstance(x, n.Let)}


# ------------------------------------------------------------------------------- about the text
def _returning(value: bool) -> _Fail:
    return _Fail((f"return {value}",), leaves=True)


def _not(text: str) -> str:
    return f"(not {text})"


def _joined(word: str, texts: Sequence[str]) -> str:
    if not texts:
        return repr(word == "and")
    return texts[0] if len(texts) == 1 else f"({f' {word} '.join(f'({t})' for t in texts)})"


def _identifier(text: str) -> str:
    """The text as a Python name: ``chosen'`` is read after a step, ``Base.m`` is overridden."""
    return re.sub(r"\W", "_", text.replace("'", "_after").replace("\u2032", "_after"))


def _first_name(name: str) -> str:
    return name.removeprefix("new_")


def _unused(name: str, used: set[str]) -> str:
    made, count = name, 1
    while made in used:
        count += 1
        made = f"{name}_{count}"
    return made


class _Negations(ast.NodeTransformer):
    """``not x in y`` becomes ``x not in y``. The order of sets is partial: ``<=`` stays."""

    opposite: ClassVar[dict[type[ast.cmpop], type[ast.cmpop]]] = {
        ast.Eq: ast.NotEq,
        ast.In: ast.NotIn,
        ast.Is: ast.IsNot,
        ast.NotEq: ast.Eq,
        ast.NotIn: ast.In,
        ast.IsNot: ast.Is,
    }

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.UnaryOp(ast.Not(), ast.Compare(left, [op], [right])):
                if type(op) in self.opposite:
                    return ast.Compare(left, [self.opposite[type(op)]()], [right])
            case ast.UnaryOp(ast.Not(), ast.UnaryOp(ast.Not(), operand)):
                return operand
            case _:
                pass
        return node


@functools.lru_cache(maxsize=4096)
def _tidy(line: str) -> str:
    """The line with no more parentheses and negations than Python needs.

    Remembered, because the same loops and tests are written for many actions and properties, and
    taking a line apart costs more than all else that is done for it.
    """
    if line.startswith(("else:", "#", "pass", "continue", "break")):
        return line
    block = line.endswith(":")
    tree = _Negations().visit(ast.parse(f"{line} pass" if block else line))
    text = ast.unparse(tree)
    return text.split("\n")[0] if block else text


def _source(span: Span) -> str:
    """The first line of the text that a node came from."""
    return linecache.getline(span.file, span.line).strip() if span.line else ""
