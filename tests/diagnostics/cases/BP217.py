"""The votes of a server are a value, of which there may be copies."""

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
        self.votes[candidate].add(s)


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
