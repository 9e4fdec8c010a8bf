"""Raft, the program, whose members come and go, held against :mod:`spec.raft.membership_single` and
:mod:`spec.raft.membership_joint`; with leaders that do not wait (:mod:`spec.raft.pipelining`).

There a leader keeps in mind how far the log of every server matches; the program knows nothing of
servers that are no members. So the text is taken with leaders that forget it.

Left out: learners, which there are all servers outside of the configuration, so that to name one is
no change; and clusters of one server, in which much happens in one go.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from ....spec.lang import Model, action, any_set
from ....spec.raft import membership as text
from ....spec.raft.election import Quorum, Server, Term
from ....spec.raft.membership_joint import JointConsensus
from ....spec.raft.membership_single import SingleServerChange
from ....spec.raft.pipelining import Pipelining
from ....spec.raft.replication import Raft, Value
from ...core import NodeId
from ...raft import log, records, requests, server
from ...raft.configuration import Configuration
from ...raft.restart import recovered
from ..specification import Action
from ..world import Event
from .pipelining import PipeliningCluster
from .replication import Message

__all__ = ["JointCluster", "SingleChangeCluster"]

Group = tuple[NodeId, ...]


class Forgetting(text.Reconfigurable, Pipelining):
    """What a leader knows of servers that are no members is nothing."""

    @action
    def become_leader(self, s: Server, q: Quorum) -> None:
        super().become_leader(s, q)
        for r in Server:
            if r not in self.voters(self.log[s]):
                self.next_index[s, r] = 1

    @action
    def client_request(self, s: Server, v: Value) -> None:
        super().client_request(s, v)
        for r in Server:
            if r not in self.voters(self.log[s]):
                self.next_index[s, r] = 1
                self.match_index[s, r] = 0


class SingleChanges(SingleServerChange, Forgetting):
    """One server at a time."""


class JointChanges(JointConsensus, Forgetting):
    """From any configuration to any other."""


class MembershipCluster(PipeliningCluster, ABC):
    """The founders, and the groups that they may become; in each term so many changes are asked
    for, whether they are allowed or not."""

    def __init__(
        self,
        founders: Group = (0, 1),
        groups: Sequence[Group] = ((0, 1, 2),),
        terms: int = 1,
        changes: int = 1,
        crashes: int = 0,
    ) -> None:
        self.groups = tuple(dict.fromkeys((founders, *groups)))
        self.changes = changes
        self.founders = Configuration(founders)
        super().__init__(1 + max(map(max, self.groups)), terms, 0, crashes)

    def instance(self) -> Model:
        """The commands: none, the groups, and the groups as the new halves of joint ones."""
        groups, servers, terms = self.groups, len(self.nodes), self.terms
        members = {
            (2 + i, node + 1) for i, group in enumerate((*groups, *groups)) for node in group
        }
        values = 1 + 2 * len(groups)
        joint = {"joint": set(range(2 + len(groups), values + 1))}
        return Model(
            name=f"groups {', '.join(map(str, groups))}, {terms} terms, {self.changes} changes",
            protocol=self.protocol,
            sizes={Server: servers, Term: terms + 1, Value: values},
            constants={
                "max_log": terms * (1 + 2 * self.changes),
                "founders": {node + 1 for node in self.founders.voters},
                "members": members,
                **(joint if issubclass(self.protocol, JointConsensus) else {}),
            },
            quorums={Quorum: any_set},
            assume=False,
            restarts=self.crashes,
        )

    # ----------------------------------------------------------------------------- cluster
    def recovered(self, node: NodeId, disk: records.Durable) -> server.Server:
        """Who joins later begins with nobody."""
        initial = self.founders if self.founders.votes(node) else Configuration(())
        s, _ = recovered(node, initial, disk, self.config)
        return s

    def inputs(self, core: server.Server) -> Iterable[server.Input]:
        yield from super().inputs(core)
        if core.role is not server.Role.LEADER:
            return
        mine = [e.payload for e in core.log.entries if e.term == core.term]
        asked = sum(isinstance(p, Configuration) and self.was_asked(p) for p in mine)
        if asked < self.changes:
            for group in self.groups:
                yield from self.asked(core.configuration, group)
        if core.configuration.joint:
            yield requests.ChangeMembership(())

    @abstractmethod
    def asked(self, here: Configuration, group: Group) -> Iterator[requests.ChangeMembership]:
        """The changes that lead to a group."""

    def was_asked(self, c: Configuration) -> bool:
        """Whether a configuration stands in the log because a change was asked for."""
        return True

    # -------------------------------------------------------------------------- refinement
    def value(self, payload: log.Payload) -> Value:
        if not isinstance(payload, Configuration):
            return self.nothing
        place = 1 + self.groups.index(payload.voters)
        return self.values[place + len(self.groups) if payload.joint else place]

    def undisturbed(
        self, event: Event, s: Server, before: Raft, after: Raft, sent: frozenset[Message]
    ) -> Iterator[list[Action]]:
        """A configuration is appended when a change is asked for, or when a joint one is committed;
        and at the end a leader that is no member may retire."""
        new = after.log[s][len(before.log[s]) :]
        added: list[Action] = [
            ("client_request", (s, e.value)) for e in new if e.value is not self.nothing
        ]
        for steps in super().undisturbed(event, s, before, after, sent):
            place = next(
                (i for i, (name, _) in enumerate(steps) if name in ("aim", "append_entries")),
                len(steps),
            )
            for appended in ([], added) if added else ([],):
                every = [*steps[:place], *appended, *steps[place:]]
                yield every
                yield [*every, ("retire", (s,))]


class SingleChangeCluster(MembershipCluster):
    """One server comes or goes at a time."""

    protocol: ClassVar[type[Raft]] = SingleChanges

    def asked(self, here: Configuration, group: Group) -> Iterator[requests.ChangeMembership]:
        old, new = set(here.voters), set(group)
        if len(old ^ new) == 1:
            yield requests.ChangeMembership(changes(old, new))


class JointCluster(MembershipCluster):
    """Any group becomes any other, by itself and when it is told to."""

    protocol: ClassVar[type[Raft]] = JointChanges

    def asked(self, here: Configuration, group: Group) -> Iterator[requests.ChangeMembership]:
        old, new = set(here.voters), set(group)
        if old != new:
            for transition in (requests.Transition.JOINT, requests.Transition.EXPLICIT):
                yield requests.ChangeMembership(changes(old, new), transition)

    def was_asked(self, c: Configuration) -> bool:
        return c.joint


def changes(old: set[NodeId], new: set[NodeId]) -> tuple[requests.Change, ...]:
    come: list[requests.Change] = [requests.AddVoter(n) for n in sorted(new - old)]
    return (*come, *(requests.Remove(n) for n in sorted(old - new)))
