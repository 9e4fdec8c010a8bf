"""A property in Python's sense is read without a call; here it is a helper like any other."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leads: Set[Server]

    def init(self) -> None:
        self.leads = Set()

    @property
    def led(self) -> bool:
        return any(s in self.leads for s in Server)

    @action
    def elect(self, s: Server) -> None:
        require(not self.led)
        self.leads.add(s)


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
