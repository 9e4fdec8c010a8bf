"""A protocol typed into a running Python has no source file to point into."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action


class Server(Sort):
    """A member of the cluster."""


TYPED = """
class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        self.leader = s
"""
exec(TYPED)

MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
