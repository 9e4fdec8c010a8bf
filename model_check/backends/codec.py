"""Values of the interpreter, and the Python objects they stand for.

========================================  ==================================================
sort                                      value
========================================  ==================================================
bool, int                                 the same
element, subset, member of an enumeration its number, from 0
record                                    ``(tag, f1, ..., fn)``; the tag numbers the classes
``T | None``                              None, or the value
tuple, sequence                           tuple
frozenset, Set                            frozenset
Bag                                       frozenset of ``(element, copies)``
Map                                       tuple in key order; the last part of a key runs fastest
========================================  ==================================================

Numbers keep the order of a total order, and equal values are equal objects, so that comparing and
hashing need to know nothing of sorts.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, assert_never, get_args, get_origin, get_type_hints

from ...spec.lang.errors import InternalError
from ...spec.lang.execute import Snapshot
from ...spec.lang.model import Model, constants_of
from ...spec.lang.network import Network as NetworkField
from ...spec.lang.protocol import Protocol, fields_of, persistence
from ...spec.lang.values import Bag, Map, Set, Universe
from ..ir import nodes as n
from ..ir.sorts import (
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

__all__ = ["Codec", "State", "Value", "all_records"]

Value = Any
"""A value of the interpreter, as the table above has it."""

State = tuple[Value, ...]
"""The values of the fields, in order of declaration."""


def all_records(spec: n.Spec) -> tuple[RecordSort, ...]:
    """The record classes of a specification and then those of what it refines, each once."""
    found = dict.fromkeys(spec.records)
    for r in spec.refinements:
        found.update(dict.fromkeys(all_records(r.abstract)))
    return tuple(found)


class Codec:
    """Translates the values of one specification in one universe.

    ``records`` gives the tags: all classes of the specification, in the order of ``Spec.records``.
    An abstract specification shares the tags of the one that refines it, and the universe.
    """

    def __init__(
        self,
        spec: n.Spec,
        model: Model,
        *,
        protocol: type[Protocol] | None = None,
        universe: Universe | None = None,
        records: tuple[RecordSort, ...] | None = None,
    ) -> None:
        self.spec = spec
        self.model = model
        self.protocol = model.protocol if protocol is None else protocol
        self.universe = model.universe() if universe is None else universe
        self.records = all_records(spec) if records is None else records
        self.tags = {record: tag for tag, record in enumerate(self.records)}
        self._elements = {s.__name__: pool for s, pool in self.universe.elements.items()}
        classes = {c.__name__: c for c in _classes_of(self.protocol)}
        self._enums: dict[str, type[Enum]] = {
            name: c for name, c in classes.items() if issubclass(c, Enum)
        }
        self._classes = {name: c for name, c in classes.items() if not issubclass(c, Enum)}

    # ---------------------------------------------------------------------------- universe
    def size(self, sort: Sort) -> int:
        """How many values a finite sort has."""
        return len(self.values(sort))

    def values(self, sort: Sort) -> tuple[Value, ...]:
        """All values of a finite sort, in order."""
        match sort:
            case BoolSort():
                return (False, True)
            case ElementSort() | SubsetSort():
                return tuple(range(len(self.pool(sort))))
            case EnumSort():
                return tuple(range(len(sort.members)))
            case OptionSort():
                return (None, *self.values(sort.of))
            case TupleSort():
                return tuple(itertools.product(*map(self.values, sort.items)))
            case _:
                raise InternalError(f"the sort {sort} is not finite by itself")

    def pool(self, sort: ElementSort | SubsetSort) -> tuple[Any, ...]:
        """The elements of a sort in this universe, as Python objects."""
        if sort.name not in self._elements:
            raise InternalError(f"the model {self.model.name} gives no size to {sort}")
        return self._elements[sort.name]

    def members(self, sort: SubsetSort) -> tuple[tuple[int, ...], ...]:
        """For each element of a subset sort, the numbers of its members."""
        return tuple(tuple(x.index for x in subset) for subset in self.pool(sort))

    def constant(self, name: str, sort: Sort) -> Value:
        """The value of a constant in this universe."""
        return self.encode(sort, self.universe.constants[name])

    def key_number(self, sort: Sort, key: Value) -> int:
        """The place of a key in a map."""
        if isinstance(sort, TupleSort):
            number = 0
            for part, x in zip(sort.items, key, strict=True):
                number = number * self.size(part) + int(x)
            return number
        return int(key)

    # ------------------------------------------------------------------------------ values
    def encode(self, sort: Sort, x: Any) -> Value:
        """A Python object as a value."""
        match sort:
            case BoolSort() | IntSort():
                return x
            case ElementSort() | SubsetSort():
                return x.index
            case EnumSort():
                return sort.members.index(x.name)
            case RecordSort():
                parts = (self.encode(s, getattr(x, name)) for name, s in sort.fields)
                return (self.tags[sort], *parts)
            case UnionSort():
                return self.encode(self._record_of(sort, x), x)
            case OptionSort():
                return None if x is None else self.encode(sort.of, x)
            case TupleSort():
                return tuple(map(self.encode, sort.items, x))
            case SeqSort():
                return tuple(self.encode(sort.of, y) for y in x)
            case SetSort():
                return frozenset(self.encode(sort.of, y) for y in x)
            case BagSort():
                pairs = ((y, x.count(y)) for y in x) if isinstance(x, Bag) else x
                return frozenset((self.encode(sort.of, y), copies) for y, copies in pairs)
            case MapSort():
                values = [v for _, v in self._in_key_order(sort, x)] if isinstance(x, Map) else x
                return tuple(self.encode(sort.value, v) for v in values)
            case _:
                assert_never(sort)

    def decode(self, sort: Sort, v: Value) -> Any:
        """A value as the Python object that a specification sees inside other values: sets are
        frozensets, bags frozensets of pairs, maps tuples of values in key order."""
        match sort:
            case BoolSort():
                return bool(v)
            case IntSort():
                return int(v)
            case ElementSort() | SubsetSort():
                return self.pool(sort)[v]
            case EnumSort():
                return list(self.enum(sort))[v]
            case RecordSort() | UnionSort():
                record = self.records[v[0]]
                parts = (self.decode(s, x) for (_, s), x in zip(record.fields, v[1:], strict=True))
                return self.record(record)(*parts)
            case OptionSort():
                return None if v is None else self.decode(sort.of, v)
            case TupleSort():
                return tuple(map(self.decode, sort.items, v))
            case SeqSort():
                return tuple(self.decode(sort.of, x) for x in v)
            case SetSort():
                return frozenset(self.decode(sort.of, x) for x in v)
            case BagSort():
                return frozenset((self.decode(sort.of, x), copies) for x, copies in v)
            case MapSort():
                return tuple(self.decode(sort.value, x) for x in v)
            case _:
                assert_never(sort)

    def enum(self, sort: EnumSort) -> type[Enum]:
        """The enumeration that a sort stands for."""
        if sort.name not in self._enums:
            raise InternalError(f"no enumeration {sort} is known")
        return self._enums[sort.name]

    def record(self, sort: RecordSort) -> type[Any]:
        """The record class that a sort stands for."""
        if sort.name not in self._classes:
            raise InternalError(f"no record class {sort} is known")
        return self._classes[sort.name]

    def _record_of(self, sort: UnionSort, x: Any) -> RecordSort:
        return next(r for r in sort.records if r.name == type(x).__name__)

    def _in_key_order(self, sort: MapSort, x: Map[Any, Any]) -> Iterator[tuple[Any, Any]]:
        entries = dict(x.items())
        return ((k, entries[k]) for k in self.keys(sort))

    def keys(self, sort: MapSort) -> list[Any]:
        """The keys of a map as Python objects, in order."""
        return [self.decode(sort.key, k) for k in self.values(sort.key)]

    # ------------------------------------------------------------------------------ states
    def encode_state(self, snapshot: Snapshot) -> State:
        """A snapshot of plain Python as a state."""
        return tuple(
            self._encode_field(f, x) for f, x in zip(self.spec.fields, snapshot, strict=True)
        )

    def _encode_field(self, f: n.FieldDecl, x: Any) -> Value:
        match f.network:
            case None:
                return self.encode(f.sort, x)
            case n.Network.SET:
                return self.encode(f.sort, (m for m, _ in x[0]))
            case n.Network.BAG:
                return self.encode(f.sort, x[0])
            case n.Network.FIFO:
                assert isinstance(f.sort, MapSort)
                queues = dict(x[1])
                waiting = (queues.get(k, ()) for k in self.keys(f.sort))
                return tuple(self.encode(f.sort.value, q) for q in waiting)

    def decode_state(self, state: State) -> Snapshot:
        """A state as the snapshot that plain Python would have of it."""
        return tuple(self._decode_field(f, v) for f, v in zip(self.spec.fields, state, strict=True))

    def _decode_field(self, f: n.FieldDecl, v: Value) -> Any:
        x = self.decode(f.sort, v)
        match f.network:
            case None:
                return x
            case n.Network.SET:
                return (frozenset((m, 1) for m in x), frozenset())
            case n.Network.BAG:
                return (x, frozenset())
            case n.Network.FIFO:
                assert isinstance(f.sort, MapSort)
                queues = zip(self.keys(f.sort), x, strict=True)
                return (frozenset(), frozenset((k, q) for k, q in queues if q))

    def show_state(self, state: State) -> Mapping[str, Any]:
        """The state as the objects that fields of a protocol hold: Map, Set, Bag, Network."""
        with self.universe:
            fields_ = zip(self.spec.fields, state, strict=True)
            return {f.name: self._field_object(f, v) for f, v in fields_}

    def _field_object(self, f: n.FieldDecl, v: Value) -> Any:
        if f.network is not None:
            network: NetworkField[Any] = NetworkField()
            bag, queues = self._decode_field(f, v)
            network._bag, network._queues = dict(bag), dict(queues)
            return network
        x = self.decode(f.sort, v)
        match f.sort:
            case MapSort():
                return Map(dict(zip(self.keys(f.sort), x, strict=True)))
            case SetSort() if self._declared_as(f.name) is Set:
                return Set(x)
            case BagSort():
                return Bag(y for y, copies in x for _ in range(copies))
            case _:
                return x

    def _declared_as(self, field: str) -> Any:
        """The generic type in a field's annotation: Set or frozenset, which are one sort."""
        annotation, _ = persistence(fields_of(self.protocol).get(field))
        return get_origin(annotation)


