"""Run by Python alone, what is outside the language fails in Python's own way."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Map[Server, int]

    def init(self) -> None:
        self.votes = fill(Server, 0)

    @action
    def vote(self, s: Server) -> None:
        require(self.votes[s].count < 2)
        self.votes[s] += 1


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
