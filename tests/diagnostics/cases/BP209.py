"""What to do when a search found nothing is a question of its own."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Set, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    candidates: Set[Server]
    led: Map[Server, bool]
    idle: bool

    def init(self) -> None:
        self.candidates = Set()
        self.led = fill(Server, False)
        self.idle = False

    @action
    def elect(self) -> None:
        for s in self.candidates:
            self.led[s] = True
        else:
            self.idle = True


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
