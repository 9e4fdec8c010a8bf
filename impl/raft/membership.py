"""Changes of the membership: one server at a time, or jointly (6; thesis, chapter 4).

A configuration is in force as soon as it stands in the log (4.1). One change at a time; and none
before the leader has committed an entry of its own term, without which two leaders could each take
a configuration for the latest (D. Ongaro, "bug in single-server membership changes", raft-dev, 10
July 2015).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from ..core import Deliver, NodeId
from .configuration import Configuration
from .log import Entry
from .progress import Progress
from .replication import replicate
from .requests import (
    Accepted,
    AddLearner,
    AddVoter,
    Change,
    ChangeMembership,
    Reason,
    Remove,
    Transition,
)
from .server import Effects, Role, Server, append, rejected

__all__ = ["change_membership", "changed", "follow_up"]


def change_membership(s: Server, asked: ChangeMembership) -> tuple[Server, Effects]:
    if s.role is not Role.LEADER:
        return s, rejected(s, asked, Reason.NO_LEADER)
    if s.transfer is not None:
        return s, rejected(s, asked, Reason.TRANSFER)
    if s.configurations[-1].index > s.commit:
        return s, rejected(s, asked, Reason.PENDING)
    if s.commit < s.reads.first:
        return s, rejected(s, asked, Reason.EARLY)
    here = s.configuration
    if here.joint == bool(asked.changes):
        return s, rejected(s, asked, Reason.JOINT)
    new = changed(here, asked.changes, asked.transition) if asked.changes else here.left()
    if new is None:
        return s, rejected(s, asked, Reason.INVALID)
    index = s.log.last_index + 1
    s, sent = appended(s, new)
    return s, (*sent, Deliver(Accepted(index, s.term)))


def changed(
    c: Configuration, changes: Iterable[Change], transition: Transition
) -> Configuration | None:
    """The configuration that leads to these changes, made one after the other: what they lead to
    itself, or a joint one. None if they lead nowhere, or to a cluster without voters.

    Two majorities of configurations that differ by one voter have a server in common, and so no
    joint one is needed between them (4.1).
    """
    voters, learners = set(c.voters), set(c.learners)
    for change in changes:
        voters.discard(change.node)
        learners.discard(change.node)
        match change:
            case AddVoter(node):
                voters.add(node)
            case AddLearner(node):
                learners.add(node)
            case Remove():
                pass
    old = set(c.voters)
    if not voters or (voters == old and learners == set(c.learners)):
        return None
    if transition is Transition.AUTOMATIC and len(voters ^ old) <= 1:
        return Configuration(in_order(voters), in_order(learners))
    return Configuration(
        voters=in_order(voters),
        learners=in_order(learners - old),
        outgoing=c.voters,
        leaving=in_order(learners & old),
        automatic=transition is not Transition.EXPLICIT,
    )


def in_order(nodes: Iterable[NodeId]) -> tuple[NodeId, ...]:
    return tuple(sorted(nodes))


def appended(s: Server, new: Configuration) -> tuple[Server, Effects]:
    """The leader with this configuration in its log, in force at once. Of who is new nothing is
    known, and who is gone is sent nothing any more."""
    s = append(s, s.log.last_index, (Entry(s.term, new),))
    known = dict(s.progress)
    begin = Progress(next=s.log.last_index)
    return replicate(replace(s, progress=tuple((n, known.get(n, begin)) for n in new.members)))


def follow_up(s: Server) -> tuple[Server, Effects]:
    """What a leader does once a configuration is committed, and an entry of its term is: it leaves
    a joint one, and steps down if it is no voter any more (4.2.2)."""
    placed = s.configurations[-1]
    if placed.index > s.commit or s.commit < s.reads.first:
        return s, ()
    here = placed.configuration
    if here.joint:
        return appended(s, here.left()) if here.automatic else (s, ())
    if here.votes(s.me):
        return s, ()
    return replace(s, role=Role.FOLLOWER, leader=None), ()
