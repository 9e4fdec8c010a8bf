"""A number is given to each server, in an order that servers do not have."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    number: Map[Server, int]

    def init(self) -> None:
        self.number = fill(Server, 0)

    @action
    def count_off(self) -> None:
        n = 0
        for s in Server:
            n = n + 1
            self.number[s] = n


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
