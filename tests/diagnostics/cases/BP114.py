"""A property that counts how often it was asked would change what it looks at."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action, invariant


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None
    checks: int

    def init(self) -> None:
        self.leader = None
        self.checks = 0

    @action
    def elect(self, s: Server) -> None:
        self.leader = s

    @invariant
    def leader_known(self) -> bool:
        self.checks += 1
        return self.leader is None or self.checks > 0


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
