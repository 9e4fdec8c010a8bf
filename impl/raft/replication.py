"""Log replication and commit (5.3, 5.4.2)."""

from __future__ import annotations

from msgspec.structs import replace

from ..core import Deliver, NodeId, ProtocolError, Send
from .check_quorum import contact, heard
from .log import Entry, Index
from .messages import AppendEntries, AppendReply, Message, Refused
from .progress import Flow, Progress, probing, succeeded
from .requests import Accepted, Propose, Reason, Unreachable
from .server import (
    Effects,
    Role,
    Server,
    append,
    progress_at,
    rejected,
    with_progress,
)
from .snapshots import chunks, lacking
from .terms import adopt

__all__ = [
    "broadcast",
    "on_append_entries",
    "on_append_reply",
    "propose",
    "replicate",
    "unreachable",
]


# ---------------------------------------------------------------------------------- leaders
def propose(s: Server, asked: Propose) -> tuple[Server, Effects]:
    """5.3: a leader appends a command to its log and sends it to the others."""
    if s.role is not Role.LEADER:
        return s, rejected(s, asked, Reason.NO_LEADER)
    if s.transfer is not None:
        return s, rejected(s, asked, Reason.TRANSFER)
    last = s.log.last_index
    if 0 < s.config.most_uncommitted <= last - s.commit:
        return s, rejected(s, asked, Reason.BUSY)
    s, sent = replicate(append(s, last, (Entry(s.term, asked.command),)))
    return s, (*sent, Deliver(Accepted(last + 1, s.term)))


def replicate(s: Server) -> tuple[Server, Effects]:
    """Send everybody what it lacks, as far as it is known and there is room. In a cluster of one,
    what is stored is committed."""
    return broadcast(advance_commit(s), anyway=False)


def broadcast(s: Server, anyway: bool) -> tuple[Server, Effects]:
    """Send everybody what it lacks; ``anyway``: and if that is nothing, say so, for then everybody
    hears that there is a leader, and what is committed."""
    effects: list[Send[Message]] = []
    progress: list[tuple[NodeId, Progress]] = []
    changed = False
    for node, p in s.progress:
        new = p
        if node != s.me:
            new, messages = supply(s, p, anyway)
            effects += [Send(node, m) for m in messages]
            changed = changed or new is not p
        progress.append((node, new))
    if changed:
        s = replace(s, progress=tuple(progress))
    return s, tuple(effects)


def supply(s: Server, p: Progress, anyway: bool) -> tuple[Progress, list[Message]]:
    """What is sent to a server of which this is known, and what is known of it then."""
    if p.flow is Flow.SNAPSHOT or p.next <= s.log.base:
        return chunks(s, lacking(s, p), anyway)
    window = s.config.window
    if not window:
        return p, [append_entries(s, p.next)]
    if p.flow is Flow.PROBE:
        if not p.paused:
            return replace(p, paused=True), [append_entries(s, p.next)]
        return p, [append_entries(s, p.next, empty=True)] if anyway else []
    messages: list[Message] = []
    following, inflight, last = p.next, p.inflight, s.log.last_index
    while following <= last and len(inflight) < window:
        m = append_entries(s, following)
        following += len(m.entries)
        inflight += (following - 1,)
        messages.append(m)
    if messages:
        return replace(p, next=following, inflight=inflight), messages
    return p, [append_entries(s, following, empty=True)] if anyway else []


def append_entries(s: Server, n: Index, empty: bool = False) -> AppendEntries:
    """The entries from index n on, or none."""
    prev, config = n - 1, s.config
    entries = () if empty else s.log.after(prev, config.most_entries, config.most_bytes)
    prev_term = s.log.term_at(prev)
    return AppendEntries(s.term, prev, prev_term, entries, s.commit, s.reads.round)


