"""Consensus, for any number of values: what it claims is inductive as it stands.

The one action asks that nothing is chosen yet, so after it one value is. No invariant needs to be
added, and the proof says no more than the specification.
"""

from __future__ import annotations

from ..spec.consensus import MODELS, Consensus
from ..spec.lang import Proof

PROOFS = [
    Proof(name="any size", protocol=Consensus, of=Consensus, instances=MODELS),
]
