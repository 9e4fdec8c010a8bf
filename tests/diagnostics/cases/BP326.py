"""The voters are a set, and nothing says who voted first."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Map[Server, frozenset[Server]]
    queue: tuple[Server, ...]

    def init(self) -> None:
        self.votes = fill(Server, frozenset())
        self.queue = ()

    @action
    def line_up(self, s: Server) -> None:
        self.queue = tuple(r for r in self.votes[s])


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
