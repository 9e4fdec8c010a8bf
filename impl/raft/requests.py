"""What the host and its clients ask of a server, and what they are told."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from ..core import NodeId
from .log import Command, Entry, Index, Term
from .records import Snapshot

__all__ = [
    "Accepted",
    "AddLearner",
    "AddVoter",
    "Applied",
    "Change",
    "ChangeMembership",
    "Compact",
    "ForgetLeader",
    "Output",
    "Propose",
    "Read",
    "ReadReady",
    "Reason",
    "Rejected",
    "Remove",
    "Request",
    "Restored",
    "Transfer",
    "Transition",
    "Unreachable",
]


# ------------------------------------------------------------------------------------ asked
class Propose(Struct, frozen=True, tag=True):
    """A client asks for a command to be applied. Answered by :class:`Accepted` or
    :class:`Rejected`."""

    command: Command


class Read(Struct, frozen=True, tag=True):
    """A client wants to read the state machine. ``name`` is the host's, and comes back in
    :class:`ReadReady` or :class:`Rejected`. **Units** ``now`` in ticks of the host's clock."""

    name: int
    now: int = 0


class AddVoter(Struct, frozen=True, tag=True):
    """A new member with a vote; a learner is promoted."""

    node: NodeId


class AddLearner(Struct, frozen=True, tag=True):
    """A new member that receives the log and has no vote; a voter loses its vote."""

    node: NodeId


class Remove(Struct, frozen=True, tag=True):
    node: NodeId


Change = AddVoter | AddLearner | Remove


class Transition(Enum):
    """How to get from one configuration to the next (thesis, 4.1 and 4.3)."""

    AUTOMATIC = "automatic"
    """At once if at most one voter comes or goes; otherwise jointly, and out by itself."""
    JOINT = "joint"
    """Jointly in any case, and out by itself."""
    EXPLICIT = "explicit"
    """Jointly in any case, and out only when told to, by a change of nothing."""


class ChangeMembership(Struct, frozen=True, tag=True):
    """Change who belongs to the cluster. No changes at all: leave the joint configuration.
    Answered by :class:`Accepted` or :class:`Rejected`."""

    changes: tuple[Change, ...]
    transition: Transition = Transition.AUTOMATIC


class Transfer(Struct, frozen=True, tag=True):
    """Hand leadership over to a voter (thesis, 3.10). Answered only if rejected: that it was
    successful is seen from the new leader."""

    to: NodeId


class Compact(Struct, frozen=True, tag=True):
    """The host has a snapshot of its state machine, as it is after the entry at ``index``. It is
    ignored if that entry is not committed or there is a later snapshot already."""

    index: Index
    data: bytes


class Unreachable(Struct, frozen=True, tag=True):
    """The host knows that messages to this server are lost: no more is sent than it takes to find
    out when that is over."""

    node: NodeId


class ForgetLeader(Struct, frozen=True, tag=True):
    """The host knows that the leader is gone: elections need not wait. Ignored with lease reads,
    which rely on this waiting, and by who leads or stands for election."""


Request = Propose | Read | ChangeMembership | Transfer
"""What may be rejected."""


# ------------------------------------------------------------------------------------- told
class Accepted(Struct, frozen=True, tag=True):
    """The entry of a request stands in this leader's log. It is applied, at this index and with
    this term, or it is lost: another entry is applied at this index."""

    index: Index
    term: Term


class Reason(Enum):
    """Why a request was rejected. Nothing of it has happened, and it may be tried again."""

    NO_LEADER = "this server does not lead"
    TRANSFER = "leadership is being handed over"
    BUSY = "too many entries wait to be committed"
    EARLY = "the leader has committed nothing of its own term yet"
    PENDING = "another change of the membership is not committed yet"
    JOINT = "the configuration is joint and has to be left first, or is not and cannot be left"
    INVALID = (
        "the request makes no sense: nothing changes, nobody is left, or there is no such voter"
    )


class Rejected(Struct, frozen=True, tag=True):
    """``leader`` is whom this server takes for the leader."""

    request: Request
    reason: Reason
    leader: NodeId | None


class Applied(Struct, frozen=True, tag=True):
    """The entry at this index is committed: apply it. Indices come without gaps."""

    index: Index
    entry: Entry


class Restored(Struct, frozen=True, tag=True):
    """The state machine is now what this snapshot says; :class:`Applied` goes on behind it."""

    snapshot: Snapshot


class ReadReady(Struct, frozen=True, tag=True):
    """The state machine may be read for this request, as it is now: all that was committed before
    the request, up to ``index`` at least, was told before."""

    name: int
    index: Index


Output = Accepted | Rejected | Applied | Restored | ReadReady
