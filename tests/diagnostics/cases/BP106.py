"""The log is kept as a map from indices: there is no end to them."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action


class Value(Sort):
    """What a client wants done."""


class Log(Protocol):
    log: Map[int, Value | None]
    length: int

    def init(self) -> None:
        self.log = Map({})
        self.length = 0

    @action
    def append(self, v: Value) -> None:
        self.log[self.length] = v
        self.length += 1


MODEL = Model(name="2 values", protocol=Log, sizes={Value: 2})
