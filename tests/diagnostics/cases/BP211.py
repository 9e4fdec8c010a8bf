"""Every round of a loop has its own element, and the state is no place for it."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    last: Server | None

    def init(self) -> None:
        self.last = None

    @action
    def scan(self) -> None:
        for self.last in Server:
            pass


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
