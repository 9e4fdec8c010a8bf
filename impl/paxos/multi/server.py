"""The state of a Multi-Paxos server, and what goes in and out of it."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from ...core import Deliver, NodeId, Persist, Receive, Send, SetTimer, TimerExpired
from ..ballot import Ballot
from .messages import Command, Entry, Groups, Message, Reconfigure, Slot, Snapshot, Vote

__all__ = [
    "Change",
    "Compact",
    "Durable",
    "Effect",
    "Effects",
    "Executed",
    "Input",
    "Installed",
    "Leading",
    "Options",
    "Proposal",
    "Propose",
    "Record",
    "Rejected",
    "Server",
    "Timer",
    "blank",
    "election_timer",
    "executing",
    "groups_after",
    "heartbeat_timer",
    "recovered",
    "written",
]


class Options(Struct, frozen=True):
    """How a server behaves where the protocol leaves it free. The same on all servers.

    **Units** ticks; ``election_ticks`` is the least time without a leader before a server starts a
    ballot, and the most is twice that. ``window`` is how many slots may be open at a time, and how
    many slots later a change of the group holds. ``most_entries`` is how many chosen entries go
    into one message, ``most_waiting`` how many commands a leader keeps until there is room.
    """

    heartbeat_ticks: int = 10
    election_ticks: int = 100
    window: int = 16
    most_entries: int = 64
    most_waiting: int = 1024

    def __post_init__(self) -> None:
        if not 0 < self.heartbeat_ticks < self.election_ticks:
            raise ValueError("heartbeats must come before elections, and time must pass")
        if min(self.window, self.most_entries, self.most_waiting) < 1:
            raise ValueError("without room for one slot, entry and command nothing is decided")


class Timer(Enum):
    ELECTION = "election"
    HEARTBEAT = "heartbeat"


# --------------------------------------------------------------------------------- on disk
class Durable(Struct, frozen=True):
    """What is on the disk of a server.

    ``round`` is the last that it used for a ballot of its own; ``chosen`` are the entries behind
    the snapshot, which are executed; ``votes`` are the latest ones in the slots above, in order.
    """

    snapshot: Snapshot
    round: int = 0
    promised: Ballot | None = None
    chosen: tuple[Entry, ...] = ()
    votes: tuple[tuple[Slot, Vote], ...] = ()


class Record(Struct, frozen=True):
    """What one step changes on the disk, as a whole or not at all. A snapshot, if there is one,
    takes the place of all that is chosen up to its slot; then come entries newly ``chosen``, of
    which the last is for slot ``through``, and for which votes are not kept; then new votes."""

    round: int
    promised: Ballot | None
    through: Slot
    snapshot: Snapshot | None = None
    chosen: tuple[Entry, ...] = ()
    votes: tuple[tuple[Slot, Vote], ...] = ()


def blank(members: tuple[NodeId, ...]) -> Durable:
    """The disk of a server that has never run. ``members`` are those who found the group, also on
    the disk of one that joins later."""
    return Durable(Snapshot(0, ((1, members),)))


def written(disk: Durable, record: Record) -> Durable:
    """The disk after a record."""
    snapshot, chosen = disk.snapshot, disk.chosen
    if record.snapshot is not None:
        chosen = chosen[record.snapshot.through - snapshot.through :]
        snapshot = record.snapshot
    chosen += record.chosen
    votes = {slot: vote for slot, vote in disk.votes if slot > record.through}
    votes.update(record.votes)
    return Durable(snapshot, record.round, record.promised, chosen, tuple(sorted(votes.items())))


# ------------------------------------------------------------------------------- in memory
class Proposal(Struct, frozen=True):
    """What a leader proposed in a slot, and who is known to have voted for it."""

    entry: Entry
    votes: frozenset[NodeId] = frozenset()


class Leading(Struct, frozen=True):
    """A ballot of one's own.

    ``promised_by`` are those who joined it, and ``reported`` is the highest vote that they reported
    in each slot where they reported any. ``proposals`` are for the slots behind the last executed
    one, without a gap. ``waiting`` is what clients asked for and no slot was found for yet.
    ``overtaken`` says that something else was chosen than what was proposed in this ballot.
    """

    ballot: Ballot
    promised_by: frozenset[NodeId] = frozenset()
    reported: tuple[tuple[Slot, Vote], ...] = ()
    proposals: tuple[Proposal, ...] = ()
    waiting: tuple[Entry, ...] = ()
    overtaken: bool = False


class Server(Struct, frozen=True):
    """One server.

    ``groups`` are the groups known, each with the first slot that it decides, in order; the first
    one decides the first slot that is not executed. ``leader`` is whom it takes for the leader,
    ``seen`` the highest round that was in the way of its own ballots.
    """

    me: NodeId
    options: Options
    durable: Durable
    groups: Groups
    leader: NodeId | None = None
    leading: Leading | None = None
    seen: int = 0

    @property
    def executed(self) -> Slot:
        """The last slot up to which all is chosen, as far as is known here."""
        return self.durable.snapshot.through + len(self.durable.chosen)

    def group(self, slot: Slot) -> tuple[NodeId, ...]:
        """Who decides a slot. Known for those up to ``window`` above the last executed one."""
        return next(members for start, members in reversed(self.groups) if start <= slot)

    def decides(self, slot: Slot, servers: frozenset[NodeId]) -> bool:
        """Whether these servers are a quorum in the slot: more than half of its group."""
        group = self.group(slot)
        return 2 * sum(n in servers for n in group) > len(group)

    @property
    def everybody(self) -> tuple[NodeId, ...]:
        """All who decide a slot that is open, or will."""
        return tuple(dict.fromkeys(n for _, members in self.groups for n in members))

    @property
    def others(self) -> tuple[NodeId, ...]:
        return tuple(n for n in self.everybody if n != self.me)

    @property
    def is_leader(self) -> bool:
        """Whether enough have joined its ballot to decide the next slot."""
        return self.leading is not None and self.decides(
            self.executed + 1, self.leading.promised_by
        )


# --------------------------------------------------------------------------------- in and out
class Propose(Struct, frozen=True):
    """A client asks for a command to be executed."""

    command: Command


class Change(Struct, frozen=True):
    """An administrator asks for these servers to be the group."""

    members: tuple[NodeId, ...]


class Compact(Struct, frozen=True):
    """The application has stored what slots up to ``through`` led to: their entries may go."""

    through: Slot
    state: bytes


class Executed(Struct, frozen=True):
    """The entry of this slot is chosen, and so are those of all lower ones: execute it."""

    slot: Slot
    entry: Entry


class Installed(Struct, frozen=True):
    """Replace the application's state by that of the snapshot."""

    snapshot: Snapshot


