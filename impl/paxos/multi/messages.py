"""What servers say to each other, and the entries of the log."""

from __future__ import annotations

from msgspec import Struct

from ...core import NodeId
from ..ballot import Ballot

__all__ = [
    "Accept",
    "Accepted",
    "Chosen",
    "Command",
    "Entry",
    "Execute",
    "Groups",
    "Heartbeat",
    "Install",
    "Message",
    "Missing",
    "Noop",
    "Prepare",
    "Promise",
    "Reconfigure",
    "Refused",
    "Slot",
    "Snapshot",
    "Vote",
]

Slot = int
"""Places of the log count from 1. Slot 0 stands before the first."""

Command = bytes
"""What a client asks of the state machine; the protocol does not look into it."""


Groups = tuple[tuple[Slot, tuple[NodeId, ...]], ...]
"""Groups of servers, each with the first slot that it decides, in order."""


# -------------------------------------------------------------------------------- entries
class Execute(Struct, frozen=True, tag=True):
    """A command for the state machine."""

    command: Command


class Noop(Struct, frozen=True, tag=True):
    """Nothing: fills a gap below slots that may have been decided."""


class Reconfigure(Struct, frozen=True, tag=True):
    """From ``window`` slots later on, these servers decide."""

    members: tuple[NodeId, ...]

    def __post_init__(self) -> None:
        if not self.members or len(set(self.members)) < len(self.members):
            raise ValueError("a group has at least one member, and each of them once")


Entry = Execute | Noop | Reconfigure


class Vote(Struct, frozen=True):
    """A vote in one slot."""

    ballot: Ballot
    entry: Entry


class Snapshot(Struct, frozen=True):
    """What all slots up to ``through`` have led to: the application's state, which the protocol
    does not look into, and the groups known by then."""

    through: Slot
    groups: Groups
    state: bytes = b""


# ------------------------------------------------------------------------------- messages
class Prepare(Struct, frozen=True, tag=True):
    """Phase 1a: a leader asks for promises, and for what happened from slot ``start`` on."""

    ballot: Ballot
    start: Slot


class Promise(Struct, frozen=True, tag=True):
    """Phase 1b: the sender votes in no lower ballot any more. Slots up to ``through`` are chosen:
    ``chosen`` has their entries, the last of them for slot ``through``. ``votes`` are those in the
    slots above."""

    ballot: Ballot
    through: Slot
    chosen: tuple[Entry, ...]
    votes: tuple[tuple[Slot, Vote], ...]


class Accept(Struct, frozen=True, tag=True):
    """Phase 2a: a leader asks for votes in a slot; what it proposed up to slot ``through`` is
    chosen."""

    ballot: Ballot
    slot: Slot
    entry: Entry
    through: Slot


class Accepted(Struct, frozen=True, tag=True):
    """Phase 2b: the sender has voted for what the leader of the ballot proposed in the slot."""

    ballot: Ballot
    slot: Slot


class Refused(Struct, frozen=True, tag=True):
    """The sender has promised itself to a higher ballot."""

    ballot: Ballot
    promised: Ballot


class Heartbeat(Struct, frozen=True, tag=True):
    """The leader of a ballot is there; what it proposed up to slot ``through`` is chosen."""

    ballot: Ballot
    through: Slot


class Missing(Struct, frozen=True, tag=True):
    """The sender asks what is chosen from slot ``start`` on."""

    start: Slot


class Chosen(Struct, frozen=True, tag=True):
    """These entries are chosen, from slot ``start`` on; the sender knows of all up to slot
    ``through``."""

    start: Slot
    entries: tuple[Entry, ...]
    through: Slot


class Install(Struct, frozen=True, tag=True):
    """What is chosen is not there entry by entry any more; this is what it led to."""

    snapshot: Snapshot


Message = Prepare | Promise | Accept | Accepted | Refused | Heartbeat | Missing | Chosen | Install
