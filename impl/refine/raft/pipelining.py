"""Raft, the program, that sends without waiting and goes back by terms, held against
:mod:`spec.raft.pipelining`: what it believes to be next for a server is a guess."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec.structs import replace

from ....spec.raft import pipelining as pipelined
from ....spec.raft import replication as text
from ....spec.raft.election import Role, Server
from ..specification import Action
from ..world import Event
from .replication import Message, ReplicationCluster

__all__ = ["PipeliningCluster"]


class PipeliningCluster(ReplicationCluster):
    """The same, with messages under way up to ``window``, and refusals that say where logs part."""

    protocol: ClassVar[type[text.Raft]] = pipelined.Pipelining

    def __init__(
        self,
        servers: int = 3,
        terms: int = 1,
        commands: int = 0,
        crashes: int = 0,
        window: int = 2,
        backtrack: bool = True,
    ) -> None:
        super().__init__(servers, terms, commands, crashes)
        self.config = replace(self.config, window=window, backtrack=backtrack)

    def undisturbed(
        self,
        event: Event,
        s: Server,
        before: text.Raft,
        after: text.Raft,
        sent: frozenset[Message],
    ) -> Iterator[list[Action]]:
        """Before each append and at the end the leader revises what it believes."""
        leads = after.role[s] == Role.LEADER
        for steps in super().undisturbed(event, s, before, after, sent):
            aimed = [x for x in steps if x[0] != "append_entries"]
            for m in sorted(sent, key=repr):
                if isinstance(m, text.AppendEntries):
                    aimed.append(("aim", (s, m.dest, m.prev_index + 1)))
                    name = "heartbeat" if m.entry is None else "append_entries"
                    aimed.append((name, (s, m.dest)))
            if leads:
                aimed += [("aim", (s, r, after.next_index[s, r])) for r in self.server]
            yield aimed
