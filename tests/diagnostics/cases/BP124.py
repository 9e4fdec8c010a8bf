"""Nobody is there to whom an action could return its result."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    voted_for: Map[Server, Server | None]

    def init(self) -> None:
        self.voted_for = fill(Server, None)

    @action
    def vote(self, s: Server, candidate: Server) -> bool:
        granted = self.voted_for[s] is None
        if granted:
            self.voted_for[s] = candidate
        return granted


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
