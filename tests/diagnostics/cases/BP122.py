"""A restart that loses nothing is none: something must be marked as kept in memory only."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leads: Map[Server, bool]

    def init(self) -> None:
        self.leads = fill(Server, False)

    @action
    def elect(self, s: Server) -> None:
        self.leads[s] = True


MODEL = Model(name="3 servers, 1 restart", protocol=Election, sizes={Server: 3}, restarts=1)
