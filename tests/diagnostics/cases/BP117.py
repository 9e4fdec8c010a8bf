"""A helper is expanded where it is called, so it must say what it gives there."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Map[Server, frozenset[Server]]

    def init(self) -> None:
        self.votes = fill(Server, frozenset())

    @action
    def vote(self, s: Server, candidate: Server) -> None:
        require(not self.has_voted(s))
        self.votes[candidate] = self.votes[candidate] | {s}

    def has_voted(self, s: Server):
        return any(s in self.votes[r] for r in Server)


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
