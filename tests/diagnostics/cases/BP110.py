"""Every term is tried anyway, so there is nothing for a default to say."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None
    urgent: bool

    def init(self) -> None:
        self.leader = None
        self.urgent = False

    @action
    def elect(self, s: Server, urgent: bool = False) -> None:
        self.leader = s
        self.urgent = urgent


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
