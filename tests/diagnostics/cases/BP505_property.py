"""An invariant is asked of every state, the first one included."""

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
    record,
)


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


@record
class Vote:
    term: Term
    weight: int


class Election(Protocol):
    vote: Map[Server, Vote | None]

    def init(self) -> None:
        self.vote = fill(Server, None)

    @action
    def move_on(self, s: Server, t: Term) -> None:
        self.vote[s] = Vote(t, 1)

    @invariant
    def votes_count(self) -> bool:
        return all(self.vote[s].weight > 0 for s in Server)


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
