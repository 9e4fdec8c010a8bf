"""The file does something when it is loaded, and that fails."""

from __future__ import annotations

from ballotproof.spec.lang import Sort


class Server(Sort):
    """A member of the cluster."""


WEIGHTS = {"s1": 2, "s2": 1}
HEAVIEST = WEIGHTS["s3"]
