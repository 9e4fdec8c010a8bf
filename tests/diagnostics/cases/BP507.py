"""Of no votes there is no highest."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, TotalOrder, action, fill, require


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    votes: Map[Server, frozenset[Term]]

    def init(self) -> None:
        self.votes = fill(Server, frozenset())

    @action
    def vote(self, s: Server, t: Term) -> None:
        require(t > max(u for u in self.votes[s]))
        self.votes[s] = self.votes[s] | {t}


MODEL = Model(name="2 servers", protocol=Election, sizes={Server: 2, Term: 2})
