"""Single-decree Paxos in the simulator, and what must never happen to it. Each call of a client
proposes a value, and is answered with the one that was chosen."""

from __future__ import annotations

from typing import Any

from ...core import NodeId
from ...paxos.single_decree import (
    Durable,
    Effects,
    Input,
    Propose,
    Server,
    recovered,
    step,
)
from ..storage.kept import Format
from .application import meaning
from .simulator import Host, Violation

__all__ = ["PaxosProgram"]


class PaxosProgram:
    """A cluster, for one run. ``stored``: hosts keep records in stores."""

    words: tuple[str, ...] = ()

    def __init__(self, servers: int = 3, stored: bool = False) -> None:
        self.form = Format(Durable(), Durable, self.written) if stored else None
        self.nodes: tuple[NodeId, ...] = tuple(range(servers))
        self.proposed: set[bytes] = set()
        self.chosen: bytes | None = None

    def blank(self) -> Durable:
        return Durable()

    def written(self, disk: Durable, record: Durable) -> Durable:
        return record

    def recovered(self, node: NodeId, disk: Durable, lost: bool) -> tuple[Server, Effects]:
        if lost:
            raise ValueError("an acceptor that has lost its disk must not come back")
        return recovered(node, self.nodes, disk), ()

    def step(self, core: Server, given: Input) -> tuple[Server, Effects]:
        return step(core, given)

    def propose(self, data: bytes) -> Propose:
        self.proposed.add(data)
        return Propose(data)

    def read(self, name: int, now: int) -> None:
        return None

    def asked(self, word: str, node: NodeId, core: Server) -> None:
        return None

    def delivered(self, host: Host, value: Any) -> None:
        if value not in self.proposed:
            raise Violation(f"{value!r} is chosen, and nobody proposed it")
        if self.chosen is None:
            self.chosen = value
        if value != self.chosen:
            raise Violation(f"both {self.chosen!r} and {value!r} are chosen")
        host.app.applied = 1
        answer = meaning(value)
        for client, number in sorted(host.waiting):
            host.answer(client, number, (answer[0], answer[1]))

    def watch(self, time: int, node: NodeId, before: Server, after: Server) -> None:
        old, new = before.durable, after.durable
        if old.promised is not None and (new.promised is None or new.promised < old.promised):
            raise Violation(f"server {node} takes back a promise")
