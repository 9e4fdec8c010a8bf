"""A step has two states, and a property of steps must be given the second."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    Sort,
    TotalOrder,
    action,
    fill,
    require,
    step_invariant,
)


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Terms(Protocol):
    term: Map[Server, Term]

    def init(self) -> None:
        self.term = fill(Server, Term.first())

    @action
    def move_on(self, s: Server, t: Term) -> None:
        require(t > self.term[s])
        self.term[s] = t

    @step_invariant
    def term_monotone(self) -> bool:
        return all(self.term[s] >= Term.first() for s in Server)


MODEL = Model(name="2 servers", protocol=Terms, sizes={Server: 2, Term: 2})
