"""Properties of every kind; helpers asked of the state after a step."""

from __future__ import annotations

from typing import Self

from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    Set,
    Sort,
    TotalOrder,
    action,
    constraint,
    fill,
    implies,
    invariant,
    reachable,
    require,
    step_invariant,
    terminal,
)


class Node(Sort): ...


class Term(TotalOrder): ...


class Properties(Protocol):
    term: Map[Node, Term]
    leader: Node | None
    sent: Set[Term]

    def init(self) -> None:
        self.term = fill(Node, Term.first())
        self.leader = None
        self.sent = Set()

    @action
    def move(self, n: Node, t: Term) -> None:
        require(t > self.term[n])
        self.term[n] = t
        self.leader = n
        self.sent.add(t)

    def highest(self) -> Term:
        return max(self.term[n] for n in Node)

    def leads(self, n: Node) -> bool:
        return self.leader == n

    def is_sent_by(self, n: Node, others: frozenset[Term]) -> bool:
        """Asks another helper, of the same state."""
        return self.leads(n) and self.term[n] in self.sent and self.term[n] not in others

    @invariant
    def sent_once_reached(self) -> bool:
        """Locals, branches and an early end inside a claim."""
        highest = self.highest()
        if self.leader is None:
            return highest == Term.first()
        for_leader = self.term[self.leader]
        known = self.sent
        return for_leader <= highest and highest in known

    @step_invariant
    def forward(self, after: Self) -> bool:
        return after.highest() >= self.highest() and all(
            after.term[n] >= self.term[n] for n in Node
        )

    @step_invariant
    def new_leader_sends(self, after: Self) -> bool:
        before = frozenset(self.sent)
        return all(
            implies(after.leads(n) and not self.leads(n), after.is_sent_by(n, before) or True)
            for n in Node
        ) and all(t in after.sent for t in self.sent)

    @reachable
    def led(self) -> bool:
        return self.leader is not None

    @constraint
    def bounded(self) -> bool:
        return len(self.sent) < 3

    @terminal
    def all_done(self) -> bool:
        return all(self.term[n] == self.highest() for n in Node)


MODELS = [Model(name="2 nodes", protocol=Properties, sizes={Node: 2, Term: 2})]
