"""A map is read by its keys, which are all the servers."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    voted_for: Map[Server, Server | None]
    leader: Server | None

    def init(self) -> None:
        self.voted_for = fill(Server, None)
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        require(all(vote == s for vote in self.voted_for))
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
