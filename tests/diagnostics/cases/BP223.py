"""For a server that has not voted the helper ends without saying anything."""

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
        require(self.supports(s, s))
        self.leader = s

    def supports(self, s: Server, candidate: Server) -> bool:
        if self.voted_for[s] is not None:
            return self.voted_for[s] == candidate


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
