"""A set in curly braces can be changed by whoever holds it."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Map[Server, frozenset[Server]]

    def init(self) -> None:
        self.votes = fill(Server, frozenset())

    @action
    def vote(self, s: Server, candidate: Server) -> None:
        self.votes[candidate] = {s} | self.votes[candidate]


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
