"""One state of each orbit does not tell which behaviours there are."""

from __future__ import annotations

from ballotproof.model_check.check import check
from ballotproof.spec.lang import Model, Protocol, Set, Sort, action, eventually


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Set[Server]

    def init(self) -> None:
        self.votes = Set()

    @action
    def vote(self, s: Server) -> None:
        self.votes.add(s)

    @eventually
    def some_vote(self) -> bool:
        return len(self.votes) > 0


MODEL = Model(
    name="3 servers",
    protocol=Election,
    sizes={Server: 3},
    symmetry=True,
)


def run() -> None:
    check(MODEL)
