"""Finite structures for first-order formulas, and the structure that a concrete state is.

The slow path against which the encoding is held: every symbol of a signature gets the meaning that
the state of the interpreter gives it, and formulas are evaluated by trying all elements.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ballotproof.model_check.backends.codec import Codec
from ballotproof.model_check.backends.fol.terms import BOOL, INT, Function, Term
from ballotproof.model_check.ir import nodes as n
from ballotproof.model_check.ir.sorts import (
    BoolSort,
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

Meaning = Callable[..., Any]


@dataclass
class Structure:
    """Elements of each sort, and what each function means. Enumerations are their members' names.

    Integers that variables range over are those from -2 to ``reach``; ``named`` are formulas with
    names, and their variables.
    """

    universe: dict[str, list[Any]] = field(default_factory=dict)
    functions: dict[str, Meaning] = field(default_factory=dict)
    reach: int = 6
    named: Mapping[Function, tuple[tuple[Term, ...], Term]] = field(default_factory=dict)
    enums: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def elements(self, sort: str) -> Sequence[Any]:
        if sort == BOOL:
            return (False, True)
        if sort in self.enums:
            return self.enums[sort]
        return range(-2, self.reach) if sort == INT else self.universe[sort]

    def value(self, t: Term, names: Mapping[Term, Any]) -> Any:
        """The value of a term or formula."""
        match t.op:
            case "true":
                return True
            case "false":
                return False
            case "number":
                return t.value
            case "member":
                return t.name
            case "var":
                return names[t]
            case "app":
                return self.applied(t, tuple(self.value(a, names) for a in t.args))
            case "not":
                return not self.value(t.args[0], names)
            case "and":
                return all(self.value(a, names) for a in t.args)
            case "or":
                return any(self.value(a, names) for a in t.args)
            case "implies":
                return not self.value(t.args[0], names) or self.value(t.args[1], names)
            case "ite":
                return self.value(t.args[1 if self.value(t.args[0], names) else 2], names)
            case "forall" | "exists":
                return self.quantified(t, names)
            case _:
                left, right = (self.value(a, names) for a in t.args)
                return OPERATIONS[t.op](left, right)

    def applied(self, t: Term, args: tuple[Any, ...]) -> Any:
        assert t.function is not None
        if t.name.startswith(("tag.", "looked.", "mentioned.")):
            return True
        if t.function in self.named:
            variables, said = self.named[t.function]
            return self.value(said, dict(zip(variables, args, strict=True)))
        if t.name.startswith("element."):
            return int(t.name.rpartition(".")[2])
        meaning = self.functions.get(t.name)
        if meaning is None:
            assert t.name.startswith("undefined."), t.name
            return self.anything(t.function)
        return meaning(*args)

    def anything(self, f: Function) -> Any:
        return next(iter(self.elements(f.range)))

    def quantified(self, t: Term, names: Mapping[Term, Any]) -> bool:
        choices = itertools.product(*(self.elements(x.sort) for x in t.binders))
        found = (
            self.value(t.args[0], {**names, **dict(zip(t.binders, c, strict=True))})
            for c in choices
        )
        return all(found) if t.op == "forall" else any(found)


OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda x, y: x == y,
    "<=": lambda x, y: x <= y,
    "<": lambda x, y: x < y,
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
}


def structure_of(
    spec: n.Spec, codec: Codec, state: Sequence[Any], constants: Mapping[str, Any]
) -> Structure:
    """The structure that a state of the interpreter is; values are as the codec has them."""
    made = Structure()
    for sort in spec.sorts:
        size = len(codec.values(sort))
        name = f"%{sort.name}"
        made.universe[name] = list(range(size))
        made.functions[f"{name}.<="] = lambda x, y: x <= y
        made.functions[f"{name}.first"] = lambda: 0
        made.functions[f"{name}.some"] = lambda: 0
        if isinstance(sort, SubsetSort):
            members = codec.members(sort)
            made.functions[f"{name}.member"] = lambda x, q, members=members: x in members[q]
    filler = _Filler(made, codec)
    for f, value in zip(spec.fields, state, strict=True):
        filler.define(f"${f.name}", f.sort, (), lambda value=value: value)
    for name, declared in spec.constants:
        filler.define(f"const.${name}", declared, (), lambda name=name: constants[name])
    return made


ABSENT = object()
"""The value of something that is not there: of None as a value, of an index outside."""


class _Filler:
    """Gives the functions of a field their meaning; ``get`` takes the keys to the value there."""

    def __init__(self, made: Structure, codec: Codec) -> None:
        self.made = made
        self.codec = codec

    def define(self, name: str, sort: Sort, keys: tuple[Sort, ...], get: Meaning) -> None:
        functions = self.made.functions
        match sort:
            case OptionSort():
                functions[f"{name}/some"] = lambda *k: get(*k) not in (None, ABSENT)
                self.define(name, sort.of, keys, lambda *k: _or_absent(get(*k)))
            case RecordSort():
                for i, (x, s) in enumerate(sort.fields):
                    self.define(f"{name}.{x}", s, keys, _part(get, i + 1))
            case TupleSort():
                for i, s in enumerate(sort.items):
                    self.define(f"{name}.{i}", s, keys, _part(get, i))
            case SeqSort():
                functions[f"{name}/len"] = lambda *k: 0 if get(*k) is ABSENT else len(get(*k))
                self.define(name, sort.of, keys, lambda *k: _at(get(*k[:-1]), k[-1]))
            case MapSort():
                parts = sort.key.items if isinstance(sort.key, TupleSort) else (sort.key,)
                index = {v: i for i, v in enumerate(self.codec.values(sort.key))}
                many = isinstance(sort.key, TupleSort)
                size = len(parts)

                def entry(*k: Any) -> Any:
                    own = k[len(k) - size :]
                    place = tuple(self.encoded(x, s) for x, s in zip(own, parts, strict=True))
                    return get(*k[: len(k) - size])[index[place if many else place[0]]]

                self.define(name, sort.value, (*keys, *parts), entry)
            case SetSort():
                self.define_set(name, sort.of, get)
            case UnionSort():
                for r in sort.records:
                    functions[f"{name}/is.{r.name}"] = lambda *k, r=r: self.is_one(get(*k), r)
                    self.define(
                        f"{name}.{r.name}", r, keys, lambda *k, r=r: self.as_one(get(*k), r)
                    )
            case _:
                functions[name] = lambda *k: self.scalar(get(*k), sort)

    def define_set(self, name: str, element: Sort, get: Meaning) -> None:
        records = element.records if isinstance(element, UnionSort) else (element,)
        for r in records:
            own = f"{name}.{r}" if isinstance(element, UnionSort) else name
            try:
                shapes = list(self.shapes(r))
            except NotFlat:
                self.define_objects(own, r, get)
                continue
            for suffix, flatten, count in shapes:
                self.made.functions[own + suffix] = self.relation(r, get, flatten, count)

    def relation(self, element: Sort, get: Meaning, flatten: Any, count: int) -> Meaning:
        def holds(*args: Any) -> bool:
            keys, wanted = args[: len(args) - count], args[len(args) - count :]
            there = get(*keys)
            if there is ABSENT:
                return False
            return any(flatten(v) == tuple(wanted) for v in there if self.is_of(v, element))

        return holds

    def define_objects(self, name: str, element: Sort, get: Meaning) -> None:
        """The objects are the values of that class anywhere in the set."""
        assert isinstance(element, RecordSort)
        there = [v for v in get() if self.is_of(v, element)]
        self.made.universe[f"%{name}/object"] = there or [ABSENT]
        self.made.functions[name] = lambda *k: k[-1] in get(*k[:-1])
        self.define(f"{name}/of", element, (), lambda x: x)

    def is_one(self, v: Any, record: RecordSort) -> bool:
        return v is not ABSENT and self.is_of(v, record)

    def as_one(self, v: Any, record: RecordSort) -> Any:
        return v if self.is_one(v, record) else ABSENT

    def is_of(self, v: Any, element: Sort) -> bool:
        return not isinstance(element, RecordSort) or v[0] == self.codec.tags[element]

    def shapes(self, sort: Sort) -> Any:
        """As in the signature: suffix, how a value gives the terms (None if of another shape)."""
        match sort:
            case OptionSort():
                yield "-", lambda v: () if v is None else None, 0
                for suffix, flatten, count in self.shapes(sort.of):
                    yield (
                        "+" + suffix,
                        lambda v, flatten=flatten: None if v is None else flatten(v),
                        count,
                    )
            case RecordSort() | TupleSort():
                if isinstance(sort, RecordSort):
                    fields = list(sort.fields)
                else:
                    fields = [("", s) for s in sort.items]
                parts, names = [s for _, s in fields], [x for x, _ in fields]
                record = isinstance(sort, RecordSort)
                for c in itertools.product(*(list(self.shapes(s)) for s in parts)):
                    suffix = "".join(
                        s[:1] + x + s[1:] if s[:1] in ("+", "-") else s
                        for x, (s, _, _) in zip(names, c, strict=True)
                    )
                    yield suffix, _flattener(c, 1 if record else 0), sum(k for _, _, k in c)
            case UnionSort():
                for r in sort.records:
                    for suffix, flatten, count in self.shapes(r):
                        yield (
                            f".{r.name}{suffix}",
                            lambda v, flatten=flatten, r=r: (
                                flatten(v) if self.is_of(v, r) else None
                            ),
                            count,
                        )
            case SeqSort() | SetSort() | MapSort():
                raise NotFlat
            case _:
                yield "", lambda v: (self.scalar(v, sort),), 1

    def scalar(self, v: Any, sort: Sort) -> Any:
        """A value as an element of the structure."""
        if v is ABSENT:
            return {BoolSort: False, EnumSort: "?"}.get(type(sort), 0)
        if isinstance(sort, EnumSort):
            return f"%{sort.name}.{sort.members[v]}"
        return v

    def encoded(self, v: Any, sort: Sort) -> Any:
        """An element of the structure as a value."""
        if isinstance(sort, EnumSort):
            return sort.members.index(str(v).rpartition(".")[2])
        return v


class NotFlat(Exception):
    """Values of this sort are no tuples of terms."""


def _flattener(parts: Any, first: int) -> Callable[[Any], tuple[Any, ...] | None]:
    def flatten(v: Any) -> tuple[Any, ...] | None:
        made: tuple[Any, ...] = ()
        for i, (_, inner, _) in enumerate(parts):
            given = inner(v[i + first])
            if given is None:
                return None
            made += given
        return made

    return flatten


def _or_absent(v: Any) -> Any:
    return ABSENT if v is None else v


def _part(get: Meaning, i: int) -> Meaning:
    def part(*k: Any) -> Any:
        whole = get(*k)
        return ABSENT if whole is ABSENT else whole[i]

    return part


def _at(sequence: Any, i: int) -> Any:
    return sequence[i] if sequence is not ABSENT and 0 <= i < len(sequence) else ABSENT
