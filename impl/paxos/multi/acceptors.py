"""Acceptors: promises and votes (section 3, phase 1 for all slots, phase 2 for each)."""

from __future__ import annotations

from msgspec.structs import replace

from ...core import NodeId, Send
from .learners import learn_from_leader
from .messages import Accept, Accepted, Chosen, Entry, Prepare, Promise, Slot, Vote
from .promises import refusal, yielding
from .server import Effects, Server, election_timer

__all__ = ["on_accept", "on_prepare"]


def on_prepare(s: Server, sender: NodeId, m: Prepare) -> tuple[Server, Effects]:
    """Phase 1b: vote in no lower ballot any more, and say what happened from slot ``start`` on.

    A request that was answered before is answered again, for the answer may be lost. Votes cast in
    this very ballot are reported too then; its leader has proposed there already, and looks at them
    no more.
    """
    if refused := refusal(s, sender, m.ballot):
        return s, refused
    s, effects = yielding(s, m.ballot)
    s = replace(s, durable=replace(s.durable, promised=m.ballot))
    promise = Promise(m.ballot, s.executed, since(s, m.start), s.durable.votes)
    return s, (*effects, election_timer(s), Send(sender, promise))


def on_accept(s: Server, sender: NodeId, m: Accept) -> tuple[Server, Effects]:
    """Phase 2b: vote, unless promised to a higher ballot, or told that the slot is decided."""
    if refused := refusal(s, sender, m.ballot):
        return s, refused
    s, effects = yielding(s, m.ballot)
    s = replace(s, leader=m.ballot.leader)
    effects = (*effects, election_timer(s))
    if m.slot <= s.executed:
        decided = since(s, m.slot)
        told = (Send(sender, Chosen(m.slot, decided, s.executed)),) if decided else ()
        return s, (*effects, *told)
    votes = dict(s.durable.votes)
    votes[m.slot] = Vote(m.ballot, m.entry)
    s = replace(
        s, durable=replace(s.durable, promised=m.ballot, votes=tuple(sorted(votes.items())))
    )
    s = learn_from_leader(s, m.ballot, m.through)
    return s, (*effects, Send(sender, Accepted(m.ballot, m.slot)))


def since(s: Server, start: Slot) -> tuple[Entry, ...]:
    """The entries chosen from slot ``start`` on; none if they are too many, or not kept."""
    behind = start - 1 - s.durable.snapshot.through
    entries = s.durable.chosen[behind:] if behind >= 0 else ()
    return entries if len(entries) <= s.options.most_entries else ()
