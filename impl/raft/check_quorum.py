"""Loyalty on both sides (thesis, 4.2.3 and 6.2): who hears from a leader elects no other, and a
leader that does not hear from a quorum leads no longer.

One without the other does harm. Loyalty alone keeps a leader in office that cannot reach a quorum;
to step down alone lets a server that was cut off depose a leader that everybody else hears.
"""

from __future__ import annotations

from msgspec.structs import replace

from ..core import NodeId, SetTimer
from .progress import Progress
from .server import (
    Effects,
    Role,
    Server,
    Timer,
    election_timer,
    progress_at,
    with_progress,
)

__all__ = ["contact", "heard", "loyal", "quorum_timeout", "quorum_timer"]


# ------------------------------------------------------------------------------- followers
def contact(s: Server, leader: NodeId) -> tuple[Server, Effects]:
    """The leader of the term was heard: follow it, and begin to wait again (5.2)."""
    recent = s.config.check_quorum
    if s.role is not Role.FOLLOWER or s.leader != leader or s.recent != recent:
        votes = frozenset[NodeId]() if s.role is Role.PRE_CANDIDATE else s.votes  # the poll is over
        s = replace(s, role=Role.FOLLOWER, leader=leader, recent=recent, votes=votes)
    return s, (election_timer(s),)


def loyal(s: Server) -> bool:
    """4.2.3: whether a leader was heard within the least election time, or this server leads. A
    higher term is no argument: whoever was cut off has one. Nor is it one to have learned of a
    higher term since: the old leader may still answer reads by its lease (6.4.1)."""
    return s.config.check_quorum and (s.recent or s.role is Role.LEADER)


# --------------------------------------------------------------------------------- leaders
def quorum_timer(s: Server) -> Effects:
    """6.2: look again after an election time."""
    if not s.config.check_quorum:
        return ()
    ticks = s.config.election_ticks
    return (SetTimer(Timer.QUORUM, ticks, ticks),)


def quorum_timeout(s: Server) -> tuple[Server, Effects]:
    """6.2: step down unless a quorum was heard since the last time."""
    if s.role is not Role.LEADER:
        return s, ()  # an old timer
    active = {n for n, p in s.progress if p.active or n == s.me}
    if not s.configuration.quorum(active):
        return replace(s, role=Role.FOLLOWER, leader=None), ()
    progress = tuple((n, replace(p, active=False)) for n, p in s.progress)
    return replace(s, progress=progress), quorum_timer(s)


def heard(s: Server, node: NodeId, round_: int, counts: bool) -> Server | None:
    """A member has answered a message of this round in the leader's term. None if the answer says
    nothing any more: it comes from no member, or from before the loss of a disk."""
    p = progress_at(s, node)
    if p is None or (counts and not p.counts):
        return None
    if p.counts and not counts:
        p = Progress(next=s.log.last_index + 1, counts=False)  # what it had is gone
    elif round_ <= p.round and (p.active or not s.config.check_quorum):
        return s
    new = replace(p, active=s.config.check_quorum, round=max(round_, p.round))
    return with_progress(s, node, new)
