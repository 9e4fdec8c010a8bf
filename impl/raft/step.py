"""One step of a Raft server.

**Source** D. Ongaro and J. Ousterhout, "In Search of an Understandable Consensus Algorithm" (USENIX
ATC 2014), Figure 2, whose rules are cited by their numbers, and section 8 for the entry with which
a leader begins. The specification is ``spec/raft/replication.py``.

A handler changes the state as it goes, and says what is to be sent. What has to be on disk is found
by comparing the state after the step with the one before: one record, in front of everything that
is sent, so that a handler cannot forget it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from ..core import Deliver, NodeId, Persist, Receive, TimerExpired
from .elections import election_timeout, on_request_vote, on_vote_reply
from .log import Command, Entry
from .messages import AppendEntries, AppendReply, Message, RequestVote, VoteReply
from .replication import heartbeat, on_append_entries, on_append_reply, replicate
from .server import (
    Applied,
    Effects,
    Input,
    Propose,
    Record,
    Rejected,
    Role,
    Server,
    Timer,
    election_timer,
)

__all__ = ["step"]


def step(s: Server, given: Input) -> tuple[Server, Effects]:
    """Handle one input. In order: what is persisted, what is sent, what is applied."""
    after, effects = handled(s, given)
    if s.role is Role.LEADER is not after.role:
        effects = (election_timer(after), *effects)  # it waits for another leader now
    return after, (*changes(s, after), *effects, *applied(s, after))


def handled(s: Server, given: Input) -> tuple[Server, Effects]:
    match given:
        case Propose(command):
            return propose(s, command)
        case TimerExpired(Timer.ELECTION):
            return election_timeout(s)
        case TimerExpired():
            return heartbeat(s)
        case Receive(sender, message):
            return received(s, sender, message)
        case _:
            assert_never(given)


def received(s: Server, sender: NodeId, m: Message) -> tuple[Server, Effects]:
    if sender not in s.members:
        return s, ()
    match m:
        case RequestVote():
            return on_request_vote(s, sender, m)
        case VoteReply():
            return on_vote_reply(s, sender, m)
        case AppendEntries():
            return on_append_entries(s, sender, m)
        case AppendReply():
            return on_append_reply(s, sender, m)
        case _:
            assert_never(m)


def propose(s: Server, command: Command) -> tuple[Server, Effects]:
    """5.3: a leader appends a command to its log and sends it to the others."""
    if s.role is not Role.LEADER:
        return s, (Deliver(Rejected(command, s.leader)),)
    entry = Entry(s.term, command)
    return replicate(replace(s, log=s.log.with_entries(s.log.last_index, (entry,))))


def changes(before: Server, after: Server) -> Effects:
    """What a step has changed of that which must survive a crash, as one record."""
    if before.log == after.log:
        if (before.term, before.voted_for) == (after.term, after.voted_for):
            return ()
        return (Persist(Record(after.term, after.voted_for)),)
    old, new = before.log.entries, after.log.entries
    same = 0
    for x, y in zip(old, new, strict=False):
        if x != y:
            break
        same += 1
    return (Persist(Record(after.term, after.voted_for, same, new[same:])),)


def applied(before: Server, after: Server) -> Effects:
    """What is newly committed, in order."""
    return tuple(
        Deliver(Applied(n, after.log.entries[n - 1]))
        for n in range(before.commit + 1, after.commit + 1)
    )
