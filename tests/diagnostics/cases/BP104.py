"""A field was added to the class and forgotten in init()."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None
    voted_for: Map[Server, Server | None]

    def init(self) -> None:
        self.leader = None

    @action
    def vote(self, s: Server, candidate: Server) -> None:
        self.voted_for[s] = candidate


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
