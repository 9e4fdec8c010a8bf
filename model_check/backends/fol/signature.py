"""What formulas speak of: sorts, functions and relations, and the axioms that come with them.

========================  ========================================================================
element, subset sort      an uninterpreted sort
total order               the same with a relation ``<=`` and its axioms; or some of the integers
subset, quorum            a relation ``member``; that any two quorums meet, if the type says so
``Map[K, V]``             a function, or several: one for each part of V
``T | None``              a relation that says whether there is a value, beside the value
sequence                  its length, and a function from indices
``Set`` of records        a relation for each class of records and pattern of present optionals
========================  ========================================================================

A record with sequences or sets in it does not fit into a relation: such records get a sort of their
own, whose elements are the records of that class in this set.

**Names** What a specification calls its own has a mark: ``$log`` is the field ``log``, ``%Node``
the sort ``Node``. Without, a field ``log`` would be the solver's logarithm, and a sort ``Int`` its
integers. What belongs to a field and is no part of its value that has a name follows a slash, as
in ``$log/len``.

**Tags** Quantifiers are relativised: each sort has a predicate ``tag`` that is true of everything,
and a variable is instantiated by every term whose tag is known to hold. The tags of parameters are
facts, and a function has the tags of its arguments and value. So a solver goes from terms to the
instances that speak of them, which is complete where sorts are stratified, and it needs no search
for models. Where all tags are true each formula means what it says, so a proof with tags is one.
With ``order="int"`` the tag of an order picks out the integers that it consists of, so that short
orders are covered too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ...ir.sorts import (
    BOOL,
    INT,
    BoolSort,
    ElementSort,
    EnumSort,
    IntSort,
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
from . import terms as t
from .smtlib import assertion, declarations, symbol
from .terms import Function, Pattern, Term
from .values import (
    Family,
    MapValue,
    Option,
    Rec,
    Root,
    SeqValue,
    SetValue,
    Tup,
    Union,
    Value,
    fields_of,
    same,
    scalar,
)

__all__ = ["Shape", "Signature", "Style", "Unlowerable", "plain"]


NUMBERED = re.compile(r"([^\s()|]*)([!?])(\d+)\b")
"""A name that is one of many: a variable with ``?`` before its number, anything else with ``!``. No
name of a specification has one of these in it."""


class Unlowerable(Exception):
    """A sort or expression that has no first-order form here; caught where its place is known."""


@dataclass(frozen=True, slots=True)
class Style:
    """How the same condition is put to a solver. None of it changes what is asked.

    ``order`` is axioms or int; ``tags`` whether quantifiers are relativised. ``integers`` says by
    which integers a quantifier over them is instantiated: those at which the same sequence is
    looked at (``looked up``, see :mod:`.triggers`), or any (``places``); all that are mentioned
    (``all``); or those that the solver picks by rules of its own (``untagged``). ``named`` gives
    names to what is said of quorums (:mod:`.definitions`). ``closed`` is what is closed
    (:mod:`.opaque`): nothing, ``all`` that can be, or what is said of ``quorums``. ``laws`` is
    whether anything is said of quorums: that they meet, and what the protocol assumes. A step that
    needs none of it is proved much sooner without, because each two quorums that the solver hears
    of would give it a node to think about.
    """

    order: str = "axioms"
    tags: bool = True
    integers: str = "places"
    named: bool = False
    closed: str = ""
    laws: bool = True

    @property
    def by_place(self) -> bool:
        """Whether only places in sequences count as integers to instantiate by."""
        return self.integers in ("looked up", "places")


@dataclass(frozen=True, slots=True)
class Shape:
    """One way in which a value consists of terms: which optionals are there, which record it is.

    ``build`` makes the value from the terms; ``match`` says when a value is of this shape, and
    gives its terms (None: never).
    """

    suffix: str
    sorts: tuple[Sort, ...]
    build: Callable[[Sequence[Term]], Value]
    match: Callable[[Value], tuple[Term, tuple[Term, ...]] | None]


@dataclass
class Signature:
    """The symbols of one specification in one style; functions are declared when first used.

    ``unsaid`` are those whose laws the style leaves out, ``subsets`` the sorts of quorums.
    """

    style: Style
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    axioms: dict[Function, list[Term]] = field(default_factory=dict)
    laws: dict[Function, list[Term]] = field(default_factory=dict)
    unsaid: set[Function] = field(default_factory=set)
    subsets: set[str] = field(default_factory=set)
    lookups: dict[Function, Function] = field(default_factory=dict)
    _sequences: set[str] = field(default_factory=set)
    _functions: dict[str, Function] = field(default_factory=dict)
    _counter: Iterator[int] = field(default_factory=itertools.count)
    _ordered: set[str] = field(default_factory=set)
    _shapes: dict[Sort, tuple[Shape, ...]] = field(default_factory=dict)

    # ------------------------------------------------------------------------------- sorts
    def sort(self, sort: Sort) -> str:
        """The first-order sort of values that are single terms."""
        match sort:
            case BoolSort():
                return t.BOOL
            case IntSort():
                return t.INT
            case EnumSort():
                name = _marked(sort)
                self.enums.setdefault(name, tuple(f"{name}.{m}" for m in sort.members))
                return name
            case ElementSort():
                if sort.ordered and self.style.order == "int":
                    return t.INT
                return _marked(sort)
            case SubsetSort():
                return _marked(sort)
            case _:
                raise Unlowerable(f"a value of sort {sort} in the place of a single term")

    def fresh(self, name: str, sort: str) -> Term:
        """A variable that is used nowhere else."""
        return t.variable(f"{name}?{next(self._counter)}", sort)

    def constant(self, name: str, sort: str) -> Term:
        """A constant that is used nowhere else; it stands for something unknown."""
        return t.app(Function(self.numbered(name), (), sort))

    def numbered(self, name: str) -> str:
        """A name that is used nowhere else."""
        return f"{name}!{next(self._counter)}"

    # --------------------------------------------------------------------------- functions
    def function(
        self, name: str, domain: Sequence[Sort], range_: Sort, *, total: bool = True
    ) -> Function:
        """A function by name, declared with the axioms about its tags when first used."""
        names, own = tuple(map(self.sort, domain)), self.sort(range_)
        found = self._functions.get(name)
        while found is not None and (found.domain, found.range) != (names, own):
            name += "/more"  # as the lengths of a sequence and of the sequences in it
            found = self._functions.get(name)
        if found is None:
            found = self._functions[name] = Function(name, names, own)
            self._tag_function(found, domain, range_, relation=not total)
        return found

    def _tag_function(
        self,
        f: Function,
        domain: Sequence[Sort],
        range_: Sort,
        *,
        relation: bool,
    ) -> None:
        """A function has the tags of its arguments and value; a true relation those of arguments.

        Not every integer belongs to an order among the integers: there, arguments have to.
        """
        if not self.style.tags:
            return
        variables = tuple(t.variable(f"x{i}", s) for i, s in enumerate(f.domain))
        applied = t.app(f, variables)
        given: list[Term] = []
        known: list[Term] = []
        for x, s in zip(variables, domain, strict=True):
            carried = self._carrier(s) and not relation
            if not (relation and s == INT and self.style.by_place):
                (given if carried else known).extend(self.tags([(x, s)]))
        if f.range != t.BOOL and not (range_ == INT and self.style.by_place):
            known.extend(self.tags([(applied, range_)]))
        fact = t.both(known)
        if relation:
            fact = t.implies(applied, fact)
        elif given:
            fact = t.implies(t.both(given), fact)
        if fact is t.TRUE:
            return
        if variables:
            fact = t.forall(variables, t.TRUE, fact, [(applied,)])
        self.axioms.setdefault(f, []).append(fact)

    def _carrier(self, s: Sort) -> bool:
        return isinstance(s, ElementSort) and s.ordered and self.style.order == "int"

    def tags(self, tagged: Iterable[tuple[Term, Sort]]) -> list[Term]:
        """The facts that these terms are tagged."""
        made = []
        for x, s in tagged:
            if isinstance(s, BoolSort | EnumSort) or not self.style.tags:
                continue
            if s == INT and self.style.integers == "untagged":
                continue
            made.append(t.app(Function(f"tag.{_marked(s)}", (x.sort,), t.BOOL), (x,)))
        return made

    # --------------------------------------------------------------------------- quantifiers
    def all_of(self, sort: Sort, name: str = "x") -> list[Family]:
        """All values of a sort that has finitely many in every instance."""
        match sort:
            case BoolSort():
                return [Family((), t.TRUE, t.TRUE), Family((), t.TRUE, t.FALSE)]
            case EnumSort():
                self.sort(sort)
                return [Family((), t.TRUE, self.member(sort, i)) for i in range(len(sort.members))]
            case OptionSort():
                inner = [
                    Family(f.binders, f.guard, Option(t.TRUE, f.value), f.patterns)
                    for f in self.all_of(sort.of, name)
                ]
                return [Family((), t.TRUE, Option(t.FALSE, None)), *inner]
            case ElementSort() | SubsetSort():
                return [self.family(name, sort, lambda _: t.TRUE)]
            case _:
                raise Unlowerable(f"all values of {sort}")

    def member(self, sort: EnumSort, index: int) -> Term:
        """A member of an enumeration."""
        return t.member(f"{_marked(sort)}.{sort.members[index]}", self.sort(sort))

    def family(self, name: str, sort: Sort, guard: Callable[[Term], Term]) -> Family:
        """The values of a scalar sort for which a condition holds."""
        x = self.fresh(name, self.sort(sort))
        tags = self.tags([(x, sort)])
        patterns: tuple[Pattern, ...] = (tuple(tags),) if tags else ()
        return Family((x,), t.both((*tags, guard(x))), x, patterns)

    # -------------------------------------------------------------------------------- orders
    def at_most(self, sort: Sort, left: Term, right: Term) -> Term:
        """``left <= right`` in a total order or the integers."""
        if sort == INT or self.style.order == "int":
            return t.compare("<=", left, right)
        assert isinstance(sort, ElementSort)
        return t.TRUE if left is right else t.app(self._order(sort), (left, right))

    def less(self, sort: Sort, left: Term, right: Term) -> Term:
        """``left < right``."""
        if sort == INT or self.style.order == "int":
            return t.compare("<", left, right)
        return t.negate(self.at_most(sort, right, left))

    def _order(self, sort: ElementSort) -> Function:
        name = self.sort(sort)
        le = Function(f"{name}.<=", (name, name), t.BOOL)
        if name not in self._ordered:
            self._ordered.add(name)
            x, y, z = (t.variable(f"{v}", name) for v in "xyz")

            def holds(a: Term, b: Term) -> Term:
                return t.app(le, (a, b))

            def every(variables: tuple[Term, ...], body: Term, pattern: Pattern = ()) -> Term:
                tags = self.tags([(v, sort) for v in variables])
                if not tags:
                    return t.forall(variables, t.TRUE, body)
                return t.forall(variables, t.TRUE, body, [pattern or tuple(tags)])

            self.laws[le] = [
                every((x,), holds(x, x)),
                every((x, y), t.either((holds(x, y), holds(y, x)))),
                every(
                    (x, y),
                    t.implies(t.both((holds(x, y), holds(y, x))), t.equal(x, y)),
                    (holds(x, y), holds(y, x)),
                ),
                every(
                    (x, y, z),
                    t.implies(t.both((holds(x, y), holds(y, z))), holds(x, z)),
                    (holds(x, y), holds(y, z)),
                ),
            ]
        return le

    def first(self, sort: ElementSort) -> Term:
        """The least element of a total order."""
        f = Function(f"{_marked(sort)}.first", (), self.sort(sort))
        made = t.app(f)
        if f not in self.axioms:
            family = self.family("x", sort, lambda _: t.TRUE)
            least = self.at_most(sort, made, scalar(family.value))
            law = t.forall(family.binders, family.guard, least, family.patterns)
            self.axioms[f] = [law, *self.tags([(made, sort)])]
        return made

    # ------------------------------------------------------------------------------- quorums
    def is_member(self, sort: SubsetSort, node: Term, quorum: Term) -> Term:
        """Whether a node is in a quorum. That quorums meet comes from their type."""
        name = f"{_marked(sort)}.member"
        self.subsets.add(self.sort(sort))
        f = Function(name, (self.sort(sort.of), self.sort(sort)), t.BOOL)
        if f not in self.laws:
            some = t.app(Function(f"{_marked(sort)}.some", (), self.sort(sort)))
            self.laws[f] = self.tags([(some, sort)])  # there is at least one
            if sort.intersecting and not self.style.laws:
                self.unsaid.add(f)
            elif sort.intersecting:
                a = self.family("q", sort, lambda _: t.TRUE)
                b = self.family("r", sort, lambda _: t.TRUE)
                q, r = scalar(a.value), scalar(b.value)
                common = self.family(
                    "a", sort.of, lambda x: t.both((t.app(f, (x, q)), t.app(f, (x, r))))
                )
                meet = t.exists(common.binders, common.guard, t.TRUE, common.patterns)
                guard = t.both((a.guard, b.guard))
                pattern = [tuple(p for ps in (*a.patterns, *b.patterns) for p in ps)]
                binders = (*a.binders, *b.binders)
                self.laws[f].append(t.forall(binders, guard, meet, pattern if pattern[0] else ()))
        return t.app(f, (node, quorum))

    # ------------------------------------------------------------------------------- shapes
    def shapes(self, sort: Sort) -> tuple[Shape, ...]:
        """The ways in which a value of this sort consists of terms. **Errors** Unlowerable."""
        found = self._shapes.get(sort)
        if found is None:
            found = self._shapes[sort] = tuple(self._shapes_of(sort))
        return found

    def _shapes_of(self, sort: Sort) -> Iterator[Shape]:
        match sort:
            case OptionSort():
                yield Shape("-", (), lambda _: Option(t.FALSE, None), _when_none)
                for s in self.shapes(sort.of):
                    yield Shape("+" + s.suffix, s.sorts, _some(s), _when_some(s))
            case RecordSort():
                parts = [self.shapes(x) for _, x in sort.fields]
                names = [name for name, _ in sort.fields]
                for combination in itertools.product(*parts):
                    suffix = "".join(
                        _named(name, s.suffix) for name, s in zip(names, combination, strict=True)
                    )
                    yield _composed(suffix, combination, sort)
            case TupleSort():
                for combination in itertools.product(*(self.shapes(x) for x in sort.items)):
                    yield _composed("".join(s.suffix for s in combination), combination, None)
            case UnionSort():
                for record in sort.records:
                    for s in self.shapes(record):
                        yield Shape(f".{record.name}{s.suffix}", s.sorts, s.build, s.match)
            case SeqSort() | SetSort() | MapSort():
                raise Unlowerable(f"{sort} inside an element of a set")
            case _:
                self.sort(sort)
                yield Shape("", (sort,), lambda xs: xs[0], lambda v: (t.TRUE, (scalar(v),)))

    def _flat(self, sort: Sort) -> bool:
        try:
            self.shapes(sort)
        except Unlowerable:
            return False
        return True

    # ---------------------------------------------------------------------------- base values
    def base(self, name: str, sort: Sort, keys: tuple[tuple[Term, Sort], ...] = ()) -> Value:
        """An unknown value: that of a field or constant, at the keys of the maps it lies in."""
        domain = [s for _, s in keys]
        args = tuple(x for x, _ in keys)
        match sort:
            case OptionSort():
                some = t.app(self.function(f"{name}/some", domain, BOOL), args)
                return Option(some, self.base(name, sort.of, keys))
            case RecordSort():
                parts = (self.base(f"{name}.{x}", s, keys) for x, s in sort.fields)
                return Rec(sort, tuple(parts))
            case UnionSort():
                return self._base_union(name, sort, keys)
            case TupleSort():
                parts = (self.base(f"{name}.{i}", s, keys) for i, s in enumerate(sort.items))
                return Tup(tuple(parts))
            case SeqSort():
                size = self.function(f"{name}/len", domain, INT)
                self._natural(size)
                self._sequences.add(name)
                element = sort.of
                return SeqValue(
                    t.app(size, args), lambda i: self.base(name, element, (*keys, (i, INT)))
                )
            case MapSort():
                value, key = sort.value, sort.key
                return MapValue(lambda k: self.base(name, value, (*keys, *self.key_terms(k, key))))
            case SetSort():
                return SetValue(self._base_set(name, sort.of, keys))
            case BoolSort() | IntSort() | EnumSort() | ElementSort() | SubsetSort():
                f = self.function(name, domain, sort)
                if domain and domain[-1] == INT and self.style.integers == "looked up":
                    self._looks_up(f)
                return t.app(f, args)
            case _:
                raise Unlowerable(f"a value of sort {sort}")

    def _base_union(self, name: str, sort: UnionSort, keys: tuple[tuple[Term, Sort], ...]) -> Value:
        domain, args = [s for _, s in keys], tuple(x for x, _ in keys)
        cases: list[tuple[Term, Rec]] = []
        left = t.TRUE
        for record in sort.records:
            rec = self.base(f"{name}.{record.name}", record, keys)
            assert isinstance(rec, Rec)
            if record is sort.records[-1]:
                is_one = t.TRUE
            else:
                is_one = t.app(self.function(f"{name}/is.{record.name}", domain, BOOL), args)
            cases.append((t.both((left, is_one)), rec))
            left = t.both((left, t.negate(is_one)))
        return Union(tuple(cases))

    def key_terms(self, key: Value, sort: Sort) -> tuple[tuple[Term, Sort], ...]:
        """The terms of which a key consists."""
        if isinstance(key, Tup):
            assert isinstance(sort, TupleSort)
            pairs = zip(key.parts, sort.items, strict=True)
            return tuple(x for part, s in pairs for x in self.key_terms(part, s))
        return ((scalar(key), sort),)

    def _looks_up(self, f: Function) -> None:
        """A function that looks at a place of a sequence says so of the sequence and the place."""
        if f in self.lookups:
            return
        inside = [
            x for x in self._sequences if f.name == x or f.name.startswith((f"{x}.", f"{x}/"))
        ]
        if inside:
            looked = Function(f"looked.{max(inside, key=len)}", f.domain, t.BOOL)
            self.lookups[f] = looked
            xs = tuple(t.variable(f"x{i}", s) for i, s in enumerate(f.domain))
            law = t.forall(xs, t.TRUE, t.app(looked, xs), [(t.app(f, xs),)])
            self.axioms.setdefault(f, []).append(law)

    def _natural(self, size: Function) -> None:
        """A length is not negative."""
        variables = tuple(t.variable(f"x{i}", s) for i, s in enumerate(size.domain))
        applied = t.app(size, variables)
        fact = t.compare("<=", t.number(0), applied)
        if variables:
            fact = t.forall(variables, t.TRUE, fact, [(applied,)])
        facts = self.axioms.setdefault(size, [])
        if fact not in facts:
            facts.append(fact)

    def _base_set(self, name: str, element: Sort, keys: tuple[tuple[Term, Sort], ...]) -> Root:
        """A set as relations; keys come first."""
        records = element.records if isinstance(element, UnionSort) else (element,)
        named = isinstance(element, UnionSort)
        roots = []
        for record in records:
            own = f"{name}.{record}" if named else name
            flat = self._flat(record)
            make = self._flat_set if flat else self._set_of_objects
            roots.append((record, make(own, record, keys)))

        def contained(v: Value) -> Term:
            if not named:
                return roots[0][1].contains(v)
            by_sort = dict(roots)
            cases = fields_of(v)
            found = [
                t.both((when, by_sort[rec.sort].contains(rec)))
                for when, rec in cases
                if rec.sort in by_sort
            ]
            return t.either(found)

        def all_families() -> Iterator[Family]:
            for _, root in roots:
                yield from root.families()

        return Root(contained, all_families)

    def _flat_set(self, name: str, element: Sort, keys: tuple[tuple[Term, Sort], ...]) -> Root:
        domain, args = [s for _, s in keys], tuple(x for x, _ in keys)

        def relation(s: Shape) -> Function:
            return self.function(name + s.suffix, [*domain, *s.sorts], BOOL, total=False)

        def contained(v: Value) -> Term:
            found = []
            for s in self.shapes(element):
                matched = s.match(v)
                if matched is not None:
                    when, xs = matched
                    found.append(t.both((when, t.app(relation(s), (*args, *xs)))))
            return t.either(found)

        def all_families() -> Iterator[Family]:
            for s in self.shapes(element):
                xs = tuple(self.fresh("e", self.sort(x)) for x in s.sorts)
                applied = t.app(relation(s), (*args, *xs))
                yield Family(xs, applied, s.build(xs), ((applied,),) if xs else ())

        return Root(contained, all_families)

    def _set_of_objects(
        self, name: str, element: Sort, keys: tuple[tuple[Term, Sort], ...]
    ) -> Root:
        """Elements that are no tuples of terms: each is an object of a sort of its own."""
        own = ElementSort(f"{name}/object")
        domain, args = [s for _, s in keys], tuple(x for x, _ in keys)
        there = self.function(name, [*domain, own], BOOL, total=False)

        def objects() -> Iterator[Family]:
            x = self.fresh("o", self.sort(own))
            applied = t.app(there, (*args, x))
            yield Family((x,), applied, self._object(name, element, x, own), ((applied,),))

        def contained(v: Value) -> Term:
            return t.either(
                t.exists(f.binders, f.guard, same(v, f.value), f.patterns) for f in objects()
            )

        return Root(contained, objects)

    def _object(self, name: str, element: Sort, x: Term, own: ElementSort) -> Value:
        """What an object consists of, as functions of it."""
        return self.base(f"{name}/of", element, ((x, own),))

    # ----------------------------------------------------------------------------- a problem
    def relevant(self, formulas: Iterable[Term]) -> list[Term]:
        """The axioms about the functions that formulas mention, and about those of these axioms."""
        seen: set[Function] = set()
        made: dict[Term, None] = {}
        work = list(formulas)
        while work:
            for f in t.functions_in(work.pop()):
                if f in seen:
                    continue
                seen.add(f)
                for law in (*self.axioms.get(f, ()), *self.laws.get(f, ())):
                    if law not in made:
                        made[law] = None
                        work.append(law)
        return list(made)

    def declared(self, formulas: Iterable[Term], renamed: Callable[[str], str]) -> list[str]:
        """Declarations for everything that formulas mention, as lines of SMT-LIB."""
        functions: set[Function] = set()
        sorts: dict[str, None] = {}
        for f in formulas:
            functions.update(t.functions_in(f))
            for x in t.subterms(f):
                sorts[x.sort] = None
                for b in x.binders:
                    sorts[b.sort] = None
        for g in functions:
            sorts.update(dict.fromkeys((*g.domain, g.range)))
        used = (replace(g, name=renamed(g.name)) for g in functions)
        return declarations(sorted(sorts), self.enums, sorted(used, key=lambda g: g.name))

    def text(self, formulas: Sequence[tuple[str, Term]]) -> str:
        """A problem as SMT-LIB, each formula with its name.

        What is numbered is numbered anew, as it comes, and variables in each formula: the text, and
        so a solver's work, depends on the question alone, and not on what was asked before.
        """
        lines: list[str] = []
        numbers: dict[str, int] = {}
        for name, f in formulas:
            said = f"(assert (! {assertion(f)} :named {symbol(name)}))"
            lines.append(_renumbered(said, numbers, variables={}))
        made = self.declared((f for _, f in formulas), lambda x: _renumbered(x, numbers, {}))
        return "\n".join([*made, *lines]) + "\n"


# -------------------------------------------------------------------------------------- names
def _marked(sort: Sort) -> str:
    """A sort by name; one of the specification's own with its mark."""
    if isinstance(sort, EnumSort | ElementSort | SubsetSort):
        return f"%{sort.name}"
    return str(sort)


