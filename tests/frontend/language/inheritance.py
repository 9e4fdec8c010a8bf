"""super() in actions, helpers and init; keyword arguments; features combined by inheritance."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    Set,
    Sort,
    TotalOrder,
    action,
    fill,
    record,
    require,
)


class Node(Sort): ...


class Term(TotalOrder): ...


@record
class Ask:
    node: Node
    term: Term


class Base(Protocol):
    term: Map[Node, Term]
    sent: Set[Ask]

    def init(self) -> None:
        self.term = fill(Node, Term.first())
        self.sent = Set()

    @action
    def ask(self, n: Node, t: Term) -> None:
        require(self.may_ask(n, t))
        self.sent.add(Ask(n, t))

    def may_ask(self, n: Node, t: Term) -> bool:
        return t >= self.term[n]

    @action
    def adopt(self, n: Node, m: Ask) -> None:
        require(m in self.sent)
        self.move(n, m.term)

    def move(self, n: Node, t: Term) -> None:
        self.term[n] = max(self.term[n], t)


class Polite(Base):
    """Asks nobody twice."""

    asked: Map[Node, bool]

    def init(self) -> None:
        super().init()
        self.asked = fill(Node, False)

    @action
    def ask(self, n: Node, t: Term) -> None:
        require(not self.asked[n])
        super().ask(n, t)
        self.asked[n] = True


class Strict(Base):
    """Adopts only what is later, and says so in the helper as well."""

    def may_ask(self, n: Node, t: Term) -> bool:
        return super().may_ask(n, t) and t > self.term[n]

    @action
    def adopt(self, n: Node, m: Ask) -> None:
        super().adopt(m=m, n=n)
        require(self.term[n] == m.term)

    def move(self, n: Node, t: Term) -> None:
        super().move(t=t, n=n)


class Both(Polite, Strict):
    """Both features."""


MODELS = [
    Model(name="base", protocol=Base, sizes={Node: 2, Term: 2}),
    Model(name="both", protocol=Both, sizes={Node: 2, Term: 2}),
]
