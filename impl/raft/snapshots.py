"""Log compaction, and snapshots sent in chunks (7; thesis, chapter 5)."""

from __future__ import annotations

from msgspec.structs import replace

from ..core import NodeId, Send
from .check_quorum import contact, heard
from .messages import AppendReply, InstallSnapshot, Message, SnapshotReply
from .progress import Flow, Progress, Sending
from .records import Snapshot, cut
from .requests import Compact
from .server import Effects, Incoming, Placed, Role, Server, progress_at, with_progress
from .terms import adopt

__all__ = ["chunks", "compact", "lacking", "on_install_snapshot", "on_snapshot_reply"]


def compact(s: Server, given: Compact) -> tuple[Server, Effects]:
    """7: what the snapshot tells need not stay in the log, but for some entries, which a server
    that lags a little may still be sent one by one."""
    index = given.index
    known = 0 if s.snapshot is None else s.snapshot.index
    if not known < index <= s.commit:
        return s, ()
    then = next(p for p in reversed(s.configurations) if p.index <= index)
    snapshot = Snapshot(index, s.log.term_at(index), then.configuration, given.data)
    return with_snapshot(s, snapshot, index - s.config.keep_entries), ()


def with_snapshot(s: Server, snapshot: Snapshot, base: int) -> Server:
    """The server with this snapshot, and the log from ``base`` on, as far as it is the same log."""
    log = cut(s.log, snapshot, base)
    later = tuple(p for p in s.configurations if snapshot.index < p.index <= log.last_index)
    configurations = (Placed(snapshot.index, snapshot.configuration), *later)
    return replace(s, snapshot=snapshot, log=log, configurations=configurations)


# --------------------------------------------------------------------------------- leaders
def lacking(s: Server, p: Progress) -> Progress:
    """What is known of a server that needs a snapshot. One that is under way goes on even if there
    is a later one, as long as the log still has what follows it."""
    if p.flow is Flow.SNAPSHOT and p.sending is not None:
        if p.sending.snapshot.index >= s.log.base:
            return p
    if s.snapshot is None:
        raise AssertionError("a log begins where a snapshot ends")
    return replace(p, flow=Flow.SNAPSHOT, paused=False, inflight=(), sending=Sending(s.snapshot))


def chunks(s: Server, p: Progress, anyway: bool) -> tuple[Progress, list[Message]]:
    """The next chunks, as many as the window allows; ``anyway``: from the first one on that is not
    known to have arrived, for what was sent may be lost."""
    sending = p.sending
    if sending is None:
        raise AssertionError("no snapshot is being sent")
    snapshot, most = sending.snapshot, s.config.chunk_bytes
    size = len(snapshot.data)
    begin = sending.arrived if anyway else sending.sent
    end = min(size, sending.arrived + most * max(1, s.config.window))
    found: list[Message] = []
    at = begin
    while at < end or (at == size == 0 and not found and (anyway or not p.paused)):
        data = snapshot.data[at : at + most]
        found.append(
            InstallSnapshot(
                s.term,
                snapshot.index,
                snapshot.term,
                snapshot.configuration,
                size,
                at,
                data,
                s.reads.round,
            )
        )
        at += len(data)
        if anyway:
            break  # one is enough to hear that the server is there
    sent = max(at, sending.sent)
    if sent == sending.sent and p.paused:
        return p, found
    return replace(p, paused=True, sending=replace(sending, sent=sent)), found


def on_snapshot_reply(s: Server, sender: NodeId, m: SnapshotReply) -> tuple[Server, Effects]:
    """Go on behind what has arrived. If that is less than before, the server has lost what it had,
    or the answer is an old one; then something is sent twice, which does no harm."""
    s = adopt(s, m.term)
    if m.term != s.term or s.role is not Role.LEADER:
        return s, ()
    here = heard(s, sender, m.round, m.counts)
    p = None if here is None else progress_at(here, sender)
    if here is None or p is None:
        return s, ()
    s, sending = here, p.sending
    if sending is None or sending.snapshot.index != m.last_index:
        return s, ()
    if m.received == sending.arrived:
        return s, ()
    sent = sending.sent if m.received > sending.arrived else m.received
    sending = replace(sending, arrived=m.received, sent=max(sent, m.received))
    p, messages = chunks(s, replace(p, sending=sending), anyway=False)
    return with_progress(s, sender, p), tuple([Send(sender, x) for x in messages])


# ------------------------------------------------------------------------------- followers
def on_install_snapshot(s: Server, sender: NodeId, m: InstallSnapshot) -> tuple[Server, Effects]:
    """InstallSnapshot RPC. Chunks may come in any order and more than once; those of another
    leader are of another snapshot, even if it ends at the same entry."""
    s = adopt(s, m.term)
    if m.term < s.term:
        return s, (Send(sender, SnapshotReply(s.term, m.last_index, 0)),)
    s, waits = contact(s, sender)
    if m.last_index <= s.commit:  # nothing new, and what is committed here is so there
        reply: Message = AppendReply(s.term, True, s.commit, None, m.round, s.counts)
        return s, (*waits, Send(sender, reply))
    incoming = s.incoming
    if incoming is None or (incoming.term, incoming.last_index) != (m.term, m.last_index):
        incoming = Incoming(m.term, m.last_index)
    incoming = received(incoming, m.offset, m.data)
    if incoming.received < m.size:
        reply = SnapshotReply(s.term, m.last_index, incoming.received, m.round, s.counts)
        return replace(s, incoming=incoming), (*waits, Send(sender, reply))
    data = b"".join(incoming.parts)
    snapshot = Snapshot(m.last_index, m.last_term, m.configuration, data)
    s = with_snapshot(replace(s, incoming=None, commit=m.last_index), snapshot, m.last_index)
    reply = AppendReply(s.term, True, m.last_index, None, m.round, s.counts)
    return s, (*waits, Send(sender, reply))


MOST_AHEAD = 64
"""How many chunks are kept that came too early."""


def received(x: Incoming, offset: int, data: bytes) -> Incoming:
    """What is there with one more chunk."""
    if offset > x.received:
        if len(x.ahead) >= MOST_AHEAD or (offset, data) in x.ahead:
            return x
        return replace(x, ahead=tuple(sorted((*x.ahead, (offset, data)))))
    have, parts = x.received, list(x.parts)
    for at, more in ((offset, data), *x.ahead):
        if at <= have < at + len(more):
            parts.append(more[have - at :])
            have = at + len(more)
    ahead = tuple([(at, more) for at, more in x.ahead if at > have])
    return replace(x, received=have, parts=tuple(parts), ahead=ahead)
