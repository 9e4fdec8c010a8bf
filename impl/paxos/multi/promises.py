"""What a promise means for lower ballots: refuse those of others, and give up one's own."""

from __future__ import annotations

from msgspec.structs import replace

from ...core import NodeId, Send
from ..ballot import Ballot
from .leaders import abdicate
from .messages import Refused
from .server import Effects, Server

__all__ = ["refusal", "yielding"]


def refusal(s: Server, sender: NodeId, ballot: Ballot) -> Effects:
    """What a ballot below the promise is told; empty for any other."""
    promised = s.durable.promised
    if promised is None or ballot >= promised:
        return ()
    return (Send(sender, Refused(ballot, promised)),)


def yielding(s: Server, ballot: Ballot) -> tuple[Server, Effects]:
    """Give up a ballot of one's own that is lower than this one."""
    if s.leading is None or s.leading.ballot >= ballot:
        return s, ()
    return abdicate(replace(s, seen=max(s.seen, ballot.round)))
