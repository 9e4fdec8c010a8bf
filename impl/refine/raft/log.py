"""Logs of Raft servers, for ``ballotproof conform``: what a server can know of itself.

Each server writes what was given to it (a message, a timer, a command), which requests it sent, and
what its state is after that. It does not write that it won an election, or that an entry is
committed: whoever reads the log has to find out when that was. Nothing here looks at the other
servers, so real ones can write the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ....model_check.logs.plain import plain
from ....spec.raft import replication as text
from ...core import Receive, TimerExpired
from ...host.simulator.simulator import Observed
from ...raft import requests
from ...raft.server import Role, Timer
from ..stepwise import messages_of
from ..world import Packet
from .replication import ReplicationCluster

__all__ = ["RaftLog", "UNSEEN"]

UNSEEN = ("become_leader", "client_request", "advance_commit")
"""What a server does without writing a line. The first entry of a leader is a request, to the
specification."""

SEEN_OF = ("term", "voted_for", "role", "commit")


class RaftLog:
    """Give it to the simulator as ``observe``; ``lines`` are the log."""

    def __init__(self, cluster: ReplicationCluster) -> None:
        self.cluster = cluster
        self.head: dict[str, Any] = {
            "spec": "raft.replication",
            "sizes": {sort.__name__: n for sort, n in cluster.model.sizes.items()},
            "constants": dict(cluster.model.constants),
            "restarts": cluster.model.restarts,
            "unseen": list(UNSEEN),
        }
        self.lines = [self.head]

    def __call__(self, x: Observed) -> None:
        for line in self.lines_of(x):
            line["at"] = len(self.lines)
            self.lines.append(line)

    def lines_of(self, x: Observed) -> list[dict[str, Any]]:
        """What one step adds to the log; when that was is not said."""
        lines = list(self.steps_of(x))
        if lines:
            lines[-1]["state"] = {**lines[-1].get("state", {}), **self.state_of(x)}
        return lines

    def text(self) -> str:
        return "".join(msgspec.json.encode(line).decode() + "\n" for line in self.lines)

    def steps_of(self, x: Observed) -> Iterator[dict[str, Any]]:
        cluster = self.cluster
        s = cluster.server[x.node]
        if x.given is not None and (x.crashed is None or x.crashed > 0):
            yield from self.given(x)
            for e in messages_of(x.effects, x.crashed):
                m = cluster.message(Packet(x.node, e.to, e.message))
                if isinstance(m, text.RequestVote | text.AppendEntries):
                    asks = isinstance(m, text.RequestVote)
                    yield {  # answers are part of the step that they answer
                        "step": "request_vote" if asks else "append_entries",
                        "with": {"s": plain(s), "r": plain(m.dest)},
                        "state": {"network": {"has": [plain(m)]}},
                    }
        if x.crashed is not None:
            yield {"step": "restart", "with": {"node": plain(s)}}

    def given(self, x: Observed) -> Iterator[dict[str, Any]]:
        cluster = self.cluster
        s = plain(cluster.server[x.node])
        match x.given:
            case TimerExpired(Timer.ELECTION) if x.before.role is not Role.LEADER:
                term = cluster.term[x.before.term + 1]
                yield {"step": "timeout", "with": {"s": s, "t": plain(term)}}
            case requests.Propose(command) if x.before.role is Role.LEADER:
                value = plain(cluster.value(command))
                yield {"step": "client_request", "with": {"s": s, "v": value}}
            case Receive(sender, message):
                m = cluster.message(Packet(sender, x.node, message))
                step = HANDLERS[type(m).__name__]
                yield {"step": step, "with": {"m": plain(m)}}
            case _:
                pass

    def state_of(self, x: Observed) -> dict[str, Any]:
        """What the server knows of itself, as far as it is worth a line."""
        s = plain(self.cluster.server[x.node])
        known: Sequence[Any] = self.cluster.local(x.after)
        names = ("term", "voted_for", "log", "role", "commit")
        return {
            name: {s: plain(value)}
            for name, value in zip(names, known, strict=False)
            if name in SEEN_OF
        }


HANDLERS = {
    "RequestVote": "handle_request_vote",
    "Vote": "handle_vote",
    "AppendEntries": "handle_append_entries",
    "AppendReply": "handle_append_reply",
}
