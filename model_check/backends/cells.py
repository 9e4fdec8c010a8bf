"""How the interpreter cuts a state into cells: a flat tuple that is quick to take apart.

A field is one cell, but a Set or Bag of several record classes (the messages of a protocol) has one
cell for each class: asking for all promises, or whether one was sent, then looks at nothing else,
and the cells of the other classes are shared between the states before and after.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...spec.lang.execute import Snapshot
from ..ir import nodes as n
from ..ir.sorts import BagSort, RecordSort, SetSort, UnionSort
from .codec import Codec, State, Value

__all__ = ["Cell", "Cells"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One component of a state; with ``record``, the elements of that class only."""

    number: int
    field: str
    record: RecordSort | None = None

    @property
    def name(self) -> str:
        return self.field if self.record is None else f"{self.field}_{self.record.name}"


class Cells:
    """The cells of one specification, in order."""

    def __init__(self, spec: n.Spec, codec: Codec) -> None:
        self.spec = spec
        self.codec = codec
        self.of_field: dict[str, tuple[Cell, ...]] = {}
        for f in spec.fields:
            start = len(self.all_so_far())
            match f.sort:
                case (
                    SetSort(of=UnionSort(records=records)) | BagSort(of=UnionSort(records=records))
                ):
                    cells = tuple(Cell(start + i, f.name, r) for i, r in enumerate(records))
                case _:
                    cells = (Cell(start, f.name),)
            self.of_field[f.name] = cells

    def all_so_far(self) -> tuple[Cell, ...]:
        return tuple(c for cells in self.of_field.values() for c in cells)

    @cached_property
    def all(self) -> tuple[Cell, ...]:
        return self.all_so_far()

    def split(self, field: str) -> bool:
        """Whether a field has one cell for each record class."""
        return self.of_field[field][0].record is not None

    # --------------------------------------------------------------------------- conversion
    def cut(self, state: State) -> State:
        """The values of the fields, as cells."""
        made: list[Value] = []
        for f, value in zip(self.spec.fields, state, strict=True):
            if self.split(f.name):
                bag = isinstance(f.sort, BagSort)
                for cell in self.of_field[f.name]:
                    assert cell.record is not None
                    tag = self.codec.tags[cell.record]
                    made.append(frozenset(x for x in value if (x[0] if bag else x)[0] == tag))
            else:
                made.append(value)
        return tuple(made)

    def whole(self, state: State) -> State:
        """Cells as the values of the fields."""
        made: list[Value] = []
        for f in self.spec.fields:
            values = [state[c.number] for c in self.of_field[f.name]]
            made.append(frozenset().union(*values) if self.split(f.name) else values[0])
        return tuple(made)

    def encode(self, snapshot: Snapshot) -> State:
        return self.cut(self.codec.encode_state(snapshot))

    def decode(self, state: State) -> Snapshot:
        return self.codec.decode_state(self.whole(state))
