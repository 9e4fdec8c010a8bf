"""The method itself is always there; what it says of this state was meant."""

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
        require(not self.has_leader)
        self.leader = s

    def has_leader(self) -> bool:
        return self.leader is not None


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
