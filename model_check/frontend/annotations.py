"""Python type annotations as sorts of the IR."""

from __future__ import annotations

import ast
import typing
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import Enum
from types import UnionType
from typing import Any

from ...spec.lang.diagnostics import Diagnostic
from ...spec.lang.errors import Span, SpecError
from ...spec.lang.network import Network
from ...spec.lang.source import (
    class_ast,
    class_span,
    hints_of,
    member_span,
    name_span,
    part_of_annotation,
    show_type,
)
from ...spec.lang.values import Bag, Map, QuorumOf, Set, Sort, SubsetOf, TotalOrder
from ..ir import sorts as ir

__all__ = ["NEVER", "Annotations", "NeverSort", "failing_in", "subsort"]


@dataclass(frozen=True, slots=True)
class NeverSort:
    """The element sort of ``None``, ``()`` and ``frozenset()`` before anything fixes it."""

    def __str__(self) -> str:
        return "?"


NEVER: Any = NeverSort()

Fail = Callable[..., SpecError]


@dataclass
class Annotations:
    """Turns annotations into sorts, and remembers every sort and record met, in order."""

    elements: dict[type[Any], ir.ElementSort | ir.SubsetSort] = field(default_factory=dict)
    records: dict[type[Any], ir.RecordSort] = field(default_factory=dict)
    enums: dict[type[Enum], ir.EnumSort] = field(default_factory=dict)
    _open: list[type[Any]] = field(default_factory=list)  # records whose fields are being read
    _named: dict[str, type[Any]] = field(default_factory=dict)  # each class by its name

    def value(self, annotation: Any, fail: Fail) -> ir.Sort:
        """The sort of a value: of a local, parameter, record field, or element of a collection.

        ``fail(diagnostic, **values)`` makes the error at the place where the annotation stands.
        """
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin in (Map, Set, Bag, Network):
            raise fail(Diagnostic.NESTED_STATE, type=show_type(annotation))
        if annotation is bool:
            return ir.BOOL
        if annotation is int:
            return ir.INT
        if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
            return ir.SeqSort(self.value(arguments[0], fail))
        if origin is tuple and arguments:
            return ir.TupleSort(tuple(self.value(a, fail) for a in arguments))
        if origin is frozenset:
            return ir.SetSort(self.value(arguments[0], fail))
        if origin in (typing.Union, UnionType):
            rest = [a for a in arguments if a is not type(None)]
            inner = self._union(rest, annotation, fail)
            return ir.OptionSort(inner) if len(rest) < len(arguments) else inner
        if isinstance(annotation, type):
            if issubclass(annotation, Sort):
                return self.element(annotation)
            if issubclass(annotation, Enum):
                return self.enum(annotation)
            if getattr(annotation, "__record__", False):
                return self.record(annotation, fail)
        raise fail(Diagnostic.FIELD_TYPE, type=show_type(annotation))

    def _union(self, parts: list[Any], annotation: Any, fail: Fail) -> ir.Sort:
        if len(parts) == 1:
            return self.value(parts[0], fail)
        records = [self.value(p, fail) for p in parts]
        if not all(isinstance(r, ir.RecordSort) for r in records):
            raise fail(Diagnostic.FIELD_TYPE, type=show_type(annotation))
        return ir.UnionSort(tuple(typing.cast("list[ir.RecordSort]", records)))

    def state(self, annotation: Any, fail: Fail) -> ir.Sort:
        """The sort of a state field; a Network gives the sort of its messages."""
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is Map:
            return ir.MapSort(self.key(arguments[0], fail), self.value(arguments[1], fail))
        if origin is Set:
            return ir.SetSort(self.value(arguments[0], fail))
        if origin is Bag:
            return ir.BagSort(self.value(arguments[0], fail))
        if origin is Network:
            return self.value(arguments[0], fail)
        return self.value(annotation, fail)

    def key(self, annotation: Any, fail: Fail) -> ir.Sort:
        """The sort of the keys of a map."""
        sort = self.value(annotation, fail)
        parts = sort.items if isinstance(sort, ir.TupleSort) else (sort,)
        if not all(isinstance(p, ir.ElementSort | ir.SubsetSort | ir.EnumSort) for p in parts):
            raise fail(Diagnostic.MAP_KEY, type=sort)
        return sort

    def element(self, cls: type[Any]) -> ir.ElementSort | ir.SubsetSort:
        if cls not in self.elements:
            self._admit(cls, own_sorts=True)
            if issubclass(cls, SubsetOf):
                base = self.element(cls.base())
                assert isinstance(base, ir.ElementSort)
                self.elements[cls] = ir.SubsetSort(cls.__name__, base, issubclass(cls, QuorumOf))
            else:
                self.elements[cls] = ir.ElementSort(cls.__name__, issubclass(cls, TotalOrder))
        return self.elements[cls]

    def enum(self, cls: type[Enum]) -> ir.EnumSort:
        if cls not in self.enums:
            self._admit(cls)
            self.enums[cls] = ir.EnumSort(cls.__name__, tuple(m.name for m in cls))
        return self.enums[cls]

    def record(self, cls: type[Any], fail: Fail) -> ir.RecordSort:
        """The sort of a record class. **Errors** at the field whose type is no value's."""
        if cls not in self.records:
            if cls in self._open:
                raise fail(Diagnostic.RECURSIVE_RECORD, record=cls.__name__)
            self._admit(cls)
            hints = hints_of(cls)
            self._open.append(cls)
            try:
                parts = []
                for f in fields(cls):
                    at = member_span(cls, f.name)
                    parts.append((f.name, self.value(hints[f.name], failing_in(at))))
            finally:
                self._open.pop()
            self.records[cls] = ir.RecordSort(cls.__name__, tuple(parts))
        return self.records[cls]

    def _admit(self, cls: type[Any], *, own_sorts: bool = False) -> None:
        """Take in a class, which from here on goes by its name. **Errors** BP134, BP136."""
        _plain(cls, own_sorts=own_sorts)
        other = self._named.setdefault(cls.__name__, cls)
        if other is not cls:
            raise Diagnostic.SAME_NAME.error(
                class_span(cls), name=cls.__name__, module=other.__module__
            )