def on_append_reply(s: Server, sender: NodeId, m: AppendReply) -> tuple[Server, Effects]:
    """5.3: note how far the follower's log matches; after a refusal, go back."""
    s = adopt(s, m.term)
    if m.term != s.term or s.role is not Role.LEADER:
        return s, ()
    here = heard(s, sender, m.round, m.counts)
    known = None if here is None else progress_at(here, sender)
    if here is None or known is None:
        return s, ()
    s = here
    new = answered(s, known, m)
    if new == known:
        return s, ()
    before = s.commit
    s = with_progress(s, sender, new)
    if new.match > before:
        s = advance_commit(s)
    if s.commit > before:
        return broadcast(s, anyway=True)
    if new.match == s.log.last_index:
        return s, ()
    supplied, messages = supply(s, new, anyway=False)
    if supplied is not new:
        s = with_progress(s, sender, supplied)
    return s, tuple([Send(sender, x) for x in messages])


def answered(s: Server, p: Progress, m: AppendReply) -> Progress:
    """What is known of a server after its answer."""
    if m.success:
        if s.config.window or p.flow is Flow.SNAPSHOT:
            return succeeded(p, m.match, s.log.base)
        match = max(p.match, m.match)
        return replace(p, next=match + 1, match=match)
    if p.flow is Flow.SNAPSHOT:
        return p
    if p.flow is Flow.REPLICATE:
        stale = m.refused is not None and m.refused.prev_index <= p.match
        return p if stale else probing(p, p.match + 1)
    return probing(p, retreat(s, p, m.refused))


def retreat(s: Server, p: Progress, refused: Refused | None) -> Index:
    """What to try next after a refusal: one entry back, or as far back as the refusal shows, but
    not behind what is known to match, for the refusal may be an old one."""
    if refused is None:
        return p.next - 1
    if refused.prev_index != p.next - 1:
        return p.next  # an old one
    return s.log.last_up_to(min(refused.hint_index, p.next - 2), refused.hint_term) + 1


def unreachable(s: Server, asked: Unreachable) -> tuple[Server, Effects]:
    """What is under way to this server is lost: begin to probe again."""
    p = progress_at(s, asked.node)
    if s.role is not Role.LEADER or p is None or p.flow is not Flow.REPLICATE:
        return s, ()
    return with_progress(s, asked.node, replace(probing(p, p.match + 1), paused=True)), ()


def advance_commit(s: Server) -> Server:
    """5.3, 5.4.2: an entry of the leader's own term is committed, with all before it, when a quorum
    stores it."""
    matches = {n: p.match if p.counts else 0 for n, p in s.progress}
    matches[s.me] = s.log.last_index
    stored: Index = s.configuration.reached(matches.__getitem__)
    if stored <= s.commit or s.log.term_at(stored) != s.term:
        return s
    return replace(s, commit=stored)


# -------------------------------------------------------------------------------- followers
def on_append_entries(s: Server, sender: NodeId, m: AppendEntries) -> tuple[Server, Effects]:
    """AppendEntries RPC, rules 1 to 5."""
    s = adopt(s, m.term)
    if m.term < s.term:
        return s, (Send(sender, AppendReply(s.term, success=False, match=0)),)
    s, waits = contact(s, sender)
    log = s.log
    if not log.holds(m.prev_index, m.prev_term):
        refused = None
        if s.config.backtrack:
            hint = log.last_up_to(m.prev_index, m.prev_term)
            refused = Refused(m.prev_index, hint, log.term_at(hint))
        reply = AppendReply(s.term, False, 0, refused, m.round, s.counts)
        return s, (*waits, Send(sender, reply))
    conflict = log.first_conflict(m.prev_index, m.entries)
    if conflict is not None:
        if conflict <= s.commit:
            raise ProtocolError(f"server {sender} replaces entry {conflict}, which is committed")
        s = append(s, conflict - 1, m.entries[conflict - m.prev_index - 1 :])
    match = m.prev_index + len(m.entries)
    commit = min(m.commit, match)
    if commit > s.commit:
        s = replace(s, commit=commit)
    reply = AppendReply(s.term, True, match, None, m.round, s.counts)
    return s, (*waits, Send(sender, reply))
