"""Learners: which entries are chosen, and how those who missed some catch up."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from ...core import NodeId, Send
from ..ballot import Ballot
from .leaders import abdicate
from .messages import Chosen, Entry, Heartbeat, Install, Missing, Slot
from .promises import refusal, yielding
from .server import Effects, Server, election_timer, executing

__all__ = ["learn", "learn_from_leader", "on_chosen", "on_heartbeat", "on_install", "on_missing"]


def learn(s: Server, start: Slot, entries: Iterable[Entry]) -> Server:
    """These are chosen from slot ``start`` on: execute those that come next.

    Whoever leads a ballot and finds that another entry was chosen where it has proposed, leads no
    more: from then on what it proposed up to a slot would not be what is chosen there.
    """
    for slot, entry in enumerate(entries, start):
        if slot > s.executed + 1:
            break  # over a gap
        if slot == s.executed + 1:
            s = execute(s, entry)
    return s


def execute(s: Server, entry: Entry) -> Server:
    """The next slot; a leader has no more to do in it."""
    leading = s.leading
    if leading is not None:
        mine = leading.proposals[:1]
        leading = replace(
            leading,
            proposals=leading.proposals[1:],
            reported=tuple((at, vote) for at, vote in leading.reported if at > s.executed + 1),
            overtaken=leading.overtaken or any(p.entry != entry for p in mine),
        )
    return executing(replace(s, leading=leading), entry)


def learn_from_leader(s: Server, ballot: Ballot, through: Slot) -> Server:
    """What the leader of a ballot proposed up to slot ``through`` is chosen. Whoever voted for it
    in that ballot knows what it is."""
    votes = dict(s.durable.votes)
    while s.executed < through:
        vote = votes.get(s.executed + 1)
        if vote is None or vote.ballot != ballot:
            break
        s = execute(s, vote.entry)
    return s


def on_heartbeat(s: Server, sender: NodeId, m: Heartbeat) -> tuple[Server, Effects]:
    """The leader is there. Ask for what was missed."""
    if refused := refusal(s, sender, m.ballot):
        return s, refused
    s, effects = yielding(s, m.ballot)
    s = learn_from_leader(replace(s, leader=m.ballot.leader), m.ballot, m.through)
    ask = (Send(sender, Missing(s.executed + 1)),) if s.executed < m.through else ()
    return s, (*effects, election_timer(s), *ask)


def on_missing(s: Server, sender: NodeId, m: Missing) -> tuple[Server, Effects]:
    """Tell what is chosen, some entries at a time; or what they have led to, if they are gone."""
    behind = m.start - 1 - s.durable.snapshot.through
    if behind < 0:
        return s, (Send(sender, Install(s.durable.snapshot)),)
    entries = s.durable.chosen[behind : behind + s.options.most_entries]
    if not entries:
        return s, ()
    return s, (Send(sender, Chosen(m.start, entries, s.executed)),)


def on_chosen(s: Server, sender: NodeId, m: Chosen) -> tuple[Server, Effects]:
    """Learn, and ask for more if there is more."""
    after = learn(s, m.start, m.entries)
    if s.executed < after.executed < m.through:
        return after, (Send(sender, Missing(after.executed + 1)),)
    return after, ()


def on_install(s: Server, m: Install) -> tuple[Server, Effects]:
    """Take over what the entries up to a slot have led to, and go on from there."""
    snapshot = m.snapshot
    if snapshot.through <= s.executed:
        return s, ()
    s, effects = abdicate(s)
    votes = tuple((at, vote) for at, vote in s.durable.votes if at > snapshot.through)
    durable = replace(s.durable, snapshot=snapshot, chosen=(), votes=votes)
    return replace(s, durable=durable, groups=snapshot.groups), effects
