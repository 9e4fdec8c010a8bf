"""PreVote (thesis, 9.6): ask before standing for election.

A server that was cut off would otherwise come back with a higher term, and depose a leader that
everybody else hears. Nothing is promised by an answer, and no term changes.
"""

from __future__ import annotations

from msgspec.structs import replace

from ..core import NodeId, Send
from .check_quorum import loyal
from .elections import campaign, up_to_date, voters
from .messages import PreVote, PreVoteReply
from .server import Effects, Role, Server, election_timer
from .terms import adopt

__all__ = ["on_pre_vote", "on_pre_vote_reply", "poll"]


def poll(s: Server) -> tuple[Server, Effects]:
    """Ask who would vote for this server in the next term."""
    s = replace(s, role=Role.PRE_CANDIDATE, leader=None, votes=frozenset({s.me}))
    if s.configuration.quorum(s.votes):
        return campaign(s)
    ask = PreVote(s.term + 1, s.log.last_index, s.log.last_term)
    return s, (election_timer(s), *(Send(to, ask) for to in voters(s)))


def on_pre_vote(s: Server, sender: NodeId, m: PreVote) -> tuple[Server, Effects]:
    if m.term > s.term and loyal(s):
        return s, ()
    granted = m.term > s.term and up_to_date(s, m.last_index, m.last_term) and s.counts
    return s, (Send(sender, PreVoteReply(m.term if granted else s.term, granted)),)


def on_pre_vote_reply(s: Server, sender: NodeId, m: PreVoteReply) -> tuple[Server, Effects]:
    """A yes counts whatever the term of who says it, if it is about the next term; a no may come
    from a term that is over there already."""
    if not m.granted:
        return adopt(s, m.term), ()
    if s.role is not Role.PRE_CANDIDATE or m.term != s.term + 1:
        return s, ()
    s = replace(s, votes=s.votes | {sender})
    return campaign(s) if s.configuration.quorum(s.votes) else (s, ())
