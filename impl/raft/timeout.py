"""What a server does that has heard of no leader for too long (5.2)."""

from __future__ import annotations

from msgspec.structs import replace

from ..core import SetTimer
from .elections import campaign, may_stand
from .pre_vote import poll
from .requests import ForgetLeader
from .server import Effects, Role, Server, Timer

__all__ = ["election_timeout", "forget_leader"]


def election_timeout(s: Server) -> tuple[Server, Effects]:
    """Stand for election, or ask first; but not before the time that is drawn on top of the least
    one, and not without a vote of one's own."""
    if s.role is Role.LEADER:
        return s, ()  # an old timer
    if s.recent:
        return replace(s, recent=False), (SetTimer(Timer.ELECTION, 0, s.config.election_ticks),)
    if not may_stand(s):
        return s, ()
    return poll(s) if s.config.pre_vote else campaign(s)


def forget_leader(s: Server, _: ForgetLeader) -> tuple[Server, Effects]:
    if s.role is not Role.FOLLOWER or s.config.lease_ticks:
        return s, ()
    return replace(s, leader=None, recent=False), ()
