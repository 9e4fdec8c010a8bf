"""A mapping to another protocol: locals, conditions, whole maps and sets, helpers."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Set, Sort, action, fill, refines, require


class Node(Sort): ...


class Value(Sort): ...


class Chosen(Protocol):
    """One value for all."""

    chosen: Set[Value]
    known: Map[Node, Value | None]
    closed: bool

    def init(self) -> None:
        self.chosen = Set()
        self.known = fill(Node, None)
        self.closed = False

    @action
    def choose(self, v: Value) -> None:
        require(not self.chosen)
        self.chosen.add(v)

    @action
    def learn(self, n: Node, v: Value) -> None:
        require(v in self.chosen)
        self.known[n] = v

    @action
    def close(self) -> None:
        self.closed = True


class Written(Protocol):
    """A first writer decides."""

    first: Value | None
    known: Map[Node, Value | None]
    readers: frozenset[Node]

    def init(self) -> None:
        self.first = None
        self.known = fill(Node, None)
        self.readers = frozenset()

    @action
    def write(self, v: Value) -> None:
        require(self.first is None)
        self.first = v

    @action
    def read(self, n: Node) -> None:
        require(self.first is not None)
        self.known[n] = self.first
        self.readers = self.readers | {n}

    def written(self) -> frozenset[Value]:
        return frozenset(v for v in Value if self.first == v)

    @refines(Chosen)
    def chosen(self) -> Chosen:
        written = self.written()
        everybody = all(n in self.readers for n in Node)
        return Chosen(
            chosen=Set(written),
            known=self.known,
            closed=False if not everybody else len(written) == 0,
        )

    @refines(Chosen)
    def entry_by_entry(self) -> Chosen:
        return Chosen(
            closed=False,
            known=Map({n: self.first if n in self.readers else None for n in Node}),
            chosen=Set(v for v in Value if v == self.first),
        )


MODELS = [Model(name="2 values", protocol=Written, sizes={Node: 2, Value: 2})]
