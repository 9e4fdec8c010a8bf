"""A block that holds its parent holds the whole chain: such values have no bound."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action, record


class Value(Sort):
    """The contents of a block."""


@record
class Block:
    value: Value
    parent: Block | None


class Chain(Protocol):
    head: Block | None

    def init(self) -> None:
        self.head = None

    @action
    def extend(self, v: Value) -> None:
        self.head = Block(v, self.head)


MODEL = Model(name="2 values", protocol=Chain, sizes={Value: 2})
