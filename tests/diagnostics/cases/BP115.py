"""Without @action above it, the variant would silently lose the step that it means to change."""

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
        self.leader = s


class CarefulElection(Election):
    def elect(self, s: Server) -> None:
        require(self.leader is None)
        super().elect(s)


MODEL = Model(name="3 servers", protocol=CarefulElection, sizes={Server: 3})
