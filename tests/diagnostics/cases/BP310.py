"""Two equal votes are one vote, however they came about."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    voted_for: Map[Server, Server | None]
    leader: Server | None

    def init(self) -> None:
        self.voted_for = fill(Server, None)
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        require(all(self.voted_for[r] is s for r in Server))
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
