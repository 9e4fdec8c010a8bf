"""A loop over servers has no first and no last, so it cannot end early."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Set, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    candidates: Set[Server]
    led: Map[Server, bool]

    def init(self) -> None:
        self.candidates = Set()
        self.led = fill(Server, False)

    @action
    def elect(self) -> None:
        for s in Server:
            if s in self.candidates:
                self.led[s] = True
                break


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
