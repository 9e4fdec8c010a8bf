"""The histories that are judged are what they are said to be."""

from __future__ import annotations

from random import Random

from ballotproof.model_check.history.linearize import Budget, Linearizable, linearize
from ballotproof.model_check.history.objects import REGISTER
from benchmarks.programs import CLIENTS, OPERATIONS, drawn, events_per_second


def fits(seed: int, *, spoiled: bool) -> bool:
    history = drawn(Random(seed), spoiled=spoiled)
    assert len(history) == OPERATIONS
    assert len({op.client for op in history}) == CLIENTS
    return isinstance(linearize(history, REGISTER, Budget(1_000_000)), Linearizable)


def test_histories_of_a_register_and_spoiled_ones() -> None:
    """A wrong read may happen to fit, if other orders explain it."""
    assert all(fits(seed, spoiled=False) for seed in range(20))
    assert 5 <= sum(not fits(seed, spoiled=True) for seed in range(20)) < 20


def test_runs_of_the_simulator_are_counted() -> None:
    assert events_per_second(2) > 0
