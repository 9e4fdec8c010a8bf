"""What servers send each other, with calls and answers as messages. Who sent one comes with it."""

from __future__ import annotations

from msgspec import Struct

from .configuration import Configuration
from .log import Entry, Index, Term

__all__ = [
    "AppendEntries",
    "AppendReply",
    "InstallSnapshot",
    "Message",
    "PreVote",
    "PreVoteReply",
    "Refused",
    "RequestVote",
    "SnapshotReply",
    "TimeoutNow",
    "VoteReply",
]


# ------------------------------------------------------------------------------- elections
class RequestVote(Struct, frozen=True, tag=True):
    """A candidate asks for a vote, and says where its log ends. ``handed_over``: the leader wants
    it so, and nobody needs to be loyal to that leader (thesis, 4.2.3)."""

    term: Term
    last_index: Index
    last_term: Term
    handed_over: bool = False


class VoteReply(Struct, frozen=True, tag=True):
    term: Term
    granted: bool


class PreVote(Struct, frozen=True, tag=True):
    """Would you vote for me in this term (thesis, 9.6)? It is one that the sender is not in yet."""

    term: Term
    last_index: Index
    last_term: Term


class PreVoteReply(Struct, frozen=True, tag=True):
    """A yes names the term that was asked about, a no the term of who says it."""

    term: Term
    granted: bool


class TimeoutNow(Struct, frozen=True, tag=True):
    """A leader asks its successor to stand for election at once (thesis, 3.10)."""

    term: Term


# ----------------------------------------------------------------------------- replication
class AppendEntries(Struct, frozen=True, tag=True):
    """A leader sends the entries behind ``prev_index``, or none, as a heartbeat.

    ``round`` counts the times at which the leader asked whether it still leads.
    """

    term: Term
    prev_index: Index
    prev_term: Term
    entries: tuple[Entry, ...]
    commit: Index
    round: int = 0


class Refused(Struct, frozen=True):
    """Why an append did not fit: there was no entry ``prev_index`` as described. The logs can agree
    at most up to ``hint_index``, where the follower has an entry of ``hint_term``, or up to an
    earlier entry."""

    prev_index: Index
    hint_index: Index
    hint_term: Term


class AppendReply(Struct, frozen=True, tag=True):
    """On success, ``match`` is the index up to which the follower's log is now known to be the
    leader's. ``round`` is that of the message that is answered. ``counts`` is False if the follower
    has lost a disk, and so may have promised what it does not know of."""

    term: Term
    success: bool
    match: Index
    refused: Refused | None = None
    round: int = 0
    counts: bool = True


class InstallSnapshot(Struct, frozen=True, tag=True):
    """A part of a snapshot: the bytes from ``offset`` on, of ``size`` in all (7)."""

    term: Term
    last_index: Index
    last_term: Term
    configuration: Configuration
    size: int
    offset: int
    data: bytes
    round: int = 0


class SnapshotReply(Struct, frozen=True, tag=True):
    """How many bytes of the snapshot that ends at ``last_index`` are there, from the first one on.
    When all are, the answer is an :class:`AppendReply`."""

    term: Term
    last_index: Index
    received: int
    round: int = 0
    counts: bool = True


Message = (
    RequestVote
    | VoteReply
    | PreVote
    | PreVoteReply
    | TimeoutNow
    | AppendEntries
    | AppendReply
    | InstallSnapshot
    | SnapshotReply
)
