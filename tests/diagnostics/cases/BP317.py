"""The helper asks about two servers, and was told of one."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    voted_for: Map[Server, Server | None]

    def init(self) -> None:
        self.voted_for = fill(Server, None)

    @action
    def vote(self, s: Server, candidate: Server) -> None:
        require(self.may_vote(s))
        self.voted_for[s] = candidate

    def may_vote(self, s: Server, candidate: Server) -> bool:
        vote = self.voted_for[s]
        return vote is None or vote == candidate


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
