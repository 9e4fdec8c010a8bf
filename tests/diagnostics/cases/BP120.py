"""A restart is that of one server, so what it loses must be kept for each server."""

from __future__ import annotations

from ballotproof.spec.lang import Durable, Map, Model, Protocol, Sort, Volatile, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    voted_for: Durable[Map[Server, Server | None]]
    leader: Volatile[Server | None]

    def init(self) -> None:
        self.voted_for = fill(Server, None)
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        self.leader = s


MODEL = Model(name="3 servers, 1 restart", protocol=Election, sizes={Server: 3}, restarts=1)
