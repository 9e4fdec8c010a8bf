"""Log replication and commit (5.3, 5.4.2)."""

from __future__ import annotations

from dataclasses import replace

from ..core import NodeId, Send
from .log import Index
from .messages import AppendEntries, AppendReply
from .server import (
    Effects,
    Progress,
    Role,
    Server,
    election_timer,
    heartbeat_timer,
)
from .terms import adopt

__all__ = ["heartbeat", "on_append_entries", "on_append_reply", "replicate"]


# --------------------------------------------------------------------------------- leaders
def replicate(s: Server) -> tuple[Server, Effects]:
    """Send everybody what it lacks, as far as is known; a heartbeat to those who lack nothing. In a
    cluster of one, what is stored is committed."""
    s = advance_commit(s)
    return s, (heartbeat_timer(s), *(append_to(s, n) for n in s.others))


def heartbeat(s: Server) -> tuple[Server, Effects]:
    """5.2: at idle times too, so that nobody stands for election. What was lost is sent again."""
    if s.role is not Role.LEADER:
        return s, ()  # an old timer
    return s, (heartbeat_timer(s), *(append_to(s, n) for n in s.others))


def append_to(s: Server, node: NodeId) -> Send[AppendEntries]:
    prev = s.progress_of(node).next - 1
    entries = s.log.after(prev, s.options.most_entries)
    return Send(node, AppendEntries(s.term, prev, s.log.term_at(prev), entries, s.commit))


def on_append_reply(s: Server, sender: NodeId, m: AppendReply) -> tuple[Server, Effects]:
    """5.3: note how far the follower's log matches; after a refusal, go back by one entry, but not
    behind what is known to match, for the refusal may be an old one."""
    s = adopt(s, m.term)
    if m.term != s.term or s.role is not Role.LEADER:
        return s, ()
    known = s.progress_of(sender)
    if m.success:
        match = max(known.match, m.match)
        new = Progress(match + 1, match)
    else:
        new = replace(known, next=max(known.next - 1, known.match + 1))
    progress = tuple((n, new if n == sender else p) for n, p in s.progress)
    before = s.commit
    s = advance_commit(replace(s, progress=progress))
    if s.commit > before:
        return s, tuple(append_to(s, n) for n in s.others)
    behind = new.match < s.log.last_index
    return s, (append_to(s, sender),) if behind and new != known else ()


def advance_commit(s: Server) -> Server:
    """5.3, 5.4.2: an entry of the leader's own term is committed, with all before it, when a quorum
    stores it."""
    matches = sorted(s.log.last_index if n == s.me else s.progress_of(n).match for n in s.members)
    stored: Index = matches[len(matches) - s.quorum]
    if stored <= s.commit or s.log.term_at(stored) != s.term:
        return s
    return replace(s, commit=stored)


# ------------------------------------------------------------------------------- followers
def on_append_entries(s: Server, sender: NodeId, m: AppendEntries) -> tuple[Server, Effects]:
    """AppendEntries RPC, rules 1 to 5."""
    s = adopt(s, m.term)
    if m.term < s.term:
        return s, (Send(sender, AppendReply(s.term, success=False, match=0)),)
    s = replace(s, role=Role.FOLLOWER, leader=sender)  # the term has a leader
    if not s.log.holds(m.prev_index, m.prev_term):
        reply = AppendReply(s.term, success=False, match=0)
        return s, (election_timer(s), Send(sender, reply))
    conflict = s.log.first_conflict(m.prev_index, m.entries)
    if conflict is not None:
        new = m.entries[conflict - m.prev_index - 1 :]
        s = replace(s, log=s.log.with_entries(conflict - 1, new))
    match = m.prev_index + len(m.entries)
    s = replace(s, commit=max(s.commit, min(m.commit, match)))
    return s, (election_timer(s), Send(sender, AppendReply(s.term, success=True, match=match)))
