"""Raft, the program, that hands leadership over, held against :mod:`spec.raft.transfer`; alone, and
with PreVote and CheckQuorum, whose loyalty an order sets aside.

Which candidacies are by order is kept there beside the messages; here a request says it of itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ....spec.lang import Map, Network, Set
from ....spec.raft import transfer as text
from ....spec.raft.election import Server
from ....spec.raft.replication import Raft
from ...core import Receive, TimerExpired
from ...raft import messages, requests, server
from ..specification import Action
from ..world import Event, Packet
from .polite import PoliteCluster
from .replication import ReplicationCluster

__all__ = ["PoliteTransferCluster", "TransferCluster"]


class TransferCluster(ReplicationCluster):
    """Figure 2, with leaders that are told to hand over, to anybody, while there is a term left."""

    protocol: ClassVar[type[Raft]] = text.Transfer

    def inputs(self, core: server.Server) -> Iterable[server.Input]:
        yield from super().inputs(core)
        if core.transfer is not None:
            yield TimerExpired(server.Timer.TRANSFER)
        elif core.role is server.Role.LEADER and core.term < self.terms:
            yield from map(requests.Transfer, core.others)

    # -------------------------------------------------------------------------- refinement
    def message(self, packet: Packet) -> Any:
        match packet.message:
            case messages.TimeoutNow(term):
                source, dest = self.server[packet.sender], self.server[packet.to]
                return text.TimeoutNow(source, dest, self.term[term])
            case _:
                return super().message(packet)

    def signs(self, packet: Packet) -> Iterable[Hashable]:
        match packet.message:
            case messages.RequestVote(term, handed_over=True):
                yield text.Ordered(self.server[packet.sender], self.term[term])
            case _:
                yield from super().signs(packet)

    def local(self, core: server.Server) -> tuple[Any, ...]:
        to = None if core.transfer is None else self.server[core.transfer]
        return (*super().local(core), to)

    def abstract(
        self, servers: Sequence[tuple[Any, ...]], messages: Iterable[Any]
    ) -> Mapping[str, Any]:
        sent = list(messages)
        orders: Network[text.TimeoutNow] = Network()
        for m in sent:
            if isinstance(m, text.TimeoutNow):
                orders.send(m)
        ordered = [m for m in sent if isinstance(m, text.Ordered)]
        rest = [m for m in sent if not isinstance(m, text.TimeoutNow | text.Ordered)]
        both = zip(self.server, servers, strict=True)
        return {
            **super().abstract(servers, rest),
            "transferee": Map({s: known[-1] for s, known in both}),
            "ordered": Set(ordered),
            "transfers": orders,
        }

    def undisturbed(
        self, event: Event, s: Server, before: Any, after: Any, sent: frozenset[Any]
    ) -> Iterator[list[Action]]:
        orders: list[Action] = [
            ("timeout_now", (s, m.dest)) for m in sent if isinstance(m, text.TimeoutNow)
        ]
        for steps in super().undisturbed(event, s, before, after, sent):
            yield [*steps, *orders]

    def first(self, event: Event, s: Server, before: Any) -> list[Action]:
        match event.given:
            case requests.Transfer(to):
                return [("transfer_leadership", (s, self.server[to]))]
            case TimerExpired(server.Timer.TRANSFER):
                return [("abandon_transfer", (s,))]
            case Receive(sender, messages.TimeoutNow() as m):
                heard = self.message(Packet(sender, event.node, m))
                term = self.term[self.term.index(before.term[s]) + 1]
                return [("handle_timeout_now", (heard, term))]
            case _:
                return super().first(event, s, before)


class PoliteTransferCluster(TransferCluster, PoliteCluster):
    """The same among servers that ask first, and are loyal."""

    protocol: ClassVar[type[Raft]] = text.PoliteTransfer
