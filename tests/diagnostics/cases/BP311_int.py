"""A number is neither true nor false."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Map[Server, int]
    leader: Server | None

    def init(self) -> None:
        self.votes = fill(Server, 0)
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        if self.votes[s]:
            self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
