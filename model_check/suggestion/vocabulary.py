"""What can be said of a state in a few words: scopes, and the literals that speak of each.

A *scope* is what a claim is about: one message of a class, one node, one entry of a map, a pair of
messages. In a scope there are *terms*: its variables, their fields, what maps hold at them, and
what maps hold at that. *Literals* compare terms of one sort (equal, at most), say that something is
None, a member of an enumeration or of a set, that a record made of terms is in a set, or that
something is so for all of a quorum. A candidate for a lemma is a scope with a few literals of which
one is always true.

Everything is text of the language of specifications: what is proposed can be pasted. Where the type
checker has to see that something is not None, a helper takes it as a parameter.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..ir import nodes as n
from ..ir.sorts import (
    BoolSort,
    ElementSort,
    EnumSort,
    IntSort,
    MapSort,
    OptionSort,
    RecordSort,
    SetSort,
    Sort,
    SubsetSort,
    TupleSort,
    UnionSort,
)

__all__ = ["QUORUM", "Helper", "Literal", "Scope", "literals_of", "scopes_of"]

RECORDS = 24
"""So many ways are tried to make a record of one class in one scope, the simplest first."""

QUORUM = 5
"""The weight of what is said of all members of a quorum."""

QUORUMS = 40
"""So many things are said of all members of a quorum in one scope."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a claim is about. ``generators`` bind the variables; there are none for what is said of
    the state as a whole. Of a ``pair`` of records only their own fields are compared."""

    name: str
    variables: tuple[tuple[str, Sort], ...]
    generators: str
    pair: bool = False


@dataclass(frozen=True, slots=True)
class Helper:
    """A method that a literal calls: its parameters with their types, and what it returns."""

    name: str
    parameters: str
    body: str

    def text(self) -> list[str]:
        return [f"    def {self.name}({self.parameters}) -> bool:", f"        return {self.body}"]


@dataclass(frozen=True, slots=True)
class Literal:
    """Something that is true or false of a scope, and its negation, as text. **Order** ``weight``
    tells simple ones, which make good conditions, from what makes a good conclusion."""

    text: str
    negation: str
    weight: int
    helpers: tuple[Helper, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """A value: its sort without option, whether it may be None, and how often maps were asked."""

    text: str
    sort: Sort
    optional: bool
    level: int


def _term(text: str, sort: Sort, level: int) -> Term:
    if isinstance(sort, OptionSort):
        return Term(text, sort.of, True, level)
    return Term(text, sort, False, level)


# ---------------------------------------------------------------------------------------- scopes
def scopes_of(spec: n.Spec) -> list[Scope]:
    """All scopes of a protocol, in the order of its text."""
    made = [Scope("state", (), "")]
    sorts = {s: _variable(s.name) for s in spec.sorts if isinstance(s, ElementSort)}
    made += [Scope(s.name, ((v, s),), f"for {v} in {s.name}") for s, v in sorts.items()]
    for f in spec.fields:
        if isinstance(f.sort, MapSort):
            made += _of_map(f, f.sort)
        for record, domain in _records(f):
            m = _variable(record.name)
            other = _other(m)
            made.append(Scope(record.name, ((m, record),), f"for {m} in {domain}"))
            pair = f"for {m} in {domain} for {other} in {domain}"
            made.append(Scope(f"{record.name}_pair", ((m, record), (other, record)), pair, True))
        if isinstance(f.sort, SetSort) and isinstance(f.sort.of, ElementSort):
            v = _variable(f.sort.of.name)
            made.append(Scope(f.name, ((v, f.sort.of),), f"for {v} in self.{f.name}"))
    return list({s.generators: s for s in made}.values())


def _of_map(f: n.FieldDecl, sort: MapSort) -> Iterator[Scope]:
    keys = sort.key.items if isinstance(sort.key, TupleSort) else (sort.key,)
    if not all(isinstance(k, ElementSort) for k in keys):
        return
    names: list[str] = []
    for k in keys:
        v = _variable(str(k))
        names.append(_other(v) if v in names else v)
    variables = tuple(zip(names, keys, strict=True))
    loops = " ".join(f"for {v} in {k}" for v, k in variables)
    if len(keys) > 1:
        yield Scope("_".join(map(str, keys)), variables, loops)
    if isinstance(sort.value, SetSort) and isinstance(sort.value.of, ElementSort):
        member = _variable(sort.value.of.name)
        member = _other(member) if member in names else member
        inside = f"{loops} for {member} in self.{f.name}[{', '.join(names)}]"
        yield Scope(f.name, (*variables, (member, sort.value.of)), inside)


def _records(f: n.FieldDecl) -> Iterator[tuple[RecordSort, str]]:
    """The classes of records in a set or network, each with the text of the set of them."""
    of = f.sort.of if isinstance(f.sort, SetSort) else None
    if isinstance(of, UnionSort):
        yield from ((r, f"self.{f.name}.of({r.name})") for r in of.records)
    elif isinstance(of, RecordSort):
        yield of, f"self.{f.name}"


def _variable(name: str) -> str:
    return name[0].lower()


def _other(name: str) -> str:
    """The next letter."""
    return chr(ord(name) + 1) if name != "z" else "y"


# --------------------------------------------------------------------------------------- literals
def literals_of(spec: n.Spec, scope: Scope) -> list[Literal]:
    """What can be said in a scope, each once."""
    if scope.pair:
        terms = [t for v in scope.variables for t in _with_fields(Term(*v, False, 0))]
        return list({x.text: x for x in _comparisons(terms)}.values())
    terms = _terms(spec, scope.variables)
    every = [*_comparisons(terms), *_memberships(spec, terms), *_quorums(spec, scope)]
    return list({x.text: x for x in every}.values())


def _terms(spec: n.Spec, variables: Iterable[tuple[str, Sort]]) -> list[Term]:
    made: list[Term] = []
    for name, sort in variables:
        made += _with_fields(Term(name, sort, False, 0))
    made += [
        _term(f"self.{f.name}", f.sort, 1)
        for f in spec.fields
        if not isinstance(f.sort, MapSort) and _plain(f.sort)
    ]
    made += _looked_up(spec, made, 0)
    made += _looked_up(spec, made, 1)
    return made


def _with_fields(t: Term) -> Iterator[Term]:
    """A variable; of a record, its fields, and theirs."""
    if not isinstance(t.sort, RecordSort):
        yield t
        return
    for name, sort in t.sort.fields:
        made = _term(f"{t.text}.{name}", sort, t.level)
        if isinstance(made.sort, RecordSort) and not made.optional:
            yield from _with_fields(made)
        elif _plain(made.sort) or isinstance(made.sort, RecordSort):
            yield made


def _plain(sort: Sort) -> bool:
    if isinstance(sort, OptionSort):
        return _plain(sort.of) or isinstance(sort.of, RecordSort)
    return isinstance(sort, BoolSort | IntSort | ElementSort | EnumSort)


def _looked_up(spec: n.Spec, terms: Sequence[Term], level: int) -> list[Term]:
    """What maps hold at these terms, one of which at least was found by so many look-ups."""
    made: list[Term] = []
    for f in spec.fields:
        if not isinstance(f.sort, MapSort):
            continue
        keys = f.sort.key.items if isinstance(f.sort.key, TupleSort) else (f.sort.key,)
        fitting = [
            [t for t in terms if t.sort == k and not t.optional and t.level <= level] for k in keys
        ]
        for chosen in itertools.product(*fitting):
            deepest = max(t.level for t in chosen)
            if deepest == level and sum(t.level for t in chosen) <= level:
                text = f"self.{f.name}[{', '.join(t.text for t in chosen)}]"
                made.append(_term(text, f.sort.value, level + 1))
    return made


def _comparisons(terms: Sequence[Term]) -> Iterator[Literal]:
    for t in terms:
        if t.optional:
            yield Literal(f"{t.text} is None", f"{t.text} is not None", 1)
        elif isinstance(t.sort, EnumSort):
            for member in t.sort.members:
                value = f"{t.sort.name}.{member}"
                yield Literal(f"{t.text} == {value}", f"{t.text} != {value}", 0)
        elif isinstance(t.sort, BoolSort):
            yield Literal(t.text, f"not {t.text}", 0)
    for t, u in itertools.combinations(terms, 2):
        if t.level + u.level > 3:
            continue
        if t.sort == u.sort and isinstance(t.sort, ElementSort | IntSort):
            yield Literal(f"{t.text} == {u.text}", f"{t.text} != {u.text}", 2)
            yield from _ordered(t, u)
        elif isinstance(t.sort, RecordSort) or isinstance(u.sort, RecordSort):
            yield from _inside(t, u) if t.optional else _inside(u, t)


def _ordered(t: Term, u: Term) -> Iterator[Literal]:
    if isinstance(t.sort, ElementSort) and not t.sort.ordered:
        return
    if not t.optional and not u.optional:
        yield Literal(f"{t.text} <= {u.text}", f"{t.text} > {u.text}", 3)
        yield Literal(f"{u.text} <= {t.text}", f"{u.text} > {t.text}", 3)
    elif t.optional != u.optional:
        x, y = (t, u) if t.optional else (u, t)
        yield from _with_option(x, y, "", "")


def _inside(x: Term, y: Term) -> Iterator[Literal]:
    """Of a record that may be None: its fields beside another term."""
    if not x.optional or not isinstance(x.sort, RecordSort) or y.optional:
        return
    for name, sort in x.sort.fields:
        if sort == y.sort and isinstance(sort, ElementSort | IntSort):
            yield from _with_option(x, y, f".{name}", f"_{name}")
            helper = Helper(
                f"same{'_' + name}", f"self, x: {x.sort} | None, y: {y.sort}",
                f"x is not None and x.{name} == y",
            )  # fmt: skip
            called = f"self.{helper.name}({x.text}, {y.text})"
            yield Literal(called, f"not {called}", 3, (helper,))


def _with_option(x: Term, y: Term, attribute: str, suffix: str) -> Iterator[Literal]:
    """The order of something that may be None beside something that is not."""
    if isinstance(y.sort, ElementSort) and not y.sort.ordered:
        return
    parameters = f"self, x: {x.sort} | None, y: {y.sort}"
    of = str(y.sort).lower() + suffix
    for name, test in (
        (f"{of}_at_least", f"x is not None and x{attribute} >= y"),
        (f"{of}_at_most", f"x is None or x{attribute} <= y"),
    ):
        helper = Helper(name, parameters, test)
        called = f"self.{name}({x.text}, {y.text})"
        yield Literal(called, f"not {called}", 3, (helper,))


# ------------------------------------------------------------------------------------ memberships
def _memberships(spec: n.Spec, terms: Sequence[Term]) -> Iterator[Literal]:
    sets = [t for t in terms if isinstance(t.sort, SetSort) and not t.optional]
    sets += [Term(f"self.{f.name}", f.sort, False, 1) for f in spec.fields if _of_elements(f.sort)]
    for s in sets:
        assert isinstance(s.sort, SetSort)
        for t in terms:
            if t.sort == s.sort.of and not t.optional and t.level + s.level <= 2:
                yield Literal(f"{t.text} in {s.text}", f"{t.text} not in {s.text}", 1)
    for f in spec.fields:
        for record, _ in _records(f):
            yield from _records_made(f"self.{f.name}", record, terms)


def _of_elements(sort: Sort) -> bool:
    return isinstance(sort, SetSort) and isinstance(sort.of, ElementSort)


def _records_made(home: str, record: RecordSort, terms: Sequence[Term]) -> Iterator[Literal]:
    """That a record made of terms is in a set; the simplest first."""
    ways = [_arguments(sort, terms) for _, sort in record.fields]
    chosen = sorted(itertools.islice(itertools.product(*ways), 5_000), key=_simple)
    for arguments in chosen[:RECORDS]:
        made = f"{record.name}({', '.join(text for text, _ in arguments)})"
        yield Literal(f"{made} in {home}", f"{made} not in {home}", 4)
    for x in terms:
        if x.optional and isinstance(x.sort, RecordSort) and x.level <= 1:
            yield from _remembered(home, record, x, terms)


def _arguments(sort: Sort, terms: Sequence[Term]) -> list[tuple[str, int]]:
    """Texts for one field of a record, with how far they are fetched."""
    of = sort.of if isinstance(sort, OptionSort) else sort
    made = [
        (t.text, t.level)
        for t in terms
        if t.sort == of and t.level <= 1 and t.optional == isinstance(sort, OptionSort)
    ]
    if isinstance(sort, OptionSort):
        made.append(("None", 1))
    if isinstance(sort, EnumSort):
        made += [(f"{sort.name}.{m}", 1) for m in sort.members]
    if isinstance(sort, BoolSort):
        made += [("True", 1), ("False", 1)]
    return made


def _simple(arguments: Sequence[tuple[str, int]]) -> tuple[int, bool]:
    texts = [text for text, _ in arguments]
    return sum(level for _, level in arguments), len(set(texts)) < len(texts)


def _remembered(home: str, record: RecordSort, x: Term, terms: Sequence[Term]) -> Iterator[Literal]:
    """That what is remembered, if anything, is in a set, as part of a record."""
    assert isinstance(x.sort, RecordSort)
    fields = dict(x.sort.fields)
    ways: list[list[tuple[str, Term | None]]] = []
    for name, sort in record.fields:
        if fields.get(name) == sort:
            ways.append([(f"x.{name}", None)])
        else:
            ways.append(
                [(name, t) for t in terms if t.sort == sort and not t.optional and t.level == 0]
            )
    for chosen in itertools.islice(itertools.product(*ways), RECORDS):
        given = [(name, t) for name, t in chosen if t is not None]
        if len(given) == len(chosen):
            continue
        parameters = "".join(f", {name}: {t.sort}" for name, t in given)
        made = f"{record.name}({', '.join(text for text, _ in chosen)})"
        helper = Helper(
            f"{record.name.lower()}_remembered", f"self, x: {x.sort} | None{parameters}",
            f"x is None or {made} in {home}",
        )  # fmt: skip
        called = f"self.{helper.name}({', '.join([x.text, *(t.text for _, t in given)])})"
        yield Literal(called, f"not {called}", 4, (helper,))


# ---------------------------------------------------------------------------------------- quorums
def _quorums(spec: n.Spec, scope: Scope) -> Iterator[Literal]:
    """That something is so for all members of some quorum."""
    taken = {name for name, _ in scope.variables}
    for quorum in spec.sorts:
        if not isinstance(quorum, SubsetSort):
            continue
        of = next(x for x in "qkl" if x not in taken)
        member = next(x for x in "ranuvw" if x not in taken)
        more = _terms(spec, [*scope.variables, (member, quorum.of)])
        told = [
            x.text
            for x in (*_comparisons(more), *_memberships(spec, more))
            if not x.helpers and _speaks_of(x.text, member) and x.weight in (1, 2, 4)
        ]
        told.sort(key=len)
        for text in told[:QUORUMS]:
            made = f"any(all({text} for {member} in {of}) for {of} in {quorum.name})"
            yield Literal(made, f"not {made}", QUORUM)


def _speaks_of(text: str, name: str) -> bool:
    words = "".join(c if c.isalnum() or c in "_." else " " for c in text).split()
    return any(word == name or word.startswith(f"{name}.") for word in words)
