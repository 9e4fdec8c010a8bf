"""A vote, once made, stays what it is; the server gets another one."""

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
    vote: Map[Server, Vote]

    def init(self) -> None:
        self.vote = fill(Server, Vote(Term.first(), 0))

    @action
    def move_on(self, s: Server, t: Term) -> None:
        vote = self.vote[s]
        require(t > vote.term)
        vote.term = t


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
