"""The last vote is read before there is one."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    Sort,
    TotalOrder,
    action,
    fill,
    record,
    require,
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
        require(self.vote[s].term < t)
        self.vote[s] = Vote(t, 1)


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
