"""A colon is missing after the head of a class."""

from __future__ import annotations

from ballotproof.spec.lang import Protocol, Sort


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol)
    leader: Server | None
