"""There are followers, candidates and leaders, and no learners."""

from __future__ import annotations

from enum import Enum

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Role(Enum):
    """What a server takes itself for."""

    FOLLOWER = 0
    CANDIDATE = 1
    LEADER = 2


class Election(Protocol):
    role: Map[Server, Role]

    def init(self) -> None:
        self.role = fill(Server, Role.LEARNER)

    @action
    def elect(self, s: Server) -> None:
        self.role[s] = Role.LEADER


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