# ------------------------------------------------------------------------------- Python classes
def _classes_of(protocol: type[Protocol]) -> list[type[Any]]:
    """The record classes and enumerations that a protocol mentions anywhere."""
    found: dict[type[Any], None] = {}

    def visit(annotation: Any) -> None:
        annotation, _ = persistence(annotation)
        for part in get_args(annotation):
            visit(part)
        if not isinstance(annotation, type) or get_origin(annotation) is not None:
            return
        if issubclass(annotation, Enum):
            found.setdefault(annotation)
        elif getattr(annotation, "__record__", False) and annotation not in found:
            found.setdefault(annotation)
            hints = get_type_hints(annotation)
            for part in hints.values():
                visit(part)

    for annotation in fields_of(protocol).values():
        visit(annotation)
    for const in constants_of(protocol).values():
        visit(const.annotation())
    for cls in reversed(protocol.__mro__):
        for method in vars(cls).values():
            if inspect.isfunction(method) and cls not in (Protocol, object):
                for annotation in get_type_hints(method).values():
                    visit(annotation)
                for value in _globals_used(method.__code__, method.__globals__):
                    visit(value)
                abstract = getattr(method, "__abstract__", None)
                if abstract is not None:
                    for other in _classes_of(abstract):
                        found.setdefault(other)
    return list(found)


def _globals_used(code: Any, namespace: Mapping[str, Any]) -> Iterator[Any]:
    """The objects that a function names, those inside its comprehensions included."""
    yield from (namespace[name] for name in code.co_names if name in namespace)
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _globals_used(constant, namespace)
