"""The base of a variant is imported under a name that no file has."""

from __future__ import annotations

from ballotproof.spec.lang import Model
from ballotproof.spec.raft.elections import Election


class CarefulElection(Election):
    """Elects nobody twice."""


MODELS = [Model(name="3 servers", protocol=CarefulElection)]
