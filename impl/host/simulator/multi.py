"""Multi-Paxos in the simulator, and what must never happen to it. Reads go through the log."""

from __future__ import annotations

from typing import Any

from ...core import NodeId
from ...paxos.multi.messages import Entry, Execute, Slot
from ...paxos.multi.server import (
    Change,
    Compact,
    Durable,
    Effects,
    Executed,
    Input,
    Installed,
    Options,
    Propose,
    Record,
    Rejected,
    Server,
    blank,
    recovered,
    written,
)
from ...paxos.multi.step import step
from ..storage.kept import Format
from .application import meaning
from .simulator import GIVEN, Host, Violation

__all__ = ["MultiProgram"]


class MultiProgram:
    """A cluster, for one run.

    ``spares`` are servers outside the first group; an operator may ask that one of all servers
    joins the group or leaves it. ``compact_every``: entries are compacted whenever so many were
    executed; 0: never. ``stored``: hosts keep records in stores.
    """

    words: tuple[str, ...] = ("join", "leave")

    def __init__(
        self,
        servers: int = 3,
        options: Options | None = None,
        spares: int = 0,
        compact_every: int = 0,
        stored: bool = False,
    ) -> None:
        self.nodes: tuple[NodeId, ...] = tuple(range(servers + spares))
        self.founders = self.nodes[:servers]
        self.form = Format(blank(self.founders), Record, written) if stored else None
        self.options = options or Options()
        self.compact_every = compact_every
        self.executed: dict[Slot, Entry] = {}
        self.states: dict[Slot, bytes] = {}

    # ------------------------------------------------------------------------------- program
    def blank(self) -> Durable:
        return blank(self.founders)

    def written(self, disk: Durable, record: Record) -> Durable:
        return written(disk, record)

    def recovered(self, node: NodeId, disk: Durable, lost: bool) -> tuple[Server, Effects]:
        if lost:
            raise ValueError("an acceptor that has lost its disk must not come back")
        return recovered(node, disk, self.options)

    def step(self, core: Server, given: Input) -> tuple[Server, Effects]:
        return step(core, given)

    def propose(self, data: bytes) -> Propose:
        return Propose(data)

    def read(self, name: int, now: int) -> None:
        return None

    def asked(self, word: str, node: NodeId, core: Server) -> Input | None:
        """Operators talk to the leader. A group keeps one member at least."""
        if not core.is_leader:
            return None
        members = core.group(core.executed + 1)
        if word == "join" and node not in members:
            return Change((*members, node))
        if word == "leave" and len(members) > 1 and node in members:
            return Change(tuple(n for n in members if n != node))
        return None

    def delivered(self, host: Host, value: Any) -> None:
        app = host.app
        match value:
            case Executed(slot, entry):
                if slot != app.applied + 1:
                    raise Violation(
                        f"server {host.node} executes slot {slot} behind slot {app.applied}"
                    )
                other = self.executed.setdefault(slot, entry)
                if other != entry:
                    raise Violation(f"slot {slot} is executed as {other} and as {entry}")
                told = app.apply(slot, entry.command if isinstance(entry, Execute) else None)
                if told is not None:
                    host.answer(*told)
                self.compact(host, slot)
            case Installed(snapshot):
                if snapshot.through:
                    app.restore(snapshot.state)
                    host.compacted = snapshot.through
                    self.same_state(host.node, snapshot.through, snapshot.state)
            case Rejected(Execute(data), leader):
                client, number, *_ = meaning(data)
                host.refuse(client, number, leader)
            case Rejected():
                pass
            case _:
                raise TypeError(f"{value!r} is nothing that Multi-Paxos tells")

    def compact(self, host: Host, slot: Slot) -> None:
        every = self.compact_every
        if not every or slot < host.compacted + every:
            return
        host.compacted = slot
        state = host.app.snapshot()
        self.same_state(host.node, slot, state)
        simulator = host.simulator
        simulator.push(simulator.time, GIVEN, host.node, host.life, Compact(slot, state))

    # ------------------------------------------------------------------------- what must hold
    def watch(self, time: int, node: NodeId, before: Server, after: Server) -> None:
        old, new = before.durable, after.durable
        if old.promised is not None and (new.promised is None or new.promised < old.promised):
            raise Violation(f"server {node} takes back a promise")
        if after.executed < before.executed:
            raise Violation(f"server {node} forgets what was chosen")

    def same_state(self, node: NodeId, slot: Slot, state: bytes) -> None:
        if self.states.setdefault(slot, state) != state:
            raise Violation(f"server {node} is in another state after slot {slot} than others")
