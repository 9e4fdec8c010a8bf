"""Nothing keeps the number of votes from growing, and the model says how large it may be."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Map[Server, int]

    def init(self) -> None:
        self.votes = fill(Server, 0)

    @action
    def vote(self, s: Server) -> None:
        self.votes[s] += 1


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3}, integers=(0, 2))
