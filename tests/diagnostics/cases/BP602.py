"""With no server at all nothing can happen."""

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
        require(self.leader is None)
        self.leader = s


MODEL = Model(name="no servers", protocol=Election, sizes={Server: 0})
