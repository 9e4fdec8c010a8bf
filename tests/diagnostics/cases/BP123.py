"""A step is taken as a whole; there is nothing for it to wait for in the middle."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    async def elect(self, s: Server) -> None:
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
