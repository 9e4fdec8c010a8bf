"""Elections (5.2, 5.4.1)."""

from __future__ import annotations

from msgspec.structs import replace

from ..core import NodeId, Send
from .check_quorum import loyal, quorum_timer
from .log import Entry, Index, Term
from .messages import RequestVote, VoteReply
from .progress import Progress
from .replication import replicate
from .server import Effects, Reads, Role, Server, append, election_timer, heartbeat_timer
from .terms import adopt

__all__ = ["campaign", "may_stand", "on_request_vote", "on_vote_reply", "up_to_date", "voters"]


def campaign(s: Server, handed_over: bool = False) -> tuple[Server, Effects]:
    """5.2: stand for election in the next term, with the own vote."""
    s = replace(
        s,
        term=s.term + 1,
        voted_for=s.me,
        role=Role.CANDIDATE,
        leader=None,
        recent=False,
        votes=frozenset({s.me}),
    )
    s, effects = count(s)
    if s.role is Role.LEADER:
        return s, effects
    ask = RequestVote(s.term, s.log.last_index, s.log.last_term, handed_over)
    return s, (election_timer(s), *(Send(to, ask) for to in voters(s)))


def may_stand(s: Server) -> bool:
    """Whether this server has a vote; or had one in a configuration before, as long as the latest
    is not known to be committed. Its log may be the only one that can win then, although it would
    not count its own vote (thesis, 4.2.2)."""
    if not s.counts:
        return False
    for placed in reversed(s.configurations):
        if placed.configuration.votes(s.me):
            return True
        if placed.index <= s.commit:
            break
    return False


def voters(s: Server) -> tuple[NodeId, ...]:
    """Whom to ask."""
    return tuple(n for n in s.others if s.configuration.votes(n))


def on_request_vote(s: Server, sender: NodeId, m: RequestVote) -> tuple[Server, Effects]:
    """RequestVote RPC: one vote in a term, and only for a log that is at least as up to date.

    Whether the two are members, as far as they know, does not matter (thesis, 4.1): a voter that
    has not heard of its promotion may be needed. Who counts the votes knows who has one.
    """
    if m.term >= s.term and loyal(s) and not m.handed_over:
        return s, ()
    s = adopt(s, m.term)
    granted = (
        m.term == s.term
        and s.voted_for in (None, sender)
        and up_to_date(s, m.last_index, m.last_term)
        and s.counts
    )
    reply = Send(sender, VoteReply(s.term, granted))
    if not granted:
        return s, (reply,)
    s = replace(s, voted_for=sender, recent=s.recent and not m.handed_over)
    return s, (election_timer(s), reply)


def up_to_date(s: Server, last_index: Index, last_term: Term) -> bool:
    """5.4.1: a log that ends so has all that may be committed, as far as this server can tell."""
    return (last_term, last_index) >= (s.log.last_term, s.log.last_index)


def on_vote_reply(s: Server, sender: NodeId, m: VoteReply) -> tuple[Server, Effects]:
    s = adopt(s, m.term)
    if not m.granted or m.term != s.term or s.role is not Role.CANDIDATE:
        return s, ()
    return count(replace(s, votes=s.votes | {sender}))


def count(s: Server) -> tuple[Server, Effects]:
    """With the votes of a quorum, lead. What the others have is not known yet: try where the own
    log ends, and count on nothing. An entry of the own term comes first, because only with it can
    those before it be committed (5.4.2, 8)."""
    if not s.configuration.quorum(s.votes):
        return s, ()
    begin = Progress(next=s.log.last_index + 1)
    s = replace(
        s,
        role=Role.LEADER,
        leader=s.me,
        recent=False,
        progress=tuple((n, begin) for n in s.configuration.members),
        reads=Reads(first=s.log.last_index + 1),
    )
    s, sent = replicate(append(s, s.log.last_index, (Entry(s.term, None),)))
    return s, (heartbeat_timer(s), *quorum_timer(s), *sent)
