"""A value of several types must be a record of one of several classes."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Client(Sort):
    """Who sends requests."""


class Leases(Protocol):
    holder: Server | Client

    def init(self, s: Server) -> None:
        self.holder = s

    @action
    def lend(self, c: Client) -> None:
        self.holder = c


MODEL = Model(name="1 server", protocol=Leases, sizes={Server: 1, Client: 1})
