"""A test looks at the terms of a protocol that has none."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, TotalOrder, action


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """The number of an election."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})


def run() -> None:
    with MODEL.universe():
        assert len(list(Term)) == 2
