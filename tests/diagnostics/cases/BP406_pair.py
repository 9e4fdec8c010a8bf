"""A map of maps is written with a pair as its key."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    grants: Map[tuple[Server, Server], bool]

    def init(self) -> None:
        self.grants = fill((Server, Server), False)

    @action
    def grant(self, s: Server, candidate: Server) -> None:
        self.grants[s][candidate] = True


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
