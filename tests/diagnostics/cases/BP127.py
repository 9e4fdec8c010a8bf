"""To ask for the next number must not take it: asking and taking are two things."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Numbers(Protocol):
    next_number: int
    number: Map[Server, int]

    def init(self) -> None:
        self.next_number = 0
        self.number = fill(Server, 0)

    @action
    def draw(self, s: Server) -> None:
        self.number[s] = self.fresh()

    def fresh(self) -> int:
        self.next_number += 1
        return self.next_number


MODEL = Model(name="2 servers", protocol=Numbers, sizes={Server: 2})
