"""Ballots of a program, of which no two servers share one."""

from __future__ import annotations

from dataclasses import dataclass

from ..core import NodeId

__all__ = ["Ballot"]


@dataclass(frozen=True, slots=True, order=True)
class Ballot:
    """The rounds of one server come between those of the others."""

    round: int
    leader: NodeId
