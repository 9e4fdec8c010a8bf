"""A Set can change in place, so it cannot be the value of a map."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Set, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Map[Server, Set[Server]]

    def init(self) -> None:
        self.votes = fill(Server, Set())

    @action
    def vote(self, s: Server, candidate: Server) -> None:
        self.votes[candidate].add(s)


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
