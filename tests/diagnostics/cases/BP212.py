"""Which server a search finds first depends on the order in which it looks."""

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
        require(self.has_won(s))
        self.leader = s

    def has_won(self, s: Server) -> bool:
        for r in Server:
            if self.votes[r] > self.votes[s]:
                return False
        return True


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
