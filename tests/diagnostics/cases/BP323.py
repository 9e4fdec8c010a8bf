"""Two spellings of a text are two values; a member of an enumeration has one."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None
    status: Map[Server, bool]

    def init(self) -> None:
        self.leader = None
        self.status = fill(Server, False)

    @action
    def elect(self, s: Server) -> None:
        require(self.status[s] == "candidate")
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
