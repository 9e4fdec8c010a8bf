"""Sorts of the IR: what kind of value an expression has.

Sorts are structural and know nothing of Python classes; names are those of the specification.
A record sort is a subsort of every union that lists it, and needs no conversion to it.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BOOL",
    "INT",
    "BagSort",
    "BoolSort",
    "ElementSort",
    "EnumSort",
    "IntSort",
    "MapSort",
    "OptionSort",
    "RecordSort",
    "SeqSort",
    "SetSort",
    "Sort",
    "SubsetSort",
    "TupleSort",
    "UnionSort",
    "records_of",
]


@dataclass(frozen=True, slots=True)
class BoolSort:
    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True, slots=True)
class IntSort:
    def __str__(self) -> str:
        return "int"


@dataclass(frozen=True, slots=True)
class ElementSort:
    """Elements of a ``Sort`` (interchangeable) or, if ``ordered``, of a ``TotalOrder``."""

    name: str
    ordered: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class SubsetSort:
    """Elements of a ``SubsetOf`` or ``QuorumOf``: named subsets of another sort.

    ``intersecting`` says that any two have an element in common.
    """

    name: str
    of: ElementSort
    intersecting: bool

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class EnumSort:
    name: str
    members: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class RecordSort:
    name: str
    fields: tuple[tuple[str, Sort], ...]

    def __str__(self) -> str:
        return self.name

    def field(self, name: str) -> Sort | None:
        return dict(self.fields).get(name)


@dataclass(frozen=True, slots=True)
class UnionSort:
    """Records of several classes; ``records`` in the order of the annotation."""

    records: tuple[RecordSort, ...]

    def __str__(self) -> str:
        return " | ".join(map(str, self.records))


@dataclass(frozen=True, slots=True)
class OptionSort:
    """``T | None``. Never nested."""

    of: Sort

    def __str__(self) -> str:
        return f"{self.of} | None"


@dataclass(frozen=True, slots=True)
class TupleSort:
    items: tuple[Sort, ...]

    def __str__(self) -> str:
        return f"tuple[{', '.join(map(str, self.items))}]"


@dataclass(frozen=True, slots=True)
class SeqSort:
    of: Sort

    def __str__(self) -> str:
        return f"tuple[{self.of}, ...]"


@dataclass(frozen=True, slots=True)
class SetSort:
    of: Sort

    def __str__(self) -> str:
        return f"frozenset[{self.of}]"


@dataclass(frozen=True, slots=True)
class BagSort:
    of: Sort

    def __str__(self) -> str:
        return f"Bag[{self.of}]"


@dataclass(frozen=True, slots=True)
class MapSort:
    """Total maps. ``key`` is an element, subset or enum sort, bool, or a tuple of them."""

    key: Sort
    value: Sort

    def __str__(self) -> str:
        return f"Map[{self.key}, {self.value}]"


Sort = (
    BoolSort
    | IntSort
    | ElementSort
    | SubsetSort
    | EnumSort
    | RecordSort
    | UnionSort
    | OptionSort
    | TupleSort
    | SeqSort
    | SetSort
    | BagSort
    | MapSort
)

BOOL = BoolSort()
INT = IntSort()


def records_of(sort: Sort) -> tuple[RecordSort, ...]:
    """The record classes that a value of this sort can be of."""
    match sort:
        case RecordSort():
            return (sort,)
        case UnionSort():
            return sort.records
        case _:
            return ()
