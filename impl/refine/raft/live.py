"""What a Raft server that runs writes of itself, for ``ballotproof conform``.

As in :mod:`.log`, with two differences. Commands are told apart, by a checksum that has so many
values as the specification has commands; the first command is the entry without one. And a server
that starts again says what is in its log, all of it, so that what a disk has forgotten or made up
shows there, and not only when somebody asks for it.
"""

from __future__ import annotations

import zlib
from typing import Any

from ....model_check.logs.plain import plain
from ....spec.lang import Model
from ....spec.raft.election import Server, Term
from ....spec.raft.replication import Value
from ...host.simulator.simulator import Observed
from ...raft import log
from .log import RaftLog
from .replication import ROLES, ReplicationCluster

__all__ = ["Beyond", "LiveCluster", "LiveLog"]

TERMS, VALUES, RESTARTS = 1_000, 16, 1_000
"""How far a log of this form goes."""


class Beyond(Exception):
    """The run is longer than its log can say: there are more terms in it."""


class LiveCluster(ReplicationCluster):
    """Some servers as they run. **Shapes** ``servers`` many, TERMS terms, VALUES commands."""

    def __init__(self, servers: int) -> None:
        super().__init__(servers, terms=TERMS, crashes=RESTARTS)

    def instance(self) -> Model:
        return Model(
            name=f"{len(self.nodes)} servers",
            protocol=self.protocol,
            sizes={Server: len(self.nodes), Term: TERMS + 1, Value: VALUES},
            constants={"max_log": 0},
            restarts=RESTARTS,
        )

    def value(self, payload: log.Payload) -> Value:
        if not isinstance(payload, bytes):
            return self.nothing
        return self.values[1 + zlib.crc32(payload) % (VALUES - 1)]


class LiveLog(RaftLog):
    """Give it to a :class:`~ballotproof.impl.host.live.journal.Journal`."""

    def __init__(self, servers: int) -> None:
        super().__init__(LiveCluster(servers))

    def lines_of(self, x: Observed) -> list[dict[str, Any]]:
        """**Errors** Beyond."""
        if x.after.term > TERMS:
            raise Beyond(f"term {x.after.term}; a log has {TERMS} at most")
        return super().lines_of(x)

    def state_of(self, x: Observed) -> dict[str, Any]:
        """**Cost** O(1), but for a start."""
        cluster, after = self.cluster, x.after
        s = plain(cluster.server[x.node])
        voted_for = after.voted_for
        known = {
            "term": cluster.term[after.term],
            "voted_for": None if voted_for is None else cluster.server[voted_for],
            "role": ROLES[after.role],
            "commit": after.commit,
        }
        if x.crashed is not None:
            known["log"] = tuple(map(cluster.entry, after.log.entries))
        return {name: {s: plain(value)} for name, value in known.items()}
