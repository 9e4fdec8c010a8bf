"""What servers send each other: Figure 2, with calls and answers as messages. Who sent one comes
with it."""

from __future__ import annotations

from dataclasses import dataclass

from .log import Entry, Index, Term

__all__ = ["AppendEntries", "AppendReply", "Message", "RequestVote", "VoteReply"]


@dataclass(frozen=True, slots=True)
class RequestVote:
    """A candidate asks for a vote, and says where its log ends."""

    term: Term
    last_index: Index
    last_term: Term


@dataclass(frozen=True, slots=True)
class VoteReply:
    term: Term
    granted: bool


@dataclass(frozen=True, slots=True)
class AppendEntries:
    """A leader sends the entries behind ``prev_index``, or none, as a heartbeat."""

    term: Term
    prev_index: Index
    prev_term: Term
    entries: tuple[Entry, ...]
    commit: Index


@dataclass(frozen=True, slots=True)
class AppendReply:
    """On success, ``match`` is the index up to which the follower's log is now known to be the
    leader's."""

    term: Term
    success: bool
    match: Index


Message = RequestVote | VoteReply | AppendEntries | AppendReply
