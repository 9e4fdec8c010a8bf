"""Run by Python alone, a state takes no other fields than those declared."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        self.leder = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
