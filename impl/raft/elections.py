"""Elections (5.2, 5.4.1)."""

from __future__ import annotations

from dataclasses import replace

from ..core import NodeId, Send
from .log import Entry
from .messages import RequestVote, VoteReply
from .replication import replicate
from .server import Effects, Progress, Role, Server, election_timer
from .terms import adopt

__all__ = ["election_timeout", "on_request_vote", "on_vote_reply"]


def election_timeout(s: Server) -> tuple[Server, Effects]:
    """5.2: having heard of no leader for too long, stand for election in the next term."""
    if s.role is Role.LEADER:
        return s, ()  # an old timer
    s = replace(
        s,
        term=s.term + 1,
        voted_for=s.me,
        role=Role.CANDIDATE,
        leader=None,
        votes=frozenset({s.me}),
    )
    s, effects = count(s)
    if s.role is Role.LEADER:
        return s, effects
    ask = RequestVote(s.term, s.log.last_index, s.log.last_term)
    return s, (election_timer(s), *(Send(to, ask) for to in s.others))


def on_request_vote(s: Server, sender: NodeId, m: RequestVote) -> tuple[Server, Effects]:
    """RequestVote RPC: one vote in a term, and only for a log that is at least as up to date."""
    s = adopt(s, m.term)
    granted = (
        m.term == s.term
        and s.voted_for in (None, sender)
        and (m.last_term, m.last_index) >= (s.log.last_term, s.log.last_index)
    )
    reply = Send(sender, VoteReply(s.term, granted))
    if not granted:
        return s, (reply,)
    return replace(s, voted_for=sender), (election_timer(s), reply)


def on_vote_reply(s: Server, sender: NodeId, m: VoteReply) -> tuple[Server, Effects]:
    s = adopt(s, m.term)
    if not m.granted or m.term != s.term or s.role is not Role.CANDIDATE:
        return s, ()
    return count(replace(s, votes=s.votes | {sender}))


def count(s: Server) -> tuple[Server, Effects]:
    """With the votes of a quorum, lead. What the others have is not known yet: try where the own
    log ends, and count on nothing. An entry of the own term comes first, because only with it can
    those before it be committed (5.4.2, 8)."""
    if len(s.votes) < s.quorum:
        return s, ()
    begin = Progress(next=s.log.last_index + 1)
    s = replace(
        s,
        role=Role.LEADER,
        leader=s.me,
        progress=tuple((n, begin) for n in s.members),
        log=s.log.with_entries(s.log.last_index, (Entry(s.term, None),)),
    )
    return replicate(s)
