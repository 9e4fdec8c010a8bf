"""One step of a Multi-Paxos server.

A handler changes the state as it goes, and says what is to be sent. What has to be on disk, and
what the application is told, is found by comparing the state after the step with the one before:
one record, in front of everything that is sent, so that a handler cannot forget it.
"""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from ...core import Deliver, NodeId, Persist, Receive, TimerExpired
from .acceptors import on_accept, on_prepare
from .answers import on_accepted, on_promise
from .leaders import (
    advance,
    election_timeout,
    heartbeat_timeout,
    heartbeats,
    on_refused,
    propose,
    welcome,
)
from .learners import on_chosen, on_heartbeat, on_install, on_missing
from .messages import (
    Accept,
    Accepted,
    Chosen,
    Execute,
    Heartbeat,
    Install,
    Message,
    Missing,
    Prepare,
    Promise,
    Reconfigure,
    Refused,
    Snapshot,
)
from .server import (
    Change,
    Compact,
    Effects,
    Executed,
    Input,
    Installed,
    Propose,
    Record,
    Server,
    Timer,
    election_timer,
    groups_after,
)

__all__ = ["step"]


def step(s: Server, given: Input) -> tuple[Server, Effects]:
    """Handle one input. In order: what is persisted, what is sent, what is executed."""
    after, effects = handled(s, given)
    after, proposed = advance(after)
    news = announced(s, after) if not proposed else ()
    effects = (*effects, *welcome(s, after), *proposed, *news)
    if s.leading is not None and after.leading is None:
        effects = (election_timer(after), *effects)  # it waits for another leader now
    return after, (*changes(s, after), *effects, *delivered(s, after))


def handled(s: Server, given: Input) -> tuple[Server, Effects]:
    match given:
        case Propose(command):
            return propose(s, Execute(command))
        case Change(members):
            return propose(s, Reconfigure(members))
        case Compact():
            return compact(s, given), ()
        case TimerExpired(Timer.ELECTION):
            return election_timeout(s)
        case TimerExpired():
            return heartbeat_timeout(s)
        case Receive(sender, message):
            return received(s, sender, message)
        case _:
            assert_never(given)


def received(s: Server, sender: NodeId, m: Message) -> tuple[Server, Effects]:
    match m:
        case Prepare():
            return on_prepare(s, sender, m)
        case Promise():
            return on_promise(s, sender, m)
        case Accept():
            return on_accept(s, sender, m)
        case Accepted():
            return on_accepted(s, sender, m)
        case Refused():
            return on_refused(s, m)
        case Heartbeat():
            return on_heartbeat(s, sender, m)
        case Missing():
            return on_missing(s, sender, m)
        case Chosen():
            return on_chosen(s, sender, m)
        case Install():
            return on_install(s, m)
        case _:
            assert_never(m)


def compact(s: Server, given: Compact) -> Server:
    """Entries up to a slot give way to what they led to. Never more than was executed."""
    old = s.durable.snapshot
    entries = s.durable.chosen[: given.through - old.through]
    if not old.through < given.through <= s.executed:
        return s
    groups = old.groups
    for slot, entry in enumerate(entries, old.through + 1):
        groups = groups_after(groups, slot, entry, s.options)
    snapshot = Snapshot(given.through, groups, given.state)
    chosen = s.durable.chosen[len(entries) :]
    return replace(s, durable=replace(s.durable, snapshot=snapshot, chosen=chosen))


def announced(before: Server, s: Server) -> Effects:
    """A leader that finds more decided says so; unless its next proposal does."""
    if s.leading is None or s.executed == before.executed or not s.is_leader:
        return ()
    return heartbeats(s, s.leading.ballot)


def changes(before: Server, after: Server) -> Effects:
    """What a step has changed of that which must survive a crash, as one record."""
    old, new = before.durable, after.durable
    if old == new:
        return ()
    snapshot = None if old.snapshot == new.snapshot else new.snapshot
    behind = max(before.executed, new.snapshot.through) - new.snapshot.through
    votes = tuple(x for x in new.votes if x not in old.votes)
    return (
        Persist(
            Record(new.round, new.promised, after.executed, snapshot, new.chosen[behind:], votes)
        ),
    )


def delivered(before: Server, after: Server) -> Effects:
    """What is newly decided, in order; first a snapshot, if there was no other way to it."""
    snapshot = after.durable.snapshot
    base = before.executed
    installed: Effects = ()
    if snapshot.through > base:
        base = snapshot.through
        installed = (Deliver(Installed(snapshot)),)
    entries = after.durable.chosen[base - snapshot.through :]
    return (*installed, *(Deliver(Executed(n, e)) for n, e in enumerate(entries, base + 1)))
