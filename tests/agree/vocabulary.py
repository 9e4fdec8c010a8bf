"""What a random specification can speak of: its sorts, records, fields, helpers and names in scope.

Types are the sorts of the IR (:mod:`ballotproof.model_check.ir.sorts`): plain data that print as
Python annotations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ballotproof.model_check.ir import sorts as ir
from ballotproof.model_check.ir.wellformed import subsort

__all__ = [
    "Expr",
    "Facts",
    "Helper",
    "Local",
    "Scope",
    "StateField",
    "World",
    "fits",
    "joined",
    "records_of",
]

Facts = dict[str, ir.Sort]
"""What a test says of the types of names and attributes, as mypy narrows them."""

fits = subsort


def joined(a: ir.Sort, b: ir.Sort) -> ir.Sort:
    """The smallest type of which both are."""
    if fits(a, b):
        return b
    if fits(b, a):
        return a
    if isinstance(a, ir.OptionSort) or isinstance(b, ir.OptionSort):
        inner = [s.of if isinstance(s, ir.OptionSort) else s for s in (a, b)]
        return ir.OptionSort(joined(*inner))
    return ir.UnionSort(tuple(dict.fromkeys((*records_of(a), *records_of(b)))))


def records_of(sort: ir.Sort) -> tuple[ir.RecordSort, ...]:
    """The record classes of which a value can be."""
    match sort:
        case ir.RecordSort():
            return (sort,)
        case ir.UnionSort():
            return sort.records
        case ir.OptionSort():
            return records_of(sort.of)
        case _:
            return ()


@dataclass(frozen=True)
class Expr:
    """The text of an expression with its type.

    For an int ``low..high`` contains every value it can have; for a sequence, every length.
    ``path`` marks names and chains of attributes, which tests can narrow. ``yes`` and ``no`` say
    what is known when a condition is true or false.
    """

    text: str
    sort: ir.Sort
    low: int = 0
    high: int = 0
    path: bool = False
    yes: Facts = field(default_factory=dict)
    no: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class StateField:
    """A field of the protocol: its type as written, and how it may be changed.

    ``kind`` is one of scalar, map, set, bag, network; ``sort`` that of its values or elements;
    ``keys`` are the sorts of a map's keys.
    """

    name: str
    kind: str
    sort: ir.Sort
    keys: tuple[ir.Sort, ...] = ()
    persistence: str | None = None

    def annotation(self) -> str:
        match self.kind:
            case "scalar":
                text = str(self.sort)
            case "map":
                key = str(self.keys[0]) if len(self.keys) == 1 else str(ir.TupleSort(self.keys))
                text = f"Map[{key}, {self.sort}]"
            case _:
                text = f"{self.kind.capitalize()}[{self.sort}]"
        return f"{self.persistence}[{text}]" if self.persistence else text


@dataclass(frozen=True)
class Helper:
    """A method that others call. ``result`` is None if it is called for its effect."""

    name: str
    parameters: tuple[tuple[str, ir.Sort], ...]
    result: ir.Sort | None
    reads: frozenset[str]
    writes: frozenset[str]
    total: bool  # never raises


@dataclass
class World:
    """Everything that is declared outside of the methods.

    Stored ints lie in ``low..high`` and stored sequences have at most ``length`` elements: then the
    state space is finite, and indices are never negative by accident.
    """

    elements: list[ir.ElementSort] = field(default_factory=list)
    subsets: list[ir.SubsetSort] = field(default_factory=list)
    enums: list[ir.EnumSort] = field(default_factory=list)
    records: list[ir.RecordSort] = field(default_factory=list)
    constants: list[tuple[str, ir.Sort]] = field(default_factory=list)
    fields: list[StateField] = field(default_factory=list)
    helpers: list[Helper] = field(default_factory=list)
    low: int = 0
    high: int = 2
    length: int = 2
    partial: bool = False  # whether expressions may occur that fail at run time

    def named(self) -> list[ir.Sort]:
        """The sorts, enumerations and records."""
        return [*self.elements, *self.enums, *self.records]

    def field_named(self, name: str) -> StateField:
        return next(f for f in self.fields if f.name == name)

    def fields_in(self, *kinds: str) -> list[StateField]:
        return [f for f in self.fields if f.kind in kinds]


@dataclass(frozen=True)
class Local:
    """A name inside a method. ``fixed`` names (parameters, loop variables) get no new value."""

    sort: ir.Sort
    fixed: bool = True
    low: int | None = None  # bounds of an int, where they are not those of stored ints
    high: int | None = None


@dataclass
class Scope:
    """The names in scope at one point of a method, and what may be done with them.

    ``states`` are the names of the states that can be read; ``readable`` the fields, with
    ``own_entries`` the only texts by which the other fields can be read (a loop without order
    reads no more of what it writes than its own entry). ``total`` forbids what can fail at run
    time: among the elements of a set it would be open which one fails first. ``calls`` allows
    helpers. ``taken`` are the names used so far in the method, shared by all its scopes.
    """

    world: World
    states: tuple[str, ...] = ("self",)
    readable: frozenset[str] = frozenset()
    locals: dict[str, Local] = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)
    own_entries: dict[str, str] = field(default_factory=dict)
    total: bool = False
    calls: bool = True
    taken: set[str] = field(default_factory=set)

    def fork(self, **changes: object) -> Scope:
        """A copy that can be changed without changing this one."""
        made = replace(
            self,
            locals=dict(self.locals),
            facts=dict(self.facts),
            own_entries=dict(self.own_entries),
        )
        for name, value in changes.items():
            setattr(made, name, value)
        return made

    def knowing(self, facts: Facts) -> Scope:
        """The scope in which a test has had a known result."""
        made = self.fork()
        made.learn(facts)
        return made

    def bind(self, name: str, local: Local) -> None:
        """Give a name a meaning; what was known of the old one is forgotten."""
        self.locals[name] = local
        self.forget(name)
        for f in [f for f, key in self.own_entries.items() if name in key.split(", ")]:
            del self.own_entries[f]

    def learn(self, facts: Facts) -> None:
        self.facts.update(facts)

    def forget(self, prefix: str) -> None:
        for path in [p for p in self.facts if p == prefix or p.startswith(f"{prefix}.")]:
            del self.facts[path]

    def fresh(self, stem: str) -> str:
        """A name that the method has not used yet."""
        name, count = stem, 1
        while name in self.taken:
            count += 1
            name = f"{stem}{count}"
        self.taken.add(name)
        return name

    # ------------------------------------------------------------------------ what can be read
    def paths(self) -> Iterator[Expr]:
        """Names, scalar fields, constants, and the attributes of those that are records."""
        world = self.world
        for name, local in reversed(self.locals.items()):
            yield from self._path(name, local.sort, local.low, local.high)
        for state in self.states:
            for f in world.fields:
                if f.kind == "scalar" and f.name in self.readable:
                    yield from self._path(f"{state}.{f.name}", f.sort)
        if self.states:
            for name, sort in world.constants:
                yield from self._path(f"self.{name}", sort)

    def _path(
        self,
        text: str,
        sort: ir.Sort,
        low: int | None = None,
        high: int | None = None,
        depth: int = 0,
    ) -> Iterator[Expr]:
        sort = self.facts.get(text, sort)
        yield self.read(text, sort, low, high, path=True)
        if isinstance(sort, ir.RecordSort) and depth < 2:
            for name, inner in sort.fields:
                yield from self._path(f"{text}.{name}", inner, depth=depth + 1)
        if isinstance(sort, ir.UnionSort):
            for name, inner in sort.records[0].fields:
                if all(r.field(name) == inner for r in sort.records):
                    yield from self._path(f"{text}.{name}", inner, depth=depth + 1)

    def read(
        self,
        text: str,
        sort: ir.Sort,
        low: int | None = None,
        high: int | None = None,
        *,
        path: bool = False,
    ) -> Expr:
        """A value that is stored, with the bounds that hold for all stored values."""
        if isinstance(sort, ir.SeqSort):
            return Expr(text, sort, 0, self.world.length, path)
        if low is None or high is None:
            low, high = self.world.low, self.world.high
        return Expr(text, sort, low, high, path)

    def maps(self) -> Iterator[tuple[str, StateField]]:
        """The maps that can be read, with the text that names them."""
        for state in self.states:
            for f in self.world.fields:
                if f.kind == "map" and f.name in self.readable:
                    yield f"{state}.{f.name}", f

    def collections(self, *kinds: str) -> Iterator[tuple[str, StateField]]:
        """The sets, bags and networks that can be read, with the text that names them."""
        for state in self.states:
            for f in self.world.fields:
                if f.kind in kinds and f.name in self.readable:
                    yield f"{state}.{f.name}", f

    def value_helpers(self) -> Iterator[tuple[str, Helper]]:
        """The helpers that may be called for their value here."""
        if not self.calls:
            return
        for state in self.states:
            for h in self.world.helpers:
                if (
                    h.result is not None
                    and h.reads <= self.readable
                    and (h.total or not self.total)
                ):
                    yield state, h
