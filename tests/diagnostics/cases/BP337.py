"""Two states are compared by what is in them, and this claim forbids every step."""

from __future__ import annotations

from typing import Self

from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    Sort,
    TotalOrder,
    action,
    fill,
    step_invariant,
)


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    term: Map[Server, Term]

    def init(self) -> None:
        self.term = fill(Server, Term.first())

    @action
    def move_on(self, s: Server, t: Term) -> None:
        self.term[s] = t

    @step_invariant
    def nothing_changes(self, after: Self) -> bool:
        return after == self


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
