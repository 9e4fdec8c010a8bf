"""A map needs a type for its keys and one for its values."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    voted_for: Map[Server]

    def init(self) -> None:
        self.voted_for = fill(Server, None)

    @action
    def vote(self, s: Server, candidate: Server) -> None:
        self.voted_for[s] = candidate


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
