"""The smallest server cannot be found: servers are interchangeable."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        require(all(s <= r for r in Server))
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
