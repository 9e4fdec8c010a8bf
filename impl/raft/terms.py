"""The rule for all servers (5.1): a higher term is taken over at once."""

from __future__ import annotations

from msgspec.structs import replace

from .log import Term
from .server import Role, Server

__all__ = ["adopt"]


def adopt(s: Server, term: Term) -> Server:
    """Meeting a higher term, move to it as a follower; otherwise stay."""
    if term <= s.term:
        return s
    return replace(s, term=term, voted_for=None, role=Role.FOLLOWER, leader=None, votes=frozenset())