def _renumbered(text: str, numbers: dict[str, int], variables: dict[str, int]) -> str:
    """A text with numbers of its own in names, as they are known or, if new, in their order."""

    def again(m: re.Match[str]) -> str:
        known = variables if m[2] == "?" else numbers
        key = m[0].removeprefix("mentioned.")
        return f"{m[1]}{m[2]}{known.setdefault(key, len(known))}"

    return NUMBERED.sub(again, text)


def plain(name: str) -> str:
    """A name without marks, for those who read it."""
    return name.replace("%", "").replace("$", "")


# ------------------------------------------------------------------------------------- shapes
def _named(name: str, suffix: str) -> str:
    """Which optional it is that is there or not."""
    return suffix[:1] + name + suffix[1:] if suffix[:1] in ("+", "-") else suffix


def _when_none(v: Value) -> tuple[Term, tuple[Term, ...]] | None:
    assert isinstance(v, Option)
    return None if v.some is t.TRUE else (t.negate(v.some), ())


def _some(shape: Shape) -> Callable[[Sequence[Term]], Value]:
    return lambda xs: Option(t.TRUE, shape.build(xs))


def _when_some(shape: Shape) -> Callable[[Value], tuple[Term, tuple[Term, ...]] | None]:
    def match(v: Value) -> tuple[Term, tuple[Term, ...]] | None:
        assert isinstance(v, Option)
        if v.some is t.FALSE or v.value is None:
            return None
        matched = shape.match(v.value)
        return None if matched is None else (t.both((v.some, matched[0])), matched[1])

    return match


def _composed(suffix: str, parts: tuple[Shape, ...], sort: RecordSort | None) -> Shape:
    def build(xs: Sequence[Term]) -> Value:
        made, at = [], 0
        for s in parts:
            made.append(s.build(xs[at : at + len(s.sorts)]))
            at += len(s.sorts)
        return Tup(tuple(made)) if sort is None else Rec(sort, tuple(made))

    def match(v: Value) -> tuple[Term, tuple[Term, ...]] | None:
        if sort is not None:
            cases = [(when, r) for when, r in fields_of(v) if r.sort == sort]
            if not cases:
                return None
            ((when, given),) = cases
            values = given.parts
        else:
            assert isinstance(v, Tup)
            when, values = t.TRUE, v.parts
        conditions = [when]
        xs: list[Term] = []
        for s, x in zip(parts, values, strict=True):
            matched = s.match(x)
            if matched is None:
                return None
            conditions.append(matched[0])
            xs += matched[1]
        return t.both(conditions), tuple(xs)

    return Shape(suffix, tuple(x for s in parts for x in s.sorts), build, match)
