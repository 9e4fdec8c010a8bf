"""What must hold of all servers is said for each of them."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    ready: Map[Server, bool]
    started: bool

    def init(self) -> None:
        self.ready = fill(Server, False)
        self.started = False

    @action
    def start(self) -> None:
        require(all([self.ready[s] for s in Server]))
        self.started = True


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
