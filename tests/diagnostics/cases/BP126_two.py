"""A method is a step or a claim, not both."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action, invariant, reachable


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        self.leader = s

    @reachable
    @invariant
    def led(self) -> bool:
        return self.leader is not None


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
