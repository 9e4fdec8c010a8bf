"""The counts are set one by one after all, so no single value is what a server starts with."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, Volatile, action, fill, require


class Server(Sort):
    """A member of the cluster."""


class Heartbeats(Protocol):
    seen: Volatile[Map[Server, int]]

    def init(self) -> None:
        self.seen = fill(Server, 0)
        for s in Server:
            self.seen[s] = 1

    @action
    def beat(self, s: Server) -> None:
        require(self.seen[s] < 3)
        self.seen[s] += 1


MODEL = Model(name="2 servers, 1 restart", protocol=Heartbeats, sizes={Server: 2}, restarts=1)
