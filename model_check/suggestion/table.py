"""Which literals are true where: of states that were met, and of those that must be excluded.

All that a scope can be bound to, in all states, is one table: a row for each combination of values
of its literals that occurs. A column is an int with a bit for each row. Literals of which one is
true in every row are a candidate: their columns together have all bits.

**Cost** Python runs each literal once for each binding in each state; the rest is arithmetic.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...spec.lang.execute import Execution, Snapshot
from ...spec.lang.protocol import Protocol
from ..ir import nodes as n
from .text import Candidate, class_of
from .vocabulary import QUORUM, Literal, Scope, literals_of, scopes_of

__all__ = ["Table", "Tables"]

LITERALS = 220
"""So many literals of a scope are compared with each other, the simplest of them."""

SIMPLE = 60
"""So many literals of a scope are taken three at a time."""

Row = tuple[bool, ...]


@dataclass
class Table:
    """One scope: its literals, and the rows met, in the order in which they were."""

    scope: Scope
    literals: Sequence[Literal]
    method: str
    rows: dict[Row, None] = field(default_factory=dict)

    def columns(self, rows: Iterable[Row]) -> list[tuple[int, int]]:
        """For each literal, the rows in which it is true, and those in which it is false."""
        rows = list(rows)
        full = (1 << len(rows)) - 1
        made = []
        for i in range(len(self.literals)):
            bits = sum(1 << r for r, row in enumerate(rows) if row[i])
            made.append((bits, full ^ bits))
        return made

    def candidates(self) -> Iterator[Candidate]:
        """All that is true of every row, of one or two literals, or of three simple ones; nothing
        that says less than another."""
        if not self.rows:
            return
        full = (1 << len(self.rows)) - 1
        columns = self.columns(self.rows)
        order = sorted(range(len(self.literals)), key=lambda i: self._simple(self.literals[i]))
        signed = [(i, s, columns[i][not s]) for i in order for s in (True, False)]
        for i, s, bits in signed:
            if bits == full:
                yield self._candidate((i, s))
        left = [x for x in signed[: 2 * LITERALS] if x[2] not in (0, full)]
        pairs: set[tuple[tuple[int, bool], tuple[int, bool]]] = set()
        for (i, s, a), (j, t, b) in itertools.combinations(left, 2):
            if a | b == full and i != j:
                pairs.add(((i, s), (j, t)))
                yield self._candidate((i, s), (j, t))
        for x, y, z in itertools.combinations(left[:SIMPLE], 3):
            if x[2] | y[2] | z[2] == full and len({x[0], y[0], z[0]}) == 3:
                named = [(i, s) for i, s, _ in (x, y, z)]
                if not pairs & set(itertools.combinations(named, 2)):
                    yield self._candidate(*named)

    def _simple(self, literal: Literal) -> tuple[bool, int]:
        return literal.weight == QUORUM, len(literal.text)

    def _candidate(self, *chosen: tuple[int, bool]) -> Candidate:
        said = [(self.literals[i], s) for i, s in chosen]
        said.sort(key=lambda x: (x[0].weight, x[1]))
        return Candidate(self.scope, tuple(said))


class Tables:
    """The tables of all scopes of a protocol."""

    def __init__(self, base: type[Protocol], spec: n.Spec) -> None:
        self.tables: list[Table] = []
        body: list[str] = []
        helpers: dict[str, list[str]] = {}
        for number, scope in enumerate(scopes_of(spec)):
            literals = sorted(literals_of(spec, scope), key=lambda x: (x.weight, len(x.text)))
            if not literals:
                continue
            table = Table(scope, literals, f"table_{number}")
            self.tables.append(table)
            helpers |= {h.name: h.text() for x in literals for h in x.helpers}
            row = ", ".join(f"bool({x.text})" for x in literals)
            loops = scope.generators or "for _ in [0]"
            body += [
                f"    def {table.method}(self) -> list:",
                f"        return [({row},) {loops}]",
            ]
        lines = [line for h in helpers.values() for line in h]
        self.cls = class_of(base, [*lines, *body])
        self._functions: Mapping[str, Callable[[Any], list[Row]]] = vars(self.cls)

    def rows(self, execution: Execution, state: Snapshot) -> list[list[Row]]:
        """The rows of each table in a state, for each binding one."""
        with execution.universe:
            thawed = execution.thaw(state)
            object.__setattr__(thawed, "__class__", self.cls)  # the same fields, more methods
            return [self._functions[t.method](thawed) for t in self.tables]

    def add(self, execution: Execution, state: Snapshot) -> None:
        """A state that can be reached."""
        for table, rows in zip(self.tables, self.rows(execution, state), strict=True):
            table.rows.update(dict.fromkeys(rows))
