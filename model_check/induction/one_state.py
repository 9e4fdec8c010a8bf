"""One state of an instance as an expression, so that every engine can look for it.

A specification has no names for the elements of its sorts, as nothing tells them apart. To speak of
one state they are needed: each element becomes a constant, which the instance binds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...spec.lang.errors import InternalError
from ...spec.lang.model import Model
from ...spec.lang.values import Universe
from ..backends.codec import Codec, State, Value
from ..ir import nodes as n
from ..ir.sorts import (
    INT,
    BagSort,
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

__all__ = ["Naming", "is_state", "named", "value_of", "with_names"]


class Naming(Model):
    """A model in whose universe each element is the value of a constant, too."""

    def universe(self) -> Universe:
        made = super().universe()
        for sort, pool in made.elements.items():
            made.constants |= {_name(sort.__name__, i): x for i, x in enumerate(pool)}
        return made


def named(model: Model) -> Naming:
    """The same instance, with names for its elements."""
    fields = {name: getattr(model, name) for name in model.__dataclass_fields__}
    return Naming(**fields)


def with_names(spec: n.Spec, codec: Codec) -> n.Spec:
    """The specification with a constant for each element of the instance."""
    names = [(_name(s.name, i), s) for s in spec.sorts for i in range(codec.size(s))]
    return replace(spec, constants=(*spec.constants, *names))


def _name(sort: str, number: int) -> str:
    return f"the_{sort}_{number}"


def is_state(codec: Codec, state: State) -> n.Expr:
    """That the state at hand is this one. **In** a codec of the specification that is asked."""
    parts = [
        part
        for f, v in zip(codec.spec.fields, state, strict=True)
        for part in _is(codec, n.Field(f.name, f.sort), v)
    ]
    return n.And(tuple(parts))


def _is(codec: Codec, e: n.Expr, v: Value) -> Iterator[n.Expr]:
    """What together says that an expression has a value; small parts, quick to be found false."""
    match e.sort:
        case MapSort() as sort:
            keys = codec.values(sort.key)
            for key, entry in zip(keys, v, strict=True):
                place = n.Get(e, value_of(codec, sort.key, key), sort.value)
                yield from _is(codec, place, entry)
        case SetSort() as sort:
            yield from (n.In(value_of(codec, sort.of, x), e) for x in _sorted(v))
            yield n.Eq(n.Size(e), n.Literal(len(v), INT))
        case BagSort() as sort:
            for x, copies in _sorted(v):
                count = n.Count(e, value_of(codec, sort.of, x))
                yield n.Eq(count, n.Literal(copies, INT))
            yield n.Eq(n.Size(e), n.Literal(sum(copies for _, copies in v), INT))
        case _:
            yield n.Eq(e, value_of(codec, e.sort, v))


def value_of(codec: Codec, sort: Sort, v: Value) -> n.Expr:
    """An expression that has this value, in a specification with names."""
    match sort:
        case BoolSort() | IntSort() | EnumSort():
            return n.Literal(v, sort)
        case ElementSort() | SubsetSort():
            return n.Constant(_name(sort.name, v), sort)
        case RecordSort() | UnionSort():
            record = codec.records[v[0]]
            parts = zip(record.fields, v[1:], strict=True)
            return n.Record(record, tuple(value_of(codec, s, x) for (_, s), x in parts))
        case OptionSort():
            return n.Literal(None, sort) if v is None else n.Some(value_of(codec, sort.of, v), sort)
        case TupleSort():
            items = zip(sort.items, v, strict=True)
            return n.Tuple(tuple(value_of(codec, s, x) for s, x in items), sort)
        case SeqSort():
            return n.Seq(tuple(value_of(codec, sort.of, x) for x in v), sort)
        case SetSort():
            return n.SetOf(tuple(value_of(codec, sort.of, x) for x in _sorted(v)), sort)
        case _:
            raise InternalError(f"a {sort} is no part of a value")


def _sorted(v: Value) -> list[Value]:
    """The elements of a set, in an order that does not depend on the run."""
    return sorted(v, key=repr)
