"""The steps are there, but nothing marks them as steps."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    def elect(self, s: Server) -> None:
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
