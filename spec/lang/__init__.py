"""The specification language: everything a protocol needs, in one import.

>>> from ballotproof.spec.lang import *
"""

from __future__ import annotations

from .fairness import strongly_fair, weakly_fair
from .model import AssumptionFails, Deadlocks, Holds, Model, Violated
from .network import BagNetwork, FifoNetwork, Network, SetNetwork
from .proof import Proof
from .property import (
    always_eventually,
    assumption,
    constraint,
    eventually,
    eventually_always,
    invariant,
    leads_to,
    reachable,
    refines,
    step_invariant,
    terminal,
)
from .protocol import Durable, Protocol, Volatile, action, implies, require
from .quorum import any_set, at_least, columns, explicit, grid, majority, rows, weighted
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
    "always_eventually",
    "any_set",
    "assumption",
    "at_least",
    "columns",
    "constraint",
    "eventually",
    "eventually_always",
    "explicit",
    "fill",
    "grid",
    "implies",
    "invariant",
    "leads_to",
    "majority",
    "reachable",
    "record",
    "refines",
    "require",
    "rows",
    "step_invariant",
    "strongly_fair",
    "terminal",
    "weakly_fair",
    "weighted",
]
