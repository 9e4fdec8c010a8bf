"""Leaders: one phase 1 for all slots, then a proposal for each."""

from __future__ import annotations

from msgspec.structs import replace

from ...core import Deliver, Send
from ..ballot import Ballot
from .messages import Accept, Entry, Heartbeat, Missing, Noop, Prepare, Refused, Slot, Vote
from .server import (
    Effects,
    Leading,
    Proposal,
    Rejected,
    Server,
    election_timer,
    heartbeat_timer,
)

__all__ = [
    "abdicate",
    "advance",
    "election_timeout",
    "heartbeat_timeout",
    "heartbeats",
    "on_refused",
    "propose",
    "welcome",
]


# ------------------------------------------------------------------------------- becoming one
def election_timeout(s: Server) -> tuple[Server, Effects]:
    """No leader was heard of: start a ballot above all that are known. Who decides nothing now, or
    not any more, only asks what was decided."""
    if s.is_leader:
        return s, (election_timer(s),)
    s, effects = abdicate(s)
    if s.me not in s.group(s.executed + 1):
        ask = tuple(Send(to, Missing(s.executed + 1)) for to in s.others)
        return s, (*effects, election_timer(s), *ask)
    promised = s.durable.promised
    above = max(s.durable.round, s.seen, 0 if promised is None else promised.round)
    ballot = Ballot(above + 1, s.me)
    s = replace(
        s,
        durable=replace(s.durable, round=ballot.round),
        leader=None,
        leading=Leading(ballot),
    )
    asked = tuple(Send(to, Prepare(ballot, s.executed + 1)) for to in s.everybody)
    return s, (*effects, election_timer(s), heartbeat_timer(s), *asked)


def welcome(before: Server, s: Server) -> Effects:
    """Those who are new in a group are asked for their promise by its leader."""
    if s.leading is None:
        return ()
    new = [n for n in s.everybody if n not in before.everybody]
    return tuple(Send(to, Prepare(s.leading.ballot, s.executed + 1)) for to in new)


def on_refused(s: Server, m: Refused) -> tuple[Server, Effects]:
    """The ballot is lost. The next one is to be above that which was in the way."""
    if s.leading is None or s.leading.ballot != m.ballot:
        return s, ()
    return abdicate(replace(s, seen=max(s.seen, m.promised.round)))


def abdicate(s: Server) -> tuple[Server, Effects]:
    """Lead no more. What waits is given back; what was proposed may still be chosen."""
    if s.leading is None:
        return s, ()
    waiting = s.leading.waiting
    s = replace(s, leading=None)
    return s, tuple(Deliver(Rejected(entry, s.leader)) for entry in waiting)


# -------------------------------------------------------------------------------- being one
def propose(s: Server, entry: Entry) -> tuple[Server, Effects]:
    """A leader takes an entry in; it finds a slot as soon as there is one."""
    leading = s.leading
    if leading is None or not s.is_leader or len(leading.waiting) >= s.options.most_waiting:
        return s, (Deliver(Rejected(entry, s.me if s.is_leader else s.leader)),)
    return replace(s, leading=replace(leading, waiting=(*leading.waiting, entry))), ()


def advance(s: Server) -> tuple[Server, Effects]:
    """Phase 2a, for each slot that is free and whose group is known, as long as there is anything
    to propose in it."""
    leading = s.leading
    if leading is None:
        return s, ()
    if leading.overtaken or s.me not in s.group(s.executed + 1):
        return abdicate(s)
    effects: list[Send[Accept]] = []
    reported = dict(leading.reported)
    last = max(reported, default=0)
    proposals, waiting = list(leading.proposals), list(leading.waiting)
    for slot in range(s.executed + len(proposals) + 1, s.executed + s.options.window + 1):
        if not s.decides(slot, leading.promised_by):
            break
        entry = next_entry(reported, last, slot, waiting)
        if entry is None:
            break
        proposals.append(Proposal(entry))
        accept = Accept(leading.ballot, slot, entry, s.executed)
        effects += [Send(to, accept) for to in s.group(slot)]
    if not effects:
        return s, ()
    leading = replace(leading, proposals=tuple(proposals), waiting=tuple(waiting))
    return replace(s, leading=leading), tuple(effects)


def next_entry(
    reported: dict[Slot, Vote], last: Slot, slot: Slot, waiting: list[Entry]
) -> Entry | None:
    """What to propose in a slot: the entry of the highest vote reported there (P2c); nothing at
    all, below slots with votes, for a client may know that its command came after those; and else
    what a client asks for. It is taken from those who wait."""
    if slot in reported:
        return reported[slot].entry
    if slot < last:
        return Noop()
    return waiting.pop(0) if waiting else None


def heartbeat_timeout(s: Server) -> tuple[Server, Effects]:
    """Say again what may have been lost."""
    leading = s.leading
    if leading is None:
        return s, ()
    prepare = Prepare(leading.ballot, s.executed + 1)
    again: list[Send[Prepare | Heartbeat | Accept]] = [
        Send(to, prepare) for to in s.everybody if to not in leading.promised_by
    ]
    if s.is_leader:
        again += heartbeats(s, leading.ballot)
    for slot, proposal in enumerate(leading.proposals, s.executed + 1):
        accept = Accept(leading.ballot, slot, proposal.entry, s.executed)
        again += [Send(to, accept) for to in s.group(slot) if to not in proposal.votes]
    return s, (heartbeat_timer(s), *again)


def heartbeats(s: Server, ballot: Ballot) -> tuple[Send[Heartbeat], ...]:
    """The leader is there, and this is how far the log is decided."""
    return tuple(Send(to, Heartbeat(ballot, s.executed)) for to in s.others)
