"""Ballots of a program, of which no two servers share one."""

from __future__ import annotations

from msgspec import Struct

from ..core import NodeId

__all__ = ["Ballot"]


class Ballot(Struct, frozen=True, order=True):
    """The rounds of one server come between those of the others."""

    round: int
    leader: NodeId
