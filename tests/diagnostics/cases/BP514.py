"""A test builds a state by hand and leaves out a field."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None
    terms: int

    def init(self) -> None:
        self.leader = None
        self.terms = 0

    @action
    def elect(self, s: Server) -> None:
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})


def run() -> None:
    with MODEL.universe():
        assert Election(leader=None).terms == 0
