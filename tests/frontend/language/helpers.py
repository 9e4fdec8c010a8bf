"""Helpers with a value and with an effect: early returns, locals, helpers that call helpers."""

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


class Term(TotalOrder): ...


class Helpers(Protocol):
    term: Map[Node, Term]
    log: Map[Node, tuple[Term, ...]]
    leader: Node | None

    def init(self) -> None:
        self.term = fill(Node, Term.first())
        self.log = fill(Node, ())
        self.leader = None

    def last_term(self, n: Node) -> Term | None:
        log = self.log[n]
        if not log:
            return None
        last = log[len(log) - 1]
        return last

    def later(self, a: Term | None, b: Term | None) -> bool:
        if a is None:
            return False
        elif b is None:
            return True
        else:
            return a > b

    def up_to_date(self, n: Node, m: Node) -> bool:
        return not self.later(b=self.last_term(n), a=self.last_term(m))

    def adopt(self, n: Node, t: Term) -> None:
        if t <= self.term[n]:
            return
        self.term[n] = t
        self.step_down(n)

    def step_down(self, n: Node) -> None:
        if self.leader == n:
            self.leader = None

    def only_once(self, n: Node) -> None:
        """A guard may stand in a helper that has an effect."""
        require(self.leader != n)
        self.leader = n

    @action
    def meet(self, n: Node, t: Term) -> None:
        require(t != self.term[n])
        self.adopt(n, t)
        m = n
        self.adopt(m, Term.first())

    @action
    def elect(self, n: Node) -> None:
        require(all(self.up_to_date(n, m) for m in Node))
        self.only_once(n)

    @action
    def append(self, n: Node) -> None:
        require(len(self.log[n]) < 2)
        if self.leader is None:
            t = Term.first()
        elif self.leader == n:
            t = self.term[n]
        else:
            return
        self.log[n] = self.log[n] + (t,)

    @invariant
    def terms(self) -> bool:
        return all(
            self.later(self.term[n], None) and not self.later(None, self.last_term(n)) for n in Node
        )


MODELS = [Model(name="2 nodes", protocol=Helpers, sizes={Node: 2, Term: 2})]
