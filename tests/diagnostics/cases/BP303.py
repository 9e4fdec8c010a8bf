"""Time has no place in a specification: a server may time out at any moment."""

from __future__ import annotations

import datetime

from ballotproof.spec.lang import Model, Protocol, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


DEADLINE = datetime.timedelta(seconds=3)


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        require(DEADLINE is None)
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
