"""Raft, the program, with PreVote and CheckQuorum, held against :mod:`spec.raft.check_quorum`.

A server that was told of a higher term, and of no leader there, still withholds its vote until the
least election time is over; to the specification it is one that hears from nobody, and silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from msgspec.structs import replace

from ....spec.lang import Map, Network
from ....spec.raft import check_quorum as text
from ....spec.raft import pre_vote
from ....spec.raft.election import Server
from ....spec.raft.replication import Raft, RequestVote
from ...core import Receive, TimerExpired
from ...raft import messages, server
from ..specification import Action
from ..world import Event, Packet
from .replication import ReplicationCluster

__all__ = ["PoliteCluster"]


class PoliteCluster(ReplicationCluster):
    """Figure 2 with both, and leaders that look whether a quorum was heard."""

    protocol: ClassVar[type[Raft]] = text.PoliteRaft

    def __init__(
        self, servers: int = 3, terms: int = 1, commands: int = 0, crashes: int = 0
    ) -> None:
        super().__init__(servers, terms, commands, crashes)
        self.config = replace(self.config, pre_vote=True, check_quorum=True)

    def inputs(self, core: server.Server) -> Iterable[server.Input]:
        yield from super().inputs(core)
        if core.role is server.Role.LEADER:
            yield TimerExpired(server.Timer.QUORUM)
        elif core.recent and core.term == self.terms:
            yield TimerExpired(server.Timer.ELECTION)  # it stands for nothing, but its vote is free

    # -------------------------------------------------------------------------- refinement
    def message(self, packet: Packet) -> Any:
        source, dest = self.server[packet.sender], self.server[packet.to]
        match packet.message:
            case messages.PreVote(term, last_index, last_term):
                mine, last = self.term[term - 1], self.term[last_term]
                return pre_vote.RequestPreVote(source, dest, mine, last_index, last)
            case messages.PreVoteReply(term, granted):
                about = self.term[term - 1 if granted else term]
                return pre_vote.PreVoteReply(source, dest, about, granted)
            case _:
                return super().message(packet)

    def local(self, core: server.Server) -> tuple[Any, ...]:
        votes: frozenset[Server] = frozenset(self.server[n] for n in core.votes)
        polls = core.role is server.Role.PRE_CANDIDATE
        leads = core.role is server.Role.LEADER
        active = frozenset(self.server[n] for n, p in core.progress if p.active and leads)
        hears = core.recent and core.leader is not None
        nobody: frozenset[Server] = frozenset()
        known = list(super().local(core))
        known[5] = nobody if polls else votes
        return (*known, votes if polls else nobody, hears, active)

    def abstract(
        self, servers: Sequence[tuple[Any, ...]], messages: Iterable[Any]
    ) -> Mapping[str, Any]:
        sent = list(messages)
        polls: Network[Any] = Network()
        for m in sent:
            if isinstance(m, pre_vote.RequestPreVote | pre_vote.PreVoteReply):
                polls.send(m)
        fields = dict(super().abstract(servers, [m for m in sent if m not in polls]))
        for i, name in ((8, "assent"), (9, "hears"), (10, "active")):
            both = zip(self.server, servers, strict=True)
            fields[name] = Map({s: known[i] for s, known in both})
        return {**fields, "polls": polls}

    def undisturbed(
        self, event: Event, s: Server, before: Any, after: Any, sent: frozenset[Any]
    ) -> Iterator[list[Action]]:
        asks: list[Action] = [
            ("request_pre_vote", (s, m.dest))
            for m in sorted(sent, key=repr)
            if isinstance(m, pre_vote.RequestPreVote)
        ]
        stands: list[Action] = []
        if isinstance(event.given, Receive) and isinstance(
            event.given.message, messages.PreVoteReply
        ):
            stands = [("timeout", (s, m.term)) for m in sent if isinstance(m, RequestVote)][:1]
        for steps in super().undisturbed(event, s, before, after, sent):
            yield [*steps[:1], *stands, *steps[1:], *asks]

    def first(self, event: Event, s: Server, before: Any) -> list[Action]:
        match event.given:
            case TimerExpired(server.Timer.ELECTION):
                return [("lose_touch", (s,))] if before.hears[s] else [("suspect", (s,))]
            case TimerExpired(server.Timer.QUORUM):
                return [("check_quorum", (s,))]
            case Receive(sender, m):
                heard = self.message(Packet(sender, event.node, m))
                if isinstance(heard, pre_vote.RequestPreVote):
                    return [("handle_request_pre_vote", (heard,))]
                if isinstance(heard, pre_vote.PreVoteReply):
                    return [("handle_pre_vote_reply", (heard,))]
                return super().first(event, s, before)
            case _:
                return super().first(event, s, before)
