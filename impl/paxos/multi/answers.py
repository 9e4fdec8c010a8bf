"""What acceptors answer to a leader: promises and votes, counted slot by slot."""

from __future__ import annotations

from msgspec.structs import replace

from ...core import NodeId, Send
from .learners import execute, learn
from .messages import Accepted, Missing, Promise
from .server import Effects, Server

__all__ = ["on_accepted", "on_promise"]


def on_promise(s: Server, sender: NodeId, m: Promise) -> tuple[Server, Effects]:
    """One more has joined the ballot. What it knows to be chosen is learned; it counts only for
    slots above that, so only once these are known here too. Of the votes in a slot where nothing
    was proposed yet the highest binds (P2c)."""
    if s.leading is None or s.leading.ballot != m.ballot:
        return s, ()
    s = learn(s, m.through - len(m.chosen) + 1, m.chosen)
    leading = s.leading
    if s.executed < m.through or leading is None:
        return s, (Send(sender, Missing(s.executed + 1)),)
    reported = dict(leading.reported)
    for slot, vote in m.votes:
        known = reported.get(slot)
        if slot > s.executed + len(leading.proposals) and (
            known is None or vote.ballot > known.ballot
        ):
            reported[slot] = vote
    leading = replace(
        leading,
        promised_by=leading.promised_by | {sender},
        reported=tuple(sorted(reported.items())),
    )
    return replace(s, leading=leading), ()


def on_accepted(s: Server, sender: NodeId, m: Accepted) -> tuple[Server, Effects]:
    """One more vote. What a quorum of the slot's group has voted for in one ballot is chosen, and
    executed once all below it is."""
    leading = s.leading
    if leading is None or leading.ballot != m.ballot:
        return s, ()
    place = m.slot - s.executed - 1
    if not 0 <= place < len(leading.proposals):
        return s, ()
    proposals = list(leading.proposals)
    proposals[place] = replace(proposals[place], votes=proposals[place].votes | {sender})
    s = replace(s, leading=replace(leading, proposals=tuple(proposals)))
    while s.leading is not None and s.leading.proposals:
        first = s.leading.proposals[0]
        if not s.decides(s.executed + 1, first.votes):
            break
        s = execute(s, first.entry)
    return s, ()