def _plain(cls: type[Any], *, own_sorts: bool = False) -> None:
    """Refuse a record, sort or enumeration that does something of its own: in Python it would mean
    what no other engine reads. **Errors** BP134."""
    _, node = class_ast(cls)
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            found = f"the method {statement.name}()"
            span = name_span(class_ast(cls)[0], statement)
            raise Diagnostic.CLASS_WITH_BEHAVIOUR.error(span, cls=cls.__name__, what=found)
    bases = [b for b in cls.__mro__[1:] if getattr(b, "__record__", False)]
    if bases and not own_sorts:
        found = f"the base class {bases[0].__name__}"
        raise Diagnostic.CLASS_WITH_BEHAVIOUR.error(class_span(cls), cls=cls.__name__, what=found)
    if getattr(cls, "__record__", False):
        for f in fields(cls):
            if not (f.compare and f.init):
                found = f"special treatment of the field {f.name}"
                raise Diagnostic.CLASS_WITH_BEHAVIOUR.error(
                    member_span(cls, f.name), cls=cls.__name__, what=found
                )


def failing_in(span: Span | None) -> Fail:
    """Errors at an annotation, or at the part of it that they name as their ``type``."""

    def fail(diagnostic: Diagnostic, **values: Any) -> SpecError:
        part = part_of_annotation(span, str(values.get("type", "")))
        return diagnostic.error(part, **values)

    return fail


def subsort(a: ir.Sort, b: ir.Sort) -> bool:
    """Whether every value of sort ``a`` is, unchanged, one of sort ``b``.

    A record belongs to each union that lists it; options, tuples, sequences and sets follow their
    elements.
    """
    if a in (b, NEVER):
        return True
    match a, b:
        case ir.RecordSort(), ir.UnionSort():
            return a in b.records
        case ir.UnionSort(), ir.UnionSort():
            return all(r in b.records for r in a.records)
        case ir.OptionSort(), ir.OptionSort():
            return subsort(a.of, b.of)
        case ir.SeqSort(), ir.SeqSort():
            return subsort(a.of, b.of)
        case ir.SetSort(), ir.SetSort():
            return subsort(a.of, b.of)
        case ir.BagSort(), ir.BagSort():
            return subsort(a.of, b.of)
        case ir.TupleSort(), ir.TupleSort():
            return len(a.items) == len(b.items) and all(
                subsort(x, y) for x, y in zip(a.items, b.items, strict=True)
            )
        case ir.MapSort(), ir.MapSort():
            return a.key == b.key and subsort(a.value, b.value)
        case _:
            return False
