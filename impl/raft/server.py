"""The state of a Raft server, and what goes in and out of it."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from ..core import Deliver, NodeId, Persist, Receive, Send, SetTimer, TimerExpired
from .config import Config
from .configuration import Configuration
from .log import Entry, Index, Log, Term
from .messages import Message
from .progress import Progress
from .records import Record, Snapshot
from .requests import (
    ChangeMembership,
    Compact,
    ForgetLeader,
    Output,
    Propose,
    Read,
    Reason,
    Rejected,
    Request,
    Transfer,
    Unreachable,
)

__all__ = [
    "Effect",
    "Effects",
    "Incoming",
    "Input",
    "Pending",
    "Placed",
    "Reads",
    "Role",
    "Server",
    "Timer",
    "append",
    "election_timer",
    "heartbeat_timer",
    "progress_at",
    "rejected",
    "with_progress",
]


class Role(Enum):
    """What a server takes itself for (5.1; thesis, 9.6)."""

    FOLLOWER = "follower"
    PRE_CANDIDATE = "pre-candidate"
    CANDIDATE = "candidate"
    LEADER = "leader"


class Timer(Enum):
    ELECTION = "election"
    """For all but leaders: nobody was heard for too long."""
    HEARTBEAT = "heartbeat"
    """For leaders: time to be heard."""
    QUORUM = "quorum"
    """For leaders: time to look whether a quorum was heard."""
    TRANSFER = "transfer"
    """For leaders: the successor has not taken over in time."""


class Placed(Struct, frozen=True):
    """A configuration, and the index of the entry that it comes from; 0 at the beginning."""

    index: Index
    configuration: Configuration


class Pending(Struct, frozen=True):
    """A read that waits: until the state machine is at ``index``, and until the leader has heard
    from a quorum in ``round`` or later."""

    name: int
    index: Index
    round: int


class Reads(Struct, frozen=True):
    """What a leader needs to answer reads.

    ``first`` is the index of the entry with which its term began. ``round`` is the latest round of
    questions whether it still leads, ``confirmed`` the latest to which a quorum said yes.
    ``begun`` says when rounds began that may give a lease, ``lease`` when the one began that does.
    ``handed_over``: it has asked somebody to take over, and has no lease any more.
    """

    first: Index = 0
    round: int = 0
    confirmed: int = 0
    pending: tuple[Pending, ...] = ()
    begun: tuple[tuple[int, int], ...] = ()
    lease: int | None = None
    handed_over: bool = False


class Incoming(Struct, frozen=True):
    """A snapshot of which not everything is here yet: ``parts`` follow each other from the first
    byte on, ``received`` in all; ``ahead`` are later ones, by their offsets."""

    term: Term
    last_index: Index
    received: int = 0
    parts: tuple[bytes, ...] = ()
    ahead: tuple[tuple[int, bytes], ...] = ()


NO_READS = Reads()


class Server(Struct, frozen=True):
    """One server: what is durable first, as in Figure 2.

    ``configurations`` are those of the snapshot (or of the beginning) and of the log behind it;
    the last one is in force (thesis, 4.1). ``votes`` are those of the term, or of the poll;
    ``progress`` is what was known of each server when this one last led, and empty before. Neither
    is read unless the role says that it counts. ``recent``: a leader was heard within the least
    election time, so no other is to be elected. ``counts`` is False after a loss of the disk.
    """

    me: NodeId
    config: Config
    configurations: tuple[Placed, ...]
    # on disk
    term: Term = 0
    voted_for: NodeId | None = None
    log: Log = Log()
    snapshot: Snapshot | None = None
    counts: bool = True
    # in memory
    role: Role = Role.FOLLOWER
    leader: NodeId | None = None
    commit: Index = 0
    votes: frozenset[NodeId] = frozenset()
    progress: tuple[tuple[NodeId, Progress], ...] = ()
    recent: bool = False
    reads: Reads = NO_READS
    transfer: NodeId | None = None
    incoming: Incoming | None = None

    @property
    def configuration(self) -> Configuration:
        return self.configurations[-1].configuration

    @property
    def others(self) -> tuple[NodeId, ...]:
        return tuple(n for n in self.configuration.members if n != self.me)

    def progress_of(self, node: NodeId) -> Progress:
        return dict(self.progress).get(node, Progress())


Input = (
    Receive[Message]
    | TimerExpired[Timer]
    | Propose
    | Read
    | ChangeMembership
    | Transfer
    | Compact
    | Unreachable
    | ForgetLeader
)
Effect = Persist[Record] | Send[Message] | SetTimer[Timer] | Deliver[Output]
Effects = tuple[Effect, ...]


# ------------------------------------------------------------------------------------ timers
def election_timer(s: Server) -> SetTimer[Timer]:
    """5.2: drawn from an interval, so that seldom two servers run at the same time. While a leader
    is recent, the least time comes first, and the rest is drawn after it."""
    ticks = s.config.election_ticks
    return SetTimer(Timer.ELECTION, ticks, ticks if s.recent else 2 * ticks)


def heartbeat_timer(s: Server) -> SetTimer[Timer]:
    ticks = s.config.heartbeat_ticks
    return SetTimer(Timer.HEARTBEAT, ticks, ticks)


# ------------------------------------------------------------------------------------- parts
def append(s: Server, n: Index, entries: tuple[Entry, ...]) -> Server:
    """The server with these entries behind index n of its log, and nothing after them. The
    configuration follows the log at once, forward and back (thesis, 4.1)."""
    configurations = s.configurations
    while configurations[-1].index > n:
        configurations = configurations[:-1]
    for i, entry in enumerate(entries, n + 1):
        if isinstance(entry.payload, Configuration):
            configurations += (Placed(i, entry.payload),)
    return replace(s, log=s.log.with_entries(n, entries), configurations=configurations)


def progress_at(s: Server, node: NodeId) -> Progress | None:
    """What a leader knows of a member; None if it is none."""
    for n, p in s.progress:
        if n == node:
            return p
    return None


def with_progress(s: Server, node: NodeId, new: Progress) -> Server:
    return replace(s, progress=tuple([(n, new if n == node else p) for n, p in s.progress]))


def rejected(s: Server, request: Request, reason: Reason) -> Effects:
    return (Deliver(Rejected(request, reason, s.leader)),)
