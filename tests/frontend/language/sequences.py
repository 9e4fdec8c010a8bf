"""Tuples as sequences and as pairs: indices, slices, concatenation, parts."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    Sort,
    TotalOrder,
    action,
    fill,
    invariant,
    require,
)


class Node(Sort): ...


class Ballot(TotalOrder): ...


class Sequences(Protocol):
    log: Map[Node, tuple[Ballot, ...]]
    pair: tuple[Node, Ballot]
    pairs: tuple[tuple[Node, Ballot], ...]
    options: tuple[Node | None, ...]

    def init(self, n: Node) -> None:
        self.log = fill(Node, ())
        self.pair = (n, Ballot.first())
        self.pairs = ()
        self.options = (None,)

    @action
    def append(self, n: Node, b: Ballot) -> None:
        log = self.log[n]
        require(len(log) < 2)
        require(b not in log or log == (b,))
        self.log[n] = log + (b,) if not log else (*log, b)

    @action
    def overwrite(self, n: Node, i: int, b: Ballot) -> None:
        require(i in range(len(self.log[n])))
        log = self.log[n]
        require(log[i] < b)
        self.log[n] = log[:i] + (b,) + log[i + 1 :]

    @action
    def copy(self, n: Node, m: Node) -> None:
        """A pair is taken apart by index or by names; a tuple key is a pair."""
        require(n != m and len(self.log[m]) > 0)
        last = self.log[m][len(self.log[m]) - 1]
        self.pair = (n, last)
        self.log[n] = self.log[m][0:1]

    @action
    def remember(self) -> None:
        require(len(self.pairs) < 1)
        node, ballot = self.pair
        require(self.pair[0] == node and self.pair[1] == ballot)
        self.pairs = (self.pair,)
        self.options = (node, None)

    @action
    def clear(self) -> None:
        require((self.pair[0], self.pair[1]) in self.pairs)
        empty: tuple[tuple[Node, Ballot], ...] = ()
        self.pairs = empty
        first = self.options[0]
        require(first is not None and first == self.pair[0])
        self.options = self.options[1:]

    @invariant
    def short(self) -> bool:
        return all(len(self.log[n]) <= 2 for n in Node)


MODELS = [Model(name="2 nodes", protocol=Sequences, sizes={Node: 2, Ballot: 2})]
