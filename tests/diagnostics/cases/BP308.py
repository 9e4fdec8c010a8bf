"""A half of the votes is not a number of votes."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill, require


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
        require(self.votes[s] > len(Server) * 0.5)
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
