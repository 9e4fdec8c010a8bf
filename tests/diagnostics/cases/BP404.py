"""The field is of type Server, and None is no server."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