class Rejected(Struct, frozen=True):
    """This entry was not proposed here, and will not be; ``leader`` may take it."""

    entry: Entry
    leader: NodeId | None


Input = Propose | Change | Compact | TimerExpired[Timer] | Receive[Message]
Effect = (
    Persist[Record]
    | Send[Message]
    | SetTimer[Timer]
    | Deliver[Executed]
    | Deliver[Installed]
    | Deliver[Rejected]
)
Effects = tuple[Effect, ...]


def recovered(me: NodeId, disk: Durable, options: Options) -> tuple[Server, Effects]:
    """A server that starts, or starts again, with what is on its disk. What was executed before
    is delivered again, from the snapshot on."""
    snapshot = disk.snapshot
    s = Server(me, options, replace(disk, chosen=()), snapshot.groups)
    effects: list[Effect] = []
    if snapshot.through:
        effects.append(Deliver(Installed(snapshot)))
    for entry in disk.chosen:
        s = executing(s, entry)
        effects.append(Deliver(Executed(s.executed, entry)))
    return replace(s, durable=disk), (*effects, election_timer(s))


def executing(s: Server, entry: Entry) -> Server:
    """After the next slot was executed: its vote is forgotten, and a group may be new."""
    slot = s.executed + 1
    durable = replace(
        s.durable,
        chosen=(*s.durable.chosen, entry),
        votes=tuple((at, vote) for at, vote in s.durable.votes if at != slot),
    )
    return replace(s, durable=durable, groups=groups_after(s.groups, slot, entry, s.options))


def groups_after(groups: Groups, slot: Slot, entry: Entry, options: Options) -> Groups:
    """The groups known once a slot is executed, from the one that decides the next slot on."""
    if isinstance(entry, Reconfigure):
        groups += ((slot + options.window, entry.members),)
    while len(groups) > 1 and groups[1][0] <= slot + 1:
        groups = groups[1:]
    return groups


def election_timer(s: Server) -> SetTimer[Timer]:
    """Drawn from an interval, so that seldom two servers start ballots at the same time."""
    ticks = s.options.election_ticks
    return SetTimer(Timer.ELECTION, ticks, 2 * ticks)


def heartbeat_timer(s: Server) -> SetTimer[Timer]:
    ticks = s.options.heartbeat_ticks
    return SetTimer(Timer.HEARTBEAT, ticks, ticks)
