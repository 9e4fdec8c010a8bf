"""Leadership transfer (thesis, 3.10)."""

from __future__ import annotations

from msgspec.structs import replace

from ..core import NodeId, Send, SetTimer
from .elections import campaign, may_stand
from .messages import TimeoutNow
from .reads import given_up
from .requests import Reason, Transfer
from .server import Effects, Role, Server, Timer, progress_at, rejected
from .terms import adopt

__all__ = ["hand_over", "on_timeout_now", "transfer", "transfer_timeout"]


def transfer(s: Server, asked: Transfer) -> tuple[Server, Effects]:
    """Step 1: take no more commands, so that the successor catches up. If it has not taken over
    after an election time, the leader goes on."""
    if s.role is not Role.LEADER:
        return s, rejected(s, asked, Reason.NO_LEADER)
    if s.transfer is not None:
        return s, rejected(s, asked, Reason.TRANSFER)
    if asked.to == s.me or not s.configuration.votes(asked.to):
        return s, rejected(s, asked, Reason.INVALID)
    s = replace(s, transfer=asked.to, reads=given_up(s.reads))
    ticks = s.config.election_ticks
    return s, (SetTimer(Timer.TRANSFER, ticks, ticks),)


def hand_over(before: Server, s: Server) -> Effects:
    """Steps 2 and 3: once the successor has the whole log, it is to stand for election."""
    to = s.transfer
    if to is None or not caught_up(s, to):
        return ()
    if before.transfer == to and caught_up(before, to):
        return ()  # it was told
    return (Send(to, TimeoutNow(s.term)),)


def caught_up(s: Server, node: NodeId) -> bool:
    p = progress_at(s, node)
    return p is not None and p.match == s.log.last_index


def transfer_timeout(s: Server) -> tuple[Server, Effects]:
    """Give up, and take commands again."""
    return (s if s.transfer is None else replace(s, transfer=None)), ()


def on_timeout_now(s: Server, _: NodeId, m: TimeoutNow) -> tuple[Server, Effects]:
    """Stand for election as if the time were over, and without asking first."""
    s = adopt(s, m.term)
    if m.term != s.term or s.role in (Role.LEADER, Role.CANDIDATE):
        return s, ()  # an old word, or it stands already
    if not may_stand(s):
        return s, ()
    return campaign(s, handed_over=True)
