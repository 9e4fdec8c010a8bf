"""The class has all that a protocol needs, but does not say that it is one."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Election:
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
