"""What a leader knows of another server, and so what it may send (as in etcd)."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from .log import Index
from .records import Snapshot

__all__ = ["Flow", "Progress", "Sending", "probing", "replicating", "succeeded"]


class Flow(Enum):
    """How messages flow to a server."""

    PROBE = "probe"
    """Where its log parts from the leader's is not known: one message, then wait."""
    REPLICATE = "replicate"
    """Up to ``next`` it is on its way: send what follows, without waiting, up to the window."""
    SNAPSHOT = "snapshot"
    """What it lacks is no longer in the log: a snapshot goes first."""


class Sending(Struct, frozen=True):
    """A snapshot on its way. **Units** bytes: those that have arrived, from the first one on, and
    those that were sent."""

    snapshot: Snapshot
    arrived: int = 0
    sent: int = 0


class Progress(Struct, frozen=True):
    """``next`` is what to send next, ``match`` what is known to match.

    ``paused``: a probe is under way. ``inflight``: the last indices of the messages with entries
    that were sent and not answered yet, in order. ``active``: it was heard lately. ``round``: the
    latest round of reads that it has answered. ``counts``: its answers count for a quorum.
    """

    next: Index = 1
    match: Index = 0
    flow: Flow = Flow.PROBE
    paused: bool = False
    inflight: tuple[Index, ...] = ()
    sending: Sending | None = None
    active: bool = False
    round: int = 0
    counts: bool = True


def probing(p: Progress, following: Index) -> Progress:
    """Begin to look for the place where the logs part, at this index."""
    return replace(
        p,
        next=max(following, p.match + 1),
        flow=Flow.PROBE,
        paused=False,
        inflight=(),
        sending=None,
    )


def replicating(p: Progress) -> Progress:
    """Send without waiting, from what is known to match on."""
    return replace(
        p, next=p.match + 1, flow=Flow.REPLICATE, paused=False, inflight=(), sending=None
    )


def succeeded(p: Progress, match: Index, base: Index) -> Progress:
    """The follower's log is known to match up to here. ``base`` is where the leader's log begins: a
    snapshot has done its work once what follows is in the log."""
    if match > p.match:
        p = replace(p, next=max(p.next, match + 1), match=match)
    match p.flow:
        case Flow.PROBE:
            return replicating(p)
        case Flow.SNAPSHOT:
            return replicating(p) if p.match >= base else p
        case Flow.REPLICATE:
            following = max(p.next, p.match + 1)
            inflight = p.inflight
            if inflight and inflight[0] <= p.match:
                inflight = tuple(n for n in inflight if n > p.match)
            if inflight is p.inflight and following == p.next:
                return p
            return replace(p, next=following, inflight=inflight)
