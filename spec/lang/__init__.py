"""The specification language: everything a protocol needs, in one import.

>>> from ballotproof.spec.lang import *
"""

from __future__ import annotations

from .model import AssumptionFails, Deadlocks, Holds, Model, Violated
from .network import BagNetwork, FifoNetwork, Network, SetNetwork
from .proof import Proof
from .property import (
    assumption,
    constraint,
    invariant,
    reachable,
    refines,
    step_invariant,
    terminal,
)
from .protocol import Durable, Protocol, Volatile, action, implies, require
from .quorum import at_least, columns, explicit, grid, majority, rows, weighted
from .values import Bag, Const, Map, QuorumOf, Set, Sort, SubsetOf, TotalOrder, fill, record

__all__ = [
    "AssumptionFails",
    "Bag",
    "BagNetwork",
    "Const",
    "Deadlocks",
    "Durable",
    "FifoNetwork",
    "Holds",
    "Map",
    "Model",
    "Network",
    "Proof",
    "Protocol",
    "QuorumOf",
    "Set",
    "SetNetwork",
    "Sort",
    "SubsetOf",
    "TotalOrder",
    "Violated",
    "Volatile",
    "action",
    "assumption",
    "at_least",
    "columns",
    "constraint",
    "explicit",
    "fill",
    "grid",
    "implies",
    "invariant",
    "majority",
    "reachable",
    "record",
    "refines",
    "require",
    "rows",
    "step_invariant",
    "terminal",
    "weighted",
]
