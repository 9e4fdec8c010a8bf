"""Linearizable reads that write nothing (thesis, 6.4).

A leader knows what is committed once it has committed an entry of its own term. That it still led
when a read was asked for, it learns from a quorum that answers it afterwards: in a *round* of
questions, which are the round numbers in its messages. Or, with a lease, it knows that for some
time nobody else can be elected, because a quorum heard from it and waits (6.4.1).
"""

from __future__ import annotations

from msgspec.structs import replace

from ..core import Deliver
from .replication import broadcast
from .requests import Read, ReadReady, Reason
from .server import Effects, Pending, Reads, Role, Server, rejected

__all__ = ["confirm", "heartbeat_round", "read", "settle"]


def read(s: Server, asked: Read) -> tuple[Server, Effects]:
    """6.4, steps 1 to 3. Reads that come while a round is under way share the next one."""
    if s.role is not Role.LEADER:
        return s, rejected(s, asked, Reason.NO_LEADER)
    reads = s.reads
    index = max(s.commit, reads.first)
    if leased(s, asked.now):
        return with_pending(s, Pending(asked.name, index, reads.confirmed)), ()
    s = with_pending(s, Pending(asked.name, index, reads.round + 1))
    if reads.confirmed < reads.round:
        return s, ()
    s, sent = broadcast(begin(s, asked.now), anyway=True)
    s, more = confirm(s)
    return s, (*sent, *more)


def with_pending(s: Server, new: Pending) -> Server:
    return replace(s, reads=replace(s.reads, pending=(*s.reads.pending, new)))


def begin(s: Server, now: int | None) -> Server:
    """Begin a round. With a time, it may give a lease."""
    reads, ticks = s.reads, s.config.lease_ticks
    begun = reads.begun
    if ticks and now is not None and not reads.handed_over:
        begun = (*(x for x in begun if now - x[1] < ticks), (reads.round + 1, now))
    return replace(s, reads=replace(reads, round=reads.round + 1, begun=begun))


def heartbeat_round(s: Server, now: int) -> Server:
    """A heartbeat begins a round if somebody waits for one, or to get a lease."""
    reads = s.reads
    if s.config.lease_ticks or any(p.round > reads.round for p in reads.pending):
        return begin(s, now)
    return s


def leased(s: Server, now: int) -> bool:
    """6.4.1: nobody else can have been elected until now. The entry of the own term is committed,
    or what it commits now would not be all."""
    reads = s.reads
    return (
        reads.lease is not None
        and 0 <= now - reads.lease < s.config.lease_ticks
        and s.commit >= reads.first
    )


def confirm(s: Server) -> tuple[Server, Effects]:
    """6.4, step 3: see which round a quorum has answered, and begin the next if reads wait."""
    reads = s.reads
    if reads.confirmed == reads.round:
        return s, ()
    rounds = {n: p.round if p.counts else 0 for n, p in s.progress}
    rounds[s.me] = reads.round
    confirmed = s.configuration.reached(rounds.__getitem__)
    if confirmed <= reads.confirmed:
        return s, ()
    lease, begun = reads.lease, reads.begun
    while begun and begun[0][0] <= confirmed:
        lease, begun = begun[0][1], begun[1:]
    s = replace(s, reads=replace(reads, confirmed=confirmed, lease=lease, begun=begun))
    if confirmed == reads.round and any(p.round > confirmed for p in reads.pending):
        s, sent = broadcast(begin(s, None), anyway=True)
        s, more = confirm(s)
        return s, (*sent, *more)
    return s, ()


def settle(s: Server) -> tuple[Server, Effects]:
    """6.4, steps 2 and 4: reads that may be answered, because all that was committed when they came
    is told to the state machine before."""
    reads = s.reads
    ready = [p for p in reads.pending if p.round <= reads.confirmed and p.index <= s.commit]
    if not ready:
        return s, ()
    rest = tuple(p for p in reads.pending if p not in ready)
    s = replace(s, reads=replace(reads, pending=rest))
    return s, tuple(Deliver(ReadReady(p.name, p.index)) for p in ready)


def given_up(reads: Reads) -> Reads:
    """A leader that asks somebody to take over has no lease until its term ends: the voters of its
    successor are not loyal (6.4.1)."""
    return replace(reads, lease=None, begun=(), handed_over=True)
