"""There would be two different restarts: that of the text, and that of the model."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, Volatile, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leads: Volatile[Map[Server, bool]]

    def init(self) -> None:
        self.leads = fill(Server, False)

    @action
    def elect(self, s: Server) -> None:
        self.leads[s] = True

    @action
    def restart(self, s: Server) -> None:
        self.leads[s] = False


MODEL = Model(name="3 servers, 1 restart", protocol=Election, sizes={Server: 3}, restarts=1)
