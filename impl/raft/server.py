"""The state of a Raft server, and what goes in and out of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..core import Deliver, NodeId, Persist, Receive, Send, SetTimer, TimerExpired
from .log import Command, Entry, Index, Log, Term
from .messages import Message

__all__ = [
    "Applied",
    "Durable",
    "Effect",
    "Effects",
    "Input",
    "Options",
    "Progress",
    "Propose",
    "Record",
    "Rejected",
    "Role",
    "Server",
    "Timer",
    "recovered",
    "written",
]


@dataclass(frozen=True, slots=True)
class Options:
    """How a server behaves where the protocol leaves it free. The same on all servers.

    **Units** ticks; ``election_ticks`` is the least time without a leader before an election, and
    the most is twice that. ``most_entries`` is how many go into one message.
    """

    heartbeat_ticks: int = 10
    election_ticks: int = 100
    most_entries: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.heartbeat_ticks < self.election_ticks:
            raise ValueError("heartbeats must come before elections, and time must pass")
        if self.most_entries < 1:
            raise ValueError("a message that may hold no entry replicates nothing")


class Role(Enum):
    """What a server takes itself for (5.1)."""

    FOLLOWER = "follower"
    CANDIDATE = "candidate"
    LEADER = "leader"


class Timer(Enum):
    ELECTION = "election"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a leader knows of a server: what to send next, and what is known to match."""

    next: Index = 1
    match: Index = 0


EMPTY = Log()


@dataclass(frozen=True, slots=True)
class Durable:
    """What is on the disk of a server."""

    term: Term = 0
    voted_for: NodeId | None = None
    log: Log = EMPTY


@dataclass(frozen=True, slots=True)
class Record:
    """What one step changes on the disk, as a whole or not at all: term and vote, and what now
    stands behind index ``behind`` of the log (None: the log stays)."""

    term: Term
    voted_for: NodeId | None
    behind: Index | None = None
    entries: tuple[Entry, ...] = ()


def written(disk: Durable, record: Record) -> Durable:
    """The disk after a record."""
    log = disk.log
    if record.behind is not None:
        log = log.with_entries(record.behind, record.entries)
    return Durable(record.term, record.voted_for, log)


@dataclass(frozen=True, slots=True)
class Server:
    """One server: what is durable first, as in Figure 2.

    ``votes`` are those of the term; ``progress`` is what was known of each server when this one
    last led, and empty before. Neither is read unless the role says that it counts.
    """

    me: NodeId
    members: tuple[NodeId, ...]
    options: Options = Options()
    # on disk
    term: Term = 0
    voted_for: NodeId | None = None
    log: Log = EMPTY
    # in memory
    role: Role = Role.FOLLOWER
    leader: NodeId | None = None
    commit: Index = 0
    votes: frozenset[NodeId] = frozenset()
    progress: tuple[tuple[NodeId, Progress], ...] = ()

    @property
    def quorum(self) -> int:
        return len(self.members) // 2 + 1

    @property
    def others(self) -> tuple[NodeId, ...]:
        return tuple(n for n in self.members if n != self.me)

    def progress_of(self, node: NodeId) -> Progress:
        return dict(self.progress).get(node, Progress())


# ----------------------------------------------------------------------------- in and out
@dataclass(frozen=True, slots=True)
class Propose:
    """A client asks for a command to be applied."""

    command: Command


@dataclass(frozen=True, slots=True)
class Applied:
    """The entry at this index is committed: apply it."""

    index: Index
    entry: Entry


@dataclass(frozen=True, slots=True)
class Rejected:
    """This server does not lead; ``leader`` is whom it takes for the leader."""

    command: Command
    leader: NodeId | None


Input = Propose | TimerExpired[Timer] | Receive[Message]
Effect = Persist[Record] | Send[Message] | SetTimer[Timer] | Deliver[Applied] | Deliver[Rejected]
Effects = tuple[Effect, ...]


def recovered(
    me: NodeId, members: tuple[NodeId, ...], disk: Durable, options: Options
) -> tuple[Server, Effects]:
    """A server that starts, or starts again, with what is on its disk: a follower that waits for a
    leader. What was applied before is delivered again, once it is known to be committed."""
    s = Server(me, members, options, disk.term, disk.voted_for, disk.log)
    return s, (election_timer(s),)


def election_timer(s: Server) -> SetTimer[Timer]:
    """5.2: drawn from an interval, so that seldom two servers run at the same time."""
    ticks = s.options.election_ticks
    return SetTimer(Timer.ELECTION, ticks, 2 * ticks)


def heartbeat_timer(s: Server) -> SetTimer[Timer]:
    ticks = s.options.heartbeat_ticks
    return SetTimer(Timer.HEARTBEAT, ticks, ticks)
