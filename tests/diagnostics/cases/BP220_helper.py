"""A helper that is asked for a value gives one, whatever the state."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        require(self.may_lead(s))
        self.leader = s

    def may_lead(self, s: Server) -> bool:
        require(self.leader is None)
        return True


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
