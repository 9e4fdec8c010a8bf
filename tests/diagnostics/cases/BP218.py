"""If the server has not voted, nothing says who the candidate is."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


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
        if self.voted_for[s] is not None:
            candidate = s
        self.leader = candidate


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
