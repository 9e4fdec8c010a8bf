"""A file with two proofs, as a user has it: one holds, the other's claim is false."""

from __future__ import annotations

from tests.model_check.induction.small import CARELESS, LOCK

PROOFS = [LOCK, CARELESS]
