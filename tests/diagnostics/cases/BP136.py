"""Two sorts with one name: which of them has two elements?"""

from __future__ import annotations

from ballotproof.spec.consensus import Value as Chosen
from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Value(Sort):
    """Not that of consensus."""


class Both(Protocol):
    seen: Map[Value, bool]
    chosen: Map[Chosen, bool]

    def init(self) -> None:
        self.seen = fill(Value, False)
        self.chosen = fill(Chosen, False)

    @action
    def see(self, v: Value) -> None:
        self.seen[v] = True


MODEL = Model(name="2 values", protocol=Both, sizes={Value: 2, Chosen: 3})
