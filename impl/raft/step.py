"""One step of a Raft server.

**Source** D. Ongaro and J. Ousterhout, "In Search of an Understandable Consensus Algorithm" (USENIX
ATC 2014), Figure 2, whose rules are cited by their numbers, and sections 6 to 8; D. Ongaro,
"Consensus: Bridging Theory and Practice" (PhD thesis, Stanford, 2014), where it says more. The
specifications are in ``spec/raft``.

A handler changes the state as it goes, and says what is to be sent. What has to be on disk is found
by comparing the state after the step with the one before: one record, in front of everything that
is sent, so that a handler cannot forget it. What is applied, and which reads may be answered, is
found in the same way, and comes last.
"""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from ..core import Deliver, NodeId, Persist, Receive, TimerExpired
from .check_quorum import quorum_timeout
from .elections import on_request_vote, on_vote_reply
from .log import Entry, Index, parting
from .membership import change_membership, follow_up
from .messages import (
    AppendEntries,
    AppendReply,
    InstallSnapshot,
    Message,
    PreVote,
    PreVoteReply,
    RequestVote,
    SnapshotReply,
    TimeoutNow,
    VoteReply,
)
from .pre_vote import on_pre_vote, on_pre_vote_reply
from .reads import confirm, heartbeat_round, read, settle
from .records import Record
from .replication import broadcast, on_append_entries, on_append_reply, propose, unreachable
from .requests import (
    Applied,
    ChangeMembership,
    Compact,
    ForgetLeader,
    Propose,
    Read,
    Reason,
    Rejected,
    Restored,
    Transfer,
    Unreachable,
)
from .server import (
    NO_READS,
    Effect,
    Effects,
    Input,
    Role,
    Server,
    Timer,
    election_timer,
    heartbeat_timer,
)
from .snapshots import compact, on_install_snapshot, on_snapshot_reply
from .timeout import election_timeout, forget_leader
from .transfer import hand_over, on_timeout_now, transfer, transfer_timeout

__all__ = ["step"]


def step(s: Server, given: Input) -> tuple[Server, Effects]:
    """Handle one input. In order: what is persisted, what is sent, what is told the host.

    **Errors** ProtocolError if a peer says what no correct peer can say.
    """
    after, effects = handled(s, given)
    if after is s:
        return s, effects
    told: Effects = ()
    if after.role is Role.LEADER:
        after, more = leading(s, after)
        effects += more
    if s.role is Role.LEADER is not after.role:
        after, more = resigned(after)
        effects += more
    elif after.reads.pending:
        after, told = settle(after)
    return after, (*changes(s, after), *effects, *applied(s, after), *told)


def handled(s: Server, given: Input) -> tuple[Server, Effects]:
    match given:
        case Receive(sender, message):
            return received(s, sender, message)
        case TimerExpired(timer, now):
            return expired(s, timer, now)
        case Propose():
            return propose(s, given)
        case Read():
            return read(s, given)
        case ChangeMembership():
            return change_membership(s, given)
        case Transfer():
            return transfer(s, given)
        case Compact():
            return compact(s, given)
        case Unreachable():
            return unreachable(s, given)
        case ForgetLeader():
            return forget_leader(s, given)
        case _:
            assert_never(given)


def received(s: Server, sender: NodeId, m: Message) -> tuple[Server, Effects]:
    match m:
        case AppendEntries():
            return on_append_entries(s, sender, m)
        case AppendReply():
            return on_append_reply(s, sender, m)
        case RequestVote():
            return on_request_vote(s, sender, m)
        case VoteReply():
            return on_vote_reply(s, sender, m)
        case PreVote():
            return on_pre_vote(s, sender, m)
        case PreVoteReply():
            return on_pre_vote_reply(s, sender, m)
        case TimeoutNow():
            return on_timeout_now(s, sender, m)
        case InstallSnapshot():
            return on_install_snapshot(s, sender, m)
        case SnapshotReply():
            return on_snapshot_reply(s, sender, m)
        case _:
            assert_never(m)


def expired(s: Server, timer: Timer, now: int) -> tuple[Server, Effects]:
    match timer:
        case Timer.ELECTION:
            return election_timeout(s)
        case Timer.HEARTBEAT:
            return heartbeat(s, now)
        case Timer.QUORUM:
            return quorum_timeout(s)
        case Timer.TRANSFER:
            return transfer_timeout(s)
        case _:
            assert_never(timer)


def heartbeat(s: Server, now: int) -> tuple[Server, Effects]:
    """5.2: at idle times too, so that nobody stands for election. What was lost is sent again."""
    if s.role is not Role.LEADER:
        return s, ()  # an old timer
    s, sent = broadcast(heartbeat_round(s, now), anyway=True)
    return s, (heartbeat_timer(s), *sent)


# ------------------------------------------------------------------------- what follows a step
def leading(before: Server, s: Server) -> tuple[Server, Effects]:
    """What a leader does when others have got further. That may get itself further: in a cluster of
    one, a configuration is committed as soon as it is left."""
    effects: Effects = ()
    commit = before.commit if before.role is Role.LEADER else -1
    while s.role is Role.LEADER and s.commit > commit:
        commit = s.commit
        s, more = follow_up(s)
        effects += more
    if s.transfer is not None:
        effects += hand_over(before, s)
    if s.reads.round > s.reads.confirmed:
        s, more = confirm(s)
        effects += more
    return s, effects


def resigned(s: Server) -> tuple[Server, Effects]:
    """Who leads no longer waits for another leader, and tells those who wait for it."""
    told = tuple(
        Deliver(Rejected(Read(p.name), Reason.NO_LEADER, s.leader)) for p in s.reads.pending
    )
    if s.reads != NO_READS or s.transfer is not None:
        s = replace(s, reads=NO_READS, transfer=None)
    return s, (election_timer(s), *told)


def changes(before: Server, after: Server) -> Effects:
    """What a step has changed of that which must survive a crash, as one record."""
    old, log = before.log, after.log
    same = (
        before.term == after.term
        and before.voted_for == after.voted_for
        and before.snapshot is after.snapshot
    )
    if old is log and same:
        return ()
    snapshot, base = None, 0
    if before.snapshot is not after.snapshot:
        snapshot, base = after.snapshot, log.base
    behind: Index | None = None
    entries: tuple[Entry, ...] = ()
    if old is not log and snapshot is None:  # a snapshot says itself what of the log remains
        n = parting(old, log)
        if n < max(old.last_index, log.last_index):
            behind, entries = n, tuple(log.between(n, log.last_index))
    record = Record(after.term, after.voted_for, behind, entries, snapshot, base, after.counts)
    return (Persist(record),)


def applied(before: Server, after: Server) -> Effects:
    """What is newly committed, in order."""
    if before.commit == after.commit:
        return ()
    first, told = before.commit, list[Effect]()
    snapshot = after.snapshot
    if snapshot is not None and snapshot.index > first:
        told.append(Deliver(Restored(snapshot)))
        first = snapshot.index
    for n, entry in enumerate(after.log.between(first, after.commit), first + 1):
        told.append(Deliver(Applied(n, entry)))
    return tuple(told)
