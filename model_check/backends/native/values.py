"""Values while a program is written: what is known of them already, and what is left to compute."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ....spec.lang.errors import InternalError
from ...ir.sorts import BagSort, MapSort, OptionSort, RecordSort, SeqSort, SetSort, Sort, TupleSort
from ..codec import Value
from .layout import Shape
from .terms import Name, Term

__all__ = ["Computed", "Display", "Entries", "Known", "Optional", "Product", "Scan", "Val"]


@dataclass(frozen=True, eq=False)
class Scan:
    """The variable of a loop over known values: ``index`` is the place in ``domain``. Two loops are
    never the same."""

    index: Name
    domain: tuple[Value, ...]


@dataclass(frozen=True)
class Known:
    """A value known beforehand, or as soon as one knows where some loops are.

    ``table`` has one value for each combination of places, the last scan running fastest; exactly
    one if there are no scans.
    """

    sort: Sort
    table: tuple[Value, ...]
    scans: tuple[Scan, ...] = ()

    @property
    def constant(self) -> bool:
        return not self.scans

    @property
    def value(self) -> Value:
        if self.scans:
            raise InternalError("not one value")
        return self.table[0]

    def at(self, places: dict[Scan, int]) -> Value:
        """The value at these places of the loops."""
        number = 0
        for scan in self.scans:
            number = number * len(scan.domain) + places[scan]
        return self.table[number]


@dataclass(frozen=True)
class Computed:
    """A value in lanes."""

    shape: Shape
    lanes: tuple[Term, ...]

    @property
    def sort(self) -> Sort:
        return self.shape.sort


@dataclass(frozen=True)
class Product:
    """A record or tuple, part by part."""

    sort: RecordSort | TupleSort
    parts: tuple[Val, ...]


@dataclass(frozen=True)
class Optional:
    """A value that is there if ``present``; if it is not, ``of`` means nothing."""

    sort: OptionSort
    present: Term
    of: Val


@dataclass(frozen=True)
class Display:
    """A sequence, set or bag with its elements written out; a set may have one of them twice."""

    sort: SeqSort | SetSort | BagSort
    items: tuple[Val, ...]


@dataclass(frozen=True)
class Entries:
    """A map, entry by entry in the order of the keys."""

    sort: MapSort
    entries: tuple[Val, ...]


Val = Known | Computed | Product | Optional | Display | Entries


def scans_of(values: Iterable[Val]) -> tuple[Scan, ...]:
    """All loops on which these known values depend."""
    return tuple(dict.fromkeys(s for v in values if isinstance(v, Known) for s in v.scans))


def places_of(scans: tuple[Scan, ...]) -> list[dict[Scan, int]]:
    """Every combination of places, in the order of a table."""
    made: list[dict[Scan, int]] = [{}]
    for scan in scans:
        made = [{**m, scan: i} for m in made for i in range(len(scan.domain))]
    return made


def known(sort: Sort, scans: tuple[Scan, ...], value: Callable[[dict[Scan, int]], Any]) -> Known:
    """The value at every combination of places; without the scans if it is always the same."""
    table = tuple(value(places) for places in places_of(scans))
    if all(x == table[0] and type(x) is type(table[0]) for x in table):
        return Known(sort, table[:1])
    return Known(sort, table, scans)
